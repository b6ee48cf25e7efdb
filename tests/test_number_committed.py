"""Codes for a number in real, committed transactions: many tries at once are so many tries."""

import secrets
import time
from unittest.mock import patch

import psycopg2.errors
import pytest

from odoo import modules
from odoo.exceptions import ConcurrencyError

from odoo.addons.social_consent_monitoring.models import social_number_proof

import committed
from committed import ADDON, transaction

AT_ONCE = 8
CODE, OTHER = "123456", "654321"


@pytest.fixture
def partner_id(monkeypatch):
    """Somebody who waits for the code, committed."""
    monkeypatch.setattr(modules.module, "current_test", None)
    with transaction() as env:
        germany = env.ref("base.de")
        number = f"+49 30 9{secrets.randbelow(10**6):06}"
        partner = env["res.partner"].create(
            {"name": "Ada", "phone": number, "country_id": germany.id, "lang": "en_US"}
        )
        partner._ensure_subjects()
        proofs = type(env["social.number.proof"])
        with (
            patch.object(social_number_proof.secrets, "randbelow", lambda _most: int(CODE)),
            patch.object(proofs, "_send_sms", lambda *_arguments: True),
        ):
            env["social.number.proof"]._send(partner, "sms", get_notice(env))
        id_ = partner.id
    yield id_
    with transaction() as env:
        env["social.number.proof"].search([])._forget()
        env["res.partner"].browse(id_).unlink()


def get_notice(env):
    return env.ref(f"{ADDON}.notice_contact_en")


def type_in(partner_id, code, path):
    """Type in a code as a request does, which Odoo starts again where two meet."""
    said = "again"
    while said == "again":
        try:
            with transaction() as env:
                partner = env["res.partner"].browse(partner_id)
                waiting = env["social.number.proof"]._find(partner, "sms", get_notice(env))
                time.sleep(0.3)
                said = str(waiting._take(code)) if waiting else "too late"
        except psycopg2.errors.SerializationFailure:
            continue
    with open(path, "a") as file:
        file.write(f"{said}\n")


def type_in_at_once(partner_id, code, path):
    codes = committed.at_once(*[(type_in, partner_id, code, path)] * AT_ONCE)
    assert codes == [0] * AT_ONCE
    return sorted(path.read_text().split("\n")[:-1])


def test_of_many_wrong_tries_at_once_five_are_looked_at(partner_id, tmp_path):
    said = type_in_at_once(partner_id, OTHER, tmp_path / "said")
    assert said == ["False"] * 5 + ["too late"] * 3
    assert type_in_at_once(partner_id, CODE, tmp_path / "after") == ["too late"] * AT_ONCE


def test_a_right_code_typed_in_many_times_at_once_counts_once(partner_id, tmp_path):
    said = type_in_at_once(partner_id, CODE, tmp_path / "said")
    assert said == ["True"] + ["too late"] * (AT_ONCE - 1)


def again(work, *arguments):
    """Start work again where two meet, as Odoo does with a request."""
    while True:
        try:
            with transaction() as env:
                return work(env, *arguments)
        except (psycopg2.errors.SerializationFailure, ConcurrencyError):
            continue


def prove(partner_id):
    def work(env):
        partner, notice = env["res.partner"].browse(partner_id), get_notice(env)
        proofs = env["social.number.proof"]
        subject = partner.social_subject_id
        time.sleep(0.3)
        subject._lock_and_check()
        waiting = proofs._find(partner, "sms", notice)
        if not waiting:
            return
        assert waiting._take(CODE)
        time.sleep(0.8)
        evidence = proofs._prepare_evidence(partner)
        partner._give_social_consent(
            "contact", "sms", notice=notice, method="link", evidence=evidence
        )

    again(work)


def enter(partner_id, seconds):
    def work(env):
        visitor = env(user=env.ref("base.public_user").id)
        visitor["res.partner"].sudo().browse(partner_id).phone = "+49 30 8888888"
        time.sleep(0.4)

    time.sleep(seconds)
    again(work)


@pytest.mark.parametrize("seconds", [0, 0.1, 0.4, 0.8, 1.3])
def test_r23_who_proves_one_number_and_enters_another_at_once_has_proven_none(partner_id, seconds):
    codes = committed.at_once((prove, partner_id), (enter, partner_id, seconds))
    assert codes == [0, 0]
    with transaction() as env:
        partner = env["res.partner"].browse(partner_id)
        assert partner.phone_sanitized == "+49308888888"
        assert not env["social.policy"]._decide("contact_sms", partner)[partner_id]


def press(partner_id, path):
    def send_sms(*_arguments):
        with open(path, "a") as file:
            file.write("sms\n")
        time.sleep(0.3)
        return True

    def work(env):
        partner, notice = env["res.partner"].browse(partner_id), get_notice(env)
        proofs = env["social.number.proof"]
        was_sent = proofs._was_just_sent(partner, "phone", notice)
        time.sleep(0.3)
        if not was_sent:
            with patch.object(type(proofs), "_send_sms", send_sms):
                proofs._send(partner, "phone", notice)

    again(work)


def test_who_presses_twice_gets_one_sms(partner_id, tmp_path):
    path = tmp_path / "sent"
    assert committed.at_once(*[(press, partner_id, path)] * 3) == [0, 0, 0]
    assert path.read_text() == "sms\n"


def hit(path, name):
    met = 0
    for number in range(50):
        try:
            with transaction() as env:
                limits = env["social.rate.limit"]
                limits._hit("box", f"{name}{number}@example.com", "192.0.2.9")
        except psycopg2.errors.SerializationFailure:
            met += 1
    with open(path, "a") as file:
        file.write(f"{met}\n")


def test_counting_at_once_starts_no_request_again_and_loses_no_count(monkeypatch, tmp_path):
    """A form that Odoo starts again for a count may have sent a mail already."""
    monkeypatch.setattr(modules.module, "current_test", None)
    path = tmp_path / "met"
    with transaction() as env:
        env["social.rate.limit"].search([]).unlink()
    assert committed.at_once(*[(hit, path, name) for name in "abc"]) == [0, 0, 0]
    with transaction() as env:
        most = max(env["social.rate.limit"].search([]).mapped("hits"))
        env["social.rate.limit"].search([]).unlink()
    assert path.read_text() == "0\n" * 3
    assert most == 150
