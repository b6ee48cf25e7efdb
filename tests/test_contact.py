"""What sales and the privacy officer see on the contact, and what they do there."""

import hashlib
from datetime import timedelta
from unittest.mock import patch

from lxml import html
from psycopg2.errors import SerializationFailure

from odoo import Command, fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import Form, new_test_user
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.models import social_consent_request_batch
from odoo.addons.social_consent_monitoring.models.social_consent_event import Break
from odoo.addons.social_consent_monitoring.policy import RENEWAL_DAYS

from common import ADDON, Common, CommonHttp


class Contact(Common):
    """A contact, and the ways in which staff and the person decide about it."""

    def open_record(self, user=None, **values):
        """Return the form for a consent, filled in as for a call."""
        wizards = self.env["social.consent.record.wizard"].with_user(user or self.sales)
        return wizards.create(
            {
                "partner_id": self.partner.id,
                "purpose_id": self.env.ref(f"{ADDON}.purpose_match").id,
                "medium": "phone",
                "call_record": "Called back at ten, read the text out, she said yes.",
                **values,
            }
        )

    def upload(self, user=None, **values):
        """Upload a file as the form does before it is saved."""
        return (
            self.env["ir.attachment"]
            .with_user(user or self.sales)
            .create(
                {
                    "name": "signed.pdf",
                    "raw": b"A signed paper",
                    "res_model": "social.consent.record.wizard",
                    "res_id": 0,
                    **values,
                }
            )
        )

    def ask_by_hand(self, purpose="contact", channel="email", partner=None):
        """Append the event of a question, as a request does."""
        purpose = self.env["social.consent.purpose"]._get(purpose, channel)
        subjects = [subject for _record, subject in (partner or self.partner)._ensure_subjects()]
        return self.env["social.consent"]._append(
            "requested",
            purpose,
            channel,
            {
                subject: {
                    "notice": self.env["social.consent.notice"]._get_published(purpose, "en_US"),
                    "given_at": False,
                    "valid_until": fields.Datetime.now(),
                }
                for subject in subjects
            },
            method="staff",
        )

    def rows(self, user=None):
        partner = self.partner.with_user(user or self.sales)
        partner.invalidate_recordset()
        groups = partner.social_overview["groups"]
        return {row["act"]: row for group in groups for row in group["rows"]}

    def steps(self, act, user=None):
        return [button["step"] for button in self.rows(user)[act]["buttons"]]

    def summary(self):
        self.partner.invalidate_recordset()
        lines = self.partner.with_user(self.sales).social_overview["summary"]
        return [line["text"] for line in lines]


class TestOverview(Contact):
    def test_the_tab_sums_up_what_may_be_done(self):
        self.give("contact", "email")
        self.assertEqual(
            self.summary(),
            [
                "You may advertise by: E-mail and Letter.",
                "You may not advertise by: SMS, Phone, and Social message.",
                "You may not connect public posts with this person.",
            ],
        )

    def test_each_row_says_by_text_what_is_allowed_and_offers_the_next_step(self):
        self.give("contact", "email")
        self.give("contact", "sms")
        self.withdraw("contact", "sms")
        self.ask_by_hand("contact", "phone")
        rows = self.rows()
        said = {
            act: (row["label"], [button["step"] for button in row["buttons"]])
            for act, row in rows.items()
        }
        self.assertEqual(said["match"], ("Not asked", ["ask", "record"]))
        self.assertEqual(said["contact_email"], ("Allowed", ["withdraw"]))
        self.assertEqual(said["contact_sms"], ("Withdrawn", ["changed"]))
        self.assertEqual(said["contact_phone"][0], "Asked")
        self.assertEqual(said["contact_phone"][1][-2:], ["record", "object"])
        self.assertEqual(said["contact_post"], ("Allowed", ["object"]))
        self.assertEqual(len(rows), 8)

    def test_the_tab_says_what_the_policy_says(self):
        self.give("contact", "email")
        self.give("enrich")
        self.withdraw("enrich")
        self.partner._object_social("contact", "post", method="staff")
        decisions = self.decide_all(self.partner)
        self.assertEqual(
            {act: row["reason"] for act, row in self.rows().items()},
            {act: decision.reason for act, decision in decisions.items()},
        )

    def test_a_row_tells_when_by_which_door_until_when_and_on_what_evidence(self):
        self.give("match", given_at=fields.Datetime.to_datetime("2026-01-31 10:00:00"))
        row = self.rows()["match"]
        self.assertEqual(
            row["details"],
            ["Given on 01/31/2026, recorded by staff", "Valid until 01/31/2028"],
        )
        self.assertIs(row["evidence"], True)
        self.assertIsNone(self.rows()["enrich"]["evidence"])

    def test_a_consent_that_ends_soon_says_so_and_is_renewed_from_its_row(self):
        end = fields.Datetime.now() + timedelta(days=31)
        self.give("contact", "email", valid_until=end)
        self.assertFalse(self.rows()["contact_email"]["warning"])
        with self.after(days=20):
            row = self.rows()["contact_email"]
            self.assertEqual((row["label"], row["warning"]), ("Allowed", "Expires in 11 days"))
            self.assertIn("ask", self.steps("contact_email"))
        with self.after(days=1, minutes=1):
            # As the filter and the policy count: 30 times 24 hours, and not by the calendar.
            row = self.rows()["contact_email"]
            self.assertRegex(row["warning"], "Expires in (29|30) days")
            self.assertIn("ask", self.steps("contact_email"))
        with self.after(days=32):
            row = self.rows()["contact_email"]
            self.assertEqual((row["label"], row["warning"]), ("Expired", ""))
            self.assertEqual(row["details"][1][:8], "Ended on")

    def test_an_objection_is_told_from_a_refusal(self):
        self.partner._object_social("contact", "post", method="staff")
        row = self.rows()["contact_post"]
        self.assertEqual((row["label"], row["reason"]), ("Objected", "consent_refused"))
        self.assertIn("Only the person can change it", row["step"])

    def test_nobody_is_offered_to_ask_where_there_is_no_address_or_the_policy_refuses(self):
        self.assertIn("ask", self.steps("match"))
        self.ask_by_hand("match", None)
        self.assertNotIn("ask", self.steps("match"))
        self.partner.email = False
        self.assertEqual(self.steps("enrich"), ["record"])
        self.assertEqual(self.rows()["enrich"]["step"], "No e-mail address to ask at.")

    def test_who_may_not_edit_the_contact_sees_all_and_is_offered_nothing(self):
        self.give("match")
        rows = self.rows(self.employee)
        self.assertEqual(rows["match"]["label"], "Allowed")
        self.assertFalse([row for row in rows.values() if row["buttons"]])

    def test_every_reason_of_a_refusal_has_words(self):
        words = self.partner._get_social_decision_words()
        states = {code for code, _label in self.partner._get_social_email_states()}
        self.assertEqual(words.keys(), states - {"restricted"})
        policy = self.env["social.policy"]
        for reason in policy._get_consent_reasons() | policy._get_company_reasons():
            self.assertEqual(len(self.partner._get_social_words(reason)), 5, reason)

    def test_a_step_opens_the_form_with_purpose_and_channel_filled_in(self):
        contact = self.env.ref(f"{ADDON}.purpose_contact")
        partner = self.partner.with_user(self.sales)
        for open_form, kind in (
            (partner.action_record_social_consent, None),
            (partner.action_withdraw_social_consent, "withdraw"),
            (partner.action_object_social, "object"),
        ):
            action = open_form("contact_sms")
            wizard = Form(
                self.env[action["res_model"]]
                .with_user(self.sales)
                .with_context(**action["context"])
            )
            self.assertEqual((wizard.purpose_id, wizard.channel), (contact, "sms"))
            if kind:
                self.assertEqual(wizard.kind, kind)
        action = partner.action_ask_social_consent("match")
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((wizard.purpose_id.code, wizard.partner_ids), ("match", self.partner))


