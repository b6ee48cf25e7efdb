"""The receipt: ISO/IEC TS 27560:2023 in W3C DPV terms, for the person and for programs (rule 25)."""

import json
from datetime import timedelta
from pathlib import Path

import jsonschema

from odoo import fields

from common import Common, CommonHttp

SCHEMA = json.loads((Path(__file__).parent / "receipt_schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
# The mandatory fields of the standard, and those that the GDPR adds, where the record has them.
MANDATORY = {
    "schema version": "dct:conformsTo",
    "record id": "dct:identifier",
    "pii principal id": "dpv:hasDataSubject",
    "privacy notice": "dpv:hasNotice",
    "language": "dct:language",
    "purpose": "dpv:hasProcess/dpv:hasPurpose",
    "lawful basis (GDPR)": "dpv:hasLegalBasis",
    "pii information": "dpv:hasProcess/dpv:hasPersonalData",
    "collection method (GDPR)": "dpv:hasProcess/dpv:hasDataSource",
    "processing method (GDPR)": "dpv:hasProcess/dpv:hasProcessing",
    "pii controllers": "dpv:hasDataController",
    "storage locations, retention period": "dpv:hasProcess/dpv:hasStorageCondition",
    "jurisdiction": "dpv:hasJurisdiction",
    "recipient third parties": "dpv:hasProcess/dpv:hasRecipient",
    "withdrawal method": "dpv:hasConsentControl",
    "privacy rights (GDPR)": "dpv:hasRight",
    "authority party (GDPR)": "dpv:hasAuthority",
    "party address": "dpv:hasDataController/dpv:hasAddress",
    "party name": "dpv:hasDataController/dpv:hasName",
    "party contact": "dpv:hasDataController/dpv:hasContact",
    "events": "dpv:hasConsentStatus",
}


def get_states(receipt):
    """Return the states of the only record, oldest first."""
    [record] = receipt["dpv:hasRecordOfActivity"]
    return [
        event["@type"] if isinstance(event["@type"], str) else event["@type"][0]
        for event in record["dpv:hasConsentStatus"]
    ]


class TestReceipt(Common):
    def check(self, consent, *states):
        receipt = json.loads(json.dumps(consent._get_receipt()))
        VALIDATOR.validate(receipt)
        self.assertEqual(get_states(receipt), [f"dpv:Consent{state}" for state in states])
        for record in consent._get_receipt_rows():
            self.assertEqual(len(record["events"]), len(states))
        return receipt

    def test_the_schema_itself_is_valid(self):
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_each_state_has_its_receipt(self):
        end = fields.Datetime.now() + timedelta(hours=1)
        given = self.give("match", valid_until=end)
        self.check(given, "Given")
        with self.after(hours=2):
            self.check(given, "Given", "Expired")
        self.withdraw("match")
        self.check(given, "Given", "Withdrawn")
        asked = self.partner._request_social_consent("contact", "email")
        self.check(asked, "Requested")
        asked._say_no(None)
        self.check(asked, "Requested", "Refused")
        objected = self.partner._object_social("contact", "post", method="staff")
        self.check(objected, "Refused")

    def test_what_was_found_invalid_or_recorded_as_expired_has_its_receipt(self):
        for purpose, state, term in (
            ("monitor", "invalidated", "Invalidated"),
            ("enrich", "expired", "Expired"),
        ):
            consent = self.give(purpose)
            consent._append(
                state,
                consent.purpose_id,
                None,
                {
                    consent.subject_id: {
                        "notice": consent.notice_id,
                        "given_at": consent.given_at,
                        "valid_until": fields.Datetime.now(),
                    }
                },
                method="staff",
            )
            self.check(consent, "Given", term)

    def test_each_purpose_and_channel_has_its_receipt(self):
        for purpose in ("monitor", "match", "enrich"):
            self.check(self.give(purpose), "Given")
        for channel in ("email", "sms", "phone", "post", "social"):
            receipt = self.check(self.give("contact", channel), "Given")
            process = receipt["dpv:hasRecordOfActivity"][0]["dpv:hasProcess"]
            self.assertEqual(process["dct:medium"], channel)

    def test_all_that_the_standard_and_the_law_ask_for_is_there(self):
        [record] = self.check(self.give(), "Given")["dpv:hasRecordOfActivity"]
        for name, path in MANDATORY.items():
            value = record
            for key in path.split("/"):
                value = value.get(key)
            self.assertTrue(value, name)

    def test_the_schema_misses_nothing_mandatory(self):
        for path in MANDATORY.values():
            receipt = self.give()._get_receipt()
            [record] = receipt["dpv:hasRecordOfActivity"]
            *parents, last = path.split("/")
            for key in parents:
                record = record[key]
            del record[last]
            self.assertFalse(VALIDATOR.is_valid(receipt), path)

    def test_the_schema_takes_no_foreign_field_and_no_other_state(self):
        receipt = self.give()._get_receipt()
        self.assertTrue(VALIDATOR.is_valid(receipt))
        record = receipt["dpv:hasRecordOfActivity"][0]
        record["dpv:hasConsentStatus"][0]["@type"] = "dpv:ConsentUnknown"
        self.assertFalse(VALIDATOR.is_valid(receipt))
        receipt = self.give()._get_receipt()
        receipt["dpv:hasRecordOfActivity"][0]["dpv:hasDataSubject"]["dpv:hasName"] = "Ada"
        self.assertFalse(VALIDATOR.is_valid(receipt))

    def test_the_person_appears_by_the_random_key_only(self):
        text = json.dumps(self.give()._get_receipt())
        self.assertIn(self.partner.social_subject_key, text)
        for personal in ("Ada", "ada@example.com"):
            self.assertNotIn(personal, text)

    def test_it_names_text_and_hashes_as_they_are_in_the_chain(self):
        consent = self.give()
        [record] = consent._get_receipt()["dpv:hasRecordOfActivity"]
        [event] = record["dpv:hasConsentStatus"]
        self.assertEqual(event["spdx:checksum"]["spdx:checksumValue"], consent.event_ids.hash)
        self.assertEqual(event["dct:source"], f"urn:sha256:{consent.notice_id.text_hash}")
        self.assertEqual(record["dpv:hasNotice"]["@id"], event["dct:source"])

    def test_two_copies_of_one_state_have_one_number_and_a_new_state_another(self):
        consent = self.give()
        first = consent._get_receipt()
        with self.after(days=1):
            self.assertEqual(consent._get_receipt()["@id"], first["@id"])
        self.withdraw()
        self.assertNotEqual(consent._get_receipt()["@id"], first["@id"])

    def test_it_names_the_contact_for_privacy_or_else_the_company(self):
        company = self.env.company
        company.write({"email": "info@example.com", "social_privacy_email": False})
        consent = self.give()
        for email in ("info@example.com", "gdpr@example.com"):
            company.social_privacy_email = email if email != company.email else False
            contacts = consent._get_receipt_controller()["dpv:hasContact"]
            self.assertEqual(contacts[0], f"mailto:{email}")
            self.assertEqual(sum(contact.startswith("mailto:") for contact in contacts), 1)

    def test_a_company_that_states_little_still_makes_a_valid_receipt(self):
        company = self.env.company
        company.write({"email": False, "phone": False, "website": False, "country_id": False})
        company.partner_id.write({"street": False, "street2": False, "city": False, "zip": False})
        company.partner_id.state_id = False
        self.check(self.give(), "Given")


class TestReceiptPages(CommonHttp):
    def setUp(self):
        super().setUp()
        self.consents = self.give() | self.give("contact", "email")
        url = self.partner._get_social_consent_url()
        self.path = url[url.index("/social/") :]

    def test_the_person_downloads_it_as_a_file(self):
        response = self.url_open(f"{self.path}/receipt.json")
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        receipt = response.json()
        VALIDATOR.validate(receipt)
        self.assertEqual(len(receipt["dpv:hasRecordOfActivity"]), 2)

    def test_the_person_reads_and_prints_it(self):
        html = self.url_open(f"{self.path}/receipt").text
        for words in ("Consent receipt", "Art. 6(1)(a)", self.consents[0].notice_id.text_hash):
            self.assertIn(words, html)
        for personal in ("Ada", "ada@example.com"):
            self.assertNotIn(personal, html)

    def test_the_link_in_the_receipt_withdraws(self):
        receipt = self.url_open(f"{self.path}/receipt.json").json()
        for record in receipt["dpv:hasRecordOfActivity"]:
            url = record["dpv:hasConsentControl"]["dpv:isExercisedAt"]
            path = url[url.index("/social/") :]
            self.assertEqual(self.url_open(f"{path}/withdraw", data={"x": ""}).status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(set(self.consents.mapped("state")), {"withdrawn"})

    def test_it_holds_the_consents_of_its_link_only(self):
        url = self.partner._get_social_consent_url("match")
        receipt = self.url_open(url[url.index("/social/") :] + "/receipt.json").json()
        [record] = receipt["dpv:hasRecordOfActivity"]
        self.assertEqual(record["dpv:hasProcess"]["dpv:hasPurpose"]["dct:identifier"], "match")
