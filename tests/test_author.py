"""Who is no customer proves an account, sees what is kept, objects, has it erased (GDPR 15 to 21)."""

import json
import re
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.social_consent_monitoring.models.social_rate_limit import LIMITS, Limit

from axe import check_pages
from common import ADDON, CommonHttp, make_post
from counterparts.snac import Snac

CODE = re.compile(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}")
TEXT = "Where is my parcel?"


@tagged("standard", "post_install", "-at_install")
class AuthorPages(CommonHttp):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.snac = cls.enterClassContext(Snac.temporary("ada"))
        cls.host = cls.snac.base_url.partition("//")[2]
        cls.env["ir.config_parameter"].set_param(f"{ADDON}.allow_private_addresses", "True")
        cls.fediverse, cls.web = (
            cls.env.ref(f"{ADDON}.platform_{n}") for n in ("fediverse", "web")
        )
        cls.env["social.source"].search(
            [("connector", "=", "fediverse")]
        ).address = cls.snac.base_url
        cls.blog = cls.env["social.source"].create(
            {
                "name": "Blog",
                "balancing_test": "We want to know.",
                "platform_id": cls.web.id,
                "connector": "feed",
                "address": "https://blog.example/feed",
            }
        )
        cls.handle = f"ada@{cls.host}"

    def ask(self, handle=None, platform=None):
        """Ask by the form, and return the page that follows."""
        form = {"platform": (platform or self.fediverse).id, "handle": handle or self.handle}
        return self.url_open("/social/author/ask", data=form)

    def prove(self):
        """Show the code on the real server, press the button, and return the page of posts."""
        page = self.ask()
        self.snac.post("ada", f"It is me: {CODE.search(page.text)[0]}")
        return self.url_open(f"{page.url}/check", data={"x": ""})

    def get_request(self):
        return self.env["social.author.request"].search([], limit=1)


