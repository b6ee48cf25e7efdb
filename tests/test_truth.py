"""Odoo's own lists and the consents are one truth, and the stricter one counts (rules 8 and 23)."""

import json
from unittest.mock import patch

from lxml import html

from odoo import Command
from odoo.exceptions import AccessError

from common import ADDON, CommonHttp
from ends import Ends

ADDRESS, NUMBER = "ada@example.com", "+4930123456"


class TruthCase(Ends):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.twin = cls.env["res.partner"].create({"name": "A Twin", "email": "Ada@Example.com"})
        cls.reader = cls.env["mailing.contact"].create({"name": "Reader", "email": ADDRESS})
        cls.list = cls.env["mailing.list"].create({"name": "News"})

    def state(self, channel="email", person=None):
        consent = (
            (person or self.partner)
            .sudo()
            .social_consent_ids.filtered(
                lambda consent: consent.purpose_code == "contact" and consent.channel == channel
            )
        )
        return consent.state

    def give_elsewhere(self):
        """Record a consent that was given to another company; return the contact there."""
        other = self.env["res.company"].create({"name": "Other"})
        notice = self.env.ref(f"{ADDON}.notice_contact_en").copy({"company_id": other.id})
        notice.with_company(other).action_publish()
        there = self.partner.with_company(other)
        self.give("contact", "email", partner=there)
        return there

    def block(self, address=ADDRESS):
        return self.env["mail.blacklist"]._add(address)

    def entry(self, address=ADDRESS, model="mail.blacklist"):
        name = "email" if model == "mail.blacklist" else "number"
        return self.env[model].search([(name, "=", address)])

    def decide(self, act="contact_email", person=None, **facts):
        person = person or self.partner
        return self.env["social.policy"]._decide(act, person, **facts)[person.id]

    def mail_to(self, *people, **values):
        """Send a mailing to these contacts."""
        partners = self.env["res.partner"].union(*people)
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "in", partners.ids)],
                **values,
            }
        )
        mailing.action_send_mail()
        self.send_queue()
        return mailing


