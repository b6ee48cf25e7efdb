"""Debian packages without root: Odoo 19, the files it links to, and snac2.

A private apt state in ``.sandbox/apt`` reads the package indexes, whose
signatures apt verifies with Debian's own keyring. Packages are kept by
version in the user's cache folder and checked against the signed index each
time they are unpacked.
"""

import functools
import hashlib
import os
import re
import shlex
import subprocess
import tempfile
import time
from collections import namedtuple
from pathlib import Path

import places
from steps import Problem, empty_folder, ends_with_us, need, replace_folder, run

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
ELSEWHERE = "on other systems name an Odoo 19 checkout: ODOO=DIR tests/sandbox ..."

Deb = namedtuple("Deb", "name size sha256")


def fetch_and_unpack(packages, folder, report, with_libraries=False):
    """Unpack packages, each named ``package/suite``, into a new ``folder``."""
    need("dpkg-deb", f"apt-get install dpkg; {ELSEWHERE}")
    report.progress("reading Debian's package lists")
    apt = updated_apt()
    if with_libraries:
        packages = packages + apt.libraries_of(packages[0])
    paths = apt.get(packages, report)
    unfinished = empty_folder(folder.with_name(folder.name + ".part"))
    for path in paths:
        report.progress(f"unpacking {path.name}")
        run(["dpkg-deb", "-x", path, unfinished], "dpkg-deb")
    replace_folder(unfinished, folder)


@functools.cache
def updated_apt():
    """Return our apt with package lists that were fetched in this run."""
    apt = Apt(places.SANDBOX / "apt")
    apt.update()
    return apt


class Apt:
    """A private apt: own lists and cache, the machine's mirror, no root needed."""

    suites = ("bookworm", "trixie", "sid")

    def __init__(self, folder):
        self.folder = folder
        self.apt_get = need("apt-get", f"only Debian has it; {ELSEWHERE}")
        self.environment = {**os.environ, "APT_CONFIG": str(folder / "apt.conf")}
        self.environment["LC_ALL"] = "C.UTF-8"

    def update(self):
        """Fetch the package lists; apt verifies their signatures."""
        if not os.path.exists(KEYRING):
            raise Problem(f"{KEYRING} is missing: apt-get install debian-archive-keyring")
        self._write_settings()
        run([self.apt_get, "update", "--error-on=any"], "apt-update", env=self.environment)

    def get(self, packages, report):
        """Return the paths of verified packages, from the cache if they are there."""
        folder = places.cache_folder() / "debs"
        debs = self.describe(packages)
        for deb in debs:
            path = folder / deb.name
            if path.exists() and not is_genuine(path, deb):
                report.progress(f"{path} is damaged, fetching it again")
                path.unlink()
        missing = [deb for deb in debs if not (folder / deb.name).exists()]
        if missing:
            self._download(missing, packages, folder, report)
        return [folder / deb.name for deb in debs]

    def describe(self, packages):
        """Return name, size and checksum of packages from the signed index."""
        answer = self._ask([self.apt_get, "download", "--print-uris", *packages])
        found = re.findall(r"^'.*' (\S+) (\d+) SHA256:([0-9a-f]{64})$", answer, re.M)
        if len(found) != len(packages):
            raise Problem(f"Debian's index lacks one of {' '.join(packages)}.")
        return [Deb(name, int(size), sha256) for name, size, sha256 in found]

    def libraries_of(self, package):
        """Return all shared libraries that a package needs, the C library included."""
        suite = package.partition("/")[2]
        command = [self.apt_get, "install", "--print-uris", "-y", "-t", suite]
        answer = self._ask([*command, "--no-install-recommends", package])
        names = re.findall(r"^'.*' ([\w.+-]+?)_\S+ \d+", answer, re.M)
        return [f"{name}/{suite}" for name in names if name.startswith(("lib", "zlib"))]

    def _download(self, missing, packages, cache, report):
        names = {deb.name.partition("_")[0] for deb in missing}
        wanted = [package for package in packages if package.partition("/")[0] in names]
        cache.mkdir(parents=True, exist_ok=True)
        # Beside their final place, and moved there only when they are verified.
        with tempfile.TemporaryDirectory(prefix="part-", dir=cache) as part:
            folder = Path(part)
            self._watched([self.apt_get, "download", *wanted], folder, missing, report)
            for deb in missing:
                if not is_genuine(folder / deb.name, deb):
                    raise Problem(f"{deb.name} does not have the checksum of the signed index.")
                os.replace(folder / deb.name, cache / deb.name)

    def _watched(self, command, folder, debs, report):
        """Run apt-get in ``folder`` and tell how far it is."""
        with open(folder / "log", "w+") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            with ends_with_us(process):
                while process.poll() is None:
                    report.progress(how_far(debs, folder))
                    time.sleep(0.2)
            log.seek(0)
            if process.returncode:
                raise Problem(f"{log.read()}\n{shlex.join(command)} failed.")

    def _write_settings(self):
        for part in ("lists/partial", "cache/archives/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        settings = {
            "Dir::State": self.folder / "state",
            "Dir::State::Lists": self.folder / "lists",
            "Dir::State::Status": "/dev/null",
            "Dir::Cache": self.folder / "cache",
            "Dir::Etc::SourceList": self.folder / "sources.list",
            "Dir::Etc::SourceParts": "-",
            "Acquire::Languages": "none",
        }
        if os.geteuid() == 0:
            # Else apt becomes a user that may not read this folder.
            settings["APT::Sandbox::User"] = "root"
        lines = [f'{key} "{value}";\n' for key, value in settings.items()]
        mirror = self._mirror()
        sources = [f"deb [signed-by={KEYRING}] {mirror} {suite} main\n" for suite in self.suites]
        (self.folder / "apt.conf").write_text("".join(lines))
        (self.folder / "sources.list").write_text("".join(sources))

    def _mirror(self):
        """Return the address of the Debian mirror that this machine uses."""
        command = [self.apt_get, "indextargets", "--format", "$(ORIGIN)|$(REPO_URI)"]
        answer = self._ask(command, env=os.environ)
        for line in answer.splitlines():
            origin, _, address = line.partition("|")
            if origin == "Debian" and "security" not in address:
                return address
        raise Problem(f"apt has no Debian package lists: run apt-get update as root; {ELSEWHERE}")

    def _ask(self, command, env=None):
        result = subprocess.run(
            command,
            env=env or self.environment,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
        )
        if result.returncode:
            raise Problem(f"{shlex.join(command)} failed: {result.stderr.strip()}")
        return result.stdout


def is_genuine(path, deb):
    """Tell whether a file is the package that the signed index describes."""
    with open(path, "rb") as handle:
        digest = hashlib.sha256()
        while chunk := handle.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest() == deb.sha256


def how_far(debs, folder):
    total = sum(deb.size for deb in debs)
    sizes = [path.stat().st_size for path in folder.glob("*.deb")]
    return f"{total / 2**20:.0f} MiB, {100 * sum(sizes) // total} %"
