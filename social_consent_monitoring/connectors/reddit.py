"""Reddit: submissions that match a word, with an application's own, read-only login (OAuth).

`word in r/name` searches one community, and there the newest comments are looked through, too;
Reddit has no search for comments elsewhere. Of one list Reddit gives about the newest 1,000.

It takes an approved application (its id is the login, its secret the key) and, for commercial
use, an agreement. 100 calls a minute are allowed; a page is two, as each logs in for itself.

praw's own lower layer (prawcore) is used: praw itself reads settings from files and from the
environment, and its objects fetch by themselves what an answer does not hold.
"""

import re
from datetime import datetime, timezone
from urllib.parse import quote

import prawcore

from . import (
    ConnectorError,
    Fate,
    Post,
    Rejected,
    clean,
    following,
    gather,
    http,
    keyed,
    newest_first,
)

LIMIT = 100  # the most on a page, and the most ids in one call
CHECKS = 100
OAUTH = "https://oauth.reddit.com"
SUBMISSIONS, COMMENTS = "t3", "t1"  # Reddit's prefixes of their ids
GONE = ("[deleted]", "[removed]")
OPEN = ("public", "restricted", "archived")  # everybody may read, not everybody may write
WITHIN = re.compile(r"(.+?)\s+in\s+r/([A-Za-z0-9_]{2,21})", re.I)


def fetch(query, cursor=None):
    """One page of submissions, or of a community's comments. Raises `ConnectorError`."""
    base, (words, community) = keyed.base(query, "reddit"), _term(query)
    reading = newest_first.loads(cursor, f"{base}/{words.lower()}/{community.lower()}")
    if not reading.lists:
        lists = (SUBMISSIONS, COMMENTS) if community else (SUBMISSIONS,)
        reading = reading.begin(lists, datetime.now(timezone.utc))
    with keyed.Session(query, explain=_explain) as session:
        data = _listing(query, base, session, *_request(words, community, reading))
    things = [keyed.get(thing, "data") for thing in keyed.each(data, "children")]
    dates = [date for thing in things if (date := _time(keyed.get(thing, "created_utc")))]
    if reading.lists[0] == COMMENTS:
        things = [thing for thing in things if _holds(keyed.get(thing, "body"), words)]
    posts, rejected = _posts(things, query)
    after = keyed.get(data, "after")
    reading, gap = reading.after(dates, after if isinstance(after, str) else "")
    return reading.page(posts, rejected, gap)


def check(query, items):
    """What became of these: a `Fate` for each, up to 100 asked about in one call."""
    return following.ask_some(
        items,
        LIMIT,
        lambda some: _find(query, some),
        lambda item, found: _fate(query, item, found),
    )


def _term(query):
    """`(words, community)`; the community is "" for all of Reddit."""
    term = (query.term or "").strip()
    found = WITHIN.fullmatch(term)
    if not term or not query.login.strip():
        raise ConnectorError("account" if term else "term", {"host": "www.reddit.com"})
    return found.groups() if found else (term, "")


def _request(words, community, reading):
    """`(path, parameters)` of the next page."""
    values = {"limit": LIMIT, "after": reading.token or None}
    if reading.lists[0] == COMMENTS:
        return f"r/{community}/comments", values
    values |= {"q": words, "sort": "new", "type": "link", "t": "all"}
    if community:
        return f"r/{community}/search", {**values, "restrict_sr": 1}
    return "search", values


def _listing(query, base, session, path, values):
    """The data of a listing. Raises `ConnectorError`."""
    values = {name: value for name, value in values.items() if value is not None}
    try:
        with _reddit(query, base, session) as reddit:
            answer = reddit.request("GET", path, params=values)
    except (prawcore.PrawcoreException, ValueError, LookupError, TypeError, AttributeError):
        # Among them what Reddit says of a login in an answer that looks good (200).
        raise _failure(session, base) from None
    except AssertionError:  # another status among the good ones
        raise keyed.unexpected(base) from None
    if keyed.get(answer, "kind") != "Listing":
        raise keyed.unexpected(base)
    return keyed.get(answer, "data")


def _failure(session, base):
    if session.last is not None and keyed.body(session.last).get("error"):
        return ConnectorError("login_needed", {"host": http.host_of(base), "status": 200})
    return keyed.unexpected(base)


def _reddit(query, base, session):
    oauth = OAUTH if keyed.is_own(base, "reddit") else base
    requestor = _Requestor(query.user_agent, f"{oauth}/", base, session)
    login = prawcore.TrustedAuthenticator(requestor, query.login.strip(), query.secret)
    return prawcore.session(prawcore.ReadOnlyAuthorizer(login))


