"""Promises that need real, committed transactions: killed jobs, crossing acts, refusals."""

import dataclasses
import random
import subprocess
import sys
from functools import partial
from pathlib import Path

import psycopg2
import pytest

from odoo import SUPERUSER_ID, Command, api, modules
from odoo.exceptions import ConcurrencyError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tools import config, mute_logger

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.models import social_consent_import
from odoo.addons.social_consent_monitoring.models.social_source_import import SocialSourceImport

import committed
import old_lists
from committed import ADDON, TERM, transaction
from common import make_post
from counterparts.snac import Snac

KILLS = 12
ROOT = Path(__file__).parents[1]
POSTS_EACH = 10
# To calls and SMS, by whoever wrote it down.
BY_STAFF = {"method": "staff", "evidence": {"note": "On the phone."}}


@pytest.fixture(autouse=True)
def as_a_server(monkeypatch):
    """What a running test changes in Odoo and in the addon is off."""
    monkeypatch.setattr(modules.module, "current_test", None)


@pytest.fixture
def snac(tmp_path):
    with Snac(tmp_path / "server") as server:
        server.add_user("ada")
        yield server


@pytest.fixture
def source_id(as_a_server, snac):
    with committed.source_of(snac.base_url) as found:
        yield found


def test_an_import_killed_again_and_again_loses_and_doubles_nothing(snac, source_id):
    written, stored, killed = committed.write_and_kill(
        snac, source_id, KILLS, POSTS_EACH, random.Random(20260501)
    )
    assert sorted(stored) == sorted(written)
    assert killed, "no run was killed at work: this proved nothing"


def save_while_fetching(monkeypatch, source_id, vals):
    """Let somebody save the source each time that the server is asked."""
    fetch = connectors.fetch

    def fetch_slowly(*args):
        page = fetch(*args)
        with transaction() as env:
            env["social.source"].browse(source_id).write(vals)
        return page

    monkeypatch.setattr(connectors, "fetch", fetch_slowly)


def test_an_import_beside_which_the_source_is_saved_loses_nothing(snac, source_id, monkeypatch):
    snac.post("ada", f"While you write #{TERM}")
    save_while_fetching(monkeypatch, source_id, {"name": "Renamed"})
    committed.import_now(source_id)
    with transaction() as env:
        source = env["social.source"].browse(source_id)
        assert (source.name, source.error_message) == ("Renamed", False)
        assert env["social.mention"].search_count([("source_ids", "in", source.ids)]) == 1


def test_a_page_of_an_address_that_was_changed_meanwhile_is_not_stored(
    snac, source_id, monkeypatch
):
    snac.post("ada", f"From the old address #{TERM}")
    save_while_fetching(monkeypatch, source_id, {"term": "another"})
    committed.import_now(source_id)
    with transaction() as env:
        assert not env["social.mention"].search([("source_ids", "in", [source_id])])
        assert not env["social.source"].browse(source_id).cursor


def test_paused_in_mid_page_it_stores_no_page_more_and_goes_on_where_it_stood(
    snac, source_id, monkeypatch
):
    """A user pauses it while the server is asked, with a cursor of its own."""
    snac.post("ada", f"While you pause #{TERM}")
    snac.wait_for_tag("ada", TERM, 1)
    save_while_fetching(monkeypatch, source_id, {"state": "paused"})
    committed.import_now(source_id)
    with transaction() as env:
        source = env["social.source"].browse(source_id)
        assert (source.state, source.cursor, source.error_message) == ("paused", False, False)
        assert not env["social.mention"].search([("source_ids", "in", source.ids)])
        assert source.run_ids.state == "stopped"
    monkeypatch.undo()
    monkeypatch.setattr(modules.module, "current_test", None)
    with transaction() as env:
        env["social.source"].browse(source_id).action_activate()
    committed.import_now(source_id)
    with transaction() as env:
        assert env["social.mention"].search_count([("source_ids", "in", [source_id])]) == 1


