"""German sentiment by a lexicon of our own and VADER's scheme of rules.

VADER's own engine cannot be given another language: its negations, boosters and "but" are fixed
in the module, and it looks for a negation before a word only, where German often puts it behind
("gefällt mir nicht"). So this is a small engine with the same scheme: weights of words, boosters,
negation (times -0.74), clauses with "but", capitals, exclamation marks, and the sum normalised to
-1 to 1.
"""

import math
import re
from functools import lru_cache
from pathlib import Path

from . import Sentiment

LEXICON = Path(__file__).with_name("german_lexicon.txt")

# As VADER measured them.
NEGATED, BOOST, CAPITALS, EXCLAMATION, ALPHA = -0.74, 0.293, 0.733, 0.292, 15

NEGATIONS = set(
    "nicht nich net ned nit nie niemals kein keine keinen keinem keiner keines keins nix nichts "
    "ohne weder noch_nie niemand null".split()
)
BOOSTERS = set(
    "sehr total echt richtig voll absolut extrem mega so wirklich besonders unglaublich "
    "wahnsinnig ganz völlig komplett ausgesprochen äußerst überaus enorm hammer super höchst "
    "dermaßen derart einfach viel deutlich verdammt brutal fei gar überhaupt restlos rundum "
    "dick große großes großer riesig riesen ungemein zutiefst absolute absoluter reine reiner".split()
)
DAMPERS = set(
    "etwas bisschen bissl wenig kaum halbwegs einigermaßen relativ ziemlich teilweise manchmal "
    "fast eher recht leicht ansatzweise".split()
)
# What follows weighs more than what came before.
BUT = {"aber", "jedoch", "allerdings", "trotzdem", "dennoch", "sondern", "nur_leider"}
IRONY = {"🙄", "🤡"}
ENDINGS = "e en er es em n s ere eren erer eres ste sten ster stes ster".split()
VERB_ENDINGS = "e st t te ten test tet end ende enden est et".split()
PREFIXES = ("mega", "super", "ober", "sau", "hyper", "ultra", "mords", "stink", "riesen")

TOKEN = re.compile(
    r"(?P<smiley>(?<!\w)(?:[:;=]-?[)(dp/]|:'\(|<3|\^\^)(?!\w))"
    r"|(?P<word>[^\W_]+(?:[-'][^\W_]+)*)"
    r"|(?P<border>[.!?,;:()\n\u2026\u2013]+)"
    r"|(?P<sign>\S\ufe0f?)",
    re.IGNORECASE,
)
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
REPEATED = re.compile(r"(.)\1{2,}")


def fold(word):
    """Write a word as the lexicon is looked up: small, without umlauts, no letter three times."""
    return REPEATED.sub(r"\1", word.lower().translate(UMLAUTS))


NEGATIONS, BOOSTERS, DAMPERS, BUT = (
    {fold(word) for word in words} for words in (NEGATIONS, BOOSTERS, DAMPERS, BUT)
)


class Lexicon:
    """Weights of words, with their endings, and of phrases by their first word."""

    def __init__(self, lines):
        self.words, self.beginnings, self.phrases = {}, {}, {}
        written = {}
        for line in lines:
            if line.strip() and not line.startswith("#"):
                weight, *entries = line.split()
                written.update((fold(entry), float(weight)) for entry in entries)
        for entry, weight in written.items():
            self._add(entry, weight)
        self.words = {**self.words, **{e: w for e, w in written.items() if "_" not in e}}
        for phrases in self.phrases.values():
            phrases.sort(key=lambda phrase: -len(phrase[0]))
        self.get = lru_cache(maxsize=20_000)(self._get)

    def _add(self, entry, weight):
        if "_" in entry:
            words = tuple(entry.split("_"))
            self.phrases.setdefault(words[0], []).append((words, weight))
        elif entry.endswith("*"):
            self.beginnings[entry[:-1]] = weight
        elif weight and entry[-1].isalpha():
            self._add_endings(entry, weight)

    def _add_endings(self, entry, weight):
        forms = [entry + ending for ending in ENDINGS]
        if entry.endswith("en") and len(entry) > 5:
            stem = entry[:-2]
            forms += [stem + ending for ending in VERB_ENDINGS] + [f"ge{stem}t"]
        for form in forms:
            self.words.setdefault(form, weight)

    def _get(self, word):
        """Return the weight of a folded word; 0 if it says nothing."""
        if word in self.words:
            return self.words[word]
        for length in range(len(word) - 1, 3, -1):
            if word[:length] in self.beginnings:
                return self.beginnings[word[:length]]
        for prefix in PREFIXES:
            if word.startswith(prefix) and (weight := self.words.get(word[len(prefix) :])):
                return weight + math.copysign(BOOST, weight)
        return 0.0

    def find_phrase(self, words, start):
        """Return (length, weight) of the longest phrase that begins at a word; (0, 0.0) if none."""
        for phrase, weight in self.phrases.get(words[start], ()):
            found = words[start : start + len(phrase)]
            if len(found) == len(phrase) and all(map(_fits, phrase, found)):
                return len(phrase), weight
        return 0, 0.0


