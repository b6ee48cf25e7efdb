import json

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import format_datetime

from .. import policy
from ..digests import get_digest
from ..models.social_consent_evidence import get_file_digest

OFFICER = "social_consent_monitoring.group_privacy_officer"
# What the page says of an event in another place than among the details of its evidence.
SHOWN_ELSEWHERE = {"method", "acting_user", "notice", "documents", "attachment_ids"}


class SocialConsentProof(models.AbstractModel):
    """The complete proof of a person's consents (GDPR Art. 7(1)), for the privacy officer only.

    Whatever is on record about the person is in it, in all companies that the officer may see,
    and under every key that the person ever had: merging contacts loses nothing.
    """

    _name = "report.social_consent_monitoring.report_consent_proof"
    _description = "Proof of Consent"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the page shows; the address of a report asks for no group, so this does."""
        if not self.env.user.has_group(OFFICER):
            raise AccessError(self.env._("Only the privacy officer prints the proof of consent."))
        companies = self.env.user.company_ids
        officer = self.sudo(False).with_context(allowed_company_ids=companies.ids)
        partners = officer.env["res.partner"].browse(docids or (data or {}).get("ids", []))
        partners.check_access("read")
        self._log(partners)
        return {
            "doc_ids": partners.ids,
            "doc_model": "res.partner",
            "docs": partners,
            "proofs": {partner.id: officer._get_proof(partner) for partner in partners},
            "printed_at": officer._format_time(fields.Datetime.now()),
            "printed_by": self.env.user.name,
            "companies": companies,
        }

    def _log(self, partners):
        """Write who looked into whose file: evidence is read by few, and not unseen (rule 5)."""
        decision = policy.decide("prove", policy.Facts(fields.Datetime.now()))
        for partner in partners:
            self.env["social.policy"]._carry_out("prove", partner, {partner.id: decision})

    @api.model
    def _get_proof(self, partner):
        """Return all that is on record about one person, in words."""
        subjects = partner.sudo().social_subject_id._get_all_keys()
        consents = self.env["social.consent"].search(
            [("subject_id", "in", subjects.ids)], order="company_id, purpose_id, channel, id"
        )
        keys = subjects.mapped("key")
        return {
            "keys": keys,
            "current_key": partner.sudo().social_subject_key,
            "broken": self.env["social.consent.event"]._find_break(keys),
            "consents": [self._get_consent_lines(consent) for consent in consents],
            "seals": self._get_seal_lines(keys),
        }

    @api.model
    def _get_seal_lines(self, keys):
        """Return the seals that cover these persons: dicts with ``label`` and ``value``."""
        heads = self.env["social.consent.seal.head"].search([("subject_key", "in", keys)])
        return [
            {
                "label": self.env._(
                    "Seal %(seal)s of %(time)s, up to event %(event)s",
                    seal=head.seal_id.sequence,
                    time=self._format_time(head.seal_id.sealed_at),
                    event=head.event_sequence,
                ),
                "value": head.seal_id.hash,
            }
            for head in heads
        ]

    @api.model
    def _get_consent_lines(self, consent):
        channels = dict(consent._get_channels())
        states = dict(consent._get_states())
        events = consent.event_ids.sorted("sequence")
        return {
            "consent": consent,
            "channel": channels.get(consent.channel, ""),
            "state": states[consent.state],
            "given_at": self._format_time(consent.given_at),
            "valid_until": self._get_end(consent),
            "notices": self._get_notices(consent, events),
            "receipt": consent._get_receipt().get("@id", ""),
            "events": [self._get_event_lines(event, states) for event in events],
        }

    @api.model
    def _get_end(self, consent):
        if consent.recorded_state not in ("given", "expired"):
            return ""
        if consent.valid_until >= policy.NO_END:
            return self.env._("without an end")
        return self._format_time(consent.valid_until)

    @api.model
    def _get_notices(self, consent, events):
        """Return every text that was put before the person, not only the last one."""
        evidences = self.env["social.consent.evidence"].search([("event_id", "in", events.ids)])
        return (evidences.notice_id | consent.notice_id).sorted("id")

    @api.model
    def _get_event_lines(self, event, states):
        evidence = self.env["social.consent.evidence"].search([("event_id", "=", event.id)])
        payload = json.loads(event.payload)
        return {
            "event": event,
            "state": states[event.state],
            "happened_at": self._format_time(event.happened_at),
            "method": self._get_door(payload.get("method")),
            "removed": self.env["social.effect"]._describe(payload),
            "removed_digest": payload.get("effects", {}).get("digest"),
            "evidences": [self._get_evidence_lines(each, payload) for each in evidence],
        }

    @api.model
    def _get_door(self, method):
        return self.env["res.partner"]._get_social_doors().get(method, method or "")

    @api.model
    def _get_evidence_lines(self, evidence, payload):
        """Return the evidence of one event, and whether it is the one that the event names."""
        digest = get_digest(evidence.salt, evidence.details)
        details = json.loads(evidence.details or "{}")
        return {
            "entered_by": evidence.acting_user_id.sudo().name or "",
            "lines": self._get_details(details),
            "unchanged": digest == evidence.digest == payload.get("evidence"),
            "files": self._get_files(evidence, details.get("documents") or []),
        }

    @api.model
    def _get_details(self, details):
        """Return name and value of all that was recorded, what has no words here included."""
        words = self._get_detail_words()
        media = self.env["social.consent.record.wizard"]._fields["medium"]
        values = {
            "medium": dict(media._description_selection(self.env)),
            "occasion": dict(self.env["social.consent.request.batch"]._get_occasions()),
        }
        return [
            (words.get(name, name), self._get_detail_value(value, values.get(name, {})))
            for name, value in details.items()
            if name not in SHOWN_ELSEWHERE and value not in (None, False, "", [], {})
        ]

    @api.model
    def _get_detail_value(self, value, words):
        if isinstance(value, (dict, list)):
            return json.dumps(value, sort_keys=True, ensure_ascii=False)
        return words.get(value, value)

    @api.model
    def _get_detail_words(self):
        _ = self.env._
        return {
            "note": _("Note"),
            "medium": _("How"),
            "reason": _("Reason"),
            "occasion": _("Why we could write"),
            "lang": _("Language"),
            "ip": _("IP address (shortened)"),
            "user_agent": _("Browser"),
            "guardian": _("Guardian"),
            "birth_date": _("Date of birth"),
            "age": _("Stated age"),
            "incentive": _("Incentive"),
            "incentive_id": _("Incentive (number)"),
            "notice_version": _("Version of the notice"),
            "notice_hash": _("SHA-256 of the notice"),
            "platform": _("Platform"),
            "number_digest": _("Number (salted SHA-256)"),
            "number_proven_at": _("Number proven (UTC)"),
        }

    @api.model
    def _get_files(self, evidence, recorded):
        """Return the files, with the SHA-256 taken now, and those that are recorded but gone.

        The officer reads this evidence, so its files too: they hang on nothing else.

        :param recorded: what the evidence says of its files: dicts with ``name`` and ``sha256``
        """
        stored = (
            self.env["ir.attachment"]
            .sudo()
            .search([("res_model", "=", evidence._name), ("res_id", "=", evidence.id)], order="id")
        )
        files = [{"name": file.name, "sha256": get_file_digest(file)} for file in stored]
        found, promised = ({each["sha256"] for each in side} for side in (files, recorded))
        for file in files:
            file["changed"] = bool(recorded) and file["sha256"] not in promised
        gone = [{**each, "gone": True} for each in recorded if each["sha256"] not in found]
        return files + gone

    @api.model
    def _format_time(self, moment):
        """Return a moment with its time zone: a proof without one is worth less."""
        if not moment:
            return ""
        zone = self.env.user.tz or "UTC"
        return f"{format_datetime(self.env, moment, tz=zone, dt_format='medium')} ({zone})"
