"""What is usual for a source, learned from its own past: plain Python, no database.

Medians, so that one storm in the past does not hide the next. The spread is at least that of
chance: a source that is calm day after day is not alarming because of two posts more.
"""

from math import sqrt

# Turns a median deviation into a standard deviation, where posts come by chance.
SPREAD = 1.4826
# How much authors differ in tone, from -1 to 1.
TONE_SPREAD = 0.4


def get_most(middle, deviation, times):
    """Return up to how many posts are usual.

    :param middle: median of the counts in the past
    :param deviation: median of how far they are from it
    :param times: how many spreads away a count is not usual any more
    """
    return middle + times * max(SPREAD * deviation, sqrt(middle + 1))


def get_lowest_tone(middle, deviation, times, authors):
    """Return down to which a tone is usual, as the average over so many authors."""
    return middle - times * max(SPREAD * deviation, TONE_SPREAD / sqrt(authors))
