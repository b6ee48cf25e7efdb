"""What the scheduled job does by itself: it says what it did, waits, shares, and tells its owner."""

from collections import Counter
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.models.social_import_host import SETTING
from odoo.addons.social_consent_monitoring.models.social_import_run import KEEP_RUNS
from odoo.addons.social_consent_monitoring.models.social_source_outcome import (
    INTERVAL,
    LONGEST_WAIT,
    PATIENCE,
    SPREAD,
    back_off,
)

from common import ADDON, CommonHttp, make_post
from counterparts.hostile import item, rss
from test_import import SOURCE_LOGGER, ImportCase


class JobCase(ImportCase):
    def runs(self, source):
        return self.env["social.import.run"].search([("source_id", "=", source.id)])

    def wait_of(self, source):
        return (source.next_run - fields.Datetime.now()).total_seconds()


class TestHistory(JobCase):
    def test_a_run_says_what_it_saw_and_what_became_of_it(self):
        undated = "<title>No date</title><guid>https://site.example/9</guid>"
        self.server.serve("/told", rss(item(1, "One"), item(2, "Two"), undated))
        source = self.feed("/told")
        source._import()
        self.server.serve("/told", rss(item(1, "One, edited"), item(2, "Two"), item(3, "Three")))
        source._import()
        second, first = self.runs(source)
        self.assertEqual((first.seen, first.new, first.known, first.dropped), (3, 2, 0, 1))
        self.assertEqual(first.reasons_text, "no date: 1")
        self.assertEqual((second.seen, second.new, second.changed, second.known), (3, 1, 1, 1))
        self.assertEqual((second.state, second.pages, second.dropped), ("done", 1, 0))
        self.assertGreater(second.seconds, 0)
        self.assertIn("1 edited, 1 new, 1 known, 0 rejected", source.last_summary)

    def test_r15_posts_that_are_not_public_any_more_count_as_deleted(self):
        self.store()
        run = self.env["social.import.run"]._begin(self.source)
        page = connectors.Page((make_post(visibility="private"),), None)
        self.source._store_with_run(run, page, self.source._get_position(), (0, None))
        self.assertEqual((run.seen, run.deleted, run.dropped), (1, 1, 1))
        self.assertEqual(run.reasons_text, "not public: 1")

    def test_a_run_that_failed_says_why(self):
        source = self.feed("/error")
        source._import()
        run = self.runs(source)
        self.assertEqual(run.state, "failed")
        self.assertEqual(run.error_message, source.error_message)

    def test_a_run_that_was_killed_is_shown_as_stopped_by_the_next(self):
        self.server.serve("/good-one", rss(item(7)))
        source = self.feed("/good-one")
        killed = self.env["social.import.run"]._begin(source)
        source._import()
        self.assertEqual(self.runs(source).mapped("state"), ["done", "stopped"])
        self.assertEqual(killed.state, "stopped")

    def test_following_deletions_has_its_own_runs(self):
        source = self.feed("/good-one")
        counts = {"removed": 1, "changed": 2, "known": 3}
        source._note_check(None, Counter(counts), 1.5)
        run = self.runs(source)
        self.assertEqual((run.kind, run.deleted, run.changed, run.known), ("follow", 1, 2, 3))

    def test_the_form_tells_how_far_a_run_is(self):
        source = self.feed("/good-one")
        self.assertFalse(source.run_progress)
        run = self.env["social.import.run"]._begin(source)
        run._add(Counter({"new": 60}), 60)
        run._add(Counter({"known": 60}), 60)
        source.invalidate_recordset(["run_progress"])
        told = source.with_user(self.clerk).run_progress
        self.assertEqual(told, "Running: page 3, 120 posts so far")
        run._end("done", 1)
        source.invalidate_recordset(["run_progress"])
        self.assertFalse(source.run_progress)

    def test_managers_and_the_officer_read_runs_and_nobody_writes_them(self):
        source = self.feed("/error")
        source._import()
        run = self.runs(source)
        for user in (self.manager, self.officer):
            self.env.invalidate_all()
            shown = run.with_user(user).read(["state", "display_name", "source_id"])[0]
            self.assertEqual(shown["state"], "failed")
            self.assertIn(source.name, shown["display_name"])
        for user in (self.clerk, self.employee):
            with self.assertRaises(AccessError):
                run.with_user(user).read(["state"])
        for rows in (run.with_user(self.manager), run.with_user(self.officer), run.sudo()):
            with self.assertRaisesRegex(UserError, "writes down itself"):
                rows.write({"new": 1000})

    def test_old_runs_go_and_of_the_others_a_bounded_number_stays(self):
        source, runs = self.feed("/error"), self.env["social.import.run"]
        for _number in range(3):
            runs._begin(source)
        oldest = self.runs(source)[-1]
        self.env.cr.execute(
            "INSERT INTO social_import_run (source_id, kind, state, started_at)"
            " SELECT %s, 'read', 'done', %s FROM generate_series(1, %s)",
            (source.id, fields.Datetime.now(), KEEP_RUNS - 2),
        )
        runs._gc_old()
        self.assertFalse(oldest.exists())
        self.assertEqual(len(self.runs(source)), KEEP_RUNS)
        with self.after(days=91):
            runs._gc_old()
        self.assertFalse(self.runs(source))

    def test_a_source_that_closes_for_good_keeps_no_runs(self):
        source = self.feed("/error")
        source._import()
        source._close()
        self.assertFalse(self.runs(source))


