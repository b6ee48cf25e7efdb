"""The decision function: nothing else in the product decides."""

from functools import cache

from .consent_states import effective_state
from .facts import Decision, Step
from .rules import ACTS, WALL, find_no_marketing, find_other_basis


def decide(act, facts):
    """Decide whether ``act`` (a code of ``ACTS``) is allowed on these facts.

    :raises KeyError: for an act that no rule knows, so that a typing error never allows anything
    """
    definition = ACTS[act]
    mode = "enforce" if act in WALL else facts.rule.mode
    consent = facts.consents.get((definition.purpose, definition.channel))
    consent_id = consent.id if consent else None
    for rule in definition.rules:
        objection = rule(definition, facts)
        if objection:
            number = get_number(rule) or definition.rule
            return Decision(False, objection, number, consent_id, mode=mode)
    basis, contract = find_no_marketing(definition, facts), None
    if not basis:
        basis, contract = find_other_basis(definition, facts) or (None, None)
    if not basis:
        basis = "consent" if is_given(consent, facts.now) else ""
    contract_id = contract.id if contract else None
    return Decision(True, "allowed", definition.rule, consent_id, contract_id, basis, mode)


def is_given(consent, now):
    """Tell whether an act rests on this consent: a letter needs none, and may go without."""
    return bool(consent) and effective_state(consent.state, consent.valid_until, now) == "given"


def trace(act, facts):
    """Return the path to the decision: a ``Step`` for each rule of the act, in their order."""
    definition = ACTS[act]
    steps = []
    for rule in definition.rules:
        reached = not any(step.objection for step in steps)
        objection = rule(definition, facts) if reached else None
        number = get_number(rule) or definition.rule
        steps.append(Step(get_name(rule), number, objection, reached))
    return steps


@cache
def get_number(rule):
    """Return "R16" for ``rule_16_terms``; None for a rule that asks for the act's own basis."""
    name = rule.__name__
    return "R" + name.split("_")[1] if name.startswith("rule_") else None


def get_name(rule):
    """Return "terms" for ``rule_16_terms``."""
    name = rule.__name__
    return name.split("_", 2)[2] if name.startswith("rule_") else name
