"""Erasure in real, committed transactions: all or nothing, once, and gone from a real dump."""

import os
import secrets
import signal
import subprocess
from functools import partial
from unittest.mock import patch

import pytest

from odoo import SUPERUSER_ID, api, modules
from odoo.modules.registry import Registry
from odoo.service.model import retrying

from odoo.addons.social_consent_monitoring.models.social_erasure_proof import SocialErasureProof

import committed
from committed import ADDON, transaction
from common import make_post
from postgres import program

NAME = "Wilhelmina Zackelhammer"
EMAIL = "wilhelmina@zackelhammer.example"
POST = "My kettle hums Tannhäuser"
NOTE = "collects brass umbrellas"
WORDS = (NAME, "zackelhammer", "wilhelmina", "kettle hums", "brass umbrellas")


@pytest.fixture
def person_id(monkeypatch):
    """A contact with consent, evidence, a matched post, a lead and a mail, committed."""
    # What a running test changes in Odoo and in the addon is off.
    monkeypatch.setattr(modules.module, "current_test", None)
    with transaction() as env:
        partner = env["res.partner"].create({"name": NAME, "email": EMAIL, "lang": "en_US"})
        evidence = {"note": NOTE}
        partner._give_social_consent("match", method="staff", evidence=evidence)
        source = env.ref(f"{ADDON}.source_demo_fediverse")
        # Whoever was erased before does not come back: each time another one.
        handle = f"wilhelmina_{secrets.token_hex(4)}@social.example"
        external = f"https://social.example/{handle}/1"
        mention = source._store([make_post(external_id=external, author=handle, text=POST)])
        mention._match(partner)
        env["crm.lead"].create({"name": NAME, "partner_id": partner.id, "description": NOTE})
        env["mail.mail"].create({"recipient_ids": [(4, partner.id)], "body_html": NOTE})
        id_ = partner.id
    yield id_
    with transaction() as env:
        if env["res.partner"].browse(id_).exists():
            erase(env, id_)


def erase(env, person_id):
    [(_record, subject)] = env["res.partner"].browse(person_id)._ensure_subjects()
    return env["social.erasure"]._erase(subject)


def erase_and_die(person_id):
    """Be killed, without warning, when all is deleted and before it is committed."""

    def die(*_args):
        os.kill(os.getpid(), signal.SIGKILL)

    with patch.object(SocialErasureProof, "_append", die), transaction() as env:
        erase(env, person_id)


def ask(person_id):
    """Ask for erasure, as Odoo runs every request: with further tries."""
    with Registry(committed.database()).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        [(_record, subject)] = env["res.partner"].browse(person_id)._ensure_subjects()
        requests = env["social.privacy.request"]
        retrying(partial(requests._open, subject, "erase", method="link"), env)


def dump():
    """Return the text of the whole database, by PostgreSQL's own program."""
    command = [str(program("pg_dump")), "--no-owner", committed.database()]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_an_erasure_that_is_killed_at_the_end_leaves_everything(person_id):
    child = committed.in_a_process(erase_and_die, person_id)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was not killed at work: this proved nothing"
    with transaction() as env:
        partner = env["res.partner"].browse(person_id)
        assert (partner.name, partner.email) == (NAME, EMAIL)
        assert env["social.match"].search([("partner_id", "=", person_id)])
        assert env["crm.lead"].search([("partner_id", "=", person_id)])
        assert partner.social_consent_ids.filtered("given_at").state == "given"
        assert not env["social.erasure.proof"].search(
            [("subject_key", "=", partner.social_subject_key)]
        )
        assert not env["social.consent.event"]._verify([partner.social_subject_key])


def test_a_real_dump_holds_nothing_of_an_erased_person(person_id):
    before = dump()
    for word in WORDS:
        assert word.lower() in before.lower(), "what is not there before cannot be missed"
    with transaction() as env:
        key = env["res.partner"].browse(person_id).social_subject_key
        erase(env, person_id)
    after = dump().lower()
    assert not [word for word in WORDS if word.lower() in after]
    with transaction() as env:
        assert not env["social.consent.event"]._verify([key])


def test_the_same_request_from_two_tabs_at_once_is_one(person_id):
    assert committed.at_once((ask, person_id), (ask, person_id)) == [0, 0]
    with transaction() as env:
        subject = env["res.partner"].browse(person_id).social_subject_id
        found = env["social.privacy.request"].search([("subject_id", "=", subject.id)])
        assert len(found) == 1
