"""Files with old consents: what of a line is taken, what is refused, and in which line (rule 9)."""

import codecs
from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from odoo.addons.social_consent_monitoring.connectors import ConnectorError
from odoo.addons.social_consent_monitoring.old_consents import (
    OldConsent,
    Reading,
    examine,
    guess,
    is_yes,
    read,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
HEADER = "Email;Given;Purpose;Channel;Text;Status;Source;Proof\n"
GOOD = "ada@example.com;2025-05-03;Newsletter;email;I want your newsletter.;subscribed;Form;No. 7\n"


def look(body, **values):
    file = examine(body.encode() if isinstance(body, str) else body)
    return list(read(file, Reading(guess(file.columns), **{"now": NOW, **values})))


def reason(row, header=HEADER, **values):
    [(_line, result)] = look(header + row, **values)
    return getattr(result, "reason", None)


def test_a_line_says_who_to_what_in_which_words_and_when():
    assert look(HEADER + GOOD) == [
        (
            2,
            OldConsent(
                "email",
                "ada@example.com",
                "Newsletter",
                "email",
                "I want your newsletter.",
                datetime(2025, 5, 3, tzinfo=timezone.utc),
                "Form",
                "No. 7",
            ),
        )
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (("ada@example.com", ""), "no_address"),
        (("ada@example.com", "ada at example"), "bad_address"),
        (("ada@example.com", "ada@"), "bad_address"),
        (("2025-05-03", ""), "no_date"),
        (("2025-05-03", "last spring"), "bad_date"),
        (("2025-05-03", "2026-06-02"), "future_date"),
        (("2025-05-03", "1970-01-01"), "bad_date"),
        ((";Newsletter;", ";;"), "no_purpose"),
        (("I want your newsletter.", " "), "no_text"),
        (("subscribed", "unsubscribed"), "not_yes"),
        (("subscribed", "pending"), "not_yes"),
        (("subscribed", ""), "not_yes"),
        (("Form", '=HYPERLINK("http://evil.example")'), "formula"),
        (("Form", "@SUM(1)"), "formula"),
        (("Form", "+cmd|' /C calc'!A0"), "formula"),
        (("Form", "-2+3+cmd"), "formula"),
        (("ada@example.com", "=ada@example.com"), "formula"),
        (("No. 7", "No.\0 7"), "nul"),
        (("No. 7", "No. 7;more"), "columns"),
        (("Form", '"Form'), "unreadable"),
    ],
)
def test_a_line_that_says_too_little_or_what_cannot_be_is_refused(changes, expected):
    assert reason(GOOD.replace(*changes, 1)) == expected


@pytest.mark.parametrize("value", ["-5", "+49 170 1234567", "- by phone", "2 + 2"])
def test_a_number_is_no_formula(value):
    assert reason(GOOD.replace("Form", value)) is None


def test_bytes_that_are_no_letters_are_refused_in_their_line_alone():
    body = (HEADER + GOOD).encode("cp1252") + GOOD.replace("ada", "b").encode("cp1252").replace(
        b"Form", b"F\x81rm"
    )
    assert [getattr(result, "reason", None) for _line, result in look(body)] == [None, "encoding"]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("cp1252", b""),
    ],
)
def test_umlauts_come_through_in_every_encoding(encoding, mark):
    body = mark + (HEADER + GOOD.replace("Form", "Größe")).encode(encoding)
    [(_line, result)] = look(body)
    assert result.source == "Größe"


def test_the_same_line_twice_is_one_and_another_day_is_another():
    other = GOOD.replace("2025-05-03", "2025-05-04")
    results = look(HEADER + GOOD + GOOD.replace("ada@", "ADA@") + other)
    assert [getattr(result, "reason", None) for _line, result in results] == [
        None,
        "duplicate",
        None,
    ]


def test_a_file_without_a_column_for_the_day_gives_nothing():
    assert reason("ada@example.com;News\n", "Email;Purpose\n") == "no_date"


def test_what_no_column_says_a_person_says_for_all_lines():
    [(_line, result)] = look("Email;Given\nada@example.com;2025-05-03\n")
    assert result.term == ("", "", "")


def test_days_are_read_in_the_zone_and_order_that_was_chosen():
    row = "Email;Given\nada@example.com;03/05/2025 10:00\n"
    [(_line, result)] = look(row, zone=ZoneInfo("Europe/Berlin"), day_first=True)
    assert result.given_at == datetime(2025, 5, 3, 8, tzinfo=timezone.utc)


def test_a_blacklist_needs_no_day_and_no_text():
    [(_line, result)] = look("Email;Given\nada@example.com;2099-01-01\n", objections=True)
    assert (result.who, result.given_at) == ("ada@example.com", None)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            ("Email Address", "First Name", "OPTIN_TIME", "Source"),
            {"Email Address": "email", "OPTIN_TIME": "given", "Source": "source"},
        ),
        (
            ("EMAIL", "SMS", "ADDED_TIME"),
            {"EMAIL": "email", "SMS": "phone", "ADDED_TIME": "given"},
        ),
        (
            ("E-Mail-Adresse", "Einwilligungstext", "Bestätigt am", "Verteiler"),
            {
                "E-Mail-Adresse": "email",
                "Einwilligungstext": "text",
                "Bestätigt am": "given",
                "Verteiler": "purpose",
            },
        ),
    ],
)
def test_columns_of_other_tools_are_known_by_their_names(columns, expected):
    assert guess(columns) == expected


@pytest.mark.parametrize("word", ["yes", "TRUE", "1", "Subscribed", "ja", "Bestätigt"])
def test_words_for_yes(word):
    assert is_yes(word)


@pytest.mark.parametrize("word", ["", "no", "0", "cleaned", "pending", "maybe", "not subscribed"])
def test_all_else_is_no_yes(word):
    assert not is_yes(word)


@pytest.mark.parametrize(
    "body", [b"", b"PK\x03\x04rest", b"[{}]", b"\x89PNG\r\n\x1a\n" + bytes(99)]
)
def test_what_is_no_table_is_refused_whole(body):
    with pytest.raises(ConnectorError):
        examine(body)
