"""Boxes whose persons are asked by e-mail: the form only keeps the tick, and a job asks."""

import json
import logging
from datetime import timedelta
from unittest.mock import patch

import psycopg2.errors

from odoo import fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import new_test_user

from boxes import Boxes
from common import ADDON, Common

TICK_LOGGER = f"odoo.addons.{ADDON}.models.social_consent_tick"
LOGGER = f"odoo.addons.{ADDON}.models.social_consent_box_form"


class TestTicks(Boxes, Common):
    def setUp(self):
        super().setUp()
        self.box = self.offer("signup", "contact", "email")
        self.ben = self.env["res.partner"].create({"name": "Ben", "email": "ben@example.com"})

    def tick(self, person=None, boxes=None):
        """Send a form with the box ticked, as this person."""
        boxes = self.env["social.consent.box"] if boxes is None else boxes
        shown = boxes._get_form("signup")
        form = {shown["token_field"]: shown["token"], shown["boxes"][0]["field"]: "1"}
        boxes._take(boxes._read_form("signup", form), person or self.partner)

    def get_waiting(self):
        return self.env["social.consent.tick"].sudo().search([])

    def test_the_form_keeps_the_tick_and_the_job_asks_once(self):
        mails = self.env["mail.mail"].sudo().search([])
        triggers = self.env["ir.cron.trigger"].search([])
        self.tick()
        self.assertFalse(self.partner.social_consent_ids)
        self.assertEqual(self.env["mail.mail"].sudo().search([]), mails)
        self.assertEqual(self.get_waiting().partner_id, self.partner)
        called = self.env["ir.cron.trigger"].search([]) - triggers
        self.assertEqual(called.cron_id, self.env.ref(f"{ADDON}.ir_cron_tick"))
        for _time in range(2):
            self.ask()
            self.assertFalse(self.get_waiting())
            consent = self.partner.social_consent_ids
            self.assertEqual(consent.mapped("state"), ["requested"])
            self.assertEqual(len(self.get_mails_to("ada@example.com")), 1)

    def test_the_request_says_what_was_ticked_where_by_whom(self):
        portal = self.env.ref("base.public_user")
        self.tick(boxes=self.env["social.consent.box"].with_user(portal))
        self.ask()
        evidence = self.read_evidence(self.partner.social_consent_ids)
        self.assertEqual((evidence.method, evidence.medium), ("form", "web"))
        self.assertEqual(evidence.acting_user_id, portal)
        details = json.loads(evidence.details)
        self.assertEqual(details["place"], "signup")
        notice = self.env.ref(f"{ADDON}.notice_contact_en")
        self.assertIn(notice.purpose_statement, details["label"])
        self.assertTrue(evidence._has_address("ada@example.com"))

    def test_the_words_beside_the_box_are_kept_in_the_language_of_the_form(self):
        self.speak_german()
        notice = self.env.ref(f"{ADDON}.notice_contact_de")
        if notice.state == "draft":
            notice.action_publish()
        self.box.channel = "phone"
        self.partner.write({"lang": "de_DE", "phone": "+49 30 123456"})
        boxes = self.env["social.consent.box"].with_user(self.env.ref("base.public_user"))
        self.tick(boxes=boxes.with_context(lang="de_DE"))
        self.ask()
        evidence = self.read_evidence(self.partner.social_consent_ids)
        self.assertIn("Neuigkeiten und Angebote: Telefon", json.loads(evidence.details)["label"])

    def test_each_company_asks_for_itself(self):
        company = self.env["res.company"].create({"name": "Other"})
        notice = self.env.ref(f"{ADDON}.notice_contact_en")
        notice.with_company(company).copy({"company_id": company.id}).action_publish()
        self.offer("signup", "contact", "email", company_id=company.id)
        self.tick(boxes=self.env["social.consent.box"].with_company(company))
        self.ask()
        self.assertEqual(self.partner.social_consent_ids.company_id, company)

    def test_r8_who_objects_before_the_job_comes_is_not_asked(self):
        self.tick()
        self.partner._object_social("contact", "email", method="staff")
        sent = self.env["mail.mail"].sudo().search([])
        self.ask()
        self.assertEqual(self.partner.social_consent_ids.state, "refused")
        self.assertFalse(self.env["mail.mail"].sudo().search([]) - sent)
        self.assertFalse(self.get_waiting())

    def test_one_that_cannot_be_asked_keeps_no_other_from_being_asked(self):
        ask = type(self.partner)._request_social_consent
        for error in (UserError("ada@example.com"), ValueError("ada@example.com")):

            def fail_for_ada(people, *said, error=error, **more):
                if people == self.partner:
                    raise error
                return ask(people, *said, **more)

            with self.subTest(type(error).__name__):
                self.tick()
                self.tick(self.ben)
                self.patch(type(self.partner), "_request_social_consent", fail_for_ada)
                with self.assertLogs(LOGGER, logging.INFO) as logs:
                    self.ask()
                self.assertNotIn("ada@", "".join(logs.output))
                self.assertFalse(self.partner.social_consent_ids)
                self.assertEqual(self.ben.social_consent_ids.mapped("state"), ["requested"])
                self.assertFalse(self.get_waiting())

    def test_where_somebody_else_is_at_work_on_the_person_the_tick_waits_and_no_other(self):
        for error in (ConcurrencyError("Busy."), psycopg2.errors.SerializationFailure()):
            ask = type(self.partner)._request_social_consent
            self.tick()
            self.tick(self.ben)

            def meet(people, *said, ask=ask, error=error, **more):
                if people == self.partner:
                    raise error
                return ask(people, *said, **more)

            with patch.object(type(self.partner), "_request_social_consent", meet):
                self.ask()
            self.assertEqual(self.get_waiting().partner_id, self.partner)
            self.assertEqual(self.ben.social_consent_ids.mapped("state"), ["requested"])
            self.ask()
            self.assertEqual(self.partner.social_consent_ids.mapped("state"), ["requested"])

    def test_what_waited_too_long_or_whose_address_is_another_asks_nobody(self):
        self.tick()
        with self.after(hours=49):
            self.ask()
        self.tick()
        self.partner.email = "other@example.com"
        with self.assertLogs(TICK_LOGGER, logging.WARNING) as logs:
            self.ask()
        self.assertNotIn("@", "".join(logs.output))
        self.assertFalse(self.get_waiting())
        self.assertFalse(self.partner.social_consent_ids)
        self.tick()
        with self.after(hours=47):
            self.ask()
        self.assertEqual(self.partner.social_consent_ids.mapped("state"), ["requested"])

    def test_what_a_user_ticked_who_is_gone_is_asked_about_all_the_same(self):
        user = new_test_user(self.env, "vera", groups="base.group_portal")
        self.tick(boxes=self.env["social.consent.box"].with_user(user))
        user.unlink()
        self.ask()
        self.assertEqual(self.partner.social_consent_ids.mapped("state"), ["requested"])

    def test_a_person_who_is_gone_is_not_asked(self):
        for person in (self.ben, self.env["mailing.contact"].create({"email": "m@example.com"})):
            self.tick(person)
            person.unlink()
            self.assertFalse(self.get_waiting())
            self.ask()

    def test_r21_erasure_takes_what_waits_where_a_contact_must_be_kept_as_well(self):
        self.tick()
        [(_record, subject)] = self.partner._ensure_subjects()
        event = self.env["calendar.event"].create(
            {
                "name": "Delivery",
                "start": fields.Datetime.now(),
                "stop": fields.Datetime.now() + timedelta(hours=1),
                "partner_ids": self.partner.ids,
            }
        )
        event.description = False
        scope = type(self.env["social.erasure.scope"])
        kept = {"calendar.event": ("partner_ids", [])}
        with patch.object(scope, "_get_social_kept_models", lambda _self: kept):
            self.env["social.erasure"]._erase(subject)
        self.assertEqual(self.partner.name, "Erased person")
        self.assertFalse(self.get_waiting())

    def test_no_user_reads_or_makes_what_waits(self):
        self.tick()
        for user in (self.clerk, self.manager, self.officer, self.sales):
            with self.assertRaises(AccessError):
                self.get_waiting().with_user(user).read(["partner_id"])
        with self.assertRaises(UserError):
            self.env["social.consent.tick"].create({"partner_id": self.partner.id})
        with self.assertRaises(UserError):
            self.get_waiting().ticks = {}