class TestRecord(Contact):
    def evidence(self):
        event = self.partner.social_consent_ids.event_ids.sorted("sequence")[-1:]
        return self.env["social.consent.evidence"].search([("event_id", "=", event.id)])

    def test_sales_records_a_consent_and_a_withdrawal(self):
        self.open_record().action_record()
        self.assertEqual(self.partner.social_consent_ids.state, "given")
        wizard = self.env["social.consent.withdraw.wizard"].with_user(self.sales)
        wizard.create({"partner_id": self.partner.id}).action_withdraw()
        self.assertEqual(self.partner.social_consent_ids.state, "withdrawn")

    def given(self, **values):
        """Record, and return the evidence as the door was given it."""
        mixin = self.env.registry["res.partner"]
        with patch.object(mixin, "_give_social_consent", autospec=True) as door:
            self.open_record(**values).action_record()
        return door.call_args.kwargs["evidence"]

    def test_r9_a_paper_needs_its_picture(self):
        with self.assertRaisesRegex(UserError, "photo or scan"):
            self.open_record(medium="paper").action_record()
        file = self.upload()
        evidence = self.given(
            medium="paper", attachment_ids=file.ids, evidence_note=" At the fair "
        )
        self.assertEqual(
            evidence, {"medium": "paper", "attachment_ids": file.ids, "note": "At the fair"}
        )

    def test_r9_a_call_needs_its_record_which_becomes_a_file(self):
        with self.assertRaisesRegex(UserError, "Write down the call"):
            self.open_record(call_record="  ").action_record()
        kept = []
        mixin = self.env.registry["res.partner"]

        def door(partner, *args, evidence, **kwargs):
            kept.append(self.env["ir.attachment"].browse(evidence["attachment_ids"]).raw)

        with patch.object(mixin, "_give_social_consent", door):
            self.open_record().action_record()
        self.assertEqual(kept, [b"Called back at ten, read the text out, she said yes."])

    def test_r9_in_person_needs_a_note(self):
        with self.assertRaisesRegex(UserError, "Write down where"):
            self.open_record(medium="in_person", evidence_note=" ").action_record()
        evidence = self.given(medium="in_person", evidence_note="At the desk")
        self.assertEqual(evidence, {"medium": "in_person", "note": "At the desk"})

    def test_the_way_is_always_said(self):
        with self.assertRaisesRegex(UserError, "Say how"):
            self.open_record(medium=False).action_record()

    def test_nobody_consents_in_the_future(self):
        later = fields.Datetime.now() + timedelta(hours=1)
        with self.assertRaisesRegex(UserError, "in the future"):
            self.open_record(given_at=later).action_record()
        self.open_record(given_at=fields.Datetime.now() - timedelta(days=3)).action_record()
        age = fields.Datetime.now() - self.partner.social_consent_ids.given_at
        self.assertEqual(age.days, 3)

    def test_r13_a_notice_that_asks_for_the_age_gets_it_and_a_minor_a_guardian(self):
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        self.env.cr.execute(
            "UPDATE social_consent_notice SET ask_age = TRUE WHERE id = %s", [notice.id]
        )
        notice.invalidate_recordset()
        with self.assertRaisesRegex(UserError, "Ask for the date of birth"):
            self.open_record().action_record()
        self.assertEqual(self.given(age=17)["age"], 17)
        birth_date = fields.Date.subtract(fields.Date.today(), years=16, days=-1)
        with self.assertRaisesRegex(UserError, "a guardian has to agree"):
            self.open_record(birth_date=birth_date).action_record()
        evidence = self.given(birth_date=birth_date, guardian="Mother, on the phone")
        self.assertEqual(evidence["guardian"], "Mother, on the phone")
        self.assertEqual(evidence["birth_date"], fields.Date.to_string(birth_date))

    def test_r10_several_boxes_are_recorded_one_by_one_with_the_same_paper(self):
        file = self.upload()
        first = self.open_record(medium="paper", attachment_ids=file.ids, evidence_note="Fair")
        action = first.action_record_and_next()
        self.assertFalse(first.exists())
        self.assertTrue(file.exists(), "the same paper holds the next box")
        form = Form(
            self.env[action["res_model"]].with_user(self.sales).with_context(**action["context"])
        )
        self.assertEqual((form.medium, form.evidence_note), ("paper", "Fair"))
        self.assertFalse(form.purpose_id)
        form.purpose_id = self.env.ref(f"{ADDON}.purpose_enrich")
        form.save().action_record()
        self.assertEqual(
            set(self.partner.social_consent_ids.mapped("purpose_code")), {"match", "enrich"}
        )
        self.assertFalse(file.exists(), "the upload stays nowhere but with the evidence")

    def test_r10_a_press_that_was_refused_loses_no_paper(self):
        wizard = self.open_record(medium="paper")
        with self.assertRaisesRegex(UserError, "photo or scan"):
            wizard.action_record_and_next()
        # The form is saved now, so the client ties the upload to it.
        file = self.upload(res_id=wizard.id)
        wizard.attachment_ids = file
        action = wizard.action_record_and_next()
        self.assertEqual(self.partner.social_consent_ids.purpose_code, "match")
        form = Form(
            self.env[action["res_model"]].with_user(self.sales).with_context(**action["context"])
        )
        form.purpose_id = self.env.ref(f"{ADDON}.purpose_enrich")
        form.save().action_record()
        self.assertEqual(len(self.partner.social_consent_ids), 2)
        documents = self.env["social.consent.evidence"].search([]).attachment_ids
        self.assertEqual(documents.mapped("raw"), [b"A signed paper"] * 2)
        self.assertFalse(file.exists())

    def test_r13_the_form_asks_for_the_guardian_by_the_age_on_the_day_of_consent(self):
        then = fields.Datetime.now() - timedelta(days=300)
        birthday = fields.Date.subtract(then.date(), years=16)
        for birth_date, needed in (
            (birthday + timedelta(days=1), True),
            (birthday, False),
        ):
            wizard = self.open_record(birth_date=birth_date, given_at=then)
            self.assertEqual(wizard.needs_guardian, needed)
        young = birthday + timedelta(days=1)
        self.assertFalse(self.open_record(birth_date=young).needs_guardian, "of age by now")
        with self.assertRaisesRegex(UserError, "a guardian has to agree"):
            self.open_record(birth_date=young, given_at=then).action_record()

    def test_r5_an_upload_is_read_by_nobody_else_and_does_not_stay(self):
        colleague = new_test_user(self.env, "colleague", groups="base.group_partner_manager")
        file = self.upload()
        wizard = self.open_record(medium="paper", attachment_ids=file.ids)
        late = self.upload(res_id=wizard.id)
        for upload in (file, late):
            with self.assertRaises(AccessError):
                upload.with_user(colleague).read(["raw"])
        wizard.action_record()
        self.assertFalse((file | late).exists())

    def test_a_file_from_elsewhere_is_neither_copied_nor_deleted(self):
        foreign = self.env["ir.attachment"].create({"name": "Contract", "raw": b"Secret"})
        uploaded_by_another = self.upload(user=self.env.user, public=True)
        own_elsewhere = self.upload(res_model=False)
        for file in (foreign, uploaded_by_another, own_elsewhere):
            with self.assertRaises(UserError):
                self.open_record(medium="paper", attachment_ids=file.ids)
            self.assertTrue(file.exists())

    def test_what_nobody_recorded_is_swept_away(self):
        file = self.upload()
        self.env["social.consent.record.wizard"]._gc_uploads()
        self.assertTrue(file.exists())
        with self.after(days=2):
            self.env["social.consent.record.wizard"]._gc_uploads()
        self.assertFalse(file.exists())

    def test_what_staff_enters_is_seen_by_nobody_else(self):
        wizard = self.open_record()
        colleague = new_test_user(self.env, "colleague", groups="base.group_partner_manager")
        wizards = self.env["social.consent.record.wizard"].with_user(colleague)
        self.assertFalse(wizards.search([]))
        with self.assertRaises(AccessError):
            wizard.with_user(colleague).write({"evidence_note": "forged"})
        wizard.action_record()
        self.assertFalse(wizard.exists())

    def test_who_may_not_edit_contacts_records_nothing(self):
        with self.assertRaises(AccessError):
            self.open_record(self.employee)

    def test_the_wizard_shows_the_text_that_the_person_agrees_to(self):
        wizard = self.open_record()
        notice = self.env.ref(f"{ADDON}.notice_match_en")
        self.assertEqual(wizard.notice_text, notice.preview)
        self.assertNotIn("http", wizard.notice_text, "the link is the person's, not staff's")
        self.assertFalse(wizard.notice_missing)
        self.partner.lang = False
        other = self.env["res.company"].create({"name": "Other"})
        missing = self.open_record(self.env.user).with_company(other)
        missing.invalidate_recordset()
        self.assertIn("no published privacy notice", missing.notice_missing)

    def test_a_withdrawal_of_nothing_says_so_and_offers_the_objection(self):
        wizards = self.env["social.consent.withdraw.wizard"].with_user(self.sales)
        wizard = wizards.create({"partner_id": self.partner.id})
        with self.assertRaisesRegex(UserError, "Does not want this at all"):
            wizard.action_withdraw()
        wizard.kind = "object"
        wizard.action_withdraw()
        self.assertEqual(set(self.partner.social_consent_ids.mapped("state")), {"refused"})

    def test_only_the_officer_declares_a_consent_invalid_and_says_why(self):
        # Who is nothing but the privacy officer may not change the contact itself.
        officer = self.officer
        consent = self.give()
        wizards = self.env["social.consent.withdraw.wizard"]
        values = {"partner_id": self.partner.id, "kind": "invalid"}
        self.assertNotIn("invalid", dict(wizards.with_user(self.sales)._get_kinds()))
        self.assertIn("invalid", dict(wizards.with_user(officer)._get_kinds()))
        # Whoever gets round the list of choices meets the door.
        forged = wizards.with_user(self.sales).create({**values, "reason": "forged"})
        with self.assertRaisesRegex(UserError, "Only the privacy officer"):
            forged.action_withdraw()
        wizard = wizards.with_user(officer).create(values)
        with self.assertRaisesRegex(UserError, "Write down why"):
            wizard.action_withdraw()
        self.assertEqual(consent.state, "given")
        wizard.reason = "The signature is somebody else's."
        wizard.action_withdraw()
        self.assertEqual(consent.state, "invalidated")
        proof = self.env["social.consent.evidence"].search(
            [("event_id", "=", consent.event_ids[0].id)]
        )
        self.assertEqual(proof.reason, "The signature is somebody else's.")
        self.assertEqual(proof.acting_user_id, officer)
        self.assertFalse(self.env["social.policy"]._decide("match", self.partner)[self.partner.id])


