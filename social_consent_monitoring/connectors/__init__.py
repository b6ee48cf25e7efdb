"""Connectors: read public posts from other servers, in plain Python and without a database.

One module per platform, each with `fetch(query, cursor) -> Page`, and, if the platform can be
asked what became of a post, `check(query, items) -> iterator of Fate` with `CHECKS`, the most
items to ask one server about in a run. A module may have `prove(query, handle, code) -> Account | None`,
too: whether an account shows a code in public, which only its owner can have put there; and with
it `HANDLE`, a pattern of the handles there, in lower case. `Connector.login` names the module that
lets somebody prove an account by logging in. `seek(query)` tells what a name leads to, for presets.
Where answers can be sent it has `send`, `find_sent`, `introduce` and `count`, with the signatures
below. The functions of this package import the module, and with it the platform's library, only
when it is used.

A connector reads and cleans, and sends what a person has decided to send. It neither stores nor
decides: whether a post may be kept (it is not when it is not public, rule 15) is the caller's
question, so `visibility` is always told.
"""

import importlib
import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

USER_AGENT = "social_consent_monitoring/19.0 (Odoo; reads public posts)"


@dataclass(frozen=True)
class Connector:
    """What must be known of a connector before its module, and so its library, is imported.

    `module`     relative to this package, or absolute
    `library`    what to install for it, as pip calls it; "" if that comes with Odoo
    `kinds`      what it can read, of `tag`, `search`, `mentions` (of the own account); none where
                 the address says it all
    `account`    `none`, `optional` or `needed`
    `address`    the platform's, where there is only one
    `known_only` kinds that need an account though others do not
    `paid`       the fewest and the most posts that one request may be charged for, where the
                 platform charges for each post that it hands out
    `login`      module with `begin` and `finish`, by which a person logs in there
    `answer`     characters of the longest answer, as `count` counts them, where the server says no
                 other number; 0 where no answers can be sent
    `direct`     whether an answer can be for its recipient only
    """

    module: str
    library: str
    kinds: tuple[str, ...] = ()
    account: str = "none"
    address: str = ""
    known_only: tuple[str, ...] = ()
    paid: tuple[int, ...] = ()
    login: str = ""
    answer: int = 0
    direct: bool = False

    def needs_account(self, kind):
        """Whether this kind can be read only by who says who asks."""
        return self.account == "needed" or kind in self.known_only


# Another addon adds its own here.
CONNECTORS = {
    "bluesky": Connector(
        ".bluesky",
        "atproto",
        ("search", "mentions"),
        "needed",
        "https://bsky.social",
        login=".bluesky_login",
        answer=300,
    ),
    "discourse": Connector(".discourse", "", ("search",)),
    "feed": Connector(".feed", "feedparser"),
    "fediverse": Connector(
        ".fediverse",
        "Mastodon.py",
        ("tag", "search", "mentions"),
        "optional",
        known_only=("mentions",),
        login=".fediverse_login",
        answer=500,
        direct=True,
    ),
    "hackernews": Connector(".hackernews", "", ("search",), address="https://hn.algolia.com"),
    # Which site is meant stands behind it: `?site=stackoverflow.com`.
    "stackexchange": Connector(
        ".stackexchange",
        "",
        ("search",),
        address="https://api.stackexchange.com/2.3/search/excerpts",
    ),
    "upload": Connector(".upload", ""),
    "youtube": Connector(
        ".youtube",
        "google-api-python-client",
        ("search", "mentions"),
        "needed",
        "https://youtube.googleapis.com",
    ),
    "reddit": Connector(".reddit", "praw", ("search",), "needed", "https://www.reddit.com"),
    "x": Connector(
        ".x", "tweepy", ("search", "mentions"), "needed", "https://api.x.com", paid=(10, 100)
    ),
}


@dataclass(frozen=True)
class Post:
    """One post, cleaned: plain text without control characters, times in aware UTC.

    `external_id`  the platform's own id, the same in every reading and from every source
    `url`          http or https, or "" where there is no safe one
    `author`       the handle (`user@host`), else a byline or site title; no display name besides
    `text`         at most `Query.max_text` characters
    `published_at` never in the future: a later time is cut to the time of reading, so for such
                   a post it moves on with each reading (keep the first one)
    `visibility`   `public`, `unlisted`, `private` or `direct`; only `public` may be stored
                   (rule 15)
    `language`     lower-case ISO 639 code without region (`de`), if the platform tells it
    `edited_at`    last edit, if the platform tells it
    `locator`      how the server that was read finds it again, its host first; "" if `check` of
                   this platform needs no more than id and address
    `reactions`    likes, shares and answers together, if the platform tells them
    `followers`    how many follow the author, with the first digit only, if the platform tells it
    `account`      the account's lasting id, where a handle can be changed and the platform tells
                   one: whoever objected under another handle is recognised by it
    """

    external_id: str
    url: str
    author: str
    text: str
    published_at: datetime
    visibility: str = "public"
    language: str | None = None
    edited_at: datetime | None = None
    locator: str = ""
    reactions: int | None = None
    account: str = ""
    followers: int | None = None


