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


# Kept in ir.config_parameter, for all companies: days (0 keeps for ever), persons.
SETTINGS = {
    "retention_mention": 730,
    "retention_matched": 1095,
    "retention_enrichment": 1095,
    "retention_ended": 30,
    "retention_decision": 1095,
    "retention_evidence": 1095,
    "small_group": 5,
    "information_days": 3,
}
# A hundred years: more is a mistake in typing, and no date.
MAX_DAYS = 36500
LIMITS = {
    **{name: (0, MAX_DAYS) for name in SETTINGS if name.startswith("retention_")},
    # A group of one is a person.
    "small_group": (2, 1000),
    # A month after the link is the deadline (GDPR Art. 14(3)).
    "information_days": (0, 20),
}


class SocialPolicy(models.AbstractModel):
    """Asks the one decision function, and does what it says.

    Way 2 of the house: gate, policy, decision; then the act goes on, or it is refused where the
    person sees it, and the decision log tells of it. ``social_policy_facts`` gathers what the
    decision is made from, ``social_policy_words`` says it in words.
    """

    _name = "social.policy"
    _inherit = ["social.policy.facts", "social.policy.words"]
    _description = "Policy"

    @api.model
    def _decide(self, act, records, **facts):
        """Decide about each record, in a constant number of queries.

        :param act: ``collect`` takes ``social.source``, ``push`` ``social.platform``, ``reveal``
            ``social.mention``, ``answer`` ``social.answer``; all others take data subjects (``res.partner``,
            ``mailing.contact``, ``crm.lead``, ``social.author``)
        :param facts: ``platform``: code of the platform that an act on a person concerns;
            ``handle``: of the author whom it concerns, where a monitoring contract names handles;
            ``category``: code of the kind of data that is written (``enrich``); of the acts
            ``contact_email``, ``_sms``, ``_phone`` and ``_social``: ``kind``, "marketing" or
            "first" for a user's own message, and ``similar``, whether it is about goods like
            those that the person bought
        :return: ``{record id: policy.Decision}``
        :raises KeyError: for an unknown act
        """
        return self._decide_acts((act,), records, **facts)[act]

    @api.model
    def _trace(self, act, record, **facts):
        """Decide about one record, and tell how: not logged.

        :return: the ``policy.Decision``, the ``policy.Step`` of each rule in order, and the
            ``social.policy.rule`` that matched (none where the law alone holds)
        """
        gathered = self._gather((act,), record, **facts)[act][record.id]
        rules = self.env["social.policy.rule"]
        matched = self._choose_rules(rules._get_rules(act), record, gathered.platform)[record.id]
        steps = policy.trace(act, gathered)
        return policy.decide(act, gathered), steps, rules.browse(matched.id or ())

    @api.model
    def _decide_acts(self, acts, records, **facts):
        """Decide several acts about each record, in a constant number of queries: not logged.

        :return: ``{act: {record id: policy.Decision}}``
        """
        decisions = {}
        for act, gathered in self._gather(acts, records, **facts).items():
            # Whoever never decided anything has the same facts as all others of that kind.
            known = {}
            decisions[act] = made = {}
            for record_id, own in gathered.items():
                decision = known.get(id(own))
                if decision is None:
                    decision = known[id(own)] = policy.decide(act, own)
                made[record_id] = decision
        return decisions

    @api.model
    def _enforce(self, act, records, partial=False, **facts):
        """Return the records for which the act may go on, and log what was decided.

        :param partial: for mass acts: leave out the refused instead of refusing all
        :raises ConsentRequired: if any is refused (with ``partial``: never). Where the rule only
            observes, the act goes on, and the log says what would have been refused
        """
        return self._carry_out(act, records, self._decide(act, records, **facts), partial)

    @api.model
    def _carry_out(self, act, records, decisions, partial=False):
        """Do with decisions that were made what :meth:`_enforce` says."""
        refused = records.filtered(lambda record: self._is_refused(decisions[record.id]))
        raises = bool(refused) and not partial
        self.env["social.decision"]._log(act, records, decisions, own_transaction=raises)
        if raises:
            decision = decisions[refused[0].id]
            raise ConsentRequired(self._explain(act, decision), decision)
        return records - refused

    @api.model
    def _is_refused(self, decision):
        return not decision and decision.mode == "enforce"

    @api.model
    def _enforce_giving(self, records, giving):
        """Refuse a consent that these persons cannot give so (rules 12 and 13).

        :param giving: ``policy.GivingFacts`` that hold for all of them
        :raises ConsentRequired: with the reason; only refusals are logged, as an event tells of
            what was given
        """
        decisions = self._decide_giving(records, giving)
        refused = records.filtered(lambda record: not decisions[record.id])
        if refused:
            self._carry_out("consent", refused, decisions)

    @api.model
    def _decide_giving(self, records, giving):
        """Return ``{record id: Decision}``: whether these persons can consent so (rules 12 and 13)."""
        rules = self.env["social.policy.rule"]._get_rules("consent")
        chosen = self._choose_rules(rules, records)
        now = fields.Datetime.now()
        made = {
            rule: policy.decide("consent", policy.Facts(now, giving=giving, rule=rule))
            for rule in set(chosen.values())
        }
        return {record_id: made[rule] for record_id, rule in chosen.items()}

    @api.model
    def _get_setting(self, name):
        """Return a setting of ``SETTINGS`` as a whole number; its default where it is none that makes sense."""
        text = str(self.env["ir.config_parameter"].sudo().get_param(self._get_setting_key(name)))
        if not text.isdecimal() or len(text) > len(str(MAX_DAYS)):
            return SETTINGS[name]
        low, high = LIMITS[name]
        return int(text) if low <= int(text) <= high else SETTINGS[name]

    @api.model
    def _get_setting_key(self, name):
        return f"social_consent_monitoring.{name}"

    @api.model
    def _get_ask_act(self, purpose_code, channel=None):
        """Return the act of asking for this consent.

        :raises UserError: for an unknown purpose, or a channel missing or out of place
        """
        self.env["social.consent.purpose"]._get(purpose_code, channel)
        return policy.get_ask_act(purpose_code, channel)
