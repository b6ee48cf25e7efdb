"""Sources that ask for a word or a name only, in plain Python.

    preset = PRESETS["discourse"]
    preset.make("delivery", "https://forum.example.org") -> Made(connector, kind, address, term, ...)

Each uses an address that the service itself offers to programs. Which of the two inputs it needs
says `asks`. Names and words for people are the caller's.

A name may lead to a feed only by way of a directory (`Made.directory`): then what is made is the
question to that, which the caller asks under the same rules as any other (`connectors.seek`).

The word stays the `term` of the source, also where a feed was found with it: so it is marked in
what comes in, and compared with the names of contacts (rule 24).

Of a tag of Stack Exchange the site's feed is read, and not the API: there is no `backoff` field in
it, nor a daily quota. How long to wait it says as any server does (429 or 503 with Retry-After), and
that is kept to for all sources of the host. A word is asked of the API, which knows both.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from . import CONNECTORS, ConnectorError, clean, http, podcast

MAX_WORD = 200  # characters


@dataclass(frozen=True)
class Made:
    """What a preset makes of the inputs: values of a source. `platform` is a platform's code.

    `directory` the module that has to be asked first; what it answers, put into `answer`, is the
                word to begin again with
    """

    connector: str
    address: str
    platform: str
    kind: str = ""
    term: str = ""
    directory: str = ""
    answer: str = "%s"


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
        longest = clean.MAX_URL if "://" in word else MAX_WORD
        if "word" in self.asks and not 0 < len(word) <= longest:
            raise ConnectorError("term")
        if "address" in self.asks:
            http.check_address(address)
        return self.build(word, (address or "").strip())


def _feed(platform, address, word="", **asked):
    address = f"{address}?{urlencode(asked)}" if asked else address
    return Made("feed", address, platform, term=word)


def _podcast(word, _address):
    """A podcast by its name, or by the address of its feed."""
    if "://" in word:
        http.check_address(word)
        return _feed("podcast", word)
    asked = {"media": "podcast", "entity": "podcast", "limit": podcast.LIMIT, "term": word}
    return replace(_feed("podcast", podcast.DIRECTORY, **asked), directory="podcast")


def _discourse(word, address):
    """What a forum's search finds; or the posts of a tag (`#tag`), which come whole."""
    base = http.origin_of(address)
    if not word.startswith("#"):
        return Made("discourse", base, "discourse", "search", word)
    tag = _tag(word).lower()
    return _feed("discourse", f"{base}/tag/{quote(tag, safe='')}.rss", tag)


def _stack_exchange(word, address):
    """What the API finds on a site for a word; or the questions with a tag (`#tag`)."""
    if not word.startswith("#"):
        api = CONNECTORS["stackexchange"].address
        site = http.host_of(address)
        return Made("stackexchange", f"{api}?site={quote(site)}", "stackexchange", "search", word)
    tag = _tag(word).lower().replace(" ", "-")
    address = f"{http.origin_of(address)}/feeds/tag/{quote(tag, safe='')}"
    return _feed("stackexchange", address, tag)


def _reddit(word, _address):
    return _feed("reddit", "https://www.reddit.com/search.rss", word, q=word, sort="new")


def _youtube(word, _address):
    """A channel by its id, or by an address that holds it; its handle (`@name`) leads to the id."""
    number = re.search(r"(?<![\w-])UC[\w-]{22}(?![\w-])", word)
    handle = re.search(r"(?<![\w.@-])@[\w.·-]{3,30}(?![\w.·@-])", word)
    handle = handle[0] if handle else ""
    if number:
        address = "https://www.youtube.com/feeds/videos.xml"
        return _feed("youtube", address, handle, channel_id=number[0])
    if not handle:
        raise ConnectorError("term", {"reason": "channel"})
    api = CONNECTORS["youtube"].address
    return Made("youtube", api, "youtube", "search", handle, "youtube", f"{handle} %s")


def _hacker_news(word, _address):
    return Made("hackernews", CONNECTORS["hackernews"].address, "hackernews", "search", word)


def _bluesky(word, address):
    server = http.origin_of(address) if address else CONNECTORS["bluesky"].address
    return Made("bluesky", server, "bluesky", "search", word)


def _fediverse_tag(word, address):
    return Made("fediverse", http.origin_of(address), "fediverse", "tag", f"#{_tag(word)}")


def _blog_search(word, address):
    """What a WordPress blog, like most, offers for its own search."""
    return _feed("web", f"{http.origin_of(address)}/", word, s=word, feed="rss2")


def _tag(word):
    tag = word.lstrip("#")
    if not re.fullmatch(r"[\w.+ ·-]{1,100}", tag):
        raise ConnectorError("term")
    return tag


PRESETS = {
    "blog": Preset(("word", "address"), _blog_search, "web"),
    "feed": Preset(("address",), lambda _word, address: _feed("web", address), "web"),
    "podcast": Preset(("word",), _podcast, "podcast"),
    "discourse": Preset(("word", "address"), _discourse, "discourse"),
    "discourse_latest": Preset(
        ("address",),
        lambda _word, address: _feed("discourse", f"{http.origin_of(address)}/posts.rss"),
        "discourse",
    ),
    "stackexchange": Preset(("word", "address"), _stack_exchange, "stackexchange"),
    "hackernews": Preset(("word",), _hacker_news, "hackernews"),
    "reddit": Preset(("word",), _reddit, "reddit"),
    "youtube": Preset(("word",), _youtube, "youtube"),
    "fediverse": Preset(("word", "address"), _fediverse_tag, "fediverse"),
    "bluesky": Preset(("word", "account"), _bluesky, "bluesky"),
}
