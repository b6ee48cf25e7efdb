from odoo import api, fields, models


class SocialConsentBox(models.Model):
    _inherit = "social.consent.box"

    place = fields.Selection(
        selection_add=[("checkout", "Checkout of the shop")], ondelete={"checkout": "cascade"}
    )

    @api.model
    def _get_kept_places(self):
        return [*super()._get_kept_places(), "checkout"]
