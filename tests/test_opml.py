"""Feed lists: nobody vouches for them, and what goes out comes in again."""

import time

import pytest

from odoo.addons.social_consent_monitoring.connectors import ConnectorError, opml


def outlines(*lines):
    return f"<opml version='2.0'><body>{''.join(lines)}</body></opml>".encode()


def feed(address, title="A blog"):
    return f"<outline text='{title}' type='rss' xmlUrl='{address}'/>"


def failure(body, **limits):
    with pytest.raises(ConnectorError) as caught:
        opml.parse(body, **limits)
    return caught.value


def test_feeds_come_with_their_title_and_folders():
    inner = f"<outline text='Trade'>{feed('https://a.example/rss')}</outline>"
    first, second = opml.parse(
        outlines(f"<outline text='News'>{inner}</outline>", feed("https://b.example/rss"))
    )
    assert (first.title, first.address, first.folders) == (
        "A blog",
        "https://a.example/rss",
        ("News", "Trade"),
    )
    assert second.folders == ()
    assert not first.problem + second.problem


def test_a_list_that_was_written_reads_the_same():
    feeds = (
        opml.Feed(
            "Nordlicht & <Söhne> 🦊", "https://a.example/rss?key=1&tag=%C3%A4", ("Blogs", "De")
        ),
        opml.Feed("Other", "http://b.example:8080/atom.xml", ("Blogs",)),
        opml.Feed("No folder", "https://c.example/"),
    )
    assert opml.parse(opml.write("Sources", feeds)) == feeds


def test_what_xml_forbids_in_a_title_does_not_stop_the_writing():
    written = opml.write(
        "A\x00", [opml.Feed("B\x01\ud800\u202eC", "https://a.example/", ("\x02D",))]
    )
    assert opml.parse(written) == (opml.Feed("BC", "https://a.example/", ("D",)),)


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("https://user:secret@a.example/rss", "credentials"),
        ("https://user@a.example/rss", "credentials"),
        ("ftp://a.example/rss", "address"),
        ("file:///etc/passwd", "address"),
        ("javascript:alert(1)", "address"),
        ("feeds/rss", "address"),
        ("", "address"),
        ("https://", "address"),
        ("https://a b.example/", "address"),
        ("http://[::1/", "address"),
        ("https://a.example:99999/", "address"),
        ("https://a.example/" + "x" * 3000, "address"),
    ],
)
def test_r15_an_address_that_cannot_be_used_says_why(address, problem):
    [found] = opml.parse(outlines(feed(address)))
    assert found.problem == problem


def test_no_address_shows_in_a_text_about_it():
    [found] = opml.parse(outlines(feed("https://a.example/rss?key=secret")))
    assert "secret" not in repr(found)


def test_the_same_feed_twice_is_used_once():
    addresses = (
        "https://a.example/rss",
        "http://A.EXAMPLE:80/rss",
        "https://a.example:443/rss#new",
        "https://a.example/rss?tag=1",
        "https://a.example/",
        "https://a.example",
    )
    found = opml.parse(outlines(*map(feed, addresses)))
    assert [each.problem for each in found] == ["", "duplicate", "duplicate", "", "", "duplicate"]


def test_a_broken_entry_hides_no_good_one():
    bad, good = opml.parse(
        outlines(feed("https://x:y@a.example/rss"), feed("https://a.example/rss"))
    )
    assert (bad.problem, good.problem) == ("credentials", "")


def test_a_feed_without_a_title_is_called_after_its_host():
    [found] = opml.parse(outlines("<outline xmlUrl='https://a.example/rss'/>"))
    assert found.title == "a.example"


def test_its_title_counts_more_than_what_a_reader_shows_for_it():
    line = "<outline text='(3) A blog' title='A blog' xmlUrl='https://a.example/rss'/>"
    [found] = opml.parse(outlines(line))
    assert found.title == "A blog"


def test_names_of_attributes_may_be_written_otherwise():
    body = b"<o:OPML xmlns:o='urn:x'><body><Outline TITLE='T' XMLURL=' https://a.example/ '/></body></o:OPML>"
    [found] = opml.parse(body)
    assert (found.title, found.address) == ("T", "https://a.example/")


def test_a_list_that_is_included_is_not_fetched():
    assert opml.parse(outlines("<outline type='include' url='http://127.0.0.1:1/x.opml'/>")) == ()


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
@pytest.mark.parametrize("declared", ["", "utf-8", "iso-8859-1", "nonsense"])
def test_real_and_declared_encoding_may_differ(encoding, declared):
    head = f'<?xml version="1.0" encoding="{declared}"?>\n' if declared else ""
    body = head + outlines(feed("https://a.example/rss", "Grüße")).decode()
    [found] = opml.parse(body.encode(encoding))
    assert found.title == "Grüße"


BOMB = '<!DOCTYPE opml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
FILE = '<!DOCTYPE opml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("document_type", [BOMB, FILE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-be"])
def test_entities_are_refused_before_they_are_parsed(document_type, encoding):
    body = document_type + outlines(feed("https://a.example/rss", "&b;")).decode()
    assert failure(body.encode(encoding)).code == "entities"


def test_a_document_type_elsewhere_is_never_fetched():
    head = b'<!DOCTYPE opml SYSTEM "http://127.0.0.1:1/opml.dtd">'
    [found] = opml.parse(head + outlines(feed("https://a.example/rss")))
    assert found.address == "https://a.example/rss"


@pytest.mark.parametrize(
    ("body", "code", "detail"),
    [
        (b"", "empty", {}),
        (b" \n ", "empty", {}),
        (b"<html><body>Not found</body></html>", "not_opml", {}),
        (b"<rss><channel/></rss>", "not_opml", {}),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "not_opml", {}),
        (b"title,url\nA,https://a.example", "not_opml", {}),
        (b"<opml>\n<body>\n<outline text='a & b'/></body></opml>", "malformed", {"line": 3}),
        (b"<opml>\n<body>\n<outline text='a'>", "malformed", {"line": 3}),
        (b"<!-- A\nlist -->\n<opml><body>\n<a", "malformed", {"line": 4}),
        (b"<?xml version='1.0'?>\n<opml><body>\n<a", "malformed", {"line": 3}),
        (b"\n<?xml\nversion='1.0'?>\n\n<opml><body>\n<a", "malformed", {"line": 6}),
        (b"<?xml version='1.0'?>\n", "empty", {}),
        (outlines(feed("https://a.example/", "&nbsp;")), "malformed", {"line": 1}),
        (b"<opml><body>" + b"<outline text='a'>" * 9999, "malformed", {"line": 1}),
    ],
)
def test_a_file_that_is_no_list_gives_one_error_with_its_reason(body, code, detail):
    error = failure(body)
    assert error.code == code
    assert dict(error.detail) == detail


def test_lists_are_limited_in_size_and_number():
    body = outlines(*(feed(f"https://a.example/{number}") for number in range(11)))
    assert len(opml.parse(body, max_feeds=11)) == 11
    assert failure(body, max_feeds=10).detail["unit"] == "items"
    assert failure(body, max_bytes=100).detail["unit"] == "bytes"


def test_a_long_list_takes_no_time():
    started = time.monotonic()
    found = opml.parse(outlines(*(feed(f"https://a.example/{n}") for n in range(opml.MAX_FEEDS))))
    assert len(found) == opml.MAX_FEEDS
    assert time.monotonic() - started < 5
