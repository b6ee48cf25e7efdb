"""What an answer says that may belong to a customer: candidates, with their places in the text."""

import re
from bisect import bisect_left
from itertools import pairwise, permutations
from typing import NamedTuple

from ..watch_words import EMAIL, NUMBER
from . import vocabulary
from .words import HOUSE, WORD, fold_word, make_number, write_out

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
BETWEEN_NAMES = frozenset(("", ",", "/", "(", "-", "\u2013"))
IN_COMPANIES = frozenset(("", "&", "+"))
TAG = re.compile(r"[#@]([\w.-]*\w)")
JOINED = re.compile(r"(?<![^\W\d])([^\W\d_]{2,})[._-]([^\W\d_]{2,})(?![^\W\d])")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
PIECE = re.compile(r"[^\W_](?:[\w/.#-]*[^\W_])?")
# Pieces with digits side by side, and what may stand before them: "1Z 999 AA1", "S 20234".
WITH_DIGIT = r"(?=[^\s\d]{0,20}\d)[^\W_](?:[\w/.#-]*[^\W_])?"
NUMBERS = re.compile(rf"(?:\b[A-Za-z]{{1,3}} )?{WITH_DIGIT}(?: {WITH_DIGIT})*")
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
# What stands before a number of three digits or more says whose it is: "Ihr Auftrag Nr. 4711".
SHORT_NUMBER = re.compile(r"(?<![\w.,:/-])\d{3,10}(?![\w]|[.,:/-]\d)")
NAMED_NUMBER = re.compile(
    rf"\b(?:{'|'.join(f'(?P<{kind}>{words})' for kind, words in vocabulary.NUMBERS_OF.items())})"
    r"\w*\.?(?:\s+|(?=[#:]))(?P<sign>(?:nr|nummer|no|number|num|id)\b\.?|[#:])?[\s:#]*$",
    re.I,
)
FOLLOWS = re.compile(r"\s*(?:,|&|/|und|and|\+)\s*(?:nr\.?|no\.?|#)?\s*", re.I)
YEAR = re.compile("(?:19|20)\\d\\d")
LONGEST_NUMBER = 40
# A number of an order in this many pieces: "0034 0434 1610 9402 7318".
PIECES = 8


class Word(NamedTuple):
    """A word with its place; ``key`` is :func:`words.fold_word`.

    ``may_be_name`` says that it is none of those that stand in every sentence.
    """

    start: int
    end: int
    text: str
    key: str
    is_capital: bool
    may_be_name: bool

    @property
    def keys(self):
        """The word, and what it is the genitive of: "Müllers", "Smith's"."""
        return [self.key, self.key[:-1]] if self._may_be_genitive() else [self.key]

    def _may_be_genitive(self):
        return self.key[-1] == "s" and len(self.key) > 3


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
    taken = [found.span() for found in NO_NUMBER.finditer(text)]
    return [
        *_read_names(text, words, taken),
        *_read_addressed(text, words),
        *_read_companies(text, words),
        *_read_tags(text),
        *_read_streets(text, words, taken),
        *_read_contacts(text),
        *_read_documents(text, taken),
    ]


def read_words(text):
    words = []
    for found in WORD.finditer(text):
        if key := fold_word(own := found[0]):
            may_be_name = len(key) > 1 and key not in vocabulary.NO_NAMES
            words.append(Word(*found.span(), own, key, own[0].isupper(), may_be_name))
    return words


# -- names -------------------------------------------------------------------------------------


def _read_names(text, words, taken):
    """First and last names side by side, in any order, with what may stand between them."""
    for at, word in enumerate(words):
        if not word.may_be_name:
            continue
        for other, between in _read_next(text, words, at):
            if other.may_be_name and _are_name(word, other):
                yield _make_name(text, words, at, other, between, taken)


