from odoo import models


class MailActivitySchedule(models.TransientModel):
    _inherit = "mail.activity.schedule"

    def action_schedule_plan(self):
        """A plan goes on where a person may not be called: that step becomes a to-do (rule 23)."""
        silent = self.with_context(social_silent=True)
        return super(MailActivitySchedule, silent).action_schedule_plan()