class Persons(Contact):
    """One person in every state, for advertising by e-mail."""

    model = "res.partner"

    def make(self, name):
        return self.env[self.model].create({"name": name, "email": f"{name}@example.com"})

    def make_all(self):
        make = self.make
        persons = {name: make(name) for name in ("silent", "given", "soon", "sms", "other")}
        for name in ("asked", "refused", "withdrawn", "expired", "invalidated", "objected"):
            persons[name] = make(name)
        now = fields.Datetime.now()
        self.give("contact", "email", partner=persons["given"])
        soon = now + timedelta(days=10)
        self.give("contact", "email", partner=persons["soon"], valid_until=soon)
        self.give("contact", "sms", partner=persons["sms"])
        self.withdraw("contact", "sms", partner=persons["sms"])
        self.ask_by_hand(partner=persons["asked"])
        self.ask_by_hand(partner=persons["refused"])
        self.append("refused", persons["refused"])
        self.give("contact", "email", partner=persons["withdrawn"])
        self.withdraw("contact", "email", partner=persons["withdrawn"])
        past = now + timedelta(minutes=1)
        self.give("contact", "email", partner=persons["expired"], valid_until=past)
        self.give("contact", "email", partner=persons["invalidated"])
        self.append("invalidated", persons["invalidated"])
        persons["objected"]._object_social("contact", method="staff")
        self.give_elsewhere(persons["other"])
        return self.env[self.model].union(*persons.values()), persons

    def append(self, state, person):
        consent = person.social_consent_ids
        values = {"notice": consent.notice_id, "given_at": consent.given_at}
        values["valid_until"] = consent.valid_until
        return self.env["social.consent"]._append(
            state, consent.purpose_id, "email", {consent.subject_id: values}, method="staff"
        )

    def give_elsewhere(self, person):
        """Let the person consent to another company of the same user."""
        other = self.env["res.company"].create({"name": "Other"})
        self.env.user.company_ids |= other
        notice = self.env.ref(f"{ADDON}.notice_contact_en").copy({"company_id": other.id})
        notice.with_company(other).action_publish()
        self.give("contact", "email", partner=person.with_company(other))
        companies = (self.env.company | other).ids
        self.env = self.env(context={**self.env.context, "allowed_company_ids": companies})

    def found(self, persons, name, view=f"{ADDON}.res_partner_view_search"):
        """Return whom a filter of the search view finds among these persons."""
        arch = html.fragment_fromstring(self.env.ref(view).arch)
        (domain,) = arch.xpath(f"//filter[@name='{name}']/@domain")
        model = self.env[self.model]
        return model.search(
            fields.Domain(safe_eval(domain)) & fields.Domain("id", "in", persons.ids)
        )