class TestListsAreANo(TruthCase):
    def test_r8_an_address_on_the_blacklist_withdraws_the_consent_of_everybody_who_has_it(self):
        self.give("contact", "email")
        self.give("contact", "email", partner=self.reader)
        self.block()
        self.assertEqual(self.state(), "withdrawn")
        self.assertEqual(self.state(person=self.reader), "withdrawn")
        self.assertEqual(self.state(person=self.twin), "refused", "never asked, and says no now")
        event = self.partner.social_consent_ids.event_ids.sorted("sequence")[-1]
        self.assertEqual(json.loads(event.payload)["method"], "blacklist")

    def test_the_blacklist_stops_its_channel_only(self):
        self.give("contact", "email")
        self.give("contact", "post")
        self.give("contact", "sms")
        self.block()
        self.assertEqual(self.state("post"), "given")
        self.assertEqual(self.state("sms"), "given")

    def test_it_counts_for_all_companies(self):
        self.give_elsewhere()
        self.block()
        consents = self.partner.sudo().social_consent_ids
        self.assertEqual(set(consents.mapped("state")), {"withdrawn", "refused"})
        self.assertEqual(consents.company_id, self.env["res.company"].search([]))

    def test_r8_taking_the_entry_off_never_brings_the_consent_back(self):
        self.give("contact", "email")
        entry = self.block()
        for take_off in (entry.action_archive, entry.unlink):
            take_off()
            self.assertEqual(self.state(), "withdrawn")
            self.assertFalse(self.decide())
        self.mail_to(self.partner, self.twin)
        self.assertReached()

    def test_an_entry_that_is_made_active_again_is_a_no_again(self):
        entry = self.block()
        entry.action_archive()
        self.give("contact", "email")
        entry.action_unarchive()
        self.assertEqual(self.state(), "withdrawn")

    def test_an_entry_that_gets_another_address_is_a_no_of_that_ones_people(self):
        entry = self.block("somebody@example.com")
        self.give("contact", "email")
        entry.email = ADDRESS
        self.assertEqual(self.state(), "withdrawn")

    def test_who_unsubscribes_though_blocked_already_is_heard(self):
        self.block()
        self.give("contact", "email")
        public = self.env.ref("base.public_user")
        self.env["mail.blacklist"].with_user(public).sudo()._add(ADDRESS)
        self.assertEqual(self.state(), "withdrawn")

    def test_nobody_types_in_where_an_entry_comes_from(self):
        number = self.env["phone.blacklist"]._add(["+4930123456"])
        for entry in (self.block(), number):
            entry.write({"social_origin": "withdrawal"})
            self.assertFalse(entry.social_origin)

    def test_an_entry_made_inactive_says_nothing(self):
        self.give("contact", "email")
        self.env["mail.blacklist"]._remove(ADDRESS)
        self.assertEqual(self.state(), "given")

    def test_a_number_on_the_phone_blacklist_stops_sms_and_calls(self):
        self.give("contact", "sms")
        self.give("contact", "phone")
        self.give("contact", "email")
        self.env["phone.blacklist"].add("+49 30 123456")
        self.assertEqual(self.state("sms"), "withdrawn")
        self.assertEqual(self.state("phone"), "withdrawn")
        self.assertEqual(self.state("email"), "given")
        self.env["phone.blacklist"].remove("+49 30 123456")
        self.assertFalse(self.decide("contact_sms"))
        self.assertFalse(self.decide("contact_phone"))

    def test_mail_that_came_back_blocks_the_address_and_withdraws_nothing(self):
        self.give("contact", "email")
        bounce = {
            "email_from": "mailer-daemon@example.com",
            "to": "bounce@example.com",
            "message_id": "<returned@example.com>",
            "body": "",
            "bounced_email": ADDRESS,
            "bounced_partner": self.partner,
            "bounced_msg_ids": [],
            "bounced_message": self.env["mail.message"],
        }
        self.partner.message_bounce = 5
        traces = self.env["mailing.trace"].create(
            [
                {
                    "email": ADDRESS,
                    "trace_status": "bounce",
                    "model": "res.partner",
                    "res_id": self.partner.id,
                }
            ]
            * 5
        )
        self.env.flush_all()
        for weeks, trace in enumerate(traces):
            self.env.cr.execute(
                "UPDATE mailing_trace SET write_date = now() - %s * interval '1 week' WHERE id = %s",
                (weeks, trace.id),
            )
        traces.invalidate_recordset()
        self.env["mail.thread"]._routing_handle_bounce(None, bounce)
        self.assertTrue(self.entry())
        self.assertEqual(self.state(), "given")
        self.assertEqual(self.decide().reason, "blocked")

    def test_a_thousand_entries_take_no_more_queries_than_ten(self):
        def count(prefix, number):
            self.env["res.partner"].create(
                [{"name": prefix, "email": f"{prefix}{i}@example.com"} for i in range(number)]
            )
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            entries = self.env["mail.blacklist"].with_context(tracking_disable=True)
            entries.create([{"email": f"{prefix}{i}@example.com"} for i in range(number)])
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        count("warm", 2)
        few, many = count("few", 10), count("many", 200)
        self.assertLessEqual(many, few + 12)

    def test_leaving_one_list_stops_that_list_only(self):
        other = self.env["mailing.list"].create({"name": "Offers"})
        self.reader.subscription_ids = [
            Command.create({"list_id": self.list.id, "opt_out": True}),
            Command.create({"list_id": other.id}),
        ]
        self.give("contact", "email", partner=self.reader)
        for mailing_list, reached in ((self.list, []), (other, [ADDRESS])):
            mailing = self.env["mailing.mailing"].create(
                {
                    "subject": "News",
                    "body_html": "<p>News</p>",
                    "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                    "contact_list_ids": [Command.set(mailing_list.ids)],
                }
            )
            mailing.action_send_mail()
            self.send_queue()
            self.assertReached(*reached)
        self.assertEqual(self.state(person=self.reader), "given")