class TestProof(AuthorPages):
    def test_who_shows_the_code_sees_the_posts(self):
        self.store(make_post(1, author=self.handle, text=TEXT))
        self.store(make_post(2, author="eve@example.com", text="Not yours"))
        page = self.prove()
        self.assertEqual(page.status_code, 200)
        self.assertIn(TEXT, page.text)
        self.assertIn(self.source.name, page.text)
        self.assertNotIn("Not yours", page.text)
        self.assertEqual(self.get_request().state, "proven")

    def test_without_the_code_nothing_is_shown_nor_said(self):
        self.store(make_post(1, author=self.handle, text=TEXT))
        shapes = set()
        for handle in (self.handle, f"nobody@{self.host}"):
            page = self.ask(handle)
            checked = self.url_open(f"{page.url}/check", data={"x": ""})
            self.assertNotIn(TEXT, page.text + checked.text)
            for each in (page, checked):
                bare = CODE.sub("", each.text).replace(handle, "")
                shapes.add(re.sub(r"/social/author/[\w.-]+", "", bare))
        # The page before the check, and after it: the same for whoever wrote and who did not.
        self.assertEqual(len(shapes), 2)

    def test_the_code_of_one_request_does_not_prove_another(self):
        first, second = self.ask(), self.ask()
        self.snac.post("ada", CODE.search(first.text)[0])
        self.url_open(f"{second.url}/check", data={"x": ""})
        self.assertEqual(self.get_request().state, "open")

    def test_the_database_holds_neither_code_nor_link(self):
        page = self.ask()
        code = CODE.search(page.text)[0]
        stored = str(self.get_request().sudo().read())
        self.assertNotIn(code, stored)
        self.assertNotIn(page.url.rpartition("/")[2], stored)

    def test_a_code_is_over_after_a_week(self):
        page = self.ask()
        self.snac.post("ada", CODE.search(page.text)[0])
        self.get_request()._write({"expires_at": "2020-01-01"})
        checked = self.url_open(f"{page.url}/check", data={"x": ""})
        self.assertIn("Start again", checked.text)
        self.assertEqual(self.get_request().state, "open")

    def test_what_was_proven_is_shown_for_an_hour(self):
        page = self.prove()
        with self.after(hours=2):
            self.assertEqual(self.url_open(page.url).status_code, 404)

    def test_a_proof_is_over_after_a_week(self):
        """Accounts change hands: a link that opens the page for 60 days proves no more by then."""
        self.store(make_post(1, author=self.handle, text=TEXT))
        page = self.ask()
        self.snac.post("ada", CODE.search(page.text)[0])
        self.url_open(f"{page.url}/check", data={"x": ""})
        request = self.get_request()
        for days, counts in ((6, True), (8, False)):
            with self.after(days=days):
                self.assertEqual(request._is_proven(), counts)
                self.assertEqual(TEXT in self.url_open(page.url).text, counts)

    def test_looking_changes_nothing(self):
        page = self.ask()
        self.snac.post("ada", CODE.search(page.text)[0])
        for path in ("", "/check", "/by-hand", "/object", "/erase"):
            for method in ("GET", "HEAD", "OPTIONS"):
                self.url_open(page.url + path, method=method)
        self.assertEqual(self.get_request().state, "open")
        for method in ("GET", "HEAD", "OPTIONS"):
            self.url_open("/social/author/ask", method=method)
        self.assertEqual(len(self.env["social.author.request"].search([])), 1)

    def test_a_link_before_the_proof_opens_nothing(self):
        token = self.ask().url.rpartition("/")[2]
        for path in ("posts", "posts.json"):
            self.assertEqual(self.url_open(f"/social/author/{token}/{path}").status_code, 404)
        for path in ("object", "erase"):
            response = self.url_open(f"/social/author/{token}/{path}", data={"x": ""})
            self.assertEqual(response.status_code, 404)

    def test_a_handle_or_platform_that_is_none_is_refused_in_words(self):
        for form in (
            {"platform": self.fediverse.id, "handle": "ada"},
            {"platform": self.fediverse.id, "handle": ""},
            {"platform": "999999999", "handle": self.handle},
            {"platform": "x", "handle": self.handle},
            {"handle": self.handle},
        ):
            response = self.url_open("/social/author/ask", data=form)
            self.assertEqual(response.status_code, 400)
            self.assertIn('role="alert"', response.text)
        self.assertFalse(self.get_request())

    def test_a_server_that_does_not_answer_is_told(self):
        page = self.ask()
        self.snac.stop()
        checked = self.url_open(f"{page.url}/check", data={"x": ""})
        self.snac.start()
        self.assertIn("does not answer", checked.text)

    def test_too_many_requests_are_stopped(self):
        with patch.dict(LIMITS, author=Limit(0, 1)):
            self.assertEqual(self.ask().status_code, 200)
            self.assertEqual(self.ask().status_code, 429)
        self.assertEqual(len(self.env["social.author.request"].search([])), 1)

    def test_too_many_checks_are_stopped(self):
        page = self.ask()
        with patch.dict(LIMITS, prove=Limit(2, 99)):
            codes = [self.url_open(f"{page.url}/check", data={"x": ""}).status_code for _ in "123"]
        self.assertEqual(codes, [200, 200, 429])


class TestByHand(AuthorPages):
    def test_a_feeds_author_is_checked_by_the_officer(self):
        self.web.write(
            {"terms_verdict": "allowed", "terms_version": "1", "terms_expiry": "2099-12-31"}
        )
        self.blog.action_activate()
        self.blog._store([make_post(1, author="Ada Example", text=TEXT)])
        page = self.ask("Ada Example", self.web)
        code = CODE.search(page.text)[0]
        self.assertEqual(self.get_request().state, "to_check")
        request = self.get_request().with_user(self.officer)
        request.note = "Answered from the address in the blog's imprint."
        with self.assertRaises(UserError):
            request.action_confirm()
        request.said_code = code.lower().replace("-", " ")
        request.action_confirm()
        self.assertIn(TEXT, self.url_open(page.url).text)
        self.assertEqual(request.checked_by_id, self.officer)

    def test_nothing_is_shown_after_a_refusal(self):
        page = self.ask("Ada Example", self.web)
        self.get_request().with_user(self.officer).action_refuse()
        self.assertIn("we show nothing", self.url_open(page.url).text)
        with self.assertRaises(UserError):
            self.get_request().with_user(self.officer).action_confirm()

    def test_what_was_decided_is_not_decided_again(self):
        page = self.ask("Ada Example", self.web)
        request = self.get_request().with_user(self.officer)
        request.note = "Answered from the address in the blog's imprint."
        request.said_code = CODE.search(page.text)[0]
        request.action_confirm()
        for again in (request.action_refuse, request.action_confirm):
            with self.assertRaises(UserError):
                again()
        self.assertEqual(request.state, "proven")

    def test_nobody_types_in_that_it_was_proven(self):
        self.ask("Ada Example", self.web)
        with self.assertRaises(UserError):
            self.get_request().with_user(self.officer).write({"state": "proven"})


