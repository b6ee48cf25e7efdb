"""Bluesky: posts with a word, and mentions of the own account, read as that account.

All is asked of the server that holds the account (`Query.address`), and of no other: the key goes
nowhere else. The package `atproto` logs in and builds the requests; our guarded session makes
them. Answers are read post by post, because one odd record would void a whole page for the
package's own classes.

Login. `Query.login` is the account's handle, `Query.secret` a password made for apps. A login is
kept in this process until it expires, since Bluesky allows few (300 a day); it is written nowhere.

Paging. As the fediverse connector does it, each reading walks from the newest post backwards
until it meets what the last completed walk knew; only then the newest ids become the known ones.
The cursor holds where the walk stands, so it may be cut off after any page. A page may be empty
though more follow (the server leaves posts out after it has counted them), and the last one may
still have a cursor: some empty pages in a row are the end.

Ids are `at://` addresses with the lasting id (DID) of the account, so they, and the addresses made
from them, stay the same when an account takes another handle. `author` is the present handle.

Answering. An answer is a record under a key of our own, made from the idempotency key: what was
sent once stands there, and a second attempt finds it.

Limits: a post that an author dates back far is found only if it stands on the newest page. Where
a server pages by number, a post deleted during a walk of several pages can hide another one.
"""

import hashlib
import json
import re
import time
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timezone

from atproto_client import Client, models
from atproto_client.request import RequestBase, Response
from atproto_core.exceptions import AtProtocolError

from . import (
    Account,
    ConnectorError,
    Fate,
    Own,
    Page,
    Post,
    Rejected,
    Sent,
    clean,
    following,
    gather,
    http,
)

LIMIT = 100  # posts a page: the most that Bluesky gives
BACKFILL = 5  # pages that the very first walk reads
LONGEST_WALK = 100  # pages; then it gives up and says so
EMPTY = 10  # empty pages in a row that are the end
CHECKS = 480  # posts asked about in a run, of one server
BATCH = 24  # posts asked about at once: Bluesky allows 25, and as many authors and ourselves
POST = "app.bsky.feed.post"
URI = re.compile(rf"at://(did:[a-z]+:[\w.:%-]+)/{re.escape(POST)}/([\w.~:-]{{1,512}})", re.ASCII)
DID = re.compile(r"did:[a-z]+:[\w.:%-]{1,300}", re.ASCII)
HANDLE = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
NO_HANDLE = "handle.invalid"  # shown for all accounts whose handle does not lead to them
# What would make of a search for a word one for what somebody writes (rule 24).
OF_A_PERSON = re.compile(r"(?<!\w)(from|to|mentions|author|did)\s*:", re.IGNORECASE)
# The author's wish, or a moderator's decision: not for people who are not logged in (rule 15).
CLOSED = {"!no-unauthenticated", "!hide", "!takedown"}
REACTIONS = ("like", "repost", "reply", "quote")
REASONS = ["mention", "reply", "quote"]
# What is asked, in the words of `atproto`, and under which name the posts come.
KINDS = {
    "search": ("AppBskyFeedSearchPosts", "posts"),
    "mentions": ("AppBskyNotificationListNotifications", "notifications"),
}
REFUSED = (400, 401)  # how a login or a key is refused
ANSWER = 300  # characters (graphemes) of the longest post
KEY_LETTERS = "234567abcdefghijklmnopqrstuvwxyz"  # of record keys, in their order
LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)'\]]")
MENTION = re.compile(rf"(?<![\w/])@({HANDLE.pattern})", re.IGNORECASE)

# Logins by server, account and password: in the memory of this process, and nowhere else.
_kept = {}


@dataclass(frozen=True)
class _Walk:
    """Where the reading stands; ids newest first.

    `origin` what is read: of another one the cursor is void
    `known`  ids of the newest page of the last completed walk; empty before the first one
    `newest` ids of this walk's first page; empty between two walks
    `cursor` the server's own, to go on from
    `since`  publication of the oldest of `known`, ISO 8601
    `start`  the same for `newest`
    `pages`  read so far in this walk
    `empty`  pages in a row that brought nothing
    """

    origin: str = ""
    known: list = field(default_factory=list)
    newest: list = field(default_factory=list)
    cursor: str = ""
    since: str = ""
    start: str = ""
    pages: int = 0
    empty: int = 0


