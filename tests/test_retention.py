"""Nothing is kept longer than its period, and nothing is deleted that is still needed."""

import logging
from datetime import timedelta

from odoo import fields

from common import ADDON, Common, make_post

LOGGER = f"odoo.addons.{ADDON}.models.social_retention"


class TestRetention(Common):
    def set_days(self, **days):
        for name, value in days.items():
            key = self.env["social.policy"]._get_setting_key(f"retention_{name}")
            self.env["ir.config_parameter"].set_param(key, str(value))

    def clear(self):
        with self.enter_registry_test_mode():
            self.env.ref(f"{ADDON}.ir_cron_retention").method_direct_trigger()
        self.env.invalidate_all()

    def backdate(self, records, days):
        """Let records have been stored so many days, and an hour, ago."""
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {records._table} SET create_date = %s WHERE id = ANY(%s)",
            (fields.Datetime.now() - timedelta(days=days, hours=1), records.ids),
        )
        self.env.invalidate_all()

    def decide(self):
        """Leave a row in the decision log, and return it."""
        self.env["social.policy"]._enforce("contact_email", self.partner, partial=True)
        return self.env["social.decision"].search([], limit=1)


class TestMentions(TestRetention):
    def test_a_mention_goes_with_its_author_on_the_day_after_its_period_and_not_before(self):
        self.set_days(mention=30)
        mention = self.store()
        author = mention.author_id
        with self.after(days=29, hours=23):
            self.clear()
            self.assertTrue(mention.exists() and author.exists())
        with self.after(days=30, hours=1):
            self.clear()
            self.assertFalse(mention.exists() or author.exists())

    def test_two_years_are_the_default_and_a_newer_one_stays(self):
        old, new = self.store(), self.store(make_post(2, author="eve@social.example"))
        self.backdate(old, 730)
        self.backdate(new, 728)
        self.clear()
        self.assertFalse(old.exists())
        self.assertTrue(new.exists() and new.author_id)

    def test_zero_keeps_for_ever(self):
        self.set_days(mention=0, decision=0)
        mention, row = self.store(), self.decide()
        author = self.store(make_post(2, author="eve@social.example")).author_id
        author.mention_ids.unlink()
        self.backdate(mention, 9999)
        self.backdate(row, 9999)
        self.clear()
        self.assertTrue(mention.exists() and row.exists() and author.exists())

    def test_one_in_work_stays_and_an_answered_one_goes(self):
        busy, done = self.store(), self.store(make_post(2))
        busy.action_take()
        done.action_answered()
        self.backdate(busy | done, 9999)
        self.clear()
        self.assertTrue(busy.exists())
        self.assertFalse(done.exists())

    def test_a_matched_one_stays_even_where_the_match_is_hidden_by_now(self):
        self.give(valid_until=fields.Datetime.now() + timedelta(hours=1))
        mention = self.store()
        match = mention._match(self.partner)
        self.backdate(mention, 9999)
        with self.after(hours=2):
            self.assertFalse(self.env["social.match"].with_user(self.clerk).search([]))
            self.clear()
        self.assertTrue(mention.exists() and match.exists())

    def test_it_goes_in_batches_however_many_stay(self):
        kept = self.store(*(make_post(number) for number in range(3)))
        kept.action_take()
        gone = self.store(*(make_post(number) for number in range(3, 12)))
        self.backdate(kept | gone, 9999)
        self.patch_batch(2)
        self.clear()
        self.assertEqual((kept | gone).exists(), kept)

    def test_where_the_time_is_up_the_rest_is_for_the_next_run(self):
        mentions = self.store(*(make_post(number) for number in range(5)))
        self.backdate(mentions, 9999)
        self.patch_batch(2)
        said = []

        def commit(_cron, processed=0, *, remaining=None, deactivate=False):
            said.append((processed, remaining))
            return 0

        self.patch(self.registry["ir.cron"], "_commit_progress", commit)
        self.assertFalse(
            self.env["social.retention"]._clear("social.mention", fields.Datetime.now())
        )
        self.assertEqual(len(mentions.exists()), 3)
        self.assertEqual(said, [(2, 1)], "Odoo is told that there is more to do")

    def patch_batch(self, size):
        from odoo.addons.social_consent_monitoring.models import social_retention

        self.patch(social_retention, "BATCH", size)

    def test_the_log_has_numbers_and_nothing_of_the_post(self):
        self.backdate(self.store(), 9999)
        # By number: Odoo gives the name "INFO" to a level of its own.
        with self.assertLogs(LOGGER, logging.INFO) as logged:
            self.clear()
        self.assertEqual(
            logged.output,
            [
                f"INFO:{LOGGER}:Retention: 1 rows of social.mention deleted",
                f"INFO:{LOGGER}:Retention: 1 rows of social.author deleted",
            ],
        )


class TestAuthors(TestRetention):
    def test_an_author_without_mentions_goes_and_one_with_another_mention_stays(self):
        old = self.store()
        other = self.store(make_post(2, author="eve@social.example"))
        more = self.store(make_post(3, author="eve@social.example"))
        authors = [old.author_id, other.author_id]
        self.backdate(old | other, 9999)
        self.clear()
        self.assertEqual([bool(author.exists()) for author in authors], [False, True])
        self.assertTrue(more.exists())

    def test_r8_an_author_who_decided_stays_with_the_decision(self):
        mention = self.store()
        author = mention.author_id
        author._object_social("contact", "social", method="staff")
        self.backdate(mention, 9999)
        self.clear()
        self.assertFalse(mention.exists())
        self.assertEqual(author.social_consent_ids.mapped("state"), ["refused"])


class TestDecisions(TestRetention):
    def test_decisions_are_kept_three_years_or_what_the_setting_says(self):
        old, new = self.decide(), self.decide()
        self.backdate(old, 1095)
        self.backdate(new, 1093)
        self.clear()
        self.assertFalse(old.exists())
        self.assertTrue(new.exists())
        self.set_days(decision=100)
        self.clear()
        self.assertFalse(new.exists())

    def test_the_job_runs_daily(self):
        cron = self.env.ref(f"{ADDON}.ir_cron_retention")
        self.assertTrue(cron.active)
        self.assertEqual((cron.interval_number, cron.interval_type), (1, "days"))
