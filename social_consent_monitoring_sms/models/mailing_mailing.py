from odoo import models


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    def _get_social_act(self):
        return "contact_sms" if self.mailing_type == "sms" else super()._get_social_act()
