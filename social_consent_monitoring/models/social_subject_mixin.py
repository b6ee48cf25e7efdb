from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..policy import METHODS, states_before


class SocialSubjectMixin(models.AbstractModel):
    """Makes a record a data subject, with the doors through which a person decides.

    What others may rely on: ``social_subject_key``, ``social_consent_ids``,
    ``_give_social_consent()`` and ``_withdraw_social_consent()``. The doors take any number of
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

    @api.depends("social_subject_id.consent_ids")
    def _compute_social_consent_ids(self):
        for record in self:
            record.social_consent_ids = record.social_subject_id.consent_ids

    def _search_social_consent_ids(self, operator, value):
        return [("social_subject_id.consent_ids", operator, value)]

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
        :param dict evidence: what proves the act; required of staff (rule 9)
        :param given_at: naive UTC, not in the future; by default now
        :param valid_until: naive UTC; by default ``given_at`` plus the notice's months
        :param platform: where it was given (rule 22), a ``social.platform``
        :raises UserError: with what to do, where anything of this does not hold
        """
        purpose = self.env["social.consent.purpose"]._get(purpose_code, channel)
        self._check_door(method, evidence)
        now = fields.Datetime.now()
        given_at = given_at or now
        if given_at > now:
            raise UserError(self.env._("A consent cannot be given in the future."))
        vals_by_subject = {}
        for record, subject in self._ensure_subjects():
            record_notice = record._get_notice_for(purpose, notice)
            vals_by_subject[subject] = {
                "notice": record_notice,
                "given_at": given_at,
                "valid_until": valid_until or given_at + relativedelta(months=record_notice.months),
            }
        return self.env["social.consent"]._append(
            "given",
            purpose,
            channel,
            vals_by_subject,
            method=method,
            evidence=evidence,
            platform=platform,
        )

    def _withdraw_social_consent(self, purpose_code=None, channel=None, *, method, reason=None):
        """Withdraw what these persons gave, and return the consents withdrawn.

        Without a purpose all of them; without a channel all channels of the purpose. What rests
        on them is gone in the same transaction. Takes no evidence: withdrawing is as easy as
        consenting (GDPR Art. 7(3)). A second withdrawal changes nothing.

        :param method: the door, one of ``policy.METHODS``
        :param reason: free text for the evidence, never required
        :raises UserError: for an unknown purpose, channel or door
        """
        self._check_method(method)
        domain = [
            ("subject_id", "in", self.sudo().social_subject_id.ids),
            ("company_id", "=", self.env.company.id),
            ("recorded_state", "in", states_before("withdrawn")),
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
        consents = self.env["social.consent"].sudo().search(domain)
        return consents._withdraw(method=method, reason=reason)

    def _ensure_subjects(self):
        """Return (record, subject) pairs, making the keys that are missing."""
        records = self.sudo()
        missing = records.filtered(lambda record: not record.social_subject_id)
        subjects = self.env["social.subject"].sudo().create([{} for _record in missing])
        for record, subject in zip(missing, subjects, strict=True):
            record.social_subject_id = subject
        return [(record, record.social_subject_id) for record in records]

    def _get_notice_for(self, purpose, notice=None):
        """Return the notice that this person agrees to, checked when one is named."""
        lang = self["lang"] if "lang" in self._fields else None
        if notice:
            notice.sudo()._check_fits(purpose, lang)
            return notice.sudo()
        return self.env["social.consent.notice"]._get_published(purpose, lang)

    @api.model
    def _check_door(self, method, evidence):
        self._check_method(method)
        if method == "staff" and not evidence:
            raise UserError(
                self.env._(
                    "Say how the person consented: a note on the conversation, or the signed "
                    "form. Without such evidence a consent entered by staff proves nothing."
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
