from odoo import api, models


class SocialSourceCompany(models.Model):
    """Whose a source is: for one company posts are read, and by its own decisions.

    The company is the controller (GDPR Art. 4 no. 7): its balancing test, its rules, the consents
    that were given to it, its account with the platform, and its page that names the source.
    """

    _name = "social.source"
    _inherit = ["social.source", "social.company.shared.mixin"]

    def write(self, vals):
        result = super().write(vals)
        if "company_id" in vals:
            self.env["social.mention"].sudo()._move_with(self)
        return result

    @api.onchange("company_id")
    def _onchange_company_id(self):
        """An account, a team and a brand of another company's are not this one's."""
        for name in ("account_id", "team_id", "brand_id"):
            if self.company_id and not self[name].company_id <= self.company_id:
                self[name] = False

    def _group_by_policy(self):
        """Yield (policy, sources): what a company decided counts for its own sources."""
        for company, own in self.grouped("company_id").items():
            yield self.env["social.policy"].with_company(company), own

    def _in_its_company(self):
        """Return the source in its company, in the language of whoever reads what came of it.

        The cron has no language: without this its results and errors would be English for all.
        """
        source = self.with_company(self.company_id)
        reader = source.user_id.filtered("active") or source.env.company.partner_id
        return source.with_context(lang=self.env.lang or reader.lang)
