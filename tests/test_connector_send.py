"""What sending an answer promises, against a real snac2, a real Bluesky network, and bad servers."""

import dataclasses
import itertools
import json
import time
import urllib.parse
import urllib.request

import pytest

from odoo.addons.social_consent_monitoring import connectors

from counterparts.hostile import Hostile
from counterparts.snac import Snac, is_there

needs_snac = pytest.mark.skipif(not is_there(), reason="snac2 is missing")
SECRET = "password of brand"
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def snac(tmp_path_factory):
    with Snac(tmp_path_factory.mktemp("answers") / "server") as server:
        server.add_user("ada")
        server.add_user("brand")
        yield server


def ask_snac(snac, path, user="brand"):
    header = {"Authorization": f"Bearer {snac.token(user)}"}
    with urllib.request.urlopen(urllib.request.Request(snac.base_url + path, headers=header)) as it:
        return json.load(it)


def own(snac, **values):
    values = {"secret": snac.token("brand"), **values}
    return connectors.Query(snac.base_url, allow_private=True, **values)


def read(snac, tag, text):
    """Write a post, and return it as it is stored."""
    snac.post("ada", f"{text} #{tag}")
    snac.wait_for_tag("ada", tag, 1)
    query = connectors.Query(snac.base_url, tag, "tag", allow_private=True)
    [post] = connectors.fetch("fediverse", query).posts
    return as_item(post)


def as_item(post):
    return connectors.Item(post.external_id, post.url, post.text, post.locator)


def send(snac, item, text, **values):
    key = values.pop("key", None) or connectors.make_key()
    query = values.pop("query", None) or own(snac)
    return connectors.send("fediverse", query, text, item, idempotency=key, **values)


def find(snac, item, text):
    return connectors.find_sent("fediverse", own(snac), text, item, connectors.make_key())


def find_answers(snac, item):
    number = item.locator.partition("/")[2]
    return ask_snac(snac, f"/api/v1/statuses/{number}/context")["descendants"]


@needs_snac
def test_an_answer_stands_under_its_post_and_names_whom_it_answers(snac):
    item = read(snac, "standing", "Where is it?")
    sent = send(snac, item, "We are sorry & look into it. https://example.com/help")
    [status] = find_answers(snac, item)
    assert (sent.external_id, sent.url) == (status["uri"], status["url"])
    assert sent.author == f"brand@{snac.base_url.partition('://')[2]}"
    assert sent.locator.endswith(f"/{status['id']}")
    assert status["visibility"] == "public"
    host = snac.base_url.partition("://")[2]
    assert status["content"].startswith(f"@ada@{host} We are sorry ")


@needs_snac
def test_what_an_attempt_published_is_found(snac):
    item = read(snac, "twice", "Where is it?")
    key = connectors.make_key()
    sent = send(snac, item, "We are\nsorry.", key=key)
    assert find(snac, item, "We are\nsorry.") == sent
    assert len(find_answers(snac, item)) == 1
    # Another text is another answer.
    assert find(snac, item, "It is on its way.") is None


@needs_snac
def test_what_somebody_else_said_in_the_same_words_is_not_ours(snac):
    item = read(snac, "words", "Where is it?")
    send(snac, item, "Sorry.", query=own(snac, secret=snac.token("ada")))
    assert find(snac, item, "Sorry.") is None


@needs_snac
def test_a_message_to_the_author_only_is_not_public(snac):
    item = read(snac, "direct", "Where is it?")
    sent = send(snac, item, "Sorry.", visibility="direct")
    [status] = find_answers(snac, item)
    assert status["uri"] == sent.external_id
    assert status["visibility"] in ("private", "direct")


@needs_snac
def test_a_post_that_is_gone_is_not_answered(snac):
    item = read(snac, "gone", "Where is it?")
    snac.delete("ada", item.external_id)
    with pytest.raises(connectors.ConnectorError) as caught:
        send(snac, item, "Sorry.")
    assert caught.value.code == "no_post"
    assert not caught.value.may_stand


@needs_snac
def test_a_wrong_key_and_none_say_so_and_tell_nothing(snac):
    item = read(snac, "keys", "Where is it?")
    for secret, code in (("not the key", "key"), (None, "account")):
        with pytest.raises(connectors.ConnectorError) as caught:
            send(snac, item, "Sorry.", query=own(snac, secret=secret))
        assert caught.value.code == code
        assert "not the key" not in f"{caught.value!r} {dict(caught.value.detail)}"


