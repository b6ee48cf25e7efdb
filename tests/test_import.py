"""Way 1 of the house: a post comes in, nothing is lost, doubled or half stored (R14 to R16)."""

import sys
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.models.social_source_words import explain

from common import ADDON, Common, make_post
from counterparts.hostile import Hostile, item, rss
from counterparts.snac import Snac

ALLOW_PRIVATE = f"{ADDON}.allow_private_addresses"
SOURCE_LOGGER = f"odoo.addons.{ADDON}.models.social_source_import"


class TestStore(Common):
    def test_a_post_becomes_a_mention_with_its_author_apart(self):
        mention = self.store()
        self.assertEqual(mention.text, "Where is my parcel? #nordlicht 1")
        self.assertEqual(str(mention.published_at), "2026-05-01 12:01:00")
        self.assertEqual(mention.author_id.handle, "ada@social.example")
        self.assertEqual((mention.state, mention.source_ids), ("new", self.source))

    def test_the_same_post_again_is_the_same_mention(self):
        mention = self.store()
        self.assertEqual(self.store(make_post(), make_post()), mention)

    def test_the_same_post_from_two_sources_is_one_mention_with_two_sources(self):
        mention = self.store()
        other = self.source.copy()
        self.assertEqual(other._store([make_post()]), mention)
        self.assertEqual(mention.source_ids, self.source | other)

    def test_an_edit_replaces_the_text_and_keeps_the_work(self):
        mention = self.store()
        mention.action_take()
        self.store(make_post(text="Found it, thank you! #nordlicht"))
        self.assertIn("Found it", mention.text)
        self.assertEqual(mention.state, "in_work")

    def test_r15_what_is_not_public_is_never_written(self):
        for visibility in ("unlisted", "private", "direct"):
            self.assertFalse(self.store(make_post(visibility=visibility, author="x@y.example")))
        self.env.cr.execute("SELECT count(*) FROM social_author WHERE handle = 'x@y.example'")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_a_post_without_id_or_text_is_not_stored(self):
        self.assertFalse(self.store(make_post(external_id="")))
        self.assertFalse(self.store(make_post(text="")))

    def test_script_in_a_post_stays_text(self):
        mention = self.store(make_post(text="<script>alert(1)</script> & more"))
        self.assertEqual(mention.text, "<script>alert(1)</script> & more")

    def test_a_post_without_author_is_stored_without_one(self):
        self.assertFalse(self.store(make_post(author="")).author_id)

    def test_no_posts_are_no_error(self):
        self.assertFalse(self.source._store([]))


class ImportCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(ALLOW_PRIVATE, "True")
        cls.source.action_pause()
        cls.server = Hostile().__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)

    def feed(self, path, **values):
        return self.env["social.source"].create(
            {
                "name": f"Feed {path}",
                "connector": "feed",
                "address": self.server.url(path),
                "platform_id": self.source.platform_id.id,
                "balancing_test": "Public posts that name us.",
                "state": "active",
                **values,
            }
        )

    def mentions(self, source):
        return self.env["social.mention"].search([("source_ids", "in", source.ids)])


