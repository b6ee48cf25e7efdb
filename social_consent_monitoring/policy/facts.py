"""What a decision is made from, and the decision itself.

Named tuples where there may be a hundred thousand: they are made three times as fast.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple


class ConsentFacts(NamedTuple):
    """One consent as recorded. Times are naive UTC; ``platforms`` are platform codes.

    ``asked_at`` is when the person was last asked, ``request_interval`` the days until that may
    happen again. ``notice_outdated``: a later version of its notice names another
    purpose; ``renewal_due``: another purpose or another extent. ``given_on`` are the
    platforms on which it was given (rule 22), none if elsewhere; ``categories`` are codes of the kinds of data
    that its notice names.
    """

    id: int
    state: str
    valid_until: datetime
    platforms: frozenset[str] = frozenset()
    asked_at: datetime | None = None
    request_interval: int = 90
    notice_outdated: bool = False
    renewal_due: bool = False
    given_on: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()


class ContractFacts(NamedTuple):
    """One contract as a basis (rules 1, 3, 4). ``ends`` is naive UTC; a ``NO_END`` if open.

    ``handles`` holds pairs of platform code and handle, in lower case: a monitoring service is a
    basis for these only. ``id`` is None where the contract is an order.
    """

    id: int | None
    ends: datetime
    handles: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class TermsFacts:
    """A platform's terms as a person judged them (rule 16), and how its content is reached.

    ``demands_consent``: it takes only a consent that was given on it (rule 22).
    ``allows_answers``: programs may publish answers there.
    """

    verdict: str | None = None
    version: str | None = None
    expires: date | None = None
    access: str = "open"
    allows_push: bool = False
    demands_consent: bool = False
    allows_answers: bool = False


class ApproachFacts(NamedTuple):
    """What is known where somebody is about to be written to or called (rule 23).

    ``kind``: "marketing", or "first": a user's own message or call, which is advertising unless
    the person is known. ``known``: wrote or called first, or has an order, invoice, bill or
    ticket. ``stated``: "business" or "advertising", as a user said once. ``cold``: a lead who
    never turned to the company. ``customer``: what an existing customer may get without consent
    is recorded, and this message is about similar goods (UWG section 7(3)). ``presumed``: a
    business whose consent to calls was presumed, with a reason (UWG section 7(2) no. 1).
    ``stranger``: nobody is known who has this address or number.
    """

    kind: str = "marketing"
    known: bool = False
    stated: str | None = None
    cold: bool = False
    customer: bool = False
    presumed: bool = False
    stranger: bool = False


# What holds of whoever nobody knows anything of.
ADVERTISING = ApproachFacts()


@dataclass(frozen=True)
class GivingFacts:
    """What is known of a person who consents: ``age`` in years at that moment, None if unknown."""

    age: int | None = None
    asks_age: bool = False
    has_guardian: bool = False
    has_incentive: bool = False
    incentive_signed_off: bool = False


class Rule(NamedTuple):
    """What an administrator set for an act. The conditions are ``countries`` (ISO codes),
    ``tags`` (ids) and ``platforms`` (codes), each empty for "any".

    ``also`` is one more (purpose, channel) that has to be consented to; ``min_age`` is in years.
    """

    id: int | None = None
    mode: str = "enforce"
    forbidden: bool = False
    min_age: int = 0
    at_source: bool = False
    also: tuple[str, str | None] | None = None
    countries: frozenset[str] = frozenset()
    tags: frozenset[int] = frozenset()
    platforms: frozenset[str] = frozenset()

    def demands_more(self):
        """Tell whether this rule demands more than the law does."""
        return bool(self.forbidden or self.min_age or self.at_source or self.also)


# What holds where no rule matches: the law, and nothing more.
LAW = Rule()


class Facts(NamedTuple):
    """All that a decision about one record may look at.

    ``consents`` maps (purpose, channel) to the consent recorded for it, channel ``None`` where
    the purpose has none; ``contracts`` maps "contract" and "monitor" to the contracts that run.
    ``platform`` is the code of the platform that the act concerns, ``handle`` the author's, in
    lower case, ``category`` the code of the kind of data that is written. ``legal_person``: a
    company, which is no data subject, where the setting says so. ``age`` is in years, at least
    that many; None if nobody knows. ``approach``: see there. ``blocked``: the person's address or number
    is on the list of Odoo that stops the act's channel. ``suppressed``: somebody who had the same
    "address" (or number), or the very "handle", objected to this or was erased; else "".
    """

    now: datetime
    consents: Mapping[tuple[str, str | None], ConsentFacts] = MappingProxyType({})
    platform: str | None = None
    terms: TermsFacts | None = None
    balancing_test: bool = False
    giving: GivingFacts | None = None
    contracts: Mapping[str, tuple[ContractFacts, ...]] = MappingProxyType({})
    handle: str | None = None
    legal_person: bool = False
    age: int | None = None
    rule: Rule = LAW
    category: str | None = None
    approach: ApproachFacts = ADVERTISING
    blocked: bool = False
    suppressed: str = ""


class Decision(NamedTuple):
    """The answer: ``reason`` is a code, ``rule`` its number.

    An act that is allowed rests on ``basis``: "consent", "contract", "company" (a legal
    person), "known" or "business" (no advertising), "customer" (UWG section 7(3)) or "presumed"
    (UWG section 7(2)); empty where it needs none. ``consent`` and ``contract`` are the ids that were looked
    at. ``mode`` says what a refusal means: "enforce", "observe" or "off".
    """

    allowed: bool
    reason: str
    rule: str
    consent: int | None = None
    contract: int | None = None
    basis: str = ""
    mode: str = "enforce"

    def __bool__(self):
        return self.allowed


class Step(NamedTuple):
    """One rule on the path to a decision: its name, its number, and what it objected to.

    ``reached``: False for those after the first "no".
    """

    name: str
    rule: str
    objection: str | None
    reached: bool
