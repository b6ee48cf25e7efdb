"""“Add a Source”: a word, a look at the first posts, and a source; nothing is read unasked."""

import json
from dataclasses import replace
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import podcast
from odoo.addons.social_consent_monitoring.connectors.presets import PRESETS
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.wizards import social_source_wizard

from common import ADDON
from counterparts.hostile import item, rss
from counterparts.platforms import KEY, YouTube
from test_import import ALLOW_PRIVATE, ImportCase


class WizardCase(ImportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.web = cls.env.ref(f"{ADDON}.platform_web")
        cls.confirm(cls.web)

    @classmethod
    def confirm(cls, platform, verdict="allowed"):
        platform.write(
            {"terms_version": "1", "terms_verdict": verdict, "terms_expiry": "2099-01-01"}
        )

    def wizard(self, path="/good", **values):
        values = {
            "preset": "feed",
            "address": self.server.url(path),
            "balancing_test": "Public posts that name us.",
            **values,
        }
        return self.env["social.source.wizard"].with_user(self.manager).create(values)

    def requests_of(self, wizard):
        """Look, and return what it found and the paths that were asked for."""
        before = len(self.server.requests)
        found = wizard._look()
        return found, [path for path, _headers in self.server.requests[before:]]


class TestLook(WizardCase):
    def test_the_first_posts_are_shown_and_nothing_is_stored(self):
        hours = {n: f"Mon, 02 Nov 2026 1{n}:00:00 GMT" for n in range(1, 7)}
        self.server.serve("/six", rss(*(item(n, f"Post {n}", hours[n]) for n in hours)))
        tables = ("social.mention", "social.source", "social.author", "social.import.run")
        before = [self.env[name].search_count([]) for name in tables]
        found, _paths = self.requests_of(self.wizard("/six"))
        self.assertEqual((found["good"], len(found["rows"])), (6, 5))
        for number, row in zip((6, 5, 4, 3, 2), found["rows"], strict=True):
            self.assertIn(f"Post {number}", row["text"])
        self.assertEqual([self.env[name].search_count([]) for name in tables], before)

    def test_what_would_be_left_out_is_counted_by_reason(self):
        self.server.serve("/mixed", rss(item(1), item(1), item(2, date=""), item(3)))
        self.env["social.tombstone"].sudo()._bury(self.web, ["https://site.example/3"])
        found, _paths = self.requests_of(self.wizard("/mixed"))
        self.assertEqual(found["good"], 1)
        counts = {each["reason"]: each["count"] for each in found["refused"]}
        self.assertEqual(
            counts, {"the same post twice": 1, "unreadable date": 1, "deleted by their authors": 1}
        )

    def test_nothing_is_read_before_the_terms_are_confirmed(self):
        for verdict, expiry in (
            (False, False),
            ("forbidden", "2099-01-01"),
            ("allowed", "2020-01-01"),
        ):
            self.web.write({"terms_verdict": verdict, "terms_expiry": expiry})
            wizard = self.wizard()
            found, paths = self.requests_of(wizard)
            self.assertTrue(found["problem"], verdict)
            self.assertNotIn("rows", found)
            self.assertFalse(paths)
            self.assertNotIn(wizard.terms_state, ("valid", "warning"))

    def test_nothing_is_read_before_the_balancing_test_is_written(self):
        draft = self.env["social.source"]._get_balancing_draft()
        found, paths = self.requests_of(self.wizard(balancing_test=draft))
        self.assertTrue(found["problem"])
        self.assertFalse(paths)

    def test_nothing_is_read_of_a_person_who_did_not_consent(self):
        for values in (
            {"preset": "blog", "word": "ada example", "address": self.server.url("/")},
            {"address": self.server.url("/ada-example.rss")},
        ):
            log = self.env["social.decision"].search([], limit=1)
            found, paths = self.requests_of(self.wizard(**values))
            self.assertIn("names a person", found["problem"])
            self.assertFalse(paths)
            refusal = self.env["social.decision"].search(
                [("id", ">", log.id), ("act", "=", "monitor")]
            )
            self.assertEqual(refusal.mapped("allowed"), [False])
        self.give("monitor")
        _found, paths = self.requests_of(self.wizard("/ada-example.rss"))
        self.assertTrue(paths)

    def test_what_goes_wrong_is_said_with_what_to_do(self):
        self.patch(social_source_wizard, "DEADLINE", 1)
        for path, words in {
            "/html": "is no feed",
            "/missing": "error 404",
            "/large": "larger than the limit",
            "/slow-body": "did not answer",
            "/entity-bomb": "entities",
            "/members-only": "logged in",
        }.items():
            found, _paths = self.requests_of(self.wizard(path))
            self.assertIn(words, found["problem"], path)
            self.assertTrue(found["advice"], path)
            self.assertNotIn("by itself", found["advice"], path)

    def test_a_host_that_is_not_there_is_said(self):
        found, _paths = self.requests_of(self.wizard(address="http://127.0.0.1:1/feed"))
        self.assertIn("cannot be reached", found["problem"])
        self.assertIn("Check what you entered", found["advice"])

    def test_a_missing_library_key_or_word_and_private_networks_are_said(self):
        with patch.object(connectors, "CONNECTORS", dict(connectors.CONNECTORS)):
            known = connectors.CONNECTORS
            known["feed"] = connectors.Connector("no_such_module", "feedparser")
            found, _paths = self.requests_of(self.wizard())
        self.assertIn("feedparser", found["problem"])
        self.confirm(self.env.ref(f"{ADDON}.platform_bluesky"))
        found, _paths = self.requests_of(self.wizard(preset="bluesky", word="parcel"))
        self.assertIn("who asks", found["problem"])
        found, _paths = self.requests_of(self.wizard(preset="youtube", word="@somebody"))
        self.assertIn("channel", found["problem"])
        self.assertNotIn("hashtag", found["advice"])
        self.env["ir.config_parameter"].set_param(ALLOW_PRIVATE, "False")
        found, paths = self.requests_of(self.wizard())
        self.assertIn("private network", found["problem"])
        self.assertFalse(paths)

    def test_a_defect_of_ours_is_logged_without_the_posts(self):
        def fail(*_args):
            raise ValueError("-".join(("told", "to", "nobody")))

        with (
            patch.object(connectors, "fetch", fail),
            self.assertLogs(social_source_wizard.__name__) as logs,
        ):
            found, _paths = self.requests_of(self.wizard())
        self.assertIn("cannot be read", found["problem"])
        self.assertNotIn("told-to-nobody", "".join(logs.output))

    def test_a_host_that_wants_to_be_left_alone_is_not_asked_again(self):
        self.server.serve("/busy", "later", 429, Retry_After="600")
        found, _paths = self.requests_of(self.wizard("/busy"))
        self.assertIn("less often", found["problem"])
        found, paths = self.requests_of(self.wizard("/good"))
        self.assertIn("Try again at", found["advice"])
        self.assertFalse(paths)

    def test_nothing_stays_locked_while_a_server_is_waited_for(self):
        commits, seen = [], []
        cron = type(self.env["ir.cron"])
        self.patch(cron, "_commit_progress", lambda *_args, **_kwargs: commits.append(1))

        def answer(_path):
            seen.append(len(commits))
            return rss(item(1)).encode()

        self.server.answer("/watching", answer)
        self.wizard("/watching").action_preview()
        self.assertEqual(seen, [1])

    def test_no_look_takes_longer_than_a_person_waits(self):
        self.assertLessEqual(social_source_wizard.DEADLINE, 15)
        draft = self.wizard()._make_draft()
        self.assertEqual(draft._prepare_query(deadline=15).deadline, 15)


class TestWindow(WizardCase):
    def shown(self, wizard, action):
        return wizard.with_context(**action["context"])

    def look(self, wizard):
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_kwargs: 0)
        return wizard.action_preview()

    def test_it_shows_what_the_last_look_found_and_only_for_that_question(self):
        self.server.serve("/one", rss(item(1, "&lt;b&gt;Bold&lt;/b&gt; &amp;lt;script&amp;gt;")))
        wizard = self.wizard("/one")
        action = self.look(wizard)
        again = self.shown(wizard, action)
        self.assertIn("One post is there now", again.preview)
        self.assertIn("&lt;script&gt;", again.preview)
        self.assertNotIn("<script", again.preview)
        again.address = self.server.url("/other")
        self.assertFalse(again.preview)
        self.assertFalse(self.wizard("/one").preview)

    def test_what_a_browser_makes_up_does_no_harm(self):
        wizard = self.wizard()
        rows = [{"text": "<script>x</script>", "published": "", "url": ""}]
        for found in (
            "junk",
            "[]",
            "7",
            json.dumps({"rows": rows, "good": 1, "refused": [], "for": wizard._get_asked()}),
        ):
            preview = wizard.with_context(social_source_found=found).preview or ""
            self.assertNotIn("<script", preview)

    def test_every_preset_can_be_chosen_and_knows_its_platform(self):
        field = self.env["social.source.wizard"]._fields["preset"]
        self.assertEqual(set(field.get_values(self.env)), set(PRESETS))
        for name, preset in PRESETS.items():
            with Form(self.env["social.source.wizard"].with_user(self.manager)) as form:
                form.preset = name
                self.assertEqual(form.platform_id.code, preset.platform)
                for asked in ("word", "address", "account"):
                    self.assertEqual(form[f"needs_{asked}"], asked in preset.asks)

    def test_a_podcast_is_found_by_its_name_and_what_it_leads_to_stays_in_the_window(self):
        self.confirm(self.env.ref(f"{ADDON}.platform_podcast"))
        self.patch(podcast, "DIRECTORY", self.server.url("/search"))
        results = {"results": [{"feedUrl": self.server.url("/good")}]}
        self.server.serve("/search", json.dumps(results))
        wizard = self.wizard(preset="podcast", word="Lost & Found", address=False)
        found, paths = self.requests_of(wizard)
        self.assertTrue(found["rows"])
        self.assertEqual([path.partition("?")[0] for path in paths], ["/search", "/good"])
        self.assertEqual(wizard.word, self.server.url("/good"))
        self.assertEqual(wizard.name, "Podcast: Lost & Found")
        straight = self.wizard(preset="podcast", word="Lost & Found", address=False)
        source = self.env["social.source"].browse(straight.action_add()["res_id"])
        self.assertEqual(source.address, self.server.url("/good"))
        self.server.serve("/search", json.dumps({"results": []}))
        nothing = self.wizard(preset="podcast", word="Lost & Found", address=False)
        self.assertIn("no podcast of this name", nothing._look()["problem"])
        with self.assertRaisesRegex(UserError, "address of its feed"):
            nothing.action_add()

    def test_r24_no_directory_learns_the_name_of_a_person_or_of_a_source_that_may_not_start(self):
        platform = self.env.ref(f"{ADDON}.platform_podcast")
        self.patch(podcast, "DIRECTORY", self.server.url("/search"))
        wizard = self.wizard(preset="podcast", word="Our show", address=False)
        found, paths = self.requests_of(wizard)
        self.assertTrue(found["problem"])
        self.assertFalse(paths)
        self.confirm(platform)
        wizard = self.wizard(preset="podcast", word="Ada Example", address=False)
        found, paths = self.requests_of(wizard)
        self.assertIn("names a person", found["problem"])
        self.assertFalse(paths)
        with self.assertRaises(ConsentRequired):
            wizard.action_add()

    def test_the_handle_of_a_channel_is_enough_where_there_is_a_key(self):
        self.confirm(self.env.ref(f"{ADDON}.platform_youtube"))
        wizard = self.wizard(preset="youtube", word="@Nordlicht", address=False)
        self.assertIn("not the id of a channel", wizard._look()["problem"])
        with YouTube() as server:
            server.handles["@Nordlicht"] = channel = "UC" + "a" * 22
            ours = replace(connectors.CONNECTORS["youtube"], address=server.url(""))
            self.startPatcher(patch.dict(connectors.CONNECTORS, {"youtube": ours}))
            self.env["social.account"].create(
                {
                    "name": "Key",
                    "connector": "youtube",
                    "address": server.url(""),
                    "secret": KEY,
                    "company_id": self.env.company.id,
                }
            )
            source = self.env["social.source"].browse(wizard.action_add()["res_id"])
        self.assertEqual(source.address.partition("?")[2], f"channel_id={channel}")
        self.assertEqual((source.connector, source.term), ("feed", "@Nordlicht"))
        self.assertFalse(source.account_id)

    def test_without_the_platform_of_its_own_it_counts_as_the_web(self):
        self.env.ref(f"{ADDON}.platform_podcast").active = False
        self.assertEqual(self.wizard(preset="podcast").platform_id, self.web)

    def test_people_need_not_know_how_an_address_begins(self):
        wizard = self.wizard(
            preset="discourse", word="#Delivery", address=" forum.example.org/latest "
        )
        vals = wizard._prepare_source_vals()
        self.assertEqual(vals["address"], "https://forum.example.org/tag/delivery.rss")
        self.assertEqual(vals["term"], "delivery")
        self.assertEqual(vals["name"], "Discourse forum: #Delivery")

    def test_it_makes_a_source_that_imports_what_was_shown(self):
        found, _paths = self.requests_of(self.wizard())
        action = self.wizard(name="Their blog").action_start()
        source = self.env["social.source"].browse(action["res_id"])
        self.assertEqual((source.name, source.state), ("Their blog", "active"))
        self.assertEqual(source.balancing_test, "Public posts that name us.")
        source._import()
        self.assertEqual(len(self.mentions(source)), found["good"])

    def test_it_starts_nothing_that_may_not_start(self):
        self.web.terms_verdict = False
        count = self.env["social.source"].search_count([])
        with self.assertRaises(ConsentRequired), self.env.cr.savepoint():
            self.wizard().action_start()
        self.assertEqual(self.env["social.source"].search_count([]), count)
        source = self.env["social.source"].browse(self.wizard().action_add()["res_id"])
        self.assertEqual(source.state, "draft")
        with self.assertRaisesRegex(UserError, "channel"):
            self.wizard(preset="youtube", word="x").action_add()

    def test_who_confirms_the_terms_comes_back(self):
        wizard = self.wizard()
        action = wizard.action_terms()
        terms = (
            self.env["social.terms.wizard"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"has_read": True, "version": "2", "verdict": "allowed"})
        )
        back = terms.action_confirm()
        self.assertEqual((back["res_model"], back["res_id"]), (wizard._name, wizard.id))
        self.assertEqual(self.web.terms_version, "2")
        self.assertEqual(terms.action_back()["res_id"], wizard.id)

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_model")
    def test_it_is_for_managers(self):
        other = new_test_user(self.env, "other", groups=f"{ADDON}.group_social_user")
        with self.assertRaises(AccessError):
            self.wizard().with_user(other).action_preview()
        with self.assertRaises(AccessError):
            self.env["social.source.wizard"].with_user(other).create({"preset": "feed"})

    def test_an_imprint_binds_whoever_reads_with_an_account(self):
        platform = self.env.ref(f"{ADDON}.platform_fediverse")
        self.confirm(platform, "imprint_ban")
        account = self.env["social.account"].create(
            {"name": "Ours", "connector": "fediverse", "address": "https://social.example"}
        )
        source = self.env["social.source"].create(
            {
                "name": "Tag",
                "connector": "fediverse",
                "address": "https://social.example",
                "term": "#parcel",
                "platform_id": platform.id,
            }
        )
        self.assertEqual(source.terms_state, "warning")
        source.account_id = account
        self.assertEqual(source.terms_state, "accepted")
        self.assertEqual(platform.terms_state, "warning")