def test_two_sources_that_bring_the_same_post_at_once_both_keep_it(snac, source_id, monkeypatch):
    snac.post("ada", f"Seen twice #{TERM}")
    with transaction() as env:
        twin_id = env["social.source"].browse(source_id).copy({"state": "active"}).id
    store, crossed = SocialSourceImport._store_page, []

    def store_late(source, page, position):
        # This transaction has looked at the database before the other one stores the post.
        source.env.cr.execute("SELECT 1")
        if source.id == source_id and page.posts and not crossed:
            crossed.append(True)
            committed.import_now(twin_id)
        return store(source, page, position)

    monkeypatch.setattr(SocialSourceImport, "_store_page", store_late)
    committed.import_now(source_id)
    assert crossed
    with transaction() as env:
        sources = env["social.source"].browse([source_id, twin_id])
        assert not any(sources.mapped("error_message")), sources.mapped("error_message")
        mention = env["social.mention"].search([("source_ids", "in", sources.ids)])
        assert len(mention) == 1
        assert mention.source_ids == sources
        sources[1].unlink()


def test_a_source_at_which_another_worker_is_busy_is_left_alone(snac, source_id):
    snac.post("ada", f"Read by one #{TERM}")
    with transaction() as env, env["social.source"].browse(source_id)._alone() as alone:
        assert alone
        committed.import_now(source_id)
    with transaction() as env:
        source = env["social.source"].browse(source_id)
        assert not source.last_run
        assert not source.run_ids
        # Nor does anything that stores its posts wait, or go on beside the other one.
        with transaction() as other:
            assert other["social.source"].browse(source_id)._try_lock()
            assert not source._try_lock()
    committed.import_now(source_id)
    with transaction() as env:
        assert env["social.source"].browse(source_id).last_success


def test_two_workers_read_each_source_once(snac, source_id):
    """The two jobs start together on the same list; what one reads, the other leaves."""
    snac.post("ada", f"Read by two #{TERM}")
    with transaction() as env:
        source = env["social.source"].browse(source_id)
        source_ids = [source_id, *(source.copy({"state": "active"}).id for _number in range(5))]
    assert committed.at_once((import_due, source_ids), (import_due, source_ids)) == [0, 0]
    with transaction() as env:
        sources = env["social.source"].browse(source_ids)
        assert all(source.last_success and len(source.run_ids) == 1 for source in sources)
        sources[1:].unlink()


def import_due(source_ids):
    with transaction() as env:
        sources = env["social.source"].with_context(import_commits=True).browse(source_ids)
        sources._import(due_only=True)


def test_a_page_and_its_numbers_are_seen_by_others_while_the_run_goes_on(
    snac, source_id, monkeypatch
):
    for number in range(3):
        snac.post("ada", f"Number {number} #{TERM}")
    fetch, seen = connectors.fetch, []

    def look_first(*args):
        with transaction() as env:
            seen.append(env["social.source"].browse(source_id).run_progress)
        page = fetch(*args)
        return dataclasses.replace(page, more=len(seen) < 2)

    monkeypatch.setattr(connectors, "fetch", look_first)
    committed.import_now(source_id)
    assert seen == ["Running: page 1, 0 posts so far", "Running: page 2, 3 posts so far"]


@pytest.fixture
def matchable(as_a_server):
    """A contact with consent and a mention, committed and cleared away again."""
    with transaction() as env:
        source = env.ref(f"{ADDON}.source_demo_fediverse")
        partner = env["res.partner"].create({"name": "Racer", "lang": "en_US"})
        mention = source._store([make_post(4711)])
        partner._give_social_consent("match", method="portal")
        ids = partner.id, mention.id
    yield ids
    with transaction() as env:
        env["res.partner"].browse(ids[0]).unlink()
        env["social.mention"].browse(ids[1]).unlink()


def match(env, partner_id, mention_id):
    env["social.mention"].browse(mention_id)._match(env["res.partner"].browse(partner_id))


def withdraw(env, partner_id, _mention_id):
    env["res.partner"].browse(partner_id)._withdraw_social_consent("match", method="portal")


def cross(matching, change, match_first, ids, partner_id):
    """Let a match and what takes its basis away begin on what stood before; no match is left.

    The later one must not go on with what it saw then.
    """
    first, second = (matching, change) if match_first else (change, matching)
    with transaction() as late:
        late.cr.execute("SELECT 1")
        with transaction() as early:
            first(early, *ids)
        with pytest.raises(psycopg2.errors.SerializationFailure), mute_logger("odoo.sql_db"):
            second(late, *ids)
        late.cr.rollback()
        # Odoo starts it again.
        if match_first:
            second(late, *ids)
        else:
            with pytest.raises(ConsentRequired):
                second(late, *ids)
    with transaction() as env:
        assert not env["social.match"].search([("partner_id", "=", partner_id)])


