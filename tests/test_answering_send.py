"""An answer is sent once, and only where it may be: real fediverse server, real Bluesky network."""

import dataclasses
import functools
import json
import urllib.request
from unittest.mock import patch

import pytest

from odoo.exceptions import UserError

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from answers import ABSTRACT, PERSONAL, Answering
from common import ADDON
from counterparts.snac import Snac


def closed(*_arguments):
    raise connectors.ConnectorError("unreachable", {"host": "a.example", "reason": "closed"})


class Sending(Answering):
    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
        self.env.company.write({"social_answer_approval": "none", "social_names": "parcel"})
        check = connectors.check

        def without_pause(connector, query, items):
            return check(connector, dataclasses.replace(query, pause=0), items)

        self.enterContext(patch.object(connectors, "check", without_pause))

    def follow(self, days=2):
        with self.after(days=days):
            self.env["social.answer"].sudo()._cron_follow()

    def lose_the_reply(self):
        """Let answers arrive, and their confirmation get lost."""
        send = connectors.send

        def lost(*arguments):
            send(*arguments)
            closed()

        return patch.object(connectors, "send", lost)


class TestFediverse(Sending):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.snac = cls.enterClassContext(Snac.temporary("ada", "brand"))

    def setUp(self):
        super().setUp()
        self.account.sudo().write(
            {"address": self.snac.base_url, "secret": self.snac.token("brand")}
        )
        tag = f"nordlicht{self._testMethodName[-30:].replace('_', '')}"
        self.posted = self.snac.post("ada", f"Where is my parcel? #{tag}")
        self.snac.wait_for_tag("ada", tag, 1)
        self.own = self.source.copy({"address": self.snac.base_url, "term": tag, "state": "active"})
        self.own._import()
        self.mention = self.env["social.mention"].search([("source_ids", "in", self.own.ids)])
        self.assertTrue(self.mention, self.own.error_message)

    def read_answers(self):
        """Return the texts under the post, as its server tells them."""
        number = self.mention.locator.partition("/")[2]
        address = f"{self.snac.base_url}/api/v1/statuses/{number}/context"
        header = {"Authorization": f"Bearer {self.snac.token('brand')}"}
        with urllib.request.urlopen(urllib.request.Request(address, headers=header)) as answer:
            return [status["content"] for status in json.load(answer)["descendants"]]

    def test_it_stands_there_and_the_mention_is_answered(self):
        answer = self.write_answer()
        answer.action_send()
        self.assertFalse(answer.error)
        self.assertEqual(answer.state, "sent")
        [there] = self.read_answers()
        self.assertIn(ABSTRACT, there)
        self.assertTrue(answer.url.startswith(f"{self.snac.base_url}/brand/"))
        self.assertEqual(self.mention.state, "answered")
        self.assertTrue(self.mention.first_answered_at)
        self.assertEqual(answer.action_open_url()["url"], answer.url)
        with self.assertRaises(UserError):
            answer.action_send()
        self.assertEqual(len(self.read_answers()), 1)

    def test_r16_nothing_is_sent_where_nobody_read_that_the_terms_allow_it(self):
        self.platform.terms_allow_answers = False
        answer = self.write_answer()
        with self.assertRaises(ConsentRequired):
            answer.action_send()
        self.assertEqual((answer.state, self.read_answers()), ("draft", []))
        # By hand, on the platform, it is its user who keeps to the terms.
        answer.action_copy()
        self.assertEqual(answer.state, "copied")

    def test_r19_a_refused_answer_does_not_reach_the_server(self):
        answer = self.write_answer("Dear Ms Lindqvist")
        with self.assertRaises(ConsentRequired):
            answer.action_send()
        self.assertEqual(self.read_answers(), [])

    def test_what_waits_for_approval_is_sent_by_it_and_not_before(self):
        self.env.company.social_answer_approval = "all"
        answer = self.write_answer()
        answer.action_send()
        self.assertEqual((answer.state, self.read_answers()), ("waiting", []))
        answer.with_user(self.manager).action_approve()
        self.assertEqual(answer.state, "sent")
        self.assertEqual(answer.approver_id, self.manager)
        self.assertEqual(len(self.read_answers()), 1)

    def test_r19_a_personal_answer_with_consent_is_approved_sent_and_stands_there(self):
        self.env.company.social_answer_approval = "personal"
        self.platform.terms_allow_push = True
        answer = self.write_answer(PERSONAL)
        with self.assertRaises(ConsentRequired):
            answer.action_send()
        self.match()
        answer.action_send()
        self.assertEqual((answer.state, answer.kind), ("waiting", "personal"))
        answer.with_user(self.manager).action_approve()
        self.assertFalse(answer.error)
        self.assertEqual((answer.state, self.mention.state), ("sent", "answered"))
        [there] = self.read_answers()
        self.assertIn("Dear Ms Lindqvist", there)
        log = self.env["social.decision"].search([("act", "=", "reply_personal")])
        self.assertEqual(set(log.mapped("result")), {"allowed"})
        self.withdraw("match")
        self.assertFalse(answer.text)
        self.assertEqual(answer.state, "sent")

    def test_r19_what_was_approved_does_not_go_out_once_the_consent_is_withdrawn(self):
        self.env.company.social_answer_approval = "personal"
        self.platform.terms_allow_push = True
        self.match()
        answer = self.write_answer(PERSONAL)
        answer.action_send()
        self.withdraw("match")
        with self.assertRaises(UserError):
            answer.with_user(self.manager).action_approve()
        self.assertEqual(self.read_answers(), [])

    def test_where_the_confirmation_is_lost_it_is_found_and_not_sent_twice(self):
        answer = self.write_answer()
        with self.lose_the_reply():
            answer.action_send()
        self.assertEqual((answer.state, answer.is_uncertain), ("failed", True))
        self.assertIn("looks first", answer.error)
        self.assertEqual(self.mention.state, "new")
        with self.assertRaises(UserError):
            answer.text = "Another text, which would be a second answer"
        with self.assertRaises(UserError):
            answer.unlink()
        answer.action_send()
        self.assertEqual((answer.state, answer.is_uncertain), ("sent", False))
        self.assertEqual(len(self.read_answers()), 1)

    def test_a_killed_sender_leaves_a_trace_that_is_looked_up_and_nothing_is_sent(self):
        arrived, lost = self.write_answer(), None
        with self.lose_the_reply(), patch.object(type(arrived), "_note_failure", lambda *_: None):
            arrived.action_send()
        self.assertEqual(arrived.state, "sending")
        self.follow(days=0)
        self.assertEqual(arrived.state, "sending", "it may still be at it")
        with self.after(hours=1):
            self.env["social.answer"].sudo()._cron_follow()
        self.assertEqual(arrived.state, "sent")
        lost = self.write_answer("Another one.", despite_others=True)
        with (
            patch.object(connectors, "send", closed),
            patch.object(type(lost), "_note_failure", lambda *_: None),
        ):
            lost.action_send()
        with self.after(hours=1):
            self.env["social.answer"].sudo()._cron_follow()
        self.assertEqual(lost.state, "failed")
        self.assertEqual(len(self.read_answers()), 1)
        lost.action_send()
        self.assertEqual(len(self.read_answers()), 2)

    def test_a_wrong_key_fails_in_words_and_the_mention_stays_open(self):
        self.account.sudo().secret = "not the key"
        answer = self.write_answer()
        answer.action_send()
        self.assertEqual((answer.state, answer.is_uncertain), ("failed", False))
        self.assertIn("does not accept the key", answer.error)
        self.assertNotIn("not the key", answer.error)
        self.assertEqual(self.mention.state, "new")

    def test_a_post_that_is_gone_is_said(self):
        self.snac.delete("ada", self.posted)
        answer = self.write_answer()
        answer.action_send()
        self.assertIn("not there any more", answer.error)

    def test_a_server_that_does_not_answer_fails_in_words(self):
        self.account.sudo().address = "http://127.0.0.1:9"
        answer = self.write_answer()
        answer.action_send()
        self.assertEqual((answer.state, answer.is_uncertain), ("failed", False))
        self.assertIn("cannot be reached", answer.error)

    def test_what_is_deleted_there_is_shown_here(self):
        answer = self.write_answer()
        answer.action_send()
        self.follow()
        self.assertEqual(answer.state, "sent")
        self.snac.delete("brand", answer.sudo().external_id)
        self.follow(days=0)
        self.assertEqual(answer.state, "sent", "asked once a day")
        self.follow(days=4)
        self.assertEqual(answer.state, "deleted")

    def test_a_server_that_says_nothing_changes_nothing(self):
        answer = self.write_answer()
        answer.action_send()
        self.account.sudo().address = "http://127.0.0.1:9"
        self.follow()
        self.assertEqual(answer.state, "sent")

    def test_our_own_answer_is_no_mention(self):
        self.write_answer(f"We are sorry. #{self.own.term}").action_send()
        self.snac.wait_for_tag("ada", self.own.term, 2)
        self.own._import()
        self.assertEqual(
            self.env["social.mention"].search([("source_ids", "in", self.own.ids)]), self.mention
        )
        # Nor is what the account writes elsewhere.
        self.snac.post("brand", f"News of ours #{self.own.term}")
        self.snac.wait_for_tag("ada", self.own.term, 3)
        self.own._import()
        self.assertEqual(
            self.env["social.mention"].search([("source_ids", "in", self.own.ids)]), self.mention
        )

    def test_a_source_that_was_quicker_leaves_no_mention_of_our_answer(self):
        answer = self.write_answer(f"We are sorry. #{self.own.term}")
        with self.lose_the_reply():
            answer.action_send()
        self.snac.wait_for_tag("ada", self.own.term, 2)
        self.own._import()
        mentions = functools.partial(
            self.env["social.mention"].search, [("source_ids", "in", self.own.ids)]
        )
        self.assertEqual(len(mentions()), 2)
        answer.action_send()
        self.assertEqual(mentions(), self.mention)

    def test_a_server_that_names_somebody_elses_post_as_our_answer_deletes_nothing(self):
        item = self.mention.sudo().external_id
        ours = f"brand@{self.snac.base_url.partition('://')[2]}"
        for author in (ours, self.mention.sudo().author_id.handle):
            sent = connectors.Sent(item, "https://social.example/1", author)
            answer = self.write_answer()
            answer.despite_others = True
            with patch.object(connectors, "send", lambda *_arguments, sent=sent: sent):
                answer.action_send()
            self.assertEqual(answer.state, "sent")
            self.assertTrue(self.mention.exists())

    def test_another_companys_account_is_not_used(self):
        other = self.env["res.company"].create({"name": "Other"})
        answer = self.write_answer()
        self.account.sudo().company_id = other
        with self.assertRaises(UserError):
            answer.sudo().with_user(self.env.ref("base.user_admin"))._send()
        self.assertEqual(self.read_answers(), [])

    def test_an_administrator_asks_the_server_whose_key_it_is(self):
        self.account.action_introduce()
        host = self.snac.base_url.partition("://")[2]
        self.assertEqual(self.account.handle, f"brand@{host}")
        self.assertEqual(self.account.answer_limit, 100_000)


