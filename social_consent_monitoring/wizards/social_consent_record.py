from odoo import api, fields, models
from odoo.exceptions import UserError


class SocialConsentRecordWizard(models.TransientModel):
    """Staff records a consent that a person gave by phone, in person or on paper (rule 9)."""

    _name = "social.consent.record.wizard"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Record a Consent"

    purpose_id = fields.Many2one("social.consent.purpose", required=True)
    purpose_code = fields.Selection(related="purpose_id.code")
    channel = fields.Selection(lambda self: self.env["social.consent"]._get_channels())
    notice_id = fields.Many2one(
        "social.consent.notice", compute="_compute_notice_id", readonly=True
    )
    notice_text = fields.Text(related="notice_id.preview")
    notice_missing = fields.Text(compute="_compute_notice_id")
    evidence_note = fields.Text(
        "How Did the Person Consent?",
        required=True,
        help="For example: on the phone on 3 May, called back by us, confirmed the text read out.",
    )

    @api.depends("partner_id", "purpose_id")
    def _compute_notice_id(self):
        notices = self.env["social.consent.notice"]
        for wizard in self:
            wizard.notice_id = wizard.notice_missing = False
            if not wizard.purpose_id:
                continue
            try:
                wizard.notice_id = notices._get_published(wizard.purpose_id, wizard.partner_id.lang)
            except UserError as error:
                wizard.notice_missing = str(error)

    def action_record(self):
        self.ensure_one()
        self._check_may_record()
        if not (self.evidence_note or "").strip():
            raise UserError(self.env._("Write down how the person consented."))
        self.partner_id._give_social_consent(
            self.purpose_id.code,
            self.channel if self.purpose_id._needs_channel() else None,
            method="staff",
            evidence={"note": self.evidence_note},
        )
        return self._finish()

    def _check_may_record(self):
        """Whoever may edit the contact may record what the person said."""
        self.partner_id.check_access("write")
