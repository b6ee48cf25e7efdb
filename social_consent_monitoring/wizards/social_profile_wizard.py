from odoo import fields, models


class SocialProfileWizard(models.TransientModel):
    """A name on a platform that a person gave: by phone, in a mail, on a form (rules 2 and 9).

    It is proven by nobody, and proposes its contact with that said. The policy is asked before
    anything is stored.
    """

    _name = "social.profile.wizard"
    _inherit = ["social.partner.wizard.mixin"]
    _description = "Add a Profile That the Person Gave"

    platform_id = fields.Many2one("social.platform", required=True)
    handle = fields.Char("Name There", required=True)

    def _check_people(self):
        result = super()._check_people()
        for wizard in self:
            handle = wizard.handle.strip().removeprefix("@").lower()
            self.env["social.policy"]._enforce(
                "match", wizard.partner_id, platform=wizard.platform_id.code, handle=handle
            )
        return result

    def action_add(self):
        self.ensure_one()
        self.env["social.profile"]._make(self.partner_id, self.platform_id, self.handle)
        return self._finish()
