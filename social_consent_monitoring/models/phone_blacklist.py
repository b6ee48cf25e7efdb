from odoo import api, models


class PhoneBlacklist(models.Model):
    _name = "phone.blacklist"
    _inherit = ["phone.blacklist", "social.block.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        """Take a number on the list as a no to SMS and calls of everybody who has it (rule 8)."""
        entries = super().create([self._say_social_origin(vals) for vals in vals_list])
        entries._follow_as_no()
        return entries

    def write(self, vals):
        blocks = bool(vals.get("active") or vals.get("number"))
        result = super().write(self._say_social_origin(vals, blocks))
        if blocks:
            self._follow_as_no()
        return result
