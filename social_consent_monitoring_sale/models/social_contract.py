from odoo import api, fields, models

from odoo.addons.social_consent_monitoring.policy import NO_END


class SocialContract(models.Model):
    """Orders are contracts, too; and some of them make one with a period and handles."""

    _inherit = "social.contract"

    sale_line_id = fields.Many2one(
        "sale.order.line",
        "Ordered By",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model
    def _get_door_fields(self):
        return super()._get_door_fields() | {"sale_line_id"}

    def _is_service_by_hand(self):
        """The order proves the contract; its handles are entered later."""
        return super()._is_service_by_hand() and not self.sale_line_id

    @api.model
    def _read_running(self, partner_ids, purpose):
        """Running orders come first: nobody knows when they end."""
        rows = super()._read_running(partner_ids, purpose)
        if purpose != "contract" or not partner_ids:
            return rows
        parties = self.env["sale.order"]._get_social_parties(partner_ids)
        wanted = set(partner_ids)
        return [(id_, None, NO_END, None) for id_ in parties if id_ in wanted] + rows
