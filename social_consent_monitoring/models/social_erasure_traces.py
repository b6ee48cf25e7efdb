import json

from odoo import Command, api, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize_all

from ..door import open_door

# Where a message says to whom it went, or from where it came in.
NOTED = ("incoming_email_to", "incoming_email_cc", "outgoing_email_to")
# Threads, and what else is kept by the name of a model and a number.
THREADS = ("res.partner", "crm.lead", "mailing.contact")


class SocialErasureTraces(models.AbstractModel):
    """Removes what a person leaves in threads, queues, lists and logs (GDPR Art. 17)."""

    _name = "social.erasure.traces"
    _description = "Traces of a Person"

    @api.model
    def _remove(self, scope, ledger):
        self._remove_queued(scope, ledger)
        self._remove_messages(scope, ledger)
        self._remove_noted(scope, ledger)
        self._remove_statistics(scope, ledger)
        self._remove_blocks(scope, ledger)
        self._remove_logs(scope, ledger)
        self._remove_transient(scope)

    @api.model
    def _about(self, scope, model="model", res_id="res_id"):
        """Return the domain of what is about a record of the person."""
        return Domain.OR(
            Domain(model, "=", name) & Domain(res_id, "in", scope.records[name].ids)
            for name in scope.records
        )

    @api.model
    def _remove_queued(self, scope, ledger):
        """Remove mails, SMS and letters to the person, sent or not."""
        to_partner = Domain("partner_id", "in", scope.partners.ids)
        numbers = Domain("number", "in", list(scope.numbers))
        ledger.delete(self.env["sms.sms"].sudo().search(to_partner | numbers))
        letters = self.env["snailmail.letter"].sudo().search(to_partner)
        files = letters.attachment_id
        ledger.delete(letters)
        ledger.delete(files)
        self._remove_mails(scope, ledger)

    @api.model
    def _remove_scheduled(self, scope, ledger):
        """Remove messages that wait to be sent to the person."""
        scheduled = self.env["mail.scheduled.message"].sudo()
        to_person = Domain("partner_ids", "in", scope.partners.ids)
        ledger.delete(scheduled.search(self._about(scope) | to_person))

    @api.model
    def _remove_mails(self, scope, ledger):
        mails = self.env["mail.mail"].sudo()
        domain = Domain("recipient_ids", "in", scope.partners.ids) | self._about(scope)
        for address in scope.addresses:
            for name in ("email_to", "email_cc"):
                domain |= Domain(name, "ilike", address)
        for mail in mails.search(domain):
            addresses = set(mail._get_social_addresses()) & scope.addresses
            others = mail.recipient_ids - scope.partners
            if others or set(mail._get_social_addresses()) - addresses:
                mail.write(
                    {
                        "recipient_ids": [Command.set(others.ids)],
                        "email_to": mail._without(mail.email_to, addresses),
                        "email_cc": mail._without(mail.email_cc, addresses),
                    }
                )
            elif addresses or mail.recipient_ids or scope.holds(mail.model, mail.res_id):
                ledger.delete(mail)

    @api.model
    def _remove_messages(self, scope, ledger):
        """Remove the person's threads, and what the person wrote elsewhere.

        The thread of a document that must be kept is part of it: there only the address goes.
        """
        messages = self.env["mail.message"].sudo()
        written = Domain("author_id", "in", scope.partners.ids)
        for address in scope.addresses:
            written |= Domain("email_from", "ilike", address)
        of_kept = Domain.OR(
            Domain("model", "=", model) & Domain("res_id", "in", list(ids))
            for model, ids in scope.kept.items()
        )
        direct = Domain("model", "=", False) & Domain("partner_ids", "in", scope.partners.ids)
        found = messages.search(self._about(scope) | direct | (written & ~of_kept))
        ledger.delete(found.filtered(lambda message: self._is_theirs(message, scope)))
        kept = messages.search(written & of_kept) if scope.kept else messages
        kept.write({"email_from": False, "reply_to": False})
        self._empty_tracking(scope)
        notifications = self.env["mail.notification"].sudo()
        addresses = Domain("mail_email_address", "in", list(scope.addresses))
        to_person = Domain("res_partner_id", "in", scope.partners.ids)
        numbers = Domain("sms_number", "in", list(scope.numbers))
        ledger.delete(notifications.search(addresses | numbers | to_person))

    @api.model
    def _remove_noted(self, scope, ledger):
        """Take the addresses out of what messages of others note, off a list, and from chats."""
        messages = self.env["mail.message"].sudo()
        without = self.env["mail.mail"]._without
        found = messages.search(
            Domain.OR(
                Domain(name, "ilike", _escape(address))
                for name in NOTED
                for address in scope.addresses
            )
        )
        for message in found:
            message.write({name: without(message[name], scope.addresses) for name in NOTED})
        own = Domain("email_normalized", "in", list(scope.addresses))
        ledger.delete(self.env["mail.gateway.allowed"].sudo().search(own))
        guests = self.env["mail.guest"].sudo().search([("email", "!=", False)])
        mine = guests.filtered(
            lambda guest: scope.addresses & set(email_normalize_all(guest.email))
        )
        mine.write({"name": self.env["social.anonymizer"]._get_erased_name(), "email": False})

    @api.model
    def _is_theirs(self, message, scope):
        """Tell whether a message is the person's: another address may only contain this one."""
        if scope.holds(message.model, message.res_id) or message.author_id in scope.partners:
            return True
        wrote = set(email_normalize_all(message.email_from or ""))
        return bool(wrote & scope.addresses) or bool(message.partner_ids & scope.partners)

    @api.model
    def _empty_tracking(self, scope):
        """Empty the name of the contact where a document tells of its change."""
        self.env.flush_all()
        for side in ("old", "new"):
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_tracking_value tracked SET %(text)s = NULL"
                    " FROM ir_model_fields field WHERE field.id = tracked.field_id"
                    " AND field.relation = 'res.partner' AND tracked.%(number)s = ANY(%(ids)s)",
                    text=SQL.identifier(f"{side}_value_char"),
                    number=SQL.identifier(f"{side}_value_integer"),
                    ids=scope.partners.ids,
                )
            )
        self.env["mail.tracking.value"].invalidate_model()

    @api.model
    def _remove_statistics(self, scope, ledger):
        """Remove the traces of mailings, with the clicks that belong to them."""
        traces = self.env["mailing.trace"].sudo()
        addresses = Domain("email", "in", list(scope.addresses))
        found = traces.search(self._about(scope) | addresses)
        clicks = self.env["link.tracker.click"].sudo()
        ledger.delete(clicks.search([("mailing_trace_id", "in", found.ids)]))
        ledger.delete(found)

    @api.model
    def _remove_blocks(self, scope, ledger):
        """Take the plain address off Odoo's lists: the suppression stops advertising from now on."""
        for model, name, values in (
            ("mail.blacklist", "email", scope.addresses),
            ("phone.blacklist", "number", scope.numbers),
        ):
            entries = open_door(self.env[model].sudo().with_context(active_test=False))
            ledger.delete(entries.search([(name, "in", list(values))]))

    @api.model
    def _remove_logs(self, scope, ledger):
        """Remove what Odoo's own lookup remembers, and what waits to be shown on screens."""
        lookups = self.env["privacy.lookup.wizard"].sudo()
        found = lookups.browse()
        for address in scope.addresses:
            found |= lookups.search([("email", "=ilike", address)])
        logs = self.env["privacy.log"].sudo()
        hidden = [logs._anonymize_email(each) for each in scope.addresses if each.count("@") == 1]
        known = logs.search([("anonymized_email", "in", hidden)])
        own = {f"#{id_}" for records in scope.records.values() for id_ in records.ids}
        listed = known.filtered(
            lambda log: own & set((log.records_description or "").replace(",", " ").split())
        )
        ledger.delete(listed | found.log_id)
        found._forget()
        self._remove_waiting(scope)

    @api.model
    def _remove_waiting(self, scope):
        """Remove what Odoo keeps for a day to show it on open screens."""
        values = scope.addresses | scope.numbers | {name for name in scope.names if " " in name}
        for value in values:
            self.env.cr.execute(
                SQL(
                    "DELETE FROM bus_bus WHERE message ILIKE %s",
                    "%" + _escape(json.dumps(value)[1:-1]) + "%",
                )
            )

    @api.model
    def _remove_transient(self, scope):
        """Remove the rows of forms about the person, which Odoo keeps for hours."""
        for name in sorted(self.env):
            records = self.env[name]
            if not records._transient or name in self._get_own_forms():
                continue
            domain = self._get_form_domain(records, scope) | self._get_typed_domain(records, scope)
            if not domain.is_false():
                records.sudo().search(domain).unlink()

    @api.model
    def _get_typed_domain(self, records, scope):
        """Return the domain of forms into which the person's address or number was typed."""
        domain = Domain.FALSE
        for name, field in records._fields.items():
            if field.store and field.type in ("char", "text", "html") and not field.translate:
                for value in scope.addresses | scope.numbers:
                    domain |= Domain(name, "ilike", _escape(value))
        return domain

    @api.model
    def _get_own_forms(self):
        """Return the forms that erase: they are emptied by themselves."""
        return {
            "privacy.lookup.wizard",
            "privacy.lookup.wizard.line",
            "social.erasure.wizard",
            "social.erasure.wizard.line",
        }

    @api.model
    def _get_form_domain(self, records, scope):
        domain = Domain.FALSE
        for field in records._fields.values():
            if field.store and field.relational and field.comodel_name in scope.records:
                ids = scope.records[field.comodel_name].ids
                if field.type != "one2many":
                    domain |= Domain(field.name, "in", ids)
        for model, res_id in (("res_model", "res_id"), ("model", "res_id"), ("model", "res_ids")):
            stored = all(
                name in records._fields and records._fields[name].store for name in (model, res_id)
            )
            if stored and res_id == "res_id":
                domain |= self._about(scope, model, res_id)
            elif stored:
                for name, own in scope.records.items():
                    for id_ in own.ids:
                        domain |= Domain(model, "=", name) & Domain(res_id, "=", f"[{id_}]")
        return domain


def _escape(text):
    """Return a text that stands for itself in LIKE."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
