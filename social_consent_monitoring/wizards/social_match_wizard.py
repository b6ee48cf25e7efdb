from odoo import fields, models


class SocialMatchWizard(models.TransientModel):
    """“Who is this?”: a person names the contact, and the policy answers (rules 2 and 18).

    It answers before anything is stored: a refused pair of post and contact must not stay, not
    even in a wizard's row.
    """

    _name = "social.match.wizard"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Match a Mention"

    mention_id = fields.Many2one("social.mention", required=True, readonly=True)
    mention_text = fields.Text(related="mention_id.text", related_sudo=False)

    def _check_partner(self):
        result = super()._check_partner()
        for wizard in self:
            wizard.mention_id.check_access("write")
            platform, handle = wizard.mention_id._get_place()
            self.env["social.policy"]._enforce(
                "match", wizard.partner_id, platform=platform, handle=handle
            )
        return result

    def action_match(self):
        self.ensure_one()
        self.mention_id._match(self.partner_id)
        return self._finish()
