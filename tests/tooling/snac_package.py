"""The program of snac2, a small fediverse server, from Debian.

It runs with the system's libraries where those are there. Where one is
missing, or too old, the libraries of its own Debian release are unpacked
beside it and it runs with these.
"""

import shlex
import shutil
import subprocess

import debian
import places
from steps import Problem

FOLDER = places.SANDBOX / "snac2"
PROGRAM = FOLDER / "snac"
# Later versions need a newer C library than Debian 12 has.
PACKAGES = ["snac2/trixie"]


def is_wanted():
    """Tell whether it can be had; elsewhere one in PATH is used."""
    return shutil.which("apt-get") is not None


def make(report):
    debian.fetch_and_unpack(PACKAGES, FOLDER, report)
    command = [FOLDER / "usr/bin/snac"]
    if not runs(command):
        debian.fetch_and_unpack(PACKAGES, FOLDER, report, with_libraries=True)
        command = with_own_libraries()
    if not runs(command):
        raise Problem(f"{FOLDER}/usr/bin/snac does not run on this machine.")
    PROGRAM.write_text(f'#!/bin/sh\nexec {shlex.join(map(str, command))} "$@"\n')
    PROGRAM.chmod(0o755)


def runs(command):
    """Tell whether the program starts; without arguments it shows its usage."""
    try:
        result = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return False
    return "httpd {basedir}" in result.stdout + result.stderr


def with_own_libraries():
    """Return the command that runs it with the unpacked libraries."""
    loader = next(FOLDER.glob("usr/lib*/ld-linux*"), None) or next(
        FOLDER.glob("usr/lib/*/ld-linux*")
    )
    libraries = ":".join(str(folder) for folder in FOLDER.glob("usr/lib/*-linux-gnu"))
    return [loader, "--library-path", libraries, FOLDER / "usr/bin/snac"]
