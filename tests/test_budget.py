"""Platforms that want a key, and money: off until terms, key and limit are entered (R16)."""

import os
import signal
from collections import Counter
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import pytest
from freezegun import freeze_time

from odoo import modules
from odoo.exceptions import AccessError, UserError

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

import committed
from common import ADDON, Common
from counterparts.platforms import KEY, X, tweet

MAY = datetime(2026, 5, 20, 12, tzinfo=timezone.utc)
ALLOW_PRIVATE = f"{ADDON}.allow_private_addresses"


def make_tweets(count, start=0):
    written = MAY - timedelta(hours=1)
    return [
        tweet(
            int((written - timedelta(seconds=n)).timestamp() * 1000) - 1288834974657 << 22,
            f"Post {n}",
            (written - timedelta(seconds=n)).isoformat(),
        )
        for n in range(start, start + count)
    ]


def make_source(env, address, **values):
    platform = env.ref(f"{ADDON}.source_demo_fediverse").platform_id
    account = env["social.account"].create(
        {"name": "Ours", "connector": "x", "address": address, "secret": KEY, **values}
    )
    return env["social.source"].create(
        {
            "name": "X",
            "connector": "x",
            "kind": "search",
            "term": "parcel",
            "address": address,
            "account_id": account.id,
            "platform_id": platform.id,
            "balancing_test": "Public posts that name us.",
            "state": "active",
        }
    )


