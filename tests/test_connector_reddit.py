"""What the Reddit connector promises.

Never run against the live service, as no approved application was at hand: the server here answers
as Reddit documents it.
"""

import logging
from datetime import datetime, timezone

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import ConnectorError, contract, reddit

from counterparts.platforms import KEY, LOGIN, Reddit, remark, submission
from reading import read_all

START = datetime(2026, 5, 1, tzinfo=timezone.utc).timestamp()


@pytest.fixture
def server():
    with Reddit() as server:
        yield server


def query(server, term="parcel", **values):
    values = {"login": LOGIN, "secret": KEY, "kind": "search", **values}
    return connectors.Query(server.url(""), term, allow_private=True, **values)


def read(query, cursor=None):
    """All pages: `(posts by id, cursor, reasons of rejection)`."""
    found = read_all("reddit", query, cursor)
    return found.posts, found.cursor, found.reasons


def failure(query):
    with pytest.raises(ConnectorError) as caught:
        connectors.fetch("reddit", query)
    return caught.value


def check(server, *items):
    items = [connectors.Item(key, text=text) for key, text in items]
    return [fate.state for fate in connectors.check("reddit", query(server), items)]


def test_a_submission_comes_with_author_title_text_address_and_time(server):
    server.things = [
        submission("1", "Where is it?", START, selftext="My parcel & *I*"),
        submission("2", "A link only", START + 60, edited=START + 90.0),
    ]
    posts, _cursor, _reasons = read(query(server))
    one, two = posts["t3_1"], posts["t3_2"]
    assert (one.author, one.text) == ("ada", "Where is it?\n\nMy parcel & *I*")
    assert one.url == "https://www.reddit.com/r/test/comments/1/title/"
    assert (one.published_at.timestamp(), one.edited_at) == (START, None)
    assert (two.text, two.edited_at.timestamp()) == ("A link only", START + 90)
    assert server.paths() == ["/api/v1/access_token", "/search"]


def test_votes_and_comments_are_told_and_hidden_votes_are_not(server):
    server.things = [
        submission("1", "t", START, score=7, num_comments=3),
        submission("2", "t", START, score=1, hide_score=True, num_comments=3),
        submission("3", "t", START, score=-4, num_comments=2),
        submission("4", "parcel", START),
        remark("a", "parcel", START, score=5),
        remark("b", "parcel", START, score=1, score_hidden=True),
    ]
    posts = read(query(server, "parcel in r/test"))[0]
    told = {key: post.reactions for key, post in posts.items()}
    hidden = {"t3_4": None, "t1_b": None}
    assert told == {"t3_1": 10, "t3_2": 3, "t3_3": 2, "t1_a": 5, **hidden}


def test_a_community_brings_its_comments_with_the_words_too(server):
    server.things = [
        submission("1", "Parcel", START),
        remark("a", "My PARCEL is late", START + 1),
        remark("b", "No words of that, only parcels", START + 2),
        remark("c", "parcel", START + 3, subreddit="other"),
    ]
    posts, *_rest = read(query(server, "parcel in r/test"))
    assert set(posts) == {"t3_1", "t1_a"}
    assert posts["t1_a"].text == "My PARCEL is late"
    assert "/r/test/search" in server.paths()


def test_nothing_is_lost_over_pages_and_readings(server):
    server.things = [submission(str(n), "t", START + n * 60) for n in range(250)]
    posts, cursor, _reasons = read(query(server))
    assert len(posts) == 250
    server.things += [submission(str(n), "t", START + n * 60) for n in range(250, 480)]
    page = connectors.fetch("reddit", query(server), cursor)
    server.things += [submission(str(n), "t", START + n * 60) for n in range(480, 490)]
    new, cursor, reasons = read(query(server), page.cursor)
    later, *_rest = read(query(server), cursor)
    names = {post.external_id for post in page.posts} | set(new) | set(later)
    assert names >= {f"t3_{n}" for n in range(250, 490)}
    assert not reasons


def test_r15_private_communities_are_told_as_such(server):
    server.things = [submission("1", "t", START, subreddit_type="private")]
    assert read(query(server))[0]["t3_1"].visibility == "private"


def test_what_is_deleted_already_does_not_come_in(server):
    server.things = [
        submission("1", "t", START, selftext="[removed]"),
        submission("2", "t", START, author="[deleted]"),
        submission("3", "t", START, author=None),
        submission("4", "t", START, removed_by_category="moderator"),
        submission("5", "t", START),
    ]
    posts, _cursor, reasons = read(query(server))
    assert (set(posts), reasons) == ({"t3_5"}, [])


