"""What the YouTube connector promises.

Never run against the live service, as no key was at hand: the server here answers as Google
documents it.
"""

import json
import logging
from datetime import datetime, timedelta, timezone

import pytest
from freezegun import freeze_time

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import ConnectorError, contract, youtube

from counterparts.platforms import KEY, YouTube, comment, google_error, thread
from reading import read_all

CHANNEL = "UC" + "b" * 22
START = datetime(2026, 5, 1, tzinfo=timezone.utc)


def at(minutes):
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture
def server():
    with YouTube() as server:
        yield server


def query(server, kind="mentions", **values):
    values = {"term": CHANNEL if kind == "mentions" else "parcel", "secret": KEY, **values}
    return connectors.Query(server.url(""), kind=kind, allow_private=True, **values)


def read(query, cursor=None):
    """All pages: `(posts by id, cursor, reasons of rejection)`."""
    found = read_all("youtube", query, cursor, most=300)
    return found.posts, found.cursor, found.reasons


def failure(query, cursor=None):
    with pytest.raises(ConnectorError) as caught:
        connectors.fetch("youtube", query, cursor)
    return caught.value


def test_a_comment_comes_with_handle_text_address_and_times(server):
    reply = comment("top.reply", "Yes & no", at(5), updatedAt=at(9))
    server.channels[CHANNEL] = [thread("top", "Where is\nmy <b>parcel</b>?", at(1), reply)]
    posts, _cursor, _reasons = read(query(server))
    top, reply = posts["top"], posts["top.reply"]
    assert top.account == "UC" + "a" * 22
    assert (top.author, top.text) == ("ada", "Where is\nmy <b>parcel</b>?")
    assert top.url == "https://www.youtube.com/watch?v=vid1&lc=top"
    assert (top.published_at, top.edited_at) == (START + timedelta(minutes=1), None)
    assert reply.edited_at == START + timedelta(minutes=9)
    assert reply.url.endswith("v=vid1&lc=top.reply")


def test_likes_and_all_answers_are_told_also_those_that_do_not_come(server):
    reply = comment("top.reply", "Yes", at(5), likeCount=2)
    answered = thread("top", "Where?", at(1), reply, likeCount=4)
    answered["snippet"]["totalReplyCount"] = 30
    odd = thread("odd", "Here", at(2), likeCount="many")
    odd["snippet"]["totalReplyCount"] = None
    server.channels[CHANNEL] = [answered, odd]
    posts, *_rest = read(query(server))
    told = {key: post.reactions for key, post in posts.items()}
    assert told == {"top": 34, "top.reply": 2, "odd": None}


def test_an_account_without_handle_is_known_by_its_channel(server):
    server.channels[CHANNEL] = [thread("top", "Hi", at(1), authorDisplayName="Ada B.")]
    posts, *_rest = read(query(server))
    assert posts["top"].author == "UC" + "a" * 22


def test_nothing_is_lost_over_pages_and_readings(server):
    threads = server.channels[CHANNEL] = [thread(f"c{n}", "t", at(n)) for n in range(250)]
    posts, cursor, _reasons = read(query(server))
    assert len(posts) == 250
    threads += [thread(f"c{n}", "t", at(n)) for n in range(250, 480)]
    page = connectors.fetch("youtube", query(server), cursor)  # cut off after a page
    threads += [thread(f"c{n}", "t", at(n)) for n in range(480, 490)]
    new, cursor, reasons = read(query(server), page.cursor)
    later, *_rest = read(query(server), cursor)
    names = {post.external_id for post in page.posts} | set(new) | set(later)
    assert names >= {f"c{n}" for n in range(250, 490)}
    assert not reasons


def test_a_reading_that_gives_up_says_that_posts_may_be_missing(server, monkeypatch):
    threads = server.channels[CHANNEL] = [thread("old", "t", at(0))]
    _posts, cursor, _reasons = read(query(server))
    monkeypatch.setattr(youtube.newest_first, "LONGEST", 2)
    threads += [thread(f"c{n}", "t", at(1000 + n)) for n in range(300)]
    assert read(query(server), cursor)[2] == ["gap"]


def test_videos_are_looked_for_rarely_and_their_comments_read_hourly(server):
    server.videos = {"vid1": [thread("a", "one", at(1))], "vid2": [thread("b", "two", at(2))]}
    with freeze_time("2026-05-02 08:00:00") as clock:
        posts, cursor, _reasons = read(query(server, "search"))
        assert set(posts) == {"a", "b"}
        counts = []
        for _five_minutes in range(12 * 24):
            clock.tick(timedelta(minutes=5))
            _posts, cursor, _reasons = read(query(server, "search"), cursor)
            counts.append(len(server.requests))
    searches = server.paths().count("/youtube/v3/search")
    assert searches <= 5
    assert len(server.requests) - searches <= 2 * 26


def test_a_video_without_comments_does_not_stop_the_others(server):
    server.videos = {"vid1": "disabled", "vid2": [thread("b", "two", at(2))], "vid3": None}
    assert set(read(query(server, "search"))[0]) == {"b"}


