from odoo import api, models


class SocialWizardMixin(models.AbstractModel):
    """What the wizards about people share: nobody opens one on whom they may not see.

    Rows of a wizard live on for hours; a record rule keeps them from other users.
    """

    _name = "social.wizard.mixin"
    _description = "Wizard About People"

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards._check_people()
        return wizards

    def write(self, vals):
        result = super().write(vals)
        self._check_people()
        return result

    def _check_people(self):
        """Refuse people whom the user may not read: their names would be shown."""
        for wizard in self:
            wizard._get_people().check_access("read")

    def _get_people(self):
        """Return whom the wizard is about."""
        raise NotImplementedError

    def _finish(self):
        """Close the window and leave nothing behind of what was entered."""
        self.sudo().unlink()
        return {"type": "ir.actions.act_window_close"}