@pytest.mark.parametrize("match_first", [True, False])
def test_r2_a_match_and_a_withdrawal_that_cross_leave_no_match(matchable, match_first):
    cross(match, withdraw, match_first, matchable, matchable[0])


@pytest.fixture
def watched(as_a_server):
    """A monitoring service that runs, and a post of its customer, committed and cleared away again."""
    with transaction() as env:
        platform = env.ref(f"{ADDON}.platform_fediverse")
        handle = {"platform_id": platform.id, "handle": "racer@social.example"}
        contract = env["social.contract"].create(
            {
                "name": "Race",
                "partner_id": env["res.partner"].create({"name": "Racer"}).id,
                "kind": "monitor",
                "note": "Agreed.",
                "handle_ids": [Command.create(handle)],
            }
        )
        source = env.ref(f"{ADDON}.source_demo_fediverse")
        mention = source._store([make_post(4712, author="racer@social.example")])
        ids = contract.id, contract.partner_id.id, mention.id
    yield ids
    with transaction() as env:
        env["res.partner"].browse(ids[1]).unlink()
        env["social.mention"].browse(ids[2]).unlink()


def match_by_contract(env, _contract_id, partner_id, mention_id):
    match(env, partner_id, mention_id)


def end(env, contract_id, *_others):
    env["social.contract"].browse(contract_id).action_end()


def remove_handles(env, contract_id, *_others):
    env["social.contract"].browse(contract_id).handle_ids.unlink()


@pytest.mark.parametrize("change", [end, remove_handles])
@pytest.mark.parametrize("match_first", [True, False])
def test_r4_the_end_of_a_contract_misses_nothing_that_comes_to_rest_on_it(
    watched, change, match_first
):
    cross(match_by_contract, change, match_first, watched, watched[1])


@pytest.fixture
def free_company(matchable):
    """A contact that is a company, where those are free, and a mention; the setting goes back."""
    with transaction() as env:
        partner = env["res.partner"].browse(matchable[0])
        partner._withdraw_social_consent("match", method="portal")
        partner.is_company = True
        env.company.social_companies = "free"
    yield matchable
    with transaction() as env:
        env.company.social_companies = "protect"


def become_person(env, partner_id, _mention_id):
    env["res.partner"].browse(partner_id).is_company = False
    env.flush_all()


def protect_companies(env, _partner_id, _mention_id):
    env.company.social_companies = "protect"
    env.flush_all()


@pytest.mark.parametrize("change", [become_person, protect_companies])
@pytest.mark.parametrize("match_first", [True, False])
def test_r2_no_match_of_a_company_outlives_what_it_rests_on(free_company, change, match_first):
    cross(match, change, match_first, free_company, free_company[0])


def merge(env, partner_id, _mention_id):
    target = env["res.partner"].create({"name": "Twin", "lang": "en_US"})
    target._give_social_consent("match", method="portal")
    source = env["res.partner"].browse(partner_id)
    source.social_subject_id  # noqa: B018 - what it reads now is old at the end
    wizard = env["base.partner.merge.automatic.wizard"]
    wizard._update_foreign_keys(source, target)


@pytest.mark.parametrize("act", ["_withdraw_social_consent", "_object_social"])
def test_a_merge_loses_no_withdrawal_that_was_committed_meanwhile(matchable, act):
    with transaction() as late:
        late.cr.execute("SELECT 1")
        with transaction() as early:
            getattr(early["res.partner"].browse(matchable[0]), act)("match", method="portal")
        with pytest.raises(ConcurrencyError):
            merge(late, *matchable)
        late.cr.rollback()


def test_a_withdrawal_of_everything_misses_nothing_that_is_given_meanwhile(matchable):
    with transaction() as late:
        late.cr.execute("SELECT 1")
        with transaction() as early:
            partner = early["res.partner"].browse(matchable[0])
            partner._give_social_consent("enrich", method="portal")
        partner = late["res.partner"].browse(matchable[0])
        link = late["social.link"]._make_withdrawal(partner.social_subject_id)
        for withdraw_everything in (
            lambda: partner._withdraw_social_consent(method="portal"),
            lambda: late["social.consent"]._get_of_link(link)._say_no({}),
        ):
            with pytest.raises(ConcurrencyError):
                withdraw_everything()
        late.cr.rollback()


