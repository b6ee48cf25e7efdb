"""The ways out of advertising: in each mail that arrives, and in each answer (rule 8, GDPR 7(3))."""

import re
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.social_consent_monitoring.models.social_footer import SocialFooter

from common import ADDON, Common, CommonHttp, make_post
from ends import Ends

ADDRESS = "ada@example.com"
MAIL_LOG = f"odoo.addons.{ADDON}.models.mail_mail"
TOKEN = re.compile(r"/social/consent/([\w.-]+)")
LEAVE = '<p>Offers <a href="/unsubscribe_from_list">Leave</a></p>'


class Advertising(Ends):
    """Advertises to one person by a template, and looks at what arrives."""

    def make_template(self, **values):
        return self.env["mail.template"].create(
            {
                "name": "Offers",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Offers",
                "body_html": "<p>Offers</p>",
                "use_default_to": True,
                "social_kind": "marketing",
                **values,
            }
        )

    def advertise(self, partner=None, **values):
        """Send a template, and return the message that arrived."""
        self.postbox.envelopes.clear()
        self.make_template(**values).send_mail((partner or self.partner).id, force_send=True)
        return self.postbox.envelopes[0].message if self.postbox.envelopes else None

    def send_mailing(self, **values):
        self.postbox.envelopes.clear()
        self.env["mailing.mailing"].create(
            {
                "subject": "Offers",
                "body_html": "<p>Offers</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "in", self.partner.ids)],
                **values,
            }
        ).action_send_mail()
        self.send_queue()
        return self.postbox.envelopes[0].message

    def get_html(self, message):
        return self.get_part(message, "text/html")

    def get_part(self, message, kind):
        parts = [part for part in message.walk() if part.get_content_type() == kind]
        return parts[0].get_payload(decode=True).decode()

    def get_state(self, partner=None):
        consents = (partner or self.partner).social_consent_ids
        return consents.filtered(lambda each: each.channel == "email").state


