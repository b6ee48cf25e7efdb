from odoo import api, models


class SmsSms(models.Model):
    _inherit = "sms.sms"

    @api.model
    def _get_social_kind(self, vals):
        """An SMS of a mailing is what the mailing is (rule 23)."""
        if vals.get("mailing_id"):
            mailing = self.env["mailing.mailing"].sudo().browse(vals["mailing_id"])
            return mailing._get_social_kind()
        return super()._get_social_kind(vals)

    def _stop_social_refused(self, refused):
        """Stop, too, those who have left the mailing's list since the SMS was queued."""
        stopped = super()._stop_social_refused(refused)
        gone = self.browse()
        for mailing, own in (self - stopped).grouped("mailing_id").items():
            left = set(mailing._get_opt_out_list_sms()) if mailing else ()
            gone |= own.filtered(lambda sms, left=left: sms.social_res_id in left)
        if gone:
            gone._update_sms_state_and_trackers("canceled", failure_type="sms_optout")
        return stopped | gone
