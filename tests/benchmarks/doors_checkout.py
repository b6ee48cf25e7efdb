"""A guest's way through the shop, beside Odoo without the addon in a database of its own.

From the product to the placed order, by Odoo's whole web server but the socket. With the addon two
boxes stand at the payment; they are shown, and in every second comparison ticked.
"""

import json
import subprocess

import places

PLAIN = "scm_bench_doors_checkout_plain"
ORDERS = 5
PAIRS = 15


def run(env, measure):
    measure.pairs = PAIRS
    ours, plain = Side(env.cr.dbname), Side(PLAIN)
    try:
        for words, ticks in (("nothing ticked", 0), ("two boxes ticked", 2)):
            measure.compare(
                f"time of {ORDERS} orders of guests, {words}, by plain Odoo",
                lambda ticks=ticks: ours.order(ticks),
                lambda: plain.order(0),
                at_most=1.05,
            )
    finally:
        ours.end()
        plain.end()


class Side:
    """A process that serves one database, and orders in it when it is told to."""

    def __init__(self, name):
        script = places.TESTS / "tooling" / "checkout_process.py"
        self.process = subprocess.Popen(
            [str(places.PYTHON), str(script), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def order(self, ticks):
        """Return the seconds that the orders took."""
        print(json.dumps({"orders": ORDERS, "ticks": ticks}), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())["seconds"]

    def end(self):
        self.process.stdin.close()
        self.process.wait()
