"""Packages the addons of this folder as ``odoo.addons.*``, so that Odoo finds them by itself."""

import ast
from pathlib import Path

from setuptools import setup

ROOT = Path(__file__).parent
MAIN = "social_consent_monitoring"


def find_addons():
    """Return the names of the addon folders: the main one and its glue."""
    return sorted(manifest.parent.name for manifest in ROOT.glob(f"{MAIN}*/__manifest__.py"))


def find_packages(addon):
    """Return the import names of an addon and of the packages inside it."""
    folders = [init.parent for init in (ROOT / addon).rglob("__init__.py")]
    return [".".join(("odoo", "addons", *folder.relative_to(ROOT).parts)) for folder in folders]


def find_data(addon):
    """Return the paths of all that is not Python, relative to the addon."""
    folder = ROOT / addon
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    ]


manifest = ast.literal_eval((ROOT / MAIN / "__manifest__.py").read_text())
addons = find_addons()

# Libraries of single connectors, imported only when one of them is used. The ranges install beside
# what Odoo 19 itself asks for.
EXTRAS = {
    "analysis": ["py3langid>=0.4", "vaderSentiment>=3.3.2"],
    "feed": ["feedparser>=6.0.11", "nh3>=0.2.18"],
    "fediverse": ["Mastodon.py>=2.0,<3", "nh3>=0.2.18"],
    "bluesky": ["atproto>=0.0.73,<0.1"],
    "youtube": ["google-api-python-client>=2.100"],
    "reddit": ["praw>=7.7"],
    "x": ["tweepy>=4.14"],
}

setup(
    name=f"odoo-addon-{MAIN}",
    version=manifest["version"],
    description=manifest["summary"],
    license="LGPL-3.0-only",
    python_requires=">=3.10",
    packages=[package for addon in addons for package in find_packages(addon)],
    package_dir={f"odoo.addons.{addon}": addon for addon in addons},
    package_data={f"odoo.addons.{addon}": find_data(addon) for addon in addons},
    # What every installation needs: feeds and the fediverse ask for no account.
    install_requires=[*EXTRAS["feed"], *EXTRAS["fediverse"], "requests>=2.31"],
    extras_require={**EXTRAS, "all": [each for extra in EXTRAS.values() for each in extra]},
)
