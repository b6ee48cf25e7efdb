"""YouTube: comments, through the YouTube Data API.

`search` looks for videos that match a word, and reads the comments below them. A day allows 100
searches only, and 10,000 other calls: so videos are looked for every six hours, and the comments
of the 50 newest are read every hour. `mentions` reads the comments on all videos of the own
channel, whose id is the term; that costs one call a page.

Replies are read as far as they come with their comment (the newest few of each). What somebody
holds back for moderation is not handed out, and so counts as not public.

YouTube lets data be stored for a limited time; for how long stands in the platform's record here.
"""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httplib2
from googleapiclient import discovery, errors

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

SEARCH_EVERY = timedelta(hours=6)
ROUND_EVERY = timedelta(hours=1)  # between two looks at the comments of all videos found
VIDEOS = 50  # the most that a search brings
THREADS = 100  # comments a page, the most there are
CHECKS = 100
IDS = 25  # comments asked about in one call; 50 are allowed, but make too long an address
PACIFIC = ZoneInfo("America/Los_Angeles")  # where the day of the quota ends
CHANNEL_ID = r"UC[\w-]{22}"
CHANNEL = "channel:"  # before the id of a channel whose videos are all read
USED_UP = ("quotaExceeded", "dailyLimitExceeded")
TOO_FAST = ("rateLimitExceeded", "userRateLimitExceeded")
BAD_KEY = ("keyInvalid", "API_KEY_INVALID", "keyExpired")
NOTHING_THERE = ("commentsDisabled", "videoNotFound")  # no reason to stop reading the others
STALE = ("invalidPageToken", "processingFailure")  # the place to go on from is too old


def fetch(query, cursor=None):
    """One page of comments of one video, or of the channel. Raises `ConnectorError`."""
    base, term, now = keyed.base(query, "youtube"), _term(query), datetime.now(timezone.utc)
    reading = newest_first.loads(cursor, f"{base}/{query.kind}/{term}")
    with _session(query) as session:
        youtube = _service(query, base, session)
        if not reading.lists:
            reading = _next_round(reading, query, term, youtube, now)
        if not reading.lists:
            return Page((), reading.dumps())
        answer = _threads(youtube, reading)
    if answer is None:
        reading = reading.skip()
        return Page((), reading.dumps(), more=bool(reading.lists))
    posts, rejected = _posts(keyed.each(answer, "items"), query)
    dates = [
        date
        for thread in keyed.each(answer, "items")
        if (date := clean.utc(keyed.get(thread, *TOP, "snippet", "publishedAt")))
    ]
    reading, gap = reading.after(dates, keyed.get(answer, "nextPageToken") or "")
    return reading.page(posts, rejected, gap)


def check(query, items):
    """What became of these comments: a `Fate` for each, some asked about in one call."""
    return following.ask_some(
        items,
        IDS,
        lambda some: _comments(query, some),
        lambda item, found: _fate(query, item, found),
    )


def seek(query):
    """The id of the channel whose handle (`@name`) is the term. Raises `ConnectorError`."""
    base = keyed.base(query, "youtube")
    with _session(query) as session:
        channels = _service(query, base, session).channels()
        answer = _call(channels.list(part="id", forHandle=query.term.strip()))
    number = next((keyed.get(item, "id") for item in keyed.each(answer, "items")), None)
    if not re.fullmatch(CHANNEL_ID, str(number)):
        raise ConnectorError("term", {"host": http.host_of(base), "reason": "channel"})
    return number


TOP = ("snippet", "topLevelComment")


def _term(query):
    term = (query.term or "").strip()
    if query.kind == "mentions" and not re.fullmatch(CHANNEL_ID, term):
        raise ConnectorError("term", {"reason": "channel"})
    if not term:
        raise ConnectorError("term")
    return term


def _session(query):
    return keyed.Session(query, explain=_explain)


def _service(query, base, session):
    return discovery.build(
        "youtube",
        "v3",
        http=_Http(session, query.secret),
        static_discovery=True,
        cache_discovery=False,
        client_options={"api_endpoint": f"{base}/"},
    )


class _Http:
    """What the library needs of `httplib2.Http`, on our session, the key in a header."""

    def __init__(self, session, key):
        self._session, self._key = session, key

    def request(self, uri, method="GET", body=None, headers=None, **_ignored):
        """As `httplib2.Http.request`; failures come as `ConnectorError`."""
        headers = {**(headers or {}), "X-Goog-Api-Key": self._key}
        headers.pop("accept-encoding", None)  # the session knows what it can unpack
        headers["User-Agent"] = self._session.headers["User-Agent"]
        answer = self._session.request(method, uri, data=body, headers=headers)
        return httplib2.Response({"status": str(answer.status_code)}), answer.content

    def close(self):
        """The session is closed by who opened it."""


