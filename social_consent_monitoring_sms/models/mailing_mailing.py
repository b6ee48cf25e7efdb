from odoo import fields, models


class MailingMailing(models.Model):
    _inherit = "mailing.mailing"

    # As easy to stop as to get (GDPR Art. 7(3)); Odoo starts without.
    sms_allow_unsubscribe = fields.Boolean(default=True)

    def _get_social_act(self):
        return "contact_sms" if self.mailing_type == "sms" else super()._get_social_act()

    def _make_social_composer(self, record_ids):
        if self.mailing_type != "sms":
            return super()._make_social_composer(record_ids)
        composers = self.env["sms.composer"].with_context(active_id=False)
        return composers.create(self._send_sms_get_composer_values(record_ids))
