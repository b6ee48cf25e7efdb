"""Text, addresses and times from outside, made safe to store and to show."""

import re
import unicodedata
from datetime import datetime, timedelta, timezone
from urllib.parse import urljoin, urlsplit

from dateutil import parser as date_parser
from lxml import etree, html

MAX_URL = 2000  # characters; longer ones are tricks or trackers
MAX_HTML = 500_000  # characters of markup looked at for one post
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
    characters) the beginning is read.
    """
    markup = _UNSAFE.sub("", str(markup or "")[:MAX_HTML])
    if not markup.strip():
        return ""
    if "<" not in markup and "&" not in markup:
        return plain_text(markup)  # plain text under a wrong name: its lines are meant
    # Bytes, because lxml refuses a str that begins with an XML declaration.
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        root = html.document_fromstring(f"<body>{markup}</body>".encode(), parser=parser)
    except (etree.LxmlError, ValueError):
        return ""
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    return plain_text("".join(_pieces(root)))


def _pieces(root):
    """Walks without recursion: markup may be nested deeper than Python's stack."""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if element.tag in _PARAGRAPHS:
            yield "\n\n"
        elif element.tag in _LINES and not (element.tag == "br" and event == "end"):
            yield "\n"
        text = element.text if event == "start" else element.tail
        if text:
            inside = element if event == "start" else element.getparent()
            kept = inside is not None and inside.tag == "pre"
            yield text if kept else re.sub(r"[^\S\xa0]+", " ", text)


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


def language(code):
    """The lower-case ISO 639 part of a language tag (`de-AT` gives `de`), or None."""
    primary = re.split("[-_]", str(code or "").strip().lower())[0]
    return primary if re.fullmatch("[a-z]{2,3}", primary) and primary != "und" else None
