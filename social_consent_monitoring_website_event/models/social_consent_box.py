from odoo import fields, models


class SocialConsentBox(models.Model):
    _inherit = "social.consent.box"

    place = fields.Selection(
        selection_add=[("event", "Registration for events")], ondelete={"event": "cascade"}
    )
