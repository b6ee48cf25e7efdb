"""Signed links: who holds one may see and withdraw, and nobody can make one (rule 8)."""

import logging
import secrets
from contextlib import contextmanager, suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.exceptions import AccessError, UserError
from odoo.tools import file_open

from odoo.addons.social_consent_monitoring import links

from common import ADDON, Common, CommonHttp

SECRET = bytes(range(32))
DATABASE = "11111111-2222-3333-4444-555555555555"
LINK = links.Link(links.WITHDRAW, 1, "0123456789abcdef" * 2, "res.partner", "digest", "match")
REQUEST = replace(LINK, kind=links.CONFIRM, request=7, asked_at=900, notice=3, expires=1000)
TABLES = ("social_consent", "social_consent_event", "social_consent_evidence", "social_subject")


def make(link=LINK, secret=SECRET, database=DATABASE):
    return links.make_token(secret, database, link)


def read(token, secret=SECRET, database=DATABASE, now=500):
    return links.read_token(secret, database, token, now)


@pytest.mark.parametrize("link", [LINK, REQUEST])
def test_a_link_says_what_it_was_made_for(link):
    assert read(make(link)) == link


@pytest.mark.parametrize("link", [LINK, REQUEST])
def test_each_letter_of_a_link_counts(link):
    token = make(link)
    for place, letter in enumerate(token):
        for other in ("A", "B", chr(ord(letter) ^ 1), ""):
            if other != letter:
                with pytest.raises(links.InvalidLink):
                    read(token[:place] + other + token[place + 1 :])


@given(st.one_of(st.text(), st.text("1.Aa-_=\x00é"), st.none(), st.integers(), st.binary()))
def test_garbage_is_no_link(garbage):
    with pytest.raises(links.InvalidLink):
        read(garbage)


def test_truncated_padded_and_huge_links_are_none():
    token = make()
    for bad in (token[:-1], token[1:], token + "=", token + ".", token * 100, "1." + "A" * 10**6):
        with pytest.raises(links.InvalidLink):
            read(bad)


def test_another_secret_or_database_makes_no_link_for_this_one():
    with pytest.raises(links.InvalidLink):
        read(make(secret=secrets.token_bytes(32)))
    with pytest.raises(links.InvalidLink):
        read(make(database="66666666-2222-3333-4444-555555555555"))


def test_a_link_to_withdraw_never_expires_and_one_to_confirm_does():
    assert read(make(replace(LINK, expires=1)), now=10**11)
    assert read(make(REQUEST), now=999)
    with pytest.raises(links.InvalidLink) as error:
        read(make(REQUEST), now=1000)
    assert error.value.reason == "expired"


def test_another_version_or_kind_is_no_link():
    signed = make().rpartition(".")[0].replace("1.", "2.", 1)
    with pytest.raises(links.InvalidLink):
        read(f"{signed}.{links._sign(SECRET, DATABASE, signed)}")
    with pytest.raises(links.InvalidLink):
        read(make(replace(LINK, kind="x")))


def test_a_link_holds_no_address():
    digest = links.digest_address(SECRET, "ada@example.com")
    assert digest != links.digest_address(bytes(32), "ada@example.com")
    assert "ada" not in links._decode(make(replace(LINK, address=digest)).split(".")[1]).decode()
    assert len(links._decode(digest)) == 16, "two addresses do not meet by chance"
    assert links.digest_address(SECRET, "") == ""