class TestFilters(Persons):
    def test_the_filters_find_whom_the_policy_says(self):
        persons, _named = self.make_all()
        persons = self.env[self.model].browse(persons.ids)
        policy = self.env["social.policy"]
        soon = fields.Datetime.now() + timedelta(days=RENEWAL_DAYS)
        with self.after(minutes=2):
            decided = policy._decide("contact_email", persons)
            reasons = {person.id: decided[person.id].reason for person in persons}
            consents = {
                person.id: self.env["social.consent"].browse(decided[person.id].consent or ())
                for person in persons
            }
            expected = {
                "social_may_be_mailed": persons.filtered(lambda one: decided[one.id]),
                "social_expires_soon": persons.filtered(
                    lambda one: decided[one.id] and consents[one.id].valid_until < soon
                ),
                "social_waiting": persons.filtered(
                    lambda one: reasons[one.id] == "consent_requested"
                ),
                "social_said_no": persons.filtered(
                    lambda one: any(
                        decision.reason in ("consent_refused", "consent_withdrawn")
                        for decision in self.decide_all(one).values()
                    )
                ),
            }
            found = {name: self.found(persons, name) for name in expected}
        self.assertEqual(found, expected)
        self.assertEqual(
            {name: len(found) for name, found in expected.items()},
            {
                "social_may_be_mailed": 2,
                "social_expires_soon": 1,
                "social_waiting": 1,
                "social_said_no": 4,
            },
        )

    def test_what_says_the_days_in_words_says_those_of_the_policy(self):
        views = self.env["ir.ui.view"].search([("arch_db", "like", "social_expires_soon")])
        self.assertEqual(len(views), 2)
        for view in views.with_context(lang="en_US"):
            self.assertIn(f"within {RENEWAL_DAYS} days", view.arch)
            self.assertIn(f"now +{RENEWAL_DAYS}d", view.arch)
        words, _remedy = self.env["social.policy"]._get_ask_reasons()["ask_valid"]
        self.assertIn(f"another {RENEWAL_DAYS} days", words)

    def test_the_search_by_state_finds_whom_the_column_shows(self):
        persons, _named = self.make_all()
        persons = self.env[self.model].browse(persons.ids)
        with self.after(minutes=2):
            persons.invalidate_recordset()
            states = [code for code, _label in persons._get_social_email_states()]
            for state in states:
                domain = [("social_email_state", "=", state), ("id", "in", persons.ids)]
                shown = persons.filtered(lambda one, state=state: one.social_email_state == state)
                self.assertEqual(persons.search(domain), shown, state)
            seen = set(persons.mapped("social_email_state"))
            others = {"notice_outdated", "restricted", "blocked", "suppressed"}
            self.assertEqual(seen, set(states) - others)
            no = [("social_email_state", "!=", "allowed"), ("id", "in", persons.ids)]
            self.assertEqual(len(persons.search(no)), len(persons) - 2)


class TestRecipientFilters(TestFilters):
    """The same of newsletter recipients."""

    model = "mailing.contact"

    def found(self, persons, name, view=f"{ADDON}.mailing_contact_view_search"):
        if name == "social_waiting":
            view = f"{ADDON}.res_partner_view_search"
        return super().found(persons, name, view)


