"""Marking words in a text, as Html that says no more than the text does."""

import re

from markupsafe import Markup, escape

from .topics import make_pattern

# A phrase in quotes, with what stands before it, or a word.
TOKEN = re.compile(r'(-?(?:\w+:)?)"([^"]+)"|([^\s"()|]+)')
CONNECTING = {"AND", "OR", "NOT"}
# What stands before a search word and is none of it: a minus leaves out, ``from:`` names a place.
OPERATOR = re.compile(r"-|\w+:(?!//)")


def split_term(term):
    """Return the words by which a source's search term finds posts, as keywords for ``mark``.

    A phrase in quotes stays one. Of other words those of one or two letters are left out, as in
    topics; and whatever tells the platform how to look, or what not to find.
    """
    found, skips = [], False
    for operator, phrase, word in TOKEN.findall(term or ""):
        if word in CONNECTING:
            skips = word == "NOT"
            continue
        left_out, skips = skips or operator or OPERATOR.match(word), False
        keyword = " ".join((phrase or word).split()).lstrip("#@").rstrip(",;")
        if not left_out and (phrase or len(re.sub(r"\W", "", keyword)) > 2):
            found.append(keyword)
    return list(dict.fromkeys(filter(None, found)))


def mark(text, words):
    """Return the text as Html with these words marked; whatever else it holds is escaped.

    Line breaks are kept by the style ``white-space: pre-wrap`` of whoever shows it.

    :param words: ``{keyword: why it is marked}``; ``*`` stands for any ending, as in topics
    """
    # The longer one first: of "parcel" and "parcel shop" the latter is meant.
    ordered = sorted(words, key=len, reverse=True)
    pattern = make_pattern(ordered)
    if not pattern:
        return escape(text)
    each = [(make_pattern([word]), words[word]) for word in ordered]
    parts, end = [], 0
    for found in pattern.finditer(text):
        why = next((why for one, why in each if one.fullmatch(found.group())), "")
        marked = Markup('<mark title="%s">%s</mark>') % (why, found.group())
        parts += [escape(text[end : found.start()]), marked]
        end = found.end()
    return Markup("").join([*parts, escape(text[end:])])