@contextmanager
def capture_logs():
    """Collect what all loggers say from INFO on, whatever Odoo set them to."""
    said = []

    class Collector(logging.Handler):
        def emit(self, record):
            said.append(self.format(record))

    collector = Collector()
    loggers = [logging.getLogger(name) for name in ("werkzeug", "odoo", "odoo.http", "odoo.addons")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(collector)
        logger.setLevel(logging.INFO)
    try:
        yield said
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.removeHandler(collector)
            logger.setLevel(level)


class TestLinks(Common):
    def test_a_link_needs_one_person_and_a_known_purpose(self):
        with self.assertRaises(UserError):
            self.partner._get_social_consent_url("marketing")
        with self.assertRaises(ValueError):
            self.env["res.partner"]._get_social_consent_url()

    def test_it_makes_the_key_that_is_missing(self):
        self.assertFalse(self.partner.social_subject_key)
        url = self.partner._get_social_consent_url()
        self.assertTrue(url.startswith(f"{self.partner.get_base_url()}/social/consent/1."))
        self.assertTrue(self.partner.social_subject_key)

    def test_all_kinds_of_persons_have_one(self):
        author = self.store().author_id
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        lead = self.env["crm.lead"].create({"name": "Lead", "email_from": "l@example.com"})
        urls = {person._get_social_consent_url() for person in (author, recipient, lead)}
        self.assertEqual(len(urls), 3)

    def test_the_secret_is_for_administrators_only(self):
        self.partner._get_social_consent_url()
        parameters = self.env["ir.config_parameter"]
        self.assertEqual(len(parameters.get_param(f"{ADDON}.link_secret")), 64)
        domain = [("key", "=", f"{ADDON}.link_secret")]
        for user in (self.officer, self.manager, self.employee):
            with self.assertRaises(AccessError):
                parameters.with_user(user).search(domain).mapped("value")

    def test_reading_makes_no_secret(self):
        token = self.partner._get_social_consent_url().rpartition("/")[2]
        parameters = self.env["ir.config_parameter"]
        parameters.set_param(f"{ADDON}.link_secret", False)
        # Not assertRaises, which rolls back what was made.
        with suppress(links.InvalidLink):
            self.env["social.link"]._read(token, links.WITHDRAW)
        self.assertFalse(parameters.get_param(f"{ADDON}.link_secret"))

    def test_a_link_of_a_company_that_is_gone_is_none(self):
        company = self.env["res.company"].create({"name": "Gone"})
        url = self.partner.with_company(company)._get_social_consent_url()
        company.unlink()
        with self.assertRaises(links.InvalidLink):
            self.env["social.link"]._read(url.rpartition("/")[2], links.WITHDRAW)

    def test_pages_speak_an_installed_language_only(self):
        self.env["res.lang"]._activate_lang("de_DE")
        choose = self.env["social.link"]._choose_lang
        self.assertEqual(choose("", "xx_YY", "de_AT", "en_US"), "de_DE")
        self.assertEqual(choose("tlh_KL", None), self.env.company.partner_id.lang or "en_US")

    def test_a_neutralized_copy_reads_no_links_and_makes_others(self):
        url = self.partner._get_social_consent_url()
        token = url.rpartition("/")[2]
        with file_open(f"{ADDON}/data/neutralize.sql") as script:
            self.env.cr.execute(script.read())
        self.env.registry.clear_cache("stable")
        self.env.registry.clear_cache()
        with self.assertRaises(links.InvalidLink):
            self.env["social.link"]._read(token, links.WITHDRAW)
        self.assertNotEqual(self.partner._get_social_consent_url(), url)


class TestPage(CommonHttp):
    def setUp(self):
        super().setUp()
        self.consent = self.give()
        self.mail_consent = self.give("contact", "email")

    def path(self, purpose=None, partner=None):
        url = (partner or self.partner)._get_social_consent_url(purpose)
        return url[url.index("/social/") :]

    def get_state(self):
        self.env.flush_all()
        rows = []
        for table in (*TABLES, "mail_mail", "mail_message"):
            self.env.cr.execute(f"SELECT * FROM {table} ORDER BY id")
            rows.append(self.env.cr.fetchall())
        self.env.cr.execute("SELECT key, value FROM ir_config_parameter ORDER BY id")
        return [*rows, self.env.cr.fetchall()]

    def test_get_and_head_change_nothing(self):
        path = self.path()
        before = self.get_state()
        for suffix in ("", "?done=1", "/receipt", "/receipt.json"):
            for method in ("GET", "HEAD"):
                response = self.url_open(path + suffix, method=method)
                self.assertEqual(response.status_code, 200, (method, suffix))
        for method in ("GET", "OPTIONS", "PUT"):
            response = self.url_open(path + "/withdraw", method=method)
            self.assertEqual(response.status_code, 405, method)
        self.assertEqual(self.get_state(), before)

    def test_the_page_names_the_state_and_not_the_person(self):
        html = self.url_open(self.path()).text
        for word in ("Given", "Withdraw everything", self.consent.notice_id.name):
            self.assertIn(word, html)
        for personal in ("Ada", "ada@example.com", self.partner.social_subject_key):
            self.assertNotIn(personal, html)

    def test_the_page_says_that_it_is_done_by_the_record_and_not_by_its_address(self):
        self.assertNotIn("We no longer use", self.url_open(self.path("match") + "?done=1").text)

    def test_the_page_keeps_the_link_to_itself(self):
        response = self.url_open(self.path())
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertEqual(response.headers["Referrer-Policy"], "no-referrer")
        self.assertIn("noindex", response.headers["X-Robots-Tag"])
        self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])
        self.assertNotIn("<script", response.text)
        self.assertNotIn("Set-Cookie", response.headers)

    def test_one_press_withdraws_without_any_question(self):
        form = {"purpose": "match", "channel": ""}
        response = self.url_open(self.path() + "/withdraw", data=form)
        self.assertEqual(response.status_code, 200)
        self.assertIn("We no longer use your data", response.text)
        self.assertIn("receipt.json", response.text)
        self.env.invalidate_all()
        self.assertEqual(self.consent.state, "withdrawn")
        self.assertEqual(self.mail_consent.state, "given")
        evidence = self.env["social.consent.evidence"].search([], order="id desc", limit=1)
        self.assertEqual(evidence.method, "link")
        self.assertIn("user_agent", evidence.details)

    def test_withdrawing_everything_twice_is_one_withdrawal(self):
        path = self.path()
        for _time in range(2):
            self.assertEqual(self.url_open(path + "/withdraw", data={"x": ""}).status_code, 200)
        self.env.invalidate_all()
        consents = self.consent | self.mail_consent
        self.assertEqual(set(consents.mapped("state")), {"withdrawn"})
        self.assertEqual(len(consents.event_ids), 4)
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_a_link_for_one_purpose_withdraws_no_other(self):
        path = self.path("match")
        self.assertNotIn(self.mail_consent.notice_id.name, self.url_open(path).text)
        self.url_open(path + "/withdraw", data={"purpose": "contact", "channel": "email"})
        self.env.invalidate_all()
        self.assertEqual(self.mail_consent.state, "given")
        self.url_open(path + "/withdraw", data={"x": ""})
        self.env.invalidate_all()
        self.assertEqual((self.consent.state, self.mail_consent.state), ("withdrawn", "given"))

    def test_one_channel_is_withdrawn_without_the_others(self):
        sms = self.give("contact", "sms")
        form = {"purpose": "contact", "channel": "email"}
        self.url_open(self.path() + "/withdraw", data=form)
        self.env.invalidate_all()
        self.assertEqual((self.mail_consent.state, sms.state), ("withdrawn", "given"))

    def test_a_link_withdraws_what_its_company_was_given(self):
        company = self.env["res.company"].create({"name": "Other"})
        notice = self.consent.notice_id.copy({"company_id": company.id})
        notice.action_publish()
        elsewhere = self.give(partner=self.partner.with_company(company))
        self.url_open(self.path() + "/withdraw", data={"x": ""})
        self.env.invalidate_all()
        self.assertEqual((self.consent.state, elsewhere.state), ("withdrawn", "given"))

    def test_the_old_link_withdraws_after_a_changed_address_and_after_years(self):
        path = self.path("match")
        self.partner.email = "other@example.com"
        with self.after(days=400):
            self.url_open(path + "/withdraw", data={"x": ""})
        self.env.invalidate_all()
        self.assertEqual(self.consent.state, "withdrawn")

    def test_the_old_link_withdraws_for_the_person_who_counts_now(self):
        twin = self.env["res.partner"].create({"name": "Twin", "email": "twin@example.com"})
        path = self.path("match", partner=twin)
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.partner | twin).ids, dst_partner=self.partner)
        self.url_open(path + "/withdraw", data={"x": ""})
        self.env.invalidate_all()
        self.assertEqual(self.consent.state, "withdrawn")

    def test_the_link_withdraws_after_the_contact_was_deleted(self):
        path = self.path("match")
        self.partner.unlink()
        self.url_open(path + "/withdraw", data={"x": ""})
        self.env.invalidate_all()
        self.assertEqual(self.consent.state, "withdrawn")

    def test_a_forged_link_does_nothing_and_names_nobody(self):
        token = self.path().rpartition("/")[2]
        other = links.make_token(secrets.token_bytes(32), "x", LINK)
        before = self.get_state()
        with capture_logs() as said:
            for bad in (token[:-1], "A" + token[1:], other, "%00", "%F0%9F%92%A9", "A" * 5000):
                for suffix in ("", "/receipt", "/receipt.json"):
                    response = self.url_open(f"/social/consent/{bad}{suffix}")
                    self.assertEqual(response.status_code, 404, bad)
                response = self.url_open(f"/social/consent/{bad}/withdraw", data={"x": ""})
                self.assertEqual(response.status_code, 404, bad)
        self.assertEqual(self.get_state(), before)
        self.assertTrue(any("/social/consent/" in line for line in said), "nothing was logged")
        for personal in ("Ada", "ada@example.com", self.partner.social_subject_key):
            self.assertFalse([line for line in said if personal in line])

    def test_the_page_of_a_bad_link_says_what_to_do(self):
        response = self.url_open("/social/consent/nonsense")
        self.assertIn("This link does not work", response.text)
        self.assertIn("ask the company", response.text)
        self.assertEqual(response.headers["Cache-Control"], "no-store")

    def test_a_link_to_withdraw_confirms_nothing(self):
        token = self.path().rpartition("/")[2]
        self.assertEqual(self.url_open(f"/social/consent/confirm/{token}").status_code, 404)

    def test_the_page_speaks_the_persons_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.partner.lang = "de_DE"
        headers = {"Accept-Language": "fr"}
        for active in (True, False):
            self.partner.active = active
            self.assertIn('lang="de-DE"', self.url_open(self.path(), headers=headers).text)
        self.partner.lang = "en_US"
        self.assertIn('lang="en-US"', self.url_open(self.path(), headers=headers).text)

    def test_somebody_logged_in_sees_the_same_page(self):
        path = self.path()
        public = self.url_open(path).text
        self.authenticate("employee", "employee")
        self.assertEqual(self.url_open(path).text, public)

    def test_who_was_never_asked_reads_that_there_is_nothing(self):
        nobody = self.env["res.partner"].create({"name": "Ben"})
        path = self.path(partner=nobody)
        html = self.url_open(path).text
        self.assertIn("You have not decided", html)
        self.assertNotIn("Withdraw", html)
        self.assertEqual(self.url_open(path + "/receipt").status_code, 410)
        self.assertEqual(self.url_open(path + "/withdraw", data={"x": ""}).status_code, 200)