class TestEachMailCarriesTheWayOut(Advertising):
    def setUp(self):
        super().setUp()
        self.give("contact", "email")

    def test_advertising_carries_the_persons_own_link(self):
        message = self.advertise()
        for kind in ("text/html", "text/plain"):
            body = self.get_part(message, kind)
            self.assertIn("You get this because you consented.", body)
            [token] = TOKEN.findall(body)
            link = self.env["social.link"]._read(token, "w")
            self.assertEqual(link.subject, self.partner.social_subject_key)
            self.assertEqual((link.purpose, link.channel), ("contact", None))

    def test_advertising_has_the_header_of_rfc_8058(self):
        message = self.advertise()
        self.assertEqual(message["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertRegex(
            message["List-Unsubscribe"], r"^<https?://\S+/social/consent/[\w.-]+/one-click>$"
        )

    def test_odoos_own_header_arrives_in_one_piece_too(self):
        self.assertRegex(self.send_mailing()["List-Unsubscribe"], r"^<https?://\S+>$")

    def test_the_line_speaks_the_persons_language(self):
        self.speak_german()
        self.partner.lang = "de_DE"
        html = self.get_html(self.advertise())
        self.assertNotIn("You get this", html)
        self.assertIn("eingewilligt", html)

    def test_service_and_a_users_own_message_have_none(self):
        for message in (self.advertise(social_kind="service"), self.write_first()):
            self.assertNotIn("List-Unsubscribe", message)
            self.assertNotIn("/social/consent/", self.get_html(message))

    def write_first(self):
        self.postbox.envelopes.clear()
        composer = self.env["mail.compose.message"].create(
            {
                "composition_mode": "comment",
                "model": "res.partner",
                "res_ids": str(self.partner.ids),
                "partner_ids": self.partner.ids,
                "subject": "Hello",
                "body": "<p>Hello</p>",
            }
        )
        composer._action_send_mail()
        self.send_queue()
        return self.postbox.envelopes[0].message

    def test_nobody_gets_the_link_of_somebody_else(self):
        other = self.partner.create({"name": "Bob", "email": "bob@example.com"})
        self.give("contact", "email", partner=other)
        self.advertise(use_default_to=False, email_to=f"{ADDRESS}, bob@example.com")
        self.assertReached(ADDRESS, "bob@example.com")
        keys = {
            ADDRESS: self.partner.social_subject_key,
            "bob@example.com": other.social_subject_key,
        }
        for envelope in self.postbox.envelopes:
            [address] = envelope.recipients
            self.assertNotIn(({*keys} - {address}).pop(), envelope.message.as_string())
            tokens = TOKEN.findall(self.get_html(envelope.message))
            tokens += TOKEN.findall(envelope.message["List-Unsubscribe"])
            read = self.env["social.link"]._read
            self.assertEqual({read(token, "w").subject for token in tokens}, {keys[address]})

    def test_what_is_about_another_person_does_not_bring_that_persons_link(self):
        other = self.partner.create({"name": "Bob", "email": "bob@example.com"})
        self.give("contact", "email", partner=other)
        message = self.advertise(use_default_to=False, email_to="bob@example.com")
        for token in TOKEN.findall(self.get_html(message)):
            link = self.env["social.link"]._read(token, "w")
            self.assertEqual(link.subject, other.social_subject_key)

    def test_who_gets_a_copy_gets_it_alone_and_with_the_own_link(self):
        other = self.partner.create({"name": "Bob", "email": "bob@example.com"})
        self.give("contact", "email", partner=other)
        self.advertise(use_default_to=False, email_to=ADDRESS, email_cc="bob@example.com")
        self.assertReached(ADDRESS, "bob@example.com")
        for envelope in self.postbox.envelopes:
            [address] = envelope.recipients
            self.assertNotIn(
                ({ADDRESS, "bob@example.com"} - {address}).pop(), envelope.message.as_string()
            )
            [token] = TOKEN.findall(self.get_html(envelope.message))
            person = {ADDRESS: self.partner}.get(address, other)
            link = self.env["social.link"]._read(token, "w")
            self.assertEqual(link.subject, person.social_subject_key)

    def test_a_mailing_keeps_odoos_header_and_gets_the_line_where_it_has_none(self):
        message = self.send_mailing()
        self.assertIn("/mailing/", message["List-Unsubscribe"])
        self.assertEqual(len(TOKEN.findall(self.get_html(message))), 1)

    def test_r8_a_mailing_with_odoos_own_link_leads_to_the_consent_too(self):
        html = self.get_html(self.send_mailing(body_html=LEAVE))
        self.assertIn("confirm_unsubscribe", html)
        [token] = TOKEN.findall(html)
        link = self.env["social.link"]._read(token, "w")
        self.assertEqual(link.subject, self.partner.social_subject_key)

    def test_a_text_that_has_our_link_gets_no_second_one(self):
        url = self.partner._get_social_consent_url("contact")
        html = self.get_html(self.advertise(body_html=f'<p><a href="{url}">Stop</a></p>'))
        self.assertNotIn("You get this because you consented.", html)

    def test_without_a_consent_odoos_own_link_is_enough(self):
        self.observe_advertising()
        html = self.get_html(self.send_mailing(body_html=LEAVE))
        self.assertIn("confirm_unsubscribe", html)
        self.assertEqual(TOKEN.findall(html), [])

    def observe_advertising(self):
        """Let it out to whoever has withdrawn."""
        self.withdraw("contact", "email")
        self.env["mail.blacklist"].search([]).unlink()
        self.env["social.policy.rule"]._get_rules("contact_email")
        rule = self.env["social.policy.rule"].search([("act", "=", "contact_email")])
        rule.write({"mode": "observe"})

    def test_without_a_consent_the_line_does_not_speak_of_one(self):
        self.observe_advertising()
        html = self.get_html(self.advertise())
        self.assertNotIn("because you consented", html)
        self.assertIn("/one-click", html)

    def test_the_number_of_queries_does_not_grow_with_the_mails(self):
        people = self.partner.create(
            [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(60)]
        )
        self.give("contact", "email", partner=people)
        counts = []
        for some in (people[:10], people[10:]):
            mails = self.env["mail.mail"]
            for person in some:
                mail_id = self.make_template().send_mail(person.id)
                mails |= mails.browse(mail_id)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(mails._prepare_social_footers()), len(some))
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_where_the_link_cannot_be_made_advertising_waits_and_service_goes_out(self):
        other = self.partner.create({"name": "Bob", "email": "bob@example.com"})
        self.make_template().send_mail(self.partner.id)
        self.make_template(social_kind="service").send_mail(other.id)
        with (
            patch.object(SocialFooter, "_make", side_effect=ValueError),
            self.assertLogs(MAIL_LOG, "ERROR"),
        ):
            self.send_queue()
        self.assertReached("bob@example.com")
        self.send_queue()
        self.assertReached(ADDRESS, "bob@example.com")


