from odoo import api, fields, models
from odoo.tools import email_normalize_all

from ..kinds import get_kind, with_kind
from ..models.mail_mail import FAILURE
from ..models.social_gate import Approach

OWN_REASONS = ("mail_bl", "mail_optout", "mail_email_invalid", "mail_email_missing")
# What decides to whom a mail goes, and what it is for.
LOOKED_AT = (
    "partner_ids",
    "composition_mode",
    "model",
    "res_ids",
    "template_id",
    "subtype_id",
    "notify_skip_followers",
    "social_refresh",
)


class MailComposeMessage(models.TransientModel):
    _inherit = "mail.compose.message"

    social_strip = fields.Json("What Is Allowed Now", compute="_compute_social_strip")
    social_refresh = fields.Integer(help="Counted up to have the strip worked out anew.")

    @api.depends(*LOOKED_AT)
    def _compute_social_strip(self):
        """Say before anybody writes what is allowed; what is judged is what will be sent."""
        for wizard in self:
            wizard.social_strip = wizard._look_at_social_recipients()

    def _look_at_social_recipients(self):
        """Return the strip; False where nothing has to be asked."""
        kind = self._get_social_kind() or self.env["mail.mail"]._get_social_kind_about(self.model)
        if kind == "service" or self.subtype_is_log:
            return False
        records = self.env[self.model].browse(self._evaluate_res_ids()) if self.model else None
        if self.composition_mode == "mass_mail":
            counts = records and kind == "marketing" and not self._is_social_mailing()
            return counts and self.env["social.strip"]._count("email", records)
        if records and len(records) > 1:
            return False
        partners = self.partner_ids._origin
        if records and not self.notify_skip_followers and "message_partner_ids" in records:
            partners |= records.sudo().message_partner_ids
        approach = Approach(
            None, kind, self.model or None, records.id if records else None, tuple(partners.ids)
        )
        return self.env["social.strip"]._look_at("email", approach)

    def _action_send_mail(self, auto_commit=False):
        """Let what is sent know what it is for."""
        mails, messages = self.env["mail.mail"].sudo(), self.env["mail.message"]
        for wizard in self:
            # Whether to queue follows from the recipients in the context: asking the gate would have
            # it worked out without them.
            wizard.flush_recordset(["force_send", "composition_batch"])
            kind = wizard._get_social_kind()
            marked = with_kind(wizard, kind)
            more_mails, more_messages = super(MailComposeMessage, marked)._action_send_mail(
                auto_commit=auto_commit
            )
            mails, messages = mails + more_mails, messages + more_messages
        return mails, messages

    def _action_schedule_message(self):
        """What is sent later is for the same."""
        messages = self.env["mail.scheduled.message"]
        for wizard in self:
            marked = with_kind(wizard, wizard._get_social_kind())
            messages |= super(MailComposeMessage, marked)._action_schedule_message()
        return messages

    def _get_social_kind(self):
        """Return what this is for: "marketing", "service", or None where each mail's topic decides.

        A mass mail to persons is direct marketing unless its template is a service; a template
        says so only of its own text.
        """
        self.ensure_one()
        template = self.template_id.sudo()
        if template.social_kind == "marketing":
            return "marketing"
        if self.composition_mode != "mass_mail":
            return None
        if self._is_social_mailing():
            # Anybody may name a mailing here; that it is a service, only the mailing itself says.
            return get_kind(self.env) or "marketing"
        if template.social_kind == "service" and self._is_social_template_text():
            return "service"
        is_person = self.model and "social_subject_id" in self.env[self.model]._fields
        return "marketing" if is_person else None

    def _is_social_mailing(self):
        """Tell whether this is a mailing, or becomes one when it is sent."""
        return bool(self.mass_mailing_id or self.mass_mailing_name)

    def _is_social_template_text(self):
        template = self.template_id
        return (self.subject or "") == (template.subject or "") and (self.body or "") == (
            template.body_html or ""
        )

    def _process_mail_values_state(self, mail_values_dict):
        """Leave out, with a visible trace, whom advertising may not reach (rule 23).

        The refused are set apart before core looks for duplicates: a person who consented must
        not come out as the double of one who did not.
        """
        # Sending has marked it; a look has not.
        kind = get_kind(self.env) or self._get_social_kind()
        if self.composition_mode != "mass_mail" or kind != "marketing":
            return super()._process_mail_values_state(mail_values_dict)
        refused = self._get_social_refused(mail_values_dict, log="all")
        return self._process_social_state(mail_values_dict, refused)

    def _process_social_state(self, mail_values_dict, refused):
        """Cancel the mails of these records, and let core decide about the others.

        :param refused: ids, or a dict by ids
        """
        passed = {
            res_id: vals for res_id, vals in mail_values_dict.items() if res_id not in refused
        }
        super()._process_mail_values_state(passed)
        stopped = {res_id: mail_values_dict[res_id] for res_id in refused}
        if stopped:
            super()._process_mail_values_state(stopped)
            self._name_social_reasons(stopped)
        return mail_values_dict

    def _name_social_reasons(self, mail_values_dict):
        """Cancel all of these; what Odoo leaves out anyhow keeps Odoo's name for it."""
        listed = {
            res_id
            for res_id, vals in mail_values_dict.items()
            if vals.get("failure_type") == "mail_bl"
        }
        recipients = self._get_recipients_data(mail_values_dict) if listed else {}
        withdrawn = listed - self._without_withdrawn(listed, recipients)
        for res_id, vals in mail_values_dict.items():
            reason = vals.get("failure_type")
            own = reason in OWN_REASONS and res_id not in withdrawn
            failure = reason if own else FAILURE
            vals.update({"state": "cancel", "failure_type": failure, "is_notification": False})

    def _get_blacklist_record_ids(self, mail_values_dict, recipients_info=None):
        """A service goes to people who withdrew consent to advertising, too: it is none."""
        blocked = super()._get_blacklist_record_ids(mail_values_dict, recipients_info)
        if not blocked or self._get_social_kind() != "service":
            return blocked
        recipients = recipients_info or self._get_recipients_data(mail_values_dict)
        return self._without_withdrawn(blocked, recipients)

    def _without_withdrawn(self, blocked, recipients):
        """Return those of these ids that more than a withdrawal of consent keeps on the blacklist."""
        addresses = {id_: set(recipients[id_]["mail_to_normalized"]) for id_ in blocked}
        everybody = set().union(*addresses.values())
        withdrawn = self.env["social.block.mixin"]._find_withdrawn("email", everybody)
        return {id_ for id_ in blocked if not addresses[id_] <= withdrawn}

    def _get_social_refused(self, mail_values_dict, log):
        """Return ``{id: {Target: policy.Decision}}`` of the records for which no mail may go out.

        Judged are the record, where it is a person, and everybody to whom its mail goes; whoever
        is added to the mail of another is no reason to send it.
        """
        mailing = self.mass_mailing_id
        # Nothing else of it is read: Odoo forgets the mailing with each batch.
        mailing.fetch(["social_similar_goods"])
        approaches = [
            Approach(
                res_id,
                "marketing",
                self.model,
                res_id,
                tuple(command[1] for command in vals.get("recipient_ids") or [] if command[1]),
                tuple(self._get_social_addresses(vals)),
                mailing.social_similar_goods,
            )
            for res_id, vals in mail_values_dict.items()
        ]
        return self.env["social.gate"]._judge_first("email", approaches, log)

    def _get_social_addresses(self, vals):
        """Return the addresses beside those of contacts; what is no address is nobody's."""
        written = [vals.get("email_to"), vals.get("email_cc")]
        return [
            address
            for text in written
            for address in (email_normalize_all(text or "") or ([text] if text else []))
        ]
