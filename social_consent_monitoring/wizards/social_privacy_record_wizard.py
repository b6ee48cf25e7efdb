from datetime import datetime, time, timezone

import pytz

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize, format_date

OFFICER = "social_consent_monitoring.group_privacy_officer"


class SocialPrivacyRecordWizard(models.TransientModel):
    """Staff writes down what a person asked for by phone, by letter or in person."""

    _name = "social.privacy.record.wizard"
    _inherit = ["social.person.wizard.mixin"]
    _description = "Record a Request"

    kind = fields.Selection(
        lambda self: self.env["social.privacy.request"]._get_kinds(), "The Person Asks For"
    )
    note = fields.Text("What Was Said")
    received_on = fields.Date(
        "Received", required=True, default=fields.Date.context_today, help="The month starts here."
    )
    answer_to = fields.Char(help="An e-mail address. Empty: the address on record.")

    def action_record(self):
        """Hand the request to the privacy officer, and say until when it is answered.

        :raises UserError: with what is missing
        """
        self.ensure_one()
        person = self._get_people()
        person.check_access("read")
        if self.kind == "object" and not self.env.user.has_group(OFFICER):
            # It is carried out at once, so it asks for what recording an objection asks for.
            person.check_access("write")
        if not self.kind:
            raise UserError(self.env._("Choose what the person asks for."))
        if not (self.note or "").strip():
            raise UserError(self.env._("Write down in a few words what was said, and how."))
        if self.answer_to and not email_normalize(self.answer_to):
            raise UserError(self.env._("This is no e-mail address."))
        [(_record, subject)] = person._ensure_subjects()
        request = self.env["social.privacy.request"]._open(
            subject,
            self.kind,
            method="staff",
            text=self.note,
            answer_to=self.answer_to,
            received_at=self._get_received_at(),
        )
        message = self._get_message(request.sudo())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "success", "message": message, "next": self._finish()},
        }

    def _get_received_at(self):
        """Return the moment from which the month counts: a letter lay here since that morning."""
        today = fields.Date.context_today(self)
        if self.received_on > today:
            raise UserError(self.env._("This day is still to come."))
        if self.received_on == today:
            return fields.Datetime.now()
        zone = pytz.timezone(self.env.user.tz or "UTC")
        begin = zone.localize(datetime.combine(self.received_on, time()))
        return begin.astimezone(timezone.utc).replace(tzinfo=None)

    def _get_message(self, request):
        if request.kind == "object":
            return self.env._("The objection counts from now on: everywhere, and at once.")
        day = format_date(self.env, request.due_at)
        return self.env._("The privacy officer was told, and answers by %s.", day)
