"""Whether a query names a person (rule 24): texts in the form that is compared, in plain Python.

A name counts as whole words, in any order and any letters: "Müller, Anna", "anna+mueller" and
"#AnnaMüller" are one. German transcriptions (ue for ü) are one letter on both sides, and letters of
other alphabets that look like Latin ones are those.
"""

import re
import unicodedata
from itertools import combinations, pairwise, permutations
from typing import NamedTuple
from urllib.parse import unquote_plus, urlsplit

# A name of more words than this is compared by its first ones.
LONGEST = 5
# A single word is taken apart into this many at most: "#annamueller".
PARTS = 3
# Words that are longer are no name written in one.
LONGEST_WORD = 40
TITLES = frozenset(
    "dr prof herr frau hr fr mr mrs ms mx mag dipl ing med phil jur phd msc bsc".split()
)
LIKE_LATIN = str.maketrans(
    "авеёкмнорстухіјѕԁɡαβεηικνορτυχøđłıæœþ",
    "abeekmhopctyxijsdgabenikvoptuxodliaot",
)
APOSTROPHES = re.compile("['`\u2018\u2019\u00b4\u02bc]")
# Both ways to write them come out as one letter.
UMLAUTS = re.compile("([aou])e+")
# What stands before is looked at so that a long word without an @ is gone through only once.
EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
FULL_HANDLE = re.compile(r"(?<![\w.-])@?[\w.-]+@[\w.-]+\w")
SHORT_HANDLE = re.compile(r"(?:(?<![\w@])@|\b(?:from|to|author|user|by):@?)([\w.-]*\w)", re.I)
NUMBER = re.compile(r"(?<![\w+])(?:\+|0)[\d\s()/.-]{7,20}\d(?!\w)")
FILE_ENDS = re.compile(r"\.(?:rss|atom|xml|json|rdf)$")


class Said(NamedTuple):
    """What a query says that may be a person: names as sorted words, and the rest as it stands.

    ``words`` are single words, not folded, in which a name may be written as one. ``handles`` are lower case,
    without the leading @; ``numbers`` are raw.
    """

    names: frozenset = frozenset()
    words: frozenset = frozenset()
    emails: frozenset = frozenset()
    handles: frozenset = frozenset()
    numbers: frozenset = frozenset()

    def __or__(self, other):
        return Said(*(mine | theirs for mine, theirs in zip(self, other, strict=True)))


def fold(word):
    """Return a word with the German transcription of each umlaut as one letter."""
    return UMLAUTS.sub(r"\1", word)


def split_words(text):
    """Return the words of a text in plain small letters, not yet folded."""
    text = unicodedata.normalize("NFKD", str(text or "")).casefold()
    # Marks (accents) and what cannot be seen (soft hyphens, joiners) are no letters.
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Mn", "Me", "Cf"))
    text = APOSTROPHES.sub("", text.replace("æ", "ae").replace("œ", "oe")).translate(LIKE_LATIN)
    return re.sub(r"[\W_]+", " ", text).split()


def make_name(text):
    """Return a person's full name in the form that is looked up; "" for a single word.

    A single word names nobody: "Müller" may be watched.
    """
    words = [fold(word) for word in split_words(text) if word not in TITLES]
    return " ".join(sorted(words[:LONGEST])) if len(words) > 1 else ""


def make_tags(name):
    """Return a name of :func:`make_name` as it is written in one word, folded, in any order."""
    words = name.split()
    if not 1 < len(words) <= PARTS:
        return set()
    return {fold("".join(order)) for order in permutations(words)}


def take_apart(word):
    """Return all names of which a single word may consist.

    It is folded in its parts alone: #lisaebert has no umlaut.
    """
    return {
        " ".join(sorted(fold(word[a:b]) for a, b in pairwise((0, *cuts, len(word)))))
        for parts in range(2, PARTS + 1)
        for cuts in combinations(range(1, len(word)), parts - 1)
    }


def _drop_titles(word):
    """Return a single word, and what is left of it without a title: #drannamueller."""
    left = {word.removeprefix(title).removesuffix(title) for title in TITLES}
    return {word, *left}


def read_text(text):
    """Return what a text says, as :class:`Said`: a search term, a word list, a saved filter."""
    text = str(text or "")
    # However often it was encoded: each layer is somebody's way to write the same.
    for _layer in range(3):
        text = unquote_plus(text) if re.search("%[0-9a-fA-F]{2}", text) else text
    text = unicodedata.normalize("NFKC", text)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    lower = text.lower()
    words = split_words(text)
    # What stands between words in a search: "anna AND müller", "anna OR müller".
    plain = [word for word in words if word not in ("and", "or", "und", "oder", "near")]
    named = [word for word in plain if word not in TITLES]
    whole = lower.strip().lstrip("@#")
    handles = {handle.lstrip("@") for handle in FULL_HANDLE.findall(lower)}
    handles |= set(SHORT_HANDLE.findall(lower)) | ({whole} if whole and " " not in whole else set())
    return Said(
        names=frozenset(_windows(words) | _windows(plain) | _windows(named)),
        words=frozenset(
            left
            for word in words
            if len(word) <= LONGEST_WORD
            for left in _drop_titles(word)
            if len(left) > 5
        ),
        emails=frozenset(EMAIL.findall(lower)),
        handles=frozenset(handles),
        numbers=frozenset(NUMBER.findall(text)),
    )


def read_address(address):
    """Return what the address of a feed or server says: its path and its query, each part alone."""
    try:
        url = urlsplit(str(address or ""))
    except ValueError:
        return read_text(address)
    said = Said()
    parts = [*url.path.split("/"), *re.split("[&;]", url.query), url.fragment]
    for part in filter(None, parts):
        value = FILE_ENDS.sub("", part.partition("=")[2] or part).replace("+", " ")
        said |= read_text(value)
    local = {handle.lstrip("@") for handle in said.handles if "@" not in handle}
    host = (url.hostname or "").lower()
    at_home = frozenset(f"{name}@{host}" for name in local)
    return said | read_text(host) | Said(handles=at_home)


def _windows(words):
    words = [fold(word) for word in words]
    return {
        " ".join(sorted(words[start : start + length]))
        for length in range(2, LONGEST + 1)
        for start in range(len(words) - length + 1)
    }
