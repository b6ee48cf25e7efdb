"""One side of the benchmark ``doors_checkout``: serves a database, and orders in its shop.

``checkout_process.py DATABASE`` reads lines of JSON (``orders``, ``ticks``) and answers each with
the seconds that so many guests took from the product to the placed order.
"""

import json
import re
import sys
import time
from html import unescape

from werkzeug.test import Client

from odoo import SUPERUSER_ID, api, http
from odoo.modules.registry import Registry
from odoo.tools import config

PRODUCT = "Bench product"
ADDRESS = {
    "address_type": "billing",
    "use_delivery_as_billing": "true",
    "name": "Gus Guest",
    "phone": "+32 2 555 12 12",
    "street": "Rue 1",
    "city": "Namur",
    "zip": "5000",
}


def main(name):
    config.parse_config(["-d", name, "--no-http", "--log-level=error"], setup_logging=True)
    http.root.initialize()
    with Registry(name).cursor() as cr:
        product, country = prepare(api.Environment(cr, SUPERUSER_ID, {}))
    number = 0
    for line in sys.stdin:
        wanted = json.loads(line)
        start = time.perf_counter()
        for _order in range(wanted["orders"]):
            number += 1
            order(
                product,
                {**ADDRESS, "country_id": country, "email": f"g{number}@example.com"},
                wanted["ticks"],
            )
        print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)


def prepare(env):
    """Make a product that costs nothing, and offer boxes where the addon is installed."""
    product = env["product.product"].create(
        {"name": PRODUCT, "type": "service", "list_price": 0, "is_published": True}
    )
    product.taxes_id = False
    env["website"].search([]).account_on_checkout = "optional"
    # Drawing the order as a PDF takes another program, and longer than all the rest.
    env["mail.template"].search([("model", "=", "sale.order")]).report_template_ids = False
    if "social.consent.box" in env:
        # What is measured is a shop, and nobody who keeps guests of one machine from ordering.
        from odoo.addons.social_consent_monitoring.models import social_rate_limit

        social_rate_limit.LIMITS["box"] = social_rate_limit.Limit(10**9, 10**9)
        for purpose, channel in (("match", False), ("contact", "email")):
            env["social.consent.box"].create(
                {
                    "place": "checkout",
                    "purpose_id": env.ref(f"social_consent_monitoring.purpose_{purpose}").id,
                    "channel": channel,
                }
            )
    return (product.product_tmpl_id.id, product.id), env.ref("base.be").id


def order(product, address, ticks):
    """Order once as a guest, as a browser does it."""
    client = Client(serve)
    template, variant = product
    call(client, "/shop/cart/add", product_template_id=template, product_id=variant)
    page = read(client.get("/shop/address"))
    saved = client.post("/shop/address/submit", data={**get_hidden(page), **address})
    assert "redirectUrl" in saved.get_data(as_text=True), saved.get_data(as_text=True)[:500]
    page = read(client.get("/shop/checkout?try_skip_step=true", follow_redirects=True))
    boxes = re.findall(r'name="(social_box_\d+)"', page)[:ticks]
    hidden = get_hidden(page)
    if boxes:
        form = {"social_boxes": hidden["social_boxes"], **dict.fromkeys(boxes, "1")}
        call(client, "/social/consent/boxes/keep", place="checkout", form=form)
    assert len(boxes) == ticks, f"{len(boxes)} of {ticks} boxes"
    placed = client.post("/shop/payment/validate", data={"csrf_token": hidden["csrf_token"]})
    assert placed.status_code == 303, read_text(placed.get_data(as_text=True))
    assert placed.location.endswith("/shop/confirmation"), placed.location
    read(client.get("/shop/confirmation"))


def serve(environ, start_response):
    """Let the web server answer somebody on this machine."""
    return http.root({**environ, "REMOTE_ADDR": "127.0.0.1"}, start_response)


def call(client, path, **params):
    answer = client.post(path, json={"jsonrpc": "2.0", "method": "call", "params": params}).json
    assert "error" not in answer, answer
    return answer["result"]


def read(response):
    assert response.status_code == 200, response.status
    return response.get_data(as_text=True)


def read_text(page):
    """Return what a page says, for whoever looks for the reason of a failure."""
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", page, flags=re.S).split())[:500]


def get_hidden(page):
    """Return the hidden fields of all forms of a page."""
    inputs = [
        dict(re.findall(r'([\w-]+)="([^"]*)"', each)) for each in re.findall("<input[^>]*>", page)
    ]
    return {
        each["name"]: unescape(each.get("value", ""))
        for each in inputs
        if each.get("type") == "hidden" and "name" in each
    }


if __name__ == "__main__":
    main(sys.argv[1])
