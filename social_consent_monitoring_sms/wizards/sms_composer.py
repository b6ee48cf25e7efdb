from odoo import models

from odoo.addons.social_consent_monitoring.kinds import get_kind


class SmsComposer(models.TransientModel):
    _inherit = "sms.composer"

    def _get_social_kind(self):
        """A mailing is direct marketing, to whomever it goes, unless a manager says otherwise."""
        if self.mailing_id:
            return get_kind(self.env) or "marketing"
        return super()._get_social_kind()
