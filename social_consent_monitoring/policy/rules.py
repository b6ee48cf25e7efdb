"""The rules that decide, each a small function, and the acts that they decide about.

A rule takes the act and the facts and returns the code of its objection, or None. The rules of
an act stand in the order of the layers platform, person, basis, action; the first "no" wins. A
platform's permission never replaces consent, nor consent a platform's permission.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps

from .consent_states import CHANNELS, NO_STATES, PURPOSES, effective_state, needs_channel

# Below it a guardian consents (GDPR Art. 8; Germany set no lower age).
AGE_OF_CONSENT = 16
ADULT = 18

# Every verdict that lets a platform be used. A ban that stands in an imprint only was never
# accepted by anybody: it warns, and does not bind (rule 16).
PERMITTING_VERDICTS = {"allowed", "imprint_ban"}
# Whose consent ends sooner may be asked to renew it: early enough that the answer comes in time,
# late enough that nobody is asked again about what was just agreed to. The lists' filters and the
# reason "ask_valid" say it in their own words; a test holds them to this.
RENEWAL_DAYS = 30


@dataclass(frozen=True)
class Act:
    """Something that somebody wants to do.

    ``rule`` is the number that is named when the act is allowed, or when its basis is missing;
    ``purpose`` and ``channel`` name the consent that it needs; ``contract`` the kind of contract
    that is a basis as well; ``free_for_companies``: a legal person may be told apart, since it
    is no data subject (GDPR recital 14). ``marketing``: a way to approach a person, of which
    not each use is advertising. ``sent_by``: the channel by which it reaches the person, where
    that is not the one of the consent.
    """

    rule: str
    rules: tuple[Callable, ...] = ()
    purpose: str | None = None
    channel: str | None = None
    contract: str | None = None
    free_for_companies: bool = False
    marketing: bool = False
    sent_by: str | None = None

    @property
    def reached_by(self):
        """Return the channels whose lists must not hold the person (rule 8)."""
        return {self.channel, self.sent_by} - {None}


def find_no_marketing(act, facts):
    """Return "known" or "business" where a user's message or call is no advertising; else None.

    An answer to somebody who wrote first must always pass (rule 23). A cold lead is advertised
    to, whatever is said.
    """
    approach = facts.approach
    if not act.marketing or approach.kind != "first":
        return None
    if approach.known:
        return "known"
    return "business" if approach.stated == "business" and not approach.cold else None


def find_exception(act, facts):
    """Return the name of the exception by which the law allows marketing without consent.

    Existing customers by e-mail (UWG section 7(3)), calls to businesses (section 7(2) no. 1);
    neither holds against a "no".
    """
    if not act.marketing or _said_no(act, facts):
        return None
    if act.channel == "email" and facts.approach.customer:
        return "customer"
    return "presumed" if act.channel == "phone" and facts.approach.presumed else None


def find_other_basis(act, facts):
    """Return (basis, contract or None) where the act rests on no consent; else None."""
    if basis := find_exception(act, facts):
        return basis, None
    if act.free_for_companies and facts.legal_person:
        return "company", None
    for contract in facts.contracts.get(act.contract, ()):
        covers = act.contract != "monitor" or (facts.platform, facts.handle) in contract.handles
        if covers and contract.ends > facts.now:
            return "contract", contract
    return None


def where_consent_is_the_basis(rule):
    """Let a rule on the consent rest where the act rests on a contract, or concerns a company."""

    @wraps(rule)
    def asked(act, facts):
        return None if find_other_basis(act, facts) else rule(act, facts)

    return asked


def where_it_is_marketing(rule):
    """Let a rule on direct marketing rest where the message or call is none."""

    @wraps(rule)
    def asked(act, facts):
        return None if find_no_marketing(act, facts) else rule(act, facts)

    return asked


def rule_1_contract(act, facts):
    """R1, R4: customer data serve the contract, while it runs, and nothing else without consent."""
    return None if find_other_basis(act, facts) else "no_contract"


def company_forbids(act, facts):
    """The company's own rule: never, whatever the basis."""
    return "company_forbids" if facts.rule.forbidden else None


def rule_13_old_enough(act, facts):
    """R13: the company's own minimum age; where nobody knows the age it is not reached."""
    if not facts.rule.min_age or facts.legal_person:
        return None
    if facts.age is None:
        return "age_not_known"
    return "too_young" if facts.age < facts.rule.min_age else None


def also_consented(act, facts):
    """The company's own rule: one more consent is demanded."""
    if not facts.rule.also or (act.free_for_companies and facts.legal_person):
        return None
    consent = facts.consents.get(facts.rule.also)
    if consent is None or consent.notice_outdated:
        return "also_missing"
    given = effective_state(consent.state, consent.valid_until, facts.now) == "given"
    return None if given else "also_missing"


