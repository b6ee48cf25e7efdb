"""A word or a name is enough for a source."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import podcast, presets

from counterparts.hostile import Hostile, item, rss
from counterparts.platforms import KEY, YouTube

CHANNEL = "UC1234567890abcdefghij_-"
FORUM = "https://forum.example/c/any/7"


@pytest.mark.parametrize(
    ("name", "word", "address", "made"),
    [
        ("feed", "", "https://a.example/f.xml", "https://a.example/f.xml"),
        ("podcast", "https://a.example/f.xml", "", "https://a.example/f.xml"),
        ("blog", "lost & found", FORUM, "https://forum.example/?s=lost+%26+found&feed=rss2"),
        ("discourse_latest", "", FORUM, "https://forum.example/posts.rss"),
        ("discourse", "#Parcel", FORUM, "https://forum.example/tag/parcel.rss"),
        ("stackexchange", "#C++", FORUM, "https://forum.example/feeds/tag/c%2B%2B"),
        ("reddit", "a b", "", "https://www.reddit.com/search.rss?q=a+b&sort=new"),
        (
            "youtube",
            f" https://www.youtube.com/channel/{CHANNEL}/videos",
            "",
            f"https://www.youtube.com/feeds/videos.xml?channel_id={CHANNEL}",
        ),
    ],
)
def test_each_preset_makes_the_address_that_the_service_offers(name, word, address, made):
    found = presets.PRESETS[name].make(word, address)
    assert (found.connector, found.address, found.kind) == ("feed", made, "")
    assert not found.directory


@pytest.mark.parametrize(
    ("name", "word", "term"),
    [
        ("blog", "lost parcel", "lost parcel"),
        ("reddit", "parcel", "parcel"),
        ("stackexchange", "#C++", "c++"),
        ("stackexchange", "lost parcel", "lost parcel"),
        ("discourse", "#Parcel", "parcel"),
        ("discourse", "lost parcel", "lost parcel"),
        ("youtube", f"@nordlicht {CHANNEL}", "@nordlicht"),
        ("youtube", CHANNEL, ""),
    ],
)
def test_the_word_stays_the_term_so_that_it_can_be_marked(name, word, term):
    assert presets.PRESETS[name].make(word, FORUM).term == term


def test_a_word_is_asked_of_the_search_that_a_forum_has():
    made = presets.PRESETS["discourse"].make(" lost  parcel ", FORUM)
    forum = "https://forum.example"
    assert made == presets.Made("discourse", forum, "discourse", "search", "lost parcel")
    made = presets.PRESETS["stackexchange"].make("parcel", "https://stackoverflow.com/questions")
    api = "https://api.stackexchange.com/2.3/search/excerpts?site=stackoverflow.com"
    assert made == presets.Made("stackexchange", api, "stackexchange", "search", "parcel")


def test_a_hashtag_and_a_server_make_a_source_of_the_fediverse():
    made = presets.PRESETS["fediverse"].make("nordlicht", "https://Social.example/about")
    assert made == presets.Made(
        "fediverse", "https://social.example", "fediverse", "tag", "#nordlicht"
    )


@pytest.mark.parametrize("name", presets.PRESETS)
def test_what_is_missing_or_misleads_is_refused(name):
    preset = presets.PRESETS[name]
    good = {"word": "parcel", "address": "https://a.example/"}
    bad = {
        "word": ("", " ", "\x00", "x" * 201),
        "address": ("", "a", "file:///etc", "https://u:p@a"),
    }
    for asked in bad.keys() & set(preset.asks):
        for value in bad[asked]:
            with pytest.raises(connectors.ConnectorError) as caught:
                preset.make(**{**good, asked: value})
            assert caught.value.code == {"word": "term"}.get(asked, asked)


@pytest.mark.parametrize("name", ["discourse", "stackexchange", "fediverse"])
@pytest.mark.parametrize("word", ["#../../admin", "#a?b", "#a/b", "#a&b=c"])
def test_a_word_leads_to_no_other_page(name, word):
    with pytest.raises(connectors.ConnectorError, match="term"):
        presets.PRESETS[name].make(word, "https://a.example/")


def test_a_name_of_a_channel_that_is_no_id_is_refused_and_said_so():
    with pytest.raises(connectors.ConnectorError, match="term") as caught:
        presets.PRESETS["youtube"].make("somebody@site.example")
    assert caught.value.detail["reason"] == "channel"


@pytest.mark.parametrize(
    ("name", "account", "made"),
    [
        ("hackernews", "", ("hackernews", "https://hn.algolia.com", "hackernews")),
        ("bluesky", "", ("bluesky", "https://bsky.social", "bluesky")),
        ("bluesky", "https://pds.example/", ("bluesky", "https://pds.example", "bluesky")),
    ],
)
def test_a_word_makes_a_search_of_the_platform(name, account, made):
    found = presets.PRESETS[name].make(" lost  parcel ", account)
    assert (found.connector, found.address, found.platform) == made
    assert (found.kind, found.term) == ("search", "lost parcel")


def test_what_a_preset_makes_can_be_read():
    with Hostile() as server:
        server.serve("/tag/parcel.rss", rss(item(text="Where is it?")))
        made = presets.PRESETS["discourse"].make("#parcel", server.url("/latest"))
        query = connectors.Query(made.address, made.term, made.kind, allow_private=True)
        [post] = connectors.fetch(made.connector, query).posts
        assert "Where is it?" in post.text


# Names that a directory knows


def answer(server, path, **answer):
    server.serve(path, json.dumps(answer))
    return connectors.Query(server.url(path), allow_private=True)


def test_a_podcast_is_found_by_its_name_and_its_first_feed_is_taken(monkeypatch):
    with Hostile() as server:
        monkeypatch.setattr(podcast, "DIRECTORY", server.url("/search"))
        made = presets.PRESETS["podcast"].make("Lost & Found")
        assert made.directory == "podcast"
        asked = urlsplit(made.address)
        assert dict(parse_qsl(asked.query)) == {
            "media": "podcast", "entity": "podcast", "limit": "5", "term": "Lost & Found",
        }  # fmt: skip
        results = [None, {"feedUrl": "javascript:x"}, {}, {"feedUrl": "https://a.example/f.xml"}]
        server.serve("/search", json.dumps({"resultCount": 4, "results": results}))
        query = connectors.Query(made.address, allow_private=True)
        found = connectors.seek(made.directory, query)
    assert presets.PRESETS["podcast"].make(made.answer % found).address == "https://a.example/f.xml"


def test_what_a_directory_does_not_know_or_cannot_say_is_an_error():
    with Hostile() as server:
        for code, said in (
            ("term", {"results": []}),
            ("term", {"results": [{"feedUrl": "http://u:p@a.example/"}]}),
            ("unexpected_answer", {"error": "x"}),
        ):
            with pytest.raises(connectors.ConnectorError) as caught:
                connectors.seek("podcast", answer(server, "/search", **said))
            assert caught.value.code == code
        with pytest.raises(connectors.ConnectorError, match="private_address"):
            connectors.seek("podcast", connectors.Query(server.url("/search")))


@pytest.mark.parametrize("word", ["@Nordlicht", "https://www.youtube.com/@Nordlicht/videos"])
def test_the_handle_of_a_channel_leads_to_its_id_with_a_key(word):
    made = presets.PRESETS["youtube"].make(word)
    assert (made.connector, made.term, made.directory) == ("youtube", "@Nordlicht", "youtube")
    with YouTube() as server:
        server.handles["@Nordlicht"] = CHANNEL
        query = connectors.Query(
            server.url(""), made.term, "search", secret=KEY, allow_private=True
        )
        found = presets.PRESETS["youtube"].make(made.answer % connectors.seek("youtube", query))
        assert found.address.endswith(f"?channel_id={CHANNEL}")
        assert found.term == "@Nordlicht"
        assert KEY not in server.requests[0][0]
        with pytest.raises(connectors.ConnectorError, match="term") as caught:
            connectors.seek("youtube", replace(query, term="@nobody"))
        assert caught.value.detail["reason"] == "channel"
        for code, secret in (("key", "wrong"), ("account", None)):
            with pytest.raises(connectors.ConnectorError, match=code):
                connectors.seek("youtube", replace(query, secret=secret))


def test_every_preset_uses_a_connector_that_there_is():
    for preset in presets.PRESETS.values():
        made = preset.make(CHANNEL, "https://a.example/")
        known = connectors.CONNECTORS[made.connector]
        assert made.kind in (known.kinds or ("",))
        assert made.platform == preset.platform
        # It asks for an account where it cannot do without.
        assert ("account" in preset.asks) == known.needs_account(made.kind)
        # A look at the first posts costs nothing.
        assert not known.paid


def test_feeds_that_want_to_be_left_alone_say_for_how_long():
    """Stack Exchange's feeds know no `backoff`; they answer as every server does."""
    with Hostile() as server:
        made = presets.PRESETS["stackexchange"].make("#odoo", server.url("/questions"))
        for status in (429, 503):
            server.serve("/feeds/tag/odoo", "later", status, Retry_After="77")
            with pytest.raises(connectors.ConnectorError) as caught:
                connectors.fetch(made.connector, connectors.Query(made.address, allow_private=True))
            assert caught.value.retry_after == 77
