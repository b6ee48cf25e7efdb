"""What a withdrawal, an objection or an end does, at once and provably (rule 8; Art. 7(3), 17, 21)."""

import json
from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring.digests import canonical, sha256
from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.models.social_source_import import SocialSourceImport
from odoo.addons.social_consent_monitoring.removed import digest_ids

from common import ADDON, Common, make_post
from wall import GUARDED

FAILURE = "social_no_consent"


class EffectCase(Common):
    def setUp(self):
        super().setUp()
        self.mention = self.store()
        self.platform = self.mention.platform_id
        self.interests = self.env.ref(f"{ADDON}.category_interests")

    def enrich(self, value="Boats", field_name="function", **source):
        source = source or {"mention": self.mention}
        return self.env["social.enrichment"]._make(
            self.partner, self.interests, value, field_name=field_name, **source
        )

    def profile(self):
        return self.env["social.profile"]._make(self.partner, self.platform, "ada@social.example")

    def clear(self):
        """Run the job as the cron does; a test's transaction cannot be committed."""
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["social.effect"]._cron_clear()

    def get_effects(self, consent):
        """Return what the last event of a consent says was removed."""
        payload = json.loads(consent.sudo().event_ids.sorted("sequence")[-1:].payload)
        return payload.get("effects"), payload["version"]

    def left(self):
        return {name for name in GUARDED if self.env[name].sudo().search([])}


