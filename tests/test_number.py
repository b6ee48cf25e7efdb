"""A yes to SMS and calls counts once the person has proven to hold the number (rule 23)."""

import json
import logging
import re

from odoo import api
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.social_consent_monitoring.controllers import social_data
from odoo.addons.social_consent_monitoring.digests import get_digest
from odoo.addons.social_consent_monitoring.models import social_number_proof, social_rate_limit
from odoo.addons.social_consent_monitoring.policy import METHODS, NUMBER_CHANNELS

from axe import check_pages
from boxes import Boxes
from common import ADDON, Common
from fulltext import find_words
from sms import Sms
from test_page import PageCase

ADA, BEN = "+4930123456", "+4930654321"
COUNTS_NO_MORE = "The code counts no more"
PAPER_OR_CALL = "signed paper or"
OWN_METHODS = ("portal", "link", "form", "shop", "platform", "double_opt_in", "reply")


class NumberCase(Sms, PageCase):
    def setUp(self):
        super().setUp()
        self.partner.phone = "+49 30 123456"
        self.ben = self.env["res.partner"].create(
            {"name": "Ben", "email": "ben@example.com", "phone": "+49 30 654321", "lang": "en_US"}
        )

    def get_text_path(self, channel="sms", partner=None):
        return f"{self.get_path(partner=partner)}/text?purpose=contact&channel={channel}"

    def press(self, channel="sms", partner=None, **form):
        """Read the text, press "I consent", and return the page that follows."""
        html = self.get(self.get_text_path(channel, partner)).text
        action, hidden = self.get_form(html, "/give", channel=channel)
        return self.post(action, **{**hidden, **form})

    def type_in(self, code, channel="sms", partner=None):
        return self.post(f"{self.get_path(partner=partner)}/number", channel=channel, code=code)

    def get_state(self, channel="sms", partner=None):
        return self.get_consent("contact", channel, partner).state

    def get_waiting(self):
        return self.env["social.number.proof"].sudo().search([])

    def get_wrong(self, code):
        return f"{(int(code) + 1) % 10**6:06}"

    def read_evidence(self, consent):
        event = consent.event_ids.sorted("sequence")[-1:]
        return self.env["social.consent.evidence"].search([("event_id", "=", event.id)])

    def get_digest(self, evidence):
        return json.loads(evidence.details)["number_digest"]

    def get_confirm_path(self, channel="sms"):
        """Ask by e-mail, and return the way to the page behind the link."""
        self.partner._request_social_consent("contact", channel)
        body = self.get_mails()[0].body_html
        return re.search(r'href="[^"]*(/social/consent/confirm/[^"]+)"', body)[1]

    def confirm(self, path):
        action, hidden = self.get_form(self.get(path).text, "/give")
        return self.post(action, **hidden)


