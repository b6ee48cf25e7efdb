from odoo import api, fields, models
from odoo.tools import SQL

from .sale_order_line import KEEPERS

# Nothing is owed on an invoice any more.
SETTLED = ["paid", "in_payment", "reversed"]


class SaleOrder(models.Model):
    """A running order is a contract: its parties' data may be used to fulfil it (rule 1)."""

    _inherit = "sale.order"

    social_contract_count = fields.Integer(
        "Monitoring", compute="_compute_social_contract_count", groups=KEEPERS
    )

    def _compute_social_contract_count(self):
        for order in self:
            order.social_contract_count = self.env["social.contract"].search_count(
                [("sale_line_id.order_id", "=", order.id)]
            )

    def action_view_social_contracts(self):
        """Open the contracts that this order made: there the handles are entered."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "social_consent_monitoring.social_contract_action"
        )
        contracts = self.env["social.contract"].search([("sale_line_id.order_id", "=", self.id)])
        if len(contracts) == 1:
            action.update(views=[(False, "form")], res_id=contracts.id)
        return {**action, "domain": [("id", "in", contracts.ids)], "context": {"create": False}}

    def write(self, vals):
        unconfirmed = self.filtered(lambda order: "state" in vals and order.state != "sale")
        result = super().write(vals)
        if {"state", "partner_id"} & vals.keys():
            self.order_line._end_social_contracts()
            unconfirmed.order_line._make_social_contracts()
        return result

    @api.model
    def _get_social_parties(self, partner_ids):
        """Return those of these contacts for whom an order of the current company runs now.

        An order runs from its confirmation until everything is delivered and paid, or it is
        cancelled. It counts for its customer, its contacts for invoice and delivery, and the
        companies of these; where one of them is a company itself, for its persons, too. One
        query for any number of contacts.
        """
        for name in ("sale.order", "sale.order.line", "account.move", "account.move.line"):
            self.env[name].flush_model()
        self.env["social.contract"].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        rows = self.env.execute_query(self._query_social_parties(partner_ids))
        return [partner_id for (partner_id,) in rows]

    @api.model
    def _query_social_parties(self, partner_ids):
        """First whose orders they may be, by index; only then what is left of each order."""
        return SQL(
            """
            WITH near AS (
                SELECT id AS partner_id, id AS party_id
                FROM res_partner WHERE id = ANY(%(ids)s)
                UNION SELECT id, commercial_partner_id
                FROM res_partner WHERE id = ANY(%(ids)s)
                UNION SELECT commercial_partner_id, id
                FROM res_partner WHERE commercial_partner_id = ANY(%(ids)s)
            ), party AS (
                SELECT id AS order_id, partner_id AS party_id FROM sale_order
                UNION ALL SELECT id, partner_invoice_id FROM sale_order
                UNION ALL SELECT id, partner_shipping_id FROM sale_order
            ), candidate AS (
                SELECT DISTINCT near.partner_id, party.order_id
                FROM near JOIN party ON party.party_id = near.party_id
            )
            SELECT DISTINCT candidate.partner_id
            FROM candidate JOIN sale_order "order" ON "order".id = candidate.order_id
            WHERE "order".state = 'sale' AND "order".company_id = %(company)s
                AND NOT (%(delivered)s AND %(paid)s)
            """,
            ids=partner_ids,
            company=self.env.company.id,
            delivered=self._get_social_delivered(),
            paid=self._get_social_paid(),
        )

    @api.model
    def _get_social_delivered(self):
        """Return the condition that nothing of ``"order"`` is left to deliver.

        Nobody delivers a discount, the delivery itself, or a combo but its items. A monitoring
        service is delivered when its contracts have ended, goods are, too, where the warehouse
        has closed the order.
        """
        now = fields.Datetime.now()
        left = [
            SQL('line.order_id = "order".id AND line.price_total >= 0'),
            SQL(
                "NOT EXISTS (SELECT FROM sale_order_line item"
                " WHERE item.linked_line_id = line.id AND item.combo_item_id IS NOT NULL)"
            ),
            SQL(
                "CASE WHEN EXISTS (SELECT FROM social_contract WHERE sale_line_id = line.id)"
                " THEN EXISTS (SELECT FROM social_contract"
                " WHERE sale_line_id = line.id AND date_end > %s)"
                " ELSE line.product_uom_qty > COALESCE(line.qty_delivered, 0) END",
                now,
            ),
        ]
        if "is_delivery" in self.env["sale.order.line"]._fields:
            left.append(SQL("line.is_delivery IS NOT TRUE"))
        if "delivery_status" in self._fields:
            left.append(
                SQL(
                    "NOT (line.qty_delivered_method = 'stock_move'"
                    " AND \"order\".delivery_status IS NOT DISTINCT FROM 'full')"
                )
            )
        return SQL(
            "NOT EXISTS (SELECT FROM sale_order_line line WHERE %s)", SQL(" AND ").join(left)
        )

    @api.model
    def _get_social_paid(self):
        """Return the condition that all of ``"order"`` is invoiced and no invoice of it is open.

        Whoever reverses an invoice has settled it, although Odoo then offers to invoice again.
        """
        invoices = SQL(
            "SELECT FROM sale_order_line line"
            " JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = line.id"
            " JOIN account_move_line item ON item.id = rel.invoice_line_id"
            " JOIN account_move invoice ON invoice.id = item.move_id"
            " WHERE line.order_id = \"order\".id AND invoice.move_type = 'out_invoice'"
        )
        return SQL(
            "(\"order\".amount_total = 0 OR \"order\".invoice_status IN ('invoiced', 'upselling')"
            " OR EXISTS (%(invoices)s AND invoice.payment_state = 'reversed'))"
            " AND NOT EXISTS (%(invoices)s AND invoice.state <> 'cancel'"
            " AND (invoice.state = 'draft' OR invoice.payment_state <> ALL(%(settled)s)))",
            invoices=invoices,
            settled=SETTLED,
        )