class TestImport(ImportCase):
    def test_a_feed_is_read_and_the_result_is_said(self):
        self.server.serve("/mine", rss(item(1, "One"), item(2, "Two")))
        source = self.feed("/mine")
        source._import()
        self.assertEqual(len(self.mentions(source)), 2)
        self.assertIn("2 new, 0 known, 0 rejected", source.last_summary)
        self.assertFalse(source.error_message)
        source._import()
        self.assertIn("0 new", source.last_summary)

    def test_posts_that_cannot_be_kept_are_counted_as_rejected(self):
        incomplete = "<title>No date</title><guid>https://site.example/9</guid>"
        self.server.serve("/mixed", rss(item(1), incomplete))
        source = self.feed("/mixed")
        source._import()
        self.assertIn("1 new, 0 known, 1 rejected", source.last_summary)
        self.assertIn("(no date: 1)", source.last_summary)

    def test_r15_what_is_not_public_is_counted_as_such(self):
        _mentions, counts = self.source._admit_and_store(
            [make_post(1), make_post(2, visibility="private")]
        )
        self.assertEqual(dict(counts), {"new": 1, "known": 0, "not_public": 1})

    def test_a_lasting_move_is_followed_and_a_passing_one_is_not(self):
        for path, kept in (("/moved", "/good"), ("/elsewhere", "/elsewhere")):
            source = self.feed(path)
            source._import()
            self.assertEqual(source.address, self.server.url(kept))
            self.assertTrue(source.sudo().cursor)

    def test_a_post_dated_in_the_future_keeps_the_time_of_its_first_reading(self):
        first, later = (make_post().published_at.replace(minute=minute) for minute in (1, 2))
        mention = self.store(make_post(published_at=first))
        self.store(make_post(published_at=later, text="Edited"))
        self.assertEqual(str(mention.published_at), "2026-05-01 12:01:00")

    def test_each_failure_is_one_clear_error_and_the_others_go_on(self):
        self.server.serve("/good-one", rss(item(7)))
        broken = {
            path: self.feed(path)
            for path in (
                "/error",
                "/html",
                "/empty",
                "/large",
                "/gone",
                "/members-only",
                "/entity-bomb",
            )
        }
        good = self.feed("/good-one")
        sources = self.env["social.source"].union(*broken.values(), good)
        sources._import()
        for path, source in broken.items():
            self.assertTrue(source.error_message, path)
            self.assertTrue(source.error_advice, path)
            self.assertTrue(source.error_date, path)
            self.assertEqual(source.failure_count, 1)
            self.assertFalse(self.mentions(source), path)
            self.assertFalse(source.sudo().cursor)
        self.assertIn("error 500", broken["/error"].error_message)
        self.assertIn("no feed", broken["/html"].error_message)
        self.assertIn("empty", broken["/empty"].error_message)
        self.assertIn("larger than the limit", broken["/large"].error_message)
        self.assertEqual(len(self.mentions(good)), 1)

    def test_a_server_that_never_answers_costs_its_time_limit_only(self):
        source = self.feed("/never")
        query = source._prepare_query()
        self.patch(
            type(source),
            "_prepare_query",
            lambda _self: connectors.Query(
                query.address, allow_private=True, read_timeout=0.3, deadline=0.5
            ),
        )
        source._import()
        self.assertIn("did not answer", source.error_message)

    def test_a_wrong_address_is_explained(self):
        for address in ("not an address", "ftp://files.example", "http://"):
            source = self.feed("/x", address=address)
            source._import()
            self.assertIn("cannot be used", source.error_message)
            self.assertIn("https://", source.error_advice)

    def test_r15_what_needs_a_password_is_not_public(self):
        source = self.feed("/x", address="https://member:secret@example.org/feed")
        source._import()
        self.assertIn("name or password", source.error_message)
        self.assertNotIn("secret", source.error_message)

    def test_private_addresses_need_the_administrator(self):
        self.env["ir.config_parameter"].set_param(ALLOW_PRIVATE, False)
        source = self.feed("/good-one")
        source._import()
        self.assertIn("private network", source.error_message)

    def test_errors_name_no_path_and_no_secret(self):
        source = self.feed("/error?key=s3cret")
        source._import()
        self.assertTrue(source.error_message)
        self.assertNotIn("s3cret", source.error_message + source.error_advice)

    def test_success_clears_the_error(self):
        source = self.feed("/later")
        source._import()
        self.assertTrue(source.error_message)
        self.server.serve("/later", rss(item(3)))
        source._import()
        self.assertFalse(source.error_message or source.error_date or source.failure_count)

    def test_a_defect_of_ours_stores_nothing_and_stops_no_other_source(self):
        self.server.serve("/good-one", rss(item(7)))
        first, second = self.feed("/good-one"), self.feed("/good-one?again")
        self.server.serve("/good-one?again", rss(item(8)))
        store = type(first)._store_page

        def break_once(source, page, position):
            result = store(source, page, position)
            if source == first:
                raise ValueError("a defect")
            return result

        self.patch(type(first), "_store_page", break_once)
        with mute_logger(SOURCE_LOGGER):
            (first | second)._import()
        self.assertIn("unexpected", first.error_message)
        self.assertFalse(self.mentions(first))
        self.assertFalse(first.sudo().cursor)
        self.assertTrue(self.mentions(second))

    def test_a_manager_changes_the_address_and_no_result_of_a_run(self):
        source = self.feed("/good-one").with_user(self.manager)
        source.address = self.server.url("/other")
        with self.assertRaisesRegex(UserError, "noted by the runs"):
            source.write({"failure_count": 2147483647})
        with self.assertRaises(AccessError):
            source.with_user(self.clerk).read(["address"])

    def test_a_count_without_sense_stops_nothing(self):
        source = self.feed("/error", failure_count=2147483647)
        source._import()
        self.assertEqual(source.state, "paused")

    def test_only_the_source_that_found_a_post_takes_its_edits(self):
        mention = self.store()
        other = self.feed("/good-one")
        self.assertEqual(other._store([make_post(text="Something bad")]), mention)
        self.assertIn("parcel", mention.text)

    def test_r15_a_post_that_is_no_longer_public_is_dropped(self):
        mention = self.store()
        self.store(make_post(visibility="private"))
        self.assertFalse(mention.exists())

    def test_r16_nothing_is_stored_without_valid_terms(self):
        self.source.platform_id.terms_verdict = "forbidden"
        with self.assertRaises(ConsentRequired):
            self.store()

    def test_r16_a_running_source_does_not_move_to_a_platform_that_nobody_reviewed(self):
        source = self.feed("/good-one")
        with self.assertRaises(ConsentRequired):
            source.platform_id = self.env.ref(f"{ADDON}.platform_web")
        with self.assertRaises(ConsentRequired):
            source.balancing_test = ""

    def test_what_was_written_is_not_in_the_log_of_a_defect(self):
        self.server.serve("/leak", rss(item(7, "A very private sentence")))
        source = self.feed("/leak")

        def fail(mentions, _source, posts):
            raise ValueError(posts[0].text)

        self.patch(type(self.env["social.mention"]), "_upsert", fail)
        with self.assertLogs(SOURCE_LOGGER, "ERROR") as logs:
            source._import()
        self.assertIn("ValueError", logs.output[0])
        self.assertNotIn("very private sentence", "".join(logs.output))

    def test_another_address_starts_from_the_beginning(self):
        self.server.serve("/good-one", rss(item(7)))
        source = self.feed("/good-one")
        source._import()
        self.assertTrue(source.sudo().cursor)
        source.address = self.server.url("/other")
        self.assertFalse(source.sudo().cursor)

    def test_the_button_is_for_managers_and_for_started_sources(self):
        self.server.serve("/good-one", rss(item(7)))
        source = self.feed("/good-one")
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            env = self.env(cr=cr)
            answer = source.with_env(env).with_user(self.manager).action_import()
        self.assertEqual(answer["params"]["type"], "success")
        self.assertIn("1 new", answer["params"]["message"])

    def test_the_cron_imports_what_is_due(self):
        self.server.serve("/good-one", rss(item(7)))
        due, draft = self.feed("/good-one"), self.feed("/good-one", state="draft")
        later = self.feed("/good-one", next_run="2999-01-01 00:00:00")
        with self.enter_registry_test_mode():
            self.env.ref(f"{ADDON}.ir_cron_import").method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(due.last_success)
        self.assertFalse(draft.last_run)
        self.assertFalse(later.last_run)


