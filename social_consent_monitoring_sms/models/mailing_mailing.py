from odoo import fields, models


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    # As easy to stop as to get (GDPR Art. 7(3)); Odoo starts without.
    sms_allow_unsubscribe = fields.Boolean(default=True)

    def _get_social_act(self):
        return "contact_sms" if self.mailing_type == "sms" else super()._get_social_act()

    def action_send_sms(self, res_ids=None):
        """Send each for its company, and say what it is for."""
        for mailing in self:
            super(MailingMailing, mailing._mark_social()).action_send_sms(res_ids=res_ids)
        return True

    def _make_social_composer(self, record_ids):
        if self.mailing_type != "sms":
            return super()._make_social_composer(record_ids)
        composers = self._mark_social().env["sms.composer"].with_context(active_id=False)
        return composers.create(self._send_sms_get_composer_values(record_ids))