class TestBluesky(Sending):
    @pytest.fixture(autouse=True)
    def _network(self, bluesky):
        self.bluesky = bluesky

    def test_it_stands_there_its_deletion_is_seen_and_it_is_never_sent_twice(self):
        self.bluesky.add_user("odoo-asker")
        uri = self.bluesky.mention("odoo-asker", "brand", "Where is my parcel")
        platform = self.env.ref(f"{ADDON}.platform_bluesky")
        platform.write(
            {
                "terms_version": "1",
                "terms_verdict": "allowed",
                "terms_expiry": "2040-01-01",
                "terms_allow_answers": True,
            }
        )
        account = self.env["social.account"].create(
            {
                "name": "Bluesky",
                "connector": "bluesky",
                "address": self.bluesky.url,
                "login": "brand.test",
                "secret": "password of brand",
            }
        )
        source = self.source.copy(
            {
                "platform_id": platform.id,
                "connector": "bluesky",
                "kind": "mentions",
                "term": "",
                "address": account.address,
                "account_id": account.id,
                "state": "active",
            }
        )
        source._import()
        mention = self.env["social.mention"].search([("external_id", "=", uri)])
        answer = self.write_answer("Sorry! https://example.com/help", mention=mention)
        self.assertEqual(answer.account_id, account)
        self.assertFalse(answer.can_be_direct)
        with self.lose_the_reply():
            answer.action_send()
        self.assertTrue(answer.is_uncertain)
        answer.action_send()
        self.assertFalse(answer.error)
        self.assertEqual(answer.state, "sent")
        record = self.bluesky._read(answer.sudo().external_id)["value"]
        self.assertEqual(record["reply"]["parent"]["uri"], uri)
        self.bluesky.index()
        self.follow()
        self.assertEqual(answer.state, "sent")
        self.bluesky.delete("brand", answer.sudo().external_id)
        self.follow(days=4)
        self.assertEqual(answer.state, "deleted")
        direct = self.write_answer(mention=mention, visibility="direct", despite_others=True)
        with self.assertRaises(ConsentRequired):
            direct.action_send()
