"""A person consents on the platform itself: reads the text here, logs in at the own server (rule 22).

Against a real fediverse server (snac2), its login page included.
"""

import json
import re
from contextlib import contextmanager
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo import fields
from odoo.exceptions import UserError

from odoo.addons.social_consent_monitoring.connectors import ConnectorError, http
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.links import ACCOUNT

import test_handles
from axe import check_pages, phone
from common import ADDON, make_post
from test_effects import EffectCase
from test_handles import CODE, HandlesCase


class SourceCase(HandlesCase):
    def setUp(self):
        super().setUp()
        self.withdraw("match")
        self.notice = self.env.ref(f"{ADDON}.notice_match_en")

    def begin(self, purpose="match", channel="", handle=None, partner=None):
        """Choose by the form what to consent to and where, and return the page with the text."""
        path = f"{self.get_data_path(partner)}/accounts?purpose={purpose}&channel={channel}"
        action, fields = self.get_form(self.get(path).text, "/accounts/add", purpose=purpose)
        fields |= {"platform": self.fediverse.id, "handle": handle or self.handle}
        return self.post(action, **fields)

    def come_back(self, page, user="ada", **form):
        """Press "I consent, and log in there", log in, and return the address that it leads to."""
        return self.log_in(self.leave_with(page, **form), user)

    def leave_with(self, page, **form):
        action, fields = self.get_form(page.text, "/login")
        html = self.post(action, **{**fields, **form}).text
        return re.search(r'href="(http[^"]+/oauth/authorize[^"]+)"', html)[1].replace("&amp;", "&")

    def decide(self, act="match", **facts):
        policy = self.env["social.policy"]
        return policy._decide(act, self.partner, **facts)[self.partner.id]

    def get_evidence(self, consent):
        event = consent.event_ids.sorted("sequence")[-1:]
        return self.env["social.consent.evidence"].search([("event_id", "=", event.id)])

    @contextmanager
    def hang_up_once(self, end):
        """In the server's place: no answer to the first request whose address ends so."""
        hung_up = []
        attempt = http.Session._attempt

        def answer(session, method, url, kwargs):
            if url.endswith(end) and not hung_up:
                hung_up.append(url)
                raise ConnectorError("unreachable", {"reason": "closed"})
            return attempt(session, method, url, kwargs)

        with patch.object(http.Session, "_attempt", answer):
            yield hung_up

    def check_nothing_given(self, purpose="match"):
        self.assertNotEqual(self.get_consent(purpose).state, "given")
        self.assertFalse(self.get_profiles())