class TestAnswer(Advertising):
    """Mail comes in as a mail server hands it over."""

    def setUp(self):
        super().setUp()
        self.give("contact", "email")

    def answer(self, message, body="STOP", sender=ADDRESS, headers=""):
        text = (
            f"From: Ada <{sender}>\r\nTo: shop@example.com\r\nSubject: Re: Offers\r\n"
            f"Message-Id: <answer-{id(message)}@example.com>\r\n{headers}"
            f"In-Reply-To: {message['Message-Id']}\r\nReferences: {message['Message-Id']}\r\n"
            f"Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"
        )
        return self.env["mail.thread"].message_process("res.partner", text)

    def test_stop_withdraws_and_the_staff_still_reads_it(self):
        message = self.advertise(auto_delete=False)
        self.assertTrue(self.answer(message))
        self.assertEqual(self.get_state(), "withdrawn")
        event = self.partner.social_consent_ids.sudo().event_ids.sorted("sequence")[-1]
        self.assertIn('"method":"reply"', event.payload)
        self.assertIn("STOP", str(self.partner.message_ids[0].body))
        self.assertIsNone(self.advertise())

    def test_stop_is_understood_after_odoo_deleted_its_mail(self):
        message = self.advertise(auto_delete=True)
        self.assertFalse(self.env["mail.mail"].search([("message_id", "=", message["Message-Id"])]))
        self.answer(message)
        self.assertEqual(self.get_state(), "withdrawn")

    def test_stop_in_answer_to_a_mailing_withdraws(self):
        self.answer(self.send_mailing())
        self.assertEqual(self.get_state(), "withdrawn")

    def test_stop_counts_where_the_mail_belongs_nowhere(self):
        message = self.advertise(auto_delete=True)
        text = (
            f"From: {ADDRESS}\r\nTo: nobody@example.org\r\nSubject: Re: Offers\r\n"
            f"Message-Id: <lost@example.com>\r\nIn-Reply-To: {message['Message-Id']}\r\n\r\nSTOP\r\n"
        )
        self.env["mail.thread"].message_process(False, text)
        self.assertEqual(self.get_state(), "withdrawn")

    def test_whatever_says_more_changes_nothing(self):
        self.answer(self.advertise(), "Stop the delivery until Monday, please.")
        self.assertEqual(self.get_state(), "given")

    def test_an_answer_to_a_service_mail_changes_nothing(self):
        self.answer(self.advertise(social_kind="service"), "Nein danke")
        self.assertEqual(self.get_state(), "given")

    def test_an_answer_by_somebody_else_changes_nothing(self):
        other = self.partner.create({"name": "Bob", "email": "bob@example.com"})
        self.give("contact", "email", partner=other)
        self.answer(self.advertise(), sender="bob@example.com")
        self.assertEqual((self.get_state(), self.get_state(other)), ("given", "given"))

    def test_a_machines_answer_changes_nothing(self):
        self.answer(self.advertise(), headers="Auto-Submitted: auto-replied\r\n")
        self.assertEqual(self.get_state(), "given")

    def test_what_is_remembered_of_a_mail_leads_to_nobody(self):
        message = self.advertise()
        rows = self.env["social.sent.mail"].search([])
        self.assertEqual(len(rows), 1)
        stored = str(rows.read())
        self.assertNotIn(ADDRESS, stored)
        self.assertNotIn(message["Message-Id"].strip("<>"), stored)


