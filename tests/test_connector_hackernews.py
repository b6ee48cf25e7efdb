"""What the Hacker News connector promises.

The live service was out of reach: the server here answers as its search and its API are documented.
"""

import json
import re
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import contract, hackernews

from counterparts.hostile import Hostile
from reading import read_all

START = int(datetime(2026, 5, 1, tzinfo=timezone.utc).timestamp())
SEARCH = "/api/v1/search_by_date"


def hit(number, at=0, **values):
    return {
        "objectID": str(number),
        "author": "ada",
        "created_at_i": START + at,
        "comment_text": f"Where is <i>my</i> parcel?<p>No. {number} &#x27;here&#x27;",
        "story_title": "What another one wrote",
        **values,
    }


class HackerNews(Hostile):
    """The search, which gives at most 100 hits, and the items by their ids."""

    def __init__(self, hits=()):
        super().__init__()
        self.hits, self.asked = list(hits), []
        self.answer(SEARCH, self.search)

    def search(self, path):
        asked = {name: found[0] for name, found in parse_qs(urlsplit(path).query).items()}
        self.asked.append(asked)
        limit = re.fullmatch(r"created_at_i<=(\d+)", asked.get("numericFilters", ""))
        hits = [each for each in self.hits if not limit or each["created_at_i"] <= int(limit[1])]
        hits.sort(key=lambda each: each["created_at_i"], reverse=True)
        return json.dumps({"hits": hits[: int(asked["hitsPerPage"])]}).encode()


@pytest.fixture
def server():
    with HackerNews() as server:
        yield server


def query(server, term="parcel", **values):
    return connectors.Query(server.url(""), term, "search", allow_private=True, **values)


def read(query, cursor=None):
    """All pages: `(ids, cursor, number of pages)`."""
    found = read_all("hackernews", query, cursor)
    return found.ids, found.cursor, found.pages


class TestHackerNews(contract.ConnectorContract):
    connector = "hackernews"

    @pytest.fixture(autouse=True)
    def serve(self):
        odd = hit(3, 3, comment_text="<p>Three\x00 \u202e\U0001f600</p>", author="")
        with HackerNews([hit(1, 1), hit(2, 2), odd]) as self.server:
            self.serve_items(json.dumps({"id": number}) for number in (1, 2, 3))
            yield

    def serve_items(self, answers):
        for number, answer in enumerate(answers, 1):
            self.server.serve(f"/v0/item/{number}.json", answer)

    def make_query(self, **values):
        return query(self.server, **values)

    def break_server(self):
        self.server.makers[SEARCH] = lambda _path: b'{"error": "not-to-be-told"}'
        self.serve_items(['{"error": "not-to-be-told"}'] * 3)

    def test_what_is_not_public_is_told_as_such(self):
        """Everything on Hacker News is public."""
        assert {post.visibility for post in self.read_all()[0]} == {"public"}


def test_comments_and_posts_come_as_their_authors_wrote_them(server):
    server.hits = [
        hit(1),
        hit(
            2,
            1,
            title="Ask HN: My parcel",
            comment_text=None,
            story_text="Gone",
            points=3,
            num_comments=4,
        ),
    ]
    comment, post = connectors.fetch("hackernews", query(server)).posts
    assert comment.text == "Where is my parcel?\n\nNo. 1 'here'"
    assert (comment.external_id, comment.author) == (f"{hackernews.ITEM}1", "ada")
    assert comment.published_at.timestamp() == START
    assert comment.reactions is None
    assert post.text == "Ask HN: My parcel\n\nGone"
    assert post.reactions == 7


def test_more_reactions_than_the_database_counts_are_cut(server):
    server.hits = [hit(1, points=10**12)]
    [post] = connectors.fetch("hackernews", query(server)).posts
    assert post.reactions == 2**31 - 1


def test_the_words_are_asked_for_as_a_phrase(server):
    connectors.fetch("hackernews", query(server, ' lost "parcel" '))
    assert server.asked[0]["query"] == '"lost parcel"'
    assert server.asked[0]["tags"] == "(story,comment,poll)"
    with pytest.raises(connectors.ConnectorError, match="term"):
        connectors.fetch("hackernews", query(server, ' "" '))


def test_nothing_is_lost_over_pages_and_a_reading_ends_where_the_last_began(server):
    # Many in one second, among them more than a page holds.
    server.hits = [hit(n, n // 60 * 7200) for n in range(250)]
    ids, cursor, pages = read(query(server))
    assert len(set(ids)) == 250
    assert pages > 2
    server.hits.append(hit(999, 7200 * 9))
    ids, _cursor, pages = read(query(server), cursor)
    assert f"{hackernews.ITEM}999" in ids
    assert pages == 1


def test_more_of_one_second_than_a_page_holds_is_no_endless_loop(server):
    server.hits = [hit(n) for n in range(150)] + [hit(500, -7200)]
    ids, _cursor, _pages = read(query(server))
    assert f"{hackernews.ITEM}500" in ids


def test_bad_hits_are_counted_and_the_others_are_read(server):
    server.hits = []
    bad = [None, {"objectID": "x"}, hit(4, comment_text=""), hit(5, created_at_i=None)]
    server.makers[SEARCH] = lambda _path: json.dumps({"hits": [*bad, hit(1)]}).encode()
    page = connectors.fetch("hackernews", query(server))
    assert [each.reason for each in page.rejected] == ["unreadable", "no_id", "no_text", "no_date"]
    assert len(page.posts) == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"id": 7, "text": "There"}, "there"),
        ({"id": 7, "deleted": True}, "deleted"),
        ({"id": 7, "dead": True}, "deleted"),
        ({"id": 8, "deleted": True}, "unknown"),
        (None, "unknown"),
        ([], "unknown"),
    ],
)
def test_only_what_is_said_to_be_gone_is_gone(server, answer, state):
    server.serve("/v0/item/7.json", json.dumps(answer))
    item = connectors.Item(f"{hackernews.ITEM}7")
    assert [fate.state for fate in connectors.check("hackernews", query(server), [item])] == [state]


def test_a_missing_page_is_no_deletion(server):
    items = [connectors.Item(f"{hackernews.ITEM}7"), connectors.Item("elsewhere/7")]
    fates = list(connectors.check("hackernews", query(server, pause=0), items))
    assert [fate.state for fate in fates] == ["unknown", "unknown"]
    assert fates[1].error.code == "no_check"