class TestPolicyKnowsTheLists(TruthCase):
    def block_before(self):
        """Put the address on the list as if that had been before the consents."""
        with patch.object(type(self.env["mail.blacklist"]), "_follow_as_no", lambda _self: None):
            self.block()

    def test_the_stricter_one_counts_until_it_is_settled(self):
        self.block_before()
        self.give("contact", "email", method="import", given_at=None)
        decision = self.decide()
        self.assertEqual((bool(decision), decision.reason), (False, "blocked"))

    def test_unticking_the_exclusion_list_lets_nobody_on_it_through(self):
        self.give("contact", "email")
        self.give("contact", "email", partner=self.twin)
        self.block_before()
        mailing = self.mail_to(self.partner, self.twin, use_exclusion_list=False)
        self.assertReached()
        self.assertEqual(mailing.mailing_trace_ids.mapped("trace_status"), ["cancel"] * 2)

    def test_who_is_put_on_the_list_while_the_mail_is_queued_gets_nothing(self):
        self.give("contact", "email")
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "=", self.partner.id)],
                "use_exclusion_list": False,
            }
        )
        with patch.object(type(self.env["mail.mail"]), "send", lambda *_args, **_options: None):
            mailing.action_send_mail()
        self.block_before()
        self.send_queue()
        self.assertReached()

    def test_the_lists_of_contacts_show_and_find_who_is_on_the_blacklist(self):
        self.block_before()
        self.give("contact", "email")
        self.assertEqual(self.partner.social_email_state, "blocked")
        for state, found in (("blocked", self.partner), ("allowed", self.partner.browse())):
            domain = [("social_email_state", "=", state), ("id", "=", self.partner.id)]
            self.assertEqual(self.partner.search(domain), found)

    def test_nobody_on_the_list_is_asked_for_consent(self):
        self.block_before()
        self.assertEqual(self.decide("ask_contact_email").reason, "blocked")
        for act in ("ask_contact_sms", "ask_match"):
            self.assertEqual(self.decide(act).reason, "blocked", "asking goes by e-mail")

    def test_an_answer_to_a_known_person_on_the_list_still_goes_out(self):
        self.block_before()
        self.partner.message_post(body="Hello?", message_type="email", author_id=self.partner.id)
        self.assertTrue(self.decide(kind="first"))

    def test_who_withdrew_consent_to_sms_may_still_be_called(self):
        self.give("contact", "sms")
        self.give("contact", "phone")
        self.withdraw("contact", "sms")
        self.assertTrue(self.entry(NUMBER, "phone.blacklist"))
        self.assertTrue(self.decide("contact_phone"))
        self.assertFalse(self.decide("contact_sms"))


