"""Runs feedparser on one document, in a process of its own: `python -I feed_child.py`.

feedparser takes quadratic time and memory for some documents (a long author, a thousand
categories, a long xml:base), part of it within one regular expression, which no thread can
interrupt. A process can be ended, and it can be refused memory.

In: a line of JSON (see `feed._parsed`), then the document in UTF-8. Out: JSON, see `_result`.
Any failure is an exit status other than 0. Nothing of the addon is imported here: that would
import Odoo.
"""

import io
import json
import sys

try:
    import resource
except ImportError:  # Windows: there only the time limit of the other side holds
    resource = None

MEMORY = 1_000_000_000  # bytes of address space; an honest feed of 10 MB fills some 150 MB
MAX_TEXT = 500_000  # characters of one title or body
MAX_NAME = 300  # characters of an author or a site's title
MAX_ADDRESS = 5000  # characters


def main():
    """Read the document from standard input and write what `feed` needs of it."""
    settings = json.loads(sys.stdin.buffer.readline())
    _limit("RLIMIT_AS", MEMORY)
    # Ends this process even if nobody is left to do so.
    _limit("RLIMIT_CPU", settings["seconds"])
    sys.path[:] = settings["path"]
    sys.pycache_prefix = settings["cache"]
    json.dump(_result(_parsed(sys.stdin.buffer.read(), settings["address"])), sys.stdout)


def _limit(name, most):
    if resource:
        kind = getattr(resource, name)
        soft, hard = resource.getrlimit(kind)
        limits = [most, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
        resource.setrlimit(kind, (min(limits), hard))


def _parsed(document, address):
    import feedparser  # only to be found on the path that `main` sets

    return feedparser.parse(
        # A stream, because feedparser takes a str for an address or a file name.
        io.BytesIO(document),
        response_headers={
            "content-type": "application/xml; charset=utf-8",
            "content-location": address,
        },
        resolve_relative_uris=False,
        sanitize_html=False,  # cleaning is the addon's
    )


def _result(feed):
    """`version` ("" if it is no feed), `title`, `link`, `language`, and the `entries`."""
    about = feed.feed
    return {
        "version": feed.get("version") or "",
        "title": _text(about.get("title"), MAX_NAME),
        "link": _text(about.get("link"), MAX_ADDRESS),
        "language": _text(about.get("language"), MAX_NAME),
        "entries": [_entry(entry) for entry in feed.entries],
    }


def _entry(entry):
    body = entry.get("summary_detail") or {}
    if not body.get("value") and entry.get("content"):
        body = entry["content"][0]
    # `in` first: feedparser answers a missing `updated` with `published`, and a warning.
    updated = entry.get("updated_parsed") if "updated_parsed" in entry else None
    return {
        "id": _text(entry.get("id"), MAX_TEXT),
        "link": _text(entry.get("link"), MAX_ADDRESS),
        "author": _text(entry.get("author"), MAX_NAME),
        "title": _detail(entry.get("title_detail") or {}),
        "body": _detail(body),
        "published": entry.get("published_parsed") or entry.get("created_parsed"),
        "updated": updated,
        "dated": any(name in entry for name in ("published", "updated", "created")),
    }


def _detail(detail):
    return {
        "plain": detail.get("type") == "text/plain",
        "value": _text(detail.get("value"), MAX_TEXT),
        "language": _text(detail.get("language"), MAX_NAME),
    }


def _text(value, limit):
    return str(value or "")[:limit]


if __name__ == "__main__":
    main()