class TestFilterLimits(Persons):
    def test_a_consent_to_an_outdated_notice_is_not_found_as_allowed(self):
        self.give("contact", "email")
        domain = [("social_email_state", "=", "allowed"), ("id", "=", self.partner.id)]
        self.assertTrue(self.env["res.partner"].search(domain))
        notice = self.partner.social_consent_ids.notice_id
        self.env.cr.execute(
            "UPDATE social_consent_notice SET outdated = TRUE WHERE id = %s", [notice.id]
        )
        notice.invalidate_recordset()
        self.assertFalse(self.env["res.partner"].search(domain))
        domain[0] = ("social_email_state", "=", "notice_outdated")
        self.assertTrue(self.env["res.partner"].search(domain))

    def test_a_consent_to_an_outdated_notice_does_not_end_soon_as_it_has_ended(self):
        soon = fields.Datetime.now() + timedelta(days=9)
        self.give("contact", "email", valid_until=soon)
        self.assertEqual(self.found(self.partner, "social_expires_soon"), self.partner)
        notice = self.partner.social_consent_ids.notice_id
        self.env.cr.execute(
            "UPDATE social_consent_notice SET outdated = TRUE WHERE id = %s", [notice.id]
        )
        notice.invalidate_recordset()
        self.assertFalse(self.found(self.partner, "social_expires_soon"))

    def test_the_filters_count_for_the_company_that_the_user_works_in(self):
        persons, named = self.make_all()
        other = self.env["res.company"].search([("name", "=", "Other")])
        self.env = self.env(context={**self.env.context, "allowed_company_ids": other.ids})
        self.assertEqual(self.found(persons, "social_may_be_mailed"), named["other"])
        self.assertFalse(self.found(persons, "social_said_no"))


