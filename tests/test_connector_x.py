"""What the X connector promises.

Never run against the live service, where each post read is paid for: the server here answers as X
documents it.
"""

import logging
from datetime import datetime, timedelta, timezone

import pytest
from freezegun import freeze_time

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import ConnectorError, contract, x

from counterparts.platforms import KEY, X, tweet
from reading import read_all

NOW = datetime(2026, 5, 8, 12, tzinfo=timezone.utc)


def number(minutes, low=0):
    """The id of a post written so many minutes before now."""
    made = (NOW - timedelta(minutes=minutes)).timestamp() * 1000
    return (int(made) - x.EPOCH << 22) + low


def at(minutes):
    return (NOW - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def make(minutes, text="Where is my parcel?", **values):
    return tweet(number(minutes), text, at(minutes), **values)


@pytest.fixture(autouse=True)
def clock():
    with freeze_time(NOW):
        yield


@pytest.fixture
def server():
    with X() as server:
        yield server


def query(server, kind="search", **values):
    values = {"term": "parcel", "secret": KEY, "kind": kind, **values}
    return connectors.Query(server.url(""), allow_private=True, **values)


def read(query, cursor=None):
    """All pages: `(posts by id, cursor, reasons of rejection, billed)`."""
    found = read_all("x", query, cursor)
    return found.posts, found.cursor, found.reasons, found.billed


def failure(query, cursor=None):
    with pytest.raises(ConnectorError) as caught:
        connectors.fetch("x", query, cursor)
    return caught.value


def check(server, *items):
    items = [connectors.Item(str(key), text=text) for key, text in items]
    return list(connectors.check("x", query(server), items))


def test_a_post_comes_with_handle_text_address_language_and_time(server):
    server.tweets = [make(5, "One &lt;3 &amp; two\nlines &amp;amp;")]
    [post] = read(query(server))[0].values()
    assert (post.author, post.account, post.language) == ("user1", "1", "de")
    assert post.text == "One <3 & two\nlines &amp;"
    assert post.url == f"https://x.com/User1/status/{number(5)}"
    assert (post.published_at, post.edited_at) == (NOW - timedelta(minutes=5), None)
    assert "-is%3Aretweet" in server.requests[0][0]


def test_likes_shares_answers_and_quotes_are_told_and_asked_for(server):
    counts = {"like_count": 4, "retweet_count": 3, "reply_count": 2, "quote_count": 1}
    server.tweets = [
        make(5, public_metrics={**counts, "impression_count": 900, "bookmark_count": 50}),
        make(6, public_metrics={"like_count": -1, "reply_count": "many", "quote_count": True}),
    ]
    posts = read(query(server))[0]
    assert [posts[str(number(n))].reactions for n in (5, 6)] == [10, None]
    assert "public_metrics" in server.requests[0][0]


def test_of_followers_the_first_digit_is_told(server):
    server.tweets = [make(5), make(6, author_id="2"), make(7, author_id="3")]
    server.followers = {"1": 4711, "2": "many"}
    posts = read(query(server))[0]
    assert [posts[str(number(n))].followers for n in (5, 6, 7)] == [4000, None, None]


def test_long_posts_come_whole(server):
    server.tweets = [make(5, "Begin…", note_tweet={"text": "Begin and end"})]
    [post] = read(query(server))[0].values()
    assert post.text == "Begin and end"


def test_r15_protected_accounts_are_not_public_nor_those_of_whom_nothing_is_told(server):
    server.tweets, server.protected = [make(1), make(2, author="2")], {"1"}
    posts = read(query(server))[0]
    assert {p.author: p.visibility for p in posts.values()} == {
        "user1": "private",
        "user2": "public",
    }
    server.failures = [(200, {}, {"data": [make(3)], "meta": {}})]
    [post] = read(query(server))[0].values()
    assert post.visibility == "private"


def test_the_first_reading_pays_for_one_page_and_later_ones_for_news_only(server):
    server.tweets = [make(n) for n in range(10, 260)]
    posts, cursor, reasons, billed = read(query(server))
    assert (len(posts), billed, server.billed, reasons) == (100, 100, 100, [])
    assert read(query(server), cursor)[3] == 0
    server.tweets += [make(n, author="2") for n in range(1, 4)]
    posts, cursor, reasons, billed = read(query(server), cursor)
    assert (len(posts), billed, server.billed) == (3, 3, 103)


def test_nothing_is_lost_or_paid_twice_over_pages(server):
    server.tweets = [make(1000)]
    _posts, cursor, *_rest = read(query(server))
    server.tweets += [make(n) for n in range(500, 730)]
    page = connectors.fetch("x", query(server), cursor)  # cut off after a page
    server.tweets += [make(n) for n in range(10, 20)]
    new, cursor, reasons, _billed = read(query(server), page.cursor)
    later, *_rest = read(query(server), cursor)
    names = {post.external_id for post in page.posts} | set(new) | set(later)
    assert names == {t["id"] for t in server.tweets} - {str(number(1000))}
    assert server.billed == 241
    assert not reasons


def test_no_more_is_asked_for_than_may_be_billed(server):
    server.tweets = [make(n) for n in range(50)]
    page = connectors.fetch("x", query(server, max_items=12))
    assert (len(page.posts), page.billed, server.billed) == (12, 12, 12)
    assert failure(query(server, max_items=9)).code == "too_large"
    assert len(server.requests) == 1


def test_posts_that_cannot_be_read_are_billed_all_the_same(server):
    bad = [7, {"id": "x"}, {**make(2), "text": ""}, {**make(3), "created_at": "soon"}]
    server.failures = [(200, {}, {"data": [make(1), *bad], "meta": {}})]
    _posts, _cursor, reasons, billed = read(query(server))
    assert billed == 5
    assert sorted(reasons) == ["no_date", "no_id", "no_text", "unreadable"]


def test_after_more_than_a_week_it_goes_on_and_says_that_posts_may_be_missing(server):
    server.tweets = [make(60)]
    _posts, cursor, *_rest = read(query(server))
    with freeze_time(NOW + timedelta(days=8)):
        _posts, cursor, reasons, _billed = read(query(server), cursor)
    assert reasons == ["gap"]
    assert "since_id" not in server.requests[-1][0]


def test_mentions_are_those_of_the_own_account_and_its_number_is_asked_for_once(server):
    server.tweets = [make(5)]
    asked = query(server, "mentions", login="@Us", term="")
    posts, cursor, *_rest = read(asked)
    assert len(posts) == 1
    read(asked, cursor)
    mentions = "/2/users/77/mentions"
    assert server.paths() == ["/2/users/by/username/Us", mentions, mentions]
    assert failure(query(server, "mentions")).code == "account"


def test_an_edit_is_the_same_post(server):
    first, second = number(30), number(20)
    history = [str(first), str(second)]
    server.tweets = [tweet(second, "Edited", at(20), edit_history_tweet_ids=history)]
    [post] = read(query(server))[0].values()
    assert post.external_id == str(first)
    assert post.published_at == NOW - timedelta(minutes=30)
    assert post.edited_at == NOW - timedelta(minutes=20)


def test_deletions_and_edits_are_found_and_billed(server):
    first, second = number(30), number(20)
    history = [str(first), str(second)]
    server.tweets = [
        make(1, "there"),
        tweet(first, "old", at(30), edit_history_tweet_ids=history),
        tweet(second, "new", at(20), edit_history_tweet_ids=history),
        make(4, "there", author="2"),
    ]
    server.protected = {"2"}
    server.missing = {
        str(number(2)): "resource-not-found",
        str(number(3)): "not-authorized-for-resource",
        str(number(6)): "unavailable",
    }
    keys = (number(1), first, number(2), number(3), number(4), number(5), number(6))
    fates = check(server, *((key, "there") for key in keys))
    assert [fate.state for fate in fates] == [
        *("there", "edited", "deleted", "deleted", "deleted", "unknown", "unknown")
    ]
    assert [fate.external_id for fate in fates] == [str(key) for key in keys]
    assert fates[1].post.text == "new"
    assert sum(fate.billed for fate in fates) == server.billed == 4


@pytest.mark.parametrize("status", [401, 402, 403, 404, 429, 500])
def test_who_may_not_ask_learns_nothing_of_deletions(server, status):
    server.failures = [(status, {}, {"title": "x"})] * 3
    assert [fate.state for fate in check(server, ("1", "t"), ("2", "t"))] == ["unknown"] * 2


def test_a_used_up_month_or_credit_waits_for_a_day(server):
    capped = {"title": "UsageCapExceeded", "detail": "Usage cap exceeded: Monthly product cap"}
    for answer in ((429, {}, capped), (402, {}, {"title": "CreditsDepleted"}), (403, {}, capped)):
        server.failures = [answer]
        error = failure(query(server))
        assert (error.code, error.retry_after) == ("too_many_requests", 24 * 3600)


@pytest.mark.parametrize(
    ("answer", "code", "wait"),
    [
        (
            (429, {"x-rate-limit-reset": str(int(NOW.timestamp()) + 90)}, {}),
            "too_many_requests",
            90,
        ),
        ((429, {"Retry-After": "30"}, {}), "too_many_requests", 30),
        ((401, {}, {"title": "Unauthorized"}), "key", None),
        ((403, {}, {"reason": "client-not-enrolled"}), "login_needed", None),
        ((400, {}, {"title": "Invalid Request"}), "http_status", None),
        ((503, {}, []), "http_status", None),
        ((302, {"Location": "https://evil.example/"}, {}), "http_status", None),
        ((200, {}, [1]), "unexpected_answer", None),
    ],
)
def test_each_failure_is_told_apart(server, answer, code, wait):
    server.failures = [answer]
    error = failure(query(server))
    assert (error.code, error.retry_after) == (code, wait)


def test_the_key_stands_in_no_address_log_or_error(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.tweets = [make(1)]
    read(query(server))
    errors = [failure(query(server, secret="an0ther-key"))]
    server.failures = [(403, {}, {})]
    errors.append(failure(query(server)))
    assert errors[0].code == "key"
    for secret in (KEY, "an0ther"):
        assert secret not in caplog.text
        assert not any(secret in path for path, _headers in server.requests)
        for error in errors:
            assert secret not in repr(error) + str(error.__context__) + str(error.__cause__)


def test_without_a_key_nothing_is_asked(server):
    assert failure(query(server, secret=None)).code == "account"
    assert failure(query(server, term=" ")).code == "term"
    other = connectors.Query("https://evil.example", "parcel", secret=KEY, allow_private=True)
    assert failure(other).code == "address"
    assert not server.requests


class TestContract(contract.ConnectorContract):
    connector = "x"

    @pytest.fixture(autouse=True)
    def serve(self, server):
        self.server = server
        server.tweets = [make(3), make(2, "a\x00 \ud800\u202e"), make(1, author="2")]
        server.protected = {"2"}

    def make_query(self, **values):
        return query(self.server, **values)

    def break_server(self):
        self.server.failures = [(200, {}, [contract.SECRET])] * 9
