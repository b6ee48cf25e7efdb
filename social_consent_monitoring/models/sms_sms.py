from odoo import api, fields, models

from .social_gate import Approach

FAILURE = "social_no_consent"


class SmsSms(models.Model):
    _name = "sms.sms"
    _inherit = ["sms.sms", "social.sent.mixin"]

    failure_type = fields.Selection(selection_add=[(FAILURE, "No consent")])
    social_held = fields.Char("Not Sent Yet", readonly=True, copy=False)
    social_res_model = fields.Char("About", readonly=True, copy=False)
    social_res_id = fields.Integer("About the Record", readonly=True, copy=False)

    @api.model
    def _get_social_kind(self, vals):
        message = self.env["mail.message"].sudo().browse(vals.get("mail_message_id") or ())
        return self._get_social_kind_about(message.model)

    def _get_social_kind_now(self):
        """An SMS that tells nothing of itself may be anything."""
        known = (
            self.social_kind or self.mail_message_id or self._get_social_topic().get("mailing_id")
        )
        return super()._get_social_kind_now() if known else "first"

    def _send_with_api(self, sms_api, *args, **kwargs):
        """Ask once more: a consent may have been withdrawn since the SMS was queued (rule 23)."""
        asked = self.filtered(lambda sms: sms._get_social_kind_now() != "service")
        passing = self - self.env["social.gate"]._keep_back("sms", asked)
        if not passing:
            return None
        return super(SmsSms, passing)._send_with_api(sms_api, *args, **kwargs)

    def _hold_for_social(self, text):
        """It stays queued, and says why: Odoo's own errors are those of the provider."""
        self.social_held = text

    def _stop_social_refused(self, refused):
        stopped = self.filtered(lambda sms: sms.id in refused)
        if stopped:
            stopped._update_sms_state_and_trackers("canceled", failure_type=FAILURE)
        return stopped

    def _get_social_approaches(self):
        approaches = []
        for sms in self:
            message, partner = sms.mail_message_id, sms.partner_id
            approaches.append(
                Approach(
                    sms.id,
                    sms._get_social_kind_now(),
                    sms.social_res_model or message.model or None,
                    sms.social_res_id or message.res_id or None,
                    tuple(partner.ids),
                    () if partner else tuple(filter(None, [sms.number])),
                )
            )
        return approaches
