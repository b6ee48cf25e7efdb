from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column

from ..guard import make_company, make_person, make_street

COLUMNS = ("social_guard_name", "social_guard_street")
FILL_BATCH = 10000


class ResPartner(models.Model):
    """What the guard looks answers up by (rule 19): see ``social.guard``.

    Columns of the contact's own row, with indexes: PostgreSQL keeps them right whoever creates,
    merges or deletes a contact, and nothing is left of one that is erased.
    """

    _name = "res.partner"
    _inherit = ["res.partner"]

    # First and last name, or a company's name, in the letters that are compared.
    social_guard_name = fields.Char(
        compute="_compute_social_guard_name",
        store=True,
        compute_sudo=True,
        groups="base.group_system",
        copy=False,
    )
    social_guard_street = fields.Char(
        compute="_compute_social_guard_street",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        groups="base.group_system",
        copy=False,
    )
    # In the order of bytes, so that a first name is found by the beginning.
    _social_guard_names = models.Index("(social_guard_name text_pattern_ops)")
    _social_guard_last = models.Index(
        "(substring(social_guard_name from '[^ ]+$')) WHERE is_company IS NOT TRUE"
    )
    _social_guard_email = models.Index("(email_normalized) WHERE is_company")
    _social_guard_phone = models.Index("(phone_sanitized) WHERE is_company")

    @api.depends("name", "is_company")
    def _compute_social_guard_name(self):
        for partner in self:
            partner.social_guard_name = _make_name(partner.name, partner.is_company) or False

    @api.depends("street")
    def _compute_social_guard_street(self):
        for partner in self:
            partner.social_guard_street = make_street(partner.street) or False

    def _auto_init(self):
        """Fill the columns in batches: of a million contacts Odoo would make a million records."""
        missing = [name for name in COLUMNS if not column_exists(self.env.cr, self._table, name)]
        for name in missing:
            create_column(self.env.cr, self._table, name, "varchar")
        if missing:
            self._fill_social_guard()
        return super()._auto_init()

    @api.model
    def _fill_social_guard(self):
        """Set the columns of all contacts, also of those that were made in SQL."""
        last = 0
        while rows := self.env.execute_query(
            SQL(
                """SELECT id, name, is_company, street FROM res_partner
                WHERE id > %s ORDER BY id LIMIT %s""",
                last,
                FILL_BATCH,
            )
        ):
            last = rows[-1][0]
            made = [
                (id_, _make_name(name, is_company) or None, make_street(street) or None)
                for id_, name, is_company, street in rows
            ]
            self.env.cr.execute(
                """
                UPDATE res_partner SET social_guard_name = made.name, social_guard_street = made.street
                FROM unnest(%s::int[], %s::varchar[], %s::varchar[]) AS made (id, name, street)
                WHERE res_partner.id = made.id AND (
                    social_guard_name IS DISTINCT FROM made.name
                    OR social_guard_street IS DISTINCT FROM made.street
                )
                """,
                [list(column) for column in zip(*made, strict=True)],
            )


def _make_name(name, is_company):
    return make_company(name) if is_company else make_person(name)
