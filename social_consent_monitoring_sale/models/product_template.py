from odoo import api, fields, models
from odoo.exceptions import ValidationError

USUAL_MONTHS = 12
MOST_MONTHS = 1200


class ProductTemplate(models.Model):
    """A product may be the service of watching what is written about the customer (rule 3)."""

    _inherit = "product.template"

    social_monitoring_service = fields.Boolean(
        "Monitoring Service",
        help="Whoever orders this wants you to watch what is written under their handles. "
        "Confirming the order makes the contract in which the handles are entered.",
    )
    social_monitoring_months = fields.Integer(
        "Months", help="The service ends so many months after the order is confirmed."
    )

    @api.onchange("social_monitoring_service")
    def _onchange_social_monitoring_service(self):
        if self.social_monitoring_service and not self.social_monitoring_months:
            self.social_monitoring_months = USUAL_MONTHS

    @api.constrains("social_monitoring_service", "social_monitoring_months")
    def _check_social_monitoring_months(self):
        for product in self:
            months = product.social_monitoring_months
            if product.social_monitoring_service and not 1 <= months <= MOST_MONTHS:
                raise ValidationError(
                    self.env._("For how many months is “%s” ordered?", product.name)
                )
