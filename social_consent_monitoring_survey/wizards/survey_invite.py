from odoo import models
from odoo.tools import email_normalize_all


class SurveyInvite(models.TransientModel):
    _inherit = "survey.invite"

    def action_invite(self):
        """Ask for an opinion only whom advertising may reach: it counts as such (BGH VI ZR 225/17)."""
        addresses = email_normalize_all((self.emails or "").replace("\n", ","))
        marked = self._invite_social(self.partner_ids, addresses)
        return super(SurveyInvite, marked).action_invite()
