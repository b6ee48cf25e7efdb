"""Every way out of Odoo, in every state of consent: what counts is what arrives (R23)."""

from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import new_test_user

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired
from odoo.addons.social_consent_monitoring.kinds import with_kind

from common import ADDON
from ends import STATES, Ends

ADDRESS, NUMBER = "ada@example.com", "+4930123456"


class WayOut(Ends):
    """Sends to one person by each way; each is a method ``by_...`` that takes the person."""

    def make_template(self, **values):
        return self.env["mail.template"].create(
            {
                "name": "Offers",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Offers",
                "body_html": "<p>Offers</p>",
                "use_default_to": True,
                "auto_delete": False,
                **values,
            }
        )

    def make_mailing(self, **values):
        return self.env["mailing.mailing"].create(
            {
                "subject": "Offers",
                "body_html": "<p>Offers</p>",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": [("id", "in", self.partner.ids)],
                **values,
            }
        )

    def make_action(self, method, **values):
        return self.env["ir.actions.server"].create(
            {
                "name": "Offers",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "mail_post",
                "mail_post_method": method,
                **values,
            }
        )

    def compose(self, **values):
        return self.env["mail.compose.message"].create(
            {
                "composition_mode": "mass_mail",
                "model": "res.partner",
                "res_ids": str(self.partner.ids),
                "subject": "Offers",
                "body": "<p>Offers</p>",
                **values,
            }
        )

    def run_on_partner(self, action):
        context = {"active_model": "res.partner", "active_ids": self.partner.ids}
        action.with_context(**context).run()


class TestAdvertisingByMail(WayOut):
    def by_mailing(self):
        self.make_mailing().action_send_mail()

    def by_mailing_without_exclusion_list(self):
        self.make_mailing(use_exclusion_list=False).action_send_mail()

    def by_mass_composer(self):
        self.compose()._action_send_mail()

    def by_mass_composer_that_makes_a_mailing(self):
        self.compose(mass_mailing_name="Offers")._action_send_mail()

    def by_mass_composer_with_tricks(self):
        tricks = {"social_kind": "service", "default_social_kind": "service", "social_silent": True}
        self.compose().with_context(**tricks)._action_send_mail()

    def by_mass_composer_that_names_a_service_mailing(self):
        mailing = self.make_mailing(social_kind="service", social_kind_reason="A recall of goods.")
        self.compose(mass_mailing_id=mailing.id)._action_send_mail()

    def by_template(self):
        self.make_template(social_kind="marketing").send_mail(self.partner.id, force_send=True)

    def by_template_to_an_address(self):
        template = self.make_template(
            social_kind="marketing", use_default_to=False, email_to="{{ object.email }}"
        )
        template.send_mail(self.partner.id)

    def by_template_in_copy(self):
        template = self.make_template(
            social_kind="marketing", use_default_to=False, email_cc="{{ object.email }}"
        )
        template.send_mail(self.partner.id)

    def by_unmarked_template(self):
        self.make_template().send_mail(self.partner.id)

    def by_action_by_mail(self):
        template = self.make_template(use_default_to=True)
        self.run_on_partner(self.make_action("email", template_id=template.id))

    def by_action_as_message(self):
        template = self.make_template(use_default_to=False, partner_to="{{ object.id }}")
        self.run_on_partner(self.make_action("comment", template_id=template.id))

    def by_marketing_action(self):
        template = self.make_template(model_id=self.env["ir.model"]._get_id("res.partner"))
        action = self.make_action("email", template_id=template.id, social_kind="marketing")
        self.run_on_partner(action)

    def by_message(self):
        try:
            self.partner.with_user(self.sales).message_post(
                body="Offers",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.partner.ids,
            )
        except ConsentRequired:
            self.env.invalidate_all()

    def by_message_of_another_type(self):
        self.partner.with_user(self.sales).message_post(
            body="Offers", subtype_xmlid="mail.mt_comment", partner_ids=self.partner.ids
        )

    def by_notification_about_nothing(self):
        self.env["mail.thread"].with_context(social_silent=True).with_user(
            self.sales
        ).message_notify(body="Offers", partner_ids=self.partner.ids)

    def by_scheduled_message(self):
        messages = self.env["mail.scheduled.message"].with_user(self.sales)
        # As if the person had been known when it was written.
        with patch.object(type(messages), "_stop_social_approach", lambda _self: None):
            message = messages.create(
                {
                    "author_id": self.sales.partner_id.id,
                    "model": "res.partner",
                    "res_id": self.partner.id,
                    "body": "Offers",
                    "partner_ids": [Command.set(self.partner.ids)],
                    "scheduled_date": fields.Datetime.now() + timedelta(hours=1),
                }
            )
        message.sudo()._post_message(raise_exception=False)

    def by_message_that_is_sent_later(self):
        with_kind(self.partner, "marketing").message_post(
            body="Offers",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.partner.ids,
            author_id=self.employee.partner_id.id,
            scheduled_date=fields.Datetime.now() + timedelta(hours=1),
        )
        self.env["mail.message.schedule"].search([])._send_notifications()

    def by_follower(self):
        self.partner.message_subscribe(self.partner.ids)
        self.partner.message_post(
            body="Offers", message_type="auto_comment", subtype_xmlid="mail.mt_comment"
        )

    def test_r23_only_a_valid_consent_lets_advertising_out(self):
        ways = sorted(name for name in dir(self) if name.startswith("by_"))
        self.assertGreater(len(ways), 15)
        for way in ways:
            for state in STATES:
                with self.subTest(way=way, state=state):
                    self.try_way(way, state, [ADDRESS] if state == "given" else [])

    def try_way(self, way, state, expected):
        """Send by one way in one state, and undo all of it."""
        savepoint = self.env.cr.savepoint()
        try:
            self.bring_to(state)
            getattr(self, way)()
            self.send_queue()
            own = [address for address in self.postbox.reached if address == ADDRESS]
            self.assertEqual(own, expected)
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            self.postbox.envelopes.clear()


