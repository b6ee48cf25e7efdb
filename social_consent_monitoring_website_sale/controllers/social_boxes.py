from urllib.parse import urlsplit

from odoo.http import request, route

from odoo.addons.website_sale.controllers.main import WebsiteSale

# An order that the customer has placed: paid, or to be paid.
PLACED = ("sent", "sale")


class SocialCheckoutBoxes(WebsiteSale):
    """Boxes beside the payment: what is ticked waits in the session until the order is placed.

    A guest is always asked by e-mail, at the address of the order: it may be somebody else's.
    """

    @route()
    def shop_payment_validate(self, sale_order_id=None, **post):
        answer = super().shop_payment_validate(sale_order_id=sale_order_id, **post)
        if urlsplit(answer.location or "").path.endswith("/shop/confirmation"):
            self._take_social_boxes()
        return answer

    def _take_social_boxes(self):
        boxes = request.env["social.consent.box"]
        if ticks := boxes._pop_kept("checkout"):
            orders = request.env["sale.order"].sudo()
            order = orders.browse(request.session.get("sale_last_order_id")).exists()
            if order.state in PLACED:
                boxes._take(ticks, order.partner_id)
