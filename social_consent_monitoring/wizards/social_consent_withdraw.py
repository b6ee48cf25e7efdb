from odoo import api, fields, models
from odoo.exceptions import UserError

OFFICER = "social_consent_monitoring.group_privacy_officer"


class SocialConsentWithdrawWizard(models.TransientModel):
    """Staff records that a person withdrew a consent. Nothing but the click is required."""

    _name = "social.consent.withdraw.wizard"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Withdraw a Consent"

    kind = fields.Selection("_get_kinds", "The Person", default="withdraw", required=True)
    purpose_id = fields.Many2one("social.consent.purpose", help="Leave empty for everything.")
    purpose_code = fields.Selection(related="purpose_id.code")
    channel = fields.Selection(
        lambda self: self.env["social.consent"]._get_channels(),
        help="Leave empty for all channels.",
    )
    reason = fields.Text("Note", help="The person need not give a reason.")

    @api.model
    def _get_kinds(self):
        kinds = {
            "withdraw": self.env._("Withdraws a consent"),
            "object": self.env._("Does not want this at all, whether asked or not"),
        }
        if self.env.user.has_group(OFFICER):
            kinds["invalid"] = self.env._("Never gave it: the proof is wrong")
        return list(kinds.items())

    def action_withdraw(self):
        self.ensure_one()
        # The privacy officer keeps the record of consents, whoever edits the contact.
        self.partner_id.check_access("read" if self.env.user.has_group(OFFICER) else "write")
        act = {
            "withdraw": self.partner_id._withdraw_social_consent,
            "object": self.partner_id._object_social,
            "invalid": self.partner_id._invalidate_social_consent,
        }[self.kind]
        by_channel = self.purpose_id and self.purpose_id._needs_channel()
        consents = act(
            self.purpose_id.code or None,
            self.channel or None if by_channel else None,
            method="staff",
            reason=self.reason or None,
        )
        if not consents and self.kind != "object":
            raise UserError(
                self.env._(
                    "There is no such consent to withdraw. If the person does not want this at "
                    "all, choose “Does not want this at all”."
                )
            )
        return self._finish()
