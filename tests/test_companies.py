"""Several companies in one database: each hears for itself, with its own sources and keys (Art. 4)."""

import base64
import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common, CommonHttp, make_post

HELD = (
    "social.source",
    "social.account",
    "social.import.run",
    "social.quarantine",
    "social.upload",
    "social.mention",
)


UPLOAD = base64.b64encode(b"id,text,published,visibility\n1,Late,2026-05-01,public\n")


class Companies:
    """A source, an account, and all that comes of them in company A; staff of company B."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ours = cls.env.company
        cls.theirs = cls.env["res.company"].create({"name": "Their Company"})
        cls.platform = cls.source.platform_id
        cls.source.company_id = cls.ours
        cls.account = cls.env["social.account"].create(
            {
                "name": "Our account",
                "connector": "fediverse",
                "address": "https://fediverse.example",
                "login": "us@fediverse.example",
                "secret": "our key",
            }
        )
        cls.staff = {
            group: cls.make_user(f"their_{group.rpartition('_')[2]}", group)
            for group in ("social_user", "social_manager", "privacy_officer", "system")
        }
        cls.their_clerk = cls.staff["social_user"]
        cls.their_manager = cls.staff["social_manager"]

    @classmethod
    def make_user(cls, login, group):
        group = "base.group_system" if group == "system" else f"{ADDON}.group_{group}"
        return new_test_user(
            cls.env,
            login,
            groups=group,
            company_id=cls.theirs.id,
            company_ids=[(6, 0, cls.theirs.ids)],
        )

    def make(self, user=None, **values):
        sources = self.env["social.source"].with_user(user or self.env.user)
        return sources.create(
            {
                "name": "A source",
                "connector": "fediverse",
                "kind": "tag",
                "term": "parcel",
                "address": "https://fediverse.example",
                "platform_id": self.platform.id,
                "balancing_test": "We want to hear of delays.",
                "state": "active",
                **values,
            }
        )

    def make_theirs(self, **values):
        return self.make(company_id=self.theirs.id, **values)

    def fill(self):
        """Let our source bring one of everything, and return the records."""
        mention = self.store()
        run = self.env["social.import.run"]._begin(self.source)
        self.env["social.quarantine"]._put_aside(self.source, make_post(2), ValueError())
        self.env["social.upload"]._add(self.source, [make_post(3)])
        owned = [("source_id", "=", self.source.id)]
        return {
            "social.source": self.source,
            "social.account": self.account,
            "social.import.run": run,
            "social.quarantine": self.env["social.quarantine"].search(owned),
            "social.upload": self.env["social.upload"].search(owned),
            "social.mention": mention,
        }


class TestSeparate(Companies, Common):
    def test_staff_of_another_company_find_and_read_nothing_of_ours(self):
        made = self.fill()
        for name in HELD:
            for user in self.staff.values():
                records = made[name].with_user(user)
                if not records.browse().has_access("read"):
                    continue
                with self.subTest(model=name, user=user.login):
                    self.assertTrue(made[name])
                    self.assertFalse(records.search([]) & made[name])
                    self.assertFalse(records.has_access("read"))
                    with self.assertRaises(AccessError):
                        records.read(["display_name"])

    def test_what_brands_a_company_listens_to_is_not_told_to_another(self):
        ours, shared = self.env["social.brand"].create(
            [{"name": "Our rival"}, {"name": "Everybody's", "company_id": False}]
        )
        self.source.brand_id = ours
        mentions = self.store(*(make_post(n, author=f"u{n}@social.example") for n in range(9)))
        # Another company hears the same posts, so its staff see them.
        self.make_theirs()._store([make_post(n, author=f"u{n}@social.example") for n in range(9)])
        for user in (self.their_clerk, self.their_manager):
            brands = self.env["social.brand"].with_user(user)
            self.assertIn(shared, brands.search([]))
            self.assertNotIn(ours, brands.search([]))
            heard = mentions.with_user(user).with_context(social_analysis=True)
            self.env.invalidate_all()
            self.assertEqual(len(heard.search([("id", "in", mentions.ids)])), 9)
            self.assertFalse(heard.brand_id)
            self.assertFalse(heard.search([("brand_id", "in", ours.ids)]))
            self.assertFalse(heard.search([("brand_id.name", "=", "Our rival")]))
            self.assertEqual(
                len(heard.search([("brand_id", "=", False), ("id", "in", mentions.ids)])), 9
            )
            [(brand, count)] = heard._read_group(
                [("id", "in", mentions.ids)], ["brand_id"], ["__count"]
            )
            self.assertEqual((len(brand), count), (0, 9))
            names = heard.formatted_read_group([("id", "in", mentions.ids)], ["brand_id"])
            self.assertNotIn("Our rival", str(names))
        self.assertEqual(mentions[0].brand_id, ours)
        with self.assertRaises(AccessError):
            shared.with_user(self.their_manager).name = "Theirs"

    def test_a_source_listens_to_a_brand_of_its_company_or_to_a_shared_one(self):
        theirs, shared = self.env["social.brand"].create(
            [
                {"name": "Rival", "company_id": self.theirs.id},
                {"name": "Rival", "company_id": False},
            ]
        )
        with self.assertRaises(ValidationError):
            self.source.brand_id = theirs
        self.source.brand_id = shared
        with self.assertRaises(ValidationError):
            shared.company_id = self.theirs
        with self.assertRaises(ValidationError):
            self.make(company_id=False, brand_id=theirs.id)
        self.make_theirs(brand_id=theirs.id)
        self.source.brand_id = False
        shared.name = "Another"

    def test_our_own_staff_find_all_of_it(self):
        made = self.fill()
        for name, user in (
            ("social.source", self.manager),
            ("social.account", self.manager),
            ("social.import.run", self.manager),
            ("social.quarantine", self.officer),
            ("social.upload", self.officer),
            ("social.mention", self.clerk),
        ):
            with self.subTest(model=name):
                self.assertLessEqual(made[name], made[name].with_user(user).search([]))

    def test_a_manager_of_another_company_starts_edits_and_deletes_nothing_of_ours(self):
        theirs = self.source.with_user(self.their_manager)
        for act in (
            theirs.action_activate,
            theirs.action_pause,
            theirs.action_import,
            theirs.unlink,
            lambda: theirs.write({"term": "other"}),
            lambda: theirs.write({"company_id": self.theirs.id}),
        ):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_rule"):
                act()
        self.assertEqual((self.source.state, self.source.term), ("active", "nordlicht"))

    def test_nobody_gives_away_a_source_to_a_company_where_nobody_let_them_in(self):
        ours = self.source.with_user(self.manager)
        ours.team_id = False
        with self.assertRaises(AccessError):
            ours.company_id = self.theirs
        with self.assertRaises(AccessError):
            self.make(self.manager, company_id=self.theirs.id)

    def test_a_new_source_is_the_companys_of_whoever_makes_it(self):
        self.assertEqual(self.make(self.their_manager, state="draft").company_id, self.theirs)

    def test_our_key_is_used_for_no_source_of_another_company_and_not_even_named(self):
        with self.assertRaises(ValidationError) as caught:
            self.make_theirs(account_id=self.account.id)
        self.assertNotIn(self.account.name, str(caught.exception))
        self.make(account_id=self.account.id)
        with self.assertRaisesRegex(ValidationError, "Sources of another company"):
            self.account.company_id = self.theirs

    def test_a_shared_key_serves_every_company(self):
        self.account.company_id = False
        self.assertEqual(
            self.make_theirs(account_id=self.account.id)._prepare_query().secret, "our key"
        )

    def test_posts_go_to_a_team_of_the_same_company_and_to_who_may_see_them(self):
        team = self.env["social.team"].create({"name": "Theirs", "company_id": self.theirs.id})
        with self.assertRaises(ValidationError):
            self.source.team_id = team
        mention = self.store()
        with self.assertRaises(ValidationError):
            mention.team_id = team
        with self.assertRaises(UserError):
            mention.user_id = self.their_clerk
        mention.user_id = self.clerk
        self.make_theirs(team_id=team.id)
        with self.assertRaises(ValidationError):
            team.company_id = self.ours

    def test_who_is_told_may_see_the_source(self):
        source = self.make_theirs(user_id=self.manager.id)
        source._tell_responsible("mail.mail_activity_data_todo", "Look", "Now")
        self.assertEqual(source.activity_ids.user_id, self.staff["privacy_officer"])


class TestShared(Companies, Common):
    """Groups of companies that listen together."""

    def setUp(self):
        super().setUp()
        self.source.company_id = False
        self.everywhere = new_test_user(
            self.env,
            "everywhere",
            groups=f"{ADDON}.group_social_manager",
            company_ids=[(6, 0, self.env["res.company"].search([]).ids)],
        )

    def test_all_read_it_and_only_who_works_for_all_changes_it(self):
        for user in (self.manager, self.their_manager):
            shared = self.source.with_user(user)
            self.assertEqual(shared.term, "nordlicht")
            with self.assertRaises(AccessError):
                shared.action_pause()
            with self.assertRaises(AccessError):
                self.make(user, company_id=False)
        uploads = self.make(company_id=False, connector="upload", kind=False, term=False)
        window = self.env["social.upload.wizard"].with_user(self.manager)
        with self.assertRaises(AccessError):
            window.create({"source_id": uploads.id, "file": UPLOAD})
        self.source.with_user(self.everywhere).action_pause()
        self.assertEqual(self.source.state, "paused")
        self.assertFalse(self.make(self.everywhere, company_id=False).company_id)

    def test_so_are_templates_of_answers(self):
        shared = self.env["social.answer.template"].search([("company_id", "=", False)])
        self.assertTrue(shared)
        for user in (self.manager, self.their_manager):
            with self.assertRaises(AccessError):
                shared[0].with_user(user).text = "Forged"
            with self.assertRaises(AccessError):
                shared[0].with_user(user).company_id = user.company_id
            with self.assertRaises(AccessError):
                shared[0].with_user(user).unlink()
            templates = shared.with_user(user)
            with self.assertRaises(AccessError):
                templates.create({"name": "All", "text": "x", "company_id": False})
            own = templates.create({"name": "Ours", "text": "x"})
            self.assertEqual(own.company_id, user.company_id)
            own.text = "y"
        shared[0].with_user(self.everywhere).text = "Another wording"

    def test_where_there_is_one_company_everybody_works_for_all(self):
        others = self.env["res.company"].search([("id", "!=", self.ours.id)])
        self.env["res.users"].search([("company_id", "in", others.ids)]).write({"active": False})
        others.active = False
        self.source.with_user(self.manager).action_pause()
        self.assertEqual(self.source.state, "paused")

    def test_a_shared_key_is_changed_by_who_works_for_all(self):
        self.account.company_id = False
        theirs = self.account.with_user(self.staff["system"])
        self.assertEqual(theirs.secret, "our key")
        with self.assertRaises(AccessError):
            theirs.secret = "another"

    def test_its_mentions_are_everybodys(self):
        mention = self.store()
        self.assertFalse(mention.company_id)
        for user in (self.clerk, self.their_clerk):
            mention.with_user(user).action_take()
            mention.state = "new"

    def test_what_was_there_before_stays_everybodys(self):
        for record in (self.source, self.account):
            record.company_id = False
            record.flush_recordset()
            record._init_column("company_id")
            record.invalidate_recordset()
            self.assertFalse(record.company_id)

    def test_a_source_that_watches_a_person_is_never_shared(self):
        self.give("monitor")
        source = self.make(company_id=False, term="quiet", state="draft")
        source.watched_partner_id = self.partner
        self.assertEqual((source.company_id, source.watched_company_id), (self.ours, self.ours))


class TestMentions(Companies, Common):
    def bring(self, source, *posts):
        return source._store(list(posts) or [make_post()])

    def test_what_two_companies_hear_is_of_both(self):
        mention = self.store()
        self.assertEqual(mention.company_id, self.ours)
        self.bring(self.source, make_post())
        self.assertEqual(mention.company_id, self.ours)
        theirs = self.make_theirs()
        self.assertEqual(self.bring(theirs), mention)
        self.assertFalse(mention.company_id)
        for user, own in ((self.clerk, self.source), (self.their_clerk, theirs)):
            # What one user has read is kept for the transaction.
            self.env.invalidate_all()
            self.assertEqual(mention.with_user(user).source_ids, own)
        self.bring(self.source)
        self.assertFalse(mention.company_id)

    def test_nobody_is_told_by_which_words_another_company_found_it(self):
        self.source.term = "nordlicht"
        self.ours.social_names = "Polar"
        text = "Where is my parcel, Polar? #nordlicht"
        post = make_post(text=text)
        mention = self.source._store([post])
        self.make_theirs(name="Theirs", term="parcel")._store([post])
        self.env.invalidate_all()
        self.assertFalse(mention.company_id)
        for user, marked in ((self.clerk, "nordlicht"), (self.their_clerk, "parcel")):
            seen = mention.with_user(user).marked_text
            self.assertIn(f"{marked}</mark>", seen)
            self.assertEqual(seen.count("nordlicht"), 1 + (user == self.clerk))
            self.assertEqual(seen.count("Polar</mark>"), int(user == self.clerk))

    def test_similar_posts_topics_and_counts_follow(self):
        text = "The parcel of Nordlicht came three days late, and nobody said a word about it."
        ours = self.bring(self.source, make_post(1, text=text))
        theirs = self.bring(self.make_theirs(), make_post(2, text=text))
        topic = self.env["social.topic"].create({"name": "Delay", "keywords": "late"})
        topic._apply_batch()
        self.env["social.mention"]._fill_similar_keys()
        self.assertFalse((ours | theirs).similar_to_id)
        for user, own in ((self.clerk, ours), (self.their_clerk, theirs)):
            self.assertEqual(own.with_user(user).similar_count, 0)
            counts = topic.with_user(user)
            counts.invalidate_recordset()
            self.assertEqual(counts.mention_count, 1)
            self.env.invalidate_all()

    def test_what_is_of_others_by_now_repeats_no_post_of_ours(self):
        """The first of a group would be named to who may not see it."""
        text = "The parcel of Nordlicht came three days late, and nobody said a word about it."
        posts = [make_post(number, text=text) for number in range(5)]
        others = self.make(name="Other")
        first, shared = self.bring(self.source, *posts[:2])
        moved = self.bring(others, posts[2])
        mentions = self.env["social.mention"]
        mentions._fill_similar_keys()
        self.assertEqual((shared | moved).similar_to_id, first)
        self.bring(self.make_theirs(), posts[1])
        others.company_id = self.theirs
        self.env.invalidate_all()
        self.assertFalse((shared | moved).similar_to_id)
        mentions._fill_similar_keys()
        self.assertFalse((shared | moved).similar_to_id)
        # Where the first one moves, those that repeat it are told anew.
        second, third = self.bring(self.make(name="Third"), *posts[3:])
        mentions._fill_similar_keys()
        self.assertEqual((second | third).similar_to_id, first)
        self.source.write({"team_id": False, "company_id": self.theirs.id})
        mentions._fill_similar_keys()
        self.env.invalidate_all()
        self.assertEqual((second.similar_to_id.ids, third.similar_to_id), ([], second))

    def test_a_source_takes_what_it_brought_along_to_another_company(self):
        alone, both = self.bring(self.source, make_post(1), make_post(2))
        self.bring(self.make_theirs(), make_post(2))
        team = self.env["social.team"].create({"name": "Ours"})
        alone.team_id = team
        self.source.team_id = False
        self.source.company_id = self.theirs
        self.assertEqual((alone.company_id, both.company_id), (self.theirs, self.theirs))
        self.assertFalse(alone.team_id)
        self.assertTrue(both.with_user(self.their_clerk).has_access("write"))
        self.assertFalse(both.with_user(self.clerk).has_access("read"))

    def test_a_post_addresses_the_company_that_it_names(self):
        self.ours.social_names = "Nordlicht"
        self.theirs.social_names = "Seelicht"
        ours = self.bring(self.source, make_post(1, text="Seelicht is late again, it seems."))
        theirs = self.bring(self.make_theirs(), make_post(2, text="Seelicht is late again."))
        (ours | theirs)._sort_in()
        self.assertEqual((ours.addressed, theirs.addressed), (False, True))

    def test_who_is_named_is_looked_at_again_where_a_post_is_of_others_by_now(self):
        self.ours.social_names, self.theirs.social_names = "Nordlicht", "Seelicht"
        posts = [make_post(number, text="Seelicht is late again.") for number in (1, 2)]
        mentions = self.bring(self.source, *posts)
        mentions._sort_in()
        self.assertEqual(mentions.mapped("addressed"), [False, False])
        self.bring(self.make_theirs(), posts[0])
        self.assertEqual(mentions.mapped("sorted_at"), [False, mentions[1].sorted_at])
        mentions._sort_in()
        self.source.write({"team_id": False, "company_id": self.theirs.id})
        self.assertEqual(mentions.mapped("sorted_at"), [False, False])
        mentions._sort_in()
        self.assertEqual(mentions.mapped("addressed"), [True, True])

    def test_a_window_shows_no_text_of_another_companys_mention(self):
        mention = self.store()
        wizard = self.env["social.match.wizard"].with_user(self.their_clerk)
        with self.assertRaises(AccessError):
            wizard.create({"mention_id": mention.id, "partner_id": self.partner.id})
        with self.assertRaises(AccessError):
            wizard.new({"mention_id": mention.id}).mention_text.strip()

    def test_a_preview_does_not_tell_what_another_company_holds(self):
        self.store()
        uploads = self.make_theirs(connector="upload", kind=False, address=False, term=False)
        wizard = self.env["social.upload.wizard"].new({"source_id": uploads.id})
        known = {"known": 0, "changed": 0}
        wizard._count_known([make_post()], known)
        self.assertEqual(known["known"], 0)
        wizard.source_id.company_id = self.ours
        wizard._count_known([make_post()], known)
        self.assertEqual(known["known"], 1)


class TestDecisions(Companies, Common):
    def test_consent_to_being_watched_counts_for_the_company_that_it_was_given_to(self):
        self.give("monitor")
        ours = self.make(term="quiet", watched_partner_id=self.partner.id)
        self.assertEqual(ours.watched_company_id, self.ours)
        with self.assertRaises(ConsentRequired):
            self.make_theirs(term="quiet", watched_partner_id=self.partner.id)
        with self.assertRaises(ConsentRequired):
            ours.company_id = self.theirs

    def test_r24_a_query_that_names_a_person_is_asked_in_the_sources_company(self):
        self.give("monitor")
        ours = self.make(term="Ada Example", kind="search")
        self.assertEqual(ours.watched_partner_id, self.partner)
        with self.assertRaises(ConsentRequired):
            self.make_theirs(term="Ada Example", kind="search")

    def test_the_job_works_in_the_company_of_each_source(self):
        seen = {}

        def note(source, *args):
            seen[source.id] = source.env.company

        self.patch(type(self.source), "_import_one", note)
        theirs, shared = self.make_theirs(), self.make(company_id=False)
        (self.source | theirs | shared)._import()
        self.assertEqual(
            seen, {self.source.id: self.ours, theirs.id: self.theirs, shared.id: self.ours}
        )

    def test_what_is_asked_before_reading_is_noted_in_the_sources_company(self):
        theirs = self.make_theirs(state="draft")
        theirs.balancing_test = False
        with self.assertRaises(ConsentRequired) as caught:
            theirs.action_activate()
        self.assertEqual(caught.exception.decision.rule, "R14")
        companies = [
            policy.env.company for policy, _own in (theirs | self.source)._group_by_policy()
        ]
        self.assertEqual(companies, [self.theirs, self.ours])


class TestWindows(Companies, Common):
    def test_add_a_source_makes_one_of_the_company_with_its_account_only(self):
        self.env = self.env(user=self.their_manager)
        wizard = self.env["social.source.wizard"].create({"preset": "feed"})
        self.assertEqual(wizard.company_id, self.theirs)
        wizard.address = "https://blog.example/feed.xml"
        self.assertEqual(wizard._create_source().company_id, self.theirs)

    def test_add_a_source_proposes_no_account_of_another_company(self):
        self.account.connector = "bluesky"
        wizards = self.env["social.source.wizard"]
        self.assertEqual(wizards.create({"preset": "bluesky"}).account_id, self.account)
        there = wizards.create({"preset": "bluesky", "company_id": self.theirs.id})
        self.assertFalse(there.account_id)

    def test_nothing_is_looked_at_for_a_company_of_others(self):
        wizard = self.env["social.source.wizard"].create({"preset": "reddit", "word": "parcel"})
        wizard.company_id = self.theirs
        with self.assertRaisesRegex(UserError, "one of your companies"):
            wizard.with_context(allowed_company_ids=self.ours.ids)._make_draft()

    def test_of_several_accounts_add_a_source_takes_none_and_a_look_is_for_one_of_them(self):
        self.account.connector = "bluesky"
        wizards = self.env["social.source.wizard"]
        wizard = wizards.create({"preset": "bluesky", "word": "parcel"})
        looked = wizard.with_context(
            social_source_found=json.dumps({"problem": "Wrong key", "for": wizard._get_asked()})
        )
        self.assertEqual(looked.problem, "Wrong key")
        looked.account_id = self.account.copy({"name": "Another"})
        self.assertFalse(looked.problem)
        self.assertFalse(wizards.create({"preset": "bluesky"}).account_id)

    def test_a_feed_list_comes_in_for_the_company_and_knows_its_own_feeds_only(self):
        address = "https://blog.example/feed.xml"
        web = self.env.ref(f"{ADDON}.platform_web")
        feed = {"connector": "feed", "kind": False, "term": False, "address": address}
        self.make(**feed, platform_id=web.id, state="draft")
        lines = [(0, 0, {"wanted": True, "title": "A blog", "address": address, "state": "new"})]
        wizards = self.env["social.opml.import"]
        with self.assertRaisesRegex(UserError, "that is new"):
            wizards.create({"line_ids": lines}).action_import()
        theirs = wizards.with_user(self.their_manager).create({"line_ids": lines})
        theirs.action_import()
        made = self.env["social.source"].search([("address", "=", address)])
        self.assertEqual(made.company_id, self.ours | self.theirs)

    def test_nobody_uploads_into_a_source_of_another_company(self):
        uploads = self.make(connector="upload", kind=False, address=False, term=False)
        wizards = self.env["social.upload.wizard"].with_user(self.their_manager)
        self.assertFalse(wizards.new({}).has_sources)
        self.assertFalse(self.env["social.source"].with_user(self.their_manager).search([]))
        with self.assertRaises(AccessError):
            wizards.create({"source_id": uploads.id, "file": "aWQK"})

    def test_the_form_lets_go_of_an_account_of_another_company(self):
        self.env.user.company_ids |= self.theirs
        self.env.user.group_ids |= self.env.ref("base.group_multi_company")
        source = self.make(state="draft", account_id=self.account.id)
        with Form(source) as form:
            form.company_id = self.theirs
            self.assertFalse(form.account_id)
        self.assertEqual(source.company_id, self.theirs)

    def test_the_record_of_processing_names_the_companys_sources(self):
        self.make_theirs(name="Their source")
        record = self.env["social.processing"]
        for company, there in ((self.ours, False), (self.theirs, True)):
            rows = record.with_company(company).sudo()._get_source_rows()
            said = " ".join(row[0] for row in rows)
            self.assertEqual("Their source" in said, there)
            self.assertEqual("#nordlicht" in said, not there)

    def test_terms_that_are_confirmed_let_each_company_start_its_own_sources(self):
        theirs = self.make_theirs()
        (self.source | theirs).sudo()._write_as_stored({"state": "paused", "paused_by_terms": True})
        self.assertEqual(self.platform.with_user(self.their_manager).paused_count, 1)
        self.platform.with_user(self.their_manager).action_start_sources()
        self.assertEqual((self.source.state, theirs.state), ("paused", "active"))


class TestPublicPage(Companies, CommonHttp):
    def test_each_company_names_its_own_sources_and_shared_ones(self):
        for name, company in (
            ("Only here", self.ours),
            ("Only there", self.theirs),
            ("Both", None),
        ):
            self.make(public_name=name, company_id=company and company.id)
        for company, other in ((self.ours, "Only there"), (self.theirs, "Only here")):
            html = self.url_open(f"/social/sources?company={company.id}").text
            own = {"Only here", "Only there", "Both"} - {other}
            for name in own:
                self.assertIn(name, html)
            self.assertNotIn(other, html)

    def test_authors_are_asked_where_the_company_reads(self):
        platforms = self.env["social.author.request"].with_company(self.theirs)._get_platforms
        self.assertNotIn(self.platform, platforms())
        self.make_theirs()
        self.assertIn(self.platform, platforms())