class TestWithdrawalsStandOnTheLists(TruthCase):
    def test_r8_a_withdrawal_sets_an_entry_where_nobody_else_consents(self):
        self.give("contact", "email")
        self.withdraw("contact", "email")
        self.assertEqual(self.entry().social_origin, "withdrawal")

    def test_a_withdrawal_sets_none_where_somebody_else_with_that_address_consents(self):
        for other in (self.twin, self.reader):
            self.give("contact", "email")
            self.give("contact", "email", partner=other)
            self.withdraw("contact", "email")
            self.assertFalse(self.entry())
            self.assertTrue(self.decide(person=other))
            self.withdraw("contact", "email", partner=other)
            self.assertTrue(self.entry(), "the last one has withdrawn")

    def test_a_withdrawal_for_one_company_blocks_nothing_where_another_may_go_on(self):
        there = self.give_elsewhere()
        self.give("contact", "email")
        self.withdraw("contact", "email")
        self.assertFalse(self.entry())
        decide = self.env["social.policy"].with_company(there.env.company)._decide
        self.assertTrue(decide("contact_email", there)[there.id])

    def test_a_new_consent_lifts_what_a_withdrawal_had_set(self):
        self.give("contact", "email")
        self.withdraw("contact", "email")
        self.give("contact", "email", method="portal", evidence=None)
        self.assertFalse(self.entry())
        self.assertTrue(self.decide())
        self.mail_to(self.partner)
        self.assertReached(ADDRESS)

    def test_a_new_consent_lifts_what_the_person_had_clicked(self):
        self.give("contact", "email")
        public = self.env.ref("base.public_user")
        self.env["mail.blacklist"].with_user(public).sudo()._add(ADDRESS)
        self.assertEqual(self.entry().social_origin, "person")
        self.give("contact", "email", method="link", evidence=None)
        self.assertFalse(self.entry())

    def test_a_new_consent_does_not_lift_what_somebody_entered_by_hand(self):
        self.block()
        self.give("contact", "email")
        self.assertTrue(self.entry())
        self.assertEqual(self.decide().reason, "blocked")

    def test_an_imported_consent_lifts_nothing(self):
        self.give("contact", "email")
        self.withdraw("contact", "email")
        with self.after(days=1):
            self.give("contact", "email", partner=self.twin, method="import")
        self.assertTrue(self.entry())

    def test_merging_contacts_lifts_nothing(self):
        self.give("contact", "email", partner=self.twin)
        self.give("contact", "email", partner=self.reader)
        self.withdraw("contact", "email", partner=self.reader)
        self.withdraw("contact", "email", partner=self.twin)
        other = self.env["res.partner"].create({"name": "Ada", "email": ADDRESS})
        self.assertTrue(self.entry())
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.twin | other).ids, other)
        self.assertTrue(self.entry())

    def test_nobody_says_by_hand_that_an_entry_comes_from_the_person(self):
        entry = self.env["mail.blacklist"].create({"email": ADDRESS, "social_origin": "withdrawal"})
        self.assertFalse(entry.social_origin)
        entry.write({"active": True, "social_origin": "person"})
        self.assertFalse(entry.social_origin)

    def test_a_service_mailing_reaches_who_withdrew_consent_to_advertising(self):
        self.give("contact", "email")
        self.withdraw("contact", "email")
        self.mail_to(self.partner, social_kind="service", social_kind_reason="A recall")
        self.assertReached(ADDRESS)

    def test_a_service_mailing_does_not_reach_whom_somebody_blocked_by_hand(self):
        self.block()
        self.mail_to(self.partner, social_kind="service", social_kind_reason="A recall")
        self.assertReached()

    def test_a_mailing_shows_who_withdrew_as_no_consent_and_the_others_as_blacklisted(self):
        self.give("contact", "email")
        self.withdraw("contact", "email")
        other = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.block(other.email)
        mailing = self.mail_to(self.partner, other)
        reasons = {trace.res_id: trace.failure_type for trace in mailing.mailing_trace_ids}
        self.assertEqual(reasons, {self.partner.id: "social_no_consent", other.id: "mail_bl"})


