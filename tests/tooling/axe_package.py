"""axe-core, which finds what people with disabilities stumble over in a page, from npm.

One script without dependencies; a browser runs it in the tests. npm fetches the version named
here, and its archive is checked against the checksum named here, the registry's own.
"""

import base64
import hashlib
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import places
from steps import Problem, empty_folder, need, replace_folder, run

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
FOLDER = places.SANDBOX / "axe"
SCRIPT = FOLDER / "axe.min.js"
HOW = "apt-get install npm, then run tests/sandbox setup again"


def is_wanted():
    """Tell whether it can be had; without it the tests of the pages say what is missing."""
    return shutil.which("npm") is not None


def inputs():
    return [VERSION, SHA512]


def make(report):
    archive = places.cache_folder() / "npm" / f"axe-core-{VERSION}.tgz"
    if not is_genuine(archive):
        report.progress("fetching it")
        fetch(archive)
    unfinished = empty_folder(FOLDER.with_name(FOLDER.name + ".part"))
    with tarfile.open(archive) as package:
        for name in (SCRIPT.name, "LICENSE"):
            (unfinished / name).write_bytes(package.extractfile(f"package/{name}").read())
    replace_folder(unfinished, FOLDER)


def fetch(archive):
    """Put the archive into the cache, once it is verified."""
    npm = need("npm", HOW)
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="part-", dir=archive.parent) as part:
        run([npm, "pack", f"axe-core@{VERSION}", "--pack-destination", part], "npm", cwd=part)
        fetched = Path(part) / archive.name
        if not is_genuine(fetched):
            raise Problem(f"{archive.name} from npm does not have the checksum that we know.")
        os.replace(fetched, archive)


def is_genuine(archive):
    if not archive.is_file():
        return False
    digest = hashlib.sha512(archive.read_bytes()).digest()
    return base64.b64encode(digest).decode() == SHA512
