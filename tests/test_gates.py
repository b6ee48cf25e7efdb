"""The last point before the wire: consent is asked again, whatever happened on the way (R23)."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from odoo.addons.sms.tools.sms_api import SmsApi
from odoo.addons.social_consent_monitoring.door import open_door
from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.kinds import get_kind, with_kind

from common import ADDON, Common

FAILURE = "social_no_consent"


class GateCase(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        cls.lead = cls.env["crm.lead"].create({"name": "Cold", "email_from": "cold@example.com"})

    def mail(self, kind="marketing", **values):
        """Queue a mail that is known to be of a kind."""
        mails = open_door(self.env["mail.mail"])
        return mails.create(
            {
                "subject": "News",
                "body_html": "<p>News</p>",
                "social_kind": kind,
                "recipient_ids": [Command.set(self.partner.ids)],
                **values,
            }
        ).with_env(self.env)

    def make_document(self):
        """Make a record with a chatter that is no person's."""
        model_id = self.env["ir.model"]._get_id("res.partner")
        mailings = self.env["mailing.mailing"]
        return mailings.create({"subject": "A document", "mailing_model_id": model_id})

    def pass_gate(self, mail):
        """Send as far as the gate, and tell the state and why."""
        mail._send()
        return mail.state, mail.failure_type

    def assertStopped(self, mail):
        self.assertEqual(self.pass_gate(mail), ("cancel", FAILURE))

    def assertPasses(self, mail):
        self.assertEqual(self.pass_gate(mail), ("outgoing", False))


