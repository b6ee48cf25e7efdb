from odoo import api, fields, models


class SocialConsentCampaignReason(models.Model):
    """How many a campaign may not ask for one reason, and who: as it stood when last looked at."""

    _name = "social.consent.campaign.reason"
    _inherit = ["social.door.mixin"]
    _description = "Left Out of a Campaign"
    _order = "count desc, id"
    _rec_name = "reason"

    campaign_id = fields.Many2one(
        "social.consent.campaign", required=True, readonly=True, index=True, ondelete="cascade"
    )
    reason = fields.Char("Reason Code", required=True, readonly=True)
    explanation = fields.Char("Why Not", compute="_compute_explanation")
    count = fields.Integer("People", readonly=True)
    record_ids = fields.Json(readonly=True)

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_explanation(self):
        words = self.env["social.consent.request.batch"]._get_reason_words()
        for line in self:
            line.explanation = words.get(line.reason, line.reason)

    def action_open(self):
        """List whom the campaign leaves out for this reason, as far as the user may see them."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.explanation,
            "res_model": self.campaign_id.person_model,
            "views": [(False, "list"), (False, "form")],
            "view_mode": "list,form",
            "domain": [("id", "in", self.record_ids or [])],
            "context": {"create": False},
        }
