"""Hacker News: posts and comments that hold a phrase, from its official search (Algolia).

`search_by_date` gives the newest first. Each reading walks backwards by `created_at_i`, the second
of publication, until it reaches what the last complete one knew (see `newest_first`). No key is
needed. The phrase is asked for in quotation marks, since the search else forgives typing errors,
and so brings what does not name us.

Not by way of feeds that others make of this search: these write votes and numbers of comments into
the text, so that each reading would take each post for edited.

Everything there is public. What became of a post, Hacker News itself says (`item/ID.json`): only
"deleted" and "dead" (taken down) count. Edits are possible for two hours only, and come with what is
read again.
"""

import json
from datetime import datetime, timezone
from urllib.parse import urlencode

from . import (
    CONNECTORS,
    ConnectorError,
    Post,
    Rejected,
    clean,
    following,
    gather,
    http,
    newest_first,
)

LIMIT = 100  # posts a page
CHECKS = 60
ITEM = "https://news.ycombinator.com/item?id="
OFFICIAL = "https://hacker-news.firebaseio.com"
TAGS = "(story,comment,poll)"


def fetch(query, cursor=None):
    """One page of posts that hold `query.term`. Raises `ConnectorError`."""
    http.check_address(query.address)
    words = newest_first.phrase(query)
    base = http.origin_of(query.address)
    now = datetime.now(timezone.utc)
    reading = newest_first.search(cursor, f"{base}/{words.lower()}", now)
    hits = _hits(query, f"{base}/api/v1/search_by_date?{urlencode(_asked(words, reading))}")
    posts, rejected = gather.gather(hits, lambda hit: _post(hit, query), query.max_items)
    reading, gap = reading.after([post.published_at for post in posts], _next(hits, reading))
    return reading.page(posts, rejected, gap)


def check(query, items):
    """What became of these posts: a `Fate` for each, one request at a time."""
    base = http.origin_of(query.address)
    official = OFFICIAL if base == CONNECTORS["hackernews"].address else base

    def ask(item):
        number = item.external_id.removeprefix(ITEM)
        if not number.isdigit():
            raise ConnectorError("no_check")
        found = _json(query, f"{official}/v0/item/{number}.json")
        if not isinstance(found, dict) or str(found.get("id")) != number:
            raise _unexpected(official)
        gone = found.get("deleted") is True or found.get("dead") is True
        return ("deleted" if gone else "there"), None

    # That it does not know an item is no sign from this server: it answers then, too.
    return following.ask_each(query, items, ask, lambda _host: False, None)


def _asked(words, reading):
    asked = {"query": f'"{words}"', "tags": TAGS, "hitsPerPage": LIMIT}
    if reading.token:
        asked["numericFilters"] = f"created_at_i<={reading.token}"
    return asked


def _next(hits, reading):
    """The second from which the next page goes back, "" where there is none.

    It is asked for again, as more posts may be of it; but not for ever.
    """
    seconds = [second for hit in hits if (second := _second(hit))]
    if len(hits) < LIMIT or not seconds:
        return ""
    oldest = min(seconds)
    return str(oldest - 1 if str(oldest) == reading.token else oldest)


def _second(hit):
    second = hit.get("created_at_i") if isinstance(hit, dict) else None
    return second if isinstance(second, int) and second > 0 else None


def _moment(second):
    try:
        return clean.utc(datetime.fromtimestamp(second, timezone.utc)) if second else None
    except (ValueError, OverflowError, OSError):
        return None


def _hits(query, address):
    answer = _json(query, address)
    hits = answer.get("hits") if isinstance(answer, dict) else None
    if not isinstance(hits, list):
        raise _unexpected(address)
    return hits


def _json(query, address):
    with http.Session(query) as session:
        response = session.request("GET", address, headers={"Accept": "application/json"})
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        raise ConnectorError(
            "unexpected_answer", {"host": http.host_of(address), "reason": "json"}
        ) from None


def _unexpected(address):
    return ConnectorError("unexpected_answer", {"host": http.host_of(address), "reason": "answer"})


def _post(hit, query):
    """The `Post`, or why it is none."""
    if not isinstance(hit, dict):
        return Rejected("unreadable")
    number = clean.plain_text(hit.get("objectID"))
    if not number.isdigit() or len(number) > 20:
        return Rejected("no_id")
    key = f"{ITEM}{number}"
    body = clean.html_text(hit.get("comment_text") or hit.get("story_text"))
    text = clean.shortened(clean.joined(clean.html_text(hit.get("title")), body), query.max_text)
    published = clean.not_in_future(_moment(_second(hit)))
    if not text:
        return Rejected("no_text", key)
    if not published:
        return Rejected("bad_date" if hit.get("created_at_i") else "no_date", key)
    return Post(
        external_id=key,
        url=key,
        author=clean.plain_text(hit.get("author"))[:200] or "news.ycombinator.com",
        text=text,
        published_at=published,
        reactions=clean.reactions(hit.get("points"), hit.get("num_comments")),
    )
