"""Names, streets and numbers in the form that is compared, in plain Python: both sides use these."""

import re
import unicodedata

from ..watch_words import TITLES as NAME_TITLES
from ..watch_words import fold, split_words
from . import vocabulary

# A company's name of more words than this is compared by its first ones.
LONGEST = 5
# Shorter words are not compared with a mistake in them.
SHORTEST_MISSPELLED = 5
PLAIN = str.maketrans({**dict(zip("äöüéèêáàâíóúñç", "aoueeeaaaiounc", strict=True)), "ß": "ss"})
JOINER = "\u200d"
# What no font shows, beside the format signs of Unicode: joiners of letters, fillers, variants.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u3164\uffa0\U000e0100-\U000e01ef]"
)
# What joins emoji and says how they look has no place behind a letter or digit, but in a key.
STRAY = re.compile("(?<=\\w)[\u200d\ufe00-\ufe0f]+(?!\u20e3)")
# Letters, digits and signs as wide as Chinese ones.
FULL_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORD = re.compile(r"[^\W\d_]+(?:['\u2019\u00b4`-][^\W\d_]+)*")
HOUSE = re.compile(r"\d{1,4}(?: ?[a-zA-Z])?(?!\w)")


def tidy(text):
    """Return a text without signs that nobody sees, each letter in one sign, as people type it.

    Copied text may hold others, among which a name is not found. Joiners within emoji stay.
    """
    text = UNSEEN.sub("", text or "")
    text = "".join(sign for sign in text if sign == JOINER or unicodedata.category(sign) != "Cf")
    return STRAY.sub("", unicodedata.normalize("NFC", text).translate(FULL_WIDTH))


def fold_word(text):
    """Return a word as it is compared: small plain letters, umlauts as one, double names joined."""
    # Most words need no more than this: the rest says the same, and takes ten times as long.
    plain = text.lower()
    if not plain.isascii():
        plain = plain.translate(PLAIN)
    if plain.isascii() and plain.isalpha():
        return fold(plain) if "ae" in plain or "oe" in plain or "ue" in plain else plain
    return "".join(map(fold, split_words(text.replace("-", " ").replace("\u0131", "i"))))


def make_person(name):
    """Return "first last" of a person's full name, "last" of a single word, "" of none.

    What stands between them is left out, as everybody does: titles, middle names, "von der".
    """
    last, comma, first = (name or "").partition(",")
    words = [fold_word(word) for word in (f"{first} {last}" if comma else last).split()]
    words = [word for word in words if word and word not in NAME_TITLES]
    return f"{words[0]} {words[-1]}" if len(words) > 1 else "".join(words)


def make_company(name):
    """Return a company's name without its legal form; a single word with "&" for that form.

    A single word is often a brand, or a word: it counts only where the form stands with it.
    """
    text = re.sub(r"\b([a-zA-Z])\. ?([a-zA-Z])\.", r"\1\2", name or "")
    words = [fold_word(word) for word in WORD.findall(text)]
    words = [word for word in words if word and word not in vocabulary.LEGAL_FORMS]
    return f"{words[0]} &" if len(words) == 1 else " ".join(words[:LONGEST])


def make_street(street):
    """Return the words and the house number of a street, "" without a number."""
    house = HOUSE.search(street or "")
    words = [write_out(fold_word(word)) for word in WORD.findall(street or "") if len(word) > 1]
    return "".join(words) + house[0].replace(" ", "").lower() if house and words else ""


def write_out(key):
    """Return a word of a street's name, written out: "lindenstr" as "lindenstrasse"."""
    if key in vocabulary.STREETS:
        return vocabulary.STREETS[key]
    return f"{key}asse" if key.endswith("str") else key


def make_number(text):
    """Return the letters and digits of a document's number; the look-up does the same in SQL."""
    return re.sub("[^a-zA-Z0-9]", "", text).upper()


def make_misspelled(word):
    """Return all words that are one mistake in typing away: a letter more, less, other, or swapped."""
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {left + right[1:] for left, right in cuts if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    found |= {left + letter + right[1:] for left, right in cuts if right for letter in LETTERS}
    found |= {left + letter + right for left, right in cuts for letter in LETTERS}
    return found - {word}


def is_misspelled(word, other):
    """Tell whether two words are the same, or one mistake in typing apart."""
    if word == other:
        return True
    longer, shorter = (word, other) if len(word) >= len(other) else (other, word)
    if len(longer) - len(shorter) > 1 or len(shorter) < SHORTEST_MISSPELLED - 1:
        return False
    at = next(
        (at for at, (a, b) in enumerate(zip(longer, shorter, strict=False)) if a != b), len(shorter)
    )
    if len(longer) > len(shorter):
        return longer[at + 1 :] == shorter[at:]
    swapped = longer[at : at + 2] == shorter[at : at + 2][::-1]
    return longer[at + 1 :] == shorter[at + 1 :] or (
        swapped and longer[at + 2 :] == shorter[at + 2 :]
    )