def _read_next(text, words, at):
    """Yield the words that may be the last name to a first one, with those between them."""
    between = []
    for last, word in pairwise(words[at : at + 5]):
        gap = text[last.end : word.start].strip()
        if gap not in BETWEEN_NAMES and not (gap == "." and len(last.text) == 1):
            return
        if word.key in vocabulary.PARTICLES or len(word.key) == 1:
            between.append(word)
            continue
        yield word, between
        if not (word.is_capital and words[at].is_capital) or len(between) > 1:
            return
        between = [*between, word]


def _make_name(text, words, at, other, between, taken):
    word = words[at]
    keys = [f"{word.key} {last}" for last in other.keys]
    plain = not between
    if plain:
        keys.append(f"{other.key} {word.key}")
        keys += [f"{last} {word.key}" for last in other.keys[1:]]
    elif between[-1].key not in vocabulary.PARTICLES:
        keys += [f"{word.key}{between[-1].key} {last}" for last in other.keys]
    may_guess = (
        plain
        and word.is_capital
        and other.is_capital
        and "," not in text[word.end : other.start]
        and not _meets(word.start, other.end, taken)
    )
    return Candidate(
        word.start,
        other.end,
        NAME,
        tuple(keys),
        guess=(word.key, other.key) if may_guess else (),
        greeted=_is_greeted(words, at),
    )


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
        # "A. Müller", and not "z. B. Müller".
        initial = len(word.text) == 1 and word.is_capital and text[word.end : word.end + 2] == ". "
        initial = initial and not (at and len(words[at - 1].text) == 1)
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
        if family.text == "family" and word.is_capital and word.may_be_name:
            yield Candidate(word.start, word.end, LAST, tuple(word.keys))


def _read_surname(text, words):
    """Return the surname behind a form of address, after titles and first names; at most one."""
    found = []
    for last, word in pairwise(words[:6]):
        if not re.fullmatch(r"\.?\s+", text[last.end : word.start]):
            break
        if word.key in vocabulary.TITLES or word.key in vocabulary.PARTICLES:
            continue
        if not (word.is_capital and word.may_be_name) or (word.key in vocabulary.FORMS_OF_ADDRESS):
            break
        found.append(word)
        if len(found) == 2:
            break
    # "Frau Anna Müller": the second; "Herr Koch Bescheid": either.
    return found


def _read_companies(text, words):
    """Names of companies: several words, or one with its legal form."""
    for at, first in enumerate(words):
        if not (first.is_capital and first.may_be_name) or first.key in vocabulary.LEGAL_FORMS:
            continue
        keys = [first.key]
        for last, word in pairwise(words[at : at + 7]):
            gap = text[last.end : word.start].strip()
            if gap not in IN_COMPANIES or len(keys) > 5:
                break
            if word.key in vocabulary.LEGAL_FORMS and word.text[0] != "e":
                # As it stands here, a single word is a company.
                if len(keys) == 1:
                    yield Candidate(first.start, word.end, NAME, (f"{first.key} &",))
                break
            if word.key in ("und", "and"):
                continue
            keys.append(word.key)
            if word.is_capital and word.may_be_name:
                joined = " ".join(keys[:-1])
                yield Candidate(
                    first.start, word.end, NAME, tuple(f"{joined} {key}" for key in word.keys)
                )


def _read_tags(text):
    """Names in one word: "#AnnaMüller", "@annamueller", ".../anna-mueller"."""
    for found in TAG.finditer(text):
        plain = "".join(WORD.findall(found[1].replace("_", " "))).lower()
        if 5 < len(plain) < 31:
            parts = [(plain[:at], plain[at:]) for at in range(2, len(plain) - 1)]
            yield _make_joined(found.start(1), found.end(1), parts)
    for found in JOINED.finditer(text):
        yield _make_joined(*found.span(), [found.groups()])


def _make_joined(start, end, parts):
    keys = [f"{a} {b}" for one in parts for a, b in permutations(map(fold_word, one))]
    return Candidate(start, end, NAME, tuple(keys))


