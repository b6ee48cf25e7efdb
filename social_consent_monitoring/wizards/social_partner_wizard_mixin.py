from odoo import api, fields, models


class SocialPartnerWizardMixin(models.AbstractModel):
    """What the wizards about a contact share: only its user sees one, and it does not stay.

    Rows of a wizard live on for hours; a record rule keeps them from other users.
    """

    _name = "social.partner.wizard.mixin"
    _description = "Wizard About a Contact"

    partner_id = fields.Many2one("res.partner", "Contact", required=True)

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards._check_partner()
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self._check_partner()
        return result

    def _check_partner(self):
        """Refuse a contact that the user may not read: its name would be shown."""
        self.partner_id.check_access("read")

    def _finish(self):
        """Close the window and leave nothing behind of what was entered."""
        self.sudo().unlink()
        return {"type": "ir.actions.act_window_close"}
