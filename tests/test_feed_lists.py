"""Feed lists in Odoo: what comes in are drafts of sources, and only managers take addresses out."""

import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from odoo.addons.social_consent_monitoring.connectors import opml
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common, CommonHttp

PLATFORM = f"{ADDON}.platform_web"


def packed(*feeds):
    return base64.b64encode(opml.write("Mine", [opml.Feed(*feed) for feed in feeds]))


class FeedListCase(Common):
    def setUp(self):
        super().setUp()
        self.env = self.env(user=self.manager)
        self.known = self.make("Known", "https://known.example/rss")

    def make(self, name, address, **values):
        return self.env["social.source"].create(
            {
                "name": name,
                "connector": "feed",
                "address": address,
                "platform_id": self.env.ref(PLATFORM).id,
                **values,
            }
        )

    def load(self, file):
        form = Form(self.env["social.opml.import"])
        form.file = file
        return form

    def states(self, form):
        return [line["state"] for line in form.line_ids._records]


class TestFeedListIn(FeedListCase):
    def test_the_preview_says_what_is_new_known_or_unusable_and_makes_nothing(self):
        before = self.env["social.source"].search_count([])
        form = self.load(
            packed(
                ("New", "https://new.example/rss"),
                ("Known", "http://KNOWN.example/rss"),
                ("Again", "https://new.example/rss"),
                ("Login", "https://me:secret@new.example/rss"),
                ("File", "file:///etc/passwd"),
            )
        )
        expected = ["new", "known", "duplicate", "credentials", "address"]
        self.assertEqual(self.states(form), expected)
        self.assertEqual(form.wanted_count, 1)
        self.assertNotIn("secret", str(form.line_ids._records))
        self.assertEqual(self.env["social.source"].search_count([]), before)

    def test_an_archived_source_is_known_too(self):
        self.known.active = False
        form = self.load(packed(("Known", "https://known.example/rss")))
        self.assertEqual(self.states(form), ["known"])

    def test_chosen_feeds_become_sources_that_nobody_has_started(self):
        form = self.load(
            packed(
                ("One", "https://1.example/"),
                ("Two", "https://2.example/"),
                ("Three", "https://3.example/"),
            )
        )
        form.user_id = self.clerk
        form.balancing_test = "Public posts that name us."
        with form.line_ids.edit(1) as line:
            line.wanted = False
        with form.line_ids.edit(2) as line:
            line.title = "Third"
        action = form.save().action_import()
        sources = self.env["social.source"].search(action["domain"])
        self.assertEqual(sources.mapped("name"), ["One", "Third"])
        self.assertEqual(sources.mapped("address"), ["https://1.example/", "https://3.example/"])
        self.assertEqual(set(sources.mapped("state")), {"draft"})
        self.assertEqual(sources.user_id, self.clerk)
        self.assertEqual(set(sources.mapped("balancing_test")), {"Public posts that name us."})
        self.assertEqual(sources.platform_id, self.env.ref(PLATFORM))

    def test_r16_a_feed_of_a_platform_that_we_know_counts_as_its(self):
        form = self.load(
            packed(("R", "https://www.reddit.com/search.rss?q=a"), ("Two", "https://2.example/"))
        )
        sources = self.env["social.source"].search(form.save().action_import()["domain"])
        platforms = {source.name: source.platform_id.code for source in sources}
        self.assertEqual(platforms, {"R": "reddit", "Two": "web"})

    def test_r24_it_says_which_feeds_name_a_person(self):
        form = self.load(
            packed(("Ada Example", "https://1.example/"), ("Two", "https://2.example/"))
        )
        with self.assertRaisesRegex(ConsentRequired, "these feeds: Ada Example$"):
            form.save().action_import()

    def test_what_was_shown_is_looked_at_again(self):
        form = self.load(packed(("One", "https://1.example/"), ("Two", "https://2.example/")))
        wizard = form.save()
        self.make("One", "https://1.example/")
        wizard.line_ids[1].address = "https://me:secret@2.example/"
        with self.assertRaises(UserError):
            wizard.action_import()

    def test_a_bad_file_says_what_is_wrong(self):
        for body, words in (
            (b"", "empty"),
            (b"<html/>", "no feed list"),
            (b"<opml><body>\n<outline", "line 2"),
            (b'<!DOCTYPE opml [<!ENTITY a "b">]><opml/>', "entities"),
            (b" " * (opml.MAX_BYTES + 1), "larger than the limit"),
        ):
            form = self.load(base64.b64encode(body or b" "))
            self.assertIn(words, form.problem)
            self.assertFalse(form.line_ids._records)

    def test_only_managers_import(self):
        for user in (self.clerk, self.officer, self.employee):
            with self.assertRaises(AccessError):
                self.env["social.opml.import"].with_user(user).create({})

    def test_nobody_sees_what_another_loads(self):
        wizard = self.load(packed(("One", "https://1.example/"))).save()
        other = self.clerk
        other.sudo().group_ids += self.env.ref(f"{ADDON}.group_social_manager")
        self.assertFalse(wizard.line_ids.with_user(other).search([]))
        with self.assertRaises(AccessError):
            wizard.with_user(other).action_import()


class TestFeedListOut(FeedListCase):
    def export(self, sources):
        server_action = self.env.ref(f"{ADDON}.action_export_feed_list")
        context = {"active_model": "social.source", "active_ids": sources.ids}
        action = server_action.with_context(**context).run()
        return self.env["social.opml.export"].browse(action["res_id"])

    def test_what_was_exported_comes_in_again(self):
        second = self.make("Other <&>", "https://other.example/rss?key=s3cret&tag=a")
        wizard = self.export(self.known | second)
        feeds = opml.parse(base64.b64decode(wizard.file))
        self.assertEqual([feed.title for feed in feeds], ["Known", "Other <&>"])
        self.assertEqual([feed.folders for feed in feeds], [(second.platform_id.name,)] * 2)
        file = wizard.file
        self.assertEqual(self.states(self.load(file)), ["known"] * 2)
        (self.known | second).unlink()
        self.assertEqual(self.states(self.load(file)), ["new"] * 2)

    def test_only_feeds_go_out(self):
        wizard = self.export(self.known | self.source.with_env(self.env))
        self.assertEqual(wizard.source_ids, self.known)
        with self.assertRaises(UserError):
            self.export(self.source.with_env(self.env))

    def test_addresses_are_for_managers(self):
        for user in (self.clerk, self.officer):
            with self.assertRaises(AccessError):
                self.env["social.opml.export"].with_user(user)._get_action(self.known)


class TestFeedListDownload(CommonHttp):
    def test_the_file_is_its_makers_only(self):
        feed = self.env["social.source"].create(
            {
                "name": "Keyed",
                "connector": "feed",
                "address": "https://a.example/rss?key=s3cret",
                "platform_id": self.env.ref(PLATFORM).id,
            }
        )
        exports = self.env["social.opml.export"].with_user(self.manager)
        wizard = exports.browse(exports._get_action(feed)["res_id"])
        url = wizard.action_download()["url"]
        self.authenticate("manager", "manager")
        answer = self.url_open(url)
        self.assertIn("attachment", answer.headers["Content-Disposition"])
        self.assertIn(b"s3cret", answer.content)
        for login in ("clerk", "employee", None):
            self.authenticate(login, login)
            self.assertNotIn(b"s3cret", self.url_open(url).content)
