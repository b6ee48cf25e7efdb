"""The fediverse, through the Mastodon API (Mastodon, snac2 and others).

`tag` reads the posts with a hashtag, `search` the public search, `mentions` the notifications of
the account's own that somebody mentioned it. Mentions need a token. Search needs one on most
servers: snac2 refuses strangers, Mastodon answers them that it found nothing, so to a stranger
nothing found counts as a refusal (until something was found once).

Paging. Each reading walks from the newest post backwards by `max_id`, one request a page, until
it meets posts that the last completed walk knew; only then the newest ids become the known
ones. The cursor holds where the walk stands, so it may be cut off after any page: nothing is
left out, and what is read again is the same post. Posts made during a walk are newer than its
start, so the next one finds them.

Why not forward by `min_id`: snac2 2.75 looks an id up in the tag's index, and answers with an
empty list, for ever, once the post of that id is deleted and purged. It does so with `max_id`
too, but there another id of the same page will do (see `_older`). Besides, servers put posts
that reach them late behind newer ones: the newest page, read each time, is the window that
finds those, and edits with them.

Notifications are walked by their own ids, not by those of the posts: a mention may reach the
server long after it was written. Servers that know no pages of search results (snac2 2.75) give
the newest again, which ends the walk.

Ids are opaque: snac2's do not sort within a second. Order is the order of the answer.

Following. `check` asks the server that was read for the status, by the id that it has there
(`Post.locator`). Where that needs a login (snac2, closed servers), the post itself is asked for as
an ActivityPub object, if it stands on that server. "Not found" counts only from a server that
still answers as one of the fediverse: one that moved away says it of everything.

Answering. `send` answers a status by the id that it has on the account's server, and puts the
author's handle before the text: without it the author's server would not be told. Mastodon knows
idempotency keys, snac2 does not: there, and after a while on Mastodon, what stands under the post
tells whether an earlier attempt got through.

Limit: snac2 2.75 calls its unlisted posts `public`, so they cannot be told apart here.
"""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field, replace
from urllib.parse import quote, urlencode

from mastodon import Mastodon, MastodonError

