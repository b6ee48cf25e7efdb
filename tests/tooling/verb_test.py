"""``test [pytest options]``: lint, then the tests on a database made for them.

A selection of tests (paths, -k, -m) leaves lint out; files that do not use Odoo
get no database, and the software of a Bluesky network is only fetched for those that start one. ``--reuse-db`` keeps the database of the last run and only
updates the addon in it.

The tests in ``tests/glue`` have a database of their own, with the addons that
extend the main one: all others show that it does without the modules of those.
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
GLUE_DATABASE = "scm_test_glue"
GLUE = places.TESTS / "glue"
# pytest's code for a selection that is empty.
NO_TESTS = 5
SELECTING = ("-k", "-m", "--lf", "--last-failed")


def run(arguments):
    reuse = "--reuse-db" in arguments
    arguments = [absolute(each) for each in arguments if each != "--reuse-db"]
    with setup_plan.ready(needs_bluesky(arguments)), lock(DATABASE, "another test run"):
        failures = []
        if not selects(arguments):
            failures += verb_lint.failures()
        failures += run_suites(arguments, reuse)
    for failure in failures:
        say(f"FAILED: {failure}")
    return 1 if failures else 0


def run_suites(arguments, reuse):
    """Run the tests of the main addon, and those of the others, as far as they are chosen."""
    failures, codes = [], []
    for suite, chosen in suites(arguments).items():
        if needs_odoo(chosen):
            failures += prepare_database(suite, reuse)
        codes.append(run_pytest(suite, chosen))
    # Chosen by name, tests may stand in one of them only.
    failed = [code for code in codes if code != NO_TESTS or codes.count(NO_TESTS) == len(codes)]
    return failures + ["pytest" for code in failed if code]


def suites(arguments):
    """Return pytest's arguments by the database of the tests that they choose."""
    paths = chosen_paths(arguments)
    options = [each for each in arguments if path_of(each) not in paths]
    chosen = [each for each in arguments if path_of(each) in paths]
    main = [each for each in chosen if not is_glue(path_of(each))]
    glue = [each for each in chosen if is_glue(path_of(each))]
    if not chosen or any(path in GLUE.parents for path in paths):
        glue = [str(GLUE)]
    found = {}
    if main or not chosen:
        found[DATABASE] = [*options, f"--ignore={GLUE}", *main]
    if glue:
        found[GLUE_DATABASE] = [*options, *glue]
    return found


def is_glue(path):
    return path == GLUE or GLUE in path.parents


def prepare_database(name, reuse):
    """Make a test database; a warning that the addon causes is a failure."""
    say(f"Installing the addon in the database {name} ...")
    complaints = database.bring_up_to_date(name, fresh=not reuse, glue=name == GLUE_DATABASE)
    return [f"logged while installing: {line}" for line in complaints]


def run_pytest(name, arguments):
    cache = places.SANDBOX / f"pytest-{name}"
    command = [str(places.PYTHON), "-m", "pytest", "-o", f"cache_dir={cache}"]
    environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(places.SANDBOX / "hypothesis")}
    if needs_odoo(arguments):
        environment.update(database.environment(), SANDBOX_DATABASE=name)
    else:
        command += ["-p", "no:odoo"]
    command += arguments
    # SIGINT lets pytest stop the servers that its tests have started.
    return foreground(command, signal.SIGINT, cwd=places.TESTS, env=environment)


def absolute(argument):
    """Make a path absolute, since pytest runs in the checkout's own folder."""
    path, separator, rest = argument.partition("::")
    exists = not argument.startswith("-") and is_there(Path(path))
    return f"{Path(path).resolve()}{separator}{rest}" if exists else argument


def is_there(path):
    """Tell whether a path exists; no path at all is one that is too long, as an expression is."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def path_of(argument):
    return Path(argument.partition("::")[0])


def chosen_paths(arguments):
    paths = [path_of(argument) for argument in arguments]
    return [path for path in paths if path.is_absolute() and is_there(path)]


def selects(arguments):
    """Tell whether the options choose among the tests."""
    return bool(chosen_paths(arguments)) or any(each.startswith(SELECTING) for each in arguments)


def needs_odoo(arguments):
    """Tell whether one of the chosen files uses Odoo, directly or by our base classes."""
    paths = chosen_paths(arguments)
    return not paths or any(path.is_dir() or uses_odoo(path) for path in paths)


def uses_odoo(path):
    return bool(re.search(r"^\s*(from|import) (odoo|common)\b", path.read_text(), re.M))


def needs_bluesky(arguments):
    """Tell whether one of the chosen files has tests with the fixture `bluesky`."""
    paths = chosen_paths(arguments)
    return not paths or any(path.is_dir() or starts_bluesky(path) for path in paths)


def starts_bluesky(path):
    return bool(re.search(r"def \w+\([^)]*\bbluesky\b", path.read_text()))