@dataclass(frozen=True)
class Item:
    """A stored post to ask about: as it came, and when (aware UTC) it was last seen."""

    external_id: str
    url: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    locator: str = field(default="", repr=False)
    checked_at: datetime | None = None


@dataclass(frozen=True)
class Fate:
    """What became of a stored post.

    `state`  `there`; `edited`, with `post` as it is now; `deleted`, also if it is not public any
             more (rule 15); `unknown`, with `error`. What did not clearly say that it is gone
             (a login, a refusal, an error, no answer) is `unknown`, never `deleted`.
    `billed` posts that the platform charges for this answer
    """

    external_id: str
    state: str
    post: Post | None = None
    error: "ConnectorError | None" = None
    billed: int = 0


@dataclass(frozen=True)
class Sent:
    """An answer as it stands on its platform; see `Post`. `author` is the account's handle."""

    external_id: str
    url: str
    author: str
    locator: str = ""


@dataclass(frozen=True)
class Own:
    """The account that a key belongs to: its handle, as `Post.author` has it, and its limit.

    `limit` is the number of characters of the longest answer.
    """

    handle: str
    limit: int


@dataclass(frozen=True)
class Rejected:
    """A post that was read but cannot be passed on, without its content.

    `reason` is one of `no_id`, `no_text`, `no_date`, `bad_date`, `duplicate` (twice in one
    answer), `too_many` (beyond `Query.max_items`), `unreadable` (not a post at all), and `gap`
    (not a post: the walk back to the last known post gave up, so posts may be missing).
    """

    reason: str
    external_id: str | None = None


@dataclass(frozen=True)
class Account:
    """An account that somebody has just proven to own.

    `handle`     as it is now, in lower case: `user@host`, or a name on Bluesky
    `stable_id`  what stays when the handle changes: the DID, or the address of the ActivityPub
                 actor; "" where the platform tells none
    `seen`       SHA-256, hexadecimal, of what was seen: the text with the code, or the answer
    """

    handle: str = field(repr=False)
    stable_id: str = field(default="", repr=False)
    seen: str = ""


@dataclass(frozen=True)
class App:
    """Who asks somebody to log in: how a platform shows that, and where it sends them back."""

    name: str
    website: str
    back: str
    metadata: str = ""


@dataclass(frozen=True)
class Login:
    """Where a person logs in, and what has to be kept, in secret, until the answer comes."""

    url: str = field(repr=False)
    kept: dict = field(repr=False)


@dataclass(frozen=True)
class Page:
    """What one `fetch` brought; `posts` are the oldest first, each id once.

    `cursor`   opaque JSON text; store it in the same transaction as the posts
    `more`     there is more to read now: call `fetch` again with the new cursor
    `billed`   posts that the platform charges for, counted before any are left out
    `moved_to` the address that the server says is the lasting one (301, 308), if it is another
    """

    posts: tuple[Post, ...]
    cursor: str | None
    rejected: tuple[Rejected, ...] = ()
    more: bool = False
    moved_to: str | None = None
    billed: int = 0