def fetch(query, cursor=None):
    """One page of posts with `query.term`, or of those that mention the account `query.login`.

    The first walk reads at most `BACKFILL` pages of `LIMIT`. Raises `ConnectorError`.
    """
    walk = _walk(query, cursor)
    with _Reader(query) as reader:
        views, behind = _read(reader, walk, query)
    wanted = [view for view in views if query.kind == "search" or _get(view, "reason") in REASONS]
    posts, rejected = gather.gather(reversed(wanted), lambda view: _post(view, query))
    walk, more, gap = _after(walk, views, behind)
    return Page(posts, json.dumps(asdict(walk)), (*rejected, *gap), more)


def check(query, items):
    """What became of these posts: a `Fate` for each, with one request or two for `BATCH` posts."""
    items = list(items)
    for start in range(0, len(items), BATCH):
        if start:
            time.sleep(query.pause)
        yield from _fates(query, items[start : start + BATCH])


def prove(query, handle, code):
    """The account with this handle if it shows `code` in its profile or in one of its posts.

    The server that was read is asked. What the account only passes on is not its own word. Raises
    `ConnectorError`.
    """
    handle = as_handle(handle)
    with _Reader(query) as reader:
        profiles = reader.read_list("AppBskyActorGetProfiles", "profiles", actors=[handle])
        found = [each for each in profiles if str(_get(each, "handle")).lower() == handle]
        did = _get(found[0], "did") if found else None
        if not isinstance(did, str) or not DID.fullmatch(did):
            return None
        text = _get(found[0], "description")
        if not _contains(text, code):
            text = "" if _is_blocked(found[0]) else _find_posted(reader, did, code)
    digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    return Account(handle, did, digest) if text else None


def as_handle(handle):
    """The handle in lower case. Raises `ConnectorError` for what is none."""
    handle = (handle or "").lower().removeprefix("@")
    if not HANDLE.fullmatch(handle) or handle == NO_HANDLE:
        raise ConnectorError("address")
    return handle


def send(query, text, in_reply_to, _visibility, idempotency):
    """Answer a post; see `connectors.send`."""
    if not URI.fullmatch(in_reply_to.external_id):
        raise ConnectorError("no_post", {"host": http.host_of(query.address)})
    with _Reader(query) as reader:
        place = _reply_place(reader, in_reply_to.external_id, query)
        key = _record_key(idempotency)
        record = {
            "$type": POST,
            "text": text,
            "createdAt": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "reply": place,
            "facets": _facets(reader, text),
        }
        reader.publish(record, key)
        return _sent(reader.did, key, query)


def find_sent(query, _text, _in_reply_to, idempotency):
    """The post under the key of ours."""
    key = _record_key(idempotency)
    with _Reader(query) as reader:
        reader.ask("ComAtprotoServerGetSession")
        stands = _record(reader, f"at://{reader.did}/{POST}/{key}", None)
        return _sent(reader.did, key, query) if stands else None


def introduce(query):
    """Whose password this is, and how long a post may be."""
    with _Reader(query) as reader:
        handle = str(reader.ask("ComAtprotoServerGetSession").get("handle") or "").lower()
    if not HANDLE.fullmatch(handle):
        raise _unexpected(query)
    return Own(handle, ANSWER)


def count(text):
    """Characters as Bluesky counts them."""
    return clean.count_characters(text)


def _reply_place(reader, uri, query):
    """What an answer says of the post that it answers, and of the one at the head of the thread."""
    views = _by(reader.read_list("AppBskyFeedGetPosts", "posts", uris=[uri]), "uri")
    if uri not in views:
        raise ConnectorError("no_post", {"host": http.host_of(query.address)})
    parent = {"uri": uri, "cid": _get(views[uri], "cid")}
    root = _get(_get(_get(views[uri], "record"), "reply"), "root")
    known = isinstance(_get(root, "uri"), str) and isinstance(_get(root, "cid"), str)
    return {"parent": parent, "root": {"uri": root["uri"], "cid": root["cid"]} if known else parent}


def _record_key(idempotency):
    """The record's key (TID): the time of the idempotency key, and ten bits of its chance."""
    moment, _dash, chance = idempotency.partition("-")
    number = (int(moment, 16) << 10 | int(chance, 16) & 1023) & (2**63 - 1)
    return "".join(KEY_LETTERS[number >> shift & 31] for shift in range(60, -1, -5))


def _sent(did, key, query):
    url = f"https://bsky.app/profile/{did}/post/{key}"
    return Sent(f"at://{did}/{POST}/{key}", url, query.login.lower())


