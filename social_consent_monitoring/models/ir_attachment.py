from odoo import api, models
from odoo.exceptions import ValidationError


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.constrains("res_model", "public", "access_token")
    def _check_social_wall(self):
        """Refuse a link that opens what the wall guards: it would ask no rule (rules 2 and 5)."""
        guarded = self.env.registry.descendants(["social.wall.mixin"], "_inherit")
        for attachment in self:
            if attachment.res_model in guarded and (attachment.public or attachment.access_token):
                raise ValidationError(
                    self.env._("This file is about a person who consented, and is never public.")
                )
