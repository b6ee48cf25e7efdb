"""Databases: a template with Odoo's modules made once, and copies of it."""

import ast
import hashlib
import os
import re
import shutil
import subprocess

import odoo_source
import places
import postgres
from steps import Problem, fingerprint, run

MODULES = ["contacts", "crm", "mass_mailing", "portal", "privacy_lookup", "sms", "snailmail"]
# What sends, too, and needs no addon of ours: tests/glue looks at it.
SENDING = ["base_automation", "event", "loyalty", "website_sale"]
# The same, without their demo data: those draw pictures with a program that need not be here
# (wkhtmltoimage). Odoo loads none where a module below has none.
SENDING_BARE = {"marketing_card": "link_tracker"}


def template_inputs():
    server = [os.environ.get(name) for name in ("PGHOST", "PGPORT", "PGUSER")]
    return [MODULES, odoo_source.version(), server if postgres.is_foreign() else "own"]


def template_name():
    return f"scm_template_{fingerprint(template_inputs())[:8]}"


def make_template(report):
    """Install Odoo's modules with demo data, under another name until it is done."""
    unfinished = f"{template_name()}_part"
    drop(unfinished)
    drop(template_name())
    # A server that is not ours may hold those of other checkouts.
    if not postgres.is_foreign():
        drop_templates()
    modules = ",".join(MODULES)
    odoo(unfinished, "template", "-i", modules, "--with-demo", watch=OdooProgress(report))
    rename(unfinished, template_name())


def drop_templates():
    """Drop those of other versions, which nobody needs any more."""
    for name in sql("SELECT datname FROM pg_database WHERE datname LIKE 'scm_template_%'").split():
        drop(name)


def bring_up_to_date(name, fresh=False, glue=False):
    """Make a database with the addon in its present form; keep the old one if it can be.

    ``glue``: with the addons that extend it, and the modules that these need.
    Returns the warnings and errors that Odoo logged meanwhile.
    """
    folders = places.addon_folders() if glue else [places.main_folder()]
    ours = [folder.name for folder in folders]
    sending, bare = (SENDING, SENDING_BARE) if glue else ([], {})
    stamp = places.STAMPS / f"database-{name}"
    made_from = f"{template_name()}:{','.join([*ours, *sending, *bare])}"
    addon = addon_fingerprint(folders)
    before = stamp.read_text().split() if stamp.exists() and exists(name) else []
    if before == [made_from, addon] and not fresh:
        return []
    stamp.unlink(missing_ok=True)
    keep = before[:1] == [made_from] and not fresh
    lines = []
    if keep:
        odoo(name, f"install-{name}", "-u", ",".join(ours), "--with-demo", watch=lines.append)
    else:
        create_from_template(name)
        wanted = ",".join(ours + sending)
        odoo(name, f"install-{name}", "-i", wanted, "--with-demo", watch=lines.append)
    for module, below in bare.items() if not keep else ():
        sql(f"UPDATE ir_module_module SET demo = FALSE WHERE name = '{below}'", name)
        odoo(name, f"install-{name}-{module}", "-i", module, watch=lines.append)
    stamp.write_text(f"{made_from} {addon}")
    return [line.rstrip() for line in lines if is_complaint(line)]


def foreign_modules():
    """Return the modules that our addons build on, and that are none of ours."""
    folders = places.addon_folders()
    needed = set(SENDING)
    for folder in folders:
        needed |= set(ast.literal_eval((folder / "__manifest__.py").read_text())["depends"])
    return sorted(needed - {folder.name for folder in folders})


def addon_fingerprint(folders):
    """Return what changes with any file of these addons."""
    paths = [path for folder in folders for path in sorted(folder.rglob("*"))]
    files = [path for path in paths if path.is_file() and path.suffix != ".pyc"]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]
    return fingerprint([list(map(str, files)), digests])


def is_complaint(line):
    """Tell whether a line of Odoo's log is about our addon and above INFO."""
    found = re.match(r"\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) \S+ (\S+): (.*)", line)
    if not found:
        return False
    # A deprecation is ours only where our own file is the one that is named.
    return found[2] != "py.warnings" or f"{places.ROOT}/" in found[3].replace(
        str(places.SANDBOX), ""
    )


def exists(name):
    return sql(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == "1"


def create_from_template(name):
    """Make a database anew as a copy of the template, with its files."""
    drop(name)
    sql(f'CREATE DATABASE "{name}" TEMPLATE "{template_name()}"')
    # As Odoo does: a copy is another database, and says so.
    sql(
        "UPDATE ir_config_parameter SET value = gen_random_uuid() WHERE key = 'database.uuid'", name
    )
    files = filestore(template_name())
    if files.exists():
        # Odoo never changes a file of its store, so links suffice.
        shutil.copytree(files, filestore(name), copy_function=os.link)


def drop(name):
    # WITH (FORCE) would fail where autovacuum is at work; a plain drop sends that away.
    sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        f"WHERE datname = '{name}' AND usename = current_user"
    )
    sql(f'DROP DATABASE IF EXISTS "{name}"')
    shutil.rmtree(filestore(name), ignore_errors=True)


def rename(old, new):
    sql(f'ALTER DATABASE "{old}" RENAME TO "{new}"')
    if filestore(old).exists():
        filestore(old).rename(filestore(new))


def filestore(name):
    return places.ODOO_DATA / "filestore" / name


def sql(statement, database="postgres"):
    """Return the answer to one statement as text, without any decoration."""
    command = [postgres.program("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", database]
    result = subprocess.run(
        [*command, "-c", statement], text=True, capture_output=True, stdin=subprocess.DEVNULL
    )
    if result.returncode:
        raise Problem(f"PostgreSQL: {result.stderr.strip()}")
    return result.stdout.strip()


def check_server():
    """Raise a problem unless Odoo can work with the server and its role."""
    may = sql("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
    if may != "t" or sql("SELECT current_user") == "postgres":
        raise Problem("PGUSER must be a role with CREATEDB that is not called postgres.")


def write_settings():
    """Write the settings file that every Odoo of the sandbox is started with."""
    places.ODOO_DATA.mkdir(parents=True, exist_ok=True)
    settings = {
        "addons_path": ",".join(odoo_source.addons_paths()),
        "data_dir": places.ODOO_DATA,
        "http_interface": "127.0.0.1",
        "admin_passwd": "admin",
        "list_db": False,
        "limit_time_real_cron": 300,
        "screenshots": places.SANDBOX / "screenshots",
    }
    lines = [f"{name} = {value}\n" for name, value in settings.items()]
    places.ODOO_CONF.write_text("[options]\n" + "".join(lines))


def environment():
    """Return the environment for a process that runs Odoo."""
    return {**os.environ, "ODOO_RC": str(places.ODOO_CONF), "PYTHONUNBUFFERED": "1"}


def odoo_command(*arguments):
    return [str(places.PYTHON), "-m", "odoo", *map(str, arguments)]


def odoo(database, log, *arguments, watch=None):
    """Run Odoo on a database until it has loaded its modules, then end it."""
    command = odoo_command("-d", database, "--stop-after-init", "--no-http", *arguments)
    run(command, log, watch=watch, cwd=places.SANDBOX, env=environment())


class OdooProgress:
    """Tells how far Odoo is with loading its modules."""

    def __init__(self, report):
        self.report = report

    def __call__(self, line):
        if found := re.search(r"Loading module (\w+) \((\d+)/(\d+)\)", line):
            self.report.progress(f"module {found[2]} of {found[3]}, {found[1]}")
