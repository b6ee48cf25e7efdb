import hashlib
import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, split_every

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
            **self._prepare_terms(consent),
            "version": PAYLOAD_VERSION,
            "sequence": sequence,
            "subject": consent.subject_id.key,
            "recorded_at": _iso(fields.Datetime.now()),
            "method": method,
            "evidence": evidence_digest,
        }

    @api.model
    def _prepare_terms(self, consent):
        """Return what an event says of its consent, in JSON's types."""
        return {
            "consent": consent.id,
            "company": consent.company_id.id,
            "purpose": consent.purpose_code,
            "channel": consent.channel or None,
            "state": consent.recorded_state,
            "given_at": _iso(consent.given_at),
            "valid_until": _iso(consent.valid_until),
            "notice": consent.notice_id.text_hash or None,
            "platforms": sorted(consent.notice_id.platform_ids.mapped("code")),
            "platform": consent.platform_id.code or None,
        }

    @api.model
    def _verify(self, subject_keys=None):
        """Return the first broken event, or an empty record where all is whole.

        Broken is an event whose hash does not follow from its payload and its predecessor, or
        whose columns say something else than its payload; a chain whose end is not the one that
        the person's key remembers (then its last event that is left); and a consent that does
        not stand as its last event left it (then that event).

        :param subject_keys: check these persons only; by default all
        """
        subjects = self.env["social.subject"].sudo()
        domain = [("key", "in", list(subject_keys))] if subject_keys is not None else []
        for batch in split_every(1000, subjects.search(domain).ids, subjects.browse):
            broken = self._verify_batch(batch)
            if broken:
                return broken
        return self.browse()

    @api.model
    def _verify_batch(self, subjects):
        chains = (
            self.sudo()
            .search([("subject_key", "in", subjects.mapped("key"))], order="sequence")
            .grouped("subject_key")
        )
        for subject in subjects:
            chain = chains.get(subject.key, self.browse())
            broken = chain._find_broken_link(subject)
            if broken is not None:
                return broken or self._get_remains(subject)
        return self._find_stray_consent(subjects)

    def _find_broken_link(self, subject):
        """Return the broken event of this chain, or None; empty where the whole chain is gone."""
        previous = None
        for event in self:
            if (event.previous_hash or None) != previous or not event._is_whole():
                return event
            previous = event.hash
        if (subject.head_hash or None) != previous:
            return self[-1:]
        return None

    def _is_whole(self):
        """Tell whether hash and columns follow from the payload."""
        self.ensure_one()
        payload = json.loads(self.payload)
        return (
            self.hash == _hash(self.previous_hash, self.payload)
            and payload["subject"] == self.subject_key
            and payload["state"] == self.state
            and payload["sequence"] == self.sequence
            and payload["consent"] == self.consent_id.id
            and payload["recorded_at"] == _iso(self.happened_at)
        )

    @api.model
    def _find_stray_consent(self, subjects):
        """Return the last event of a consent that stands otherwise than that event says."""
        consents = self.env["social.consent"].sudo().search([("subject_id", "in", subjects.ids)])
        for consent in consents:
            last = consent.event_ids.sorted("sequence")[-1:]
            if not last or not last._agrees_with(consent):
                return last or self._get_remains(consent.subject_id)
        return self.browse()

    def _agrees_with(self, consent):
        payload = json.loads(self.payload)
        expected = self._prepare_terms(consent)
        return all(payload.get(name) == value for name, value in expected.items())

    @api.model
    def _get_remains(self, subject):
        """Return an event to point at where a person's own events are gone.

        :raises UserError: where no event is left at all
        """
        last = self.sudo().search([], limit=1)
        if not last:
            raise UserError(
                self.env._("All events are gone, and %s had some.", subject.display_name)
            )
        return last


def _canonical(payload):
    """Return the one text that stands for these values: sorted keys, no spaces, ASCII."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"))


def _hash(previous_hash, payload):
    return hashlib.sha256(f"{previous_hash or ''}\n{payload}".encode()).hexdigest()


def _iso(moment):
    return moment.isoformat() + "Z" if moment else None
