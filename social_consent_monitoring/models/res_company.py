from odoo import fields, models

from ..analysis import topics


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "social.policy.logged.mixin"]

    _logged_fields = (
        "social_companies",
        "social_sources_page",
        "social_names",
        "social_answer_approval",
        "social_supervised_ids",
    )

    social_companies = fields.Selection(
        [("protect", "Like persons"), ("free", "Free: no data subjects")],
        "Companies as Contacts",
        required=True,
        default="protect",
        help="A legal person has no data protection of its own (GDPR recital 14), but a company "
        "may bear the name of its owner. Free: posts of contacts that are companies may be "
        "watched, matched and used to fill their record. Advertising to them needs consent all "
        "the same.",
    )

    social_privacy_officer = fields.Char(
        "Privacy Officer", help="Whom people turn to with questions about their data."
    )
    social_privacy_email = fields.Char(
        "E-mail of the Privacy Officer", help="Empty: the company's own address."
    )

    social_sources_page = fields.Boolean(
        "Public Page of Sources",
        default=True,
        help="A page that says to everybody what is read in public and why, and how to object "
        "(GDPR Art. 14 and 21). Whoever reads what people write has to tell them in some way.",
    )

    social_names = fields.Text(
        "Names and Handles of Ours",
        help="By which posts name us, one a line: brands, hashtags, accounts. The company's name "
        "and the accounts with which sources are read are known. Only a post that names or "
        "addresses us is answered in public without its author's consent (UWG section 7).",
    )

    social_answer_approval = fields.Selection(
        [("none", "No answers"), ("personal", "Personal answers"), ("all", "All answers")],
        "A Second Person Approves",
        required=True,
        default="personal",
        help="A manager who has not written the answer looks at it before it is sent.",
    )
    social_supervised_ids = fields.Many2many(
        "res.users",
        "res_company_social_supervised_rel",
        "company_id",
        "user_id",
        string="Always for Answers Of",
        help="Answers of these users are always approved by a manager.",
    )

    social_setup_skipped = fields.Json(
        "First Steps Left Out",
        copy=False,
        groups="base.group_system",
        help="Codes of the steps of the set-up that somebody left out.",
    )

    def _get_social_sources_path(self):
        """Return the path of the public page of sources; "" where this company shows none."""
        self.ensure_one()
        return f"/social/sources?company={self.id}" if self.social_sources_page else ""

    def _get_social_names(self):
        """Return the keywords by which posts name these companies (R23); all, where none is given."""
        companies = self.sudo() or self.sudo().search([])
        accounts = self.env["social.account"].sudo()
        accounts = accounts.search_fetch(accounts._check_company_domain(companies), ["login"])
        others = "\n".join(filter(None, companies.mapped("social_names"))).splitlines()
        return topics.get_names(companies.mapped("name"), others + accounts.mapped("login"))

    def _get_social_privacy_contact(self):
        """Return name and e-mail address for questions about data; "" where there is none."""
        self.ensure_one()
        return {
            "name": self.social_privacy_officer or "",
            "email": self.social_privacy_email or self.email or "",
        }

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"name", "social_names"}:
            self.env["social.mention"].sudo()._sort_open_again()
        if vals.get("social_companies") == "protect":
            self.env["social.wall.mixin"]._drop_companies(companies=self)
        return result
