"""The page “Health”: what is missing, ends, is late or only observed; the record, and the gates."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo import Command, fields
from odoo.exceptions import AccessError

from odoo.addons.social_consent_monitoring import census
from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.models import social_health, social_health_gates

from common import ADDON, Common
from test_chain import CommonChain


class HealthCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Tests that commit leave consents behind: events stay, and a database may be kept.
        cls.env.cr.execute(
            "UPDATE social_consent SET recorded_state = 'expired' WHERE recorded_state = 'given'"
        )
        cls.env.invalidate_all()

    def page(self, user=None):
        health = self.env["social.health"].with_user(user or self.manager)
        return health.get_page()["points"]

    def point(self, code, user=None):
        return next(point for point in self.page(user) if point["code"] == code)

    def ask(self):
        """Let a person ask for access to its data, who then waits."""
        [(_person, subject)] = self.partner._ensure_subjects()
        return self.env["social.privacy.request"]._open(subject, "access", method="staff")

    def waiting(self, user):
        """What the page says of requests; mentions of others may be late, too."""
        items = self.point("late", user)["items"]
        return next(item for item in items if item["name"] == "Requests of persons")

    def names(self, code):
        return [item["name"] for item in self.point(code)["items"]]


class TestHealth(HealthCase):
    def test_managers_officers_and_administrators_read_it_and_nobody_else(self):
        for user in (self.clerk, self.sales, self.employee):
            for method in ("get_page", "get_more"):
                with self.assertRaises(AccessError):
                    getattr(self.env["social.health"].with_user(user), method)()
        for user in (self.manager, self.officer, self.env.ref("base.user_admin")):
            self.assertTrue(self.page(user))
            self.assertEqual(len(self.env["social.health"].with_user(user).get_more()), 2)

    def test_what_is_missing_is_named(self):
        self.env.company.write({"social_privacy_officer": False})
        self.assertIn("The company lacks: privacy officer", self.names("missing"))
        group = self.env.ref(f"{ADDON}.group_privacy_officer")
        group.all_user_ids.write({"email": False})
        self.assertEqual(self.point("missing")["state"], "danger")

    def test_links_that_lead_nowhere_are_urgent(self):
        self.assertNotIn("Links in mails lead nowhere", self.names("missing"))
        self.env["ir.config_parameter"].set_param("web.base.url", "nowhere")
        self.assertIn("Links in mails lead nowhere", self.names("missing"))
        self.assertEqual(self.point("missing")["state"], "danger")

    def test_r6_what_nobody_can_agree_to_is_named(self):
        purpose = self.env.ref(f"{ADDON}.purpose_enrich")
        name = f"Nobody can agree to “{purpose.name}”"
        self.assertNotIn(name, self.names("missing"))
        self.env.cr.execute(
            "UPDATE social_consent_notice SET state = 'superseded' WHERE purpose_id = %s",
            [purpose.id],
        )
        self.env.invalidate_all()
        self.assertIn(name, self.names("missing"))

    def test_r16_terms_that_ended_are_urgent_and_those_that_end_soon_are_said(self):
        platform = self.source.platform_id
        self.assertEqual(self.point("terms")["state"], "done")
        platform.terms_expiry = fields.Date.today() + timedelta(days=10)
        self.assertEqual(self.point("terms")["state"], "warning")
        platform.terms_expiry = fields.Date.today() - timedelta(days=1)
        self.assertEqual(self.point("terms")["state"], "danger")
        self.assertEqual(self.page()[0]["state"], "danger", "the urgent ones stand first")

    def test_a_job_that_does_not_run_is_urgent(self):
        job = self.env.ref(f"{ADDON}.ir_cron_retention")
        job.nextcall = fields.Datetime.now()
        for values in (
            {"active": False},
            {"failure_count": 3},
            {"nextcall": fields.Datetime.now() - timedelta(days=3)},
        ):
            with self.subTest(values=values):
                before = {name: job[name] for name in values}
                job.write(values)
                self.assertIn(job.name, self.names("jobs"))
                [item] = [
                    each
                    for each in self.point("jobs", self.env.ref("base.user_admin"))["items"]
                    if each["name"] == job.name
                ]
                self.assertEqual(
                    [each["action"]["res_id"] for each in item["buttons"]],
                    job.ids,
                    "who may mend it is led there",
                )
                [item] = [each for each in self.point("jobs")["items"] if each["name"] == job.name]
                self.assertFalse(item["buttons"], "a manager may not open jobs")
                job.write(before)
        self.assertNotIn(job.name, self.names("jobs"))

    def test_sources_that_rest_or_fail_are_named(self):
        self.assertNotIn(self.source.name, self.names("sources"))
        self.source.action_pause()
        self.assertIn(self.source.name, self.names("sources"))
        self.source.action_activate()
        self.assertNotIn(self.source.name, self.names("sources"))
        self.source.error_date = fields.Datetime.now()
        self.assertEqual(self.said_of_source(), ["Failing"])

    def test_a_source_whose_deletions_are_not_followed_is_named(self):
        self.store()
        self.source.platform_id.follow = True
        self.assertEqual(self.said_of_source(), [])
        with self.after(hours=self.source.platform_id.follow_hours + 1):
            self.env.invalidate_all()
            self.assertEqual(self.said_of_source(), ["Deletions are not followed"])

    def said_of_source(self):
        items = self.point("sources")["items"]
        return [item["text"] for item in items if item["name"] == self.source.name]

    def test_consents_that_end_within_a_month_are_counted(self):
        self.give("match")
        self.assertNotIn("Consents that end within 30 days", self.names("consents"))
        with self.after(days=24 * 30 - 10):
            self.assertIn("Consents that end within 30 days", self.names("consents"))
            self.env.cr.execute(
                "UPDATE social_consent SET recorded_state = 'withdrawn' WHERE subject_id = %s",
                [self.partner.social_subject_id.id],
            )
            self.env.invalidate_all()
            self.assertNotIn("Consents that end within 30 days", self.names("consents"))

    def test_r6_consents_to_an_older_notice_are_counted(self):
        name = "Consents to an older notice: ask again"
        consent = self.give("match")
        self.assertNotIn(name, self.names("consents"))
        self.publish(consent.notice_id, "extent", months=6)
        self.env.invalidate_all()
        self.assertIn(name, self.names("consents"))

    def test_r8_what_consent_and_blacklist_say_against_each_other_is_counted(self):
        name = "Consent and blacklist contradict each other"
        self.give("contact", "email")
        self.assertNotIn(name, self.names("consents"))
        self.block()
        self.assertIn(name, self.names("consents"))

    def block(self):
        """Put the person on Odoo's blacklist, as an entry stood there before the product came."""
        self.env.flush_all()
        self.env.cr.execute(
            "INSERT INTO mail_blacklist (email, active) VALUES (%s, TRUE)",
            [self.partner.email_normalized],
        )
        self.env.invalidate_all()

    def test_each_company_reads_of_itself_alone(self):
        consent = self.give("contact", "email")
        self.give("match", valid_until=fields.Datetime.now() + timedelta(days=50))
        self.publish(consent.notice_id, "extent", months=6)
        self.block()
        self.ask()
        other = self.env["res.company"].create({"name": "Other"})
        self.manager.company_ids += other
        theirs = self.env["social.health"].with_user(self.manager).with_company(other)
        with self.after(days=40):
            self.assertEqual(len(self.names("consents")), 3)
            self.assertIn("Requests of persons", self.names("late"))
            points = {point["code"]: point for point in theirs.get_page()["points"]}
        for code in ("consents", "late"):
            self.assertEqual(points[code]["items"], [], code)

    def test_who_need_not_be_informed_any_more_is_not_late(self):
        name = "Persons who had to be informed"
        self.assertNotIn(name, self.names("late"))
        [(_person, subject)] = self.partner._ensure_subjects()
        information = open_door(self.env["social.information"]).create(
            {
                "subject_id": subject.id,
                "company_id": self.env.company.id,
                "platform_id": self.source.platform_id.id,
                "linked_at": fields.Datetime.now() - timedelta(days=40),
                "due_date": fields.Date.today() - timedelta(days=10),
            }
        )
        self.assertIn(name, self.names("late"))
        open_door(information).void = True
        self.assertNotIn(name, self.names("late"))

    def test_r4_monitoring_services_that_end_within_a_month_are_counted(self):
        name = "Monitoring services that end within 30 days"
        service = self.env["social.contract"].create(
            {
                "name": "S1",
                "partner_id": self.partner.id,
                "kind": "monitor",
                "date_end": fields.Datetime.now() + timedelta(days=40),
                "note": "Reputation service.",
                "handle_ids": [
                    Command.create(
                        {"platform_id": self.source.platform_id.id, "handle": "ada@social.example"}
                    )
                ],
            }
        )
        self.assertNotIn(name, self.names("consents"))
        with self.after(days=20):
            self.assertIn(name, self.names("consents"))
        with self.after(days=41):
            self.assertNotIn(name, self.names("consents"), "it has ended")
        self.assertTrue(service.exists())

    def test_what_is_overdue_is_counted(self):
        self.assertEqual(self.point("late")["state"], "done")
        self.ask()
        with self.after(days=40):
            self.assertEqual(self.point("late")["state"], "danger")

    def test_rules_that_only_observe_are_named_with_what_happened_all_the_same(self):
        rule = self.env["social.policy.rule"]._find_default("contact_email")
        self.assertEqual(self.point("observed")["state"], "done")
        policy = self.env["social.policy"]
        rule.write({"mode": "observe", "reason": "Tried."})
        [item] = self.point("observed")["items"]
        self.assertIn("0 refusals", item["text"])
        for number in range(6):
            person = self.env["res.partner"].create({"name": f"P{number}"})
            policy._enforce("contact_email", person)
            if number == 0:
                [item] = self.point("observed")["items"]
                self.assertIn("Fewer than 5", item["text"])
        [item] = self.point("observed")["items"]
        self.assertIn("6 refusals", item["text"])

    def test_what_was_refused_or_allowed_or_is_long_ago_was_not_only_noted(self):
        policy, decisions = self.env["social.policy"], self.env["social.decision"]
        open_door(decisions.search([])).unlink()
        ben = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.give("contact", "email", partner=ben)
        with suppress(ConsentRequired):
            policy._enforce("contact_email", self.partner)
        rule = self.env["social.policy.rule"]._find_default("contact_email")
        rule.write({"mode": "observe", "reason": "Tried."})
        policy._enforce("contact_email", ben)
        other = self.env["res.company"].create({"name": "Other"})
        policy.with_company(other)._enforce("contact_email", self.partner)
        self.assertEqual(len(decisions.search([])), 3)
        policy._enforce("contact_email", self.partner)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE social_decision SET create_date = create_date - interval '31 days'"
            " WHERE id = %s",
            [decisions.search([], order="id desc", limit=1).id],
        )
        self.env.invalidate_all()
        [item] = self.point("observed")["items"]
        self.assertIn("0 refusals", item["text"])

    def test_lists_open_for_whoever_may_read_them_only(self):
        request = self.ask()
        with self.after(days=40):
            self.assertFalse(self.waiting(self.manager)["buttons"])
            [button] = self.waiting(self.officer)["buttons"]
            found = self.env[button["action"]["res_model"]].search(button["action"]["domain"])
            self.assertIn(request, found)