class TestAtTheSource(SourceCase):
    def test_r22_who_logs_in_after_reading_the_text_consents_on_that_platform(self):
        page = self.begin()
        self.assertIn(self.notice.purpose_statement, page.text)
        self.check_nothing_given()
        page = self.finish(self.come_back(page))
        self.assertIn("Thank you, you consented", page.text)
        self.assertIn("✓ Proven", page.text)
        consent = self.get_consent()
        self.assertEqual((consent.state, consent.platform_id), ("given", self.fediverse))
        self.assertEqual(consent.notice_id, self.notice)
        evidence = self.get_evidence(consent)
        self.assertEqual((evidence.method, evidence.platform), ("platform", "fediverse"))
        self.assertEqual(evidence.notice_hash, self.notice.text_hash)
        self.assertTrue(evidence._has_address("ada@example.com"))
        self.assertRegex(json.loads(evidence.details)["account_sha256"], "^[0-9a-f]{64}$")
        payload = json.loads(consent.event_ids.sorted("sequence")[-1:].payload)
        self.assertEqual((payload["method"], payload["platform"]), ("platform", "fediverse"))
        self.assertEqual(self.get_profiles().handle, self.handle)
        self.assertFalse(self.env["social.consent.event"]._verify())
        self.assertFalse(self.get_proofs())

    def test_r22_a_platform_that_demands_it_accepts_this_consent_and_no_general_one(self):
        self.fediverse.consent_at_source = True
        self.give("match")
        self.assertEqual(self.decide(platform="fediverse").reason, "not_at_source")
        mention = self.store(make_post(1, author=self.handle))
        with self.assertRaises(UserError):
            mention._match(self.partner)
        self.assertNotIn("To add an account", self.get(self.get_path()).text)
        self.finish(self.come_back(self.begin()))
        self.assertTrue(self.decide(platform="fediverse"))
        self.assertTrue(mention._match(self.partner))

    def test_the_way_there_stands_on_the_persons_pages(self):
        self.assertIn("by logging in where you write", self.get(self.get_path()).text)
        data = self.get_data_path()
        self.assertIn(f"{data}/accounts#source", self.get(data).text)
        html = self.get(f"{data}/accounts").text
        for purpose in ("match", "monitor", "enrich", "contact"):
            self.assertIn(f"/accounts?purpose={purpose}&amp;channel=", html)
        self.finish(self.come_back(self.begin()))
        self.assertIn("<dt>Given on</dt>", self.get(self.get_path()).text)
        html = self.get(f"{self.get_data_path()}/accounts").text
        self.assertNotIn("/accounts?purpose=match&amp;", html, "it is given there already")

    def test_r23_a_login_proves_no_number(self):
        path = f"{self.get_data_path()}/accounts"
        html = self.get(path).text
        self.assertIn("/accounts?purpose=contact&amp;channel=social", html)
        for channel in ("sms", "phone"):
            self.assertNotIn(f"channel={channel}", html)
            page = self.get(f"{path}?purpose=contact&channel={channel}").text
            self.assertNotIn(f'value="{channel}"', page)

    def test_another_purpose_joins_no_account_without_the_consent_to_that(self):
        self.finish(self.come_back(self.begin("monitor")))
        self.assertEqual(self.get_consent("monitor").platform_id, self.fediverse)
        self.check_nothing_given()
        details = self.get_evidence(self.get_consent("monitor")).details
        self.assertNotIn(self.host, details)

    def test_a_channel_is_consented_to_alone(self):
        self.finish(self.come_back(self.begin("contact", "social")))
        given = self.partner.social_consent_ids.filtered(lambda each: each.state == "given")
        self.assertEqual((given.purpose_code, given.channel), ("contact", "social"))

    def test_the_token_is_given_back_and_nothing_waits(self):
        folder = self.snac.folder / "token"
        before = set(folder.glob("*"))
        self.finish(self.come_back(self.begin()))
        self.assertEqual(set(folder.glob("*")), before)
        self.assertFalse(self.get_proofs())

    def test_a_server_that_hangs_up_is_given_the_token_back_again(self):
        """As snac2 does now and then when much is going on."""
        folder = self.snac.folder / "token"
        before = set(folder.glob("*"))
        back = self.come_back(self.begin())
        with self.hang_up_once("/oauth/revoke") as hung_up:
            self.finish(back)
        self.assertEqual(len(hung_up), 1)
        self.assertEqual(set(folder.glob("*")), before)

    def test_a_server_that_hangs_up_on_our_name_is_told_it_again(self):
        with self.hang_up_once("/api/v1/apps") as hung_up:
            back = self.come_back(self.begin())
        self.assertEqual(len(hung_up), 1)
        self.assertIn("Thank you", self.finish(back).text)

    def test_a_code_is_redeemed_once_though_the_server_hangs_up(self):
        """Whether it has redeemed it, nobody knows: a second time would revoke what it gave."""
        back = self.come_back(self.begin())
        with self.hang_up_once("/oauth/token") as hung_up:
            self.assertIn("does not answer us", self.finish(back).text)
        self.assertEqual(len(hung_up), 1)
        self.check_nothing_given()


