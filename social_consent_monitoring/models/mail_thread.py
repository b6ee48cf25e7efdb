import logging

from odoo import api, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import email_normalize, email_normalize_all
from odoo.tools.mail import mail_header_msgid_re

from ..answers import says_no
from ..door import open_door
from ..kinds import get_kind, with_kind
from .social_gate import Approach

# What a person has written, at this moment; the rest is sent by what nobody looks at.
WRITTEN = ("comment", "email_outgoing", "sms", "user_notification")
_logger = logging.getLogger(__name__)


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _get_notify_valid_parameters(self):
        return super()._get_notify_valid_parameters() | {"social_kind"}

    def _notify_thread_by_email(self, message, recipients_data, **kwargs):
        """Tell the writer at once where the mail may not go out; the text is not lost then.

        A caller may say that this is advertising, and by no means that it is not.
        """
        if kwargs.pop("social_kind", None) == "marketing":
            self = with_kind(self, "marketing")
        by_email = [data for data in recipients_data if data["notif"] == "email"]
        partner_ids = [data["id"] for data in by_email if data["id"]]
        addresses = [
            address
            for data in by_email
            if not data["id"]
            for address in email_normalize_all(data.get("email_normalized") or "")
        ]
        self._stop_social_approach("email", message, partner_ids, addresses)
        return super()._notify_thread_by_email(message, recipients_data, **kwargs)

    def _notify_thread_by_sms(
        self, message, recipients_data, sms_numbers=None, sms_pid_to_number=None, **kwargs
    ):
        """Tell the writer at once where the SMS may not go out."""
        partner_ids = [data["id"] for data in recipients_data if data["notif"] == "sms"]
        numbers = [self._phone_format(number=number) or number for number in sms_numbers or []]
        known = {partner._phone_format() for partner in self.env["res.partner"].browse(partner_ids)}
        others = [number for number in numbers if number and number not in known]
        self._stop_social_approach("sms", message, partner_ids, others)
        return super()._notify_thread_by_sms(
            message,
            recipients_data,
            sms_numbers=sms_numbers,
            sms_pid_to_number=sms_pid_to_number,
            **kwargs,
        )

    def _routing_handle_bounce(self, email_message, message_dict):
        """Mail that came back too often blocks an address; nobody has said no by that."""
        return super(MailThread, open_door(self))._routing_handle_bounce(
            email_message, message_dict
        )

    def _stop_social_approach(self, channel, message, partner_ids, addresses):
        """Refuse what somebody is about to send to a person who may not be approached (rule 23).

        :raises ConsentRequired: with the reason and the way forward. What runs by itself is not
            stopped here, but left out at the last gate: nobody could read the reason
        """
        is_written = message.message_type in WRITTEN or (
            message.message_type == "email" and not message._has_come_in()
        )
        writes = is_written and message.author_id == self.env.user.partner_id
        if not writes or self.env.context.get("social_silent") or not (partner_ids or addresses):
            return
        sent = self.env["sms.sms" if channel == "sms" else "mail.mail"]
        kind = get_kind(self.env) or sent._get_social_kind({"mail_message_id": message.id})
        if kind == "service":
            return
        about = (message.model or None, message.res_id or None)
        self.env["social.gate"]._enforce(
            channel, Approach(message.id, kind, *about, tuple(partner_ids), tuple(addresses))
        )

    # -- the answer STOP -----------------------------------------------------------------------

    @api.model
    def message_route(self, message, message_dict, *args, **kwargs):
        """Take the answer STOP to advertising as a no (rule 8); the mail goes on to the staff.

        Where it belongs nowhere, the no counts all the same: an error would undo it.
        """
        stopped = self._stop_by_social_answer(message, message_dict)
        try:
            return super().message_route(message, message_dict, *args, **kwargs)
        except ValueError:
            if not stopped:
                raise
            return []

    @api.model
    def _stop_by_social_answer(self, message, message_dict):
        """Stop advertising by e-mail to whoever answers it with STOP and nothing else.

        The sender must be whom it was sent to. A forged one could only ever stop advertising.

        :return: whether it was such an answer
        """
        automatic = (message.get("Auto-Submitted") or "no").strip().lower() != "no"
        sender = email_normalize(message_dict.get("email_from"))
        if automatic or message_dict.get("is_bounce") or not sender:
            return False
        answered = f"{message_dict.get('references')} {message_dict.get('in_reply_to')}"
        message_ids = mail_header_msgid_re.findall(answered)
        if not message_ids or not says_no(message_dict.get("body")):
            return False
        try:
            with self.env.cr.savepoint():
                return self._stop_social_sender(sender, message_ids)
        except ConcurrencyError:
            raise
        except Exception:
            # The mail itself must not be lost: whoever reads it sees what to do.
            _logger.exception("An answer could not be taken as a no to advertising")
            return False

    @api.model
    def _stop_social_sender(self, sender, message_ids):
        companies = self.env["social.sent.mail"]._find_companies(message_ids, sender)
        persons = self.env["social.gate"]._find_holders("email", {sender}).get(sender, set())
        found = self.env["social.subject"]._ensure_of(persons).values()
        subjects = self.env["social.subject"].sudo().union(*found)
        for company in companies:
            subjects.with_company(company)._stop_advertising(
                "email", method="reply", evidence={"medium": "email"}
            )
        return bool(companies)
