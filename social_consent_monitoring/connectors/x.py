"""X: posts of the last seven days that match a word, and mentions of the own account.

Each post that X hands out is paid for, known ones and those of `check` included; the accounts that
come with them may be, too. So a request asks for `Query.max_items` posts at most (no fewer than 10,
as X wants it), the first reading takes one page, and later ones ask only for what is newer than the
newest known post (`since_id`). `Page.billed` and `Fate.billed` count what came.

Within a reading, pages go backwards by `until_id`. An edit is a post with an id of its own: all
versions bear the id of the first one here.

The key is the application's bearer token. For mentions the login is the account's name or number.
"""

import html
import json
import re
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone

import tweepy

from . import (
    CONNECTORS,
    ConnectorError,
    Fate,
    Page,
    Post,
    Rejected,
    clean,
    following,
    gather,
    http,
    keyed,
)

LEAST, MOST = CONNECTORS["x"].paid
CHECKS = 100
LONGEST = 50  # pages of a reading; then it gives up and says so
EPOCH = 1288834974657  # milliseconds: where the times within X's ids begin
WEEK = 7 * 24 * 3600 - 3600  # seconds that a search reaches back, an hour less to be safe
FIELDS = {
    "tweet_fields": [
        "author_id",
        "created_at",
        "edit_history_tweet_ids",
        "lang",
        "note_tweet",
        "public_metrics",
    ],
    "expansions": ["author_id"],
    "user_fields": ["protected", "username", "public_metrics"],
}
METRICS = ("like_count", "retweet_count", "reply_count", "quote_count")  # people who reacted
USED_UP = ("UsageCapExceeded", "CreditsDepleted")  # titles of the errors
GONE = ("not-found", "not-authorized-for-resource")  # ends of the types of the errors


@dataclass(frozen=True)
class _Reading:
    """`since` is the newest id of the last complete reading, `newest` of this one's first page,
    `until` the oldest id read in it, `pages` how many it read; `user` the own account's number."""

    stream: str = ""
    since: str = ""
    newest: str = ""
    until: str = ""
    pages: int = 0
    user: str = ""


def fetch(query, cursor=None):
    """One page of posts. Raises `ConnectorError`."""
    base = keyed.base(query, "x")
    if query.max_items < LEAST:
        raise ConnectorError("too_large", {"limit": query.max_items, "unit": "items"})
    reading = _reading(query, base, cursor)
    reading, missed = _within_reach(reading, query)
    with keyed.Session(query, explain=_explain) as session:
        client = _Client(query, base, session)
        if query.kind == "mentions" and not reading.user:
            reading = replace(reading, user=_user(client, query))
        answer = _ask(client, query, reading)
    posts, rejected = _posts(answer, query)
    ids = [i for tweet in keyed.each(answer, "data") if (i := _id(tweet))]
    more = bool(keyed.get(answer, "meta", "next_token")) and bool(ids)
    reading, more, gap = _after(reading, ids, more)
    gaps = (Rejected("gap"),) if gap or missed else ()
    billed = _count(answer)
    return Page(posts, json.dumps(asdict(reading)), rejected + gaps, more, billed=billed)


def check(query, items):
    """What became of these posts: a `Fate` for each, up to 100 asked about in one call."""
    return following.ask_some(
        items,
        MOST,
        lambda some: _lookup(query, [item.external_id for item in some]),
        lambda item, answer: _fate(query, item, answer),
    )


class _Client(tweepy.Client):
    """tweepy on our session. It knows no token: it would write it into the log."""

    def __init__(self, query, base, session):
        super().__init__(return_type=dict)
        self._base, self._token = base, query.secret
        self.session = session

    def request(self, method, route, params=None, json=None, user_auth=False):
        """As in tweepy, to our address; failures come as `ConnectorError`."""
        headers = {"Authorization": f"Bearer {self._token}"}
        return self.session.request(method, self._base + route, params=params, headers=headers)