class TestLastGate(GateCase):
    def test_r23_a_consent_withdrawn_while_queued_stops_the_mail(self):
        self.give("contact", "email")
        mail = self.mail()
        self.assertPasses(mail)
        self.withdraw("contact", "email")
        self.assertStopped(mail)

    def test_a_retry_asks_again(self):
        mail = self.mail()
        self.assertStopped(mail)
        mail.mark_outgoing()
        self.assertStopped(mail)

    def test_service_mail_always_passes(self):
        self.partner._object_social(method="staff")
        self.assertPasses(self.mail("service"))

    def test_only_the_refused_are_taken_out(self):
        self.give("contact", "email")
        mail = self.mail(
            recipient_ids=[Command.set((self.partner | self.other).ids)],
            email_to="Nobody <nobody@example.com>",
        )
        self.assertPasses(mail)
        self.assertEqual((mail.recipient_ids, mail.email_to), (self.partner, False))

    def test_the_refused_are_taken_out_of_the_copies_too(self):
        self.give("contact", "email")
        mail = self.mail(email_cc="Ben <ben@example.com>, Nobody <nobody@example.com>")
        self.assertPasses(mail)
        self.assertEqual((mail.recipient_ids, mail.email_cc), (self.partner, False))

    def test_an_address_of_nobody_gets_no_advertising(self):
        mail = self.mail(recipient_ids=False, email_to="nobody@example.com")
        self.assertStopped(mail)
        self.assertStopped(self.mail(recipient_ids=False, email_to="no address"))
        self.assertPasses(self.mail("service", recipient_ids=False, email_to="nobody@example.com"))

    def test_a_twin_that_consents_does_not_speak_for_the_other(self):
        self.give("contact", "email")
        self.env["res.partner"].create({"name": "Twin", "email": "ada@example.com"})
        self.assertStopped(self.mail(recipient_ids=False, email_to="ada@example.com"))

    def test_colleagues_get_their_copies(self):
        mail = self.mail(recipient_ids=[Command.set(self.employee.partner_id.ids)])
        self.assertPasses(mail)

    def test_who_leaves_the_list_while_queued_gets_nothing_of_that_list(self):
        lists = self.env["mailing.list"].create([{"name": "News"}, {"name": "Offers"}])
        recipient = self.env["mailing.contact"].create(
            {"email": "ada@list.example", "list_ids": [Command.set(lists.ids)]}
        )
        self.give("contact", "email", partner=recipient)
        mails = [
            self.mail(
                mailing_id=self.env["mailing.mailing"]
                .create(
                    {
                        "subject": "News",
                        "mailing_model_id": self.env["ir.model"]._get_id("mailing.list"),
                        "contact_list_ids": [Command.set(one.ids)],
                    }
                )
                .id,
                model="mailing.contact",
                res_id=recipient.id,
                recipient_ids=False,
                email_to="ada@list.example",
            )
            for one in lists
        ]
        recipient.subscription_ids.filtered(lambda each: each.list_id == lists[0]).opt_out = True
        self.assertEqual(self.pass_gate(mails[0]), ("cancel", "mail_optout"))
        self.assertPasses(mails[1])

    def test_a_defect_keeps_the_mail_and_shows_itself(self):
        self.give("contact", "email")
        mail, service = self.mail(), self.mail("service")
        gate = type(self.env["social.gate"])
        with (
            patch.object(gate, "_judge", side_effect=ZeroDivisionError),
            self.assertLogs("odoo.addons.social_consent_monitoring", "ERROR"),
            patch.object(type(self.env["ir.mail_server"]), "_disable_send", return_value=False),
            patch.object(
                type(self.env["ir.mail_server"]), "send_email", return_value="<id>"
            ) as out,
        ):
            (mail | service)._send()
        self.assertEqual((mail.state, service.state), ("outgoing", "sent"))
        self.assertTrue(mail.failure_reason)
        self.assertEqual(out.call_count, 1)

    def test_a_defect_about_one_mail_holds_no_other_back(self):
        self.give("contact", "email")
        first, broken, last = self.mail(), self.mail(), self.mail()
        gate = type(self.env["social.gate"])
        judge = gate._judge

        def fail_for_one(self, channel, approaches, log="refused"):
            if broken.id in [approach.key for approach in approaches]:
                raise ZeroDivisionError
            return judge(self, channel, approaches, log)

        with (
            patch.object(gate, "_judge", fail_for_one),
            self.assertLogs("odoo.addons.social_consent_monitoring", "ERROR") as logs,
        ):
            kept = self.env["social.gate"]._keep_back("email", first | broken | last)
        self.assertEqual(kept, broken)
        self.assertEqual(len(logs.records), 1)
        self.assertTrue(broken.failure_reason)
        self.assertFalse(first.failure_reason)

    def test_what_was_queued_before_the_addon_is_judged_by_what_it_is_about(self):
        about = {"model": "res.company", "res_id": self.env.company.id}
        document, password = self.mail(**about), self.mail(recipient_ids=False, email_to="a@b.de")
        mailing = self.env["mailing.mailing"].create({"subject": "News"})
        person = self.mail(model="res.partner", res_id=self.partner.id)
        advert = self.mail(mailing_id=mailing.id, **about)
        mails = document | password | person | advert
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_mail SET social_kind = NULL, social_company_id = NULL WHERE id = ANY(%s)",
            [mails.ids],
        )
        self.env.invalidate_all()
        mails._send()
        stopped = mails.filtered(lambda mail: mail.state == "cancel")
        self.assertEqual(stopped, person | advert)

    def test_observing_lets_it_pass(self):
        self.env.ref(f"{ADDON}.policy_rule_contact_email").mode = "observe"
        self.assertPasses(self.mail())
        self.assertPasses(self.mail(recipient_ids=False, email_to="nobody@example.com"))

    def test_queries_do_not_grow_with_the_mails(self):
        people = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@example.com"} for n in range(40)]
        )
        self.give("contact", "email", partner=people)
        counts = []
        # The first one fills caches that both need.
        for size in (1, 5, 40):
            mails = self.env["mail.mail"].union(
                *(self.mail(recipient_ids=[Command.set(p.ids)]) for p in people[:size])
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["social.gate"]._keep_back("email", mails)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])


