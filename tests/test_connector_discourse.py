"""What the Discourse connector promises.

No forum was asked: the server here answers as Discourse's own code and documentation say, and limits
pages as that does.
"""

import json
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import contract, presets

from counterparts.hostile import Hostile, rss
from reading import read_all

START = datetime(2026, 5, 1, tzinfo=timezone.utc)
PAGE = 50


def found(number, at=0, **values):
    return {
        "id": number,
        "topic_id": 900 + number,
        "post_number": 1,
        "username": "Ada",
        "created_at": (START + timedelta(seconds=at)).isoformat(),
        "blurb": f'Where is my <span class="search-highlight">parcel</span> &amp; No. {number}',
        "like_count": 0,
        **values,
    }


class Forum(Hostile):
    """Its search, which gives at most ten pages, and its posts by their ids."""

    def __init__(self, posts=()):
        super().__init__()
        self.posts, self.asked = list(posts), []
        self.answer("/search.json", self.search)

    def search(self, path):
        asked = {name: found[0] for name, found in parse_qs(urlsplit(path).query).items()}
        self.asked.append(asked)
        number = int(asked["page"])
        assert 1 <= number <= 10, "Discourse refuses any other page"
        newest = sorted(self.posts, key=lambda post: post["created_at"], reverse=True)
        page = newest[(number - 1) * PAGE : number * PAGE]
        topics = [{"id": post["topic_id"], "title": f"Topic {post['id']}"} for post in page]
        more = True if len(newest) > number * PAGE else None
        result = {"grouped_search_result": {"term": asked["q"], "more_full_page_results": more}}
        return json.dumps(
            {**result, **({"posts": page, "topics": topics} if page else {})}
        ).encode()


@pytest.fixture
def server():
    with Forum() as server:
        yield server


def query(server, term="parcel", **values):
    return connectors.Query(server.url(""), term, "search", allow_private=True, **values)


def read(query, cursor=None):
    """All pages: `(ids, cursor, reasons of rejection)`."""
    found = read_all("discourse", query, cursor)
    return found.ids, found.cursor, found.reasons


def key(server, number):
    return f"{server.host}:{server.host}-post-{number}"


class TestDiscourse(contract.ConnectorContract):
    connector = "discourse"

    @pytest.fixture(autouse=True)
    def serve(self):
        odd = found(3, 3, blurb="Three\x00 \u202e\U0001f600", username="")
        with Forum([found(1, 1), found(2, 2), odd]) as self.server:
            self.serve_posts(json.dumps({"id": number}) for number in (1, 2, 3))
            yield

    def serve_posts(self, answers):
        for number, answer in enumerate(answers, 1):
            self.server.serve(f"/posts/{number}.json", answer)

    def make_query(self, **values):
        return query(self.server, **values)

    def break_server(self):
        self.server.makers["/search.json"] = lambda _path: b'{"error": "not-to-be-told"}'
        self.serve_posts(['{"error": "not-to-be-told"}'] * 3)

    def test_what_is_not_public_is_told_as_such(self):
        """Visitors find what is public, and nothing else."""
        assert {post.visibility for post in self.read_all()[0]} == {"public"}


def test_an_excerpt_comes_with_handle_address_likes_and_time_and_the_first_post_with_its_title(
    server,
):
    server.posts = [found(1, like_count=4), found(2, 1, post_number=7)]
    first, reply = connectors.fetch("discourse", query(server)).posts
    assert first.text == "Topic 1\n\nWhere is my parcel & No. 1"
    assert (first.author, first.reactions, first.published_at) == ("ada", 4, START)
    assert first.url == server.url("/p/1")
    assert reply.text == "Where is my parcel & No. 2", "the title is what another one wrote"


def test_one_post_of_a_topic_that_makes_no_sense_spoils_no_page(server):
    server.posts = [found(1, topic_id=[1]), found(2, 1, topic_id={}), found(3, 2)]
    assert read(query(server))[0] == [key(server, number) for number in (1, 2, 3)]


def test_the_words_are_a_phrase_and_never_a_command_of_the_search(server):
    connectors.fetch("discourse", query(server, ' @ada "order:likes" '))
    assert server.asked[0]["q"] == '"@ada order:likes" order:latest'
    for nothing in (' "" ', "x" * 201):
        with pytest.raises(connectors.ConnectorError, match="term"):
            connectors.fetch("discourse", query(server, nothing))


def test_nothing_is_lost_over_pages_and_readings(server):
    server.posts = [found(n, n * 7200) for n in range(1, 120)]
    ids, cursor, reasons = read(query(server))
    assert (len(set(ids)), reasons) == (119, [])
    server.posts += [found(n, n * 7200) for n in range(120, 260)]
    page = connectors.fetch("discourse", query(server), cursor)  # cut off after a page
    server.posts.append(found(999, 260 * 7200))
    new, cursor, reasons = read(query(server), page.cursor)
    later, _cursor, _reasons = read(query(server), cursor)
    names = {post.external_id for post in page.posts} | set(new) | set(later)
    assert names >= {key(server, n) for n in (*range(120, 260), 999)}
    assert not reasons
    assert len(later) < PAGE + 1


def test_what_lies_behind_the_last_page_is_said_to_be_missing(server):
    server.posts = [found(1)]
    _ids, cursor, _reasons = read(query(server))
    server.posts += [found(n, n * 7200) for n in range(2, 560)]
    ids, cursor, reasons = read(query(server), cursor)
    assert (len(set(ids)), reasons) == (10 * PAGE, ["gap"])
    assert read(query(server), cursor)[2] == []


def test_a_post_that_comes_by_the_feed_too_is_one(server):
    server.posts = [found(7)]
    [searched] = connectors.fetch("discourse", query(server)).posts
    guid = f'<title>T</title><guid isPermaLink="false">{server.host}-post-7</guid>'
    date = "<pubDate>Fri, 01 May 2026 00:00:00 +0000</pubDate>"
    server.serve("/posts.rss", rss(guid + date))
    made = presets.PRESETS["discourse_latest"].make(address=server.url("/"))
    fed = connectors.fetch("feed", connectors.Query(made.address, allow_private=True)).posts
    assert [post.external_id for post in fed] == [searched.external_id]


@pytest.mark.parametrize(
    ("answer", "status", "state"),
    [
        ({"id": 7}, 200, "there"),
        ({"id": 7, "user_deleted": True}, 200, "deleted"),
        ({"id": 7, "deleted_at": "2026-05-02T00:00:00Z"}, 200, "deleted"),
        ({"id": 7, "hidden": True}, 200, "deleted"),
        ({"errors": ["not found"]}, 404, "deleted"),
        ({"errors": ["not yours"]}, 403, "unknown"),
        ({"errors": ["slower"]}, 429, "unknown"),
        ({"id": 8, "hidden": True}, 200, "unknown"),
        ([], 200, "unknown"),
    ],
)
def test_only_what_is_said_to_be_gone_is_gone(server, answer, status, state):
    server.serve("/posts/7.json", json.dumps(answer), status)
    asked = [connectors.Item(key(server, 7)), connectors.Item("of another kind")]
    fates = connectors.check("discourse", query(server, pause=0), asked)
    assert [fate.state for fate in fates] == [state, "unknown"]


def test_a_forum_that_finds_nothing_any_more_says_nothing_by_a_404(server):
    server.serve("/posts/7.json", "{}", 404)
    server.serve("/search.json", "moved away", 404)
    server.makers.pop("/search.json", None)
    asked = [connectors.Item(key(server, 7))]
    [fate] = connectors.check("discourse", query(server, pause=0), asked)
    assert fate.state == "unknown"
