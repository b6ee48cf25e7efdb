from odoo import api, models
from odoo.http import request


class ResUsers(models.Model):
    """Who may change what companies share."""

    _inherit = "res.users"

    def _has_all_companies(self):
        """Tell whether this user works for every company: what all share, no other user changes."""
        companies = self.env["res.company"].sudo().search([])
        return not companies - self.sudo().company_ids

    @api.model
    def signup(self, values, token=None):
        """Ask by e-mail for what was ticked at the sign-up: who signs up has proven nothing yet.

        Here, and not in the controller: there the new user is logged in already, and the sign-up
        committed, when Odoo has to start the request again.
        """
        login, password = super().signup(values, token)
        boxes = self.env["social.consent.box"]
        if request and (ticks := boxes._read_form("signup", request.params)):
            domain = self._get_login_domain(login)
            user = self.sudo().search(domain, order=self._get_login_order(), limit=1)
            boxes._take(ticks, user.partner_id, logged_in=False)
        return login, password
