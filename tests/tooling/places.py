"""Where things lie. Everything that the tooling makes is below ``SANDBOX``."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
SANDBOX = ROOT / ".sandbox"
STAMPS = SANDBOX / "stamps"
LOGS = SANDBOX / "log"
VENV = SANDBOX / "venv"
PYTHON = VENV / "bin" / "python"
ODOO_CONF = SANDBOX / "odoo.conf"
ODOO_DATA = SANDBOX / "odoo-data"

ADDON = "social_consent_monitoring"


def cache_folder():
    """Return the user's cache folder for downloads, shared by all checkouts."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / ADDON


def main_folder():
    """Return the folder of the addon that the others extend."""
    return ROOT / ADDON


def addon_folders():
    """Return the folders of the addon and of those that extend it."""
    manifests = ROOT.glob(f"{ADDON}*/__manifest__.py")
    return sorted(manifest.parent for manifest in manifests)
