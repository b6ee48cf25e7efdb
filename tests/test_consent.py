"""Consent is an act of the person, recorded for good (rules 6 to 9 and 22)."""

import hashlib
import json
from datetime import timedelta

import psycopg2

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from odoo.addons.social_consent_monitoring.models.social_consent_evidence import get_digest

from common import ADDON, PHONE_CALL, Common

POST_AND_OTHERS = ("sms", "phone", "post", "social")


class TestDoors(Common):
    def test_a_consent_is_given_by_event_and_withdrawn_by_event(self):
        consent = self.give()
        self.assertEqual(consent.state, "given")
        self.assertEqual(consent.subject_id, self.partner.social_subject_id)
        self.assertEqual(self.partner.social_consent_ids, consent)
        self.withdraw("match")
        self.assertEqual(consent.state, "withdrawn")
        self.assertLessEqual(consent.valid_until, fields.Datetime.now())
        self.assertEqual(consent.event_ids.mapped("state"), ["withdrawn", "given"])

    def test_the_period_follows_from_the_notice(self):
        consent = self.give(given_at=fields.Datetime.to_datetime("2026-01-31 10:00:00"))
        self.assertEqual(consent.notice_id.months, 24)
        self.assertEqual(str(consent.valid_until), "2028-01-31 10:00:00")

    def test_a_consent_expires_by_the_clock_alone(self):
        consent = self.give(valid_until=fields.Datetime.now() + timedelta(hours=1))
        self.assertEqual(consent.state, "given")
        with self.after(hours=2):
            consent.invalidate_recordset()
            self.assertEqual(consent.state, "expired")
            found = self.env["social.consent"].search([("state", "=", "expired")])
            self.assertIn(consent, found)
            self.assertNotIn(consent, self.env["social.consent"].search([("state", "=", "given")]))

    def test_many_persons_at_once_each_with_a_chain_of_their_own(self):
        partners = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(30)])
        consents = self.give("contact", "email", partner=partners)
        self.assertEqual(len(consents), 30)
        self.assertEqual(len(set(partners.mapped("social_subject_key"))), 30)
        self.assertFalse(any(consents.event_ids.mapped("previous_hash")))

    def test_newsletter_recipients_leads_and_authors_have_the_same_doors(self):
        author = self.store().author_id
        recipient = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        lead = self.env["crm.lead"].create({"name": "Lead", "email_from": "l@example.com"})
        for person in (author, recipient, lead):
            consent = self.give("contact", "email", partner=person)
            self.assertEqual(person.social_consent_ids, consent)

    def test_r22_a_consent_says_where_it_was_given(self):
        platform = self.env.ref(f"{ADDON}.platform_fediverse")
        consent = self.give(platform=platform, method="platform", evidence=None)
        self.assertEqual(consent.platform_id, platform)
        self.assertEqual(json.loads(consent.event_ids.payload)["platform"], "fediverse")

    def test_a_consent_counts_for_the_company_that_it_was_given_to(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.give()
        allowed = self.env["social.policy"]._decide("match", self.partner)
        elsewhere = self.env["social.policy"].with_company(other)._decide("match", self.partner)
        self.assertTrue(allowed[self.partner.id])
        self.assertFalse(elsewhere[self.partner.id])

    def test_consents_are_found_by_their_contact_archived_or_not(self):
        consent = self.give()
        self.give(partner=self.env["res.partner"].create({"name": "Ben Other"}))
        self.partner.active = False
        consents = self.env["social.consent"].with_user(self.sales)
        for domain in (
            [("partner_id", "=", self.partner.id)],
            [("partner_id", "in", self.partner.ids)],
            [("partner_id", "ilike", "ada exam")],
            [("partner_id.email", "=", "ada@example.com")],
        ):
            self.assertEqual(consents.search(domain), consent, domain)
        self.assertEqual(consent.with_user(self.sales).partner_id, self.partner)

    def test_copying_a_contact_copies_no_consent(self):
        self.give()
        copy = self.partner.copy()
        self.assertFalse(copy.social_subject_key)
        self.assertFalse(copy.social_consent_ids)

    def test_deleting_a_contact_keeps_the_record_of_consent(self):
        consent = self.give()
        self.partner.unlink()
        self.assertTrue(consent.exists())
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_withdrawing_all_purposes_and_channels_takes_one_call(self):
        self.give()
        for channel in ("email", "sms"):
            self.give("contact", channel)
        withdrawn = self.withdraw()
        self.assertEqual(len(withdrawn), 3)
        self.assertEqual(set(withdrawn.mapped("state")), {"withdrawn"})
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_withdrawing_one_channel_leaves_the_others(self):
        email, sms = self.give("contact", "email"), self.give("contact", "sms")
        self.withdraw("contact", "email")
        self.assertEqual((email.state, sms.state), ("withdrawn", "given"))

    def test_two_withdrawals_are_one(self):
        consent = self.give()
        self.withdraw()
        self.assertFalse(self.withdraw())
        self.assertEqual(len(consent.event_ids), 2)

    def test_who_withdrew_may_consent_again(self):
        consent = self.give()
        self.withdraw()
        self.assertEqual(self.give(), consent)
        self.assertEqual(consent.state, "given")
        self.assertEqual(len(consent.event_ids), 3)

    def test_an_old_consent_does_not_undo_a_later_withdrawal(self):
        consent = self.give()
        self.withdraw()
        with self.assertRaisesRegex(UserError, "said no after this consent"):
            self.give(given_at=fields.Datetime.now() - timedelta(days=1), method="import")
        self.assertEqual(consent.state, "withdrawn")

    def test_no_persons_are_no_error(self):
        nobody = self.env["res.partner"]
        self.assertFalse(nobody._give_social_consent("match", method="portal"))
        self.assertFalse(nobody._withdraw_social_consent(method="portal"))
        self.assertFalse(nobody._object_social(method="portal"))


class TestObjection(Common):
    """GDPR Art. 21: saying no needs no consent before it."""

    def test_it_withdraws_what_was_given_and_refuses_what_was_never_asked(self):
        given = self.give("contact", "email")
        self.partner._object_social("contact", method="staff", reason="by phone")
        states = {consent.channel: consent.state for consent in self.partner.social_consent_ids}
        self.assertEqual(given.state, "withdrawn")
        self.assertEqual(
            states, {"email": "withdrawn", **dict.fromkeys(POST_AND_OTHERS, "refused")}
        )
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def test_r25_every_event_of_it_says_why_and_by_which_door(self):
        self.give("contact", "email")
        self.partner._object_social("contact", method="reply", reason="Leave me alone.")
        events = self.partner.social_consent_ids.event_ids.filtered(lambda e: e.state != "given")
        evidence = self.env["social.consent.evidence"].search([("event_id", "in", events.ids)])
        self.assertEqual(len(evidence), len(POST_AND_OTHERS) + 1)
        self.assertEqual(
            {(proof.method, proof.reason) for proof in evidence}, {("reply", "Leave me alone.")}
        )
        refused = evidence.filtered(lambda proof: proof.event_state == "refused")
        self.assertFalse(refused.notice_id, "who was never asked refused no text")

    def test_it_stops_letters_until_the_person_acts_again(self):
        policy = self.env["social.policy"]
        self.assertTrue(policy._decide("contact_post", self.partner)[self.partner.id])
        self.partner._object_social(method="staff")
        self.assertFalse(policy._decide("contact_post", self.partner)[self.partner.id])
        self.give("contact", "post")
        self.assertTrue(policy._decide("contact_post", self.partner)[self.partner.id])

    def test_two_objections_are_one(self):
        self.partner._object_social(method="staff")
        events = self.env["social.consent.event"].search_count([])
        self.partner._object_social(method="staff")
        self.assertEqual(self.env["social.consent.event"].search_count([]), events)


class TestCompanies(Common):
    """What was given to one company is nothing to another."""

    def setUp(self):
        super().setUp()
        self.event = self.give().event_ids
        company = self.env["res.company"].create({"name": "Other"})
        self.stranger = new_test_user(
            self.env,
            "stranger",
            groups=f"{ADDON}.group_privacy_officer,base.group_user",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )

    def test_an_officer_of_another_company_reads_nothing_of_it(self):
        for model in ("social.consent", "social.consent.event", "social.consent.evidence"):
            self.assertTrue(self.env[model].with_user(self.officer).search_count([]), model)
            self.assertFalse(self.env[model].with_user(self.stranger).search_count([]), model)

    def test_nobody_finds_out_who_consented_elsewhere(self):
        partners = self.env["res.partner"].with_user(self.stranger)
        for domain in (
            [("social_consent_ids", "!=", False)],
            [("social_consent_ids", "in", self.event.consent_id.ids)],
            [("social_consent_ids.state", "=", "given")],
        ):
            self.assertFalse(partners.search(domain), domain)
            self.assertIn(self.partner, self.env["res.partner"].search(domain))
        everybody = partners.search([("social_consent_ids", "=", False)])
        self.assertIn(self.partner, everybody)
        self.assertNotIn(
            self.partner, self.env["res.partner"].search([("social_consent_ids", "=", False)])
        )


class TestBadInput(Common):
    """A clear error, and no event."""

    def refused(self, text, *args, **values):
        before = self.env["social.consent.event"].search_count([])
        with self.assertRaisesRegex(UserError, text):
            self.give(*args, **values)
        self.assertEqual(self.env["social.consent.event"].search_count([]), before)

    def test_unknown_purpose(self):
        self.refused("not a purpose", "marketing")

    def test_channel_missing_unknown_or_out_of_place(self):
        self.refused("needs a channel", "contact")
        self.refused("needs a channel", "contact", "pigeon")
        self.refused("by channel", "match", "email")
        with self.assertRaisesRegex(UserError, "purpose that the channel"):
            self.withdraw(None, "email")

    def test_unknown_door(self):
        self.refused("no way to record", method="guess")

    def test_nobody_consents_by_unsubscribing(self):
        self.refused("by unsubscribing", method="unsubscribe")
        self.refused("by unsubscribing", method="blacklist")

    def test_no_consent_lasts_longer_than_its_notice_says(self):
        self.refused("ends after 24 months", valid_until=fields.Datetime.now() + timedelta(9999))

    def test_r9_staff_needs_evidence(self):
        self.refused("Say how the person consented", evidence=None)
        self.refused("Say how the person consented", evidence={})

    def test_a_date_in_the_future(self):
        self.refused("future", given_at=fields.Datetime.now() + timedelta(minutes=1))

    def test_a_notice_in_another_language_or_for_another_purpose(self):
        german = self.env.ref(f"{ADDON}.notice_match_de")
        self.refused("the person reads", notice=german)
        self.refused("another purpose", notice=self.env.ref(f"{ADDON}.notice_enrich_en"))
        company = self.env["res.company"].create({"name": "Other"})
        elsewhere = self.env.ref(f"{ADDON}.notice_match_en").copy({"company_id": company.id})
        elsewhere.action_publish()
        self.refused("another purpose or company", notice=elsewhere)

    def test_a_notice_that_is_not_published(self):
        draft = self.env.ref(f"{ADDON}.notice_match_en").copy()
        self.refused("Only a published notice", notice=draft)

    def test_no_notice_at_all(self):
        other = self.env["res.company"].create({"name": "Other"})
        with self.assertRaisesRegex(UserError, "no published privacy notice"):
            self.partner.with_company(other)._give_social_consent("match", method="portal")


class TestEvents(Common):
    """Append-only, for everybody; what is changed all the same is found."""

    def setUp(self):
        super().setUp()
        self.consent = self.give()
        self.event = self.consent.event_ids

    def test_no_orm_call_makes_changes_or_deletes_an_event(self):
        for call in (
            lambda: self.event.sudo().write({"state": "withdrawn"}),
            lambda: self.event.sudo().unlink(),
            lambda: self.event.sudo().copy(),
            lambda: self.env["social.consent.event"].sudo().create({"state": "given"}),
        ):
            with self.assertRaisesRegex(UserError, "append-only"):
                call()

    @mute_logger("odoo.sql_db")
    def test_postgresql_refuses_too(self):
        for statement in (
            "UPDATE social_consent_event SET state = 'withdrawn'",
            "DELETE FROM social_consent_event",
            "TRUNCATE social_consent_event CASCADE",
        ):
            with self.assertRaisesRegex(psycopg2.Error, "append-only"), self.env.cr.savepoint():
                self.env.cr.execute(statement)

    def test_a_consent_is_never_typed_in(self):
        for call in (
            lambda: self.consent.sudo().write({"recorded_state": "given"}),
            lambda: self.consent.sudo().unlink(),
            lambda: self.env["social.consent"].sudo().create({"channel": "email"}),
        ):
            with self.assertRaisesRegex(UserError, "follows from what the person did"):
                call()

    def test_a_whole_chain_verifies(self):
        self.withdraw()
        self.give()
        self.give("enrich")
        self.assertFalse(self.env["social.consent.event"]._find_break())

    def tamper(self, statement, *params):
        self.env.flush_all()
        self.env.cr.execute(
            "ALTER TABLE social_consent_event DISABLE TRIGGER social_consent_event_append_only"
        )
        self.env.cr.execute(statement, params)
        self.env.invalidate_all()

    def remove(self, event):
        self.env["social.consent.evidence"].search([("event_id", "=", event.id)]).unlink()
        self.tamper("DELETE FROM social_consent_event WHERE id = %s", event.id)

    def test_an_edited_payload_is_found(self):
        self.withdraw()
        self.tamper(
            "UPDATE social_consent_event SET payload = replace(payload, 'staff', 'portal') "
            "WHERE id = %s",
            self.event.id,
        )
        self.assertEqual(self.env["social.consent.event"]._verify(), self.event)

    def test_an_edited_column_is_found(self):
        for change in ("state = 'refused'", "happened_at = happened_at - interval '1 day'"):
            with self.env.cr.savepoint() as savepoint:
                self.tamper(
                    f"UPDATE social_consent_event SET {change} WHERE id = %s", self.event.id
                )
                self.assertEqual(self.env["social.consent.event"]._verify(), self.event, change)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_a_missing_link_is_found(self):
        self.withdraw()
        self.give()
        middle, last = self.consent.event_ids[1], self.consent.event_ids[0]
        self.remove(middle)
        self.assertEqual(self.env["social.consent.event"]._verify(), last)

    def test_a_missing_end_is_found(self):
        self.withdraw()
        last = self.consent.event_ids[0]
        self.remove(last)
        self.assertEqual(self.env["social.consent.event"]._verify(), self.event)

    def test_a_chain_that_is_gone_is_found(self):
        other = self.give(partner=self.env["res.partner"].create({"name": "Other"})).event_ids
        self.remove(self.event)
        self.assertEqual(self.env["social.consent.event"]._verify(), other)

    def test_an_event_moved_to_another_consent_is_found(self):
        other = self.give("enrich")
        self.tamper(
            "UPDATE social_consent_event SET consent_id = %s WHERE id = %s",
            other.id,
            self.event.id,
        )
        self.assertEqual(self.env["social.consent.event"]._verify(), self.event)

    def test_a_consent_that_its_last_event_did_not_leave_so_is_found(self):
        self.withdraw()
        last = self.consent.event_ids[0]
        platform = self.env.ref(f"{ADDON}.platform_web").id
        for change in (
            "recorded_state = 'given'",
            "valid_until = '2099-01-01'",
            "given_at = given_at - interval '1 day'",
            "given_at = NULL",
            "notice_id = NULL",
            "channel = 'email'",
            "event_sequence = event_sequence - 1",
            f"platform_id = {platform}",
            f"company_id = {self.env['res.company'].create({'name': 'Other'}).id}",
            f"notice_id = {self.env.ref(f'{ADDON}.notice_match_de').id}",
            f"purpose_id = {self.env.ref(f'{ADDON}.purpose_enrich').id}",
        ):
            self.env.flush_all()
            with self.env.cr.savepoint() as savepoint:
                self.env.cr.execute(
                    f"UPDATE social_consent SET {change} WHERE id = {self.consent.id}"
                )
                self.env.invalidate_all()
                self.assertEqual(self.env["social.consent.event"]._verify(), last, change)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_other_platforms_than_were_agreed_to_are_found(self):
        platforms = "social_consent_notice_social_platform_rel"
        self.env.cr.execute(
            f"DELETE FROM {platforms} WHERE social_consent_notice_id = %s",
            [self.consent.notice_id.id],
        )
        self.env.invalidate_all()
        own = [self.partner.social_subject_key]
        self.assertEqual(self.env["social.consent.event"]._verify(own), self.event)

    def test_each_hash_is_of_the_payload_and_the_hash_before(self):
        self.withdraw()
        previous = ""
        for event in self.consent.event_ids.sorted("sequence"):
            text = f"{previous}\n{event.payload}"
            self.assertEqual(event.hash, hashlib.sha256(text.encode()).hexdigest())
            previous = event.hash

    def test_events_hold_nothing_personal(self):
        dump = json.dumps(self.event.read()[0], default=str) + self.event.payload
        for word in ("Ada", "example", "phone", self.env.user.login):
            self.assertNotIn(word, dump.replace("staff", ""))


class TestEvidence(Common):
    def test_r5_only_the_privacy_officer_reads_evidence(self):
        event = self.give().event_ids
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        self.assertEqual(evidence.note, PHONE_CALL["note"])
        self.assertEqual(evidence.with_user(self.officer).method, "staff")
        for user in (self.clerk, self.manager, self.sales, self.employee):
            with self.assertRaises(AccessError):
                evidence.with_user(user).read(["details"])
            with self.assertRaises(AccessError):
                event.with_user(user).read(["payload"])

    def test_evidence_is_bound_to_its_event_by_a_salted_digest(self):
        event = self.give().event_ids
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        self.assertEqual(json.loads(event.payload)["evidence"], evidence.digest)
        self.assertEqual(get_digest(evidence.salt, evidence.details), evidence.digest)

    def test_erasing_evidence_leaves_the_chain_whole(self):
        self.give()
        self.env["social.consent.evidence"].search([]).sudo().unlink()
        self.assertFalse(self.env["social.consent.event"]._find_break())
