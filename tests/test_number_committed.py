"""Codes for a number in real, committed transactions: many tries at once are so many tries."""

import secrets
import time
from unittest.mock import patch

import psycopg2.errors
import pytest

from odoo import modules

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
            patch.object(proofs, "_send_sms", lambda _self, _record, _code: True),
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