# -- addresses, numbers ------------------------------------------------------------------------


def _read_streets(text, words, taken):
    """A house number with up to four words before it (German) or after it (English)."""
    starts = [word.start for word in words]
    for house in HOUSE.finditer(text):
        if text[house.start() - 1 : house.start()].isalnum() or _meets(*house.span(), taken):
            continue
        number = house[0].replace(" ", "").lower()
        before = bisect_left(starts, house.start())
        after = bisect_left(starts, house.end())
        for start, end, keys in (
            *_go_back(text, words[max(0, before - 4) : before], house),
            *_go_on(text, words[after : after + 4], house),
        ):
            yield Candidate(start, end, STREET, (f"{keys}{number}",), "address")


def _go_back(text, words, house):
    """Yield (start, end, words of the street): "Lindenstr. 12", "Am Deich 7"."""
    end, keys = house.start(), ""
    for word in reversed(words):
        if text[word.end : end] not in (" ", ". ", "."):
            return
        keys = write_out(word.key) + keys
        end = word.start
        if word.is_capital or "str" in word.key:
            yield word.start, house.end(), keys


def _go_on(text, words, house):
    """Yield the same for "12 Mill Road": two words at least."""
    start, keys = house.end(), ""
    for word in words:
        if text[start : word.start] not in (" ", ", "):
            return
        if keys and word.is_capital:
            # The full stop of "Rd." belongs to it.
            end = word.end + (len(word.text) < 4 and text[word.end : word.end + 1] == ".")
            yield house.start(), end, keys + write_out(word.key)
        keys += write_out(word.key)
        start = word.end


def _read_contacts(text):
    for found in EMAIL.finditer(text) if "@" in text else ():
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


def _meets(start, end, taken):
    return any(a < end and start < b for a, b in taken)


def _read_documents(text, taken):
    """Numbers of orders and the like: as they stand, in pieces, or short behind their name."""
    for run in NUMBERS.finditer(text):
        pieces = [
            (run.start() + each.start(), run.start() + each.end())
            for each in PIECE.finditer(run[0])
        ]
        for start, end in pieces:
            if "/" in text[start:end]:
                yield from _read_parts(text, start, end)
        for at, (start, _end) in enumerate(pieces):
            for _start, end in pieces[at : at + PIECES]:
                key = make_number(text[start:end])
                if len(key) > LONGEST_NUMBER or _meets(start, end, taken):
                    break
                if _is_number(key):
                    yield Candidate(start, end, DOCUMENT, (key,), None)
    yield from _read_short_numbers(text)


def _read_parts(text, start, end):
    """The parts of an address or a path, each alone: ".../track/S20234"."""
    for found in re.finditer("[A-Za-z0-9-]+", text[start:end]):
        if _is_number(key := make_number(found[0])):
            yield Candidate(start + found.start(), start + found.end(), DOCUMENT, (key,), None)


def _read_short_numbers(text):
    """Numbers behind what they are of, and those that follow: "orders 4711 and 4712"."""
    kind, last = None, 0
    for found in SHORT_NUMBER.finditer(text):
        named = NAMED_NUMBER.search(text[max(0, found.start() - 40) : found.start()])
        if named:
            kind = next(kind for kind in vocabulary.NUMBERS_OF if named[kind])
        elif not FOLLOWS.fullmatch(text[last : found.start()]):
            kind = None
        last = found.end()
        if kind and ((named and named["sign"]) or not YEAR.fullmatch(found[0])):
            yield Candidate(*found.span(), TAIL, (f"{kind} {found[0].lstrip('0')}",), kind)


def _is_number(key):
    """Tell whether letters and digits may be a document's: five at least, six of digits alone."""
    digits = sum(map(str.isdigit, key))
    return digits > 5 or (digits > 1 and len(key) > 4 and digits < len(key))
