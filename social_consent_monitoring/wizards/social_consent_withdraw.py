from odoo import fields, models


class SocialConsentWithdrawWizard(models.TransientModel):
    """Staff records that a person withdrew a consent. Nothing but the click is required."""

    _name = "social.consent.withdraw.wizard"
    _description = "Withdraw a Consent"

    partner_id = fields.Many2one("res.partner", "Contact", required=True, readonly=True)
    purpose_id = fields.Many2one(
        "social.consent.purpose", help="Leave empty to withdraw everything."
    )
    purpose_code = fields.Selection(related="purpose_id.code")
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(),
        help="Leave empty for all channels.",
    )
    reason = fields.Text("Note", help="The person need not give a reason.")

    def action_withdraw(self):
        self.ensure_one()
        self.partner_id.check_access("write")
        self.partner_id._withdraw_social_consent(
            self.purpose_id.code or None,
            self.channel if self.purpose_id and self.purpose_id._needs_channel() else None,
            method="staff",
            reason=self.reason or None,
        )
        return {"type": "ir.actions.act_window_close"}
