import json
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..digests import canonical, from_iso, hash_link, iso
from ..policy import GivenOn

# From the second version on an event says what was removed with its consent, where anything was.
PAYLOAD_VERSION = 1
PAYLOAD_VERSION_WITH_EFFECTS = 2
BATCH = 20_000


# The consents that differ from what their last event says. Notices are read once, and not once for
# each consent that was given to them.
STRAY = """
    WITH notice AS MATERIALIZED (
        SELECT id, encode(sha256(convert_to(text, 'UTF8')), 'hex') AS text_hash, (
            SELECT coalesce(jsonb_agg(code ORDER BY code COLLATE "C"), '[]')
            FROM social_consent_notice_social_platform_rel JOIN social_platform platform
            ON platform.id = social_platform_id WHERE social_consent_notice_id = notice.id
        ) AS platforms FROM social_consent_notice notice
    )
    SELECT consent.id, last.id, subject.key FROM social_consent consent
    JOIN social_subject subject ON subject.id = consent.subject_id
    JOIN social_consent_purpose purpose ON purpose.id = consent.purpose_id
    LEFT JOIN notice ON notice.id = consent.notice_id
    LEFT JOIN social_platform platform ON platform.id = consent.platform_id
    LEFT JOIN LATERAL (
        SELECT id, sequence, subject_key, payload::jsonb AS said FROM social_consent_event
        WHERE consent_id = consent.id ORDER BY sequence DESC LIMIT 1
    ) last ON TRUE
    WHERE (%(persons)s) AND (
        last.sequence IS DISTINCT FROM consent.event_sequence
        OR last.subject_key IS DISTINCT FROM subject.key
        OR said ->> 'state' IS DISTINCT FROM recorded_state
        OR said ->> 'company' IS DISTINCT FROM company_id::text
        OR said ->> 'purpose' IS DISTINCT FROM purpose.code
        OR said ->> 'channel' IS DISTINCT FROM channel
        OR said ->> 'given_at' IS DISTINCT FROM to_char(given_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        OR said ->> 'valid_until'
            IS DISTINCT FROM to_char(valid_until, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        OR said ->> 'platform' IS DISTINCT FROM platform.code
        OR said ->> 'notice' IS DISTINCT FROM notice.text_hash
        OR said -> 'platforms' IS DISTINCT FROM coalesce(notice.platforms, '[]')
    )
    ORDER BY consent.id LIMIT 1
"""


class Break(NamedTuple):
    """The first link that does not hold: an event to look at, and what is wrong, in words."""

    event: models.BaseModel
    reason: str