@dataclass(frozen=True)
class Query:
    """What to read, and how long and how much at most.

    `address`          http(s) address of the feed, or of the fediverse server
    `term`             hashtag, with or without `#`, or the words to search for
    `kind`             what to read there, one of `Connector.kinds`
    `login`            name of the account, or id of the application
    `secret`           token, key or password; in no text, log or error
    `allow_private`    also connect to loopback and private networks, for servers of one's own;
                       link-local, cloud metadata, multicast and unspecified stay refused
    `connect_timeout`  seconds for each address tried, TLS included
    `read_timeout`     seconds without a byte
    `deadline`         seconds for the whole fetch, redirects, body and a feed's parsing included;
                       only the name look-up keeps to the system resolver's own limit
    `max_bytes`        body size, counted after decompression
    `max_items`        posts kept from one answer, the newest
    `max_text`         characters of one post
    `post_hosts`       further hosts on which a feed's posts may be asked for (`check` only)
    `pause`            seconds between two requests of a `check`
    `directory`        where Bluesky's accounts are listed (PLC); "" for the public one
    """

    address: str = field(repr=False)  # feed addresses may carry a secret key
    term: str = ""
    kind: str = ""
    login: str = field(default="", repr=False)
    secret: str | None = field(default=None, repr=False)
    allow_private: bool = False
    user_agent: str = USER_AGENT
    connect_timeout: float = 10.0
    read_timeout: float = 15.0
    deadline: float = 30.0
    max_bytes: int = 10 * 1000 * 1000
    max_items: int = 1000
    max_text: int = 20_000
    post_hosts: tuple[str, ...] = ()
    pause: float = 0.2
    directory: str = ""


class ConnectorError(Exception):
    """Reading failed. `code` and `detail` are for the caller to put into the user's words.

    | code | detail besides `host` |
    |---|---|
    | `address` not http(s), no host, not usable | `reason`, if it is user name or password: `credentials` |
    | `private_address` | |
    | `unreachable` | `reason`: `dns`, `refused`, `closed` |
    | `timeout` | `limit` in seconds |
    | `tls` no trustworthy encryption | |
    | `http_status` | `status` |
    | `too_many_requests` | `status` |
    | `account` this platform is read with a key only, and there is none | |
    | `gone` (410), `login_needed` (401, 403; fediverse also 422) | `status` |
    | `too_many_redirects` | `limit` |
    | `too_large` | `limit`, `unit`: `bytes` or `items` |
    | `empty` no content; `entities` declares XML entities | |
    | `not_a_feed` | `found`: `html` or `other` |
    | `unexpected_answer` | `reason`: `truncated`, `encoding`, `malformed`, `json`, `answer` |
    | `term` what to read is missing or cannot be asked for | `reason`, if it is no id: `channel`; if no feed goes by that name: `podcast` |
    | `account` the platform wants to know who asks, and `Query.secret` is empty | |
    | `key` the platform does not take `Query.secret` (401; YouTube 400) | `status` |
    | `library` | `library`: the package to install |
    | `connector` there is no such connector | `connector` |
    | `no_check` the connector, or this post, cannot be asked about | |
    | `other_host` the post stands on a host that nobody allowed | |
    | `no_login` nobody can log in to that platform, or that account, in a way that proves it | |
    | `no_post` what is to be answered is not there any more | |
    | `no_direct` no answers for the recipient only on this platform | |
    | `refused` the platform does not take this answer | `status` |

    `retry_after` is the wait that the server asked for, in seconds (at most a day), or None.
    The text names the code and the host, never the path, the query or a credential.
    """

    def __init__(self, code, detail=None, *, retry_after=None):
        self.code = code
        self.detail = MappingProxyType(dict(detail or {}))
        self.retry_after = retry_after
        host = self.detail.get("host")
        super().__init__(f"{code} ({host})" if host else code)

    @property
    def may_stand(self):
        """Whether what was to be sent may have arrived all the same."""
        if self.code == "unreachable":
            return self.detail.get("reason") == "closed"
        if self.code == "http_status":
            return self.detail.get("status", 500) >= 500
        return self.code in ("timeout", "unexpected_answer", "too_large")


def fetch(connector: str, query: Query, cursor: str | None = None) -> Page:
    """Read the next page with the connector of that name (a key of `CONNECTORS`).

    `cursor` is the one of the last page, None for the first. Raises `ConnectorError`.
    """
    module = _load(connector)
    if CONNECTORS[connector].needs_account(query.kind) and not query.secret:
        raise ConnectorError("account")
    return _with_key(module.fetch, query, cursor)


def seek(directory: str, query: Query) -> str:
    """Ask a directory (`presets.Made.directory`) what a name leads to. Raises `ConnectorError`."""
    if directory in CONNECTORS:
        return _with_key(_load(directory).seek, query)
    return importlib.import_module(f".{directory}", __name__).seek(query)


def check(connector: str, query: Query, items):
    """Ask the platform what became of stored posts; yields a `Fate` for each `Item`, in order.

    One request or two are made for each step, and none ahead: stop where there is no time left.
    """
    if not can_check(connector):
        return (
            Fate(item.external_id, "unknown", error=ConnectorError("no_check")) for item in items
        )
    return _load(connector).check(query, items)


