from odoo import api, fields, models


class SocialBrand(models.Model):
    """Whose name is talked about: an own brand or a competitor's, for the share of voice.

    What one company listens to is no other company's to know: a brand is one's own, or shared.

    Listening to what the public says of a competitor is general monitoring (rule 14). A brand that
    is the name of a person is none: individuals are not watched (rule 24).
    """

    _name = "social.brand"
    _inherit = ["social.company.shared.mixin"]
    _description = "Brand"
    _order = "side desc, name, id"

    name = fields.Char(required=True)
    side = fields.Selection(
        [("own", "Ours"), ("competitor", "A competitor's")], "Whose", required=True, default="own"
    )
    active = fields.Boolean(default=True)
    source_ids = fields.One2many("social.source", "brand_id", string="Sources")

    _name_unique = models.UniqueIndex(
        "(lower(name), COALESCE(company_id, 0))", "This brand is already there."
    )

    @api.constrains("name")
    def _check_name(self):
        """Refuse what names a person who did not consent to being watched (rule 24)."""
        self.env["social.watch"]._check_watch_words(self.mapped("name"))

    @api.constrains("company_id")
    def _check_sources_company(self):
        """Whoever listens to this brand belongs to the same company."""
        sources = self.env["social.source"].sudo().with_context(active_test=False)
        sources.search([("brand_id", "in", self.ids)])._check_brand_company()
