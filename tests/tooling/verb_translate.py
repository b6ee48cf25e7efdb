"""``translate``: bring the addons' translation files up to date with their words.

Writes each template (.pot) anew and merges it into the translations (.po): terms that are new
stay empty there and are listed, terms that are gone are dropped.
"""

import database
import places
import setup_plan
import verb_test
from steps import foreground, lock


def run(arguments):
    with setup_plan.ready(), lock(verb_test.DATABASE, "a test run"):
        # A database that is only updated keeps the old words of noupdate records.
        verb_test.prepare_database(reuse=False)
        process = places.TESTS / "tooling" / "translate_process.py"
        command = [places.PYTHON, process, verb_test.DATABASE, *places.addon_folders()]
        return foreground(command, cwd=places.ROOT, env=database.environment())