class TestProof(NumberCase):
    def test_r23_a_yes_counts_once_the_code_that_went_to_the_number_is_typed_in(self):
        for channel in NUMBER_CHANNELS:
            with self.subTest(channel):
                page = self.press(channel)
                self.assertFalse(self.get_consent("contact", channel))
                action, hidden = self.get_form(page.text, "/number")
                self.assertEqual(hidden, {"channel": channel})
                answer = self.post(action, **hidden, code=self.read_code(ADA))
                self.assertIn("Thank you, you consented", answer.text)
                self.assertEqual(self.get_state(channel), "given")
                act = f"contact_{channel}"
                decision = self.env["social.policy"]._decide(act, self.partner)
                self.assertTrue(decision[self.partner.id])

    def test_the_evidence_holds_the_numbers_digest_and_when_it_was_proven(self):
        self.press()
        self.type_in(self.read_code())
        consent = self.get_consent("contact", "sms")
        evidence = self.read_evidence(consent)
        self.assertEqual(self.get_digest(evidence), get_digest(evidence.salt, ADA))
        self.assertRegex(evidence.number_proven_at, r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertNotIn("123456", evidence.details)
        self.assertEqual((evidence.method, evidence.medium), ("link", "web"))
        self.assertTrue(evidence._has_address("ada@example.com"))
        self.assertFalse(self.env["social.consent.event"]._verify())
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_r23_who_confirms_by_e_mail_proves_the_number_as_well(self):
        """A mailbox proves no number (BGH, I ZR 164/09)."""
        for channel in NUMBER_CHANNELS:
            with self.subTest(channel):
                path = self.get_confirm_path(channel)
                page = self.confirm(path)
                self.assertEqual(self.get_state(channel), "requested")
                action, hidden = self.get_form(page.text, "/number")
                self.assertTrue(action.startswith(path))
                self.post(action, **hidden, code=self.get_wrong(self.read_code(ADA)))
                self.assertEqual(self.get_state(channel), "requested")
                answer = self.post(action, **hidden, code=self.read_code(ADA))
                self.assertIn("Thank you, you consented", answer.text)
                self.assertEqual(self.get_state(channel), "given")
                evidence = self.read_evidence(self.get_consent("contact", channel))
                self.assertEqual(evidence.method, "double_opt_in")
                self.assertEqual(self.get_digest(evidence), get_digest(evidence.salt, ADA))

    def test_other_channels_and_purposes_take_no_code(self):
        self.press("post")
        action, hidden = self.get_form(
            self.get(f"{self.get_path()}/text?purpose=match").text, "/give"
        )
        self.post(action, **hidden)
        self.assertEqual(self.get_state("post"), "given")
        self.assertEqual(self.get_consent("match").state, "given")
        self.assertFalse(self.sent)

    def test_who_typed_in_somebody_elses_number_consents_to_nothing(self):
        """The SMS reaches whoever holds the number, who types it in nowhere."""
        self.partner.phone = self.ben.phone
        self.press()
        self.assertEqual(self.sent[-1][0], BEN)
        self.type_in("000000" if self.read_code() != "000000" else "000001")
        for act in ("contact_sms", "contact_phone"):
            decided = self.env["social.policy"]._decide(act, self.partner | self.ben)
            self.assertFalse(any(decided.values()), act)

    def test_withdrawing_takes_no_code(self):
        self.give("contact", "sms")
        self.post(f"{self.get_path()}/withdraw", purpose="contact", channel="sms")
        self.assertEqual(self.get_state(), "withdrawn")
        self.post(f"{self.get_confirm_path('phone')}/refuse")
        self.assertEqual(self.get_state("phone"), "refused")
        self.assertFalse(self.sent)

    def test_r13_the_age_is_asked_for_before_an_sms_is_paid_for_and_counts(self):
        self.env.cr.execute("UPDATE social_consent_notice SET ask_age = TRUE")
        self.env.invalidate_all()
        self.assertIn("under 16", self.press(age="15").text)
        self.assertFalse(self.sent)
        self.press(age="40")
        self.type_in(self.read_code())
        self.assertEqual(self.get_state(), "given")
        self.assertEqual(self.read_evidence(self.get_consent("contact", "sms")).age, "40")

    def test_what_is_no_age_is_none(self):
        self.env.cr.execute("UPDATE social_consent_notice SET ask_age = TRUE")
        self.env.invalidate_all()
        for age in ("\x001", "x" * 9999, "-5"):
            self.assertEqual(self.press(age=age).status_code, 200)
        self.assertFalse(self.get_consent("contact", "sms"))

    def test_the_sms_says_what_the_code_does(self):
        for channel, word in (("sms", "by SMS"), ("phone", "by phone")):
            self.press(channel)
            text = self.sent[-1][1]
            self.assertIn(f"says yes to advertising {word}", text)
            self.assertIn("give it to nobody", text)

    def test_nobody_agrees_to_a_text_that_was_not_read(self):
        self.press(notice="0" * 64)
        self.assertFalse(self.sent)

    def test_one_company_proves_nothing_for_another(self):
        other = self.env["res.company"].create({"name": "Other"})
        notice = self.env.ref(f"{ADDON}.notice_contact_en")
        notice.with_company(other).copy({"company_id": other.id}).action_publish()
        there = self.partner.with_company(other)
        self.press(partner=there)
        self.type_in(self.read_code())
        self.assertFalse(self.get_consent("contact", "sms"))
        self.type_in(self.read_code(), partner=there)
        self.assertEqual(self.get_consent("contact", "sms").company_id, other)


class TestBoundCode(NumberCase):
    def test_a_code_counts_for_15_minutes(self):
        self.press()
        with self.after(minutes=16):
            answer = self.type_in(self.read_code())
            self.assertIn(COUNTS_NO_MORE, answer.text)
            self.get_form(answer.text, "/give", channel="sms")
            self.assertFalse(self.get_consent("contact", "sms"))
        with self.after(minutes=14):
            self.type_in(self.read_code())
        self.assertEqual(self.get_state(), "given")

    def test_after_five_wrong_tries_the_right_code_is_worth_nothing(self):
        self.press()
        code = self.read_code()
        for number in range(5):
            answer = self.type_in(self.get_wrong(code))
            said = COUNTS_NO_MORE if number == 4 else "not the code that we sent"
            self.assertIn(said, answer.text)
        self.assertIn(COUNTS_NO_MORE, self.type_in(code).text)
        self.assertFalse(self.get_consent("contact", "sms"))

    def test_after_four_wrong_tries_the_right_code_counts(self):
        self.press()
        for _time in range(4):
            self.type_in(self.get_wrong(self.read_code()))
        self.type_in(self.read_code())
        self.assertEqual(self.get_state(), "given")

    def test_a_code_is_used_once(self):
        self.press()
        code = self.read_code()
        self.type_in(code)
        self.withdraw("contact", "sms")
        self.type_in(code)
        self.assertEqual(self.get_state(), "withdrawn")
        self.assertFalse(self.get_waiting())

    def test_a_new_code_replaces_the_one_before(self):
        self.patch(
            social_number_proof.secrets, "randbelow", lambda _most: 111111 * (1 + len(self.sent))
        )
        self.press()
        with self.after(minutes=2):
            self.press()
            self.assertEqual(self.read_code(), "222222")
            self.type_in("111111")
            self.assertFalse(self.get_consent("contact", "sms"))
            self.type_in("222222")
        self.assertEqual(self.get_state(), "given")

    def test_who_presses_twice_gets_one_code(self):
        self.press()
        page = self.press()
        self.assertEqual(len(self.sent), 1)
        self.get_form(page.text, "/number")
        self.type_in(self.read_code())
        self.assertEqual(self.get_state(), "given")

    def test_where_a_new_code_cannot_be_sent_the_one_before_counts_on(self):
        self.press()
        with self.after(minutes=2):
            self.provider_says = "server_error"
            self.assertIn(PAPER_OR_CALL, self.press().text)
            self.type_in(self.read_code())
        self.assertEqual(self.get_state(), "given")

    def test_a_code_may_be_typed_in_groups(self):
        self.press()
        code = self.read_code()
        self.type_in(f" {code[:3]} {code[3:]} ")
        self.assertEqual(self.get_state(), "given")

    def test_a_number_changed_meanwhile_makes_the_code_worthless(self):
        self.press()
        self.partner.phone = "+49 30 654321"
        answer = self.type_in(self.read_code(ADA))
        self.assertIn(COUNTS_NO_MORE, answer.text)
        self.assertFalse(self.get_consent("contact", "sms"))
        self.partner.phone = False
        self.type_in(self.read_code(ADA))
        self.assertFalse(self.get_consent("contact", "sms"))

    def test_a_number_changed_before_the_mail_is_confirmed_makes_the_code_worthless(self):
        path = self.get_confirm_path()
        self.confirm(path)
        self.partner.phone = "+49 30 654321"
        self.assertIn(COUNTS_NO_MORE, self.post(f"{path}/number", code=self.read_code(ADA)).text)
        self.assertEqual(self.get_state(), "requested")

    def test_a_text_replaced_meanwhile_makes_the_code_worthless(self):
        self.press()
        self.publish(self.env.ref(f"{ADDON}.notice_contact_en"), "correction")
        self.assertIn(COUNTS_NO_MORE, self.type_in(self.read_code()).text)
        self.assertFalse(self.get_consent("contact", "sms"))

    def test_a_code_for_one_channel_or_person_is_none_for_another(self):
        self.press()
        code = self.read_code(ADA)
        self.type_in(code, "phone")
        # The same number stands on another person's record.
        self.ben.phone = self.partner.phone
        self.type_in(code, partner=self.ben)
        self.assertFalse((self.partner | self.ben).social_consent_ids)

    def test_what_is_no_code_or_no_channel_gives_nothing(self):
        self.press()
        for code in ("", "x", "\x00", "1" * 10**5, "\uff16" * 6):
            with self.subTest(code[:5]):
                self.assertEqual(self.type_in(code).status_code, 200)
        for channel in ("", "email", "x", "\x00"):
            self.assertEqual(self.type_in(self.read_code(), channel).status_code, 200)
        self.assertFalse(self.partner.social_consent_ids)

    def test_looking_changes_nothing_even_with_the_right_code(self):
        self.press()
        code = self.read_code()
        path = f"{self.get_path()}/number?channel=sms&code={code}"
        before = self.get_waiting().read()
        for method in ("GET", "HEAD", "OPTIONS"):
            self.get(path, method=method)
        self.assertEqual(self.get_waiting().read(), before)
        self.assertEqual(len(self.sent), 1)
        self.assertFalse(self.get_consent("contact", "sms"))


class TestChangedNumber(NumberCase):
    def enter(self, phone, channel="sms", **values):
        """Consent, let the person enter another number, and return what the consent is then."""
        user = self.env["res.users"].search([("login", "=", "vera")]) or new_test_user(
            self.env, "vera", groups="base.group_portal", partner_id=self.partner.id
        )
        self.give("contact", channel)
        # As the account and a shop's checkout do.
        self.partner.with_user(user).sudo().write({"phone": phone, **values})
        return self.get_state(channel)

    def test_r23_a_number_that_the_person_enters_later_is_not_the_one_that_was_proven(self):
        for channel in NUMBER_CHANNELS:
            self.assertEqual(self.enter("+49 30 654321", channel), "expired")
            decided = self.env["social.policy"]._decide(f"contact_{channel}", self.partner)
            self.assertFalse(decided[self.partner.id])
            self.partner.phone = "+49 30 123456"
        self.assertFalse(self.env["phone.blacklist"].search([("number", "in", (ADA, BEN))]))

    def test_the_person_consents_anew_with_a_code_to_the_new_number(self):
        self.enter("+49 30 654321")
        self.press()
        self.type_in(self.read_code(BEN))
        self.assertEqual(self.get_state(), "given")

    def test_a_number_taken_away_and_entered_anew_is_proven_anew(self):
        self.assertEqual(self.enter(False), "expired")

    def test_the_same_number_and_all_else_that_is_entered_ends_nothing(self):
        self.assertEqual(self.enter("0049 30 12 34 56", city="Berlin"), "given")
        self.give("contact", "email")
        self.enter("+49 30 654321")
        self.assertEqual(self.get_state("email"), "given")

    def test_a_number_that_follows_from_the_address_of_the_company_is_another_as_well(self):
        """Odoo writes an address to all contacts below the company."""
        germany, austria = self.env.ref("base.de"), self.env.ref("base.at")
        firm = self.env["res.partner"].create(
            {"name": "Firm", "is_company": True, "country_id": germany.id}
        )
        below = {"parent_id": firm.id, "country_id": germany.id}
        colleague = self.ben.copy({"email": "c@example.com", "phone": "0671 18326269", **below})
        self.partner.write(below)
        self.give("contact", "sms", partner=colleague)
        user = new_test_user(
            self.env, "vera", groups="base.group_portal", partner_id=self.partner.id
        )
        before = colleague._get_social_number()
        self.partner.with_user(user).sudo().country_id = austria
        self.assertNotEqual(colleague._get_social_number(), before)
        self.assertEqual(self.get_state(partner=colleague), "expired")

    def test_a_lead_that_follows_its_contact_or_is_written_itself_loses_its_consent(self):
        user = new_test_user(
            self.env, "vera", groups="base.group_portal", partner_id=self.partner.id
        )
        for is_contact in (True, False):
            self.partner.write({"email": False, "phone": "+49 30 123456"})
            lead = self.env["crm.lead"].create(
                {"name": "L", "email_from": f"{is_contact}@example.com", "phone": "+49 30 123456"}
            )
            self.give("contact", "sms", partner=lead)
            written = lead
            if is_contact:
                lead.partner_id = written = self.partner
                self.assertNotEqual(lead.social_subject_id, self.partner.social_subject_id)
            written.with_user(user).sudo().phone = "+49 30 654321"
            self.assertEqual(lead._get_social_number(), BEN)
            self.assertEqual(lead.social_consent_ids.mapped("state"), ["expired"])

    def test_nobody_at_all_enters_a_number_from_outside_as_well(self):
        """Odoo's controllers without any login write as superuser without a user."""
        self.give("contact", "sms")
        nobody = api.Environment(self.env.cr, None, {})
        nobody["res.partner"].sudo().browse(self.partner.id).phone = "+49 30 654321"
        self.env.invalidate_all()
        self.assertEqual(self.get_state(), "expired")

    def test_what_staff_corrects_ends_nothing(self):
        self.give("contact", "sms")
        self.partner.with_user(self.sales).phone = "+49 30 654321"
        self.assertEqual(self.get_state(), "given")


class TestNoSms(NumberCase):
    def check_told(self, answer):
        self.assertEqual(answer.status_code, 200)
        self.assertIn(PAPER_OR_CALL, answer.text)
        self.assertNotIn('name="code"', answer.text)
        self.assertFalse(self.get_waiting())
        self.assertNotEqual(self.get_state(), "given")

    def test_where_no_sms_goes_out_the_person_is_told_and_nothing_is_given(self):
        failures = ("insufficient_credit", "unregistered", "server_error", "wrong_number_format")
        for says in (*failures, "country_not_supported", AccessError("No answer.")):
            with self.subTest(says):
                self.env["social.rate.limit"].search([]).unlink()
                self.provider_says = says
                self.check_told(self.press())
                self.assertFalse(self.env["sms.sms"].search([("number", "=", ADA)]))
        self.env["social.rate.limit"].search([]).unlink()
        self.check_told(self.confirm(self.get_confirm_path()))

    def test_where_there_is_no_number_nobody_says_yes_alone(self):
        self.partner.phone = False
        html = self.get(self.get_text_path()).text
        self.assertIn(PAPER_OR_CALL, html)
        self.assertNotIn("<button", html)
        notice = self.env.ref(f"{ADDON}.notice_contact_en")
        said = {"purpose": "contact", "channel": "sms", "notice": notice.text_hash}
        self.check_told(self.post(f"{self.get_path()}/give", **said))
        path = self.get_confirm_path()
        html = self.get(path).text
        self.assertNotIn("I consent", html)
        self.check_told(self.post(f"{path}/give", notice=notice.text_hash))
        self.post(f"{path}/refuse")
        self.assertEqual(self.get_state(), "refused")

    def test_withdrawing_works_where_no_sms_goes_out(self):
        self.provider_says = "insufficient_credit"
        self.give("contact", "sms")
        self.post(f"{self.get_path()}/withdraw", purpose="contact", channel="sms")
        self.assertEqual(self.get_state(), "withdrawn")

    def test_the_code_is_a_service_and_reaches_whoever_said_no_before(self):
        self.partner._object_social(method="staff")
        self.env["phone.blacklist"]._add([ADA])
        self.press()
        self.type_in(self.read_code(ADA))
        self.assertEqual(self.get_state(), "given")


class TestNothingTold(NumberCase):
    def test_the_pages_say_how_the_number_ends_and_no_more(self):
        path = self.get_confirm_path("phone")
        pages = [self.get(self.get_text_path()), self.press(), self.get(path), self.confirm(path)]
        self.type_in("1")
        pages.append(self.get(f"{self.get_path()}/number?channel=sms"))
        for page in pages:
            self.assertIn("<strong>56</strong>", page.text)
            # Signed links hold any digits now and then.
            text = re.sub(r'https?://\S+|(href|action|value)="[^"]*"', "", page.text)
            for more in ("456", "3012", "30 12", "+49"):
                self.assertNotIn(more, text)

    def test_neither_code_nor_number_stays_anywhere(self):
        self.press()
        code = self.read_code()
        self.type_in(self.get_wrong(code))
        # A digest, or a moment, may hold the digits by chance.
        self.assertEqual(find_words(self.env, [f"{code} is your code", "is your code for"]), {})
        for name, value in self.get_waiting().read()[0].items():
            self.assertNotIn("123456", str(value), name)
            self.assertNotIn(code, str(value), name)
        self.assertFalse(self.env["sms.sms"].search([("number", "=", ADA)]))

    def test_no_code_and_no_number_is_logged(self):
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger("odoo.sql_db").setLevel(logging.INFO)
            self.press()
            self.type_in(self.get_wrong(self.read_code()))
            self.type_in(self.read_code())
            self.provider_says = AccessError("No answer.")
            self.press("phone")
        said = "\n".join(record.getMessage() for record in logs.records)
        for secret in (self.read_code(), "123456", "654321"):
            self.assertNotIn(secret, said)

    def test_what_waits_is_forgotten_with_its_time(self):
        self.press()
        self.env["social.number.proof"]._gc_over()
        self.assertEqual(len(self.get_waiting()), 1)
        with self.after(minutes=16):
            self.env["social.number.proof"]._gc_over()
        self.assertFalse(self.get_waiting())

    def test_no_user_reads_or_makes_what_waits(self):
        self.press()
        for user in (self.clerk, self.manager, self.officer, self.sales):
            with self.assertRaises(AccessError):
                self.get_waiting().with_user(user).read(["place"])
        with self.assertRaises(UserError):
            self.env["social.number.proof"].create({"place": "x", "code_digest": "x", "tries": 0})
        with self.assertRaises(UserError):
            self.get_waiting().tries = 0

    def test_in_german_every_word_of_the_pages_is_german(self):
        self.patch(social_data, "MAX_ROWS", 0)
        self.speak_german(everywhere=True)
        self.partner.lang = "de_DE"
        self.publish_german()
        headers = {"Accept-Language": "de"}
        page = self.get(self.get_text_path(), headers=headers)
        self.check_german(page.text)
        page = self.press()
        self.check_german(page.text, "code that", "digits")
        self.check_german(self.type_in("1").text, "Look again")
        self.assertIn("ist Ihr Code", self.sent[-1][1])


class TestLimits(NumberCase):
    def assert_busy(self, response):
        self.assertEqual(response.status_code, 429)
        self.assertIn("Too many tries", response.text)

    def press_often(self, *partners):
        """Press every two minutes, and return the last answer."""
        for number, partner in enumerate(partners):
            with self.after(minutes=2 * number):
                answer = self.press(partner=partner)
        return answer

    def test_a_number_gets_ten_codes_within_a_day_whoever_asks(self):
        values = {"phone": self.partner.phone, "lang": "en_US"}
        people = self.partner.copy({**values, "email": "c@example.com"}) | self.ben
        self.ben.phone = self.partner.phone
        self.press_often(*people, *people, *people, *people, *people)
        self.assertEqual([number for number, _text in self.sent], [ADA] * 10)
        with self.after(hours=20, minutes=30):
            answer = self.press()
            self.assert_busy(answer)
            self.assertIn("Please try again in 4 hours.", answer.text)
        with self.after(hours=25):
            self.press()
        self.assertEqual(len(self.sent), 11)

    def test_a_company_sends_as_many_as_the_limit_says(self):
        limits = {**social_rate_limit.LIMITS, "codes": social_rate_limit.Limit(2, 0)}
        self.patch(social_rate_limit, "LIMITS", limits)
        people = [self.ben.copy({"phone": f"+49 30 77777{n}", "email": f"{n}@x.de"}) for n in "123"]
        self.assert_busy(self.press_often(*people))
        self.assertEqual(len(self.sent), 2)

    def test_numbers_that_cost_or_are_nobodys_own_get_no_code(self):
        for number in ("+49 900 1234567", "+44 909 8790000", "+881 612 345 678"):
            with self.subTest(number):
                self.partner.phone = number
                self.assertTrue(self.partner._get_social_number())
                self.assertIn(PAPER_OR_CALL, self.press().text)
        self.assertFalse(self.sent)

    def test_a_person_gets_five_codes_within_an_hour_whatever_numbers_are_entered(self):
        for number in range(7):
            self.partner.phone = f"+49 30 12345{number}"
            answer = self.press()
        self.assert_busy(answer)
        self.assertEqual(len(self.sent), 5)

    def test_a_network_gets_as_many_as_the_limit_says(self):
        limits = social_rate_limit.LIMITS
        self.assertLessEqual(limits["code"].network, 30)
        limits = {**limits, "code": social_rate_limit.Limit(5, 2)}
        self.patch(social_rate_limit, "LIMITS", limits)
        for number in range(3):
            person = self.ben.copy({"phone": f"+49 30 77777{number}", "email": f"{number}@x.de"})
            answer = self.press(partner=person)
        self.assert_busy(answer)
        self.assertEqual(len(self.sent), 2)

    def test_typing_in_is_limited_too(self):
        limits = {**social_rate_limit.LIMITS, "prove": social_rate_limit.Limit(2, 0)}
        self.patch(social_rate_limit, "LIMITS", limits)
        self.press()
        for _time in range(2):
            self.type_in("1")
        self.assert_busy(self.type_in(self.read_code()))


class TestDoor(Common):
    def test_r23_no_door_that_a_person_opens_alone_takes_a_number_unproven(self):
        self.partner.phone = "+49 30 123456"
        for channel in NUMBER_CHANNELS:
            for method in OWN_METHODS:
                for said in ({}, {"number": ""}, {"number": BEN}, {"number_proven_at": "now"}):
                    with self.assertRaises(UserError):
                        self.give("contact", channel, method=method, evidence=said)
        self.assertFalse(self.partner.social_consent_ids)
        self.assertEqual(
            set(OWN_METHODS), set(METHODS) - {"staff", "import", "unsubscribe", "blacklist"}
        )

    def test_what_staff_records_and_what_is_imported_counts_as_before(self):
        for number, method in enumerate(("staff", "import")):
            person = self.env["res.partner"].create({"name": "P", "phone": f"+49 30 88888{number}"})
            for channel in NUMBER_CHANNELS:
                given = self.give("contact", channel, partner=person, method=method)
                self.assertEqual(given.state, "given")


class TestAccountBox(Boxes, Sms, PageCase):
    def test_r23_a_box_for_sms_in_the_account_is_a_request(self):
        self.partner.phone = "+49 30 123456"
        user = new_test_user(
            self.env, "vera", groups="base.group_portal", partner_id=self.partner.id
        )
        for channel in NUMBER_CHANNELS:
            box = self.offer("account", "contact", channel)
            boxes = self.env["social.consent.box"].with_user(user)
            shown = boxes._get_form("account")
            form = {shown["token_field"]: shown["token"], f"social_box_{box.id}": "1"}
            boxes._take(boxes._read_form("account", form), self.partner.with_user(user))
            self.ask()
            self.assertEqual(self.get_consent("contact", channel).state, "requested")
            self.assertEqual(
                json.loads(self.read_evidence(self.get_consent("contact", channel)).details)[
                    "place"
                ],
                "account",
            )


class TestAccessible(NumberCase):
    def test_wcag_2_1_aa_on_a_phone(self):
        text = self.get_text_path()
        self.press()
        confirm = self.get_confirm_path("phone")
        without = self.env["res.partner"].create({"name": "N", "email": "n@example.com"})
        pages = {
            "number_text": text,
            "number": f"{self.get_path()}/number?channel=sms",
            "number_request": confirm,
            "number_none": self.get_text_path(partner=without),
        }
        check_pages(self, pages)
