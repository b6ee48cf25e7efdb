"""The process that runs a benchmark inside Odoo, with exit code 1 for a missed target."""

import importlib
import sys

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from measure import Measure


def main(name):
    database = f"scm_bench_{name}"
    config.parse_config(["-d", database, "--no-http", "--log-level=warn"], setup_logging=True)
    benchmark = importlib.import_module(f"benchmarks.{name}")
    measure = Measure()
    with Registry(database).cursor() as cr:
        benchmark.run(api.Environment(cr, SUPERUSER_ID, {}), measure)
    if not measure.results:
        print(f"The benchmark {name} compared nothing.", file=sys.stderr)
    return 1 if measure.is_missed or not measure.results else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
