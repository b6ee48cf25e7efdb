"""A real Bluesky network on free ports of 127.0.0.1: accounts, their posts, and the index of both.

    with Bluesky(folder) as network:
        network.add_user("ada")
        uri = network.post("ada", "Thank you, Nordlicht!")

It is the platform's own software (npm `@atproto/dev-env`): a directory of accounts, a server for
accounts (PDS) at `network.url`, and the one that indexes posts, which the first one asks. Its
index lies in a PostgreSQL database of its own. What is written here is indexed on return.

Handles end in `.test`, as the network demands: `ada.test`.
"""

import base64
import http.cookiejar
import json
import os
import select
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import postgres
from bluesky_package import FOLDER as PACKAGE

HERE = Path(__file__).with_suffix("")
DATABASE = "scm_bluesky"
ADMIN = base64.b64encode(b"admin:admin-pass").decode()  # the same in each such network
POST = "app.bsky.feed.post"
PROFILE = "app.bsky.actor.profile"
MANY = 100  # records written with one call
# Odoo limits the address space of its process and of what that starts, and node reserves a lot.
# After each class of tests it ends its children: this is a grandchild, and ends with its input.
LAUNCHER = ["sh", "-c", 'ulimit -S -v unlimited; exec 3<&0; "$@" <&3 3<&- &', "sh"]
BEHIND = timedelta(seconds=10)  # posts are dated so long ago: none lies in the future


class BlueskyError(Exception):
    """The network did not do what it was asked for."""


def is_there():
    """Tell whether the network can be started, for tests that would skip."""
    return (PACKAGE / "node_modules").exists()


