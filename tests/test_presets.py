"""A word or a name is enough for a source."""

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import presets

from counterparts.hostile import Hostile, item, rss

CHANNEL = "UC1234567890abcdefghij_-"
FORUM = "https://forum.example/c/any/7"


@pytest.mark.parametrize(
    ("name", "word", "address", "made"),
    [
        ("feed", "", "https://a.example/f.xml", "https://a.example/f.xml"),
        ("podcast", "", "https://a.example/f.xml", "https://a.example/f.xml"),
        ("blog", "lost & found", FORUM, "https://forum.example/?s=lost+%26+found&feed=rss2"),
        ("discourse_latest", "", FORUM, "https://forum.example/posts.rss"),
        ("discourse", "#Parcel", FORUM, "https://forum.example/tag/parcel.rss"),
        ("stackexchange", "C++", FORUM, "https://forum.example/feeds/tag/c%2B%2B"),
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
@pytest.mark.parametrize("word", ["../../admin", "a?b", "a/b", "a&b=c"])
def test_a_word_leads_to_no_other_page(name, word):
    with pytest.raises(connectors.ConnectorError, match="term"):
        presets.PRESETS[name].make(word, "https://a.example/")


def test_a_name_of_a_channel_that_is_no_id_is_refused_and_said_so():
    with pytest.raises(connectors.ConnectorError, match="term") as caught:
        presets.PRESETS["youtube"].make("@somebody")
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
        made = presets.PRESETS["discourse"].make("parcel", server.url("/latest"))
        query = connectors.Query(made.address, made.term, made.kind, allow_private=True)
        [post] = connectors.fetch(made.connector, query).posts
        assert "Where is it?" in post.text


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
        made = presets.PRESETS["stackexchange"].make("odoo", server.url("/questions"))
        for status in (429, 503):
            server.serve("/feeds/tag/odoo", "later", status, Retry_After="77")
            with pytest.raises(connectors.ConnectorError) as caught:
                connectors.fetch(made.connector, connectors.Query(made.address, allow_private=True))
            assert caught.value.retry_after == 77
