from odoo import api, fields, models

from .. import policy
from ..exceptions import ConsentRequired

# What the contact form shows, in this order.
PERSON_ACTS = (
    "monitor",
    "match",
    "enrich",
    "contact_email",
    "contact_sms",
    "contact_phone",
    "contact_post",
    "contact_social",
)


class SocialPolicy(models.AbstractModel):
    """Gathers facts for the one decision function, and says its answer in words.

    Way 2 of the house: gate, policy, decision; then the act goes on, or it is refused where the
    person sees it, and the decision log tells of it.
    """

    _name = "social.policy"
    _description = "Policy"

    @api.model
    def _decide(self, act, records, **facts):
        """Decide about each record, in a constant number of queries.

        :param act: ``collect`` takes ``social.source``, ``push`` ``social.platform``, ``reveal``
            ``social.mention``; all others take data subjects (``res.partner``,
            ``mailing.contact``, ``crm.lead``, ``social.author``)
        :param facts: ``platform``: code of the platform that an act on a person concerns
        :return: ``{record id: policy.Decision}``
        :raises KeyError: for an unknown act
        """
        definition = policy.ACTS[act]
        if definition.purpose:
            key = (definition.purpose, definition.channel)
            gathered = self._gather_consents(records, key, **facts)
        else:
            gathered = self._gather_terms(records)
        return {record_id: policy.decide(act, known) for record_id, known in gathered.items()}

    @api.model
    def _decide_all(self, record):
        """Decide every act that concerns a person, for showing what is allowed: not logged.

        :return: ``{act: policy.Decision}``, for those of ``PERSON_ACTS``
        """
        known = self._gather_consents(record)[record.id]
        return {act: policy.decide(act, known) for act in PERSON_ACTS}

    @api.model
    def _enforce(self, act, records, partial=False, **facts):
        """Return the records for which the act is allowed, and log what was decided.

        :param partial: for mass acts: leave out the refused instead of refusing all
        :raises ConsentRequired: if any is refused (with ``partial``: never). In mode "observe"
            the act goes on for all, and the log says what would have been refused
        """
        return self._carry_out(act, records, self._decide(act, records, **facts), partial)

    @api.model
    def _carry_out(self, act, records, decisions, partial=False):
        """Do with decisions that were made what :meth:`_enforce` says."""
        refused = records.filtered(lambda record: not decisions[record.id])
        mode = self.env["social.policy.rule"]._get_mode(act)
        raises = bool(refused) and mode == "enforce" and not partial
        if mode != "off":
            self.env["social.decision"]._log(act, mode, records, decisions, own_transaction=raises)
        if raises:
            decision = decisions[refused[0].id]
            raise ConsentRequired(self._explain(act, decision), decision)
        return records - refused if mode == "enforce" else records

    @api.model
    def _gather_consents(self, records, key=None, platform=None):
        """Return the facts of each person: one query for keys, one for consents.

        :param key: (purpose, channel) of the only consents that matter; by default all
        """
        subjects = {record.id: record.social_subject_id.id for record in records.sudo()}
        domain = [
            ("subject_id", "in", [subject for subject in subjects.values() if subject]),
            ("company_id", "=", self.env.company.id),
        ]
        if key:
            purpose, channel = key
            domain += [("purpose_id.code", "=", purpose), ("channel", "=", channel or False)]
        consents = (
            self.env["social.consent"]
            .sudo()
            .search_fetch(
                domain,
                [
                    "subject_id",
                    "purpose_id",
                    "channel",
                    "recorded_state",
                    "valid_until",
                    "notice_id",
                ],
            )
        )
        known = {}
        for consent in consents:
            of_subject = known.setdefault(consent.subject_id.id, {})
            of_subject[consent.purpose_code, consent.channel or None] = self._get_facts(consent)
        now, terms = fields.Datetime.now(), self._get_terms(platform)
        return {
            record_id: policy.Facts(now, known.get(subject, {}), platform=platform, terms=terms)
            for record_id, subject in subjects.items()
        }

    @api.model
    def _get_terms(self, platform_code):
        if not platform_code:
            return None
        platforms = self.env["social.platform"].sudo().with_context(active_test=False)
        platform = platforms.search([("code", "=", platform_code)], limit=1)
        return platform._get_terms() if platform else policy.TermsFacts()

    @api.model
    def _get_facts(self, consent):
        return policy.ConsentFacts(
            consent.id,
            consent.recorded_state,
            consent.valid_until,
            frozenset(consent.notice_id.platform_ids.mapped("code")),
        )

    @api.model
    def _gather_terms(self, records):
        """Return the facts of platforms, or of records that belong to one."""
        now = fields.Datetime.now()
        known = {}
        for record in records.sudo():
            is_platform = record._name == "social.platform"
            platform = record if is_platform else record.platform_id
            test = record.balancing_test if "balancing_test" in record._fields else ""
            known[record.id] = policy.Facts(
                now,
                platform=platform.code,
                terms=platform._get_terms(),
                balancing_test=bool((test or "").strip()),
            )
        return known

    @api.model
    def _explain(self, act, decision):
        """Return the refusal in words, with what would make the act allowed."""
        reasons = {**self._get_consent_reasons(), **self._get_source_reasons()}
        reason, remedy = reasons[decision.reason]
        return self.env._(
            "%(act)s: not allowed. %(reason)s %(remedy)s",
            act=self._get_act_names()[act],
            reason=reason,
            remedy=remedy,
        )

    @api.model
    def _get_act_names(self):
        _ = self.env._
        return {
            "collect": _("Collect mentions"),
            "reveal": _("Show an author"),
            "prove": _("Print the proof of consent"),
            "push": _("Bring customer data to a platform"),
            "monitor": _("Watch a person"),
            "match": _("Match mentions with the contact"),
            "enrich": _("Enrich the contact"),
            "reply_personal": _("Answer personally"),
            "lead": _("Make a lead of an author"),
            "contact_email": _("Advertise by e-mail"),
            "contact_sms": _("Advertise by SMS"),
            "contact_phone": _("Advertise by phone"),
            "contact_post": _("Advertise by letter"),
            "contact_social": _("Advertise by social message"),
        }

    @api.model
    def _get_consent_reasons(self):
        _ = self.env._
        ask = _("Ask for consent first, or do without.")
        return {
            "never_asked": (_("The person has not been asked for consent."), ask),
            "consent_requested": (
                _("The person was asked and has not answered yet."),
                _("Wait for the answer."),
            ),
            "consent_refused": (
                _("The person said no."),
                _("Respect that; the person may decide otherwise at any time."),
            ),
            "consent_withdrawn": (
                _("The person withdrew the consent."),
                _("Respect that; the person may decide otherwise at any time."),
            ),
            "consent_expired": (_("The consent has expired."), _("Ask for a new one.")),
            "consent_invalidated": (_("The consent was found to be invalid."), ask),
            "platform_not_listed": (
                _("The privacy notice that the person agreed to does not name this platform."),
                _("Publish a notice that names it and ask again."),
            ),
        }

    @api.model
    def _get_source_reasons(self):
        _ = self.env._
        return {
            "terms_unreviewed": (
                _("Nobody has reviewed the platform's terms."),
                _("Open the platform and enter a verdict, with version and end date."),
            ),
            "terms_forbidden": (
                _("The platform's terms forbid it."),
                _("Choose another platform, or agree with this one."),
            ),
            "terms_expired": (
                _("The verdict on the platform's terms has expired, or has no end date."),
                _("Read the terms again and enter a new verdict with its end date."),
            ),
            "push_forbidden": (
                _("The platform's terms do not allow bringing in customer data."),
                _("Leave the customer's data where it is."),
            ),
            "platform_closed": (
                _("The platform's content lies in closed circles."),
                _("Only what everybody can see may be collected."),
            ),
            "no_balancing_test": (
                _("The balancing test of this source is missing."),
                _("Write down why your interest outweighs that of the authors."),
            ),
        }
