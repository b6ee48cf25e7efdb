"""Reading lists that come newest first, back to where the last reading began, by time.

Several lists may be read in turn (the comments of each video); a search is a single one. A list is read page after page
until a page reaches behind the newest post that its last complete reading knew; only then that
time moves on. So reading may be cut off after any page, and nothing is left out. What is read again
(`OVERLAP`) is the same post.
"""

import json
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta

from . import ConnectorError, Page, Rejected, clean

OVERLAP = timedelta(hours=1)  # edits, and what the platform lists late
BACKFILL = 5  # pages that the first reading of a list goes back
LONGEST = 100  # pages of any reading; then it gives up and says so
MAX_PHRASE = 200  # characters


@dataclass(frozen=True)
class Reading:
    """Where the reading stands.

    `stream`  what is read; with another one it starts anew
    `since`   for each list: the newest publication of its last complete reading, "" before that
    `lists`   lists still to be read in this round, the first one is being read
    `token`   where its next page begins
    `pages`   read of it so far
    `newest`  the newest publication on its first page
    `started`, `searched`  when the round, and the last search for lists, began
    """

    stream: str = ""
    since: dict = field(default_factory=dict)
    lists: list = field(default_factory=list)
    token: str = ""
    pages: int = 0
    newest: str = ""
    started: str = ""
    searched: str = ""

    def dumps(self):
        """The cursor: opaque text."""
        return json.dumps(asdict(self))

    def begin(self, lists, now):
        """A new round over these lists; what was known of others is forgotten."""
        since = {each: self.since.get(each, "") for each in lists}
        return replace(self, since=since, lists=list(lists), started=now.isoformat())

    def after(self, dates, token):
        """`(reading, gap)` after a page with posts of these dates, of which `token` is the next.

        `gap` tells that the reading gave up before it reached what was known.
        """
        since, start = self.since.get(self.lists[0], ""), self.newest
        start = start or (max(dates).isoformat() if dates else since)
        known = clean.utc(since)
        reached = not token or bool(known and dates and min(dates) < known - OVERLAP)
        pages = self.pages + 1
        if not reached and pages < (LONGEST if known else BACKFILL):
            return replace(self, token=token, pages=pages, newest=start), False
        return self.skip(start), bool(known and not reached)

    def after_number(self, dates, further, last):
        """The same where pages are numbered, `last` is the last one, and `further` says that the
        platform has another.
        """
        number = self.number
        reading, gap = self.after(dates, str(number + 1) if further else "")
        if reading.lists and number >= last:
            return reading.skip(reading.newest), True
        return reading, gap

    @property
    def number(self):
        """The number of the next page, where pages are numbered, from 1."""
        return int(self.token) if self.token.isdecimal() else 1

    def page(self, posts, rejected, gap, more=True):
        """The `Page` with these posts, to be read on from here, if `more`, at once."""
        rejected += (Rejected("gap"),) if gap else ()
        return Page(posts, self.dumps(), rejected, more and bool(self.lists))

    def skip(self, newest=None):
        """The reading without the list that is read now; `newest` is what is known of it."""
        since = dict(self.since)
        if newest is not None:
            since[self.lists[0]] = newest
        return replace(self, since=since, lists=self.lists[1:], token="", pages=0, newest="")


def loads(cursor, stream):
    """The `Reading` of a cursor; a new one if something else is read now."""
    try:
        reading = Reading(**json.loads(cursor or "{}"))
    except (ValueError, TypeError):
        reading = Reading()
    return reading if reading.stream == stream else Reading(stream=stream)


def search(cursor, stream, now):
    """The `Reading` of a cursor for what is one list: the answers to a search."""
    reading = loads(cursor, stream)
    return reading if reading.lists else reading.begin(("posts",), now)


def phrase(query):
    """The words of `query.term`, to be asked for in quotation marks.

    Without these `@somebody` or `user:7` would be commands to the platform, and of a search for a
    word one for what somebody writes (rule 24). Raises `ConnectorError`.
    """
    words = " ".join(clean.plain_text(query.term).replace('"', " ").split())
    if not 0 < len(words) <= MAX_PHRASE:
        raise ConnectorError("term")
    return words
