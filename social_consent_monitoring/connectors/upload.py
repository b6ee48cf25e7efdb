"""Posts from a file that somebody uploads: CSV and JSON Lines.

Nothing is fetched here, so such a source is never polled. `examine` says what a file is and
which columns it has, `read` yields its posts line by line.
"""

import codecs
import csv
import hashlib
import io
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from itertools import islice

from . import ConnectorError, Page, Post, Rejected, clean, http

MAX_BYTES = 64 * 1000 * 1000
MAX_ROWS = 200_000
MAX_TEXT = 20_000  # characters of one post
MAX_NAME = 200
MAX_ID = 500
LOOKED_AT = 50  # lines that tell delimiter and columns
CLOCKS_DIFFER = timedelta(minutes=5)

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
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FORMATS = ("%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%d %b %Y", "%b %d, %Y", "%b %d %Y")
_SLASHES = {True: ("%d/%m/%Y", "%d/%m/%y"), False: ("%m/%d/%Y", "%m/%d/%y")}
_TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
_TWITTER = "%a %b %d %H:%M:%S %z %Y"
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ].+)?")
_ROUNDED = re.compile(r"\d([.,]\d+)?E\+\d+", re.I)
_WEB = re.compile(r"https?://", re.I)


@dataclass(frozen=True)
class File:
    """What `examine` found. `format` is `csv` or `jsonl`; `columns` as the file names them."""

    body: bytes = field(repr=False)
    format: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]


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


def examine(body, max_bytes=MAX_BYTES):
    """Find out what a file is.

    Raises `ConnectorError`: `empty`, `too_large` (`limit`, `unit`), `binary` (a picture, an
    archive, ...), `workbook` (Excel or OpenDocument), `json_array` (one JSON document instead of
    a line for each post).
    """
    if len(body) > max_bytes:
        raise http.too_large("", max_bytes)
    encoding = _encoding(body)
    beginning = "".join(islice(_lines(body, encoding), LOOKED_AT)).lstrip("\ufeff \t\r\n")
    if not beginning:
        raise ConnectorError("empty")
    if beginning.startswith("["):
        raise ConnectorError("json_array")
    if beginning.startswith("{"):
        return File(body, "jsonl", encoding, "", _keys(beginning))
    delimiter, columns = _header(beginning)
    return File(body, "csv", encoding, delimiter, columns)


def guess(columns):
    """`{name: what it holds}` for columns whose names say it, each meaning once."""
    meanings = {name: meaning for meaning, names in NAMES.items() for name in names}
    guessed = {}
    for column in columns:
        meaning = meanings.get(_bare(column))
        if meaning and meaning not in guessed.values():
            guessed[column] = meaning
    return guessed


def read(file, reading, max_rows=MAX_ROWS):
    """Yield `(line, Post or Rejected)` for each row of the file.

    Further reasons of `Rejected` beside those of the connectors: `columns` (more values than the
    first line has names), `nul` (a NUL character), `bad_id` (a number that a spreadsheet
    rounded), `future_date`. A post that is not public is passed on as such, without its text.

    Raises `ConnectorError("too_large")` beyond `max_rows`.
    """
    seen = set()
    rows = _json_rows(file) if file.format == "jsonl" else _csv_rows(file)
    for count, (line, row) in enumerate(rows):
        if count >= max_rows:
            raise http.too_large("", max_rows, "items")
        result = row if isinstance(row, Rejected) else _post(row, reading)
        if isinstance(result, Post):
            if result.external_id in seen:
                result = Rejected("duplicate", result.external_id)
            else:
                seen.add(result.external_id)
        yield line, result


# -- rows --------------------------------------------------------------------------------


