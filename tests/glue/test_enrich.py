"""Leads who are people are enriched only with their consent (rule 21)."""

from unittest.mock import patch

from odoo.addons.social_consent_monitoring.exceptions import ConsentRequired

from common import Common


class TestEnrichment(Common):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        leads = cls.env["crm.lead"]
        cls.person = leads.create(
            {"name": "A", "contact_name": "Ada Example", "email_from": "ada@firm-example.com"}
        )
        cls.firm = leads.create({"name": "B", "email_from": "info@firm-example.com"})
        cls.asked = []

    def setUp(self):
        super().setUp()
        self.asked.clear()
        service = type(self.env["iap.enrich.api"])
        self.startPatcher(
            patch.object(
                service, "_request_enrich", lambda _self, leads: self.asked.extend(leads) or {}
            )
        )

    def test_r21_the_service_hears_of_no_person_without_consent(self):
        with self.assertRaises(ConsentRequired):
            self.person.iap_enrich()
        self.assertFalse(self.asked)

    def test_the_scheduled_job_leaves_people_out_and_goes_on(self):
        # In a test nothing is committed.
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", lambda *_args, **_options: 60):
            (self.person | self.firm).with_context(cron_id=1).iap_enrich()
        self.assertEqual(self.asked, self.firm.ids)

    def test_a_company_is_no_person(self):
        self.firm.iap_enrich()
        self.assertEqual(self.asked, self.firm.ids)

    def test_with_consent_it_goes_on(self):
        self.give("enrich", partner=self.person)
        self.person.iap_enrich()
        self.assertEqual(self.asked, self.person.ids)
