"""Asking many again: who may be asked, who may not and why, few reminders, and the results (R8, R9)."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring.models import social_consent_request_batch

from common import ADDON, Common


class CampaignCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = cls.env["res.partner"].create(
            [{"name": f"Campaign {n}", "email": f"c{n}@example.com"} for n in range(4)]
        )
        cls.yes, cls.no, cls.silent, cls.refusing = cls.people

    def make(self, people=None, user=None, **values):
        people = self.people if people is None else people
        return (
            self.env["social.consent.campaign"]
            .with_user(user or self.sales)
            .create(
                {
                    "name": "Spring",
                    "domain": str([("id", "in", people.ids)]),
                    "occasion": "asked_for",
                    **values,
                }
            )
        )

    def start(self, campaign):
        campaign.action_check()
        campaign.action_start()

    def remind(self):
        """Run the job as the cron does; a test's transaction cannot be committed."""
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["social.consent.request.batch"]._cron_request()
        self.env.invalidate_all()

    def reasons(self, campaign):
        return {line.reason: line.count for line in campaign.reason_ids}

    def mails(self):
        return self.env["mail.mail"].sudo().search([], order="id desc")


class TestWhoIsAsked(CampaignCase):
    def test_before_anything_is_sent_it_says_who_may_be_asked_and_who_may_not_and_why(self):
        self.withdraw_given(self.no)
        self.refusing.email = False
        before = self.env["social.decision"].search_count([]), len(self.mails())
        campaign = self.make()
        campaign.action_check()
        self.assertEqual((campaign.ask_count, campaign.left_out_count), (2, 2))
        self.assertEqual(self.reasons(campaign), {"ask_withdrawn": 1, "no_email": 1})
        for line in campaign.reason_ids:
            self.assertNotEqual(line.explanation, line.reason)
        by_reason = {line.reason: line for line in campaign.reason_ids}
        listed = self.env["res.partner"].search(by_reason["ask_withdrawn"].action_open()["domain"])
        self.assertEqual(listed, self.no)
        after = self.env["social.decision"].search_count([]), len(self.mails())
        self.assertEqual(after, before, "looking asks nobody and logs nothing")
        self.assertFalse(self.yes.social_consent_ids)

    def test_what_was_found_counts_until_something_else_is_chosen(self):
        campaign = self.make()
        for changed in ({"domain": "[]"}, {"channel": "phone"}, {"occasion": "customer"}):
            campaign.action_check()
            self.assertTrue(campaign.checked_at)
            campaign.name = "Summer"
            self.assertTrue(campaign.checked_at)
            campaign.write(changed)
            self.assertFalse(campaign.checked_at)
            with self.assertRaisesRegex(UserError, "Look first"):
                campaign.action_start()
            self.assertFalse(campaign.ask_count)
            self.assertFalse(campaign.reason_ids)

    def withdraw_given(self, partner):
        self.give("contact", "email", partner=partner)
        partner._withdraw_social_consent("contact", "email", method="staff")

    def test_r8_who_said_no_is_not_asked_and_each_other_gets_one_mail_with_a_link(self):
        self.withdraw_given(self.no)
        before = len(self.mails())
        campaign = self.make()
        self.start(campaign)
        self.assertEqual(campaign.state, "running")
        self.assertEqual((campaign.asked_count, campaign.open_count), (3, 3))
        mails = self.mails()[: len(self.mails()) - before]
        self.assertEqual(
            sorted(mails.mapped("email_to")), ["c0@example.com", "c2@example.com", "c3@example.com"]
        )
        self.assertTrue(all("/social/consent/confirm/" in mail.body_html for mail in mails))
        lines = campaign.batch_ids.line_ids
        left = lines.filtered(lambda line: line.state == "left_out")
        self.assertEqual((left.partner_id, left.reason), (self.no, "ask_withdrawn"))

    def test_r23_a_customer_is_one_who_bought_or_wrote_here(self):
        self.env["social.first.contact"]._record(
            self.yes, "met", "At the fair", fields.Date.today()
        )
        for occasion in ("customer", "contacted_us"):
            campaign = self.make(occasion=occasion)
            campaign.action_check()
            self.assertEqual(self.reasons(campaign), {"not_known": 3})
        self.start(campaign)
        asked = campaign.batch_ids.line_ids.filtered(lambda line: line.state == "asked")
        self.assertEqual(asked.partner_id, self.yes)

    def test_nothing_is_asked_without_a_reason_or_with_nobody_left(self):
        for values, words in (
            ({"occasion": False}, "Say why"),
            ({"occasion": "other", "note": " "}, "Write down why"),
            ({"channel": False}, "which channel"),
            ({"domain": "env['x']"}, "filter"),
            ({"domain": "[('no_such_field', '=', 1)]"}, "filter"),
            ({"people": self.people[:0]}, "nobody to ask"),
        ):
            with self.assertRaisesRegex(UserError, words):
                self.start(self.make(**values))
        self.assertFalse(self.people.social_consent_ids)

    def test_recipients_are_asked_too(self):
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        self.sales.group_ids += self.env.ref("mass_mailing.group_mass_mailing_user")
        campaign = self.make(recipient, person_model="mailing.contact")
        self.start(campaign)
        self.assertEqual(recipient.social_consent_ids.state, "requested")
        self.assertEqual(campaign.open_count, 1)

    def test_whom_the_sender_may_not_see_is_not_asked(self):
        self.env["ir.rule"].create(
            {
                "name": "Hide one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.yes.id})]",
                "groups": [Command.link(self.env.ref("base.group_partner_manager").id)],
            }
        )
        self.start(self.make())
        self.assertFalse(self.yes.social_consent_ids)
        self.assertTrue(self.no.social_consent_ids)


