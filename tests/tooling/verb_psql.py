"""``psql ...``: run psql on the sandbox's server."""

import postgres
import setup_plan
from steps import foreground


def run(arguments):
    with setup_plan.ready():
        return foreground([postgres.program("psql"), *(arguments or ["-d", "postgres"])])