def _facets(reader, text):
    """The links and mentions in a text: Bluesky shows as such only what is told, in bytes."""
    facets = [
        _facet(text, found, {"$type": "app.bsky.richtext.facet#link", "uri": found[0]})
        for found in LINK.finditer(text)
    ]
    for found in MENTION.finditer(text):
        if did := _find_did(reader, found[1].lower()):
            feature = {"$type": "app.bsky.richtext.facet#mention", "did": did}
            facets.append(_facet(text, found, feature))
    return facets


def _facet(text, found, feature):
    start = len(text[: found.start()].encode())
    place = {"byteStart": start, "byteEnd": start + len(found[0].encode())}
    return {"index": place, "features": [feature]}


def _find_did(reader, handle):
    """The lasting id of a handle, or None where nobody has it."""
    try:
        did = reader.ask("ComAtprotoIdentityResolveHandle", again=False, handle=handle).get("did")
    except ConnectorError as error:
        if error.detail.get("status") == 400:
            return None
        raise
    return did if isinstance(did, str) else None


class _Http(RequestBase):
    """The package's requests, made by our guarded session, errors as it raises them."""

    def __init__(self, session):
        super().__init__()
        self._session = session

    def get(self, url, **options):
        return self._send("GET", url, **options)

    def post(self, url, **options):
        return self._send("POST", url, **options)

    def _send(self, method, url, headers=None, params=None, content=None, data=None):
        headers = {**self.get_headers(headers), "User-Agent": self._session.headers["User-Agent"]}
        response = self._session.request(
            method,
            url,
            headers=headers,
            # requests would write False, which the server does not know.
            params={key: _as_json(value) for key, value in (params or {}).items()},
            data=content or data,
            # A redirect would send the password on to somebody else.
            allow_redirects=method == "GET",
        )
        return Response(True, response.status_code, _object(response), dict(response.headers))


class _Client(Client):
    def _update_pds_endpoint(self, _pds_endpoint):
        """Stay where the password was given: that server passes on what others have to answer."""


class _Reader:
    """The account, logged in, for one reading."""

    def __init__(self, query):
        self._query = query
        http.check_address(query.address)
        self._base = http.origin_of(query.address)
        self._key = (self._base, query.login, query.secret)
        self._client = None
        self._session = http.Session(query)
        self.did = None  # the account's own lasting id, known once something was asked

    def __enter__(self):
        if not (self._query.login and self._query.secret):
            raise ConnectorError("account")
        return self

    def __exit__(self, *_exception):
        self._session.close()

    def read_list(self, method, name, **params):
        """Ask, and return the list of that name in the answer."""
        found = self.ask(method, **params).get(name)
        if not isinstance(found, list):
            raise _unexpected(self._query)
        return found

    def ask(self, method, again=True, **params):
        """Call a method, named as in `atproto.models`, and return its answer.

        A kept login that is not taken any more is made anew, once, unless `again` is off.
        """
        is_kept = self._key in _kept
        try:
            return self._call(method, params)
        except ConnectorError as error:
            if not (again and is_kept and error.detail.get("status") in REFUSED):
                raise
        _kept.pop(self._key, None)
        self._client = None
        return self._call(method, params)

    def publish(self, record, key):
        """Write a post of the account's own under a key. Raises "refused" where it is not taken."""
        method = "ComAtprotoRepoCreateRecord"
        data = {"repo": self.did, "collection": POST, "rkey": key, "record": record}

        def write(client):
            values = getattr(models, method).Data(**data)
            name = getattr(models.ids, method)
            kind = "application/json"
            return client.invoke_procedure(
                name, data=values, input_encoding=kind, output_encoding=kind
            )

        try:
            self._with_client(write)
        except ConnectorError as error:
            if error.detail.get("status") == 400:
                raise ConnectorError("refused", error.detail) from None
            raise

    def _call(self, method, params):
        def read(client):
            values = getattr(models, method).Params(**params) if params else None
            name = getattr(models.ids, method)
            return client.invoke_query(name, values, output_encoding="application/json").content

        return self._with_client(read)

    def _with_client(self, call):
        try:
            self._client = self._client or self._login()
            return call(self._client)
        except (AtProtocolError, ValueError, TypeError, LookupError, AttributeError):
            # The package stumbles over an answer; `from None`: its texts quote from it.
            _kept.pop(self._key, None)
            raise _unexpected(self._query) from None

    def _login(self):
        client = _Client(self._base, request=_Http(self._session))
        client.on_session_change(self._keep)
        if kept := _kept.get(self._key):
            client.login(session_string=kept, fetch_bsky_profile=False)
            return client
        try:
            client.login(self._query.login, self._query.secret, fetch_bsky_profile=False)
        except ConnectorError as error:
            if error.detail.get("status") in REFUSED:
                raise ConnectorError("key", error.detail) from None
            raise
        return client

    def _keep(self, _event, login):
        """Called by the package when it logged in, took a kept login, or made it last longer."""
        _kept[self._key] = login.export()
        self.did = login.did


