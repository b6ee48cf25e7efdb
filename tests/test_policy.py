"""The decision function: plain Python, so every promise is tried on thousands of cases."""

import importlib
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.social_consent_monitoring import policy

NOW = datetime(2026, 6, 1, 12, 0, 0)
ASK_ACTS = sorted(policy.ASK_ACTS)
CONSENT_ACTS = sorted(
    act for act, known in policy.ACTS.items() if known.purpose and act not in ASK_ACTS
)
EXPRESS_ACTS = [act for act in CONSENT_ACTS if act != "contact_post"]
KEYS = [
    (purpose, channel)
    for purpose in policy.PURPOSES
    for channel in (policy.CHANNELS if policy.needs_channel(purpose) else (None,))
]

VALID = policy.TermsFacts("allowed", "2026-01", date(2030, 1, 1))

moments = st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1))
consents = st.builds(
    policy.ConsentFacts,
    id=st.integers(1, 9),
    state=st.sampled_from(policy.STATES),
    valid_until=moments,
    platforms=st.frozensets(st.sampled_from(["web", "fediverse"])),
    notice_outdated=st.booleans(),
    renewal_due=st.booleans(),
    categories=st.frozensets(st.sampled_from(["topics", "contact"])),
    asked_at=st.one_of(st.none(), moments),
    request_interval=st.integers(1, 400),
)
PLATFORM_CODES = ["web", "fediverse"]
HANDLES = ["ada@social.example", "ben@social.example"]
contracts = st.builds(
    policy.ContractFacts,
    id=st.one_of(st.none(), st.integers(1, 9)),
    ends=moments,
    handles=st.frozensets(st.tuples(st.sampled_from(PLATFORM_CODES), st.sampled_from(HANDLES))),
)
rules = st.builds(
    policy.Rule,
    id=st.integers(1, 9),
    mode=st.sampled_from(["enforce", "observe", "off"]),
    forbidden=st.booleans(),
    min_age=st.sampled_from([0, 16, 21]),
    at_source=st.booleans(),
    also=st.one_of(st.none(), st.sampled_from(KEYS)),
    countries=st.frozensets(st.sampled_from(["DE", "CH"])),
    tags=st.frozensets(st.integers(1, 3)),
    platforms=st.frozensets(st.sampled_from(PLATFORM_CODES)),
)
terms = st.builds(
    policy.TermsFacts,
    verdict=st.sampled_from([None, "allowed", "imprint_ban", "forbidden", "anything else"]),
    version=st.sampled_from([None, "2026-01"]),
    expires=st.one_of(st.none(), st.dates(date(2020, 1, 1), date(2040, 1, 1))),
    access=st.sampled_from(["open", "login", "closed"]),
    allows_push=st.booleans(),
    allows_answers=st.booleans(),
    demands_consent=st.booleans(),
)
facts = st.builds(
    policy.Facts,
    now=moments,
    consents=st.dictionaries(st.sampled_from(KEYS), consents),
    platform=st.sampled_from([None, *PLATFORM_CODES]),
    terms=st.one_of(st.none(), terms),
    balancing_test=st.booleans(),
    giving=st.just(policy.GivingFacts()),
    contracts=st.dictionaries(
        st.sampled_from(["contract", "monitor"]), st.lists(contracts, max_size=2).map(tuple)
    ),
    handle=st.sampled_from([None, *HANDLES]),
    legal_person=st.booleans(),
    age=st.one_of(st.none(), st.integers(0, 99)),
    rule=rules,
    category=st.sampled_from([None, "topics", "contact"]),
    suppressed=st.sampled_from(["", "address", "handle"]),
)
# What needs no basis of its own: no person is approached, watched or joined with a post by it.
BASELESS_ACTS = {
    "collect",
    "reveal",
    "push",
    "answer",
    "consent",
    "prove",
    "export",
    "contact_post",
    *ASK_ACTS,
}


def given_consent(**changes):
    consent = policy.ConsentFacts(7, "given", NOW + timedelta(days=1), frozenset({"fediverse"}))
    return consent._replace(**changes)


