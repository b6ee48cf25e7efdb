from odoo import fields, models


class ResCompany(models.Model):
    _name = "res.company"
    _inherit = ["res.company", "social.policy.logged.mixin"]

    _logged_fields = ("social_companies",)

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

    def write(self, vals):
        result = super().write(vals)
        if vals.get("social_companies") == "protect":
            self.env["social.wall.mixin"]._drop_companies(companies=self)
        return result
