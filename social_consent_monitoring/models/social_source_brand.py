from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SocialSourceBrand(models.Model):
    """Whose voice a source hears."""

    _name = "social.source"
    _inherit = ["social.source"]

    brand_id = fields.Many2one(
        "social.brand",
        index="btree_not_null",
        ondelete="set null",
        help="Whose brand this source listens to: ours or a competitor's, for the share of voice. "
        "Empty: the market as a whole.",
    )

    @api.constrains("brand_id", "company_id")
    def _check_brand_company(self):
        """A source listens to a brand of its company, or to one that all companies share."""
        for source in self.sudo():
            if source.brand_id and not source.brand_id._is_of(source.company_id):
                raise ValidationError(
                    self.env._("Choose a brand of the company for which this source reads.")
                )