class Bluesky:
    """One network with its folder; use it as a context manager or start and stop it."""

    def __init__(self, folder):
        if not is_there():
            raise BlueskyError("The Bluesky network is missing: tests/sandbox test fetches it")
        self.folder = Path(folder)
        self.process = self.pid = self.url = self.directory = None
        self.users = {}
        self._clock = datetime.now(timezone.utc) - BEHIND

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()

    # The network

    def start(self):
        """Start the network with an empty index, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        _sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)", f"CREATE DATABASE {DATABASE}")
        scripts = ["-r", HERE / "listen.js", HERE / "network.js"]
        command = ["node", *scripts, PACKAGE, f"postgres:///{DATABASE}", "net"]
        with open(self.folder / "network.log", "w") as log:
            self.process = subprocess.Popen(
                [*LAUNCHER, *command],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "TMPDIR": str(self.folder), "LOG_ENABLED": "false"},
                # Ctrl-C is for the one who started us.
                start_new_session=True,
            )
        self.process.wait()
        try:
            answer = self._answer()
        except BaseException:
            self.stop()
            raise
        self.pid, self.url = answer["pid"], answer["pds"].replace("localhost", "127.0.0.1")
        self.directory = answer["plc"]
        return self

    def stop(self, patience=5):
        """Stop the network; its accounts and posts are gone."""
        if self.process:
            self.process.stdin.close()
            ended, _, _ = select.select([self.process.stdout], [], [], patience)
            if self.pid and not ended:
                os.kill(self.pid, signal.SIGKILL)
            self.process.stdout.close()
            self.process = self.pid = None
        _sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")

    def index(self):
        """Wait until all that was written is indexed."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise BlueskyError(answer["error"])

    # Users and posts

    def add_user(self, name, **profile):
        """Add an account `NAME.test`, and return its password."""
        password = f"password of {name}"
        account = {"email": f"{name}@mail.test", "handle": f"{name}.test", "password": password}
        self.users[name] = self.call("com.atproto.server.createAccount", body=account)
        self.set_profile(name, **profile)
        return password

    def did(self, name):
        """Return the lasting name of an account."""
        return self.users[name]["did"]

    def set_profile(self, name, description="", labels=()):
        """Write the profile of an account; `labels` are what it says of itself."""
        record = {"$type": PROFILE, "displayName": name, "description": description}
        if labels:
            values = [{"val": label} for label in labels]
            record["labels"] = {"$type": "com.atproto.label.defs#selfLabels", "values": values}
        self._put(name, PROFILE, "self", record)

    def post(self, name, text, **record):
        """Publish a post, and return its address (`at://...`)."""
        return self.post_all(name, [text], **record)[0]

    def post_all(self, name, texts, **record):
        """Publish posts, each later than the one before, and return their addresses."""
        records = [{**self._record(text), **record} for text in texts]
        uris = []
        for start in range(0, len(records), MANY):
            writes = [
                {"$type": "com.atproto.repo.applyWrites#create", "collection": POST, "value": value}
                for value in records[start : start + MANY]
            ]
            body = {"repo": self.did(name), "writes": writes}
            results = self.call("com.atproto.repo.applyWrites", name, body)["results"]
            uris += [result["uri"] for result in results]
        self.index()
        return uris

    def edit(self, name, uri, text):
        """Replace the text of a post; all else of it stays."""
        key = uri.rpartition("/")[2]
        record = self._read(uri)["value"]
        self._put(name, POST, key, {**record, "text": text})

    def delete(self, name, *uris):
        """Delete posts."""
        for uri in uris:
            record = {"repo": self.did(name), "collection": POST, "rkey": uri.rpartition("/")[2]}
            self.call("com.atproto.repo.deleteRecord", name, record)
        self.index()

    def mention(self, name, other, text="Hello"):
        """Publish a post that mentions another account, and return its address."""
        handle = f"@{other}.test"
        start = len(f"{text} ".encode())
        place = {"byteStart": start, "byteEnd": start + len(handle)}
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": self.did(other)}
        return self.post(name, f"{text} {handle}", facets=[{"index": place, "features": [feature]}])

    def reply(self, name, uri, text):
        """Publish a reply to a post, and return its address."""
        place = self._place(uri)
        return self.post(name, text, reply={"root": place, "parent": place})

    def quote(self, name, uri, text):
        """Publish a post that quotes another one, and return its address."""
        embed = {"$type": "app.bsky.embed.record", "record": self._place(uri)}
        return self.post(name, text, embed=embed)

    def block(self, name, other):
        """Let an account block another one."""
        self._create(name, "app.bsky.graph.block", self.did(other))

    def like(self, name, uri):
        """Let an account like a post."""
        self._create(name, "app.bsky.feed.like", self._place(uri))

    def repost(self, name, uri):
        """Let an account pass on a post of another one."""
        self._create(name, "app.bsky.feed.repost", self._place(uri))

    def rename(self, name, handle):
        """Give an account another handle."""
        self.call("com.atproto.identity.updateHandle", name, {"handle": handle})
        self.index()

    def deactivate(self, name):
        """Let an account leave, for now."""
        self.call("com.atproto.server.deactivateAccount", name, {})
        self.index()

    def take_down(self, name):
        """Ban an account, as those do who run the server."""
        subject = {"$type": "com.atproto.admin.defs#repoRef", "did": self.did(name)}
        body = {"subject": subject, "takedown": {"applied": True, "ref": "1"}}
        self.call("com.atproto.admin.updateSubjectStatus", body=body, authorization=ADMIN)
        self.index()

    def log_in(self, url, name):
        """Log in on the page at `url` and consent, as its own script does; return where it leads.

        The page is one of OAuth, to which an application sent the user.
        """
        cookies = urllib.request.HTTPCookieProcessor()
        # The cookie that proves the page is marked for https; browsers make an exception here.
        cookies.cookiejar.set_policy(_Policy())
        opener = urllib.request.build_opener(cookies)
        page = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        page |= {"Sec-Fetch-Site": "cross-site", "Accept": "text/html"}
        with opener.open(urllib.request.Request(url, headers=page), timeout=20) as answer:
            url = answer.url
        login = {
            "locale": "en",
            "username": f"{name}.test",
            "password": f"password of {name}",
            "remember": False,
        }
        token = self._ask_page(opener, cookies, url, "sign-in", login)["ephemeralToken"]
        agreed = {"sub": self.did(name)}
        there = self._ask_page(opener, cookies, url, "consent", agreed, token)["url"]
        # A page between, which sends the browser back with all the rest.
        said = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(there).query))
        back, _mode = said.pop("redirect_uri"), said.pop("redirect_mode")
        return f"{back}?{urllib.parse.urlencode(said)}"

    # How it is done

    def _ask_page(self, opener, cookies, url, what, body, token=None):
        origin = "{0.scheme}://{0.netloc}".format(urllib.parse.urlsplit(url))
        headers = {
            "Content-Type": "application/json",
            "Sec-Fetch-Mode": "same-origin",
            "Sec-Fetch-Site": "same-origin",
            "Origin": origin,
            "Referer": url,
            "X-CSRF-Token": next(c.value for c in cookies.cookiejar if c.name == "csrf-token"),
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        address = f"{origin}/@atproto/oauth-provider/~api/{what}"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers)
        try:
            with opener.open(request, timeout=20) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise BlueskyError(f"{what}: {error.code} {error.read().decode()}") from error

    def call(self, method, name=None, body=None, authorization=None):
        """Call a method, as a user; with a body it is one that changes something."""
        headers = {"Content-Type": "application/json"}
        if name:
            headers["Authorization"] = f"Bearer {self.users[name]['accessJwt']}"
        elif authorization:
            headers["Authorization"] = f"Basic {authorization}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/xrpc/{method}", data, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise BlueskyError(f"{method}: {error.code} {error.read().decode()}") from error

    def _read(self, uri):
        repo, collection, key = uri.removeprefix("at://").split("/")
        place = urllib.parse.urlencode({"repo": repo, "collection": collection, "rkey": key})
        return self.call(f"com.atproto.repo.getRecord?{place}")

    def _place(self, uri):
        return {"uri": uri, "cid": self._read(uri)["cid"]}

    def _create(self, name, kind, subject):
        record = {"$type": kind, "subject": subject, "createdAt": self._now()}
        body = {"repo": self.did(name), "collection": kind, "record": record}
        self.call("com.atproto.repo.createRecord", name, body)
        self.index()

    def _put(self, name, collection, key, record):
        body = {"repo": self.did(name), "collection": collection, "rkey": key, "record": record}
        self.call("com.atproto.repo.putRecord", name, body)
        self.index()

    def _record(self, text):
        return {"$type": POST, "text": text, "createdAt": self._now(), "langs": ["en-GB"]}

    def _now(self):
        """Return a time a little ago, never the same twice: posts are ordered by it."""
        soon, now = self._clock + timedelta(milliseconds=1), datetime.now(timezone.utc)
        self._clock = max(soon, now - BEHIND)
        return self._clock.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _answer(self):
        """Return the next line that the network says."""
        line = self.process.stdout.readline()
        if not line:
            time.sleep(0.1)
            log = (self.folder / "network.log").read_text()[-1500:]
            raise BlueskyError(f"The Bluesky network ended:\n{log}")
        return json.loads(line)


class _Policy(http.cookiejar.DefaultCookiePolicy):
    def return_ok_secure(self, _cookie, _request):
        return True


def _sql(*statements):
    """Run statements on the server that PGHOST names, outside any database of ours."""
    command = [str(postgres.program("psql")), "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", "postgres"]
    for statement in statements:
        command += ["-c", statement]
    environment = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    if result.returncode:
        raise BlueskyError(result.stderr)
