from odoo import fields, models


class SocialCompanySharedMixin(models.AbstractModel):
    """Records of one company, or of all companies that listen together.

    The rules of the model (`security/ir_rule.xml`) let only who works for all companies change
    what is shared.
    """

    _name = "social.company.shared.mixin"
    _inherit = ["social.company.mixin"]
    _description = "Of One Company or of All"

    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        # Without it this would be everybody's.
        ondelete="restrict",
        help="Empty: for all companies. Only who works for all of them changes it then.",
    )

    def _init_column(self, column_name):
        """What was there before companies were told apart is everybody's, and stays so."""
        if column_name == "company_id":
            return None
        return super()._init_column(column_name)

    def _is_of(self, company):
        """Tell whether this is the company's own, or shared by all."""
        self.ensure_one()
        return not self.company_id or self.company_id == company
