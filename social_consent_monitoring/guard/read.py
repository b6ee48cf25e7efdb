"""What an answer says that may belong to a customer: candidates, with their places in the text."""

import re
from itertools import pairwise
from typing import NamedTuple

from ..watch_words import EMAIL, NUMBER
from . import vocabulary
from .words import HOUSE, WORD, fold_street, fold_word, make_number

# How a candidate is looked up.
NAME, LAST, EMAIL_SLOT, PHONE, STREET, DOCUMENT, TAIL, ACCOUNT = (
    "name",
    "last",
    "email",
    "phone",
    "street",
    "document",
    "tail",
    "account",
)
BETWEEN_NAMES = re.compile(r"\s+|, ?")
IN_COMPANIES = re.compile(r"\s+|\s*[&+]\s*|\s+(?:und|and)\s+")
TAG = re.compile(r"[#@]([\w.-]*\w)")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
PIECE = re.compile(r"[^\W_](?:[\w/.#-]*[^\W_])?")
# What looks like a number and is none of a document: times, dates, prices, laws, shares, sizes.
NO_NUMBER = re.compile(
    r"""
    (?:[§€£$]|\bart(?:ikel|icle|\.)?\s|\babs(?:atz|\.)\s)\s*\d[\d.,-]*\w{0,2}
    | \b\d[\d.,]*(?:,-)?\s*(?:[€£$%°]|(?:eur|euro|usd|gbp|chf|pounds|uhr|[ap]\.?m\.?|prozent
        |percent|volt|watt|ampere|amps|gramm|grams|kg|cm|mm|km|stunden|hours|tage|tagen|days)\b)
    | \b\d{1,2}[:.]\d{2}\b(?![\d/-])
    | \b\d{1,2}[./]\s?\d{1,2}[./](?:\s?\d{2,4}\b)?
    | \b\d{4}-\d{2}-\d{2}\b
    """,
    re.I | re.X,
)
NAMED_NUMBER = {
    kind: re.compile(
        rf"\b(?:{words})\w*\.?\s*(?P<sign>(?:nr|nummer|no|number|num|id)\b\.?|[#:])?[\s:#]*"
        r"(?P<number>\d{3,10})\b(?![.,:/-]?\d)",
        re.I,
    )
    for kind, words in vocabulary.NUMBERS_OF.items()
}
YEAR = re.compile("(?:19|20)\\d\\d")
LONGEST_NUMBER = 40
# A number of an order in this many pieces: "0034 0434 1610 9402 7318".
PIECES = 8


class Word(NamedTuple):
    """A word with its place; ``key`` is :func:`words.fold_word`."""

    start: int
    end: int
    text: str
    key: str

    @property
    def is_capital(self):
        return self.text[0].isupper()

    @property
    def is_common(self):
        return self.key in vocabulary.FUNCTION_WORDS

    @property
    def keys(self):
        """The word, and what it is the genitive of: "Müllers", "Smith's"."""
        own = [self.key]
        return [*own, self.key[:-1]] if self.key.endswith("s") and len(self.key) > 3 else own


class Candidate(NamedTuple):
    """A part of the text that belongs to a customer if one of its keys is known.

    ``slot`` says where the keys are looked up. ``kind`` is what a known one is marked as, None
    where the place says. ``guess`` are the two words of a name that may be misspelled.
    """

    start: int
    end: int
    slot: str
    keys: tuple
    kind: str | None = "name"
    guess: tuple = ()
    greeted: bool = False


def read(text):
    """Return all :class:`Candidate` of a text, in the order of their kinds."""
    words = read_words(text)
    return [
        *_read_names(text, words),
        *_read_addressed(text, words),
        *_read_companies(text, words),
        *_read_tags(text),
        *_read_streets(text, words),
        *_read_contacts(text),
        *_read_documents(text),
    ]


def read_words(text):
    return [
        Word(found.start(), found.end(), found[0], key)
        for found in WORD.finditer(text)
        if (key := fold_word(found[0]))
    ]


# -- names -------------------------------------------------------------------------------------


def _read_names(text, words):
    """First and last names side by side, in any order, with what may stand between them."""
    for at, word in enumerate(words):
        if not _may_be_name(word):
            continue
        for other, between in _read_next(text, words, at):
            if _may_be_name(other) and _are_name(word, other):
                yield _make_name(text, words, at, other, between)


