from odoo import api, fields, models

from ..kinds import get_kind, with_kind


class MailMessageSchedule(models.Model):
    """A message that is sent later is for the same as it was when somebody wrote it."""

    _inherit = "mail.message.schedule"

    social_kind = fields.Char("Purpose", readonly=True)
    social_company_id = fields.Many2one(
        "res.company", "Sent For", readonly=True, ondelete="set null"
    )

    @api.model_create_multi
    def create(self, vals_list):
        own = {"social_kind": get_kind(self.env) or False, "social_company_id": self.env.company.id}
        return super().create([{**vals, **own} for vals in vals_list])

    def _send_notifications(self, default_notify_kwargs=None):
        by_sender = self.grouped(lambda each: (each.social_kind, each.social_company_id))
        for (kind, company), schedules in by_sender.items():
            own = schedules.with_company(company) if company else schedules
            marked = with_kind(own, kind)
            super(MailMessageSchedule, marked)._send_notifications(
                default_notify_kwargs=default_notify_kwargs
            )
        return True
