from odoo import fields, models


class SocialMatchWizard(models.TransientModel):
    """“Who is this?”: a person names the contact, and the policy answers (rules 2 and 18)."""

    _name = "social.match.wizard"
    _description = "Match a Mention"

    mention_id = fields.Many2one("social.mention", required=True, readonly=True)
    mention_text = fields.Text(related="mention_id.text")
    partner_id = fields.Many2one("res.partner", "Contact", required=True)

    def action_match(self):
        self.ensure_one()
        self.mention_id.check_access("write")
        self.partner_id.check_access("read")
        self.mention_id._match(self.partner_id)
        return {"type": "ir.actions.act_window_close"}
