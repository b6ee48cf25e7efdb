"""The person's own page: one press each way, a fresh link for the data, and nothing for strangers."""

import json
import re
import secrets
import statistics
import time
from urllib.parse import quote

from odoo.addons.social_consent_monitoring import links
from odoo.addons.social_consent_monitoring.controllers import social_data, social_start
from odoo.addons.social_consent_monitoring.models import social_rate_limit
from odoo.addons.social_consent_monitoring.models.social_link import KEPT_AT

from axe import check_pages, phone
from common import ADDON, CommonHttp
from ends import Ends
from fulltext import find_words

DOES_NOT_WORK = "This link does not work"
ON_ITS_WAY = "a mail is on its way"


class PageCase(CommonHttp):
    """Helpers: open pages, press what stands on them, read the mails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner.email = "Ada <ADA@example.com>"

    def get_path(self, purpose=None, partner=None):
        url = (partner or self.partner)._get_social_consent_url(purpose)
        return url[url.index("/social/") :]

    def get_data_path(self, partner=None):
        partner = partner or self.partner
        [(_record, subject)] = partner._ensure_subjects()
        access = self.env["social.link"]._make_access(
            subject, partner._name, partner._get_social_address()
        )
        url = self.env["social.link"]._make_url(access)
        return url[url.index("/social/") :]

    def get(self, path, **options):
        response = self.url_open(path, **options)
        self.env.invalidate_all()
        return response

    def post(self, path, **form):
        return self.get(path, data={**form, "x": ""})

    def get_forms(self, html):
        """Return (address, fields) of each form on a page."""
        forms = re.findall(r'<form[^>]*action="([^"]+)"[^>]*>(.*?)</form>', html, re.DOTALL)
        return [
            (action, dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', inner)))
            for action, inner in forms
        ]

    def get_form(self, html, end, **fields):
        """Return the only form whose address ends so, and which has these fields."""
        [form] = [
            (action, hidden)
            for action, hidden in self.get_forms(html)
            if action.endswith(end) and fields.items() <= hidden.items()
        ]
        return form

    def publish_german(self):
        """Publish the German texts of all purposes."""
        for purpose in ("match", "monitor", "enrich", "contact"):
            notice = self.env.ref(f"{ADDON}.notice_{purpose}_de")
            if notice.state == "draft":
                notice.action_publish()

    def get_rules(self):
        """Return (route, methods) of all that our controllers answer."""
        found = []
        ir_http = self.env["ir.http"]
        for url, endpoint in ir_http._generate_routing_rules(
            [ADDON], converters=ir_http._get_converters()
        ):
            found.append((url, endpoint.routing["methods"]))
        return found

    def get_urls_with_token(self, method):
        """Return the routes behind a signed link that answer a method."""
        rules = self.get_rules()
        return sorted({url for url, methods in rules if method in methods and ":token>" in url})

    def get_mails(self):
        return self.env["mail.mail"].sudo().search([], order="id desc")

    def get_mailed_paths(self, mail):
        urls = re.findall(r'href="([^"]+/social/consent/[^"]+)"', mail.body_html)
        return [url[url.index("/social/") :] for url in urls]

    def get_consent(self, purpose="match", channel=False, partner=None):
        return (partner or self.partner).social_consent_ids.filtered(
            lambda consent: (consent.purpose_code, consent.channel) == (purpose, channel)
        )


class TestChoices(PageCase):
    def test_r11_every_purpose_with_a_notice_is_there_with_its_state_and_what_it_is_for(self):
        self.give("match")
        html = self.get(self.get_path()).text
        notices = self.env["social.consent.notice"].search(
            [("state", "=", "published"), ("lang", "=", "en_US")]
        )
        self.assertEqual(len(notices), 4)
        for notice in notices:
            self.assertIn(notice.name, html)
            self.assertIn(notice.purpose_statement, html)
        for channel in ("E-mail", "SMS", "Phone", "Letter", "Social message"):
            self.assertIn(f"<h3>{channel}</h3>", html)
        self.assertEqual(html.count('class="switch on"'), 1)
        self.assertEqual(html.count('class="switch off"'), 7)
        self.assertIn(f"The text, version {notices[0].version}", html)

    def test_a_purpose_without_a_notice_is_there_only_if_something_was_decided(self):
        self.env.cr.execute("UPDATE social_consent_notice SET state = 'superseded'")
        self.env.invalidate_all()
        self.assertIn("nothing to withdraw", self.get(self.get_path()).text)
        self.partner._object_social("match", method="staff")
        html = self.get(self.get_path()).text
        self.assertEqual(html.count('class="switch off"'), 1)
        self.assertNotIn("Read the text and consent", html)

    def test_r8_withdrawing_takes_no_more_requests_than_consenting(self):
        """Counts what a person does: open the page, follow a link, press a button."""
        path = self.get_path()
        page = self.get(path).text
        [link] = set(re.findall(r'href="([^"]+/text\?purpose=match&amp;channel=)"', page))
        text = self.get(link.replace("&amp;", "&")).text
        action, form = self.get_form(text, "/give", purpose="match")
        self.post(action, **form)
        consenting = [link, action]
        self.assertEqual(self.get_consent().state, "given")
        action, form = self.get_form(self.get(path).text, "/withdraw", purpose="match")
        self.post(action, **form)
        withdrawing = [action]
        self.assertEqual(self.get_consent().state, "withdrawn")
        self.assertLessEqual(len(withdrawing), len(consenting))
        self.assertLessEqual(len(consenting), 2)

    def test_no_question_has_to_be_answered_to_withdraw_or_object(self):
        self.give()
        for action, _form in self.get_forms(self.get(self.get_path()).text):
            self.assertIn(action.rpartition("/")[2], ("withdraw", "object", "send"))
        html = self.get(self.get_path()).text
        for word in ("required", "<textarea", "<select", "checkbox", "radio"):
            self.assertNotIn(word, html)

    def test_switching_on_shows_the_whole_text_and_is_bound_to_it(self):
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        path = self.get_path()
        text = self.get(f"{path}/text?purpose=match").text
        for paragraph in notice.text.replace("{link}", "").split("\n\n"):
            self.assertIn(paragraph.strip(), text)
        action, form = self.get_form(text, "/give")
        self.assertEqual(form, {"purpose": "match", "channel": "", "notice": notice.text_hash})
        for other in ("0" * 64, ""):
            answer = self.post(action, **{**form, "notice": other})
            self.assertIn("I consent", answer.text, "the text is shown again")
            self.assertFalse(self.get_consent())
        self.assertIn("Thank you, you consented", self.post(action, **form).text)
        event = self.get_consent().event_ids
        said = json.loads(event.payload)
        self.assertEqual((said["method"], said["notice"]), ("link", notice.text_hash))
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        self.assertEqual((evidence.medium, evidence.lang), ("web", "en_US"))
        self.assertTrue(evidence._has_address("ada@example.com"))
        self.assertIn("127.0.0.0/24", evidence.details)
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_each_channel_goes_on_and_off_by_itself(self):
        path = self.get_path()
        action, form = self.get_form(
            self.get(f"{path}/text?purpose=contact&channel=post").text, "/give"
        )
        self.post(action, **form)
        self.assertEqual(self.get_consent("contact", "post").state, "given")
        self.assertEqual(len(self.partner.social_consent_ids), 1)
        self.post(f"{path}/withdraw", purpose="contact", channel="email")
        self.assertEqual(self.get_consent("contact", "post").state, "given")
        self.post(f"{path}/withdraw", purpose="contact", channel="post")
        self.assertEqual(self.get_consent("contact", "post").state, "withdrawn")

    def test_a_yes_pressed_twice_is_one_event(self):
        path = self.get_path()
        action, form = self.get_form(self.get(f"{path}/text?purpose=match").text, "/give")
        for _time in range(2):
            self.assertEqual(self.post(action, **form).status_code, 200)
        self.assertEqual(self.get_consent().event_ids.mapped("state"), ["given"])

    def test_who_refused_or_withdrew_may_come_back(self):
        path = self.get_path()
        for before in ("object", "withdraw"):
            self.post(f"{path}/{before}")
            self.assertIn(self.get_consent().state, ("refused", "withdrawn"))
            action, form = self.get_form(self.get(f"{path}/text?purpose=match").text, "/give")
            self.post(action, **form)
            self.assertEqual(self.get_consent().state, "given", before)

    def test_r13_where_the_notice_asks_for_it_nobody_switches_on_without_an_age(self):
        self.env.cr.execute("UPDATE social_consent_notice SET ask_age = TRUE")
        self.env.invalidate_all()
        path = self.get_path()
        html = self.get(f"{path}/text?purpose=match").text
        self.assertIn('name="age"', html)
        action, form = self.get_form(html, "/give")
        for age, words in (("15", "under 16"), ("", "age"), ("1000", "Enter the age")):
            answer = self.post(action, **form, age=age)
            self.assertIn(words, answer.text)
            self.assertIn("I consent", answer.text)
            self.assertFalse(self.get_consent())
        self.post(action, **form, age="40")
        self.assertEqual(self.get_consent().state, "given")

    def test_only_the_address_that_the_link_went_to_switches_on(self):
        path = self.get_path()
        action, form = self.get_form(self.get(f"{path}/text?purpose=match").text, "/give")
        self.partner.email = "other@example.com"
        html = self.get(path).text
        self.assertIn("have a new link sent to you", html)
        self.assertNotIn("Read the text and consent", html)
        self.assertNotIn("I consent", self.get(f"{path}/text?purpose=match").text)
        self.post(action, **form)
        self.assertFalse(self.get_consent())

    def test_a_link_for_one_purpose_switches_no_other(self):
        path = self.get_path("match")
        other = self.env.ref(f"{ADDON}.notice_enrich_en")
        self.assertNotIn(other.name, self.get(path).text)
        self.assertNotIn("I consent", self.get(f"{path}/text?purpose=enrich").text)
        self.post(f"{path}/give", purpose="enrich", notice=other.text_hash)
        self.post(f"{path}/object")
        self.assertEqual(self.partner.social_consent_ids.mapped("purpose_code"), ["match"])

    def test_what_no_purpose_or_channel_is_is_none(self):
        path = self.get_path()
        for query in ("", "?purpose=x", "?purpose=contact", "?purpose=match&channel=sms"):
            response = self.get(f"{path}/text{query}")
            self.assertEqual(response.status_code, 200)
            self.assertNotIn("I consent", response.text)
        for purpose, channel in (("x", ""), ("contact", ""), ("match", "sms"), ("\x00", "\x00")):
            response = self.post(f"{path}/give", purpose=purpose, channel=channel)
            self.assertEqual(response.status_code, 200)
        self.assertFalse(self.partner.social_consent_ids)

    def test_a_text_with_another_extent_is_offered_to_who_agreed_to_the_old_one(self):
        consent = self.give()
        self.assertNotIn("Read the new text", self.get(self.get_path()).text)
        newer = self.publish(consent.notice_id, "extent", months=12)
        path = self.get_path()
        self.assertIn("Read the new text", self.get(path).text)
        action, form = self.get_form(self.get(f"{path}/text?purpose=match").text, "/give")
        self.post(action, **form)
        self.assertEqual((consent.state, consent.notice_id), ("given", newer))

    def test_objecting_stops_everything_at_once_and_twice_is_once(self):
        self.give("match")
        self.give("contact", "email")
        path = self.get_path()
        for _time in range(2):
            self.assertEqual(self.post(f"{path}/object").status_code, 200)
        consents = self.partner.social_consent_ids
        self.assertEqual(len(consents), 8)
        self.assertEqual(set(consents.mapped("state")), {"withdrawn", "refused"})
        self.assertEqual(len(consents.event_ids), 10)
        decision = self.env["social.policy"]._decide("contact_post", self.partner)
        self.assertFalse(decision[self.partner.id])

    def test_an_objection_counts_for_the_company_of_the_link_alone(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.post(f"{self.get_path()}/object")
        self.assertEqual(self.partner.social_consent_ids.company_id, self.env.company)
        self.assertNotIn(other, self.partner.social_consent_ids.company_id)

    def test_authors_and_persons_whose_record_is_gone_object_too(self):
        author = self.store().author_id
        path = self.get_path(partner=author)
        subject = author.social_subject_id
        self.post(f"{path}/object")
        refused = self.env["social.consent"].search([("subject_id", "=", subject.id)])
        self.assertEqual(refused.mapped("state"), ["refused"] * 8)
        self.assertFalse(author.exists(), "what was collected of an author goes with the objection")
        consent, path = self.give(), self.get_path()
        self.partner.unlink()
        self.post(f"{path}/object")
        self.assertEqual(consent.state, "withdrawn")

    def test_r12_the_page_says_what_was_got_and_that_it_stays(self):
        incentive = self.env["social.consent.incentive"].create(
            {
                "name": "Voucher of 5 €",
                "purpose_id": self.env.ref(f"{ADDON}.purpose_match").id,
                "counsel": "A lawyer",
                "opinion": "b3BpbmlvbiA=",
            }
        )
        incentive.action_sign_off()
        self.give(evidence={"note": "x", "age": 40, "incentive_id": incentive.id})
        html = self.get(self.get_path()).text
        self.assertIn("Voucher of 5 €. You keep it if you withdraw.", html)
        self.assertNotIn(f"({incentive.id})", html)
        self.withdraw()
        self.assertNotIn("Voucher", self.get(self.get_path()).text)

    def test_the_privacy_officer_is_named_or_else_the_company(self):
        company = self.env.company
        company.write({"email": "info@example.com", "social_privacy_officer": False})
        html = self.get(self.get_path()).text
        self.assertIn("mailto:info@example.com", html)
        self.assertNotIn("Our privacy officer", html)
        settings = self.env["res.config.settings"].create({})
        settings.social_privacy_officer = "Grace Example"
        settings.social_privacy_email = "privacy@example.com"
        settings.execute()
        html = self.get(self.get_path()).text
        self.assertIn("Our privacy officer: Grace Example", html)
        self.assertIn("mailto:privacy@example.com", html)
        self.assertNotIn("info@example.com", html)

    def test_the_page_that_never_expires_shows_no_data(self):
        """Who finds an old mail learns which consents there are, and not a word about whom."""
        self.give("match")
        self.store()[0]._match(self.partner)
        path = self.get_path()
        for suffix in ("", "/text?purpose=enrich", "/receipt", "/receipt.json"):
            html = self.get(path + suffix).text
            for personal in ("Ada", "ada@", "ADA@", "Where is my parcel", "social.example"):
                self.assertNotIn(personal, html, suffix)

    def test_in_german_every_word_of_the_pages_is_german(self):
        # What is stored is in whatever language it was written.
        self.patch(social_data, "MAX_ROWS", 0)
        self.speak_german(everywhere=True)
        self.partner.lang = "de_DE"
        self.publish_german()
        headers = {"Accept-Language": "de"}
        path = self.get_path()
        self.give("match")
        pages = [path, f"{path}/text?purpose=enrich", "/social/consent", "/social/consent/x"]
        pages += [self.get_data_path()]
        for page in pages:
            with self.subTest(page):
                self.check_german(self.get(page, headers=headers).text, "Since", "Withdraw")


class TestFreshLinks(PageCase):
    def test_the_link_goes_to_the_recorded_address_whatever_was_typed(self):
        path = self.get_path()
        response = self.post(f"{path}/send", email="thief@example.com", to="thief@example.com")
        self.assertIn(ON_ITS_WAY, response.text)
        mail = self.get_mails()[0]
        self.assertEqual((mail.email_to, mail.state), ("ada@example.com", "outgoing"))
        data, page = self.get_mailed_paths(mail)
        self.assertIn("ada@example.com", self.get(data).text)
        self.assertIn("Your consent", self.get(page).text)
        self.assertFalse(mail.model, "nobody in the company reads it")

    def test_after_a_changed_address_it_goes_to_the_new_one(self):
        path = self.get_path()
        self.partner.email = "new@example.com"
        self.post(f"{path}/send")
        self.assertEqual(self.get_mails()[0].email_to, "new@example.com")

    def test_the_answer_is_the_same_where_nobody_can_be_reached(self):
        nobody = self.env["res.partner"].create({"name": "Ben"})
        author = self.store().author_id
        known = self.post(f"{self.get_path()}/send")
        before = self.get_mails()
        for person in (nobody, author):
            answer = self.post(f"{self.get_path(partner=person)}/send")
            self.assertEqual(answer.status_code, known.status_code)
            main = re.compile(r"<main>.*</main>", re.DOTALL)
            strip = re.compile(r'href="[^"]*"')
            self.assertEqual(
                *(strip.sub("", main.search(each.text)[0]) for each in (answer, known))
            )
        self.assertEqual(self.get_mails(), before)

    def test_the_mail_is_in_the_persons_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        template = self.env.ref(f"{ADDON}.mail_template_access")
        template.with_context(lang="de_DE").subject = "Ihre Links"
        self.partner.lang = "de_DE"
        self.post(f"{self.get_path()}/send")
        self.assertEqual(self.get_mails()[0].subject, "Ihre Links")

    def test_a_link_to_the_data_works_for_an_hour_or_as_long_as_is_set(self):
        path = self.get_data_path()
        with self.after(minutes=59):
            self.assertEqual(self.get(path).status_code, 200)
        with self.after(minutes=61):
            self.assertIn(DOES_NOT_WORK, self.get(path).text)
        minutes = self.env["social.link"]._get_access_minutes
        for value, expected in (("5", 5), ("0", 1), ("99999", 1440), ("soon", 60), ("", 60)):
            self.env["ir.config_parameter"].set_param(f"{ADDON}.access_minutes", value)
            self.assertEqual(minutes(), expected)

    def test_a_link_to_the_data_stops_working_when_the_address_changes(self):
        path = self.get_data_path()
        self.partner.email = "other@example.com"
        for suffix in ("", "/download"):
            response = self.get(path + suffix)
            self.assertEqual(response.status_code, 404)
            self.assertIn(DOES_NOT_WORK, response.text)
        for act in ("correct", "erase"):
            self.assertEqual(self.post(f"{path}/{act}", text="x").status_code, 404)
        self.assertFalse(self.get_requests())

    def test_a_link_that_never_expires_shows_no_data_and_opens_no_request(self):
        token = self.get_path().rpartition("/")[2]
        for suffix in ("", "/download"):
            self.assertEqual(self.get(f"/social/consent/data/{token}{suffix}").status_code, 404)
        self.assertEqual(self.post(f"/social/consent/data/{token}/erase").status_code, 404)
        data = self.get_data_path().rpartition("/")[2]
        self.assertEqual(self.get(f"/social/consent/{data}").status_code, 404)

    def get_requests(self):
        return (
            self.env["social.privacy.request"]
            .sudo()
            .search([("subject_id", "=", self.partner.social_subject_id.id)])
        )

    def test_r11_the_page_shows_what_is_stored_with_its_source_and_gives_it_away(self):
        path = self.get_data_path()
        html = self.get(path).text
        self.assertIn("ada@example.com", html)
        self.assertIn("<dt>Source</dt>", html)
        response = self.get(f"{path}/download")
        self.assertEqual(response.headers["Content-Type"], "application/zip")
        self.assertTrue(response.content.startswith(b"PK"))
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_a_long_list_ends_with_the_way_to_all_of_it(self):
        self.patch(social_data, "MAX_ROWS", 0)
        html = self.get(self.get_data_path()).text
        self.assertNotIn("ada@example.com", html)
        self.assertIn("The rest is in the download", html)

    def test_a_request_is_opened_once_and_shows_its_legal_deadline(self):
        path = self.get_data_path()
        for _time in range(2):
            response = self.post(f"{path}/erase")
            self.assertIn("We got your request", response.text)
            self.assertIn("Answer by", response.text)
        response = self.post(f"{path}/correct", text="My name is Ada L.")
        self.assertEqual(response.status_code, 200)
        asked = self.get_requests()
        self.assertEqual(sorted(asked.mapped("kind")), ["correct", "erase"])
        self.assertEqual(set(asked.mapped("method")), {"link"})
        correct = asked.filtered(lambda each: each.kind == "correct")
        self.assertEqual(correct.text, "My name is Ada L.")
        self.assertTrue(self.partner.exists(), "staff looks first")

    def test_a_correction_says_what_is_wrong(self):
        response = self.post(f"{self.get_data_path()}/correct", text="  ")
        self.assertIn("Write what is wrong", response.text)
        self.assertFalse(self.get_requests())
        self.post(f"{self.get_data_path()}/correct", text="x" * 10**5)
        self.assertEqual(len(self.get_requests().text), 5000)

    def test_characters_that_no_database_takes_are_left_out(self):
        response = self.post(f"{self.get_data_path()}/correct", text="My \0name is\x1b Ada")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(self.get_requests().text, "My name is Ada")

    def test_what_was_said_to_have_come_in_is_read_from_the_record(self):
        self.assertNotIn("We got your request", self.get(self.get_data_path() + "?done=1").text)


class TestErasureFromThePage(PageCase):
    """From the person's own page to the mail that it is done: nobody types a request in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zelda = cls.env["res.partner"].create(
            {"name": "Zelda Quirkblossom", "email": "zelda@quirkblossom.example"}
        )

    def test_who_asks_for_erasure_is_checked_erased_and_told(self):
        self.give(partner=self.zelda)
        self.store()[0]._match(self.zelda)
        page = self.get_path(partner=self.zelda)
        self.post(f"{page}/send")
        data, _page = self.get_mailed_paths(self.get_mails()[0])
        action, form = self.get_form(self.get(data).text, "/erase")
        self.assertIn("We got your request", self.post(action, **form).text)
        own = [("subject_id", "=", self.zelda.social_subject_id.id)]
        request = self.env["social.privacy.request"].with_user(self.officer).search(own)
        self.assertEqual((request.kind, request.state), ("erase", "received"))
        self.assertIn(self.officer, request.activity_ids.user_id)
        self.check_and_erase(request)
        self.assertEqual((request.state, request.is_erased), ("confirmed", True))
        self.assertFalse(self.zelda.exists())
        done = self.get_mails()[0]
        self.assertEqual((done.email_to, done.state), ("zelda@quirkblossom.example", "outgoing"))
        self.assertEqual(self.get(data).status_code, 404)
        self.assertNotIn("Zelda", self.get(page).text)
        self.get_mails().unlink()
        self.assertEqual(find_words(self.env, ["quirkblossom"]), {})

    def check_and_erase(self, request):
        """Press what stands on the request, as its officer."""
        step = request.with_context(privacy_step="check").action_step()
        wizards = self.env["social.privacy.step.wizard"].with_user(self.officer)
        wizards.with_context(step["context"]).create({"note": "By the link"}).action_take()
        opened = request.action_erase()
        self.env[opened["res_model"]].with_user(self.officer).browse(
            opened["res_id"]
        ).action_erase()
        self.env.invalidate_all()


