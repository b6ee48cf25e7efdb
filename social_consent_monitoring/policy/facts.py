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
    purpose; ``renewal_due``: another purpose or another extent.
    """

    id: int
    state: str
    valid_until: datetime
    platforms: frozenset[str] = frozenset()
    asked_at: datetime | None = None
    request_interval: int = 90
    notice_outdated: bool = False
    renewal_due: bool = False


class ContractFacts(NamedTuple):
    """One contract that runs (rules 1, 3 and 4); ``id`` is None for an order.

    ``ends`` is naive UTC; ``handles`` are pairs of platform code and handle in lower case.
    """

    id: int | None
    ends: datetime
    handles: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True)
class TermsFacts:
    """A platform's terms as a person judged them (rule 16), and how its content is reached."""

    verdict: str | None = None
    version: str | None = None
    expires: date | None = None
    access: str = "open"
    allows_push: bool = False


@dataclass(frozen=True)
class GivingFacts:
    """What is known of a person who consents: ``age`` in years at that moment, None if unknown."""

    age: int | None = None
    asks_age: bool = False
    has_guardian: bool = False
    has_incentive: bool = False
    incentive_signed_off: bool = False


class Facts(NamedTuple):
    """All that a decision about one record may look at.

    ``consents`` maps (purpose, channel) to the consent recorded for it, channel ``None`` where
    the purpose has none. ``platform`` is the code of the platform that the act concerns.
    """

    now: datetime
    consents: Mapping[tuple[str, str | None], ConsentFacts] = MappingProxyType({})
    platform: str | None = None
    terms: TermsFacts | None = None
    balancing_test: bool = False
    giving: GivingFacts | None = None


@dataclass(frozen=True)
class Decision:
    """The answer: ``reason`` is a code, ``rule`` its number, ``consent`` the id it rests on."""

    allowed: bool
    reason: str
    rule: str
    consent: int | None = None

    def __bool__(self):
        return self.allowed
