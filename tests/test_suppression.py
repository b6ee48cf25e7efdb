"""Whoever objected does not come back with the next import (GDPR Art. 17 and 21; rule E)."""

import contextlib
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.models.social_source_words import summarize

from common import ADDON, PERSON_ACTS, Common, make_post

HANDLE = "fediverse/ada@social.example"


class SuppressionCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.list = cls.env["social.suppression"]
        cls.env.company.country_id = cls.env.ref("base.de")
        cls.partner.phone = "+49 30 123456"

    def object(self, *args, partner=None):
        return (partner or self.partner)._object_social(*args, method="staff")

    def come_back(self, model="res.partner", **values):
        """Make the record anew, as a form, an import file or a restored export does."""
        name = self.address_field(model)
        return self.env[model].create({"name": "Ada", name: "ada@example.com", **values})

    def address_field(self, model):
        return {"crm.lead": "email_from"}.get(model, "email")

    def reasons(self, person):
        return {act: decision.reason for act, decision in self.decide_all(person).items()}


class TestList(SuppressionCase):
    def test_it_holds_no_personal_data_and_only_administrators_read_it(self):
        self.give("match")
        self.env["social.profile"]._make(
            self.partner, self.env.ref(f"{ADDON}.platform_fediverse"), "ada@social.example"
        )
        self.object()
        rows = self.list.sudo().search([])
        self.assertEqual(set(rows.mapped("kind")), {"email", "phone", "handle"})
        said = str(rows.read())
        # Short words may stand in a hash by chance.
        for word in ("ada@", "example", "+4930", self.partner.social_subject_key):
            self.assertNotIn(word, said)
        for user in (self.clerk, self.manager, self.officer, self.sales):
            with self.assertRaises(AccessError):
                self.list.with_user(user).search([])
        with self.assertRaises(UserError):
            rows[0].unlink()

    def test_another_secret_gives_other_hashes(self):
        before = self.list._digest_all([("email", "ada@example.com")])
        self.env["ir.config_parameter"].set_param(f"{ADDON}.suppression_secret", "00" * 32)
        self.assertNotEqual(self.list._digest_all([("email", "ada@example.com")]), before)
        # The links keep working: they have a secret of their own.
        self.assertNotEqual(self.env["social.link"]._get_secret().hex(), "00" * 32)

    def test_an_objection_suppresses_its_purpose_only(self):
        self.object("monitor")
        self.assertTrue(self.list._find("email", ["ada@example.com"], "monitor"))
        for purpose in ("match", "enrich", "contact"):
            self.assertFalse(self.list._find("email", ["ada@example.com"], purpose))

    def test_an_objection_to_one_channel_stops_no_other(self):
        self.object("contact", "post")
        twin = self.come_back()
        self.assertEqual(self.reasons(twin)["contact_post"], "suppressed")
        self.assertEqual(self.reasons(twin)["contact_email"], "never_asked")

    def test_lists_show_and_find_who_is_recognised(self):
        self.object("contact", "email")
        for model in ("res.partner", "mailing.contact", "crm.lead"):
            twin = self.come_back(model)
            stranger = self.come_back(model, **{self.address_field(model): "bo@example.com"})
            self.assertEqual(twin.social_email_state, "suppressed")
            both = fields.Domain("id", "in", (twin | stranger).ids)
            for state, found in (("suppressed", twin), ("never_asked", stranger)):
                domain = both & fields.Domain("social_email_state", "=", state)
                self.assertEqual(twin.search(domain), found)
            domain = both & fields.Domain("social_email_state", "in", ["suppressed", "never_asked"])
            self.assertEqual(twin.search(domain, order="id"), twin | stranger)

    def test_a_withdrawal_is_no_objection(self):
        # Tests that commit leave rows of persons who were erased.
        before = self.list.sudo().search([])
        self.give("match")
        self.withdraw("match")
        self.assertEqual(self.list.sudo().search([]), before)

    def test_values_without_a_person_are_suppressed_and_lifted(self):
        self.list._suppress_values("handle", [HANDLE])
        self.list._suppress_values("handle", [HANDLE])
        for purpose in ("monitor", "match", "enrich", "contact"):
            self.assertEqual(self.list._find("handle", [HANDLE, "web/x"], purpose), {HANDLE})
        self.list._lift_values("handle", [HANDLE], "match")
        self.assertFalse(self.list._find("handle", [HANDLE], "match"))
        self.assertTrue(self.list._find("handle", [HANDLE], "monitor"))


