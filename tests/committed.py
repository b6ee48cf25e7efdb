"""Work in real, committed transactions, as a server's workers do, and what kills them."""

import os
import signal
import subprocess
import sys
import time
import traceback
from contextlib import contextmanager
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.service import db
from odoo.tools import config

ADDON = "social_consent_monitoring"
TERM = "killme"
PER_MINUTE = f"{ADDON}.requests_per_minute"


def database():
    return config["db_name"][0]


@contextmanager
def transaction(name=None):
    """Yield an environment; commit at the end, roll back after an error."""
    with Registry(name or database()).cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})


@contextmanager
def copy_of_database():
    """Yield the name of a copy of the test database, and drop it again."""
    name = f"{database()}_copy"
    # Odoo manages the one that it was started with; loading another must not run Odoo's tests.
    changes = {"list_db": True, "dbfilter": ".*", "test_enable": False}
    with patch.dict(config.options, changes):
        db.exp_drop(name)
        db.exp_duplicate_database(database(), name)
        try:
            yield name
        finally:
            db.exp_drop(name)


def manage_addon(verb, name, addon=ADDON, settings=()):
    """Install or uninstall an addon as an administrator does: a process of its own.

    What was loaded of the database before is of no use afterwards.

    :param settings: options of Odoo besides
    """
    run_odoo("module", verb, "-d", name, *settings, addon)
    Registry.delete(name)


def run_odoo(*arguments, script=None):
    """Run Odoo in a process of its own, and return what it printed."""
    command = [sys.executable, "-m", "odoo", *arguments]
    done = subprocess.run(command, input=script, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def source_of(address):
    """Yield the id of a source that reads from a server, and clear away what it brought."""
    # These tests read the same server more often within a minute than is polite.
    settings = {f"{ADDON}.allow_private_addresses": "True", PER_MINUTE: "1000000"}
    with transaction() as env:
        params = env["ir.config_parameter"]
        # Another source may be open around this one, and still need them.
        before = {name: params.get_param(name) for name in settings}
        for name, value in settings.items():
            params.set_param(name, value)
        demo = env.ref(f"{ADDON}.source_demo_fediverse")
        source = demo.copy({"address": address, "term": TERM, "state": "active"})
    yield source.id
    with transaction() as env:
        source = env["social.source"].browse(source.id)
        env["social.mention"].search([("source_ids", "in", source.ids)]).unlink()
        source.unlink()
        for name, value in before.items():
            env["ir.config_parameter"].set_param(name, value)


def import_now(source_id):
    """Import as the button does: every page is committed."""
    with transaction() as env:
        env["social.source"].with_context(import_commits=True).browse(source_id)._import()


def in_a_process(function, *args):
    """Start a function in a process of its own, and return its process id.

    The child must not touch the parent's connections. It ends with 0, or with 1 after an error.
    """
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        sql_db._Pool = None
        registry = Registry(database())
        registry._db = sql_db.db_connect(registry.db_name)
        function(*args)
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def at_once(*calls):
    """Run calls, (function, arguments...) each, in processes side by side; return exit codes."""
    children = [in_a_process(*call) for call in calls]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def import_until_killed(source_id, seconds):
    """Import in a process of its own and kill it, without warning, after so many seconds.

    Returns whether it was still at work.
    """
    child = in_a_process(import_now, source_id)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    _pid, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def write_and_kill(snac, source_id, kills, posts_each, chance, first=0):
    """Write posts and kill the import that reads them, again and again.

    :param first: says apart the texts of one call from those of another
    :return: the texts written, the texts stored in the end, and how many runs were killed at work
    """
    killed, written = 0, []
    for attempt in range(kills):
        for number in range(posts_each):
            written.append(f"Post {first}-{attempt}-{number} #{TERM}")
            snac.post("ada", written[-1])
        killed += import_until_killed(source_id, chance.uniform(0.01, 0.2))
    # The server takes a while to list what was written; that is not what is tried here.
    snac.wait_for_tag("ada", TERM, len(written))
    import_now(source_id)
    with transaction() as env:
        source = env["social.source"].browse(source_id)
        stored = env["social.mention"].search([("source_ids", "in", source.ids)]).mapped("text")
    return written, stored, killed
