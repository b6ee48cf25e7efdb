"""``odoo ...``: run Odoo's own command line with the sandbox's settings."""

import database
import places
import setup_plan
from steps import foreground


def run(arguments):
    with setup_plan.ready():
        command = database.odoo_command(*arguments)
        return foreground(command, cwd=places.SANDBOX, env=database.environment())
