from odoo import api, models
from odoo.tools import email_normalize


class MailBlacklist(models.Model):
    _name = "mail.blacklist"
    _inherit = ["mail.blacklist", "social.block.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        """Take an address on the list as the no of everybody who has it (rule 8)."""
        entries = super().create([self._say_social_origin(vals) for vals in vals_list])
        entries._follow_as_no()
        return entries

    def write(self, vals):
        blocks = bool(vals.get("active") or vals.get("email"))
        result = super().write(self._say_social_origin(vals, blocks))
        if blocks:
            self._follow_as_no()
        return result

    def _add(self, email, message=None):
        """Who says no is heard, although the address is on the list already (rule 8)."""
        blocked = self.search([("email", "=", email_normalize(email or ""))])
        entries = super()._add(email, message=message)
        (entries & blocked)._follow_as_no()
        return entries
