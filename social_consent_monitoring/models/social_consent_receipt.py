import json
import uuid

from odoo import fields, models

from ..digests import iso

SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#"
CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "dct": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
}
STATUS = {
    "requested": "dpv:ConsentRequested",
    "given": "dpv:ConsentGiven",
    "refused": "dpv:ConsentRefused",
    "withdrawn": "dpv:ConsentWithdrawn",
    "expired": "dpv:ConsentExpired",
    "invalidated": "dpv:ConsentInvalidated",
}
# Who brings a state about: the others are the person's own acts.
BY_CONTROLLER = {"requested", "expired", "invalidated"}
PURPOSES = {
    "monitor": "dpv:CustomerManagement",
    "match": "dpv:CustomerCare",
    "enrich": "dpv:Personalisation",
    "contact": "dpv:DirectMarketing",
}
PERSONAL_DATA = {
    "monitor": ["pd:SocialMediaCommunication", "pd:Username"],
    "match": ["pd:SocialMediaCommunication", "pd:Username", "pd:Name"],
    "enrich": ["pd:SocialMediaCommunication", "pd:Interest", "pd:Opinion"],
    "contact": ["pd:Name"],
}
ADDRESSES = {
    "email": "pd:EmailAddress",
    "sms": "pd:TelephoneNumber",
    "phone": "pd:TelephoneNumber",
    "post": "pd:PhysicalAddress",
    "social": "pd:Username",
}
# Where the authorities of all member states are listed.
AUTHORITIES = "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en"
# Article of the GDPR by its name in DPV.
RIGHTS = ("A7-3", "A15", "A16", "A17", "A18", "A20", "A77")


