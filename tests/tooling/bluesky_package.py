"""The software of a Bluesky network, from npm: `tests/counterparts/bluesky.py` starts it.

Only tests need it. `package-lock.json` beside its scripts names each of its 470 packages by
version and checksum. One of them is compiled, which takes most of the two minutes; so it lies in
the cache, and all checkouts use the same.
"""

import os
import platform
import re
import shutil
import subprocess
import tempfile

import places
from steps import fingerprint, need, run

SCRIPTS = places.TESTS / "counterparts" / "bluesky"
FILES = ("package.json", "package-lock.json")
FOLDER = places.SANDBOX / "bluesky"
COMPILED = "better-sqlite3"
NODE = 18  # the oldest version that its packages take
HOW = "install Node.js 18 or newer with npm"


def is_wanted():
    """Tell whether it can be had; without it the tests of the connector say what is missing."""
    found = re.match(r"v(\d+)", node_version() or "")
    return bool(shutil.which("npm") and found and int(found[1]) >= NODE)


def inputs():
    return [*((SCRIPTS / name).read_text() for name in FILES), node_version(), platform.machine()]


def node_version():
    """Return the version of Node.js, with which the compiled package must fit."""
    node = shutil.which("node")
    return node and subprocess.run([node, "--version"], capture_output=True, text=True).stdout


def make(report):
    cached = places.cache_folder() / "npm" / f"bluesky-{fingerprint(inputs())}"
    if not cached.exists():
        fetch(cached, report)
    unfinished = FOLDER.with_name(FOLDER.name + ".part")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(cached)
    os.replace(unfinished, FOLDER)


def fetch(cached, report):
    """Install all packages into a new folder of the cache, and run the script of one only."""
    npm = need("npm", HOW)
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="part-", dir=cached.parent) as part:
        for name in FILES:
            shutil.copy(SCRIPTS / name, part)
        report.progress("fetching its packages")
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund"]
        run([npm, "ci", *quiet], "npm", cwd=part)
        report.progress(f"compiling {COMPILED}")
        run([npm, "rebuild", COMPILED], "npm", cwd=part, env=compiler_settings())
        try:
            os.rename(part, cached)
        except OSError:
            if not cached.exists():  # else somebody else was quicker
                raise
        os.makedirs(part, exist_ok=True)  # the temporary folder wants to remove itself


def compiler_settings():
    """Let npm compile with the headers that came with Node.js, where they did."""
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(shutil.which("node"))))
    if os.path.exists(os.path.join(prefix, "include", "node", "node.h")):
        return {**os.environ, "npm_config_nodedir": prefix}
    return dict(os.environ)
