"""What persons ask for (GDPR Art. 12 and 15 to 21): on record, in time, answered, and seen by few."""

from datetime import datetime

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from common import ADDON, Common

MONDAY = datetime(2027, 1, 31, 9, 0)


class Asking(Common):
    def setUp(self):
        super().setUp()
        self.requests = self.env["social.privacy.request"].with_user(self.officer)

    def ask(self, kind="access", record=None, **options):
        [(_record, subject)] = (record or self.partner)._ensure_subjects()
        options.setdefault("method", "link")
        request = self.env["social.privacy.request"]._open(subject, kind, **options)
        return request.with_user(self.officer)

    def step(self, request, step, **values):
        action = request.with_context(privacy_step=step).action_step()
        wizard = self.env["social.privacy.step.wizard"].with_user(self.officer)
        return wizard.with_context(action["context"]).create(values).action_take()

    def letters(self):
        return self.env["mail.mail"].search([("email_to", "=", "ada@example.com")])

    def activities(self, request):
        return request.sudo()._get_activities()


class TestComingIn(Asking):
    def test_a_request_is_due_after_a_calendar_month(self):
        with freeze_time(MONDAY):
            request = self.ask()
        self.assertEqual(request.received_at, MONDAY)
        self.assertEqual(request.due_at, datetime(2027, 2, 28, 9, 0))
        self.assertEqual(request.state, "received")
        self.assertEqual(request.answer_to, "ada@example.com")

    def test_every_officer_of_the_company_gets_something_to_do_that_names_nobody(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=f"{ADDON}.group_privacy_officer",
            company_id=elsewhere.id,
            company_ids=[(6, 0, elsewhere.ids)],
        )
        request = self.ask(text="I am Ada and want all")
        activities = self.activities(request)
        self.assertIn(self.officer, activities.user_id)
        self.assertNotIn(stranger, activities.user_id)
        self.assertEqual(set(activities.mapped("date_deadline")), {request.due_at.date()})
        told = " ".join([*activities.mapped("summary"), *activities.mapped("display_name")])
        self.assertNotIn("Ada", told + " ".join(activities.mapped("res_name")))

    def test_two_open_requests_of_a_kind_are_one(self):
        first = self.ask(text="Please")
        second = self.ask(text="Hurry", method="portal")
        self.assertEqual(first, second)
        self.assertEqual(first.text, "Please\n\nHurry")
        self.assertNotEqual(self.ask("correct"), first)
        self.step(first, "check", note="By the link")
        self.assertEqual(self.ask(text="Again"), first)
        self.step(first, "done")
        self.assertNotEqual(self.ask(), first)

    def test_merged_persons_have_one_request(self):
        twin = self.partner.create({"name": "Ada", "email": "ada@example.com"})
        request = self.ask(record=twin)
        self.give("match", partner=twin)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.partner | twin).ids, self.partner
        )
        self.assertEqual(self.ask(), request)
        self.assertEqual(request.person_name, "Ada Example")

    def test_an_objection_is_carried_out_at_once_without_staff(self):
        self.give("match")
        request = self.ask("object")
        self.assertEqual(request.state, "confirmed")
        self.assertEqual(self.partner.social_consent_ids.filtered("given_at").state, "withdrawn")
        self.assertFalse(self.activities(request))

    def test_who_objects_by_letter_is_told_by_mail(self):
        request = self.ask("object", method="staff")
        self.assertEqual(request.state, "confirmed")
        self.assertEqual(len(self.letters()), 1)

    def test_who_objects_without_an_address_is_told_by_somebody(self):
        self.partner.email = False
        request = self.ask("object", method="staff")
        self.assertEqual(request.state, "done")
        self.assertTrue(self.activities(request))
        self.step(request, "confirm", note="By letter")
        self.assertEqual(request.state, "confirmed")
        self.assertFalse(self.activities(request))

    def test_what_is_no_kind_or_no_way_is_refused(self):
        with self.assertRaises(UserError):
            self.ask("everything")
        with self.assertRaises(UserError):
            self.ask(method="import")


