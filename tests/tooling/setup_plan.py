"""The steps of the set-up in their order."""

import functools
from contextlib import contextmanager

import axe_package
import bluesky_package
import database
import environment
import odoo_source
import places
import postgres
import snac_package
from steps import Step, steps_done


@contextmanager
def ready(bluesky=False):
    """Provide all programs, the template and a running PostgreSQL server.

    ``bluesky``: the software of a Bluesky network, too. It takes minutes, and few need it.
    """
    if odoo_source.is_foreign():
        odoo_source.check()
    with steps_done(functools.partial(all_steps, bluesky)):
        database.write_settings()
        with postgres.running():
            yield


def all_steps(bluesky=False):
    """Return the steps; one that needs another's result comes after it."""
    steps = []
    if not odoo_source.is_foreign():
        steps.append(debian_step("odoo", "Odoo 19 from Debian", odoo_source))
    if snac_package.is_wanted():
        steps.append(debian_step("snac2", "Fediverse server snac2 from Debian", snac_package))
    if axe_package.is_wanted():
        steps.append(npm_step("axe", "axe-core from npm", axe_package))
    if bluesky and bluesky_package.is_wanted():
        steps.append(npm_step("bluesky", "Bluesky network from npm", bluesky_package))
    steps.append(
        Step("venv", "Python packages", environment.inputs, environment.make, places.PYTHON.exists)
    )
    if not postgres.is_foreign():
        steps.append(Step("postgres", "PostgreSQL", postgres.inputs, make_server, has_server))
    steps.append(
        Step("template", "Template database", database.template_inputs, make_template, has_template)
    )
    return steps


def npm_step(name, title, module):
    return Step(name, title, module.inputs, module.make, module.FOLDER.exists)


def debian_step(name, title, module):
    return Step(name, title, lambda: module.PACKAGES, module.make, module.FOLDER.exists)


def make_server(report):
    # Its databases go with it.
    (places.STAMPS / "template").unlink(missing_ok=True)
    postgres.Server().create(report)


def has_server():
    return postgres.Server.data.exists()


def make_template(report):
    database.write_settings()
    with postgres.running():
        database.check_server()
        database.make_template(report)


def has_template():
    # Our own server does not run yet; the files of a template go with it.
    if postgres.is_foreign():
        return database.exists(database.template_name())
    return database.filestore(database.template_name()).exists()