def key_of(act):
    return policy.ACTS[act].purpose, policy.ACTS[act].channel


@pytest.mark.parametrize("act", EXPRESS_ACTS)
def test_an_active_consent_for_exactly_this_purpose_allows(act):
    decision = policy.decide(act, policy.Facts(NOW, {key_of(act): given_consent()}))
    assert decision.allowed
    assert decision.consent == 7


@pytest.mark.parametrize("act", EXPRESS_ACTS)
def test_consent_to_one_purpose_or_channel_never_implies_another(act):
    others = {key: given_consent() for key in KEYS if key != key_of(act)}
    decision = policy.decide(act, policy.Facts(NOW, others))
    assert (decision.allowed, decision.reason) == (False, "never_asked")


@given(act=st.sampled_from(sorted(policy.ACTS.keys() - BASELESS_ACTS)), facts=facts)
def test_nothing_is_allowed_without_consent_contract_or_a_named_exception(act, facts):
    decision = policy.decide(act, facts)
    if not decision.allowed:
        return
    if decision.basis == "consent":
        consent = facts.consents[key_of(act)]
        assert consent.id == decision.consent
        assert consent.state == "given"
        assert consent.valid_until > facts.now
        assert not consent.notice_outdated
        assert facts.platform in (None, *consent.platforms)
        assert facts.category in (None, *consent.categories)
    elif decision.basis == "contract":
        assert act in ("fulfil", "monitor", "match")
        kind = "contract" if act == "fulfil" else "monitor"
        contract = next(one for one in facts.contracts[kind] if one.id == decision.contract)
        assert any(
            one.ends > facts.now
            and (act == "fulfil" or (facts.platform, facts.handle) in one.handles)
            for one in facts.contracts[kind]
        )
        assert contract
    elif decision.basis in ("known", "business", "customer", "presumed"):
        assert policy.ACTS[act].marketing
        assert getattr(facts.approach, decision.basis, True)
        assert decision.basis != "customer" or act == "contact_email"
        assert decision.basis != "presumed" or act == "contact_phone"
    else:
        assert decision.basis == "company"
        assert facts.legal_person
        assert act in ("monitor", "match", "enrich")


@given(act=st.sampled_from(sorted(policy.ACTS)), facts=facts, demand=rules)
def test_what_a_company_demands_never_allows_more_than_the_law(act, facts, demand):
    by_law = policy.decide(act, facts._replace(rule=policy.LAW))
    assert by_law.allowed or not policy.decide(act, facts._replace(rule=demand)).allowed


@pytest.mark.parametrize("demand", ["forbidden", "min_age", "at_source", "also"])
@given(data=st.data())
def test_each_further_demand_never_allows_more(demand, data):
    act = data.draw(st.sampled_from(sorted(policy.ACTS)))
    known = data.draw(facts)
    value = {"forbidden": True, "min_age": 99, "at_source": True, "also": ("enrich", None)}[demand]
    before = known._replace(rule=known.rule._replace(**{demand: getattr(policy.LAW, demand)}))
    after = known._replace(rule=known.rule._replace(**{demand: value}))
    assert policy.decide(act, before).allowed or not policy.decide(act, after).allowed


@given(act=st.sampled_from(sorted(policy.ACTS)), facts=facts, terms=st.one_of(st.none(), terms))
def test_a_platform_that_forbids_is_used_by_no_act_that_names_it(act, facts, terms):
    facts = facts._replace(platform="web", terms=replace(terms or VALID, verdict="forbidden"))
    allowed = policy.decide(act, facts).allowed
    free = {"reveal", "consent", "prove", "export", "fulfil", "contact_post", *ASK_ACTS}
    assert act in free or not allowed


@given(act=st.sampled_from(sorted(policy.ACTS)), facts=facts)
def test_a_refusal_means_nothing_less_than_enforced_at_the_wall(act, facts):
    mode = policy.decide(act, facts).mode
    assert mode == ("enforce" if act in policy.WALL else facts.rule.mode)