class TestRecords(SuppressionCase):
    def test_a_record_that_comes_back_is_refused_for_every_act(self):
        self.object()
        for model in ("res.partner", "crm.lead", "mailing.contact"):
            reasons = self.reasons(self.come_back(model))
            self.assertEqual(set(reasons), set(PERSON_ACTS))
            self.assertEqual(set(reasons.values()), {"suppressed"}, model)

    def test_by_its_number_alone_it_is_recognised_too(self):
        self.object()
        twin = self.come_back(email="other@example.com", phone="030 123456")
        self.assertEqual(set(self.reasons(twin).values()), {"suppressed"})

    def test_nobody_is_asked_for_consent_again(self):
        self.object()
        twin = self.come_back()
        with self.assertRaisesRegex(ConsentRequired, "objected earlier"):
            twin._request_social_consent("match")

    def test_the_person_behind_the_record_that_objected_is_told_in_the_better_words(self):
        self.object()
        self.assertNotIn("suppressed", self.reasons(self.partner).values())

    def test_the_form_and_the_strip_say_it(self):
        self.object()
        twin = self.come_back()
        rows = [row for group in twin.social_overview["groups"] for row in group["rows"]]
        self.assertEqual({row["label"] for row in rows}, {"Objected earlier"})
        for model in ("res.partner", "crm.lead", "mailing.contact"):
            strip = self.come_back(model).social_strip
            self.assertIn("objected earlier", str(strip["lines"]))

    def test_making_it_never_fails_and_leaves_a_note_that_names_nobody(self):
        self.object()
        for model in ("res.partner", "crm.lead", "mailing.contact"):
            twin = self.come_back(model)
            notes = "".join(twin.message_ids.mapped("body"))
            self.assertIn("objected earlier", notes)
            self.assertNotIn("ada", notes.lower())
        self.assertNotIn(
            "objected earlier",
            "".join(self.come_back(email="new@example.com").message_ids.mapped("body")),
        )

    def test_an_import_file_brings_the_record_and_says_so(self):
        self.object()
        result = self.env["res.partner"].load(
            ["name", "email"], [["Ada", "ada@example.com"], ["Ben", "ben@example.com"]]
        )
        ada, ben = self.env["res.partner"].browse(result["ids"])
        self.assertIn("objected earlier", "".join(ada.message_ids.mapped("body")))
        self.assertNotIn("objected earlier", "".join(ben.message_ids.mapped("body")))
        self.assertEqual(self.reasons(ada)["contact_email"], "suppressed")

    def test_whoever_imports_a_file_is_told_and_nothing_is_allowed_again(self):
        self.object()
        for model in ("res.partner", "crm.lead", "mailing.contact"):
            name = {"crm.lead": "email_from"}.get(model, "email")
            rows = [["Ada", "ada@example.com"], ["Ben", "ben@example.com"]]
            result = self.env[model].with_context(import_file=True).load(["name", name], rows)
            ada, ben = self.env[model].browse(result["ids"])
            [told] = self.take_notifications()
            self.assertIn("1 are of persons who objected earlier", told)
            self.assertNotIn("Ada", told)
            self.assertIn("objected earlier", "".join(ada.message_ids.mapped("body")))
            self.assertEqual(set(self.reasons(ada).values()), {"suppressed"}, model)
            self.assertNotIn("suppressed", self.reasons(ben).values())
            self.env[model].with_context(import_file=True).load(["name", name], rows[1:])
            self.assertFalse(self.take_notifications())

    def take_notifications(self):
        self.env.cr.flush()
        waiting = self.env["bus.bus"].search([("message", "like", "simple_notification")])
        told = waiting.mapped("message")
        waiting.unlink()
        return told

    def test_no_file_brings_social_data_back(self):
        """An export of matches, profiles, values or posts is restored by nobody."""
        admin = self.env.ref("base.user_admin")
        admin.group_ids |= self.manager.group_ids | self.officer.group_ids
        for model, fields_, row in (
            ("social.match", ["mention_id/.id", "partner_id/.id"], [1, self.partner.id]),
            ("social.profile", ["partner_id/.id", "handle"], [self.partner.id, "ada@x.example"]),
            ("social.enrichment", ["partner_id/.id", "value"], [self.partner.id, "sails"]),
            ("social.mention", ["external_id", "text"], ["x", "Hello"]),
            ("social.author", ["handle"], ["ada@x.example"]),
        ):
            before = self.env[model].sudo().search_count([])
            with contextlib.suppress(AccessError):
                result = self.env[model].with_user(admin).load(fields_, [list(map(str, row))])
                self.assertFalse(result["ids"], model)
            self.assertEqual(self.env[model].sudo().search_count([]), before, model)

    def test_a_later_act_of_the_person_lifts_it_for_that_purpose(self):
        self.object()
        twin = self.come_back()
        self.give("match", partner=twin)
        self.assertEqual(self.reasons(twin)["match"], "allowed")
        self.assertEqual(self.reasons(self.come_back())["match"], "never_asked")
        self.assertEqual(self.reasons(twin)["monitor"], "suppressed")

    def test_an_old_list_of_consents_lifts_nothing(self):
        self.object()
        twin = self.come_back()
        with self.assertRaisesRegex(UserError, "objected earlier"):
            twin._give_social_consent("match", method="import")
        with self.assertRaisesRegex(UserError, "objected earlier"):
            twin._give_social_consent(
                "match", method="import", given_at=fields.Datetime.now() - timedelta(days=9)
            )

    def test_whoever_shares_the_address_and_consents_counts_as_oneself(self):
        other = self.come_back(name="Bert")
        self.give("contact", "email", partner=other)
        self.object("contact", "email")
        self.assertEqual(self.reasons(other)["contact_email"], "allowed")

    def test_any_number_of_persons_takes_two_queries_more(self):
        people = self.env["res.partner"].create(
            [{"name": f"N{number}", "email": f"n{number}@example.com"} for number in range(60)]
        )

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["social.policy"]._decide_acts(PERSON_ACTS, records)
            return self.cr.sql_log_count - before

        count(people)
        plain = count(people)
        self.object()
        # The first row makes all workers look again, and so Odoo forget what it had cached.
        count(people)
        self.assertEqual(count(people), count(people[:2]))
        self.assertLessEqual(count(people) - plain, 2)


