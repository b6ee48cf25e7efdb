"""What of an answer is marked: candidates that are known, and stand neither in the post nor free."""

import re
from typing import NamedTuple

from . import vocabulary
from .read import ACCOUNT, DOCUMENT, LAST, NAME, PHONE, TAIL, read, read_words
from .words import SHORTEST_MISSPELLED, is_misspelled, make_misspelled, make_number

# Of two that overlap the longer is marked; of two that are as long the one that says more.
FIRST = ("email", "address", "phone", "parcel", "invoice", "ticket", "order", "name")


class Finding(NamedTuple):
    """A part of an answer that tells of a customer (rule 19).

    ``kind`` is ``name``, ``phone``, ``email``, ``address``, ``order``, ``invoice`` (a bank account,
    too), ``parcel`` or ``ticket``; ``word`` is ``draft[start:end]``.
    """

    start: int
    end: int
    word: str
    kind: str


class Said:
    """What a post says itself: free to repeat, and whose name it is written in."""

    def __init__(self, post):
        self.text = (post or "").lower()
        self.words = {key for word in read_words(post or "") for key in word.keys}
        # A handle says its owner's name in parts, or in one word.
        self.words |= {word.key for word in read_words(re.sub(r"[_.\d]", " ", post or ""))}
        self.number = make_number(post or "")
        self.keys = (
            {(each.slot, key) for each in read(post or "") for key in each.keys} if post else set()
        )

    def says(self, candidate):
        """Tell whether a candidate stands in the post."""
        if not self.text:
            return False
        if candidate.slot in (NAME, LAST):
            return any(map(self._says_name, candidate.keys))
        if candidate.slot == TAIL:
            return candidate.keys[0].partition(" ")[2] in self.number
        if candidate.slot in (DOCUMENT, ACCOUNT):
            return candidate.keys[0] in self.number
        if candidate.slot == PHONE:
            # However its country is written.
            digits = re.sub(r"\D", "", candidate.keys[0])
            return digits[-7:] in re.sub(r"\D", "", self.text)
        return any((candidate.slot, key) in self.keys for key in candidate.keys)

    def _says_name(self, key):
        words = key.replace(" &", "").split()
        if all(any(is_misspelled(word, said) for said in self.words) for word in words):
            return True
        return len(words) > 1 and any("".join(words) in said for said in self.words)


def make_questions(candidates):
    """Return ``{slot: keys}``: all that is looked up."""
    questions = {}
    for candidate in candidates:
        questions.setdefault(candidate.slot, set()).update(candidate.keys)
        if candidate.slot == NAME and candidate.guess:
            questions.setdefault("part", set()).update(candidate.guess)
    return questions


def guess(candidates, known):
    """Return the candidates that are left, with the names that they may misspell as keys.

    Of a name in two words one has to be known, and the other one long enough.
    """
    found = {
        span for each in candidates if is_known(each, known) for span in [(each.start, each.end)]
    }
    parts = known.get("part", {})
    for each in candidates:
        if not each.guess or any(start < each.end and each.start < end for start, end in found):
            continue
        if each.slot == LAST:
            keys = _misspell(each.guess[0])
        else:
            first, last = each.guess
            if {first, last} <= vocabulary.WORDS_AND_NAMES:
                continue
            keys = []
            if "first" in parts.get(first, ""):
                keys += [f"{first} {word}" for word in _misspell(last)]
            if "last" in parts.get(last, ""):
                keys += [f"{word} {last}" for word in _misspell(first)]
        if keys:
            yield each._replace(keys=tuple(keys), guess=())


def _misspell(word):
    if len(word) < SHORTEST_MISSPELLED or word in vocabulary.WORDS_AND_NAMES:
        return []
    return sorted(make_misspelled(word))


def is_known(candidate, known):
    return any(key in known.get(candidate.slot, ()) for key in candidate.keys)


def choose(draft, candidates, known, free):
    """Return the :class:`Finding` of a draft, in their order, none overlapping another.

    :param known: ``{slot: {key: kind, or what is known of the name}}``
    :param free: ``{slot: keys}`` of what is our own
    """
    marked = []
    for each in candidates:
        kinds = [
            each.kind or known[each.slot][key]
            for key in each.keys
            if key in known.get(each.slot, ())
            and ((each.greeted and each.slot != "email") or key not in free.get(each.slot, ()))
        ]
        if kinds:
            marked.append(Finding(each.start, each.end, draft[each.start : each.end], kinds[0]))
    marked.sort(key=lambda each: (each.start - each.end, FIRST.index(each.kind)))
    chosen = []
    for each in marked:
        if all(each.end <= other.start or other.end <= each.start for other in chosen):
            chosen.append(each)
    return sorted(chosen)
