from odoo import api, fields, models

from ..kinds import get_kind, with_kind
from .mail_mail import FAILURE
from .social_gate import Approach


class MailMessageSchedule(models.Model):
    """A message that is sent later is for the same as it was when somebody wrote it."""

    _inherit = "mail.message.schedule"

    social_kind = fields.Char("Purpose", readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        kind = get_kind(self.env) or False
        return super().create([{**vals, "social_kind": kind} for vals in vals_list])

    def _send_notifications(self, default_notify_kwargs=None):
        for kind, schedules in self.grouped("social_kind").items():
            marked = with_kind(schedules, kind)
            super(MailMessageSchedule, marked)._send_notifications(
                default_notify_kwargs=default_notify_kwargs
            )
        return True

    def _stop_for_social(self):
        """Show for whom these messages are cancelled by now; return the messages concerned.

        Odoo skips whoever has a notification already, so the others still get theirs.
        """
        sent = self.env["mail.mail"]
        kinds = {
            schedule: schedule.social_kind
            or sent._get_social_kind_about(schedule.mail_message_id.model)
            for schedule in self
        }
        approaches = [
            Approach(schedule.id, kinds[schedule], message.model, message.res_id, recipients)
            for schedule in self
            for message in schedule.mail_message_id
            for recipients in [tuple(message.partner_ids.ids)]
            if kinds[schedule] != "service" and recipients
        ]
        refused = self.env["social.gate"]._judge("email", approaches) if approaches else {}
        stopped = self.filtered(lambda schedule: schedule.id in refused)
        self.env["mail.notification"].sudo().create(
            [
                {
                    "mail_message_id": schedule.mail_message_id.id,
                    "res_partner_id": target.partner_id,
                    "notification_type": "email",
                    "notification_status": "canceled",
                    "failure_type": FAILURE,
                }
                for schedule in stopped
                for target in refused[schedule.id]
            ]
        )
        return stopped
