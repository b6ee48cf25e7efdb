from odoo import models


class SlideChannelInvite(models.TransientModel):
    _inherit = "slide.channel.invite"

    def action_invite(self):
        """Invite to a course only whom advertising may reach; who takes part gets a service."""
        if not self.send_email:
            return super().action_invite()
        marked = self._invite_social(self.partner_ids)
        return super(SlideChannelInvite, marked).action_invite()