class _Requestor(prawcore.Requestor):
    """Leaves our session's errors as they are: wrapped, they would carry the login along."""

    def request(self, *args, timeout=None, **kwargs):
        """As in prawcore; failures come as `ConnectorError`."""
        return self._http.request(*args, **kwargs)


def _posts(things, query):
    """`(posts, rejected)`; what is deleted or removed already is left out."""
    there = [thing for thing in things if not (isinstance(thing, dict) and _is_gone(thing))]
    return gather.gather(reversed(there), lambda thing: _post(thing, query))


def _post(thing, query):
    if not isinstance(thing, dict):
        return Rejected("unreadable")
    key = clean.plain_text(keyed.get(thing, "name"))
    if not re.fullmatch(r"t[13]_[a-z0-9]{1,20}", key):
        return Rejected("no_id")
    title = clean.plain_text(keyed.get(thing, "title"))
    text = clean.plain_text(keyed.get(thing, "selftext") or keyed.get(thing, "body"))
    published = clean.not_in_future(_time(keyed.get(thing, "created_utc")))
    if not (text or title):
        return Rejected("no_text", key)
    if not published:
        return Rejected("no_date", key)
    path = clean.plain_text(keyed.get(thing, "permalink"))
    return Post(
        external_id=key,
        url=clean.web_address(f"https://www.reddit.com{path}") if path.startswith("/") else "",
        author=clean.plain_text(keyed.get(thing, "author")).lower()[:200],
        text=clean.shortened(clean.joined(title, text), query.max_text),
        published_at=published,
        # A community that says nothing of itself was searched as a stranger: it is open.
        visibility="public" if thing.get("subreddit_type", "public") in OPEN else "private",
        edited_at=clean.edited(_time(keyed.get(thing, "edited")), published),
        reactions=_reactions(thing),
    )


def _reactions(thing):
    """Votes and comments; while Reddit hides the votes it writes any number."""
    hidden = thing.get("hide_score") or thing.get("score_hidden")
    score = None if hidden else thing.get("score")
    return clean.reactions(score, thing.get("num_comments"))


def _time(seconds):
    """A time from seconds since 1970; `False`, which Reddit writes for "never", is none."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    try:
        return clean.utc(datetime.fromtimestamp(seconds, timezone.utc))
    except (ValueError, OverflowError, OSError):
        return None


def _holds(text, words):
    """Whether a text holds all the words, as the search would find them."""
    text = clean.plain_text(text).casefold()
    wanted = (quoted or word for quoted, word in re.findall(r'"([^"]+)"|(\S+)', words.casefold()))
    return all(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) for word in wanted)


def _is_gone(thing):
    """Whether a post, or the account that wrote it, was deleted or removed.

    Reddit wants both followed: without its account the post goes, too.
    """
    texts = (thing.get("selftext"), thing.get("body"), thing.get("title"), thing.get("author"))
    author = thing.get("author", "")
    removed = thing.get("removed_by_category")
    return author is None or bool(removed) or any(text in GONE for text in texts if text)


def _find(query, items):
    """`{id: thing}` of what Reddit still knows. Raises `ConnectorError`."""
    base = keyed.base(query, "reddit")
    if not query.login.strip():
        raise ConnectorError("account", {"host": http.host_of(base)})
    ids = ",".join(quote(item.external_id, safe="_") for item in items)
    with keyed.Session(query, explain=_explain) as session:
        data = _listing(query, base, session, "api/info", {"id": ids})
    things = (keyed.get(thing, "data") for thing in keyed.each(data, "children"))
    return {keyed.get(thing, "name"): thing for thing in things if isinstance(thing, dict)}


def _fate(query, item, found):
    """What Reddit does not know by its id any more it leaves out; so a lone one is asked again."""
    try:
        if item.external_id not in found:
            found = _find(query, [item])
    except ConnectorError as error:
        return Fate(item.external_id, "unknown", error=error)
    thing = found.get(item.external_id)
    if thing is None or _is_gone(thing):
        return Fate(item.external_id, "deleted")
    return following.compare(item, _post(thing, query), keyed.base(query, "reddit"))


def _explain(response):
    """A wait that Reddit tells in a header of its own."""
    if response.status_code != 429:
        return None
    headers = response.headers
    wait = http.retry_after(headers.get("Retry-After") or headers.get("x-ratelimit-reset"))
    detail = {"host": http.host_of(response.url), "status": 429}
    return ConnectorError("too_many_requests", detail, retry_after=wait)