def _call(request):
    """The answer to a call as a JSON object. Raises `ConnectorError`."""
    try:
        answer = request.execute()
    except (errors.Error, ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise keyed.unexpected(request.uri)
    return answer


def _next_round(reading, query, term, youtube, now):
    """The reading with a new round begun, if it is time for one."""
    if query.kind == "mentions":
        return reading.begin([f"{CHANNEL}{term}"], now)
    if _is_over(reading.searched, SEARCH_EVERY, now):
        videos = _search(youtube, term)
        return replace(reading.begin(videos, now), searched=now.isoformat())
    if _is_over(reading.started, ROUND_EVERY, now):
        return reading.begin(reading.since, now)
    return reading


def _is_over(since, period, now):
    since = clean.utc(since) if since else None
    return not since or not since <= now < since + period


def _search(youtube, term):
    answer = _call(
        youtube.search().list(
            part="id", q=term, type="video", order="date", maxResults=VIDEOS, safeSearch="none"
        )
    )
    videos = (keyed.get(item, "id", "videoId") for item in keyed.each(answer, "items"))
    return list(dict.fromkeys(video for video in videos if isinstance(video, str) and video))


def _threads(youtube, reading):
    """The next page of comments; None where this video has none to show."""
    target = reading.lists[0]
    named = {"videoId": target}
    if target.startswith(CHANNEL):
        named = {"allThreadsRelatedToChannelId": target.removeprefix(CHANNEL)}
    values = {
        **named,
        "part": "snippet,replies",
        "order": "time",
        "maxResults": THREADS,
        "textFormat": "plainText",
    }
    try:
        return _call(youtube.commentThreads().list(**values, pageToken=reading.token or None))
    except ConnectorError as error:
        reason = error.detail.get("reason")
        if reason in NOTHING_THERE and "videoId" in named:
            return None
        if reason in STALE and reading.token:
            return _call(youtube.commentThreads().list(**values))
        raise


def _posts(threads, query):
    """`(posts, rejected)`, replies with their comments."""
    comments = [
        (comment, keyed.get(thread, "snippet", "videoId"), answers)
        for thread in reversed(threads)
        for comment, answers in (
            (keyed.get(thread, *TOP), keyed.get(thread, "snippet", "totalReplyCount")),
            *((reply, None) for reply in keyed.each(thread, "replies", "comments")),
        )
    ]
    return gather.gather(comments, lambda found: _post(found[0], query, *found[1:]))


def _post(comment, query, video=None, answers=None):
    if not isinstance(comment, dict):
        return Rejected("unreadable")
    key = clean.plain_text(keyed.get(comment, "id"))
    snippet = keyed.get(comment, "snippet")
    text = clean.plain_text(keyed.get(snippet, "textDisplay"))
    published = clean.not_in_future(clean.utc(keyed.get(snippet, "publishedAt")))
    if not key or len(key) > 500:
        return Rejected("no_id")
    if not text:
        return Rejected("no_text", key)
    if not published:
        return Rejected("no_date", key)
    return Post(
        external_id=key,
        url=_url(keyed.get(snippet, "videoId") or video, key),
        author=_author(snippet),
        text=clean.shortened(text, query.max_text),
        published_at=published,
        edited_at=clean.edited(clean.utc(keyed.get(snippet, "updatedAt")), published),
        reactions=clean.reactions(keyed.get(snippet, "likeCount"), answers),
        account=clean.plain_text(keyed.get(snippet, "authorChannelId", "value"))[:200],
    )


def _url(video, key):
    video = clean.plain_text(video if isinstance(video, str) else "")
    if not video:
        return ""
    query = f"v={quote(video, safe='')}&lc={quote(key, safe='')}"
    return clean.web_address(f"https://www.youtube.com/watch?{query}")


def _author(snippet):
    """The handle; else the channel's id, which is the account's, too; else the name shown."""
    name = clean.plain_text(keyed.get(snippet, "authorDisplayName"))
    if re.fullmatch(r"@\S+", name):
        return name.lstrip("@").lower()[:200]
    return clean.plain_text(keyed.get(snippet, "authorChannelId", "value") or name)[:200]


def _comments(query, items):
    """`{id: comment}` of those that are there. Raises `ConnectorError`."""
    ids = ",".join(item.external_id for item in items)
    try:
        with _session(query) as session:
            youtube = _service(query, keyed.base(query, "youtube"), session)
            answer = _call(youtube.comments().list(part="snippet", id=ids, textFormat="plainText"))
    except ConnectorError as error:
        if error.detail.get("reason") != "commentNotFound":
            raise
        return {}
    return {keyed.get(comment, "id"): comment for comment in keyed.each(answer, "items")}


def _fate(query, item, found):
    """The fate of one comment. That it is gone counts only if it is not there by itself either."""
    try:
        if item.external_id not in found:
            found = _comments(query, [item])
    except ConnectorError as error:
        return Fate(item.external_id, "unknown", error=error)
    if item.external_id not in found:
        return Fate(item.external_id, "deleted")
    post = _post(found[item.external_id], query)
    if isinstance(post, Post) and not post.url:
        post = replace(post, url=item.url)
    return following.compare(item, post, keyed.base(query, "youtube"))


def _explain(response):
    """What YouTube says of a failure: a quota that is used up looks like a ban (403) else."""
    error = keyed.get(keyed.body(response), "error")
    reasons = [one.get("reason") for one in keyed.each(error, "errors")]
    reasons += [one.get("reason") for one in keyed.each(error, "details")]
    detail = {"host": http.host_of(response.url), "status": response.status_code}
    if any(reason in USED_UP for reason in reasons):
        return ConnectorError("too_many_requests", detail, retry_after=_until_midnight())
    if any(reason in TOO_FAST for reason in reasons):
        wait = http.retry_after(response.headers.get("Retry-After"))
        return ConnectorError("too_many_requests", detail, retry_after=wait)
    if any(reason in BAD_KEY for reason in reasons):
        return ConnectorError("key", detail)
    for reason in reasons:
        if reason in (*NOTHING_THERE, *STALE, "commentNotFound"):
            return ConnectorError("http_status", {**detail, "reason": reason})
    return None


def _until_midnight(now=None):
    """Seconds to the end of the quota's day: midnight in California, and a little more."""
    now = (now or datetime.now(timezone.utc)).astimezone(PACIFIC)
    midnight = datetime.combine(now.date() + timedelta(days=1), time(), PACIFIC)
    return min(int((midnight - now.astimezone(timezone.utc)).total_seconds()) + 60, 24 * 3600)
