"""A connector to copy: reads a list of posts in JSON. It works, but nothing registers it.

The server answers `GET ADDRESS?q=WORD&since=TIME` with a list, in any order:

    [{"id": 7, "url": "https://...", "by": "ada", "text": "Hello", "at": "2026-11-02T10:00:00Z",
      "public": true}]

README.md beside this file says how to register one, and how to test it.
"""

import json
from datetime import timedelta
from urllib.parse import urlencode

# Absolute: a copy of this file stands in another addon.
from odoo.addons.social_consent_monitoring.connectors import (  # pylint: disable=odoo-addons-relative-import
    ConnectorError,
    Page,
    Post,
    Rejected,
    clean,
    gather,
    http,
)

# The import of the platform's library stands here, on top: where it is missing, the source says
# what to install. A library that does its own HTTP must be given an `http.Session`.

# Each reading asks for a little of what was read before, since posts may reach a server late and
# authors edit. What comes twice is the same post: its id tells.
OVERLAP = timedelta(hours=1)


def fetch(query, cursor=None):
    """One page of posts that hold `query.term`. Raises `ConnectorError`, and nothing else."""
    words = clean.plain_text(query.term)
    if not words:
        raise ConnectorError("term")
    since = _since(cursor)
    rows = _ask(query, {"q": words, **({"since": since.isoformat()} if since else {})})
    posts, rejected = gather.gather(rows, lambda row: _post(row, query), query.max_items)
    # The cursor is stored in the same transaction as the posts, so it may lead past them.
    newest = max([post.published_at for post in posts] + ([since + OVERLAP] if since else []))
    return (
        Page(posts, json.dumps({"newest": newest.isoformat()}), rejected)
        if posts
        else (Page((), cursor, rejected))
    )


def _since(cursor):
    """From when on to ask. A cursor that cannot be read is none: reading again is harmless."""
    try:
        newest = clean.utc(json.loads(cursor or "{}").get("newest"))
    except (ValueError, AttributeError):
        newest = None
    return newest and newest - OVERLAP


def _ask(query, asked):
    # The session guards address, size and time, and turns what goes wrong into `ConnectorError`.
    with http.Session(query) as session:
        headers = {"Accept": "application/json"}
        if query.secret:
            headers["Authorization"] = (
                f"Bearer {query.secret}"  # never in the address: logs hold those
            )
        response = session.request("GET", f"{query.address}?{urlencode(asked)}", headers=headers)
    try:
        rows = json.loads(response.content)
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list):
        # The answer itself goes into no error: it may hold anything.
        host = http.host_of(query.address)
        raise ConnectorError("unexpected_answer", {"host": host, "reason": "json"})
    return rows


def _post(row, query):
    """The `Post`, or why it is none: one bad post does not keep the others back."""
    if not isinstance(row, dict):
        return Rejected("unreadable")
    host = http.host_of(query.address)
    number = clean.plain_text(row.get("id"))
    key = f"{host}/{number}"[:500] if number else ""  # the id is this server's only
    text = clean.shortened(clean.html_text(row.get("text")), query.max_text)
    published = clean.not_in_future(clean.utc(row.get("at")))
    if not key:
        return Rejected("no_id")
    if not text:
        return Rejected("no_text", key)
    if not published:
        return Rejected("bad_date" if row.get("at") else "no_date", key)
    return Post(
        external_id=key,
        url=clean.web_address(row.get("url")),
        author=clean.plain_text(row.get("by"))[:200] or host,
        text=text,
        published_at=published,
        # Told, and not dropped here. What is unknown is not public (rule 15).
        visibility="public" if row.get("public") is True else "private",
    )
