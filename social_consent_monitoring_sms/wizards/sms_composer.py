from odoo import models


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    def _get_social_kind(self):
        """A mailing is direct marketing, to whomever it goes, unless a manager says otherwise."""
        if self.mailing_id:
            return self.mailing_id._get_social_kind()
        return super()._get_social_kind()
