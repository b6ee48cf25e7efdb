"""Asking for consent: by mail, seldom, and given by the person's own press of a button (rule 9)."""

import json
import re
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common, CommonHttp


class Asking:
    """Helpers: ask the contact, and read the mail that was queued."""

    def ask(self, purpose="match", channel=None, partner=None, **values):
        return (partner or self.partner)._request_social_consent(purpose, channel, **values)

    def get_mails(self):
        return self.env["mail.mail"].sudo().search([], order="id desc")

    def get_links(self):
        """Return the paths of the newest mail: to confirm, to withdraw."""
        urls = re.findall(r'href="([^"]+/social/consent/[^"]+)"', self.get_mails()[0].body_html)
        return [url[url.index("/social/") :] for url in urls]

    def decide(self, act="ask_match"):
        return self.env["social.policy"]._decide(act, self.partner)[self.partner.id]


class TestRequests(Asking, Common):
    def test_asking_appends_an_event_and_queues_one_mail(self):
        before = len(self.get_mails())
        with self.after(days=1):
            consent = self.ask()
            self.assertEqual(consent.requested_at, fields.Datetime.now())
        self.assertEqual(consent.state, "requested")
        self.assertEqual(consent.event_ids.mapped("state"), ["requested"])
        mail = self.get_mails()[0]
        self.assertEqual(len(self.get_mails()), before + 1)
        self.assertEqual((mail.state, mail.email_to), ("outgoing", "ada@example.com"))
        self.assertIn("works for 7 days", re.sub(r"<[^>]+>|\s+", " ", mail.body_html))
        self.assertIn(consent.notice_id.text[:40], mail.body_html)
        self.assertEqual(len(self.get_links()), 2)
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_nobody_in_the_company_reads_the_link(self):
        """Who reads it could consent in the person's name."""
        self.ask(partner=self.partner.with_user(self.sales))
        message = self.get_mails()[0].mail_message_id
        self.assertFalse(message.model)
        for user in (self.sales, self.officer, self.employee, self.manager):
            with self.assertRaises(AccessError):
                message.with_user(user).read(["body"])
            with self.assertRaises(AccessError):
                self.get_mails()[0].with_user(user).read(["body_html"])

    def test_many_are_asked_at_once_each_by_a_mail_of_their_own(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(20)]
        )
        consents = self.ask("contact", "email", partner=partners)
        self.assertEqual(consents.partner_id, partners)
        mails = self.get_mails()[:20]
        self.assertEqual(set(mails.mapped("email_to")), set(partners.mapped("email")))
        links = {re.search(r"confirm/([^\"]+)", mail.body_html)[1] for mail in mails}
        self.assertEqual(len(links), 20)

    def test_recipients_and_leads_are_asked_at_their_own_address(self):
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "R <r@example.com>"})
        lead = self.env["crm.lead"].create({"name": "Lead", "email_from": "l@example.com"})
        for person, address in ((recipient, "r@example.com"), (lead, "l@example.com")):
            self.assertEqual(self.ask("contact", "email", partner=person).state, "requested")
            self.assertEqual(self.get_mails()[0].email_to, address)

    def test_who_has_no_address_cannot_be_asked(self):
        self.partner.email = "not an address"
        with self.assertRaisesRegex(UserError, "1 of 1 have no valid e-mail address"):
            self.ask()
        self.assertFalse(self.partner.social_consent_ids)

    def test_unknown_purposes_channels_and_doors_are_refused(self):
        for purpose, channel, method in (
            ("marketing", None, "staff"),
            ("contact", None, "staff"),
            ("match", "email", "staff"),
            ("match", None, "pigeon"),
            ("match", None, "unsubscribe"),
        ):
            with self.assertRaises(UserError):
                self.ask(purpose, channel, method=method)
        self.assertFalse(self.partner.social_consent_ids)
        self.assertEqual(self.env["social.policy"]._get_ask_act("match"), "ask_match")
        self.assertEqual(
            self.env["social.policy"]._get_ask_act("contact", "sms"), "ask_contact_sms"
        )
        with self.assertRaises(UserError):
            self.env["social.policy"]._get_ask_act("contact")

    def test_who_said_no_is_not_asked_again(self):
        self.give()
        self.withdraw()
        with self.assertRaisesRegex(ConsentRequired, "withdrew the consent or objected"):
            self.ask()
        self.assertEqual(self.decide().rule, "R8")
        other = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        other._object_social(method="staff")
        with self.assertRaisesRegex(ConsentRequired, "said no"):
            self.ask(partner=other)

    def test_nobody_is_asked_more_often_than_the_purpose_allows(self):
        consent = self.ask()
        with self.assertRaisesRegex(ConsentRequired, "asked not long ago"):
            self.ask()
        with self.after(days=89), self.assertRaises(ConsentRequired):
            self.ask()
        with self.after(days=91):
            self.ask()
        self.assertEqual(consent.event_ids.mapped("state"), ["requested", "requested"])

    def test_the_purpose_says_how_often(self):
        purpose = self.env.ref(f"{ADDON}.purpose_match")
        self.assertEqual(purpose.request_interval, 90)
        purpose.request_interval = 10
        self.ask()
        with self.after(days=11):
            self.ask()

    def test_a_valid_consent_is_renewed_only_near_its_end_and_counts_meanwhile(self):
        consent = self.give(valid_until=fields.Datetime.now() + timedelta(days=100))
        with self.assertRaisesRegex(ConsentRequired, "more than another 30 days"):
            self.ask()
        with self.after(days=75):
            self.assertEqual(self.ask(), consent)
            self.assertEqual(consent.state, "given")
            self.assertTrue(self.decide("match"))
            self.assertFalse(self.decide())
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_who_let_a_consent_expire_may_be_asked_again(self):
        consent = self.give(valid_until=fields.Datetime.now() + timedelta(hours=1))
        with self.after(hours=2):
            self.ask()
            self.assertEqual(consent.event_ids.mapped("state"), ["requested", "given"])

    def test_the_question_is_always_decided_and_logged(self):
        with self.assertRaises(UserError):
            self.env["social.policy.rule"].create({"act": "ask_match", "mode": "off"})
        self.ask()
        logged = self.env["social.decision"].search([("act", "=", "ask_match")])
        self.assertTrue(logged.allowed)

    def test_double_opt_in_takes_no_form_that_anybody_can_fill_in(self):
        purpose = self.env.ref(f"{ADDON}.purpose_match")
        self.assertFalse(purpose.double_opt_in)
        purpose.double_opt_in = True
        with self.assertRaisesRegex(UserError, "needs a confirmation by e-mail"):
            self.give(method="form", evidence=None)
        self.assertFalse(self.partner.social_consent_ids)
        self.give(method="portal", evidence=None)
        self.assertEqual(self.partner.social_consent_ids.state, "given")

    def test_the_officer_sets_interval_and_double_opt_in(self):
        purpose = self.env.ref(f"{ADDON}.purpose_match").with_user(self.officer)
        purpose.write({"double_opt_in": True, "request_interval": 30})
        with self.assertRaises(AccessError):
            purpose.with_user(self.employee).double_opt_in = False
        self.assertTrue(Form(purpose).double_opt_in)

    def test_every_refusal_to_ask_has_words(self):
        reasons = self.env["social.policy"]._get_ask_reasons()
        self.assertEqual(
            reasons.keys(), {"ask_refused", "ask_withdrawn", "ask_valid", "ask_recently"}
        )
        self.assertIn("ask_contact_post", self.env["social.policy"]._get_act_names())

    def test_a_wrong_lifetime_falls_back_to_a_week(self):
        for value, days in (("3", 3), ("0", 1), ("-5", 7), ("soon", 7), ("", 7)):
            self.env["ir.config_parameter"].set_param(f"{ADDON}.request_days", value)
            self.assertEqual(self.env["social.link"]._get_request_days(), days)


