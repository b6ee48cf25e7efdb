"""Platforms are read on terms that a person has read, and no longer (rules 15, 16 and 20)."""

import ast
import dataclasses
from datetime import timedelta
from pathlib import Path

from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common

PLATFORMS = (
    "web", "fediverse", "bluesky", "x", "reddit", "youtube", "discourse", "hackernews",
    "stackexchange", "podcast", "facebook", "instagram", "linkedin", "tiktok", "google_reviews",
    "trustpilot",
)  # fmt: skip
# What opens connections of its own.
CLIENTS = {"requests", "urllib.request", "http.client", "httpx", "aiohttp", "socket"}
TALKING = {"http.Session", "http.get", "http.post", "http.request"}
OWNERS_ONLY = {"facebook", "instagram", "linkedin", "tiktok", "google_reviews", "trustpilot"}


class TermsCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform = cls.source.platform_id
        cls.source.user_id = cls.manager
        cls.bluesky = cls.env.ref(f"{ADDON}.platform_bluesky")

    def wizard(self, platform, user=None, **values):
        action = platform.with_user(user or self.manager).action_confirm_terms()
        wizards = self.env["social.terms.wizard"].with_user(user or self.manager)
        return wizards.with_context(**action["context"]).create(values)

    def confirm(self, platform, **values):
        values = {"has_read": True, "version": "as of May", **values}
        return self.wizard(platform, **values).action_confirm()

    def activities(self, platform=None):
        return (platform or self.platform).activity_ids

    def expire(self, days=1):
        self.platform.terms_expiry = fields.Date.today() - timedelta(days=days)

    def remind(self):
        self.env["social.platform"]._cron_remind_terms()


class TestProposal(TermsCase):
    def test_r16_each_platform_comes_with_a_proposal_that_decides_nothing(self):
        for code in PLATFORMS:
            platform = self.env.ref(f"{ADDON}.platform_{code}")
            self.assertEqual(platform.code, code)
            self.assertTrue(platform.terms_proposal)
            expected = "forbidden" if code in OWNERS_ONLY else "allowed"
            self.assertEqual(platform.proposed_verdict, expected, code)
            self.assertFalse(platform.terms_allow_push)
            if platform != self.platform:
                self.assertEqual(platform.terms_state, "missing", code)
                self.assertFalse(platform.terms_verdict or platform.terms_reviewer_id, code)
                with self.assertRaisesRegex(ConsentRequired, "Nobody has reviewed"):
                    self.source.copy({"platform_id": platform.id}).action_activate()

    def test_the_stricter_demands_of_platforms_hold_from_the_start(self):
        x, youtube = (self.env.ref(f"{ADDON}.platform_{code}") for code in ("x", "youtube"))
        self.assertEqual((x.follow, x.terms_follow_hours), (True, 24))
        self.assertTrue(x.rewards_forbidden)
        self.assertEqual(youtube.keep_days, 30)
        self.assertTrue(youtube.rewards_forbidden)

    def test_r16_confirming_after_reading_is_the_verdict_of_whoever_confirms(self):
        self.confirm(self.bluesky)
        self.assertEqual(self.bluesky.terms_state, "valid")
        self.assertEqual(self.bluesky.terms_verdict, "allowed")
        self.assertEqual(self.bluesky.terms_version, "as of May")
        self.assertEqual(self.bluesky.terms_reviewer_id, self.manager)
        self.assertEqual(self.bluesky.terms_date, fields.Date.today())
        self.source.platform_id = self.bluesky
        self.source.action_activate()

    def test_the_proposal_binds_nobody(self):
        self.confirm(self.bluesky, verdict="forbidden")
        self.assertEqual(self.bluesky.terms_state, "forbidden")

    def test_nothing_is_confirmed_without_reading_version_and_end(self):
        today = fields.Date.today()
        for wrong in (
            {"has_read": False},
            {"version": "  "},
            {"verdict": False},
            {"expiry": False},
            {"expiry": today - timedelta(days=1)},
            {"verdict": "imprint_ban"},
        ):
            with self.assertRaises(UserError, msg=wrong):
                self.confirm(self.bluesky, **wrong)
            self.assertEqual(self.bluesky.terms_state, "missing")

    def test_only_managers_confirm(self):
        for user in (self.clerk, self.officer, self.employee):
            with self.assertRaises(AccessError):
                self.wizard(self.bluesky, user)

    def test_what_says_nothing_of_a_verdict_signs_none(self):
        self.bluesky.write({"keep_days": 7, "terms_follow_hours": 24})
        self.assertFalse(self.bluesky.terms_reviewer_id)