def change_purpose(env):
    notice = env.ref(f"{ADDON}.notice_match_en")
    changes = {"change_kind": "purpose", "purpose_statement": "We would like to sell."}
    notice.copy(changes).action_publish()


def test_r6_a_changed_purpose_misses_no_match_that_is_made_meanwhile(matchable):
    with transaction() as late:
        late.cr.execute("SELECT 1")
        with transaction() as early:
            match(early, *matchable)
        with pytest.raises(psycopg2.errors.SerializationFailure), mute_logger("odoo.sql_db"):
            change_purpose(late)
        late.cr.rollback()
        # Odoo starts it again.
        change_purpose(late)
        late.cr.execute("SELECT count(*) FROM social_match WHERE partner_id = %s", [matchable[0]])
        assert late.cr.fetchone() == (0,)
        # The other tests go on with the notice as it was.
        late.cr.rollback()


def change_and_match(partner_id):
    with transaction() as env:
        partner = env["res.partner"].browse(partner_id)
        partner.name = "Changed"
        env["social.policy"]._enforce("match", partner)


def test_r25_a_refusal_is_logged_although_the_error_undoes_the_act():
    with transaction() as env:
        before = env["social.decision"].search([], limit=1).id
        partner_id = env["res.partner"].create({"name": "Nobody"}).id
    try:
        with pytest.raises(ConsentRequired):
            change_and_match(partner_id)
        with transaction() as env:
            assert env["res.partner"].browse(partner_id).name == "Nobody"
            rows = env["social.decision"].search([("id", ">", before)])
            assert rows.mapped("reason") == ["never_asked"]
            open_door(rows).unlink()
    finally:
        with transaction() as env:
            env["res.partner"].browse(partner_id).unlink()


def test_r25_a_refusal_in_a_company_that_is_not_committed_is_refused_and_logged():
    with transaction() as env:
        before = env["social.decision"].search([], limit=1).id
        company = env["res.company"].create({"name": "Not there yet"})
        partner = env["res.partner"].create({"name": "Nobody"})
        with pytest.raises(ConsentRequired):
            env["social.policy"].with_company(company)._enforce("match", partner)
        env.cr.rollback()
    with transaction() as env:
        rows = env["social.decision"].search([("id", ">", before)])
        assert rows.mapped("reason") == ["never_asked"]
        assert not rows.company_id
        open_door(rows).unlink()


@pytest.fixture
def people(as_a_server):
    """Contacts, committed; their events stay, as events do."""
    with transaction() as env:
        partners = env["res.partner"].create(
            [{"name": f"Crowd {number}", "lang": "en_US"} for number in range(40)]
        )
        partners._ensure_subjects()
        ids = partners.ids
    yield ids
    with transaction() as env:
        env["res.partner"].browse(ids).unlink()


OLD_CONSENTS = 400


@pytest.fixture
def lists(as_a_server, monkeypatch):
    """Two imports of the same lines for other persons; their events stay, as events do."""
    monkeypatch.setattr(social_consent_import, "BATCH", 10)
    with transaction() as env:
        people = old_lists.make_people(env, OLD_CONSENTS)
        batches = old_lists.start(env, OLD_CONSENTS)
    yield batches
    with transaction() as env:
        env["social.consent.import"].browse(batches).unlink()
        env["res.partner"].browse(people).unlink()


def test_r9_an_import_killed_in_the_middle_gives_the_same_events_as_one_that_was_not(lists):
    killed = old_lists.kill_again_and_again(lists[0], KILLS, random.Random(20261129), 0.4)
    assert killed, "no run was killed at work: this proved nothing"
    for batch_id in lists:
        old_lists.record(batch_id)
    assert old_lists.compare(lists) >= OLD_CONSENTS


