import logging

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import email_normalize_all
from odoo.tools.mail import email_split_and_format

from .social_footer import Footers
from .social_gate import Approach, Target

FAILURE = "social_no_consent"
_logger = logging.getLogger(__name__)


class MailMail(models.Model):
    _name = "mail.mail"
    _inherit = ["mail.mail", "social.sent.mixin"]

    failure_type = fields.Selection(selection_add=[(FAILURE, "No consent")])

    @api.model
    def _get_social_kind(self, vals):
        """A mailing is marketing, an answer that came in and is passed on is not."""
        if vals.get("mailing_id"):
            mailing = self.env["mailing.mailing"].sudo().browse(vals["mailing_id"])
            return mailing._get_social_kind()
        message = self.env["mail.message"].sudo().browse(vals.get("mail_message_id") or ())
        if message._has_come_in():
            return "service"
        model = vals.get("model") or message.model
        if message and not model:
            # Somebody writes to somebody, about nothing that a contract could need.
            return "first"
        return self._get_social_kind_about(model)

    def _get_social_topic(self):
        """Every mail has a message; only that of a notification was there before it."""
        topic = super()._get_social_topic()
        return topic if self.is_notification else {**topic, "mail_message_id": False}

    def _send(self, *args, **kwargs):
        """Ask once more: a consent may have been withdrawn since the mail was queued (rule 23).

        This is the last point before the wire, and the only one that all mails pass.
        """
        asked = self.filtered(
            lambda mail: mail.state == "outgoing" and mail._get_social_kind_now() != "service"
        )
        kept = self.env["social.gate"]._keep_back("email", asked)
        advertising = (asked - kept).filtered(lambda mail: mail.social_kind == "marketing")
        footers = advertising._prepare_social_footers()
        if footers is None:
            kept |= advertising
        marked = (self - kept).with_context(social_footers=footers)
        return super(MailMail, marked)._send(*args, **kwargs)

    def _prepare_social_footers(self):
        """Return the way out of each of these mails, and remember to whom they go.

        None where that fails, by a defect: then they stay queued, and all else goes out.
        """
        if not self:
            return Footers()
        try:
            with self.env.cr.savepoint():
                self.env["social.sent.mail"]._remember(self)
                return self.env["social.footer"]._make(self)
        except ConcurrencyError:
            raise
        except Exception:
            _logger.exception("Advertising stays queued: its way out could not be made")
            self._hold_for_social(self.env._("Not sent: the link to withdraw could not be made."))
            return None

    def _prepare_outgoing_list(self, *args, **kwargs):
        """Give each recipient of advertising the own way out (GDPR Art. 7(3), RFC 8058)."""
        copies = super()._prepare_outgoing_list(*args, **kwargs)
        footers = self.env.context.get("social_footers")
        if not isinstance(footers, Footers) or self.social_kind != "marketing":
            return copies
        return self.env["social.footer"]._put(footers, self, copies)

    def _postprocess_sent_message(self, *args, failure_type=None, **kwargs):
        """Let those who had to be informed know what became of their mail, before it is deleted."""
        self.env["social.information"]._follow_mails(self, failed=bool(failure_type))
        return super()._postprocess_sent_message(*args, failure_type=failure_type, **kwargs)

    def _get_social_all_addresses(self):
        """Return every address that this mail goes to, normalised."""
        own = [
            address for p in self.recipient_ids for address in self._get_social_normalized(p.email)
        ]
        return {*own, *self._get_social_addresses()}

    @api.model
    def _get_social_normalized(self, text):
        return email_normalize_all(text or "")

    def _hold_for_social(self, text):
        self.write({"failure_reason": text})

    def _get_social_approaches(self):
        return [
            Approach(
                mail.id,
                mail._get_social_kind_now(),
                mail.model or None,
                mail.res_id or None,
                tuple(mail.recipient_ids.ids),
                tuple(mail._get_social_addresses()),
                mail.mailing_id.social_similar_goods,
            )
            for mail in self
        ]

    def _get_social_addresses(self):
        """Return the addresses beside those of the contacts, normalised; as it stands if none is."""
        return [
            address
            for text in (self.email_to, self.email_cc)
            for address in email_normalize_all(text or "") or filter(None, [text])
        ]

    def _stop_social_refused(self, refused):
        """Take the refused out of these mails; return the mails in which nobody is left."""
        stopped = self.browse()
        for mail in self:
            targets = refused.get(mail.id)
            if not targets:
                continue
            everybody = {Target(partner_id) for partner_id in mail.recipient_ids.ids}
            everybody |= {Target(None, address) for address in mail._get_social_addresses()}
            if everybody <= targets.keys():
                stopped |= mail
            else:
                mail._leave_out(targets)
        stopped._cancel_for_social()
        return stopped | (self - stopped)._stop_who_left()

    def _stop_who_left(self):
        """Cancel the mails of a mailing to those who have left its lists since it was queued."""
        gone = self.browse()
        for mailing, mails in self.filtered("mailing_id").grouped("mailing_id").items():
            left = mailing._get_opt_out_list()
            gone |= mails.filtered(lambda mail, left=left: mail._goes_only_to(left))
        if gone:
            gone.write({"state": "cancel", "failure_type": "mail_optout"})
            gone.mailing_trace_ids.write({"trace_status": "cancel", "failure_type": "mail_optout"})
        return gone

    def _goes_only_to(self, addresses):
        """Tell whether all recipients have one of these addresses."""
        partners = [partner.email_normalized for partner in self.recipient_ids]
        own = {*filter(None, partners), *self._get_social_addresses()}
        return bool(own) and own <= set(addresses)

    def _leave_out(self, targets):
        """Let this mail go to the others only."""
        self.ensure_one()
        partner_ids = [target.partner_id for target in targets if target.partner_id]
        addresses = {target.address for target in targets if target.address}
        self._cancel_social_notifications(partner_ids, addresses)
        self.write(
            {
                "recipient_ids": [(3, partner_id) for partner_id in partner_ids],
                "email_to": self._without(self.email_to, addresses),
                "email_cc": self._without(self.email_cc, addresses),
            }
        )

    @api.model
    def _without(self, text, addresses):
        kept = [
            each
            for each in email_split_and_format(text or "")
            if not addresses.intersection(email_normalize_all(each))
        ]
        return ", ".join(kept) or False

    def _cancel_for_social(self):
        """Show these mails, their traces and notifications as cancelled for want of consent."""
        if not self:
            return
        reason = self.env._("No consent to advertising by e-mail.")
        self.write({"state": "cancel", "failure_type": FAILURE, "failure_reason": reason})
        traces = self.filtered("mailing_id").mailing_trace_ids
        traces.set_canceled()
        traces.write({"failure_type": FAILURE})
        self._cancel_social_notifications()

    def _cancel_social_notifications(self, partner_ids=None, addresses=None):
        """Show it in the chatter, too: of all recipients, or of these."""
        domain = [("mail_mail_id", "in", self.ids), ("notification_type", "=", "email")]
        notifications = self.env["mail.notification"].sudo().search(domain)
        if partner_ids is not None:
            notifications = notifications.filtered(
                lambda each: (
                    each.res_partner_id.id in partner_ids
                    or not addresses.isdisjoint(email_normalize_all(each.mail_email_address or ""))
                )
            )
        notifications.write({"notification_status": "canceled", "failure_type": FAILURE})
        notifications.mail_message_id._notify_message_notification_update()