class TestRecordOfConsents(CommonChain):
    def check(self):
        return self.env["social.health"].with_user(self.officer)._check_chain()

    def test_whole_until_somebody_changed_an_event(self):
        self.give("match")
        self.seals._seal()
        self.assertEqual(self.check()["state"], "done")
        event = self.events.search([], order="sequence desc", limit=1)
        self.tamper("UPDATE social_consent_event SET state = 'refused' WHERE id = %s", event.id)
        point = self.check()
        self.assertEqual(point["state"], "danger")
        self.assertIn(str(event.sequence), point["text"])

    def test_a_large_record_is_not_walked_while_somebody_waits(self):
        self.patch(social_health, "CHECKED", 0)
        self.give("match")
        self.patch(type(self.events), "_find_break", lambda *args: self.fail("walked"))
        self.assertIn("once a week", self.check()["text"])


class TestGates(Common):
    def check(self):
        return self.env["social.health"].with_user(self.manager)._check_gates()

    def test_r23_with_what_odoo_ships_all_passes_a_gate(self):
        point = self.check()
        self.assertEqual((point["state"], point["items"]), ("done", []))

    def test_code_beside_a_gate_that_nobody_looked_at_is_named(self):
        self.patch(census, "AROUND", census.AROUND - {"mail"})
        names = [item["name"] for item in self.check()["items"]]
        self.assertIn("mail: mail.mail._send", names)
        self.assertIn("mail: res.partner._notify_thread_by_email", names)

    def test_a_gate_that_is_gone_is_urgent(self):
        self.patch(census, "GATES", (*census.GATES, ("mail.mail", "_send", "models.nothing")))
        point = self.check()
        self.assertEqual(point["state"], "danger")
        self.assertIn("mail.mail._send", [item["name"] for item in point["items"]])

    def test_a_gate_whose_model_is_gone_is_urgent_and_the_page_still_opens(self):
        self.patch(census, "GATES", (("mail.pigeon", "_send", "models.mail_mail"),))
        point = self.check()
        self.assertEqual(point["state"], "danger")
        self.assertEqual([item["name"] for item in point["items"]], ["mail.pigeon._send"])

    def test_an_addon_that_sends_by_itself_is_named(self):
        self.addCleanup(social_health_gates._read_senders.cache_clear)
        folder = Path(self.enterContext(TemporaryDirectory()))
        (folder / "models.py").write_text(
            "class Spam:\n"
            "    def run(self):\n        self.env['ir.mail_server'].send_email(self.message)\n"
            "    def make(self):\n        self.env['mail.mail'].create({})\n"
        )
        (folder / "broken.py").write_text("def send_email(:")
        (folder / "binary.py").write_bytes(b"send_email\0")
        (folder / "gone.py").symlink_to(folder / "nowhere")
        found, makers = census.take([("spam", folder)])
        self.assertEqual((found, makers), ({"spam/Spam.run"}, {"spam/Spam"}))
        self.patch(social_health_gates, "get_module_path", lambda *args, **options: str(folder))
        social_health_gates._read_senders.cache_clear()
        names = [item["name"] for item in self.check()["items"]]
        self.assertTrue(any(name.endswith("/Spam.run") for name in names))
