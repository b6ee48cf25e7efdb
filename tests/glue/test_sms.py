"""SMS mailings: only to people who consent, with a trace for the others (rule 23)."""

from unittest.mock import patch

from lxml import html

from odoo import Command

from common import CommonHttp
from ends import Ends

ADA, BEN = "+4930123456", "+4930654321"


class TestSmsMailing(Ends):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create({"name": "Ben", "phone": "+49 30 654321"})

    def mailing(self, people=None, **values):
        people = people or self.partner | self.other
        return self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_plaintext": "News",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id(people._name),
                "mailing_domain": [("id", "in", people.ids)],
                "sms_force_send": True,
                **values,
            }
        )

    def send(self, *args, **values):
        mailing = self.mailing(*args, **values)
        mailing.action_send_sms()
        self.send_queue()
        return mailing

    def assertNumbers(self, *numbers):
        self.assertEqual(sorted(self.numbers), sorted(numbers))

    def test_r23_only_who_consents_to_sms_gets_it(self):
        for state, reached in (("asked", []), ("given", [ADA]), ("withdrawn", [])):
            with self.subTest(state=state):
                self.numbers.clear()
                if state == "given":
                    self.give("contact", "sms")
                elif state == "withdrawn":
                    self.withdraw("contact", "sms")
                self.send()
                self.assertNumbers(*reached)

    def test_r23_what_the_rule_would_have_stopped_of_sms_is_counted(self):
        self.env["mailing.trace"].search([]).unlink()  # of Odoo's demo data
        mailing = self.mailing(state="done")
        self.env["mailing.trace"].create(
            [
                {
                    "trace_type": "sms",
                    "mass_mailing_id": mailing.id,
                    "model": "res.partner",
                    "res_id": person.id,
                    "sms_number": person.phone_sanitized,
                    "trace_status": "pending",
                }
                for person in self.partner | self.other
            ]
        )
        self.give("contact", "sms")
        sent, refused = self.env["social.past.mailings"]._count("sms")
        self.assertEqual((sent, dict(refused)), (2, {"never_asked": 1}))

    def test_who_is_left_out_is_shown_and_counted_as_no_consent(self):
        self.give("contact", "sms")
        mailing = self.send()
        self.assertEqual((mailing.social_refused_count, mailing.canceled), (1, 1))
        trace = mailing.mailing_trace_ids.filtered(lambda trace: trace.res_id == self.other.id)
        self.assertEqual((trace.trace_status, trace.failure_type), ("cancel", "social_no_consent"))

    def test_consent_to_mail_is_no_consent_to_sms(self):
        self.give("contact", "email")
        self.send()
        self.assertNumbers()

    def test_unticking_the_exclusion_list_changes_nothing(self):
        self.send(use_exclusion_list=False)
        self.assertNumbers()

    def test_each_sms_says_how_to_stop(self):
        self.give("contact", "sms")
        mailing = self.queue()
        [sms] = self.env["sms.sms"].search([("mailing_id", "=", mailing.id)])
        self.assertIn(f"/sms/{mailing.id}/", sms.body)

    def queue(self, **values):
        """Send a mailing as far as the queue."""
        mailing = self.mailing(sms_force_send=False, **values)
        mailing.action_send_sms()
        self.assertNumbers()
        return mailing

    def test_who_withdraws_while_it_is_queued_gets_nothing(self):
        self.give("contact", "sms")
        mailing = self.queue()
        self.withdraw("contact", "sms")
        self.send_queue()
        self.assertNumbers()
        self.assertEqual(mailing.mailing_trace_ids.mapped("trace_status"), ["cancel"] * 2)

    def test_a_service_reaches_everybody(self):
        self.send(social_kind="service", social_kind_reason="A recall")
        self.assertNumbers(ADA, BEN)

    def test_r23_naming_a_service_mailing_makes_no_service(self):
        mailing = self.mailing(social_kind="service", social_kind_reason="A recall of goods.")
        values = mailing._send_sms_get_composer_values(self.partner.ids)
        self.env["sms.composer"].create({**values, "body": "Offers"})._action_send_sms()
        self.send_queue()
        self.assertNumbers()

    def test_the_stop_link_is_a_withdrawal(self):
        self.give("contact", "sms")
        self.give("contact", "phone")
        self.env["phone.blacklist"].with_user(self.env.ref("base.public_user")).sudo().add(ADA)
        consents = self.partner.social_consent_ids.filtered("in_current_company")
        self.assertEqual({each.channel for each in consents}, {"sms", "phone"})
        self.assertEqual(set(consents.mapped("state")), {"withdrawn"})
        self.send(use_exclusion_list=False)
        self.assertNumbers()

    def test_leaving_one_list_stops_that_list_only_even_while_it_is_queued(self):
        lists = self.env["mailing.list"].create([{"name": "News"}, {"name": "Offers"}])
        reader = self.env["mailing.contact"].create(
            {
                "name": "Reader",
                "phone_sanitized": ADA,
                "subscription_ids": [Command.create({"list_id": each.id}) for each in lists],
            }
            | (
                {"phone": ADA}
                if "phone" in self.env["mailing.contact"]._fields
                else {"mobile": ADA}
            )
        )
        self.give("contact", "sms", partner=reader)
        list_model = self.env["ir.model"]._get_id("mailing.list")
        for mailing_list, reached in zip(lists, ([], [ADA]), strict=True):
            mailing = self.env["mailing.mailing"].create(
                {
                    "subject": "News",
                    "body_plaintext": "News",
                    "mailing_type": "sms",
                    "mailing_model_id": list_model,
                    "contact_list_ids": [Command.set(mailing_list.ids)],
                }
            )
            mailing.action_send_sms()
            reader.subscription_ids.filtered(lambda one: one.list_id == lists[0]).opt_out = True
            self.send_queue()
            self.assertNumbers(*reached)

    def test_who_will_get_it_says_what_happens(self):
        self.give("contact", "sms")
        people = self.env["res.partner"].create(
            [
                {"name": "Twin", "phone": "+49 30 123456"},
                {"name": "Mute"},
                {"name": "Wrong", "phone": "1"},
                {"name": "Blocked", "phone": "+49 30 777777"},
            ]
        )
        for person in people:
            self.give("contact", "sms", partner=person)
        self.env["phone.blacklist"].add("+49 30 777777")
        mailing = self.mailing(self.partner | self.other | people)
        action = mailing.action_preview_social()
        preview = self.env[action["res_model"]].browse(action["res_id"])
        left = set().union(*[line.record_ids for line in preview.line_ids])
        mailing.action_send_sms()
        traces = mailing.mailing_trace_ids
        passed = traces.filtered(lambda trace: trace.trace_status not in ("cancel", "error"))
        self.assertEqual(preview.passing_count, len(passed))
        self.assertEqual(left, set((traces - passed).mapped("res_id")))
        self.assertEqual((preview.passing_count, preview.left_count), (1, 5))
        self.assertFalse([line.reason for line in preview.line_ids if "_" in line.reason])

    def test_the_banner_tells_of_the_rule_for_sms(self):
        mailing = self.mailing()
        self.assertEqual(mailing.social_mode, "enforce")
        rule = self.env["social.policy.rule"].search([("act", "=", "contact_sms")], limit=1)
        rule.write({"mode": "observe", "reason": "Trying"})
        mailing.invalidate_recordset()
        self.assertEqual(mailing.social_mode, "observe")

    def test_a_test_of_a_mailing_is_stopped_by_nobody(self):
        test = self.env["mailing.sms.test"].create(
            {"mailing_id": self.mailing().id, "numbers": "+49 30 999999"}
        )
        test.action_send_sms()
        self.assertNumbers("+49 30 999999")

    def test_a_defect_of_ours_neither_loses_nor_lets_out_an_sms(self):
        self.give("contact", "sms")
        self.queue()
        gate = type(self.env["social.gate"])
        logger = "odoo.addons.social_consent_monitoring.models.social_gate"
        with (
            patch.object(gate, "_judge", side_effect=ZeroDivisionError),
            self.assertLogs(logger, "ERROR"),
        ):
            self.send_queue()
        self.assertNumbers()
        self.send_queue()
        self.assertNumbers(ADA)


