"""Who is linked with public data is told within a month, once, and only while it is held (R E)."""

from odoo import Command
from odoo.exceptions import AccessError, UserError

from common import ADDON, make_post
from ends import Ends

ADDRESS = "ada@example.com"


class TestInformation(Ends):
    def setUp(self):
        super().setUp()
        self.give("match")
        self.rows = self.env["social.information"]
        # Tests that commit leave some of persons who are erased since.
        self.before = self.rows.search([])

    def link(self, number=1, partner=None):
        [mention] = self.store(make_post(number))
        return mention._match(partner or self.partner)

    def get(self):
        self.env.invalidate_all()
        return self.rows.search([]) - self.before

    def inform(self):
        with self.enter_registry_test_mode():
            self.env.ref(f"{ADDON}.ir_cron_information").method_direct_trigger()

    def run_job(self, **offset):
        with self.after(**offset):
            self.inform()
            self.send_queue()
            return self.get().mapped("state")

    def read_mail(self):
        [envelope] = self.postbox.envelopes
        parts = [p for p in envelope.message.walk() if p.get_content_type() == "text/html"]
        return parts[0].get_payload(decode=True).decode()

    def test_who_is_linked_is_told_some_days_later(self):
        self.link()
        self.assertEqual(self.get().state, "waiting")
        self.run_job(days=2)
        self.assertReached()
        self.run_job(days=4)
        self.assertReached(ADDRESS)
        self.assertEqual((self.get().state, self.get().way), ("sent", "mail"))

    def test_the_mail_says_all_that_the_law_asks_for(self):
        self.env.company.email = "shop@example.com"
        self.link()
        self.run_job(days=4)
        html = self.read_mail()
        platform = self.source.platform_id.name
        company = self.env.company.name
        for words in (platform, company, "consent", "rights", "supervisory", "/social/consent/"):
            self.assertIn(words, html)
        self.assertNotIn("List-Unsubscribe", self.postbox.envelopes[0].message)

    def test_the_letter_names_the_companys_own_privacy_officer(self):
        """Whom the settings name, and not whoever has the rights in some company."""
        self.officer.email = "officer@example.com"
        self.env.company.write(
            {"social_privacy_officer": "Grace Example", "social_privacy_email": "gdpr@example.com"}
        )
        self.link()
        self.assertEqual(self.get()._prepare_letter()["officer"], "Grace Example, gdpr@example.com")
        self.env.company.write(
            {"social_privacy_officer": False, "social_privacy_email": False, "email": "a@b.example"}
        )
        self.assertEqual(self.get()._prepare_letter()["officer"], "a@b.example")

    def test_an_officer_of_another_company_is_not_reminded(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        officers = self.env["social.consent.seal"]._get_officers() | self.officer
        own = [Command.set(elsewhere.ids)]
        officers.write({"company_ids": own, "company_id": elsewhere.id, "email": "o@b.example"})
        self.partner.email = False
        self.link()
        self.run_job(days=25)
        self.assertFalse(self.get().activity_ids)
        self.officer.company_ids |= self.env.company
        self.run_job(days=25)
        self.assertEqual(self.get().activity_ids.user_id, self.officer)

    def test_the_days_are_a_setting(self):
        self.env["ir.config_parameter"].set_param(f"{ADDON}.information_days", "10")
        self.link()
        self.run_job(days=9)
        self.assertReached()
        self.run_job(days=11)
        self.assertReached(ADDRESS)

    def test_nobody_is_told_twice_of_one_platform(self):
        self.link(1)
        self.run_job(days=4)
        self.link(2)
        self.env["social.profile"]._make(
            self.partner, self.source.platform_id, "ada@social.example"
        )
        self.run_job(days=9)
        self.assertReached(ADDRESS)
        self.assertEqual(len(self.get()), 1)

    def test_two_jobs_send_one_mail(self):
        self.link()
        with self.after(days=4):
            self.inform()
            self.inform()
            self.send_queue()
            self.inform()
            self.send_queue()
        self.assertReached(ADDRESS)

    def test_after_a_withdrawal_there_is_nothing_to_tell(self):
        self.link()
        self.withdraw("match")
        self.assertEqual(self.run_job(days=4), ["void"])
        self.assertReached()

    def test_what_has_expired_by_the_clock_is_not_told_any_more(self):
        """Expired rows stay in the table until a job clears them; they count as gone before."""
        self.link()
        self.env["social.match"].sudo().search([("partner_id", "=", self.partner.id)])._write(
            {"valid_until": self.get().linked_at}
        )
        self.assertEqual(self.run_job(days=4), ["void"])
        self.assertReached()

    def test_linked_anew_the_month_begins_anew(self):
        self.link()
        self.withdraw("match")
        self.run_job(days=4)
        with self.after(days=20):
            self.give("match")
            self.link()
            due = self.get().due_date
        self.assertEqual(self.run_job(days=25), ["sent"])
        self.assertGreater(due, self.get().create_date.date())
        self.assertReached(ADDRESS)

    def test_a_mail_that_does_not_arrive_informs_nobody(self):
        self.link()
        self.postbox.refused.add(ADDRESS)
        self.assertEqual(self.run_job(days=4), ["no_address"])
        self.assertFalse(self.get().sent_at)

    def test_without_an_address_the_officer_is_reminded_a_week_before(self):
        self.officer.email = "officer@example.com"
        self.link()
        self.partner.email = False
        self.assertEqual(self.run_job(days=4), ["no_address"])
        self.assertFalse(self.get().activity_ids)
        for days in (25, 26):
            self.run_job(days=days)
        [activity] = self.get().activity_ids
        self.assertEqual(activity.date_deadline, self.get().due_date)
        self.assertIn(activity.user_id, self.rows.env["social.consent.seal"]._get_officers())
        self.assertEqual(self.run_job(days=40), ["overdue"])

    def test_a_letter_ends_the_reminder(self):
        self.officer.email = "officer@example.com"
        self.link()
        self.partner.email = False
        self.run_job(days=26)
        self.get().with_user(self.officer).action_sent_by_letter()
        self.assertEqual((self.get().state, self.get().way), ("sent", "letter"))
        self.assertFalse(self.get().activity_ids)
        with self.assertRaises(UserError):
            self.get().with_user(self.officer).action_sent_by_letter()

    def test_the_letter_says_what_the_mail_says(self):
        self.link()
        report = self.env["ir.actions.report"].with_user(self.officer)
        html, _kind = report._render_qweb_html(f"{ADDON}.report_information", self.get().ids)
        for words in (self.source.platform_id.name, "/social/consent/", self.partner.name):
            self.assertIn(words, html.decode())
        with self.assertRaises(AccessError):
            report.with_user(self.clerk)._render_qweb_html(
                f"{ADDON}.report_information", self.get().ids
            )

    def test_merged_contacts_are_told_once(self):
        twin = self.partner.create({"name": "Ada Twin", "email": "twin@example.com"})
        self.give("match", partner=twin)
        self.link(1)
        self.run_job(days=4)
        self.link(2, partner=twin)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            [twin.id, self.partner.id], dst_partner=twin
        )
        self.assertEqual(self.get().mapped("state"), ["sent"])
        self.run_job(days=9)
        self.assertReached(ADDRESS)

    def test_a_company_is_no_person(self):
        self.env.company.social_companies = "free"
        company = self.partner.create({"name": "Example Ltd", "is_company": True})
        self.link(partner=company)
        self.assertFalse(self.get())

    def test_nobody_types_it_in(self):
        self.link()
        for values in ({"sent_at": "2020-01-01"}, {"void": True}):
            with self.assertRaises(UserError):
                self.get().with_user(self.officer).write(values)
        with self.assertRaises(AccessError):
            self.get().with_user(self.clerk).read(["due_date"])