def _read_next(text, words, at):
    """Yield the words that may be the last name to a first one, with those between them."""
    between = []
    for last, word in pairwise(words[at : at + 5]):
        if not BETWEEN_NAMES.fullmatch(text[last.end : word.start].replace(".", "")):
            return
        if word.key in vocabulary.PARTICLES or len(word.key) == 1:
            between.append(word)
            continue
        yield word, between
        if not (word.is_capital and words[at].is_capital) or len(between) > 1:
            return
        between = [*between, word]


def _make_name(text, words, at, other, between):
    word = words[at]
    keys = [f"{word.key} {last}" for last in other.keys]
    plain = not between
    if plain:
        keys.append(f"{other.key} {word.key}")
        keys += [f"{last} {word.key}" for last in other.keys[1:]]
    elif between[-1].key not in vocabulary.PARTICLES:
        keys += [f"{word.key}{between[-1].key} {last}" for last in other.keys]
    may_guess = (
        plain and word.is_capital and other.is_capital and "," not in text[word.end : other.start]
    )
    return Candidate(
        word.start,
        other.end,
        NAME,
        tuple(keys),
        guess=(word.key, other.key) if may_guess else (),
        greeted=_is_greeted(words, at),
    )


def _may_be_name(word):
    return len(word.key) > 1 and not word.is_common


def _are_name(word, other):
    """Two words that everybody uses are a name only with capitals: "Will Long", not "will long"."""
    common = vocabulary.WORDS_AND_NAMES
    return (word.is_capital and other.is_capital) or not (
        word.key in common and other.key in common
    )


def _is_greeted(words, at):
    before = [word.key for word in words[max(0, at - 4) : at]]
    before = [key for key in before if key not in vocabulary.FORMS_OF_ADDRESS]
    if not before:
        return False
    return before[-1] in vocabulary.GREETINGS or before[-1] in vocabulary.GREETINGS_OF_TWO


def _read_addressed(text, words):
    """Surnames behind a form of address ("Frau Müller") or an initial ("A. Müller")."""
    for at, word in enumerate(words):
        addressed = word.key in vocabulary.FORMS_OF_ADDRESS and word.is_capital
        initial = len(word.text) == 1 and word.is_capital and text[word.end : word.end + 2] == ". "
        if not (addressed or initial):
            continue
        for last in _read_surname(text, words[at:]):
            yield Candidate(
                last.start,
                last.end,
                LAST,
                tuple(last.keys),
                guess=(last.key,),
                greeted=_is_greeted(words, at),
            )
    for word, family in pairwise(words):
        if family.text == "family" and word.is_capital and not word.is_common:
            yield Candidate(word.start, word.end, LAST, tuple(word.keys))


def _read_surname(text, words):
    """Return the surname behind a form of address, after titles and first names; at most one."""
    found = []
    for last, word in pairwise(words[:6]):
        if not re.fullmatch(r"\.?\s+", text[last.end : word.start]):
            break
        if word.key in vocabulary.TITLES or word.key in vocabulary.PARTICLES:
            continue
        if not word.is_capital or word.is_common or word.key in vocabulary.FORMS_OF_ADDRESS:
            break
        found.append(word)
        if len(found) == 2:
            break
    # "Frau Anna Müller": the second; "Herr Koch Bescheid": either.
    return found


def _read_companies(text, words):
    """Names of companies: several words, or one with its legal form."""
    for at, first in enumerate(words):
        if not first.is_capital or first.is_common or first.key in vocabulary.LEGAL_FORMS:
            continue
        keys = [first.key]
        for last, word in pairwise(words[at : at + 7]):
            if not IN_COMPANIES.fullmatch(text[last.end : word.start]):
                break
            if word.key in vocabulary.LEGAL_FORMS and word.text[:1] != "e":
                # As it stands here, a single word is a company.
                if len(keys) == 1:
                    yield Candidate(first.start, word.end, NAME, (f"{first.key} &",))
                break
            keys.append(word.key)
            if len(keys) > 5:
                break
            if word.is_capital and len(keys) > 1:
                joined = " ".join(keys[:-1])
                yield Candidate(
                    first.start, word.end, NAME, tuple(f"{joined} {key}" for key in word.keys)
                )


