from odoo import fields, models


class MailNotification(models.Model):
    _inherit = "mail.notification"

    failure_type = fields.Selection(selection_add=[("social_no_consent", "No consent")])

    def format_failure_reason(self):
        """Say in the chatter what happened, and that nothing has to be repaired."""
        self.ensure_one()
        if self.failure_type == "social_no_consent":
            return self.env._("Not sent: the person has not consented to advertising.")
        return super().format_failure_reason()
