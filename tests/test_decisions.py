"""R25: the decision log: what gets a row, what stands in it, who reads it."""

import csv
import io
import json
from datetime import timedelta

from openpyxl import load_workbook

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring import policy

from common import ADDON, Common, CommonHttp

VIEWS = ("list", "form", "search", "graph", "pivot")


class Decided(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["social.policy"]
        cls.log = cls.env["social.decision"]
        cls.rule = cls.env.ref(f"{ADDON}.policy_rule_contact_email")
        cls.many = cls.env["res.partner"].create(
            [{"name": f"Person {number}", "lang": "en_US"} for number in range(4)]
        )

    def setUp(self):
        super().setUp()
        self.before = self.log.search([], limit=1).id

    def rows(self):
        """Return what was written since the test began, oldest first."""
        return self.log.search([("id", ">", self.before)], order="id")

    def ask(self, act="contact_email", records=None, partial=True, **facts):
        return self.policy._enforce(act, records or self.partner, partial=partial, **facts)


class TestWhatGetsARow(Decided):
    def test_each_refusal_has_one_and_a_batch_that_is_allowed_one(self):
        self.give("contact", "email", partner=self.many[:2])
        self.ask(records=self.many)
        rows = self.rows()
        self.assertEqual(sorted(rows.mapped("result")), ["allowed", "refused", "refused"])
        allowed = rows.filtered("allowed")
        self.assertEqual((allowed.count, allowed.subject_key), (2, False))
        self.assertEqual((rows - allowed).mapped("count"), [1, 1])

    def test_of_a_single_person_the_row_names_the_key(self):
        self.give("contact", "email")
        self.ask()
        self.assertEqual(self.rows().subject_key, self.partner.social_subject_key)

    def test_of_a_mention_it_names_the_authors(self):
        mention = self.store()
        mention.author_id._object_social("contact", "social", method="staff")
        mention.with_user(self.clerk).action_show_author()
        row = self.rows().filtered(lambda row: row.act == "reveal")
        self.assertTrue(row.subject_key)
        self.assertEqual(row.subject_key, mention.author_id.social_subject_key)

    def test_a_refusal_of_somebody_without_a_key_has_a_row_all_the_same(self):
        self.ask()
        row = self.rows()
        self.assertEqual(
            (row.result, row.reason, row.subject_key), ("refused", "never_asked", False)
        )

    def test_observing_says_what_would_have_been(self):
        self.rule.write({"mode": "observe", "reason": "Watching for a month."})
        self.assertEqual(self.ask(partial=False), self.partner)
        self.assertEqual(self.rows().mapped("result"), ["observed"])
        self.assertFalse(self.rows().allowed)

    def test_a_rule_that_is_off_leaves_no_trace(self):
        self.rule.write({"mode": "off", "reason": "Tried."})
        self.assertEqual(self.ask(partial=False), self.partner)
        self.assertFalse(self.rows())

    def test_showing_states_leaves_none(self):
        self.partner.web_read({"social_overview": {}, "social_email_state": {}})
        self.env["res.partner"].search([("social_email_state", "=", "allowed")])
        self.decide_all(self.partner)
        self.assertFalse(self.rows())

    def test_what_an_act_rests_on_is_named(self):
        self.give("match")
        self.ask("match")
        contract = self.env["social.contract"].create(
            {
                "name": "No. 1",
                "partner_id": self.partner.id,
                "date_end": fields.Datetime.now() + timedelta(days=1),
            }
        )
        self.ask("fulfil")
        self.env.company.social_companies = "free"
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.ask("match", firm)
        self.ask("contact_post")
        self.assertEqual(
            [(row.basis, row.contract_number) for row in self.rows()],
            [("consent", 0), ("contract", contract.id), ("company", 0), (False, 0)],
        )

    def test_of_a_batch_nobody_can_tell_the_contract(self):
        for partner in self.many[:2]:
            self.env["social.contract"].create({"name": "No. 1", "partner_id": partner.id})
        self.ask("fulfil", self.many[:2])
        row = self.rows()
        self.assertEqual((row.count, row.basis, row.contract_number), (2, "contract", 0))

    def test_a_merged_person_is_found_by_all_keys(self):
        self.give("contact", "email")
        self.give("contact", "email", partner=self.many[0])
        self.ask()
        self.ask(records=self.many[0])
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.partner | self.many[0]).ids, self.partner)
        action = self.partner.with_user(self.officer).action_view_social_decisions()
        self.assertEqual(self.log.search_count([*action["domain"], ("id", ">", self.before)]), 2)


