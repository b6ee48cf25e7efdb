"""Servers that answer as YouTube, Reddit and X document it.

No key for the real ones was at hand, so none of this was ever compared with them: what the tests
show is that the connectors keep to the documentation, and what they do when an answer is another.
Each server holds its posts in a list that a test changes, checks the key, and has `failures`: what
it answers instead to the next requests, `(status, headers, object)` each.
"""

import base64
import json
from urllib.parse import parse_qs, urlsplit

from counterparts.hostile import Handler, Hostile

KEY = "s3cret-key-of-the-company"
LOGIN = "application"


class _Api(Handler):
    def do_GET(self):
        self._respond()

    def do_POST(self):
        self._respond()

    def _respond(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size).decode()
        self.hostile.requests.append((self.path, dict(self.headers)))
        parts = urlsplit(self.path)
        values = {name: found[-1] for name, found in parse_qs(parts.query).items()}
        if self.hostile.failures and self.hostile.is_failing(parts.path):
            status, headers, answer = self.hostile.failures.pop(0)
        else:
            status, headers, answer = self.hostile.answer(parts.path, values, self.headers, body)
        data = json.dumps(answer).encode()
        self._answer(data, status=status, **{"Content-Type": "application/json", **headers})


class Platform(Hostile):
    """What the three have in common."""

    routes = _Api

    def __init__(self):
        super().__init__()
        self.failures = []

    def is_failing(self, _path):
        """Whether failures concern this path."""
        return True

    def paths(self):
        """The paths asked for, without their parameters."""
        return [urlsplit(path).path for path, _headers in self.requests]


def google_error(status, reason, message="An error.", **error):
    """A failure in the form of Google's APIs."""
    errors = [{"message": message, "domain": "youtube", "reason": reason}]
    return status, {}, {"error": {"code": status, "message": message, "errors": errors, **error}}


class YouTube(Platform):
    """`videos`: `{id: [thread, ...]}`, `channels` the same, in any order; `handles`: `{@name: id}`."""

    def __init__(self):
        super().__init__()
        self.videos, self.channels, self.handles = {}, {}, {}

    def answer(self, path, values, headers, _body):
        """Status, headers and object."""
        if headers.get("X-Goog-Api-Key") != KEY:
            details = [{"@type": "type.googleapis.com/ErrorInfo", "reason": "API_KEY_INVALID"}]
            return google_error(400, "badRequest", "API key not valid.", details=details)
        part = path.removeprefix("/youtube/v3/")
        routes = {"search": self._search, "commentThreads": self._threads}
        routes |= {"comments": self._by_id, "channels": self._by_handle}
        return routes[part](values)

    def _by_handle(self, values):
        channel = self.handles.get(values["forHandle"])
        # Where nothing fits, the list is not even there.
        found = {"items": [{"kind": "youtube#channel", "id": channel}]} if channel else {}
        return 200, {}, {"kind": "youtube#channelListResponse", **found}

    def _search(self, values):
        ids = [{"kind": "youtube#video", "videoId": video} for video in self.videos]
        items = [{"kind": "youtube#searchResult", "id": i} for i in ids]
        return (
            200,
            {},
            {"kind": "youtube#searchListResponse", "items": items[: int(values["maxResults"])]},
        )

    def _threads(self, values):
        if video := values.get("videoId"):
            threads = self.videos.get(video)
        else:
            threads = self.channels.get(values["allThreadsRelatedToChannelId"])
        if threads is None:
            return google_error(404, "videoNotFound")
        if threads == "disabled":
            return google_error(403, "commentsDisabled")
        threads = sorted(threads, key=_thread_time, reverse=True)
        start, size = int(values.get("pageToken", 0)), int(values["maxResults"])
        answer = {
            "kind": "youtube#commentThreadListResponse",
            "items": threads[start : start + size],
        }
        if start + size < len(threads):
            answer["nextPageToken"] = str(start + size)
        return 200, {}, answer

    def _by_id(self, values):
        ids = values["id"].split(",")
        threads = [t for each in (*self.videos.values(), *self.channels.values()) for t in each]
        comments = [t["snippet"]["topLevelComment"] for t in threads]
        comments += [c for t in threads for c in t.get("replies", {}).get("comments", ())]
        return 200, {}, {"items": [c for c in comments if c["id"] in ids]}


def _thread_time(thread):
    return thread["snippet"]["topLevelComment"]["snippet"]["publishedAt"]


def comment(key, text, published, **snippet):
    """A comment as YouTube writes it."""
    return {
        "kind": "youtube#comment",
        "id": key,
        "snippet": {
            "textDisplay": text,
            "authorDisplayName": "@Ada",
            "authorChannelId": {"value": "UC" + "a" * 22},
            "publishedAt": published,
            "updatedAt": published,
            **snippet,
        },
    }


def thread(key, text, published, *replies, video="vid1", **snippet):
    """A comment with its replies."""
    top = comment(key, text, published, videoId=video, **snippet)
    return {
        "kind": "youtube#commentThread",
        "id": key,
        "snippet": {"videoId": video, "topLevelComment": top, "totalReplyCount": len(replies)},
        "replies": {"comments": list(replies)},
    }


