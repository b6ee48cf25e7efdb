"""What is deleted or edited on a platform is deleted or edited here, within the period set.

And nothing else: a server that is down, slow, closed or gone deletes nothing.
"""

import dataclasses
import hashlib
import json
from collections import Counter
from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL, mute_logger

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import fediverse
from odoo.addons.social_consent_monitoring.models import social_source_follow
from odoo.addons.social_consent_monitoring.models.social_source_words import explain, summarize

from common import ADDON, Common, make_post
from counterparts.hostile import Hostile, item, rss
from counterparts.snac import Snac
from test_import import ALLOW_PRIVATE

FOLLOW_LOGGER = f"odoo.addons.{ADDON}.models.social_source_import"
HOUR = timedelta(hours=1)


def test_no_address_inside_of_a_network_is_asked_and_none_is_a_deletion():
    """The connector's own guard; in the tests below Odoo's stands before it."""
    with Hostile() as server:
        server.serve("/api/v1/statuses/1", "", 302, Location="/to-metadata")
        stored = connectors.Item(server.url("/ada/1"), locator=f"{server.host}/1")
        query = connectors.Query(server.url(""), "brand", allow_private=True)
        [fate] = connectors.check("fediverse", query, [stored])
        assert (fate.state, fate.error.code) == ("unknown", "private_address")
        query = connectors.Query(server.url(""), "brand")
        [fate] = connectors.check("fediverse", query, [stored])
        assert (fate.state, fate.error.code) == ("unknown", "private_address")