def test_the_key_stands_in_a_header_and_in_no_address_log_or_error(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.channels[CHANNEL] = [thread("top", "Hi", at(1))]
    read(query(server))
    server.failures = [google_error(403, "forbidden"), google_error(500, "backendError")]
    errors = [failure(query(server)), failure(query(server))]
    wrong = failure(query(server, secret="an0ther-key"))
    assert KEY not in caplog.text
    assert not any(KEY in path or "an0ther" in path for path, _headers in server.requests)
    for error in (*errors, wrong):
        assert KEY not in repr(error) + str(error.__context__) + str(error.__cause__)
    assert "an0ther" not in caplog.text


def test_the_key_goes_to_no_other_host(server):
    server.failures = [(302, {"Location": server.url("/elsewhere")}, {})]
    assert failure(query(server)).code == "http_status"
    assert len(server.requests) == 1
    own = connectors.CONNECTORS["youtube"].address
    for address in ("https://evil.example", own.replace("https", "http"), f"{own}.evil.example"):
        error = failure(
            connectors.Query(address, CHANNEL, "mentions", secret=KEY, allow_private=True)
        )
        assert error.code == "address"
    closed = connectors.Query(server.url(""), CHANNEL, "mentions", secret=KEY)
    assert failure(closed).code == "address"
    assert len(server.requests) == 1


def test_without_a_key_nothing_is_asked(server):
    assert failure(query(server, secret=None)).code == "account"
    assert failure(query(server, term="")).code == "term"
    assert failure(query(server, term="not a channel")).code == "term"
    assert not server.requests


def test_a_used_up_quota_waits_for_midnight_in_california(server):
    server.failures = [google_error(403, "quotaExceeded")] * 2
    with freeze_time("2026-07-01 06:30:00"):  # 23:30 there
        assert failure(query(server)).retry_after == 30 * 60 + 60
    with freeze_time("2026-01-01 08:30:00"):  # 0:30 there, in winter
        error = failure(query(server))
    assert error.code == "too_many_requests"
    assert 23 * 3600 < error.retry_after <= 24 * 3600


@pytest.mark.parametrize(
    ("answer", "code", "wait"),
    [
        (google_error(403, "rateLimitExceeded"), "too_many_requests", None),
        ((429, {"Retry-After": "30"}, {}), "too_many_requests", 30),
        (google_error(403, "accessNotConfigured"), "login_needed", None),
        (google_error(401, "authError"), "key", None),
        (google_error(500, "backendError"), "http_status", None),
        ((200, {}, []), "unexpected_answer", None),
        ((403, {}, "no object"), "login_needed", None),
    ],
)
def test_each_failure_is_told_apart(server, answer, code, wait):
    server.failures = [answer]
    error = failure(query(server))
    assert (error.code, error.retry_after) == (code, wait)


def test_a_wrong_key_is_told_as_such(server):
    error = failure(query(server, secret="wrong"))
    assert (error.code, error.detail["status"]) == ("key", 400)


def test_answers_that_hold_nonsense_are_rejected_and_stop_nothing(server):
    good = thread("good", "Hi", at(1))
    bad = [
        {},
        {"snippet": 5},
        thread("", "x", at(1)),
        thread("e", "", at(1)),
        thread("d", "x", "?"),
    ]
    server.failures = [(200, {}, {"items": [good, 7, None, *bad]})]
    posts, _cursor, reasons = read(query(server))
    assert list(posts) == ["good"]
    assert sorted(reasons) == ["no_date", "no_id", "no_text", "unreadable", "unreadable"]


def test_an_old_place_to_go_on_from_is_begun_anew(server):
    server.channels[CHANNEL] = [thread(f"c{n}", "t", at(n)) for n in range(150)]
    page = connectors.fetch("youtube", query(server))
    server.failures = [google_error(400, "invalidPageToken")]
    assert len(read(query(server), page.cursor)[0]) == 150


def test_deletions_and_edits_are_found_and_absence_alone_is_not_believed(server):
    reply = comment("top.r", "reply", at(2))
    threads = [thread("top", "as it was", at(1), reply), thread("edited", "new text", at(2))]
    server.channels[CHANNEL] = threads
    items = [connectors.Item(k, text="as it was") for k in ("top", "edited", "gone")]
    items.append(connectors.Item("top.r", text="reply"))
    fates = list(connectors.check("youtube", query(server), items))
    assert [fate.state for fate in fates] == ["there", "edited", "deleted", "there"]
    assert fates[1].post.text == "new text"
    assert len(server.requests) == 2  # the missing one was asked for by itself
    # A batch that leaves out what is there deletes nothing.
    server.failures = [(200, {}, {"items": []})]
    fates = list(connectors.check("youtube", query(server), items[:1]))
    assert [fate.state for fate in fates] == ["there"]


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_who_may_not_ask_learns_nothing_of_deletions(server, status):
    server.failures = [google_error(status, "whatever")] * 3
    items = [connectors.Item("a"), connectors.Item("b")]
    fates = list(connectors.check("youtube", query(server), items))
    assert [fate.state for fate in fates] == ["unknown", "unknown"]


def test_a_comment_that_is_not_found_by_itself_is_deleted(server):
    server.failures = [google_error(404, "commentNotFound")] * 2
    [fate] = connectors.check("youtube", query(server), [connectors.Item("a")])
    assert fate.state == "deleted"


def test_a_cursor_of_another_word_starts_anew(server):
    server.channels[CHANNEL] = [thread("top", "Hi", at(1))]
    _posts, cursor, _reasons = read(query(server))
    assert json.loads(cursor)["stream"].endswith(CHANNEL)
    server.videos = {"vid1": [thread("a", "one", at(1))]}
    assert set(read(query(server, "search"), cursor)[0]) == {"a"}


class TestContract(contract.ConnectorContract):
    connector = "youtube"
    all_public = True  # what is held back is not handed out

    @pytest.fixture(autouse=True)
    def serve(self, server):
        self.server = server
        answer = comment("1.r", "An answer", at(1))
        odd = thread("2", "a\x00 \ud800\u202e", at(2), authorDisplayName="@A\u2066da")
        server.channels = {CHANNEL: [thread("1", "One", at(0), answer), odd]}

    def make_query(self, **values):
        return query(self.server, **values)

    def break_server(self):
        self.server.failures = [(200, {}, [contract.SECRET])] * 9
