"""Where a person has consented, and until when that counts there (rule 22)."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple


class GivenOn(NamedTuple):
    """On which platforms a consent was given to the text that counts now.

    ``ends`` says by platform code until when (naive UTC): each act counts there until its own
    end. Who consents anew to the same ``notice`` (its hash), on another platform or elsewhere,
    neither takes it back on the first, nor prolongs it there. A "no" and another text end all.
    """

    notice: str | None = None
    ends: Mapping[str, datetime] = MappingProxyType({})

    def after(self, state, notice, platform, valid_until):
        """Return what holds after one more event; the same one twice changes nothing."""
        if state != "given":
            return GivenOn()
        ends = dict(self.ends) if notice == self.notice else {}
        if platform:
            ends[platform] = valid_until
        return GivenOn(notice, ends)

    def at(self, now):
        """Return the codes of the platforms on which it counts now."""
        return frozenset(code for code, end in self.ends.items() if end > now)