def _read(reader, walk, query):
    """`(views, cursor)` of the next page; the cursor is None where a kept one is void by now."""
    method, name = KINDS[query.kind]
    asked = {"limit": LIMIT, "cursor": walk.cursor or None}
    if query.kind == "search":
        asked |= {"q": _term(query), "sort": "latest"}
    else:
        asked |= {"reasons": REASONS}
    try:
        answer = reader.ask(method, **asked)
    except ConnectorError as error:
        if walk.cursor and error.detail.get("status") == 400:
            return [], None
        raise
    views, behind = answer.get(name), answer.get("cursor")
    if not isinstance(views, list):
        raise _unexpected(query)
    return views, behind if isinstance(behind, str) else ""


def _after(walk, views, behind):
    """`(walk, more, gap)` after one page: go on behind it, or end the walk and remember it."""
    ids = [uri for uri in (_get(view, "uri") for view in views) if isinstance(uri, str)]
    dates = [date for date in map(_published, views) if date]
    empty = 0 if ids else walk.empty + 1
    # A server that does not know its own cursor.
    stuck = behind == walk.cursor or (bool(ids) and set(ids) <= set(walk.newest))
    if ids and not walk.newest:
        walk = replace(walk, newest=ids, start=min(dates).isoformat() if dates else "")
    ended = behind == "" or empty == EMPTY or (not ids and behind == walk.cursor)
    reached = ended or gather.has_reached(walk.known, walk.since, ids, dates)
    pages = walk.pages + 1
    limit = LONGEST_WALK if walk.known else BACKFILL
    if behind and not reached and not stuck and pages < limit:
        return replace(walk, cursor=behind, pages=pages, empty=empty), True, ()
    gap = (Rejected("gap"),) if walk.known and not reached else ()
    known, since = walk.newest or walk.known, walk.start or walk.since
    # A walk of several pages may have begun long ago: what was written since comes at once.
    return _Walk(walk.origin, known, since=since), pages > 1 and bool(walk.newest), gap


def _post(view, query):
    """A post as the server shows it: its record, and around it what the server knows of it."""
    record, author = _get(view, "record"), _get(view, "author")
    if _get(record, "$type") != POST:
        return Rejected("unreadable")
    uri = URI.fullmatch(str(_get(view, "uri")))
    if not uri:
        return Rejected("no_id")
    did, key = uri.groups()
    text = _get(record, "text")
    text = clean.plain_text(text) if isinstance(text, str) else ""
    published = clean.not_in_future(_published(view))
    if not text:
        return Rejected("no_text", uri[0])
    if not published:
        return Rejected("bad_date" if _get(record, "createdAt") else "no_date", uri[0])
    handle = clean.plain_text(_get(author, "handle")).lower()
    languages = _get(record, "langs")
    return Post(
        external_id=uri[0],
        url=f"https://bsky.app/profile/{did}/post/{key}",
        author=handle if HANDLE.fullmatch(handle) and handle != NO_HANDLE else did,
        text=clean.shortened(text, query.max_text),
        published_at=published,
        visibility="private" if CLOSED & (_labels(author) | _labels(view)) else "public",
        language=clean.language(languages[0])
        if languages and isinstance(languages, list)
        else None,
        reactions=clean.reactions(*(_get(view, f"{name}Count") for name in REACTIONS)),
        account=did,
    )


def _published(view):
    """When a post was written, as its author says, or when the server had it if that was before."""
    written = clean.utc(_get(_get(view, "record"), "createdAt"))
    indexed = clean.utc(_get(view, "indexedAt"))
    return min(written, indexed) if written and indexed else written


def _labels(holder):
    labels = _get(holder, "labels")
    labels = labels if isinstance(labels, list) else ()
    return {str(_get(label, "val")) for label in labels if not _get(label, "neg")}


# What became of posts


