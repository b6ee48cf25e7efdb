"""The public page of sources: it tells everybody what is read and why, and names nobody (R14)."""

import re

from axe import check_pages
from common import ADDON, CommonHttp

SECRET = "s3cr3t-key"


class SourcesPage(CommonHttp):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.write({"email": "hello@controller.example", "phone": "+49 30 1234"})
        cls.web = cls.env.ref(f"{ADDON}.platform_web")
        cls.web.write(
            {"terms_verdict": "allowed", "terms_version": "1", "terms_expiry": "2999-12-31"}
        )

    def make(self, **values):
        return self.env["social.source"].create(
            {
                "name": "Our rival's blog",
                "balancing_test": "An inner thought.",
                "platform_id": self.web.id,
                "connector": "feed",
                "address": f"https://ada:{SECRET}@blog.example/feed/{SECRET}?key={SECRET}",
                "state": "active",
                **values,
            }
        )

    def get(self, company=None, status=200, **options):
        number = (company or self.company).id
        response = self.url_open(f"/social/sources?company={number}", **options)
        self.env.invalidate_all()
        self.assertEqual(response.status_code, status)
        return response

    def read(self, *args, **options):
        """Return the words of the page."""
        html = self.get(*args, **options).text
        return " ".join(re.sub(r"<[^>]+>", " ", html).split())


class TestWhatItSays(SourcesPage):
    def test_r14_it_names_where_why_how_long_who_and_how_to_object(self):
        self.make()
        html = self.get().text
        for said in (
            self.company.name,
            "hello@controller.example",
            "Fediverse",
            "fediverse.example",
            "A hashtag",
            self.web.name,
            "blog.example",
            "Art. 6(1)(f)",
            "730 days after we read it",
            "within 24 hours",
            "supervisory authority",
            "how many people reacted",
            "subject and mood",
            'href="/social/author"',
            'href="/social/consent"',
        ):
            self.assertIn(said, html)

    def test_what_is_asked_for_and_whatever_may_be_a_key_stays_here(self):
        self.make()
        self.source.term = "rivalbrand"
        html = self.get().text
        for hidden in (SECRET, "ada", "Our rival", "inner thought", "rivalbrand", "/feed"):
            self.assertNotIn(hidden, html)

    def test_managers_describe_a_source_and_hide_none_that_is_active(self):
        source = self.make(public_name="News of our trade")
        self.assertIn("News of our trade, blog.example", self.read().replace(" ,", ","))
        source.public_name = False
        self.assertIn("blog.example", self.read())
        source.active = False
        said = self.read()
        self.assertIn("blog.example", said)
        self.assertIn("not at present", said)

    def test_what_was_never_started_is_not_read(self):
        self.make(state="draft")
        self.assertNotIn("blog.example", self.read())
        self.source.state = "draft"
        self.assertIn("At present we read nothing", self.read())

    def test_periods_and_demands_are_those_that_are_set(self):
        self.env["ir.config_parameter"].set_param(f"{ADDON}.retention_mention", "90")
        self.source.platform_id.write({"keep_days": 30, "follow": False})
        said = self.read()
        self.assertIn("90 days after we read it", said)
        self.assertIn("At most 30 days", said)
        self.assertIn("we do not notice by ourselves", said)
        self.env["ir.config_parameter"].set_param(f"{ADDON}.retention_mention", "0")
        self.assertIn("Until you object", self.read())

    def test_it_does_not_claim_that_nothing_leaves_where_something_may(self):
        self.assertIn("No data of our customers goes", self.read())
        self.web.terms_allow_push = True
        self.assertNotIn("No data of our customers goes", self.read())


class TestWatched(SourcesPage):
    def watch(self, **values):
        self.give("monitor")
        return self.make(
            name="One of ours",
            public_name="Ada herself",
            address="https://ada-example.example/feed",
            watched_partner_id=self.partner.id,
            **values,
        )

    def test_r24_who_is_watched_is_named_by_nothing(self):
        before = self.get().text
        self.watch()
        html = self.get().text
        self.assertIn("Who they are stands on no page", html)
        for telling in ("Ada", "ada-example", "One of ours", self.web.name):
            self.assertNotIn(telling, html)
        self.assertNotIn("Who they are", before)

    def test_another_company_does_not_say_that_this_one_watches(self):
        other = self.env["res.company"].create({"name": "Another Controller"})
        self.watch()
        self.assertNotIn("Who they are", self.read(other))


class TestWhoSees(SourcesPage):
    def test_everybody_sees_it_without_a_cookie_and_caches_may_keep_it(self):
        response = self.get()
        self.assertEqual(response.headers["Cache-Control"], "public, max-age=3600")
        self.assertEqual(response.headers["Vary"], "Accept-Language")
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertNotIn("noindex", response.text + response.headers.get("X-Robots-Tag", ""))

    def test_the_short_address_leads_to_the_companys_own(self):
        response = self.url_open("/social/sources", allow_redirects=False)
        self.assertEqual(response.status_code, 302)
        self.assertTrue(response.headers["Location"].endswith(f"?company={self.company.id}"))

    def test_each_company_has_its_own(self):
        other = self.env["res.company"].create(
            {"name": "Another Controller", "email": "other@controller.example"}
        )
        said = self.read(other)
        self.assertIn("Another Controller", said)
        self.assertIn("other@controller.example", said)
        self.assertNotIn("hello@controller.example", said)

    def test_where_it_is_switched_off_there_is_nothing_and_no_link_to_it(self):
        link = "What we read in public, and why"
        self.assertIn(link, self.url_open("/social/author").text)
        self.assertIn(link, self.url_open("/social/consent").text)
        self.assertNotIn(f">{link}</a>", self.get().text)
        self.company.social_sources_page = False
        self.assertNotIn(self.company.name, self.get(status=404).text)
        self.assertEqual(self.url_open("/social/sources").status_code, 404)
        self.assertNotIn(link, self.url_open("/social/author").text)

    def test_what_is_no_company_gets_nothing(self):
        for wrong in ("0", "x", "-1", "9" * 30, "999999999", "", "²"):
            response = self.url_open(f"/social/sources?company={wrong}")
            self.assertEqual(response.status_code, 404, wrong)

    def test_nobody_writes_to_it(self):
        response = self.url_open(f"/social/sources?company={self.company.id}", data={"x": ""})
        self.assertEqual(response.status_code, 405)

    def test_managers_open_it_from_a_source_and_clerks_do_too(self):
        for user in (self.manager, self.clerk):
            action = self.source.with_user(user).action_view_public()
            self.assertEqual(action["url"], f"/social/sources?company={self.company.id}")

    def test_the_switch_is_a_setting_whose_change_is_logged(self):
        self.assertTrue(self.company.social_sources_page)
        self.env["res.config.settings"].create({"social_sources_page": False}).execute()
        self.assertFalse(self.company.social_sources_page)
        change = self.env["social.policy.change"].search([], limit=1)
        self.assertEqual(change.summary, "Public Page of Sources: yes → no")

    def test_in_german_every_word_is_german(self):
        self.speak_german(everywhere=True)
        self.give("monitor")
        self.make()
        html = self.get(headers={"Accept-Language": "de"}).text
        self.check_german(html, "Where", "days")

    def test_wcag_2_1_aa_on_a_phone(self):
        self.make(public_name="A rather long description of what this source is about " * 2)
        pages = {
            "sources": f"/social/sources?company={self.company.id}",
            "sources_none": "/social/sources?company=0",
        }
        check_pages(self, pages)