class TestWhatStandsInIt(Decided):
    def test_nothing_in_a_row_is_personal(self):
        self.give()
        mention = self.store()
        mention._match(self.partner)
        mention.with_user(self.clerk).action_show_author()
        rows = self.rows().with_user(self.officer).read()
        # In the key, which is random, short words stand by chance.
        self.assertIn(self.partner.social_subject_key, [row.pop("subject_key") for row in rows])
        said = str(rows)
        for word in ("Ada", "ada", "example.com", "social.example", "parcel"):
            self.assertNotIn(word, said)
        self.assertIn(self.clerk.name, said, "whoever acted is named")

    def test_reasons_and_results_are_words_in_the_language_of_the_reader(self):
        self.speak_german()
        self.ask()
        for lang, words in (
            ("en_US", ["The person has not been asked for consent.", "Refused"]),
            ("de_DE", ["Die Person wurde nicht um ihre Einwilligung gebeten.", "Abgelehnt"]),
        ):
            row = self.rows().with_context(lang=lang)
            self.assertEqual(row.export_data(["reason", "result"])["datas"], [words])

    def test_every_objection_and_act_of_the_policy_has_words(self):
        self.assertLessEqual(set(policy.ACTS), set(dict(self.log._get_acts())))
        self.assertTrue(all(text for _code, text in self.log._get_reasons()))