class TestRequest(Contact):
    """Asking a selection of contacts for consent."""

    def setUp(self):
        super().setUp()
        self.selection = self.make_selection(4)
        self.company_contact, self.no_address, self.no, self.waiting = self.make_left_out()

    def make_selection(self, number):
        return self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(number)]
        )

    def make_left_out(self):
        company, silent, no, waiting = self.env["res.partner"].create(
            [
                {"name": "Firm", "email": "info@firm.example", "is_company": True},
                {"name": "No address"},
                {"name": "No", "email": "no@example.com"},
                {"name": "Waiting", "email": "waiting@example.com"},
            ]
        )
        no._object_social("contact", "email", method="staff")
        self.ask_by_hand(partner=waiting)
        return company, silent, no, waiting

    def everybody(self):
        left_out = self.company_contact | self.no_address | self.no | self.waiting
        return self.selection | left_out

    def open_request(self, partners=None, user=None, **values):
        partners = (partners or self.everybody()).with_user(user or self.sales)
        wizard = self.env["social.consent.request.wizard"].browse(
            partners.action_ask_social_consent("contact_email")["res_id"]
        )
        wizard = wizard.with_user(user or self.sales)
        wizard.write({"occasion": "customer", **values})
        return wizard

    def send(self, partners=None, **values):
        action = self.open_request(partners, **values).action_send()
        return self.env[action["res_model"]].browse(action["res_id"])

    def refusal(self, partner):
        """Return why the policy does not let this person be asked."""
        policy = self.env["social.policy"]
        return policy._decide(policy._get_ask_act("contact", "email"), partner)[partner.id].reason

    def states(self, batch):
        batch.invalidate_recordset()
        return {line.partner_id: line.state for line in batch.line_ids}

    def run_in_background(self):
        """Run the job as the cron does; a test's transaction cannot be committed."""
        cron = self.env.registry["ir.cron"]
        with patch.object(cron, "_commit_progress", lambda *args, **kwargs: 60.0):
            self.env["social.consent.request.batch"]._cron_request()

    def test_it_says_before_how_many_are_asked_and_who_is_left_out_and_why(self):
        wizard = self.open_request()
        self.assertEqual((wizard.ask_count, wizard.left_out_count), (4, 4))
        lines = html.fragment_fromstring(str(wizard.left_out_summary)).xpath("//li")
        said = {line.text_content() for line in lines}
        self.assertIn("1 A company, not a person.", said)
        self.assertIn("1 There is no e-mail address.", said)
        words = self.env["social.consent.request.batch"]._get_reason_words()
        for partner in (self.no, self.waiting):
            self.assertIn(f"1 {words[self.refusal(partner)]}", said)
        self.assertEqual(len(said), 4)
        action = wizard.action_view_left_out()
        listed = self.env["res.partner"].search(action["domain"])
        self.assertEqual(listed, self.everybody() - self.selection)

    def test_looking_asks_nobody_and_logs_nothing(self):
        before = self.env["social.decision"].search_count([])
        wizard = self.open_request()
        self.assertTrue(wizard.left_out_summary)
        self.assertEqual(self.env["social.decision"].search_count([]), before)
        self.assertFalse(self.selection.social_consent_ids)

    def test_few_are_asked_at_once_and_the_rest_is_left_out_with_the_reason(self):
        batch = self.send()
        states = self.states(batch)
        self.assertEqual(set(states.values()), {"asked", "left_out"})
        for partner in self.everybody():
            expected = "asked" if partner in self.selection else "left_out"
            self.assertEqual(states[partner], expected, partner.name)
        self.assertEqual(set(self.selection.social_consent_ids.mapped("state")), {"requested"})
        self.assertEqual(
            (batch.state, batch.total_count, batch.asked_count, batch.left_out_count),
            ("done", 8, 4, 4),
        )
        why = batch.line_ids.filtered(lambda line: line.partner_id == self.no).explanation
        reason = self.refusal(self.no)
        words = dict(self.env["social.decision"]._get_reasons())
        self.assertEqual(why, words[reason])
        self.assertNotEqual(why, reason)

    def test_the_occasion_is_required_and_goes_into_the_evidence(self):
        with self.assertRaisesRegex(UserError, "Say why you may write"):
            self.open_request(occasion=False).action_send()
        with self.assertRaisesRegex(UserError, "Write down why"):
            self.open_request(occasion="other", note=" ").action_send()
        mixin = self.env.registry["res.partner"]
        with patch.object(mixin, "_request_social_consent", autospec=True) as ask:
            self.send(occasion="other", note="Met at the fair")
        partners, *place = ask.call_args.args
        self.assertEqual((partners, place), (self.selection, ["contact", "email"]))
        self.assertEqual(
            ask.call_args.kwargs,
            {"method": "staff", "evidence": {"occasion": "other", "note": "Met at the fair"}},
        )
        self.assertEqual(partners.env.user, self.sales)

    def test_nobody_is_asked_twice(self):
        twin = self.selection[0].copy({"name": "Twin"})
        self.selection[0]._ensure_subjects()
        twin.sudo().with_context(social_door=self.get_pass()).social_subject_id = self.selection[
            0
        ].social_subject_id
        batch = self.send(self.selection | twin)
        self.assertEqual(sorted(self.states(batch).values()), ["asked"] * 4 + ["left_out"])
        with self.assertRaisesRegex(UserError, "nobody to ask"):
            self.open_request(self.selection | twin).action_send()

    def get_pass(self):
        return open_door(self.partner).env.context["social_door"]

    def test_many_are_asked_in_the_background_and_a_restart_goes_on(self):
        many = self.make_selection(60)
        batch = self.send(many)
        self.assertEqual((batch.state, batch.progress), ("running", 0))
        self.assertFalse(many.social_consent_ids)
        with patch.object(social_consent_request_batch, "BATCH_SIZE", 25):
            batch.sudo()._take_next()
            self.assertEqual(batch.asked_count, 25)
            self.assertAlmostEqual(batch.progress, 100 * 25 / 60)
            self.run_in_background()
        self.assertEqual((batch.state, batch.asked_count), ("done", 60))
        self.assertEqual(len(many.social_consent_ids.event_ids), 60, "each was asked once")
        self.run_in_background()
        self.assertEqual(len(many.social_consent_ids.event_ids), 60)

    def test_the_error_of_one_does_not_stop_the_rest(self):
        bad, worse = self.selection[1], self.selection[2]
        mixin = self.env.registry["res.partner"]
        real = mixin._request_social_consent

        def ask(partners, *args, **kwargs):
            consents = real(partners, *args, **kwargs)
            if bad in partners:
                raise UserError("The notice is missing.")
            if worse in partners:
                raise ValueError(worse.email)
            return consents

        with (
            patch.object(mixin, "_request_social_consent", ask),
            self.assertLogs(f"odoo.addons.{ADDON}", "ERROR") as logs,
        ):
            batch = self.send(self.selection)
        states = self.states(batch)
        self.assertEqual(
            [states[partner] for partner in self.selection], ["asked", "failed", "failed", "asked"]
        )
        lines = {line.partner_id: line.explanation for line in batch.line_ids}
        self.assertEqual(lines[bad], "The notice is missing.")
        self.assertEqual(lines[worse], "Something unexpected went wrong.")
        self.assertNotIn(worse.email, "".join(logs.output))
        self.assertFalse((bad | worse).social_consent_ids, "a failed question left no trace")
        self.assertEqual((batch.state, batch.failed_count), ("done", 2))

    def test_who_is_decided_about_at_the_same_moment_is_tried_again_and_not_failed(self):
        many = self.make_selection(60)
        for error in (ConcurrencyError("at once"), SerializationFailure("at once")):
            for chosen in (many, self.selection[:1]):
                with patch.object(
                    self.env.registry["res.partner"], "_request_social_consent", side_effect=error
                ):
                    # Few are asked by the button, many by the job.
                    with self.assertRaises(type(error)):
                        self.send(chosen)
                        self.run_in_background()
                self.assertFalse(
                    self.env["social.consent.request.line"].search([("state", "=", "failed")])
                )

    def test_refusals_are_logged_when_sending(self):
        self.send()
        act = self.env["social.policy"]._get_ask_act("contact", "email")
        refused = self.env["social.decision"].search([("act", "=", act), ("allowed", "=", False)])
        self.assertEqual(
            set(refused.mapped("subject_key")),
            {self.no.social_subject_key, self.waiting.social_subject_key},
        )
        self.assertEqual(refused.user_id, self.sales)

    def test_only_who_may_edit_contacts_asks_and_only_whom_they_may_read(self):
        with self.assertRaises(AccessError):
            self.selection.with_user(self.employee).action_ask_social_consent()
        hidden = self.selection[0]
        self.env["ir.rule"].create(
            {
                "name": "Hide one",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {hidden.id})]",
                "groups": [Command.link(self.env.ref("base.group_partner_manager").id)],
            }
        )
        batch = self.send(self.selection)
        self.assertEqual(self.states(batch).keys(), set(self.selection - hidden))
        wizards = self.env["social.consent.request.wizard"].with_user(self.sales)
        with self.assertRaises(AccessError):
            wizards.create({"partner_ids": hidden.ids})

    def test_who_lost_the_right_meanwhile_asks_nobody_in_the_background(self):
        many = self.make_selection(60)
        batch = self.send(many)
        self.sales.group_ids -= self.env.ref("base.group_partner_manager")
        self.sales.group_ids -= self.env.ref("sales_team.group_sale_salesman")
        self.run_in_background()
        self.assertEqual(set(self.states(batch).values()), {"left_out"})
        self.assertFalse(many.social_consent_ids)

    def test_who_lost_the_company_meanwhile_asks_nobody_for_another(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.sales.company_ids |= other
        many = self.make_selection(60)
        batch = self.send(many)
        self.sales.write({"company_id": other.id, "company_ids": other.ids})
        self.run_in_background()
        self.assertEqual(set(self.states(batch.sudo()).values()), {"left_out"})
        self.assertFalse(many.social_consent_ids)

    def test_a_request_is_seen_by_its_sender_and_the_officer_and_typed_in_by_nobody(self):
        batch = self.send(self.selection)
        colleague = new_test_user(self.env, "colleague", groups="base.group_partner_manager")
        for record in (batch, batch.line_ids[0]):
            self.assertTrue(record.with_user(self.sales).read())
            self.assertTrue(record.with_user(self.officer).read())
            with self.assertRaises(AccessError):
                record.with_user(colleague).read()
            with self.assertRaisesRegex(UserError, "Ask for Consent"):
                record.sudo().write({"state": "done"})
        with self.assertRaisesRegex(UserError, "Ask for Consent"):
            self.env["social.consent.request.batch"].sudo().create({"occasion": "other"})

    def test_the_action_stands_in_the_menu_of_whoever_may_edit_contacts(self):
        action = self.env.ref(f"{ADDON}.action_ask_social_consent")
        for user, expected in ((self.sales, True), (self.employee, False)):
            bound = self.env["ir.actions.actions"].with_user(user).get_bindings("res.partner")
            names = [each["id"] for each in bound.get("action", [])]
            self.assertEqual(action.id in names, expected, user.login)


class TestAskingLeadsAndRecipients(Contact):
    """Leads and newsletter recipients are asked as contacts are; a cold lead only if it wanted that."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.env["crm.lead"].create(
            {"name": "Cold", "email_from": "cold@example.com", "user_id": cls.sales.id}
        )
        cls.recipient = cls.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})

    def open(self, people, **values):
        window = people.with_user(self.sales).action_ask_social_consent("contact_email")
        wizard = self.env["social.consent.request.wizard"].with_user(self.sales)
        wizard = wizard.browse(window["res_id"])
        self.assertEqual((wizard.purpose_id.code, wizard.channel), ("contact", "email"))
        wizard.write(values)
        return wizard

    def send(self, people, **values):
        action = self.open(people, **values).action_send()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_each_kind_is_asked_at_its_own_address(self):
        self.sales.group_ids += self.env.ref("mass_mailing.group_mass_mailing_user")
        for person, address in (
            (self.lead, "cold@example.com"),
            (self.recipient, "r@example.com"),
            (self.partner, "ada@example.com"),
        ):
            with self.subTest(person=person._name):
                batch = self.send(person, occasion="asked_for", note="At the fair.")
                self.assertEqual((batch.state, batch.asked_count), ("done", 1))
                line = batch.line_ids.with_user(self.sales)
                self.assertEqual(line.person_name, person.display_name)
                consent = person.sudo().social_consent_ids
                self.assertEqual((consent.state, consent.channel), ("requested", "email"))
                mail = self.env["mail.mail"].search([], order="id desc", limit=1)
                self.assertIn(address, mail.email_to)

    def test_r23_a_cold_lead_is_asked_only_where_it_wanted_that(self):
        self.assertTrue(self.open(self.lead).has_cold_leads)
        for occasion in ("customer", "contacted_us"):
            with self.assertRaisesRegex(UserError, "never turned to you"):
                self.open(self.lead, occasion=occasion, note="x").action_send()
        with self.assertRaisesRegex(UserError, "when and how"):
            self.open(self.lead, occasion="asked_for", note=" ").action_send()
        self.assertFalse(self.lead.social_consent_ids)
        self.env["social.first.contact"]._record(self.lead, "called", note="About prices.")
        self.assertFalse(self.open(self.lead).has_cold_leads)
        self.send(self.lead, occasion="contacted_us")
        self.assertEqual(self.lead.social_consent_ids.state, "requested")

    def test_who_is_left_out_is_said_and_listed(self):
        silent, twin = self.env["crm.lead"].create(
            [
                {"name": "No address", "user_id": self.sales.id},
                {"name": "Twin", "email_from": "Cold@example.com", "user_id": self.sales.id},
            ]
        )
        wizard = self.open(self.lead | silent | twin)
        self.assertEqual((wizard.partner_count, wizard.ask_count), (3, 1))
        action = wizard.action_view_left_out()
        self.assertEqual(action["res_model"], "crm.lead")
        self.assertEqual(self.env["crm.lead"].search(action["domain"]), silent | twin)

    def test_nobody_asks_a_lead_of_somebody_else(self):
        other = new_test_user(
            self.env, "other", groups="sales_team.group_sale_salesman,base.group_partner_manager"
        )
        with self.assertRaises(UserError):
            self.lead.with_user(other).action_ask_social_consent()
        wizards = self.env["social.consent.request.wizard"].with_user(other)
        with self.assertRaises(AccessError):
            wizards.create({"lead_ids": self.lead.ids})

    def test_who_may_not_read_leads_asks_contacts_and_reads_no_lead_in_a_request(self):
        batch = self.send(self.lead, occasion="asked_for", note="At the fair.")
        self.assertFalse(batch.line_ids.with_user(self.officer).person_name)
        manager = new_test_user(
            self.env, "contacts", groups="base.group_user,base.group_partner_manager"
        )
        window = self.partner.with_user(manager).action_ask_social_consent()
        wizard = self.env["social.consent.request.wizard"].with_user(manager)
        wizard = wizard.browse(window["res_id"])
        wizard.occasion = "asked_for"
        self.assertTrue(Form(wizard).ask_count)
        self.assertTrue(wizard.action_send())

    def test_the_lists_of_leads_and_recipients_offer_it(self):
        for model, user in (("crm.lead", self.sales), ("mailing.contact", self.sales)):
            bound = self.env["ir.actions.actions"].with_user(user).get_bindings(model)
            self.assertIn("Ask for Consent", [each["name"] for each in bound.get("action", [])])


class TestProof(Contact):
    """The complete proof of a person's consents (GDPR Art. 7(1))."""

    def print(self, user=None, partner=None):
        """Return the printed page as text, without its line breaks, and as a tree."""
        report = self.env["ir.actions.report"].with_user(user or self.officer)
        name = f"{ADDON}.report_consent_proof"
        page, _type = report._render_qweb_html(name, (partner or self.partner).ids)
        tree = html.fromstring(page)
        return " ".join(tree.text_content().split()), tree

    def test_r5_only_the_privacy_officer_prints(self):
        self.give()
        nobody = self.env["res.partner"].create({"name": "Never asked"})
        for user in (self.sales, self.employee, self.clerk, self.manager):
            for partner in (self.partner, nobody):
                with self.assertRaisesRegex(AccessError, "Only the privacy officer"):
                    self.print(user, partner)
        self.assertIn("Proof of Consent", self.print()[0])

    def test_a_person_without_consents_prints_that(self):
        text, tree = self.print()
        self.assertIn("No consent recorded.", text)
        self.assertFalse(tree.xpath("//*[@name='verified']"))

    def test_everything_on_record_is_in_it(self):
        self.open_record(evidence_note="Called back.").action_record()
        self.withdraw("match")
        consent = self.partner.social_consent_ids
        text, tree = self.print()
        self.assertTrue(tree.xpath("//*[@name='verified']"))
        for event in consent.event_ids:
            self.assertIn(event.hash, text)
        notice = consent.notice_id
        for part in (
            "Match mentions with the contact",
            "Withdrawn",
            " ".join(notice.text.split()),
            notice.text_hash,
            notice.lang,
            "Called back.",
            "On the phone",
            "Entered by: sales",
            "The evidence is unchanged.",
            consent._get_receipt()["@id"],
            "recorded by staff",
            "by officer",
            self.partner.social_subject_key,
        ):
            self.assertIn(part, text)
        order = [node.get("data-sequence") for node in tree.xpath("//*[@data-sequence]")]
        sequences = sorted(consent.event_ids.mapped("sequence"))
        self.assertEqual(order, [str(sequence) for sequence in sequences])

    def test_all_texts_that_were_agreed_to_are_in_it(self):
        self.give()
        old = self.partner.social_consent_ids.notice_id
        newer = self.publish(old, "correction", text=old.text + " Newer words.")
        self.give()
        text, _tree = self.print()
        self.assertEqual(self.partner.social_consent_ids.notice_id, newer)
        for notice in (old, newer):
            self.assertIn(notice.text_hash, text)

    def test_files_are_listed_with_their_digest(self):
        self.give()
        evidence = self.env["social.consent.evidence"].search(
            [("event_id", "=", self.partner.social_consent_ids.event_ids.id)]
        )
        self.env["ir.attachment"].create(
            {
                "name": "signed.pdf",
                "raw": b"A signed paper",
                "res_model": evidence._name,
                "res_id": evidence.id,
            }
        )
        text, _tree = self.print()
        self.assertIn("signed.pdf", text)
        self.assertIn(hashlib.sha256(b"A signed paper").hexdigest(), text)

    def test_a_file_that_is_gone_or_changed_is_named(self):
        self.give()
        evidence = self.env["social.consent.evidence"].search([], limit=1, order="id desc")
        proof = self.env[f"report.{ADDON}.report_consent_proof"]
        recorded = [{"name": "signed.pdf", "sha256": "0" * 64}]
        self.assertEqual(proof._get_files(evidence, recorded), [{**recorded[0], "gone": True}])
        self.env["ir.attachment"].create(
            {"name": "other.pdf", "raw": b"x", "res_model": evidence._name, "res_id": evidence.id}
        )
        changed, gone = proof._get_files(evidence, recorded)
        self.assertTrue(changed["changed"] and gone["gone"])

    def test_a_broken_record_prints_as_broken(self):
        self.give()
        event = self.partner.social_consent_ids.event_ids
        found = Break(event, "Event 1 was changed.")
        with patch.object(type(event), "_find_break", lambda self, subject_keys=None: found):
            text, tree = self.print()
        self.assertTrue(tree.xpath("//*[@name='broken']"))
        self.assertIn("The record is broken.", text)

    def test_changed_and_erased_evidence_prints_as_such(self):
        self.give()
        evidence = self.env["social.consent.evidence"].search([], limit=1, order="id desc")
        self.env.cr.execute(
            'UPDATE social_consent_evidence SET details = \'{"note": "forged"}\' WHERE id = %s',
            [evidence.id],
        )
        evidence.invalidate_recordset()
        self.assertIn("The evidence was changed after it was recorded.", self.print()[0])
        evidence.sudo().unlink()
        self.assertIn("The evidence has been erased.", self.print()[0])

    def test_a_merge_loses_nothing(self):
        first = self.partner
        second, third = self.env["res.partner"].create([{"name": "Ada E."}, {"name": "A."}])
        self.give("match", partner=third)
        self.give("enrich", partner=second)
        self.give("match", partner=second)
        self.give("contact", "email", partner=first)
        events = (first | second | third).social_consent_ids.event_ids
        merge = self.env["base.partner.merge.automatic.wizard"]
        merge._merge((second | third).ids, second)
        merge._merge((first | second).ids, first)
        text, _tree = self.print()
        self.assertEqual(len(events), 4)
        for event in events:
            self.assertIn(event.hash, text)
        self.assertIn("Earlier keys", text)

    def test_other_companies_are_in_it_as_far_as_the_officer_may_see_them(self):
        other = self.env["res.company"].create({"name": "Other Controller"})
        self.env.user.company_ids |= other
        notice = self.env.ref(f"{ADDON}.notice_match_en").copy({"company_id": other.id})
        notice.with_company(other).action_publish()
        self.give("match", partner=self.partner.with_company(other))
        self.assertIn("No consent recorded.", self.print()[0])
        self.officer.company_ids |= other
        self.assertIn("Given to Other Controller", self.print()[0])

    def test_printing_is_logged(self):
        self.give()
        self.print()
        row = self.env["social.decision"].search([("act", "=", "prove")])
        self.assertEqual((row.user_id, row.rule), (self.officer, "R5"))
        self.assertEqual(row.subject_key, self.partner.social_subject_key)

    def test_seals_are_printed(self):
        self.give()
        seal = self.env["social.consent.seal"]._seal()
        text = self.print()[0]
        self.assertIn(f"Seal {seal.sequence} of", text)
        self.assertIn(seal.hash, text)


class TestProofByAddress(CommonHttp):
    @mute_logger("odoo.http")
    def test_r5_nobody_else_prints_by_typing_the_address(self):
        self.give()
        url = f"/report/html/{ADDON}.report_consent_proof/{self.partner.id}"
        self.authenticate("officer", "officer")
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.partner.social_subject_key, page.text)
        self.authenticate("sales", "sales")
        page = self.url_open(url)
        self.assertEqual(page.status_code, 403)
        self.assertNotIn(self.partner.social_subject_key, page.text)


class TestContactTours(CommonHttp):
    def test_sales_records_a_signed_paper_and_may_advertise_by_email(self):
        self.start_tour("/odoo", "social_contact_paper", login="sales", timeout=120)
        partner = self.env.ref(f"{ADDON}.partner_ada")
        self.assertTrue(self.env["social.policy"]._decide("contact_email", partner)[partner.id])
        uploads = [("res_model", "=", "social.consent.record.wizard")]
        self.assertFalse(self.env["ir.attachment"].search(uploads))

    def test_sales_asks_from_the_row_of_what_is_not_allowed(self):
        self.start_tour("/odoo", "social_contact_ask", login="sales", timeout=120)
        consent = self.env.ref(f"{ADDON}.partner_ada").social_consent_ids
        self.assertEqual((consent.channel, consent.state), ("sms", "requested"))

    def test_the_officer_finds_the_proof_on_the_contact(self):
        self.start_tour("/odoo", "social_contact_proof", login="officer", timeout=120)
