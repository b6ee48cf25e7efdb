from typing import NamedTuple

from odoo import fields, models

from ..policy import NO_STATES, GivingFacts
from ..suppressed import make_code
from .social_gate import ADDRESSES


class OldYes(NamedTuple):
    """One line of an old list: the day (naive UTC), and what its evidence says of it alone."""

    given_at: object
    said: dict


class SocialSubjectOldConsents(models.AbstractModel):
    """Consents of an old list: many persons at once, each with a day and evidence of their own."""

    _name = "social.subject.mixin"
    _inherit = ["social.subject.mixin"]

    def _import_social_consents(self, purpose_code, channel, notice, lines, evidence=None):
        """Record what these persons agreed to elsewhere, as far as an old list may tell.

        Those who are refused do not hold up the others; nothing of them is written.

        :param notice: the ``social.consent.notice`` that says what their text said; also one
            that was superseded since
        :param dict lines: for each record id an :class:`OldYes`
        :param dict evidence: what is the same for all of them
        :return: ``{record id: reason}`` of those who are refused
        """
        refused = self._sort_out_import(purpose_code, channel, notice, lines)
        people = self.filtered(lambda record: record.id not in refused)
        purpose = self.env["social.consent.purpose"]._get(purpose_code, channel)
        vals_by_subject = {
            subject: {
                "notice": notice.sudo(),
                "given_at": lines[record.id].given_at,
                "valid_until": notice._get_end(lines[record.id].given_at),
                "said": lines[record.id].said,
                "address": record._get_social_proven_address(),
            }
            for record, subject in people._ensure_subjects()
        }
        self.env["social.consent"]._append(
            "given", purpose, channel, vals_by_subject, method="import", evidence=evidence
        )
        return refused

    def _sort_out_import(self, purpose_code, channel, notice, lines):
        """Return ``{record id: reason}`` of those from whom an old list brings nothing.

        Stricter than the door for a single consent: a list undoes no "no", whatever day it names
        (GDPR Art. 7(3), 21; rule 8), and brings back nothing that is over. Writes nothing.
        """
        purpose = self.env["social.consent.purpose"]._get(purpose_code, channel)
        now = fields.Datetime.now()
        refused = self._find_import_stops(purpose_code, channel)
        able = self.env["social.policy"]._decide_giving(self, GivingFacts(asks_age=notice.ask_age))
        subjects = self.sudo().social_subject_id
        known = self.env["social.consent"]._get_existing(subjects, purpose, channel)
        seen = set()
        for record in self.sudo():
            subject, given_at = record.social_subject_id, lines[record.id].given_at
            reason = refused.get(record.id) or self._get_import_reason(
                known.get(subject), given_at, notice, now
            )
            if not reason and not able[record.id]:
                reason = able[record.id].reason
            if not reason and subject.id in seen:
                reason = "known"
            if reason:
                refused[record.id] = reason
            elif subject:
                seen.add(subject.id)
        return refused

    def _get_import_reason(self, consent, given_at, notice, now):
        """Return why one line brings nothing beside what is recorded already; None if it does."""
        if given_at > now:
            return "future_date"
        if consent and consent.recorded_state in NO_STATES:
            return "said_no"
        if consent and consent.recorded_state == "invalidated":
            return "invalid"
        if consent and consent.given_at and given_at <= consent.given_at:
            return "known"
        return "too_old" if notice._get_end(given_at) <= now else None

    def _find_import_stops(self, purpose_code, channel):
        """Return ``{record id: reason}``: who objected, whose address is blocked (rule 8)."""
        code = make_code(purpose_code, channel)
        stopped = {
            record_id: "objected"
            for record_id, codes in self.env["social.suppression"]._find_records(self).items()
            if code in codes
        }
        field = ADDRESSES.get(channel)
        if field in self._fields:
            own = {record.id: record[field] for record in self.sudo() if record[field]}
            blocked = self.env["social.block.mixin"]._find_blocked(channel, set(own.values()))
            for record_id, address in own.items():
                if address in blocked:
                    stopped.setdefault(record_id, "blocked")
        return stopped
