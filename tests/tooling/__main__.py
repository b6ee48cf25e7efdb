"""Sets up, starts and tests the addon in .sandbox/.

usage: tests/sandbox VERB

  setup                   make all that the other verbs need
  serve [--fresh] [--port N]
                          start Odoo with the addon, demo data and a fediverse server
  test [pytest options]   lint, then run the tests (--reuse-db: keep the test database)
  suites [SIDE ...]       run Odoo's own tests, without the addon and with it (about an hour)
  bench NAME              run the benchmark tests/benchmarks/NAME.py
  lint [--fix]            check the code only
  pictures                take the pictures of README and guides anew
  translate               bring the translation files up to date with the addon's words
  odoo ...                run Odoo's own command line with the sandbox's settings
  psql ...                run psql on the sandbox's server

ODOO=DIR uses an Odoo 19 that is already on the machine, PGHOST a PostgreSQL server.
"""

import importlib
import os
import signal
import sys

from steps import Problem

VERBS = (
    "setup",
    "serve",
    "test",
    "suites",
    "bench",
    "lint",
    "pictures",
    "translate",
    "odoo",
    "psql",
)

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments):
    """Run a verb: each is a module ``verb_NAME`` with a function ``run``."""
    verb = arguments[0] if arguments else "--help"
    if verb in ("--help", "-h", "help"):
        print(__doc__.strip())
        return 0 if arguments else 2
    if verb not in VERBS:
        print(__doc__.strip(), f"\nUnknown verb: {verb}", file=sys.stderr)
        return 2
    for number in ENDING:
        signal.signal(number, interrupt)
    try:
        return importlib.import_module(f"verb_{verb}").run(arguments[1:]) or 0
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 128 + signal.SIGINT


def interrupt(*_):
    """End in an orderly way; a second signal must not disturb that."""
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    # Files made here are for this user; messages appear at once.
    os.umask(0o022)
    sys.exit(main(sys.argv[1:]))