@where_consent_is_the_basis
def rule_22_given_at_the_source(act, facts):
    """R22: a platform, or the company, may take only a consent that was given on the platform."""
    demands = facts.rule.at_source or (facts.terms is not None and facts.terms.demands_consent)
    if not demands:
        return None
    consent = facts.consents.get((act.purpose, act.channel))
    given_on = consent.given_on if consent else frozenset()
    if facts.platform:
        return None if facts.platform in given_on else "not_at_source"
    return None if given_on else "not_at_source"


def rule_16_terms(act, facts):
    """R16: no use of a platform without a valid verdict on its terms.

    A valid verdict names the version that was read, and ends. A ban in an imprint binds nobody,
    but whoever logs in has accepted terms: of these the verdict has to speak.
    """
    terms = facts.terms
    if terms is None or not terms.verdict or not terms.version:
        return "terms_unreviewed"
    if terms.verdict not in PERMITTING_VERDICTS:
        return "terms_forbidden"
    if terms.verdict == "imprint_ban" and terms.access == "login":
        return "terms_accepted"
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


def rule_16_answers_allowed(act, facts):
    """R16: answers are sent from here only where somebody read that the terms allow it."""
    return None if facts.terms and facts.terms.allows_answers else "answers_forbidden"


def ends_soon(valid_until, now):
    """Tell whether a consent that ends then is worth renewing (naive UTC)."""
    return valid_until - now <= timedelta(days=RENEWAL_DAYS)


def _said_no(act, facts):
    """Return "refused" or "withdrawn" where the person said no to this, else None."""
    consent = facts.consents.get((act.purpose, act.channel))
    return consent.state if consent and consent.state in NO_STATES else None


@where_consent_is_the_basis
def rule_7_listed(act, facts):
    """R7: what the notice does not list is not covered by the consent given to it."""
    consent = facts.consents.get((act.purpose, act.channel))
    if facts.platform and consent and facts.platform not in consent.platforms:
        return "platform_not_listed"
    return None


@where_consent_is_the_basis
def rule_21_category_named(act, facts):
    """R21: what the notice does not name is not written into the customer's record."""
    consent = facts.consents.get((act.purpose, act.channel))
    if facts.category and consent and facts.category not in consent.categories:
        return "category_not_named"
    return None


@where_consent_is_the_basis
def rule_23_first_contact(act, facts):
    """R23: the first contact is advertising, until somebody says what it is; with a cold lead always.

    Whoever has decided already is judged by that.
    """
    if facts.approach.stranger:
        return "nobody"
    consent = facts.consents.get((act.purpose, act.channel))
    undecided = consent is None or consent.state == "requested"
    if facts.approach.kind != "first" or not undecided:
        return None
    if facts.approach.cold:
        return "cold_lead"
    return None if facts.approach.stated else "first_contact"


@where_consent_is_the_basis
def consent_given(act, facts):
    """R2, R6 to R12, R19, R21, R23, R24: an active consent for exactly this purpose and channel."""
    consent = facts.consents.get((act.purpose, act.channel))
    if consent is None:
        return "never_asked"
    state = effective_state(consent.state, consent.valid_until, facts.now)
    return None if state == "given" else f"consent_{state}"


@where_consent_is_the_basis
def rule_6_same_purpose(act, facts):
    """R6: a consent is given to the purpose explained; to another one it was never given."""
    consent = facts.consents.get((act.purpose, act.channel))
    return "notice_outdated" if consent and consent.notice_outdated else None


def not_suppressed(act, facts):
    """R8, GDPR Art. 17 and 21: whoever objected, or was erased, does not come back with an import.

    Recognised by a keyed hash, so perhaps somebody else with the same address: who consents
    counts as oneself. A handle is nobody else's. Where the person's own "no" is on record, that
    says it in better words.
    """
    if not facts.suppressed:
        return None
    consent = facts.consents.get((act.purpose, act.channel))
    if consent and facts.suppressed == "address":
        if effective_state(consent.state, consent.valid_until, facts.now) == "given":
            return None
    if _said_no(act, facts) and not find_other_basis(act, facts):
        return None
    return "suppressed"


def not_objected(act, facts):
    """R23: a letter needs only that the person has not said no."""
    state = _said_no(act, facts)
    return f"consent_{state}" if state else None


def rule_13_age_known(act, facts):
    """R13: where the notice asks for the age, an unknown one is not enough."""
    giving = facts.giving
    return "age_unknown" if giving is None or (giving.asks_age and giving.age is None) else None


def rule_13_guardian(act, facts):
    """R13: for a person under 16 the guardian consents (GDPR Art. 8); a company may ask for more."""
    age, limit = facts.giving.age, max(AGE_OF_CONSENT, facts.rule.min_age)
    if age is not None and age < limit and not facts.giving.has_guardian:
        return "guardian_missing"
    return None


def rule_12_signed_off(act, facts):
    """R12: an incentive is offered only after a lawyer has looked at it."""
    giving = facts.giving
    if giving.has_incentive and not giving.incentive_signed_off:
        return "incentive_not_signed_off"
    return None