class TestSteps(Asking):
    def test_each_step_says_who_did_it_and_when(self):
        request = self.ask()
        self.step(request, "check", note="Called back")
        self.assertEqual((request.state, request.checked_by_id), ("checked", self.officer))
        self.assertEqual(request.check_note, "Called back")
        self.step(request, "done", note="Sent the file")
        self.assertEqual((request.state, request.done_by_id), ("done", self.officer))
        self.step(request, "confirm")
        self.assertEqual((request.state, request.told_by_id), ("confirmed", self.officer))
        self.assertTrue(request.checked_at <= request.done_at <= request.told_at)
        self.assertFalse(self.activities(request))

    def test_the_person_is_told_in_the_persons_language(self):
        self.speak_german()
        self.partner.lang = "de_DE"
        request = self.ask("correct")
        self.step(request, "check", note="Called back")
        self.step(request, "done")
        self.step(request, "confirm")
        letter = self.letters()
        self.assertIn("Berichtigung", letter.body_html)
        self.assertIn("Guten Tag", letter.body_html)
        self.assertEqual(letter.social_kind, "service")
        self.assertTrue(letter.auto_delete)

    def test_no_step_is_taken_out_of_its_turn_or_without_its_words(self):
        request = self.ask()
        for step in ("done", "confirm"):
            with self.assertRaises(UserError):
                self.step(request, step, note="x")
        for step in ("check", "extend", "reject"):
            with self.assertRaises(UserError):
                self.step(request, step, note=" ", reason=" ")
        self.assertEqual(request.state, "received")

    def test_it_is_extended_once_by_two_months_and_the_person_told_why(self):
        with freeze_time(MONDAY):
            request = self.ask()
            self.step(request, "extend", reason="Ten thousand letters came in")
            self.assertEqual(request.due_at, datetime(2027, 4, 30, 9, 0))
            self.assertIn("Ten thousand letters", self.letters().body_html)
            self.assertEqual(
                set(self.activities(request).mapped("date_deadline")), {request.due_at.date()}
            )
            with self.assertRaises(UserError):
                self.step(request, "extend", reason="Once more")

    def test_nobody_extends_after_the_month(self):
        request = self.ask()
        with self.after(days=32), self.assertRaises(UserError):
            self.step(request, "extend", reason="Late")

    def test_a_rejection_needs_a_reason_and_the_person_is_told_it(self):
        request = self.ask()
        self.step(request, "reject", reason="The tenth time this week")
        self.assertEqual(request.state, "rejected")
        self.assertTrue(request.told_at)
        self.assertIn("The tenth time this week", self.letters().body_html)
        self.assertIn("data protection authority", self.letters().body_html)

    def test_without_an_address_somebody_says_how_the_person_was_told(self):
        self.partner.email = False
        request = self.ask()
        with self.assertRaises(UserError):
            self.step(request, "reject", reason="No")
        self.step(request, "reject", reason="No", note="By letter")
        self.assertEqual((request.state, request.told_note), ("rejected", "By letter"))

    def test_an_erasure_is_never_just_said_to_be_done(self):
        request = self.ask("erase")
        self.step(request, "check", note="Called back")
        with self.assertRaises(UserError):
            self.step(request, "done", note="Done, honestly")

    def test_after_erasure_the_request_keeps_only_key_kind_and_dates(self):
        request = self.ask("erase", text="I am Ada Example", answer_to="ada@example.com")
        other = self.ask("access", text="Ada again")
        key = request.subject_id.key
        self.step(request, "check", note="Called Ada back")
        wizard = self.env["social.erasure.wizard"].with_user(self.officer)
        wizard = wizard.browse(request.action_erase()["res_id"])
        wizard.action_erase()
        self.assertEqual((request.state, request.subject_id.key), ("confirmed", key))
        self.assertTrue(request.is_erased and request.answer_digest and request.due_at)
        for each in (request, other):
            self.assertFalse(each.text or each.answer_to or each.check_note or each.told_note)
            self.assertFalse(each.sudo().message_ids)
        self.assertEqual(self.letters().social_kind, "service")
        self.assertEqual(request.person_name, "Erased person")


class TestDeadlines(Asking):
    def remind(self):
        self.env["social.privacy.request"]._cron_remind()

    def urgent(self, urgency):
        return self.requests.search([("urgency", "=", urgency)])

    def test_the_list_says_what_is_overdue_and_what_is_due_soon(self):
        with freeze_time(MONDAY):
            request = self.ask()
        for day, urgency in (
            (datetime(2027, 2, 1), "in_time"),
            (datetime(2027, 2, 22), "soon"),
            (datetime(2027, 2, 28, 9), "overdue"),
        ):
            with freeze_time(day):
                request.invalidate_recordset()
                self.assertEqual(request.urgency, urgency)
                self.assertIn(request, self.urgent(urgency))
                others = {"in_time", "soon", "overdue", "closed"} - {urgency}
                self.assertFalse(any(request in self.urgent(other) for other in others))
        self.step(request, "reject", reason="No")
        self.assertIn(request, self.urgent("closed"))

    def test_officers_are_reminded_a_week_before_and_each_week_after(self):
        with freeze_time(MONDAY):
            request = self.ask()
        seen = {}
        day = datetime(2027, 2, 1, 6)
        while day < datetime(2027, 3, 16):
            with freeze_time(day):
                self.remind()
                if request.sudo().reminded_at == day:
                    seen[day.date().isoformat()] = self.activities(request)[0].summary
            day += relativedelta(days=1)
        self.assertEqual(list(seen), ["2027-02-22", "2027-03-01", "2027-03-08", "2027-03-15"])
        self.assertIn("Due", seen["2027-02-22"])
        self.assertIn("Overdue", seen["2027-03-01"])

    def test_what_is_finished_is_not_reminded_of(self):
        request = self.ask()
        self.step(request, "reject", reason="No")
        with self.after(days=60):
            self.remind()
        self.assertFalse(self.activities(request))