class TestNoConsent(SourceCase):
    def test_reading_the_text_and_leaving_is_no_consent(self):
        back = self.come_back(self.begin())
        self.check_nothing_given()
        for method in ("GET", "HEAD", "OPTIONS"):
            self.get(back, method=method)
        self.check_nothing_given()

    def test_another_accounts_login_is_none(self):
        page = self.finish(self.come_back(self.begin(), "eve"))
        self.assertIn("another account", page.text)
        self.check_nothing_given()

    def test_a_code_shown_in_public_is_no_login(self):
        page = self.begin()
        self.assertFalse(CODE.search(page.text))
        link = self.env["social.link"]._read(page.url.rpartition("/")[2], ACCOUNT)
        code = self.get_proofs()._get_code(link.key)
        self.snac.post("ada", code)
        self.post(page.url.removeprefix(self.base_url()) + "/check")
        self.check_nothing_given()

    def test_who_sends_no_text_along_has_read_none(self):
        page = self.begin()
        for forged in ("", "0" * 64, self.env.ref(f"{ADDON}.notice_enrich_en").text_hash):
            action, fields = self.get_form(page.text, "/login")
            answer = self.post(action, **{**fields, "notice": forged})
            self.assertEqual(answer.status_code, 400)
            self.assertNotIn("/oauth/authorize", answer.text)
        self.assertFalse(self.get_proofs().state_digest)

    def test_a_text_that_was_replaced_before_the_login_is_not_agreed_to(self):
        page = self.begin()
        self.publish(self.notice, "extent", months=6)
        action, fields = self.get_form(page.text, "/login")
        answer = self.post(action, **fields)
        self.assertIn("replaced", answer.text)
        self.assertNotIn("/oauth/authorize", answer.text)

    def test_a_text_that_was_replaced_during_the_login_is_not_agreed_to(self):
        back = self.come_back(self.begin())
        newer = self.publish(self.notice, "extent", months=6)
        page = self.finish(back)
        self.assertIn("Nothing was stored", page.text)
        self.check_nothing_given()
        # The way on is the new text.
        self.finish(self.come_back(self.begin()))
        self.assertEqual(self.get_consent().notice_id, newer)

    def test_r8_a_no_meanwhile_is_the_later_word(self):
        back = self.come_back(self.begin())
        self.partner._object_social(method="link")
        self.assertFalse(self.get_proofs())
        self.assertEqual(self.finish(back).status_code, 404)
        self.check_nothing_given()

    def test_r8_who_withdraws_what_was_given_elsewhere_gives_nothing_by_coming_back(self):
        self.give("monitor")
        self.give("enrich")
        back = self.come_back(self.begin("monitor"))
        self.withdraw("enrich")
        self.assertTrue(self.get_proofs(), "that was another one")
        self.withdraw("monitor")
        self.assertEqual(self.finish(back).status_code, 404)
        self.check_nothing_given("monitor")

    def test_r8_who_had_said_no_to_all_of_it_before_is_heard_again(self):
        """No event tells of it: all stood at "no" already."""
        self.partner._object_social(method="link")
        back = self.come_back(self.begin())
        self.partner._object_social(method="link")
        self.assertEqual(self.finish(back).status_code, 404)
        self.check_nothing_given()

    def test_a_forged_or_missing_state_gives_nothing(self):
        back = self.come_back(self.begin())
        code = parse_qs(urlsplit(back).query)["code"][0]
        for state in ("", "x", "0" * 43):
            page = self.post("/social/consent/account/back", state=state, code=code)
            self.assertEqual(page.status_code, 404, state)
        self.check_nothing_given()

    def test_nobody_finishes_in_another_browser_what_somebody_began(self):
        back = self.come_back(self.begin())
        self.opener.cookies.clear()
        self.assertEqual(self.finish(back).status_code, 404)
        self.check_nothing_given()

    def test_an_address_that_changed_meanwhile_takes_the_link_along(self):
        back = self.come_back(self.begin())
        self.partner.email = "new@example.com"
        self.assertEqual(self.finish(back).status_code, 410)
        self.check_nothing_given()

    def test_what_is_not_offered_cannot_be_asked_for_by_a_forged_form(self):
        base = f"{self.get_data_path()}/accounts/add"
        form = {"platform": self.fediverse.id, "handle": self.handle}
        for purpose, channel in (("other", ""), ("match", "email"), ("contact", "fax")):
            answer = self.post(base, **form, purpose=purpose, channel=channel)
            self.assertEqual(answer.status_code, 400, (purpose, channel))
        web = self.env.ref(f"{ADDON}.platform_web")
        answer = self.post(base, platform=web.id, handle=self.handle, purpose="match", channel="")
        self.assertEqual(answer.status_code, 400, "nobody logs in on the web")
        self.assertFalse(self.get_proofs())

    def test_the_link_that_never_expires_binds_no_account(self):
        token = self.get_path().rpartition("/")[2]
        self.assertEqual(self.get(f"/social/consent/data/{token}/accounts").status_code, 404)

    def test_r7_a_platform_that_the_text_does_not_name_is_not_offered(self):
        self.env.cr.execute(
            "DELETE FROM social_consent_notice_social_platform_rel"
            " WHERE social_consent_notice_id = %s AND social_platform_id = %s",
            [self.notice.id, self.fediverse.id],
        )
        self.env.invalidate_all()
        html = self.get(f"{self.get_data_path()}/accounts").text
        self.assertNotIn("purpose=match", html)
        self.assertIn("purpose=monitor", html)

    def test_r13_where_the_text_asks_for_the_age_it_goes_along(self):
        self.env.cr.execute("UPDATE social_consent_notice SET ask_age = TRUE")
        self.env.invalidate_all()
        page = self.begin()
        self.assertIn('name="age"', page.text)
        for age in ("", "12"):
            answer = self.finish(self.come_back(page, age=age))
            self.assertIn('role="alert"', answer.text)
            self.check_nothing_given()
        self.finish(self.come_back(page, age="34"))
        consent = self.get_consent()
        self.assertEqual(consent.state, "given")
        self.assertEqual(self.get_evidence(consent).age, "34")


