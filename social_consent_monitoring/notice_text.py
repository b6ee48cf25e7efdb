"""What stands in the text of a privacy notice, in plain Python: placeholders, names, versions.

A person can read whether a sentence is clear; a program can read whether a name is missing. So
these checks find what is surely missing, and the privacy officer remains the judge of the rest.
"""

import re
from difflib import SequenceMatcher

# Stays in the frozen text: every person has a link of their own.
LINK = "link"
PLACEHOLDERS = ("purpose", "platforms", "categories", "controller", "months", LINK)

# A word in braces; other braces are just text.
_PLACEHOLDER = re.compile(r"\{\s*([^\W\d]\w*)\s*\}")

# By language: words for taking a consent back, and for the unit of its period.
_REVOKE = {"en": r"withdraw|revok", "de": r"widerruf|widerrief"}
_MONTH = {"en": r"month", "de": r"monat"}

_TERMS = re.compile(
    r"(?<!in )\bterms\b|\bT&C|\b(general )?conditions of (use|service|sale|business)|\bprivacy policy"
    r"|\bAGBs?\b|\w*(geschäfts|nutzungs|vertrags|teilnahme)bedingungen|\bdatenschutzerklärung",
    re.IGNORECASE,
)
_ACCEPT = re.compile(
    r"\baccept|\bagree|\bakzeptier|\bzustimm|\bstimm\w*\b.*\bzu\b|\beinverstanden"
    r"|\banerkenn|\berkenn\w*\b.*\ban\b",
    re.IGNORECASE | re.DOTALL,
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


def find_unknown(text):
    """Return the placeholders that nobody can fill, each once, in the order of the text."""
    found = (match[1] for match in _PLACEHOLDER.finditer(text))
    return list(dict.fromkeys(name for name in found if name not in PLACEHOLDERS))


def has_placeholder(text, name):
    return any(match[1] == name for match in _PLACEHOLDER.finditer(text))


def fill(text, values):
    """Return the text with the placeholders replaced that ``values`` has; others stay.

    In one pass, so that a value with braces is never taken for a placeholder. Those that stay
    are written without spaces, so that whoever fills them later finds them.
    """
    return _PLACEHOLDER.sub(
        lambda match: (
            values.get(match[1], f"{{{match[1]}}}") if match[1] in PLACEHOLDERS else match[0]
        ),
        text,
    )


def names(text, name):
    """Tell whether the name stands in the text, as words of its own, in whatever case."""
    wanted = _flat(name).rstrip(".")
    return bool(wanted) and bool(re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", _flat(text)))


def names_months(text, months, lang):
    """Tell whether the text names this number of months (the unit is read in EN and DE only)."""
    unit = _MONTH.get(_main(lang))
    number = rf"(?<![\d.,]){months}(?!\d)"
    return bool(re.search(rf"{number}[^.\d]{{0,20}}{unit}" if unit else number, _flat(text)))


def knows_words(lang):
    """Tell whether this language's words for withdrawing are known here."""
    return _main(lang) in _REVOKE


def names_revocation(text, lang):
    """Tell whether the text speaks of withdrawing, in a language that is known here."""
    return bool(re.search(_REVOKE[_main(lang)], _flat(text)))


def find_acceptance(text):
    """Return the first sentence that asks to accept terms too, or None (rule 10).

    One that says the contrary is found as well: what it wants to say is said by leaving it out.
    """
    for match in _SENTENCE.finditer(text):
        if _TERMS.search(match[0]) and _ACCEPT.search(match[0]):
            return match[0].strip()
    return None


def compare(old, new):
    """Return pairs of lines, old and new side by side, for showing what changed.

    A line is a list of (mark, words) with the marks "same", "old" and "new"; a line that has no
    counterpart stands beside None.
    """
    before, after = _lines(old), _lines(new)
    rows = []
    for kind, start, end, new_start, new_end in _opcodes(before, after):
        left, right = before[start:end], after[new_start:new_end]
        if kind == "equal":
            rows += [([("same", line)], [("same", line)]) for line in left]
            continue
        both = min(len(left), len(right))
        rows += [_compare_line(*pair) for pair in zip(left[:both], right[:both], strict=True)]
        rows += [([("old", line)], None) for line in left[both:]]
        rows += [(None, [("new", line)]) for line in right[both:]]
    return rows


def _compare_line(old, new):
    before, after = old.split(), new.split()
    left, right = [], []
    for kind, start, end, new_start, new_end in _opcodes(before, after):
        marks = ("same", "same") if kind == "equal" else ("old", "new")
        left.append((marks[0], " ".join(before[start:end])))
        right.append((marks[1], " ".join(after[new_start:new_end])))
    return [part for part in left if part[1]], [part for part in right if part[1]]


def _opcodes(before, after):
    return SequenceMatcher(None, before, after, autojunk=False).get_opcodes()


def _lines(text):
    return [" ".join(line.split()) for line in (text or "").splitlines() if line.strip()]


def _main(lang):
    return (lang or "").split("_")[0]


def _flat(text):
    return " ".join((text or "").split()).casefold()


def to_html_lang(code):
    """Return "de-DE" for "de_DE", as HTML wants it."""
    return (code or "en_US").split("@")[0].replace("_", "-")