class TestWhoSees(Asking):
    def test_only_the_privacy_officer_of_the_company_reads_requests(self):
        request = self.ask(text="Secret")
        self.assertEqual(request.text, "Secret")
        for user in (self.clerk, self.manager, self.sales, self.employee):
            with self.assertRaises(AccessError):
                request.with_user(user).read(["kind"])
            with self.assertRaises(AccessError):
                request.with_user(user).with_context(privacy_step="check").action_step()

    def test_an_officer_of_another_company_reads_none_of_it(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        request = self.ask()
        self.officer.write({"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id})
        self.assertFalse(self.requests.search([("id", "=", request.id)]))
        with self.assertRaises(AccessError):
            request.read(["kind"])

    def test_no_form_tells_an_officer_of_another_company_of_it(self):
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        request = self.ask()
        self.officer.write({"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id})
        for name, values, told in (
            ("social.privacy.step.wizard", {"step": "check"}, "answer_to"),
            (
                "social.erasure.wizard",
                {"subject_id": request.sudo().subject_id.id},
                "request_state",
            ),
        ):
            wizard = self.env[name].with_user(self.officer).browse()
            with self.assertRaises(AccessError):
                wizard = wizard.create({"request_id": request.id, **values})
                wizard.invalidate_recordset()
                wizard.read([told])

    def test_nobody_types_in_changes_or_deletes_a_request(self):
        request = self.ask()
        vals = {"subject_id": request.subject_id.id, "kind": "erase", "method": "staff"}
        # An AccessError is a UserError, too.
        for user in (self.officer, self.env.user):
            mine = request.with_user(user)
            with self.assertRaises(UserError):
                mine.create(vals)
            with self.assertRaises(UserError):
                mine.write({"state": "confirmed"})
            with self.assertRaises(UserError):
                mine.unlink()
        self.assertEqual(request.state, "received")

    def test_no_thread_keeps_what_was_said(self):
        request = self.ask(text="Velvet trombones")
        self.step(request, "check", note="Velvet trombones")
        bodies = " ".join(str(body) for body in request.sudo().message_ids.mapped("body"))
        self.assertNotIn("Velvet", bodies)
        self.assertFalse(request.sudo().message_ids.tracking_value_ids)


class TestRecording(Asking):
    def form(self, record, user=None):
        action = record.with_user(user or self.sales).action_record_privacy_request()
        model = self.env["social.privacy.record.wizard"].with_user(user or self.sales)
        return Form(model.with_context(action["context"]))

    def test_staff_records_what_was_said_on_contact_lead_and_recipient(self):
        lead = self.env["crm.lead"].create(
            {"name": "Lead", "email_from": "lead@example.com", "user_id": self.sales.id}
        )
        recipient = self.env["mailing.contact"].create({"email": "list@example.com"})
        for record in (self.partner, lead, recipient):
            user = self.sales if record._name != "mailing.contact" else self.env.user
            form = self.form(record, user)
            form.kind = "access"
            form.note = "Called, wants to know what we have"
            wizard = form.save()
            result = wizard.action_record()
            self.assertFalse(wizard.exists())
            self.assertEqual(result["params"]["type"], "success")
            request = self.requests.search([], order="id desc", limit=1)
            self.assertEqual(request.subject_id, record.sudo().social_subject_id)
            self.assertEqual((request.method, request.recorded_by_id), ("staff", user))

    def test_the_month_starts_on_the_day_the_letter_came(self):
        form = self.form(self.partner)
        form.kind = "correct"
        form.note = "A letter"
        day = fields.Date.subtract(fields.Date.today(), days=5)
        form.received_on = day
        form.save().action_record()
        request = self.requests.search([], order="id desc", limit=1)
        self.assertEqual(request.received_at.date(), day)

    def test_what_is_missing_is_said(self):
        for values in (
            {"note": "x"},
            {"kind": "access", "note": " "},
            {"kind": "access", "note": "x", "answer_to": "nobody"},
            {"kind": "access", "note": "x", "received_on": "2999-01-01"},
        ):
            wizard = self.env["social.privacy.record.wizard"].create(
                {"res_model": "res.partner", "res_id": self.partner.id, **values}
            )
            with self.assertRaises(UserError):
                wizard.action_record()

    def test_who_records_is_shown_no_request(self):
        form = self.form(self.partner)
        form.kind = "object"
        form.note = "On the phone"
        form.save().action_record()
        with self.assertRaises(AccessError):
            self.requests.with_user(self.sales).search([])

    def test_who_may_not_edit_contacts_records_nothing(self):
        with self.assertRaises(AccessError):
            self.form(self.partner, self.employee).save()

    def test_who_may_only_read_a_contact_does_not_object_in_its_name(self):
        rule = self.env["ir.rule"].create(
            {
                "name": "Others' contacts are only read",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": f"[('id', '!=', {self.partner.id})]",
                "perm_read": False,
            }
        )
        self.assertTrue(rule)
        consent = self.give()
        form = self.form(self.partner)
        form.kind = "object"
        form.note = "On the phone"
        wizard = form.save()
        with self.assertRaises(AccessError):
            wizard.action_record()
        self.assertEqual(consent.state, "given")
        wizard.kind = "access"
        wizard.action_record()
