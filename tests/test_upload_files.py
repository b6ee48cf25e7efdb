"""Files with posts, as people export them: what is read, what is refused, and in which line."""

import codecs
import json
import random
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.social_consent_monitoring.connectors import (
    ConnectorError,
    Post,
    Query,
    fetch,
    upload,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)
HEADER = "id,url,author,text,published,language,visibility"
ROW = '7,https://a.example/7,@Ada,"Where, please, is it?",2026-05-01T12:00:00Z,de-AT,Public'


def read(body, columns=None, **values):
    body = body.encode() if isinstance(body, str) else body
    file = upload.examine(body)
    reading = {"columns": columns or upload.guess(file.columns), "now": NOW, **values}
    return list(upload.read(file, upload.Reading(**reading)))


def only(body, **values):
    [(_line, post)] = read(body, **values)
    return post


def reasons(body, **values):
    return [(line, getattr(row, "reason", "")) for line, row in read(body, **values)]


def failure(body):
    with pytest.raises(ConnectorError) as caught:
        read(body)
    return caught.value


def dated(text, **values):
    """What becomes of a date as an export writes it."""
    return only(f"text;date\nHello;{text}", all_public=True, **values)


def test_a_row_becomes_a_post():
    assert only(f"{HEADER}\n{ROW}") == Post(
        external_id="7",
        url="https://a.example/7",
        author="Ada",
        text="Where, please, is it?",
        published_at=datetime(2026, 5, 1, 12, tzinfo=timezone.utc),
        language="de",
    )


def test_a_line_of_json_becomes_the_same_post():
    values = ["7", "https://a.example/7", "Ada", "Where, please, is it?", "2026-05-01T12:00:00Z"]
    row = dict(zip(HEADER.split(","), [*values, "de-AT", "public"], strict=True))
    assert only(json.dumps(row)) == only(f"{HEADER}\n{ROW}")
    assert only(json.dumps({**row, "id": 7, "more": {"likes": [1]}})) == only(f"{HEADER}\n{ROW}")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("cp1252", b""),
    ],
)
def test_programs_write_csv_in_their_own_way(delimiter, ends, encoding, mark):
    lines = (
        ("Autor", "Text", "Datum"),
        ("Jörg", '"Grüße; an, alle|\tvon ""uns"" € ß"', "01.05.2026 14:00"),
    )
    body = ends.join(delimiter.join(line) for line in lines)
    post = only(mark + body.encode(encoding), all_public=True, zone=ZoneInfo("Europe/Berlin"))
    assert (post.author, post.text) == ("Jörg", 'Grüße; an, alle| von "uns" € ß')
    assert post.published_at == datetime(2026, 5, 1, 12, tzinfo=timezone.utc)


def test_columns_are_recognised_and_can_be_corrected():
    assert upload.guess(("Tweet ID", "Full-Text", "Created_At", "Veröffentlicht", "Likes")) == {
        "Tweet ID": "id",
        "Full-Text": "text",
        "Created_At": "published",
    }
    body = "a,b,c\n2026-05-01,Hello,x"
    assert reasons(body) == [(2, "no_text")]
    post = only(body, columns={"a": "published", "b": "text"}, all_public=True)
    assert (post.text, post.author) == ("Hello", "")


def test_columns_without_a_name_or_with_the_same_one_are_told_apart():
    assert upload.examine(b"text,,text\n1,2,3").columns == ("text", "(2)", "text (3)")


def test_a_formula_is_text_like_any_other():
    assert (
        only("text,date\n\"=cmd|'/c calc'!A1\",2026-05-01", all_public=True).text
        == "=cmd|'/c calc'!A1"
    )


# Which posts are public (rule 15)


@pytest.mark.parametrize(
    ("value", "visibility"),
    [
        ("public", "public"),
        (" Öffentlich ", "public"),
        ("unlisted", "unlisted"),
        ("direct", "direct"),
        ("followers", "private"),
        ("Freunde", "private"),
        ("", "private"),
        ("publicity", "private"),
    ],
)
@pytest.mark.parametrize("all_public", [True, False])
def test_r15_what_a_row_says_counts_and_nothing_said_is_not_public(value, visibility, all_public):
    post = only(f"text,date,visibility\nHello,2026-05-01,{value}", all_public=all_public)
    assert post.visibility == visibility
    assert post.text == ("Hello" if visibility == "public" else "")