from . import (
    Account,
    ConnectorError,
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

LIMIT = 40  # posts a page: the most that Mastodon gives
BACKFILL = 5  # pages that the very first walk reads
LONGEST_WALK = 500  # pages; then it gives up and says so
MAX_WORDS = 200  # characters to search for
CHECKS = 100  # posts asked about in a run, of one server; Mastodon allows 300 requests in 5 minutes
ACTIVITY = "application/activity+json"
ACTORS = (ACTIVITY, 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"')
LONGEST_ADDRESS = 500
PUBLIC = {"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"}
HANDLE = re.compile(r"[\w.-]+@[a-z0-9.-]+(:\d+)?")
TRIES = 3  # ids tried to go on from when a page comes back empty
OPEN = ("public", "unlisted")  # visible to everybody
CLOSED = ("login_needed", "http_status", "unexpected_answer")  # the API is not for strangers
VISIBILITY = {"public", "unlisted", "private", "direct"}
ANSWER = 500  # characters, on servers that do not say
LINK = re.compile(r"https?://\S+")
LINK_LENGTH = 23  # what Mastodon counts for any link
MENTION = re.compile(r"(?<![\w/])@([\w.-]+)(?:@[\w.:-]+\w)?")


class _Client(Mastodon):
    def timeline_is_available(self, *_args, **_kwargs):
        """Asks the server before each timeline call; the call itself tells as well."""
        return True


@dataclass(frozen=True)
class _Walk:
    """Where the reading stands; ids newest first.

    `known`  ids of the newest page of the last completed walk; empty before the first one
    `newest` ids of this walk's first page; empty between two walks
    `before` ids to go on behind, the last of the last page first
    `since`  publication of the oldest of `known`, ISO 8601
    `start`  the same for `newest`
    `pages`  read so far in this walk
    """

    tag: str = ""
    known: list = field(default_factory=list)
    newest: list = field(default_factory=list)
    before: list = field(default_factory=list)
    since: str = ""
    start: str = ""
    pages: int = 0


def fetch(query, cursor=None):
    """One page of what `query.kind` says (`tag` without it), with `query.secret` if given.

    The first walk reads at most `BACKFILL` pages of `LIMIT`. Raises `ConnectorError`.
    """
    http.check_address(query.address)
    page, stream = _KINDS[query.kind or "tag"](query)
    walk = _walk(query, cursor, stream)
    rows = _read(page, walk)
    if query.kind == "search" and not (rows or query.secret or walk.before or walk.known):
        raise ConnectorError("account", {"host": http.host_of(query.address)})
    statuses = reversed(_statuses(query, rows))
    posts, rejected = gather.gather(statuses, lambda status: _post(status, query))
    walk, more, gap = _after(walk, rows)
    return Page(posts, json.dumps(asdict(walk)), (*rejected, *gap), more)


def check(query, items):
    """What became of these posts: a `Fate` for each, one or two requests at a time."""
    host = http.host_of(query.address)

    def ask(item):
        return _compare(item, _find(query, item), query)

    def probe():
        _get_json(query, f"{_base(query)}/api/v1/instance")

    return following.ask_each(query, items, ask, lambda answering: answering == host, probe)


def _compare(item, status, query):
    """`(state, post)`. Raises `ConnectorError` if the answer is about something else."""
    if status.get("type") == "Tombstone" and status["uri"] == item.external_id:
        return "deleted", None
    post = _post(status, query)
    if post == Rejected("no_text", item.external_id):
        return "deleted", None  # the author took the text away
    if not isinstance(post, Post) or post.external_id != item.external_id:
        raise _unexpected(query)
    if post.visibility != "public":
        return "deleted", None
    if post.text == item.text or not status.get("changes", True):
        return "there", None
    return "edited", post


def _find(query, item):
    """The status of a stored post, by its id on this server, else as an ActivityPub object."""
    ours = http.host_of(query.address)
    host, _slash, number = item.locator.partition("/")
    failure = ConnectorError("no_check", {"host": ours})
    if number and host == ours:
        try:
            return _get_json(query, f"{_base(query)}/api/v1/statuses/{quote(number, safe='')}")
        except ConnectorError as error:
            failure = _or_login(error)
            if failure.code != "login_needed":
                raise
    if http.host_of(item.external_id) != ours:
        raise failure
    return _from_activity(_get_json(query, item.external_id, ACTIVITY))


def _get_json(query, address, accept="application/json"):
    headers = {"Accept": accept}
    if query.secret and address.startswith(f"{_base(query)}/"):  # not to http instead of https
        headers["Authorization"] = f"Bearer {query.secret}"
    with http.Session(query) as session:
        response = session.request("GET", address, headers=headers)
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _unexpected(query)
    return answer


def _from_activity(note):
    """An ActivityPub object in the words of the Mastodon API.

    Its text may be written otherwise than there, so `changes` says whether there was an edit.
    """
    to, cc = (_names(note.get(name)) for name in ("to", "cc"))
    return {
        "type": note.get("type"),
        "uri": note.get("id"),
        "url": note.get("url"),
        "content": note.get("content"),
        "spoiler_text": note.get("summary"),
        "created_at": note.get("published"),
        "edited_at": note.get("updated"),
        "visibility": "public" if to & PUBLIC else "unlisted" if cc & PUBLIC else "private",
        "changes": bool(note.get("updated")),
    }


def _names(value):
    values = value if isinstance(value, list) else [value]
    return {name for name in values if isinstance(name, str)}


def _unexpected(query):
    host = http.host_of(query.address)
    return ConnectorError("unexpected_answer", {"host": host, "reason": "answer"})


def _or_login(error):
    """The error, or "login needed" for what Mastodon says where something is for members only."""
    if error.code == "http_status" and error.detail["status"] == 422:
        return ConnectorError("login_needed", {**error.detail})
    return error


def send(query, text, in_reply_to, visibility, idempotency):
    """Answer a status; see `connectors.send`."""
    parent = _parent(query, in_reply_to)
    text = _addressed(query, parent, text)
    status = _object_of(
        query,
        lambda client: client.status_post(
            text,
            in_reply_to_id=_id(parent),
            visibility=visibility,
            idempotency_key=idempotency or None,
        ),
    )
    return _sent(status, query)


def find_sent(query, text, in_reply_to, _idempotency):
    """The status of ours with this text under the one that it answers; no server tells the key."""
    number = _id(_parent(query, in_reply_to))
    me = _get_json(query, f"{_base(query)}/api/v1/accounts/verify_credentials")
    context = _get_json(query, f"{_base(query)}/api/v1/statuses/{quote(number, safe='')}/context")
    for status in _list(context, "descendants"):
        mine = _id(me) and _id(_get(status, "account")) == _id(me)
        if mine and str(_get(status, "in_reply_to_id")) == number:
            if _worded(clean.html_text(_get(status, "content"))) == _worded(text):
                return _sent(status, query)
    return None


def introduce(query):
    """Whose token this is, and how long a status may be."""
    me = _get_json(query, f"{_base(query)}/api/v1/accounts/verify_credentials")
    server = _get_json(query, f"{_base(query)}/api/v1/instance")
    told = _get(_get(_get(server, "configuration"), "statuses"), "max_characters")
    told = told or _get(server, "max_toot_chars")
    limit = told if isinstance(told, int) and told > 0 else ANSWER
    if not _get(me, "acct"):
        raise _unexpected(query)
    return Own(_own(me, http.host_of(query.address)), limit)


def count(text):
    """Characters as Mastodon counts them: any link as 23, of a mention the name without the host."""
    text = LINK.sub("x" * LINK_LENGTH, text)
    return clean.count_characters(MENTION.sub(r"@\1", text))


def _parent(query, item):
    """The status to answer, by its id on this server, else by its address."""
    ours = http.host_of(query.address)
    host, _slash, number = item.locator.partition("/")
    try:
        if number and host == ours:
            path = f"/api/v1/statuses/{quote(number, safe='')}"
            found = [_get_json(query, f"{_base(query)}{path}")]
        else:
            asked = urlencode({"q": item.external_id, "resolve": "true", "type": "statuses"})
            found = _list(_get_json(query, f"{_base(query)}/api/v2/search?{asked}"), "statuses")
    except ConnectorError as error:
        if error.code == "gone" or error.detail.get("status") == 404:
            raise ConnectorError("no_post", {"host": ours}) from None
        raise
    # A server may hand another post than it was asked for.
    found = [each for each in found if _external_id(each, ours) == item.external_id]
    if not found:
        raise ConnectorError("no_post", {"host": ours})
    return found[0]


def _addressed(query, parent, text):
    """The text with its recipient's handle before it."""
    author = _author(_get(parent, "account"), http.host_of(query.address))
    return text if f"@{author}" in text.lower() else f"@{author} {text}"


def _worded(text):
    """A text for comparing: servers show mentions and spaces as they like."""
    return _letters(MENTION.sub("", text))


def _sent(status, query):
    host, number = http.host_of(query.address), _id(status)
    key = _external_id(status, host)
    if not key:
        raise _unexpected(query)
    url = clean.web_address(_get(status, "url")) or clean.web_address(_get(status, "uri"))
    author = _own(_get(status, "account"), host)
    return Sent(key, url, author, f"{host}/{number}"[:500] if number else "")


def _object_of(query, call):
    """The JSON object that the server answers to `call(client)` of Mastodon.py."""
    with http.Session(query) as session:
        client = _client(query, session)
        try:
            call(client)
            answer = json.loads(session.last.content)
        except MastodonError as error:
            known = error.__context__
            raise (
                _refused(known) if isinstance(known, ConnectorError) else _unexpected(query)
            ) from None
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            raise _unexpected(query) from None
    if not isinstance(answer, dict):
        raise _unexpected(query)
    return answer


def _refused(error):
    """The error, or "refused" where the server understood and does not take what was sent."""
    if error.code == "http_status" and error.detail["status"] in (400, 404, 422):
        return ConnectorError("refused", {**error.detail})
    return error


def prove(query, handle, code):
    """The account `user@host` if it shows `code` in its profile or in one of its public posts.

    Its own server is asked: it alone can tell, whatever others repeat. Where its API is for
    members only, the profile as an ActivityPub actor does, or its RSS feed. What the account only
    passes on is not its own word. Raises `ConnectorError`.
    """
    user, host = split_handle(handle)
    query, base = for_stranger(query, host)
    with http.Session(query) as session:
        base, actor = find_home(session, base, user, host)
        try:
            return _shown_in_api(session, base, actor, user, host, code)
        except ConnectorError as error:
            if error.code not in CLOSED:
                raise
        text = _shown_in_actor(session, actor, user, code)
        text = text or _shown_in_feed(session, base, user, code)
    return make_account(user, host, actor, text) if text else None


def for_stranger(query, host):
    """`(query, address)` to ask the server of an account that a stranger names.

    Only the one that the company chose may lie in its own network.
    """
    own = host == http.host_of(query.address)
    base = _base(query) if own else f"https://{host}"
    return replace(query, allow_private=query.allow_private and own), base


def make_account(user, host, actor, seen):
    """The `Account` of whoever has proven it; `seen` is the text that did."""
    digest = hashlib.sha256(seen.encode(errors="replace")).hexdigest()
    return Account(f"{user}@{host}", actor, digest)


def find_home(session, base, user, host):
    """`(base, actor)`: the server that has the account, and its address there ("" if unknown).

    A domain may leave its accounts to another server, and says so by WebFinger (RFC 7033). Any
    domain can point at any account: it counts where the other server names that handle as the
    account's own. Raises `ConnectorError`.
    """
    found = _finger(session, base, user, host)
    for home, actor in _actors(found):
        if home == base:
            return home, actor
        if home.startswith("https://"):
            _check_points_back(session, home, actor, user, host)
            return home, actor
    return base, ""


def _finger(session, base, user, host):
    """What a server says of `user@host` by WebFinger; None where it says nothing to strangers."""
    acct = quote(f"acct:{user}@{host}", safe=":@")
    try:
        return _json(session, f"{base}/.well-known/webfinger?resource={acct}")
    except ConnectorError as error:
        if error.code not in CLOSED:
            raise
        return None


def _actors(found):
    """`(server, address)` of each ActivityPub actor that WebFinger tells."""
    for link in _few(found, "links"):
        href, kind = _get(link, "href"), _get(link, "type")
        if _get(link, "rel") != "self" or kind not in ACTORS or not isinstance(href, str):
            continue
        if len(href) <= LONGEST_ADDRESS:
            yield http.origin_of(href), href


def _check_points_back(session, home, actor, user, host):
    """Raise `ConnectorError` unless the account of this name on `home` is called `user@host`."""
    there = http.host_of(home)
    found = _finger(session, home, user, there)
    named = str(_get(found, "subject")).lower() == f"acct:{user}@{host}"
    if not named or (home, actor) not in _actors(found):
        raise ConnectorError("unexpected_answer", {"host": there, "reason": "answer"})


def split_handle(handle):
    """`(user, host)` of a handle."""
    found = re.fullmatch(r"@?([\w.-]{1,100})@([a-z0-9.-]{1,253}(?::\d{1,5})?)", handle.lower())
    if not found:
        raise ConnectorError("address")
    return found.groups()


def _shown_in_api(session, base, actor, user, host, code):
    account = _json(session, f"{base}/api/v1/accounts/lookup?acct={quote(user)}")
    if not is_account(account, user, host):
        return None
    about = [_get(account, "note"), *(_get(each, "value") for each in _few(account, "fields"))]
    for text in map(clean.html_text, about):
        if _contains(text, code):
            return make_account(user, host, actor, text)
    path = f"/api/v1/accounts/{quote(_id(account), safe='')}/statuses?limit={LIMIT}"
    statuses = _json(session, base + path)
    # Whoever is asked chose the server: nobody lets us read for minutes.
    for status in statuses[:LIMIT] if isinstance(statuses, list) else ():
        text = clean.html_text(_get(status, "content"))
        if (
            _contains(text, code)
            and not _get(status, "reblog")
            and _get(status, "visibility") in OPEN
            and is_account(_get(status, "account"), user, host)
        ):
            return make_account(user, host, actor, text)
    return None


def _shown_in_actor(session, actor, user, code):
    """The text with the code in the profile, for servers without the Mastodon API."""
    if not actor:
        return ""
    try:
        found = _json(session, actor, ACTIVITY)
    except ConnectorError as error:
        if error.code not in CLOSED:
            raise
        return ""
    if _get(found, "id") != actor or str(_get(found, "preferredUsername")).lower() != user:
        return ""
    about = [_get(found, "summary"), *(_get(each, "value") for each in _few(found, "attachment"))]
    return next((text for text in map(clean.html_text, about) if _contains(text, code)), "")


def _shown_in_feed(session, base, user, code):
    """Look into the RSS feed, as text: an item counts where it stands below the account's address."""
    for name in (f"@{user}", user):
        try:
            text = session.get(f"{base}/{quote(name, safe='@')}.rss").text
        except ConnectorError as error:
            if error.code not in CLOSED:
                raise
            continue
        own = re.compile(rf"<link>{re.escape(base)}/@?{re.escape(user)}/", re.IGNORECASE)
        items = (item for item in text.split("<item>")[1:] if own.search(item))
        return next((item for item in items if _contains(item, code)), "")
    return ""


def _json(session, url, accept="application/json"):
    try:
        return session.get(url, headers={"Accept": accept}).json()
    except (ValueError, RecursionError):
        detail = {"host": http.host_of(url), "reason": "json"}
        raise ConnectorError("unexpected_answer", detail) from None


def is_account(account, user, host):
    """Whether the server says that this is the account: strangers' come with their host."""
    acct = str(_get(account, "acct") or "").lower()
    return acct in (user, f"{user}@{host}")


def _list(holder, name):
    value = _get(holder, name)
    return value if isinstance(value, list) else ()


def _few(holder, name):
    """No more than a server that means well would send."""
    return _list(holder, name)[:LIMIT]


def _contains(text, code):
    """Compare letters and digits only: people and programs break and group as they like."""
    return bool(code) and _letters(code) in _letters(text or "")


def _letters(text):
    return "".join(filter(str.isalnum, text.upper()))


def _tag(term):
    tag = (term or "").strip().lstrip("#")
    if not re.fullmatch(r"[\w·\u200c]{1,200}", tag):
        raise ConnectorError("term")
    return tag


def _base(query):
    http.check_address(query.address)
    return http.origin_of(query.address)


def _tagged(query):
    """How to ask for a page of the posts with a hashtag, and what to call them in a cursor."""
    tag = _tag(query.term)

    def page(before=None):
        return _called(
            query, lambda client: client.timeline_hashtag(quote(tag), max_id=before, limit=LIMIT)
        )

    return page, tag


def _mentioned(query):
    """The same for notifications; the type is asked for, and looked at again in `_statuses`."""

    def page(before=None):
        return _called(
            query,
            lambda client: client.notifications(types=["mention"], max_id=before, limit=LIMIT),
        )

    return page, "@"


def _searched(query):
    """The same for search. Not through Mastodon.py: it lets the server fetch from elsewhere."""
    words = clean.plain_text(query.term)
    if not 0 < len(words) <= MAX_WORDS:
        raise ConnectorError("term")

    def page(before=None):
        asked = {"q": words, "type": "statuses", "limit": LIMIT}
        asked.update({"max_id": before} if before else {})
        try:
            found = _get_json(query, f"{_base(query)}/api/v2/search?{urlencode(asked)}")
        except ConnectorError as error:
            error = _or_login(error)
            if error.code == "login_needed" and not query.secret:
                raise ConnectorError("account", {**error.detail}) from None
            raise error from None
        if not isinstance(found.get("statuses"), list):
            raise _unexpected(query)
        return found["statuses"]

    return page, f"?{words}"


_KINDS = {"tag": _tagged, "search": _searched, "mentions": _mentioned}


def _statuses(query, rows):
    """The posts of a page: a mention is told by a notification that holds it."""
    if query.kind != "mentions":
        return rows
    return [_get(row, "status") for row in rows if _get(row, "type") == "mention"]


def _walk(query, cursor, stream):
    """The walk from the cursor; a new one if server, kind or term have been changed since."""
    origin = f"{http.host_of(query.address)}/{stream.lower()}"
    try:
        walk = _Walk(**json.loads(cursor or "{}"))
    except (ValueError, TypeError):
        walk = _Walk()
    return walk if walk.tag == origin else _Walk(tag=origin)


def _client(query, session):
    """Mastodon.py on our session: no waiting, no version check, no request of its own."""
    client = _Client(
        api_base_url=_base(query),
        session=session,
        user_agent=query.user_agent,
        ratelimit_method="throw",
        version_check_mode="none",
        request_timeout=None,
    )
    # Not given to the constructor: that would read a file, if one is called like the token.
    client.access_token = query.secret or None
    return client


def _read(page, walk):
    """The next page of the walk as a list of statuses, newest first."""
    if not walk.before:
        return page()
    for index, before in enumerate(walk.before[:TRIES]):
        statuses = page(before)
        fresh = _older(statuses, walk.before[:index])
        if fresh or len(fresh) < len(statuses):
            return fresh  # empty here: the timeline really ends
    return []


def _older(statuses, passed):
    """Statuses without those already read.

    An empty page means the end, or on snac2 that the post asked for is gone. The id before it
    tells: it brings the last post again (the end), or what lies behind the gap.
    """
    return [status for status in statuses if _id(status) not in passed]


def _called(query, call):
    """What `call(client)` of Mastodon.py returns: a list, whatever else the server may send."""
    with http.Session(query) as session:
        return _called_with(_client(query, session), query, call)


def _called_with(client, query, call):
    try:
        answer = call(client)
    except MastodonError as error:
        # Mastodon.py wraps what our session raises, and quotes the answer's body in its texts.
        known = error.__context__
        if not isinstance(known, ConnectorError):
            known = _unexpected(query)
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        known = _unexpected(query)
    else:
        # Mastodon.py makes a list of anything, an error's JSON object included.
        if client.session.last.content.lstrip().startswith(b"["):
            return answer
        known = _unexpected(query)
    raise _or_login(known) from None


def _after(walk, statuses):
    """`(walk, more, gap)` after one page: go on behind it, or end the walk and remember it."""
    ids = [i for i in map(_id, statuses) if i]
    dates = [d for d in (clean.utc(_get(s, "created_at")) for s in statuses) if d]
    oldest = min(dates).isoformat() if dates else ""
    stuck = bool(ids) and set(ids) <= set(walk.newest)  # a server that does not know max_id
    if not walk.newest:
        walk = replace(walk, newest=ids, start=oldest)
    walk = replace(walk, before=ids[::-1][:TRIES], pages=walk.pages + 1)
    reached = not ids or gather.has_reached(walk.known, walk.since, ids, dates)
    limit = LONGEST_WALK if walk.known else BACKFILL
    if not reached and not stuck and walk.pages < limit:
        return walk, True, ()
    gap = (Rejected("gap"),) if walk.known and not reached else ()
    known, since = walk.newest or walk.known, walk.start or walk.since
    # A walk of several pages may have begun long ago: what was written since comes at once.
    return _Walk(tag=walk.tag, known=known, since=since), walk.pages > 1, gap


def _post(status, query):
    if not isinstance(status, dict):
        return Rejected("unreadable")
    host = http.host_of(query.address)
    key = _external_id(status, host)
    warning = clean.plain_text(_get(status, "spoiler_text"))
    text = clean.joined(warning, clean.html_text(_get(status, "content")))
    published = clean.not_in_future(clean.utc(_get(status, "created_at")))
    if not key:
        return Rejected("no_id")
    if not text:
        return Rejected("no_text", key)
    if not published:
        return Rejected("bad_date" if _get(status, "created_at") else "no_date", key)
    visibility = str(_get(status, "visibility"))
    return Post(
        external_id=key,
        url=clean.web_address(_get(status, "url")) or clean.web_address(_get(status, "uri")),
        author=_author(_get(status, "account"), host),
        text=clean.shortened(text, query.max_text),
        published_at=published,
        # Unknown is not public.
        visibility=visibility if visibility in VISIBILITY else "private",
        language=clean.language(_get(status, "language")),
        edited_at=clean.edited(clean.utc(_get(status, "edited_at")), published),
        reactions=_reactions(status),
        followers=clean.first_digit(_count(_get(status, "account"), "followers_count")),
        locator=f"{host}/{number}"[:500] if (number := clean.plain_text(_id(status))) else "",
    )


def _reactions(status):
    """Likes, shares and answers together; None where the server tells none of them."""
    counts = [_count(status, f"{name}_count") for name in ("favourites", "reblogs", "replies")]
    told = [count for count in counts if count is not None]
    return min(sum(told), 2**31 - 1) if told else None


def _count(holder, name):
    """Return a number that a server tells; None where it tells none, or nonsense."""
    count = _get(holder, name)
    return count if isinstance(count, int) and 0 <= count < 2**31 else None


def _external_id(status, host):
    """The post's id in the whole fediverse (`uri`), so that two servers bring one post once."""
    key = clean.plain_text(_get(status, "uri"))
    number = clean.plain_text(_id(status))
    return (key or (f"{host}/{number}" if number else ""))[:500]


def _author(account, host):
    """`user@host` in lower case; accounts of the server itself come without the host."""
    handle = "".join(clean.plain_text(_get(account, "acct")).lstrip("@").lower().split())
    if not handle:
        return host
    return (handle if "@" in handle else f"{handle}@{host}")[:200]


def _own(account, host):
    """The handle of an account of ours: on its own server, whatever that one says."""
    return f"{_author(account, host).partition('@')[0]}@{host}"[:200]


def _id(status):
    return str(_get(status, "id") or "")


def _get(holder, name):
    return holder.get(name) if isinstance(holder, dict) else None