@given(act=st.sampled_from(sorted(policy.ACTS)), facts=facts)
def test_the_path_to_a_decision_leads_to_it(act, facts):
    decision, steps = policy.decide(act, facts), policy.trace(act, facts)
    objections = [step for step in steps if step.objection]
    assert [step.objection for step in objections] == ([] if decision else [decision.reason])
    assert [step.rule for step in objections] == ([] if decision else [decision.rule])
    reached = [step for step in steps if step.reached]
    assert decision.allowed == (len(reached) == len(steps) and not objections)


@given(
    rules=st.lists(rules, max_size=4),
    country=st.sampled_from([None, "DE", "CH"]),
    tags=st.frozensets(st.integers(1, 3)),
    platform=st.sampled_from([None, *PLATFORM_CODES]),
)
def test_the_first_rule_that_matches_wins(rules, country, tags, platform):
    def matches(rule):
        return (
            (not rule.countries or country in rule.countries)
            and (not rule.tags or rule.tags & tags)
            and (not rule.platforms or platform in rule.platforms)
        )

    expected = [rule for rule in rules if matches(rule)] + [policy.LAW]
    assert policy.choose_rule(rules, country, tags, platform) is expected[0]


def test_r3_a_monitoring_contract_is_a_basis_for_its_handles_only():
    contract = policy.ContractFacts(3, NOW + timedelta(days=1), frozenset({("web", "ada")}))
    for act in ("monitor", "match"):
        for platform, handle, allowed in (
            ("web", "ada", True),
            ("fediverse", "ada", False),
            ("web", "ben", False),
            ("web", None, False),
        ):
            known = policy.Facts(
                NOW,
                platform=platform,
                terms=VALID,
                handle=handle,
                contracts={"monitor": (contract,)},
            )
            decision = policy.decide(act, known)
            assert (decision.allowed, decision.contract) == (allowed, 3 if allowed else None)


def test_r1_a_contract_serves_its_own_purpose_only():
    running = (policy.ContractFacts(3, NOW + timedelta(days=1), frozenset({(None, None)})),)
    known = policy.Facts(NOW, contracts={"contract": running})
    allowed = {
        act for act in policy.ACTS.keys() - BASELESS_ACTS if policy.decide(act, known).allowed
    }
    assert allowed == {"fulfil"}


def test_r4_a_contract_ends_at_its_last_second():
    for offset, allowed in ((1, True), (0, False), (-1, False)):
        contract = policy.ContractFacts(None, NOW + timedelta(seconds=offset))
        known = policy.Facts(NOW, contracts={"contract": (contract,)})
        decision = policy.decide("fulfil", known)
        assert decision.allowed is allowed
        assert allowed or (decision.reason, decision.rule) == ("no_contract", "R1")


def test_r22_each_act_counts_on_its_platform_until_its_own_end():
    soon, late = NOW + timedelta(days=1), NOW + timedelta(days=9)
    first = policy.GivenOn().after("given", "text", "fediverse", soon)
    both = first.after("given", "text", "web", late)
    assert both.at(NOW) == {"fediverse", "web"}
    assert both.at(soon) == {"web"}, "from its end on it counts no more"
    assert first.after("given", "text", None, late) == first
    assert both.after("given", "text", "web", late) == both
    assert both.after("given", "other", "web", late).at(NOW) == {"web"}
    for state in set(policy.STATES) - {"given"}:
        assert both.after(state, "text", None, late) == policy.GivenOn(), state


def test_r22_a_consent_given_elsewhere_does_not_do_where_the_platform_demands_its_own():
    demanding = replace(VALID, demands_consent=True)
    for given_on, allowed in (
        ({"fediverse"}, True),
        ({"web", "fediverse"}, True),
        ({"web"}, False),
        ((), False),
    ):
        known = {("match", None): given_consent(given_on=frozenset(given_on))}
        decision = policy.decide(
            "match", policy.Facts(NOW, known, platform="fediverse", terms=demanding)
        )
        assert (decision.allowed, decision.reason) == (
            allowed,
            "allowed" if allowed else "not_at_source",
        )
        assert decision.rule == ("R2" if allowed else "R22")


