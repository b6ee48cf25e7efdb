from odoo import models

# What decides whose a record is.
OWNERS = {"company_id", "contract_id"}


class SocialCompanyMixin(models.AbstractModel):
    """Records of one's own companies: nobody hands them to a company where nobody let them in.

    Odoo asks its rules of a record before it is written, and not of what it is afterwards.
    """

    _name = "social.company.mixin"
    _description = "Of One's Own Companies"

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & OWNERS:
            self.check_access("write")
        return result