class TestMail(Ends):
    def test_it_reaches_whoever_said_no_to_everything(self):
        """What somebody asks for is no advertising, on whatever list the address stands."""
        self.partner._object_social(method="staff")
        self.env["mail.blacklist"]._add("ada@example.com")
        self.env["social.access"]._send_to_address("ada@example.com")
        self.send_queue()
        self.assertReached("ada@example.com")


class TestStart(PageCase):
    def ask(self, email, **options):
        return self.get("/social/consent", data={"email": email}, **options)

    def test_who_lost_the_link_gets_both_by_mail(self):
        self.assertIn("Your e-mail address", self.get("/social/consent").text)
        before = len(self.get_mails())
        self.assertIn(ON_ITS_WAY, self.ask(" ADA@example.com ").text)
        mail = self.get_mails()[0]
        self.assertEqual(len(self.get_mails()), before + 1)
        self.assertEqual(mail.email_to, "ada@example.com")
        data, page = self.get_mailed_paths(mail)
        self.assertEqual(self.get(data).status_code, 200)
        self.assertEqual(self.get(page).status_code, 200)

    def test_the_answer_tells_nobody_whether_an_address_is_known(self):
        answers = [self.ask(email) for email in ("ada@example.com", "nobody@example.com")]
        self.assertEqual(answers[0].text, answers[1].text)
        self.assertEqual(*(each.status_code for each in answers))
        self.assertEqual(*(sorted(each.headers) for each in answers))

    def test_the_answer_takes_the_same_time(self):
        # The first mail takes longer: its template is compiled.
        self.ask("ada@example.com")
        times = {}
        for email in ("ada@example.com", "nobody@example.com"):
            started = time.monotonic()
            self.ask(email)
            times[email] = time.monotonic() - started
        self.assertGreaterEqual(min(times.values()), social_start.PATIENCE)
        spread = max(times.values()) - min(times.values())
        self.assertLess(spread, 0.5, times)
        started = time.monotonic()
        self.env["social.access"]._send_to_address("ada@example.com")
        self.assertLess(time.monotonic() - started, social_start.PATIENCE)

    def test_recipients_leads_and_archived_contacts_are_found(self):
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        lead = self.env["crm.lead"].create({"name": "L", "email_from": "l@example.com"})
        archived = self.env["res.partner"].create(
            {"name": "A", "email": "a@example.com", "active": False}
        )
        for person, email in ((recipient, "r"), (lead, "l"), (archived, "a")):
            self.ask(f"{email}@example.com")
            self.assertEqual(self.get_mails()[0].email_to, f"{email}@example.com")
            data = self.get_mailed_paths(self.get_mails()[0])[0]
            self.assertEqual(self.get(data).status_code, 200, person)

    def test_of_several_persons_at_one_address_none_gets_the_data_of_all_at_once(self):
        self.env["res.partner"].create({"name": "Bea", "email": "ada@example.com"})
        before = self.get_mails()
        self.ask("ada@example.com")
        mails = self.get_mails() - before
        self.assertEqual(len(mails), 2)
        paths = [self.get_mailed_paths(mail) for mail in mails]
        self.assertEqual([len(each) for each in paths], [1, 1])
        self.assertNotEqual(*paths)
        self.assertFalse([path for [path] in paths if "/data/" in path])

    def test_a_record_with_several_addresses_is_nobodys(self):
        """Who reads one mailbox must not get what is about whoever reads the other."""
        self.env["res.partner"].create({"name": "Two", "email": "two@example.com, b@example.com"})
        self.env["mailing.contact"].create({"name": "T", "email": "two@example.com; c@example.com"})
        before = self.get_mails()
        for email in ("two@example.com", "b@example.com", "c@example.com"):
            self.assertIn(ON_ITS_WAY, self.ask(email).text)
        self.assertEqual(self.get_mails(), before)

    def test_no_address_is_asked_for_again(self):
        before = self.get_mails()
        for email in ("", "x", "a@example.com, b@example.com", "\x00"):
            self.assertIn("Enter an e-mail address", self.ask(email).text)
        self.assertEqual(self.get_mails(), before)


