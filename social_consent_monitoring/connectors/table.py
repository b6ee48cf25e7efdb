"""A table that somebody uploads, CSV or JSON Lines, whatever its rows are about.

`examine` says what a file is and which columns it has, `rows` yields its rows line by line,
`moment` reads a date as people write it. What the columns can hold, and how they are called, the
caller says: a dict of `{meaning: names}`, the names in letters and digits only, lower case.
"""

import codecs
import csv
import io
import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from itertools import islice

from . import ConnectorError, Rejected, clean, http

MAX_BYTES = 64 * 1000 * 1000
MAX_ROWS = 200_000
MAX_NAME = 200
LOOKED_AT = 50  # lines that tell delimiter and columns
CLOCKS_DIFFER = timedelta(minutes=5)

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


@dataclass(frozen=True)
class File:
    """What `examine` found. `format` is `csv` or `jsonl`; `columns` as the file names them."""

    body: bytes = field(repr=False)
    format: str
    encoding: str
    delimiter: str
    columns: tuple[str, ...]


def examine(body, names, max_bytes=MAX_BYTES):
    """Find out what a file is.

    Raises `ConnectorError`: `empty`, `too_large` (`limit`, `unit`), `binary` (a picture, an
    archive, ...), `workbook` (Excel or OpenDocument), `json_array` (one JSON document instead of
    a line for each row).
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
    delimiter, columns = _header(beginning, names)
    return File(body, "csv", encoding, delimiter, columns)


def guess(columns, names):
    """`{name: what it holds}` for columns whose names say it, each meaning once."""
    meanings = {name: meaning for meaning, own in names.items() for name in own}
    guessed = {}
    for column in columns:
        meaning = meanings.get(bare(column))
        if meaning and meaning not in guessed.values():
            guessed[column] = meaning
    return guessed


def rows(file, max_rows=MAX_ROWS):
    """Yield `(line, {column: value} or Rejected)` for each row of the file.

    Reasons of `Rejected`: `unreadable`, and `columns` (more values than the first line has
    names). Raises `ConnectorError("too_large")` beyond `max_rows`.
    """
    found = _json_rows(file) if file.format == "jsonl" else _csv_rows(file)
    for count, each in enumerate(found):
        if count >= max_rows:
            raise http.too_large("", max_rows, "items")
        yield each


def take(row, columns, meanings):
    """`{meaning: text}` of a row; "" for what it does not say.

    `columns` is `{name in the file: meaning}`.
    """
    values = dict.fromkeys(meanings, "")
    for column, meaning in columns.items():
        value = row.get(column)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            values[meaning] = str(value).strip()
    return values


def moment(text, zone=timezone.utc, day_first=False, now=None):
    """Aware UTC, or a `Rejected`: `no_date`, `bad_date`, `future_date`.

    A time that names no zone is one of `zone`; `day_first` tells whether 01/02/2026 is the first
    of February. A time that lies ahead by a clock's error is cut to now.
    """
    if not text:
        return Rejected("no_date")
    now = now or datetime.now(timezone.utc)
    try:
        parsed = _parsed(text, day_first)
        if parsed.tzinfo is None:
            parsed = parsed.replace(tzinfo=zone)
        parsed = clean.utc(parsed)
    except (ValueError, OverflowError, TypeError, OSError):
        parsed = None
    if parsed is None:
        return Rejected("bad_date")
    return min(parsed, now) if parsed <= now + CLOCKS_DIFFER else Rejected("future_date")


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


def bare(name):
    """A name as it is compared: letters and digits, without case and accents."""
    name = re.sub(r"[\W_]+", "", clean.plain_text(name).lower())
    return name.translate(str.maketrans("äöüéèáàß", "aoueeaas"))


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


def _header(text, names):
    """`(delimiter, columns)`: the delimiter that gives the most columns known by name."""
    found = []
    for delimiter in ",;\t|":
        try:
            row = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except (csv.Error, StopIteration):
            continue
        columns = [" ".join(clean.plain_text(name).split()) for name in row]
        found.append(((len(guess(columns, names)), len(columns)), delimiter, columns))
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
