"""The decision function: nothing else in the product decides."""

from .facts import Decision
from .rules import ACTS


def decide(act, facts):
    """Decide whether ``act`` (a code of ``ACTS``) is allowed on these facts.

    :raises KeyError: for an act that no rule knows, so that a typing error never allows anything
    """
    definition = ACTS[act]
    consent = facts.consents.get((definition.purpose, definition.channel))
    consent_id = consent.id if consent else None
    for rule in definition.rules:
        objection = rule(definition, facts)
        if objection:
            return Decision(False, objection, _number(rule, definition), consent_id)
    return Decision(True, "allowed", definition.rule, consent_id)


def _number(rule, definition):
    """Return "R16" for ``rule_16_terms``, and the act's own number for the basis of an act."""
    name = rule.__name__
    return "R" + name.split("_")[1] if name.startswith("rule_") else definition.rule
