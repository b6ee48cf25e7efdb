"""Text, addresses and times from outside, made safe to store and to show."""

import re
import unicodedata
from collections import Counter
from datetime import datetime, timedelta, timezone
from functools import cache
from html import unescape
from urllib.parse import urljoin, urlsplit

from dateutil import parser as date_parser

from . import ConnectorError

MAX_URL = 2000  # characters; longer ones are tricks or trackers
MAX_COUNT = 2**31 - 1
MAX_HTML = 500_000  # characters of markup looked at for one post
MAX_TAGS = 20_000  # in it
MAX_DEPTH = 500  # open in one another
EARLIEST = datetime(1980, 1, 1, tzinfo=timezone.utc)  # before: a missing date in disguise

# Old pages write Windows-1252 bytes as if they were C1 controls: U+0096 is meant as a dash.
_C1 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
# Kept: tab, line feed, and the marks U+200E, U+200F, U+061C that right-to-left writing needs.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff\ufff9-\ufffb"
    "\u202a-\u202e\u2066-\u2069]"  # can turn round what stands after the post, too
)
_NEWLINES = re.compile("\r\n?|\x0b|\x0c|\u2028|\u2029")
_SPACES = re.compile(r"[^\S\n\xa0]+")
_FOLDED = re.compile(r"[^\S\xa0]+")
_TAG = re.compile("<(/?)([a-z0-9]+)>")
_OPENING = re.compile("<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Tags that people leave open, as HTML allows: they end by themselves.
_UNCLOSED = {
    *("p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "tbody", "thead", "tfoot"),
    *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
    *("source", "track", "wbr"),
}
_DROPPED = (
    *("script", "style", "template", "noscript", "head", "title", "iframe", "object", "svg"),
    *("math", "select", "textarea", "button", "audio", "video"),
)
# Belong to the character before: joiner, skin tones, tags of flags.
_EXTENDING = {
    "\u200c",
    "\u200d",
    *map(chr, range(0x1F3FB, 0x1F400)),
    *map(chr, range(0xE0020, 0xE0080)),
}
_PARAGRAPHS = {"p", "blockquote", "pre", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"}
_LINES = {
    *("div", "li", "tr", "dt", "dd", "dl", "section", "article", "header", "footer", "figure"),
    *("figcaption", "hr", "address", "aside", "main", "nav", "details", "summary", "br"),
}


def plain_text(text):
    """`text` with what cannot be stored or would mislead taken out, and spaces tidied.

    Taken out: NUL and other control characters, lone surrogates, noncharacters, and the bidi
    embeddings, overrides and isolates, with which a post could reverse what staff reads. All
    else, emoji and right-to-left marks included, stays as the author wrote it.
    """
    text = _UNSAFE.sub("", _NEWLINES.sub("\n", str(text or "")).translate(_C1))
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def html_text(markup):
    """The readable text of an HTML fragment, blocks and `<br>` as line breaks, as `plain_text`.

    Scripts, styles and form parts go with their content. Of very long markup (over `MAX_HTML`
    characters) the beginning is read. Raises `ConnectorError`: `library` without nh3.
    """
    markup = _UNSAFE.sub("", str(markup or "")[:MAX_HTML])
    if not markup.strip():
        return ""
    if "<" not in markup and "&" not in markup:
        return plain_text(markup)  # plain text under a wrong name: its lines are meant
    return plain_text("".join(_pieces(_cleaner().clean(_bounded(markup)))))


def _bounded(markup):
    """The markup up to where too many tags stand open in one another, or are there at all.

    The time that nh3 takes grows with the square of the depth: 80,000 open tags in one post
    would keep everything waiting for more than a minute, and nothing could interrupt it.
    """
    if markup.count("<") <= MAX_DEPTH:
        return markup
    opened, depth = Counter(), 0
    for number, found in enumerate(_OPENING.finditer(markup)):
        end, tag = found[1], found[2].lower()
        if end and opened[tag]:
            opened[tag] -= 1
            depth -= 1
        elif not end and tag not in _UNCLOSED:
            opened[tag] += 1
            depth += 1
        if depth > MAX_DEPTH or number > MAX_TAGS:
            return markup[: found.start()]
    return markup


@cache
def _cleaner():
    """What leaves of any markup the text and the bare tags of its blocks, each of them closed."""
    try:
        from nh3 import Cleaner
    except ImportError:
        raise ConnectorError("library", {"library": "nh3"}) from None
    kept = _PARAGRAPHS | _LINES
    return Cleaner(
        tags=kept, clean_content_tags=set(_DROPPED), attributes={"*": set()}, link_rel=None
    )


def _pieces(markup):
    """The text of what `_cleaner` left: there `<` begins a tag and nothing else."""
    text, *rest = _TAG.split(markup)
    yield _folded(text)
    preformatted = 0
    for end, tag, text in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        yield "\n\n" if tag in _PARAGRAPHS else "\n"
        if tag == "pre":
            preformatted += -1 if end else 1
        yield unescape(text) if preformatted else _folded(text)


def _folded(text):
    return unescape(_FOLDED.sub(" ", text)) if text else ""


def shortened(text, limit):
    """At most `limit` characters, the last one `…` where something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def count_characters(text):
    """How many characters people see: marks, joined emoji and flags count as one (graphemes).

    Nearly what Unicode says (UAX 29), without its tables; where it differs it counts more.
    """
    count, joined, flag = 0, False, False
    for character in text:
        mark = unicodedata.category(character) in ("Mn", "Me", "Mc") or character in _EXTENDING
        half = "\U0001f1e6" <= character <= "\U0001f1ff"
        if not (mark or joined or (half and flag)) or not count:
            count += 1
        flag = half and not flag
        joined = character == "\u200d"
    return count


def joined(title, body):
    """Title and body as one text; the title only once where the body begins with it.

    Compared by letters and digits, for titles made from the text lose their punctuation.
    """
    start = re.sub(r"[\W_]+", "", title)
    if not start or re.sub(r"[\W_]+", "", body).startswith(start):
        return body or title
    return f"{title}\n\n{body}" if body else title


def web_address(url, base=""):
    """`url`, made absolute, if it is http or https with a host and no user name; else ""."""
    url = str(url or "").strip()
    if len(url) > MAX_URL:
        return ""
    try:
        url = urljoin(base, url) if url else ""
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    except ValueError:
        return ""
    if not usable or len(url) > MAX_URL or re.search(r"[\s<>\"]", url) or _UNSAFE.search(url):
        return ""
    return url


def utc(moment):
    """An aware UTC `datetime` from a datetime or an ISO 8601 text; None if it is no usable date.

    Without a zone it counts as UTC. Dates before 1980 are none: they stand for "unknown".
    """
    try:
        if not isinstance(moment, datetime):
            moment = date_parser.isoparse(str(moment).strip())
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        moment = moment.astimezone(timezone.utc)
    except (ValueError, OverflowError, TypeError):
        return None
    return moment if moment >= EARLIEST else None


def not_in_future(moment, now=None):
    """`moment`, or the present if it lies ahead: else a wrong clock would lead every list."""
    return min(moment, now or datetime.now(timezone.utc)) if moment else moment


def edited(moment, published):
    """`moment` if it is a real edit, a second or more after the publication, else None."""
    moment = not_in_future(moment)
    if moment and published and moment - published >= timedelta(seconds=1):
        return moment
    return None


def reactions(*counts):
    """The counts that the platform tells, as one number that the database holds; None for none."""
    told = [count for count in counts if type(count) is int and count >= 0]
    return min(sum(told), MAX_COUNT) if told else None


def language(code):
    """The lower-case ISO 639 part of a language tag (`de-AT` gives `de`), or None."""
    primary = re.split("[-_]", str(code or "").strip().lower())[0]
    return primary if re.fullmatch("[a-z]{2,3}", primary) and primary != "und" else None


def first_digit(count):
    """Return a number with its first digit only: the whole number of followers names an account."""
    if type(count) is not int or not 0 < count <= MAX_COUNT:
        return None
    unit = 10 ** (len(str(count)) - 1)
    return count // unit * unit