class TestThereOnly(EffectCase):
    """Given on one platform, a consent allows nothing on another one that demands its own (rule 22)."""

    def setUp(self):
        super().setUp()
        self.other = self.env.ref(f"{ADDON}.platform_web")
        terms = {"terms_verdict": "allowed", "terms_version": "1", "terms_expiry": "2099-12-31"}
        (self.platform | self.other).write({**terms, "consent_at_source": True})
        there = {"platform_id": self.other.id, "connector": "feed", "kind": False, "term": False}
        address = "https://blog.example/feed"
        source = self.source.copy({**there, "name": "Elsewhere", "address": address})
        source.action_activate()
        self.there = source._store([make_post(2, url="https://blog.example/2")])
        (self.mention | self.there).write(
            {"addressed": True, "sorted_at": fields.Datetime.now()},
        )
        # Where the posts of both may be joined with the contact.
        self.give_on(self.platform, "match")
        self.give_on(self.other, "match")
        (self.mention | self.there)._match(self.partner)

    def give_on(self, platform, *place):
        return self.give(*place, method="platform", evidence=None, platform=platform)

    def count_matches(self, mention):
        return len(mention._get_own_matches())

    def write_answer(self, mention, text="Dear Ada Example, thank you."):
        answers = self.env["social.answer"].with_user(self.clerk)
        return answers.create({"mention_id": mention.id, "text": text})

    def test_who_has_not_consented_there_is_joined_with_nothing_from_there(self):
        self.withdraw("match")
        self.give_on(self.platform, "match")
        for author in ("eve@social.example", "ada@social.example"):
            self.assertTrue(self.store(make_post(3, author=author))._match(self.partner))
            with self.assertRaises(ConsentRequired) as caught:
                self.there._match(self.partner)
            self.assertEqual(caught.exception.decision.reason, "not_at_source")
            with self.assertRaises(ConsentRequired):
                self.env["social.profile"]._make(self.partner, self.other, author)

    def test_r19_a_personal_answer(self):
        (self.platform | self.other).terms_allow_push = True
        for mention in (self.mention, self.there):
            self.write_answer(mention).action_copy()
        self.withdraw("match")
        self.give_on(self.other, "match")
        self.there._match(self.partner)
        self.write_answer(self.there).action_copy()
        with self.assertRaises(ConsentRequired) as caught:
            self.write_answer(self.mention).action_copy()
        self.assertEqual(caught.exception.decision.rule, "R19")

    def test_r23_an_approach_and_a_lead(self):
        (self.mention | self.there).write({"addressed": False})
        self.give_on(self.platform, "contact", "social")
        self.write_answer(self.mention, "Have a look at this.").action_copy()
        with self.assertRaises(ConsentRequired) as caught:
            self.write_answer(self.there, "Have a look at this.").action_copy()
        self.assertEqual(caught.exception.decision.reason, "not_at_source")
        made = self.mention.action_create_lead()
        self.assertEqual(made["res_model"], "crm.lead")
        refused = self.there.action_create_lead()
        self.assertEqual(refused["res_model"], "social.prospect.wizard")

    def test_r21_a_value(self):
        self.give_on(self.platform, "enrich")
        self.assertTrue(self.enrich())
        with self.assertRaises(ConsentRequired) as caught:
            self.enrich("Trains", field_name=None, mention=self.there)
        self.assertEqual(caught.exception.decision.reason, "not_at_source")
        self.assertFalse(self.there._may_be_noted(self.partner))

    def test_r24_a_source_that_watches_the_person(self):
        self.partner.name = "Ada Marie Lindqvist"
        self.give_on(self.platform, "monitor")
        query = {"term": "ada marie lindqvist", "name": "One of ours"}
        watching = self.source.copy({**query, "kind": "tag"})
        self.assertEqual(watching.watched_partner_id, self.partner)
        with self.assertRaises(ConsentRequired) as caught:
            watching.copy({"platform_id": self.other.id, "watched_partner_id": False})
        self.assertEqual(caught.exception.decision.reason, "not_at_source")

    def test_r20_customer_data_for_comparison(self):
        (self.platform | self.other).write({"terms_allow_push": True})
        self.withdraw("match")
        self.give_on(self.platform, "match")
        self.platform._check_may_push(self.partner)
        with self.assertRaises(ConsentRequired):
            self.other._check_may_push(self.partner)

    def test_what_was_joined_there_ends_when_the_one_given_there_does(self):
        """A consent that follows, on another platform or anywhere, prolongs nothing there."""
        match = self.mention._get_own_matches()
        end = match.valid_until
        with self.after(days=30):
            self.give_on(self.other, "match")
            self.assertEqual(match.valid_until, end)
            self.assertGreater(self.there._get_own_matches().valid_until, end)
            again = self.store(make_post(4))._match(self.partner)
            self.assertEqual(again.valid_until, end)
        with self.after(days=60):
            self.give("match")
            self.assertEqual(match.valid_until, end)
            self.assertGreater(match.consent_id.valid_until, end)

    def test_r6_another_text_agreed_to_elsewhere_takes_what_was_joined_there(self):
        newer = self.publish(self.partner.social_consent_ids.notice_id, "extent", months=6)
        self.give_on(self.other, "match")
        self.assertFalse(self.count_matches(self.mention))
        self.assertEqual(self.count_matches(self.there), 1)
        consent = self.partner.social_consent_ids
        self.assertEqual(consent.notice_id, newer)
        self.assertEqual(self.get_effects(consent)[0]["counts"], {"social.match": 1})

    def test_where_no_platform_demands_it_a_general_one_carries_all_on(self):
        (self.platform | self.other).consent_at_source = False
        match = self.mention._get_own_matches()
        end = match.valid_until
        with self.after(days=30):
            self.give("match")
            self.assertGreater(match.valid_until, end)

    def test_a_rule_of_the_company_asks_where_it_was_given_too(self):
        (self.platform | self.other).consent_at_source = False
        rule = self.env["social.policy.rule"].search([("act", "=", "enrich")])
        rule.at_source = True
        decide = self.env["social.policy"]._decide
        self.give("enrich")
        self.assertEqual(decide("enrich", self.partner)[self.partner.id].reason, "not_at_source")
        self.give_on(self.platform, "enrich")
        self.assertTrue(decide("enrich", self.partner)[self.partner.id])
        there = decide("enrich", self.partner, platform="web")[self.partner.id]
        self.assertEqual(there.reason, "not_at_source")

    def test_the_page_names_each_platform_on_which_it_counts(self):
        consent = self.partner.social_consent_ids
        names = consent._get_page_given_on()
        self.assertIn(self.platform.name, names)
        self.assertIn(self.other.name, names)
        self.withdraw("match")
        self.give("match")
        self.assertFalse(consent._get_page_given_on())