class TestRights(AuthorPages):
    def test_the_download_holds_what_the_page_shows(self):
        self.store(make_post(1, author=self.handle, text=TEXT))
        page = self.prove()
        response = self.url_open(page.url + ".json")
        data = json.loads(response.text)
        self.assertEqual(data["account"], self.handle)
        self.assertEqual([post["text"] for post in data["posts"]], [TEXT])
        self.assertEqual(data["posts"][0]["sources"], [self.source.name])

    def test_what_another_company_heard_and_where_is_not_told(self):
        self.source.company_id = self.env.company
        other = self.env["res.company"].create({"name": "Elsewhere"})
        theirs = self.source.copy(
            {"name": "Secret rival", "company_id": other.id, "team_id": False}
        )
        theirs.state = "active"
        both = make_post(1, author=self.handle, text=TEXT)
        self.store(both)
        theirs._store([both, make_post(2, author=self.handle, text="Heard elsewhere")])
        self.env["social.quarantine"]._put_aside(
            theirs, make_post(3, author=self.handle, text="Put aside there"), ValueError()
        )
        page = self.prove()
        self.assertIn(TEXT, page.text)
        self.assertIn(self.source.name, page.text)
        data = self.url_open(page.url + ".json").text
        for foreign in ("Secret rival", "Heard elsewhere", "Put aside there"):
            self.assertNotIn(foreign, page.text)
            self.assertNotIn(foreign, data)

    def test_an_objection_is_recorded_with_its_proof(self):
        self.store(make_post(1, author=self.handle, text=TEXT))
        page = self.prove()
        self.url_open(page.url.replace("/posts", "/object"), data={"x": ""})
        consents = self.env["social.consent"].search([("state", "=", "refused")])
        self.assertEqual(
            set(consents.mapped("purpose_code")), {"monitor", "match", "enrich", "contact"}
        )
        evidence = self.env["social.consent.evidence"].search([], limit=1)
        self.assertIn("code shown in public", evidence.details)
        self.assertNotIn(self.handle, evidence.details)

    def test_erasure_leaves_nothing_but_the_block(self):
        self.store(make_post(1, author=self.handle, text=TEXT))
        self.store(make_post(2, author="eve@example.com", text="Not yours"))
        page = self.prove()
        response = self.url_open(page.url.replace("/posts", "/erase"), data={"x": ""})
        self.assertIn("Deleted", response.text)
        self.env.invalidate_all()
        self.assertFalse(self.env["social.author"].search([("handle", "=", self.handle)]))
        self.assertEqual(self.env["social.mention"].search([("text", "=", TEXT)]).ids, [])
        self.assertTrue(self.env["social.mention"].search([("text", "=", "Not yours")]))
        self.assertFalse(self.get_request())
        found = self.env["social.suppression"]._find(
            "handle", [f"fediverse/{self.handle}"], "monitor"
        )
        self.assertTrue(found)
        self.assertEqual(self.url_open(page.url).status_code, 410)
        self.store(make_post(3, author=self.handle, text="Again"))
        self.assertFalse(self.env["social.mention"].search([("text", "=", "Again")]))

    def test_an_erased_persons_requests_are_forgotten(self):
        self.ask()
        self.ask(f"eve@{self.host}")
        self.env["social.author.request"]._forget({f"fediverse/{self.handle}"})
        self.assertEqual(self.get_request().handle, f"eve@{self.host}")
        self.assertEqual(len(self.env["social.author.request"].search([])), 1)


class TestAccessible(AuthorPages):
    def test_wcag_2_1_aa_on_a_phone(self):
        self.store(make_post(1, author=self.handle, text=TEXT))
        by_hand = self.ask("Ada Example", self.web).url
        open_request = self.ask().url
        links = self.env["social.link"]
        [(_record, subject)] = self.partner._ensure_subjects()
        token = links._make_token(links._make_withdrawal(subject, "contact", "email"))
        pages = {
            "author_start": "/social/author",
            "author_request": open_request,
            "author_by_hand": by_hand,
            "author_posts": self.prove().url,
            "one_click": f"/social/consent/{token}/one-click",
        }
        check_pages(self, pages)