class Reddit(Platform):
    """`things`: submissions and comments as `submission` and `remark` make them."""

    def __init__(self):
        super().__init__()
        self.things = []

    def is_failing(self, path):
        """The login succeeds."""
        return path != "/api/v1/access_token"

    def answer(self, path, values, headers, body):
        """Status, headers and object."""
        if path == "/api/v1/access_token":
            wanted = base64.b64encode(f"{LOGIN}:{KEY}".encode()).decode()
            if headers.get("Authorization") != f"Basic {wanted}":
                return 401, {}, {"message": "Unauthorized", "error": 401}
            assert "grant_type=client_credentials" in body
            answer = {
                "access_token": "tok",
                "token_type": "bearer",
                "expires_in": 86400,
                "scope": "*",
            }
            return 200, {}, answer
        if headers.get("Authorization") != "bearer tok":
            return 401, {}, {"message": "Unauthorized", "error": 401}
        things = self._things(path, values)
        limits = {
            "x-ratelimit-remaining": "99.0",
            "x-ratelimit-used": "1",
            "x-ratelimit-reset": "600",
        }
        if path == "/api/info":
            return 200, limits, _listing(things, None)
        start = next((n for n, t in enumerate(things, 1) if t["name"] == values.get("after")), 0)
        page = things[start : start + int(values["limit"])]
        after = page[-1]["name"] if start + len(page) < len(things) else None
        return 200, limits, _listing(page, after)

    def _things(self, path, values):
        if path == "/api/info":
            return [t for t in self.things if t["name"] in values["id"].split(",")]
        kind = "t1_" if path.endswith("/comments") else "t3_"
        found = [t for t in self.things if t["name"].startswith(kind)]
        if path.startswith("/r/"):
            found = [t for t in found if t["subreddit"] == path.split("/")[2]]
        return sorted(found, key=lambda t: t["created_utc"], reverse=True)


def _listing(things, after):
    children = [{"kind": t["name"][:2], "data": t} for t in things]
    return {"kind": "Listing", "data": {"after": after, "before": None, "children": children}}


def submission(number, title, created, **values):
    """A submission as Reddit writes it."""
    return {
        "name": f"t3_{number}",
        "title": title,
        "selftext": "",
        "author": "Ada",
        "created_utc": created,
        "edited": False,
        "permalink": f"/r/test/comments/{number}/title/",
        "subreddit": "test",
        "subreddit_type": "public",
        "removed_by_category": None,
        **values,
    }


def remark(number, text, created, **values):
    """A comment as Reddit writes it."""
    return {
        "name": f"t1_{number}",
        "body": text,
        "author": "Ada",
        "created_utc": created,
        "edited": False,
        "permalink": f"/r/test/comments/1/title/{number}/",
        "subreddit": "test",
        "subreddit_type": "public",
        **values,
    }


class X(Platform):
    """`tweets` as `tweet` makes them; `missing`: `{id: end of the error's type}`."""

    def __init__(self):
        super().__init__()
        self.tweets, self.missing, self.protected = [], {}, set()
        self.followers = {}
        self.billed = 0

    def answer(self, path, values, headers, _body):
        """Status, headers and object."""
        if headers.get("Authorization") != f"Bearer {KEY}":
            return 401, {}, {"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}
        if path.startswith("/2/users/by/username/"):
            return 200, {}, {"data": {"id": "77", "name": "Us", "username": path.split("/")[-1]}}
        if path == "/2/tweets":
            return 200, {}, self._lookup(values["ids"].split(","))
        assert path in ("/2/tweets/search/recent", "/2/users/77/mentions")
        size = int(values["max_results"])
        if not 10 <= size <= 100:
            return 400, {}, {"title": "Invalid Request", "errors": [{"message": "max_results"}]}
        since, until = int(values.get("since_id", 0)), int(values.get("until_id", 10**19))
        found = [t for t in self.tweets if since < int(t["id"]) < until]
        found.sort(key=lambda t: int(t["id"]), reverse=True)
        meta = {"result_count": len(found[:size])}
        if len(found) > size:
            meta["next_token"] = "next"
        return 200, {}, {**self._with_users(found[:size]), "meta": meta}

    def _with_users(self, tweets):
        self.billed += len(tweets)
        users = {t["author_id"] for t in tweets}
        known = [
            {
                "id": u,
                "name": "A Name",
                "username": f"User{u}",
                "protected": u in self.protected,
                "public_metrics": {"followers_count": self.followers.get(u)},
            }
            for u in sorted(users)
        ]
        return {"data": tweets, "includes": {"users": known}} if tweets else {}

    def _lookup(self, ids):
        answer = self._with_users([t for t in self.tweets if t["id"] in ids])
        errors = [
            {
                "value": number,
                "detail": "Could not find or see the post.",
                "title": "Not Found Error",
                "resource_type": "tweet",
                "parameter": "ids",
                "resource_id": number,
                "type": f"https://api.twitter.com/2/problems/{end}",
            }
            for number, end in self.missing.items()
            if number in ids
        ]
        return {**answer, **({"errors": errors} if errors else {})}


def tweet(number, text, created, author="1", **values):
    """A post as X writes it."""
    number = str(number)
    return {
        "id": number,
        "text": text,
        "author_id": author,
        "created_at": created,
        "edit_history_tweet_ids": [number],
        "lang": "de",
        **values,
    }
