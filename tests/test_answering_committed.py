"""Sending in real, committed transactions: two at once send one, and a killed one leaves a trace."""

import os
import secrets
import signal
import time
from unittest.mock import patch

import pytest

from odoo import modules
from odoo.exceptions import UserError

from odoo.addons.social_consent_monitoring import connectors

import committed
from committed import ADDON, transaction
from common import make_post

ANSWER = "social.answer"


@pytest.fixture
def answer_ids(monkeypatch):
    """Two answers to one post, by two who do not know of each other, committed."""
    monkeypatch.setattr(modules.module, "current_test", None)
    with transaction() as env:
        account = env["social.account"].create(
            {"name": "Ours", "connector": "fediverse", "address": "https://social.example"}
        )
        author = f"{secrets.token_hex(4)}@social.example"
        source = env.ref(f"{ADDON}.source_demo_fediverse")
        external = f"https://social.example/{author}/1"
        mention = source._store([make_post(external_id=external, author=author)])
        answers = env[ANSWER].create(
            [{"mention_id": mention.id, "text": f"Sorry {number}."} for number in (1, 2)]
        )
        ids, account_id, mention_id = answers.ids, account.id, mention.id
    yield ids
    with transaction() as env:
        env["social.mention"].browse(mention_id).unlink()
        env["social.account"].browse(account_id).unlink()


def send(answer_id, path, kills=False):
    """Send as the button does, to a server that writes down what reaches it."""

    def publish(*_arguments):
        with open(path, "a") as file:
            file.write("sent\n")
        if kills:
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.3)
        return connectors.Sent(f"https://social.example/us/{answer_id}", "", "us@social.example")

    with transaction() as env, patch.object(connectors, "send", publish):
        answer = env[ANSWER].with_context(import_commits=True).browse(answer_id)
        # What the second one saw before the first one began.
        assert answer.state == "draft"
        time.sleep(0.2)
        try:
            answer._send()
        except UserError:
            env.cr.rollback()


def get_states(ids):
    with transaction() as env:
        return sorted(env[ANSWER].browse(ids).mapped("state"))


def test_of_two_colleagues_who_press_at_once_one_answers(answer_ids, tmp_path):
    path = tmp_path / "sent"
    codes = committed.at_once(*((send, answer_id, path) for answer_id in answer_ids))
    assert codes == [0, 0]
    assert path.read_text() == "sent\n"
    assert get_states(answer_ids) == ["draft", "sent"]


def test_one_answer_pressed_twice_is_sent_once(answer_ids, tmp_path):
    path = tmp_path / "sent"
    assert committed.at_once(*[(send, answer_ids[0], path)] * 2) == [0, 0]
    assert path.read_text() == "sent\n"


def test_who_is_killed_while_sending_leaves_a_trace(answer_ids, tmp_path):
    path = tmp_path / "sent"
    assert committed.at_once((send, answer_ids[0], path, True)) == [-signal.SIGKILL]
    assert path.read_text() == "sent\n"
    assert get_states(answer_ids) == ["draft", "sending"]