def test_r21_a_kind_of_data_that_the_notice_does_not_name_is_not_written():
    known = {("enrich", None): given_consent(categories=frozenset({"topics"}))}
    for category, allowed in (("topics", True), ("birthday", False)):
        decision = policy.decide("enrich", policy.Facts(NOW, known, category=category))
        assert (decision.allowed, decision.rule) == (allowed, "R21")


def test_r13_nobody_reaches_a_minimum_age_whose_age_nobody_knows():
    known = policy.Facts(NOW, {("match", None): given_consent()}, rule=policy.Rule(min_age=18))
    for age, reason in ((None, "age_not_known"), (17, "too_young"), (18, "allowed")):
        assert policy.decide("match", known._replace(age=age)).reason == reason


@given(
    act=st.sampled_from([act for act in CONSENT_ACTS if act not in ASK_ACTS]),
    facts=facts,
    state=st.sampled_from(policy.STATES),
)
def test_a_restriction_never_allows_more(act, facts, state):
    """Withdrawing, refusing or expiring instead of what was there turns no No into a Yes."""
    before = policy.decide(act, facts)
    consent = facts.consents.get(key_of(act))
    if consent is None or state == "given" or act == "contact_post":
        return
    restricted = {**facts.consents, key_of(act): consent._replace(state=state)}
    after = policy.decide(act, facts._replace(consents=restricted))
    assert before.allowed or not after.allowed


@given(
    act=st.sampled_from([*EXPRESS_ACTS, "fulfil"]), facts=facts, later=st.timedeltas(timedelta(0))
)
def test_time_runs_one_way(act, facts, later):
    """What expired does not come back by waiting."""
    if later > timedelta(days=3650):
        later = timedelta(days=3650)
    if not policy.decide(act, facts).allowed:
        assert not policy.decide(act, facts._replace(now=facts.now + later)).allowed


def test_a_consent_ends_at_its_last_second():
    for offset, expected in ((1, True), (0, False), (-1, False)):
        consent = given_consent(valid_until=NOW + timedelta(seconds=offset))
        decision = policy.decide("match", policy.Facts(NOW, {("match", None): consent}))
        assert decision.allowed is expected
        assert expected or decision.reason == "consent_expired"


def test_r7_a_platform_that_the_notice_does_not_list_is_not_covered():
    known = {("match", None): given_consent()}
    decisions = {
        platform: policy.decide("match", policy.Facts(NOW, known, platform=platform, terms=VALID))
        for platform in ("fediverse", "web")
    }
    assert decisions["fediverse"].allowed
    assert (decisions["web"].allowed, decisions["web"].rule) == (False, "R7")


@pytest.mark.parametrize("act", EXPRESS_ACTS)
def test_r6_a_consent_to_another_purpose_than_todays_is_none(act):
    known = {key_of(act): given_consent(notice_outdated=True)}
    decision = policy.decide(act, policy.Facts(NOW, known))
    assert (decision.allowed, decision.reason) == (False, "notice_outdated")
    assert decision.rule == "R6"


def test_r16_consent_never_replaces_a_platforms_permission():
    known = {("match", None): given_consent()}
    forbidden = replace(VALID, verdict="forbidden")
    facts = policy.Facts(NOW, known, platform="fediverse", terms=forbidden)
    decision = policy.decide("match", facts)
    assert (decision.allowed, decision.rule) == (False, "R16")


def test_r20_customer_data_goes_to_a_platform_only_where_its_terms_say_so():
    for terms, allowed in ((VALID, False), (replace(VALID, allows_push=True), True)):
        decision = policy.decide("push", policy.Facts(NOW, terms=terms))
        assert (decision.allowed, decision.rule) == (allowed, "R20")