def _read_tags(text):
    """Names in one word: "#AnnaMüller", "@anna.mueller"."""
    for found in TAG.finditer(text):
        plain = "".join(WORD.findall(found[1].replace("_", " "))).lower()
        if not 5 < len(plain) < 31:
            continue
        parts = [(fold_word(plain[:at]), fold_word(plain[at:])) for at in range(2, len(plain) - 1)]
        keys = [f"{a} {b}" for a, b in parts] + [f"{b} {a}" for a, b in parts]
        yield Candidate(found.start(1), found.end(1), NAME, tuple(keys))


# -- addresses, numbers ------------------------------------------------------------------------


def _read_streets(text, words):
    """A house number with up to four words before it (German) or after it (English)."""
    for house in HOUSE.finditer(text):
        number = house[0].replace(" ", "").lower()
        if text[house.start() - 1 : house.start()].isalnum():
            continue
        for start, end, keys in (*_go_back(text, words, house), *_go_on(text, words, house)):
            yield Candidate(start, end, STREET, ("".join(keys) + number,), "address")


def _go_back(text, words, house):
    end, keys = house.start(), []
    for word in reversed(
        [word for word in words if house.start() - 60 < word.end <= house.start()]
    ):
        if text[word.end : end].strip(" ") not in ("", ".") or len(keys) == 4:
            return
        keys.insert(0, fold_street(word.text))
        end = word.start
        if word.is_capital or "str" in word.key:
            yield word.start, house.end(), list(keys)


def _go_on(text, words, house):
    start, keys = house.end(), []
    for word in (word for word in words if house.end() <= word.start < house.end() + 60):
        if text[start : word.start] not in (" ", ", ") or len(keys) == 4:
            return
        keys.append(fold_street(word.text))
        start = word.end
        if word.is_capital and len(keys) > 1:
            end = word.end + text[word.end : word.end + 1].count(".") * (len(word.text) < 4)
            yield house.start(), end, list(keys)


def _read_contacts(text):
    for found in EMAIL.finditer(text):
        yield Candidate(found.start(), found.end(), EMAIL_SLOT, (found[0].lower(),), "email")
    for found in NUMBER.finditer(text):
        yield Candidate(found.start(), found.end(), PHONE, (found[0],), "phone")
    for found in _find_accounts(text):
        # The account that an invoice is paid from or to.
        key = found[0].replace(" ", "")
        yield Candidate(found.start(), found.end(), ACCOUNT, (key,), "invoice")


def _find_accounts(text):
    """Return the IBANs of a text: what only looks like one may be the number of a parcel."""
    return [found for found in IBAN.finditer(text) if _is_account(found[0].replace(" ", ""))]


def _is_account(iban):
    digits = "".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])
    return int(digits) % 97 == 1


def _read_documents(text):
    """Numbers of orders and the like: as they stand, in pieces, or short behind their name."""
    taken = [found.span() for found in NO_NUMBER.finditer(text)]
    taken += [found.span() for found in (*EMAIL.finditer(text), *_find_accounts(text))]
    pieces = [
        piece
        for piece in PIECE.finditer(text)
        if not any(start < piece.end() and piece.start() < end for start, end in taken)
    ]
    for at, piece in enumerate(pieces):
        key = ""
        for last, other in enumerate(pieces[at : at + PIECES]):
            if last and text[pieces[at + last - 1].end() : other.start()] != " ":
                break
            if last and not _continues(other[0]):
                break
            key += make_number(other[0])
            if _is_number(key) and len(key) <= LONGEST_NUMBER:
                yield Candidate(piece.start(), other.end(), DOCUMENT, (key,), None)
            if last == 0 and not (_continues(piece[0]) or re.fullmatch("[A-Za-z]{1,3}", piece[0])):
                break
    for kind, named in NAMED_NUMBER.items():
        for found in named.finditer(text):
            if found["sign"] or not YEAR.fullmatch(found["number"]):
                key = found["number"].lstrip("0")
                yield Candidate(*found.span("number"), TAIL, (f"{kind} {key}",), kind)


def _continues(piece):
    return any(map(str.isdigit, piece)) and len(piece) <= 12


def _is_number(key):
    """Tell whether letters and digits may be a document's: five at least, six of digits alone."""
    digits = sum(map(str.isdigit, key))
    return digits > 5 or (digits > 1 and len(key) > 4 and digits < len(key))
