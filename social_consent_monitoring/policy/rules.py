"""The rules that decide, each a small numbered function, and the acts that they decide about.

A rule takes the act and the facts and returns the code of its objection, or None. Rules run in
the order of the layers platform, person, basis, action; the first objection wins.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .consent_states import effective_state

# Every verdict that lets a source run. A ban that stands in an imprint only was never accepted
# by anybody: it warns, and does not bind (rule 16).
PERMITTING_VERDICTS = {"allowed", "imprint_ban"}


@dataclass(frozen=True)
class Act:
    """Something that somebody wants to do.

    ``rule`` is the number that is named when the act is allowed, or when its basis is missing;
    ``purpose`` and ``channel`` name the consent that it needs.
    """

    rule: str
    rules: tuple[Callable, ...] = ()
    basis: Callable | None = None
    purpose: str | None = None
    channel: str | None = None


def rule_16_terms(act, facts):
    """R16: no collecting without a valid verdict on the platform's terms."""
    terms = facts.terms
    if terms is None or terms.verdict is None:
        return "terms_unreviewed"
    if terms.verdict not in PERMITTING_VERDICTS:
        return "terms_forbidden"
    if terms.expires is None or terms.expires < facts.now.date():
        return "terms_expired"
    return None


def rule_15_not_closed(act, facts):
    """R15: closed profiles and friends' circles are taboo."""
    return "platform_closed" if facts.terms is None or facts.terms.access == "closed" else None


def rule_14_balancing_test(act, facts):
    """R14: general monitoring rests on a recorded balancing test (GDPR Art. 6(1)(f))."""
    return None if facts.balancing_test else "no_balancing_test"


def rule_7_listed(act, facts):
    """R7: what the notice does not list is not covered by the consent given to it."""
    consent = facts.consents.get((act.purpose, act.channel))
    if facts.platform and consent and facts.platform not in consent.platforms:
        return "platform_not_listed"
    return None


def consent_given(act, facts):
    """R2, R6 to R12, R21, R23: an active consent for exactly this purpose and channel."""
    consent = facts.consents.get((act.purpose, act.channel))
    if consent is None:
        return "never_asked"
    state = effective_state(consent.state, consent.valid_until, facts.now)
    return None if state == "given" else f"consent_{state}"


def not_objected(act, facts):
    """R23: a letter needs only that the person has not said no."""
    consent = facts.consents.get((act.purpose, act.channel))
    if consent and consent.state in ("refused", "withdrawn"):
        return f"consent_{consent.state}"
    return None


def _consent_act(rule, purpose, channel=None):
    return Act(rule, (rule_7_listed,), consent_given, purpose, channel)


ACTS = {
    "collect": Act("R16", (rule_16_terms, rule_15_not_closed, rule_14_balancing_test)),
    "monitor": _consent_act("R24", "monitor"),
    "match": _consent_act("R2", "match"),
    "enrich": _consent_act("R21", "enrich"),
    "contact_email": _consent_act("R23", "contact", "email"),
    "contact_sms": _consent_act("R23", "contact", "sms"),
    "contact_phone": _consent_act("R23", "contact", "phone"),
    "contact_social": _consent_act("R23", "contact", "social"),
    "contact_post": Act("R23", basis=not_objected, purpose="contact", channel="post"),
}

# The wall has no switch: an administrator can neither observe nor turn off these acts' rules.
WALL = frozenset({"collect", "monitor", "match", "enrich"})
