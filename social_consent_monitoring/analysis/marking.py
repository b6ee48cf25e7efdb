"""Marking words in a text, as Html that says no more than the text does."""

from markupsafe import Markup, escape

from .topics import make_pattern


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
