from odoo import api, fields, models

from .social_gate import Approach

FAILURE = "social_no_consent"


class SmsSms(models.Model):
    _name = "sms.sms"
    _inherit = ["sms.sms", "social.sent.mixin"]

    failure_type = fields.Selection(selection_add=[(FAILURE, "No consent")])

    @api.model
    def _get_social_kind(self, vals):
        message = self.env["mail.message"].sudo().browse(vals.get("mail_message_id") or ())
        return self._get_social_kind_about(message.model)

    def _send_with_api(self, sms_api, *args, **kwargs):
        """Ask once more: a consent may have been withdrawn since the SMS was queued (rule 23)."""
        asked = self.filtered(lambda sms: sms.social_kind != "service")
        passing = self - self.env["social.gate"]._keep_back("sms", asked)
        if not passing:
            return None
        return super(SmsSms, passing)._send_with_api(sms_api, *args, **kwargs)

    def _hold_for_social(self, text):
        """It stays queued; Odoo's SMS has no place for an error that is none of the provider's."""

    def _stop_social_refused(self, refused):
        stopped = self.filtered(lambda sms: sms.id in refused)
        if stopped:
            stopped._update_sms_state_and_trackers("canceled", failure_type=FAILURE)
        return stopped

    def _get_social_approaches(self):
        approaches = []
        for sms in self:
            message = sms.mail_message_id
            model, res_id = sms._get_social_topic()
            approaches.append(
                Approach(
                    sms.id,
                    sms.social_kind or "first",
                    model or message.model or None,
                    res_id or message.res_id or None,
                    tuple(sms.partner_id.ids),
                    () if sms.partner_id else tuple(filter(None, [sms.number])),
                )
            )
        return approaches

    def _get_social_topic(self):
        """Return the model and id of what the SMS is about, where it knows more than its message."""
        return None, None
