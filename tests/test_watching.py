"""R24: a query that names a person is refused without that person's consent."""

import time
from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import Form

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import ADDON, Common, make_post


class WatchCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.platform = cls.source.platform_id
        cls.anna = cls.env["res.partner"].create(
            {
                "name": "Dr. Anna Müller",
                "email": "anna.m@home.example",
                "phone": "+49 151 12345678",
            }
        )

    def make(self, **values):
        return self.env["social.source"].create(
            {
                "name": "A source",
                "connector": "fediverse",
                "kind": "tag",
                "term": "parcel",
                "address": "https://fediverse.example",
                "platform_id": self.platform.id,
                "balancing_test": "We want to hear of delays.",
                "user_id": self.manager.id,
                "state": "active",
                **values,
            }
        )

    def refused(self, **values):
        with self.assertRaisesRegex(ConsentRequired, "names a person in your contacts") as caught:
            self.make(**values)
        self.assertNotIn("nna", str(caught.exception))
        self.assertEqual(caught.exception.decision.rule, "R24")


class TestQueries(WatchCase):
    def test_r24_a_query_that_names_a_person_is_refused(self):
        self.refused(term="Anna Müller")
        self.refused(term="#annamueller")
        self.refused(term="late parcel müller, anna")
        self.refused(term="to anna.m@home.example")
        self.refused(term="call +49 151 12345678")
        self.refused(name="Posts of Anna Mueller")
        self.refused(state="draft", term="anna müller")
        self.refused(
            connector="feed", kind=False, address="https://site.example/search.rss?q=anna+mueller"
        )

    def test_r24_also_when_it_is_changed_or_started(self):
        source = self.make()
        for values in (
            {"term": "anna mueller"},
            {"name": "Anna Müller"},
            {"address": "https://anna-mueller.example/feed"},
        ):
            with self.assertRaises(ConsentRequired):
                source.with_user(self.manager).write(values)
        source.action_pause()
        source._write_as_stored({"term": "anna mueller"})
        with self.assertRaises(ConsentRequired):
            source.action_activate()

    def test_the_refusal_is_logged_without_the_name(self):
        self.refused(term="Anna Müller")
        row = self.env["social.decision"].search(
            [("act", "=", "monitor")], limit=1, order="id desc"
        )
        self.assertEqual((row.allowed, row.rule), (False, "R24"))
        self.assertEqual(row.subject_key, self.anna.social_subject_key or False)

    def test_companies_brands_and_single_words_are_free(self):
        for values in ({"name": "Nordlicht Parcel", "is_company": True}, {"name": "Müller"}):
            self.env["res.partner"].create(values)
        self.env.company.partner_id.is_company = False
        own = self.env.company.name
        for term in ("Nordlicht Parcel", "Müller", "Anna", "Hanna Müller", own, "Public user x"):
            self.assertEqual(self.make(term=term).state, "active")

    def test_a_name_of_common_words_counts_and_marking_a_company_frees_it(self):
        rose = self.env["res.partner"].create({"name": "Rose Garten"})
        self.refused(term="garten rose")
        rose.is_company = True
        self.assertTrue(self.make(term="garten rose"))

    def test_archived_contacts_are_persons_too(self):
        self.anna.active = False
        self.refused(term="anna mueller")

    def test_r24_handles_count_on_their_platform(self):
        self.give("match", partner=self.anna)
        self.env["social.profile"]._make(self.anna, self.platform, "annam@social.example")
        self.refused(term="@annam@social.example")
        self.refused(connector="feed", kind=False, address="https://social.example/@annam.rss")
        self.assertTrue(self.make(term="annam"))

    def test_r24_a_handle_with_its_server_counts_on_every_platform(self):
        self.give("match", partner=self.anna)
        profiles = self.env["social.profile"]
        web = self.env.ref(f"{ADDON}.platform_web")
        until = fields.Date.today() + timedelta(days=9)
        web.write({"terms_version": "1", "terms_verdict": "allowed", "terms_expiry": until})
        elsewhere = {"platform_id": web.id, "state": "draft"}
        profiles._make(self.anna, self.platform, "annam@social.example")
        self.refused(term="@annam@social.example", **elsewhere)
        profiles._make(self.anna, self.platform, "anni77")
        self.refused(term="@anni77")
        self.assertTrue(self.make(term="@anni77", **elsewhere))

    def test_a_monitoring_service_covers_its_handle(self):
        contract = self.env["social.contract"].create(
            {
                "name": "C 1",
                "kind": "monitor",
                "partner_id": self.anna.id,
                "note": "Agreed.",
                "handle_ids": [
                    (0, 0, {"platform_id": self.platform.id, "handle": "annam@social.example"})
                ],
            }
        )
        source = self.make(term="@annam@social.example")
        self.assertEqual(source.watched_partner_id, self.anna)
        self.assertTrue(contract)
        self.refused(term="anna müller")


