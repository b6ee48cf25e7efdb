"""Consents that were given elsewhere: what is taken over, what is not and why, and never by halves."""

import base64
import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user
from odoo.tools import SQL

from odoo.addons.social_consent_monitoring.models import social_consent_import

from common import ADDON, Common

HEADER = "email,given,purpose,text,source\n"
WORDING = "Yes, send me your newsletter. I can unsubscribe at any time."
IMPORT_LOGGER = f"odoo.addons.{ADDON}.models.social_consent_import"
COLUMNS = r"""
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND data_type IN ('text', 'character varying', 'jsonb')
        AND table_name LIKE 'social\_%%'
"""


def row(email="ada@example.com", days=30, text=WORDING, purpose="Newsletter"):
    given = fields.Datetime.now() - timedelta(days=days)
    return f"{email},{given:%Y-%m-%d %H:%M:%S},{purpose},{text!r},Form\n".replace("'", '"')


def packed(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode())


class ImportCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.notice = cls.env["social.consent.notice"]._get_published(
            cls.env.ref(f"{ADDON}.purpose_contact"), "en_US"
        )
        cls.ben = cls.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})

    def open(self, file, user=None, **values):
        model = self.env["social.consent.import.wizard"].with_user(user or self.officer)
        form = Form(model.with_context(default_file_name="old.csv"))
        values = {"source": "Our old tool", "no_blacklist": True, **values}
        for name, value in values.items():
            form[name] = value
        form.file = packed(file)
        return form

    def upload(self, file, meant=True, **values):
        """Let a file wait, and say what it means; return the import."""
        wizard = self.open(file, **values).save()
        batch = self.env["social.consent.import"].browse(wizard.action_continue()["res_id"])
        if meant:
            self.mean(batch)
        return batch.with_user(self.officer)

    def mean(self, batch, **values):
        vals = {"notice_id": self.notice.id, "channel": "email", "wording": WORDING, **values}
        batch.with_user(self.officer).term_ids.write(vals)

    def press(self, batch, name):
        """Press a button that commits, in a transaction of its own."""
        self.env.flush_all()
        with self.enter_registry_test_mode(), self.registry.cursor() as cr:
            getattr(batch.with_env(batch.env(cr=cr)), name)()
        self.env.invalidate_all()
        return batch

    def bring(self, file, **values):
        """Check and record a file; return the import."""
        batch = self.press(self.upload(file, **values), "action_check")
        self.assertEqual(batch.state, "checked", batch.error)
        return self.press(batch, "action_record")

    def refused(self, batch):
        return {line.line: line.reason for line in batch.sudo().line_ids}

    def counts(self):
        self.env.flush_all()
        tables = ("event", "evidence")
        found = [self.env[f"social.consent.{name}"].sudo().search_count([]) for name in tables]
        others = ("social.consent", "social.subject", "mail.blacklist", "social.suppression")
        return [*found, *(self.env[name].sudo().search_count([]) for name in others)]

    def is_anywhere(self, word):
        self.env.flush_all()
        return any(
            self.env.execute_query(
                SQL(
                    "SELECT 1 FROM %s WHERE %s::text LIKE %s LIMIT 1",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    f"%{word}%",
                )
            )
            for table, column in self.env.execute_query(SQL(COLUMNS))
        )