class TestPages(SourceCase):
    def test_wcag_2_1_aa_on_a_phone(self):
        data = self.get_data_path()
        waiting = self.begin().url.removeprefix(self.base_url())
        pages = {
            "source_offers": f"{data}/accounts",
            "source_choose": f"{data}/accounts?purpose=match&channel=",
            "source_text": waiting,
        }
        check_pages(self, pages)

    def test_in_german_every_word_of_the_pages_is_german(self):
        self.meet_a_german()
        data = self.get_data_path()
        pages = [self.get(path).text for path in (self.get_path(), f"{data}/accounts")]
        page = self.begin()
        pages += [page.text, self.finish(self.come_back(page, "eve")).text]
        for html in pages:
            self.check_german(html, "account", "consent")


class TestBySnacInABrowser(SourceCase):
    do, read, press_in = (
        getattr(test_handles.TestInABrowser, name) for name in ("do", "read", "press_in")
    )

    def test_a_person_consents_by_logging_in_at_the_own_server(self):
        self.fediverse.consent_at_source = True
        with phone(self) as browser:
            browser.open(f"{self.get_data_path()}/accounts")
            there = "document.querySelector('a[href*=\"purpose=match\"]').click();"
            self.do(browser, there, "Consent by logging in")
            values = {"platform": str(self.fediverse.id), "handle": f"@{self.handle}"}
            self.press_in(browser, "/accounts/add", "I consent, and log in there", **values)
            browser.take_picture("source_text")
            self.press_in(browser, "/login", "You leave for another server")
            there = "document.querySelector('main a').click();"
            self.do(browser, there, "OAuth identify")
            login = {"login": "ada", "passwd": self.passwords["ada"]}
            self.press_in(browser, "/oauth/x-snac-login", "Almost done", **login)
            self.press_in(browser, "/account/back", "Thank you, you consented")
            browser.take_picture("source_given")
        self.env.invalidate_all()
        self.assertEqual(self.get_consent().platform_id, self.fediverse)
        self.assertTrue(self.decide(platform="fediverse"))
