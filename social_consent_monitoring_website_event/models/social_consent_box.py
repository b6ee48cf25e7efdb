from odoo import api, fields, models


class SocialConsentBox(models.Model):
    _inherit = "social.consent.box"

    place = fields.Selection(
        selection_add=[("event", "Registration for events")], ondelete={"event": "cascade"}
    )

    @api.model
    def _get_places_without_number(self):
        return [*super()._get_places_without_number(), "event"]