@needs_snac
def test_the_account_says_who_it_is_and_how_long_answers_may_be(snac):
    host = snac.base_url.partition("://")[2]
    who = connectors.introduce("fediverse", own(snac))
    assert who.handle == f"brand@{host}"
    assert who.limit == 100_000  # snac2's own


@needs_snac
def test_an_answer_that_was_deleted_there_is_told(snac):
    item = read(snac, "fate", "Where is it?")
    sent = send(snac, item, "Sorry.")
    stored = connectors.Item(sent.external_id, sent.url, "Sorry.", sent.locator)
    query = own(snac, pause=0)
    [fate] = connectors.check("fediverse", query, [stored])
    assert fate.state in ("there", "edited")
    snac.delete("brand", sent.external_id)
    [fate] = connectors.check("fediverse", query, [stored])
    assert fate.state == "deleted"


@pytest.mark.parametrize(
    ("status", "code", "may_stand"),
    [(422, "refused", False), (503, "http_status", True), (429, "too_many_requests", False)],
)
def test_a_refusal_is_told_from_what_may_have_arrived(status, code, may_stand):
    with Hostile() as server:
        server.serve("/api/v1/statuses/1", json.dumps({"id": "1", "uri": "https://a.example/1"}))
        server.serve("/api/v1/statuses", "", status=status)
        item = connectors.Item("https://a.example/1", locator=f"{server.host}/1")
        query = connectors.Query(server.url("/"), secret=SECRET, allow_private=True)
        with pytest.raises(connectors.ConnectorError) as caught:
            connectors.send("fediverse", query, "Sorry.", item, idempotency=connectors.make_key())
    assert (caught.value.code, caught.value.may_stand) == (code, may_stand)


def test_a_server_that_hands_another_post_than_it_was_asked_for_gets_no_answer():
    """It could else have us answer, and name, whom it likes."""
    with Hostile() as server:
        other = {"id": "2", "uri": "https://a.example/2", "account": {"acct": "eve@a.example"}}
        server.serve("/api/v1/statuses/1", json.dumps(other))
        server.serve("/api/v2/search", json.dumps({"statuses": [other]}))
        query = connectors.Query(server.url("/"), secret=SECRET, allow_private=True)
        for locator in (f"{server.host}/1", ""):
            item = connectors.Item("https://a.example/1", locator=locator)
            with pytest.raises(connectors.ConnectorError) as caught:
                connectors.send("fediverse", query, "Sorry.", item, idempotency="1")
            assert caught.value.code == "no_post"
        assert not [path for path, _headers in server.requests if path == "/api/v1/statuses"]


def test_a_server_does_not_say_that_we_are_somebody_elsewhere():
    """Posts of our own name are taken for our own: it is one on that server."""
    with Hostile() as server:
        me = {"id": "1", "acct": "eve@a.example"}
        item = connectors.Item("https://a.example/1", locator=f"{server.host}/1")
        query = connectors.Query(server.url("/"), secret=SECRET, allow_private=True)
        server.serve("/api/v1/accounts/verify_credentials", json.dumps(me))
        server.serve("/api/v1/instance", "{}")
        server.serve("/api/v1/statuses/1", json.dumps({"id": "1", "uri": item.external_id}))
        server.serve("/api/v1/statuses", json.dumps({"id": "2", "uri": "u", "account": me}))
        assert connectors.introduce("fediverse", query).handle == f"eve@{server.host}"
        sent = connectors.send("fediverse", query, "Sorry.", item, idempotency="1")
        assert sent.author == f"eve@{server.host}"


# Bluesky


def blue(bluesky, **values):
    known = {"login": "brand.test", "secret": SECRET, "pause": 0, **values}
    return connectors.Query(bluesky.url, allow_private=True, **known)


def reply(bluesky, uri, text, **values):
    values = {"idempotency": connectors.make_key(), **values}
    return connectors.send("bluesky", blue(bluesky), text, connectors.Item(uri), **values)


@pytest.fixture
def user(bluesky):
    name = f"asker{next(numbers)}"
    bluesky.add_user(name)
    return name


def read_record(bluesky, uri):
    return bluesky._read(uri)["value"]