class TestImport(ImportCase):
    def test_r9_a_line_becomes_an_event_with_its_day_its_source_and_the_file(self):
        file = HEADER + row()
        batch = self.bring(file)
        consent = self.partner.social_consent_ids
        self.assertEqual((consent.state, consent.channel), ("given", "email"))
        self.assertEqual(consent.notice_id, self.notice)
        days = (fields.Datetime.now() - consent.given_at).days
        self.assertEqual(days, 30)
        self.assertEqual(consent.valid_until, self.notice._get_end(consent.given_at))
        self.assertEqual(json.loads(consent.event_ids.payload)["method"], "import")
        evidence = self.env["social.consent.evidence"].search([("consent_id", "=", consent.id)])
        said = json.loads(evidence.details)
        self.assertEqual((said["line"], said["file"], said["source"]), (2, "old.csv", "Form"))
        self.assertEqual(said["file_sha256"], batch.file_digest)
        self.assertEqual(said["import"], batch.id)
        self.assertIn("Our old tool", evidence.note)
        self.assertEqual(evidence.acting_user_id, self.officer)
        self.assertEqual((batch.state, batch.recorded_count, batch.refused_count), ("done", 1, 0))
        self.assertFalse(self.env["social.consent.event"]._find_break())
        decide = self.env["social.policy"]._decide("contact_email", self.partner)
        self.assertTrue(decide[self.partner.id])

    def test_an_import_is_called_as_the_file_is(self):
        wizard = self.env["social.consent.import.wizard"].with_user(self.officer)
        use = [(0, 0, {"name": name, "use": name}) for name in ("email", "given")]
        values = {"file_name": "mine.csv", "file": packed(HEADER + row()), "source": "Tool"}
        self.assertEqual(wizard.create({**values, "column_ids": use}).import_id.name, "mine.csv")

    def test_r2_a_yes_to_one_thing_is_none_to_another(self):
        self.bring(HEADER + row())
        decide = self.env["social.policy"]._decide
        for act in ("match", "contact_sms"):
            self.assertFalse(decide(act, self.partner)[self.partner.id])

    def test_the_check_writes_nothing_and_says_of_each_line_why_not(self):
        self.withdraw()
        self.give("contact", "email", partner=self.ben)
        file = (
            HEADER
            + row()
            + row("ben@example.com")
            + row("nobody@example.com")
            + row("x@example.com", days=-2)
            + row("=x@example.com")
            + "y@example.com,,Newsletter,Text,Form\n"
        )
        before = self.counts()
        batch = self.press(self.upload(file), "action_check")
        self.assertEqual(self.counts(), before)
        self.assertEqual((batch.state, batch.good_count), ("checked", 1))
        self.assertEqual(
            self.refused(batch),
            {3: "known", 4: "nobody", 5: "future_date", 6: "formula", 7: "no_date"},
        )
        words = batch.line_ids.mapped("explanation")
        self.assertFalse(set(words) & set(self.refused(batch).values()), "words for each reason")
        self.assertIn("Import the contacts first", str(batch.summary))
        self.press(batch, "action_record")
        self.assertEqual(len(self.refused(batch)), 5)
        self.assertEqual(batch.recorded_count, 1)

    def test_every_reason_has_words(self):
        words = self.env["social.consent.import.line"]._get_reasons()
        for name in ("no_notice", "no_channel", "no_wording", "age_unknown", "too_old", "staff"):
            self.assertTrue(words[name])

    def test_nothing_is_recorded_unchecked(self):
        batch = self.upload(HEADER + row())
        with self.assertRaises(UserError):
            batch.action_record()
        self.assertFalse(self.partner.social_consent_ids)

    def test_the_same_file_again_doubles_nothing(self):
        file = HEADER + row()
        self.bring(file)
        again = self.bring(file)
        self.assertEqual(self.refused(again), {2: "known"})
        self.assertEqual(len(self.partner.social_consent_ids.event_ids), 1)

    def test_the_latest_of_several_days_counts_wherever_it_stands(self):
        batch = self.bring(HEADER + row(days=10) + row(days=40))
        self.assertEqual(self.refused(batch), {3: "known"})
        consent = self.partner.social_consent_ids
        self.assertEqual((fields.Datetime.now() - consent.given_at).days, 10)
        self.assertEqual(len(consent.event_ids), 1)

    def test_r8_a_list_undoes_no_no_whatever_day_it_names(self):
        self.give("contact", "email", given_at=fields.Datetime.now() - timedelta(days=90))
        with self.after(days=-60):
            self.withdraw("contact", "email")
        self.ben._object_social("contact", method="staff")
        batch = self.bring(HEADER + row(days=1) + row("ben@example.com", days=1))
        self.assertEqual(set(self.refused(batch)), {2, 3})
        self.assertEqual(self.partner.social_consent_ids.state, "withdrawn")
        self.assertNotIn("given", self.ben.social_consent_ids.mapped("state"))

    def test_r8_a_no_counts_by_what_was_said_and_not_by_the_list_of_objections_alone(self):
        self.give("contact", "email", given_at=fields.Datetime.now() - timedelta(days=90))
        with self.after(days=-60):
            self.withdraw("contact", "email")
        self.env.flush_all()
        for table in ("social_suppression", "mail_blacklist"):
            self.env.cr.execute(SQL("DELETE FROM %s", SQL.identifier(table)))
        self.env.invalidate_all()
        self.assertEqual(self.refused(self.bring(HEADER + row(days=1))), {2: "said_no"})

    def test_r8_nor_does_it_bring_back_who_was_erased_or_objected_under_another_record(self):
        self.env["social.suppression"].sudo()._suppress_values(
            "email", ["ada@example.com"], ["contact/email"]
        )
        self.assertEqual(self.refused(self.bring(HEADER + row())), {2: "objected"})

    def test_r8_an_objection_to_one_channel_stops_no_other(self):
        self.env["social.suppression"].sudo()._suppress_values(
            "email", ["ada@example.com"], ["contact/sms"]
        )
        self.assertEqual(self.refused(self.bring(HEADER + row())), {})

    def test_r9_what_was_found_invalid_comes_back_by_no_list(self):
        self.give("contact", "email", given_at=fields.Datetime.now() - timedelta(days=90))
        self.partner.with_user(self.officer)._invalidate_social_consent(
            "contact", "email", method="staff", reason="A forged form."
        )
        self.assertEqual(self.refused(self.bring(HEADER + row(days=1))), {2: "invalid"})

    def test_r8_who_is_on_odoos_list_is_refused(self):
        self.env.cr.execute(
            "INSERT INTO mail_blacklist (email, active) VALUES ('ada@example.com', TRUE)"
        )
        self.assertEqual(self.refused(self.bring(HEADER + row())), {2: "blocked"})

    def test_what_has_expired_by_the_notice_is_refused(self):
        days = 31 * self.notice.months + 40
        self.assertEqual(self.refused(self.bring(HEADER + row(days=days))), {2: "too_old"})

    def test_what_nobody_has_said_the_meaning_of_is_refused(self):
        for values, reason in (
            ({"notice_id": False}, "no_notice"),
            ({"channel": False}, "no_channel"),
            ({"wording": "v3"}, "no_wording"),
        ):
            batch = self.upload(HEADER + row(text="v3"))
            self.mean(batch, **values)
            self.assertTrue(batch.term_ids.problem)
            self.press(batch, "action_check")
            self.assertEqual(self.refused(batch), {2: reason})

    def test_r6_a_notice_that_was_outdated_or_is_a_draft_takes_nothing(self):
        draft = self.notice.copy({"change_kind": "purpose"})
        batch = self.upload(HEADER + row())
        self.mean(batch, notice_id=draft.id)
        self.press(batch, "action_check")
        self.assertEqual(self.refused(batch), {2: "no_notice"})
        draft.purpose_statement = "We would like to sell."
        draft.action_publish()
        self.mean(batch)
        self.press(batch, "action_check")
        self.assertEqual(self.refused(batch), {2: "no_notice"})

    def test_an_earlier_version_that_still_counts_takes_old_consents(self):
        old = self.notice
        self.publish(old, "extent", months=6)
        self.bring(HEADER + row())
        self.assertEqual(self.partner.social_consent_ids.notice_id, old)

    def test_r13_where_the_notice_asks_for_the_age_a_list_without_it_gives_nothing(self):
        self.notice = self.publish(self.notice, "extent", ask_age=True)
        self.assertEqual(self.refused(self.bring(HEADER + row())), {2: "age_unknown"})

    def test_an_address_of_several_persons_gives_nothing(self):
        self.env["res.partner"].create({"name": "Twin", "email": "ADA@example.com"})
        self.assertEqual(self.refused(self.bring(HEADER + row())), {2: "several"})

    def test_nobody_of_another_company_is_found(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.ben.company_id = other
        batch = self.bring(HEADER + row() + row("ben@example.com"))
        self.assertEqual(self.refused(batch), {3: "nobody"})
        twin = self.env["res.partner"].create({"name": "Twin", "email": "carl@example.com"})
        twin.copy({"company_id": other.id})
        self.assertFalse(self.refused(self.bring(HEADER + row("carl@example.com"))))
        self.assertEqual(twin.social_consent_ids.state, "given")

    def test_two_records_of_one_person_are_one(self):
        twin = self.env["res.partner"].create({"name": "Twin", "email": "ada@example.com"})
        self.partner._ensure_subjects()
        opened = social_consent_import.open_door(twin.sudo())
        opened.social_subject_id = self.partner.social_subject_id
        self.assertEqual(self.refused(self.bring(HEADER + row())), {})

    def test_by_two_addresses_of_one_person_one_consent_comes(self):
        twin = self.env["res.partner"].create({"name": "Twin", "email": "ada@work.example"})
        self.partner._ensure_subjects()
        opened = social_consent_import.open_door(twin.sudo())
        opened.social_subject_id = self.partner.social_subject_id
        batch = self.bring(HEADER + row() + row("ada@work.example", days=9))
        self.assertEqual(list(self.refused(batch).values()), ["known"])
        self.assertEqual(len(self.partner.social_consent_ids.event_ids), 1)

    def test_numbers_are_found_however_they_are_written(self):
        self.env.company.country_id = self.env.ref("base.de")
        self.partner.write({"phone": "+49 170 1234567", "country_id": self.env.ref("base.de").id})
        given = fields.Date.to_string(fields.Date.today() - timedelta(days=5))
        rows = (f'{number},{given},"{WORDING}"\n' for number in ("0170/1234567", "12"))
        file = "phone,given,text\n" + "".join(rows)
        batch = self.upload(file)
        self.mean(batch, channel="sms")
        self.press(batch, "action_check")
        self.assertEqual(self.refused(batch), {3: "bad_address"})
        self.press(batch, "action_record")
        self.assertEqual(self.partner.social_consent_ids.channel, "sms")

    def test_a_text_that_is_a_notice_word_for_word_is_known(self):
        text = "We may write to you by e-mail about our offers, until you say no."
        self.env.cr.execute(
            "UPDATE social_consent_notice SET text = %s WHERE id = %s", [text, self.notice.id]
        )
        self.env.invalidate_all()
        batch = self.upload(HEADER + row(text=text, purpose="contact/email"), meant=False)
        term = batch.term_ids
        self.assertEqual(
            (term.notice_id, term.channel, term.problem), (self.notice, "email", False)
        )

    def test_a_text_that_two_notices_or_only_another_companys_have_is_not_known(self):
        text = "We may write to you by e-mail about our offers, until you say no."
        other = self.env["res.company"].create({"name": "Other"})
        others = self.notice.copy({"company_id": other.id})
        others.with_company(other).action_publish()
        self.officer.company_ids += other
        german = self.env.ref(f"{ADDON}.notice_contact_de")
        for same in (others, self.notice | german):
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE social_consent_notice SET text = %s WHERE id = ANY(%s)", [text, same.ids]
            )
            self.env.invalidate_all()
            batch = self.upload(HEADER + row(text=text), meant=False)
            self.assertFalse(batch.term_ids.notice_id)
            self.assertEqual(batch.term_ids.wording, text)

    def test_a_notice_of_another_company_takes_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        others = self.notice.copy({"company_id": other.id})
        others.with_company(other).action_publish()
        batch = self.upload(HEADER + row())
        batch.sudo().term_ids.notice_id = others
        self.officer.company_ids += other
        both = [self.env.company.id, other.id]
        term = batch.with_context(allowed_company_ids=both).term_ids
        self.assertEqual(term._find_problem(), "no_notice")
        self.press(batch, "action_check")
        self.assertFalse(batch.good_count)

    def test_too_many_texts_are_a_wrong_column(self):
        rows = "".join(row(f"p{n}@example.com", text=f"Text {n}") for n in range(201))
        with self.assertRaises(UserError) as refused:
            self.upload(HEADER + rows)
        self.assertIn("right columns", str(refused.exception))
        self.assertFalse(self.env["social.consent.import"].search([]))


