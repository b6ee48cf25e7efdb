"""A real fediverse server, snac2, on a free port of 127.0.0.1.

    with Snac(folder) as snac:
        snac.add_user("ada")
        uri = snac.post("ada", "Thank you! #nordlicht")

It speaks ActivityPub, the Mastodon API with OAuth, and RSS. A folder that
exists already is used again, with its users and posts and on its old port,
because the addresses of the posts contain it.
"""

import base64
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
SANDBOX = Path(__file__).resolve().parents[2] / ".sandbox"


class SnacError(Exception):
    """The server did not do what it was asked for."""


def find_program():
    """Return the path of the program, or None where there is none."""
    ours = SANDBOX / "snac2" / "snac"
    return str(ours) if ours.exists() else shutil.which("snac")


class Snac:
    """One server with its folder; use it as a context manager or start and stop it."""

    def __init__(self, folder, program=None):
        self.folder = Path(folder)
        self.program = program or find_program()
        if not self.program:
            raise SnacError("snac2 is missing: run tests/sandbox setup")
        self.process = None
        if not (self.folder / "server.json").exists():
            self._create()
        settings = json.loads((self.folder / "server.json").read_text())
        self.port = settings["port"]
        self.base_url = f"http://{settings['host']}"
        self._passwords = self._read_passwords()
        self._tokens = {}

    @classmethod
    @contextmanager
    def temporary(cls, *names):
        """A server with these users that is gone afterwards; where it is missing, tests skip."""
        if not is_there():
            raise unittest.SkipTest("snac2 is missing: run tests/sandbox setup")
        with tempfile.TemporaryDirectory() as folder, cls(Path(folder) / "server") as server:
            for name in names:
                server.add_user(name)
            yield server

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    # The server

    def start(self, patience=10):
        """Start the server, unless it runs already, and wait until it answers."""
        if self.process:
            return self
        with open(self.folder / "server.log", "a") as log:
            command = [*dies_with_parent(), self.program, "httpd", str(self.folder)]
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the one who started us; we are stopped by stop().
                start_new_session=True,
            )
        end = time.monotonic() + patience
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                log = (self.folder / "server.log").read_text()[-1000:]
                raise SnacError(f"snac2 did not start on port {self.port}:\n{log}")
            time.sleep(0.05)
        return self

    def stop(self, patience=3):
        """Stop the server; it can be started again."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    # Users and posts

    def add_user(self, name, full_name=""):
        """Add a user and return the password."""
        answer = self._snac("adduser", name)
        self._passwords[name] = re.search(r"password is (\S+)", answer)[1]
        path = self.folder / "passwords.json"
        path.write_text(json.dumps(self._passwords))
        if full_name:
            self._edit_json(self.folder / "user" / name / "user.json", name=full_name)
        return self._passwords[name]

    def token(self, name):
        """Return a token of this user for the Mastodon API."""
        if name not in self._tokens:
            fields = {"login": name, "passwd": self._passwords[name]}
            answer = self._call("POST", "/oauth/x-snac-get-token", fields)
            self._tokens[name] = answer.strip()
        return self._tokens[name]

    def post(self, user, text):
        """Publish a post at once, without HTTP, and return its address."""
        answer = self._snac("note", user, text)
        found = re.search(rf"{re.escape(self.base_url)}/\S+?/p/[\d.]+", answer)
        if not found:
            raise SnacError(f"snac2 did not take the post: {answer}")
        return found[0]

    def edit(self, user, uri, text):
        """Replace the text of a post; the server sets ``edited_at``."""
        path = f"/api/v1/statuses/{self.status_id(user, uri)}"
        self._call("PUT", path, {"status": text}, self._bearer(user))

    def delete(self, user, uri):
        """Delete a post, as the button on the user's own page does."""
        login = f"{user}:{self._passwords[user]}".encode()
        header = {"Authorization": f"Basic {base64.b64encode(login).decode()}"}
        fields = {"id": uri, "action": "Delete"}
        self._call("POST", f"/{user}/admin/action", fields, header)

    def status_id(self, user, uri):
        """Return the id in the Mastodon API of a post with this address."""
        query = urllib.parse.urlencode({"q": uri, "resolve": "true"})
        path = f"/api/v2/search?{query}"
        found = json.loads(self._call("GET", path, headers=self._bearer(user)))
        if not found.get("statuses"):
            raise SnacError(f"snac2 knows no post {uri}")
        return found["statuses"][0]["id"]

    def wait_for_tag(self, user, tag, count, patience=30):
        """Wait until the server lists so many posts with this hashtag, as it does by and by."""
        end = time.monotonic() + patience
        while (listed := self._count_tag(user, tag)) < count:
            if time.monotonic() > end:
                raise SnacError(f"snac2 lists {listed} of {count} posts with #{tag}")
            time.sleep(0.2)

    def _count_tag(self, user, tag):
        count, before = 0, ""
        while True:
            path = f"/api/v1/timelines/tag/{tag}?limit=40{before}"
            page = json.loads(self._call("GET", path, headers=self._bearer(user)))
            if not page:
                return count
            count += len(page)
            before = f"&max_id={page[-1]['id']}"

    def feed_url(self, user):
        """Return the address of the user's RSS feed."""
        return f"{self.base_url}/{user}.rss"

    # How it is done

    def _create(self):
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        port = free_port()
        answers = f"{HOST}\n{port}\n{HOST}:{port}\n\n\n"
        subprocess.run(
            [self.program, "init", str(self.folder)],
            input=answers.encode(),
            check=True,
            capture_output=True,
        )
        # The server tells others of each post; nobody there shall not keep it from ending. What a
        # busy machine does not take within the second goes again at once, not in two minutes.
        patience = {"queue_timeout": 1, "queue_timeout_2": 1, "queue_retry_minutes": 0}
        self._edit_json(self.folder / "server.json", protocol="http", **patience)

    @staticmethod
    def _edit_json(path, **changes):
        settings = json.loads(path.read_text())
        path.write_text(json.dumps({**settings, **changes}, indent=4))

    def _read_passwords(self):
        path = self.folder / "passwords.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def _snac(self, command, *arguments):
        result = subprocess.run(
            [self.program, command, str(self.folder), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if result.returncode:
            raise SnacError(f"snac {command}: {result.stdout}")
        return result.stdout

    def _bearer(self, user):
        return {"Authorization": f"Bearer {self.token(user)}"}

    def _call(self, method, path, fields=None, headers=None):
        body = urllib.parse.urlencode(fields).encode() if fields else None
        request = urllib.request.Request(self.base_url + path, body, headers or {}, method=method)
        opener = urllib.request.build_opener(NoRedirect)
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            if error.code == 303:
                return ""
            raise SnacError(f"{method} {path}: {error.code} {error.reason}") from error

    def _answers(self):
        if self.process.poll() is not None:
            return False
        try:
            self._call("GET", "/nodeinfo_2_0")
        except (OSError, SnacError):
            return False
        return True


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """After a form the server points to a page that is of no use here."""

    def redirect_request(self, *_arguments):
        return None


def dies_with_parent():
    """Return a prefix for commands that must not outlive us, even if we are killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def free_port():
    """Return a port of 127.0.0.1 that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def is_there():
    """Tell whether the program can be run, for tests that would skip."""
    program = find_program()
    return bool(program and os.access(program, os.X_OK))
