from odoo import api, fields, models
from odoo.tools import SQL

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
    def _enforce_giving(self, records, giving):
        """Refuse a consent that these persons cannot give so (rules 12 and 13).

        :param giving: ``policy.GivingFacts`` that hold for all of them
        :raises ConsentRequired: with the reason; only refusals are logged, as an event tells of
            what was given
        """
        decision = policy.decide("consent", policy.Facts(fields.Datetime.now(), giving=giving))
        if not decision:
            self._carry_out("consent", records, dict.fromkeys(records.ids, decision))

    @api.model
    def _gather_consents(self, records, key=None, platform=None):
        """Return the facts of each person: one query for all of them.

        :param key: (purpose, channel) of the only consents that matter; by default all
        """
        now, terms = fields.Datetime.now(), self._get_terms(platform)
        # A contact that is being edited has an id of its own kind; the stored one counts.
        ids = {getattr(record_id, "origin", record_id): record_id for record_id in records._ids}
        gathered = dict.fromkeys(records._ids, policy.Facts(now, {}, platform, terms))
        consents = {}
        for stored_id, place, consent in self._read_consents(records, list(filter(None, ids)), key):
            consents.setdefault(ids[stored_id], {})[place] = consent
        for record_id, known in consents.items():
            gathered[record_id] = policy.Facts(now, known, platform, terms)
        return gathered

    @api.model
    def _read_consents(self, records, ids, key=None):
        """Yield (record id, (purpose, channel), ``policy.ConsentFacts``) of the current company."""
        self.env["social.consent"].flush_model()
        purposes = {purpose.id: purpose for purpose in self.env["social.consent.purpose"]._all()}
        wanted = SQL()
        if key:
            wanted = SQL(
                "AND consent.purpose_id = ANY(%s) AND consent.channel IS NOT DISTINCT FROM %s",
                [purpose.id for purpose in purposes.values() if purpose.code == key[0]],
                key[1],
            )
        # A user has the key of its contact: the ORM knows the way there.
        persons = records.sudo().browse(ids)
        query = persons._as_query(ordered=False)
        subject = persons._field_to_sql(query.table, "social_subject_id", query)
        query.add_join(
            "JOIN",
            "consent",
            "social_consent",
            SQL(
                "consent.subject_id = %s AND consent.company_id = %s %s",
                subject,
                self.env.company.id,
                wanted,
            ),
        )
        rows = self.env.execute_query(
            query.select(
                SQL("%s", SQL.identifier(query.table, "id")),
                SQL("consent.purpose_id, consent.channel, consent.notice_id"),
                SQL(
                    "consent.id, consent.recorded_state, consent.valid_until, consent.requested_at"
                ),
            )
        )
        terms = self._get_notice_terms({row[3] for row in rows})
        places = {
            purpose.id: (purpose.code, purpose.request_interval) for purpose in purposes.values()
        }
        for (
            record_id,
            purpose_id,
            channel,
            notice_id,
            consent_id,
            state,
            valid_until,
            asked,
        ) in rows:
            code, interval = places[purpose_id]
            platforms, outdated, renewal_due = terms[notice_id]
            facts = policy.ConsentFacts(
                consent_id, state, valid_until, platforms, asked, interval, outdated, renewal_due
            )
            yield record_id, (code, channel), facts

    @api.model
    def _get_notice_terms(self, notice_ids):
        """Return ``{notice id: (platform codes, is outdated, renewal is due)}``."""
        notices = self.env["social.consent.notice"].sudo().browse(filter(None, notice_ids))
        terms = {
            notice.id: (
                frozenset(notice._get_platform_codes()),
                notice.outdated,
                notice.renewal_due,
            )
            for notice in notices
        }
        return {None: (frozenset(), False, False), **terms}

    @api.model
    def _get_terms(self, platform_code):
        if not platform_code:
            return None
        platforms = self.env["social.platform"].sudo().with_context(active_test=False)
        platform = platforms.search([("code", "=", platform_code)], limit=1)
        return platform._get_terms() if platform else policy.TermsFacts()

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
        reason, remedy = self._get_reasons()[decision.reason]
        return self.env._(
            "%(act)s: not allowed. %(reason)s %(remedy)s",
            act=self._get_act_names()[act],
            reason=reason,
            remedy=remedy,
        )

    @api.model
    def _get_act_names(self):
        names = self._get_plain_act_names()
        for code, act in policy.ASK_ACTS.items():
            asked = f"{act.purpose}_{act.channel}" if act.channel else act.purpose
            names[code] = self.env._("Ask for consent: %s", names[asked])
        return names

    @api.model
    def _get_plain_act_names(self):
        _ = self.env._
        return {
            "collect": _("Collect mentions"),
            "reveal": _("Show an author"),
            "consent": _("Record a consent"),
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
    def _get_ask_act(self, purpose_code, channel=None):
        """Return the act of asking for this consent.

        :raises UserError: for an unknown purpose, or a channel missing or out of place
        """
        self.env["social.consent.purpose"]._get(purpose_code, channel)
        return policy.get_ask_act(purpose_code, channel)

    @api.model
    def _get_reasons(self):
        """Return all reasons of refusals in words, each with its remedy."""
        return {
            **self._get_consent_reasons(),
            **self._get_ask_reasons(),
            **self._get_giving_reasons(),
            **self._get_source_reasons(),
        }

    @api.model
    def _get_ask_reasons(self):
        _ = self.env._
        respect = _("Respect that; the person may consent of their own accord at any time.")
        return {
            "ask_refused": (_("The person said no."), respect),
            "ask_withdrawn": (_("The person withdrew the consent or objected."), respect),
            "ask_valid": (
                _("The person has consented, for more than another 30 days."),
                _("There is no need to ask. Ask again shortly before the consent ends."),
            ),
            "ask_recently": (
                _("The person was asked not long ago."),
                _("Wait: the purpose says after how many days you may ask again."),
            ),
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
            "notice_outdated": (
                _("The purpose has changed since the person agreed to the privacy notice."),
                _("Ask again, with the new notice."),
            ),
            "platform_not_listed": (
                _("The privacy notice that the person agreed to does not name this platform."),
                _("Publish a notice that names it and ask again."),
            ),
            "category_not_named": (
                _("The privacy notice that the person agreed to does not name this kind of data."),
                _("Publish a notice that names it and ask again."),
            ),
        }

    @api.model
    def _get_giving_reasons(self):
        _ = self.env._
        return {
            "age_unknown": (
                _("The privacy notice asks for the person's age."),
                _("Enter the age or the date of birth."),
            ),
            "guardian_missing": (
                _("The person is under 16."),
                _("A parent or guardian has to consent: enter who, and how."),
            ),
            "incentive_not_signed_off": (
                _("No lawyer has signed off this incentive for this purpose."),
                _("Have it signed off first, or record the consent without it."),
            ),
            "incentive_for_minor": (
                _("Incentives are for adults, and only where the age is known."),
                _("Enter the age, or record the consent without the incentive."),
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
