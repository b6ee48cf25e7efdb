"""Posts from a file that somebody uploads: CSV and JSON Lines.

Nothing is fetched here, so such a source is never polled. `examine` says what a file is and
which columns it has, `read` yields its posts line by line.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo

from . import Page, Post, Rejected, clean, table

MAX_TEXT = 20_000  # characters of one post
MAX_ID = 500

# What a column can hold, and how exports call it (letters and digits only, lower case).
NAMES = {
    "id": ("id", "externalid", "postid", "tweetid", "statusid", "messageid", "guid", "uri"),
    "url": ("url", "link", "permalink", "address", "posturl", "adresse"),
    "author": ("author", "user", "username", "handle", "screenname", "account", "autor", "nutzer"),
    "text": ("text", "body", "content", "message", "post", "fulltext", "caption", "inhalt"),
    "published": ("published", "publishedat", "date", "datetime", "createdat", "created", "time",
                  "timestamp", "postedat", "datum", "zeit", "veroffentlicht"),
    "language": ("language", "lang", "sprache"),
    "visibility": ("visibility", "privacy", "audience", "sichtbarkeit"),
}  # fmt: skip
# What exports call a post that everybody may read; all else is taken for private (rule 15).
_PUBLIC = {"public", "offentlich", "everyone", "everybody", "world"}
_VISIBILITIES = {"unlisted", "private", "direct"}
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.I)


@dataclass(frozen=True)
class Reading:
    """How to read a file.

    `columns`     `{name in the file: what it holds}`, the latter a key of `NAMES`
    `zone`        of times that name none
    `day_first`   whether 01/02/2026 is the first of February
    `all_public`  somebody vouches for it that all posts are public: only then may a file do
                  without a column that says it of each (rule 15)
    `now`         the time of reading
    """

    columns: dict[str, str]
    zone: tzinfo = timezone.utc
    day_first: bool = False
    all_public: bool = False
    now: datetime | None = None


def fetch(query, cursor=None):
    """There is nothing to ask anybody for."""
    return Page((), cursor)


def examine(body, max_bytes=table.MAX_BYTES):
    """Find out what a file is; see `table.examine`."""
    return table.examine(body, NAMES, max_bytes)


def guess(columns):
    """`{name: what it holds}` for columns whose names say it, each meaning once."""
    return table.guess(columns, NAMES)


def read(file, reading, max_rows=table.MAX_ROWS):
    """Yield `(line, Post or Rejected)` for each row of the file.

    Further reasons of `Rejected` beside those of the connectors: `columns` (more values than the
    first line has names), `nul` (a NUL character), `bad_id` (a number that a spreadsheet
    rounded), `future_date`. A post that is not public is passed on as such, without its text.

    Raises `ConnectorError("too_large")` beyond `max_rows`.
    """
    seen = set()
    for line, row in table.rows(file, max_rows):
        result = row if isinstance(row, Rejected) else _post(row, reading)
        if isinstance(result, Post):
            if result.external_id in seen:
                result = Rejected("duplicate", result.external_id)
            else:
                seen.add(result.external_id)
        yield line, result


# -- posts -------------------------------------------------------------------------------


def _post(row, reading):
    """The `Post` of a row, or why it is none."""
    values = table.take(row, reading.columns, NAMES)
    if any("\0" in value for value in values.values()):
        return Rejected("nul")
    visibility = _visibility(values["visibility"], reading)
    text = clean.shortened(clean.plain_text(values["text"]), MAX_TEXT)
    if not text:
        return Rejected("no_text")
    if _ROUNDED.fullmatch(values["id"]):
        return Rejected("bad_id")
    published = table.moment(values["published"], reading.zone, reading.day_first, reading.now)
    if isinstance(published, Rejected):
        return published
    url, author = clean.web_address(values["url"]), _author(values["author"])
    return Post(
        external_id=_external_id(values["id"], url, f"{author}\0{published}\0{text}"),
        url=url,
        author=author,
        text=text if visibility == "public" else "",
        published_at=published,
        visibility=visibility,
        language=clean.language(values["language"]),
    )


def _visibility(value, reading):
    if "visibility" not in reading.columns.values():
        return "public" if reading.all_public else "private"
    value = table.bare(value)
    return "public" if value in _PUBLIC else value if value in _VISIBILITIES else "private"


def _author(name):
    return clean.shortened(" ".join(clean.plain_text(name).split()).lstrip("@"), table.MAX_NAME)


def _external_id(key, url, content):
    """The row's id, else its address, else a digest: the same in every file that holds it."""
    key = clean.plain_text(key) or url or f"sha256:{_digest(content)}"
    return key if len(key) <= MAX_ID else f"sha256:{_digest(key)}"


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()
