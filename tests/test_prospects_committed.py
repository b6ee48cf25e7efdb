"""Leads in real, committed transactions: who withdraws while one is made is not missed (R4)."""

import secrets

import psycopg2
import pytest

from odoo import modules

from committed import ADDON, transaction
from common import PHONE_CALL, make_post


@pytest.fixture
def mention_id(monkeypatch):
    """A post whose author has consented to social messages, committed."""
    monkeypatch.setattr(modules.module, "current_test", None)
    with transaction() as env:
        # Whoever was erased before does not come back: each time another one.
        author = f"{secrets.token_hex(4)}@social.example"
        external = f"https://social.example/{author}/1"
        source = env.ref(f"{ADDON}.source_demo_fediverse")
        mention = source._store([make_post(external_id=external, author=author)])
        mention.author_id._give_social_consent(
            "contact", "social", method="staff", evidence=PHONE_CALL
        )
        id_ = mention.id
    yield id_
    with transaction() as env:
        env["crm.lead"].search([("social_mention_id", "=", id_)]).unlink()
        [(_record, subject)] = env["social.mention"].browse(id_).author_id._ensure_subjects()
        env["social.erasure"]._erase(subject)


def make_lead(env, mention_id):
    return env["crm.lead"].create({"name": "From a post", "social_mention_id": mention_id})


def test_r4_a_lead_waits_for_nobody(mention_id):
    with transaction() as env:
        assert make_lead(env, mention_id).social_mention_id


def make_lead_while_the_author_withdraws(mention_id):
    with transaction() as env:
        # From here on this transaction sees the consent as it was.
        assert env["social.mention"].browse(mention_id).author_id.social_consent_ids
        with transaction() as other:
            author = other["social.mention"].browse(mention_id).author_id
            author._withdraw_social_consent("contact", "social", method="staff")
        make_lead(env, mention_id)


def test_r4_an_author_who_withdraws_while_the_lead_is_made_is_not_missed(mention_id):
    with pytest.raises(psycopg2.errors.SerializationFailure):
        make_lead_while_the_author_withdraws(mention_id)
