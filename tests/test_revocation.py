"""Revoking, looked at from outside: in a dump of the whole database, and with a killed process.

Done when a full text search over the dump finds nothing that the person took back, and nothing
of it returns with the next import.
"""

import os
import re
import signal
import subprocess

import pytest

from odoo import modules
from odoo.modules.registry import Registry
from odoo.service.model import retrying

from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.models.social_stop import SocialStop

import committed
import postgres
from committed import ADDON, in_a_process, transaction
from common import make_post
from counterparts.snac import Snac
from steps import Problem

USER = "zeldaquirk"
HOBBY = "quirkyboats"
TERM = "quirktag"
TEXT = f"My quirkywords about your parcels #{TERM}"
# Where public posts are kept, which nobody's withdrawal of matching concerns (rule 14).
PUBLIC = {"social_author", "social_mention"}


@pytest.fixture(autouse=True)
def as_a_server(monkeypatch):
    """What a running test changes in Odoo and in the addon is off."""
    monkeypatch.setattr(modules.module, "current_test", None)


@pytest.fixture(scope="module")
def snac(tmp_path_factory):
    with Snac(tmp_path_factory.mktemp("snac") / "server") as server:
        server.add_user(USER)
        server.post(USER, TEXT)
        server.wait_for_tag(USER, TERM, 1)
        yield server


@pytest.fixture(scope="module")
def copied():
    """The name of a copy of the database, in which all of this happens."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(modules.module, "current_test", None)
        with committed.copy_of_database() as name:
            with transaction(name) as env:
                env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
            yield name


# -- the dump ------------------------------------------------------------------------------------


def dump(name):
    """Return ``{table: text of its rows}`` of a whole database, as PostgreSQL writes it out."""
    command = [find_program(), "--data-only", "--no-owner", "-d", name]
    text = subprocess.run(command, capture_output=True, check=True).stdout.decode()
    found = re.findall(r'^COPY public\."?(\w+)"? .*? FROM stdin;\n(.*?)^\\\.$', text, re.M | re.S)
    assert len(found) > 100, "this is no dump of Odoo"
    return dict(found)


def find_program():
    """Return the program of the server's own version, where it is the sandbox's server."""
    try:
        return postgres.program("pg_dump")
    except Problem:
        return "pg_dump"


def find(name, *words):
    """Return the tables in which one of these words stands, in whatever letters."""
    wanted = re.compile("|".join(map(re.escape, words)), re.I)
    return {table for table, rows in dump(name).items() if wanted.search(rows)}


# -- one person ----------------------------------------------------------------------------------


def make_source(env, snac, **values):
    demo = env.ref(f"{ADDON}.source_demo_fediverse")
    general = {"address": snac.base_url, "term": TERM, "state": "active"}
    return demo.copy({**general, "name": "General", **values})


def make_watcher(env, snac, partner):
    """Return a source that reads what this very person posts."""
    return make_source(
        env,
        snac,
        name="A source",
        connector="feed",
        address=snac.feed_url(USER),
        term=False,
        watched_partner_id=partner.id,
    )


def import_again(env, sources):
    """Read all of it from the beginning."""
    sources.sudo().write({"cursor": False, "next_run": False})
    sources._import()
    assert not any(sources.mapped("error_message")), sources.mapped("error_message")


def make_person(env, *purposes):
    partner = env["res.partner"].create(
        {"name": "Gerda Person", "email": "gerda@person.example", "lang": "en_US"}
    )
    for purpose in purposes:
        partner._give_social_consent(purpose, method="portal")
    return partner


def join(env, partner, mention):
    """Join a person with a post in all ways that there are."""
    category = env.ref(f"{ADDON}.category_interests")
    mention._match(partner)
    profile = env["social.profile"]._make(partner, mention.platform_id, mention.author_id.handle)
    env["social.enrichment"]._make(partner, category, HOBBY, profile=profile, field_name="function")
    note = partner.message_post(body=f"Posted: {mention.text}")
    consent = partner.social_consent_ids.filtered(lambda each: each.purpose_code == "match")
    env["social.copy"]._record(note, mention=mention, consent=consent)
    return mention.author_id.handle


def start(name, snac):
    """Import the person's posts, join them with the person, and return the ids."""
    with transaction(name) as env:
        partner = make_person(env, "match", "enrich", "monitor")
        source = make_source(env, snac)
        import_again(env, source)
        mention = env["social.mention"].search([("source_ids", "in", source.ids)])
        assert mention.text == TEXT.strip()
        handle = join(env, partner, mention)
        ids = partner.id, source.id
    assert PUBLIC <= find(name, USER)
    assert "res_partner" in find(name, HOBBY)
    assert "social_profile" in find(name, handle)
    return ids


def clear(name, partner_id, *source_ids):
    """Take away what a test leaves, so that the next one finds nothing of it."""
    with transaction(name) as env:
        sources = env["social.source"].browse(source_ids)
        env["social.mention"].search([("source_ids", "in", sources.ids)]).unlink()
        env["social.author"].search([("handle", "ilike", USER)]).unlink()
        env["res.partner"].browse(partner_id).exists().unlink()
        sources.exists().unlink()
        open_door(env["social.suppression"]).search([]).unlink()


