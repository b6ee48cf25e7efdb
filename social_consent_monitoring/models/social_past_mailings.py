from collections import Counter
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from .. import policy
from .social_block_mixin import LISTS
from .social_gate import ACTS, ADDRESSES, Approach

DAYS = 90
# By channel: what Odoo calls its traces, and where they keep the address.
TRACES = {"email": ("mail", "email"), "sms": ("sms", "sms_number")}
# What went out; "pending" is an SMS that was handed over.
WENT_OUT = ("pending", "sent", "open", "reply", "bounce")
# Of mailings to these, the database itself can say what their recipients decided.
COUNTED = ("res.partner", "mailing.contact")
# So many are judged at once, where it has to be one by one.
BATCH = 1000
# What holds of those who work here, in the place of a consent's state.
COLLEAGUE = "colleague"


class Decided(NamedTuple):
    """What the recipients of a class of traces decided, or nothing."""

    state: str | None
    is_valid: bool | None
    notice_id: int | None
    is_blocked: bool | None


class SocialPastMailings(models.AbstractModel):
    """What the rules for advertising would have stopped of what went out: numbers, and no names.

    Judged by the consents as they stand today, for the current company. A million traces are
    counted by what their recipients decided, and each such class is decided about once, by the
    one decision function. Where a rule asks for more than that, or a mailing goes to other
    records or to existing customers, the gate judges recipient by recipient.
    In the classes a contact with several addresses counts by the first of them, whoever was
    erased counts as never asked, and a mailing is taken to have gone to the model it names now.
    """

    _name = "social.past.mailings"
    _inherit = "social.gate"
    _description = "Mailings That Went Out"

    @api.model
    def _count(self, channel, days=DAYS):
        """Return how much advertising went out by this channel, and how much would be refused.

        Whether the rule is enforced now, only observes or is off makes no difference.

        :param channel: "email" or "sms"
        :return: ``(sent, Counter({code of the reason: refused}))``; None where Odoo keeps no
            traces of that channel
        """
        kinds = self.env["mailing.trace"]._fields["trace_type"].get_values(self.env)
        if channel not in TRACES or TRACES[channel][0] not in kinds:
            return None
        since = fields.Datetime.now() - timedelta(days=days)
        mailings = self._find_mailings(channel, since)
        alone = mailings.filtered(lambda mailing: not self._is_countable(mailing))
        if self._asks_for_more(ACTS[channel]):
            alone = mailings
        self.env.flush_all()
        sent, refused = self._count_classes(channel, mailings - alone, since)
        return self._count_alone(channel, alone, since, sent, refused)

    @api.model
    def _find_mailings(self, channel, since):
        """Return this company's advertising of which anything may have gone out since then."""
        mailings = self.env["mailing.mailing"].sudo().with_context(active_test=False)
        found = mailings.search(
            [
                ("mailing_type", "=", TRACES[channel][0]),
                ("state", "in", ("in_queue", "sending", "done")),
                # One that goes out once more keeps its date until it is done.
                "|",
                "|",
                ("state", "!=", "done"),
                ("sent_date", "=", False),
                ("sent_date", ">=", since),
            ]
        )
        company = self.env.company
        return found.filtered(
            lambda mailing: (
                mailing._get_social_kind() == "marketing"
                and (mailing.social_company_id or mailing.user_id.company_id or company) == company
            )
        )

    @api.model
    def _is_countable(self, mailing):
        return mailing.mailing_model_real in COUNTED and not mailing.social_similar_goods

    @api.model
    def _asks_for_more(self, act):
        """Tell whether some rule asks what no consent says of itself.

        That is a country, a tag, an age, one more consent, or where it was given.
        """
        rules = self.env["social.policy.rule"]._get_rules(act)
        default = self.env["social.policy"]._get_default(rules, None)
        special = any(rule.countries or rule.tags for rule in rules)
        return bool(special or default.min_age or default.also or default.at_source)

    @api.model
    def _refusal(self, decision):
        """Return a refusal, also of a rule that does not enforce: it is asked what if it did."""
        return None if decision else decision

    # -- by classes ------------------------------------------------------------------------------

    @api.model
    def _count_classes(self, channel, mailings, since):
        """Return ``(sent, Counter({code: refused}))`` of mailings that can be counted."""
        sent, refused = 0, Counter()
        counted = Counter()
        for model, to_these in mailings.grouped("mailing_model_real").items():
            counted.update(self._read_classes(channel, model, to_these, since))
        terms = self.env["social.policy"]._get_notice_terms({each.notice_id for each in counted})
        for decided, count in counted.items():
            sent += count
            decision = self._decide_class(channel, decided, terms)
            if not decision:
                refused[decision.reason] += count
        return sent, refused

    @api.model
    def _read_classes(self, channel, model, mailings, since):
        """Return ``{Decided: traces}`` of mailings to one model.

        The database looks up in an array, by the recipient's id, what this one decided: of a
        million traces that takes about half of the time of a join. Of a union its planner expects
        few groups, so that several processes count; else it expects one for each recipient.
        """
        classes, numbers = self._read_deciders(channel, model)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT number, count(*) FROM (
                    SELECT (%s::integer[])[trace.res_id] AS number
                    FROM mailing_trace trace WHERE %s
                    UNION ALL SELECT NULL WHERE FALSE
                ) sent
                GROUP BY 1
                """,
                f"{{{','.join(map(str, numbers))}}}",
                self._get_went_out(mailings, since),
            )
        )
        counted = Counter()
        for number, count in rows:
            counted[classes[number or 0]] += count
        return counted

    @api.model
    def _read_deciders(self, channel, model):
        """Return what recipients of a model decided, and who decided which of it.

        :return: a list of ``Decided``, the first of those who never said anything; and for each
            id from 1 on the position in that list
        """
        classes = [Decided(None, None, None, None)]
        rows = self._read_decisions(channel, model)
        if model == "res.partner":
            colleagues = [id_ for (id_,) in self.env.execute_query(self._get_colleagues())]
            # The last one counts.
            rows = [*rows, (COLLEAGUE, None, None, None, colleagues)]
        numbers = [0] * max((id_ for row in rows for id_ in row[-1]), default=0)
        for number, (*decided, ids) in enumerate(rows, 1):
            classes.append(Decided(*decided))
            for id_ in ids:
                numbers[id_ - 1] = number
        return classes, numbers

    @api.model
    def _read_decisions(self, channel, model):
        """Return rows of what was said about this channel, as in ``Decided``, and by which ids."""
        field = ADDRESSES[channel]
        entry, address = LISTS[channel]
        is_blocked = SQL("entry.id IS NOT NULL")
        entries = SQL(
            "LEFT JOIN %s entry ON entry.active AND entry.%s = person.%s",
            SQL.identifier(self.env[entry]._table),
            SQL.identifier(address),
            SQL.identifier(field),
        )
        if field not in self.env[model]._fields:
            is_blocked, entries = SQL("FALSE"), SQL()
        return self.env.execute_query(
            SQL(
                """
                SELECT consent.recorded_state, consent.valid_until > %s, consent.notice_id, %s,
                    array_agg(person.id)
                FROM social_consent consent
                JOIN %s person ON person.social_subject_id = consent.subject_id %s
                WHERE consent.company_id = %s AND consent.channel = %s
                    AND consent.purpose_id = ANY(%s)
                GROUP BY 1, 2, 3, 4
                """,
                fields.Datetime.now(),
                is_blocked,
                SQL.identifier(self.env[model]._table),
                entries,
                self.env.company.id,
                channel,
                self._get_purpose_ids(),
            )
        )

    @api.model
    def _get_colleagues(self):
        """Return the query of contacts whom nothing is asked about, as the gate knows them."""
        return SQL(
            "SELECT partner_id FROM res_users WHERE NOT share AND active"
            " UNION SELECT partner_id FROM res_company WHERE partner_id IS NOT NULL"
        )

    @api.model
    def _get_purpose_ids(self):
        places = self.env["social.consent.purpose"]._get_places()
        return [id_ for id_, (code, _days) in places.items() if code == policy.CONTACT]

    @api.model
    def _get_went_out(self, mailings, since):
        return SQL(
            "trace.mass_mailing_id = ANY(%s) AND trace.trace_status = ANY(%s)"
            " AND trace.is_test_trace IS NOT TRUE"
            " AND coalesce(trace.sent_datetime, trace.create_date) >= %s",
            mailings.ids,
            list(WENT_OUT),
            since,
        )

    @api.model
    def _decide_class(self, channel, decided, terms):
        """Decide about all whose recipients decided the same."""
        if decided.state == COLLEAGUE:
            return policy.Decision(True, "allowed", "R23")
        act, now = ACTS[channel], fields.Datetime.now()
        policies = self.env["social.policy"]
        rules = self.env["social.policy.rule"]._get_rules(act)
        facts = policy.Facts(
            now,
            rule=policies._get_default(rules, None),
            blocked=bool(decided.is_blocked),
        )
        if decided.state:
            platforms, categories, outdated, renewal_due = terms[decided.notice_id]
            consent = policy.ConsentFacts(
                0,
                decided.state,
                policy.NO_END if decided.is_valid else now,
                platforms,
                notice_outdated=outdated,
                renewal_due=renewal_due,
                categories=categories,
            )
            facts = facts._replace(consents={(policy.CONTACT, channel): consent})
        return policy.decide(act, facts)

    # -- one by one ------------------------------------------------------------------------------

    @api.model
    def _count_alone(self, channel, mailings, since, sent, refused):
        """Add those of the mailings whose recipients have to be judged one by one."""
        known = {}
        for mailing in mailings:
            rows = self._read_recipients(channel, mailing, since)
            similar = mailing.social_similar_goods
            asked = [row[:3] for row in rows if (*row[:3], similar) not in known]
            for start in range(0, len(asked), BATCH):
                batch = asked[start : start + BATCH]
                known.update(self._judge_recipients(channel, batch, similar))
            for *recipient, count in rows:
                sent += count
                reason = known[(*recipient, similar)]
                if reason:
                    refused[reason] += count
        return sent, refused

    @api.model
    def _read_recipients(self, channel, mailing, since):
        """Return rows of model, record's id, address or number, and how often."""
        return self.env.execute_query(
            SQL(
                "SELECT trace.model, trace.res_id, trace.%s, count(*) FROM mailing_trace trace"
                " WHERE %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
                SQL.identifier(TRACES[channel][1]),
                self._get_went_out(mailing, since),
            )
        )

    @api.model
    def _judge_recipients(self, channel, rows, similar):
        """Return ``{(model, id, address, similar): code of the reason}``, None for the allowed."""
        ids = [res_id for model, res_id, _address in rows if model == "res.partner"]
        there = set(self.env["res.partner"].sudo().browse(ids).exists().ids)
        approaches = []
        for model, res_id, address in rows:
            is_contact = model == "res.partner" and res_id in there
            approaches.append(
                Approach(
                    (model, res_id, address, similar),
                    "marketing",
                    model,
                    res_id,
                    (res_id,) if is_contact else (),
                    () if is_contact or not address else (address,),
                    similar,
                )
            )
        refused = self._judge(channel, approaches, log="")
        return {
            each.key: next(iter(refused[each.key].values())).reason if each.key in refused else None
            for each in approaches
        }