class TestServiceByMail(WayOut):
    """What a contract or an answer needs goes out, whatever was decided about advertising."""

    def assertArrives(self, send):
        for state in STATES:
            with self.subTest(state=state):
                savepoint = self.env.cr.savepoint()
                try:
                    self.bring_to(state)
                    send()
                    self.send_queue()
                    self.assertIn(ADDRESS, self.postbox.reached)
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()
                    self.postbox.envelopes.clear()

    def test_a_password_mail(self):
        user = new_test_user(self.env, "portal_ada", groups="base.group_portal", email=ADDRESS)
        self.assertArrives(user.action_reset_password)

    def test_a_service_template(self):
        template = self.make_template(social_kind="service")
        self.assertArrives(lambda: template.send_mail(self.partner.id))

    def test_a_mass_mail_by_a_service_template(self):
        template = self.make_template(social_kind="service")
        self.assertArrives(
            lambda: self.compose(
                template_id=template.id, subject=template.subject, body=template.body_html
            )._action_send_mail()
        )

    def test_a_service_mailing(self):
        mailing = self.make_mailing(social_kind="service", social_kind_reason="A recall of goods.")
        self.assertArrives(mailing.action_send_mail)

    def test_an_answer_to_who_wrote_first(self):
        self.partner.message_post(body="Hi", message_type="email", author_id=self.partner.id)
        self.assertArrives(
            lambda: self.partner.with_user(self.sales).message_post(
                body="Dear Ada",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=self.partner.ids,
            )
        )

    def test_a_test_mailing(self):
        mailing = self.make_mailing()
        test = self.env["mailing.mailing.test"].create(
            {"mass_mailing_id": mailing.id, "email_to": ADDRESS}
        )
        self.assertArrives(test.send_mail_test)

    def test_a_request_for_consent(self):
        self.partner._request_social_consent("contact", "email")
        self.send_queue()
        self.assertReached(ADDRESS)


class TestColleagues(WayOut):
    """Who works here gets copies and reports of advertising, whatever becomes of the rest."""

    def test_a_copy_reaches_the_colleague_and_the_customer_is_left_out(self):
        template = self.make_template(
            social_kind="marketing",
            use_default_to=False,
            partner_to="{{ object.id }}",
            email_to=self.employee.email,
        )
        template.send_mail(self.partner.id)
        self.send_queue()
        self.assertReached(self.employee.email)

    def test_a_test_of_a_mailing_reaches_whoever_is_named(self):
        mailing = self.make_mailing()
        named = f"{self.employee.email}\nagency@example.com"
        test = self.env["mailing.mailing.test"].create(
            {"mass_mailing_id": mailing.id, "email_to": named}
        )
        test.send_mail_test()
        self.send_queue()
        self.assertReached(self.employee.email, "agency@example.com")

    def test_the_digest_and_the_report_of_a_mailing_arrive(self):
        self.env["digest.digest"].search([], limit=1)._action_send_to_user(self.employee)
        self.send_queue()
        self.assertEqual(set(self.postbox.reached), {self.employee.email})
        self.postbox.envelopes.clear()
        mailing = self.make_mailing(user_id=self.employee.id)
        mailing.action_send_mail()
        mailing._action_send_statistics()
        self.send_queue()
        self.assertEqual(set(self.postbox.reached), {self.employee.email})