class TestKinds(GateCase):
    def test_a_mark_from_outside_does_not_count(self):
        outside = self.env["mail.mail"].with_context(
            social_kind="service", default_social_kind="service"
        )
        self.assertIsNone(get_kind(outside.env))
        mail = outside.create({"social_kind": "service", "model": "crm.lead", "res_id": 1})
        self.assertEqual(mail.social_kind, "first")

    def test_what_a_caller_says_makes_no_mark_vanish(self):
        """Odoo takes contexts that are equal for one and the same."""
        outside = self.partner.with_context(social_kind="marketing")
        self.assertEqual(get_kind(with_kind(outside, "marketing").env), "marketing")
        again = self.partner.with_context(social_kind="marketing")
        self.assertIsNone(get_kind(again.env))

    def test_the_stricter_mark_counts(self):
        inner = with_kind(with_kind(self.partner, "marketing"), "service")
        self.assertEqual(get_kind(inner.env), "marketing")
        inner = with_kind(with_kind(self.partner, "service"), "marketing")
        self.assertEqual(get_kind(inner.env), "marketing")

    def test_what_it_is_for_is_not_written_by_hand(self):
        with self.assertRaises(UserError):
            self.mail().social_kind = "service"

    def test_a_copy_is_for_the_same(self):
        self.assertEqual(self.mail("marketing").copy().social_kind, "marketing")
        self.assertEqual(
            self.mail("service", model="crm.lead", res_id=self.lead.id).copy().social_kind,
            "service",
        )

    def test_a_copy_is_sent_for_the_same_company(self):
        other = self.env["res.company"].create({"name": "Another company"})
        mail = self.mail().with_company(other)
        self.assertEqual(mail.copy().social_company_id, self.env.company)

    def test_a_template_says_what_its_mails_are_for(self):
        for kind, expected in (("marketing",) * 2, ("service",) * 2, (False, "first")):
            mail = self.send_template(social_kind=kind)
            self.assertEqual(mail.social_kind, expected)

    def test_a_service_template_with_another_text_is_no_service(self):
        values = {"body_html": "<p>Buy!</p>"}
        mail = self.send_template(values, social_kind="service")
        self.assertEqual(mail.social_kind, "first")

    def test_default_context_does_not_make_a_template_service(self):
        user = new_test_user(
            self.env, "editor", groups="base.group_user,mail.group_mail_template_editor"
        )
        templates = self.env["mail.template"].with_user(user)
        vals = {"name": "T", "model_id": self.env["ir.model"]._get_id("res.partner")}
        with self.assertRaises(UserError):
            templates.with_context(default_social_kind="service").create(vals)
        template = templates.create({**vals, "social_kind": "marketing"})
        with self.assertRaises(UserError):
            template.social_kind = False

    def test_a_copied_service_template_is_none_until_a_manager_says_so(self):
        template = self.make_template(social_kind="service")
        user = new_test_user(
            self.env, "editor", groups="base.group_user,mail.group_mail_template_editor"
        )
        self.assertFalse(template.with_user(user).copy().social_kind)

    def test_a_server_action_says_what_it_sends(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Praise",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "mail_post",
                "mail_post_method": "email",
                "template_id": self.make_template().id,
                "social_kind": "marketing",
            }
        )
        action.with_context(active_model="res.partner", active_ids=self.partner.ids).run()
        mail = self.env["mail.mail"].search([("subject", "=", "Hello there")], limit=1)
        self.assertEqual(mail.social_kind, "marketing")

    def make_template(self, **values):
        return self.env["mail.template"].create(
            {
                "name": "T",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Hello there",
                "body_html": "<p>Hello</p>",
                "partner_to": "{{ object.id }}",
                **values,
            }
        )

    def send_template(self, email_values=None, **values):
        template = self.make_template(**values)
        mail_id = template.send_mail(self.partner.id, email_values=email_values)
        return self.env["mail.mail"].browse(mail_id)