def test_r15_without_that_column_somebody_must_vouch_for_it():
    body = "text,date\nHello,2026-05-01"
    assert only(body).visibility == "private"
    assert only(body, all_public=True).visibility == "public"


# The same post has the same id


def test_a_post_has_its_id_else_its_address_else_a_digest():
    columns = "id,url,author,text,date\n"
    assert only(f"{columns}7,https://a.example/7,Ada,Hello,2026-05-01").external_id == "7"
    by_url = only(f"{columns},https://a.example/7,Ada,Hello,2026-05-01").external_id
    assert by_url == "https://a.example/7"
    digests = {
        only(f"{columns},,{row}").external_id
        for row in ("Ada,Hello,2026-05-01", "Ada,Hello,2026-05-01", "Bob,Hello,2026-05-01")
    }
    assert len(digests) == 2
    assert all(digest.startswith("sha256:") for digest in digests)


def test_a_long_id_is_digested_and_not_cut():
    rows = (f"{'7' * upload.MAX_ID}{end},Ada,Hello,2026-05-01" for end in "12")
    ids = {only(f"id,author,text,date\n{row}").external_id for row in rows}
    assert len(ids) == 2
    assert all(each.startswith("sha256:") for each in ids)


def test_a_digest_is_the_same_from_another_format_and_zone():
    one = only("text;date\nHello;01.05.2026 14:00", zone=ZoneInfo("Europe/Berlin"), all_public=True)
    other = only('{"text": "Hello", "date": "2026-05-01T12:00:00Z"}', all_public=True)
    assert one.external_id == other.external_id


def test_the_same_post_twice_in_a_file_is_one():
    assert reasons(f"{HEADER}\n{ROW}\n{ROW}") == [(2, ""), (3, "duplicate")]


def test_numbers_that_a_spreadsheet_rounded_are_no_ids():
    rows = "\n".join(
        f"{n},Hello,2026-05-01" for n in ("1.79E+18", "1,79E+18".replace(",", "."), "17")
    )
    assert reasons(f"id,text,date\n{rows}") == [(2, "bad_id"), (3, "bad_id"), (4, "")]


# Dates


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-02T12:00:00Z",
        "2026-05-02 12:00:00",
        "2026-05-02 12:00:00 UTC",
        "2026-05-02T14:00:00.000+02:00",
        "02.05.2026 12:00",
        "2.5.2026 12:00:00",
        "2026/05/02 12:00",
        "Sat, 02 May 2026 14:00:00 +0200",
        "Sat May 02 12:00:00 +0000 2026",
        "May 2, 2026 12:00 PM",
        "1777723200",
        "1777723200000",
    ],
)
def test_usual_ways_to_write_a_date_are_read(text):
    assert dated(text).published_at == datetime(2026, 5, 2, 12, tzinfo=timezone.utc)


def test_the_user_says_whether_the_day_comes_first():
    assert dated("02/05/2026", day_first=True).published_at.month == 5
    assert dated("02/05/2026").published_at.month == 2
    assert dated("13/05/2026").reason == "bad_date"


def test_times_without_a_zone_are_taken_in_the_users():
    berlin = ZoneInfo("Europe/Berlin")
    assert dated("2026-05-02 14:00", zone=berlin).published_at.hour == 12
    assert dated("2026-05-02 14:00Z", zone=berlin).published_at.hour == 14
    assert dated("2026-01-02 14:00", zone=berlin).published_at.hour == 13


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no_date"),
        ("soon", "bad_date"),
        ("31.02.2026", "bad_date"),
        ("2026", "bad_date"),
        ("0001-01-01", "bad_date"),
        ("9999-12-31T23:59:59-14:00", "bad_date"),
        ("2026-06-01T12:06:00Z", "future_date"),
        ("9999999999", "future_date"),
    ],
)
def test_a_date_that_cannot_be_is_refused(text, reason):
    assert dated(text).reason == reason


def test_a_clock_that_is_a_little_fast_is_forgiven():
    assert dated("2026-06-01T12:04:00Z").published_at == NOW


# What is broken is said by line


def test_lines_are_counted_as_an_editor_counts_them():
    body = 'text,date\n\n"two\nlines",2026-05-01\nHello,never\n,2026-05-01\na,2026-05-01,c\nb,2026-05-01'
    assert reasons(body) == [(3, ""), (5, "bad_date"), (6, "no_text"), (7, "columns"), (8, "")]