class TestVersionsOfAMailing(WayOut):
    """A mailing that is tried in two versions reaches nobody more."""

    def setUp(self):
        super().setUp()
        # The job commits after each mailing.
        self.patch(self.env.cr, "commit", lambda: None)

    def send_both(self):
        mailing = self.make_mailing(ab_testing_enabled=True, ab_testing_pc=50)
        mailing.action_send_mail()
        mailing.action_select_as_winner()
        self.env["mailing.mailing"]._process_mass_mailing_queue()
        self.send_queue()

    def test_r23_only_who_consents_gets_one_of_them(self):
        for state in STATES:
            with self.subTest(state=state):
                savepoint = self.env.cr.savepoint()
                try:
                    self.bring_to(state)
                    self.send_both()
                    self.assertReached(*([ADDRESS] if state == "given" else []))
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()
                    self.postbox.envelopes.clear()


class TestDefects(WayOut):
    """A defect of ours loses no mail, lets none out, and says so (rule 23)."""

    def setUp(self):
        super().setUp()
        self.patch(self.env.cr, "commit", lambda: None)
        self.broken = patch.object(
            self.env.registry["social.gate"], "_judge", side_effect=ZeroDivisionError
        )

    def break_gate(self):
        self.enterContext(self.assertLogs(f"odoo.addons.{ADDON}", "ERROR"))
        self.broken.start()

    def test_a_mailing_stays_queued_and_goes_out_when_the_defect_is_mended(self):
        self.give("contact", "email")
        other = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        people = [("id", "in", (self.partner | other).ids)]
        mailing = self.make_mailing(mailing_domain=people, keep_archives=True)
        service = self.make_mailing(
            subject="A recall", social_kind="service", social_kind_reason="A recall of goods."
        )
        self.break_gate()
        (mailing | service).action_put_in_queue()
        self.env["mailing.mailing"]._process_mass_mailing_queue()
        self.broken.stop()
        self.assertReached(ADDRESS)
        self.assertEqual(service.state, "done", "the other one did not wait")
        mails = self.env["mail.mail"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual(mails.mapped("state"), ["outgoing"] * 2)
        self.assertTrue(all(mails.mapped("failure_reason")))
        self.postbox.envelopes.clear()
        self.send_queue()
        self.assertReached(ADDRESS)
        states = {trace.res_id: trace.trace_status for trace in mailing.mailing_trace_ids}
        self.assertEqual(states[other.id], "cancel")

    def test_a_mass_sms_stays_queued_and_says_why(self):
        self.give("contact", "sms")
        self.break_gate()
        self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": "res.partner",
                "res_ids": str(self.partner.ids),
                "body": "Offers",
                "mass_force_send": True,
            }
        )._action_send_sms()
        self.broken.stop()
        sms = self.env["sms.sms"].search([("body", "=", "Offers")])
        self.assertEqual((self.numbers, sms.state), ([], "outgoing"))
        self.assertTrue(sms.social_held)
        self.send_queue()
        self.assertEqual((self.numbers, sms.exists().failure_type), ([NUMBER], False))

    def test_who_is_nobody_gets_service_and_no_advertising(self):
        for kind, reached in (("marketing", []), ("service", ["nobody@example.com"])):
            template = self.make_template(
                social_kind=kind, use_default_to=False, email_to="nobody@example.com"
            )
            template.send_mail(self.partner.id)
            self.send_queue()
            self.assertReached(*reached)


