"""What a decision is made from, and the decision itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class ConsentFacts:
    """One consent as recorded. Times are naive UTC; ``platforms`` are platform codes.

    ``asked_at`` is when the person was last asked, ``request_interval`` the days until that may
    happen again.
    """

    id: int
    state: str
    valid_until: datetime
    platforms: frozenset[str] = frozenset()
    asked_at: datetime | None = None
    request_interval: int = 90


@dataclass(frozen=True)
class TermsFacts:
    """A platform's terms as a person judged them (rule 16), and how its content is reached."""

    verdict: str | None = None
    version: str | None = None
    expires: date | None = None
    access: str = "open"
    allows_push: bool = False


@dataclass(frozen=True)
class Facts:
    """All that a decision about one record may look at.

    ``consents`` maps (purpose, channel) to the consent recorded for it, channel ``None`` where
    the purpose has none. ``platform`` is the code of the platform that the act concerns.
    """

    now: datetime
    consents: Mapping[tuple[str, str | None], ConsentFacts] = field(default_factory=dict)
    platform: str | None = None
    terms: TermsFacts | None = None
    balancing_test: bool = False


@dataclass(frozen=True)
class Decision:
    """The answer: ``reason`` is a code, ``rule`` its number, ``consent`` the id it rests on."""

    allowed: bool
    reason: str
    rule: str
    consent: int | None = None

    def __bool__(self):
        return self.allowed
