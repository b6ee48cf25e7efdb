"""Decodes an XML document and looks at its beginning before any XML parser sees it."""

import codecs
import re

from . import ConnectorError

_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = (  # "<" without a mark before it
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
_DECLARATION = re.compile(r"\s*<\?xml.*?\?>", re.S)
_DECLARED = re.compile(r"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
# Python knows more, some of them (punycode) so slow that a small document would stop the reader.
_CHARSET = re.compile(
    r"(us-?)?ascii|utf-?_?(8|16|32)(-?(le|be))?|(iso-?_?8859|latin|windows|cp|ibm|koi8|mac|tis)[\w-]*"
    r"|gb(k|2312|18030)|big5[\w-]*|euc[-_](jp|kr)|shift[-_]?jis|sjis|iso-?2022-\w+(-\d)?|hz[\w-]*",
    re.I,
)
_SEVEN_BIT = re.compile(r"(iso-?2022|hz)", re.I)  # look like ASCII, so UTF-8 would always fit
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SKIPPED = re.compile(r"\s+|<!--.*?-->|<\?.*?\?>", re.S)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_DOCTYPE = re.compile(r"<!doctype", re.I)
_ENTITY = re.compile(r"<!entity|%[\w.-]+;", re.I)


def decoded(body, charset=None):
    """The text of `body` without byte order mark, XML declaration and characters XML forbids.

    A byte order mark wins; then UTF-8 if the bytes are UTF-8, whatever is declared (a wrong
    declaration is far more common than text that is valid UTF-8 by accident); then the
    declarations, the document's own before the server's (`charset`); at last Windows-1252.
    Since every later step works on this text, nobody reads the document differently. A declaration
    leaves its line breaks behind, so that lines are counted as the author's editor does.
    """
    text = _by_mark(body)
    if text is None:
        text = _by_declaration(body, charset)
    text = _NOT_XML.sub("", text.lstrip("\ufeff")).rstrip()
    declaration = _DECLARATION.match(text)
    if not declaration or declaration.end() == len(text):
        return text[declaration.end() :] if declaration else text.lstrip()
    return "\n" * declaration[0].count("\n") + text[declaration.end() :]


def _by_mark(body):
    for mark, encoding in (*_BOMS, *_WIDE):
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    return None


def _by_declaration(body, charset):
    found = _DECLARED.match(body[:500].decode("ascii", "replace"))
    declared = [found.group(1)] if found else []
    names = [*declared, charset, "utf-8"]
    if not any(_SEVEN_BIT.match(name or "") for name in names):
        names.insert(0, "utf-8")
    for name in names:
        if text := _strictly(body, name):
            return text
    return body.decode("cp1252", "replace")


def _strictly(body, name):
    if not _CHARSET.fullmatch(name or ""):
        return None
    try:
        return body.decode(name)
    except (LookupError, UnicodeError):
        return None


def root(text, host):
    """`(name, place)` of the root element, lower-case and without prefix; ("", end) without one.

    Raises `ConnectorError("entities")` where the document type declares entities: a few lines
    of them unfold to gigabytes or name files on this machine, and no feed needs them.
    """
    place = _content(text, 0)
    if _DOCTYPE.match(text, place):
        place = _content(text, _after_doctype(text, place, host))
    found = _ROOT.match(text, place)
    return (found.group(1).lower(), place) if found else ("", len(text))


def _content(text, place):
    """The next place at or after `place` that is no space, comment or instruction."""
    while skipped := _SKIPPED.match(text, place):
        place = skipped.end()
    return place


def _after_doctype(text, place, host):
    """Where the document goes on behind its document type; its end if the type has none."""
    inner, end = text.find("[", place), text.find(">", place)
    if inner >= 0 and (inner < end or end < 0):
        close = re.compile(r"\]\s*>").search(text, inner)
        if _ENTITY.search(text, inner, close.end() if close else len(text)):
            raise ConnectorError("entities", {"host": host})
        end = close.end() - 1 if close else -1
    return end + 1 if end >= 0 else len(text)