def _fits(pattern, word):
    return word is not None and (
        word.startswith(pattern[:-1]) if pattern[-1] == "*" else word == pattern
    )


@lru_cache(maxsize=1)
def get_lexicon():
    return Lexicon(LEXICON.read_text(encoding="utf-8").splitlines())


def analyse(texts):
    """Return a `Sentiment` for each text."""
    return [rate(text) for text in texts]


def rate(text):
    """Return the `Sentiment` of one text."""
    written, words = _split(text)
    hits = _find_hits(words)
    _boost(hits, written, words)
    _negate(hits, words)
    _weigh_clauses(hits, words)
    total = sum(hit[2] for hit in hits)
    if total:
        total += math.copysign(min(text.count("!"), 4) * EXCLAMATION, total)
    counted = tuple((" ".join(written[start:end]), round(value, 1)) for start, end, value in hits)
    return Sentiment(total / math.sqrt(total * total + ALPHA), counted)


def _split(text):
    """Return what is written, and the same folded; None is where a clause ends."""
    written, words = [], []
    for token in TOKEN.finditer(text):
        border = token.lastgroup == "border"
        written.append(token.group())
        words.append(None if border else fold(token.group()))
    return written, words


def _find_hits(words):
    """Return [[start, end, weight], ...] of words and phrases that say something."""
    lexicon, hits, position = get_lexicon(), [], 0
    while position < len(words):
        word, length = words[position], 0
        if word is not None:
            length, weight = lexicon.find_phrase(words, position)
            if not length:
                weight = lexicon.get(word)
            if weight:
                hits.append([position, position + max(length, 1), weight])
        position += max(length, 1)
    # "super freundlich": the first only strengthens the second.
    starts = {hit[0] for hit in hits}
    return [
        hit
        for hit in hits
        if not (hit[1] - hit[0] == 1 and words[hit[0]] in BOOSTERS and hit[1] in starts)
    ]


def _boost(hits, written, words):
    shouting = not "".join(written).isupper()
    for hit in hits:
        start, end, weight = hit
        sign = math.copysign(1, weight)
        for distance, share in ((1, 1.0), (2, 0.95)):
            before = words[start - distance] if start >= distance else None
            if before is None:
                break
            hit[2] += sign * share * BOOST * ((before in BOOSTERS) - (before in DAMPERS))
        if shouting and end - start == 1 and len(written[start]) > 2 and written[start].isupper():
            hit[2] += sign * CAPITALS


def _negate(hits, words):
    """Turn the word that each negation is about: the next one in its clause, else the last."""
    covered = {position for start, end, _weight in hits for position in range(start, end)}
    for position, word in enumerate(words):
        if word not in NEGATIONS or position in covered:
            continue
        if word in ("nicht", "nich") and words[position + 1 : position + 2] == ["nur"]:
            continue
        hit = _find_after(hits, words, position) or _find_before(hits, words, position)
        if hit:
            hit[2] *= NEGATED


def _find_after(hits, words, position):
    for hit in hits:
        if position < hit[0] <= position + 4 and _is_one_clause(words, position, hit[0]):
            return hit
    return None


def _find_before(hits, words, position):
    for hit in reversed(hits):
        if hit[1] <= position <= hit[1] + 4 and _is_one_clause(words, hit[1], position):
            return hit
    return None


def _is_one_clause(words, start, end):
    return not any(word is None or word in BUT for word in words[start:end])


def _weigh_clauses(hits, words):
    """Let what follows "but" count more, and turn praise where a sign says that it is none."""
    turn = next((place for place, word in enumerate(words) if word in BUT), None)
    ironic = IRONY.intersection(words)
    for hit in hits:
        if turn is not None:
            hit[2] *= 0.5 if hit[0] < turn else 1.5
        if ironic and hit[2] > 0:
            hit[2] *= NEGATED
