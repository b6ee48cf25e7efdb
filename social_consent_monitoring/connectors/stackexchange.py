"""Stack Exchange: questions and answers that hold a phrase, from its API.

The address names the site: `https://api.stackexchange.com/2.3/search/excerpts?site=stackoverflow.com`.
Without a key the API answers 300 calls a day to one host of ours, for all sites together, so a
source asks every half hour. `backoff` in an answer says for how many seconds to stay away: so long
nothing is asked, and a reading goes on where it was. Each reading walks from the newest post back to
what the last complete one knew (see `newest_first`), 25 pages at most.

The phrase is asked for in quotation marks: without these `user:7` would be a command (rule 24).
Answers come as excerpts without their author, so the site stands for whoever wrote them; the link
leads to the author. All there is public. `posts/IDS` says which posts are still there.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qs, urlencode, urlsplit

from . import (
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
    newest_first,
)

EVERY = timedelta(minutes=30)  # between two readings
LIMIT = 100  # the most on a page, and the most ids in one call
PAGES = 25  # the last page without a key
CHECKS = 100
MAX_BACKOFF = 24 * 3600  # seconds
SEARCH = "/2.3/search/excerpts"
ID = re.compile(r"/[qa]/(\d{1,18})$")
WAIT = re.compile(r"available in (\d{1,7}) seconds")
THROTTLED = "throttle_violation"


def fetch(query, cursor=None):
    """One page of posts that hold `query.term`. Raises `ConnectorError`."""
    base, site = _base(query)
    words = newest_first.phrase(query)
    now = datetime.now(timezone.utc)
    stream = f"{base}/{site}/{words.lower()}"
    reading = newest_first.loads(cursor, stream)
    if _is_too_early(reading, now):
        return Page((), reading.dumps())
    reading = newest_first.search(cursor, stream, now)
    asked = {"q": f'"{words}"', "site": site, "sort": "creation", "order": "desc"}
    asked |= {"page": reading.number, "pagesize": LIMIT}
    answer = _ask(query, f"{base}{SEARCH}?{urlencode(asked)}")
    posts, rejected = gather.gather(
        answer["items"], lambda item: _post(item, site, query), query.max_items
    )
    further = answer.get("has_more") is True and answer["items"]
    dates = [post.published_at for post in posts]
    reading, gap = reading.after_number(dates, further, PAGES)
    backoff = _backoff(answer)
    # `searched` is here until when to stay away.
    reading = replace(reading, searched=(now + backoff).isoformat() if backoff else "")
    return reading.page(posts, rejected, gap, more=not backoff)


def check(query, items):
    """What became of these posts: a `Fate` for each, up to 100 asked about in one call."""
    return following.ask_some(
        items,
        LIMIT,
        lambda some: _find(query, some),
        lambda item, found: _fate(query, item, found),
    )


def _base(query):
    """`(address of the API, site)`. Raises `ConnectorError` where the address names no site."""
    http.check_address(query.address)
    site = parse_qs(urlsplit(query.address).query).get("site", [""])[0]
    if not re.fullmatch(r"[a-z0-9.-]{1,100}", site):
        raise ConnectorError("address", {"host": http.host_of(query.address)})
    return http.origin_of(query.address), site


def _is_too_early(reading, now):
    until = clean.utc(reading.searched) if reading.searched else None
    if until and now < until <= now + timedelta(seconds=MAX_BACKOFF):
        return True
    started = clean.utc(reading.started) if reading.started else None
    return bool(not reading.lists and started and started <= now < started + EVERY)


def _backoff(answer):
    seconds = answer.get("backoff")
    if type(seconds) is not int or seconds <= 0:
        return None
    return timedelta(seconds=min(seconds, MAX_BACKOFF))


def _ask(query, address):
    """The answer, with its list of `items`. Raises `ConnectorError`."""
    with http.Session(query, explain=_explain) as session:
        response = session.request("GET", address, headers={"Accept": "application/json"})
    answer = keyed.body(response)
    if not isinstance(answer.get("items"), list):
        raise keyed.unexpected(address)
    return answer


def _explain(response):
    """A day's calls that are used up come as a bad request (400), the wait in its words."""
    answer = keyed.body(response)
    if answer.get("error_name") != THROTTLED:
        return None
    wait = WAIT.search(str(answer.get("error_message")))
    detail = {"host": http.host_of(response.url), "status": response.status_code}
    wait = http.retry_after(wait[1]) if wait else None
    return ConnectorError("too_many_requests", detail, retry_after=wait)


def _post(item, site, query):
    """The `Post`, or why it is none."""
    if not isinstance(item, dict):
        return Rejected("unreadable")
    kind = "a" if item.get("item_type") == "answer" else "q"
    number = item.get("answer_id" if kind == "a" else "question_id")
    if type(number) is not int or number <= 0:
        return Rejected("no_id")
    key = f"https://{site}/{kind}/{number}"  # as of the site's own feeds
    # Above an answer stands what another one has asked.
    title = clean.html_text(item.get("title")) if kind == "q" else ""
    text = clean.joined(title, clean.html_text(item.get("excerpt")))
    published = clean.not_in_future(_moment(item.get("creation_date")))
    if not text:
        return Rejected("no_text", key)
    if not published:
        return Rejected("bad_date" if item.get("creation_date") else "no_date", key)
    return Post(
        external_id=key,
        url=key,
        author=site,
        text=clean.shortened(text, query.max_text),
        published_at=published,
        reactions=clean.reactions(item.get("score"), item.get("answer_count")),
    )


def _moment(seconds):
    try:
        return clean.utc(datetime.fromtimestamp(seconds, timezone.utc))
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _find(query, items):
    """The numbers of those posts that are there. Raises `ConnectorError`."""
    base, site = _base(query)
    numbers = {found[1] for item in items if (found := ID.search(item.external_id))}
    if not numbers:
        return set()
    asked = {"site": site, "pagesize": LIMIT}
    answer = _ask(query, f"{base}/2.3/posts/{';'.join(sorted(numbers))}?{urlencode(asked)}")
    return {str(keyed.get(item, "post_id")) for item in answer["items"]}


def _fate(query, item, found):
    """That a post is gone counts only if it is not there by itself either."""
    number = ID.search(item.external_id)
    if not number:
        return Fate(item.external_id, "unknown", error=ConnectorError("no_check"))
    try:
        if number[1] not in found:
            found = _find(query, [item])
    except ConnectorError as error:
        return Fate(item.external_id, "unknown", error=error)
    return Fate(item.external_id, "there" if number[1] in found else "deleted")