class TestWhoReads(Decided):
    def test_the_privacy_officer_alone(self):
        self.ask()
        self.assertTrue(self.rows().with_user(self.officer).read())
        portal = new_test_user(self.env, "portal_log", groups="base.group_portal")
        others = (self.clerk, self.manager, self.sales, self.employee, portal)
        for user in (*others, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.rows().with_user(user).read(["act"])
            with self.assertRaises(AccessError):
                self.log.with_user(user).search_count([])
            with self.assertRaises(AccessError):
                self.partner.with_user(user).action_view_social_decisions()

    def test_those_of_another_company_are_not_seen(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.policy.with_company(other)._enforce("contact_email", self.partner, partial=True)
        row = self.rows()
        self.assertEqual(row.company_id, other)
        self.assertFalse(self.log.with_user(self.officer).search([("id", "=", row.id)]))
        self.officer.company_ids += other
        seen = self.log.with_user(self.officer).with_context(allowed_company_ids=other.ids)
        self.assertTrue(seen.search([("id", "=", row.id)]))

    def test_nobody_makes_changes_or_deletes_rows(self):
        self.ask()
        row = self.rows()
        for user in (self.officer, self.env.ref("base.user_admin"), self.env.ref("base.user_root")):
            log = self.log.with_user(user)
            for act in (
                lambda log=log: log.create({"act": "match"}),
                lambda log=log: log.browse(row.id).write({"allowed": True}),
                lambda log=log: log.browse(row.id).unlink(),
                lambda log=log: log.browse(row.id).copy(),
            ):
                with self.assertRaises(UserError):
                    act()
        with self.assertRaisesRegex(UserError, "writes itself"):
            row.unlink()
        self.assertEqual((row.exists().allowed, len(self.rows())), (False, 1))

    def test_the_officer_opens_whom_it_was_about(self):
        self.give("contact", "email")
        self.ask()
        row = self.rows().with_user(self.officer)
        self.assertTrue(row.person_hint)
        action = row.action_open_person()
        self.assertEqual((action["res_model"], action["res_id"]), ("res.partner", self.partner.id))

    def test_a_deleted_person_and_a_hidden_one_look_alike(self):
        self.give("contact", "email", partner=self.many[:2])
        deleted, hidden = self.many[:2]
        for partner in (deleted, hidden):
            self.ask(records=partner)
        rows = self.rows().with_user(self.officer)
        hidden.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        deleted.unlink()
        self.env.invalidate_all()
        self.assertFalse(any(rows.mapped("person_hint")))
        gone, unseen = (row.action_open_person() for row in rows)
        self.assertEqual(gone, unseen)
        self.assertEqual(gone["tag"], "display_notification")

    def test_nobody_searches_or_groups_by_who_it_is(self):
        log = self.log.with_user(self.officer)
        with self.assertRaises(ValueError):
            log.search([("person_hint", "!=", False)])
        with self.assertRaises(ValueError):
            log.formatted_read_group([], ["person_hint"], ["__count"])


class TestLookingAtIt(Decided):
    def test_lists_graphs_and_pivots_load_and_count(self):
        self.give("contact", "email", partner=self.many[:3])
        self.ask(records=self.many)
        log = self.log.with_user(self.officer)
        mine = [("id", ">", self.before)]
        views = log.get_views([(False, kind) for kind in VIEWS])["views"]
        self.assertEqual(set(views), set(VIEWS))
        for groupby in ("act", "result", "rule", "reason", "user_id", "create_date:month"):
            groups = log.formatted_read_group(mine, [groupby], ["__count", "count:sum"])
            self.assertEqual(sum(group["__count"] for group in groups), 2, groupby)
            self.assertEqual(sum(group["count:sum"] for group in groups), 4, groupby)
        sets = log.formatted_read_grouping_sets(
            mine, [[], ["act"], ["act", "result"]], ["count:sum"]
        )
        self.assertEqual(sets[0][0]["count:sum"], 4)

    def test_the_button_of_a_contact_lists_what_was_decided_about_that_contact_only(self):
        self.give("contact", "email", partner=self.many[:2])
        self.ask(records=self.many[0])
        self.ask(records=self.many[1])
        action = self.many[0].with_user(self.officer).action_view_social_decisions()
        found = self.log.search([*action["domain"], ("id", ">", self.before)])
        self.assertEqual(found.subject_key, self.many[0].social_subject_key)

    def test_of_somebody_without_a_key_there_is_nothing(self):
        self.ask(records=self.many[0])
        action = self.many[1].with_user(self.officer).action_view_social_decisions()
        self.assertFalse(self.log.search(action["domain"]))


class TestExport(Decided, CommonHttp):
    def export(self, kind):
        names = ("act", "result", "reason", "rule", "count", "subject_key")
        described = self.log.fields_get(names)
        data = {
            "model": "social.decision",
            "fields": [
                {"name": name, "label": name, "type": described[name]["type"]} for name in names
            ],
            "ids": self.rows().ids,
            "domain": [],
            "import_compat": False,
            "groupby": [],
            "context": {"lang": "en_US"},
        }
        form = {"data": json.dumps(data), "csrf_token": Request.csrf_token(self)}
        return self.url_open(f"/web/export/{kind}", data=form)

    def test_the_officer_exports_it_as_csv_and_as_a_workbook(self):
        self.give("contact", "email")
        self.ask()
        self.ask(records=self.many[0])
        self.env.flush_all()
        self.authenticate("officer", "officer")
        expected = [
            ["Advertise by e-mail", "Allowed", "Allowed.", "R23"],
            ["Advertise by e-mail", "Refused", "The person has not been asked for consent.", "R23"],
        ]
        rows = sorted(csv.reader(io.StringIO(self.export("csv").text)))[:-1]
        self.assertEqual([row[:4] for row in rows], expected)
        sheet = load_workbook(io.BytesIO(self.export("xlsx").content)).active
        rows = sorted(sheet.iter_rows(min_row=2, values_only=True), key=str)
        self.assertEqual([list(row[:4]) for row in rows], expected)
        self.assertEqual(rows[0][5], self.partner.social_subject_key)

    @mute_logger("odoo.http")
    def test_a_manager_exports_nothing(self):
        self.manager.group_ids += self.env.ref("base.group_allow_export")
        self.ask()
        self.env.flush_all()
        self.authenticate("manager", "manager")
        answer = self.export("csv")
        self.assertNotEqual(answer.status_code, 200)
        self.assertNotIn("Advertise", answer.text)