class TestLetters(WayOut):
    """A letter is stopped by an objection only; one about a document by nothing."""

    def print_letter(self):
        """Print up to the call of the service that prints, and return what it got."""
        self.partner.write({"street": "Street 1", "city": "Berlin", "zip": "10115"})
        self.partner.country_id = self.env.ref("base.de")
        letter = self.env["snailmail.letter"].create(
            {
                "model": "res.partner",
                "res_id": self.partner.id,
                "partner_id": self.partner.id,
                "company_id": self.env.company.id,
            }
        )
        # It is committed after each letter.
        with (
            patch.object(self.env.cr, "commit", lambda: None),
            patch.object(type(letter), "_snailmail_print_valid_address", autospec=True) as printed,
        ):
            letter._snailmail_print()
        return [each for call in printed.call_args_list for each in call.args[0].ids]

    def test_r23_each_state(self):
        for state in STATES:
            with self.subTest(state=state):
                savepoint = self.env.cr.savepoint()
                try:
                    self.bring_to(state, "post")
                    stopped = state in ("refused", "withdrawn")
                    self.assertEqual(bool(self.print_letter()), not stopped)
                finally:
                    savepoint.close(rollback=True)
                    self.env.invalidate_all()


class TestRetries(WayOut):
    def test_an_smtp_failure_opens_no_way_around(self):
        self.give("contact", "email")
        self.postbox.is_busy = True
        with self.assertLogs("odoo.addons.mail", "ERROR"):
            self.make_mailing(keep_archives=True).action_send_mail()
        mail = self.env["mail.mail"].search([("subject", "=", "Offers")], limit=1)
        self.assertEqual(mail.state, "exception")
        self.withdraw("contact", "email")
        self.postbox.is_busy = False
        mail.action_retry()
        mail.send()
        self.assertReached()
        self.assertEqual((mail.state, mail.failure_type), ("cancel", "social_no_consent"))

    def test_after_an_smtp_failure_a_consenting_person_gets_it(self):
        self.give("contact", "email")
        self.postbox.is_busy = True
        with self.assertLogs("odoo.addons.mail", "ERROR"):
            self.make_mailing(keep_archives=True).action_send_mail()
        self.postbox.is_busy = False
        mail = self.env["mail.mail"].search([("subject", "=", "Offers")], limit=1)
        mail.action_retry()
        mail.send()
        self.assertReached(ADDRESS)

    def test_r23_withdrawn_while_queued(self):
        self.give("contact", "email")
        mailing = self.make_mailing(keep_archives=True)
        composer = self.compose(mass_mailing_id=mailing.id, force_send=False)
        composer._action_send_mail()
        self.withdraw("contact", "email")
        self.send_queue()
        self.assertReached()
        trace = mailing.mailing_trace_ids
        self.assertEqual((trace.trace_status, trace.failure_type), ("cancel", "social_no_consent"))

    def test_observed_rules_let_it_out(self):
        self.env.ref(f"{ADDON}.policy_rule_contact_email").mode = "observe"
        self.make_mailing().action_send_mail()
        self.assertReached(ADDRESS)


class TestOtherCompanies(WayOut):
    """The consents that count are those given to the company that sends, whoever runs the queue."""

    def setUp(self):
        super().setUp()
        self.there = self.env["res.company"].create({"name": "Other"})
        notice = self.env.ref(f"{ADDON}.notice_contact_en").copy({"company_id": self.there.id})
        notice.with_company(self.there).action_publish()

    def queue(self):
        self.compose(force_send=False).with_company(self.there)._action_send_mail()

    def test_what_was_given_to_it_lets_its_mail_out(self):
        self.give("contact", "email", partner=self.partner.with_company(self.there))
        self.queue()
        self.send_queue()
        self.assertReached(ADDRESS)

    def test_r23_what_was_given_to_another_does_not(self):
        there = self.partner.with_company(self.there)
        self.give("contact", "email")
        self.give("contact", "email", partner=there)
        self.queue()
        there._withdraw_social_consent("contact", "email", method="staff")
        self.send_queue()
        self.assertReached()

    def test_r23_a_mailing_goes_out_for_the_company_that_made_it(self):
        own = self.make_mailing().with_company(self.there)
        foreign = (
            self.env["mailing.mailing"]
            .with_company(self.there)
            .create({**own.copy_data()[0], "social_company_id": self.there.id})
        )
        self.give("contact", "email", partner=self.partner.with_company(self.there))
        own.action_send_mail()
        self.assertReached()
        foreign.with_company(self.env.company).action_send_mail()
        self.assertReached(ADDRESS)

    def test_what_is_sent_later_is_sent_for_the_same(self):
        self.give("contact", "email", partner=self.partner.with_company(self.there))
        with_kind(self.partner.with_company(self.there), "marketing").message_post(
            body="Offers",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.partner.ids,
            author_id=self.employee.partner_id.id,
            scheduled_date=fields.Datetime.now() + timedelta(hours=1),
        )
        schedules = self.env["mail.message.schedule"].search([])
        schedules.with_context(allowed_company_ids=[])._send_notifications()
        self.send_queue()
        self.assertReached(ADDRESS)


