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
        main = places.main_folder()
        glue = [folder for folder in places.addon_folders() if folder != main]
        return translate(verb_test.DATABASE, [main]) or translate(verb_test.GLUE_DATABASE, glue)


def translate(name, folders):
    """Refresh the files of these addons from the words in a database that has them."""
    # A database that is only updated keeps the old words of noupdate records.
    verb_test.prepare_database(name, reuse=False)
    process = places.TESTS / "tooling" / "translate_process.py"
    command = [places.PYTHON, process, name, *folders]
    return foreground(command, cwd=places.ROOT, env=database.environment())
