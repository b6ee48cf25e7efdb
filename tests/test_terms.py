"""Platforms are read on terms that a person has read, and no longer (rules 15, 16 and 20)."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common

PLATFORMS = (
    "web", "fediverse", "bluesky", "x", "reddit", "youtube", "discourse", "hackernews",
    "stackexchange", "podcast", "facebook", "instagram", "linkedin", "tiktok", "google_reviews",
    "trustpilot",
)  # fmt: skip
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
        self.source.account_id = self.env["social.account"].create(
            {"name": "Ours", "connector": self.source.connector}
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