def test_r16_answers_go_out_only_where_somebody_read_that_the_terms_allow_it():
    for terms, allowed in ((VALID, False), (replace(VALID, allows_answers=True), True)):
        decision = policy.decide("answer", policy.Facts(NOW, terms=terms))
        assert (decision.allowed, decision.rule) == (allowed, "R16")


def test_r19_a_personal_answer_needs_consent_to_matching():
    assert not policy.decide("reply_personal", policy.Facts(NOW)).allowed
    known = {("match", None): given_consent()}
    assert policy.decide("reply_personal", policy.Facts(NOW, known)).allowed


def test_r23_a_letter_needs_only_that_the_person_has_not_said_no():
    key = ("contact", "post")
    assert policy.decide("contact_post", policy.Facts(NOW)).allowed
    for state in ("refused", "withdrawn"):
        known = {key: given_consent(state=state)}
        assert not policy.decide("contact_post", policy.Facts(NOW, known)).allowed


@given(act=st.sampled_from(["contact_email", "contact_sms", "contact_phone"]), facts=facts)
def test_r8_whoever_is_on_a_blacklist_gets_no_advertising_on_any_basis(act, facts):
    decision = policy.decide(act, facts._replace(blocked=True))
    assert not decision.allowed or decision.basis in ("known", "business")


@given(act=st.sampled_from(sorted({*CONSENT_ACTS, *ASK_ACTS})), facts=facts)
def test_whoever_objected_comes_back_by_an_own_yes_only_and_a_handle_not_at_all(act, facts):
    decision = policy.decide(act, facts)
    if not facts.suppressed or not decision.allowed or decision.basis in ("known", "business"):
        return
    consent = facts.consents.get(key_of(act))
    assert facts.suppressed == "address"
    assert policy.effective_state(consent.state, consent.valid_until, facts.now) == "given"


def test_r23_a_letter_rests_on_a_consent_only_where_there_is_one():
    for changes, basis in (
        ({}, "consent"),
        ({"state": "requested"}, ""),
        ({"valid_until": NOW}, ""),
    ):
        known = {("contact", "post"): given_consent(**changes)}
        assert policy.decide("contact_post", policy.Facts(NOW, known)).basis == basis
    assert policy.decide("contact_post", policy.Facts(NOW)).basis == ""


def test_there_is_an_act_of_asking_for_each_purpose_and_channel():
    assert len(ASK_ACTS) == len(KEYS) == 8
    assert {key_of(act) for act in ASK_ACTS} == set(KEYS)
    assert set(ASK_ACTS) <= policy.WALL


@given(act=st.sampled_from(ASK_ACTS), facts=facts)
def test_r8_r9_nobody_is_asked_who_said_no_or_was_asked_lately_or_consented(act, facts):
    consent = facts.consents.get(key_of(act))
    allowed = policy.decide(act, facts).allowed
    stopped = facts.rule.forbidden or facts.blocked
    if consent is None:
        assert allowed == (not stopped and not facts.suppressed)
        return
    valid = policy.effective_state(consent.state, consent.valid_until, facts.now) == "given"
    if facts.suppressed == "handle" or (facts.suppressed and not valid):
        assert not allowed
        return
    pause = timedelta(days=consent.request_interval)
    lately = consent.asked_at is not None and facts.now < consent.asked_at + pause
    unknown = consent.state == "requested" and consent.asked_at is None
    left = consent.valid_until - facts.now
    assert allowed == (
        not stopped
        and consent.state not in ("refused", "withdrawn")
        and not lately
        and not unknown
        and not (
            consent.state == "given"
            and left > timedelta(days=policy.RENEWAL_DAYS)
            and not (consent.notice_outdated or consent.renewal_due)
        )
    )


@pytest.mark.parametrize("act", ASK_ACTS)
def test_r9_the_first_question_needs_no_consent_and_the_next_its_pause(act):
    assert policy.decide(act, policy.Facts(NOW)).allowed
    for days, allowed in ((89, False), (90, True)):
        consent = given_consent(state="requested", asked_at=NOW - timedelta(days=days))
        decision = policy.decide(act, policy.Facts(NOW, {key_of(act): consent}))
        assert (decision.allowed, decision.rule) == (allowed, "R9")