class TestFirstContact(GateCase):
    def first(self, record, **values):
        return self.mail("first", model=record._name, res_id=record.id, **values)

    def said(self, kind, record=None):
        self.env["social.first.contact"]._record(record or self.partner, kind)

    def test_r23_nobody_writes_first_to_a_stranger_before_saying_what_about(self):
        self.assertStopped(self.first(self.partner))
        self.said("business")
        self.assertPasses(self.first(self.partner))

    def test_advertising_needs_consent(self):
        self.said("advertising")
        self.assertStopped(self.first(self.partner))
        self.give("contact", "email")
        self.assertPasses(self.first(self.partner))

    def test_a_cold_lead_stays_stopped_whatever_is_said(self):
        self.said("business", self.lead)
        to_lead = {"recipient_ids": False, "email_to": "cold@example.com"}
        self.assertStopped(self.first(self.lead, **to_lead))
        self.said("called", self.lead)
        self.assertPasses(self.first(self.lead, **to_lead))

    def test_the_contact_of_a_cold_lead_is_no_way_around(self):
        self.lead.partner_id = self.partner
        self.said("business")
        self.assertStopped(self.first(self.partner))

    def test_a_lead_who_consents_is_written_to_through_its_contact(self):
        self.partner.email = "cold@example.com"
        self.give("contact", "email", partner=self.lead)
        self.assertPasses(self.first(self.lead))

    def test_who_wrote_first_gets_an_answer(self):
        self.partner.message_post(
            body="A question", message_type="email", author_id=self.partner.id
        )
        self.assertPasses(self.first(self.partner))

    def test_a_lead_that_came_by_mail_gets_an_answer(self):
        self.lead.message_post(
            body="Hi", message_type="email", email_from="cold@example.com", author_id=False
        )
        to_lead = {"recipient_ids": False, "email_to": "cold@example.com"}
        self.assertPasses(self.first(self.lead, **to_lead))

    def test_a_message_in_somebodys_name_is_none_of_theirs(self):
        self.partner.with_user(self.sales).message_post(body="Hi", author_id=self.partner.id)
        self.assertStopped(self.first(self.partner))

    def test_r23_nobody_fakes_that_a_person_wrote(self):
        values = {"message_type": "email", "author_id": self.partner.id}
        own = self.partner.with_user(self.sales)
        own.message_post(body="Hi", **values)
        place = {"model": "res.partner", "res_id": self.partner.id, "body": "Hi"}
        own.env["mail.message"].create({**place, **values})
        self.assertStopped(self.first(self.partner))
        note = self.partner.message_post(body="A note")
        for name, value in values.items():
            with self.assertRaises(UserError):
                note.with_user(self.sales).write({name: value})
        note.with_user(self.sales).write({"message_type": note.message_type, "body": "Mended"})

    def test_r23_nobody_fakes_that_a_lead_wrote(self):
        post = self.lead.with_user(self.env.ref("base.user_admin")).message_post
        post(body="Hi", message_type="email", email_from="cold@example.com", author_id=False)
        to_lead = {"recipient_ids": False, "email_to": "cold@example.com"}
        self.assertStopped(self.first(self.lead, **to_lead))

    def test_r23_a_message_that_a_user_calls_an_incoming_mail_is_no_service(self):
        message = self.partner.with_user(self.sales).message_post(body="Offers")
        message.sudo().message_type = "email"
        mails = self.env["mail.mail"]
        self.assertEqual(mails._get_social_kind({"mail_message_id": message.id}), "first")

    def test_who_commented_by_a_link_without_logging_in_gets_an_answer(self):
        visitor = self.partner.with_user(self.env.ref("base.public_user")).sudo()
        visitor.message_post(body="Hi", message_type="comment", author_id=self.partner.id)
        self.assertPasses(self.first(self.partner))

    def test_an_answer_passes_even_after_an_objection_to_advertising(self):
        self.partner._object_social(method="staff")
        self.said("wrote")
        self.assertPasses(self.first(self.partner))

    def test_what_was_said_counts_for_one_company_only(self):
        self.env["social.first.contact"].with_company(
            self.env["res.company"].create({"name": "Other"})
        )._record(self.partner, "business")
        self.assertStopped(self.first(self.partner))