@tagged("standard", "post_install", "-at_install")
class TestOneClick(CommonHttp):
    def setUp(self):
        super().setUp()
        self.give("contact", "email")
        self.give("contact", "sms")

    def url(self, channel="email"):
        links = self.env["social.link"]
        subject = self.partner.social_subject_id
        token = links._make_token(links._make_withdrawal(subject, "contact", channel))
        return f"/social/consent/{token}/one-click"

    def state(self, channel="email"):
        self.env.invalidate_all()
        consents = self.partner.social_consent_ids
        return consents.filtered(lambda each: each.channel == channel).state

    def count_events(self):
        self.env.invalidate_all()
        return len(self.partner.social_consent_ids.sudo().event_ids)

    def test_a_program_stops_that_channel_and_no_other(self):
        data = {"List-Unsubscribe": "One-Click"}
        response = self.url_open(self.url(), data=data, allow_redirects=False)
        self.assertEqual(response.status_code, 200)
        self.assertEqual((self.state(), self.state("sms")), ("withdrawn", "given"))
        event = self.partner.social_consent_ids.sudo().event_ids.sorted("sequence")[-1]
        self.assertIn('"method":"unsubscribe"', event.payload)

    def test_looking_changes_nothing(self):
        before = self.count_events()
        for method in ("GET", "HEAD", "OPTIONS"):
            self.url_open(self.url(), method=method)
        self.assertEqual((self.state(), self.count_events()), ("given", before))

    def test_twice_is_once(self):
        self.url_open(self.url(), data={"List-Unsubscribe": "One-Click"})
        before = self.count_events()
        response = self.url_open(self.url(), data={"List-Unsubscribe": "One-Click"})
        self.assertEqual((response.status_code, self.count_events()), (200, before))

    def test_who_never_consented_is_heard_too(self):
        other = self.partner.create({"name": "Bob", "email": "bob@example.com"})
        [(_record, subject)] = other._ensure_subjects()
        links = self.env["social.link"]
        token = links._make_token(links._make_withdrawal(subject, "contact", "email"))
        html = self.url_open(f"/social/consent/{token}/one-click").text
        self.assertIn("Stop it", html)
        self.url_open(f"/social/consent/{token}/one-click", data={"x": ""})
        self.env.invalidate_all()
        self.assertEqual(other.social_consent_ids.state, "refused")
        self.assertTrue(self.env["mail.blacklist"].search([("email", "=", "bob@example.com")]))

    def test_a_link_for_more_than_one_channel_is_none_here(self):
        for bad in (self.url(None), "/social/consent/nonsense/one-click"):
            for data in (None, {"List-Unsubscribe": "One-Click"}):
                self.assertEqual(self.url_open(bad, data=data).status_code, 404)
        self.assertEqual(self.state(), "given")


class TestStaff(Common):
    """What somebody says by phone or letter goes in on every kind of record."""

    def record(self, person, user, **values):
        action = person.with_user(user).action_withdraw_social_consent()
        wizards = self.env[action["res_model"]].with_user(user).with_context(**action["context"])
        wizard = wizards.create(values)
        self.assertEqual(wizard.person_name, person.with_user(user).display_name)
        wizard.action_withdraw()

    def test_a_lead_a_recipient_and_an_author_are_heard(self):
        [mention] = self.store(make_post())
        lead = self.env["crm.lead"].create({"name": "Ada", "user_id": self.sales.id})
        reader = self.env["mailing.contact"].create({"name": "Ada", "email": ADDRESS})
        marketer = new_test_user(
            self.env,
            "marketer",
            groups="mass_mailing.group_mass_mailing_user,base.group_partner_manager",
        )
        for person, user in (
            (lead, self.sales),
            (reader, marketer),
            (mention.author_id, self.officer),
        ):
            before = self.env["social.consent"].search([])
            self.record(person, user, kind="object", reason="By phone, on Monday.")
            consents = self.env["social.consent"].search([]) - before
            self.assertEqual(set(consents.mapped("state")), {"refused"})
            event = consents.event_ids.sorted("sequence")[-1]
            self.assertIn('"method":"staff"', event.payload)
            evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
            self.assertIn("By phone", evidence.details)

    def test_nobody_records_for_a_record_that_is_no_person(self):
        wizards = self.env["social.consent.withdraw.wizard"].with_user(self.sales)
        for values in ({}, {"res_model": "res.users", "res_id": self.sales.id}):
            with self.assertRaises(UserError):
                wizards.create(values)

    def test_nobody_sees_the_name_of_a_person_who_is_hidden_from_them(self):
        [mention] = self.store(make_post())
        wizards = self.env["social.consent.withdraw.wizard"].with_user(self.sales)
        values = {"res_model": "social.author", "res_id": mention.author_id.id}
        with self.assertRaises(AccessError):
            wizards.create(values)
