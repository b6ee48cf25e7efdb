from odoo import api, fields, models


class SocialConsentBox(models.Model):
    _inherit = "social.consent.box"

    place = fields.Selection(
        selection_add=[("newsletter", "Newsletter blocks")], ondelete={"newsletter": "cascade"}
    )

    @api.model
    def _get_fetched_places(self):
        return [*super()._get_fetched_places(), "newsletter"]

    @api.model
    def _get_kept_places(self):
        return [*super()._get_kept_places(), "newsletter"]

    @api.model
    def _get_places_without_number(self):
        return [*super()._get_places_without_number(), "newsletter"]
