"""`tests/sandbox serve` keeps its promise: a demo whose inbox fills by itself, and that ends whole."""

import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

import database
import places
import postgres
from counterparts.snac import find_program
from demo_posts import POSTS
from verb_serve import fediverse_folder

NAME = "scm_serve_test"
PATIENCE = 240  # seconds; most of them go into installing the addon


@pytest.fixture
def demo(tmp_path):
    """A demo of its own, started from nothing: `(process, what it says)`."""
    if not find_program():
        pytest.skip("There is no snac2 here.")
    said = tmp_path / "said"
    # It uses the sandbox's own server as from a shell, where that is what we use.
    given = {name: value for name, value in os.environ.items() if not is_ours(name)}
    with said.open("w") as out:
        process = subprocess.Popen(
            [places.TESTS / "sandbox", "serve", "--fresh", "--database", NAME],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=given,
            start_new_session=True,
        )
    yield process, said
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
    database.drop(NAME)
    (places.STAMPS / f"database-{NAME}").unlink(missing_ok=True)


def is_ours(name):
    """Tell whether a variable was set by the run of tests that we are part of."""
    own = postgres.Server.data.exists() and postgres.Server().is_running()
    if name in ("PGHOST", "PGUSER") and own:
        return os.environ.get("PGHOST") == postgres.Server().socket_folder()
    return name in ("SANDBOX_DATABASE", "ODOO_RC")


def wait_until(process, said, look):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        assert process.poll() is None, said.read_text()
        time.sleep(0.5)
    raise AssertionError(said.read_text())


def count_mentions():
    """How many posts lie in the inbox, and have been analysed."""
    return int(
        database.sql("SELECT count(*) FROM social_mention WHERE analysed_at IS NOT NULL", NAME)
    )


def find_running():
    """The command lines of all processes that belong to the demo."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    names = (f"-d {NAME} ", str(fediverse_folder(NAME)), f"--database {NAME}")
    return [line for line in lines if any(name in line for name in names)]


def answers(address):
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.read().decode()
    except OSError:
        return None


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="Looks at processes in /proc.")
def test_the_inbox_fills_by_itself_and_ctrl_c_stops_everything(demo):
    process, said = demo
    odoo, server = wait_until(
        process,
        said,
        lambda: re.findall(r"^(?:Odoo|Fediverse): +(http\S+)$", said.read_text(), re.M),
    )
    wanted = sum("#nordlicht" in text.lower() for _name, text in POSTS)
    assert wanted
    wait_until(process, said, lambda: count_mentions() >= wanted)
    assert 'name="password"' in answers(f"{odoo}/web/login")
    assert answers(server)
    assert len(find_running()) >= 3
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)
    assert not find_running()
    assert not answers(f"{odoo}/web/login")
    assert not answers(server)
