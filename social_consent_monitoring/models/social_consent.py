import json
from datetime import datetime
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL

from ..door import open_door
from ..policy import (
    NO_END,
    NO_STATES,
    InvalidTransition,
    check_transition,
    effective_state,
    move_to_merged,
    states_before,
)

# What a row says, in the order of the bulk statements below.
COLUMNS = (
    "subject_id",
    "company_id",
    "purpose_id",
    "channel",
    "recorded_state",
    "requested_at",
    "given_at",
    "valid_until",
    "notice_id",
    "platform_id",
    "event_sequence",
)


class LastAct(NamedTuple):
    """The last event of a consent: when (naive UTC), by which door, and if anything proves it."""

    happened_at: datetime | None
    method: str
    has_evidence: bool


NO_ACT = LastAct(None, "", False)


class SocialConsent(models.Model):
    """One person's consent to one purpose (and channel), given to one company.

    Nothing here is typed in: the row repeats what its last event says, so that lists and rules
    need not read the chain. Only the doors of ``social.subject.mixin`` lead to an event.
    """

    _name = "social.consent"
    _inherit = ["social.door.mixin", "social.consent.page", "social.consent.receipt"]
    _description = "Consent"
    _order = "id"

    subject_id = fields.Many2one(
        "social.subject", "Data Subject", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    purpose_id = fields.Many2one(
        "social.consent.purpose", required=True, readonly=True, ondelete="restrict"
    )
    purpose_code = fields.Selection(related="purpose_id.code")
    channel = fields.Selection("_get_channels", readonly=True)
    recorded_state = fields.Selection(
        "_get_states",
        "Last Recorded",
        required=True,
        readonly=True,
        help="What the last event says. Whether a given consent is still valid, the clock says.",
    )
    state = fields.Selection("_get_states", compute="_compute_state", search="_search_state")
    given_at = fields.Datetime("Given", readonly=True)
    valid_until = fields.Datetime(
        "Valid Until (Exactly)",
        required=True,
        readonly=True,
        index=True,
        help="Without an end: 9999-12-31.",
    )
    valid_until_date = fields.Date(
        "Valid Until", compute="_compute_valid_until_date", help="Empty: without an end."
    )
    requested_at = fields.Datetime(
        "Last Asked", readonly=True, help="When the person was last sent a request."
    )
    notice_id = fields.Many2one(
        "social.consent.notice", "Agreed To", readonly=True, ondelete="restrict"
    )
    renewal_needed = fields.Boolean(
        compute="_compute_renewal_needed",
        search="_search_renewal_needed",
        help="A later version of the notice changed the extent or the purpose: ask again.",
    )
    platform_id = fields.Many2one("social.platform", "Given At", readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(
        "res.partner", "Contact", compute="_compute_partner_id", search="_search_partner_id"
    )
    event_sequence = fields.Integer(
        "Last Event",
        required=True,
        readonly=True,
        help="Its place among the events of all persons.",
        groups="social_consent_monitoring.group_privacy_officer",
    )
    has_evidence = fields.Boolean(
        "Evidence",
        compute="_compute_has_evidence",
        help="Evidence is kept. The privacy officer alone reads it.",
    )
    in_current_company = fields.Boolean(
        compute="_compute_in_current_company",
        search="_search_in_current_company",
        help="Given to the company that the user works in: for the filters of lists.",
    )
    event_ids = fields.One2many(
        "social.consent.event",
        "consent_id",
        readonly=True,
        groups="social_consent_monitoring.group_privacy_officer",
    )

    _one_per_purpose = models.UniqueIndex(
        "(subject_id, company_id, purpose_id, COALESCE(channel, ''))",
        "This person's consent to this purpose is already recorded.",
    )

    @api.model
    def _get_channels(self):
        # No list of pairs: Odoo's exporter takes a bracket after a translated word for another one.
        channels = {
            "email": self.env._("E-mail"),
            "sms": self.env._("SMS"),
            "phone": self.env._("Phone"),
            "post": self.env._("Letter"),
            "social": self.env._("Social message"),
        }
        return list(channels.items())

    @api.model
    def _get_states(self):
        states = {
            "requested": self.env._("Asked"),
            "given": self.env._("Given"),
            "refused": self.env._("Refused"),
            "withdrawn": self.env._("Withdrawn"),
            "expired": self.env._("Expired"),
            "invalidated": self.env._("Invalid"),
        }
        return list(states.items())

    @api.depends("recorded_state", "valid_until")
    def _compute_state(self):
        for consent in self:
            consent.state = consent.recorded_state and consent._get_effective_state()

    def _get_effective_state(self):
        """Return the state that counts now, by the clock and not by what was read before."""
        self.ensure_one()
        return effective_state(self.recorded_state, self.valid_until, fields.Datetime.now())

    def _covers_anything(self):
        """Tell whether rows may rest on this consent, for as long as it says."""
        return self.recorded_state == "given" and not self.notice_id.outdated

    def _get_given_on(self):
        """Return ``{consent: policy.GivenOn}`` (rule 22), as the consents stand now.

        Also where the event that made them so is about to be written.
        """
        known = self.env["social.consent.event"].sudo()._read_given_on(self.ids)
        return {
            consent: known[consent.id].after(
                consent.recorded_state,
                consent.notice_id.text_hash or None,
                consent.platform_id.code,
                consent.valid_until,
            )
            for consent in self
        }

    def _is_given(self):
        return self._get_effective_state() == "given"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = fields.Domain(
            "recorded_state", "in", [state for state in value if state not in ("given", "expired")]
        )
        if "given" in value:
            domain |= fields.Domain("recorded_state", "=", "given") & fields.Domain(
                "valid_until", ">", "now"
            )
        if "expired" in value:
            domain |= fields.Domain("recorded_state", "=", "expired") | (
                fields.Domain("recorded_state", "=", "given")
                & fields.Domain("valid_until", "<=", "now")
            )
        return domain

    @api.depends("state", "notice_id.renewal_due")
    def _compute_renewal_needed(self):
        for consent in self:
            consent.renewal_needed = consent.state == "given" and consent.notice_id.renewal_due

    def _search_renewal_needed(self, operator, value):
        if operator != "in" or True not in value:
            return NotImplemented
        needed = fields.Domain("state", "=", "given") & fields.Domain(
            "notice_id.renewal_due", "=", True
        )
        return fields.Domain.TRUE if False in value else needed

    @api.depends("valid_until", "recorded_state")
    def _compute_valid_until_date(self):
        for consent in self:
            has_end = consent.recorded_state == "given" and consent.valid_until < NO_END
            consent.valid_until_date = consent.valid_until.date() if has_end else False

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_in_current_company(self):
        for consent in self:
            consent.in_current_company = consent.company_id == self.env.company

    def _search_in_current_company(self, operator, value):
        if operator != "in":
            return NotImplemented
        own = fields.Domain("company_id", "=", self.env.company.id)
        return fields.Domain.OR(own if each else ~own for each in value)

    def _compute_partner_id(self):
        partners = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search([("social_subject_id", "in", self.subject_id.ids)])
        )
        by_subject = {partner.social_subject_id: partner for partner in partners}
        for consent in self:
            consent.partner_id = by_subject.get(consent.subject_id, False)

    def _get_last_acts(self):
        """Return ``{consent id: LastAct}``, in one query for any number of consents."""
        if not self:
            return {}
        for name in ("social.consent.event", "social.consent.evidence"):
            self.env[name].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT ON (event.consent_id) event.consent_id, event.happened_at,
                    event.payload, EXISTS (
                        SELECT 1 FROM social_consent_evidence evidence
                        JOIN social_consent_event proven ON proven.id = evidence.event_id
                        WHERE proven.consent_id = event.consent_id
                    )
                FROM social_consent_event event WHERE event.consent_id = ANY(%s)
                ORDER BY event.consent_id, event.sequence DESC
                """,
                self.ids,
            )
        )
        return {
            consent_id: LastAct(happened_at, json.loads(payload)["method"], has_evidence)
            for consent_id, happened_at, payload, has_evidence in rows
        }

    def _compute_has_evidence(self):
        evidence = self.env["social.consent.evidence"].sudo()
        groups = evidence._read_group(
            [("event_id.consent_id", "in", self.ids)], ["event_id"], ["__count"]
        )
        proven = {event.consent_id.id for event, _count in groups}
        for consent in self:
            consent.has_evidence = consent.id in proven

    def _search_partner_id(self, operator, value):
        if operator in fields.Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        by = "display_name" if isinstance(value, str) else "id"
        partners = self.env["res.partner"].with_context(active_test=False)
        found = partners._search([(by, operator, value)])
        subject = SQL.identifier(found.table, "social_subject_id")
        return [("subject_id", "in", found.subselect(subject))]

    @api.depends("purpose_id.name", "channel", "recorded_state", "valid_until")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for consent in self:
            consent.display_name = consent._add_channel(consent.purpose_id.name or "")

    def _add_channel(self, title):
        """Return a title with the channel, where there is one: "News and offers: Phone"."""
        self.ensure_one()
        return f"{title}: {dict(self._get_channels())[self.channel]}" if self.channel else title

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._check_door()

    def _get_door_message(self):
        return self.env._(
            "A consent follows from what the person did. Record a consent or a withdrawal "
            "on the contact instead of changing the record."
        )

    @api.model
    def _append(
        self,
        state,
        purpose,
        channel,
        vals_by_subject,
        *,
        method,
        evidence=None,
        platform=None,
    ):
        """Append one event to the chain of each person, and make the consents follow.

        For the doors of ``social.subject.mixin`` only.

        :param dict vals_by_subject: for each ``social.subject`` its ``notice``, ``given_at`` and
            ``valid_until`` (naive UTC); besides its ``said``, what its evidence alone says
        :return: the consents, in the order of the subjects
        :raises UserError: for a move that the table of states does not know
        """
        subjects = self.env["social.subject"].sudo().union(*vals_by_subject)
        if not subjects:
            return self
        subjects._lock_chains()
        place = self._get_place_vals(purpose, channel)
        self._check_place_current(subjects, place)
        existing = self._get_existing(subjects, purpose, channel)
        rows = []
        for subject in subjects:
            consent, vals = existing.get(subject), vals_by_subject[subject]
            if consent and consent._is_newer_than(state, vals):
                continue
            self._check_move(consent, state)
            self._check_order(consent, state, vals)
            before = consent._get_row() if consent else {"subject_id": subject.id, **place}
            rows.append({**before, **self._prepare_row(state, vals, platform)})
        addresses = {
            subject.id: vals["address"]
            for subject, vals in vals_by_subject.items()
            if vals.get("address")
        }
        said = {
            subject.id: vals["said"]
            for subject, vals in vals_by_subject.items()
            if vals.get("said")
        }
        consents = self._record(rows, method, evidence, addresses, said)
        # A list of old consents is no act of today.
        if state == "given" and method != "import" and consents:
            self.env["social.block.mixin"]._unblock(channel, consents.subject_id)
        known = {**existing, **{consent.subject_id: consent for consent in consents}}
        return self.browse(known[subject].id for subject in subjects)

    def _is_newer_than(self, state, vals):
        """Tell whether a consent, or a list without days, is no news: it neither renews nor ends."""
        if state != "given" or self.recorded_state != "given":
            return False
        return bool(vals.get("undated") or (self.given_at and vals["given_at"] < self.given_at))

    @api.model
    def _refuse_unasked(self, subjects, purpose, channel, *, method, evidence=None):
        """Append a refusal for those of these persons who never said anything that counts."""
        known = self._get_existing(subjects, purpose, channel)
        silent = subjects.filtered(
            lambda subject: subject not in known or known[subject].recorded_state == "invalidated"
        )
        refusal = {
            "notice": self.env["social.consent.notice"],
            "given_at": False,
            "valid_until": fields.Datetime.now(),
        }
        refusals = dict.fromkeys(silent, refusal)
        return self._append("refused", purpose, channel, refusals, method=method, evidence=evidence)

    @api.model
    def _get_place_vals(self, purpose, channel):
        return {
            "company_id": self.env.company.id,
            "purpose_id": purpose.id,
            "channel": channel or None,
        }

    @api.model
    def _prepare_row(self, state, vals, platform=None):
        """Return what the event changes of the row; who is asked keeps nothing given before."""
        row = {
            "recorded_state": state,
            "given_at": vals["given_at"] or None,
            "valid_until": vals["valid_until"],
            "notice_id": vals["notice"].id or None,
            "platform_id": platform.id if platform else None,
        }
        if state == "requested":
            row["requested_at"] = fields.Datetime.now()
        return row

    @api.model
    def _check_place_current(self, subjects, place):
        """Do :meth:`_check_current` for these persons' consents at one place."""
        self._check_current(
            SQL(
                "subject_id = ANY(%s) AND company_id = %s AND purpose_id = %s"
                " AND channel IS NOT DISTINCT FROM %s",
                subjects.ids,
                *place.values(),
            )
        )

    @api.model
    def _check_current(self, condition):
        """Refuse to go on from rows that another transaction changed since this one began.

        Odoo starts the act again, on what the other one left.

        :param SQL condition: which rows the act is about; the caller holds their chains
        :raises ConcurrencyError: where one of them was changed or made meanwhile
        """
        self.flush_model()
        query = SQL("SELECT id, event_sequence FROM social_consent WHERE %s", condition)
        seen = dict(self.env.execute_query(query))
        with self.env.registry.cursor() as cr:
            cr.execute(query)
            committed = cr.fetchall()
        if any(sequence > seen.get(consent_id, -1) for consent_id, sequence in committed):
            raise ConcurrencyError("The same consent was decided at the same moment.")

    @api.model
    def _get_existing(self, subjects, purpose, channel):
        consents = self.sudo().search(
            [
                ("subject_id", "in", subjects.ids),
                ("company_id", "=", self.env.company.id),
                ("purpose_id", "=", purpose.id),
                ("channel", "=", channel or False),
            ]
        )
        return {consent.subject_id: consent for consent in consents}

    @api.model
    def _check_move(self, consent, state):
        before = consent._get_effective_state() if consent else None
        try:
            check_transition(before, state)
        except InvalidTransition as error:
            labels = dict(self._get_states())
            raise UserError(
                self.env._(
                    "A consent that is “%(before)s” cannot become “%(after)s”.",
                    before=labels.get(before, self.env._("never asked")),
                    after=labels[state],
                )
            ) from error

    @api.model
    def _check_order(self, consent, state, vals):
        """What is old, or of an unknown day, does not undo what the person said since."""
        if state != "given" or not consent or consent.recorded_state not in NO_STATES:
            return
        said_no = consent.event_ids.sorted("sequence")[-1:].happened_at
        if vals["given_at"] < said_no:
            raise UserError(
                self.env._("The person said no after this consent, so it no longer counts.")
            )
        if vals.get("undated"):
            raise UserError(
                self.env._(
                    "The person said no. A list without the day of each consent does not undo that."
                )
            )

    @api.model
    def _record(self, rows, method, evidence=None, addresses=None, said=None):
        """Append one event for each of these rows, write the rows, and let the rest follow.

        :param rows: dicts of :data:`COLUMNS`, with ``id`` where the consent exists already; the
            caller holds the chains of their persons
        :param dict said: what the evidence of single persons says besides, by id of
            ``social.subject``, in JSON's types
        :return: the consents, in the order of the rows
        """
        if not rows:
            return self.sudo().browse()
        events = self.env["social.consent.event"].sudo()
        # First, as it may be refused: nothing is half written.
        proof = self.env["social.consent.evidence"]._read(method, evidence)
        for row, sequence in zip(rows, events._take_sequences(len(rows)), strict=True):
            row["event_sequence"] = sequence
        consents = self.sudo()._write_rows(rows)
        # Before the events, which say what was removed.
        effects = consents._follow()
        events._append(rows, proof._replace(said=said or {}), addresses or {}, effects)
        return consents

    @api.model
    def _write_rows(self, rows):
        """Write rows in two statements, however many there are, and return them in order."""
        self.flush_model()
        known = [row for row in rows if row.get("id")]
        new = [row for row in rows if not row.get("id")]
        self._update_rows(known)
        for row, consent_id in zip(new, self._insert_rows(new), strict=True):
            row["id"] = consent_id
        self._forget_cached()
        return self.browse(row["id"] for row in rows)

    @api.model
    def _insert_rows(self, rows):
        if not rows:
            return []
        stamps = (self.env.uid, self.env.uid, fields.Datetime.now(), fields.Datetime.now())
        ids = self.env.cr.execute_values(
            """
            INSERT INTO social_consent (subject_id, company_id, purpose_id, channel, recorded_state,
                requested_at, given_at, valid_until, notice_id, platform_id, event_sequence,
                create_uid, write_uid, create_date, write_date)
            VALUES %s RETURNING id
            """,
            [(*(row.get(name) for name in COLUMNS), *stamps) for row in rows],
            page_size=1000,
            fetch=True,
        )
        return [row[0] for row in ids]

    @api.model
    def _update_rows(self, rows):
        if not rows:
            return
        stamps = (self.env.uid, fields.Datetime.now())
        self.env.cr.execute_values(
            """
            UPDATE social_consent SET subject_id = new.subject_id,
                recorded_state = new.recorded_state,
                requested_at = new.requested_at, given_at = new.given_at,
                valid_until = new.valid_until, notice_id = new.notice_id,
                platform_id = new.platform_id, event_sequence = new.event_sequence,
                write_uid = new.write_uid, write_date = new.write_date
            FROM (VALUES %s) AS new (id, subject_id, recorded_state, requested_at, given_at, valid_until,
                notice_id, platform_id, event_sequence, write_uid, write_date)
            WHERE social_consent.id = new.id
            """,
            [
                (row["id"], row["subject_id"], *(row[name] for name in COLUMNS[4:]), *stamps)
                for row in rows
            ],
            # The types are named: a column of nothing but NULL would be text.
            template="(%s, %s, %s, %s::timestamp, %s::timestamp, %s::timestamp, %s::int, %s::int,"
            " %s, %s, %s::timestamp)",
            page_size=1000,
        )

    @api.model
    def _forget_cached(self):
        """Have rows that were written in SQL read again."""
        self.invalidate_model()
        for name in self.env.registry.descendants(["social.subject.mixin"], "_inherit"):
            self.env[name].invalidate_model(["social_consent_ids"])

    def _get_row(self):
        """Return this consent as a row for :meth:`_record`."""
        self.ensure_one()
        row = {name: self[name] for name in COLUMNS}
        for name, value in row.items():
            row[name] = value.id if isinstance(value, models.BaseModel) else value
        return {"id": self.id, **{name: value or None for name, value in row.items()}}

    def _withdraw(self, *, method, reason=None, evidence=None):
        """Withdraw these consents, whatever company and person they are of (rule 8)."""
        may_withdraw = states_before("withdrawn")
        consents = self.sudo().filtered(lambda consent: consent.recorded_state in may_withdraw)
        proof = {**(evidence or {}), **({"reason": reason} if reason else {})}
        return consents._move("withdrawn", method, proof).with_env(self.env)

    def _move(self, state, method, evidence=None, **changes):
        """Append an event in this state to the chain of each of these consents."""
        if not self:
            return self
        self.subject_id._lock_chains()
        self._check_current(SQL("id = ANY(%s)", self.ids))
        changes.setdefault("valid_until", fields.Datetime.now())
        return self._record(
            [{**consent._get_row(), "recorded_state": state, **changes} for consent in self],
            method,
            evidence,
        )

    def _restrict_to(self, other):
        """Take over what is stricter in ``other``: both are this person's (merged records)."""
        # Who was asked on either record was asked.
        asked = max(filter(None, (self.requested_at, other.requested_at)), default=False)
        if asked != self.requested_at:
            open_door(self).write({"requested_at": asked})
        merged = {"reason": "Merged with a record that was stricter."}
        state = move_to_merged(self.state, other.state)
        if state:
            self._move(state, "staff", merged)
        elif self.state == other.state == "given":
            self._narrow_to(other, merged)

    def _narrow_to(self, other, evidence):
        """Of two given consents the shorter and narrower counts; of two different ones, none."""
        own, others = self.notice_id.platform_ids, other.notice_id.platform_ids
        if not (own <= others or others <= own):
            self._move("invalidated", "staff", evidence)
            return
        changes = {"valid_until": min(self.valid_until, other.valid_until)}
        if not own <= others:
            changes["notice_id"] = other.notice_id.id
        if changes != {"valid_until": self.valid_until}:
            self._move("given", "staff", evidence, **changes)

    def _repeat_no_for(self, subject):
        """Let this refusal or withdrawal count for another key of, perhaps, the same person."""
        own = self.search(
            [("subject_id", "=", subject.id)]
            + [(name, "=", self._get_row()[name] or False) for name in COLUMNS[1:4]]
        )
        said = {"reason": "A record that may be this person's said no."}
        if own:
            own._restrict_to(self)
            return
        now = fields.Datetime.now()
        row = {**self._get_row(), "subject_id": subject.id, "recorded_state": "refused"}
        row.update(id=None, notice_id=None, given_at=None, requested_at=None, valid_until=now)
        self._record([row], "staff", said)

    def _get_place(self):
        """Return what there is one consent of for each person."""
        return self.company_id, self.purpose_id, self.channel

    def _says_no(self):
        return self.recorded_state in NO_STATES

    def _hand_over(self, subject):
        """Let this consent count for the key that its person has now: an event says so."""
        merged = {"reason": "Merged with another record of this person."}
        self._record([{**self._get_row(), "subject_id": subject.id}], "staff", merged)

    def _follow(self):
        """Make what rests on these consents follow their new state, in this transaction.

        :return: what was removed, as ``social.effect._carry_out`` says it
        """
        return self.env["social.effect"]._carry_out(self.sudo())
