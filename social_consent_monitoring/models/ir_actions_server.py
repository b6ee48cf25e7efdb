from odoo import models

from ..kinds import with_kind


class IrActionsServer(models.Model):
    _name = "ir.actions.server"
    _inherit = ["ir.actions.server", "social.kind.mixin"]

    def run(self):
        """Let what the action sends know what it is for (rule 23)."""
        result = False
        for action in self:
            # Nobody reads a refusal here: the last gate leaves out who may not be approached.
            silent = action.with_context(social_silent=True)
            marked = with_kind(silent, action.sudo().social_kind)
            result = super(IrActionsServer, marked).run()
        return result