class TestBlacklists(ImportCase):
    def test_the_old_blacklist_comes_first(self):
        batch = self.upload(HEADER + row() + row("ben@example.com"), no_blacklist=False)
        self.press(batch, "action_check")
        self.assertEqual(batch.good_count, 2)
        with self.assertRaisesRegex(UserError, "old blacklist first"):
            batch.action_record()
        listed = self.upload(
            "email\nada@example.com\nlater@example.com\n", False, kind="objections"
        )
        with self.assertRaisesRegex(UserError, "comes first"):
            batch.action_record()
        before = self.counts()
        self.press(listed, "action_check")
        self.assertEqual(self.counts(), before)
        self.assertEqual(listed.good_count, 2)
        self.press(listed, "action_record")
        self.assertEqual((listed.state, listed.recorded_count), ("done", 2))
        self.press(batch, "action_record")
        self.assertEqual(set(self.refused(batch)), {2})
        self.assertEqual(self.ben.social_consent_ids.state, "given")
        said = self.partner.social_consent_ids.filtered(lambda each: each.channel == "email")
        self.assertEqual(said.state, "refused")
        # Nobody is known yet, and stays off for whoever is made with that address.
        later = self.env["res.partner"].create({"name": "L", "email": "later@example.com"})
        again = self.bring(HEADER + row("later@example.com"), no_blacklist=False)
        self.assertEqual(self.refused(again), {2: "blocked"})
        self.assertFalse(later.social_consent_ids)

    def test_the_blacklist_of_another_company_is_not_this_ones(self):
        listed = self.bring("email\nx@example.com\n", meant=False, kind="objections")
        other = self.env["res.company"].create({"name": "Other"})
        social_consent_import.open_door(listed.sudo()).company_id = other
        batch = self.press(self.upload(HEADER + row(), no_blacklist=False), "action_check")
        with self.assertRaisesRegex(UserError, "old blacklist first"):
            batch.action_record()

    def test_who_was_taken_off_the_list_is_put_on_again_and_who_stands_there_is_said(self):
        entries = self.env["mail.blacklist"]
        entries._add("ada@example.com")
        entries._add("ben@example.com")
        entries._remove("ben@example.com")
        batch = self.bring(
            "email\nada@example.com\nben@example.com\n", meant=False, kind="objections"
        )
        self.assertEqual(self.refused(batch), {2: "listed"})
        listed = entries.search([("email", "=", "ben@example.com")])
        self.assertTrue(listed.active)
        self.assertTrue(any("old.csv" in body for body in listed.message_ids.mapped("body")))


