from odoo import api, fields, models

from ..kinds import get_kind, with_kind


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
