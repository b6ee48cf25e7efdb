"""What the Stack Exchange connector promises.

The live service was out of reach: the server here answers as its API is documented.
"""

from datetime import datetime, timedelta, timezone

import pytest
from freezegun import freeze_time

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import contract, stackexchange

from counterparts.platforms import Platform
from reading import read_all

SITE = "stackoverflow.com"
START = int(datetime(2026, 5, 1, tzinfo=timezone.utc).timestamp())
NOW = "2026-06-01 12:00:00"


def found(number, at=0, **values):
    return {
        "item_type": "question",
        "question_id": number,
        "title": f"Where is it? {number} &amp; why",
        "excerpt": 'My <span class="highlight">parcel</span> &hellip;',
        "creation_date": START + at,
        "score": 0,
        **values,
    }


class StackExchange(Platform):
    """`items` as `found` makes them, at most 25 pages of them; `backoff` with the next answer."""

    def __init__(self, items=()):
        super().__init__()
        self.items, self.backoff, self.asked = list(items), None, []

    def answer(self, path, values, _headers, _body):
        """Status, headers and object."""
        assert values["site"] == SITE
        if path.startswith("/2.3/posts/"):
            ids = path.rpartition("/")[2].split(";")
            known = {str(item.get("answer_id", item.get("question_id"))) for item in self.items}
            there = [{"post_id": int(number)} for number in ids if number in known]
            return 200, {}, {"items": there, "has_more": False}
        assert path == stackexchange.SEARCH
        self.asked.append(values)
        number, size = int(values["page"]), int(values["pagesize"])
        assert number <= 25, "further pages take a key"
        newest = sorted(self.items, key=lambda item: item["creation_date"] or 0, reverse=True)
        page = newest[(number - 1) * size : number * size]
        told = {"backoff": self.backoff} if self.backoff else {}
        return 200, {}, {"items": page, "has_more": len(newest) > number * size, **told}


@pytest.fixture
def server():
    with StackExchange() as server:
        yield server


def query(server, term="parcel", site=SITE, **values):
    address = server.url(f"{stackexchange.SEARCH}?site={site}")
    return connectors.Query(address, term, "search", allow_private=True, **values)


def read(query, cursor=None):
    """All pages: `(ids, cursor, reasons of rejection)`."""
    found = read_all("stackexchange", query, cursor)
    return found.ids, found.cursor, found.reasons


def key(number, kind="q"):
    return f"https://{SITE}/{kind}/{number}"


class TestStackExchange(contract.ConnectorContract):
    connector = "stackexchange"

    @pytest.fixture(autouse=True)
    def serve(self):
        odd = found(3, 3, excerpt="Three\x00 \u202e\U0001f600")
        with StackExchange([found(1, 1), found(2, 2), odd]) as self.server:
            yield

    def make_query(self, **values):
        return query(self.server, **values)

    def break_server(self):
        self.server.answer = lambda *_asked: (200, {}, {"error": contract.SECRET})

    def test_what_is_not_public_is_told_as_such(self):
        """Everything on Stack Exchange is public."""
        assert {post.visibility for post in self.read_all()[0]} == {"public"}


def test_excerpts_come_with_address_votes_and_time_and_questions_with_their_title(server):
    answer = found(8, 1, item_type="answer", answer_id=9, score=-2)
    server.items = [found(7, score=4, answer_count=2), answer]
    question, answer = connectors.fetch("stackexchange", query(server)).posts
    assert question.text == "Where is it? 7 & why\n\nMy parcel …"
    assert (question.external_id, question.url) == (key(7), key(7))
    assert (question.reactions, question.author) == (6, SITE)
    assert question.published_at.timestamp() == START
    assert (answer.external_id, answer.reactions) == (key(9, "a"), None)
    assert answer.text == "My parcel …", "the title is what another one asked"


