"""Ratios of two sides that are measured in one run, in interleaved pairs.

Times differ from machine to machine, ratios hardly do. A benchmark is a module
``tests/benchmarks/NAME.py`` with ``def run(env, measure)``, which calls::

    measure.compare("import of 1,000 posts, by plain create", ours, base, at_most=3.0)

``ours`` and ``base`` are functions without arguments. What counts is the time
that they take, or the number that they return, if they return one.
"""

import statistics
import time
from dataclasses import dataclass

PAIRS = 5


@dataclass(frozen=True)
class Result:
    """The ratios of ours to base, and the target that they have to keep."""

    name: str
    ratios: tuple
    at_most: float | None = None
    at_least: float | None = None

    @property
    def median(self):
        return statistics.median(self.ratios)

    @property
    def is_missed(self):
        """Missed where the median lies beyond the target."""
        too_high = self.at_most is not None and self.median > self.at_most
        too_low = self.at_least is not None and self.median < self.at_least
        return too_high or too_low

    def __str__(self):
        spread = f"{min(self.ratios):.2f}..{max(self.ratios):.2f}"
        verdict = "missed" if self.is_missed else "met"
        return f"{self.name}: {self.median:.2f} ({spread}), {self._target()}: {verdict}"

    def _target(self):
        limits = [("at most", self.at_most), ("at least", self.at_least)]
        return ", ".join(f"{word} {limit:g}" for word, limit in limits if limit is not None)


class Measure:
    """Measures, prints each result, and keeps the results."""

    def __init__(self, pairs=PAIRS, say=print):
        self.pairs, self.say = pairs, say
        self.results = []

    def compare(self, name, ours, base, at_most=None, at_least=None):
        """Measure pairs of both sides, after one pair that does not count."""
        if at_most is None and at_least is None:
            raise ValueError(f"{name} has no target")
        ratios = []
        for number in range(self.pairs + 1):
            # The sides take turns in being first, as the second may profit.
            sides = (ours, base) if number % 2 else (base, ours)
            amounts = {side: amount(side) for side in sides}
            ratios.append(amounts[ours] / amounts[base])
        result = Result(name, tuple(ratios[1:]), at_most, at_least)
        self.results.append(result)
        self.say(str(result))
        return result

    @property
    def is_missed(self):
        return any(result.is_missed for result in self.results)


def amount(side):
    """Return what a side returns, or the seconds that it takes."""
    start = time.perf_counter()
    returned = side()
    took = time.perf_counter() - start
    return took if returned is None else returned
