"""The record of processing says what is configured, and nothing that is not (R25, GDPR Art. 30)."""

import json

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from common import ADDON, Common, CommonHttp

REPORT = f"{ADDON}.report_processing"


class TestRecord(Common):
    def read(self, code, user=None):
        """Return one section of the record as the officer reads it: ``{title: {label: text}}``."""
        record = self.env["social.processing"].with_user(user or self.officer)._get_record()
        [section] = [each for each in record if each.code == code]
        return {row.title: {"": row.source, **dict(row.values)} for row in section.rows}

    def print(self, user=None, lang="en_US"):
        """Return the printed page, as text."""
        user = user or self.officer
        user.lang = lang
        report = self.env["ir.actions.report"].with_user(user).with_context(lang=lang)
        content, _kind = report._render_qweb_html(REPORT, self.env.company.ids)
        return " ".join(html.fromstring(content).text_content().split())

    def test_r25_it_names_the_controller_and_the_privacy_officer(self):
        self.env.company.write({"name": "Nordlicht", "email": "info@nordlicht.example"})
        said = self.read("controller")[""]
        self.assertEqual(said["Company"], "Nordlicht")
        self.assertEqual(said["E-mail"], "info@nordlicht.example")
        self.assertIn("Privacy officer", said)

    def test_a_source_stands_with_its_balancing_test_as_soon_as_it_is_there(self):
        title = "Read public posts: Harbour feed"
        self.assertNotIn(title, self.read("activities"))
        source = self.env["social.source"].create(
            {
                "name": "Harbour feed",
                "platform_id": self.source.platform_id.id,
                "address": "https://feeds.example/secret-key-123",
                "balancing_test": "Harbours are dangerous.",
            }
        )
        said = self.read("activities")[title]
        self.assertEqual(said["Balancing test"], "Harbours are dangerous.")
        self.assertEqual((said[""], said["Platforms"]), ("Not started", "Fediverse"))
        self.assertIn("Art. 6(1)(f)", said["Legal basis"])
        source.balancing_test = False
        self.assertEqual(self.read("activities")[title]["Balancing test"], "Missing.")
        self.assertNotIn("secret-key-123", self.print())
        source.active = False
        self.assertNotIn(title, self.read("activities"))

    def test_a_published_notice_is_a_purpose_with_what_was_given_to_it(self):
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        newer = self.publish(
            notice, "purpose", purpose_statement="We would like to know you.", months=7
        )
        said = [row for row in self.rows() if newer.name in row.source and "English" in row.source]
        [row] = [row for row in said if f"version {newer.version}," in row.source]
        values = dict(row.values)
        self.assertEqual(values["Purpose"], "We would like to know you.")
        self.assertIn("Art. 6(1)(a)", values["Legal basis"])
        self.assertIn("7 months", values["Ends"])
        self.assertEqual(values["Data"], ", ".join(newer.category_ids.mapped("name")))
        self.assertEqual(values["In force now"], "0")
        self.give("match", notice=newer)
        self.assertEqual(self.count(newer), "1")
        self.withdraw("match")
        self.assertEqual(self.count(newer), "0")
        drafts = self.env["social.consent.notice"].search([("state", "!=", "published")])
        self.assertIn(notice, drafts, "an earlier version is no purpose of now")
        self.assertNotIn(f"version {notice.version}, English", self.sources(notice))

    def rows(self):
        record = self.env["social.processing"]._get_record()
        return next(section for section in record if section.code == "activities").rows

    def sources(self, notice):
        return " ".join(row.source for row in self.rows() if row.title == notice.purpose_id.name)

    def count(self, notice):
        [row] = [
            row for row in self.rows() if f"{notice.name}, version {notice.version}," in row.source
        ]
        return dict(row.values)["In force now"]

    def test_contracts_and_existing_customers_are_counted_as_they_run(self):
        kind = "Monitoring service"
        before = int(self.read("activities")[kind]["In force now"])
        contract = self.env["social.contract"].create(
            {
                "name": "C1",
                "partner_id": self.partner.id,
                "kind": "monitor",
                "note": "Agreed",
                "handle_ids": [
                    Command.create({"platform_id": self.source.platform_id.id, "handle": "ada@x.y"})
                ],
            }
        )
        self.assertEqual(int(self.read("activities")[kind]["In force now"]), before + 1)
        contract.action_end()
        self.assertEqual(int(self.read("activities")[kind]["In force now"]), before)
        self.assertNotIn("ada@x.y", self.print())

    def test_periods_follow_the_settings(self):
        label = "Keep the Decision Log (Days)"
        key = self.env["social.policy"]._get_setting_key("retention_decision")
        for value, said in (("90", "90 days"), ("0", "Without an end")):
            self.env["ir.config_parameter"].set_param(key, value)
            self.assertEqual(self.read("retention")[""][label], said)

    def test_rules_say_how_strictly_and_why(self):
        self.assertEqual(self.read("rules")["Advertise by letter"][""], "Enforced")
        rule = self.env["social.policy.rule"]._find_default("contact_post")
        rule.write({"mode": "off", "reason": "Letters are checked by hand."})
        said = self.read("rules")["Advertise by letter"]
        self.assertEqual(said["Reason"], "Letters are checked by hand.")
        self.assertNotEqual(said[""], "Enforced")
        self.assertEqual(self.read("rules")["Watch a person"][""], "Always enforced")

    def test_platforms_say_their_terms_and_whether_they_get_data(self):
        platform = self.source.platform_id
        platform.terms_allow_answers = False
        self.assertTrue(self.read("platforms")["Fediverse"]["Transfer"].startswith("None"))
        platform.write({"terms_allow_push": True, "terms_version": "2031-01"})
        said = self.read("platforms")["Fediverse"]
        self.assertIn("Art. 44", said["Transfer"])
        self.assertEqual(said["Version of the terms"], "2031-01")

    def test_another_company_has_a_record_of_its_own(self):
        other = self.env["res.company"].create({"name": "Other Controller"})
        notice = self.env.ref(f"{ADDON}.notice_match_en").copy(
            {"company_id": other.id, "name": "Their notice"}
        )
        notice.with_company(other).action_publish()
        self.assertNotIn("Their notice", self.print())
        record = self.env["social.processing"].with_company(other)._get_record()
        texts = str(record)
        self.assertIn("Their notice", texts)
        self.assertIn("Other Controller", texts)

    def test_names_that_people_typed_in_are_text(self):
        self.source.name = "<script>alert(1)</script>"
        self.source.balancing_test = "<b>bold</b>"
        content, _kind = self.env["ir.actions.report"]._render_qweb_html(
            REPORT, self.env.company.ids
        )
        self.assertNotIn(b"<script>alert", content)
        self.assertIn(b"&lt;b&gt;bold", content)

    def test_the_officer_and_administrators_read_it_and_nobody_else(self):
        administrator = new_test_user(self.env, "sysadmin", groups="base.group_system")
        for user in (self.officer, administrator):
            self.assertIn("Record of Processing", self.print(user))
        for user in (self.clerk, self.manager, self.sales, self.employee):
            with self.assertRaises(AccessError):
                self.print(user)

    def test_it_is_there_in_german(self):
        self.speak_german(everywhere=True)
        said = self.print(lang="de_DE")
        for words in ("Verzeichnis von Verarbeitungstätigkeiten", "Rechtsgrundlage", "Immer"):
            self.assertTrue(words in said, words)


