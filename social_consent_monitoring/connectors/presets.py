"""Sources that ask for a word or a name only, in plain Python.

    preset = PRESETS["discourse"]
    preset.make("delivery", "https://forum.example.org") -> Made(connector, kind, address, term, ...)

Each uses an address that the service itself offers to programs. Which of the two inputs it needs
says `asks`. Names and words for people are the caller's.

Of Stack Exchange the Atom feeds are read, and not the API: there is no `backoff` field in them, nor
a daily quota. How long to wait they say as any server does (429 or 503 with Retry-After), and that
is kept to for all sources of the host.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from . import CONNECTORS, ConnectorError, clean, http

MAX_WORD = 200  # characters


@dataclass(frozen=True)
class Made:
    """What a preset makes of the inputs: values of a source. `platform` is a platform's code."""

    connector: str
    address: str
    platform: str
    kind: str = ""
    term: str = ""


@dataclass(frozen=True)
class Preset:
    """One way to a source.

    `asks`  what it needs, of `word`, `address` and `account`; with an account the address is that
            account's server
    `build` makes a `Made` of the two, which are cleaned and not empty where they are asked for
    `platform` code of the platform that every `Made` of it is on
    """

    asks: tuple[str, ...]
    build: Callable[[str, str], Made]
    platform: str

    def make(self, word="", address=""):
        """Return the `Made`. Raises `ConnectorError` (`term`, `address`) where an input is bad."""
        word = " ".join(clean.plain_text(word).split())
        if "word" in self.asks and not 0 < len(word) <= MAX_WORD:
            raise ConnectorError("term")
        if "address" in self.asks:
            http.check_address(address)
        return self.build(word, (address or "").strip())


def _feed(platform, address, **asked):
    return Made("feed", f"{address}?{urlencode(asked)}" if asked else address, platform)


def _discourse(word, address):
    """A forum's newest posts, or those of a tag (`#tag`): its search offers no feed."""
    base = http.origin_of(address)
    if word:
        return _feed("discourse", f"{base}/tag/{quote(_tag(word).lower(), safe='')}.rss")
    return _feed("discourse", f"{base}/posts.rss")


def _stack_exchange(word, address):
    tag = quote(_tag(word).lower().replace(" ", "-"), safe="")
    return _feed("stackexchange", f"{http.origin_of(address)}/feeds/tag/{tag}")


def _reddit(word, _address):
    return _feed("reddit", "https://www.reddit.com/search.rss", q=word, sort="new")


def _youtube(word, _address):
    """A channel by its id, or by an address that holds it; a name does not lead to a feed."""
    found = re.search(r"(?<![\w-])UC[\w-]{22}(?![\w-])", word)
    if not found:
        raise ConnectorError("term", {"reason": "channel"})
    return _feed("youtube", "https://www.youtube.com/feeds/videos.xml", channel_id=found[0])


def _hacker_news(word, _address):
    return Made("hackernews", CONNECTORS["hackernews"].address, "hackernews", "search", word)


def _bluesky(word, address):
    server = http.origin_of(address) if address else CONNECTORS["bluesky"].address
    return Made("bluesky", server, "bluesky", "search", word)


def _fediverse_tag(word, address):
    return Made("fediverse", http.origin_of(address), "fediverse", "tag", f"#{_tag(word)}")


def _blog_search(word, address):
    """What a WordPress blog, like most, offers for its own search."""
    return _feed("web", f"{http.origin_of(address)}/", s=word, feed="rss2")


def _tag(word):
    tag = word.lstrip("#")
    if not re.fullmatch(r"[\w.+ ·-]{1,100}", tag):
        raise ConnectorError("term")
    return tag


PRESETS = {
    "blog": Preset(("word", "address"), _blog_search, "web"),
    "feed": Preset(("address",), lambda _word, address: _feed("web", address), "web"),
    "podcast": Preset(("address",), lambda _word, address: _feed("podcast", address), "podcast"),
    "discourse": Preset(("word", "address"), _discourse, "discourse"),
    "discourse_latest": Preset(
        ("address",), lambda _word, address: _discourse("", address), "discourse"
    ),
    "stackexchange": Preset(("word", "address"), _stack_exchange, "stackexchange"),
    "hackernews": Preset(("word",), _hacker_news, "hackernews"),
    "reddit": Preset(("word",), _reddit, "reddit"),
    "youtube": Preset(("word",), _youtube, "youtube"),
    "fediverse": Preset(("word", "address"), _fediverse_tag, "fediverse"),
    "bluesky": Preset(("word", "account"), _bluesky, "bluesky"),
}
