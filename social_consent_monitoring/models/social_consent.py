from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..door import is_open, open_door
from ..policy import NO_END, InvalidTransition, check_transition, effective_state, states_before


class SocialConsent(models.Model):
    """One person's consent to one purpose (and channel), given to one company.

    Nothing here is typed in: the row repeats what its last event says, so that lists and rules
    need not read the chain. Only the doors of ``social.subject.mixin`` lead to an event.
    """

    _name = "social.consent"
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
    notice_id = fields.Many2one(
        "social.consent.notice", "Agreed To", readonly=True, ondelete="restrict"
    )
    platform_id = fields.Many2one("social.platform", "Given At", readonly=True, ondelete="restrict")
    partner_id = fields.Many2one(
        "res.partner", "Contact", compute="_compute_partner_id", search="_search_partner_id"
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
        now = fields.Datetime.now()
        for consent in self:
            consent.state = consent.recorded_state and effective_state(
                consent.recorded_state, consent.valid_until, now
            )

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
        channels = dict(self._get_channels())
        for consent in self:
            name = consent.purpose_id.name or ""
            if consent.channel:
                name = f"{name}: {channels[consent.channel]}"
            consent.display_name = name

    @api.model_create_multi
    def create(self, vals_list):
        self._check_door()
        return super().create(vals_list)

    def write(self, vals):
        self._check_door()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._check_door()

    def _check_door(self):
        if is_open(self):
            return
        raise UserError(
            self.env._(
                "A consent follows from what the person did. Record a consent or a withdrawal "
                "on the contact instead of changing the record."
            )
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
            ``valid_until`` (naive UTC)
        :return: the consents, in the order of the subjects
        :raises UserError: for a move that the table of states does not know
        """
        subjects = self.env["social.subject"].sudo().union(*vals_by_subject)
        if not subjects:
            return self
        subjects._lock_chains()
        existing = self._get_existing(subjects, purpose, channel)
        for subject in subjects:
            consent = existing.get(subject)
            self._check_move(consent, state)
            self._check_order(consent, vals_by_subject[subject]["given_at"])
        consents = self._upsert(
            state, purpose, channel, subjects, existing, vals_by_subject, platform
        )
        self.env["social.consent.event"]._append(consents, method, evidence)
        consents._follow()
        return consents.with_env(self.env)

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
        before = consent.recorded_state if consent else None
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
    def _check_order(self, consent, given_at):
        """An old consent that turns up later does not undo what the person said since."""
        if not consent or not given_at or consent.recorded_state not in ("withdrawn", "refused"):
            return
        said_no = consent.event_ids.sorted("sequence")[-1:].happened_at
        if given_at < said_no:
            raise UserError(
                self.env._("The person said no after this consent, so it no longer counts.")
            )

    @api.model
    def _upsert(self, state, purpose, channel, subjects, existing, vals_by_subject, platform):
        """Write the rows of these persons, new or known, and return them in order."""
        rows = [
            {
                "subject_id": subject.id,
                "company_id": self.env.company.id,
                "purpose_id": purpose.id,
                "channel": channel or False,
                "recorded_state": state,
                "given_at": vals_by_subject[subject]["given_at"],
                "valid_until": vals_by_subject[subject]["valid_until"],
                "notice_id": vals_by_subject[subject]["notice"].id,
                "platform_id": platform.id if platform else False,
            }
            for subject in subjects
        ]
        model = open_door(self.sudo())
        created = model.create(
            [row for subject, row in zip(subjects, rows, strict=True) if subject not in existing]
        )
        found = {consent.subject_id: consent for consent in created} | existing
        for subject, row in zip(subjects, rows, strict=True):
            if subject in existing:
                open_door(existing[subject]).write(row)
        return self.sudo().browse(found[subject].id for subject in subjects)

    def _withdraw(self, *, method, reason=None):
        """Withdraw these consents, whatever company and person they are of (rule 8)."""
        may_withdraw = states_before("withdrawn")
        consents = self.sudo().filtered(lambda consent: consent.recorded_state in may_withdraw)
        if not consents:
            return self.browse()
        consents.subject_id._lock_chains()
        open_door(consents).write(
            {"recorded_state": "withdrawn", "valid_until": fields.Datetime.now()}
        )
        evidence = {"reason": reason} if reason else None
        self.env["social.consent.event"]._append(consents, method, evidence)
        consents._follow()
        return consents.with_env(self.env)

    def _get_place(self):
        """Return what there is one consent of for each person."""
        return self.company_id, self.purpose_id, self.channel

    def _says_no(self):
        return self.recorded_state in ("refused", "withdrawn")

    def _hand_over(self, subject):
        """Let this consent count for the key that its person has now."""
        open_door(self).write({"subject_id": subject.id})

    def _follow(self):
        """Make what rests on these consents follow their new state, in this transaction.

        Matches take the new end of a renewed consent, and go with a consent that ended.
        """
        self.env["social.match"].sudo()._follow_consents(self)
