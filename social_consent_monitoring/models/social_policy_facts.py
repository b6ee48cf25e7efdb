import json

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import policy
from ..suppressed import make_code, make_handle
from .social_gate import ADDRESSES


class SocialPolicyFacts(models.AbstractModel):
    """Gathers what a decision is made from, in a number of queries that no number of persons raises."""

    _name = "social.policy.facts"
    _description = "Facts of the Policy"

    @api.model
    def _gather(self, acts, records, platform=None, handle=None, category=None, **approach):
        """Return ``{act: {record id: policy.Facts}}``; see ``_decide`` for the others."""
        rules = {act: self.env["social.policy.rule"]._get_rules(act) for act in acts}
        persons = [act for act in acts if policy.ACTS[act].purpose or policy.ACTS[act].contract]
        facts = {act: self._gather_terms(records, rules[act]) for act in acts if act not in persons}
        if not persons:
            return facts
        keys = {(policy.ACTS[act].purpose, policy.ACTS[act].channel) for act in persons}
        keys |= {rule.also for act in persons for rule in rules[act] if rule.also}
        handle = (handle or "").lstrip("@").lower() or None
        gathered = self._gather_consents(
            records, keys, platform, rules, handle=handle, category=category or None
        )
        suppressed = self._find_suppressed(persons, records, platform, handle)
        own = self._gather_persons(persons, records, rules, platform, suppressed)
        for act in persons:
            facts[act] = self._combine(gathered, own[act])
            if policy.ACTS[act].marketing:
                facts[act] = self._add_approaches(act, records, facts[act], **approach)
        return facts

    @api.model
    def _add_approaches(self, act, records, facts, **approach):
        """Return the facts with what is known of how each person may be approached (rule 23)."""
        approaches = self.env["social.acquaintance"]._gather(act, records, **approach)
        made = {}
        for record_id, known in facts.items() if approaches else ():
            key = id(known), approaches[record_id]
            if key not in made:
                made[key] = known._replace(approach=approaches[record_id])
            facts[record_id] = made[key]
        return facts

    @api.model
    def _combine(self, gathered, own):
        """Return the facts, completed by what is known of single persons, and for all of them.

        Persons with the same facts keep sharing one object: it is decided about once.
        """
        made, facts = {}, {}
        for record_id, known in gathered.items():
            special = own.get(record_id, own[None])
            key = id(known), id(special)
            if key not in made:
                made[key] = known._replace(**special) if special else known
            facts[record_id] = made[key]
        return facts

    @api.model
    def _gather_persons(self, acts, records, rules, platform, suppressed):
        """Return ``{act: {record id: values of policy.Facts}}``; those of None hold for all others."""
        everybody = tuple(rule for act in acts for rule in rules[act])
        chosen = {act: self._choose_rules(rules[act], records, platform) for act in acts}
        kinds = {policy.ACTS[act].contract for act in acts} - {None}
        contracts = {kind: self.env["social.contract"]._gather(records, kind) for kind in kinds}
        companies = self._get_legal_person_ids(acts, records)
        channels = set().union(*(policy.ACTS[act].reached_by for act in acts))
        blocked = self._find_blocked(channels, records)
        ages = self._read_ages(records) if any(rule.min_age for rule in everybody) else {}
        own = {}
        for act in acts:
            definition = policy.ACTS[act]
            default = self._get_default(rules[act], platform)
            # One that demands no more than the law needs no facts of its own.
            plain = default.mode == "enforce" and not default.demands_more()
            own[act] = {None: {} if plain else {"rule": default}}
            signed = contracts.get(definition.contract, {})
            exempt = companies if definition.free_for_companies else set()
            special = self._get_special(chosen[act], default)
            no = set().union(*(blocked.get(channel, ()) for channel in definition.reached_by))
            out = suppressed.get(make_code(definition.purpose, definition.channel), {})
            for record_id in {*signed, *exempt, *ages, *no, *special, *out}:
                own[act][record_id] = {
                    "rule": chosen[act].get(record_id, default),
                    "contracts": {definition.contract: signed.get(record_id, ())},
                    "legal_person": record_id in exempt,
                    "age": ages.get(record_id),
                    "blocked": record_id in no,
                    "suppressed": out.get(record_id, ""),
                }
        return own

    @api.model
    def _find_suppressed(self, acts, records, platform, handle):
        """Return ``{code: {record id: "address" or "handle"}}`` of whoever must not come back.

        Two queries at most, and one where nobody ever objected.
        """
        codes = {make_code(policy.ACTS[act].purpose, policy.ACTS[act].channel) for act in acts}
        suppressed = self.env["social.suppression"]
        found = {code: {} for code in codes}
        by = "handle" if records._name == "social.author" else "address"
        for record_id, own in suppressed._find_records(records).items():
            for code in own & codes:
                found[code][record_id] = by
        if platform and handle:
            pair = ("handle", make_handle(platform, handle))
            for code in suppressed._read([pair]).get(pair, set()) & codes:
                found[code] = dict.fromkeys(records._ids, "handle")
        return found

    @api.model
    def _find_blocked(self, channels, records):
        """Return ``{channel: ids}`` of those whose address or number is on a list of Odoo's."""
        found = {}
        for channel in sorted(channels):
            field = ADDRESSES.get(channel)
            if field not in records._fields:
                continue
            persons = self._fetch(records, [field])
            addresses = [person[field] for person in persons]
            lists = self.env["social.block.mixin"]
            blocked = lists._find_blocked(channel, set(filter(None, addresses)))
            own = zip(records._ids, addresses, strict=True)
            found[channel] = {record_id for record_id, address in own if address in blocked}
        return found

    @api.model
    def _get_default(self, rules, platform):
        """Return the rule that holds for whoever has no country and no tag."""
        return policy.choose_rule(rules, platform=platform)

    @api.model
    def _get_special(self, chosen, default):
        return [record_id for record_id, rule in chosen.items() if rule is not default]

    @api.model
    def _choose_rules(self, rules, records, platform=None):
        """Return ``{record id: policy.Rule}``: the first that matches each person."""
        if not any(rule.countries or rule.tags for rule in rules):
            return dict.fromkeys(records._ids, self._get_default(rules, platform))
        tags = self._get_tag_field(records)
        names = [name for name in ("country_id", tags) if name and name in records._fields]
        return {
            record.id: policy.choose_rule(
                rules,
                country=record.country_id.code if "country_id" in names else None,
                tags=frozenset(record[tags].ids) if tags else frozenset(),
                platform=platform,
            )
            for record in self._fetch(records, names)
        }

    @api.model
    def _get_tag_field(self, records):
        """Return the name of the field that holds a person's tags (``res.partner.category``)."""
        for name in ("category_id", "tag_ids"):
            field = records._fields.get(name)
            if field and field.comodel_name == "res.partner.category":
                return name
        return None

    @api.model
    def _get_legal_person_ids(self, acts, records):
        """Return the ids of companies, where the setting says that they are no data subjects."""
        concerned = any(policy.ACTS[act].free_for_companies for act in acts)
        if not concerned or "is_company" not in records._fields:
            return set()
        if self.env.company.sudo().social_companies != "free":
            return set()
        return set(self._fetch(records, ["is_company"]).filtered("is_company")._ids)

    @api.model
    def _fetch(self, records, names):
        """Return the records as superuser, with these fields read in one query: archived tags, too."""
        records = records.sudo().with_context(active_test=False)
        records.filtered("id").fetch(names)
        return records

    @api.model
    def _gather_consents(self, records, keys=None, platform=None, rules=(), **facts):
        """Return ``{record id: policy.Facts}`` with the consents of each person: one query.

        One more where it matters on which platform they were given.

        :param keys: pairs (purpose, channel) of the only consents that matter; by default all
        :param rules: ``{act: rules}`` that may demand more than the law
        """
        now, terms = fields.Datetime.now(), self._get_terms(platform)
        nobody = policy.Facts(now, {}, platform, terms, **facts)
        rest = nobody[2:]
        # A contact that is being edited has an id of its own kind; the stored one counts.
        ids = {getattr(record_id, "origin", record_id): record_id for record_id in records._ids}
        gathered = dict.fromkeys(records._ids, nobody)
        consents = {}
        demanded = any(rule.at_source for act in rules for rule in rules[act])
        at_source = demanded or bool(terms and terms.demands_consent)
        known = self._read_consents(records, list(filter(None, ids)), keys, at_source)
        for stored, place, consent in known:
            consents.setdefault(ids[stored], {})[place] = consent
        make = policy.Facts._make
        for record_id, known in consents.items():
            gathered[record_id] = make((now, known, *rest))
        return gathered

    @api.model
    def _read_consents(self, records, ids, keys=None, at_source=False):
        """Yield (record id, (purpose, channel), ``policy.ConsentFacts``) of the current company.

        :param at_source: whether it matters where a consent was given (rule 22)
        """
        self.env["social.consent"].flush_model()
        purposes = self.env["social.consent.purpose"]._get_places()
        rows = self.env.execute_query(self._get_consents_query(records, ids, keys, purposes))
        terms = self._get_notice_terms({row[3] for row in rows})
        given_on = self._read_given_on(rows) if at_source else {}
        for record_id, purpose_id, channel, notice_id, consent_id, *state in rows:
            recorded_state, valid_until, asked_at = state
            code, interval = purposes[purpose_id]
            platforms, categories, outdated, renewal_due = terms[notice_id]
            yield (
                record_id,
                (code, channel),
                policy.ConsentFacts(
                    consent_id,
                    recorded_state,
                    valid_until,
                    platforms,
                    asked_at,
                    interval,
                    outdated,
                    renewal_due,
                    given_on.get(consent_id, frozenset()),
                    categories,
                ),
            )

    @api.model
    def _read_given_on(self, rows):
        """Return ``{consent id: codes of the platforms}`` on which each was given: one query."""
        now = fields.Datetime.now()
        given = {row[4] for row in rows if row[5] == "given"}
        known = self.env["social.consent.event"].sudo()._read_given_on(given)
        return {consent_id: given_on.at(now) for consent_id, given_on in known.items()}

    @api.model
    def _get_consents_query(self, records, ids, keys, purposes):
        wanted = [
            SQL(
                "(consent.purpose_id = ANY(%s) AND consent.channel IS NOT DISTINCT FROM %s)",
                [id_ for id_, (known, _interval) in purposes.items() if known == code],
                channel,
            )
            for code, channel in keys or ()
        ]
        # A user has the key of its contact: the ORM knows the way there.
        persons = records.sudo().browse(ids)
        query = persons._as_query(ordered=False)
        subject = persons._field_to_sql(query.table, "social_subject_id", query)
        query.add_join(
            "JOIN",
            "consent",
            "social_consent",
            SQL(
                "consent.subject_id = %s AND consent.company_id = %s%s",
                subject,
                self.env.company.id,
                SQL(" AND (%s)", SQL(" OR ").join(wanted)) if wanted else SQL(),
            ),
        )
        return query.select(
            SQL("%s", SQL.identifier(query.table, "id")),
            SQL("consent.purpose_id, consent.channel, consent.notice_id"),
            SQL("consent.id, consent.recorded_state, consent.valid_until, consent.requested_at"),
        )

    @api.model
    def _get_notice_terms(self, notice_ids):
        """Return ``{notice id: (platforms, categories, is outdated, renewal is due)}``, by codes."""
        notices = self.env["social.consent.notice"]
        terms = {each: notices._get_terms(each) for each in notice_ids if each}
        return {None: (frozenset(), frozenset(), False, False), **terms}

    @api.model
    def _read_ages(self, records):
        """Return ``{record id: years}``: how old each person is at least, by the evidence.

        Where pieces of evidence differ the youngest counts; without any the age is not known.
        """
        persons = self._fetch(records, ["social_subject_id"]).filtered("social_subject_id")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT consent.subject_id, event.happened_at, evidence.details
                FROM social_consent consent
                JOIN social_consent_event event ON event.consent_id = consent.id
                JOIN social_consent_evidence evidence ON evidence.event_id = event.id
                WHERE consent.subject_id = ANY(%s) AND consent.company_id = %s
                    AND evidence.details ~ '"(age|birth_date)"'
                """,
                persons.social_subject_id.ids,
                self.env.company.id,
            )
        )
        ages = {}
        for subject_id, happened_at, details in rows:
            age = self._get_age(json.loads(details), happened_at)
            if age is not None:
                ages[subject_id] = min(age, ages.get(subject_id, age))
        return {
            person.id: ages[person.social_subject_id.id]
            for person in persons
            if person.social_subject_id.id in ages
        }

    @api.model
    def _get_age(self, evidence, stated_at):
        """Return how old somebody is at least, who stated this then; None if that is not said."""
        now = fields.Datetime.now()
        if evidence.get("birth_date"):
            return relativedelta(now.date(), fields.Date.to_date(evidence["birth_date"])).years
        if evidence.get("age") not in (None, ""):
            return int(evidence["age"]) + relativedelta(now, stated_at).years
        return None

    @api.model
    def _get_terms(self, platform_code):
        if not platform_code:
            return None
        platforms = self.env["social.platform"].sudo().with_context(active_test=False)
        platform = platforms.search([("code", "=", platform_code)], limit=1)
        return platform._get_terms() if platform else policy.TermsFacts()

    @api.model
    def _gather_terms(self, records, rules=()):
        """Return the facts of platforms, or of records that belong to one."""
        now = fields.Datetime.now()
        known = {}
        for record in records.sudo():
            is_platform = record._name == "social.platform"
            platform = record if is_platform else record.platform_id
            has_test = record._name == "social.source" and record._has_balancing_test()
            known[record.id] = policy.Facts(
                now,
                platform=platform.code,
                terms=platform._get_terms(logs_in=self._logs_in(record)),
                balancing_test=has_test,
                rule=policy.choose_rule(rules, platform=platform.code),
            )
        return known

    @api.model
    def _logs_in(self, record):
        """Tell whether this record reads with an account: whoever made it accepted terms."""
        return "account_id" in record._fields and bool(record.account_id)
