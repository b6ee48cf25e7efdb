from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "social.policy.logged.mixin"]

    _logged_fields = ("social_companies", "social_sources_page")

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

    def _get_social_sources_path(self):
        """Return the path of the public page of sources; "" where this company shows none."""
        self.ensure_one()
        return f"/social/sources?company={self.id}" if self.social_sources_page else ""

    def _get_social_privacy_contact(self):
        """Return name and e-mail address for questions about data; "" where there is none."""
        self.ensure_one()
        return {
            "name": self.social_privacy_officer or "",
            "email": self.social_privacy_email or self.email or "",
        }

    def write(self, vals):
        result = super().write(vals)
        if vals.get("social_companies") == "protect":
            self.env["social.wall.mixin"]._drop_companies(companies=self)
        return result
