"""``test [pytest options]``: lint, then the tests on a database made for them.

A selection of tests (paths, -k, -m) leaves lint out; files that do not use Odoo
get no database. ``--reuse-db`` keeps the database of the last run and only
updates the addon in it.
"""

import os
import re
import signal
from pathlib import Path

import database
import places
import setup_plan
import verb_lint
from steps import foreground, lock, say

DATABASE = "scm_test"
SELECTING = ("-k", "-m", "--lf", "--last-failed")


def run(arguments):
    reuse = "--reuse-db" in arguments
    arguments = [absolute(each) for each in arguments if each != "--reuse-db"]
    with setup_plan.ready(), lock(DATABASE, "another test run"):
        failures = []
        if not selects(arguments):
            failures += verb_lint.failures()
        if needs_odoo(arguments):
            failures += prepare_database(reuse)
        if run_pytest(arguments):
            failures.append("pytest")
    for failure in failures:
        say(f"FAILED: {failure}")
    return 1 if failures else 0


def prepare_database(reuse):
    """Make the test database; a warning that the addon causes is a failure."""
    say("Installing the addon in the test database ...")
    complaints = database.bring_up_to_date(DATABASE, fresh=not reuse)
    return [f"logged while installing: {line}" for line in complaints]


def run_pytest(arguments):
    command = [str(places.PYTHON), "-m", "pytest", "-o", f"cache_dir={places.SANDBOX / 'pytest'}"]
    environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(places.SANDBOX / "hypothesis")}
    if needs_odoo(arguments):
        environment.update(database.environment(), SANDBOX_DATABASE=DATABASE)
    else:
        command += ["-p", "no:odoo"]
    command += arguments
    # SIGINT lets pytest stop the servers that its tests have started.
    return foreground(command, signal.SIGINT, cwd=places.TESTS, env=environment)


def absolute(argument):
    """Make a path absolute, since pytest runs in the checkout's own folder."""
    path, separator, rest = argument.partition("::")
    exists = not argument.startswith("-") and Path(path).exists()
    return f"{Path(path).resolve()}{separator}{rest}" if exists else argument


def chosen_paths(arguments):
    paths = [Path(argument.partition("::")[0]) for argument in arguments]
    return [path for path in paths if path.is_absolute() and path.exists()]


def selects(arguments):
    """Tell whether the options choose among the tests."""
    return bool(chosen_paths(arguments)) or any(each.startswith(SELECTING) for each in arguments)


def needs_odoo(arguments):
    """Tell whether one of the chosen files uses Odoo, directly or by our base classes."""
    paths = chosen_paths(arguments)
    return not paths or any(path.is_dir() or uses_odoo(path) for path in paths)


def uses_odoo(path):
    return bool(re.search(r"^\s*(from|import) (odoo|common)\b", path.read_text(), re.M))
