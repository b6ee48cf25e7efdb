from odoo import api, fields, models
from odoo.tools import SQL

from ..door import open_door
from ..removed import Removed

# What may be a copy as a whole; of anything else only a field is.
WHOLE = ("mail.message", "ir.attachment")


class SocialCopy(models.Model):
    """Where social content was copied to, written down when it was: found again without a search.

    When its origin goes, or the consent by which the copy joined it with a person, the field is
    emptied, the message or file deleted. A copy that nobody recorded is nobody's to find: whoever
    copies says so here.
    """

    _name = "social.copy"
    _inherit = ["social.door.mixin"]
    _description = "Copy of Social Content"
    _order = "id"

    mention_id = fields.Many2one(
        "social.mention", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    author_id = fields.Many2one(
        "social.author", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    consent_id = fields.Many2one(
        "social.consent",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Which consent let the copy join the post, or its author, with a person.",
    )
    res_model = fields.Char("Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record", model_field="res_model", required=True, readonly=True
    )
    field_name = fields.Char("Field", readonly=True, help="Empty: the whole record is the copy.")

    _has_origin = models.Constraint(
        "CHECK (mention_id IS NOT NULL OR author_id IS NOT NULL)", "A copy has an origin."
    )
    _place = models.Index("(res_model, res_id)")

    @api.ondelete(at_uninstall=False)
    def _unlink_with_origin(self):
        self._check_door()

    @api.model
    def _record(self, records, names=None, *, mention=None, author=None, consent=None):
        """Write down that fields of these records are a copy of a post, or of what its author is.

        :param names: names of the fields; None: each record as a whole, a ``mail.message`` or
            ``ir.attachment``
        :param consent: the ``social.consent`` by which it joins them with a person, if it does
        :raises ValueError: for a whole record that is none of those
        """
        if names is None and records._name not in WHOLE:
            raise ValueError(f"A whole {records._name} is no copy")
        origin = {
            "mention_id": mention.id if mention else False,
            "author_id": author.id if author else False,
            "consent_id": consent.id if consent else False,
            "res_model": records._name,
        }
        open_door(self.sudo()).create(
            [
                {**origin, "res_id": record.id, "field_name": name}
                for record in records
                for name in ([False] if names is None else names)
            ]
        )

    @api.model
    def _follow(self, records, target, names):
        """Let copies in these records count for ``target``, which took over what they hold.

        :param dict names: ``{name: name of the field in target}`` of the fields taken over
        """
        copies = open_door(self.sudo())
        found = copies.search([("res_model", "=", records._name), ("res_id", "in", records.ids)])
        copies.create(
            [
                {**copy._get_origin(), **_place(target), "field_name": names[copy.field_name]}
                for copy in found
                if copy.field_name in names
            ]
        )

    def _get_origin(self):
        return {name: self[name].id for name in ("mention_id", "author_id", "consent_id")}

    # -- removal ---------------------------------------------------------------------------------

    @api.model
    def _clear_consents(self, consents, removed):
        """Remove the copies that consents which ended had let join a post with a person."""
        ended = consents.filtered(lambda consent: consent.recorded_state != "given")
        if not ended:
            return
        copies = open_door(self.sudo()).search([("consent_id", "in", ended.ids)])
        for consent, own in copies.grouped("consent_id").items():
            own._clear(removed, consent.id)

    @api.model
    def _clear_expired(self):
        """Remove the copies whose consent the clock has ended; return those consents."""
        copies = open_door(self.sudo()).search(
            [("consent_id.valid_until", "<=", fields.Datetime.now())]
        )
        ended = copies.grouped("consent_id")
        for consent, own in ended.items():
            own._clear(Removed(), consent.id)
        return self.env["social.consent"].union(*ended)

    @api.model
    def _clear_origins(self, mentions=None, authors=None, removed=None, consent_id=None):
        """Remove the copies of posts, or of what authors are, that are about to be deleted."""
        domain = fields.Domain("mention_id", "in", mentions.ids if mentions else [])
        domain |= fields.Domain("author_id", "in", authors.ids if authors else [])
        open_door(self.sudo()).search(domain)._clear(removed or Removed(), consent_id)

    def _clear(self, removed, consent_id):
        """Empty the fields, delete the messages and files, and forget the copies.

        :param removed: the ``Removed`` that takes note, for the consent with this id
        """
        for (model, name), copies in self.grouped(lambda c: (c.res_model, c.field_name)).items():
            if model not in self.env:
                continue
            records = self.env[model].sudo().with_context(active_test=False, social_door=None)
            records = records.browse(set(copies.mapped("res_id"))).exists()
            removed.add(consent_id, model, records.ids)
            if not name:
                records.unlink()
            elif name in records._fields:
                self._empty(records, name)
        self.exists().unlink()

    @api.model
    def _empty(self, records, name):
        """Empty a field, or say something neutral in one that must not be empty; no track of it."""
        records = records.with_context(tracking_disable=True, mail_notrack=True)
        title = self.env["ir.model"]._get(records._name).name
        for record in records:
            needed = record._fields[name].required or name == record._rec_name
            record.write({name: f"{title} {record.id}" if needed else False})
        if name == records._rec_name:
            self._rename_activities(records)

    @api.model
    def _rename_activities(self, records):
        """Planned activities keep the name of their record: they take the new one."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE mail_activity SET res_name = record.%s FROM %s record"
                " WHERE res_model = %s AND res_id = record.id AND record.id = ANY(%s)",
                SQL.identifier(records._rec_name),
                SQL.identifier(records._table),
                records._name,
                records.ids,
            )
        )
        self.env["mail.activity"].invalidate_model(["res_name"])


def _place(record):
    return {"res_model": record._name, "res_id": record.id}