class TestProof(EffectCase):
    def test_the_event_counts_what_went_and_digests_it(self):
        consent = self.give("match")
        matches = self.store(make_post(1), make_post(2), make_post(3))._match(self.partner)
        self.profile()
        ids = matches.ids
        self.withdraw("match")
        effects, version = self.get_effects(consent)
        self.assertEqual(effects["counts"], {"social.match": 3, "social.profile": 1})
        self.assertRegex(effects["digest"], "^[0-9a-f]{64}$")
        self.assertEqual(version, 2)
        self.assertFalse(self.left())
        self.assertFalse(self.env["social.match"].sudo().browse(ids).exists())

    def test_whoever_has_a_copy_of_the_rows_proves_that_they_were_meant(self):
        consent = self.give("match")
        match = self.mention._match(self.partner)
        by_hand = digest_ids(match.ids)
        self.withdraw("match")
        wanted = sha256(canonical({"social.match": [by_hand]}).encode())
        self.assertEqual(self.get_effects(consent)[0]["digest"], wanted)

    def test_where_nothing_went_the_event_is_as_it_always_was(self):
        consent = self.give("match")
        self.withdraw("match")
        self.assertEqual(self.get_effects(consent), (None, 1))

    def test_the_chain_is_whole_with_old_and_new_events(self):
        consent = self.give("match")
        self.mention._match(self.partner)
        self.withdraw("match")
        self.give("match")
        self.assertFalse(self.env["social.consent.event"]._verify([consent.subject_id.key]))

    def test_a_changed_count_breaks_the_chain(self):
        consent = self.give("match")
        self.mention._match(self.partner)
        self.withdraw("match")
        event = consent.sudo().event_ids.sorted("sequence")[-1:]
        self.env.cr.execute("ALTER TABLE social_consent_event DISABLE TRIGGER USER")
        self.env.cr.execute(
            "UPDATE social_consent_event SET payload = replace(payload, %s, %s) WHERE id = %s",
            ('"social.match":1', '"social.match":2', event.id),
        )
        self.env.cr.execute("ALTER TABLE social_consent_event ENABLE TRIGGER USER")
        self.env.invalidate_all()
        self.assertEqual(self.env["social.consent.event"]._verify([consent.subject_id.key]), event)

    def test_the_receipt_and_the_proof_say_it_in_words(self):
        consent = self.give("match")
        self.mention._match(self.partner)
        self.withdraw("match")
        [row] = consent._get_receipt_rows()
        self.assertEqual(row["events"][-1]["removed"], "Removed with it: connected posts: 1.")
        self.assertFalse(row["events"][0]["removed"])
        report = self.env.ref(f"{ADDON}.action_report_consent_proof").with_user(self.officer)
        html, _kind = report._render_qweb_html(report.report_name, self.partner.ids)
        self.assertIn(b"connected posts: 1", html)
        self.assertIn(self.get_effects(consent)[0]["digest"].encode(), html)

    def test_files_and_names_for_imports_go_along(self):
        self.give("match")
        match, profile = self.mention._match(self.partner), self.profile()
        files = self.env["ir.attachment"].create(
            [
                {"name": "avatar.png", "raw": b"x", "res_model": row._name, "res_id": row.id}
                for row in (match, profile)
            ]
        )
        match.export_data(["id"])
        self.withdraw("match")
        self.assertFalse(files.exists())
        names = self.env["ir.model.data"].search([("model", "in", GUARDED)])
        self.assertFalse(names.filtered(lambda name: name.module == "__export__"))

    def test_a_thousand_matches_take_no_more_queries_than_ten(self):
        def withdraw_with(count, first):
            partner = self.env["res.partner"].create({"name": "Many", "lang": "en_US"})
            self.give(partner=partner)
            self.store(*(make_post(first + number) for number in range(count)))._match(partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.withdraw("match", partner=partner)
            return self.cr.sql_log_count - before

        withdraw_with(1, 5000)
        self.assertEqual(withdraw_with(300, 6000), withdraw_with(3, 7000))


class TestWrittenValues(EffectCase):
    """R21: what enriching wrote into the contact goes with the value."""

    def setUp(self):
        super().setUp()
        self.give("enrich")

    def test_the_value_stands_in_the_contact_and_goes_with_the_consent(self):
        consent = self.partner.social_consent_ids
        self.assertEqual(self.enrich().field_name, "function")
        self.assertEqual(self.partner.function, "Boats")
        self.withdraw("enrich")
        self.assertFalse(self.partner.function)
        counts = self.get_effects(consent)[0]["counts"]
        self.assertEqual(counts, {"res.partner": 1, "social.enrichment": 1})

    def test_r21_a_duplicate_of_the_contact_takes_no_value_along(self):
        self.enrich()
        self.assertFalse(self.partner.copy().function)
        self.assertEqual(self.partner.copy({"function": "Captain"}).function, "Captain")
        self.partner.function = "Captain"
        self.assertEqual(self.partner.copy().function, "Captain", "somebody typed that in")

    def test_what_somebody_typed_in_since_stays(self):
        self.enrich()
        self.partner.function = "Captain"
        self.withdraw("enrich")
        self.assertEqual(self.partner.function, "Captain")

    def test_it_goes_with_the_post_the_profile_and_the_row(self):
        self.give("match")
        for source, end in (
            (lambda: {"mention": self.mention}, lambda row: row.mention_id.sudo().unlink()),
            (lambda: {"profile": self.profile()}, lambda row: row.profile_id.sudo().unlink()),
            (lambda: {"profile": self.profile()}, lambda row: self.withdraw("match")),
            (lambda: {"mention": self.store(make_post(9))}, lambda row: row.sudo().unlink()),
        ):
            row = self.enrich(**source())
            self.assertEqual(self.partner.function, "Boats")
            end(row)
            self.assertFalse(self.partner.function)

    def test_what_the_company_knew_itself_is_never_replaced(self):
        self.partner.function = "Captain"
        with self.assertRaisesRegex(UserError, "holds a value already"):
            self.enrich()

    def test_a_newer_value_replaces_the_older_one_and_nothing_else(self):
        row = self.enrich()
        self.assertEqual(self.enrich("Sails"), row)
        self.assertEqual(self.partner.function, "Sails")
        self.partner.function = "Captain"
        with self.assertRaisesRegex(UserError, "holds a value already"):
            self.enrich("Oars")
        self.withdraw("enrich")
        self.assertEqual(self.partner.function, "Captain")

    def test_only_plain_fields_that_the_user_may_write_take_a_value(self):
        for name in (
            "name",
            "email",
            "phone",
            "vat",
            "country_id",
            "comment",
            "social_subject_id",
            "email_normalized",
            "active",
            "barcode",
            "no_such_field",
        ):
            with self.assertRaisesRegex(UserError, "cannot be written"):
                self.enrich(field_name=name)
        with self.assertRaises(AccessError):
            self.env["social.enrichment"].with_user(self.clerk)._make(
                self.partner.with_user(self.clerk),
                self.interests,
                "Boats",
                self.mention.with_user(self.clerk),
                field_name="function",
            )

    def test_the_job_takes_back_what_the_clock_ended(self):
        self.withdraw("enrich")
        self.give("enrich", valid_until=fields.Datetime.now() + timedelta(hours=1))
        self.enrich()
        self.clear()
        self.assertEqual(self.partner.function, "Boats")
        with self.after(hours=2):
            self.clear()
        self.assertFalse(self.partner.function)

    def test_no_track_of_it_stays_in_the_chatter(self):
        self.env.flush_all()
        before = self.partner.message_ids
        self.enrich()
        self.withdraw("enrich")
        self.env.flush_all()
        self.assertEqual(self.partner.message_ids, before)


class TestQueued(EffectCase):
    """What is queued for a person goes at once, where all see it."""

    def setUp(self):
        super().setUp()
        self.env["mail.mail"].search([]).unlink()
        self.partner.phone = "+49 30 123456"
        for channel in ("email", "sms", "phone"):
            self.give("contact", channel)

    def queue(self, kind="marketing", **values):
        return (
            open_door(self.env["mail.mail"])
            .create(
                {
                    "subject": "News",
                    "body_html": "<p>News</p>",
                    "social_kind": kind,
                    "recipient_ids": [Command.set(self.partner.ids)],
                    **values,
                }
            )
            .with_env(self.env)
        )

    def test_r23_queued_advertising_is_cancelled_and_service_is_not(self):
        failed = self.queue(state="exception")
        typed = self.queue(recipient_ids=False, email_to='"Ada" <ADA@example.com>')
        other = self.queue(recipient_ids=False, email_to="ben@example.com")
        mails = self.queue(), failed, typed
        service = self.queue("service")
        self.withdraw("contact", "email")
        for mail in mails:
            self.assertEqual((mail.state, mail.failure_type), ("cancel", FAILURE))
        self.assertEqual(service.state, "outgoing")
        self.assertEqual(other.state, "outgoing")
        consent = self.partner.social_consent_ids.filtered(lambda each: each.channel == "email")
        self.assertEqual(self.get_effects(consent)[0]["counts"], {"mail.mail": 3})

    def test_another_channel_stays_queued(self):
        mail = self.queue()
        self.withdraw("contact", "sms")
        self.assertEqual(mail.state, "outgoing")

    def test_the_others_of_a_mail_still_get_it(self):
        other = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.give("contact", "email", partner=other)
        mail = self.queue(recipient_ids=[Command.set((self.partner | other).ids)])
        self.withdraw("contact", "email")
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual(mail.recipient_ids, other)

    def test_r23_queued_sms_are_cancelled(self):
        sms = open_door(self.env["sms.sms"]).create(
            {
                "number": "+4930123456",
                "body": "News",
                "partner_id": self.partner.id,
                "social_kind": "marketing",
            }
        )
        self.withdraw("contact", "sms")
        self.assertEqual((sms.state, sms.failure_type), ("canceled", FAILURE))

    def test_r23_a_letter_that_is_not_printed_is_cancelled_by_an_objection(self):
        letter = self.env["snailmail.letter"].create(
            {
                "partner_id": self.partner.id,
                "model": "res.partner",
                "res_id": self.partner.id,
                "user_id": self.env.uid,
                "company_id": self.env.company.id,
            }
        )
        self.partner._object_social("contact", "post", method="staff")
        self.assertEqual((letter.state, letter.error_code), ("canceled", "SOCIAL_NO_CONSENT"))

    def test_a_scheduled_message_goes_back_to_its_author(self):
        message = self.env["mail.scheduled.message"].create(
            {
                "model": "res.partner",
                "res_id": self.partner.id,
                "author_id": self.env.user.partner_id.id,
                "partner_ids": [Command.set(self.partner.ids)],
                "body": "<p>Boats for sale</p>",
                "scheduled_date": fields.Datetime.now() + timedelta(days=1),
                "notification_parameters": json.dumps({"social_kind": "marketing"}),
            }
        )
        self.withdraw("contact", "email")
        self.assertFalse(message.exists())
        told = self.env["mail.message"].search([("body", "like", "Boats for sale")])
        self.assertIn("No consent".lower(), told.body.lower())
        self.assertEqual(told.partner_ids, self.env.user.partner_id)

    def test_a_notification_for_later_shows_as_cancelled(self):
        message = self.env["mail.message"].create(
            {
                "model": "res.partner",
                "res_id": self.partner.id,
                "message_type": "comment",
                "partner_ids": [Command.set(self.partner.ids)],
                "body": "<p>Later</p>",
            }
        )
        schedule = self.env["mail.message.schedule"].create(
            {"mail_message_id": message.id, "scheduled_datetime": fields.Datetime.now()}
        )
        self.env.cr.execute(
            "UPDATE mail_message_schedule SET social_kind = 'marketing' WHERE id = %s",
            (schedule.id,),
        )
        self.env.invalidate_all()
        self.withdraw("contact", "email")
        notification = message.notification_ids
        self.assertEqual(notification.notification_status, "canceled")
        self.assertEqual(notification.failure_type, FAILURE)

    def test_r23_a_planned_call_becomes_a_task_that_says_so(self):
        call = self.partner.activity_schedule("mail.mail_activity_data_call")
        self.withdraw("contact", "phone")
        self.assertNotEqual(call.activity_type_id.category, "phonecall")
        self.assertIn("No call", call.note)


class TestWatching(EffectCase):
    """R24: a source that watches a person stands and falls with that person's consent."""

    def watch(self, **values):
        return self.env["social.source"].create(
            {
                "name": "A source",
                "connector": "feed",
                "address": "https://social.example/@ada.rss",
                "platform_id": self.platform.id,
                "balancing_test": "Asked for.",
                "watched_partner_id": self.partner.id,
                **values,
            }
        )

    def test_r24_nobody_is_watched_without_consent(self):
        with self.assertRaises(ConsentRequired) as caught:
            self.watch()
        self.assertEqual(caught.exception.decision.rule, "R24")
        with self.assertRaises(ConsentRequired):
            self.source.watched_partner_id = self.partner

    def test_with_consent_it_starts_and_its_name_says_nothing(self):
        self.give("monitor")
        self.assertEqual(self.watch().watched_company_id, self.env.company)
        for name in ("Posts of Ada", "ada@social.example"):
            with self.assertRaisesRegex(ValidationError, "does not tell who"):
                self.watch(name=name)

    def test_who_is_watched_is_for_manager_and_officer(self):
        self.give("monitor")
        source = self.watch()
        for user in (self.clerk, self.sales):
            with self.assertRaises(AccessError):
                source.with_user(user).read(["watched_partner_id"])
        self.assertTrue(source.with_user(self.manager).watched_partner_id)
        with self.assertRaises(AccessError):
            self.env["social.source"].with_user(self.clerk).search(
                [("watched_partner_id", "=", self.partner.id)]
            )

    def test_r24_a_withdrawal_closes_it_for_good_with_all_that_it_alone_brought(self):
        consent = self.give("monitor")
        source = self.watch(state="active")
        [alone, shared] = (
            source._store([make_post(number, author=f"w{number}@social.example")])
            for number in (71, 72)
        )
        self.source._store([make_post(72, author="w72@social.example")])
        author = alone.author_id
        self.withdraw("monitor")
        self.assertEqual(source.state, "closed")
        self.assertFalse(alone.exists())
        self.assertFalse(author.exists())
        self.assertTrue(shared.exists())
        self.assertFalse(source.address or source.term or source.watched_partner_id)
        counts = self.get_effects(consent)[0]["counts"]
        self.assertEqual(counts, {"social.source": 1, "social.mention": 1, "social.author": 1})
        with self.assertRaisesRegex(UserError, "closed for good"):
            source.action_activate()

    def test_a_consent_to_another_company_does_not_close_it(self):
        self.give("monitor")
        source = self.watch(state="active")
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.partner.with_company(other)._object_social("monitor", method="staff")
        self.assertEqual(source.state, "active")

    def test_r24_at_the_end_by_the_clock_the_next_run_closes_it(self):
        self.give("monitor", valid_until=fields.Datetime.now() + timedelta(hours=1))
        source = self.watch(state="active")
        mention = source._store([make_post(73, author="w73@social.example")])
        with self.after(hours=2):
            with patch.object(SocialSourceImport, "_import_pages", side_effect=AssertionError):
                source._import()
            self.assertEqual(source.state, "closed")
            self.assertFalse(mention.exists())
            with self.assertRaises(ConsentRequired):
                self.source.watched_partner_id = self.partner

    def test_the_job_closes_one_that_is_paused(self):
        self.give("monitor", valid_until=fields.Datetime.now() + timedelta(hours=1))
        source = self.watch()
        with self.after(hours=2):
            self.clear()
        self.assertEqual(source.state, "closed")

    def test_r24_what_it_brought_goes_when_it_watches_that_person_no_more(self):
        self.give("monitor")
        other = self.env["res.partner"].create({"name": "Bo Example"})
        self.give("monitor", partner=other)
        for number, change in (
            (81, lambda source: source.write({"watched_partner_id": False})),
            (82, lambda source: source.write({"watched_partner_id": other.id})),
            (83, lambda source: source.unlink()),
        ):
            source = self.watch(state="active")
            [alone, shared] = (
                source._store([make_post(each, author=f"w{each}@social.example")])
                for each in (number, number + 10)
            )
            self.source._store([make_post(number + 10, author=f"w{number + 10}@social.example")])
            source.write({"watched_partner_id": self.partner.id, "name": "Still the same"})
            self.assertTrue(alone.exists())
            change(source)
            self.assertFalse(alone.exists(), number)
            self.assertTrue(shared.exists(), number)

    def test_r24_what_is_asked_for_is_not_for_clerks(self):
        self.give("monitor")
        source = self.watch(connector="fediverse", kind="search", term="@ada@social.example")
        with self.assertRaises(AccessError):
            source.with_user(self.clerk).read(["term"])
        self.assertTrue(source.with_user(self.manager).term)

    def test_it_closes_with_the_contact(self):
        self.give("monitor")
        source = self.watch()
        self.partner.unlink()
        self.assertEqual(source.state, "closed")


class TestCopies(EffectCase):
    """Copies of posts in other records are found by their recorded origin."""

    def setUp(self):
        super().setUp()
        self.author = self.mention.author_id
        self.give("contact", "social", partner=self.author)

    def make_lead(self, **values):
        return self.env["crm.lead"].create(
            {
                "name": "Lost parcel of Ada",
                "description": "<p>Where is my parcel?</p>",
                "social_mention_id": self.mention.id,
                **values,
            }
        )

    def test_a_lead_loses_the_copied_text_with_the_consent(self):
        lead = self.make_lead()
        activity = lead.activity_schedule("mail.mail_activity_data_todo")
        self.withdraw("contact", "social", partner=self.author)
        self.assertFalse(lead.description or lead.social_mention_id)
        self.assertEqual(lead.name, f"Lead {lead.id}")
        self.assertEqual(activity.res_name, lead.name)

    def test_a_lead_loses_the_copied_text_with_the_post(self):
        lead = self.make_lead()
        self.mention.sudo().unlink()
        self.assertFalse(lead.description)

    def test_what_was_written_without_a_post_stays(self):
        lead = self.env["crm.lead"].create({"name": "Own", "description": "<p>Own words</p>"})
        lead.social_mention_id = self.mention
        self.mention.sudo().unlink()
        self.assertIn("Own words", lead.description)

    def test_the_copy_is_found_in_the_lead_that_took_it_over_and_in_the_contact(self):
        lead = self.make_lead(email_from="new@example.com", contact_name="New")
        target = self.env["crm.lead"].create({"name": "Target", "email_from": "new@example.com"})
        merged = (lead | target).merge_opportunity()
        customer = merged._create_customer()
        self.assertIn("Where is my parcel", f"{merged.description} {customer.comment}")
        self.mention.sudo().unlink()
        self.assertNotIn("parcel", f"{merged.description} {customer.comment}")

    def test_messages_and_files_that_are_copies_are_deleted(self):
        message = self.partner.message_post(body="As said in the post")
        file = self.env["ir.attachment"].create({"name": "screenshot.png", "raw": b"x"})
        for record in (message, file):
            self.env["social.copy"]._record(record, mention=self.mention)
        with self.assertRaises(ValueError):
            self.env["social.copy"]._record(self.partner, mention=self.mention)
        self.mention.sudo().unlink()
        self.assertFalse(message.exists() or file.exists())
        self.assertFalse(self.env["social.copy"].sudo().search([]))

    def test_nobody_types_in_a_copy(self):
        with self.assertRaises(UserError):
            self.env["social.copy"].create({"res_model": "crm.lead", "res_id": 1})
        for user in (self.clerk, self.manager, self.officer):
            with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_model"):
                self.env["social.copy"].with_user(user).search([])