def get_checks(connector: str) -> int:
    """Return how many posts one server may be asked about in a run."""
    return getattr(_load(connector), "CHECKS", 1)


def can_check(connector: str) -> bool:
    """Whether this platform can be asked what became of a post. Raises `ConnectorError`."""
    return hasattr(_load(connector), "check")


def can_prove(connector: str) -> bool:
    """Whether `prove` can be asked on this platform, and its library is there."""
    try:
        return hasattr(_load(connector), "prove")
    except ConnectorError:
        return False


def is_handle(connector: str, handle: str) -> bool:
    """Whether an account that `prove` can be asked about may have this handle (lower case)."""
    return bool(_load(connector).HANDLE.fullmatch(handle))


def prove(connector: str, query: Query, handle: str, code: str) -> Account | None:
    """The account with this handle if it shows the code in public. Raises `ConnectorError`."""
    return _load(connector).prove(query, handle, code)


def can_log_in(connector: str) -> bool:
    """Whether somebody can prove an account by logging in, and the library is there."""
    known = CONNECTORS.get(connector)
    return bool(known and known.login) and can_prove(connector)


def begin_login(connector: str, query: Query, handle: str, app: App, state: str) -> Login:
    """Ask the server of this account where its owner logs in. Raises `ConnectorError`.

    `state` comes back with the answer; the caller knows by it whose answer it is.
    """
    return _load_login(connector).begin(query, handle, app, state)


def finish_login(connector: str, query: Query, handle: str, app: App, kept: dict, answer: dict):
    """The `Account` if its owner has logged in, None if somebody else has.

    `answer` is what the person brought back (`code`, `iss`). The token that it is exchanged for
    is given back at once, and returned to nobody. Raises `ConnectorError`.
    """
    return _load_login(connector).finish(query, handle, app, kept, answer)


def describe_app(connector: str, app: App) -> dict:
    """What the platform wants to read at `App.metadata`. Raises `ConnectorError`."""
    return _load_login(connector).describe(app)


def _load_login(connector):
    if not can_log_in(connector):
        raise ConnectorError("no_login")
    return importlib.import_module(CONNECTORS[connector].login, __name__)


def send(connector, query, text, in_reply_to, visibility="public", idempotency=""):
    """Publish an answer to a post, and return it as `Sent`.

    `text`        plain text, no longer than `Own.limit`
    `in_reply_to` the `Item` to answer
    `visibility`  `public`, or `direct`: for its author only
    `idempotency` of `make_key`: with the same key nothing is published twice, as far as the
                  platform knows keys

    Raises `ConnectorError`; where its `may_stand` is true, ask `find_sent` before another attempt.
    """
    module = _load_sender(connector)
    if not query.secret:
        raise ConnectorError("account")
    if visibility != "public" and not CONNECTORS[connector].direct:
        raise ConnectorError("no_direct")
    return _with_key(module.send, query, text, in_reply_to, visibility, idempotency)


def find_sent(connector, query, text, in_reply_to, idempotency):
    """Return what an earlier `send` with the same arguments has published, as `Sent`, or None.

    Raises `ConnectorError` where that is not known.
    """
    return _with_key(_load_sender(connector).find_sent, query, text, in_reply_to, idempotency)


def introduce(connector, query) -> Own:
    """Ask whose key this is, and how long answers may be. Raises `ConnectorError`."""
    return _with_key(_load_sender(connector).introduce, query)


def count(connector, text) -> int:
    """Return how many characters a text has, as this platform counts them."""
    return _load_sender(connector).count(text)


def make_key():
    """Return a new key for `send`: a time in microseconds and a random number, in hexadecimal."""
    return f"{time.time_ns() // 1000:x}-{secrets.token_hex(8)}"


def _with_key(function, query, *arguments):
    """Call it; where the server does not know who asks, the key is wrong."""
    try:
        return function(query, *arguments)
    except ConnectorError as error:
        if query.secret and error.code == "login_needed" and error.detail.get("status") == 401:
            raise ConnectorError("key", error.detail) from None
        raise


def _load_sender(connector):
    if connector not in CONNECTORS or not CONNECTORS[connector].answer:
        raise ConnectorError("connector", {"connector": connector})
    return _load(connector)


def _load(connector):
    if connector not in CONNECTORS:
        raise ConnectorError("connector", {"connector": connector})
    try:
        return importlib.import_module(CONNECTORS[connector].module, __name__)
    except ImportError as error:
        raise ConnectorError("library", {"library": CONNECTORS[connector].library}) from error