def test_an_import_at_which_another_worker_is_busy_is_left_alone(lists):
    record = (old_lists.record, lists[0])
    assert committed.at_once(record, record) == [0, 0]
    old_lists.record(lists[0])
    with transaction() as env:
        batch = env["social.consent.import"].browse(lists[0])
        assert (batch.state, batch.error) == ("done", False)
        assert old_lists.count_events(env, "killed") == batch.recorded_count


def test_who_sent_a_campaign_can_be_deleted_and_the_campaign_goes_along(as_a_server):
    with transaction() as env:
        user = env["res.users"].create({"name": "Sender", "login": "sender-of-a-campaign"})
        partner = env["res.partner"].create({"name": "Asked"})
        campaign = env["social.consent.campaign"].create({"name": "Spring"})
        open_door(campaign).user_id = user
        purpose = campaign.purpose_id
        vals = {
            "user_id": user.id,
            "company_id": env.company.id,
            "purpose_id": purpose.id,
            "occasion": "asked_for",
            "campaign_id": campaign.id,
            "line_ids": [Command.create({"partner_id": partner.id})],
        }
        batch = open_door(env["social.consent.request.batch"]).create(vals)
        ids = user.id, campaign.id, batch.id
        contacts = (partner | user.partner_id).ids
    with transaction() as env:
        env["res.users"].browse(ids[0]).unlink()
    with transaction() as env:
        assert not env["social.consent.campaign"].browse(ids[1]).exists()
        assert not env["social.consent.request.batch"].browse(ids[2]).exists()
        env["res.partner"].browse(contacts).unlink()


def decide_in_a_loop(ids, channel, acts, persons, seed):
    """Let several persons at a time decide, in an order of this process's own; no second try."""
    chance = random.Random(seed)
    for _number in range(acts):
        with transaction() as env:
            # What is read now is old by the time that it is this act's turn.
            env.cr.execute("SELECT 1")
            partners = env["res.partner"].browse(chance.sample(ids, persons))
            partners._give_social_consent("contact", channel, **BY_STAFF)


def decide_the_same(ids, acts):
    """Decide the very same consents, as Odoo runs every request: with further tries."""
    for _number in range(acts):
        with Registry(committed.database()).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partners = env["res.partner"].browse(ids)
            retrying(partial(partners._give_social_consent, "contact", "phone", **BY_STAFF), env)


def count_events(env, ids):
    keys = env["res.partner"].browse(ids).mapped("social_subject_key")
    return env["social.consent.event"].search_count([("subject_key", "in", keys)])


def test_two_processes_that_append_2000_events_at_once_leave_every_chain_whole(people):
    own, shared = people[:20], people[20:]
    codes = committed.at_once(
        (decide_in_a_loop, own + shared, "email", 200, 5, 1),
        (decide_in_a_loop, shared, "sms", 200, 5, 2),
    )
    assert codes == [0, 0]
    with transaction() as env:
        keys = env["res.partner"].browse(people).mapped("social_subject_key")
        assert not env["social.consent.event"]._verify(keys)
        assert count_events(env, people) == 2000


def test_the_same_consent_decided_at_once_by_two_processes_fails_neither(people):
    same = people[:3]
    assert committed.at_once((decide_the_same, same, 5), (decide_the_same, same, 5)) == [0, 0]
    with transaction() as env:
        keys = env["res.partner"].browse(same).mapped("social_subject_key")
        assert not env["social.consent.event"]._verify(keys)
        assert count_events(env, same) == 2 * 5 * len(same)


@pytest.mark.parametrize("crossing", ["the first is at work", "the first has just ended"])
def test_of_two_seals_at_once_the_second_makes_none_and_fails_not(
    people, tmp_path, monkeypatch, crossing
):
    monkeypatch.setitem(config.options, "data_dir", str(tmp_path))
    with transaction() as env:
        env["res.partner"].browse(people[:1])._give_social_consent("match", method="portal")
    with transaction() as second:
        # What it reads from now on is as old as this.
        second.cr.execute("SELECT set_config('lock_timeout', '5s', true)")
        with transaction() as first:
            seal = first["social.consent.seal"]._seal()
            assert seal
            if crossing == "the first is at work":
                assert not second["social.consent.seal"]._seal()
                first.cr.rollback()
        if crossing == "the first has just ended":
            assert not second["social.consent.seal"]._seal()
    with transaction() as env:
        seals = env["social.consent.seal"]
        assert bool(seals._seal()) == (crossing == "the first is at work")
        assert not seals._find_break()
        env.cr.rollback()