class TestContradictions(TruthCase):
    def setUp(self):
        super().setUp()
        self.block()
        self.give("contact", "email")

    def listed(self, user=None):
        return self.env["social.contradiction"].with_user(user or self.officer).search([])

    def test_who_consents_and_is_on_the_blacklist_is_listed(self):
        found = self.listed()
        self.assertEqual(found.subject_id, self.partner.social_subject_id)
        self.assertEqual((found.channel, found.address), ("email", ADDRESS))
        self.assertNotIn("Ada", found.display_name)

    def test_numbers_too(self):
        with patch.object(type(self.env["phone.blacklist"]), "_follow_as_no", lambda _self: None):
            self.env["phone.blacklist"].add(NUMBER)
        self.give("contact", "sms")
        self.give("contact", "phone")
        self.assertEqual(set(self.listed().mapped("channel")), {"email", "sms", "phone"})

    def test_an_ended_consent_contradicts_nothing(self):
        with self.after(days=4000):
            self.assertFalse(self.listed())

    def test_the_officer_lets_the_consent_count(self):
        self.listed().action_consent_counts()
        self.assertTrue(self.decide())
        self.assertFalse(self.listed())

    def test_the_officer_lets_the_blacklist_count(self):
        self.listed().action_blacklist_counts()
        self.assertEqual(self.state(), "withdrawn")
        self.assertTrue(self.entry())
        self.assertFalse(self.listed())

    def test_only_the_officer_reads_and_settles(self):
        for user in (self.sales, self.manager):
            with self.assertRaises(AccessError):
                self.listed(user)
        with self.assertRaises(AccessError):
            self.listed().with_user(self.manager).action_consent_counts()

    def test_the_officer_opens_the_person(self):
        self.assertEqual(self.listed().action_open_person()["res_id"], self.partner.id)


class TestUnsubscribePages(CommonHttp):
    def setUp(self):
        super().setUp()
        self.give("contact", "email")
        self.mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "=", self.partner.id)],
            }
        )

    def get_url(self, page):
        """Return the address of one of core's pages, with this person's token."""
        url = self.mailing._get_unsubscribe_oneclick_url(self.partner.email, self.partner.id)
        return url.replace("unsubscribe_oneclick", page)

    def click_once(self):
        """RFC 8058: the mail program posts to the address in the header, without a session."""
        url = self.get_url("unsubscribe_oneclick")
        answer = self.url_open(url, data={"List-Unsubscribe": "One-Click"})
        self.assertEqual(answer.status_code, 200)

    def get_state(self):
        self.env.invalidate_all()
        return self.partner.social_consent_ids.state

    def get_entry(self):
        return self.env["mail.blacklist"].search([("email", "=", self.partner.email)])

    def test_one_click_is_a_withdrawal(self):
        self.click_once()
        self.assertEqual(self.get_state(), "withdrawn")
        self.assertEqual(self.get_entry().social_origin, "person")

    def test_a_look_at_the_page_stops_the_mail_and_withdraws_nothing(self):
        """Core's link acts on GET, and scanners follow it: the list holds, the consent stays."""
        for method in ("HEAD", "GET"):
            answer = self.url_open(self.get_url("unsubscribe"), method=method)
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(self.get_state(), "given", method)
        self.assertTrue(self.get_entry())
        decision = self.env["social.policy"]._decide("contact_email", self.partner)
        self.assertEqual(decision[self.partner.id].reason, "blocked")
        listed = self.env["social.contradiction"].with_user(self.officer).search([])
        self.assertEqual(listed.subject_id, self.partner.social_subject_id)

    def test_a_click_after_the_look_is_a_withdrawal(self):
        self.url_open(self.get_url("unsubscribe"))
        self.click_once()
        self.assertEqual(self.get_state(), "withdrawn")

    def test_the_button_of_the_page_is_a_withdrawal(self):
        page = self.url_open(self.get_url("confirm_unsubscribe"))
        self.assertEqual(self.get_state(), "given")
        form = html.fromstring(page.text).forms[-1]
        self.url_open("/mailing/confirm_unsubscribe", data=dict(form.fields))
        self.assertEqual(self.get_state(), "withdrawn")

    def test_r8_who_takes_the_entry_of_a_look_off_by_hand_restores_nothing(self):
        for take_off in ("unlink", "action_archive"):
            self.url_open(self.get_url("unsubscribe"))
            getattr(self.get_entry(), take_off)()
            self.assertEqual(self.get_state(), "withdrawn", take_off)
            self.give("contact", "email")

    def test_the_person_takes_the_look_back(self):
        self.url_open(self.get_url("unsubscribe"))
        public = self.env.ref("base.public_user")
        self.env["mail.blacklist"].with_user(public).sudo()._remove(self.partner.email)
        self.assertEqual(self.get_state(), "given")