class TestPosts(SuppressionCase):
    def test_posts_of_whoever_objected_are_dropped_and_counted(self):
        self.list._suppress_values("handle", ["fediverse/no@more.example"], ["monitor"])
        posts = [make_post(1, author="@No@More.example"), make_post(2, author="b@c.example")]
        mentions, counts = self.source._admit_and_store(posts)
        self.assertEqual(len(mentions), 1)
        self.assertEqual(dict(counts), {"new": 1, "known": 0, "suppressed": 1})
        self.assertFalse(
            self.env["social.author"].sudo().search([("handle", "ilike", "no@more.example")])
        )

    def test_the_summary_says_why(self):
        line = summarize(self.env, {"new": 1, "known": 0, "suppressed": 2}, 1.0)
        self.assertIn("(author objected: 2)", line)

    def test_an_objection_to_watching_deletes_what_is_there(self):
        self.give("match")
        mention = self.store()
        match = mention._match(self.partner)
        consent = match.consent_id
        author = mention.author_id
        other = self.store(make_post(2, author="b@c.example"))
        self.object()
        self.assertFalse(mention.exists())
        self.assertFalse(author.exists())
        self.assertTrue(other.exists())
        self.assertFalse(self.store())
        self.assertIn(b"social.mention", consent.sudo().event_ids[0].payload.encode())

    def test_an_author_who_objects_is_forgotten(self):
        mention = self.store()
        author = mention.author_id
        author._object_social("monitor", method="staff")
        self.assertFalse(mention.exists())
        self.assertFalse(author.exists())
        self.assertFalse(self.store())

    def test_an_objection_to_matching_alone_leaves_public_posts_and_joins_nobody(self):
        self.give("match")
        mention = self.store()
        mention._match(self.partner)
        self.object("match")
        self.assertTrue(mention.exists())
        twin = self.come_back(email="other@example.com")
        self.give("match", partner=twin)
        with self.assertRaisesRegex(ConsentRequired, "objected earlier"):
            mention._match(twin)

    def test_whoever_objected_and_consents_again_is_matched_again(self):
        self.give("match")
        mention = self.store()
        mention._match(self.partner)
        self.object("match")
        self.give("match")
        self.assertTrue(mention._match(self.partner))

    def test_a_contract_names_the_handle_no_more(self):
        contract = self.env["social.contract"].create(
            {
                "name": "Reputation",
                "partner_id": self.partner.id,
                "kind": "monitor",
                "note": "Signed.",
                "handle_ids": [
                    Command.create(
                        {
                            "platform_id": self.env.ref(f"{ADDON}.platform_fediverse").id,
                            "handle": "ada@social.example",
                        }
                    )
                ],
            }
        )
        self.object()
        self.assertFalse(contract.handle_ids)

    def test_whoever_objected_does_not_come_back_under_another_handle(self):
        mention = self.store(make_post(1, author="ada.example", account="did:plc:Ada"))
        mention.author_id._object_social("monitor", method="staff")
        again = make_post(2, author="new.example", account="did:plc:ada")
        self.assertFalse(self.store(again))
        self.assertFalse(self.env["social.author"].sudo().search([("handle", "=", "new.example")]))
        # Somebody else is not meant.
        self.assertTrue(self.store(make_post(3, author="b.example", account="did:plc:bert")))

    def test_an_objection_takes_along_what_was_written_under_the_earlier_handle(self):
        before = self.store(make_post(1, author="old.example", account="did:plc:ada"))
        now = self.store(make_post(2, author="new.example", account="did:plc:ada"))
        other = self.store(make_post(3, author="b.example", account="did:plc:bert"))
        now.author_id._object_social("monitor", method="staff")
        self.assertFalse((before | now).exists())
        self.assertTrue(other.exists())

    def test_whoever_objected_is_known_under_another_handle_on_the_same_page(self):
        self.list._suppress_values("handle", ["fediverse/ada.example"], ["monitor"])
        stored = self.store(
            make_post(1, author="new.example", account="did:plc:Ada"),
            make_post(2, author="ada.example", account="did:plc:ada"),
            make_post(3, author="b.example", account="did:plc:bert"),
        )
        self.assertEqual(len(stored), 1)

    def test_whoever_objected_before_the_account_was_known_is_known_by_it_from_then_on(self):
        self.list._suppress_values("handle", ["fediverse/ada.example"], ["monitor"])
        self.assertFalse(self.store(make_post(1, author="ada.example", account="did:plc:ada")))
        self.assertFalse(self.store(make_post(2, author="new.example", account="did:plc:ada")))
        # With the handle the account comes off the list.
        self.list._lift_values("handle", ["fediverse/ada.example"], "monitor")
        self.assertTrue(self.store(make_post(3, author="new.example", account="did:plc:ada")))

    def test_consenting_again_lifts_the_account_too(self):
        author = self.store(make_post(1, author="ada.example", account="did:plc:ada")).author_id
        author._object_social("match", method="staff")
        account = "fediverse/did:plc:ada"
        self.assertTrue(self.list._find("handle", [account], "match"))
        self.give("match", partner=author)
        self.assertFalse(self.list._find("handle", [account], "match"))

    def test_an_edit_by_whoever_objected_under_another_handle_is_not_taken(self):
        mention = self.store(make_post(1, author="ada.example"))
        self.list._suppress_values("handle", ["fediverse/did:plc:ada"], ["monitor"])
        edit = make_post(1, author="ada.example", account="did:plc:ada", text="Edited")
        item = connectors.Item(edit.external_id, text=mention.text)
        fate = connectors.Fate(edit.external_id, "edited", edit)
        self.env["social.mention"].sudo()._follow(
            self.source, self.source.platform_id, {item: fate}
        )
        self.assertFalse(mention.exists())

    def test_what_the_account_wrote_while_it_objected_is_found_by_the_job(self):
        mention = self.store(make_post(1, author="new.example", account="did:plc:ada"))
        self.list._suppress_values("handle", ["fediverse/did:plc:ada"], ["monitor"])
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["social.effect"]._cron_clear()
        self.assertFalse(mention.exists())

    def test_erasing_takes_along_the_same_account_under_its_other_handles(self):
        before = self.store(make_post(1, author="old.example", account="did:plc:ada"))
        self.store(make_post(2, author="ada@social.example", account="did:plc:ada"))
        self.give("match")
        self.env["social.profile"]._make(
            self.partner, self.env.ref(f"{ADDON}.platform_fediverse"), "ada@social.example"
        )
        scope = self.env["social.erasure.scope"]._find(self.partner.social_subject_id)
        self.assertIn(before.author_id, scope.records["social.author"])

    def test_what_came_in_while_its_author_objected_is_found_by_the_job(self):
        mention = self.store()
        self.list._suppress_values("handle", [HANDLE], ["monitor"])
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["social.effect"]._cron_clear()
        self.assertFalse(mention.exists())