def withdraw(env, partner, purpose):
    partner._withdraw_social_consent(purpose, method="link")


def object_to_all(env, partner, _purpose=None):
    partner._object_social(method="link")


def erase(env, partner, _purpose=None):
    [(_record, subject)] = partner._ensure_subjects()
    env["social.erasure"]._erase(subject)


# -- the promises --------------------------------------------------------------------------------


@pytest.mark.timeout(300)
def test_after_the_withdrawal_of_matching_nothing_leads_from_the_person_to_the_posts(copied, snac):
    partner_id, source_id = start(copied, snac)
    try:
        with transaction(copied) as env:
            withdraw(env, env["res.partner"].browse(partner_id), "match")
        assert find(copied, USER) <= PUBLIC
        assert find(copied, "quirkywords") <= {"social_mention"}
        assert not find(copied, HOBBY)
        assert not {"social_match", "social_profile"} & find(copied, f"\t{partner_id}\t")
    finally:
        clear(copied, partner_id, source_id)


@pytest.mark.timeout(300)
def test_after_the_withdrawal_of_watching_what_it_brought_is_gone(copied, snac):
    with transaction(copied) as env:
        partner = make_person(env, "monitor")
        watcher = make_watcher(env, snac, partner)
        import_again(env, watcher)
        assert env["social.mention"].search([("source_ids", "in", watcher.ids)])
        ids = partner.id, watcher.id
    try:
        assert "social_source" in find(copied, USER)
        with transaction(copied) as env:
            withdraw(env, env["res.partner"].browse(ids[0]), "monitor")
        assert not find(copied, USER, "quirkywords")
    finally:
        clear(copied, *ids)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("end", [object_to_all, erase])
def test_after_an_objection_nothing_is_found_and_nothing_comes_back(copied, snac, end):
    partner_id, source_id = start(copied, snac)
    with transaction(copied) as env:
        watcher_id = make_watcher(env, snac, env["res.partner"].browse(partner_id)).id
        import_again(env, env["social.source"].browse(watcher_id))
    try:
        with transaction(copied) as env:
            end(env, env["res.partner"].browse(partner_id))
        assert not find(copied, USER, "quirkywords", HOBBY)
        assert bool(find(copied, "Gerda Person", "gerda@person")) == (end is object_to_all)
        with transaction(copied) as env:
            source = env["social.source"].browse(source_id)
            import_again(env, source)
            assert "0 new" in source.last_summary
            assert "author objected" in source.last_summary
        assert not find(copied, USER, "quirkywords")
        with transaction(copied) as env:
            assert not env["social.consent.event"]._find_break()
    finally:
        clear(copied, partner_id, source_id, watcher_id)


# -- all or nothing ------------------------------------------------------------------------------


@pytest.fixture
def joined():
    """A contact with a consent and a match, committed and cleared away again."""
    with transaction() as env:
        mention = env.ref(f"{ADDON}.source_demo_fediverse")._store([make_post(4720)])
        partner = make_person(env, "match", "enrich")
        partner._give_social_consent("contact", "email", method="portal")
        handle = join(env, partner, mention)
        assert handle
        ids = partner.id, mention.id
    yield ids
    with transaction() as env:
        env["res.partner"].browse(ids[0]).unlink()
        env["social.mention"].browse(ids[1]).unlink()


def look(partner_id):
    """Return what there is of a person: rows behind the wall, the written value, the events."""
    with transaction() as env:
        partner = env["res.partner"].browse(partner_id)
        rows = [
            env[name].search_count([("partner_id", "=", partner_id)])
            for name in ("social.match", "social.profile", "social.enrichment")
        ]
        events = partner.social_consent_ids.event_ids
        return rows, partner.function, sorted(events.mapped("state"))


def withdraw_all(partner_id):
    with Registry(committed.database()).cursor() as cr:
        env = committed.api.Environment(cr, committed.SUPERUSER_ID, {})
        partner = env["res.partner"].browse(partner_id)
        retrying(lambda: partner._withdraw_social_consent(method="link"), env)


def withdraw_and_die(partner_id):
    """Die without a warning once the effects were carried out, and no event is written yet."""
    SocialStop._stop_queued = lambda *_args: os.kill(os.getpid(), signal.SIGKILL)
    withdraw_all(partner_id)


def test_a_withdrawal_that_is_killed_in_the_middle_did_nothing(joined):
    before = look(joined[0])
    assert before[0] == [1, 1, 1]
    _pid, status = os.waitpid(in_a_process(withdraw_and_die, joined[0]), 0)
    assert os.WIFSIGNALED(status), "it was not killed at work: this proved nothing"
    assert look(joined[0]) == before
    withdraw_all(joined[0])
    assert look(joined[0]) == ([0, 0, 0], False, ["given"] * 3 + ["withdrawn"] * 3)


def test_two_withdrawals_in_two_tabs_are_one(joined):
    codes = committed.at_once((withdraw_all, joined[0]), (withdraw_all, joined[0]))
    assert codes == [0, 0]
    assert look(joined[0]) == ([0, 0, 0], False, ["given"] * 3 + ["withdrawn"] * 3)
    with transaction() as env:
        assert not env["social.consent.event"]._find_break()
