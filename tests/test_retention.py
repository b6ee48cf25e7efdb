"""Nothing is kept longer than its period, and nothing is deleted that is still needed."""

import logging
import time
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.models import social_retention, social_retention_line

from common import ADDON, Common, make_post

LOGGER = f"odoo.addons.{ADDON}.models.social_retention"


class TestRetention(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Authors whom tests that commit have left.
        cls.env["social.author"].search([])._get_forlorn().unlink()

    def set_days(self, **days):
        for name, value in days.items():
            key = self.env["social.policy"]._get_setting_key(f"retention_{name}")
            self.env["ir.config_parameter"].set_param(key, str(value))

    def clear(self):
        self.env.flush_all()
        with (
            self.assertNoLogs("odoo.addons.base.models.ir_cron", "ERROR"),
            self.enter_registry_test_mode(),
        ):
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

    def last_run(self):
        return self.env["social.retention.run"].search([], limit=1)

    def count(self, run):
        """Return what a run says: ``{class: rows}``."""
        return {line.data_class: line.count for line in run.line_ids}

    def preview(self, user=None):
        runs = self.env["social.retention.run"].with_user(user or self.officer)
        return runs.browse(runs.action_preview()["res_id"])

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

    def last_seen(self, mention, **ago):
        mention.sudo().checked_at = fields.Datetime.now() - timedelta(**ago)

    def test_a_platforms_own_limit_counts_from_when_it_last_showed_the_post(self):
        self.source.platform_id.keep_days = 30
        busy, old, asked = self.store(*(make_post(number) for number in range(3)))
        busy.action_take()
        self.give()
        old._match(self.partner)
        self.last_seen(busy | old, days=30, hours=1)
        self.backdate(asked, 90)
        self.last_seen(asked, days=29, hours=23)
        run = self.preview()
        self.assertEqual(self.count(run)["platform"], 2)
        self.assertTrue(old.exists())
        self.clear()
        self.assertEqual((busy | old | asked).exists(), asked)

    def test_no_platforms_limit_concerns_the_posts_of_another(self):
        self.env.ref(f"{ADDON}.platform_web").keep_days = 1
        mention = self.store()
        self.last_seen(mention, days=90)
        self.clear()
        self.assertTrue(mention.exists())

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
        self.env["social.retention"]._cron_clear()
        run = self.last_run()
        # The classes before it had nothing to do, and so needed no time.
        self.assertEqual(said[-1], (2, 1), "Odoo is told that there is more to do")
        self.assertEqual(len(mentions.exists()), 3)
        self.assertEqual((run.state, self.count(run)["mention"]), ("partial", 2))

    def patch_batch(self, size):
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


class TestMatches(TestRetention):
    def match(self, days, **consent):
        """Return a match that was made so many days ago, on a consent without an end."""
        self.give(**consent)
        match = self.store()._match(self.partner)
        self.backdate(match, days)
        return match

    def test_a_matched_mention_goes_with_its_match_three_years_after_it_was_made(self):
        match = self.match(1094)
        mention = match.mention_id
        self.clear()
        self.assertTrue(mention.exists() and match.exists())
        self.backdate(match, 1095)
        self.clear()
        self.assertFalse(mention.exists() or match.exists())
        self.assertEqual(self.count(self.last_run())["matched"], 1)

    def test_zero_keeps_it_as_long_as_the_match_is_valid(self):
        self.set_days(matched=0, mention=30, ended=5)
        match = self.match(9999, valid_until=fields.Datetime.now() + timedelta(hours=1))
        mention = match.mention_id
        self.backdate(mention, 9999)
        self.clear()
        self.assertTrue(mention.exists() and match.exists())
        with self.after(days=6):
            self.clear()
        self.assertFalse(match.exists() or mention.exists())

    def test_one_matched_again_and_one_in_work_stay(self):
        match = self.match(9999)
        other = self.env["res.partner"].create({"name": "Bob", "lang": "en_US"})
        self.give(partner=other)
        again = match.mention_id._match(other)
        busy = self.store(make_post(2))
        busy.action_take()
        held = busy._match(self.partner)
        self.backdate(held, 9999)
        self.clear()
        self.assertTrue(match.exists() and again.exists() and held.exists())

    def test_what_rested_on_an_ended_consent_goes_after_its_period_and_the_mention_stays(self):
        match = self.match(0, valid_until=fields.Datetime.now() + timedelta(hours=1))
        mention = match.mention_id
        with self.after(days=30):
            self.clear()
            self.assertTrue(match.exists(), "a renewed consent brings it back")
        with self.after(days=31):
            self.clear()
        self.assertFalse(match.exists())
        self.assertTrue(mention.exists())

    def test_an_enriched_value_goes_after_its_own_period(self):
        self.give("enrich")
        category = self.env.ref(f"{ADDON}.category_interests")
        value = self.env["social.enrichment"]._make(self.partner, category, "x", self.store())
        with self.after(days=1094):
            self.set_days(mention=0, ended=0)
            self.clear()
            self.assertTrue(value.exists())
        with self.after(days=1096):
            self.clear()
        self.assertFalse(value.exists())


class TestEvidence(TestRetention):
    def evidence(self):
        return self.env["social.consent.evidence"].search(
            [("event_id.subject_key", "=", self.partner.social_subject_key)]
        )

    def is_whole(self):
        return not self.env["social.consent.event"]._find_break()

    def test_evidence_goes_three_years_after_the_consent_ended_and_the_chain_holds(self):
        self.give()
        with self.after(days=600):
            self.clear()
            self.assertEqual(len(self.evidence()), 1, "the consent is valid")
            self.withdraw("match")
        with self.after(days=600 + 1094):
            self.clear()
            self.assertEqual(len(self.evidence()), 2)
        with self.after(days=600 + 1096):
            self.clear()
        self.assertFalse(self.evidence())
        events = self.partner.social_consent_ids.event_ids
        self.assertEqual(events.mapped("state"), ["withdrawn", "given"])
        self.assertTrue(self.is_whole())

    def test_what_is_left_is_still_told_from_what_was_changed(self):
        self.give()
        self.withdraw("match")
        self.give("enrich")
        with self.after(days=1096):
            self.clear()
        left = self.evidence()
        self.assertEqual(len(left), 1)
        self.assertTrue(self.is_whole())
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_consent_evidence SET details = '{}' WHERE id = %s", (left.id,)
        )
        self.env.invalidate_all()
        self.assertFalse(self.is_whole())

    def test_a_consent_ends_by_time_by_refusal_and_by_no_answer(self):
        self.give(valid_until=fields.Datetime.now() + timedelta(days=10))
        self.partner._object_social("enrich", method="staff")
        with self.after(days=1096):
            self.clear()
            self.assertEqual(self.evidence().consent_id.mapped("purpose_code"), ["match"])
        with self.after(days=1106):
            self.clear()
        self.assertFalse(self.evidence())

    def test_what_proves_a_consent_to_calls_stays_five_years_whatever_is_set(self):
        self.set_days(evidence=1)
        self.give("contact", "phone")
        self.give("contact", "email")
        self.withdraw("contact")
        with self.after(days=365 * 5):
            self.clear()
            self.assertEqual(set(self.evidence().consent_id.mapped("channel")), {"phone"})
        with self.after(days=365 * 5 + 3):
            self.clear()
        self.assertFalse(self.evidence())

    def test_zero_keeps_it_for_ever(self):
        self.set_days(evidence=0)
        self.give()
        self.withdraw("match")
        with self.after(days=9999):
            self.clear()
        self.assertEqual(len(self.evidence()), 2)


