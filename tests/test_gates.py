"""The last point before the wire: consent is asked again, whatever happened on the way (R23)."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from odoo.addons.social_consent_monitoring.door import open_door
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

    def test_an_answer_passes_even_after_an_objection_to_advertising(self):
        self.partner._object_social(method="staff")
        self.said("wrote")
        self.assertPasses(self.first(self.partner))

    def test_what_was_said_counts_for_one_company_only(self):
        self.env["social.first.contact"].with_company(
            self.env["res.company"].create({"name": "Other"})
        )._record(self.partner, "business")
        self.assertStopped(self.first(self.partner))