def _fates(query, items):
    """A `Fate` for each of at most `BATCH` items."""
    asked = [item.external_id for item in items if URI.fullmatch(item.external_id)]
    try:
        with _Reader(query) as reader:
            found = (
                _by(reader.read_list("AppBskyFeedGetPosts", "posts", uris=asked), "uri")
                if asked
                else {}
            )
            missing = [uri for uri in asked if uri not in found]
            hidden, gone = _miss(reader, missing, query) if missing else ({}, ())
    except ConnectorError as error:
        return [Fate(item.external_id, "unknown", error=error) for item in items]
    return [_fate(item, {**found, **hidden}, gone, query) for item in items]


def _fate(item, found, gone, query):
    if item.external_id in gone:
        return Fate(item.external_id, "deleted")
    if item.external_id not in found:
        return Fate(item.external_id, "unknown", error=ConnectorError("no_check"))
    return following.compare(item, _post(found[item.external_id], query), query.address)


def _miss(reader, missing, query):
    """`(views, ids that are gone)` of posts that the server leaves out.

    It leaves out what was deleted, and what the account does not get to see, because one blocks
    the other: that is asked for as everybody sees it. A server that does not even know the account
    that asks has lost its index, and says nothing by leaving out.
    """
    owners = {uri: URI.fullmatch(uri)[1] for uri in missing}
    actors = sorted({*owners.values(), reader.did})
    profiles = _by(reader.read_list("AppBskyActorGetProfiles", "profiles", actors=actors), "did")
    if reader.did not in profiles:
        raise _unexpected(query)
    views, gone = {}, []
    for uri, did in owners.items():
        view = _record(reader, uri, profiles[did]) if _is_blocked(profiles.get(did)) else None
        if view:
            views[uri] = view
        else:
            gone.append(uri)
    return views, gone


def _record(reader, uri, author):
    """A post as everybody sees it, or None where it is gone."""
    repo, key = URI.fullmatch(uri).groups()
    place = {"repo": repo, "collection": POST, "rkey": key}
    try:
        answer = reader.ask("ComAtprotoRepoGetRecord", again=False, **place)
    except ConnectorError as error:
        if error.detail.get("status") == 400:
            return None
        raise
    return {"uri": uri, "record": answer.get("value"), "author": author}


def _is_blocked(profile):
    viewer = _get(profile, "viewer")
    return any(_get(viewer, name) for name in ("blocking", "blockedBy", "blockingByList"))


def _find_posted(reader, did, code):
    """The text of one of the account's newest posts that shows the code, "" where none does."""
    entries = reader.read_list("AppBskyFeedGetAuthorFeed", "feed", actor=did, limit=LIMIT)
    posts = [_get(entry, "post") for entry in entries if not _get(entry, "reason")]
    texts = (
        _get(_get(post, "record"), "text")
        for post in posts
        if _get(_get(post, "author"), "did") == did
    )
    return next((text for text in texts if _contains(text, code)), "")


# Small things


def _walk(query, cursor):
    """The walk from the cursor; a new one if server or question have been changed since."""
    if query.kind not in KINDS:
        raise ConnectorError("connector", {"connector": f"bluesky {query.kind}".strip()})
    term = _term(query).lower() if query.kind == "search" else ""
    origin = f"{http.host_of(query.address)}/{query.kind}/{term}"
    try:
        walk = _Walk(**json.loads(cursor or "{}"))
    except (ValueError, TypeError):
        walk = _Walk()
    return walk if walk.origin == origin else _Walk(origin)


def _term(query):
    term = " ".join((query.term or "").split())
    if not term or len(term) > 200 or OF_A_PERSON.search(term):
        raise ConnectorError("term")
    return term


def _as_json(value):
    return json.dumps(value) if isinstance(value, bool) else value


def _object(response):
    """The JSON object in an answer."""
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        detail = {"host": http.host_of(response.url), "reason": "json"}
        raise ConnectorError("unexpected_answer", detail)
    return answer


def _by(views, name):
    return {_get(view, name): view for view in views if isinstance(_get(view, name), str)}


def _get(holder, name):
    return holder.get(name) if isinstance(holder, dict) else None


def _contains(text, code):
    """Compare letters and digits only: people and programs break and group as they like."""
    return bool(code) and _letters(code) in _letters(text if isinstance(text, str) else "")


def _letters(text):
    return "".join(filter(str.isalnum, text.upper()))


def _unexpected(query):
    return ConnectorError(
        "unexpected_answer", {"host": http.host_of(query.address), "reason": "answer"}
    )