class Following(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(ALLOW_PRIVATE, "True")
        cls.source.action_pause()
        cls.platform = cls.source.platform_id

    def setUp(self):
        super().setUp()
        self.server = self.enterContext(Hostile())
        prepare = type(self.source)._prepare_query

        def without_pause(source):
            return dataclasses.replace(prepare(source), pause=0, read_timeout=0.5)

        self.patch(type(self.source), "_prepare_query", without_pause)

    def add_source(self, path="", **values):
        return self.env["social.source"].create(
            {
                "name": f"Source {path}",
                "connector": "fediverse",
                "term": "#nordlicht",
                "address": self.server.url(path),
                "platform_id": self.platform.id,
                "balancing_test": "Public posts that name us.",
                "state": "active",
                "user_id": self.manager.id,
                **values,
            }
        )

    def status(self, number, **values):
        """Return a status of the Mastodon API."""
        return {
            "id": str(number),
            "uri": self.server.url(f"/ada/{number}"),
            "url": self.server.url(f"/@ada/{number}"),
            "created_at": "2026-05-01T12:00:00Z",
            "content": f"<p>Where is my parcel {number}?</p>",
            "visibility": "public",
            "account": {"acct": "ada"},
            **values,
        }

    def show(self, number, code=200, **values):
        """Let the server answer for one status."""
        self.answer(f"/api/v1/statuses/{number}", self.status(number, **values), code)

    def answer(self, path, content, code=200, **headers):
        body = content if isinstance(content, str) else json.dumps(content)
        self.server.serve(path, body, code, Content_Type="application/json", **headers)

    def fill(self, source, *numbers):
        """Let the source bring these statuses; the server answers for each, and as a server."""
        self.answer("/api/v1/instance", {"uri": "social.example"})
        self.answer(
            "/api/v1/timelines/tag/nordlicht", [self.status(number) for number in reversed(numbers)]
        )
        for number in numbers:
            self.show(number)
        source._import()
        self.assertFalse(source.error_message)
        return self.env["social.mention"].search([("source_ids", "in", source.ids)], order="id")

    def age(self, mentions, hours=25):
        """Let it be so long since the platform showed these posts."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_mention SET checked_at = %s WHERE id = ANY(%s)",
            (fields.Datetime.now() - timedelta(hours=hours), mentions.ids),
        )
        self.env.invalidate_all()

    def follow(self):
        self.server.requests.clear()
        self.env.flush_all()
        with (
            self.assertNoLogs("odoo.addons.base.models.ir_cron", "ERROR"),
            self.enter_registry_test_mode(),
        ):
            self.env.ref(f"{ADDON}.ir_cron_follow").method_direct_trigger()
        self.env.invalidate_all()

    def asked(self):
        return [path for path, _headers in self.server.requests]


class TestFediverse(Following):
    def test_what_was_deleted_goes_with_all_that_was_made_of_it(self):
        source = self.add_source()
        gone, kept = self.fill(source, 1, 2)
        author = gone.author_id
        self.give()
        match = gone._match(self.partner)
        self.show(1, 404)
        self.age(gone | kept)
        self.follow()
        self.assertFalse(gone.exists() or match.exists())
        self.assertTrue(kept.exists() and author.exists())
        self.assertFalse(source.check_error_message)
        self.show(2, 410)
        self.age(kept)
        self.follow()
        self.assertFalse(kept.exists() or author.exists(), "nobody keeps the handle")

    def test_a_deleted_post_does_not_come_back_with_the_next_reading(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        self.show(1, 404)
        self.age(mention)
        self.follow()
        other = self.add_source(term="#parcel")
        self.answer("/api/v1/timelines/tag/parcel", [self.status(1), self.status(2)])
        for reader in (source, other):
            reader.sudo().cursor = False
            reader._import()
        stored = self.env["social.mention"].search([("source_ids", "in", (source | other).ids)])
        self.assertEqual(stored.mapped("text"), ["Where is my parcel 2?"])
        self.assertIn("deleted by their authors: ", source.last_summary)

    def test_an_edit_replaces_the_text_and_keeps_the_work(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        mention.action_take()
        self.show(1, content="<p>It came!</p>", edited_at="2026-05-02T08:00:00Z")
        self.age(mention)
        self.follow()
        self.assertEqual((mention.text, mention.state), ("It came!", "in_work"))
        self.assertEqual(str(mention.edited_at), "2026-05-02 08:00:00")
        self.assertLess(fields.Datetime.now() - mention.checked_at, HOUR)

    def test_an_edit_without_its_time_happened_by_now(self):
        mention = self.fill(self.add_source(), 1)
        self.show(1, content="<p>It came!</p>")
        self.age(mention)
        self.follow()
        self.assertLess(fields.Datetime.now() - mention.edited_at, HOUR)

    def test_r15_what_is_not_public_any_more_goes(self):
        for number, visibility in enumerate(("unlisted", "private", "direct", "circle"), 1):
            mention = self.fill(self.add_source(f"/{visibility}"), number)
            self.show(number, visibility=visibility)
            self.age(mention)
            self.follow()
            self.assertFalse(mention.exists(), visibility)

    def test_a_post_whose_text_was_taken_away_goes(self):
        mention = self.fill(self.add_source(), 1)
        self.show(1, content="")
        self.age(mention)
        self.follow()
        self.assertFalse(mention.exists())

    def test_no_refusal_no_error_and_no_silence_is_a_deletion(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        for code in (400, 401, 403, 418, 422, 429, 451, 500, 502, 503):
            self.show(1, code)
            self.answer("/ada/1", "", code)
            self.assert_kept(source, mention, code)
        for route in ("/never", "/hangs-up", "/short", "/loop", "/html"):
            self.answer("/api/v1/statuses/1", "", 302, Location=route)
            self.assert_kept(source, mention, route)
        for body in ("", "{}", "[]", "null", '{"error": "Record not found"}', "[" * 100_000):
            self.answer("/api/v1/statuses/1", body)
            self.assert_kept(source, mention, body[:30])

    def assert_kept(self, source, mention, case):
        self.age(mention)
        mention.sudo().check_after = False
        source.sudo().check_next = False
        self.follow()
        self.assertTrue(self.asked(), case)
        self.assertEqual(mention.exists().text, "Where is my parcel 1?", case)
        self.assertGreater(mention.check_after, fields.Datetime.now(), case)
        self.assertTrue(source.check_error_message, case)

    def test_the_answer_about_another_post_is_none_about_this_one(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        for answer in ({"content": "<p>Something bad</p>"}, {"visibility": "private"}):
            self.show(1, uri=self.server.url("/eve/9"), **answer)
            self.assert_kept(source, mention, answer)

    def test_not_found_on_a_server_that_is_none_any_more_is_no_deletion(self):
        source = self.add_source()
        mentions = self.fill(source, 1, 2)
        self.answer("/api/v1/instance", "<html>This domain is for sale</html>")
        self.show(1, 404)
        self.show(2, 404)
        self.age(mentions)
        self.follow()
        self.assertEqual(mentions.exists(), mentions)
        self.assertTrue(source.check_error_message)

    def test_not_found_from_where_a_redirect_led_is_no_deletion(self):
        mention = self.fill(self.add_source(), 1)
        elsewhere = self.enterContext(Hostile())
        self.answer("/api/v1/statuses/1", "", 302, Location=elsewhere.url("/nothing"))
        self.age(mention)
        self.follow()
        self.assertTrue(mention.exists())
        self.assertTrue(elsewhere.requests)

    def test_a_source_that_now_reads_another_server_does_not_ask_there(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        elsewhere = self.enterContext(Hostile())
        source.address = elsewhere.url("")
        self.age(mention)
        self.follow()
        self.assertTrue(mention.exists())
        self.assertFalse(elsewhere.requests)

    def test_where_the_api_needs_a_login_the_post_itself_is_asked_for(self):
        source = self.add_source()
        mentions = self.fill(source, 1, 2, 3, 4, 5)
        note = {"type": "Note", "published": "2026-05-01T12:00:00Z", "to": ["as:Public"]}
        for number in range(1, 6):
            self.show(number, 401)
        uris = [self.server.url(f"/ada/{number}") for number in range(1, 6)]
        # The same text may be written otherwise there: without an edit it is the same.
        self.answer("/ada/1", {**note, "id": uris[0], "content": "Where is my parcel (1)?"})
        edit = {"content": "It came!", "updated": "2026-05-02T12:00:00Z"}
        self.answer("/ada/2", {**note, "id": uris[1], **edit})
        self.answer("/ada/3", {"id": uris[2], "type": "Tombstone"})
        self.answer("/ada/4", {**note, "id": uris[3], "content": "x", "to": ["/followers"]})
        self.answer("/ada/5", "", 410)
        self.age(mentions)
        self.follow()
        self.assertEqual(mentions.exists().mapped("text"), ["Where is my parcel 1?", "It came!"])
        self.assertNotIn("Authorization", self.server.requests[1][1])

    def test_deletions_and_edits_of_a_real_server_are_followed(self):
        with Snac.temporary("ada") as snac:
            uris = [snac.post("ada", f"Parcel {number} is late #nordlicht") for number in range(3)]
            snac.wait_for_tag("ada", "nordlicht", 3)
            source = self.add_source(address=snac.base_url)
            source._import()
            domain = [("source_ids", "in", source.ids)]
            mentions = self.env["social.mention"].search(domain, order="id")
            self.assertEqual(len(mentions), 3)
            self.age(mentions)
            self.follow()
            self.assertFalse(source.check_error_message)
            self.assertFalse(any(mentions.mapped("edited_at")), "nothing was edited")
            snac.edit("ada", uris[1], "Parcel 1 came #nordlicht")
            snac.delete("ada", uris[2])
            self.age(mentions)
            self.follow()
            self.assertEqual(
                mentions.exists().sorted("external_id").mapped("text"),
                ["Parcel 0 is late #nordlicht", "Parcel 1 came #nordlicht"],
            )
            self.age(mentions.exists())
            snac.stop()
            self.follow()
            self.assertEqual(len(mentions.exists()), 2)
            self.assertIn("cannot be reached", source.check_error_message)


class TestFeeds(Following):
    def feed(self, *numbers, host=None, **values):
        """Return a source of a feed with these items, whose pages exist, and its mentions."""
        entries = []
        for number in numbers:
            page = host or self.server.url("")
            entries.append(item(number).replace("https://site.example", page))
            self.server.serve(f"/{number}", "<html>a page</html>")
        self.server.serve("/feed", rss(*entries))
        source = self.add_source("/feed", connector="feed", term=False, **values)
        source._import()
        mentions = self.env["social.mention"].search([("source_ids", "in", source.ids)])
        self.assertEqual(len(mentions), len(numbers))
        return source, mentions.sorted(lambda mention: numbers.index(int(mention.text.split()[1])))

    def test_a_page_that_is_not_found_or_gone_is_a_deletion_and_all_else_is_none(self):
        answers = {1: 404, 2: 410, 3: 200, 4: 403, 5: 304, 6: 500}
        _source, mentions = self.feed(*answers)
        for number, code in answers.items():
            self.server.serve(f"/{number}", "", code)
        self.age(mentions)
        self.follow()
        self.assertEqual(mentions.exists(), mentions[2:])

    def test_absence_from_the_feed_is_no_deletion(self):
        source, mentions = self.feed(1, 2)
        self.server.serve(
            "/feed", rss(item(2).replace("https://site.example", self.server.url("")))
        )
        source._import()
        self.age(mentions)
        self.follow()
        self.assertEqual(mentions.exists(), mentions)

    def test_not_found_counts_only_while_the_feed_itself_is_there(self):
        source, mentions = self.feed(1, 2)
        for path in ("/1", "/2", "/feed"):
            self.server.serve(path, "", 404)
        self.age(mentions)
        self.follow()
        self.assertEqual(mentions.exists(), mentions)
        self.assertIn("error 404", source.check_error_message)

    def test_a_page_is_asked_for_politely_and_not_read(self):
        _source, mention = self.feed(1)
        self.server.serve("/1", "<html>" + " " * 1_000_000)
        self.age(mention)
        self.follow()
        [(path, headers)] = self.server.requests
        self.assertEqual(path, "/1")
        self.assertIn("GMT", headers["If-Modified-Since"])
        self.assertIn("social_consent_monitoring", headers["User-Agent"])
        self.assertLess(fields.Datetime.now() - mention.checked_at, HOUR, "it is there")

    def test_posts_on_another_host_are_asked_for_only_where_somebody_allowed_it(self):
        elsewhere = self.enterContext(Hostile())
        source, mention = self.feed(1, host=elsewhere.url(""))
        self.age(mention)
        self.follow()
        self.assertFalse(elsewhere.requests)
        self.assertIn("another host", source.check_error_message)
        source.post_hosts = f" {elsewhere.host.upper()}, blog.example"
        source.sudo().check_next = mention.sudo().check_after = False
        self.follow()
        self.assertTrue(elsewhere.requests)
        self.assertFalse(mention.exists(), "it says 404")

    def test_few_pages_of_one_host_in_one_run_whoever_reads_from_it(self):
        _source, mentions = self.feed(*range(12))
        other = self.add_source("/feed?again", connector="feed", term=False)
        self.server.serve("/feed?again", rss())
        self.age(mentions)
        mentions[6:].sudo().origin_source_id = other
        self.follow()
        self.assertEqual(len(self.asked()), 10)
        self.follow()
        self.assertEqual(len(self.asked()), 2, "the rest, and none twice")
        self.follow()
        self.assertFalse(self.asked())


class TestWhatIsAsked(Following):
    def test_the_oldest_come_first_and_only_once_three_quarters_of_the_period_are_over(self):
        mentions = self.fill(self.add_source(), 1, 2, 3, 4)
        for mention, hours in zip(mentions, (17, 19, 40, 30), strict=True):
            self.age(mention, hours)
        self.follow()
        self.assertEqual(self.asked(), [f"/api/v1/statuses/{number}" for number in (3, 4, 2)])
        self.assertFalse(mentions.filtered(lambda m: m.checked_at < self.ago(hours=18)))

    def ago(self, **offset):
        return fields.Datetime.now() - timedelta(**offset)

    def test_the_platform_says_whether_and_how_soon(self):
        mention = self.fill(self.add_source(), 1)
        self.platform.follow_hours = 48
        self.age(mention, 35)
        self.follow()
        self.assertFalse(self.asked())
        self.age(mention, 37)
        self.platform.follow = False
        self.follow()
        self.assertFalse(self.asked())
        self.platform.follow = True
        self.follow()
        self.assertTrue(self.asked())

    def test_the_period_is_a_day_by_default_and_never_longer_than_the_terms_demand(self):
        platform = self.env["social.platform"].create({"name": "P", "code": "p"})
        self.assertEqual((platform.follow, platform.follow_hours), (True, 24))
        platform.terms_follow_hours = 24
        for wrong in ({"follow_hours": 25}, {"follow": False}, {"follow_hours": 0}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                platform.write(wrong)
                platform.flush_recordset()
        platform.invalidate_recordset()
        platform.follow_hours = 12
        platform.flush_recordset()

    def test_a_change_of_it_is_logged_and_can_be_undone(self):
        self.platform.follow_hours = 12
        change = self.env["social.policy.change"].search([], limit=1)
        self.assertEqual(change.new_values, {"follow_hours": 12})
        change.action_undo()
        self.assertEqual(self.platform.follow_hours, 24)

    def test_paused_sources_and_forbidden_platforms_are_not_asked(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        self.age(mention)
        source.action_pause()
        self.follow()
        self.assertFalse(self.asked())
        source.action_activate()
        self.platform.terms_verdict = "forbidden"
        self.follow()
        self.assertFalse(self.asked())

    def test_no_more_than_a_hundred_of_one_server_in_one_run(self):
        mentions = self.fill(self.add_source(), *range(1, 41))
        more = self.add_source(term="#nordlicht")._store(
            [
                make_post(number, locator=f"{self.server.host}/1", external_id=f"x:{number}")
                for number in range(70)
            ]
        )
        self.age(mentions | more)
        self.follow()
        self.assertLessEqual(len(self.asked()), 100)
        self.assertGreater(len(self.asked()), 40)

    def test_one_that_cannot_be_asked_about_does_not_keep_the_others_waiting(self):
        self.patch(fediverse, "CHECKS", 1)
        mentions = self.fill(self.add_source(), 1, 2)
        self.age(mentions[0], 30)
        self.age(mentions[1], 26)
        self.show(1, 403)
        self.answer("/ada/1", "", 403)
        self.follow()
        self.source.search([]).sudo().check_next = False
        self.follow()
        self.assertEqual(self.asked(), ["/api/v1/statuses/2"])
        self.assertLess(fields.Datetime.now() - mentions[1].checked_at, HOUR)

    def test_the_longer_a_post_cannot_be_asked_about_the_longer_it_waits(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        waits = []
        for hours in (20, 60, 9999):
            self.show(1, 500)
            self.age(mention, hours)
            mention.sudo().check_after = source.sudo().check_next = False
            self.follow()
            waits.append(round((mention.check_after - fields.Datetime.now()) / HOUR))
        self.assertEqual(waits, [10, 30, 24 * 7])

    def test_the_next_ones_are_found_by_an_index(self):
        source = self.add_source()
        self.fill(source, 1)
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        plan = self.env.execute_query(
            SQL(
                "EXPLAIN SELECT id FROM social_mention WHERE origin_source_id = %s"
                " AND checked_at < %s ORDER BY checked_at LIMIT 100",
                source.id,
                fields.Datetime.now(),
            )
        )
        text = "\n".join(line for (line,) in plan)
        self.assertIn("social_mention_next_to_check", text)
        self.assertNotIn("Sort", text)


class TestFailures(Following):
    def test_a_server_that_fails_is_left_soon_and_asked_again_later_and_later(self):
        source = self.add_source()
        mentions = self.fill(source, *range(1, 9))
        for number in range(1, 9):
            self.show(number, 500)
        waits = []
        for _run in range(4):
            self.age(mentions)
            mentions.sudo().check_after = source.sudo().check_next = False
            self.follow()
            self.assertEqual(len(self.asked()), social_source_follow.STREAK)
            waits.append(source.check_next - fields.Datetime.now())
        self.assertEqual(waits, sorted(waits))
        self.assertGreater(waits[3], 4 * waits[0])
        self.follow()
        self.assertFalse(self.asked(), "its time has not come")

    def test_a_server_that_does_not_answer_is_asked_once(self):
        source = self.add_source()
        mentions = self.fill(source, 1, 2, 3)
        for number in (1, 2, 3):
            self.answer(f"/api/v1/statuses/{number}", "", 302, Location="/never")
        self.age(mentions)
        self.follow()
        self.assertEqual(self.asked(), ["/api/v1/statuses/1", "/never"])
        self.assertIn("did not answer", source.check_error_message)

    def test_the_wait_that_the_server_asks_for_is_kept(self):
        source = self.add_source()
        mentions = self.fill(source, 1, 2)
        self.answer("/api/v1/statuses/1", "", 429, Retry_After="7200")
        self.age(mentions)
        self.follow()
        self.assertEqual(len(self.asked()), 1)
        self.assertGreater(source.check_next - fields.Datetime.now(), 1.9 * HOUR)

    def test_some_that_fail_among_others_are_no_failure_of_the_server(self):
        source = self.add_source()
        mentions = self.fill(source, 1, 2, 3)
        self.show(2, 500)
        self.age(mentions)
        self.follow()
        self.assertFalse(source.check_error_message or source.check_next)
        self.assertTrue(source.check_date)

    def test_success_clears_the_error(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        self.show(1, 500)
        self.age(mention)
        self.follow()
        self.assertTrue(source.check_error_date and source.check_failure_count)
        self.show(1)
        source.sudo().check_next = mention.sudo().check_after = False
        self.follow()
        self.assertFalse(
            source.check_error_date or source.check_error_message or source.check_failure_count
        )

    def test_a_paused_or_archived_source_shows_on_its_platform(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        self.age(mention, 25)
        for values in ({"state": "paused"}, {"active": False}):
            source.write(values)
            self.follow()
            self.assertFalse(self.asked())
            self.platform.invalidate_recordset()
            self.assertEqual(self.platform.unfollowed_since, mention.checked_at)

    def test_source_and_platform_say_since_when_nobody_follows(self):
        source = self.add_source()
        mentions = self.fill(source, 1, 2)
        self.assertFalse(source.unfollowed_since or self.platform.unfollowed_since)
        self.age(mentions[0], 30)
        since = mentions[0].checked_at
        for record in (source, self.platform):
            self.assertEqual(record.with_user(self.manager).unfollowed_since, since)
        self.env.invalidate_all()
        self.assertEqual(self.platform.with_user(self.officer).unfollowed_since, since)
        self.assertEqual(source.unfollowed_count, 1)
        self.platform.follow = False
        self.assertFalse(source.unfollowed_since or self.platform.unfollowed_since)

    def test_the_responsible_person_is_told_once_whatever_the_reason(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        source.active = False
        self.age(mention, 47)
        self.follow()
        self.assertFalse(source.activity_ids)
        self.age(mention, 49)
        self.follow()
        self.follow()
        activity = source.activity_ids
        self.assertEqual((len(activity), activity.user_id), (1, self.manager))
        said = f"{activity.summary} {activity.note}"
        for secret in ("ada", "parcel", self.server.host):
            self.assertNotIn(secret, said)
        activity.action_done()
        self.follow()
        self.assertFalse(source.activity_ids)
        with self.after(days=31):
            self.follow()
            self.assertTrue(source.activity_ids)

    def test_errors_have_words_and_name_no_post(self):
        for code in ("no_check", "other_host"):
            message, advice = explain(self.env, connectors.ConnectorError(code))
            fallback = explain(self.env, connectors.ConnectorError("never heard of"))
            self.assertNotEqual((message, advice), fallback)
        self.assertIn("deleted by", summarize(self.env, Counter(deleted=1), 1))

    def test_a_defect_of_ours_stops_no_other_source_and_logs_no_post(self):
        first = self.add_source()
        mention = self.fill(first, 1)
        second = self.add_source(term="#other")
        self.answer("/api/v1/timelines/tag/other", [self.status(2)])
        self.show(2, 404)
        second._import()
        other = second._store([]) or self.env["social.mention"].search(
            [("source_ids", "in", second.ids)]
        )
        self.age(mention, 30)
        self.age(other, 28)
        store = type(first)._store_fates

        def fail(source, fates, position):
            if source == first:
                raise ValueError(next(iter(fates)).text)
            return store(source, fates, position)

        self.patch(type(first), "_store_fates", fail)
        with self.assertLogs(FOLLOW_LOGGER, "ERROR") as logs:
            self.follow()
        self.assertNotIn("parcel", "".join(logs.output))
        self.assertTrue(mention.exists() and first.check_error_message)
        self.assertFalse(other.exists())

    def test_what_somebody_changed_while_we_asked_is_not_overwritten(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        self.age(mention)
        [asked] = self.env["social.mention"].sudo()._get_unchecked(source, fields.Datetime.now(), 9)
        post = make_post(external_id=asked.external_id, text="An older edit")
        source._store([make_post(external_id=asked.external_id, text="The newest edit")])
        fate = connectors.Fate(asked.external_id, "edited", post)
        source._store_fates({asked: fate}, source._get_check_position())
        self.assertEqual(mention.text, "The newest edit")

    def test_what_was_asked_of_another_address_is_void(self):
        source = self.add_source()
        mention = self.fill(source, 1)
        position = source._get_check_position()
        source.address = self.server.url("/elsewhere")
        [asked] = (
            self.env["social.mention"]
            .sudo()
            ._get_unchecked(source, fields.Datetime.now() + HOUR, 9)
        )
        fate = connectors.Fate(asked.external_id, "deleted")
        self.assertIsNone(source._store_fates({asked: fate}, position))
        self.assertTrue(mention.exists())

    def test_managers_write_no_result_of_a_run(self):
        source = self.add_source().with_user(self.manager)
        source.post_hosts = "blog.example"
        with self.assertRaisesRegex(UserError, "noted by the runs"):
            source.check_failure_count = 3


class TestTombstones(Following):
    def bury(self, *external_ids):
        self.env["social.tombstone"]._bury(self.platform, external_ids)

    def test_a_tombstone_names_nobody(self):
        mention = self.store()
        external_id = mention.sudo().external_id
        self.env["social.mention"]._bury(self.platform, [external_id])
        self.env.cr.execute("SELECT * FROM social_tombstone")
        kept = str(self.env.cr.fetchall())
        self.assertNotIn("social.example", kept)
        self.assertNotIn(hashlib.sha256(external_id.encode()).hexdigest(), kept, "it is keyed")

    def test_the_same_deletion_twice_is_one_tombstone(self):
        self.bury("a", "b")
        self.bury("a")
        tombstones = self.env["social.tombstone"].search([("platform_id", "=", self.platform.id)])
        self.assertEqual(len(tombstones), 2)

    def test_another_platform_may_use_the_same_id(self):
        self.bury(make_post().external_id)
        self.source.platform_id = self.env["social.platform"].create(
            {
                "name": "P",
                "code": "p",
                "terms_verdict": "allowed",
                "terms_version": "1",
                "terms_expiry": "2999-01-01",
            }
        )
        self.assertTrue(self.store())

    def test_a_page_of_posts_is_asked_about_in_one_query(self):
        posts = [make_post(number) for number in range(300)]
        self.bury(posts[7].external_id)
        tombstones = self.env["social.tombstone"]
        tombstones._find(self.platform, [])
        with self.assertQueryCount(1):
            found = tombstones._find(self.platform, [post.external_id for post in posts])
        self.assertEqual(found, {posts[7].external_id})

    def test_nobody_makes_or_reads_them_by_hand(self):
        values = {"platform_id": self.platform.id, "digest": "x", "deleted_at": "2026-01-01"}
        with self.assertRaises(UserError):
            self.env["social.tombstone"].create(values)
        self.bury("a")
        tombstone = self.env["social.tombstone"].search([], limit=1)
        with self.assertRaises(AccessError):
            tombstone.with_user(self.officer).unlink()
        with self.assertRaises(AccessError):
            tombstone.with_user(self.manager).read(["digest"])
