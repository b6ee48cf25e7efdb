"""A person proves an account on the own page: by a code, or by logging in (rules 2, 7 and 18).

Against a real fediverse server (snac2), its login page included.
"""

import json
import re
import time
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from odoo.exceptions import AccessError, UserError

from odoo.addons.social_consent_monitoring.connectors import (
    Account,
    ConnectorError,
    bluesky_login,
)
from odoo.addons.social_consent_monitoring.models.social_rate_limit import LIMITS, Limit

from axe import check_pages, phone
from common import ADDON, make_post
from counterparts.snac import Snac
from test_page import PageCase

CODE = re.compile(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}")
LEAVE = re.compile(r'href="(http[^"]+/oauth/authorize[^"]+)"')


class HandlesCase(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.snac = cls.enterClassContext(Snac.temporary())
        cls.passwords = {name: cls.snac.add_user(name) for name in ("ada", "eve")}
        cls.host = cls.snac.base_url.partition("//")[2]
        cls.handle = f"ada@{cls.host}"
        cls.env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
        cls.fediverse = cls.env.ref(f"{ADDON}.platform_fediverse")
        sources = cls.env["social.source"].search([("connector", "=", "fediverse")])
        sources.address = cls.snac.base_url

    def setUp(self):
        super().setUp()
        self.give("match")

    def meet_a_german(self):
        """Go on with another person: who has consented to an English text is shown that one."""
        self.speak_german()
        self.publish_german()
        self.partner = self.env["res.partner"].create(
            {"name": "Ada Beispiel", "email": "beispiel@example.com", "lang": "de_DE"}
        )

    def get_proofs(self):
        return self.env["social.handle.proof"].sudo().search([])

    def get_profiles(self, partner=None):
        domain = [("partner_id", "=", (partner or self.partner).id)]
        return self.env["social.profile"].sudo().search(domain)

    def add(self, handle=None, partner=None, platform=None):
        """Add an account by the form, and return the page that follows."""
        page = self.get(f"{self.get_data_path(partner)}/accounts")
        action, fields = self.get_form(page.text, "/accounts/add")
        handle = self.handle if handle is None else handle
        fields |= {"platform": (platform or self.fediverse).id, "handle": handle}
        return self.post(action, **fields)

    def press(self, page, end):
        """Press the button whose form leads to an address with this end."""
        action, fields = self.get_form(page.text, end)
        return self.post(action, **fields)

    def prove(self, partner=None, user="ada"):
        page = self.add(f"{user}@{self.host}", partner)
        self.snac.post(user, f"It is me: {CODE.search(page.text)[0]}")
        return self.press(page, "/check")

    def leave(self, page):
        """Press "Log in there", and return where it leads."""
        return LEAVE.search(self.press(page, "/login").text)[1].replace("&amp;", "&")

    def log_in(self, url, user="ada"):
        """Log in on the server's own page, and return the address that it sends the person to."""
        html = requests.get(url, timeout=(9, 9)).text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', html))
        action = re.search(r'action="([^"]+)"', html)[1]
        fields |= {"login": user, "passwd": self.passwords[user]}
        answer = requests.post(action, data=fields, allow_redirects=False, timeout=(9, 9))
        return answer.headers["Location"].removeprefix(self.base_url())

    def finish(self, back):
        return self.press(self.get(back), "/account/back")


class TestByCode(HandlesCase):
    def test_a_code_in_a_post_proves_the_account(self):
        page = self.prove()
        self.assertIn("The account is proven", page.text)
        self.assertIn("✓ Proven", page.text)
        self.assertNotIn("Thank you", page.text)
        profile = self.get_profiles()
        self.assertEqual((profile.handle, profile.platform_id), (self.handle, self.fediverse))
        self.assertTrue(profile.verified_at)
        self.assertEqual(profile.proof_method, "code")
        self.assertEqual(profile.stable_id, f"{self.snac.base_url}/ada")
        self.assertRegex(profile.proof_digest, "^[0-9a-f]{64}$")
        self.assertEqual(profile.basis, "consent")
        self.assertFalse(self.get_proofs())

    def test_a_code_in_the_profile_does_too(self):
        page = self.add(f"@EVE@{self.host}")
        bearer = {"Authorization": f"Bearer {self.snac.token('eve')}"}
        note = {"note": f"Eve, {CODE.search(page.text)[0].lower()}"}
        self.snac._call("PATCH", "/api/v1/accounts/update_credentials", note, bearer)
        self.press(page, "/check")
        self.assertEqual(self.get_profiles().handle, f"eve@{self.host}")

    def test_without_the_code_nothing_is_proven_and_the_page_says_what_to_do(self):
        page = self.press(self.add(), "/check")
        self.assertIn("did not find the code yet", page.text)
        self.assertFalse(self.get_profiles())
        self.assertTrue(self.get_proofs())

    def test_what_one_browser_began_no_other_goes_on_with(self):
        """Whoever is sent the address of such a page proves nothing for its sender."""
        page = self.add()
        self.snac.post("ada", CODE.search(page.text)[0])
        self.opener.cookies.clear()
        for end in ("/check", "/login"):
            answer = self.press(page, end)
            self.assertEqual(answer.status_code, 403)
            self.assertIn("another browser", answer.text)
        self.assertFalse(self.get_profiles())

    def test_somebody_elses_code_proves_nothing(self):
        other = self.env["res.partner"].create({"name": "Eve", "email": "eve@example.com"})
        self.give("match", partner=other)
        mine, theirs = self.add(), self.add(partner=other)
        self.snac.post("ada", CODE.search(mine.text)[0])
        self.press(theirs, "/check")
        self.assertFalse(self.get_profiles(other))
        self.press(mine, "/check")
        self.assertTrue(self.get_profiles())

    def test_a_code_in_somebody_elses_post_proves_nothing(self):
        page = self.add()
        self.snac.post("eve", f"@ada {CODE.search(page.text)[0]}")
        self.press(page, "/check")
        self.assertFalse(self.get_profiles())

    def test_a_code_is_over_after_a_day_and_all_of_it_forgotten(self):
        page = self.add()
        self.snac.post("ada", CODE.search(page.text)[0])
        with self.after(hours=25):
            self.press(page, "/check")
            self.env["social.handle.proof"]._gc_over()
        self.assertFalse(self.get_profiles())
        self.assertFalse(self.get_proofs())

    def test_the_database_holds_neither_code_nor_link(self):
        page = self.add()
        stored = str(self.get_proofs().read())
        self.assertNotIn(CODE.search(page.text)[0], stored)
        self.assertNotIn(page.url.rpartition("/")[2], stored)

    def test_a_server_that_does_not_answer_is_told(self):
        page = self.add()
        self.snac.stop()
        self.addCleanup(self.snac.start)
        self.assertIn("does not answer", self.press(page, "/check").text)
        self.assertIn("does not answer", self.press(page, "/login").text)

    def test_two_pages_at_once_prove_two_accounts(self):
        first, second = self.add(), self.add(f"eve@{self.host}")
        for user, page in (("ada", first), ("eve", second)):
            self.snac.post(user, CODE.search(page.text)[0])
        self.press(first, "/check")
        self.press(second, "/check")
        self.assertEqual(len(self.get_profiles()), 2)
        self.assertEqual(self.press(first, "/check").status_code, 410)


class TestByLogin(HandlesCase):
    def test_who_logs_in_at_the_own_server_proves_the_account(self):
        back = self.log_in(self.leave(self.add()))
        page = self.finish(back)
        self.assertIn("✓ Proven", page.text)
        self.assertEqual(self.get_profiles().handle, self.handle)
        self.assertEqual(self.get_profiles().proof_method, "login")
        self.assertFalse(self.get_proofs())

    def test_the_token_is_given_back_and_kept_nowhere(self):
        folder = self.snac.folder / "token"
        before = set(folder.glob("*"))
        self.finish(self.log_in(self.leave(self.add())))
        # The server answers before it has thrown the token away.
        until = time.monotonic() + 10
        while set(folder.glob("*")) != before and time.monotonic() < until:
            time.sleep(0.1)
        self.assertEqual(set(folder.glob("*")), before)
        self.assertFalse(self.get_proofs())

    def test_the_smallest_right_is_asked_for_and_a_proof_key_goes_along(self):
        asked = parse_qs(urlsplit(self.leave(self.add())).query)
        self.assertEqual(asked["scope"], ["read:accounts"])
        self.assertEqual(asked["code_challenge_method"], ["S256"])
        self.assertEqual(asked["redirect_uri"], [f"{self.base_url()}/social/consent/account/back"])

    def test_who_logs_in_with_another_account_proves_nothing(self):
        page = self.finish(self.log_in(self.leave(self.add()), "eve"))
        self.assertIn("another account", page.text)
        self.assertFalse(self.get_profiles())

    def test_an_answer_counts_once(self):
        back = self.log_in(self.leave(self.add()), "eve")
        self.finish(back)
        self.assertEqual(self.finish(back).status_code, 404)
        self.assertFalse(self.get_profiles())

    def test_a_forged_or_missing_state_is_refused(self):
        back = self.log_in(self.leave(self.add()))
        code = parse_qs(urlsplit(back).query)["code"][0]
        for state in ("", "x", "0" * 43):
            page = self.post("/social/consent/account/back", state=state, code=code)
            self.assertEqual(page.status_code, 404, state)
        self.assertFalse(self.get_profiles())

    def test_nobody_finishes_in_another_browser_what_somebody_began(self):
        """Who sends a link to the login to somebody else gets nothing of that one's account."""
        back = self.log_in(self.leave(self.add()))
        self.opener.cookies.clear()
        self.assertEqual(self.finish(back).status_code, 404)
        self.assertFalse(self.get_profiles())

    def test_coming_back_changes_nothing_before_the_button(self):
        back = self.log_in(self.leave(self.add()))
        for method in ("GET", "HEAD", "OPTIONS"):
            self.get(back, method=method)
        self.assertFalse(self.get_profiles())
        self.assertTrue(self.get_proofs().state_digest)

    def test_what_came_along_is_written_as_text(self):
        page = self.get('/social/consent/account/back?state="><script>x</script>&code=<b>')
        self.assertNotIn("<script", page.text)
        self.assertNotIn("<b>", page.text)

    def test_who_does_not_allow_it_is_told_so(self):
        state = parse_qs(urlsplit(self.leave(self.add())).query)["state"][0]
        page = self.finish(f"/social/consent/account/back?error=access_denied&state={state}")
        self.assertIn("did not log in", page.text)
        self.assertFalse(self.get_proofs().state_digest)

    def test_the_cookie_goes_to_these_pages_of_this_browser_only(self):
        self.leave(self.add())
        [cookie] = [each for each in self.opener.cookies if each.name.startswith("social_account")]
        self.assertEqual(cookie.path, "/social/consent/account")
        self.assertTrue(cookie.has_nonstandard_attr("HttpOnly"))
        self.assertEqual(cookie.get_nonstandard_attr("SameSite"), "Strict")

    def test_two_logins_at_once_do_not_get_into_each_others_way(self):
        first, second = self.add(), self.add(f"eve@{self.host}")
        one, other = self.leave(first), self.leave(second)
        self.finish(self.log_in(one))
        self.finish(self.log_in(other, "eve"))
        self.assertEqual(len(self.get_profiles()), 2)


class TestWithConsentOnly(HandlesCase):
    def test_r2_without_consent_the_page_offers_it_and_takes_no_account(self):
        self.withdraw("match")
        page = self.get(self.get_path()).text
        self.assertIn("of no use", page)
        self.assertIn("/text?purpose=match&amp;channel=", page)
        self.assertNotIn("To add an account", page)
        path = self.get_data_path()
        self.assertNotIn('/accounts"', self.get(path).text)
        self.assertNotIn("/accounts/add", self.get(f"{path}/accounts").text)
        form = {"platform": self.fediverse.id, "handle": self.handle}
        self.assertEqual(self.post(f"{self.get_data_path()}/accounts/add", **form).status_code, 400)
        self.assertFalse(self.get_proofs())

    def test_r7_a_platform_that_the_text_does_not_name_is_not_offered(self):
        notice = self.get_consent().notice_id
        self.env.cr.execute(
            "DELETE FROM social_consent_notice_social_platform_rel"
            " WHERE social_consent_notice_id = %s AND social_platform_id = %s",
            [notice.id, self.fediverse.id],
        )
        self.env.invalidate_all()
        form = {"platform": self.fediverse.id, "handle": self.handle}
        self.assertEqual(self.post(f"{self.get_data_path()}/accounts/add", **form).status_code, 400)

    def test_r16_a_platform_whose_terms_forbid_it_is_not_asked(self):
        page = self.add()
        self.snac.post("ada", CODE.search(page.text)[0])
        self.fediverse.terms_verdict = "forbidden"
        self.press(page, "/check")
        self.post(page.url.removeprefix(self.base_url()) + "/login")
        self.assertFalse(self.get_profiles())
        self.assertFalse(self.get_proofs().state_digest)
        self.assertNotIn("To add an account", self.get(self.get_path()).text)
        self.assertNotIn('/accounts"', self.get(self.get_data_path()).text)

    def test_a_consent_that_ends_meanwhile_takes_what_waits_along(self):
        page = self.add()
        self.snac.post("ada", CODE.search(page.text)[0])
        self.withdraw("match")
        self.assertFalse(self.get_proofs())
        self.assertEqual(self.press(page, "/check").status_code, 410)
        self.assertFalse(self.get_profiles())

    def test_a_consent_that_ran_out_meanwhile_proves_nothing(self):
        page = self.add()
        self.snac.post("ada", CODE.search(page.text)[0])
        self.env.cr.execute("UPDATE social_consent SET valid_until = '2020-01-01'")
        self.env.invalidate_all()
        self.assertIn("Nothing was stored", self.press(page, "/check").text)
        self.assertFalse(self.get_profiles())

    def test_the_proof_goes_with_the_consent(self):
        self.prove()
        self.withdraw("match")
        self.assertFalse(self.get_profiles())
        self.assertNotIn("✓ Proven", self.get(self.get_path()).text)

    def test_removing_takes_one_press_and_what_rested_on_the_account(self):
        mention = self.store(make_post(1, author=self.handle))
        self.prove()
        mention._match(self.partner)
        page = self.get(self.get_path())
        page = self.press(page, "/accounts/remove")
        self.assertNotIn("✓ Proven", page.text)
        self.assertFalse(self.get_profiles())
        self.assertFalse(self.env["social.match"].sudo().search([]))
        self.assertEqual(self.get_consent().state, "given")

    def test_giving_up_deletes_what_waits(self):
        self.press(self.add(), "/cancel")
        self.assertFalse(self.get_proofs())

    def test_erasure_takes_what_waits_and_what_was_proven(self):
        self.prove()
        self.add(f"eve@{self.host}")
        subject = self.partner.social_subject_id
        self.env["social.erasure"].with_user(self.officer).sudo()._erase(subject)
        self.assertFalse(self.get_proofs())
        self.assertFalse(self.env["social.profile"].sudo().search([]))

    def test_the_export_tells_of_the_account_and_how_it_was_proven(self):
        self.prove()
        self.add(f"eve@{self.host}")
        subject = self.partner.social_subject_id
        said = json.dumps(self.env["social.export"].sudo()._collect(subject), default=str)
        for word in (self.handle, f"eve@{self.host}", f"{self.snac.base_url}/ada"):
            self.assertIn(word, said)
        for secret in ("code_digest", "state_digest", "secrets_kept"):
            self.assertNotIn(secret, said)


class TestAttacks(HandlesCase):
    def test_names_that_lead_into_the_own_network_are_not_followed(self):
        """A source may lie there; what a stranger names may not. More of them: test_prove.py."""
        own = self.base_url().partition("//")[2]
        for handle in ("@ada@127.0.0.1:1", f"ada@{own}", "ada@127.0.0.1:443"):
            page = self.add(handle)
            self.assertIn("does not answer", self.press(page, "/check").text, handle)
            self.assertIn("does not answer", self.press(page, "/login").text, handle)
        self.assertEqual(self.add("@ada@[::1]").status_code, 400)
        self.assertFalse(self.get_profiles())

    def test_what_is_no_name_is_refused_in_words(self):
        for handle in (
            "ada",
            "",
            "@",
            "a@b/c",
            "a@b?x",
            "a@b#c",
            "../a@b",
            "a b@c",
            "a@b@c",
            "ada@x\r\nHost: y",
            "x" * 300 + "@y",
        ):
            page = self.add(handle)
            self.assertEqual(page.status_code, 400, handle)
            self.assertIn('role="alert"', page.text)
        self.assertFalse(self.get_proofs())

    def test_another_platforms_number_is_refused(self):
        for platform in ("0", "999999999", "x", "", self.env.ref(f"{ADDON}.platform_x").id):
            form = {"platform": platform, "handle": self.handle}
            response = self.post(f"{self.get_data_path()}/accounts/add", **form)
            self.assertEqual(response.status_code, 400)

    def test_a_file_in_place_of_a_text_is_refused(self):
        path, data = self.get_path(), self.get_data_path()
        for end, field in (
            (f"{data}/accounts/add", "platform"),
            (f"{data}/accounts/add", "handle"),
            (f"{path}/accounts/remove", "account"),
            (f"{path}/withdraw", "purpose"),
            ("/social/consent/account/back", "state"),
            ("/social/author/ask", "platform"),
            ("/social/consent", "email"),
        ):
            with self.subTest(end, field=field):
                file = {field: ("x.txt", b"x")}
                self.assertEqual(self.url_open(end, data={"a": "b"}, files=file).status_code, 400)
        self.assertEqual(self.get_consent().recorded_state, "given")

    def test_nobody_removes_another_persons_account(self):
        self.prove()
        other = self.env["res.partner"].create({"name": "Eve", "email": "eve@example.com"})
        self.give("match", partner=other)
        for account in (self.get_profiles().id, "x", "", "-1", "9" * 30):
            self.post(f"{self.get_path(partner=other)}/accounts/remove", account=account)
        self.assertTrue(self.get_profiles())

    def test_links_of_one_kind_open_no_page_of_another(self):
        mine = self.add().url.rpartition("/")[2]
        page = self.get_path().rpartition("/")[2]
        self.assertEqual(self.get(f"/social/consent/{mine}").status_code, 404)
        self.assertEqual(self.get(f"/social/consent/account/{page}").status_code, 404)
        self.assertEqual(self.get(f"/social/consent/account/{mine[:-2]}xx").status_code, 404)

    def test_whoever_finds_the_link_that_never_expires_adds_no_account(self):
        form = {"platform": self.fediverse.id, "handle": self.handle}
        page = self.get_path()
        for path in (page, page.replace("/consent/", "/consent/data/")):
            self.assertEqual(self.get(f"{path}/accounts").status_code, 404)
            self.assertEqual(self.post(f"{path}/accounts/add", **form).status_code, 404)
        self.assertFalse(self.get_proofs())

    def test_adding_takes_the_mailbox_and_removing_only_the_page(self):
        page = self.get(self.get_path())
        self.assertIn("To add an account", page.text)
        self.press(page, "/send")
        mail = self.get_mails()[0]
        self.assertEqual(mail.email_to, self.partner.email_normalized)
        [path] = [each for each in self.get_mailed_paths(mail) if "/data/" in each]
        self.assertIn(f'{path}/accounts"', self.get(path).text)
        form = {"platform": self.fediverse.id, "handle": self.handle}
        with self.after(hours=2):
            self.assertEqual(self.post(f"{path}/accounts/add", **form).status_code, 404)
        page = self.post(f"{path}/accounts/add", **form)
        self.snac.post("ada", CODE.search(page.text)[0])
        page = self.press(page, "/check")
        self.assertIn("✓ Proven", page.text)
        self.press(page, "/accounts/remove")
        self.assertFalse(self.get_profiles())

    def test_a_mailbox_that_is_the_persons_no_more_goes_on_with_nothing(self):
        page = self.add()
        self.snac.post("ada", CODE.search(page.text)[0])
        self.partner.email = "new@example.com"
        self.assertEqual(self.press(page, "/check").status_code, 410)
        self.assertEqual(self.press(page, "/login").status_code, 410)
        self.assertEqual(self.get(page.url.removeprefix(self.base_url())).status_code, 410)
        self.assertFalse(self.get_profiles())

    def test_a_link_for_one_purpose_shows_no_accounts(self):
        self.prove()
        self.assertNotIn("My accounts", self.get(self.get_path("contact")).text)
        self.assertIn("My accounts", self.get(self.get_path("match")).text)

    def test_the_link_that_never_expires_shows_no_whole_name(self):
        names = {
            "ab@social.example": "…",
            "ada@social.example": "…",
            "alice@social.example": "…",
            "adaexample@social.example": "ad…",
            "ab.bsky.social": "…",
            "adaexample.bsky.social": "ad…",
        }
        for handle, shown in names.items():
            profile = self.env["social.profile"]._make(self.partner, self.fediverse, handle)
            page = self.get(self.get_path()).text
            self.assertIn(f"{self.fediverse.name}: {shown}</h3>", page, handle)
            self.assertNotIn(handle, page)
            profile.sudo()._take_back()

    def test_nobody_learns_who_else_proved_an_account(self):
        other = self.env["res.partner"].create({"name": "Eve", "email": "eve@example.com"})
        self.give("match", partner=other)
        before = CODE.sub("", self.add(partner=other).text)
        self.prove()
        after = CODE.sub("", self.add(partner=other).text)
        token = re.compile(r"/social/consent/[\w./-]+")
        self.assertEqual(token.sub("", before), token.sub("", after))

    def test_somebody_asks_too_often(self):
        page = self.add()
        with patch.dict(LIMITS, prove=Limit(2, 99)):
            codes = [self.press(page, "/check").status_code for _ in range(2)]
            busy = self.post(page.url.removeprefix(self.base_url()) + "/check")
        self.assertEqual([*codes, busy.status_code], [200, 200, 429])

    def test_only_so_many_wait_at_once(self):
        for number in range(8):
            self.add(f"a{number}@{self.host}")
        self.assertEqual(len(self.get_proofs()), 5)


class TestWhatStaffSees(HandlesCase):
    def prove_as(self, partner, name=None, stable="did:plc:one"):
        account = Account(name or self.handle, stable, "0" * 64)
        return (
            self.env["social.profile"].sudo()._make_proven(partner, self.fediverse, account, "code")
        )

    def test_nobody_marks_a_profile_as_proven(self):
        profile = self.env["social.profile"]._make(self.partner, self.fediverse, self.handle)
        for user in (self.clerk, self.manager, self.officer, self.env.ref("base.user_admin")):
            for vals in ({"verified_at": "2026-01-01"}, {"proof_method": "login"}):
                with self.assertRaises(UserError):
                    profile.with_user(user).write(vals)
        self.assertFalse(profile.sudo().verified_at)

    def test_the_contact_shows_that_and_since_when_and_not_the_name(self):
        self.prove_as(self.partner)
        seen = self.partner.with_user(self.clerk).social_proven_accounts
        self.assertIn(self.fediverse.name, seen)
        self.assertNotIn(self.handle, seen)
        self.withdraw("match")
        self.env.invalidate_all()
        self.assertFalse(self.partner.with_user(self.clerk).social_proven_accounts)

    def test_the_lasting_name_and_the_digest_are_the_officers(self):
        profile = self.prove_as(self.partner)
        for name in ("stable_id", "proof_digest", "contested_at"):
            with self.assertRaises(AccessError):
                profile.with_user(self.clerk).read([name])
        self.assertTrue(profile.with_user(self.officer).read(["stable_id"])[0]["stable_id"])

    def test_an_account_that_somebody_else_proves_counts_for_the_first_no_more(self):
        other = self.env["res.partner"].create({"name": "Eve", "email": "eve@example.com"})
        self.give("match", partner=other)
        first, second = self.prove_as(self.partner), self.prove_as(other, stable="did:plc:two")
        self.assertFalse(first.verified_at)
        self.assertTrue(first.contested_at)
        self.assertTrue(second.verified_at)
        self.assertIn("Somebody else has proven", self.get(self.get_path()).text)
        contested = self.env["social.profile"].with_user(self.officer)
        self.assertEqual(contested.search([("contested_at", "!=", False)]).sudo(), first)
        self.prove_as(self.partner)
        self.assertTrue(first.verified_at)
        self.assertFalse(first.contested_at)
        self.assertTrue(second.contested_at)

    def test_an_account_under_a_new_name_takes_the_place_of_the_earlier_one(self):
        self.prove_as(self.partner, "ada.old.test")
        self.prove_as(self.partner, "ada.new.test")
        self.assertEqual(self.get_profiles().mapped("handle"), ["ada.new.test"])

    def test_two_accounts_of_one_person_stand_beside_each_other(self):
        self.prove_as(self.partner, "ada.one.test", "did:plc:one")
        self.prove_as(self.partner, "ada.two.test", "did:plc:two")
        self.assertEqual(len(self.get_profiles().filtered("verified_at")), 2)


class TestOnBluesky(PageCase):
    """The same against a real Bluesky network: its directory, its server, its login."""

    @pytest.fixture(autouse=True)
    def _network(self, bluesky):
        self.bluesky = bluesky

    def setUp(self):
        super().setUp()
        set_param = self.env["ir.config_parameter"].set_param
        set_param(f"{ADDON}.allow_private_addresses", "True")
        set_param(f"{ADDON}.plc_directory", self.bluesky.directory)
        self.platform = self.env.ref(f"{ADDON}.platform_bluesky")
        self.platform.write(
            {"terms_verdict": "allowed", "terms_version": "1", "terms_expiry": "2099-12-31"}
        )
        address = self.bluesky.url.replace("127.0.0.1", "localhost")
        account = self.env["social.account"].create(
            {
                "name": "Our account on Bluesky",
                "connector": "bluesky",
                "address": address,
                "login": "brand.test",
                "secret": "password of brand",
            }
        )
        self.env["social.source"].create(
            {
                "name": "Bluesky",
                "platform_id": self.platform.id,
                "connector": "bluesky",
                "kind": "mentions",
                "address": address,
                "account_id": account.id,
            }
        )
        notice = self.give("match").notice_id
        self.env.cr.execute(
            "INSERT INTO social_consent_notice_social_platform_rel"
            " (social_consent_notice_id, social_platform_id) VALUES (%s, %s)",
            [notice.id, self.platform.id],
        )
        self.env.invalidate_all()

    def add(self, user, **form):
        self.bluesky.add_user(user)
        form |= {"platform": self.platform.id, "handle": f"@{user}.TEST"}
        return self.post(f"{self.get_data_path()}/accounts/add", **form)

    def get_profile(self):
        return self.env["social.profile"].sudo().search([("partner_id", "=", self.partner.id)])

    def press(self, page, end):
        action, fields = self.get_form(page.text, end)
        return self.post(action, **fields)

    def leave(self, page):
        there = LEAVE.search(self.press(page, "/login").text)[1]
        return there.replace("&amp;", "&")

    def check_proven(self, user, method):
        profile = self.get_profile()
        self.assertEqual(profile.handle, f"{user}.test")
        self.assertEqual(profile.stable_id, self.bluesky.did(user))
        self.assertEqual(profile.proof_method, method)
        self.assertFalse(self.env["social.handle.proof"].sudo().search([]))

    def test_a_code_proves_the_account_and_its_lasting_name_is_kept(self):
        page = self.add("hcode")
        self.assertIn("did not find the code", self.press(page, "/check").text)
        self.bluesky.set_profile("hcode", CODE.search(page.text)[0])
        self.assertIn("✓ Proven", self.press(page, "/check").text)
        self.check_proven("hcode", "code")

    def test_r22_who_logs_in_there_consents_there(self):
        """Without a consent before: the text is read here, the act is the login."""
        notice = self.get_consent().notice_id
        self.withdraw("match")
        self.platform.consent_at_source = True
        page = self.add("hsource", purpose="match", channel="")
        self.assertIn(notice.purpose_statement, page.text)
        self.assertNotIn("/check", page.text)
        back = self.bluesky.log_in(self.leave(page), "hsource")
        page = self.press(self.get(back.removeprefix(self.base_url())), "/account/back")
        self.assertIn("Thank you, you consented", page.text)
        self.check_proven("hsource", "login")
        consent = self.get_consent()
        self.assertEqual((consent.state, consent.platform_id), ("given", self.platform))

    def test_who_logs_in_proves_the_account(self):
        back = self.bluesky.log_in(self.leave(self.add("hlogin")), "hlogin")
        page = self.press(self.get(back.removeprefix(self.base_url())), "/account/back")
        self.assertIn("✓ Proven", page.text)
        self.check_proven("hlogin", "login")

    def test_the_tokens_are_given_back_and_open_nothing_any_more(self):
        told, post = [], bluesky_login._Asks.post_bound

        def overhear(asks, address, key, **values):
            answer = post(asks, address, key, **values)
            told.append((asks, address, key, values, answer))
            return answer

        back = self.bluesky.log_in(self.leave(self.add("hback")), "hback")
        with patch.object(bluesky_login._Asks, "post_bound", overhear):
            self.press(self.get(back.removeprefix(self.base_url())), "/account/back")
        (asks, address, key, values, given), *returned = told
        again = {
            "client_id": values["client_id"],
            "grant_type": "refresh_token",
            "refresh_token": given["refresh_token"],
        }
        with self.assertRaises(ConnectorError):
            asks.post_bound(address, key, **again)
        tokens = [each["token"] for _asks, _address, _key, each, _answer in returned]
        self.assertEqual(tokens, [given["access_token"], given["refresh_token"]])

    def test_who_logs_in_with_another_account_proves_nothing(self):
        self.bluesky.add_user("hother")
        back = self.bluesky.log_in(self.leave(self.add("hmine")), "hother")
        page = self.press(self.get(back.removeprefix(self.base_url())), "/account/back")
        self.assertIn("another account", page.text)
        self.assertFalse(self.get_profile())

    def test_an_answer_of_another_server_is_not_taken(self):
        """Mix-up: what one server said is brought to us as another one's (RFC 9207)."""
        back = self.bluesky.log_in(self.leave(self.add("hmix")), "hmix")
        back = re.sub("iss=[^&]+", "iss=https%3A%2F%2Fevil.example", back)
        page = self.press(self.get(back.removeprefix(self.base_url())), "/account/back")
        self.assertIn("does not answer us", page.text)
        self.assertFalse(self.get_profile())

    def test_a_handle_that_its_account_does_not_claim_leads_nowhere(self):
        page = self.add("hgone")
        self.bluesky.rename("hgone", "hnew.test")
        self.assertIn("does not answer us", self.press(page, "/login").text)

    def test_servers_read_who_we_are(self):
        said = self.get("/social/consent/account/client.json").json()
        self.assertEqual(said["scope"], "atproto")
        self.assertEqual(said["redirect_uris"], [f"{self.base_url()}/social/consent/account/back"])
        self.assertEqual(said["client_id"], f"{self.base_url()}/social/consent/account/client.json")


class TestAccessible(HandlesCase):
    def get_pages(self):
        self.prove()
        waiting = self.add(f"eve@{self.host}").url.removeprefix(self.base_url())
        self.partner.lang = "en_US"
        without = self.env["res.partner"].create({"name": "Eve", "email": "eve@example.com"})
        return {
            "accounts": self.get_path() + "?proven=1",
            "account_add": f"{self.get_data_path()}/accounts",
            "accounts_without": self.get_path(partner=without),
            "account": waiting,
            "account_back": "/social/consent/account/back?code=1&state=2",
        }

    def test_wcag_2_1_aa_on_a_phone(self):
        check_pages(self, self.get_pages())

    def test_in_german_every_word_of_the_pages_is_german(self):
        self.meet_a_german()
        pages = [self.get_path()]
        without = self.get(pages[0]).text
        self.give("match")
        waiting = self.add()
        missing, leaving = self.press(waiting, "/check"), self.press(waiting, "/login")
        back = self.get(
            "/social/consent/account/back?code=1&state=2", headers={"Accept-Language": "de"}
        )
        texts = [without, waiting.text, missing.text, leaving.text, back.text]
        self.prove(user="eve")
        texts += [self.get(pages[0]).text, self.get(f"{self.get_data_path()}/accounts").text]
        for html in texts:
            self.check_german(html, "account")


class TestInABrowser(HandlesCase):
    def do(self, browser, code, then):
        """Run JavaScript that leaves the page, and wait until ``then`` stands on the next one."""
        browser.run(f"window.isOld = true; setTimeout(() => {{ {code} }}, 0); true")
        end = time.monotonic() + 20
        while then not in (self.read(browser) or ""):
            self.assertLess(time.monotonic(), end, f"no page says: {then}")
            time.sleep(0.1)

    def read(self, browser):
        try:
            new = "!window.isOld && document.readyState === 'complete'"
            return browser.run(f"{new} && document.body.innerText")
        except Exception:
            # Between two pages there is none to ask.
            return ""

    def press_in(self, browser, end, then, **values):
        fill = "".join(
            f"f.elements.{name}.value = {json.dumps(value)};" for name, value in values.items()
        )
        form = f"const f = document.querySelector('form[action$=\"{end}\"]');"
        self.do(browser, f"{form}{fill} f.querySelector('[type=submit]').click();", then)

    def test_a_person_logs_in_at_the_own_server_and_comes_back(self):
        with phone(self) as browser:
            browser.open(f"{self.get_data_path()}/accounts")
            values = {"platform": str(self.fediverse.id), "handle": f"@{self.handle}"}
            self.press_in(browser, "/accounts/add", "Prove it by logging in", **values)
            browser.take_picture("account_prove")
            self.press_in(browser, "/login", "You leave for another server")
            self.assertEqual(browser.find_violations(), [])
            browser.take_picture("account_leave")
            there = "document.querySelector('main a').click();"
            self.do(browser, there, "OAuth identify")
            login = {"login": "ada", "passwd": self.passwords["ada"]}
            self.press_in(browser, "/oauth/x-snac-login", "Almost done", **login)
            browser.take_picture("account_back")
            self.press_in(browser, "/account/back", "connected with you")
            browser.take_picture("account_proven")
            self.press_in(browser, "/accounts/remove", "To add an account")
        self.env.invalidate_all()
        self.assertFalse(self.get_profiles())
        said = self.env["social.decision"].sudo().search([("act", "=", "match")])
        self.assertTrue(said.filtered("allowed"))
