"""Who says that a message is a service, and no advertising, and what is written of it (rule 23)."""

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, new_test_user

from common import Common


class TestScreens(Common):
    """Each screen has the field, and says in words what it means."""

    VIEWS = {
        "mail.template": "mail.email_template_form",
        "sms.template": "sms.sms_template_view_form",
        "ir.actions.server": "base.view_server_action_form",
        "mail.activity.type": "mail.mail_activity_type_view_form",
        "mailing.mailing": "mass_mailing.view_mail_mass_mailing_form",
        "mail.mail": "mail.view_mail_form",
        "sms.sms": "sms.sms_tsms_view_form",
    }

    def test_every_screen_shows_what_a_message_is_for(self):
        for model, view in self.VIEWS.items():
            arch = self.env[model].get_view(self.env.ref(view).id, "form")["arch"]
            self.assertIn('name="social_kind"', arch, model)

    def test_what_was_stopped_is_found_by_a_filter(self):
        for model in ("mail.mail", "sms.sms", "mailing.trace"):
            arch = self.env[model].get_view(view_type="search")["arch"]
            self.assertIn("social_no_consent", arch, model)

    def test_the_banner_does_not_show_on_a_service_mailing(self):
        rule = self.env["social.policy.rule"].search([("act", "=", "contact_email")], limit=1)
        rule.write({"mode": "observe", "reason": "Trying"})
        mailing = self.env["mailing.mailing"].create({"subject": "News"})
        self.assertEqual(mailing.social_mode, "observe")
        mailing.write({"social_kind": "service", "social_kind_reason": "A recall"})
        self.assertFalse(mailing.social_mode)


class TestLog(Common):
    def setUp(self):
        super().setUp()
        groups = "base.group_user,mail.group_mail_template_editor"
        self.writer = new_test_user(self.env, "writer", groups=groups)
        self.editor = new_test_user(
            self.env,
            "editor",
            groups="social_consent_monitoring.group_social_manager,"
            "mass_mailing.group_mass_mailing_user,mail.group_mail_template_editor",
        )

    def changes(self, record):
        domain = [("model", "=", record._name), ("res_id", "=", record.id)]
        return self.env["social.policy.change"].search(domain)

    def template(self, **values):
        return (
            self.env["mail.template"]
            .with_user(self.editor)
            .create(
                {
                    "name": "Offer",
                    "model_id": self.env["ir.model"]._get_id("res.partner"),
                    **values,
                }
            )
        )

    def test_r25_a_template_made_as_a_service_is_written_down(self):
        change = self.changes(self.template(social_kind="service"))
        self.assertEqual(change.user_id, self.editor)
        self.assertIn("Service", change.with_context(lang="en_US").summary)

    def test_one_made_as_advertising_or_as_nothing_is_not(self):
        self.assertFalse(self.changes(self.template(social_kind="marketing")))
        self.assertFalse(self.changes(self.template()))

    def test_r25_a_change_is_written_down_in_words_and_undone(self):
        template = self.template()
        template.social_kind = "service"
        change = self.changes(template)
        self.assertIn("Purpose: none → Service", change.with_context(lang="en_US").summary)
        change.with_user(self.editor).action_undo()
        self.assertFalse(template.social_kind)

    def test_undoing_that_a_template_was_made_as_a_service_keeps_the_template(self):
        template = self.template(social_kind="service")
        self.changes(template).with_user(self.editor).action_undo()
        self.assertTrue(template.exists())
        self.assertFalse(template.social_kind)

    def test_the_reason_of_a_service_mailing_is_written_down(self):
        mailing = self.env["mailing.mailing"].with_user(self.editor).create({"subject": "Recall"})
        mailing.write({"social_kind": "service", "social_kind_reason": "A recall"})
        self.assertIn("A recall", self.changes(mailing).summary)
        with self.assertRaises(ValidationError):
            mailing.social_kind_reason = " "

    def test_who_is_no_manager_says_only_that_it_is_advertising(self):
        marketer = new_test_user(
            self.env, "marketer", groups="mass_mailing.group_mass_mailing_user,base.group_user"
        )
        mailing = self.env["mailing.mailing"].with_user(marketer).create({"subject": "News"})
        mailing.social_kind = "marketing"
        with self.assertRaises(UserError):
            mailing.write({"social_kind": "service", "social_kind_reason": "A recall"})

    def test_r23_another_text_is_no_service_until_a_manager_says_so(self):
        template = self.template(social_kind="service", subject="Recall", body_html="<p>Recall</p>")
        own = template.with_user(self.writer)
        self.assertTrue(own.has_access("write"))
        for name, value in (("subject", "Offers"), ("body_html", "<p>Offers</p>")):
            with self.assertRaises(UserError):
                own.write({name: value})
            with self.assertRaises(UserError):
                own.update_field_translations(name, {"en_US": value})
        own.write({"subject": template.subject, "name": "A recall"})
        template.with_user(self.editor).subject = "Another recall"

    def test_r23_no_service_about_documents_is_turned_to_people(self):
        model = self.env["ir.model"]._get
        template = self.template(social_kind="service", model_id=model("res.company").id)
        own = template.with_user(self.writer)
        own.subject = "Documents are a service by themselves"
        with self.assertRaises(UserError):
            own.model_id = model("res.partner")

    def test_r23_a_service_mailing_keeps_its_text(self):
        groups = "mass_mailing.group_mass_mailing_user,base.group_user"
        marketer = new_test_user(self.env, "marketer", groups=groups)
        mailing = self.env["mailing.mailing"].create(
            {"subject": "Recall", "social_kind": "service", "social_kind_reason": "A recall"}
        )
        own = mailing.with_user(marketer)
        own.write({"subject": "Recall", "name": "A recall"})
        for name, value in (("subject", "Offers"), ("body_html", "<p>Offers</p>")):
            with self.assertRaises(UserError):
                own.write({name: value})
        copied = own.copy({"subject": "Offers"})
        self.assertFalse(copied.social_kind)

    def test_the_form_asks_for_the_reason(self):
        with Form(self.env["mailing.mailing"].with_user(self.editor)) as form:
            form.subject = "Recall"
            form.social_kind = "service"
            form.social_kind_reason = "A recall"