class SocialConsentEvent(models.Model):
    """What a person did about a consent: append-only, and hash-chained by person.

    Holds no personal data and no key that may change: contact deletion, merge and erasure leave
    it alone. PostgreSQL refuses to change or delete a row, whoever asks.
    """

    _name = "social.consent.event"
    _inherit = ["social.append.only.mixin"]
    _description = "Consent Event"
    _order = "sequence desc"
    _log_access = False

    sequence = fields.Integer(required=True, readonly=True, help="The order of all events.")
    consent_id = fields.Many2one(
        "social.consent", required=True, readonly=True, ondelete="restrict"
    )
    subject_key = fields.Char(required=True, readonly=True)
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
    _chain = models.Index("(subject_key, sequence)")
    _of_consent = models.Index("(consent_id, sequence)")

    @api.depends("sequence")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for event in self:
            event.display_name = self.env._("Event %s", event.sequence)

    def init(self):
        self.env.cr.execute("CREATE SEQUENCE IF NOT EXISTS social_consent_event_sequence")
        return super().init()

    @api.model
    def _append(self, rows, proof, addresses, effects):
        """Append one event for each consent, as its row stands now, and its evidence.

        The caller holds the lock on the persons' chains. From the rows, as ten thousand records
        take long to read one by one.

        :param rows: dicts as ``social.consent._record`` wrote them
        :param proof: what the door was told, a ``social_consent_evidence.Proof``
        :param dict addresses: e-mail addresses of persons, by id of ``social.subject``
        :param dict effects: what was removed, by id of the consent; see ``social.effect``
        """
        proofs = self.env["social.consent.evidence"]._prepare(rows, proof, addresses)
        codes = self._read_codes(rows)
        heads = self._get_heads(codes["subject_id"].values())
        # One time for column and payload.
        now = fields.Datetime.now()
        act = {"version": PAYLOAD_VERSION, "recorded_at": iso(now), "method": proof.method}
        events = []
        for row, vals in zip(rows, proofs, strict=True):
            key = codes["subject_id"][row["subject_id"]]
            terms = self._prepare_terms(row, codes)
            removed = self._prepare_effects(effects.get(row["id"]))
            payload = canonical({**act, **terms, **removed, "evidence": vals["digest"]})
            previous = heads.get(key)
            heads[key] = chained = hash_link(previous, payload)
            place = (row["event_sequence"], row["id"], key, row["recorded_state"])
            events.append((*place, now, payload, previous, chained))
        ids = self._insert(events)
        self.env["social.consent.evidence"]._store(proofs, ids, proof.documents)
        return self.browse(ids)

    @api.model
    def _read_codes(self, rows):
        """Return, for each column that is an id, ``{id: what an event says of it}``."""

        def read(column, say):
            model = self.env[self.env["social.consent"]._fields[column].comodel_name].sudo()
            records = model.browse({row[column] for row in rows if row[column]})
            return {record.id: say(record) for record in records}

        return {
            "subject_id": read("subject_id", lambda subject: subject.key),
            "purpose_id": read("purpose_id", lambda purpose: purpose.code),
            "platform_id": read("platform_id", lambda platform: platform.code),
            "notice_id": read(
                "notice_id", lambda notice: (notice.text_hash, notice._get_platform_codes())
            ),
        }

    @api.model
    def _get_heads(self, keys):
        """Return ``{subject key: hash of its last event}``, as of now.

        This transaction reads what was there when it began, and so may miss what somebody
        appended whom it waited for. A second connection sees that; the later one of both counts.
        """
        query = SQL(
            "SELECT DISTINCT ON (subject_key) subject_key, sequence, hash"
            " FROM social_consent_event WHERE subject_key = ANY(%s)"
            " ORDER BY subject_key, sequence DESC",
            list(keys),
        )
        found = self.env.execute_query(query)
        with self.env.registry.cursor() as cr:
            cr.execute(query)
            found += cr.fetchall()
        return {key: chained for key, _sequence, chained in sorted(found, key=lambda row: row[1])}

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
        """Return the places of so many new events, in order."""
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval('social_consent_event_sequence') FROM generate_series(1, %s)",
                count,
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _prepare_terms(self, row, codes):
        """Return what an event says of its consent and person, in JSON's types."""
        text_hash, platforms = codes["notice_id"].get(row["notice_id"], (None, []))
        return {
            "consent": row["id"],
            "subject": codes["subject_id"][row["subject_id"]],
            "company": row["company_id"],
            "purpose": codes["purpose_id"][row["purpose_id"]],
            "channel": row["channel"],
            "state": row["recorded_state"],
            "given_at": iso(row["given_at"]),
            "valid_until": iso(row["valid_until"]),
            "notice": text_hash,
            "platforms": platforms,
            "platform": codes["platform_id"].get(row["platform_id"]),
            "sequence": row["event_sequence"],
        }

    @api.model
    def _read_given_on(self, consent_ids):
        """Return ``{consent id: policy.GivenOn}``: where the person gave each of them (rule 22)."""
        rows = self.env.execute_query(
            SQL(
                "SELECT consent_id, payload FROM social_consent_event"
                " WHERE consent_id = ANY(%s) ORDER BY sequence",
                list(consent_ids),
            )
        )
        given_on = dict.fromkeys(consent_ids, GivenOn())
        for consent_id, payload in rows:
            said = json.loads(payload)
            end = from_iso(said["valid_until"])
            terms = (said["state"], said["notice"], said["platform"], end)
            given_on[consent_id] = given_on[consent_id].after(*terms)
        return given_on

    @api.model
    def _prepare_effects(self, removed):
        """Return what an event says of what went with its consent: nothing where nothing went."""
        if not removed:
            return {}
        return {"version": PAYLOAD_VERSION_WITH_EFFECTS, "effects": removed}

    @api.model
    def _verify(self, subject_keys=None):
        """Return the first broken event, or an empty record where all is whole.

        Where the broken event itself is gone, one that is left is returned: :meth:`_find_break`
        says in words what is wrong.

        :param subject_keys: check these persons only; by default all
        :raises UserError: where something is broken and no event is left to point at
        """
        broken = self._find_break(subject_keys, evidence=False)
        if broken and not broken.event:
            raise UserError(broken.reason)
        return broken.event if broken else self.browse()

    @api.model
    def _find_break(self, subject_keys=None, evidence=True):
        """Return the first :class:`Break` of the record of consents, or None.

        Broken is an event whose hash does not follow from its payload and its predecessor, or
        whose columns say something else than its payload; a consent that does not stand as its
        last event left it; a seal that does not follow from the one before it, or that names an
        event which is gone or another; and evidence that was changed.

        :param subject_keys: check these persons only; by default all
        :param evidence: look at the evidence, too
        """
        self.env.flush_all()
        only = None if subject_keys is None else list(subject_keys)
        return (
            self.sudo()._find_broken_link(only)
            or self.env["social.consent.seal"].sudo()._find_break(only)
            or self.sudo()._find_stray_consent(only)
            or (evidence and self.env["social.consent.evidence"].sudo()._find_break(only))
            or None
        )

    @api.model
    def _find_broken_link(self, only=None):
        """Walk all events in their order, each chain beside the others."""
        heads, after = {}, -1
        while rows := self._read_rows(after, only):
            for row in rows:
                key, previous, chained = row[2], row[6], row[7]
                if previous != heads.get(key) or not _is_whole(row):
                    return Break(
                        self.search([("sequence", "=", row[0])], limit=1),
                        self.env._("Event %s was changed, or the one before it.", row[0]),
                    )
                heads[key] = chained
            after = rows[-1][0]
        return None

    @api.model
    def _read_rows(self, after, only):
        """Return the rows that follow a place, as :func:`_is_whole` takes them."""
        chains = SQL("AND subject_key = ANY(%s)", only) if only is not None else SQL()
        return self.env.execute_query(
            SQL(
                "SELECT sequence, consent_id, subject_key, state, happened_at::text, payload,"
                " previous_hash, hash FROM social_consent_event WHERE sequence > %s %s"
                " ORDER BY sequence LIMIT %s",
                after,
                chains,
                BATCH,
            )
        )

    @api.model
    def _find_stray_consent(self, only=None):
        """Find a consent that stands otherwise than its last event left it."""
        persons = SQL("subject.key = ANY(%s)", only) if only is not None else SQL("TRUE")
        rows = self.env.execute_query(SQL(STRAY, persons=persons))
        if not rows:
            return None
        consent_id, event_id, key = rows[0]
        return Break(
            self.browse(event_id) or self._get_remains(key),
            self.env._(
                "Consent %s does not stand as its last event left it, or that event is gone.",
                consent_id,
            ),
        )

    @api.model
    def _get_remains(self, key):
        """Return an event to point at where the right one is gone; empty where all are gone."""
        events = self.sudo()
        return events.search([("subject_key", "=", key)], limit=1) or events.search([], limit=1)


def _is_whole(row):
    """Tell whether hash and columns of an event follow from its payload.

    Canonical JSON says each of them in one way and in this order, and a quote inside a value is
    escaped: so looking for that text is as good as parsing a million payloads, and much faster.
    """
    sequence, consent, key, state, happened_at, payload, previous, chained = row
    told = (
        f'"recorded_at":"{happened_at[:10]}T{happened_at[11:]}Z","sequence":{sequence},'
        f'"state":"{state}","subject":"{key}"'
    )
    return (
        told in payload
        and f'"consent":{consent},' in payload
        and hash_link(previous, payload) == chained
    )
