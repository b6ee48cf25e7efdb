"""Which posts say the same, word for word or nearly: plain Python, no database.

A repost wraps a text (RT @somebody:, a link, a hashtag more, other punctuation), cuts it off, or
changes a word or two. So texts are compared by the pairs of words that stand beside each other. To
find what may be alike among many, each text has a few `bands`: texts that are alike share one of
them, most likely, and others hardly ever do (MinHash of one permutation, in bands).
"""

import re
import unicodedata
from hashlib import blake2b
from itertools import pairwise
from typing import NamedTuple
from zlib import crc32

# Letters of what is left; shorter texts ("Thank you!") say the same by chance.
SHORTEST = 40
# Of the pairs of a text so many stand in the one that it repeats.
SAME = 0.75
BINS, BANDS = 12, 4
# Words at the beginning that are a band of their own: many reposts break off.
START = 6
LINK = re.compile(r"https?://\S+")
MENTION = re.compile(r"(?:\brt\s+)?@[\w.-]+(?:@[\w.-]+)?")
WORD = re.compile(r"[^\W_]+")


class Said(NamedTuple):
    """What a text says: `key` of its words, `pairs` of them, and `bands` to find it by."""

    key: str
    pairs: frozenset
    bands: tuple


def read(text):
    """Return what a text says, as :class:`Said`, or None where it says too little."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    text = text.casefold()
    # Most posts have neither.
    if "://" in text:
        text = LINK.sub(" ", text)
    if "@" in text:
        text = MENTION.sub(" ", text)
    words = WORD.findall(text)
    said = " ".join(words).encode("utf-8", "ignore")
    if len(said) < SHORTEST:
        return None
    pairs = frozenset(
        crc32(f"{one} {other}".encode("utf-8", "ignore")) for one, other in pairwise(words)
    )
    key = blake2b(said, digest_size=12).hexdigest()
    return Said(key, pairs, _make_bands(words, pairs))


def repeats(later, earlier):
    """Tell whether what one says is nearly all said by the other, which may say more."""
    return bool(later.pairs) and len(later.pairs & earlier.pairs) >= SAME * len(later.pairs)


def _make_bands(words, pairs):
    """Return numbers of 31 bits; the least pair of each bin is the same in texts that are alike."""
    least = [None] * BINS
    for pair in pairs:
        place = pair % BINS
        if least[place] is None or pair < least[place]:
            least[place] = pair
    # An empty bin takes what the next one has.
    filled = next((each for each in least if each is not None), 0)
    for place in range(BINS - 1, -1, -1):
        filled = least[place] = filled if least[place] is None else least[place]
    size = BINS // BANDS
    parts = [least[start : start + size] for start in range(0, BINS, size)]
    parts.append(words[:START])
    return tuple(crc32(repr((n, part)).encode()) >> 1 for n, part in enumerate(parts))
