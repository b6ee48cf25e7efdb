"""A mailing leaves out, visibly, who did not consent (rule 23)."""

from unittest.mock import patch

from odoo import Command
from odoo.tests import Form

from odoo.addons.social_consent_monitoring.hooks import post_init_hook

from common import ADDON, Common


class TestMailing(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.partner"].create(
            {"name": "Ben Example", "email": "ben@example.com", "lang": "en_US"}
        )

    def send(self, records, **values):
        mailing = self.env["mailing.mailing"].create(
            {
                "name": "News",
                "subject": "News",
                "body_html": "<p>News for you</p>",
                "mailing_model_id": self.env["ir.model"]._get(records._name).id,
                "mailing_domain": [("id", "in", records.ids)],
                "keep_archives": True,
                **values,
            }
        )
        mailing.action_send_mail()
        return mailing

    def outcome(self, mailing, record):
        trace = mailing.mailing_trace_ids.filtered(lambda trace: trace.res_id == record.id)
        return trace.trace_status, trace.failure_type

    def mails(self, mailing):
        return self.env["mail.mail"].search([("mailing_id", "=", mailing.id)])

    def test_r23_one_who_consents_gets_it_and_the_other_is_shown_as_no_consent(self):
        self.give("contact", "email")
        mailing = self.send(self.partner | self.other)
        self.assertEqual(self.outcome(mailing, self.other), ("cancel", "social_no_consent"))
        self.assertNotEqual(self.outcome(mailing, self.partner)[0], "cancel")
        self.assertEqual(len(self.mails(mailing)), 1)
        self.assertEqual(mailing.social_refused_count, 1)
        listed = self.env["mailing.trace"].search(mailing.action_view_social_refused()["domain"])
        self.assertEqual(listed.res_id, self.other.id)

    def test_consent_to_another_channel_or_purpose_does_not_do(self):
        self.give("contact", "sms")
        self.give("match")
        mailing = self.send(self.partner)
        self.assertEqual(self.outcome(mailing, self.partner), ("cancel", "social_no_consent"))

    def test_withdrawn_refuses_at_once(self):
        self.give("contact", "email")
        self.withdraw("contact", "email")
        mailing = self.send(self.partner)
        self.assertEqual(self.outcome(mailing, self.partner), ("cancel", "social_no_consent"))

    def test_unticking_the_exclusion_list_changes_nothing(self):
        mailing = self.send(self.partner, use_exclusion_list=False)
        self.assertEqual(self.outcome(mailing, self.partner), ("cancel", "social_no_consent"))

    def test_a_twin_with_the_same_address_neither_helps_nor_harms(self):
        # The name puts the refused one first, so that core could take the other for its double.
        twin = self.env["res.partner"].create({"name": "A Twin", "email": "ada@example.com"})
        self.give("contact", "email")
        mailing = self.send(twin | self.partner)
        self.assertEqual(self.outcome(mailing, twin), ("cancel", "social_no_consent"))
        self.assertNotEqual(self.outcome(mailing, self.partner)[0], "cancel")

    def test_a_twin_in_a_later_batch_is_no_double_of_the_refused(self):
        self.env["ir.config_parameter"].set_param("mail.batch_size", "1")
        twin = self.env["res.partner"].create({"name": "A Twin", "email": "ada@example.com"})
        self.give("contact", "email")
        mailing = self.send(twin | self.partner)
        self.assertEqual(self.outcome(mailing, twin), ("cancel", "social_no_consent"))
        self.assertNotEqual(self.outcome(mailing, self.partner)[0], "cancel")

    def test_a_mailing_to_more_than_a_form_holds_is_queued_as_without_the_addon(self):
        people = self.env["res.partner"].create(
            [{"name": f"Reader {i}", "email": f"reader{i}@example.com"} for i in range(501)]
        )
        people._give_social_consent("contact", "email", method="portal")
        with patch.object(type(self.env["mail.mail"]), "send") as send:
            mailing = self.send(people)
        send.assert_not_called()
        self.assertEqual(set(self.mails(mailing).mapped("state")), {"outgoing"})

    def compose(self, record, **values):
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get(record._name).id,
            }
        )
        composer = self.env["mail.compose.message"].create(
            {
                "composition_mode": "mass_mail",
                "model": record._name,
                "res_ids": str(record.ids),
                "mass_mailing_id": mailing.id,
                "subject": "News",
                "body": "<p>News</p>",
                **values,
            }
        )
        composer._action_send_mail()
        return mailing

    def test_who_is_added_to_the_mail_is_asked_too(self):
        self.give("contact", "email")
        mailing = self.compose(
            self.partner, partner_ids=[Command.set((self.partner | self.other).ids)]
        )
        self.assertEqual(self.outcome(mailing, self.partner), ("cancel", "social_no_consent"))

    def test_an_address_that_belongs_to_nobody_judged_is_refused(self):
        self.give("contact", "email")
        template = self.env["mail.template"].create(
            {
                "name": "To somebody else",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "email_to": "ben@example.com",
                "use_default_to": False,
                "subject": "News",
                "body_html": "<p>News</p>",
            }
        )
        mailing = self.compose(self.partner, template_id=template.id)
        self.assertEqual(self.outcome(mailing, self.partner), ("cancel", "social_no_consent"))

    def test_a_lead_does_not_speak_for_the_contact_that_the_mail_goes_to(self):
        lead = self.env["crm.lead"].create({"name": "Lead", "partner_id": self.partner.id})
        self.give("contact", "email", partner=lead)
        self.partner._object_social("contact", "email", method="staff")
        mailing = self.send(lead)
        self.assertEqual(self.outcome(mailing, lead), ("cancel", "social_no_consent"))

    def test_newsletter_recipients_are_judged_for_themselves(self):
        recipients = self.env["mailing.contact"].create(
            [{"name": name, "email": f"{name}@example.com"} for name in ("yes", "no")]
        )
        self.give("contact", "email", partner=recipients[0])
        mailing = self.send(recipients)
        self.assertNotEqual(self.outcome(mailing, recipients[0])[0], "cancel")
        self.assertEqual(self.outcome(mailing, recipients[1]), ("cancel", "social_no_consent"))

    def test_observing_lets_everything_pass_and_logs_it(self):
        self.env.ref(f"{ADDON}.policy_rule_contact_email").mode = "observe"
        mailing = self.send(self.other)
        self.assertNotEqual(self.outcome(mailing, self.other)[0], "cancel")
        row = self.env["social.decision"].search([("act", "=", "contact_email")], limit=1)
        self.assertEqual((row.mode, row.allowed, row.reason), ("observe", False, "never_asked"))
        self.assertEqual(mailing.social_mode, "observe")

    def test_off_asks_nobody(self):
        self.env.ref(f"{ADDON}.policy_rule_contact_email").write(
            {"mode": "off", "reason": "A newsletter of the staff council."}
        )
        before = self.env["social.decision"].search_count([])
        self.send(self.other)
        self.assertEqual(self.env["social.decision"].search_count([]), before)

    def test_r25_one_row_for_all_allowed_and_one_for_each_refused(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{n}", "email": f"p{n}@example.com", "lang": "en_US"} for n in range(5)]
        )
        self.give("contact", "email", partner=partners[:3])
        before = self.env["social.decision"].search([], limit=1).id
        self.send(partners)
        rows = self.env["social.decision"].search([("id", ">", before)])
        self.assertEqual(len(rows.filtered("allowed")), 1)
        self.assertEqual(rows.filtered("allowed").count, 3)
        self.assertEqual(len(rows - rows.filtered("allowed")), 2)

    def mass_mail(self, **values):
        """Send a mass mail to a contact as a user does, and return the mail."""
        composer = Form(
            self.env["mail.compose.message"].with_context(
                default_model="res.partner",
                default_res_ids=self.other.ids,
                default_composition_mode="mass_mail",
            )
        )
        for name, value in values.items():
            composer[name] = value
        composer.save()._action_send_mail()
        return self.env["mail.mail"].search([("subject", "=", "Hello")], limit=1)

    def make_template(self, **values):
        return self.env["mail.template"].create(
            {
                "name": "Template",
                "model_id": self.env["ir.model"]._get("res.partner").id,
                "subject": "Hello",
                "body_html": "<p>Your password has changed</p>",
                **values,
            }
        )

    def test_r23_a_mass_mail_to_persons_is_advertising_without_a_mailing_too(self):
        mail = self.mass_mail(subject="Hello", body="<p>Offers</p>")
        self.assertEqual((mail.state, mail.failure_type), ("cancel", "social_no_consent"))

    def test_a_mass_mail_by_a_template_that_is_a_service_passes(self):
        mail = self.mass_mail(template_id=self.make_template(social_kind="service"))
        self.assertEqual((mail.state, mail.social_kind), ("outgoing", "service"))

    def test_a_text_that_somebody_changed_is_no_service_any_more(self):
        template = self.make_template(social_kind="service")
        mail = self.mass_mail(template_id=template, body="<p>Offers</p>")
        self.assertEqual((mail.state, mail.failure_type), ("cancel", "social_no_consent"))


class TestInstalledLater(Common):
    def test_a_company_that_already_mails_observes_first(self):
        rule = self.env.ref(f"{ADDON}.policy_rule_contact_email")
        self.env["mailing.mailing"].search([]).write({"state": "draft"})
        post_init_hook(self.env)
        self.assertEqual(rule.mode, "enforce")
        self.env["mailing.mailing"].create(
            {
                "subject": "Old news",
                "state": "done",
                "mailing_model_id": self.env["ir.model"]._get("res.partner").id,
            }
        )
        post_init_hook(self.env)
        self.assertEqual(rule.mode, "observe")