def _call(method, *args, **values):
    """The answer as a JSON object. Raises `ConnectorError`."""
    try:
        answer = method(*args, **values)
    except (tweepy.TweepyException, ValueError, LookupError, TypeError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise keyed.unexpected(CONNECTORS["x"].address)
    return answer


def _reading(query, base, cursor):
    term = query.login if query.kind == "mentions" else query.term
    term = (term or "").strip().lstrip("@" if query.kind == "mentions" else "")
    if query.kind == "mentions" and not re.fullmatch(r"\w{1,20}", term):
        raise ConnectorError("account", {"host": http.host_of(base)})
    if not term or len(term) > 500:
        raise ConnectorError("term")
    stream = f"{base}/{query.kind}/{term.lower()}"
    try:
        reading = _Reading(**json.loads(cursor or "{}"))
    except (ValueError, TypeError):
        reading = _Reading()
    return reading if reading.stream == stream else _Reading(stream=stream)


def _within_reach(reading, query):
    """`(reading, missed)`: a search refuses ids that are older than the week it reaches back."""
    if query.kind == "mentions":
        return reading, False
    if reading.until and _is_old(reading.until):  # cut off a week ago: what is left is out of reach
        return replace(reading, since=reading.newest, newest="", until="", pages=0), True
    if reading.since and _is_old(reading.since):
        return replace(reading, since=""), True
    return reading, False


def _is_old(number):
    return time.time() - _made(number) > WEEK


def _made(number):
    """Seconds since 1970 at which a post with this id was written."""
    return ((int(number) >> 22) + EPOCH) / 1000


def _user(client, query):
    """The number of the own account; X is asked for it once."""
    name = query.login.strip().lstrip("@")
    if name.isdecimal():
        return name
    number = keyed.get(_call(client.get_user, username=name), "data", "id")
    if not isinstance(number, str) or not number.isdecimal():
        raise keyed.unexpected(CONNECTORS["x"].address)
    return number


def _ask(client, query, reading):
    values = {
        **FIELDS,
        "max_results": min(MOST, query.max_items),
        "since_id": reading.since or None,
        "until_id": reading.until or None,
    }
    if query.kind == "mentions":
        return _call(client.get_users_mentions, reading.user, **values)
    # What is only passed on has been read, and paid for, where it was written.
    words = f"({query.term.strip()}) -is:retweet"
    return _call(client.search_recent_tweets, words, **values)


def _after(reading, ids, more):
    """`(reading, more, gap)` after a page: on behind it, or the end of this reading."""
    newest = reading.newest or (max(ids, key=int) if ids else reading.since)
    pages = reading.pages + 1
    limit = LONGEST if reading.since else 1
    if more and pages < limit:
        until = min(ids, key=int)
        return replace(reading, newest=newest, until=until, pages=pages), True, False
    done = replace(reading, since=newest, newest="", until="", pages=0)
    return done, False, more and bool(reading.since)


def _count(answer):
    """Posts in an answer, readable ones or not: each is charged for."""
    return sum(
        len(found)
        for found in (keyed.get(answer, "data"), keyed.get(answer, "includes", "tweets"))
        if isinstance(found, list)
    )


def _id(tweet):
    number = keyed.get(tweet, "id")
    return number if isinstance(number, str) and re.fullmatch(r"\d{1,19}", number) else ""


def _versions(tweet):
    """The ids of all versions of a post, the first one first."""
    history = keyed.get(tweet, "edit_history_tweet_ids")
    ids = [_id({"id": number}) for number in history] if isinstance(history, list) else []
    return sorted({*ids, _id(tweet)} - {""}, key=int)


def _posts(answer, query):
    """`(posts, rejected)`; of several versions of one the newest."""
    users, tweets = _users(answer), keyed.get(answer, "data")
    tweets = reversed(tweets if isinstance(tweets, list) else [])
    return gather.gather(tweets, lambda tweet: _post(tweet, users, query))


def _users(answer):
    return {keyed.get(user, "id"): user for user in keyed.each(answer, "includes", "users")}


def _post(tweet, users, query):
    number = _id(tweet)
    if not number:
        return Rejected("no_id" if isinstance(tweet, dict) else "unreadable")
    text = keyed.get(tweet, "note_tweet", "text") or keyed.get(tweet, "text")
    text = clean.plain_text(html.unescape(str(text or "")))  # X escapes &, < and >, and no more
    made = published = clean.not_in_future(clean.utc(keyed.get(tweet, "created_at")))
    first = _versions(tweet)[0]
    if first != number:
        published = clean.utc(datetime.fromtimestamp(_made(first), timezone.utc)) or made
    if not text:
        return Rejected("no_text", first)
    if not published:
        return Rejected("no_date", first)
    user = users.get(keyed.get(tweet, "author_id"))
    name = clean.plain_text(keyed.get(user, "username"))
    return Post(
        external_id=first,
        url=clean.web_address(f"https://x.com/{name or 'i'}/status/{number}"),
        author=name.lower() or clean.plain_text(keyed.get(tweet, "author_id")),
        text=clean.shortened(text, query.max_text),
        published_at=published,
        # Of whom X tells nothing, nobody knows whether the account is protected.
        visibility="public" if keyed.get(user, "protected") is False else "private",
        language=clean.language(keyed.get(tweet, "lang")),
        edited_at=clean.edited(made, published),
        reactions=clean.reactions(*(keyed.get(tweet, "public_metrics", name) for name in METRICS)),
        followers=clean.first_digit(keyed.get(user, "public_metrics", "followers_count")),
        account=clean.plain_text(keyed.get(tweet, "author_id"))[:200],
    )


def _lookup(query, ids):
    """X's answer on these ids. Raises `ConnectorError`."""
    with keyed.Session(query, explain=_explain) as session:
        client = _Client(query, keyed.base(query, "x"), session)
        return _call(client.get_tweets, ids, **FIELDS)


def _fate(query, item, answer):
    """The fate of one post. An edited one is asked for again, by the id of its newest version."""
    key, billed = item.external_id, 0
    tweet = _tweet(answer, key)
    if tweet:
        billed = 1
        newest = _versions(tweet)[-1]
        if newest != _id(tweet):
            try:
                answer = _lookup(query, [newest])
            except ConnectorError as error:
                return Fate(key, "unknown", error=error, billed=billed)
            tweet = _tweet(answer, newest)
            billed += bool(tweet)
            key = newest
    if not tweet:
        return replace(_missing(answer, key), external_id=item.external_id, billed=billed)
    post = _post(tweet, _users(answer), query)
    return replace(following.compare(item, post, CONNECTORS["x"].address), billed=billed)


def _tweet(answer, number):
    return next((one for one in keyed.each(answer, "data") if one.get("id") == number), None)


def _missing(answer, key):
    """The fate of a post that did not come: gone only where X says so of this very id.

    "Not authorized" is said of posts whose account was protected or suspended since: not public.
    """
    for error in keyed.each(answer, "errors"):
        about = str(error.get("resource_id") or error.get("value"))
        if about == key and str(error.get("type")).endswith(GONE):
            return Fate(key, "deleted")
    return Fate(key, "unknown", error=keyed.unexpected(CONNECTORS["x"].address))


def _explain(response):
    """What X says of a failure: a used up month or credit, and when to come again."""
    detail = {"host": http.host_of(response.url), "status": response.status_code}
    answer = keyed.body(response)
    if answer.get("title") in USED_UP or response.status_code == 402:
        return ConnectorError("too_many_requests", detail, retry_after=http.MAX_RETRY_AFTER)
    if response.status_code == 429:
        wait = http.retry_after(response.headers.get("Retry-After"))
        reset = response.headers.get("x-rate-limit-reset", "")
        if wait is None and reset.isdecimal():
            wait = http.retry_after(str(int(reset) - time.time()))
        return ConnectorError("too_many_requests", detail, retry_after=wait)
    return None
