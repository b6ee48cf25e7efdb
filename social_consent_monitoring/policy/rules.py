"""The rules that decide, each a small function, and the acts that they decide about.

A rule takes the act and the facts and returns the code of its objection, or None. The rules of
an act stand in the order of the layers platform, person, basis, action; the first "no" wins. A
platform's permission never replaces consent, nor consent a platform's permission.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .consent_states import effective_state

# Every verdict that lets a platform be used. A ban that stands in an imprint only was never
# accepted by anybody: it warns, and does not bind (rule 16).
PERMITTING_VERDICTS = {"allowed", "imprint_ban"}


@dataclass(frozen=True)
class Act:
    """Something that somebody wants to do.

    ``rule`` is the number that is named when the act is allowed, or when its basis is missing;
    ``purpose`` and ``channel`` name the consent that it needs.
    """

    rule: str
    rules: tuple[Callable, ...] = ()
    purpose: str | None = None
    channel: str | None = None


def rule_16_terms(act, facts):
    """R16: no use of a platform without a valid verdict on its terms.

    A valid verdict names the version that was read, and ends.
    """
    terms = facts.terms
    if terms is None or not terms.verdict or not terms.version:
        return "terms_unreviewed"
    if terms.verdict not in PERMITTING_VERDICTS:
        return "terms_forbidden"
    if terms.expires is None or terms.expires < facts.now.date():
        return "terms_expired"
    return None


def rule_16_terms_where_named(act, facts):
    """R16, for acts that may concern a platform and may not."""
    return rule_16_terms(act, facts) if facts.platform else None


def rule_15_not_closed(act, facts):
    """R15: closed profiles and friends' circles are taboo."""
    return "platform_closed" if facts.terms is None or facts.terms.access == "closed" else None


def rule_14_balancing_test(act, facts):
    """R14: general monitoring rests on a recorded balancing test (GDPR Art. 6(1)(f))."""
    return None if facts.balancing_test else "no_balancing_test"


def rule_20_push_allowed(act, facts):
    """R20: customer data goes to a platform only where its terms allow that expressly."""
    return None if facts.terms and facts.terms.allows_push else "push_forbidden"


def rule_7_listed(act, facts):
    """R7: what the notice does not list is not covered by the consent given to it."""
    consent = facts.consents.get((act.purpose, act.channel))
    if facts.platform and consent and facts.platform not in consent.platforms:
        return "platform_not_listed"
    return None


def consent_given(act, facts):
    """R2, R6 to R12, R19, R21, R23, R24: an active consent for exactly this purpose and channel."""
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
    rules = (rule_16_terms_where_named, consent_given, rule_7_listed)
    return Act(rule, rules, purpose, channel)


ACTS = {
    "collect": Act("R16", (rule_16_terms, rule_15_not_closed, rule_14_balancing_test)),
    "reveal": Act("R14"),
    "prove": Act("R5"),
    "push": Act("R20", (rule_16_terms, rule_20_push_allowed)),
    "monitor": _consent_act("R24", "monitor"),
    "match": _consent_act("R2", "match"),
    "enrich": _consent_act("R21", "enrich"),
    "reply_personal": _consent_act("R19", "match"),
    "lead": _consent_act("R23", "contact", "social"),
    "contact_email": _consent_act("R23", "contact", "email"),
    "contact_sms": _consent_act("R23", "contact", "sms"),
    "contact_phone": _consent_act("R23", "contact", "phone"),
    "contact_social": _consent_act("R23", "contact", "social"),
    "contact_post": Act("R23", (not_objected,), "contact", "post"),
}

# The wall has no switch: an administrator can neither observe nor turn off these acts' rules.
WALL = frozenset({"collect", "reveal", "prove", "monitor", "match", "enrich", "push", "lead"})
