"""``serve``: Odoo with the addon and demo data, beside a real fediverse server."""

import argparse
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

import database
import demo_posts
import places
import setup_plan
from steps import Problem, ends_with_us, lock, say

sys.path.insert(0, str(places.TESTS))
from counterparts.snac import HOST, Snac, SnacError, dies_with_parent, find_program

DATABASE = "scm_serve"

WELCOME = """
Odoo:       {odoo}
Login:      admin, password admin
Fediverse:  {fediverse}
Log:        {log}

What to try first:
 1. Open "Social Consent" in the menu: posts with #nordlicht come in now.
 2. Open a contact, such as Ada Lindqvist, tab "Social & Consent": record a consent.
 3. Match one of her mentions with the contact, then withdraw the consent: the match is gone.
 4. Post something: {snac} note {folder} ada "Hello #nordlicht"
    and press "Import Now" on the source.
Ctrl-C stops everything."""


def run(arguments):
    options = parse(arguments)
    name = options.database
    with setup_plan.ready(), lock(name, "the serve that runs already"):
        say("Preparing the demo database ...")
        complaints = database.bring_up_to_date(name, fresh=options.fresh)
        for line in complaints:
            say(line)
        with fediverse(fediverse_folder(name), options.fresh) as server:
            if server:
                point_demo_source(name, server.base_url)
            serve(name, options.port or free_port_from(8069), server)


def fediverse_folder(name):
    """Return where the fediverse server of a demo database lies."""
    return places.SANDBOX / ("fediverse" if name == DATABASE else f"fediverse-{name}")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="tests/sandbox serve")
    parser.add_argument("--port", type=int, help="port of Odoo (8069, or the next free one)")
    parser.add_argument("--fresh", action="store_true", help="start over with new demo data")
    parser.add_argument("--database", default=DATABASE, help=f"another one than {DATABASE}")
    options = parser.parse_args(arguments)
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,40}", options.database):
        raise Problem("A database here has a name of small letters, digits and _.")
    if options.port and not is_free(options.port):
        raise Problem(f"Port {options.port} is in use: name another one with --port.")
    return options


@contextmanager
def fediverse(folder, fresh=False):
    """Provide a running server with the demo's posts, or None where there is none."""
    if not find_program():
        say("No fediverse server: snac2 is not in PATH, and only Debian has it as a package.")
        yield None
        return
    seeded = folder / "seeded"
    if fresh or not seeded.exists():
        shutil.rmtree(folder, ignore_errors=True)
    try:
        server = Snac(folder).start()
    except SnacError:
        # Its port is taken by now, and its posts' addresses contain that port.
        shutil.rmtree(folder)
        server = Snac(folder).start()
    with server:
        if not seeded.exists():
            seed(server)
            seeded.touch()
        yield server


def seed(server):
    for name, full_name in demo_posts.PEOPLE.items():
        server.add_user(name, full_name)
    for name, text in demo_posts.POSTS:
        server.post(name, text)


def point_demo_source(name, address):
    """Let the addon's demo source read from the server and import at once."""
    script = f"""
source = env.ref("social_consent_monitoring.source_demo_fediverse")
if source.address != {address!r}:
    source.address = {address!r}
parameters = env["ir.config_parameter"]
parameters.set_param("social_consent_monitoring.allow_private_addresses", "True")
if source.state != "active":
    source.action_activate()
env.ref("social_consent_monitoring.ir_cron_import")._trigger()
env.cr.commit()
"""
    result = subprocess.run(
        database.odoo_command("shell", "-d", name, "--no-http", "--log-level=error"),
        input=script,
        text=True,
        capture_output=True,
        cwd=places.SANDBOX,
        env=database.environment(),
    )
    if result.returncode or "Traceback" in result.stdout + result.stderr:
        say(f"The demo source was not set up:\n{result.stdout}{result.stderr}")


def serve(name, port, server):
    """Run Odoo until it is interrupted."""
    places.LOGS.mkdir(parents=True, exist_ok=True)
    path = places.LOGS / ("serve.log" if name == DATABASE else f"serve-{name}.log")
    address = f"http://{HOST}:{port}"
    options = [f"--db-filter=^{name}$", f"--http-port={port}", "--max-cron-threads=2"]
    command = dies_with_parent() + database.odoo_command("-d", name, *options)
    with path.open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=places.SANDBOX,
            env=database.environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C is for us; Odoo is stopped once and by us alone.
            start_new_session=True,
        )
        with ends_with_us(process, patience=15):
            wait_for(f"{address}/web/login", process, path)
            # Odoo looks for due jobs once a minute, and when it is told to.
            database.sql(f"SELECT pg_notify('cron_trigger', '{name}')")
            say(welcome(address, server, path))
            process.wait()
    raise Problem(f"Odoo ended by itself, its log is in {path}")


def welcome(address, server, log):
    return WELCOME.format(
        odoo=address,
        fediverse=server.base_url if server else "none",
        log=log,
        snac=find_program(),
        folder=server.folder if server else "none",
    )


def wait_for(address, process, log, patience=120):
    """Wait until the login page is there."""
    say("Starting Odoo ...")
    end = time.monotonic() + patience
    while process.poll() is None and time.monotonic() < end:
        try:
            with urllib.request.urlopen(address, timeout=patience) as answer:
                answer.read()
                return
        except urllib.error.HTTPError as error:
            raise Problem(f"Odoo's login page: error {error.code}, see {log}") from error
        except OSError:
            time.sleep(0.3)
    raise Problem(f"Odoo did not start, its log is in {log}")


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port_from(port):
    while not is_free(port):
        port += 1
    return port
