from odoo import fields, models


class SocialPartnerWizardMixin(models.AbstractModel):
    """What the wizards about a contact share."""

    _name = "social.partner.wizard.mixin"
    _inherit = ["social.wizard.mixin"]
    _description = "Wizard About a Contact"

    partner_id = fields.Many2one("res.partner", "Contact", required=True)

    def _get_people(self):
        return self.partner_id
