from odoo import fields, models

from .social_gate import PERSONS, Approach


class SnailmailLetter(models.Model):
    _inherit = "snailmail.letter"

    error_code = fields.Selection(selection_add=[("SOCIAL_NO_CONSENT", "No consent")])

    def _snailmail_print(self, immediate=True):
        """Print no advertising for people who do not want it (rule 23).

        A letter on a person's own record is advertising, and stopped by an objection only; one
        on a document, such as an invoice, always goes.
        """
        asked = self.filtered(lambda letter: letter.model in PERSONS)
        kept = self.env["social.gate"]._keep_back("post", asked, log="all")
        return super(SnailmailLetter, self - kept)._snailmail_print(immediate)

    def _get_social_approaches(self):
        return [
            Approach(letter.id, "marketing", letter.model, letter.res_id, (letter.partner_id.id,))
            for letter in self
        ]

    def _get_social_company(self):
        return self.company_id

    def _hold_for_social(self, text):
        self.write({"info_msg": text})

    def _stop_social_refused(self, refused):
        stopped = self.filtered(lambda letter: letter.id in refused)
        if stopped:
            stopped._cancel_for_social()
        return stopped

    def _cancel_for_social(self):
        reason = self.env._("The person does not want advertising by letter.")
        self.write({"state": "canceled", "error_code": "SOCIAL_NO_CONSENT", "info_msg": reason})
        self.notification_ids.sudo().write(
            {"notification_status": "canceled", "failure_type": "social_no_consent"}
        )
        self.message_id._notify_message_notification_update()