class TestAnswersAndReminders(CampaignCase):
    def answer(self):
        for partner, state in ((self.yes, "given"), (self.refusing, "refused")):
            if state == "given":
                partner._give_social_consent("contact", "email", method="double_opt_in")
            else:
                partner._object_social("contact", "email", method="link")

    def test_the_results_say_who_answered_what(self):
        campaign = self.make()
        self.start(campaign)
        self.answer()
        self.env.invalidate_all()
        self.assertEqual(
            (
                campaign.asked_count,
                campaign.given_count,
                campaign.refused_count,
                campaign.open_count,
            ),
            (4, 1, 1, 2),
        )

    def test_the_lists_show_the_persons_of_this_campaign_and_of_this_request_alone(self):
        campaign, other = self.make(self.yes), self.make(self.no)
        self.start(campaign)
        self.start(other)
        lines = self.env["social.consent.request.line"]
        for shown in (campaign.action_view_people(), campaign.batch_ids.action_view_lines()):
            self.assertEqual(lines.search(shown["domain"]).partner_id, self.yes)

    def test_a_yes_before_the_campaign_is_no_answer_to_it(self):
        near_end = fields.Datetime.add(fields.Datetime.now(), days=10)
        self.give("contact", "email", partner=self.yes, valid_until=near_end)
        with self.after(days=1):
            campaign = self.make(self.yes)
            self.start(campaign)
            self.assertEqual((campaign.asked_count, campaign.given_count), (1, 0))

    def test_r9_who_did_not_answer_is_reminded_once_after_the_purposes_days_and_no_more(self):
        campaign = self.make()
        self.start(campaign)
        self.answer()
        self.remind()
        self.assertEqual(len(campaign.batch_ids), 1)
        self.assertTrue(campaign.next_reminder_at)
        with self.after(days=89):
            self.remind()
            self.assertEqual(len(campaign.batch_ids), 1)
        with self.after(days=91):
            self.remind()
            self.assertEqual(len(campaign.batch_ids), 2)
            reminded = campaign.batch_ids.sorted("id")[1].line_ids
            self.assertEqual(reminded.partner_id, self.no | self.silent)
            self.assertEqual(set(reminded.mapped("state")), {"asked"})
            self.assertFalse(campaign.next_reminder_at)
            self.remind()
            self.assertEqual(campaign.state, "done")
        with self.after(days=300):
            self.remind()
        self.assertEqual(len(campaign.batch_ids), 2)
        self.assertEqual(campaign.asked_count, 4, "each person counts once")

    def test_without_reminders_it_is_done_when_all_are_asked(self):
        campaign = self.make(reminders=0)
        self.start(campaign)
        self.remind()
        self.assertEqual((campaign.state, len(campaign.batch_ids)), ("done", 1))

    def test_as_long_as_requests_wait_it_is_not_done(self):
        campaign = self.make(reminders=0)
        with patch.object(social_consent_request_batch, "AT_ONCE", 0):
            self.start(campaign)
        self.env["social.consent.campaign"].sudo()._remind_due()
        self.assertEqual((campaign.state, campaign.batch_ids.state), ("running", "running"))
        self.remind()
        self.assertEqual((campaign.state, campaign.asked_count), ("running", 4))
        self.remind()
        self.assertEqual(campaign.state, "done")

    def test_r8_who_said_no_meanwhile_is_not_reminded(self):
        campaign = self.make(reminders=2)
        self.start(campaign)
        self.people._object_social(method="link")
        with self.after(days=91):
            self.remind()
        self.assertEqual((campaign.state, len(campaign.batch_ids)), ("done", 1))

    def test_nobody_is_reminded_in_the_name_of_who_left_and_all_else_goes_on(self):
        gone = new_test_user(self.env, "gone", groups="base.group_user,base.group_partner_manager")
        campaign, other = self.make(self.yes, user=gone), self.make(self.no)
        self.start(campaign)
        self.start(other)
        gone.active = False
        with self.after(days=91):
            self.remind()
        self.assertEqual((campaign.sudo().state, len(campaign.sudo().batch_ids)), ("done", 1))
        self.assertEqual((other.state, len(other.batch_ids)), ("running", 2))

    def test_nor_in_the_name_of_who_left_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        campaign = self.make(self.yes)
        self.start(campaign)
        self.sales.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        with self.after(days=91):
            self.remind()
        self.assertEqual((campaign.sudo().state, len(campaign.sudo().batch_ids)), ("done", 1))

    def test_who_is_reminded_is_so_in_the_name_of_who_asked(self):
        campaign = self.make(self.yes)
        self.start(campaign)
        with self.after(days=91):
            self.remind()
        self.assertEqual(len(campaign.batch_ids), 2)
        self.assertEqual(campaign.batch_ids.user_id, self.sales)

    def test_nobody_is_reminded_more_often_than_twice(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.make(reminders=3)


class TestWhatStays(CampaignCase):
    def test_nobody_is_asked_in_the_name_of_another_company(self):
        campaign = self.make()
        other = self.env["res.company"].create({"name": "Other"})
        self.sales.company_ids += other
        both = [other.id, self.env.company.id]
        with self.assertRaisesRegex(UserError, "another company"):
            self.start(campaign.with_context(allowed_company_ids=both))
        self.assertFalse(self.people.social_consent_ids)

    def test_what_was_asked_stays_as_it_was_asked(self):
        campaign = self.make()
        campaign.name = "Summer"
        with self.assertRaises(UserError):
            campaign.write({"state": "done"})
        with self.assertRaises(UserError):
            campaign.write({"user_id": self.officer.id})
        self.start(campaign)
        for values in ({"name": "Autumn"}, {"reminders": 2}, {"note": "x"}):
            with self.assertRaisesRegex(UserError, "has begun"):
                campaign.write(values)
        with self.assertRaises(UserError):
            self.start(campaign)
        with self.assertRaises(UserError):
            campaign.unlink()
        self.assertEqual(campaign.copy().state, "draft")

    def test_a_campaign_is_its_senders_and_the_officer_reads_it(self):
        campaign = self.make()
        campaign.action_check()
        colleague = new_test_user(self.env, "colleague", groups="base.group_partner_manager")
        with self.assertRaises(AccessError):
            campaign.with_user(colleague).read(["name"])
        with self.assertRaises(AccessError):
            campaign.with_user(self.officer).write({"name": "Other"})
        self.assertTrue(campaign.with_user(self.officer).read(["name", "asked_count"]))
        with self.assertRaises(AccessError):
            self.make(user=self.employee)
        with self.assertRaises(AccessError):
            self.env["social.consent.campaign"].with_user(self.employee).search([])

    def test_nothing_of_it_is_made_up(self):
        campaign = (
            self.env["social.consent.campaign"]
            .with_user(self.sales)
            .create({"name": "x", "state": "done", "user_id": self.officer.id, "ask_count": 9})
        )
        self.assertEqual((campaign.state, campaign.user_id), ("draft", self.sales))
        self.assertFalse(campaign.ask_count)
        self.assertTrue(self.env.ref(f"{ADDON}.menu_consent_campaigns"))
