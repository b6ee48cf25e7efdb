from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

from odoo.addons.social_consent_monitoring.door import open_door

KEEPERS = (
    "social_consent_monitoring.group_social_manager,social_consent_monitoring.group_privacy_officer"
)


class SaleOrderLine(models.Model):
    """Ordering a monitoring service makes the contract that lets you watch (rules 3 and 4)."""

    _inherit = "sale.order.line"

    social_contract_ids = fields.One2many("social.contract", "sale_line_id", groups=KEEPERS)

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._make_social_contracts()
        return lines

    def write(self, vals):
        before = {line: line.product_id for line in self} if "product_id" in vals else {}
        result = super().write(vals)
        if changed := self.filtered(
            lambda line: before.get(line, line.product_id) != line.product_id
        ):
            changed.sudo().social_contract_ids._end()
            changed._make_social_contracts()
        if "product_uom_qty" in vals:
            self._end_social_contracts()
        return result

    def _make_social_contracts(self):
        """Make a contract for each confirmed line with a monitoring service that has none yet."""
        now = fields.Datetime.now()
        # Whoever confirms an order, a customer perhaps, may know nothing of contracts.
        ordered = self.sudo().filtered(
            lambda line: (
                line.state == "sale"
                and line.product_id.social_monitoring_service
                and line.product_uom_qty > 0
                and not any(contract.date_end > now for contract in line.social_contract_ids)
            )
        )
        open_door(self.env["social.contract"].sudo()).create(
            [line._prepare_social_contract_vals(now) for line in ordered]
        )

    def _prepare_social_contract_vals(self, now):
        """Return the values of the contract; its handles are entered there."""
        self.ensure_one()
        return {
            "name": self.order_id.name,
            "partner_id": self.order_id.partner_id.id,
            "company_id": self.company_id.id,
            "kind": "monitor",
            "date_start": now,
            "date_end": now + relativedelta(months=self.product_id.social_monitoring_months),
            "sale_line_id": self.id,
        }

    def _end_social_contracts(self):
        """End the contracts that these orders no longer carry: cancelled, or for somebody else."""
        contracts = self.sudo().social_contract_ids
        contracts.filtered(
            lambda contract: (
                contract.sale_line_id.state != "sale"
                or contract.sale_line_id.product_uom_qty <= 0
                or contract.partner_id != contract.sale_line_id.order_id.partner_id
            )
        )._end()
