"""Texts that are meant to break something: each connector reads or rejects them, and none fails."""

import json
from datetime import datetime, timezone

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import (
    Post,
    Rejected,
    bluesky,
    contract,
    discourse,
    fediverse,
    feed,
    hackernews,
    reddit,
    stackexchange,
    upload,
    x,
    youtube,
)

from counterparts.platforms import comment, submission, tweet

WHEN = "2026-05-01T10:00:00.000Z"
QUERY = connectors.Query("https://site.example/", "parcel")
TEXTS = {
    "control characters": "".join(map(chr, range(160))),
    "bidi": "a\u202eb\u2066c\u2069\u200fd",
    "NUL": "a\x00b",
    "only NUL": "\x00" * 9,
    "lone surrogates": "a\ud800b\udc00",
    "a pair of them": "\ud83d\ude00",
    "four bytes": "😀👩‍👩‍👧\U0001f9d1\U0010fffd",
    "noncharacters": "a\ufffe\uffff\U0001ffffb",
    "combining": "Z" + "\u0301" * 50_000,
    "a long line": "a" * 1_000_000,
    "many lines": "\n" * 1_000_000 + "x",
    "a bomb of tags": "<div>" * 80_000 + "x",
    "a bomb of quotes": "<a b='" * 50_000,
    "entities": "&amp;amp;&#0;&#xD800;&#x202E;&#x110000;&lt;b&gt;&nbsp;&#8238;",
    "declared entities": '<!DOCTYPE x [<!ENTITY a "b">]><p>&a;</p>',
    "script": "<script>alert(1)</script><style>p{}</style><img src=x onerror=y()>a",
    "javascript": "<a href='javascript:alert(1)'>javascript:alert(1)</a>",
    "broken UTF-8": b"a\xff\xc3(\xed\xa0\x80b".decode("utf-8", "surrogateescape"),
    "none": None,
    "a number": 7,
    "a list": ["a"],
}


def of_feed(text):
    item = {"id": text, "url": text, "content_html": text, "title": text, "date_published": WHEN}
    item["authors"] = [{"name": text}]
    entry = feed._json_entry(item, "https://site.example/", "site", str(text))
    return feed._post(entry, QUERY, "site.example")


def of_fediverse(text):
    status = {"id": text, "uri": text, "url": text, "content": text, "spoiler_text": text}
    return fediverse._post({**status, "created_at": WHEN, "account": {"acct": text}}, QUERY)


def of_bluesky(text):
    record = {"$type": bluesky.POST, "text": text, "createdAt": WHEN, "langs": [text]}
    uri = f"at://did:plc:a/{bluesky.POST}/1"
    return bluesky._post({"uri": uri, "record": record, "author": {"handle": text}}, QUERY)


def of_youtube(text):
    return youtube._post(comment(text, text, WHEN, authorDisplayName=text), QUERY, text)


def of_reddit(text):
    seconds = datetime(2026, 5, 1, tzinfo=timezone.utc).timestamp()
    thing = submission("1", text, seconds, selftext=text, author=text, permalink=text)
    return reddit._post(thing, QUERY)


def of_x(text):
    users = {"1": {"id": "1", "username": text, "protected": False}}
    return x._post(tweet("1234567890123456789", text, WHEN, lang=text), users, QUERY)


def of_hackernews(text):
    hit = {"objectID": "7", "author": text, "title": text, "comment_text": text}
    return hackernews._post({**hit, "created_at_i": 1_777_600_000, "points": text}, QUERY)


def of_discourse(text):
    found = {"id": 7, "topic_id": 1, "post_number": 1, "username": text, "blurb": text}
    found |= {"created_at": WHEN, "like_count": text}
    return discourse._post(found, {1: {"title": text}}, QUERY)


def of_stackexchange(text):
    item = {"item_type": "question", "question_id": 7, "title": text, "excerpt": text}
    item |= {"creation_date": 1_777_600_000, "score": text}
    return stackexchange._post(item, "stackoverflow.com", QUERY)


def of_upload(text):
    row = {"id": text, "text": text, "author": text, "date": WHEN, "url": text}
    file = upload.examine(json.dumps(row).encode())
    reading = upload.Reading(upload.guess(tuple(row)), all_public=True)
    [(_line, result)] = upload.read(file, reading)
    return result


READERS = (
    of_feed,
    of_fediverse,
    of_bluesky,
    of_hackernews,
    of_discourse,
    of_stackexchange,
    of_youtube,
    of_reddit,
    of_x,
    of_upload,
)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_text_is_read_or_rejected(read, name):
    result = read(TEXTS[name])
    assert isinstance(result, Post | Rejected)
    if isinstance(result, Post):
        contract.assert_storable(result)
        assert 0 < len(result.text) <= QUERY.max_text
        assert len(result.external_id) <= 500


def test_every_connector_is_among_those_that_were_tried():
    assert {read.__name__.removeprefix("of_") for read in READERS} == {*connectors.CONNECTORS}