def rule_13_incentive_for_adults(act, facts):
    """R13: no incentive under 18, and none where nobody knows the age."""
    giving = facts.giving
    if giving.has_incentive and (giving.age is None or giving.age < ADULT):
        return "incentive_for_minor"
    return None


def rule_8_not_blocked(act, facts):
    """R8: an address or number on Odoo's list is a no, until somebody has settled it."""
    return "blocked" if facts.blocked else None


def rule_8_no_is_respected(act, facts):
    """R8: who refused, withdrew or objected is not asked again; that person may come back."""
    state = _said_no(act, facts)
    return f"ask_{state}" if state else None


def rule_9_not_while_valid(act, facts):
    """R9: who consented is asked again only when the consent is about to end, or the text changed."""
    consent = facts.consents.get((act.purpose, act.channel))
    if consent is None or consent.state != "given":
        return None
    if consent.notice_outdated or consent.renewal_due:
        return None
    return None if ends_soon(consent.valid_until, facts.now) else "ask_valid"


def rule_9_not_too_often(act, facts):
    """R9: silence is no consent, and asking until somebody gives in is no free consent."""
    consent = facts.consents.get((act.purpose, act.channel))
    if consent is None:
        return None
    if consent.asked_at is None:
        # Asked, and nobody knows when: deny when in doubt.
        return "ask_recently" if consent.state == "requested" else None
    pause = timedelta(days=consent.request_interval)
    return "ask_recently" if facts.now - consent.asked_at < pause else None


def _ask_act(purpose, channel):
    rules = (
        company_forbids,
        not_suppressed,
        rule_8_no_is_respected,
        rule_8_not_blocked,
        rule_9_not_while_valid,
        rule_9_not_too_often,
    )
    # Asking goes by e-mail, whatever it asks for.
    return Act("R9", rules, purpose, channel, sent_by="email")


def get_ask_act(purpose, channel=None):
    """Return the code of the act of asking for this consent."""
    return f"ask_{purpose}_{channel}" if channel else f"ask_{purpose}"


# The order of the layers: platform, person, basis, action.
PERSON_RULES = (
    rule_16_terms_where_named,
    not_suppressed,
    company_forbids,
    rule_13_old_enough,
    consent_given,
    rule_6_same_purpose,
    rule_7_listed,
    rule_21_category_named,
    rule_22_given_at_the_source,
    also_consented,
)


# Telling a person something by this channel: advertising, or not.
APPROACH_RULES = tuple(
    where_it_is_marketing(each)
    for rule in (*PERSON_RULES, rule_8_not_blocked)
    for each in ((rule_23_first_contact, rule) if rule is consent_given else (rule,))
)


def needs_consent(act):
    """Tell whether an act needs consent, where it is not excepted."""
    return any(rule.__name__ == consent_given.__name__ for rule in act.rules)


def _approach_act(channel):
    return Act("R23", APPROACH_RULES, "contact", channel, marketing=True)


def _consent_act(rule, purpose, channel=None, **bases):
    return Act(rule, PERSON_RULES, purpose, channel, **bases)


ASK_ACTS = {
    get_ask_act(purpose, channel): _ask_act(purpose, channel)
    for purpose in PURPOSES
    for channel in (CHANNELS if needs_channel(purpose) else (None,))
}
ACTS = {
    **ASK_ACTS,
    "collect": Act(
        "R16", (rule_16_terms, company_forbids, rule_15_not_closed, rule_14_balancing_test)
    ),
    "reveal": Act("R14", (company_forbids,)),
    "consent": Act(
        "R9",
        (rule_13_age_known, rule_13_guardian, rule_12_signed_off, rule_13_incentive_for_adults),
    ),
    "prove": Act("R5"),
    "export": Act("R11"),
    "answer": Act(
        "R16", (rule_16_terms, company_forbids, rule_15_not_closed, rule_16_answers_allowed)
    ),
    "push": Act("R20", (rule_16_terms, company_forbids, rule_20_push_allowed)),
    "fulfil": Act("R1", (company_forbids, rule_1_contract), contract="contract"),
    "monitor": _consent_act("R24", "monitor", contract="monitor", free_for_companies=True),
    "match": _consent_act("R2", "match", contract="monitor", free_for_companies=True),
    "enrich": _consent_act("R21", "enrich", free_for_companies=True),
    "reply_personal": _consent_act("R19", "match"),
    "lead": _consent_act("R23", "contact", "social"),
    "contact_email": _approach_act("email"),
    "contact_sms": _approach_act("sms"),
    "contact_phone": _approach_act("phone"),
    "contact_social": _approach_act("social"),
    "contact_post": Act(
        "R23",
        (not_suppressed, company_forbids, rule_13_old_enough, not_objected, also_consented),
        "contact",
        "post",
    ),
}

# The wall has no switch: an administrator can neither observe nor turn off these acts' rules.
WALL = frozenset(
    {
        "collect",
        "reveal",
        "consent",
        "prove",
        "export",
        "monitor",
        "match",
        "enrich",
        "push",
        "answer",
        "fulfil",
        "lead",
        *ASK_ACTS,
    }
)