def test_the_words_are_a_phrase_and_never_a_command_of_the_search(server):
    connectors.fetch("stackexchange", query(server, ' user:7 "[tag]" '))
    assert server.asked[0]["q"] == '"user:7 [tag]"'
    for nothing in (' "" ', "x" * 201):
        with pytest.raises(connectors.ConnectorError, match="term"):
            connectors.fetch("stackexchange", query(server, nothing))
    for site in ("", "a/b", "a;b"):
        with pytest.raises(connectors.ConnectorError, match="address"):
            connectors.fetch("stackexchange", query(server, site=site))


def test_it_is_asked_every_half_hour_so_that_a_day_needs_few_calls(server):
    server.items = [found(1)]
    with freeze_time(NOW) as clock:
        _ids, cursor, _reasons = read(query(server))
        for _five_minutes in range(12 * 24):
            clock.tick(timedelta(minutes=5))
            _ids, cursor, _reasons = read(query(server), cursor)
    assert 40 <= len(server.asked) <= 50


def test_nothing_is_asked_while_it_wants_to_be_left_alone_and_nothing_is_lost(server):
    server.items, server.backoff = [found(n, n * 7200) for n in range(1, 151)], 90
    with freeze_time(NOW) as clock:
        first, cursor, _reasons = read(query(server))
        assert (len(first), len(server.asked)) == (100, 1)
        clock.tick(timedelta(seconds=60))
        assert read(query(server), cursor)[0] == []
        assert len(server.asked) == 1
        clock.tick(timedelta(seconds=60))
        server.backoff = None
        rest, cursor, _reasons = read(query(server), cursor)
    assert len({*first, *rest}) == 150


def test_nothing_is_lost_over_pages_and_readings(server):
    server.items = [found(n, n * 7200) for n in range(1, 120)]
    with freeze_time(NOW) as clock:
        ids, cursor, reasons = read(query(server))
        assert (len(set(ids)), reasons) == (119, [])
        server.items += [found(n, n * 7200) for n in range(120, 360)]
        clock.tick(timedelta(hours=1))
        page = connectors.fetch("stackexchange", query(server), cursor)  # cut off after a page
        new, cursor, reasons = read(query(server), page.cursor)
    assert {post.external_id for post in page.posts} | set(new) >= {key(n) for n in range(120, 360)}
    assert not reasons


def test_what_lies_behind_the_last_page_is_said_to_be_missing(server):
    server.items = [found(1)]
    with freeze_time(NOW) as clock:
        _ids, cursor, _reasons = read(query(server))
        server.items += [found(n, n * 7200) for n in range(2, 2700)]
        clock.tick(timedelta(hours=1))
        ids, cursor, reasons = read(query(server), cursor)
    assert (len(set(ids)), reasons) == (2500, ["gap"])


def test_a_day_that_is_used_up_is_waited_out(server):
    said = "too many requests from this IP, more requests available in 4000 seconds"
    error = {"error_id": 502, "error_name": "throttle_violation", "error_message": said}
    server.failures = [(400, {}, error), (400, {}, {"error_name": "bad_parameter"})]
    with pytest.raises(connectors.ConnectorError, match="too_many_requests") as caught:
        connectors.fetch("stackexchange", query(server))
    assert caught.value.retry_after == 4000
    with pytest.raises(connectors.ConnectorError, match="http_status"):
        connectors.fetch("stackexchange", query(server))


def test_only_what_is_not_there_when_asked_for_alone_is_gone(server):
    server.items = [found(1), found(5, item_type="answer", answer_id=2)]
    items = [connectors.Item(each) for each in (key(1), key(2, "a"), key(3), "of another kind")]
    fates = connectors.check("stackexchange", query(server), items)
    assert [fate.state for fate in fates] == ["there", "there", "deleted", "unknown"]
    server.failures = [(200, {}, {"items": []}), (503, {}, {})]
    [fate] = connectors.check("stackexchange", query(server), items[:1])
    assert fate.state == "unknown"
