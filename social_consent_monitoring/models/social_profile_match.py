from odoo import models


class SocialProfileMatch(models.Model):
    """A profile as a source of values (rule 21)."""

    _name = "social.profile"
    _inherit = ["social.profile"]

    def action_enrich(self):
        """Open the form that takes a value from this profile for its contact."""
        self.ensure_one()
        self.check_access("read")
        return self.partner_id._get_social_value_window(profile=self)
