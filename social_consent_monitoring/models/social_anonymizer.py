import re

from odoo import Command, api, models
from odoo.tools import SQL

from ..door import open_door

PERSONAL_TYPES = {"char", "text", "html", "binary", "image", "date", "json", "properties"}
# Not the person's: how a record is shown and found.
TECHNICAL = {"parent_path", "lang", "tz", "calendar_default_privacy"}
# Records whose rows are looked after elsewhere.
OTHERS = ("mail.", "social.", "ir.", "bus.", "privacy.", "base.", "sms.", "snailmail.", "mailing.")


class SocialAnonymizer(models.AbstractModel):
    """Empties what has to be kept of all that is personal (GDPR Art. 17(3)(b))."""

    _name = "social.anonymizer"
    _description = "Anonymiser"

    @api.model
    def _get_erased_name(self):
        return self.env._("Erased person")

    @api.model
    def _empty(self, record, ledger):
        """Empty a contact, lead or recipient that cannot be deleted, and archive it."""
        record = open_door(record.sudo()).with_context(tracking_disable=True, mail_notrack=True)
        self._clear_around(record, ledger)
        record.write(self._prepare_empty(record))
        # What was written of it into the thread by this.
        self._clear_around(record, ledger)

    @api.model
    def _prepare_empty(self, record):
        """Return the values that leave nothing personal, whatever fields the database has."""
        vals = {}
        for name, field in record._fields.items():
            if self._is_personal(field):
                vals[name] = self._get_erased_name() if field.required else False
        if record._name == "res.partner":
            vals.update(name=self._get_erased_name(), category_id=[Command.clear()])
            vals.update(state_id=False, partner_latitude=0, partner_longitude=0)
        vals["social_subject_id"] = False
        if "active" in record._fields:
            vals["active"] = False
        return vals

    @api.model
    def _is_personal(self, field):
        stored = field.store or field.company_dependent
        # Values that follow from others are emptied with them.
        follows = field.related or field.inherited or (field.compute and field.readonly)
        own = field.type in PERSONAL_TYPES and field.name not in TECHNICAL
        return own and stored and not follows

    @api.model
    def _clear_around(self, record, ledger):
        """Remove files, thread, activities and outside names, and what would go with it."""
        about = [("res_model", "=", record._name), ("res_id", "=", record.id)]
        everything = self.env["ir.attachment"].sudo().with_context(active_test=False)
        # Said in full: otherwise files of fields are passed over.
        fields_too = [*about, "|", ("res_field", "=", False), ("res_field", "!=", False)]
        ledger.delete(everything.search(fields_too))
        for name in ("mail.activity", "mail.followers"):
            rows = self.env[name].sudo().with_context(active_test=False)
            ledger.delete(rows.search(about))
        for name in ("mail.message", "mail.scheduled.message"):
            domain = [("model", "=", record._name), ("res_id", "=", record.id)]
            ledger.delete(self.env[name].sudo().search(domain))
        names = self.env["ir.model.data"].sudo()
        names.search([("model", "=", record._name), ("res_id", "=", record.id)]).unlink()
        for field in self.env["social.erasure"]._get_fields_to(record._name):
            if field.ondelete == "cascade" and field.model_name not in (
                record._name,
                "social.contract",
            ):
                rows = self.env[field.model_name].sudo().with_context(active_test=False)
                for row in rows.search([(field.name, "=", record.id)]):
                    self.env["social.erasure"]._delete(open_door(row), ledger)

    # -- records of others that refer to the person ----------------------------------------------

    @api.model
    def _redact_references(self, scope):
        """Take the person's name, address and number out of records that refer to the contact.

        Such as the name of a meeting. Documents that must be kept stay as they are. In SQL: a
        rule of another addon about its own record must not keep a person's name there.
        """
        self.env.flush_all()
        for field in self.env["social.erasure"]._get_fields_to(
            "res.partner", ("many2one", "many2many")
        ):
            name = field.model_name
            if name in scope.records or name.startswith(OTHERS) or name.startswith("res."):
                continue
            rows = self.env[name].sudo().with_context(active_test=False)
            found = rows.search([(field.name, "in", scope.partners.ids)])
            self._redact(found.browse(set(found.ids) - scope.kept.get(name, set())), scope)

    @api.model
    def _redact(self, records, scope):
        columns = [
            name
            for name, field in records._fields.items()
            if field.store and field.type in ("char", "text", "html") and not field.translate
        ]
        for record in records:
            changed = {}
            for name in columns:
                text = record[name]
                if text and (clean := self._clean(str(text), scope)) != text:
                    required = record._fields[name].required
                    changed[name] = clean or (self._get_erased_name() if required else None)
            if changed:
                pairs = SQL(", ").join(
                    SQL("%s = %s", SQL.identifier(name), value) for name, value in changed.items()
                )
                table = SQL.identifier(records._table)
                self.env.cr.execute(SQL("UPDATE %s SET %s WHERE id = %s", table, pairs, record.id))
        records.invalidate_recordset()

    @api.model
    def _clean(self, text, scope):
        """Return a text without what the person is found by."""
        for value in sorted(scope.addresses | scope.numbers, key=len, reverse=True):
            # A longer one that holds it is somebody else's.
            whole = rf"(?<![\w.+-]){re.escape(value)}(?![\w-]|\.\w)"
            text = re.sub(whole, "", text, flags=re.IGNORECASE)
        for name in sorted(scope.names, key=len, reverse=True):
            # A single word may be anything else.
            if " " in name:
                text = re.sub(
                    rf"\b{re.escape(name)}\b", self._get_erased_name(), text, flags=re.IGNORECASE
                )
            elif text.strip().lower() == name.lower():
                text = self._get_erased_name()
        return text