class TestConsent(WatchCase):
    def test_with_consent_the_source_says_whom_it_watches_and_closes_with_it(self):
        self.give("monitor", partner=self.anna)
        source = self.make(term="anna müller")
        self.assertEqual(source.watched_partner_id, self.anna)
        self.assertEqual(source.state, "active")
        self.withdraw("monitor", partner=self.anna)
        self.assertEqual(source.state, "closed")
        self.assertFalse(source.term)
        self.refused(term="anna müller")

    def test_r24_what_describes_a_source_to_others_names_nobody(self):
        self.refused(public_name="Posts of Anna Mueller")
        self.give("monitor", partner=self.anna)
        source = self.make(term="anna müller", public_name="What a customer says")
        self.assertEqual(source.watched_partner_id, self.anna)
        self.assertFalse(source.public_name)
        source.with_user(self.manager).public_name = "@anni"
        self.assertFalse(source.public_name)

    def test_r24_the_name_of_a_source_does_not_tell_the_handle_that_it_reads(self):
        self.give("monitor", partner=self.anna)
        watched = {"term": "@anni77@social.example", "watched_partner_id": self.anna.id}
        with self.assertRaisesRegex(ValidationError, "does not tell who"):
            self.make(name="Posts of Anni77", **watched)
        source = self.make(name="One of ours", **watched)
        with self.assertRaisesRegex(ValidationError, "does not tell who"):
            source.name = "anni77"

    def test_it_ends_by_the_clock(self):
        self.give(
            "monitor", partner=self.anna, valid_until=fields.Datetime.now() + timedelta(hours=1)
        )
        source = self.make(term="anna müller")
        berta = self.env["res.partner"].create({"name": "Berta Schulz"})
        self.give("monitor", partner=berta)
        lasting = self.make(term="berta schulz")
        with self.after(hours=2):
            self.env["social.source"]._close_expired()
        self.assertEqual((source.state, lasting.state), ("closed", "active"))

    def test_everybody_of_that_name_has_to_consent(self):
        self.give("monitor", partner=self.anna)
        other = self.env["res.partner"].create({"name": "Anna Müller"})
        self.refused(term="anna müller", watched_partner_id=self.anna.id)
        self.give("monitor", partner=other)
        source = self.make(term="anna müller", watched_partner_id=self.anna.id)
        self.withdraw("monitor", partner=other)
        self.assertEqual(source.state, "paused")
        self.assertEqual(source.watched_partner_id, self.anna)


