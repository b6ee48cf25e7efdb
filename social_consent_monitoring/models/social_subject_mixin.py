from dataclasses import replace

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..door import is_open
from ..policy import (
    CHANNELS,
    ENDING_METHODS,
    METHODS,
    NUMBER_CHANNELS,
    RECORDED_METHODS,
    UNPROVEN_METHODS,
    GivingFacts,
    needs_channel,
    states_before,
)
from ..suppressed import make_code

# Whoever is older was entered wrongly.
OLDEST = 120


class SocialSubjectMixin(models.AbstractModel):
    """Makes a record a data subject, with the doors through which a person decides.

    What others may rely on: ``social_subject_key``, ``social_consent_ids``,
    ``_give_social_consent()``, ``_withdraw_social_consent()`` and ``_object_social()``. The doors take any number of
    records at once, count for ``env.company`` only, and are private so that no RPC reaches them.
    """

    _name = "social.subject.mixin"
    _description = "Data Subject Mixin"

    social_subject_id = fields.Many2one(
        "social.subject",
        "Data Subject",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
    )
    social_subject_key = fields.Char(
        "Data Subject Key", related="social_subject_id.key", groups="base.group_user"
    )
    social_consent_ids = fields.Many2many(
        "social.consent",
        string="Consents",
        compute="_compute_social_consent_ids",
        search="_search_social_consent_ids",
        groups="base.group_user",
    )

    @api.depends("social_subject_id")
    def _compute_social_consent_ids(self):
        consents = self.env["social.consent"].search(
            [("subject_id", "in", self.social_subject_id.ids)]
        )
        by_subject = consents.grouped("subject_id")
        for record in self:
            record.social_consent_ids = by_subject.get(record.social_subject_id, False)

    def _search_social_consent_ids(self, operator, value):
        """Search through the consents that the user may see: a bare key would tell of others."""
        if operator in fields.Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        consents = self.env["social.consent"]
        without = operator == "in" and False in value
        if operator == "in":
            value = [consent_id for consent_id in value if consent_id]
        domain = value if operator in ("any", "any!") else [("id", operator, value)]
        found = consents._search(domain).subselect("subject_id")
        result = fields.Domain("social_subject_id", "in", found)
        if without:
            everybody = consents._search([]).subselect("subject_id")
            result |= ~fields.Domain("social_subject_id", "in", everybody)
        return result

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        if not is_open(self) and any(records.sudo().mapped("social_subject_id")):
            self._refuse_key()
        records._say_suppressed()
        return records

    def _say_suppressed(self):
        """Leave a note on new records of persons who objected, or were erased, before.

        However they come back: by a form, a file or an export that is restored. Nothing is
        refused, and the note names nobody and nothing; the policy does the rest.
        """
        suppressed = self.env["social.suppression"]
        if "message_ids" not in self._fields or not suppressed._has_any_cached():
            return
        found = self.sudo().browse(suppressed._find_records(self))
        if found:
            note = self.env._(
                "This person objected earlier, or asked to be erased. Only the person can change "
                "that: what it was about stays off here."
            )
            found._message_log_batch(bodies=dict.fromkeys(found.ids, note))

    @api.model
    def load(self, fields, data):
        """Tell whoever imports a file how many in it objected earlier: a file brings nothing back.

        Odoo's importer takes any message in the result for an error, so it appears beside it.
        """
        result = super().load(fields, data)
        if self.env.context.get("import_file") and result["ids"]:
            records = self.browse(result["ids"])
            if found := self.env["social.suppression"]._find_records(records):
                message = self.env._(
                    "Of the imported records, %s are of persons who objected earlier, or asked to "
                    "be erased. What it was about stays off for them.",
                    len(found),
                )
                self.env.user._bus_send(
                    "simple_notification", {"type": "warning", "message": message, "sticky": True}
                )
        return result

    def write(self, vals):
        if "social_subject_id" in vals and not is_open(self):
            key = vals["social_subject_id"] or False
            if any(record.social_subject_id.id != key for record in self.sudo()):
                self._refuse_key()
        return super().write(vals)

    def unlink(self):
        """Take along what was noted of persons of whom this is the last record (GDPR Art. 17)."""
        subjects = self.sudo().social_subject_id
        result = super().unlink()
        subjects._forget_those_gone()
        return result

    def action_export_social_data(self):
        """Give out all data of this person (GDPR Art. 15 and 20): the privacy officer alone."""
        self.ensure_one()
        downloads = self.env["social.export.download"]
        downloads._check_officer()
        self.check_access("read")
        [(_record, subject)] = self._ensure_subjects()
        return downloads._get_action(subject)

    def _refuse_key(self):
        """Whose consent it is can no more be typed in than the consent itself (rule 2)."""
        raise UserError(self.env._("The key of a data subject is not set by hand."))

    def action_record_privacy_request(self):
        """Open the form for what this person asks for: access, correction, erasure, objection."""
        if len(self) != 1:
            raise UserError(self.env._("Choose one person."))
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record a Request"),
            "res_model": "social.privacy.record.wizard",
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_id": self.id},
        }

    def _give_social_consent(
        self,
        purpose_code,
        channel=None,
        *,
        notice=None,
        method,
        evidence=None,
        given_at=None,
        valid_until=None,
        platform=None,
    ):
        """Record that these persons consented, and return their consents.

        :param purpose_code: ``monitor``, ``match``, ``enrich`` or ``contact``
        :param channel: for ``contact`` one of email, sms, phone, post, social; else None
        :param notice: the published notice agreed to; by default the one for the purpose in
            each person's language
        :param method: the door, one of ``policy.METHODS``
        :param dict evidence: what proves the act; required of staff (rule 9). A yes to SMS or calls
            that a person gives alone takes what ``social.number.proof`` says of the number
        :param given_at: naive UTC, not in the future; by default now
        :param valid_until: naive UTC; by default, and at most, ``given_at`` plus the notice's
            months
        :param platform: where it was given (rule 22), a ``social.platform``
        :raises UserError: with what to do, where anything of this does not hold
        """
        purpose = self.env["social.consent.purpose"]._get(purpose_code, channel)
        self._check_giving(method, evidence)
        self._check_proven(purpose, method)
        self._check_number_proven(channel, method, evidence)
        undated = method == "import" and not given_at
        given_at = self._get_social_moment(given_at)
        on_paper = method == "staff" and evidence.get("medium") == "paper"
        signed_at = given_at if on_paper else None
        notices = self._get_notices_for(purpose, notice, signed_at)
        ends = {each: each._get_end(given_at, valid_until) for each in set(notices.values())}
        self._check_person(purpose, notices, given_at, evidence or {})
        vals_by_subject = {
            subject: {
                "notice": notices[record.id],
                "given_at": given_at,
                "valid_until": ends[notices[record.id]],
                "undated": undated,
                "address": record._get_social_proven_address(),
            }
            for record, subject in self._ensure_subjects()
        }
        subjects = self.env["social.subject"].sudo().union(*vals_by_subject)
        self._check_not_suppressed(subjects, purpose_code, channel, method, undated, given_at)
        consents = self.env["social.consent"]._append(
            "given",
            purpose,
            channel,
            vals_by_subject,
            method=method,
            evidence=evidence,
            platform=platform,
        )
        if method != "import":
            # An express act of the person; a list is none.
            code = make_code(purpose_code, channel)
            self.env["social.suppression"]._lift(subjects, code)
        if incentive_id := (evidence or {}).get("incentive_id"):
            self.env["social.consent.incentive"].sudo().browse(incentive_id)._hand_out(self)
        return consents

    def _check_not_suppressed(self, subjects, purpose_code, channel, method, undated, given_at):
        """Refuse a list, or a paper, that brings back whoever objected since (Art. 17 and 21).

        :raises UserError: without saying who
        """
        if method not in ("import", "staff"):
            return
        code = make_code(purpose_code, channel)
        objected_at = self.env["social.suppression"]._get_moment(subjects, code)
        if method == "staff":
            if objected_at and given_at < objected_at:
                raise UserError(
                    self.env._("The person said no after this consent, so it no longer counts.")
                )
            return
        if objected_at and (undated or given_at < objected_at):
            raise UserError(
                self.env._(
                    "Somebody in this list objected earlier. A list that is older, or that has no "
                    "day for each consent, does not undo that."
                )
            )

    def _withdraw_social_consent(
        self, purpose_code=None, channel=None, *, method, reason=None, evidence=None
    ):
        """Withdraw what these persons gave, and return the consents withdrawn.

        Without a purpose all of them; without a channel all channels of the purpose. What rests
        on them is gone in the same transaction. Takes no evidence: withdrawing is as easy as
        consenting (GDPR Art. 7(3)). A second withdrawal changes nothing.

        :param method: the door, one of ``policy.METHODS``
        :param reason: free text for the evidence, never required
        :param dict evidence: how the person acted, where that is known; never required
        :raises UserError: for an unknown purpose, channel or door
        """
        self._check_method(method)
        self.sudo().social_subject_id._lock_and_check()
        consents = self._get_social_consents("withdrawn", purpose_code, channel)
        return consents._withdraw(method=method, reason=reason, evidence=evidence)

    def _invalidate_social_consent(self, purpose_code=None, channel=None, *, method, reason=None):
        """Record that these consents were never valid, and return them.

        For the privacy officer, who found out that the proof is wrong; the person said nothing.

        :raises UserError: without a reason, for anybody else, or for an unknown purpose or channel
        """
        self._check_method(method)
        if not self.env.user.has_group("social_consent_monitoring.group_privacy_officer"):
            raise UserError(self.env._("Only the privacy officer declares a consent invalid."))
        if not (reason or "").strip():
            raise UserError(self.env._("Write down why the consent was never valid."))
        consents = self._get_social_consents("invalidated", purpose_code, channel)
        return consents._move("invalidated", method, {"reason": reason}).with_env(self.env)

    def action_withdraw_social_consent(self):
        """Open the form for what this person said by phone or letter (rule 8)."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Withdrawal or Objection"),
            "res_model": "social.consent.withdraw.wizard",
            "views": [(False, "form")],
            "view_mode": "form",
            "target": "new",
            "context": {"default_res_model": self._name, "default_res_id": self.id},
        }

    def _get_social_consents(self, state, purpose_code=None, channel=None):
        """Return what these persons decided in this company that may move to a state."""
        domain = [
            ("subject_id", "in", self.sudo().social_subject_id.ids),
            ("company_id", "=", self.env.company.id),
            ("recorded_state", "in", states_before(state)),
        ]
        if purpose_code:
            purpose = self.env["social.consent.purpose"]._get(
                purpose_code, channel, channel_optional=True
            )
            domain.append(("purpose_id", "=", purpose.id))
        elif channel:
            raise UserError(self.env._("Name the purpose that the channel belongs to."))
        if channel:
            domain.append(("channel", "=", channel))
        return self.env["social.consent"].sudo().search(domain)

    def _object_social(
        self, purpose_code=None, channel=None, *, method, reason=None, evidence=None
    ):
        """Record that these persons do not want this, and return the consents concerned.

        What was given is withdrawn, and what was never asked is refused, so that an act which
        needs no consent (a letter, rule 23) stops too. What these persons are recognised by is
        suppressed: no import brings it back. Needs no consent before it (GDPR Art. 21); a later
        express act of the person lifts it for its purpose. Without a purpose it
        goes for all, without a channel for all channels of the purpose.

        :raises UserError: for an unknown purpose, channel or door
        """
        keys = self._get_social_keys(purpose_code, channel)
        everybody = (subject for _record, subject in self._ensure_subjects())
        subjects = self.env["social.subject"].sudo().union(*everybody)
        # First, as long as it is known what these persons are recognised by.
        codes = [make_code(purpose.code, each) for purpose, each in keys]
        self.env["social.suppression"]._suppress(subjects, codes)
        consents = self._withdraw_social_consent(
            purpose_code, channel, method=method, reason=reason, evidence=evidence
        )
        proof = {**(evidence or {}), "reason": reason} if reason else evidence
        for purpose, one_channel in keys:
            consents |= self.env["social.consent"]._refuse_unasked(
                subjects, purpose, one_channel, method=method, evidence=proof
            )
        self.env["social.effect"]._forget_objecting(subjects)
        return consents

    @api.model
    def _get_social_keys(self, purpose_code=None, channel=None):
        """Return the pairs of purpose and channel that are meant; by default all there are."""
        purposes = self.env["social.consent.purpose"]._all()
        return [
            (purpose, one_channel)
            for purpose in purposes
            if purpose_code in (None, purpose.code)
            for one_channel in (CHANNELS if needs_channel(purpose.code) else (None,))
            if channel in (None, one_channel)
        ]

    def _ensure_subjects(self):
        """Return (record, subject) pairs, making the keys that are missing.

        In SQL, as nothing of the record itself changes: no track, no recomputation, no date of
        the last change for ten thousand contacts.
        """
        records = self.sudo()
        records.flush_recordset(["social_subject_id"])
        missing = records.filtered(lambda record: not record.social_subject_id)
        if missing:
            subjects = self.env["social.subject"].sudo()._make_many(len(missing))
            self.env.cr.execute(
                SQL(
                    "UPDATE %s record SET social_subject_id = new.subject_id"
                    " FROM unnest(%s, %s) AS new (id, subject_id) WHERE record.id = new.id",
                    SQL.identifier(self._table),
                    missing.ids,
                    subjects.ids,
                )
            )
            missing.invalidate_recordset(
                ["social_subject_id", "social_subject_key", "social_consent_ids"]
            )
        return [(record, record.social_subject_id) for record in records]

    def _get_notices_for(self, purpose, notice=None, signed_at=None):
        """Return ``{record id: notice}``: what each person agrees to, in the person's language.

        :param signed_at: of a paper, see ``social.consent.notice._check_fits``
        """
        by_lang, notices = {}, {}
        for record in self:
            lang = record._get_social_lang() or None
            if lang not in by_lang:
                if notice:
                    notice.sudo()._check_fits(purpose, lang, signed_at)
                by_lang[lang] = notice or self.env["social.consent.notice"]._get_published(
                    purpose, lang
                )
            notices[record.id] = by_lang[lang].sudo()
        return notices

    def _get_social_proven_address(self):
        """Return the address that a yes belongs to, where it may be typed in anew; else ""."""
        return ""

    @api.model
    def _get_social_moment(self, given_at=None):
        """Return when a consent was given, by default now: naive UTC, to the second."""
        moment = (given_at or fields.Datetime.now()).replace(microsecond=0)
        if moment > fields.Datetime.now():
            raise UserError(self.env._("A consent cannot be given in the future."))
        return moment

    @api.model
    def _check_giving(self, method, evidence):
        self._check_method(method)
        if method in ENDING_METHODS:
            raise UserError(self.env._("Nobody gives a consent by unsubscribing."))
        if method != "staff":
            return
        said = (evidence or {}).values()
        if not any(value.strip() if isinstance(value, str) else value for value in said):
            raise UserError(
                self.env._(
                    "Say how the person consented: a note on the conversation, or the signed "
                    "form. Without such evidence a consent entered by staff proves nothing."
                )
            )
        if evidence.get("medium") in ("paper", "phone") and not evidence.get("attachment_ids"):
            raise UserError(
                self.env._(
                    "Attach the signed form, or the record of the call. Without it a consent on "
                    "paper or on the phone proves nothing."
                )
            )

    def _check_person(self, purpose, notices, given_at, evidence):
        """Ask the policy whether these persons may consent so: minors, incentives (R12, R13)."""
        giving = self._get_giving_facts(purpose, given_at, evidence)
        for notice, records in self.grouped(lambda record: notices[record.id]).items():
            facts = replace(giving, asks_age=notice.ask_age)
            self.env["social.policy"]._enforce_giving(records, facts)

    @api.model
    def _get_giving_facts(self, purpose, given_at, evidence):
        """Return what the evidence says of the person's age, guardian and incentive.

        :raises UserError: for a date of birth, or an age, that is none
        """
        age = evidence.get("age")
        try:
            if born := fields.Date.to_date(evidence.get("birth_date") or None):
                if born > given_at.date():
                    raise ValueError(born)
                age = relativedelta(given_at.date(), born).years
            age = None if age is None else int(age)
            if age is not None and not 0 <= age <= OLDEST:
                raise ValueError(age)
        except (TypeError, ValueError) as error:
            raise UserError(self.env._("Enter the age in years, or the date of birth.")) from error
        incentive_id = evidence.get("incentive_id")
        incentive = self.env["social.consent.incentive"].sudo().browse(incentive_id or ())
        return GivingFacts(
            age=age,
            has_guardian=bool(str(evidence.get("guardian") or "").strip()),
            has_incentive=bool(incentive_id),
            incentive_signed_off=bool(incentive) and incentive._is_usable(purpose),
        )

    @api.model
    def _check_proven(self, purpose, method):
        """Refuse what anybody could have typed in, where the purpose asks for double opt-in."""
        if purpose.double_opt_in and method in UNPROVEN_METHODS:
            raise UserError(
                self.env._(
                    "“%s” needs a confirmation by e-mail: send a request. The consent counts once "
                    "the person has confirmed it by the link in that mail.",
                    purpose.name,
                )
            )

    def _check_number_proven(self, channel, method, evidence):
        """Refuse a yes to SMS or calls of a person who did not prove to hold the number (rule 23).

        It may be anybody's, and neither a login nor a mailbox proves it (BGH, I ZR 164/09).
        """
        if channel not in NUMBER_CHANNELS or method in RECORDED_METHODS:
            return
        proven = (evidence or {}).get("number")
        if not proven or any(record._get_social_number() != proven for record in self):
            raise UserError(
                self.env._(
                    "A yes to SMS or calls counts once the person has typed in the code that we "
                    "send to the number, on the own page. Or record it with the signed paper or "
                    "the call."
                )
            )

    @api.model
    def _check_method(self, method):
        if method not in METHODS:
            raise UserError(
                self.env._(
                    "“%(method)s” is no way to record a decision. Use one of: %(methods)s.",
                    method=method,
                    methods=", ".join(METHODS),
                )
            )
