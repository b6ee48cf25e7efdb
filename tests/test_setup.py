"""R16: the first hour: each step is done by what is there, can be left out, and be taken up again."""

from pathlib import Path
from tempfile import TemporaryDirectory

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.social_consent_monitoring.models.social_setup import STEPS
from odoo.addons.social_consent_monitoring.models.social_setup_steps import TEST_PERSON

from common import ADDON, Common, CommonHttp, make_post
from counterparts.snac import Snac


class Fresh:
    """A company that has nothing yet, and whoever sets it up."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fresh = cls.env["res.company"].create({"name": "Fresh"})
        cls.admin = cls.env.ref("base.user_admin")
        users = cls.admin + cls.manager + cls.officer + cls.clerk
        users.company_ids += cls.fresh
        # A source that all companies share would be one of the new company, too.
        cls.env["social.source"].search([]).company_id = cls.env.company
        unread = {"terms_verdict": False, "terms_allow_answers": False}
        cls.env["social.platform"].search([]).write(unread)


class SetupCase(Fresh, Common):
    def setup_of(self, user=None):
        setup = self.env["social.setup"].with_user(user or self.admin)
        return setup.with_company(self.fresh).with_context(allowed_company_ids=self.fresh.ids)

    def point(self, code, user=None):
        points = self.setup_of(user).get_page()["points"]
        return next(point for point in points if point["code"] == code)

    def confirm_terms(self):
        """Let the terms of the demo source's platform be read and found good."""
        self.source.platform_id.write(
            {"terms_version": "1", "terms_verdict": "allowed", "terms_expiry": "2099-01-01"}
        )

    def state(self, code):
        return self.point(code)["state"]

    def labels(self, point):
        return [button["label"] for button in point["buttons"]]


