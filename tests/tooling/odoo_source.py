"""The Odoo 19 that is used: Debian's package, or the one that ODOO names."""

import ast
import os
import re
from pathlib import Path

import debian
import places
from steps import Problem, fingerprint

EXPECTED = "expected a folder with odoo/release.py of Odoo 19, such as a git checkout"
# Odoo loads no page without this file, which Debian leaves out.
LEFT_OUT = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
FOLDER = places.SANDBOX / "debian"

# The package holds relative links to the files of the packages after it. The
# icons are those of Debian 12: later versions have other file names.
PACKAGES = [
    "odoo-19/sid",
    "libjs-jquery/sid",
    "libjs-jquery-form/sid",
    "libjs-underscore/sid",
    "fonts-roboto-unhinted/sid",
    "fonts-inconsolata/sid",
    "fonts-montserrat/sid",
    "fonts-ocr-b/sid",
    "fonts-glyphicons-halflings/sid",
    "fonts-font-awesome/bookworm",
]

# Other distributions of the same modules: wheels in place of C sources, and
# the name under which PyPDF2 goes on. Left out is what needs a compiler and is
# optional in Odoo.
SUBSTITUTES = {"psycopg2": "psycopg2-binary", "pypdf2": "pypdf", "python-ldap": None}


def is_foreign():
    return bool(os.environ.get("ODOO"))


def folder():
    """Return the folder that holds the Python package ``odoo``."""
    if not is_foreign():
        return FOLDER / "usr/lib/python3/dist-packages"
    given = Path(os.environ["ODOO"]).expanduser().resolve()
    for candidate in (given, given.parent):
        if (candidate / "odoo" / "release.py").is_file():
            return candidate
    raise Problem(f"ODOO={os.environ['ODOO']}: {EXPECTED}.")


def check():
    """Raise a problem unless the folder holds Odoo 19."""
    release = (folder() / "odoo" / "release.py").read_text()
    found = re.search(r"^version_info = \((.+?),", release, re.M)
    if not found or found[1] != "19":
        version = found[1] if found else "an unknown version"
        raise Problem(f"{folder()} holds Odoo {version}: {EXPECTED}.")


def make(report):
    """Unpack Debian's Odoo and mend what the package lacks."""
    debian.fetch_and_unpack(PACKAGES, FOLDER, report)
    left_out = folder() / "odoo" / LEFT_OUT
    left_out.parent.mkdir(parents=True, exist_ok=True)
    left_out.touch()
    check()


def addons_paths():
    """Return the folders of Odoo's own addons, then that of ours."""
    candidates = [folder() / "addons", folder() / "odoo" / "addons", places.ROOT]
    return [str(path) for path in candidates if path.is_dir()]


def version():
    """Return what changes when Odoo is another one."""
    release = (folder() / "odoo" / "release.py").read_text()
    return fingerprint([str(folder()), release])


def requirements():
    """Return Odoo's requirements, without versions and with substitutes."""
    found = []
    for line in _declared():
        name, _, marker = line.partition(";")
        name = re.match(r"[\w.-]+", name.strip())[0]
        substitute = SUBSTITUTES.get(name.lower().replace("_", "-"), name)
        if substitute and "extra" not in marker:
            found.append(f"{substitute} ; {marker.strip()}" if marker else substitute)
    return sorted(set(found))


def _declared():
    """Return Odoo's requirement lines from its metadata, or from its setup.py."""
    for metadata in folder().glob("odoo-19*.*-info/*"):
        if metadata.name in ("PKG-INFO", "METADATA"):
            return re.findall(r"^Requires-Dist: (.+)$", metadata.read_text(), re.M)
    setup = folder() / "setup.py"
    found = (
        re.search(r"install_requires=(\[.+?\])", setup.read_text(), re.S)
        if setup.is_file()
        else None
    )
    if not found:
        raise Problem(f"{folder()}: {EXPECTED}, with its setup.py.")
    return ast.literal_eval(found[1])