class TestLater(WatchCase):
    """The contact comes after the source: it is made, and the source pauses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.running = cls.make(cls, term="berta schulz")

    def setUp(self):
        super().setUp()
        self.assertEqual(self.running.state, "active")

    def check_paused(self, source=None):
        source = source or self.running
        self.assertEqual(source.state, "paused")
        self.assertIn("names a person", source.error_message)
        self.assertTrue(source.error_advice)
        self.assertEqual(source.activity_ids.user_id, source.user_id)
        for text in (source.error_message, source.error_advice, source.activity_ids.note):
            self.assertNotIn("erta", text)

    def create(self, **values):
        return self.env["res.partner"].with_user(self.sales).create({"name": "Somebody", **values})

    def test_r24_a_new_contact_pauses_it(self):
        self.create(name="Schulz, Berta")
        self.check_paused()

    def test_r24_a_contact_that_is_renamed_pauses_it(self):
        contact = self.create()
        self.assertEqual(self.running.state, "active")
        contact.name = "Berta Schulz"
        self.check_paused()

    def test_r24_a_company_that_becomes_a_person_pauses_it(self):
        contact = self.create(name="Berta Schulz", is_company=True)
        self.assertEqual(self.running.state, "active")
        contact.is_company = False
        self.check_paused()

    def test_r24_an_address_that_is_added_pauses_it(self):
        source = self.make(term="berta@home.example")
        self.create().email = "Berta@Home.example"
        self.check_paused(source)

    def test_r24_a_number_that_is_added_pauses_it(self):
        source = self.make(term="call +49 151 87654321")
        self.create().phone = "+49 151 87654321"
        self.check_paused(source)

    def test_r24_a_handle_that_becomes_known_pauses_it(self):
        source = self.make(term="@annam@social.example")
        self.give("match", partner=self.anna)
        self.env["social.profile"]._make(self.anna, self.platform, "annam@social.example")
        self.check_paused(source)

    def test_r24_a_merge_pauses_what_names_the_joined_person(self):
        self.give("monitor", partner=self.anna)
        watching = self.make(term="Anna Müller", name="One")
        self.assertEqual(watching.state, "active")
        twin = self.env["res.partner"].create({"name": "A. M.", "email": "am@home.example"})
        twin._object_social("monitor", method="staff")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.anna | twin).ids, self.anna, extra_checks=False
        )
        self.assertNotEqual(watching.state, "active")

    def test_r24_a_hashtag_of_the_joined_name_pauses(self):
        source = self.make(term="#CarlaWeiß")
        self.create(name="Carla Weiss")
        self.check_paused(source)

    def test_r24_an_imported_file_pauses_it(self):
        result = self.env["res.partner"].load(["name"], [["Someone else"], ["Berta Schulz"]])
        self.assertFalse(result["messages"])
        self.check_paused()

    def test_r24_a_contact_made_of_a_lead_pauses_it(self):
        lead = self.env["crm.lead"].create({"name": "Parcels", "contact_name": "Berta Schulz"})
        lead._handle_partner_assignment(create_missing=True)
        self.assertEqual(lead.partner_id.name, "Berta Schulz")
        self.check_paused()

    def test_r24_a_form_pauses_it(self):
        with Form(self.env["res.partner"]) as form:
            form.name = "Berta Schulz"
        self.check_paused()

    def test_r24_a_context_says_nothing_else(self):
        self.env["res.partner"].with_context(
            tracking_disable=True, default_social_watch_name="x", active_test=True
        ).create({"name": "Berta Schulz", "social_watch_name": "x"})
        self.check_paused()

    def test_r24_a_source_that_has_moved_is_known_by_its_new_address(self):
        source = self.make()
        self.create(name="Carla Weiss")
        source._move("https://fediverse.example/dora-engel")
        self.create(name="Dora Engel")
        self.check_paused(source)

    def test_others_go_on(self):
        self.create(name="Berta Schulze")
        self.create(name="Berta")
        self.assertEqual(self.running.state, "active")

    def test_r24_the_next_run_pauses_what_no_hook_saw(self):
        """As where contact and source are made at the same moment, or the contact in SQL."""
        contact = self.create(name="Emil Nobody")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET name = 'Berta Schulz', social_watch_name = 'berta schulz' "
            "WHERE id = %s",
            (contact.id,),
        )
        self.env.invalidate_all()
        self.running._import()
        self.assertEqual(self.running.state, "paused")
        self.assertIn("names a person", self.running.error_message)

    def test_r24_consent_lets_it_go_on_and_start_again(self):
        contact = self.create(name="Berta Schulz")
        self.check_paused()
        with self.assertRaises(ConsentRequired):
            self.running.action_activate()
        self.give("monitor", partner=contact)
        self.running.action_activate()
        self.assertEqual(self.running.watched_partner_id, contact)

    def test_many_contacts_cost_no_query_each(self):
        self.env["social.watch"]._get_index()
        names = self.env["res.partner"].create([{"name": f"Person Number{i}"} for i in range(500)])
        names.mapped("email_normalized")
        started = time.monotonic()
        with self.assertQueryCount(0):
            self.env["social.watch"]._note_persons(names)
        self.assertLess(time.monotonic() - started, 1)

    def test_erasing_takes_the_compared_name_along(self):
        contact = self.create(name="Berta Schulz")
        self.assertEqual(contact.sudo().social_watch_name, "berta schulz")
        contact.sudo().name = "Erased"
        self.assertFalse(contact.sudo().social_watch_name)

    def test_old_contacts_are_filled_in_at_installation(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET social_watch_name = NULL")
        self.env["res.partner"]._fill_social_watch_name()
        self.env.invalidate_all()
        self.assertEqual(self.anna.sudo().social_watch_name, "anna muller")
        self.assertFalse(self.env.company.partner_id.sudo().social_watch_name)


class TestWords(WatchCase):
    """Whatever else picks posts by words asks the same."""

    def test_r24_words_are_checked(self):
        watch = self.env["social.watch"]
        watch._check_watch_words(["parcel", "Müller"])
        with self.assertRaises(ConsentRequired):
            watch._check_watch_words(["parcel", "anna müller"])
        texts = ["parcel", "Anna Mueller", "late"]
        self.assertEqual(watch._get_refused_words(texts), ["Anna Mueller"])
        self.give("monitor", partner=self.anna)
        watch._check_watch_words(texts)
        self.assertFalse(watch._get_refused_words(texts))

    def test_r22_words_take_what_each_platform_demands_that_is_read(self):
        watch, source = self.env["social.watch"], self.env.ref(f"{ADDON}.source_demo_fediverse")
        self.give("monitor", partner=self.anna)
        source.platform_id.consent_at_source = True
        self.env["social.source"].search([("state", "=", "active")]).state = "paused"
        watch._check_watch_words(["Anna Müller"])
        self.assertFalse(watch._get_refused_words(["Anna Müller"]))
        source.state = "active"
        with self.assertRaises(ConsentRequired):
            watch._check_watch_words(["Anna Müller"])
        self.assertEqual(watch._get_refused_words(["Anna Müller"]), ["Anna Müller"])

    def filter(self, **values):
        return (
            self.env["ir.filters"]
            .with_user(self.clerk)
            .create_filter(
                {
                    "name": "Mine",
                    "model_id": "social.mention",
                    "domain": "[]",
                    "user_ids": [self.clerk.id],
                    **values,
                }
            )
        )

    def test_r24_saved_filters_are_checked(self):
        for values in (
            {"domain": "['|', ('text', 'ilike', 'anna müller'), ('text', 'ilike', 'x')]"},
            {"domain": "[('text', 'ilike', 'anna ' + 'x'), ('text', '=', '#annamueller')]"},
            {"context": "{'search_default_text': 'anna müller'}"},
            {"name": "Anna Müller"},
        ):
            with self.assertRaises(ConsentRequired):
                self.filter(**values)
        mine = self.filter(domain="[('text', 'ilike', 'parcel')]")
        with self.assertRaises(ConsentRequired):
            mine.write({"domain": "[('text', 'ilike', 'anna müller')]"})
        # Contacts themselves may be searched for.
        self.filter(model_id="res.partner", domain="[('name', '=', 'Anna Müller')]")

    def embed(self, **values):
        mentions = self.env.ref(f"{ADDON}.social_mention_action")
        return self.env["ir.embedded.actions"].create(
            {
                "name": "Mine",
                "parent_action_id": mentions.id,
                "parent_res_model": "social.mention",
                "action_id": mentions.id,
                **values,
            }
        )

    def test_r24_views_saved_as_actions_are_checked(self):
        for values in (
            {"context": "{'search_default_text': 'anna müller'}"},
            {"name": "Anna Müller"},
            {"domain": "[('text', 'ilike', 'anna müller')]", "parent_res_model": "res.partner"},
        ):
            with self.assertRaises(ConsentRequired):
                self.embed(**values)
        mine = self.embed(context="{'search_default_text': 'berta schulz'}")
        with self.assertRaises(ConsentRequired):
            mine.context = "{'search_default_text': 'anna müller'}"
        mine.invalidate_recordset()
        shown = mine.with_context(active_id=self.store().id)
        self.assertTrue(shown.is_visible)
        self.env["res.partner"].create({"name": "Berta Schulz"})
        shown.invalidate_recordset(["is_visible"])
        self.assertFalse(shown.is_visible)

    def test_r24_a_default_of_a_form_is_checked_where_it_is_used(self):
        self.env["ir.default"].set("social.topic", "keywords", "anna müller")
        with self.assertRaises(ConsentRequired):
            self.env["social.topic"].create({"name": "Mine"})
        self.env["ir.default"].set("ir.filters", "domain", "[('text', 'ilike', 'anna müller')]")
        with self.assertRaises(ConsentRequired):
            self.env["ir.filters"].create({"name": "Mine", "model_id": "social.mention"})

    def test_r24_topics_are_checked(self):
        topic = self.env["social.topic"].create({"name": "Delivery", "keywords": "parcel"})
        for name in ("keywords", "excluded"):
            with self.assertRaises(ConsentRequired):
                topic[name] = "late\nanna müller"

    def test_r24_a_topic_that_names_a_person_by_now_takes_no_more_posts(self):
        topic = self.env["social.topic"].create({"name": "Theirs", "keywords": "berta schulz"})
        before = self.store(make_post(1, text="Ask berta schulz"))
        before._analyse()
        self.assertEqual(before.topic_ids, topic)
        self.env["res.partner"].create({"name": "Berta Schulz"})
        after = self.store(make_post(2, text="Ask berta schulz"))
        after._analyse()
        self.assertFalse(after.topic_ids)

    def test_a_filter_that_names_a_person_by_now_is_not_offered(self):
        self.filter(domain="[('text', 'ilike', 'berta schulz')]", name="B")
        self.filter(domain="[('text', 'ilike', 'parcel')]", name="P")
        offered = self.env["ir.filters"].with_user(self.clerk).get_filters
        self.assertEqual({each["name"] for each in offered("social.mention")}, {"B", "P"})
        self.env["res.partner"].create({"name": "Berta Schulz"})
        self.assertEqual({each["name"] for each in offered("social.mention")}, {"P"})
