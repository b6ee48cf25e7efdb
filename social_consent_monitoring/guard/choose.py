"""What of an answer is marked: candidates that are known, and stand neither in the post nor free."""

import re
from functools import cached_property
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
        self.text = post or ""
        self._known = {}

    @cached_property
    def words(self):
        """All words, and the parts of handles: they say their owner's name."""
        words = {key for word in read_words(self.text) for key in word.keys}
        return words | {word.key for word in read_words(re.sub(r"[_.\d]", " ", self.text))}

    @cached_property
    def number(self):
        return make_number(self.text)

    @cached_property
    def keys(self):
        return {(each.slot, key) for each in read(self.text) for key in each.keys}

    def says_number(self, candidate):
        """Tell the same of what is no name: names take longer to compare."""
        return candidate.slot not in (NAME, LAST) and self.says(candidate)

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
        return all(map(self._says_word, words)) or (len(words) > 1 and self._joins("".join(words)))

    def _says_word(self, word):
        """Tell whether a word stands there, with one mistake at most; asked once for each."""
        if word not in self._known:
            self._known[word] = word in self.words or any(
                # One mistake leaves the first or the last letter.
                is_misspelled(word, said)
                for said in self.words
                if abs(len(word) - len(said)) < 2 and (word[0] == said[0] or word[-1] == said[-1])
            )
        return self._known[word]

    def _joins(self, joined):
        return any(joined in said for said in self.words if len(said) >= len(joined))


def make_questions(candidates):
    """Return ``{slot: keys}``: all that is looked up."""
    questions = {}
    for candidate in candidates:
        questions.setdefault(candidate.slot, set()).update(candidate.keys)
    return questions


def find_doubtful(candidates, known):
    """Return the candidates that are left and may be names with a mistake in them."""
    found = [(each.start, each.end) for each in candidates if is_known(each, known)]
    return [
        each
        for each in candidates
        if any(len(word) >= SHORTEST_MISSPELLED for word in each.guess)
        and not set(each.guess) <= vocabulary.WORDS_AND_NAMES
        and not any(start < each.end and each.start < end for start, end in found)
    ]


def make_part_questions(doubtful):
    """Return which words are asked for as first or last names: half of a name has to be known."""
    parts = {word for each in doubtful if each.slot == NAME for word in each.guess}
    return {"part": parts} if parts else {}


def guess(doubtful, known):
    """Return the doubtful candidates with the names that they may misspell as keys."""
    parts = known.get("part", {})
    for each in doubtful:
        keys = []
        if each.slot == LAST:
            keys = _misspell(each.guess[0])
        else:
            first, last = each.guess
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

    :param known: ``{slot: {key: kind, or what is known of the name}}``; "own" is one of us
    :param free: ``{slot: keys}`` of what is our own
    """
    marked = []
    for each in candidates:
        kinds = [
            each.kind or known[each.slot][key]
            for key in each.keys
            if key in known.get(each.slot, ()) and not _is_ours(each, key, known, free)
        ]
        if kinds:
            marked.append(Finding(each.start, each.end, draft[each.start : each.end], kinds[0]))
    marked.sort(key=lambda each: (each.start - each.end, FIRST.index(each.kind)))
    chosen = []
    for each in marked:
        if all(each.end <= other.start or other.end <= each.start for other in chosen):
            chosen.append(each)
    return sorted(chosen)


def _is_ours(candidate, key, known, free):
    """Tell whether a name or number is our own; who is greeted is not one of us."""
    if candidate.greeted:
        return False
    return known[candidate.slot][key] == "own" or key in free.get(candidate.slot, ())