class TestAddresses(WayOut):
    def test_r23_who_else_stands_in_a_contacts_address_is_asked_too(self):
        ben = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.partner.email = f"{ADDRESS}, Ben <ben@example.com>"
        self.give("contact", "email")
        self.make_mailing().action_send_mail()
        self.send_queue()
        self.assertReached()
        self.give("contact", "email", partner=ben)
        self.make_mailing().action_send_mail()
        self.send_queue()
        self.assertReached(ADDRESS, "ben@example.com")

    def test_r23_an_address_in_a_name_or_a_header_reaches_nobody(self):
        ben = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})
        self.give("contact", "email", partner=ben)
        template = self.make_template(
            social_kind="marketing",
            use_default_to=False,
            email_to=f'"{ADDRESS}" <ben@example.com>',
        )
        headers = {"Bcc": ADDRESS, "X-Forge-To": ADDRESS}
        template.send_mail(ben.id, email_values={"headers": repr(headers)})
        self.send_queue()
        self.assertReached("ben@example.com")

    def test_r23_who_worked_here_once_gets_no_advertising(self):
        user = new_test_user(self.env, "former", groups="base.group_user", email="f@example.com")
        self.env["mail.mail"].search([]).unlink()
        mailing = {"mailing_domain": [("id", "in", user.partner_id.ids)]}
        self.make_mailing(**mailing).action_send_mail()
        self.assertIn("f@example.com", self.postbox.reached)
        self.postbox.envelopes.clear()
        user.active = False
        self.make_mailing(**mailing).action_send_mail()
        self.assertReached()


class TestAdvertisingBySms(WayOut):
    def send(self, **values):
        self.env["sms.composer"].create(
            {
                "composition_mode": "mass",
                "res_model": "res.partner",
                "res_ids": str(self.partner.ids),
                "body": "Offers",
                **values,
            }
        )._action_send_sms()
        self.send_queue()

    def by_mass(self):
        self.send(mass_force_send=True)

    def by_queue(self):
        self.send(mass_force_send=False)

    def by_mass_without_exclusion_list(self):
        self.send(use_exclusion_list=False)

    def by_message(self):
        try:
            self.partner._message_sms("Offers")
        except ConsentRequired:
            self.env.invalidate_all()

    def by_typed_number(self):
        try:
            self.send(composition_mode="numbers", numbers=NUMBER, res_ids=False)
        except ConsentRequired:
            self.env.invalidate_all()

    def by_marketing_template(self):
        template = self.env["sms.template"].create(
            {
                "name": "Offers",
                "body": "Offers",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "social_kind": "marketing",
            }
        )
        self.send(template_id=template.id)

    def act(self, method):
        """Send by a server action."""
        template = self.env["sms.template"].create(
            {
                "name": "Offers",
                "body": "Offers",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
            }
        )
        self.run_on_partner(
            self.make_action(False, state="sms", sms_template_id=template.id, sms_method=method)
        )

    def by_action(self):
        self.act("sms")

    def by_action_with_a_note(self):
        self.act("note")

    def by_action_as_message(self):
        try:
            self.act("comment")
        except ConsentRequired:
            self.env.invalidate_all()

    def test_r23_only_a_valid_consent_lets_an_sms_out(self):
        for way in sorted(name for name in dir(self) if name.startswith("by_")):
            for state in STATES:
                with self.subTest(way=way, state=state):
                    savepoint = self.env.cr.savepoint()
                    try:
                        self.bring_to(state, "sms")
                        getattr(self, way)()
                        self.send_queue()
                        self.assertEqual(self.numbers, [NUMBER] if state == "given" else [])
                    finally:
                        savepoint.close(rollback=True)
                        self.env.invalidate_all()
                        self.numbers.clear()