class TestStopPage(CommonHttp):
    """The link in an SMS: the page asks for the number, and sending it is the no."""

    def setUp(self):
        super().setUp()
        self.env.company.country_id = self.env.ref("base.de")
        self.partner.phone = "+49 30 123456"
        self.give("contact", "sms")
        self.mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_plaintext": "News",
                "mailing_type": "sms",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        self.trace = self.env["mailing.trace"].create(
            {
                "mass_mailing_id": self.mailing.id,
                "trace_type": "sms",
                "model": "res.partner",
                "res_id": self.partner.id,
                "sms_number": ADA,
                "sms_code": "abc",
            }
        )

    def get_state(self):
        self.env.invalidate_all()
        consents = self.partner.social_consent_ids.filtered("in_current_company")
        return consents.filtered(lambda each: each.channel == "sms").state

    def test_looking_at_the_pages_withdraws_nothing(self):
        for method in ("HEAD", "GET"):
            for url in (
                f"/sms/{self.mailing.id}/abc",
                f"/sms/{self.mailing.id}/abc?sms_number=%2B4930123456",
                f"/sms/{self.mailing.id}/unsubscribe/abc?sms_number=%2B4930123456",
            ):
                self.url_open(url, method=method)
                self.assertEqual(self.get_state(), "given", f"{method} {url}")

    def test_r8_sending_the_number_is_a_withdrawal(self):
        page = self.url_open(f"/sms/{self.mailing.id}/abc")
        form = html.fromstring(page.text).xpath("//form[.//input[@name='sms_number']]")[0]
        self.assertEqual(form.method, "POST")
        answer = self.url_open(f"/sms/{self.mailing.id}/abc", {**form.fields, "sms_number": ADA})
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.get_state(), "withdrawn")

    def test_another_number_is_nobodys_no(self):
        page = self.url_open(f"/sms/{self.mailing.id}/abc")
        form = html.fromstring(page.text).xpath("//form[.//input[@name='sms_number']]")[0]
        self.url_open(f"/sms/{self.mailing.id}/abc", {**form.fields, "sms_number": BEN})
        self.assertEqual(self.get_state(), "given")