def check(*options):
    """Run the command as the README has it, and return its exit code and what it says."""
    command = [sys.executable, "-c", "import odoo.cli; odoo.cli.main()", "social_consent_check"]
    database_options = [
        f"--{name}={config[name]}" for name in ("db_host", "db_port") if config[name]
    ]
    done = subprocess.run(
        [
            *command,
            "-d",
            committed.database(),
            f"--addons-path={ROOT}",
            *database_options,
            *options,
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_the_command_line_names_the_first_broken_link(people, tmp_path, monkeypatch):
    with monkeypatch.context() as elsewhere, transaction() as env:
        elsewhere.setitem(config.options, "data_dir", str(tmp_path))
        env["res.partner"].browse(people[:1])._give_social_consent("match", method="portal")
        seal = env["social.consent.seal"]._seal()
        anchor, sealed = seal._get_anchor(), seal.hash
    anchors = tmp_path / "anchors"
    anchors.write_text(anchor)
    code, said = check(f"--anchors={anchors}")
    assert (code, "Whole" in said) == (0, True), said
    anchors.write_text(anchor.replace(sealed, "0" * 64))
    code, said = check(f"--anchors={anchors}")
    assert (code, "anchored outside" in said) == (1, True), said
    code, said = check("--anchors=/nowhere")
    assert (code, "cannot be read" in said) == (1, True), said


def leave_traces(env):
    """Let everything come about that a database may hold of the addon."""
    env["ir.config_parameter"].set_param(f"{ADDON}.request_days", "3")
    env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
    partner = env["res.partner"].create({"name": "Ada", "email": "ada@example.com"})
    paper = env["ir.attachment"].create({"name": "paper.pdf", "raw": b"signed"})
    evidence = {"medium": "paper", "attachment_ids": paper.ids}
    partner._give_social_consent("match", method="staff", evidence=evidence)
    partner._request_social_consent("contact", "email")
    partner._get_social_consent_url()
    assert env["social.consent.seal"]._seal()


def find_remains(env):
    """Return what is in the database that only the addon can have brought.

    Odoo's own social_media has its columns in the companies.
    """
    found = []
    for kind, query in {
        "relation": "SELECT relname FROM pg_class WHERE relname LIKE '%%social%%'",
        "column": "SELECT table_name || '.' || column_name FROM information_schema.columns"
        " WHERE column_name LIKE '%%social%%' AND table_name != 'res_company'",
        "function": "SELECT proname FROM pg_proc WHERE proname LIKE '%%social%%'",
        "trigger": "SELECT tgname FROM pg_trigger WHERE tgname LIKE '%%social%%'",
        "parameter": "SELECT key FROM ir_config_parameter WHERE key LIKE 'social%%'",
        "attachment": "SELECT res_model || ': ' || name FROM ir_attachment"
        " WHERE res_model LIKE 'social.%%'",
        "message": "SELECT model FROM mail_message WHERE model LIKE 'social.%%'",
        "model": "SELECT model FROM ir_model WHERE model LIKE 'social.%%'",
        "name": f"SELECT module || '.' || name FROM ir_model_data WHERE module = '{ADDON}'",
    }.items():
        env.cr.execute(query)
        found += [(kind, row[0]) for row in env.cr.fetchall()]
    return found


@pytest.mark.timeout(600)
def test_uninstalled_with_all_its_data_nothing_is_left_and_it_may_come_back():
    with committed.copy_of_database() as name:
        with transaction(name) as env:
            leave_traces(env)
            anchors = env["social.consent.seal"]._get_file()
        try:
            assert anchors.exists()
            committed.manage_addon("uninstall", name)
            with transaction(name) as env:
                assert find_remains(env) == []
            assert not anchors.exists()
            assert len(list(anchors.parent.glob(f"{name}.*.jsonl"))) == 1
            committed.manage_addon("install", name)
            with transaction(name) as env:
                leave_traces(env)
            with transaction(name) as env:
                assert len(env["social.consent.seal"].search([])) == 1
                assert not env["social.consent.event"]._find_break()
        finally:
            for path in anchors.parent.glob(f"{name}.*"):
                path.unlink()
