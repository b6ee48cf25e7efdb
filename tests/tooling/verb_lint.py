"""``lint [--fix]``: ruff and its formatter, pylint-odoo's checks, the OCA checks of modules.

``--fix`` lets the checkers mend what they can.
"""

import subprocess

import places
import setup_plan
from steps import say


def run(arguments):
    with setup_plan.ready():
        return 1 if failures(fix="--fix" in arguments) else 0


def failures(fix=False):
    """Run all checkers and return the names of those that found something."""
    found = commands(["--fix"] if fix else [])
    return [f"lint: {name}" for name, command in found.items() if not is_clean(name, command)]


def commands(fix=()):
    """Return the checkers' command lines by name."""
    addons = [str(folder) for folder in places.addon_folders()]
    python = [*addons, str(places.TESTS), str(places.ROOT / "setup.py")]
    check_only = [] if fix else ["--check"]
    found = {
        "ruff": ["ruff", "check", *fix, *python],
        "ruff's formatter": ["ruff", "format", "--quiet", *check_only, *python],
    }
    if addons:
        found["pylint-odoo"] = ["pylint", "--rcfile", str(places.ROOT / ".pylintrc"), *addons]
        found["OCA checks of modules"] = ["oca-checks-odoo-module", *fix, *addons]
    if po_files():
        # Its "pretty format" empties words that are the same in both languages, as if they were
        # forgotten; tests/test_translations.py checks the rest of it, order and line breaks.
        odd = "--disable=po-pretty-format"
        found["OCA checks of translations"] = ["oca-checks-po", odd, *fix, *po_files()]
    return found


def po_files():
    found = [path for folder in places.addon_folders() for path in folder.glob("i18n/*.po*")]
    return [str(path) for path in sorted(found)]


def is_clean(name, command):
    say(f"Lint: {name} ...")
    program = str(places.VENV / "bin" / command[0])
    return subprocess.call([program, *command[1:]], cwd=places.ROOT) == 0