class TestBudget(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(ALLOW_PRIVATE, "True")
        cls.platform = cls.source.platform_id

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(X())
        self.enterContext(freeze_time(MAY))

    def make(self, limit, **values):
        source = make_source(self.env, self.server.url(""), read_limit=limit, **values)
        return source, source.account_id

    def mentions(self, source):
        return self.env["social.mention"].search([("source_ids", "in", source.ids)])

    def test_nothing_is_read_before_a_limit_is_entered(self):
        source, account = self.make(0)
        self.server.tweets = make_tweets(3)
        self.assertIn("how many a month", source.read_notice)
        source._import()
        self.assertFalse(self.server.requests)
        self.assertIn("how many a month", source.last_summary)
        self.assertFalse(source.failure_count or source.error_message)
        account.read_limit = 100
        self.assertFalse(source.next_run or source.read_notice)
        source._import()
        self.assertEqual(len(self.mentions(source)), 3)

    def test_what_is_not_used_of_a_request_is_given_back(self):
        source, account = self.make(100)
        self.server.tweets = make_tweets(3)
        source._import()
        self.assertEqual((account.read_count, self.server.billed), (3, 3))
        source._import()
        self.assertEqual((account.reads_this_month, self.server.billed), (3, 3))

    def test_a_used_up_limit_waits_for_the_next_month_and_is_no_failure(self):
        source, account = self.make(130)
        self.server.tweets = make_tweets(1, 4000)
        source._import()
        self.server.tweets += make_tweets(300)
        source._import()
        self.assertEqual((self.server.billed, account.read_count), (130, 130))
        self.assertEqual(len(self.mentions(source)), 130)
        self.assertEqual((source.state, source.failure_count), ("active", 0))
        self.assertIn("limit of 130 posts is used up", source.last_summary)
        self.assertIn("limit of 130 posts is used up", source.read_notice)
        self.assertEqual(str(source.next_run), "2026-06-01 00:00:00")
        asked = len(self.server.requests)
        source._import()
        self.assertEqual(len(self.server.requests), asked)
        with freeze_time("2026-06-01 00:00:01"):
            account.invalidate_recordset()
            self.assertEqual(account.reads_this_month, 0)
            self.server.tweets += make_tweets(20, -3600 * 24 * 11)
            source._import()
            self.assertGreater(len(self.server.requests), asked)
            self.assertLessEqual(account.read_count, 130)

    def test_a_raised_limit_wakes_the_source(self):
        source, account = self.make(10)
        self.server.tweets = make_tweets(50)
        source._import()
        self.assertEqual(str(source.next_run), "2026-06-01 00:00:00")
        account.read_limit = 100
        self.assertFalse(source.next_run)

    def test_several_sources_share_the_limit_of_their_account(self):
        source, account = self.make(25)
        other = source.copy({"state": "active", "term": "letter"})
        self.server.tweets = make_tweets(50)
        (source | other)._import()
        self.assertEqual((self.server.billed, account.read_count), (25, 25))

    def test_what_may_have_been_charged_for_stays_counted(self):
        source, account = self.make(300)
        self.server.failures = [(503, {}, {}), (401, {}, {}), (429, {}, {})]
        for _failure in range(3):
            source._import()
        self.assertEqual(account.read_count, 0)
        self.assertTrue(source.error_message)
        self.server.failures = [(200, {}, ["not an answer"])]
        source._import()
        self.assertEqual(account.read_count, 100)

    def test_looks_for_deletions_and_edits_are_paid_for_too(self):
        source, account = self.make(100)
        self.server.tweets = make_tweets(10)
        source._import()
        gone = self.server.tweets.pop()["id"]
        self.server.missing = {gone: "resource-not-found"}
        with freeze_time(MAY + timedelta(days=2)):
            source._follow_posts(Counter(), Counter())
            self.assertEqual(len(self.mentions(source)), 9)
            self.assertEqual((self.server.billed, account.read_count), (19, 19))
            account.read_limit = 23
        with freeze_time(MAY + timedelta(days=4)):
            source._follow_posts(Counter(), Counter())
            self.assertEqual((self.server.billed, account.read_count), (21, 21))
        with freeze_time(MAY + timedelta(days=6)):
            account.read_limit = 22
            self.assertFalse(source._follow_posts(Counter(), Counter()))
            self.assertEqual(self.server.billed, 21)

    def test_what_last_month_did_not_cost_is_no_room_in_this_one(self):
        source, account = self.make(300)
        with freeze_time("2026-06-01"):
            self.assertEqual(account._reserve_reads(10, 50), 50)
            source._settle_reads((100, MAY.date().replace(day=1)), 3)
            self.assertEqual(account.read_count, 50)

    def test_other_platforms_have_no_limit(self):
        self.assertFalse(self.source.read_notice)
        self.assertFalse(self.env["social.account"].new({"connector": "fediverse"}).is_paid)
        self.assertTrue(self.env["social.account"].new({"connector": "x"}).is_paid)

    def test_managers_see_the_limit_and_change_nothing(self):
        source, account = self.make(7)
        seen = account.with_user(self.manager)
        self.assertEqual((seen.read_limit, seen.reads_this_month), (7, 0))
        self.assertTrue(source.with_user(self.manager).read_notice)
        with self.assertRaises(AccessError):
            seen.write({"read_limit": 1000})
        with self.assertRaises(AccessError):
            seen.read(["secret"])

    def test_r16_without_a_verdict_on_the_terms_no_source_starts(self):
        for connector in ("youtube", "reddit", "x"):
            source = self.env["social.source"].create(
                {
                    "name": connector,
                    "connector": connector,
                    "kind": "search",
                    "term": "parcel",
                    "address": connectors.CONNECTORS[connector].address,
                    "platform_id": self.env.ref(f"{ADDON}.platform_{connector}").id,
                    "balancing_test": "Public posts that name us.",
                }
            )
            with self.assertRaises(ConsentRequired):
                source.action_activate()

    def test_a_source_neither_starts_nor_goes_on_without_an_account(self):
        source, _account = self.make(100)
        with self.assertRaisesRegex(UserError, "who asks"):
            source.account_id = False
        with self.assertRaisesRegex(UserError, "who asks"):
            self.make(100, secret=False)

    def test_an_account_whose_key_is_gone_costs_nothing(self):
        source, account = self.make(100)
        account.secret = False
        source._import()
        self.assertTrue(source.error_message)
        self.assertEqual((account.read_count, self.server.requests), (0, []))


@pytest.fixture
def sources(monkeypatch):
    """Two sources of one account with a limit, committed and cleared away again."""
    monkeypatch.setattr(modules.module, "current_test", None)
    with X() as server:
        now = datetime.now(timezone.utc) - MAY + timedelta(minutes=50)
        with freeze_time(datetime.now(timezone.utc)):
            server.tweets = [
                {**one, "id": str(int(one["id"]) + (int(now.total_seconds() * 1000) << 22))}
                for one in make_tweets(500)
            ]
        for one in server.tweets:
            one["edit_history_tweet_ids"] = [one["id"]]
        with committed.transaction() as env:
            env["ir.config_parameter"].set_param(ALLOW_PRIVATE, "True")
            first = make_source(env, server.url(""), read_limit=95)
            found = first | first.copy({"state": "active", "term": "letter"})
        yield server, found.ids
        with committed.transaction() as env:
            found = env["social.source"].browse(found.ids)
            account = found.account_id
            env["social.mention"].search([("source_ids", "in", found.ids)]).unlink()
            found.unlink()
            account.unlink()
            env["ir.config_parameter"].set_param(ALLOW_PRIVATE, False)


def die_after_asking(id_):
    """Import, and be killed between the platform's answer and its storing."""
    fetch = connectors.fetch

    def fetch_and_die(*args):
        fetch(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    with patch.object(connectors, "fetch", fetch_and_die):
        committed.import_now(id_)


def test_a_crash_before_storing_leaves_what_was_charged_counted(sources):
    server, ids = sources
    for _attempt in range(4):
        assert committed.at_once((die_after_asking, ids[0])) in ([-signal.SIGKILL], [0])
        with committed.transaction() as env:
            source = env["social.source"].browse(ids[0])
            assert not env["social.mention"].search([("source_ids", "in", ids)])
            assert 0 < server.billed <= source.account_id.read_count <= 95
    # The limit holds for whoever comes after the crash, too.
    committed.import_now(ids[1])
    assert server.billed <= 95


def test_two_workers_together_do_not_exceed_the_limit(sources):
    server, ids = sources
    for _attempt in range(3):
        assert committed.at_once(*((committed.import_now, id_) for id_ in ids * 2)) == [0] * 4
    with committed.transaction() as env:
        account = env["social.source"].browse(ids[0]).account_id
        assert server.billed <= account.read_count <= 95
    assert server.billed > 0
