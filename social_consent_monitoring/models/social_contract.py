from odoo import api, fields, models

from .. import policy


class SocialContract(models.Model):
    """A contract with a customer, and the period in which it is a basis (rules 1, 3 and 4)."""

    _name = "social.contract"
    _description = "Contract as a Basis"
    _order = "date_end desc, id desc"

    name = fields.Char("Reference", required=True)
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    kind = fields.Selection(
        [("contract", "Order or other contract"), ("monitor", "Monitoring service")],
        required=True,
        default="contract",
    )
    date_start = fields.Datetime("From", required=True, default=fields.Datetime.now)
    date_end = fields.Datetime("Until", required=True, default=policy.NO_END)

    @api.model
    def _gather(self, records, purpose):
        """Return ``{record id: tuple of policy.ContractFacts}`` of the contracts that run now.

        :param purpose: ``contract`` or ``monitor``
        """
        return {}