class TestPortalDoor(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.visitor = cls.env["res.users"].create(
            {
                "name": "Vera",
                "login": "vera",
                "password": "vera-vera",
                "partner_id": cls.partner.id,
                "group_ids": [(6, 0, cls.env.ref("base.group_portal").ids)],
            }
        )

    def test_the_portal_leads_to_the_own_page(self):
        consent = self.give()
        self.authenticate("vera", "vera-vera")
        self.assertIn('href="/my/social-consent"', self.get("/my").text)
        response = self.get("/my/social-consent")
        self.assertIn("/social/consent/1.", response.url)
        self.assertIn(consent.notice_id.name, response.text)
        self.assertIn("Read the text and consent", response.text)

    def test_an_address_typed_in_at_the_portal_gets_no_advertising_by_that(self):
        """Who is logged in has not shown to read that mailbox: a link that was mailed does."""
        self.partner.email = "victim@example.com"
        self.partner._ensure_subjects()
        self.authenticate("vera", "vera-vera")
        page = self.get("/my/social-consent")
        path = page.url[page.url.index("/social/") :].partition("?")[0]
        place = {"purpose": "contact", "channel": "email"}
        self.assertNotIn("purpose=contact&amp;channel=email", page.text)
        self.assertIn("have a new link sent to you", page.text)
        purpose = self.env["social.consent.purpose"]._get("contact", "email")
        notice = self.partner._get_notices_for(purpose)[self.partner.id]
        self.post(f"{path}/give", notice=notice.text_hash, **place)
        self.assertFalse(self.partner.social_consent_ids.filtered("channel"))
        self.post(f"{self.get_path()}/give", notice=notice.text_hash, **place)
        self.assertEqual(self.partner.social_consent_ids.filtered("channel").state, "given")

    def test_an_address_typed_in_at_the_portal_lifts_nobody_elses_objection(self):
        victim = self.env["res.partner"].create({"name": "Bert", "email": "victim@example.com"})
        victim._object_social("match", method="staff")
        self.partner.email = "victim@example.com"
        self.partner._ensure_subjects()
        self.authenticate("vera", "vera-vera")
        page = self.get("/my/social-consent")
        path = page.url[page.url.index("/social/") :].partition("?")[0]
        purpose = self.env["social.consent.purpose"]._get("match")
        notice = self.partner._get_notices_for(purpose)[self.partner.id]
        self.post(f"{path}/give", notice=notice.text_hash, purpose="match")
        self.assertFalse(self.partner.social_consent_ids)
        listed = self.env["social.suppression"]._find("email", ["victim@example.com"], "match")
        self.assertEqual(listed, {"victim@example.com"})

    def test_looking_makes_no_key_and_the_first_press_does(self):
        self.authenticate("vera", "vera-vera")
        html = self.get("/my/social-consent").text
        self.assertFalse(self.partner.social_subject_key)
        action, form = self.get_form(html, "/my/social-consent")
        self.assertEqual(self.post(action, csrf_token="forged").status_code, 400)
        self.assertFalse(self.partner.social_subject_key)
        self.assertIn("/social/consent/1.", self.post(action, **form).url)
        self.assertTrue(self.partner.social_subject_key)

    def test_strangers_are_asked_to_log_in(self):
        self.assertIn("/web/login", self.get("/my/social-consent").url)


class TestBadLinks(PageCase):
    def get_bad_tokens(self):
        token = self.get_path().rpartition("/")[2]
        data = self.get_data_path().rpartition("/")[2]
        forged = links.make_token(
            secrets.token_bytes(32), "x", links.Link(links.ACCESS, 1, "0" * 32, expires=10**10)
        )
        with self.after(hours=-5):
            expired = self.get_data_path().rpartition("/")[2]
        other = self.env["res.partner"].create({"name": "Cleo", "email": "cleo@example.com"})
        moved = self.get_data_path(partner=other).rpartition("/")[2]
        other.email = "elsewhere@example.com"
        return {
            "truncated": token[:-3],
            "flipped": token[:-1] + ("A" if token[-1] != "A" else "B"),
            "nonsense": "nonsense",
            "huge": "A" * 3000,
            "foreign": forged,
            "truncated data": data[: len(data) // 2],
            "expired data": expired,
            "moved": moved,
            "letters": quote("💩"),
        }

    def test_all_bad_links_get_one_page(self):
        answers = {}
        urls = self.get_urls_with_token("GET")
        self.assertGreater(len(urls), 9)
        for name, token in self.get_bad_tokens().items():
            for url in urls:
                path = url.replace("<string:token>", token)
                limits = self.env["social.rate.limit"]
                limits.search([]).unlink()
                response = self.get(path)
                answers[name, path] = (response.status_code, response.text)
                if name != "moved":
                    self.assertEqual(limits.search([]).mapped("hits"), [1], "it is not counted")
        self.assertEqual(len(set(answers.values())), 1, answers.keys())
        [(status, html)] = set(answers.values())
        self.assertEqual(status, 404)
        self.assertIn(DOES_NOT_WORK, html)

    def test_a_bad_link_makes_neither_secret_nor_key(self):
        tokens = self.get_bad_tokens().values()
        parameters = self.env["ir.config_parameter"].sudo()
        subjects = self.env["social.subject"].sudo()
        parameters.search([("key", "=", KEPT_AT)]).unlink()
        before = subjects.search_count([])
        for token in tokens:
            for url in {*self.get_urls_with_token("GET"), *self.get_urls_with_token("POST")}:
                self.env["social.rate.limit"].search([]).unlink()
                path = url.replace("<string:token>", token)
                self.get(path)
                self.post(path)
        self.assertFalse(parameters.search([("key", "=", KEPT_AT)]))
        self.assertEqual(subjects.search_count([]), before)

    def test_nothing_is_done_by_a_bad_link(self):
        self.give()
        urls = self.get_urls_with_token("POST")
        self.assertGreater(len(urls), 9)
        for token in self.get_bad_tokens().values():
            for url in urls:
                self.env["social.rate.limit"].search([]).unlink()
                response = self.post(url.replace("<string:token>", token), text="x")
                self.assertEqual(response.status_code, 404)
                self.assertIn(DOES_NOT_WORK, response.text)
        self.assertEqual(self.get_consent().state, "given")

    def test_a_bad_link_takes_as_long_whether_or_not_there_is_such_a_person(self):
        """The signature is compared in constant time, before anything is looked up."""
        token = self.get_path().rpartition("/")[2]
        head, _dot, signature = token.rpartition(".")
        tokens = {
            "first letter": f"{head}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
            "last letter": f"{head}.{signature[:-1]}{'A' if signature[-1] != 'A' else 'B'}",
        }
        times = {name: [] for name in tokens}
        secret, database = secrets.token_bytes(32), "x"
        for _time in range(300):
            for name, bad in tokens.items():
                started = time.perf_counter()
                with self.assertRaises(links.InvalidLink):
                    links.read_token(secret, database, bad, 0)
                times[name].append(time.perf_counter() - started)
        first, last = (statistics.median(each) for each in times.values())
        self.assertLess(max(first, last) / min(first, last), 1.5)


class TestRateLimits(PageCase):
    def clear(self):
        self.env["social.rate.limit"].search([]).unlink()

    def assert_busy(self, response):
        self.assertEqual(response.status_code, 429)
        self.assertIn("Too many tries", response.text)
        self.assertLessEqual(1, int(response.headers["Retry-After"]))
        self.assertLessEqual(int(response.headers["Retry-After"]), 3601)

    def test_one_persons_links_are_sent_three_times_within_an_hour(self):
        path = self.get_path()
        for _time in range(3):
            self.assertIn(ON_ITS_WAY, self.post(f"{path}/send").text)
        before = self.get_mails()
        self.assert_busy(self.post(f"{path}/send"))
        self.assertEqual(self.get_mails(), before)
        with self.after(minutes=61):
            self.assertIn(ON_ITS_WAY, self.post(f"{path}/send").text)
        other = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.assertIn(ON_ITS_WAY, self.post(f"{self.get_path(partner=other)}/send").text)

    def test_the_start_page_stops_for_an_address_known_or_not(self):
        self.patch(social_start, "PATIENCE", 0)
        for email in ("ada@example.com", "nobody@example.com"):
            for _time in range(3):
                self.assertEqual(self.post("/social/consent", email=email).status_code, 200)
            self.assert_busy(self.post("/social/consent", email=email.upper()))

    def test_a_network_is_stopped_whatever_addresses_it_tries(self):
        self.patch(social_start, "PATIENCE", 0)
        codes = [
            self.post("/social/consent", email=f"n{number}@example.com").status_code
            for number in range(32)
        ]
        self.assertEqual(codes, [200] * 30 + [429] * 2)

    def test_whoever_tries_many_bad_links_is_stopped_and_genuine_ones_work_on(self):
        codes = [self.get(f"/social/consent/x{number}").status_code for number in range(62)]
        self.assertEqual(codes, [404] * 60 + [429] * 2)
        self.assert_busy(self.get("/social/consent/data/x"))
        consent = self.give()
        self.assertEqual(self.get(self.get_path()).status_code, 200)
        self.post(f"{self.get_path()}/withdraw")
        self.assertEqual(consent.state, "withdrawn")

    def test_acts_are_limited_and_withdrawing_practically_never(self):
        path = self.get_path()
        limits = social_rate_limit.LIMITS
        self.patch(social_rate_limit, "LIMITS", {**limits, "act": social_rate_limit.Limit(2, 9)})
        for _time in range(2):
            self.post(f"{path}/give", purpose="match", notice="x")
        self.assert_busy(self.post(f"{path}/give", purpose="match", notice="x"))
        self.give()
        for _time in range(70):
            self.assertEqual(self.post(f"{path}/withdraw").status_code, 200)
        self.assertGreaterEqual(limits["withdraw"].person, 200)
        self.assertGreaterEqual(limits["withdraw"].network, 10_000)

    def test_a_network_is_as_wide_as_in_the_evidence(self):
        hit = self.env["social.rate.limit"]._hit
        self.patch(
            social_rate_limit, "LIMITS", {"bad": social_rate_limit.Limit(0, 2), "act": (0, 0)}
        )
        for group in (
            ("192.0.2.1", "192.0.2.200", "::ffff:192.0.2.9"),
            ("2001:db8:1:2::1", "2001:db8:1:ffff::1", "2001:db8:1::"),
            (None, "", "nonsense"),
        ):
            waits = [hit("bad", "", ip) for ip in group]
            self.assertEqual(waits[:2], [0, 0])
            self.assertGreater(waits[2], 0)
        self.assertEqual(hit("bad", "", "192.0.3.1"), 0)

    def test_what_is_kept_names_nobody_and_does_not_grow(self):
        # What tests that commit have left.
        self.env["social.rate.limit"].search([]).unlink()
        self.post(f"{self.get_path()}/send")
        self.get("/social/consent/x")
        self.env.cr.execute("SELECT * FROM social_rate_limit")
        self.assertEqual(
            [column.name for column in self.env.cr.description],
            ["id", "place", "hits", "started_at"],
        )
        rows = self.env.cr.fetchall()
        self.assertEqual(len(rows), 3, "a person and two networks")
        for row in rows:
            self.assertLess(row[1], social_rate_limit.PLACES)
        self.patch(social_rate_limit, "PLACES", 8)
        for number in range(30):
            self.env["social.rate.limit"]._hit("ask", f"p{number}", f"192.0.{number}.1")
        self.env.cr.execute("SELECT count(*) FROM social_rate_limit")
        self.assertLessEqual(self.env.cr.fetchone()[0], 8 + 3)
        with self.after(hours=25):
            self.env["social.rate.limit"]._gc_ended()
        self.assertFalse(self.env["social.rate.limit"].search([]))


class TestNothingChanges(PageCase):
    def get_database(self):
        """Return the count, versions and content of all rows, but for the count of bad links."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
        )
        tables = [name for (name,) in self.env.cr.fetchall()]
        counted = {}
        for table in tables:
            if table != "social_rate_limit":
                self.env.cr.execute(
                    f'SELECT count(*), sum(xmin::text::bigint), sum(hashtext("{table}"::text)::bigint)'
                    f' FROM "{table}"'
                )
                counted[table] = self.env.cr.fetchone()
        return counted

    def get_paths(self, url):
        """Return the addresses of one route, with good and bad tokens."""
        if "<" not in url:
            return [url]
        tokens = [
            self.get_path().rpartition("/")[2],
            self.get_path("match").rpartition("/")[2],
            self.get_data_path().rpartition("/")[2],
            self.get_path().rpartition("/")[2][:-1],
            "x",
        ]
        request = re.search(r"confirm/([^\"]+)", self.get_mails()[0].body_html)
        tokens.append(request[1])
        queries = ("", "?done=1", "?purpose=match&channel=&age=40&text=x&email=ada@example.com")
        return [re.sub("<[^>]+>", token, url) + query for token in tokens for query in queries]

    def test_no_get_head_or_options_changes_anything_on_any_address_of_ours(self):
        self.give("contact", "email")
        self.partner._request_social_consent("match")
        rules = self.get_rules()
        self.assertGreater(len(rules), 15)
        acting = [url for url, methods in rules if methods == ["POST"]]
        self.assertIn("/social/consent/<string:token>/withdraw", acting)
        paths = [path for url, _methods in rules for path in self.get_paths(url)]
        bad = social_rate_limit.Limit(0, 10**6)
        self.patch(social_rate_limit, "LIMITS", {**social_rate_limit.LIMITS, "bad": bad})
        # What the first look at a page makes, such as its compiled style sheet, is none of ours.
        for path in paths:
            self.url_open(path, allow_redirects=False)
        before = self.get_database()
        for path in paths:
            for method in ("GET", "HEAD", "OPTIONS"):
                response = self.url_open(path, method=method, allow_redirects=False)
                self.assertLess(response.status_code, 500, (method, path))
        self.env.invalidate_all()
        after = self.get_database()
        self.assertEqual({t: v for t, v in after.items() if before.get(t) != v}, {})

    def test_the_comparison_notices_a_single_row(self):
        self.give()
        path = self.get_path()
        before = self.get_database()
        self.post(f"{path}/withdraw")
        after = self.get_database()
        changed = {table for table in after if after[table] != before.get(table)}
        self.assertLessEqual({"social_consent", "social_consent_event"}, changed)


class TestAccessible(PageCase):
    def get_pages(self):
        self.give("match")
        self.give("contact", "email")
        self.partner._request_social_consent("enrich")
        self.withdraw("contact", "email")
        confirm = re.search(
            r'href="[^"]*(/social/consent/confirm/[^"]+)"', self.get_mails()[0].body_html
        )
        path, data = self.get_path(), self.get_data_path()
        return {
            "page": path,
            "done": f"{path}?done=1",
            "text": f"{path}/text?purpose=monitor",
            "receipt": f"{path}/receipt",
            "request": confirm[1],
            "bad": "/social/consent/x",
            "start": "/social/consent",
            "data": data,
            "data_done": f"{data}?done=1",
        }

    def test_no_page_tells_another_server_or_a_cache_its_address(self):
        for name, path in self.get_pages().items():
            headers = self.get(path).headers
            self.assertEqual(headers["Referrer-Policy"], "no-referrer", name)
            self.assertEqual(headers["Cache-Control"], "no-store", name)

    def test_wcag_2_1_aa_on_a_phone(self):
        pages = self.get_pages()
        self.env.cr.execute("UPDATE social_consent_notice SET ask_age = TRUE")
        self.env.invalidate_all()
        self.post(f"{pages['data']}/erase")
        unfold = "document.querySelectorAll('details').forEach((e) => { e.open = true; })"
        check_pages(self, pages, unfold)

    def test_axe_notices_what_is_wrong(self):
        with phone(self) as browser:
            browser.open("/social/consent")
            browser.run("document.querySelector('label').remove()")
            browser.run("document.querySelector('h1').style.color = '#ccc'")
            found = " ".join(browser.find_violations())
            self.assertIn("label: ", found)
            self.assertIn("color-contrast: ", found)