class TestLogin(TermsCase):
    def test_r16_login_is_fine_where_the_accepted_terms_allow_it(self):
        self.platform.access = "login"
        self.source.action_activate()
        self.assertEqual(self.platform.terms_state, "valid")

    def test_r16_an_imprint_binds_nobody_who_did_not_log_in(self):
        self.platform.terms_verdict = "imprint_ban"
        self.source.action_activate()
        self.assertEqual(self.platform.terms_state, "warning")

    def test_r16_where_an_account_was_made_the_accepted_terms_have_to_be_judged(self):
        self.platform.write({"access": "login", "terms_verdict": "imprint_ban"})
        self.assertEqual(self.platform.terms_state, "missing")
        with self.assertRaisesRegex(ConsentRequired, "accepted"):
            self.source.action_activate()

    def test_r16_an_account_of_the_source_counts_though_others_need_none(self):
        self.platform.terms_verdict = "imprint_ban"
        self.source.action_pause()
        self.source.account_id = self.env["social.account"].create(
            {
                "name": "Ours",
                "connector": self.source.connector,
                "address": self.source.address,
            }
        )
        with self.assertRaisesRegex(ConsentRequired, "accepted"):
            self.source.action_activate()
        self.platform.terms_verdict = "allowed"
        self.source.action_activate()


class TestExpiry(TermsCase):
    def test_a_month_before_the_end_whoever_is_responsible_is_asked_once(self):
        self.platform.terms_expiry = fields.Date.today() + timedelta(days=31)
        self.remind()
        self.assertFalse(self.activities())
        with self.after(days=1):
            self.remind()
            self.remind()
        activity = self.activities()
        self.assertEqual(activity.user_id, self.manager)
        self.assertIn("ends soon", activity.summary)
        self.assertEqual(activity.date_deadline, self.platform.terms_expiry)

    def test_at_the_end_the_sources_pause_and_whoever_is_responsible_is_told(self):
        self.platform.terms_expiry = fields.Date.today()
        self.remind()
        with self.after(days=1):
            self.source._import()
            self.assertEqual(self.source.state, "paused")
            self.remind()
            self.assertIn("expired", self.activities().summary)
            self.assertEqual(self.activities().user_id, self.manager)

    def test_whoever_does_not_read_is_told_again_after_a_month(self):
        self.expire()
        self.remind()
        self.activities().unlink()
        with self.after(days=29):
            self.remind()
            self.assertFalse(self.activities())
        with self.after(days=30):
            self.remind()
            self.assertTrue(self.activities())

    def test_nobody_is_asked_about_a_platform_that_is_not_read(self):
        self.source.action_pause()
        self.expire()
        self.remind()
        self.assertFalse(self.activities())

    def test_without_anybody_responsible_all_managers_are_asked(self):
        self.source.user_id = self.clerk
        self.expire()
        self.platform.sudo().terms_reviewer_id = self.clerk
        self.remind()
        users = self.activities().user_id
        self.assertIn(self.manager, users)
        self.assertNotIn(self.clerk, users)

    def test_each_is_asked_in_the_own_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.manager.lang = "de_DE"
        self.expire()
        self.remind()
        self.assertEqual(
            self.activities().summary,
            self.platform.with_context(lang="de_DE")._get_reminder(),
        )

    def test_a_new_verdict_settles_it_and_one_press_starts_the_sources(self):
        self.expire()
        self.source._import()
        self.remind()
        with self.assertRaises(ConsentRequired):
            self.platform.with_user(self.manager).action_start_sources()
        self.confirm(self.platform)
        self.assertFalse(self.activities())
        self.assertEqual((self.source.state, self.platform.paused_count), ("paused", 1))
        self.platform.with_user(self.manager).action_start_sources()
        self.assertEqual((self.source.state, self.platform.paused_count), ("active", 0))

    def test_what_was_paused_for_another_reason_stays_paused(self):
        other = self.source.copy({"balancing_test": "We want to know."})
        other.action_activate()
        other.action_pause()
        broken = self.source.copy({"balancing_test": "We want to know."})
        broken.action_activate()
        broken._pause("It broke.")
        self.expire()
        self.source._import()
        self.confirm(self.platform)
        self.platform.with_user(self.manager).action_start_sources()
        states = (self.source + other + broken).mapped("state")
        self.assertEqual(states, ["active", "paused", "paused"])

    def test_only_managers_start_them(self):
        self.expire()
        self.source._import()
        self.confirm(self.platform)
        with self.assertRaises(AccessError):
            self.platform.with_user(self.clerk).action_start_sources()

    def test_the_job_runs_daily(self):
        cron = self.env.ref(f"{ADDON}.ir_cron_terms")
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "days"))
        self.expire()
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()
        self.assertTrue(self.activities())


