from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .. import policy
from ..door import open_door
from .social_wall_mixin import GUARDED

# Kinds of fields that a value can be written into.
WRITABLE = ("char", "text", "date", "selection", "integer")
# What a contact is recognised and reached by is nothing to be learned from posts.
NEVER = {"name", "complete_name", "email", "phone", "vat", "ref", "lang", "tz", "type", "color"}


class SocialEnrichment(models.Model):
    """A value that was taken from public data for a contact, with its source (rule 21).

    It goes with the consent to enrichment, and with its source.
    """

    _name = "social.enrichment"
    _inherit = ["social.wall.mixin"]
    _description = "Enriched Value"

    category_id = fields.Many2one(
        "social.data.category", required=True, ondelete="restrict", **GUARDED
    )
    label = fields.Char("What", help="Such as “Birthday”. Empty: the category says it.", **GUARDED)
    value = fields.Char(required=True, **GUARDED)
    mention_id = fields.Many2one(
        "social.mention", "From the Post", index="btree_not_null", ondelete="cascade", **GUARDED
    )
    profile_id = fields.Many2one(
        "social.profile", "From the Profile", index="btree_not_null", ondelete="cascade", **GUARDED
    )
    field_name = fields.Char(
        "Written Into",
        help="Name of the contact's field that holds the value, too, and loses it with this row.",
        **GUARDED,
    )
    happened_at = fields.Datetime(
        "Taken",
        required=True,
        default=fields.Datetime.now,
        help="When the value was taken.",
        **GUARDED,
    )

    _one_source = models.Constraint(
        "CHECK ((mention_id IS NULL) <> (profile_id IS NULL))",
        "A value comes from one post or one profile.",
    )

    def _get_neutral_name(self):
        return self.env._("Value %s", self.id or "")

    @api.model
    def _get_key_fields(self):
        return ["category_id", "label", "mention_id", "profile_id"]

    def _get_platform(self):
        return (self.mention_id or self.profile_id).platform_id

    def _is_named(self, notice):
        return (
            self.category_id in notice.category_ids and self._get_platform() in notice.platform_ids
        )

    def _get_place(self):
        return (self.mention_id or self.profile_id)._get_place()

    @api.model
    def _make(
        self, partner, category, value, mention=None, *, profile=None, label=None, field_name=None
    ):
        """Add a value to a contact, if the policy allows it; a newer one from there replaces it.

        :param category: the ``social.data.category`` that the notice of the consent must name
        :param mention: the post it was read in; otherwise ``profile``, one of this contact
        :param field_name: name of a plain field of the contact that takes the value, too, for as
            long as this row is there; it must be empty, as nothing could bring back what was there
        :raises ConsentRequired: without consent to enrichment, or where its notice does not name
            the category or the platform (rules 7 and 21)
        :raises UserError: without exactly one source, as a value without one proves nothing
        """
        source = (mention or profile).sudo() if bool(mention) != bool(profile) else None
        if not source or (profile and source.partner_id != partner):
            raise UserError(self.env._("Say which post, or which profile, the value comes from."))
        decision = self._ask("enrich", partner, source._get_place(), category=category.code)
        vals = {
            "category_id": category.id,
            "label": label or False,
            "value": value,
            "mention_id": mention.id if mention else False,
            "profile_id": profile.id if profile else False,
            "happened_at": fields.Datetime.now(),
        }
        if field_name:
            self._check_field(partner, field_name)
        row = self._put(decision, partner, [vals])
        if field_name:
            row._write_into(partner, field_name)
        return row

    # -- what the contact's form shows ---------------------------------------------------------

    @api.model
    def _get_of(self, partner):
        """Return the values of a contact that count now, newest first."""
        # Said once more, for code with sudo, which meets no rule.
        domain = [
            ("partner_id", "=", partner.id),
            ("valid_until", ">", "now"),
            ("company_id", "in", self.env.companies.ids),
        ]
        return self.search(domain, order="happened_at desc, id desc")

    def _prepare_row(self):
        """Return in words what was taken, whence, when, and on what it rests: as JSON."""
        self.ensure_one()
        field = self.env["res.partner"]._fields.get(self.field_name or "")
        return {
            "id": self.id,
            "category": self.category_id.name,
            "label": self.label or "",
            "value": self.value,
            "written": field._description_string(self.env) if field is not None else "",
            "source": self._get_source_words(),
            "date": format_date(self.env, self.happened_at),
            "basis": self._get_basis_words(),
        }

    def _get_source_words(self):
        platform = self._get_platform().name
        if not self.mention_id:
            return self.env._("Profile on %s", platform)
        published = format_date(self.env, self.mention_id.published_at)
        return self.env._("Post on %(platform)s, %(date)s", platform=platform, date=published)

    def _get_basis_words(self):
        if self.basis != "consent":
            return dict(self._fields["basis"]._description_selection(self.env))[self.basis]
        end = format_date(self.env, self.valid_until)
        if self.valid_until >= policy.NO_END:
            return self.env._("%s, until withdrawn", self.consent_id.display_name)
        return self.env._(
            "%(consent)s, until %(date)s", consent=self.consent_id.display_name, date=end
        )

    def action_open_source(self):
        """Show the post, or the profile, that the value was taken from."""
        self.ensure_one()
        self.check_access("read")
        source = self.mention_id or self.profile_id
        return {
            "type": "ir.actions.act_window",
            "res_model": source._name,
            "res_id": source.id,
            "views": [(False, "form")],
        }

    def action_remove(self):
        """Take the value back, from the contact's field, too: one press, no question."""
        self.unlink()

    # -- what it writes into the contact -----------------------------------------------------

    @api.model
    def _is_plain(self, name):
        """Tell whether the contact has a field of this name that holds one plain value."""
        field = self.env["res.partner"]._fields.get(name)
        return (
            field is not None
            and field.type in WRITABLE
            and field.store
            and field.copy
            and not (field.compute or field.related or field.readonly or field.required)
            and not (field.company_dependent or name in NEVER or name.startswith("social_"))
        )

    @api.model
    def _get_plain_fields(self):
        """Return (name, label) of the fields that this user finds on the contact's form, by label."""
        partners = self.env["res.partner"]
        shown = partners.get_view(view_type="form")["models"]["res.partner"]
        plain = [name for name in shown if self._is_plain(name)]
        labels = partners.fields_get(plain, ["string"])
        pairs = [(name, labels[name]["string"]) for name in plain if name in labels]
        return sorted(pairs, key=lambda pair: pair[1])

    @api.model
    def _check_field(self, partner, name):
        """Refuse a field that this user may not write, or that holds no plain value.

        :raises UserError: without naming the contact
        """
        field = partner._fields.get(name)
        if not self._is_plain(name) or not partner._has_field_access(field, "write"):
            raise UserError(self.env._("A value cannot be written into this field."))
        partner.check_access("write")

    def _write_into(self, partner, name):
        """Write the value into the contact, and remember where (rule 21).

        :raises UserError: where the field holds something else already, or takes no such value
        """
        row = self.sudo()
        row._take_back()
        if partner[name]:
            raise UserError(self.env._("This field holds a value already. Empty it first."))
        try:
            # No track of it stays behind when it goes.
            partner.with_context(tracking_disable=True).write({name: row._get_written(name)})
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("The field takes no such value.")) from error
        open_door(row).write({"field_name": name})

    def _get_written(self, name):
        """Return the value as that field of the contact holds it.

        :raises ValueError: where it is no date, number or choice of it
        """
        field = self.env["res.partner"]._fields[name]
        if field.type == "date":
            return fields.Date.to_date(self.value)
        if field.type == "integer":
            return int(self.value)
        if field.type == "selection" and self.value not in field.get_values(self.env):
            raise ValueError(name)
        return self.value

    def _put_on(self, vals):
        # Whoever typed in something else since keeps it, when a newer value comes.
        if vals.get("value") != self.value:
            self._take_back()
        return super()._put_on(vals)

    def _still_holds(self):
        """Tell whether the contact's field holds what this row wrote into it."""
        try:
            return self.partner_id[self.field_name] == self._get_written(self.field_name)
        except (KeyError, ValueError):
            # The field, or the choice, is there no more.
            return False

    def _take_back(self):
        """Empty the contacts' fields that still hold what these rows wrote into them (rule 21).

        Whoever typed in something else since keeps it.
        """
        written = self.sudo().filtered("field_name")
        for row in written:
            if row._still_holds():
                row.partner_id.with_context(tracking_disable=True).write({row.field_name: False})
        open_door(written).write({"field_name": False})

    def unlink(self):
        # First: what is hidden and what is missing cost the same.
        self.check_access("unlink")
        self._take_back()
        return super().unlink()

    @api.model
    def _sweep_hanging(self, condition, removed, gone_with):
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM social_enrichment WHERE %s AND field_name IS NOT NULL",
                gone_with,
                condition,
            )
        )
        self._take_back_noting(dict(rows), removed)
        return super()._sweep_hanging(condition, removed, gone_with)

    @api.model
    def _take_back_noting(self, rows, removed):
        """Do :meth:`_take_back`, and note the contacts whose fields were emptied.

        :param dict rows: ``{id: id of the consent that it goes with}``
        """
        written = self.sudo().browse(rows)
        for consent_id, some in written.grouped(lambda row: rows[row.id]).items():
            removed.add(consent_id, "res.partner", some.partner_id.ids)
        written._take_back()
        self.env.flush_all()

    @api.model
    def _clear_expired(self, limit):
        """Take back what rested on a basis that ended by the clock; return how many there were."""
        domain = [("field_name", "!=", False), ("valid_until", "<=", fields.Datetime.now())]
        expired = self.sudo().search(domain, limit=limit, order="id")
        expired._take_back()
        return len(expired)

    @api.model
    def _select_outlived_enrichment(self, moment):
        """Return the query for values that were taken before ``moment``."""
        return SQL(
            "SELECT id, happened_at AS at FROM social_enrichment WHERE happened_at < %s", moment
        )

    def _get_door_message(self):
        return self.env._("A value is added from a post with its source; it is not typed in.")

    @api.model
    def _get_action(self, domain):
        return {**super()._get_action(domain), "name": self.env._("Enriched Values")}
