from odoo import api, fields, models
from odoo.exceptions import UserError

from ..door import open_door
from .social_subject_request import ADDRESS_FIELDS

MANAGER = "social_consent_monitoring.group_social_manager"


class SocialSaidMixin(models.AbstractModel):
    """What somebody in the company said of a person: with name and date, never changed or deleted.

    It hangs on the person's key, and counts for the company in which it was said. Taken back it
    counts no longer, and the row tells by whom and when.
    """

    _name = "social.said.mixin"
    _inherit = ["social.door.mixin"]
    _description = "Said of a Person"
    _order = "id desc"

    subject_id = fields.Many2one(
        "social.subject", "Key", required=True, readonly=True, index=True, ondelete="restrict"
    )
    person_name = fields.Char("Person", compute="_compute_person_name")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    active = fields.Boolean(default=True, readonly=True, help="Unticked: it was taken back.")
    ended_by_id = fields.Many2one(
        "res.users", "Taken Back By", readonly=True, copy=False, ondelete="set null"
    )
    ended_on = fields.Datetime("Taken Back On", readonly=True, copy=False)
    may_take_back = fields.Boolean(compute="_compute_may_take_back")

    @api.depends("subject_id")
    @api.depends_context("uid", "lang")
    def _compute_person_name(self):
        """Say who it is, as far as this user may see them: one query for each kind of record."""
        rows = self.sudo(False)
        names = {}
        for model in ADDRESS_FIELDS:
            persons = rows.env[model].with_context(active_test=False)
            if not persons.has_access("read"):
                continue
            found = persons.search([("social_subject_id", "in", rows.subject_id.ids)], order="id")
            for person in found:
                names.setdefault(person.social_subject_id.id, person.display_name)
        for row in self:
            row.person_name = names.get(row.subject_id.id, False)

    @api.depends("user_id", "active")
    @api.depends_context("uid")
    def _compute_may_take_back(self):
        for row in self:
            row.may_take_back = row.active and row._is_mine_to_end()

    @api.depends("person_name")
    @api.depends_context("uid", "lang")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.person_name or self.env._("A person")

    def _is_mine_to_end(self):
        """Tell whether this user said it, or manages what is said."""
        self.ensure_one()
        user = self.sudo(False).env.user
        return self.user_id == user or user.has_group(MANAGER)

    def action_take_back(self):
        """Let this count no longer; it stays on record, with who took it back and when.

        :raises UserError: for whoever neither said it nor is a manager
        """
        self.check_access("read")
        if not all(row._is_mine_to_end() for row in self):
            raise UserError(
                self.env._("Only who said this, or a manager of Social Consent, takes it back.")
            )
        open_door(self.sudo().filtered("active")).write(
            {"active": False, "ended_by_id": self.env.uid, "ended_on": fields.Datetime.now()}
        )

    def action_open_person(self):
        """Open the record of this person that the user may see."""
        self.ensure_one()
        self.check_access("read")
        for model in ADDRESS_FIELDS:
            records = self.env[model].browse(self.subject_id._get_records(model).ids)
            if records.has_access("read") and (seen := records._filtered_access("read")):
                return {
                    "type": "ir.actions.act_window",
                    "res_model": model,
                    "res_id": seen[0].id,
                    "views": [(False, "form")],
                    "view_mode": "form",
                }
        raise UserError(self.env._("No record of this person is left that you may see."))

    @api.model
    def _get_rows(self, subject_ids):
        """Return what counts for these persons in the current company, oldest first."""
        # Said in full: a context that shows what was taken back must not make it count.
        domain = [
            ("subject_id", "in", list(subject_ids)),
            ("company_id", "=", self.env.company.id),
            ("active", "=", True),
        ]
        return self.sudo().search(domain, order="id")

    @api.model
    def _forget(self, subjects):
        """Empty what tells of these persons, of whom no record is left."""
        rows = self.sudo().with_context(active_test=False)
        said = rows.search([("subject_id", "in", subjects.ids)])
        open_door(said).write(self._get_forgotten_vals())

    @api.model
    def _get_forgotten_vals(self):
        """Return what stays in place of the personal values."""
        return {}

    @api.model
    def _hand_over(self, others, subject):
        """Let what was said under other keys count for the one that its person has now."""
        rows = self.sudo().with_context(active_test=False)
        said = rows.search([("subject_id", "in", others.ids)])
        open_door(said).write({"subject_id": subject.id})