class TestWaiting(JobCase):
    def test_each_failure_in_a_row_waits_longer_and_at_last_it_pauses(self):
        source = self.feed("/error")
        for failures in range(1, PATIENCE):
            source._import()
            longest = min(INTERVAL * 2 ** (failures - 1), LONGEST_WAIT)
            self.assertGreaterEqual(self.wait_of(source), longest / 2 - 2)
            self.assertLessEqual(self.wait_of(source), longest)
            self.assertEqual(source.state, "active")
        source._import()
        self.assertEqual(source.state, "paused")

    def test_chance_keeps_apart_those_that_failed_together(self):
        for failures in (1, 4, PATIENCE):
            self.assertGreater(len({back_off(failures) for _source in range(20)}), 15)

    def test_the_wait_that_the_server_asks_for_is_the_least(self):
        for _time in range(20):
            self.assertGreaterEqual(back_off(1, 7200), 7200)
            self.assertLessEqual(back_off(1, 7200), 7200 * 1.1)

    def test_a_source_that_pauses_tells_its_owner_once_and_says_what_to_do(self):
        source = self.feed("/error?key=s3cret", user_id=self.manager.id)
        for _failure in range(PATIENCE):
            source._import()
        self.assertEqual(source.activity_ids.user_id, self.manager)
        said = f"{source.activity_ids.summary} {source.activity_ids.note}"
        self.assertIn("paused", said)
        self.assertIn("error 500", said)
        self.assertNotIn("s3cret", said)
        source._pause("Once more")
        self.assertEqual(len(source.activity_ids), 1)
        source.action_activate()
        self.assertFalse(source.activity_ids)

    def test_an_owner_who_left_is_not_the_one_who_is_told(self):
        source = self.feed("/gone", user_id=self.manager.id)
        self.manager.active = False
        source._pause("It does not work.")
        told = source.activity_ids.user_id
        self.assertTrue(told.active and told != self.manager)

    def test_without_an_owner_the_privacy_officer_is_told(self):
        source = self.feed("/error", user_id=False)
        source._pause("It broke.")
        self.assertTrue(source.activity_ids.user_id.has_group(f"{ADDON}.group_privacy_officer"))

    def test_r16_terms_that_expire_are_told_too(self):
        source = self.feed("/good-one", user_id=self.manager.id)
        source.platform_id.terms_expiry = "2020-01-01"
        source._import()
        self.assertEqual((source.state, self.runs(source).state), ("paused", "failed"))
        self.assertIn("expired", source.activity_ids.note)

    def test_an_address_that_is_gone_is_not_asked_again(self):
        source = self.feed("/gone")
        source._import()
        self.assertEqual((source.state, source.failure_count), ("paused", 1))
        self.assertIn("gone for good", source.error_message)

    def test_answers_that_cannot_be_parsed_pause_after_some_in_a_row(self):
        source = self.feed("/html")
        for _failure in range(PATIENCE):
            self.assertEqual(source.state, "active")
            source._import()
        self.assertEqual(source.state, "paused")
        self.assertIn("no feed", source.error_message)