class TestAddresses(CommonHttp):
    @mute_logger("odoo.http")
    def test_the_record_for_programs(self):
        self.authenticate("officer", "officer")
        answer = self.url_open("/social/processing.json")
        said = json.loads(answer.content)
        self.assertEqual(said["company"], self.env.company.name)
        self.assertEqual(
            [section["code"] for section in said["sections"]],
            [
                "controller",
                "activities",
                "recipients",
                "platforms",
                "retention",
                "rules",
                "measures",
            ],
        )
        page = self.url_open(f"/report/html/{REPORT}")
        self.assertEqual(page.status_code, 200)
        self.authenticate("sales", "sales")
        self.assertEqual(self.url_open("/social/processing.json").status_code, 404)
        self.assertEqual(self.url_open(f"/report/html/{REPORT}").status_code, 403)

    def test_the_menu_opens_it(self):
        menu = self.env.ref(f"{ADDON}.menu_processing")
        self.assertEqual(menu.action, self.env.ref(f"{ADDON}.action_report_processing"))
        visible = self.env["ir.ui.menu"].with_user(self.officer)._visible_menu_ids()
        self.assertIn(menu.id, visible)
        self.assertNotIn(menu.id, self.env["ir.ui.menu"].with_user(self.clerk)._visible_menu_ids())