class SocialConsentReceipt(models.AbstractModel):
    """The receipt: what a person gets of the record (ISO/IEC TS 27560:2023, in W3C DPV terms).

    Field by field after the DPV guide "consent-27560", profile for the GDPR. Holds no name and no
    address of the person: the random key stands for them.
    """

    _name = "social.consent.receipt"
    _description = "Consent Receipt"

    def _get_receipt(self):
        """Return the receipt of these consents, of one person and one company, as JSON-LD.

        Its number follows from what it says, so that two copies of one state have one number.
        """
        self.subject_id.ensure_one()
        self.company_id.ensure_one()
        records = [consent._get_receipt_record() for consent in self.sudo()]
        said = json.dumps(records, sort_keys=True)
        number = str(uuid.uuid5(uuid.NAMESPACE_URL, said))
        return {
            "@context": CONTEXT,
            "@id": f"urn:uuid:{number}",
            "@type": "dpv:ConsentReceipt",
            "dct:identifier": number,
            "dct:conformsTo": f"{SCHEMA}receipt-eu-gdpr",
            "dct:created": iso(fields.Datetime.now()),
            "dct:publisher": self[:1]._get_controller_id(),
            "schema:recipient": "dpv:DataSubject",
            "dpv:hasRecordOfActivity": records,
        }

    def _get_receipt_record(self):
        self.ensure_one()
        number = self._get_record_number()
        record = {
            "@id": f"urn:uuid:{number}",
            "@type": "dpv:ConsentRecord",
            "dct:identifier": number,
            "dct:conformsTo": f"{SCHEMA}record-eu-gdpr",
            "dct:language": self._get_receipt_lang(),
            "dpv:hasDataSubject": {
                "@type": "dpv:DataSubject",
                "dct:identifier": self.subject_id.key,
            },
            "dpv:hasDataController": self._get_receipt_controller(),
            **self._get_receipt_law(),
            "dpv:hasProcess": self._get_receipt_process(),
            "dpv:hasConsentStatus": self._get_receipt_events(),
        }
        if self.notice_id:
            record["dpv:hasNotice"] = self._get_receipt_notice(self.notice_id)
        return record

    def _get_receipt_law(self):
        """Return what the consent rests on, and what the person can do about it."""
        return {
            "dpv:hasJurisdiction": self._get_receipt_place(),
            "dpv:hasApplicableLaw": "eu-gdpr:GDPR",
            "dpv:hasLegalBasis": "eu-gdpr:A6-1-a",
            "dpv:hasConsentControl": {
                "@type": "dpv:WithdrawConsent",
                "dpv:isExercisedAt": self._get_receipt_link(),
            },
            "dpv:hasRight": self._get_receipt_rights(),
            "dpv:hasAuthority": self._get_receipt_authority(),
        }

    def _get_record_number(self):
        database = self.env["social.link"]._get_database()
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{database}/social.consent/{self.id}"))

    def _get_receipt_lang(self):
        return (self.notice_id.lang or self.company_id.partner_id.lang or "en_US").split("_")[0]

    def _get_controller_id(self):
        return f"{self.get_base_url()}/#company-{self.company_id.id}"

    def _get_receipt_controller(self):
        """Return who answers for it, with an address and a way to reach them (Art. 13(1)(a))."""
        company = self.company_id
        email = company._get_social_privacy_contact()["email"]
        contacts = [
            f"mailto:{email}" if email else None,
            f"tel:{company.phone.replace(' ', '')}" if company.phone else None,
            company.website or self.get_base_url(),
        ]
        address = company.partner_id._display_address(without_company=True)
        return {
            "@id": self._get_controller_id(),
            "@type": "dpv:DataController",
            "dct:identifier": str(company.id),
            "dpv:hasName": company.name,
            "dpv:hasAddress": ", ".join(filter(None, map(str.strip, address.splitlines())))
            or self.env._("Not stated; ask by the contact given."),
            "dpv:hasContact": [contact for contact in contacts if contact],
        }

    def _get_receipt_place(self):
        country = self.company_id.country_id.code
        return f"loc:{country}" if country else "loc:EU"

    def _get_receipt_process(self):
        """Return what is done with which data, where from, for whom and for how long."""
        process = {
            "@type": "dpv:Process",
            "dpv:hasPurpose": {
                "@type": "dpv:Purpose",
                "dct:identifier": self._get_receipt_purpose_code(),
                "dct:title": self.notice_id.name or self.purpose_id.name,
                "dct:description": self._get_receipt_statement(),
                "skos:broader": PURPOSES[self.purpose_code],
            },
            "dpv:hasPersonalData": self._get_receipt_data(),
            "dpv:hasDataSource": self._get_receipt_sources(),
            "dpv:hasProcessing": ["dpv:Collect", "dpv:Store", "dpv:Use"],
            "dpv:hasRecipient": [self._get_controller_id()],
            "dpv:hasStorageCondition": self._get_receipt_storage(),
        }
        if self.channel:
            process["dct:medium"] = self.channel
        return process

    def _get_receipt_purpose_code(self):
        return f"{self.purpose_code}/{self.channel}" if self.channel else self.purpose_code

    def _get_receipt_statement(self):
        return (
            self.notice_id.purpose_statement or self.purpose_id.description or self.purpose_id.name
        )

    def _get_receipt_data(self):
        """Return the kinds of data: DPV's terms, and what the notice names (rule 7)."""
        terms = list(PERSONAL_DATA[self.purpose_code])
        if self.channel:
            terms.append(ADDRESSES[self.channel])
        data = [{"@type": term} for term in terms]
        return data + [
            {"@type": "dpv:PersonalData", "dct:title": name}
            for name in self.notice_id.category_ids.mapped("name")
        ]

    def _get_receipt_sources(self):
        """Return the person, and the platforms that the notice names (rules 7 and 22)."""
        platforms = self.notice_id.platform_ids | self.platform_id
        return [
            {"@type": ["dpv:DataSource", "dpv:DataSubject"]},
            *(
                {
                    "@type": "dpv:DataSource",
                    "dct:identifier": platform.code,
                    "dct:title": platform.name,
                }
                for platform in platforms
            ),
        ]

    def _get_receipt_storage(self):
        """Return where the data is stored, and until when: the end or the withdrawal."""
        conditions = [
            {"@type": "dpv:StorageLocation", "dpv:hasLocation": self._get_receipt_place()},
            {
                "@type": "dpv:StorageDeletion",
                "dpv:hasDuration": {
                    "@type": "dpv:UntilEventDuration",
                    "dct:description": self.env._("The consent ends or is withdrawn."),
                },
            },
        ]
        if self.notice_id:
            duration = f"P{self.notice_id.months}M"
            conditions.append({"@type": "dpv:StorageDuration", "dpv:hasDuration": duration})
        return conditions

    def _get_receipt_notice(self, notice):
        return {
            "@id": f"urn:sha256:{notice.text_hash}",
            "@type": "dpv:ConsentNotice",
            "dct:title": notice.name,
            "dct:language": notice.lang.split("_")[0],
            "dct:hasVersion": str(notice.version),
            "dct:date": iso(notice.published_at),
            "spdx:checksum": _get_checksum(notice.text_hash),
        }

    def _get_receipt_link(self):
        """Return the address where this consent is withdrawn; it never expires."""
        links = self.env["social.link"].with_company(self.company_id)
        return links._make_url(
            links._make_withdrawal(self.subject_id, self.purpose_code, self.channel or None)
        )

    def _get_receipt_rights(self):
        contact = self._get_receipt_controller()["dpv:hasContact"][0]
        places = {"A7-3": self._get_receipt_link(), "A77": AUTHORITIES}
        names = self._get_right_names()
        return [
            {
                "@type": ["dpv:DataSubjectRight", f"eu-gdpr:{article}"],
                "dct:title": names[article],
                "dpv:isExercisedAt": places.get(article, contact),
            }
            for article in RIGHTS
        ]

    def _get_right_names(self):
        _ = self.env._
        return {
            "A7-3": _("Withdraw the consent"),
            "A15": _("Know what is stored"),
            "A16": _("Have it corrected"),
            "A17": _("Have it erased"),
            "A18": _("Have its use restricted"),
            "A20": _("Take the data along"),
            "A77": _("Complain to a data protection authority"),
        }

    def _get_receipt_authority(self):
        return {
            "@type": "dpv:DataProtectionAuthority",
            "dct:description": self.env._(
                "The data protection authority of the place where you live or work, or where the "
                "company has its seat (GDPR Art. 77)."
            ),
        }

    def _get_receipt_events(self):
        """Return all events in their order, and the end by the clock, which is no event."""
        events = [
            self._get_receipt_event(event, json.loads(event.payload))
            for event in self.event_ids.sorted("sequence")
        ]
        if self.recorded_state == "given" and not self._is_given():
            events.append(
                {
                    "@type": STATUS["expired"],
                    "dpv:isIndicatedBy": "dpv:DataController",
                    "dpv:hasIndicationMethod": "clock",
                    "dpv:isIndicatedAtTime": iso(self.valid_until),
                }
            )
        return events

    def _get_receipt_event(self, event, payload):
        controller = event.state in BY_CONTROLLER
        status = STATUS[event.state]
        described = {
            "@type": [status, "dpv:ExpressedConsent"] if event.state == "given" else status,
            "dpv:isIndicatedBy": "dpv:DataController" if controller else "dpv:DataSubject",
            "dpv:hasIndicationMethod": payload["method"],
            "dpv:isIndicatedAtTime": payload.get("given_at") or iso(event.happened_at),
            "spdx:checksum": _get_checksum(event.hash),
        }
        if event.state == "given":
            described["dct:valid"] = payload["valid_until"]
        if payload.get("notice"):
            described["dct:source"] = f"urn:sha256:{payload['notice']}"
        if removed := self.env["social.effect"]._describe(payload):
            described["dct:description"] = removed
        return described

    def _get_receipt_rows(self):
        """Return what the page for people shows of the receipt, one dict for each consent."""
        return [consent._get_receipt_row() for consent in self]

    def _get_receipt_row(self):
        """Return title, rows and events of one record, in words."""
        record = self._get_receipt_record()
        values = self._get_receipt_values(record)
        states = {term: dict(self._get_states())[state] for state, term in STATUS.items()}
        labels = self._get_receipt_labels()
        return {
            "title": self._add_channel(self.notice_id.name or self.purpose_id.name),
            "rows": [
                {"name": labels[name], "value": value} for name, value in values.items() if value
            ],
            "events": [
                {
                    "state": states[_first(event["@type"])],
                    "time": event["dpv:isIndicatedAtTime"],
                    "hash": event.get("spdx:checksum", {}).get("spdx:checksumValue"),
                    "removed": event.get("dct:description"),
                }
                for event in record["dpv:hasConsentStatus"]
            ],
        }

    def _get_receipt_values(self, record):
        """Return the values of the printed receipt by the name of their label."""
        controller = record["dpv:hasDataController"]
        notice = self.notice_id
        sources = record["dpv:hasProcess"]["dpv:hasDataSource"]
        contact = "\n".join(
            contact.removeprefix("mailto:").removeprefix("tel:")
            for contact in controller["dpv:hasContact"]
        )
        return {
            "person": record["dpv:hasDataSubject"]["dct:identifier"],
            "state": dict(self._get_states())[self.state],
            "controller": f"{controller['dpv:hasName']}\n{controller['dpv:hasAddress']}\n{contact}",
            "basis": self.env._("Your consent (GDPR Art. 6(1)(a))"),
            "platforms": ", ".join(source["dct:title"] for source in sources[1:]),
            "until": self.valid_until_date and str(self.valid_until_date),
            "notice": notice and f"{notice.name} ({notice.version})",
            "text": notice and notice._get_text_for(self.subject_id._get_any_record()),
            "checksum": notice.text_hash,
            "withdraw": record["dpv:hasConsentControl"]["dpv:isExercisedAt"],
            "rights": "\n".join(right["dct:title"] for right in record["dpv:hasRight"]),
            "authority": record["dpv:hasAuthority"]["dct:description"],
            "stored": self.env._("Until the consent ends or is withdrawn."),
        }

    def _get_receipt_labels(self):
        _ = self.env._
        return {
            "person": _("You, by a random key"),
            "state": _("State"),
            "controller": _("Controller"),
            "basis": _("Legal basis"),
            "platforms": _("Platforms"),
            "until": _("Valid until"),
            "notice": _("Agreed text"),
            "text": _("Its words"),
            "checksum": _("Its checksum (SHA-256)"),
            "withdraw": _("To withdraw"),
            "rights": _("Your rights"),
            "authority": _("Authority"),
            "stored": _("Stored"),
        }


def _get_checksum(value):
    return {
        "@type": "spdx:Checksum",
        "spdx:algorithm": "spdx:checksumAlgorithm_sha256",
        "spdx:checksumValue": value,
    }


def _first(types):
    return types[0] if isinstance(types, list) else types
