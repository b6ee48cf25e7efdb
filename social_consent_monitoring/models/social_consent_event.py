import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

PAYLOAD_VERSION = 1


class SocialConsentEvent(models.Model):
    """What a person did about a consent: append-only, and hash-chained by person.

    Holds no personal data and no key that may change: contact deletion, merge and erasure leave
    it alone. PostgreSQL refuses to change or delete a row, whoever asks.
    """

    _name = "social.consent.event"
    _description = "Consent Event"
    _order = "sequence desc"
    _log_access = False

    sequence = fields.Integer(
        required=True, readonly=True, index=True, help="The order of events, over all persons."
    )
    consent_id = fields.Many2one(
        "social.consent", required=True, readonly=True, index=True, ondelete="restrict"
    )
    subject_key = fields.Char(required=True, readonly=True, index=True)
    state = fields.Selection(
        lambda self: self.env["social.consent"]._get_states(), required=True, readonly=True
    )
    happened_at = fields.Datetime("Recorded", required=True, readonly=True)
    payload = fields.Text(
        required=True, readonly=True, help="Canonical JSON: what the hash is taken over."
    )
    previous_hash = fields.Char(readonly=True, help="Empty: the first event of this person.")
    hash = fields.Char(required=True, readonly=True)

    _sequence_unique = models.Constraint("UNIQUE(sequence)", "Two events cannot share a place.")

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS social_consent_event_sequence")
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION social_consent_event_refuse() RETURNS trigger AS $$
            BEGIN
                RAISE EXCEPTION 'Consent events are append-only.';
            END
            $$ LANGUAGE plpgsql
            """
        )
        self.env.cr.execute(
            """
            CREATE OR REPLACE TRIGGER social_consent_event_append_only
            BEFORE UPDATE OR DELETE OR TRUNCATE ON social_consent_event
            FOR EACH STATEMENT EXECUTE FUNCTION social_consent_event_refuse()
            """
        )

    @api.model_create_multi
    def create(self, vals_list):
        self._refuse()
        return super().create(vals_list)

    def write(self, vals):
        self._refuse()
        return super().write(vals)

    def unlink(self):
        self._refuse()
        return super().unlink()

    def _refuse(self):
        raise UserError(
            self.env._("Consent events are append-only: none is made, changed or deleted by hand.")
        )

    @api.model
    def _append(self, consents, method, evidence=None):
        """Append one event for each consent, as it stands now, and its evidence.

        The caller holds the lock on the persons' chains.
        """
        self.env.flush_all()
        evidences = self.env["social.consent.evidence"]._prepare(consents, method, evidence)
        heads = {subject.id: subject.head_hash for subject in consents.subject_id}
        sequences = self._take_sequences(len(consents))
        rows = []
        for consent, proof, sequence in zip(consents, evidences, sequences, strict=True):
            subject = consent.subject_id
            payload = _canonical(self._prepare_payload(consent, method, proof["digest"], sequence))
            previous = heads[subject.id]
            heads[subject.id] = chained = _hash(previous, payload)
            rows.append(
                (
                    sequence,
                    consent.id,
                    subject.key,
                    consent.recorded_state,
                    fields.Datetime.now(),
                    payload,
                    previous or None,
                    chained,
                )
            )
        ids = self._insert(rows)
        for subject in consents.subject_id:
            subject.head_hash = heads[subject.id]
        self.env["social.consent.evidence"]._store(evidences, ids)
        return self.browse(ids)

    @api.model
    def _insert(self, rows):
        ids = self.env.cr.execute_values(
            """
            INSERT INTO social_consent_event (sequence, consent_id, subject_key, state,
                happened_at, payload, previous_hash, hash) VALUES %s RETURNING id
            """,
            rows,
            page_size=1000,
            fetch=True,
        )
        self.invalidate_model()
        self.env["social.consent"].invalidate_model(["event_ids"])
        return [row[0] for row in ids]

    @api.model
    def _take_sequences(self, count):
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval('social_consent_event_sequence') FROM generate_series(1, %s)",
                count,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _prepare_payload(self, consent, method, evidence_digest, sequence):
        return {
            "version": PAYLOAD_VERSION,
            "sequence": sequence,
            "subject": consent.subject_id.key,
            "company": consent.company_id.id,
            "purpose": consent.purpose_code,
            "channel": consent.channel or None,
            "state": consent.recorded_state,
            "given_at": _iso(consent.given_at),
            "valid_until": _iso(consent.valid_until),
            "recorded_at": _iso(fields.Datetime.now()),
            "method": method,
            "notice": consent.notice_id.text_hash or None,
            "platform": consent.platform_id.code or None,
            "evidence": evidence_digest,
        }

    @api.model
    def _verify(self, subject_keys=None):
        """Return the first broken event, or an empty record where all chains are whole.

        Broken is an event whose hash does not follow from its payload and its predecessor, and
        a chain whose end is not the one that the person's key remembers (then its last event).

        :param subject_keys: check these chains only; by default all
        """
        domain = [("subject_key", "in", subject_keys)] if subject_keys else []
        heads = {}
        for event in self.sudo().search(domain, order="sequence"):
            previous = heads.get(event.subject_key)
            if (event.previous_hash or None) != (previous and previous.hash):
                return event
            if event.hash != _hash(event.previous_hash, event.payload):
                return event
            if not event._agrees_with_payload():
                return event
            heads[event.subject_key] = event
        for subject in self.env["social.subject"].sudo().search([("key", "in", list(heads))]):
            if subject.head_hash != heads[subject.key].hash:
                return heads[subject.key]
        return self.browse()

    def _agrees_with_payload(self):
        """The columns beside the payload are for searching: they must say the same."""
        self.ensure_one()
        payload = json.loads(self.payload)
        return (
            payload["subject"] == self.subject_key
            and payload["state"] == self.state
            and payload["sequence"] == self.sequence
        )


def _canonical(payload):
    """Return the one text that stands for these values: sorted keys, no spaces, ASCII."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"))


def _hash(previous_hash, payload):
    return hashlib.sha256(f"{previous_hash or ''}\n{payload}".encode()).hexdigest()


def _iso(moment):
    return moment and moment.isoformat() + "Z"
