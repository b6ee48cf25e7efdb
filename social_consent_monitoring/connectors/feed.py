"""Feeds: RSS 0.9x to 2.0, Atom (through feedparser, see `feed_child`) and JSON Feed.

Conditional GET: the cursor holds the validators (ETag, Last-Modified) of the address it was
read from, so an unchanged feed costs a 304 and no parsing. They come back with the posts, to be
stored with them: a crash between can only mean reading again.

A document that is not well-formed is still read if it is a feed and ends with its own end tag,
since many real feeds have a stray `&`; one that stops in the middle is refused as a whole, for
its last entry may be half a post.

Following. `check` asks for a post's own page, without reading it: only "not found" and "gone" tell
something, and only on the feed's host or one that is expressly allowed. That a post is no longer
in its feed says nothing: feeds hold the newest.

Texts come from anybody, and a regular expression cannot be interrupted: each one here takes a
time in proportion to its text, or is given a short text only.
"""

import hashlib
import json
import math
import re
import subprocess
import sys
from calendar import timegm
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from . import ConnectorError, Page, Post, Rejected, clean, following, http, xml_guard

if not find_spec("feedparser"):
    # The child needs it; here it is only missed early, with its name.
    raise ModuleNotFoundError("No module named 'feedparser'", name="feedparser")

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml,"
    " application/xml;q=0.9, application/json;q=0.8, text/xml;q=0.8, */*;q=0.1"
)
ROOTS = ("rss", "feed", "rdf")
CHECKS = 10  # pages asked for in a run, of one host: nobody offered them to programs
PAGE_BYTES = 20_000  # of a page whose content is of no interest
# What goes wrong with a page only after the server said that it has it.
PAST_STATUS = ("too_large", "unexpected_answer")
MAX_ID = 500  # characters; longer ids are hashed
MAX_AUTHOR = 200  # characters
MAX_NAME = 300  # characters of an author or a title looked at for a name
MAX_TAIL = 2000  # characters at the end of a document in which its end tag must be
PARSED_PER_KEPT = 20  # a feed with more entries than this times `max_items` is not parsed at all
_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>/]", re.I)
_CHILD = Path(__file__).with_name("feed_child.py")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_HANDLE = re.compile(r"@([\w.-]+@[\w.-]+\w(?::\d+)?)")
# Only from the beginning of a word: else each letter of a long word is tried, to its end.
_E_MAIL = re.compile(r"<?(?:mailto:)?(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+>?")
_WEB_ID = re.compile(r"(https?://|tag:|urn:|yt:|at://|info:|doi:)", re.I)


@dataclass(frozen=True)
class _Entry:
    """What both kinds of feed come down to: still raw texts, except the dates and the link."""

    key: str
    link: str
    author: str
    title: str
    body: str
    published: datetime | None
    updated: datetime | None
    dated: bool  # a date was given, readable or not
    language: str


def fetch(query, cursor=None):
    """Read the feed at `query.address`; `term` and `secret` are not used.

    An unchanged feed gives an empty page with the same cursor. Raises `ConnectorError`.
    """
    http.check_address(query.address)
    with http.Session(query) as session:
        headers = {"Accept": ACCEPT, **_validators(query, cursor)}
        response = session.request("GET", query.address, headers=headers)
        moved = http.moved_to(response)
        if response.status_code == 304:
            return Page((), cursor, moved_to=moved)
        entries = _entries(response, query, session)
    posts, rejected = _posts(entries, query, http.host_of(response.url))
    return Page(posts, _cursor(query, response), rejected, moved_to=moved)


def check(query, items):
    """What became of these posts: a `Fate` for each, one request at a time."""
    hosts = {_bare(host) for host in (http.host_of(query.address), *query.post_hosts)}

    def is_ours(host):
        return _bare(host) in hosts

    def ask(item):
        if not is_ours(http.host_of(item.url)):
            raise ConnectorError("other_host", {"host": http.host_of(query.address)})
        _ask_for_page(query, item)
        return "there", None

    def probe():
        with http.Session(query) as session:
            session.request("GET", query.address, headers={"Accept": ACCEPT})

    return following.ask_each(query, items, ask, is_ours, probe)


def _bare(host):
    return (host or "").lower().removeprefix("www.")


def _ask_for_page(query, item):
    """Ask for a page; raises `ConnectorError` unless the server has it."""
    headers = {}
    if item.checked_at:
        headers["If-Modified-Since"] = format_datetime(item.checked_at, usegmt=True)
    with http.Session(replace(query, max_bytes=PAGE_BYTES)) as session:
        try:
            session.request("GET", item.url, headers=headers)
        except ConnectorError as error:
            if error.code not in PAST_STATUS:
                raise