class TestWriting(GateCase):
    """A user who writes is told at once, with the reason; the text is still there."""

    def write(self, record, **values):
        values = {"message_type": "comment", **values}
        return record.with_user(self.sales).message_post(
            body="Hello", subtype_xmlid="mail.mt_comment", **values
        )

    def mails(self, record):
        messages = record.message_ids
        return self.env["mail.mail"].search([("mail_message_id", "in", messages.ids)])

    def assertRefused(self, reason, *args, **values):
        with self.assertRaises(ConsentRequired) as caught:
            self.write(*args, **values)
        self.assertEqual(caught.exception.decision.reason, reason)

    def test_r23_writing_to_a_stranger_asks_what_it_is_about_first(self):
        self.assertRefused("first_contact", self.partner, partner_ids=self.partner.ids)

    def test_r23_calling_it_an_incoming_mail_is_no_way_around(self):
        self.assertRefused(
            "first_contact",
            self.partner,
            partner_ids=self.partner.ids,
            message_type="email",
        )

    def test_a_refusal_tells_nothing_of_whom_its_reader_may_not_see(self):
        elsewhere = self.env["res.company"].create({"name": "Other"})
        self.other.company_id = elsewhere
        for address in ("ben@example.com", "nobody@example.com"):
            self.assertRefused("nobody", self.partner, outgoing_email_to=address)

    def test_r25_the_refusal_is_logged(self):
        # Odoo's assertRaises would take the row along.
        try:
            self.write(self.partner, partner_ids=self.partner.ids)
        except ConsentRequired:
            pass
        row = self.env["social.decision"].search([("act", "=", "contact_email")], limit=1)
        self.assertEqual((row.allowed, row.reason), (False, "first_contact"))

    def test_r23_writing_to_a_cold_lead_is_refused(self):
        # A record is as good as its id for Odoo.
        self.lead.write({"partner_id": self.partner, "user_id": self.sales.id})
        self.assertRefused("cold_lead", self.lead, partner_ids=self.partner.ids)

    def test_a_note_to_a_colleague_passes(self):
        self.write(self.partner, partner_ids=self.employee.partner_id.ids)

    def test_a_message_on_a_document_passes(self):
        document = self.make_document()
        document.message_post(body="Hello", partner_ids=self.partner.ids)
        self.assertEqual(self.mails(document).social_kind, "service")

    def test_who_said_business_writes(self):
        self.env["social.first.contact"]._record(self.partner, "business")
        self.write(self.partner, partner_ids=self.partner.ids)
        self.assertEqual(self.mails(self.partner).social_kind, "first")

    def test_what_runs_by_itself_is_left_out_without_stopping_the_rest(self):
        template = self.env["mail.template"].create(
            {
                "name": "T",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "body_html": "<p>Hello</p>",
                "partner_to": "{{ object.id }}",
            }
        )
        action = self.env["ir.actions.server"].create(
            {
                "name": "Welcome",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "mail_post",
                "mail_post_method": "comment",
                "template_id": template.id,
            }
        )
        context = {"active_model": "res.partner", "active_ids": self.partner.ids}
        action.with_user(self.sales).with_context(**context).run()
        mail = self.mails(self.partner)
        mail._send()
        self.assertEqual((mail.state, mail.failure_type), ("cancel", FAILURE))
        notification = mail.mail_message_id.notification_ids
        self.assertEqual(notification.notification_status, "canceled")
        self.assertEqual(notification.failure_type, FAILURE)

    def test_a_message_about_nothing_is_a_first_contact(self):
        with self.assertRaises(ConsentRequired):
            self.env["mail.thread"].with_user(self.sales).message_notify(
                body="Buy", partner_ids=self.partner.ids
            )

    def test_a_marketing_template_sent_later_is_still_marketing(self):
        order = self.env["mailing.contact"].create({"name": "R", "email": "r@example.com"})
        later = self.env.cr.now().replace(year=2099)
        with_kind(order, "marketing").message_post(
            body="Later", partner_ids=self.partner.ids, scheduled_date=later
        )
        schedule = self.env["mail.message.schedule"].search([], limit=1, order="id desc")
        self.assertEqual(schedule.social_kind, "marketing")
        self.env["social.first.contact"]._record(self.partner, "business")
        schedule._send_notifications()
        self.assertEqual(self.mails(order).social_kind, "marketing")

    def test_test_mailings_pass(self):
        mailing = self.env["mailing.mailing"].create(
            {"subject": "News", "mailing_model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        test = self.env["mailing.mailing.test"].create(
            {"mass_mailing_id": mailing.id, "email_to": "boss@example.com"}
        )
        made = []
        create = type(self.env["mail.mail"]).create

        def keep(model, vals_list):
            mails = create(model, vals_list)
            made.extend(mails.mapped("social_kind"))
            return mails

        with patch.object(type(self.env["mail.mail"]), "create", keep):
            test.send_mail_test()
        self.assertEqual(made, ["service"])


class TestSms(GateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.country_id = cls.env.ref("base.de")
        cls.partner.phone = "+49 30 123456"
        cls.other.phone = "+49 30 654321"

    def compose(self, records, mode="mass", **values):
        composer = self.env["sms.composer"].create(
            {
                "composition_mode": mode,
                "res_model": records._name,
                "res_ids": str(records.ids),
                "body": "Offers",
                "mass_force_send": False,
                **values,
            }
        )
        composer._action_send_sms()
        return self.env["sms.sms"].search([("body", "=", "Offers")], order="id")

    def sent(self, sms):
        """Return the numbers that reach the SMS provider."""
        reached = []

        def receive(api, messages, delivery_reports_url=False):
            numbers = [number for message in messages for number in message["numbers"]]
            reached.extend(number["number"] for number in numbers)
            return [{"uuid": number["uuid"], "state": "success"} for number in numbers]

        with patch.object(SmsApi, "_send_sms_batch", receive):
            sms.send()
        return reached

    def test_r23_a_mass_sms_reaches_those_who_consent(self):
        self.give("contact", "sms")
        sms = self.compose(self.partner | self.other)
        self.assertEqual(sms.mapped("state"), ["outgoing", "canceled"])
        self.assertEqual(sms[1].failure_type, FAILURE)
        self.assertEqual(self.sent(sms), ["+4930123456"])

    def test_a_consent_withdrawn_while_queued_stops_the_sms(self):
        self.give("contact", "sms")
        sms = self.compose(self.partner)
        self.withdraw("contact", "sms")
        self.assertEqual(self.sent(sms), [])
        self.assertEqual((sms.state, sms.failure_type), ("canceled", FAILURE))

    def test_the_refused_is_no_double_of_who_consents(self):
        self.other.phone = self.partner.phone
        self.give("contact", "sms", partner=self.other)
        self.assertEqual(self.sent(self.compose(self.partner | self.other)), ["+4930123456"])

    def test_unticking_the_exclusion_list_changes_nothing(self):
        sms = self.compose(self.partner, use_exclusion_list=False)
        self.assertEqual(sms.state, "canceled")

    def test_typed_numbers_of_strangers_are_refused(self):
        with self.assertRaises(ConsentRequired):
            self.compose(self.partner.browse(), mode="numbers", numbers="+4930999999")

    def test_an_sms_that_was_queued_before_the_addon_and_says_nothing_is_asked_about(self):
        sms = self.env["sms.sms"].create({"number": "+4930999999", "body": "Offers"})
        self.env.flush_all()
        self.env.cr.execute("UPDATE sms_sms SET social_kind = NULL WHERE id = %s", [sms.id])
        self.env.invalidate_all()
        self.assertEqual(self.sent(sms), [])
        self.assertEqual((sms.state, sms.failure_type), ("canceled", FAILURE))

    def test_an_sms_to_a_person_who_is_not_known_is_refused(self):
        with self.assertRaises(ConsentRequired):
            self.partner._message_sms("Hello")

    def test_a_defect_keeps_the_sms(self):
        self.give("contact", "sms")
        sms = self.compose(self.partner)
        gate = type(self.env["social.gate"])
        with (
            patch.object(gate, "_judge", side_effect=ZeroDivisionError),
            self.assertLogs("odoo.addons.social_consent_monitoring", "ERROR"),
        ):
            self.assertEqual(self.sent(sms), [])
        self.assertEqual(sms.state, "outgoing")


class TestLetters(GateCase):
    def letter(self, record):
        return self.env["snailmail.letter"].create(
            {
                "model": record._name,
                "res_id": record.id,
                "partner_id": self.partner.id,
                "company_id": self.env.company.id,
            }
        )

    def test_r23_a_letter_is_stopped_by_an_objection_only(self):
        letter = self.letter(self.partner)
        self.assertFalse(self.env["social.gate"]._keep_back("post", letter))
        self.partner._object_social("contact", "post", method="staff")
        letter._snailmail_print()
        self.assertEqual((letter.state, letter.error_code), ("canceled", "SOCIAL_NO_CONSENT"))

    def test_r25_a_letter_that_goes_is_logged(self):
        decisions = self.env["social.decision"].sudo()
        before = decisions.search_count([("act", "=", "contact_post"), ("allowed", "=", True)])
        self.letter(self.partner)._snailmail_print(immediate=False)
        after = decisions.search_count([("act", "=", "contact_post"), ("allowed", "=", True)])
        self.assertEqual(after, before + 1)

    def test_a_letter_on_a_document_always_goes(self):
        self.partner._object_social("contact", "post", method="staff")
        letter = self.letter(self.make_document())
        letter._snailmail_print(immediate=False)
        self.assertNotEqual(letter.error_code, "SOCIAL_NO_CONSENT")