class TestMayCollect(ImportCase):
    def test_r16_no_source_starts_without_a_verdict_on_the_terms(self):
        self.source.platform_id.terms_verdict = False
        with self.assertRaisesRegex(ConsentRequired, "Nobody has reviewed"):
            self.source.action_activate()
        with self.assertRaises(ConsentRequired):
            self.source.write({"state": "active"})
        with self.assertRaises(ConsentRequired):
            self.feed("/good-one")

    def test_r16_forbidden_blocks_and_an_imprint_only_ban_warns(self):
        platform = self.source.platform_id
        platform.terms_verdict = "forbidden"
        self.assertEqual(platform.terms_state, "forbidden")
        with self.assertRaisesRegex(ConsentRequired, "forbid"):
            self.source.action_activate()
        platform.terms_verdict = "imprint_ban"
        self.assertEqual(platform.terms_state, "warning")
        self.source.action_activate()
        self.assertEqual(self.source.state, "active")

    def test_r16_an_expired_verdict_pauses_the_running_source_and_says_so(self):
        self.server.serve("/good-one", rss(item(7)))
        source = self.feed("/good-one")
        source.platform_id.terms_expiry = "2020-01-01"
        source._import()
        self.assertEqual(source.state, "paused")
        self.assertIn("expired", source.error_message)
        self.assertFalse(self.mentions(source))

    def test_r15_closed_circles_are_taboo(self):
        self.source.platform_id.access = "closed"
        with self.assertRaisesRegex(ConsentRequired, "closed circles"):
            self.source.action_activate()

    def test_r14_a_balancing_test_is_recorded_first(self):
        self.source.balancing_test = "  "
        with self.assertRaisesRegex(ConsentRequired, "balancing test"):
            self.source.action_activate()

    def test_r16_whoever_enters_the_verdict_is_its_reviewer(self):
        platform = self.source.platform_id.with_user(self.manager)
        platform.write({"terms_verdict": "allowed", "terms_reviewer_id": self.clerk.id})
        self.assertEqual(platform.terms_reviewer_id, self.manager)
        platform.write({"terms_reviewer_id": self.clerk.id, "terms_date": "2020-01-01"})
        self.assertEqual(platform.terms_reviewer_id, self.manager)
        self.assertGreater(platform.terms_date.year, 2020)

    def test_nothing_is_read_from_a_platform_that_was_archived(self):
        self.source.action_activate()
        self.source.platform_id.with_user(self.manager).active = False
        self.assertEqual(self.source.state, "paused")
        with self.assertRaisesRegex(UserError, "archived"):
            self.source.action_activate()

    def test_r16_a_platform_is_not_read_under_the_terms_of_another(self):
        for host in ("www.reddit.com", "x.com:443", "YouTube.com", "bsky.social."):
            with self.subTest(host), self.assertRaisesRegex(ValidationError, "another platform"):
                self.source.address = f"https://{host}/feed"
        self.source.address = "https://notreddit.com/feed"
        reddit = self.env.ref(f"{ADDON}.platform_reddit")
        values = {"address": "https://www.reddit.com/search.rss", "platform_id": reddit.id}
        self.assertTrue(self.feed("/", state="draft", **values))

    def test_r16_a_feed_that_moves_to_another_platform_is_not_followed_by_itself(self):
        before = self.source.address
        self.source._move("https://www.reddit.com/search.rss")
        self.assertEqual(self.source.address, before)

    def test_what_was_read_once_cannot_be_taken_off_the_public_page(self):
        source = self.source.with_user(self.manager)
        for state in ("draft", "closed"):
            with self.subTest(state), self.assertRaisesRegex(UserError, "paused or archived"):
                source.write({"state": state})
        source.write({"state": "paused"})
        with self.assertRaises(UserError):
            source.write({"watched_company_id": self.env.company.id})