def _cursor(query, response):
    return json.dumps(
        {
            "for": _digest(query.address),
            "etag": response.headers.get("ETag", "")[:1000],
            "modified": response.headers.get("Last-Modified", "")[:100],
        }
    )


def _validators(query, cursor):
    """Request headers from the cursor; none if the source's address has been changed since."""
    try:
        known = json.loads(cursor or "{}")
        if known.get("for") != _digest(query.address):
            return {}
        pairs = {"If-None-Match": known["etag"], "If-Modified-Since": known["modified"]}
        return {name: value for name, value in pairs.items() if value}
    except (ValueError, KeyError, AttributeError):
        return {}  # reading again is harmless, failing for ever is not


def _digest(*texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _entries(response, query, session):
    """The feed's entries, raw. Raises `ConnectorError` if the answer is no feed."""
    host = http.host_of(response.url)
    text = xml_guard.decoded(response.content, response.encoding)
    if not text:
        raise ConnectorError("empty", {"host": host})
    if text.startswith("{"):
        return _json_entries(text, response.url, host, query)
    root, start = xml_guard.root(text, host)
    if root not in ROOTS:
        is_page = "html" in f"{root} {text[:20]} {response.headers.get('Content-Type')}".lower()
        found = "html" if is_page else "other"
        raise ConnectorError("not_a_feed", {"host": host, "found": found})
    limit = PARSED_PER_KEPT * query.max_items
    if sum(1 for _ in _ENTRY.finditer(text)) > limit:
        raise http.too_large(host, limit, "items")
    if not _is_whole(text):
        raise http.truncated(host)
    # From the root on: what stands before it says nothing more, and is slow to search.
    return _xml_entries(text[start:], response.url, host, session)


def _is_whole(text):
    """Whether the document ends with its own end tag; space and comments may follow it.

    Backwards by hand: a regular expression tries all ways to share out a row of comments.
    """
    tail = text[-MAX_TAIL:].rstrip()
    while tail.endswith("-->") and "<!--" in tail:
        tail = tail[: tail.rindex("<!--")].rstrip()
    name = tail[tail.rfind("</") + 2 : -1] if tail.endswith(">") and "</" in tail else ""
    return name.rstrip().rpartition(":")[2].lower() in ROOTS


def _xml_entries(text, address, host, session):
    feed = _parsed(text, address, host, session)
    if not feed["version"]:
        raise ConnectorError("unexpected_answer", {"host": host, "reason": "malformed"})
    site = _site(feed["title"], feed["link"], host)
    return [_xml_entry(entry, address, site, feed["language"]) for entry in feed["entries"]]


def _parsed(text, address, host, session):
    """What `feed_child` makes of the document, in the time that is left for this reading."""
    left = session.left(host)
    settings = {
        "path": sys.path,
        "cache": sys.pycache_prefix,
        "address": address,
        "seconds": math.ceil(left) + 1,
    }
    given = f"{json.dumps(settings)}\n{text}".encode()
    command = [sys.executable or "python3", "-I", str(_CHILD)]
    try:
        done = subprocess.run(  # noqa: S603 - fixed command; the document is only its input
            command, input=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=left
        )
        if done.returncode == 0:
            return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise session.too_late(host) from None
    except OSError:
        raise ConnectorError("library", {"host": host, "library": "python3"}) from None
    # Whatever its parsers stumble over: one document is broken, not the importer.
    raise ConnectorError("unexpected_answer", {"host": host, "reason": "malformed"})


def _xml_entry(entry, address, site, language):
    title, body = entry["title"], entry["body"]
    return _Entry(
        key=entry["id"],
        link=clean.web_address(entry["link"], address),
        author=_byline(entry) or site,
        title=_readable(title),
        body=_readable(body),
        published=_moment(entry["published"]),
        updated=_moment(entry["updated"]),
        dated=entry["dated"],
        language=body["language"] or language,
    )


def _readable(detail):
    """Plain text of a title or body of `feed_child`."""
    read = clean.plain_text if detail["plain"] else clean.html_text
    return read(detail["value"])


def _moment(parsed):
    """Aware UTC from feedparser's time tuple (it takes a time without a zone for UTC)."""
    try:
        return clean.utc(_EPOCH + timedelta(seconds=timegm(parsed))) if parsed else None
    except (ValueError, OverflowError, TypeError):
        return None


def _byline(entry):
    """The entry's author, by name: an e-mail address is nobody's handle.

    From the raw text, because feedparser takes only domains of up to four letters for part of
    an address, and leaves the rest of longer ones as a name.
    """
    return _handle(entry["author"])


def _handle(name):
    name = " ".join(clean.plain_text(str(name or "")[:MAX_NAME]).split())
    if found := _HANDLE.fullmatch(name):
        return found.group(1).lower()
    name = _E_MAIL.sub("", name).replace("()", "").strip(" ,;")
    if found := re.fullmatch(r"\((.*)\)", name):
        name = found.group(1)
    return clean.shortened(name, MAX_AUTHOR)


def _site(title, link, host):
    """Who writes where no entry says so: the handle of a fediverse account's feed, else its title.

    snac titles such a feed `name (@user@host)`; Mastodon links it to `https://host/@user`.
    """
    title = clean.plain_text(title[:MAX_NAME])
    if found := _HANDLE.search(title):
        return found.group(1).lower()
    link = urlsplit(clean.web_address(link))
    if re.fullmatch(r"/@[\w.-]+", link.path):
        return f"{link.path[2:]}@{link.netloc}".lower()
    return _handle(title) or host


def _json_entries(text, address, host, query):
    try:
        feed = json.loads(text)
    except (ValueError, RecursionError):
        raise ConnectorError("unexpected_answer", {"host": host, "reason": "json"}) from None
    if "jsonfeed.org/version/" not in str(feed.get("version")):
        raise ConnectorError("not_a_feed", {"host": host, "found": "other"})
    items = feed.get("items")
    if not isinstance(items, list):
        raise ConnectorError("unexpected_answer", {"host": host, "reason": "malformed"})
    limit = PARSED_PER_KEPT * query.max_items
    if len(items) > limit:
        raise http.too_large(host, limit, "items")
    site = _json_author(feed) or _handle(feed.get("title")) or host
    language = str(feed.get("language") or "")
    return [_json_entry(item, address, site, language) for item in items]


def _json_entry(item, address, site, language):
    if not isinstance(item, dict):
        return None
    body = clean.plain_text(item.get("summary")) or clean.plain_text(item.get("content_text"))
    given = [item.get("date_published"), item.get("date_modified")]
    return _Entry(
        key="" if item.get("id") is None else str(item["id"]),
        link=clean.web_address(item.get("url") or item.get("external_url"), address),
        author=_json_author(item) or site,
        title=clean.plain_text(item.get("title")),
        body=body or clean.html_text(item.get("content_html")),
        published=clean.utc(given[0]),
        updated=clean.utc(given[1]),
        dated=any(given),
        language=str(item.get("language") or language),
    )


def _json_author(holder):
    authors = holder.get("authors") or [holder.get("author")]
    first = authors[0] if isinstance(authors, list) else None
    return _handle(first.get("name")) if isinstance(first, dict) else ""


def _posts(entries, query, host):
    """`(posts, rejected)`: the newest `max_items`, oldest first, each id once."""
    found, rejected = {}, []
    for entry in entries:
        result = _post(entry, query, host)
        if isinstance(result, Rejected):
            rejected.append(result)
        elif result.external_id in found:
            rejected.append(Rejected("duplicate", result.external_id))
        else:
            found[result.external_id] = result
    # Feeds list the newest first; that decides between posts of the same second.
    posts = sorted(list(found.values())[::-1], key=lambda post: post.published_at)
    surplus = posts[: max(len(posts) - query.max_items, 0)]
    rejected += [Rejected("too_many", post.external_id) for post in surplus]
    return tuple(posts[len(surplus) :]), tuple(rejected)


def _post(entry, query, host):
    """The `Post`, or why it is none. Without a publication date the update's date counts."""
    if entry is None:
        return Rejected("unreadable")
    text = clean.shortened(clean.joined(entry.title, entry.body), query.max_text)
    key = _external_id(entry, text, host)
    published = clean.not_in_future(entry.published or entry.updated)
    if not text:
        return Rejected("no_text", key)
    if not published:
        return Rejected("bad_date" if entry.dated else "no_date", key)
    return Post(
        external_id=key,
        url=entry.link,
        author=entry.author,
        text=text,
        published_at=published,
        language=clean.language(entry.language),
        edited_at=clean.edited(entry.updated, published),
    )


def _external_id(entry, text, host):
    """The entry's id, else its link, else a digest of author, title and text.

    An id that is no address is unique in its own feed only, so the host goes before it; a bare
    number may even recur in another feed of that host, there the link is better.
    """
    key = clean.plain_text(entry.key)
    if key and not _WEB_ID.match(key):
        key = "" if key.isdecimal() and entry.link else f"{host}:{key}"
    key = key or entry.link or f"sha256:{_digest(entry.author, entry.title, text)}"
    return key if len(key) <= MAX_ID else f"sha256:{_digest(key)}"