class TestHosts(JobCase):
    def test_what_one_source_was_told_holds_for_all_of_that_host(self):
        self.server.serve("/good-one", rss(item(7)))
        first, second = self.feed("/too-often"), self.feed("/good-one")
        first._import()
        self.assertIn("less often", first.error_message)
        asked = len(self.server.requests)
        second._import()
        self.assertEqual(len(self.server.requests), asked, "the host was asked all the same")
        self.assertFalse(second.error_message or second.failure_count or self.runs(second))
        self.assertTrue(118 <= self.wait_of(second) <= 132 + SPREAD)
        with self.after(seconds=140):
            second._import()
        self.assertEqual(len(self.mentions(second)), 1)

    def test_another_host_is_read_meanwhile(self):
        hosts = self.env["social.import.host"]
        hosts._leave("busy.example", 60)
        self.assertTrue(hosts._ask("busy.example"))
        self.assertIsNone(hosts._ask("calm.example"))

    def test_no_host_is_asked_more_often_than_allowed_whoever_reads_from_it(self):
        self.env["ir.config_parameter"].set_param(SETTING, "2")
        sources = self.env["social.source"]
        for number in range(3):
            self.server.serve(f"/shared-{number}", rss(item(number)))
            sources |= self.feed(f"/shared-{number}")
        asked = len(self.server.requests)
        sources._import()
        self.assertEqual(len(self.server.requests), asked + 2)
        self.assertFalse(any(sources.mapped("error_message")))
        with self.after(seconds=61):
            sources[2]._import()
        self.assertEqual(len(self.mentions(sources[2])), 1)

    def test_in_the_middle_of_a_run_the_rest_waits_and_nothing_is_lost(self):
        self.env["ir.config_parameter"].set_param(SETTING, "1")
        source = self.feed("/good-one")
        pages = [connectors.Page((make_post(n),), f'{{"at": {n}}}', more=n < 2) for n in (1, 2)]
        self.patch(connectors, "fetch", lambda _name, _query, cursor: pages[bool(cursor)])
        source._import()
        self.assertEqual(self.runs(source).state, "partial")
        self.assertLessEqual(self.wait_of(source), 60)
        with self.after(seconds=61):
            source._import()
        self.assertEqual((self.runs(source)[0].state, len(self.mentions(source))), ("done", 2))

    def test_deletions_are_not_asked_about_meanwhile(self):
        source = self.feed("/good-one")
        self.env["social.import.host"]._leave(self.server.host, 60)
        asked = len(self.server.requests)
        source._follow_one(Counter())
        self.assertEqual(len(self.server.requests), asked)
        self.assertFalse(source.check_error_message)

    def test_rows_of_hosts_go_after_a_day(self):
        hosts = self.env["social.import.host"]
        hosts._ask("old.example")
        with self.after(days=2):
            hosts._gc_unused()
        self.assertFalse(hosts.search([("host", "=", "old.example")]))


class TestSharing(JobCase):
    def test_who_waits_longest_comes_first(self):
        now = fields.Datetime.now()
        late, later, never = (
            self.feed(f"/turn-{number}", next_run=at)
            for number, at in enumerate((now - timedelta(1), now - timedelta(2), False))
        )
        order = []
        self.patch(type(late), "_import_one", lambda source, due: order.append(source.id))
        self.env["social.source"]._cron_import()
        own = [id_ for id_ in order if id_ in (late | later | never).ids]
        self.assertEqual(own, [never.id, later.id, late.id])

    def test_what_another_worker_has_just_read_is_not_read_again(self):
        source = self.feed("/good-one", next_run="2999-01-01 00:00:00")
        source._import(due_only=True)
        self.assertFalse(source.last_run)

    def test_where_the_time_is_up_the_rest_of_a_source_comes_soon(self):
        source = self.feed("/good-one")
        page = connectors.Page((make_post(1),), '{"at": 1}', more=True)
        self.patch(connectors, "fetch", lambda *_args: page)
        self.patch(type(source), "_commit", lambda *_args: 0)
        source._import()
        self.assertEqual((self.runs(source).state, self.runs(source).pages), ("partial", 1))
        self.assertLessEqual(self.wait_of(source), 0)

    def test_two_jobs_read_so_that_two_workers_can(self):
        jobs = self.env["ir.cron"].search(
            [("code", "=", "model._cron_import()"), ("model_id.model", "=", "social.source")]
        )
        self.assertEqual(len(jobs), 2)

    @mute_logger(SOURCE_LOGGER)
    def test_a_defect_in_the_middle_leaves_the_next_run_free(self):
        source = self.feed("/good-one")

        def crash(*_args):
            raise ValueError("a defect")

        self.patch(connectors, "fetch", crash)
        source._import()
        self.assertEqual(self.runs(source).state, "failed")
        with (
            self.registry.cursor() as other,
            source.with_env(source.env(cr=other))._alone() as free,
        ):
            self.assertTrue(free)


class TestForm(CommonHttp):
    def test_the_form_shows_how_far_the_run_is_and_then_what_came_of_it(self):
        self.source.action_activate()
        run = self.env["social.import.run"]._begin(self.source)
        ended = []

        def progress_once(sources):
            """Tell of a run at the first looks, and that it has ended after them."""
            for source in sources:
                source.run_progress = "Running: page 1" if len(ended) < 3 else False
            ended.append(True)
            if len(ended) > 3:
                sources.sudo().last_summary = "7 new"

        self.patch(type(self.source), "_compute_run_progress", progress_once)
        self.assertEqual(run.state, "running")
        self.browser_js(
            f"/odoo/social-sources/{self.source.id}",
            """
            (async () => {
                const waitFor = async (text) => {
                    while (!document.body.innerText.includes(text)) {
                        await new Promise((resolve) => setTimeout(resolve, 100));
                    }
                };
                await waitFor("Running: page 1");
                await waitFor("7 new");
                console.log("test successful");
            })();
            """,
            login="manager",
            timeout=60,
        )