class TestRuns(TestRetention):
    def test_a_run_says_how_much_of_each_class_it_deleted_and_for_how_long_it_is_kept(self):
        self.set_days(evidence=0)
        self.backdate(self.store(make_post(1), make_post(2)), 9999)
        self.clear()
        run = self.last_run().with_user(self.officer)
        self.assertEqual((run.state, run.is_dry_run, run.count), ("done", False, 3))
        self.assertEqual((self.count(run)["mention"], self.count(run)["author"]), (2, 1))
        states = {line.data_class: (line.days, line.state) for line in run.line_ids}
        self.assertEqual(states["mention"], (730, "done"))
        self.assertEqual(states["evidence"], (0, "kept"))
        self.assertTrue(run.ended_at)

    def test_the_run_tells_of_each_batch_with_the_batch(self):
        mentions = self.store(*(make_post(number) for number in range(5)))
        self.backdate(mentions, 9999)
        self.patch(social_retention, "BATCH", 2)
        seen = []

        def commit(_cron, processed=0, *, remaining=None, deactivate=False):
            if processed:
                run = self.last_run()
                [line] = run.line_ids.filtered(lambda line: line.state == "running")
                seen.append((line.data_class, line.count, len(mentions.exists()), run.state))
            return 100

        self.patch(self.registry["ir.cron"], "_commit_progress", commit)
        self.env["social.retention"]._cron_clear()
        counted = [(count, left) for name, count, left, _state in seen if name == "mention"]
        self.assertEqual(counted, [(2, 3), (4, 1), (5, 0)])

    def test_a_run_that_was_killed_is_shown_as_stopped_by_the_next(self):
        days = self.env["social.retention"]._get_days()
        killed = open_door(self.env["social.retention.run"].sudo())._start(days)
        self.clear()
        self.assertEqual((killed.state, self.last_run().state), ("stopped", "done"))

    def test_runs_themselves_are_kept_for_a_year(self):
        self.clear()
        old = self.last_run()
        self.backdate(old, 366)
        self.clear()
        self.assertFalse(old.exists() or old.line_ids.exists())

    def test_a_dry_run_counts_and_deletes_nothing(self):
        self.give()
        matched = self.store(make_post(1))._match(self.partner)
        self.backdate(matched, 2000)
        mentions = self.store(make_post(2), make_post(3))
        self.backdate(mentions, 800)
        row = self.decide()
        self.backdate(row, 3000)
        run = self.preview()
        lines = {line.data_class: line for line in run.line_ids}
        self.assertEqual((lines["mention"].count, lines["matched"].count), (2, 1))
        self.assertGreaterEqual(lines["decision"].count, 1)
        oldest = fields.Datetime.now() - timedelta(days=800, hours=1)
        self.assertLess(abs(lines["mention"].oldest - oldest), timedelta(minutes=5))
        self.assertEqual((run.is_dry_run, run.state), (True, "done"))
        self.assertTrue(matched.exists() and row.exists() and len(mentions.exists()) == 2)

    def test_what_a_dry_run_counts_is_what_a_run_deletes(self):
        self.backdate(self.store(*(make_post(number) for number in range(7))), 9999)
        self.give()
        self.withdraw("match")
        with self.after(days=1096):
            counted = self.count(self.preview())
            self.clear()
            deleted = self.count(self.last_run())
        del counted["author"], deleted["author"]  # they go with their last mention
        self.assertEqual(counted, deleted)
        self.assertEqual(counted["mention"], 7)
        self.assertGreaterEqual(counted["evidence"], 2)

    def test_it_counts_no_longer_than_a_while_and_no_further_than_many(self):
        self.backdate(self.store(*(make_post(number) for number in range(5))), 9999)
        self.patch(social_retention, "MANY", 3)
        self.patch(social_retention_line, "MANY", 3)
        self.patch(social_retention, "SECONDS", 0.3)
        self.patch(
            type(self.env["social.author"]),
            "_select_outlived_author",
            lambda self, moment: SQL("SELECT 1 AS id, now() AS at FROM pg_sleep(30)"),
        )
        start = time.monotonic()
        lines = {line.data_class: line for line in self.preview().line_ids}
        self.assertLess(time.monotonic() - start, 10)
        self.assertEqual((lines["mention"].count, lines["mention"].is_more), (3, True))
        self.assertEqual((lines["author"].count, lines["author"].state), (0, "too_long"))
        [(timeout,)] = self.env.execute_query(SQL("SHOW statement_timeout"))
        self.assertEqual(timeout, "0", "the rest of the transaction has its time")

    def test_the_settings_show_what_a_period_would_delete_before_it_is_saved(self):
        self.backdate(self.store(), 100)
        page = self.env["res.config.settings"].create({"social_retention_mention": 90})
        run = self.env["social.retention.run"].browse(
            page.action_preview_social_retention()["res_id"]
        )
        self.assertEqual(self.count(run)["mention"], 1)
        self.assertEqual(self.env["social.policy"]._get_setting("retention_mention"), 730)
        page.social_retention_mention = -1
        with self.assertRaisesRegex(ValidationError, "whole number"):
            page.action_preview_social_retention()
        with self.assertRaises(AccessError):
            page.with_user(self.officer).action_preview_social_retention()

    def test_administrators_and_the_officer_run_it_and_nobody_else(self):
        runs = self.env["social.retention.run"]
        admin = self.env.ref("base.user_admin")
        for user in (admin, self.officer):
            run = self.preview(user)
            self.assertTrue(run.line_ids.mapped("data_class"))
            triggers = self.env["ir.cron.trigger"].search_count([])
            run.action_delete_now()
            self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers + 1)
        for user in (self.clerk, self.manager, self.employee):
            with self.assertRaises(AccessError):
                runs.with_user(user).action_preview()
            with self.assertRaises(AccessError):
                run.with_user(user).action_delete_now()
            with self.assertRaises(AccessError):
                run.with_user(user).read(["state"])
        with self.assertRaises(UserError):
            run.sudo().write({"state": "done"})

    def test_each_period_is_a_setting_whose_changes_are_logged(self):
        for kept in filter(lambda kept: kept.setting, social_retention.KEPT):
            self.set_days(**{kept.setting.removeprefix("retention_"): 17})
            change = self.env["social.policy.change"].search([], limit=1)
            self.assertEqual(self.env["social.policy"]._get_setting(kept.setting), 17)
            self.assertEqual(change.new_values, {f"social_{kept.setting}": 17})

    def test_every_class_has_a_name(self):
        names = dict(self.env["social.retention.line"]._fields["data_class"].selection)
        self.assertEqual([kept.code for kept in social_retention.KEPT], list(names))


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