class TestSteps(SetupCase):
    def test_in_an_empty_company_all_is_open_but_what_starts_safe(self):
        points = self.setup_of().get_page()["points"]
        self.assertEqual([point["code"] for point in points], list(STEPS))
        states = {point["code"]: point["state"] for point in points}
        self.assertEqual(states.pop("rules"), "done", "rules start enforced")
        self.assertEqual(set(states.values()), {"open"})

    def test_only_who_can_set_up_reads_the_page(self):
        for user in (self.clerk, self.sales, self.employee):
            for method in ("get_page", "get_more"):
                with self.assertRaises(AccessError):
                    getattr(self.env["social.setup"].with_user(user), method)()
            with self.assertRaises(AccessError):
                self.env["social.setup"].with_user(user).skip("person")
        for user in (self.manager, self.officer, self.admin):
            self.assertEqual(len(self.setup_of(user).get_page()["points"]), len(STEPS))

    def test_company_and_officer_are_done_when_they_are_known(self):
        self.assertIn("privacy officer", self.point("company")["text"])
        self.fresh.write({"street": "Hafen 1", "city": "Kiel", "email": "us@fresh.example"})
        self.assertEqual(self.state("company"), "open")
        self.fresh.social_privacy_officer = "Ada Lindqvist"
        self.assertEqual(self.state("company"), "done")

    def test_r6_notices_come_from_templates_in_english_and_german_and_are_published(self):
        self.setup_of().take_templates()
        notices = self.env["social.consent.notice"].search([("company_id", "=", self.fresh.id)])
        self.assertEqual(len(notices), 8)
        self.assertEqual(set(notices.mapped("state")), {"draft"})
        self.assertEqual(set(notices.mapped("lang")), {"en_US", "de_DE"})
        self.assertEqual(self.state("notices"), "open")
        english = notices.filtered(lambda notice: notice.lang == "en_US")
        english.with_company(self.fresh).action_publish()
        self.assertEqual(self.state("notices"), "done")

    def test_templates_leave_alone_what_the_company_has(self):
        own = self.env.ref(f"{ADDON}.notice_match_en").copy(
            {"company_id": self.fresh.id, "name": "Our own"}
        )
        self.setup_of().take_templates()
        self.setup_of().take_templates()
        notices = self.env["social.consent.notice"].search([("company_id", "=", self.fresh.id)])
        self.assertEqual(len(notices), 8)
        same = notices.filtered(
            lambda each: (each.purpose_id, each.lang) == (own.purpose_id, own.lang)
        )
        self.assertEqual(same, own)

    def test_a_manager_takes_no_templates(self):
        with self.assertRaises(AccessError):
            self.setup_of(self.manager).take_templates()
        self.assertNotIn("Take the Templates", self.labels(self.point("notices", self.manager)))
        self.assertIn("privacy officer", self.point("notices", self.manager)["text"])

    def test_r16_terms_are_confirmed_one_by_one(self):
        platform = self.source.platform_id
        item = next(item for item in self.point("terms")["items"] if item["name"] == platform.name)
        [button] = item["buttons"]
        self.assertEqual(button["action"]["context"], {"default_platform_id": platform.id})
        self.confirm_terms()
        self.assertEqual(self.state("terms"), "done")
        others = [item for item in self.point("terms")["items"] if item["buttons"]]
        self.assertTrue(others, "the others still wait, each for itself")
        elsewhere = self.env["social.platform"].search([("name", "=", others[0]["name"])])
        source = self.source.copy(
            {"company_id": self.fresh.id, "team_id": False, "platform_id": elsewhere.id}
        )
        self.assertEqual(self.state("terms"), "open", "this one is needed, too")
        source.unlink()
        self.assertEqual(self.state("terms"), "done")
        self.assertNotIn(platform.name, [item["name"] for item in others])

    def test_the_first_source_is_done_when_one_is_started_here(self):
        self.confirm_terms()
        source = self.source.copy({"company_id": self.fresh.id, "team_id": False})
        self.assertEqual(self.state("source"), "open")
        source.action_activate()
        self.assertEqual(self.state("source"), "done")

    def test_consents_and_answers_are_done_by_what_is_there(self):
        self.assertEqual(self.state("consents"), "open")
        self.setup_of().take_templates()
        notices = self.env["social.consent.notice"].search([("company_id", "=", self.fresh.id)])
        notices.with_company(self.fresh).action_publish()
        self.give("contact", "email", partner=self.partner.with_company(self.fresh))
        self.assertEqual(self.state("consents"), "done")
        self.confirm_terms()
        source = self.source.copy({"company_id": self.fresh.id, "team_id": False})
        mention = source._store([make_post()])
        self.assertEqual(self.state("mention"), "open")
        elsewhere = self.store(make_post(2))
        elsewhere.state = "answered"
        self.assertEqual(self.state("mention"), "open", "another company answered that")
        mention.state = "answered"
        self.assertEqual(self.state("mention"), "done")

    def test_r9_the_test_person_counts_once_it_agreed_itself(self):
        person = self.env["res.partner"].create(
            {"name": "Test", "ref": TEST_PERSON, "email": "t@fresh.example"}
        )
        self.setup_of().take_templates()
        notices = self.env["social.consent.notice"].search([("company_id", "=", self.fresh.id)])
        notices.with_company(self.fresh).action_publish()
        there = person.with_company(self.fresh)
        self.give("match", partner=there)
        self.assertEqual(self.state("person"), "open", "staff entered that")
        there._give_social_consent("contact", "email", method="link")
        self.assertEqual(self.state("person"), "done")
        self.assertEqual(self.state("consents"), "open", "that of the test person is none of yours")
        person.company_id = self.env.company
        companies = (self.fresh + self.env.company).ids
        setup = self.setup_of().with_context(allowed_company_ids=companies)
        state = setup._get_step("person")["state"]
        self.assertEqual(state, "open", "another company tries it with that one")

    def test_an_account_that_answers_is_asked_for_until_there_is_one(self):
        [item] = self.point("mention")["items"]
        self.assertEqual([button["label"] for button in item["buttons"]], ["Add an Account"])
        [item] = self.point("mention", self.manager)["items"]
        self.assertFalse(item["buttons"])
        self.assertIn("administrator", item["text"])
        account = self.env["social.account"].create(
            {
                "name": "Ours",
                "connector": "fediverse",
                "address": "https://social.example",
                "company_id": self.env.company.id,
            }
        )
        self.assertTrue(self.point("mention")["items"], "another company's")
        account.company_id = self.fresh
        self.assertFalse(self.point("mention")["items"])
        account.answer_limit = 0
        self.assertTrue(self.point("mention")["items"], "it only reads")

    def test_an_administrator_without_any_other_right_reads_the_page(self):
        admin = new_test_user(
            self.env,
            "system",
            groups="base.group_system",
            company_id=self.fresh.id,
            company_ids=self.fresh.ids,
        )
        points = {point["code"]: point for point in self.setup_of(admin).get_page()["points"]}
        self.assertEqual(list(points), list(STEPS))
        self.assertIn("manager", points["source"]["text"])
        self.assertIn("privacy officer", points["notices"]["text"])
        self.assertTrue(points["company"]["buttons"])
        self.assertTrue(self.setup_of(admin).get_more())
        health = self.env["social.health"].with_user(admin).with_company(self.fresh)
        self.assertTrue(health.get_page()["points"] and health.get_more())


class TestLeavingOut(SetupCase):
    def test_each_open_step_can_be_left_out_and_taken_up_again(self):
        for code in STEPS:
            if self.state(code) == "done":
                continue
            self.setup_of().skip(code)
            self.assertEqual(self.state(code), "skipped", code)
            self.assertEqual(self.labels(self.point(code)), ["Take It Up Again"])
            self.setup_of().take_up(code)
            self.assertEqual(self.state(code), "open", code)

    def test_what_is_there_counts_though_it_was_left_out(self):
        self.setup_of().skip("company")
        self.fresh.write({"street": "Hafen 1", "city": "Kiel", "email": "us@fresh.example"})
        self.fresh.social_privacy_officer = "Ada Lindqvist"
        self.assertEqual(self.state("company"), "done")

    def test_each_company_leaves_out_for_itself(self):
        self.setup_of().skip("person")
        elsewhere = self.env["social.setup"].with_user(self.admin).get_page()["points"]
        state = next(point["state"] for point in elsewhere if point["code"] == "person")
        self.assertEqual(state, "open")

    def test_unknown_steps_are_not_kept(self):
        self.setup_of().skip("nothing")
        self.assertFalse(self.fresh.social_setup_skipped)


