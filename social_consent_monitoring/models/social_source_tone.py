from odoo import models


class SocialSourceTone(models.Model):
    """What an import brought is analysed at once, by a job of its own."""

    _name = "social.source"
    _inherit = ["social.source"]

    def _import(self):
        result = super()._import()
        self.env["social.mention"]._analyse_soon()
        return result
