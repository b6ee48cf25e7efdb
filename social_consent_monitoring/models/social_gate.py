import logging
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, email_normalize_all

from .. import policy
from ..exceptions import ConsentRequired

# What a message with this key goes out as, and where persons keep what it is sent to.
ACTS = {"email": "contact_email", "sms": "contact_sms", "post": "contact_post"}
ADDRESSES = {"email": "email_normalized", "sms": "phone_sanitized", "phone": "phone_sanitized"}
# Nobody has said anything yet: these are no "no".
UNDECIDED = ("cold_lead", "first_contact", "never_asked", "consent_requested")
_logger = logging.getLogger(__name__)
PERSONS = ("res.partner", "mailing.contact", "crm.lead")


class Approach(NamedTuple):
    """One message that is about to reach somebody.

    ``key`` is the caller's name for it; ``kind`` "marketing" or "first"; ``model`` and ``res_id``
    say what it is about; ``partner_ids`` and ``addresses`` (normalised e-mail addresses or
    numbers) to whom it goes. ``similar``: it is about goods like those that were sold before.
    """

    key: object
    kind: str
    model: str | None = None
    res_id: int | None = None
    partner_ids: tuple = ()
    addresses: tuple = ()
    similar: bool = False


class Target(NamedTuple):
    """One recipient: a contact's id, or an address."""

    partner_id: int | None
    address: str | None = None


