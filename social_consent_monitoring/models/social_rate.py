from odoo import api, models


class SocialRate(models.AbstractModel):
    """How often anybody may ask."""

    _name = "social.rate"
    _description = "Limits on Public Pages"

    @api.model
    def _take(self, kind, key):
        return True
