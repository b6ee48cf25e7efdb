"""The virtual environment: Odoo's requirements, ours, and Odoo by one line."""

import importlib.util
import os
import re
import shutil
import sys

import odoo_source
import places
from steps import Problem, run

REQUIREMENTS = places.TESTS / "requirements.txt"
CONSTRAINTS = places.TESTS / "constraints.txt"


def inputs():
    return [
        sys.version,
        REQUIREMENTS.read_text(),
        CONSTRAINTS.read_text(),
        odoo_source.version(),
        odoo_source.requirements(),
    ]


def make(report):
    """Make the environment anew; it cannot be renamed, so its stamp comes last."""
    if importlib.util.find_spec("ensurepip") is None:
        raise Problem("Python's venv module is incomplete: apt-get install python3-venv")
    if places.VENV.exists():
        shutil.rmtree(places.VENV)
    report.progress("creating it")
    run([sys.executable, "-m", "venv", places.VENV], "venv")
    listed = places.SANDBOX / "odoo-requirements.txt"
    listed.write_text("\n".join(odoo_source.requirements()) + "\n")
    wanted = ["-r", REQUIREMENTS, "-r", listed, "-c", CONSTRAINTS]
    command = [places.PYTHON, "-m", "pip", "install", "--prefer-binary", *wanted]
    run(command, "pip", watch=PipProgress(report), env=pip_settings())
    site_packages = next(places.VENV.glob("lib/python*/site-packages"))
    (site_packages / "sandbox_odoo.pth").write_text(f"{odoo_source.folder()}\n")


def pip_settings():
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_PROGRESS_BAR": "off"}
    return {**os.environ, **quiet}


class PipProgress:
    """Counts the packages that pip names in its output."""

    def __init__(self, report):
        self.report, self.count = report, 0

    def __call__(self, line):
        if found := re.match(r"Collecting (\S+)", line):
            self.count += 1
            self.report.progress(f"{self.count} packages, {found[1]}")
        elif line.startswith("Installing collected packages"):
            self.report.progress(f"installing {line.count(',') + 1} packages")