def test_deletions_are_followed_accounts_included(server):
    server.things = [
        submission("there", "t", START),
        submission("edited", "t", START, selftext="now"),
        submission("removed", "t", START, selftext="[removed]"),
        submission("author", "t", START, author="[deleted]"),
        submission("account", "t", START, author=None),
        remark("a", "[deleted]", START),
        submission("closed", "t", START, subreddit_type="private"),
    ]
    keys = ("t3_there", "t3_edited", "t3_removed", "t3_author", "t3_account", "t1_a", "t3_closed")
    states = check(server, *((key, "t") for key in keys), ("t3_gone", "t"))
    assert states == ["there", "edited", *["deleted"] * 6]


def test_absence_alone_is_not_believed(server):
    server.things = [submission("1", "t", START)]
    server.failures = [(200, {}, {"kind": "Listing", "data": {"children": []}})]
    assert check(server, ("t3_1", "t")) == ["there"]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_who_may_not_ask_learns_nothing_of_deletions(server, status):
    server.failures = [(status, {}, {"message": "x", "error": status})] * 3
    assert check(server, ("t3_1", "t"), ("t3_2", "t")) == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("answer", "code", "wait"),
    [
        ((429, {"x-ratelimit-reset": "77"}, {}), "too_many_requests", 77),
        ((429, {"Retry-After": "30"}, {}), "too_many_requests", 30),
        ((403, {}, {"reason": "private"}), "login_needed", None),
        ((404, {}, {"reason": "banned"}), "http_status", None),
        ((503, {}, {}), "http_status", None),
        ((302, {"Location": "https://evil.example/"}, {}), "http_status", None),
        ((200, {}, [1]), "unexpected_answer", None),
        ((204, {}, {}), "unexpected_answer", None),
    ],
)
def test_each_failure_is_told_apart(server, answer, code, wait):
    server.failures = [answer]
    error = failure(query(server))
    assert (error.code, error.retry_after) == (code, wait)


def test_the_key_stands_in_no_address_log_or_error(server, caplog):
    caplog.set_level(logging.DEBUG)
    read(query(server))
    errors = [failure(query(server, secret="an0ther-key"))]
    server.failures = [(403, {}, {})]
    errors.append(failure(query(server)))
    assert errors[0].code == "key"
    assert not any(KEY in path for path, _headers in server.requests)
    for secret in (KEY, "an0ther"):
        assert secret not in caplog.text
        for error in errors:
            assert secret not in repr(error) + str(error.__context__) + str(error.__cause__)


def test_without_login_or_key_nothing_is_asked(server):
    assert failure(query(server, secret=None)).code == "account"
    assert failure(query(server, login=" ")).code == "account"
    assert failure(query(server, term=" ")).code == "term"
    other = connectors.Query("https://evil.example", "parcel", login=LOGIN, secret=KEY)
    assert failure(other).code == "address"
    assert not server.requests


def test_the_real_one_is_asked_at_its_two_addresses():
    own = connectors.CONNECTORS["reddit"].address
    question = connectors.Query(own, "parcel", login=LOGIN, secret=KEY)
    requestor = reddit._reddit(question, own, reddit.keyed.Session(question))._requestor
    assert requestor.reddit_url == "https://www.reddit.com"
    assert requestor.oauth_url == "https://oauth.reddit.com/"


def test_answers_that_hold_nonsense_are_rejected_and_stop_nothing(server):
    good = {"kind": "t3", "data": submission("1", "t", START)}
    bad = [{}, 5, {"data": {"name": "x"}}, {"data": submission("2", "", START)}]
    bad.append({"data": submission("3", "t", "soon")})
    server.failures = [(200, {}, {"kind": "Listing", "data": {"children": [good, *bad]}})]
    posts, _cursor, reasons = read(query(server))
    assert list(posts) == ["t3_1"]
    assert sorted(reasons) == ["no_date", "no_id", "no_text", "unreadable"]


class TestContract(contract.ConnectorContract):
    connector = "reddit"

    @pytest.fixture(autouse=True)
    def serve(self, server):
        self.server = server
        server.things = [
            submission("1", "parcel\x00 \ud800\u202e", START, author="A\u2066da"),
            submission("2", "parcel", START + 1, subreddit_type="private"),
            remark("a", "parcel", START + 2),
        ]

    def make_query(self, **values):
        return query(self.server, "parcel in r/test", **values)

    def break_server(self):
        self.server.failures = [(200, {}, [contract.SECRET])] * 9