class TestRulesStep(SetupCase):
    def test_rules_that_the_installation_let_observe_wait_for_a_decision(self):
        rules = self.env["social.policy.rule"]
        rules._observe_marketing()
        # Of an installation nothing is logged.
        self.env.cr.execute("DELETE FROM social_policy_change")
        self.env.invalidate_all()
        self.assertEqual(self.state("rules"), "open")
        for act in self.setup_of()._get_switched():
            self.assertEqual(self.state("rules"), "open", "each is decided for itself")
            self.setup_of().decide_rule(act, "enforce" if act == "contact_sms" else "observe")
        self.assertEqual(self.state("rules"), "done")
        fresh = rules.with_company(self.fresh)
        self.assertEqual(fresh._get_mode("contact_sms"), "enforce")
        self.assertEqual(fresh._get_mode("contact_email"), "observe")
        self.assertEqual(rules._find_default("contact_sms").mode, "observe", "another company's")

    def test_only_who_may_change_rules_decides_and_never_of_the_wall(self):
        for user in (self.officer, self.clerk):
            with self.assertRaises(AccessError):
                self.setup_of(user).decide_rule("contact_email", "observe")
        for act, mode in (("match", "observe"), ("contact_email", "off"), ("x", "observe")):
            with self.assertRaises(UserError):
                self.setup_of(self.manager).decide_rule(act, mode)

    def test_r25_the_decision_is_logged_with_who_made_it(self):
        self.setup_of(self.manager).decide_rule("contact_email", "observe")
        change = self.env["social.policy.change"].search([], limit=1)
        self.assertEqual(change.user_id, self.manager)

    def test_the_numbers_come_after_the_page(self):
        people = self.env["res.partner"].create({"name": "Ben", "email": "ben@x.example"})
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "done",
                "social_company_id": self.fresh.id,
            }
        )
        self.env["mailing.trace"].create(
            {
                "mass_mailing_id": mailing.id,
                "model": "res.partner",
                "res_id": people.id,
                "email": "ben@x.example",
                "trace_status": "sent",
            }
        )
        name = self.env["social.policy"]._get_act_names()["contact_email"]
        [point] = self.setup_of(self.manager).get_more()
        said = {item["name"]: item["text"] for item in point["items"]}
        self.assertIn("stopped 1 of 1", said[name])
        before = {item["name"]: item["text"] for item in self.point("rules")["items"]}
        self.assertNotIn("stopped", before[name])


class TestBanner(SetupCase):
    def line(self, user):
        rules = self.env["social.policy.rule"].with_user(user).with_company(self.fresh)
        return rules.get_banner()["setup"]

    def test_it_stands_while_nothing_can_be_heard_or_agreed_to(self):
        self.assertIn("not finished", self.line(self.manager))
        self.assertEqual(self.line(self.clerk), "")
        for code in ("notices", "source"):
            self.setup_of().skip(code)
        self.assertEqual(self.line(self.manager), "")

    def test_the_demo_company_has_none(self):
        self.assertEqual(self.env["social.setup"].with_user(self.admin)._get_banner_line(), "")


class TestFirstHour(Fresh, CommonHttp):
    def test_r16_from_an_empty_company_to_the_first_answer_by_the_page_alone(self):
        folder = Path(self.enterContext(TemporaryDirectory()))
        snac = self.enterContext(Snac(folder / "server"))
        snac.add_user("ada")
        snac.add_user("brand")
        snac.post("ada", "My parcel is late #nordlicht")
        self.env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
        self.env["ir.default"].set("social.source.wizard", "address", snac.base_url)
        # What an administrator copies from the server, and a tour cannot know.
        self.env["ir.default"].set("social.account", "secret", snac.token("brand"))
        self.admin.company_id = self.fresh
        self.admin.company_ids = self.fresh
        self.start_tour("/odoo", "social_first_hour", login="admin", timeout=300)
        states = {
            point["code"]: point["state"]
            for point in self.env["social.setup"]
            .with_user(self.admin)
            .with_company(self.fresh)
            .get_page()["points"]
        }
        self.assertEqual((states["mention"], states["consents"]), ("done", "skipped"))
        person = self.env["res.partner"].search([("ref", "=", TEST_PERSON)])
        self.assertEqual(person.company_id, self.fresh)

    def test_the_health_page_names_what_is_wrong_and_leads_to_it(self):
        self.env.ref(f"{ADDON}.ir_cron_retention").active = False
        self.start_tour("/odoo", "social_health", login="admin", timeout=120)