@given(terms=st.one_of(st.none(), terms), balancing_test=st.booleans(), now=moments)
def test_r14_r15_r16_a_source_collects_on_valid_terms_and_a_balancing_test_only(
    terms, balancing_test, now
):
    facts = policy.Facts(now, terms=terms, balancing_test=balancing_test)
    allowed = policy.decide("collect", facts).allowed
    assert allowed == bool(
        terms
        and terms.verdict in ("allowed", "imprint_ban")
        and terms.version
        and terms.expires
        and terms.expires >= now.date()
        and terms.access != "closed"
        and not (terms.verdict == "imprint_ban" and terms.access == "login")
        and balancing_test
    )


def test_the_platform_layer_speaks_before_the_others():
    forbidden = replace(VALID, verdict="forbidden")
    facts = policy.Facts(NOW, {}, platform="fediverse", terms=forbidden)
    assert policy.decide("match", facts).rule == "R16"


def test_an_act_that_nobody_knows_is_never_allowed():
    with pytest.raises(KeyError):
        policy.decide("contact_pigeon", policy.Facts(NOW))


def test_every_state_can_be_left_except_by_nothing():
    for state in policy.STATES:
        assert policy.consent_states.TRANSITIONS[state] <= set(policy.STATES)
    with pytest.raises(policy.InvalidTransition):
        policy.check_transition("withdrawn", "withdrawn")
    with pytest.raises(policy.InvalidTransition):
        policy.check_transition(None, "withdrawn")


@given(own=st.sampled_from(policy.STATES), other=st.sampled_from(policy.STATES))
def test_merged_records_never_allow_more_than_either(own, other):
    def merged(first, second):
        moved = policy.move_to_merged(first, second)
        if moved:
            policy.check_transition(first, moved)
        return moved or first

    after = merged(own, other)
    assert (after == "given") == (own == other == "given")
    no = set(policy.NO_STATES)
    assert (after in no) == bool({own, other} & no)
    assert (merged(other, own) in no) == (after in no), "whichever is kept"


# From each state (rows) to each (columns, in the order of policy.STATES): requested, given, refused,
# withdrawn, expired, invalidated.
MOVES = {
    None: "yyy---",
    "requested": "yyyyyy",
    "given": "-y-yyy",
    "refused": "yy----",
    "withdrawn": "yy----",
    "expired": "yy-y-y",
    "invalidated": "yyy---",
}


@pytest.mark.parametrize("before", MOVES)
def test_the_table_of_moves_is_the_one_that_was_agreed(before):
    for after, expected in zip(policy.STATES, MOVES[before], strict=True):
        if expected == "y":
            policy.check_transition(before, after)
        else:
            with pytest.raises(policy.InvalidTransition):
                policy.check_transition(before, after)


@pytest.mark.parametrize("number", range(1, 26))
def test_every_rule_is_kept_by_something_that_exists(number):
    addon = "odoo.addons.social_consent_monitoring"
    entry = policy.RULEBOOK[number]
    assert entry.kept_by
    for name in entry.kept_by:
        folder, file, *path = name.split(".")
        place = importlib.import_module(f"{addon}.{folder}.{file}")
        for part in path:
            place = getattr(place, part)
        assert callable(place)


def test_every_numbered_function_stands_in_the_rulebook():
    named = {name for entry in policy.RULEBOOK.values() for name in entry.kept_by}
    deciding = {rule for act in policy.ACTS.values() for rule in act.rules}
    for rule in deciding:
        number = rule.__name__.split("_")[1] if rule.__name__.startswith("rule_") else None
        if number and not rule.__name__.endswith("_where_named"):
            assert f"policy.rules.{rule.__name__}" in policy.RULEBOOK[int(number)].kept_by
            assert f"policy.rules.{rule.__name__}" in named