class TestWords(Common):
    def test_every_error_of_a_connector_has_words_and_advice(self):
        table = connectors.ConnectorError.__doc__
        codes = {
            "address", "private_address", "unreachable", "timeout", "tls", "http_status",
            "too_many_requests", "gone", "login_needed", "too_many_redirects", "too_large",
            "empty", "entities", "not_a_feed", "unexpected_answer", "term", "library",
            "connector", "account", "key",
        }  # fmt: skip
        for code in codes:
            self.assertIn(f"`{code}`", table)
        fallback = explain(self.env, connectors.ConnectorError("never heard of"))
        large = connectors.ConnectorError("too_large", {"limit": 1000, "unit": "items"})
        self.assertIn("1000 posts", explain(self.env, large)[0])
        for code in codes - {"unexpected_answer"}:
            message, advice = explain(self.env, connectors.ConnectorError(code))
            self.assertNotEqual((message, advice), fallback, code)
            self.assertNotIn("%", message + advice)

    def test_a_missing_library_is_named_on_the_source(self):
        for connector in connectors.CONNECTORS.values():
            detail = {"library": connector.library}
            for text in explain(self.env, connectors.ConnectorError("library", detail)):
                self.assertIn(connector.library, text)
        source = self.env.ref(f"{ADDON}.source_demo_fediverse")
        module = f"{connectors.__name__}.fediverse"
        with patch.dict("sys.modules", {"mastodon": None}), patch.dict(connectors.__dict__):
            sys.modules.pop(module, None)
            source._import()
        self.assertIn("Mastodon.py", source.error_message)
        self.assertIn("Mastodon.py", source.error_advice)


class TestFediverse(ImportCase):
    def test_posts_of_a_real_server_come_in_once_with_edits(self):
        with Snac.temporary("ada") as snac:
            first = snac.post("ada", "My parcel is late #nordlicht")
            source = self.feed("", connector="fediverse", address=snac.base_url, term="#nordlicht")
            source._import()
            mention = self.mentions(source)
            self.assertIn("My parcel is late", mention.text)
            self.assertEqual(mention.sudo().external_id, first)
            self.assertTrue(mention.author_id.handle.startswith("ada@"))
            snac.post("ada", "It came! #nordlicht")
            snac.edit("ada", first, "My parcel is very late #nordlicht")
            source._import()
            self.assertEqual(len(self.mentions(source)), 2)
            self.assertIn("1 new", source.last_summary)