def _encoding(body):
    """A byte order mark wins, then UTF-8 if the bytes are UTF-8, at last Windows-1252."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return encoding
    if body.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ConnectorError("workbook")
    sample = body[:4000]
    for encoding, odd in (("utf-16-le", 1), ("utf-16-be", 0)):
        # Most characters of any western text have a NUL in UTF-16, and all on the same side.
        if len(sample) > 3 and sample[odd::2].count(0) > 0.4 * len(sample) / 2:
            return encoding if not sample[1 - odd :: 2].count(0) else _binary()
    if sample.count(0) > 1 or len(re.findall(rb"[\x01-\x08\x0e-\x1f]", sample)) > 8:
        _binary()
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _binary():
    raise ConnectorError("binary")


def _lines(body, encoding):
    """The file line by line, decoded as it goes; line ends stay, as the csv module wants it."""
    return io.TextIOWrapper(io.BytesIO(body), encoding, errors="replace", newline="")


def _header(text):
    """`(delimiter, columns)`: the delimiter that gives the most columns known by name."""
    found = []
    for delimiter in ",;\t|":
        try:
            row = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except (csv.Error, StopIteration):
            continue
        columns = [" ".join(clean.plain_text(name).split()) for name in row]
        found.append(((len(guess(columns)), len(columns)), delimiter, columns))
    if not found:
        _binary()
    _rank, delimiter, columns = max(found, key=lambda each: each[0])
    return delimiter, tuple(_distinct(columns))


def _distinct(columns):
    """Columns without a name, or with one that is taken, are called after their number."""
    taken = set()
    for number, column in enumerate(columns, 1):
        name = clean.shortened(column, MAX_NAME)
        if not name or name in taken:
            name = f"{name} ({number})".strip()
        taken.add(name)
        yield name


def _csv_rows(file):
    rows = csv.reader(_lines(file.body, file.encoding), delimiter=file.delimiter, strict=True)
    line, is_header = 1, True
    while True:
        try:
            values = next(rows)
        except StopIteration:
            return
        except csv.Error:
            values = None  # a quotation mark that is never closed, a field without end
        if not is_header and (values is None or any(map(str.strip, values))):
            yield line, _csv_row(values, file.columns)
        # Blank lines before the first row are no header.
        is_header = is_header and values is not None and not any(map(str.strip, values))
        line = rows.line_num + 1


def _csv_row(values, columns):
    if values is None:
        return Rejected("unreadable")
    if any(map(str.strip, values[len(columns) :])):
        return Rejected("columns")
    return dict(zip(columns, values, strict=False))


def _keys(text):
    """All keys of the first objects, in the order of their first use, that can be shown."""
    keys = {}
    for line in text.split("\n"):
        row = _json_row(line)
        if isinstance(row, dict):
            keys.update(dict.fromkeys(key for key in row if _is_column(key, row[key])))
    return tuple(keys)


def _is_column(key, value):
    fits = 0 < len(key) <= MAX_NAME and clean.plain_text(key) == key
    return fits and isinstance(value, str | int | float | None)


def _json_rows(file):
    for number, line in enumerate(_lines(file.body, file.encoding), 1):
        if line.strip("\ufeff \t\r\n"):
            yield number, _json_row(line)


def _json_row(line):
    try:
        row = json.loads(line.strip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return Rejected("unreadable")
    return row if isinstance(row, dict) else Rejected("unreadable")


# -- posts -------------------------------------------------------------------------------


def _post(row, reading):
    """The `Post` of a row, or why it is none."""
    values = dict.fromkeys(NAMES, "")
    for column, meaning in reading.columns.items():
        value = row.get(column)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            values[meaning] = str(value).strip()
    if any("\0" in value for value in values.values()):
        return Rejected("nul")
    visibility = _visibility(values["visibility"], reading)
    text = clean.shortened(clean.plain_text(values["text"]), MAX_TEXT)
    if not text:
        return Rejected("no_text")
    if _ROUNDED.fullmatch(values["id"]):
        return Rejected("bad_id")
    published = _moment(values["published"], reading)
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
    value = _bare(value)
    return "public" if value in _PUBLIC else value if value in _VISIBILITIES else "private"


def _author(name):
    return clean.shortened(" ".join(clean.plain_text(name).split()).lstrip("@"), MAX_NAME)


def _external_id(key, url, content):
    """The row's id, else its address, else a digest: the same in every file that holds it."""
    key = clean.plain_text(key) or url or f"sha256:{_digest(content)}"
    return key if len(key) <= MAX_ID else f"sha256:{_digest(key)}"


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def _moment(text, reading):
    """Aware UTC, or a `Rejected`. A time that lies ahead by a clock's error is cut to now."""
    if not text:
        return Rejected("no_date")
    now = reading.now or datetime.now(timezone.utc)
    try:
        moment = _parsed(text, reading.day_first)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=reading.zone)
        moment = clean.utc(moment)
    except (ValueError, OverflowError, TypeError, OSError):
        moment = None
    if moment is None:
        return Rejected("bad_date")
    return min(moment, now) if moment <= now + CLOCKS_DIFFER else Rejected("future_date")


def _parsed(text, day_first):
    if re.fullmatch(r"\d{10}(\d{3})?", text):  # Unix time in seconds or milliseconds
        return datetime.fromtimestamp(int(text[:10]), timezone.utc)
    if _ISO.fullmatch(text):
        return datetime.fromisoformat(text.removesuffix(" UTC"))
    for form in _forms(text, day_first):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return parsedate_to_datetime(text)


def _forms(text, day_first):
    if "/" in text[:5] and not text[:4].isdecimal():
        dates = _SLASHES[day_first]
    else:
        dates = _FORMATS
    yield from (date + time for date in dates for time in _TIMES)
    yield _TWITTER


def _bare(name):
    """A name as it is compared: letters and digits, without case and accents."""
    name = re.sub(r"[\W_]+", "", clean.plain_text(name).lower())
    return name.translate(str.maketrans("äöüéèáàß", "aoueeaas"))