class TestBalancing(TermsCase):
    def draft(self, lang="en_US"):
        sources = self.env["social.source"].with_context(lang=lang)
        return sources.create(
            {
                "name": "A blog",
                "platform_id": self.platform.id,
                "connector": "feed",
                "address": "https://blog.example/feed",
            }
        )

    def answer(self, source, count=4):
        """Answer the first questions of the draft."""
        questions = source.balancing_test.split("\n\n")
        answered = [f"{question}\nBecause." for question in questions[:count]]
        return "\n\n".join(answered + questions[count:])

    def test_r14_the_questions_themselves_are_no_balancing_test(self):
        source = self.draft()
        self.assertEqual(source.balancing_test.count("?"), 4)
        with self.assertRaisesRegex(ConsentRequired, "balancing test"):
            source.action_activate()

    def test_r14_every_question_is_answered_before_it_starts(self):
        source = self.draft()
        for count in range(4):
            source.balancing_test = self.answer(self.draft(), count)
            with self.assertRaises(ConsentRequired, msg=count):
                source.action_activate()
        source.balancing_test = self.answer(self.draft())
        source.action_activate()

    def test_who_writes_freely_is_free_to(self):
        source = self.draft()
        source.balancing_test = "We want to learn early of problems."
        source.action_activate()

    def test_r14_in_another_language_they_are_no_test_either(self):
        self.env["res.lang"]._activate_lang("de_DE")
        source = self.draft("de_DE")
        with self.assertRaises(ConsentRequired):
            source.with_context(lang="en_US").action_activate()


class TestPush(TermsCase):
    def check(self):
        self.platform.with_user(self.manager)._check_may_push(self.partner.with_user(self.manager))

    def test_r20_customer_data_goes_nowhere_unless_the_terms_say_so(self):
        self.give("match")
        with self.assertRaisesRegex(ConsentRequired, "customer data") as refusal:
            self.check()
        self.assertEqual(refusal.exception.decision.rule, "R20")
        self.platform.terms_allow_push = True
        self.check()

    def test_r20_a_platforms_permission_never_replaces_the_persons(self):
        self.platform.terms_allow_push = True
        with self.assertRaises(ConsentRequired) as refusal:
            self.check()
        self.assertEqual(refusal.exception.decision.reason, "never_asked")

    def test_r22_where_only_consent_given_there_counts_a_general_one_does_not(self):
        self.give("match")
        self.platform.terms_allow_push = True
        self.check()
        self.platform.consent_at_source = True
        with self.assertRaises(ConsentRequired) as refusal:
            self.check()
        self.assertEqual(refusal.exception.decision.rule, "R22")

    def test_r20_terms_that_ended_allow_nothing(self):
        self.give("match")
        self.platform.terms_allow_push = True
        self.expire()
        with self.assertRaises(ConsentRequired) as refusal:
            self.check()
        self.assertEqual(refusal.exception.decision.reason, "terms_expired")

    def test_r25_what_was_asked_is_in_the_log(self):
        self.give("match")
        self.platform.terms_allow_push = True
        self.check()
        acts = self.env["social.decision"].search([], limit=2).mapped("act")
        self.assertEqual(set(acts), {"push", "match"})


class TestNothingLeaves(TermsCase):
    """R20: a platform gets a query, made of what a manager wrote, and nothing of any customer."""

    def test_what_a_platform_is_asked_comes_from_the_source_and_its_account(self):
        account = self.env["social.account"].create(
            {
                "name": "Ours",
                "connector": self.source.connector,
                "address": self.source.address,
                "login": "our-login",
                "secret": "our-key",
            }
        )
        self.source.account_id = account
        query = self.source._prepare_query()
        said = {
            getattr(query, field.name)
            for field in dataclasses.fields(query)
            if isinstance(getattr(query, field.name), str)
        }
        own = {self.source[name] or "" for name in ("address", "kind", "term")}
        self.assertEqual(said - {query.user_agent, ""}, {*own, "our-login", "our-key"} - {""})

    def test_queries_are_made_in_one_place_and_connectors_alone_talk_to_platforms(self):
        made, talking, sending = set(), set(), set()
        for name, tree in self.read_code():
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".Query"):
                    made.add(name)
                if isinstance(node, ast.Call) and ast.unparse(node.func) in TALKING:
                    talking.add(name)
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "connectors.send":
                    sending.add(name)
                if isinstance(node, (ast.Import, ast.ImportFrom)):
                    modules = [getattr(node, "module", None), *(each.name for each in node.names)]
                    self.assertFalse(CLIENTS & set(modules), name)
        self.assertEqual(made, {"social_account.py"})
        self.assertEqual(sending, {"social_answer_send.py"}, "behind the check of an answer")
        self.assertEqual(talking, set())

    def read_code(self):
        """Yield (name, tree) of all modules but the connectors."""
        for path in sorted(Path(__file__).parents[1].glob(f"{ADDON}*/**/*.py")):
            if "connectors" not in path.parts:
                yield path.name, ast.parse(path.read_text())
