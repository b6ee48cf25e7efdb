"""``suites [plain|observe|enforce ...]``: Odoo's own tests, with the addon and without it.

``plain``: Odoo without the addon; ``observe``: with it, the rules on marketing only observe;
``enforce``: they are enforced, and everybody has consented (tests/suites). What fails with the
addon and not without it is a defect of the addon. The results of the last ``plain`` are kept for
the comparison, since Odoo does not change: a run of all three takes about an hour.
"""

import json
import os
import signal
import xml.etree.ElementTree as ET
from pathlib import Path

import database
import odoo_source
import places
import setup_plan
from steps import Problem, foreground, lock, say

SIDES = ("plain", "observe", "enforce")
SUITES = (
    "mail",
    "mass_mailing",
    "test_mass_mailing",
    "sms",
    "crm",
    "privacy_lookup",
    "data_recycle",
)
FOLDER = places.TESTS / "suites"
CONF = places.SANDBOX / "odoo-suites.conf"
HELPERS = "social_consent_given"


def run(arguments):
    sides = arguments or SIDES
    if set(sides) - set(SIDES):
        raise Problem(f"usage: tests/sandbox suites [{'|'.join(SIDES)} ...]")
    with setup_plan.ready(), lock("suites"):
        write_settings()
        for side in sides:
            run_side(side)
    return report(sides)


def write_settings():
    paths = ",".join([*odoo_source.addons_paths(), str(FOLDER)])
    lines = places.ODOO_CONF.read_text().splitlines()
    kept = [line for line in lines if not line.startswith("addons_path")]
    CONF.write_text("\n".join([*kept, f"addons_path = {paths}", ""]))


def run_side(side):
    name = f"scm_suites_{side}"
    say(f"Odoo's own tests, {side}: preparing the database ...")
    database.create_from_template(name)
    modules = [suite for suite in SUITES if suite not in database.MODULES]
    if side != "plain":
        modules.append(places.ADDON)
    if side == "enforce":
        modules.append(HELPERS)
    install(name, modules)
    if side != "plain":
        mode = {"observe": "observe", "enforce": "enforce"}[side]
        database.sql(
            f"UPDATE social_policy_rule SET mode = '{mode}' WHERE act LIKE 'contact_%'", name
        )
    say(f"Odoo's own tests, {side}: {', '.join(SUITES)} ...")
    run_tests(side, name)
    database.drop(name)


def install(name, modules):
    command = database.odoo_command("-d", name, "--stop-after-init", "--no-http")
    command += ["-i", ",".join(modules), "--with-demo", "--log-level=warn"]
    if foreground(command, cwd=places.SANDBOX, env=environment()):
        raise Problem("Odoo's modules could not be installed: see above.")


def run_tests(side, name):
    # From where Python imports them: some packages of Odoo hold each addon twice.
    addons = [path for path in odoo_source.addons_paths() if (Path(path) / "mail/tests").is_dir()]
    paths = [os.path.join(addons[-1], suite, "tests") for suite in SUITES]
    result = places.LOGS / f"suites-{side}.xml"
    result.unlink(missing_ok=True)
    command = [str(places.PYTHON), "-m", "pytest", "-q", "--no-header", "--tb=short"]
    command += [
        "-c",
        str(FOLDER / "pytest.ini"),
        f"--rootdir={addons[-1]}",
        "-p",
        "no:cacheprovider",
    ]
    command += ["--odoo-http", f"--odoo-database={name}", f"--junitxml={result}", *paths]
    with (places.LOGS / f"suites-{side}.log").open("w") as log:
        foreground(command, signal.SIGINT, cwd=FOLDER, env=environment(), stdout=log, stderr=log)
    if not result.exists():
        raise Problem(f"The tests did not run: see {log.name}")
    outcome = read(result)
    (places.LOGS / f"suites-{side}.json").write_text(json.dumps(outcome))


def read(path):
    """Return the names of all tests, and of those that failed."""
    names, failed = [], []
    for case in ET.parse(path).iter("testcase"):  # noqa: S314 - pytest wrote it just now
        name = f"{case.get('classname')}.{case.get('name')}"
        names.append(name)
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
    return {"tests": len(set(names)), "failed": sorted(set(failed))}


def environment():
    return {**database.environment(), "ODOO_RC": str(CONF)}


def report(sides):
    """Print what failed on each side; return 1 where the addon broke something."""
    results = {}
    for side in dict.fromkeys(["plain", *sides]):
        path = places.LOGS / f"suites-{side}.json"
        if not path.exists():
            raise Problem("Run it with “plain” first: only the comparison tells.")
        results[side] = json.loads(path.read_text())
    known = set(results["plain"]["failed"])
    broken = 0
    for side, result in results.items():
        say(f"{side}: {result['tests']} tests, {len(result['failed'])} failed")
        for name in result["failed"]:
            too = side != "plain" and name in known
            say(f"  {'fails in plain Odoo, too' if too else 'FAILED'}: {name}")
            broken += side != "plain" and not too
    return 1 if broken else 0
