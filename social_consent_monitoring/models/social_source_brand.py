from odoo import fields, models


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
