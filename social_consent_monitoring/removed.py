"""What goes with consents that end: counted and digested, in plain Python.

An event says of it how many rows of which kind went, and one SHA-256 over their ids: whoever has
a copy of the rows can prove that these were meant, and nobody learns a word of what they said.
"""

from collections import Counter, defaultdict

from .digests import canonical, sha256


def digest_ids(ids):
    """Return the SHA-256 over ids, however they are ordered."""
    return sha256(",".join(map(str, sorted(ids))).encode())


class Removed:
    """Gathers what went, for each consent that it went with."""

    def __init__(self):
        self._counts = defaultdict(Counter)
        self._digests = defaultdict(lambda: defaultdict(list))

    def add(self, consent_id, model, ids):
        """Note rows that went, or were cancelled or emptied, with this consent."""
        if ids:
            self.add_digest(consent_id, model, len(ids), digest_ids(ids))

    def add_digest(self, consent_id, model, count, digest):
        """Note rows that were counted and digested already, as :func:`digest_ids` does."""
        self._counts[consent_id][model] += count
        self._digests[consent_id][model].append(digest)

    def tell(self):
        """Return ``{consent id: {"counts": {model: number}, "digest": SHA-256}}``."""
        return {
            consent_id: {
                "counts": dict(counts),
                "digest": self._digest(self._digests[consent_id]),
            }
            for consent_id, counts in self._counts.items()
        }

    @staticmethod
    def _digest(by_model):
        said = {model: sorted(digests) for model, digests in by_model.items()}
        return sha256(canonical(said).encode())