def test_bluesky_answers_in_the_thread_with_links_and_mentions(bluesky, user):
    first = bluesky.post(user, "Where is it?")
    second = bluesky.reply(user, first, "Nobody knows.")
    text = f"Sörry 😀 @{user}.test: see https://example.com/help."
    sent = reply(bluesky, second, text)
    record = read_record(bluesky, sent.external_id)
    assert record["text"] == text
    assert record["reply"]["root"]["uri"] == first
    assert record["reply"]["parent"]["uri"] == second
    shown = {
        text.encode()[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(): f["features"][0]
        for f in record["facets"]
    }
    assert shown["https://example.com/help"]["uri"] == "https://example.com/help"
    assert shown[f"@{user}.test"]["did"] == bluesky.did(user)
    key = sent.external_id.rpartition("/")[2]
    assert sent.url == f"https://bsky.app/profile/{bluesky.did('brand')}/post/{key}"


def test_bluesky_publishes_once_under_one_key(bluesky, user):
    uri, key = bluesky.post(user, "Where is it?"), connectors.make_key()
    place = (blue(bluesky), "Sorry.", connectors.Item(uri), key)
    assert connectors.find_sent("bluesky", *place) is None
    sent = reply(bluesky, uri, "Sorry.", idempotency=key)
    assert connectors.find_sent("bluesky", *place) == sent
    # Even where nobody looked first, there are not two.
    try:
        reply(bluesky, uri, "Sorry.", idempotency=key)
    except connectors.ConnectorError:
        pass
    bluesky.index()
    query = urllib.parse.urlencode({"uri": uri})
    thread = bluesky.call(f"app.bsky.feed.getPostThread?{query}", "brand")["thread"]
    assert [each["post"]["uri"] for each in thread["replies"]] == [sent.external_id]


def test_bluesky_says_what_is_gone_and_what_it_does_not_take(bluesky, user):
    uri = bluesky.post(user, "Where is it?")
    with pytest.raises(connectors.ConnectorError) as caught:
        reply(bluesky, uri, "x" * 301)
    assert caught.value.code == "refused"
    with pytest.raises(connectors.ConnectorError) as caught:
        reply(bluesky, uri, "Sorry.", visibility="direct")
    assert caught.value.code == "no_direct"
    bluesky.delete(user, uri)
    with pytest.raises(connectors.ConnectorError) as caught:
        reply(bluesky, uri, "Sorry.")
    assert caught.value.code == "no_post"


def test_bluesky_counts_as_its_server_does(bluesky, user):
    uri = bluesky.post(user, "Where is it?")
    family = "👩\u200d👩\u200d👧"
    text = f"{family}🇩🇪é👍🏽" * 75
    assert connectors.count("bluesky", text) == 300
    assert reply(bluesky, uri, text)
    with pytest.raises(connectors.ConnectorError):
        reply(bluesky, uri, text + "x")


def test_bluesky_says_whose_password_it_is(bluesky):
    assert connectors.introduce("bluesky", blue(bluesky)) == connectors.Own("brand.test", 300)


def test_an_answer_deleted_on_bluesky_is_told(bluesky, user):
    sent = reply(bluesky, bluesky.post(user, "Where is it?"), "Sorry.")
    bluesky.index()
    [fate] = connectors.check("bluesky", blue(bluesky), [connectors.Item(sent.external_id)])
    assert fate.state == "edited"  # there, only not with the empty text that we asked about
    bluesky.delete("brand", sent.external_id)
    [fate] = connectors.check("bluesky", blue(bluesky), [connectors.Item(sent.external_id)])
    assert fate.state == "deleted"


# Small things


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hello", 5),
        ("Look: https://example.com/a/very/long/address/that/goes/on", 29),
        ("@ada@social.example Hello", 10),
        ("é" + "e\u0301", 2),
    ],
)
def test_the_fediverse_counts_links_and_mentions_in_its_own_way(text, length):
    assert connectors.count("fediverse", text) == length


def test_keys_are_all_different_and_in_the_order_of_time():
    made = [connectors.make_key()]
    time.sleep(0.001)
    made.append(connectors.make_key())
    assert made == sorted(made)
    assert len(set(made)) == 2


def test_where_no_answers_can_be_sent_nothing_is():
    query = dataclasses.replace(connectors.Query("https://a.example"), secret=SECRET)
    with pytest.raises(connectors.ConnectorError) as caught:
        connectors.send("feed", query, "Sorry.", connectors.Item("1"))
    assert caught.value.code == "connector"