class TestWhoMay(ImportCase):
    def test_only_the_officer_imports(self):
        for user in (self.manager, self.sales, self.employee):
            with self.assertRaises(AccessError):
                self.open(HEADER + row(), user=user)
        batch = self.upload(HEADER + row())
        for user in (self.manager, self.sales, self.employee):
            with self.assertRaises(AccessError):
                batch.with_user(user).action_check()

    def test_nothing_is_typed_in(self):
        batch = self.upload(HEADER + row())
        for values in ({"state": "done"}, {"recorded_count": 5}, {"source": "Somewhere"}):
            with self.assertRaises(UserError):
                batch.write(values)
        with self.assertRaises(UserError):
            batch.term_ids.write({"said_text": "Something else"})
        with self.assertRaises(AccessError):
            self.env["social.consent.import.part"].with_user(self.officer).search([])
        self.press(batch, "action_check")
        self.press(batch, "action_record")
        with self.assertRaisesRegex(UserError, "rest on this"):
            batch.term_ids.write({"wording": "Something else that they never read"})

    def test_the_form_takes_what_the_list_means(self):
        batch = self.upload(HEADER + row(), meant=False)
        with Form(batch) as form, form.term_ids.edit(0) as term:
            term.notice_id = self.notice
            term.channel = "email"
        self.assertEqual(batch.term_ids.notice_id, self.notice)
        self.assertFalse(batch.term_ids.problem)

    def test_another_company_sees_and_gets_nothing(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = new_test_user(
            self.env,
            "their_officer",
            groups=f"{ADDON}.group_privacy_officer",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        batch = self.upload(HEADER + row())
        with self.assertRaises(AccessError):
            batch.with_user(theirs).read(["name"])
        with self.assertRaises(AccessError):
            batch.term_ids.with_user(theirs).read(["wording"])
        self.press(batch, "action_check")
        self.press(batch, "action_record")
        self.assertEqual(self.partner.social_consent_ids.company_id, self.env.company)

    def test_who_lost_the_right_meanwhile_imports_nothing(self):
        batch = self.press(self.upload(HEADER + row()), "action_check")
        batch.sudo()._move("running")
        self.officer.group_ids -= self.env.ref(f"{ADDON}.group_privacy_officer")
        batch.sudo()._work()
        self.assertEqual(batch.sudo().state, "stopped")
        self.assertIn("Start another", batch.sudo().error)
        self.assertFalse(self.partner.social_consent_ids)

    def test_who_left_the_company_meanwhile_imports_nothing_into_it(self):
        batch = self.press(self.upload(HEADER + row()), "action_check").sudo()
        batch._move("running")
        other = self.env["res.company"].create({"name": "Other"})
        self.officer.write({"company_id": other.id, "company_ids": [(6, 0, other.ids)]})
        batch._work()
        self.assertEqual(batch.state, "stopped")
        self.assertIn("Start another", batch.error)
        self.assertFalse(self.partner.sudo().social_consent_ids)

    def test_what_was_started_by_who_is_gone_stops_and_says_so(self):
        batch = self.press(self.upload(HEADER + row()), "action_check").with_env(self.env)
        batch._move("running")
        self.env.flush_all()
        self.officer.unlink()
        batch._work()
        self.assertEqual(batch.state, "stopped")
        self.assertIn("Start another", batch.error)

    def test_the_source_is_said_and_files_of_others_are_not_taken(self):
        with self.assertRaisesRegex(UserError, "where this list comes from"):
            self.open(HEADER + row(), source=" ").save()
        foreign = self.env["ir.attachment"].create({"name": "x", "raw": b"x"})
        wizard = self.env["social.consent.import.wizard"].with_user(self.officer)
        use = [(0, 0, {"name": name, "use": name}) for name in ("email", "given")]
        values = {"source": "Tool", "file": packed(HEADER + row()), "column_ids": use}
        uploaded = {"name": "x", "raw": b"x", "res_model": wizard._name}
        own = foreign.with_user(self.officer)
        colleagues = new_test_user(self.env, "o2", groups=f"{ADDON}.group_privacy_officer")
        for document in (
            foreign,
            own.create({**uploaded, "res_model": False}),
            own.create({**uploaded, "res_id": wizard.create({}).id}),
            foreign.with_user(colleagues).create(uploaded),
        ):
            with self.assertRaisesRegex(UserError, "Upload the file here|not allowed"):
                wizard.create({**values, "attachment_ids": document.ids})
        taken = own.create(uploaded)
        batch = wizard.create({**values, "attachment_ids": taken.ids}).import_id
        self.assertEqual(batch.attachment_ids, taken)

    def test_evidence_files_stay_with_the_import_and_are_named_in_each_evidence(self):
        document = (
            self.env["ir.attachment"]
            .with_user(self.officer)
            .create(
                {
                    "name": "form.png",
                    "raw": b"picture",
                    "res_model": "social.consent.import.wizard",
                    "res_id": 0,
                }
            )
        )
        form = self.open(HEADER + row())
        wizard = form.save()
        self.assertFalse(wizard.import_id.attachment_ids)
        batch = (
            self.env["social.consent.import"]
            .with_user(self.officer)
            ._start(
                [],
                document,
                name="n",
                kind="consents",
                person_model="res.partner",
                source="s",
            )
        )
        self.assertEqual(batch.attachment_ids, document)
        for changed in ({"raw": b"another"}, {"res_id": batch.id + 1}, {"name": "other.png"}):
            with self.assertRaisesRegex(UserError, "evidence"):
                document.write(changed)
        with self.assertRaisesRegex(UserError, "evidence"):
            document.unlink()
        term = self.env["social.consent.import.term"].sudo().create({"import_id": batch.id})
        files = batch._prepare_evidence(term)["proof_files"]
        self.assertEqual([each["name"] for each in files], ["form.png"])

    def test_no_address_stays_behind_and_none_is_in_the_report(self):
        batch = self.upload(HEADER + row() + row("stranger@example.com"))
        self.assertTrue(self.is_anywhere("stranger@example.com"))
        self.press(batch, "action_check")
        self.press(batch, "action_record")
        for address in ("ada@example.com", "stranger@example.com"):
            self.assertFalse(self.is_anywhere(address))

    def test_what_nobody_goes_on_with_is_dropped(self):
        batch = self.upload(HEADER + row())
        with self.after(days=13):
            self.env["social.consent.import.part"]._gc_waiting()
            self.assertEqual(batch.state, "draft")
        with self.after(days=15):
            self.env["social.consent.import.part"]._gc_waiting()
        self.env.invalidate_all()
        self.assertEqual((batch.state, batch.waiting_count), ("cancelled", 0))
        self.assertFalse(self.is_anywhere("ada@example.com"))

    def test_who_is_erased_waits_no_longer(self):
        batch = self.upload(HEADER + row() + row("ben@example.com"))
        [(_record, subject)] = self.partner._ensure_subjects()
        self.env["social.erasure"]._erase(subject)
        self.assertFalse(self.is_anywhere("ada@example.com"))
        self.assertEqual(batch.waiting_count, 1)


class TestInSteps(ImportCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(patch.stopall)
        patch.object(social_consent_import, "BATCH", 10).start()
        self.many = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(35)]
        )
        self.file = HEADER + "".join(row(f"p{n}@example.com", days=n + 1) for n in range(35))

    def given(self):
        return len(self.many.social_consent_ids)

    def start(self):
        batch = self.press(self.upload(self.file), "action_check")
        batch._move("running", good_count=0)
        return batch

    def test_it_goes_on_where_it_stopped_and_shows_how_far_it_is(self):
        batch = self.start()
        self.assertFalse(batch._work(seconds=0))
        self.assertEqual((self.given(), batch.waiting_count), (10, 25))
        self.assertAlmostEqual(batch.progress, 100 * 10 / 35, places=1)
        self.assertTrue(batch._work())
        self.env.invalidate_all()
        self.assertEqual((self.given(), batch.state), (35, "done"))
        self.assertEqual(len(self.many.social_consent_ids.event_ids), 35)

    def test_the_job_goes_on(self):
        batch = self.start()
        with self.enter_registry_test_mode():
            self.env.ref(f"{ADDON}.ir_cron_consent_import").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((self.given(), batch.state), (35, "done"))

    def test_an_error_in_the_middle_loses_and_doubles_nothing_and_tells_no_address(self):
        batch = self.start()
        real, calls = type(self.env["social.consent"])._append, []

        def breaks(consents, *args, **kwargs):
            result = real(consents, *args, **kwargs)
            calls.append(1)
            if len(calls) == 3:
                raise ValueError(f"p{25}@example.com")
            return result

        with (
            patch.object(type(self.env["social.consent"]), "_append", breaks),
            self.assertLogs(IMPORT_LOGGER, "ERROR") as logged,
        ):
            batch._work()
        self.env.invalidate_all()
        self.assertEqual((self.given(), batch.waiting_count), (20, 15))
        self.assertEqual(batch.state, "stopped")
        self.assertTrue(batch.error)
        self.assertNotIn("p25@example.com", "".join(logged.output))
        self.press(batch, "action_go_on")
        self.assertEqual((self.given(), batch.state, batch.error), (35, "done", False))
        self.assertEqual(len(self.many.social_consent_ids.event_ids), 35)

    def test_leaving_off_keeps_what_is_recorded_and_drops_the_rest(self):
        batch = self.start()
        batch._work(seconds=0)
        batch._move("stopped")
        batch.action_leave_off()
        self.assertEqual((batch.state, batch.waiting_count, self.given()), ("cancelled", 0, 10))


class TestOtherOrigins(ImportCase):
    def open_origin(self, origin, **values):
        form = Form(self.env["social.consent.import.wizard"].with_user(self.officer))
        form.origin = origin
        form.source = "Odoo"
        form.no_blacklist = True
        for name, value in values.items():
            form[name] = value
        wizard = form.save()
        batch = self.env["social.consent.import"].browse(wizard.action_continue()["res_id"])
        self.mean(batch)
        return batch.with_user(self.officer)

    def test_of_a_mailing_list_those_count_who_subscribed_themselves(self):
        public = self.env.ref("base.public_user")
        mailing_list = self.env["mailing.list"].create({"name": "News"})
        own, typed, left = self.env["mailing.contact"].create(
            [{"name": n, "email": f"{n}@example.com"} for n in ("own", "typed", "left")]
        )
        subscriptions = self.env["mailing.subscription"]
        for contact, user in ((own, public), (typed, self.env.user), (left, public)):
            subscriptions |= (
                self.env["mailing.subscription"]
                .with_user(user)
                .sudo()
                .create({"contact_id": contact.id, "list_id": mailing_list.id})
                .sudo(False)
                .with_user(self.env.user)
            )
        subscriptions[2].opt_out = True
        batch = self.open_origin("lists", list_ids=mailing_list)
        self.press(batch, "action_check")
        self.assertEqual(
            self.refused(batch), {subscriptions[1].id: "staff", subscriptions[2].id: "not_yes"}
        )
        self.press(batch, "action_record")
        self.assertEqual(own.social_consent_ids.state, "given")
        self.assertFalse((typed | left).social_consent_ids.filtered(lambda c: c.state == "given"))

    def make_oca_tables(self):
        """Make the tables as OCA's addon has them, with one answer of each kind."""
        self.env.cr.execute(
            """
            CREATE TABLE privacy_activity (
                id serial PRIMARY KEY, name varchar, description text, controller_id int);
            CREATE TABLE privacy_consent (
                id serial PRIMARY KEY, active boolean, accepted boolean, state varchar,
                partner_id int, activity_id int);
            """
        )
        for number, controller in enumerate((self.env.company.partner_id, self.ben), 1):
            self.env.cr.execute(
                "INSERT INTO privacy_activity VALUES (%s, %s, %s, %s)",
                [
                    number,
                    "Newsletter",
                    "<p>Yes, send me <b>your newsletter</b> by e-mail.</p>",
                    controller.id,
                ],
            )
        for number, (partner, accepted, state, activity) in enumerate(
            (
                (self.partner, True, "answered", 1),
                (self.ben, True, "sent", 1),
                (self.ben, False, "answered", 1),
                (self.ben, True, "answered", 1),
                (self.ben, True, "answered", 2),
            ),
            1,
        ):
            self.env.cr.execute(
                "INSERT INTO privacy_consent VALUES (%s, TRUE, %s, %s, %s, %s)",
                [number, accepted, state, partner.id, activity],
            )

    def test_of_oca_privacy_consent_answers_count_and_no_presumed_yes(self):
        self.assertFalse(self.env["social.consent.import"]._has_oca_tables())
        self.make_oca_tables()
        self.env.cr.execute(
            """
            WITH message AS (
                INSERT INTO mail_message (model, res_id, date, message_type, body)
                VALUES ('privacy.consent', 1, %(day)s, 'notification', 'state'),
                    ('privacy.consent', 1, %(later)s, 'notification', 'partner_id'),
                    ('privacy.consent', 4, %(later)s, 'notification', 'partner_id'),
                    ('privacy.consent', 5, %(day)s, 'notification', 'accepted')
                RETURNING id, body
            ) INSERT INTO mail_tracking_value (mail_message_id, field_info)
            SELECT id, jsonb_build_object('name', body) FROM message
            """,
            {
                "day": fields.Datetime.now() - timedelta(days=20),
                "later": fields.Datetime.now() - timedelta(days=2),
            },
        )
        batch = self.open_origin("oca")
        self.assertIn("your newsletter", batch.term_ids.said_text)
        self.press(batch, "action_check")
        reasons = {2: "not_yes", 3: "not_yes", 4: "no_date", 5: "other_company"}
        self.assertEqual(self.refused(batch), reasons)
        self.press(batch, "action_record")
        consent = self.partner.social_consent_ids
        self.assertEqual(
            (consent.state, (fields.Datetime.now() - consent.given_at).days), ("given", 20)
        )

    def test_a_blacklist_comes_from_a_file_only(self):
        form = self.open("email\nada@example.com\n", kind="objections")
        self.assertEqual(form.good_count, 1)
        wizard = self.env["social.consent.import.wizard"].with_user(self.officer)
        with self.assertRaises(UserError):
            wizard.create(
                {"origin": "lists", "kind": "objections", "source": "x"}
            ).action_continue()


class TestPreview(ImportCase):
    def test_the_first_look_shows_what_would_be_taken_and_names_nobody(self):
        form = self.open(HEADER + row() + "x,,,,\n")
        preview = str(form.preview)
        self.assertEqual(form.good_count, 1)
        self.assertIn("Newsletter", preview)
        self.assertIn("<td>3</td>", preview)
        self.assertNotIn("ada@example.com", preview)
        self.assertFalse(self.is_anywhere("ada@example.com"))

    def test_columns_can_be_corrected(self):
        given = fields.Date.to_string(fields.Date.today() - timedelta(days=5))
        form = self.open(f"who,what\nada@example.com,{given}\n")
        self.assertEqual(form.good_count, 0)
        self.assertIn("No column says who", str(form.preview))
        for number, use in ((0, "email"), (1, "given")):
            with form.column_ids.edit(number) as column:
                column.use = use
        self.assertEqual(form.good_count, 1)

    def test_a_bad_file_says_what_is_wrong(self):
        for body, words in ((b"\n", "empty"), (b"PK\x03\x04rest", "spreadsheet")):
            self.assertIn(words, self.open(body).problem)

    def test_a_file_without_a_line_that_can_be_used_starts_nothing(self):
        with self.assertRaisesRegex(UserError, "no line"):
            self.open(HEADER + row("nothing")).save()
        self.assertFalse(self.env["social.consent.import"].search([]))
