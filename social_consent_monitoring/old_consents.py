"""Consents, or objections, that were recorded elsewhere: what a line of a file says, in plain Python.

A line is one person's consent to one thing. It is taken only where it says who, to what, in which
words and when; all else is passed on as `Rejected`, with the reason and without the content.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo

from .connectors import Rejected, clean, table

MAX_TEXT = 20_000  # characters of what somebody agreed to
MAX_SHORT = 300

# What a column can hold, and how other tools' exports call it (letters and digits, lower case).
NAMES = {
    "email": ("email", "emailaddress", "mail", "mailaddress", "subscriber", "emailadresse",
              "mailadresse", "contactemail"),
    "phone": ("phone", "phonenumber", "mobile", "mobilephone", "sms", "number", "whatsapp",
              "telefon", "telefonnummer", "handy", "mobil", "mobilnummer"),
    "purpose": ("purpose", "consentpurpose", "list", "listname", "audience", "newsletter",
                "activity", "topic", "zweck", "verteiler", "liste"),
    "channel": ("channel", "kanal"),
    "text": ("text", "consenttext", "consent", "wording", "notice", "legaltext", "permission",
             "einwilligung", "einwilligungstext", "wortlaut"),
    "given": ("given", "givenat", "givenon", "consentdate", "consentedat", "consenttime",
              "confirmtime", "confirmedat", "confirmed", "optintime", "optindate", "optedinat",
              "doubleoptindate", "subscribedat", "subscriptiondate", "activated", "addedtime",
              "dateadded", "date", "datetime", "timestamp", "datum", "zeitpunkt", "anmeldedatum",
              "bestatigt", "bestatigtam", "eingewilligtam"),
    "answer": ("answer", "status", "state", "subscribed", "optin", "accepted", "optedin",
               "subscriptionstatus", "emailpermissionstatus", "antwort", "zustimmung"),
    "source": ("source", "optinsource", "signupsource", "origin", "form", "quelle", "herkunft",
               "formular"),
    "proof": ("proof", "evidence", "reference", "document", "nachweis", "beleg", "aktenzeichen"),
}  # fmt: skip
ADDRESSES = ("email", "phone")
# All else that a column of answers says is no yes: unsubscribed, cleaned, pending, "".
_YES = {"yes", "y", "true", "1", "x", "given", "subscribed", "active", "confirmed", "optin",
        "optedin", "doubleoptin", "accepted", "granted", "ja", "wahr", "aktiv", "bestatigt",
        "abonniert", "angemeldet", "erteilt"}  # fmt: skip
# A spreadsheet takes these for formulas; numbers and phone numbers are none.
_FORMULA = re.compile(r"[=@]|[+-](?=[A-Za-z(]|\d+[^\d\s.,:/-])")
_ADDRESS_FORMULA = re.compile(r"[=@]")


@dataclass(frozen=True)
class OldConsent:
    """One line that may be used. `kind` is a key of `ADDRESSES`, or the model whose id `who` is.

    `purpose`, `channel` and `text` stand as the file has them: what they mean, a person says once
    for all lines that say the same. `given_at` is aware UTC, None for an objection without a day.
    """

    kind: str
    who: str
    purpose: str = ""
    channel: str = ""
    text: str = ""
    given_at: datetime | None = None
    source: str = ""
    proof: str = ""

    @property
    def term(self):
        """What the person agreed to, as the file says it."""
        return self.purpose, self.channel, self.text


@dataclass(frozen=True)
class Reading:
    """How to read a file.

    `columns`     `{name in the file: what it holds}`, the latter a key of `NAMES`
    `zone`        of times that name none
    `day_first`   whether 01/02/2026 is the first of February
    `objections`  the lines are a blacklist: who stands there said no
    `now`         the time of reading
    """

    columns: dict[str, str]
    zone: tzinfo = timezone.utc
    day_first: bool = False
    objections: bool = False
    now: datetime | None = None


def examine(body, max_bytes=table.MAX_BYTES):
    """Find out what a file is; see `table.examine`."""
    return table.examine(body, NAMES, max_bytes)


def guess(columns):
    """`{name: what it holds}` for columns whose names say it, each meaning once."""
    return table.guess(columns, NAMES)


def read(file, reading, max_rows=table.MAX_ROWS):
    """Yield `(line, OldConsent or Rejected)` for each row of the file.

    Reasons of `Rejected` beside those of `table`: `nul`, `encoding` (bytes that are no
    letters), `formula`, `no_address`, `bad_address`,
    `not_yes` (the line says that the person did not agree), `no_purpose`, `no_text`, `duplicate`
    (the same line twice).

    Raises `ConnectorError("too_large")` beyond `max_rows`.
    """
    seen = set()
    for line, row in table.rows(file, max_rows):
        result = row if isinstance(row, Rejected) else _understand(row, reading)
        if isinstance(result, OldConsent):
            place = (result.kind, result.who.lower(), result.term, result.given_at)
            if place in seen:
                result = Rejected("duplicate")
            seen.add(place)
        yield line, result


def is_yes(answer):
    """Tell whether an export says with this word that somebody agreed."""
    return table.bare(answer) in _YES


def _understand(row, reading):
    values = table.take(row, reading.columns, NAMES)
    if any("\0" in value for value in values.values()):
        return Rejected("nul")
    if any("\ufffd" in value for value in values.values()):
        return Rejected("encoding")
    if any(_is_formula(name, value) for name, value in values.items()):
        return Rejected("formula")
    kind = next((each for each in ADDRESSES if values[each]), None)
    if kind is None:
        return Rejected("no_address")
    who = _address(kind, values[kind])
    if who is None:
        return Rejected("bad_address")
    short = {name: _short(values[name]) for name in ("source", "proof")}
    if reading.objections:
        # A no counts without a day, and whatever day the file names: it is heard from now on.
        return OldConsent(kind, who, **short)
    return _consent(kind, who, values, reading, short)


def _consent(kind, who, values, reading, short):
    used = set(reading.columns.values())
    if "answer" in used and not is_yes(values["answer"]):
        return Rejected("not_yes")
    for name in ("purpose", "text"):
        # Where no column says it, a person says it for all lines.
        if name in used and not clean.plain_text(values[name]):
            return Rejected(f"no_{name}")
    given_at = table.moment(values["given"], reading.zone, reading.day_first, reading.now)
    if isinstance(given_at, Rejected):
        return given_at
    return OldConsent(
        kind,
        who,
        _short(values["purpose"]),
        _short(values["channel"]),
        clean.shortened(clean.plain_text(values["text"]), MAX_TEXT),
        given_at,
        **short,
    )


def _is_formula(name, value):
    pattern = _ADDRESS_FORMULA if name == "phone" else _FORMULA
    return bool(pattern.match(value.lstrip()))


def _address(kind, value):
    """The address or number as the file has it, or None where it cannot be one."""
    if kind == "email":
        name, at, domain = value.rpartition("@")
        return value if at and name and "." in domain and len(value) <= MAX_SHORT else None
    digits = re.sub(r"\D", "", value)
    return value if 5 <= len(digits) <= 20 and len(value) <= 40 else None


def _short(value):
    return clean.shortened(" ".join(clean.plain_text(value).split()), MAX_SHORT)