def test_a_quotation_mark_that_is_never_closed_is_one_broken_line():
    assert reasons('text,date\nHello,2026-05-01\n"Hello,2026-05-01\n')[1] == (3, "unreadable")
    assert reasons('text,date\n"a" b,2026-05-01\nHello,2026-05-01') == [(2, "unreadable"), (3, "")]
    endless = 'text,date\n"' + "x" * 200_000 + "\nHello,2026-05-01\n"
    assert reasons(endless)[0] == (2, "unreadable")


def test_broken_lines_of_json_do_not_stop_the_others():
    good = '{"text": "Hello", "date": "2026-05-01"}'
    broken = (
        "{",
        "[]",
        '"text"',
        "null",
        "[" * 100_000,
        '{"text": "a", "date": ' + "9" * 5000 + "}",
    )
    found = reasons("\n".join((good, *broken, "", good.replace("Hello", "Bye"))), all_public=True)
    assert [reason for _line, reason in found] == ["", *["unreadable"] * 6, ""]
    assert found[-1][0] == 9


def test_values_that_are_no_text_count_as_missing():
    for value in ("{}", "[1]", "true", "null"):
        assert only(f'{{"text": {value}, "date": "2026-05-01"}}').reason == "no_text"


def test_a_nul_is_said_and_not_stored():
    good = "Hello,2026-05-01\n" * 400
    found = reasons(f"text,date\n{good}He\0llo,2026-05-01\n", all_public=True)
    assert found[-1] == (402, "nul")
    assert only('{"text": "a\\u0000b", "date": "2026-05-01"}').reason == "nul"


def test_what_could_mislead_or_break_is_taken_out_of_a_text():
    assert (
        only('{"text": "a\\u202eb\\ud800c 🦊\\u0007", "date": "2026-05-01"}', all_public=True).text
        == "abc 🦊"
    )


# Files that are none


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "empty"),
        (b"\xff\xfe", "empty"),
        (b"PK\x03\x04" + bytes(100), "workbook"),
        (b"\xd0\xcf\x11\xe0" + bytes(100), "workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "binary"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 10, "binary"),
        (random.Random(1).randbytes(5000), "binary"),
        (bytes(5000), "binary"),
        (b'[{"text": "Hello"}]', "json_array"),
        (b"x" * 200_000_000, "too_large"),
    ],
)
def test_a_file_that_holds_no_posts_is_refused_with_its_reason(body, code):
    started = time.monotonic()
    assert failure(body).code == code
    assert time.monotonic() - started < 2


def test_more_rows_than_are_good_are_refused():
    file = upload.examine(b"text,date\n" + b"Hello,2026-05-01\n" * 11)
    reading = upload.Reading(upload.guess(file.columns))
    with pytest.raises(ConnectorError) as caught:
        list(upload.read(file, reading, max_rows=10))
    assert dict(caught.value.detail) == {"host": "", "limit": 10, "unit": "items"}


def test_a_file_without_a_row_holds_no_posts():
    assert read(HEADER) == []


def test_such_a_source_reads_nothing_from_anywhere():
    page = fetch("upload", Query(""), "kept")
    assert (page.posts, page.cursor, page.more) == ((), "kept", False)


@given(
    st.binary(max_size=400)
    | st.text(max_size=200).map(lambda text: ("text,date\n" + text).encode("utf-8", "replace"))
)
def test_no_file_makes_it_crash(body):
    try:
        file = upload.examine(body)
    except ConnectorError:
        return
    columns = upload.guess(file.columns) or dict(zip(file.columns, upload.NAMES, strict=False))
    for line, row in upload.read(file, upload.Reading(columns, now=NOW, all_public=True)):
        assert line > 0
        if isinstance(row, Post):
            assert row.text
            assert "\0" not in f"{row}"
            assert row.published_at <= NOW + timedelta(seconds=1)
            json.dumps(row.text).encode()
            row.text.encode()


def test_a_hundred_thousand_rows_are_read_in_seconds():
    rows = "".join(
        f"{n},@a{n % 999},Where is my parcel {n}?,2026-05-01 12:00:00,public\n"
        for n in range(100_000)
    )
    started = time.monotonic()
    found = read(f"id,author,text,published,visibility\n{rows}")
    assert sum(isinstance(post, Post) for _line, post in found) == 100_000
    assert time.monotonic() - started < 30
