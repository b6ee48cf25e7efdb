from odoo import models


class SocialSourceTone(models.Model):
    """What an import brought is analysed at once, by a job of its own."""

    _name = "social.source"
    _inherit = ["social.source"]

    def _import(self, due_only=False):
        result = super()._import(due_only)
        self.env["social.mention"]._analyse_soon()
        return result