class TestTemplate(Common):
    def test_it_can_be_edited_and_updated_where_consents_exist(self):
        self.give()
        template = self.env.ref(f"{ADDON}.mail_template_request")
        template.write({"body_html": template.body_html + "<p>Kind regards</p>"})
        consent = self.partner.social_consent_ids
        self.assertIn("may we?", template._render_field("subject", consent.ids)[consent.id])


class TestConfirming(Asking, CommonHttp):
    def setUp(self):
        super().setUp()
        self.consent = self.ask()
        self.confirm, self.no = self.get_links()

    def press(self, button="give", path=None, **form):
        """Press a button as the page has it, and return the page that follows."""
        path = path or self.confirm
        page = self.url_open(path).text
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page):
            form.setdefault(name, value)
        response = self.url_open(f"{path}/{button}", data={**form, "x": ""})
        self.env.invalidate_all()
        return response

    def get_state(self):
        self.env.flush_all()
        counts = []
        for table in ("social_consent_event", "social_consent", "social_subject", "mail_mail"):
            self.env.cr.execute(f"SELECT * FROM {table} ORDER BY id")
            counts.append(self.env.cr.fetchall())
        return counts

    def assert_gone(self, response, words):
        self.assertEqual(response.status_code, 410)
        self.assertIn(words, response.text)
        self.assertIn("What to do", response.text)

    def test_the_page_shows_the_whole_text_and_two_answers(self):
        html = self.url_open(self.confirm).text
        for paragraph in self.consent.notice_id.text.replace("{link}", "").split("\n\n"):
            self.assertIn(paragraph.strip(), html)
        self.assertIn("I consent", html)
        self.assertIn("No, do not ask again", html)
        self.assertNotIn("checkbox", html)
        self.assertNotIn("ada@example.com", html)

    def test_get_and_head_confirm_nothing(self):
        before = self.get_state()
        for path in (self.confirm, self.no):
            for method in ("GET", "HEAD"):
                response = self.url_open(path, method=method)
                self.assertEqual(response.status_code, 200)
        form = f"?notice={self.consent.notice_id.text_hash}"
        for button in ("give", "refuse"):
            for method in ("GET", "OPTIONS"):
                response = self.url_open(f"{self.confirm}/{button}{form}", method=method)
                self.assertEqual(response.status_code, 405, method)
        self.assertEqual(self.get_state(), before)

    def test_pressing_the_button_gives_the_consent_with_its_proof(self):
        response = self.press()
        self.assertIn("Thank you, you consented", response.text)
        self.assertEqual(self.consent.state, "given")
        event = self.consent.event_ids.sorted("sequence")[-1]
        self.assertEqual(json.loads(event.payload)["method"], "double_opt_in")
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        self.assertIn("user_agent", evidence.details)
        self.assertIn('"medium"', evidence.details)

    def test_r13_the_page_asks_for_the_age_and_says_why_it_does_not_take_a_minors_yes(self):
        self.env.cr.execute("UPDATE social_consent_notice SET ask_age = TRUE")
        self.env.invalidate_all()
        self.assertIn('name="age"', self.url_open(self.confirm).text)
        for age, words in (("15", "under 16"), ("", "age"), ("old", "age")):
            page = self.press(age=age)
            self.assertEqual(page.status_code, 200)
            self.assertIn(words, page.text)
            self.assertIn("I consent", page.text, "the person may answer again")
            self.assertEqual(self.consent.state, "requested")
        self.press(age="17")
        self.assertEqual(self.consent.state, "given")
        event = self.consent.event_ids[0]
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        self.assertEqual(evidence.age, "17")
        self.assertTrue(evidence._has_address("ada@example.com"))

    def test_a_form_sent_twice_gives_one_event(self):
        form = {"notice": self.consent.notice_id.text_hash}
        for _time in range(2):
            response = self.url_open(f"{self.confirm}/give", data=form)
            self.assertEqual(response.status_code, 200)
        self.assertIn("Withdraw", self.url_open(self.confirm).text)
        self.env.invalidate_all()
        self.assertEqual(self.consent.event_ids.mapped("state"), ["given", "requested"])

    def test_no_is_remembered(self):
        response = self.press("refuse")
        self.assertIn("do not ask again", response.text)
        self.assertEqual(self.consent.state, "refused")
        event = self.consent.event_ids[0]
        said = json.loads(event.payload)
        self.assertEqual((said["method"], said["given_at"]), ("link", None))
        self.assertEqual(said["notice"], self.consent.notice_id.text_hash, "what was refused")
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        self.assertEqual((evidence.medium, evidence.lang), ("web", "en_US"))
        self.press("refuse")
        self.assertEqual(self.consent.event_ids.mapped("state"), ["refused", "requested"])
        with self.after(days=1000), self.assertRaises(ConsentRequired):
            self.ask()

    def test_no_can_be_said_by_the_link_that_never_expires(self):
        with self.after(days=500):
            self.assertIn("No, do not ask again", self.url_open(self.no).text)
            self.url_open(f"{self.no}/withdraw", data={"x": ""})
        self.env.invalidate_all()
        self.assertEqual(self.consent.state, "refused")

    def test_consent_to_an_unread_text_is_none(self):
        response = self.url_open(f"{self.confirm}/give", data={"notice": "0" * 64})
        self.assertIn("I consent", response.text)
        self.env.invalidate_all()
        self.assertEqual(self.consent.state, "requested")

    def test_r13_an_age_that_nobody_has_is_none_and_is_not_cut_to_one(self):
        self.publish(self.consent.notice_id, "extent", ask_age=True)
        for age in ("1000", "0000000000170", "9" * 5000):
            self.assertIn("Enter the age in years", self.press(age=age).text)
            self.assertEqual(self.consent.state, "requested")
        self.press(age="40")
        self.assertEqual(self.consent.state, "given")

    def test_an_old_link_after_a_changed_address_confirms_nothing(self):
        self.partner.email = "other@example.com"
        self.assert_gone(self.press(), "has been changed since")
        self.assertEqual(self.consent.state, "requested")

    def test_an_address_written_otherwise_is_the_same(self):
        self.partner.email = "Ada <ADA@Example.com>"
        self.press()
        self.assertEqual(self.consent.state, "given")

    def test_a_link_expires(self):
        with self.after(days=7, hours=1):
            self.assert_gone(self.press(), "time to answer is over")
        self.assertEqual(self.consent.state, "requested")
        with self.after(days=6):
            self.press()
        self.assertEqual(self.consent.state, "given")

    def test_what_was_decided_since_counts(self):
        self.withdraw()
        self.assert_gone(self.press(), "You have decided since")
        self.assertEqual(self.consent.state, "withdrawn")

    def test_a_consent_withdrawn_again_is_not_given_by_the_old_link(self):
        self.press()
        self.withdraw()
        self.assert_gone(self.press(), "You have decided since")
        self.assertEqual(self.consent.state, "withdrawn")

    def test_only_the_newest_request_can_be_answered(self):
        self.env.ref(f"{ADDON}.purpose_match").request_interval = 1
        with self.after(days=2):
            self.ask()
            self.assert_gone(self.press(), "newer request")
            self.press(path=self.get_links()[0])
        self.assertEqual(self.consent.state, "given")

    def test_a_request_for_a_text_that_changed_its_purpose_is_void(self):
        self.publish(self.consent.notice_id, "purpose", purpose_statement="To sell your posts.")
        self.assert_gone(self.press(), "replaced by another one")
        self.assertEqual(self.consent.state, "requested")

    def test_a_renewal_is_confirmed_once_and_carries_on(self):
        partner = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        end = fields.Datetime.now() + timedelta(days=20)
        consent = self.give(partner=partner, valid_until=end)
        self.ask(partner=partner)
        path = self.get_links()[0]
        for _time in range(2):
            self.press(path=path)
        self.assertEqual(consent.event_ids.mapped("state"), ["given", "given"])
        self.assertGreater(consent.valid_until, end)

    def test_only_the_newest_request_for_a_renewal_can_be_answered(self):
        self.env.ref(f"{ADDON}.purpose_match").request_interval = 1
        partner = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        end = fields.Datetime.now() + timedelta(days=20)
        consent = self.give(partner=partner, valid_until=end)
        self.ask(partner=partner)
        old = self.get_links()[0]
        with self.after(days=2):
            self.ask(partner=partner)
            self.assert_gone(self.press(path=old), "newer request")
            self.assertEqual(consent.valid_until, end)
            self.press(path=self.get_links()[0])
        self.assertGreater(consent.valid_until, end)

    def test_the_page_after_the_answer_takes_back_this_answer_alone(self):
        sms = self.give("contact", "sms")
        email = self.ask("contact", "email")
        path = self.press(path=self.get_links()[0]).url
        path = path[path.index("/social/") : path.index("?")]
        self.assertEqual(email.state, "given")
        self.url_open(f"{path}/withdraw", data={"x": ""})
        self.env.invalidate_all()
        self.assertEqual((email.state, sms.state), ("withdrawn", "given"))

    def test_no_to_a_renewal_withdraws(self):
        partner = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        end = fields.Datetime.now() + timedelta(days=20)
        consent = self.give(partner=partner, valid_until=end)
        self.ask(partner=partner)
        self.press("refuse", path=self.get_links()[0])
        self.assertEqual(consent.state, "withdrawn")

    def test_r6_r7_who_consented_to_an_older_text_is_asked_and_confirms_the_new_one(self):
        policy = self.env["social.policy"]
        for number, (kind, counts_meanwhile, changes) in enumerate(
            (
                ("extent", True, {"months": 12}),
                ("purpose", False, {"purpose_statement": "We would like to sell."}),
            )
        ):
            with self.subTest(kind=kind):
                partner = self.env["res.partner"].create(
                    {"name": "Ben", "email": f"ben{number}@example.com"}
                )
                consent = self.give(partner=partner)
                newer = self.publish(consent.notice_id, kind, **changes)
                self.ask(partner=partner)
                self.assertEqual(consent.state, "given", "asking ends nothing")
                allowed = policy._decide("match", partner)[partner.id].allowed
                self.assertEqual(allowed, counts_meanwhile)
                self.press(path=self.get_links()[0])
                self.assertEqual((consent.state, consent.notice_id), ("given", newer))
                self.assertFalse(consent.renewal_needed)
                self.assertTrue(policy._decide("match", partner)[partner.id])
                self.assertEqual(consent.event_ids.mapped("state"), ["given", "given"])
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_mail_and_page_are_in_the_persons_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        german = self.env.ref(f"{ADDON}.notice_match_de")
        if german.state == "draft":
            german.action_publish()
        partner = self.env["res.partner"].create(
            {"name": "Ben", "email": "ben@example.com", "lang": "de_DE"}
        )
        template = self.env.ref(f"{ADDON}.mail_template_request")
        template.with_context(lang="de_DE").subject = "Dürfen wir?"
        self.ask(partner=partner)
        self.assertEqual(self.get_mails()[0].subject, "Dürfen wir?")
        html = self.url_open(self.get_links()[0]).text
        self.assertIn('<html lang="de-DE"', html)
        self.assertIn(german.text[:40], html)

    def test_the_mail_names_the_channel_in_the_persons_language_as_well(self):
        """Whoever asks, or the job that does, may speak another one."""
        self.speak_german()
        german = self.env.ref(f"{ADDON}.notice_contact_de")
        if german.state == "draft":
            german.action_publish()
        partner = self.env["res.partner"].create(
            {"name": "Ben", "email": "ben@example.com", "lang": "de_DE"}
        )
        partner._request_social_consent("contact", "phone")
        self.assertIn("Neuigkeiten und Angebote: Telefon", self.get_mails()[0].body_html)

    def test_a_forged_or_foreign_request_is_refused(self):
        token = self.confirm.rpartition("/")[2]
        before = self.get_state()
        for bad in (token[:-2], token.replace("1.", "2.", 1), self.no.rpartition("/")[2]):
            for path in (f"/social/consent/confirm/{bad}", f"/social/consent/{token}"):
                self.assertEqual(self.url_open(path).status_code, 404)
            for button in ("give", "refuse"):
                path = f"/social/consent/confirm/{bad}/{button}"
                self.assertEqual(self.url_open(path, data={"x": ""}).status_code, 404)
        self.assertEqual(self.get_state(), before)