class SocialGate(models.AbstractModel):
    """Asks the policy, for any number of messages at once, who may not get them (rule 23).

    Every way out asks here: where the user sees it, and again at the last point before the wire.
    """

    _name = "social.gate"
    _description = "Gate"

    @api.model
    def _keep_back(self, channel, asked, log="refused"):
        """Stop what may not go out, and return all that has to stay here.

        Each is judged by what was consented to towards the company that sends it, whoever works
        off the queue. Where asking fails, by a defect, nothing that may be advertising goes out
        and nothing is lost: it stays queued.

        :param asked: records with ``_get_social_approaches()``, ``_stop_social_refused(refused)``,
            which returns those in which nobody is left, ``_hold_for_social(text)`` and
            ``_get_social_company()``
        """
        kept = asked.browse()
        for company, own in asked.grouped(lambda each: each._get_social_company()).items():
            gate = self.with_company(company) if company else self
            kept |= gate._keep_back_for_company(channel, own, log)
        return kept

    @api.model
    def _keep_back_for_company(self, channel, asked, log):
        """Do so for the current company; what cannot be asked about holds nothing else back."""
        try:
            with self.env.cr.savepoint():
                refused = self._judge(channel, asked._get_social_approaches(), log)
                return asked._stop_social_refused(refused)
        except ConcurrencyError:
            raise
        except Exception:
            if len(asked) > 1:
                half = len(asked) // 2
                first = self._keep_back_for_company(channel, asked[:half], log)
                return first | self._keep_back_for_company(channel, asked[half:], log)
            _logger.exception("%s stays queued: asking for consent failed", asked._name)
            asked._hold_for_social(self.env._("Not sent: the check for consent failed."))
            return asked

    @api.model
    def _judge_first(self, channel, approaches, log):
        """Return what ``_judge`` does, where a mass message is made; nobody, where that fails.

        By a defect of ours everything then goes as far as the queue, with no mailing lost and no
        other one kept waiting; the last gate holds it there, and shows the error.
        """
        if not log:
            return self._judge(channel, approaches, log)
        try:
            with self.env.cr.savepoint():
                return self._judge(channel, approaches, log)
        except ConcurrencyError:
            raise
        except Exception:
            _logger.exception("Left to the last gate: asking for consent failed")
            return {}

    @api.model
    def _enforce(self, channel, approach):
        """Refuse a message that a user is writing, if one of its recipients may not get it.

        :raises ConsentRequired: and the refusal is logged, although the act's transaction ends
        """
        refused = self._judge(channel, [approach], log="").get(approach.key)
        if refused:
            (target, decision), *_others = refused.items()
            person = self._get_refused_person(channel, approach, target)
            self.env["social.decision"]._log(
                ACTS[channel], person, {person.id: decision}, own_transaction=True
            )
            decision = self._get_told(channel, approach, person, decision)
            text = self.env["social.policy"]._explain(ACTS[channel], decision)
            steps = self.env["social.strip"]._get_steps(channel, person, decision)
            raise ConsentRequired(text, decision, steps)
        self._judge(channel, [approach], log="all")

    @api.model
    def _get_told(self, channel, approach, person, decision):
        """Return what this user is told: of whom they may not see, no more than of nobody."""
        if self.env["social.strip"]._see(person):
            return decision
        return self._get_strangers_decision(channel, approach.kind)

    @api.model
    def _get_refused_person(self, channel, approach, target):
        """Return the record that the way forward starts from: the lead before its contact."""
        people = sorted(
            self._find_people(channel, [approach])[approach.key][target],
            key=lambda record: record[0] != approach.model,
        )
        model, record_id = people[0] if people else ("res.partner", False)
        return self.env[model].browse(record_id)

    @api.model
    def _judge(self, channel, approaches, log="refused"):
        """Return ``{key: {Target: policy.Decision}}`` of those to whom a message may not go.

        A message to nobody known counts as refused. In a number of queries that no number of
        messages raises.

        :param channel: "email", "sms" or "post"
        :param log: "refused" where somebody asked before, "all" where nobody did, "" for a look
        """
        people = self._drop_colleagues(self._find_people(channel, approaches))
        decided = self._decide_people(channel, approaches, people)
        self._log(channel, decided, log)
        refused = {}
        for approach in approaches:
            for target, records in people[approach.key].items():
                decision = self._judge_target(approach, channel, target, records, decided)
                if decision is not None:
                    refused.setdefault(approach.key, {})[target] = decision
        return refused

    # -- who is meant --------------------------------------------------------------------------

    @api.model
    def _find_people(self, channel, approaches):
        """Return ``{key: {Target: {(model, id)}}}``: the records that each recipient is.

        A contact is itself, and who has the further addresses in its field: Odoo sends to all. An
        address is the record that the message is about, where that has it; else everybody who
        has it: each is asked, so that nobody speaks for a twin.
        """
        own = self._read_addresses(channel, approaches)
        more = self._read_more_addresses(channel, approaches)
        strangers = set().union(*more.values()) | {
            address
            for approach in approaches
            for address in approach.addresses
            if address not in own.get((approach.model, approach.res_id), ())
        }
        holders = self._find_holders(channel, strangers)
        # A copy to those who work here is theirs, whomever the message is about.
        colleagues = {
            ("res.partner", id_)
            for id_ in self._find_colleagues({None: {None: set().union(*holders.values())}})
        }
        people = {}
        for approach in approaches:
            about = (approach.model, approach.res_id)
            people[approach.key] = targets = {}
            for partner_id in approach.partner_ids:
                found = {("res.partner", partner_id)}
                found.update(*(holders.get(each, ()) for each in more.get(partner_id, ())))
                shared = own.get(("res.partner", partner_id), frozenset())
                if about in own and (own[about] & shared or approach.kind == "marketing"):
                    found.add(about)
                targets[Target(partner_id)] = found
            for address in approach.addresses:
                found = {about} if address in own.get(about, ()) else holders.get(address, set())
                if approach.kind == "marketing" and about in own and not found <= colleagues:
                    found = found | {about}
                targets[Target(None, address)] = found
        return people

    @api.model
    def _read_addresses(self, channel, approaches):
        """Return ``{(model, id): addresses}`` of the contacts, and of what the messages are about."""
        ids = {}
        for approach in approaches:
            ids.setdefault("res.partner", set()).update(approach.partner_ids)
            if approach.model in PERSONS and approach.res_id:
                ids.setdefault(approach.model, set()).add(approach.res_id)
        field = ADDRESSES.get(channel)
        found = {}
        for model, wanted in ids.items():
            if not wanted:
                continue
            known = [field] if field in self.env[model]._fields else []
            fetched = [*known, "email"] if model == "res.partner" and known else known
            records = self.env[model].sudo().with_context(active_test=False)
            domain = [("id", "in", list(wanted))]
            for record in records.search_fetch(domain, fetched, order="id"):
                found[model, record.id] = frozenset(filter(None, [record[name] for name in known]))
        return found

    @api.model
    def _read_more_addresses(self, channel, approaches):
        """Return ``{contact's id: addresses}``: what the field has beside the normalised one."""
        if channel != "email":
            return {}
        ids = {id_ for approach in approaches for id_ in approach.partner_ids}
        partners = self.env["res.partner"].sudo().browse(sorted(ids))
        more = {}
        for partner in partners:
            email = partner.email or ""
            if email.count("@") > 1:
                more[partner.id] = set(email_normalize_all(email)) - {partner.email_normalized}
        return more

    @api.model
    def _find_holders(self, channel, addresses):
        """Return ``{address: {(model, id)}}``: who has these addresses, archived ones too."""
        holders = {}
        for model, field in self._get_address_fields(channel).items() if addresses else ():
            records = self.env[model].sudo().with_context(active_test=False)
            for record in records.search_fetch([(field, "in", list(addresses))], [field]):
                holders.setdefault(record[field], set()).add((model, record.id))
        return holders

    @api.model
    def _get_address_fields(self, channel):
        """Return ``{model: field}``: where each kind of person keeps what this channel needs."""
        field = ADDRESSES.get(channel)
        return {model: field for model in PERSONS if field in self.env[model]._fields}

    @api.model
    def _drop_colleagues(self, people):
        """Return the same without those who work here: nothing that goes to them is asked about."""
        colleagues = {("res.partner", id_) for id_ in self._find_colleagues(people)}
        return {
            key: {
                target: records - colleagues
                for target, records in targets.items()
                if ("res.partner", target.partner_id) not in colleagues
                and (not records or records - colleagues)
            }
            for key, targets in people.items()
        }

    @api.model
    def _find_colleagues(self, people):
        """Return the ids of contacts who work here, and of the companies' own contacts."""
        ids = {
            record_id
            for targets in people.values()
            for records in targets.values()
            for model, record_id in records
            if model == "res.partner"
        }
        if not ids:
            return set()
        self.env["res.users"].flush_model(["partner_id", "share", "active"])
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM res_users WHERE partner_id = ANY(%s) AND NOT share AND active"
                " UNION SELECT partner_id FROM res_company WHERE partner_id = ANY(%s)",
                list(ids),
                list(ids),
            )
        )
        return {partner_id for (partner_id,) in rows}

    # -- what the policy says ------------------------------------------------------------------

    @api.model
    def _decide_people(self, channel, approaches, people):
        """Return ``{(kind, similar, model, id): policy.Decision}``."""
        asked = {}
        for approach in approaches:
            for records in people[approach.key].values():
                for model, record_id in records:
                    key = approach.kind, approach.similar, model
                    asked.setdefault(key, set()).add(record_id)
        decided = {}
        for (kind, similar, model), ids in asked.items():
            records = self.env[model].browse(sorted(ids))
            facts = {"kind": kind, "similar": similar} if channel in ADDRESSES else {}
            decisions = self.env["social.policy"]._decide(ACTS[channel], records, **facts)
            for record_id, decision in decisions.items():
                decided[kind, similar, model, record_id] = decision
        return decided

    @api.model
    def _log(self, channel, decided, log):
        """Write down what was decided; a message to somebody known is no act of its own."""
        rows = {}
        for (_kind, _similar, model, record_id), decision in decided.items() if log else ():
            refused = self._refusal(decision) is not None
            if refused or (log == "all" and decision.basis != "known"):
                rows.setdefault(model, {})[record_id] = decision
        for model, decisions in rows.items():
            records = self.env[model].browse(decisions)
            self.env["social.decision"]._log(ACTS[channel], records, decisions)

    @api.model
    def _judge_target(self, approach, channel, target, records, decided):
        """Return the refusal of one recipient; None where the message may go out."""
        if not records:
            return self._refusal(self._get_strangers_decision(channel, approach.kind))
        decisions = [decided[(approach.kind, approach.similar, *record)] for record in records]
        worst = [decision for decision in decisions if not decision]
        if approach.kind == "first" and self._is_carried(target, decisions, worst):
            return None
        # What a cold lead gets told says most of what to do.
        worst.sort(key=lambda decision: decision.reason != "cold_lead")
        return self._refusal(worst[0]) if worst else None

    @api.model
    def _is_carried(self, target, decisions, worst):
        """Tell whether a lead or its contact, who are one person, may be written to by the other."""
        if any(decision.basis == "known" for decision in decisions):
            return True
        undecided = all(decision.reason in UNDECIDED for decision in worst)
        return (
            bool(target.partner_id)
            and undecided
            and any(decision and decision.basis != "business" for decision in decisions)
        )

    @api.model
    def _refusal(self, decision):
        """Return a refusal whose rule is enforced; None for any other decision."""
        return decision if self.env["social.policy"]._is_refused(decision) else None

    @api.model
    def _get_strangers_decision(self, channel, kind):
        """Decide about an address that nobody knows: it has consented to nothing."""
        rules = self.env["social.policy.rule"]._get_rules(ACTS[channel])
        rule = self.env["social.policy"]._get_default(rules, None)
        approach = policy.ApproachFacts(kind, stranger=True)
        facts = policy.Facts(fields.Datetime.now(), rule=rule, approach=approach)
        return policy.decide(ACTS[channel], facts)
