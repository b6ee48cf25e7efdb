"""Discourse: what visitors of a forum find there when they search for a phrase.

`/search.json` with `order:latest` gives the newest first, 50 a page and ten pages at most. Each
reading walks back to what the last complete one knew (see `newest_first`). The phrase is asked for
in quotation marks: without these `@somebody` and the like would be commands of the search, and of a
word one for what somebody writes (rule 24).

Limits. The search names one post of each topic, the newest: where several posts of a topic hold the
phrase between two readings, the last one comes. It gives an excerpt of about 300 characters, so an
edit is seen only where it changes that. Whole posts come by the feed of all new posts, or of a tag;
the id is the same there, so a post that comes by both is one.

No key is needed, and visitors are shown nothing that is not public. `posts/ID.json` says what became
of a post.
"""

import re
from datetime import datetime, timezone
from urllib.parse import urlencode

from . import (
    ConnectorError,
    Post,
    Rejected,
    clean,
    following,
    gather,
    http,
    keyed,
    newest_first,
)

PAGES = 10  # the last page that Discourse gives
CHECKS = 20  # of as many calls that some forums allow in a minute
ID = re.compile(r"-post-(\d{1,18})$")


def fetch(query, cursor=None):
    """One page of posts that hold `query.term`. Raises `ConnectorError`."""
    http.check_address(query.address)
    words = newest_first.phrase(query)
    base = http.origin_of(query.address)
    now = datetime.now(timezone.utc)
    reading = newest_first.search(cursor, f"{base}/{words.lower()}", now)
    answer = _search(query, base, words, reading.number)
    topics = {str(keyed.get(topic, "id")): topic for topic in keyed.each(answer, "topics")}
    posts, rejected = gather.gather(
        answer["posts"], lambda found: _post(found, topics, query), query.max_items
    )
    further = keyed.get(answer, "grouped_search_result", "more_full_page_results") is True
    dates = [post.published_at for post in posts]
    reading, gap = reading.after_number(dates, further and answer["posts"], PAGES)
    return reading.page(posts, rejected, gap)


def check(query, items):
    """What became of these posts: a `Fate` for each, one request at a time."""
    base = http.origin_of(query.address)

    def ask(item):
        number = ID.search(item.external_id)
        if not number:
            raise ConnectorError("no_check")
        found = _json(query, f"{base}/posts/{number[1]}.json")
        if str(keyed.get(found, "id")) != number[1]:
            raise keyed.unexpected(base)
        gone = found.get("deleted_at") or found.get("user_deleted") or found.get("hidden")
        return ("deleted" if gone else "there"), None

    ours = http.host_of(base)
    return following.ask_each(
        query, items, ask, lambda host: host == ours, lambda: fetch(query, None)
    )


def _search(query, base, words, number):
    asked = {"q": f'"{words}" order:latest', "page": number}
    answer = _json(query, f"{base}/search.json?{urlencode(asked)}")
    # A forum without any post that fits leaves the list out.
    posts = keyed.get(answer, "posts") or []
    if "grouped_search_result" not in answer or not isinstance(posts, list):
        raise keyed.unexpected(base)
    return {**answer, "posts": posts}


def _json(query, address):
    with http.Session(query) as session:
        response = session.request("GET", address, headers={"Accept": "application/json"})
    return keyed.body(response)


def _post(found, topics, query):
    """The `Post`, or why it is none."""
    number = keyed.get(found, "id")
    if not isinstance(found, dict) or type(number) is not int or number <= 0:
        return Rejected("no_id" if isinstance(found, dict) else "unreadable")
    host = http.host_of(query.address)
    key = f"{host}:{host}-post-{number}"  # as of the forum's own feed
    topic = topics.get(str(found.get("topic_id")))
    # The title is the first post's; below the others it is what somebody else wrote.
    title = clean.plain_text(keyed.get(topic, "title")) if found.get("post_number") == 1 else ""
    text = clean.joined(title, clean.html_text(found.get("blurb")))
    published = clean.not_in_future(clean.utc(found.get("created_at")))
    if not text:
        return Rejected("no_text", key)
    if not published:
        return Rejected("bad_date" if found.get("created_at") else "no_date", key)
    return Post(
        external_id=key,
        url=clean.web_address(f"{http.origin_of(query.address)}/p/{number}"),
        author=clean.plain_text(found.get("username")).lower()[:200] or host,
        text=clean.shortened(text, query.max_text),
        published_at=published,
        reactions=clean.reactions(found.get("like_count")),
    )
