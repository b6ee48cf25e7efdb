"""What the connectors promise about answers that nobody vouches for."""

import datetime
import gzip
import json
import socket
import ssl
import sys
import time
import tracemalloc
from ipaddress import ip_address

import pytest
import requests

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import clean, http, xml_guard

from counterparts.hostile import ETAG, Hostile, item, rss

UTC = datetime.timezone.utc
ANY = "0.0.0.0"  # noqa: S104 - to be refused, not bound to


@pytest.fixture(scope="module")
def server():
    with Hostile() as hostile:
        yield hostile


def read(server, path, cursor=None, **limits):
    query = connectors.Query(server.url(path), allow_private=True, **limits)
    return connectors.fetch("feed", query, cursor)


def failure(server, path, **limits):
    with pytest.raises(connectors.ConnectorError) as caught:
        read(server, path, **limits)
    return caught.value


def only(page):
    assert len(page.posts) == 1, page
    return page.posts[0]


# One clear error


@pytest.mark.parametrize(
    ("path", "code", "detail"),
    [
        ("/error", "http_status", {"status": 500}),
        ("/nowhere", "http_status", {"status": 404}),
        ("/gone", "gone", {"status": 410}),
        ("/members-only", "login_needed", {"status": 401}),
        ("/forbidden", "login_needed", {"status": 403}),
        ("/html", "not_a_feed", {"found": "html"}),
        ("/html-as-feed", "not_a_feed", {"found": "html"}),
        ("/junk", "not_a_feed", {"found": "other"}),
        ("/empty", "empty", {}),
        ("/large", "too_large", {"limit": 10_000_000, "unit": "bytes"}),
        ("/large-secretly", "too_large", {"limit": 10_000_000, "unit": "bytes"}),
        ("/far-too-many", "too_large", {"limit": 20_000, "unit": "items"}),
        ("/loop", "too_many_redirects", {"limit": 5}),
        ("/to-file", "address", {}),
        ("/short", "unexpected_answer", {"reason": "truncated"}),
        ("/cut-by-length", "unexpected_answer", {"reason": "truncated"}),
        ("/truncated", "unexpected_answer", {"reason": "truncated"}),
        ("/gzip-cut", "unexpected_answer", {"reason": "truncated"}),
        ("/gzip-twice", "unexpected_answer", {"reason": "encoding"}),
        ("/not-gzip", "unexpected_answer", {"reason": "encoding"}),
        ("/deep.json", "unexpected_answer", {"reason": "json"}),
        ("/entity-bomb", "entities", {}),
        ("/entity-bomb-utf16", "entities", {}),
        ("/entity-file", "entities", {}),
    ],
)
def test_a_bad_answer_gives_one_error_with_its_reason(server, path, code, detail):
    error = failure(server, path)
    assert error.code == code
    assert detail.items() <= error.detail.items()


@pytest.mark.parametrize("address", ["", "site.example", "ftp://site.example/", "http://", None])
def test_an_address_that_is_none_is_refused_before_any_connection(address):
    with pytest.raises(connectors.ConnectorError) as caught:
        connectors.fetch("feed", connectors.Query(address))
    assert caught.value.code == "address"


def test_an_address_with_credentials_is_refused_so_that_nothing_closed_is_read(server):
    before = len(server.requests)
    for user in ("member:pw@", "member@", ":pw@", "@"):
        address = server.url("/good").replace("://", f"://{user}")
        for name, term in (("feed", ""), ("fediverse", "brand")):
            with pytest.raises(connectors.ConnectorError) as caught:
                connectors.fetch(name, connectors.Query(address, term, allow_private=True))
            detail = {"host": server.host, "reason": "credentials"}
            assert (caught.value.code, dict(caught.value.detail)) == ("address", detail)
    assert len(server.requests) == before


def test_a_redirect_to_an_address_with_credentials_is_refused(server):
    target = server.url("/good").replace("://", "://member:pw@")
    for status in (301, 302):
        server.serve("/to-members", "", status=status, Location=target)
        before = len(server.requests)
        error = failure(server, "/to-members")
        assert (error.code, error.detail["reason"]) == ("address", "credentials")
        assert "pw" not in f"{error!r} {dict(error.detail)}"
        assert len(server.requests) == before + 1


def test_a_name_that_does_not_exist_and_a_closed_port_are_unreachable(server):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{probe.getsockname()[1]}/"
    for address, reason in ((closed, "refused"), ("http://nowhere.invalid/", "dns")):
        with pytest.raises(connectors.ConnectorError) as caught:
            connectors.fetch("feed", connectors.Query(address, allow_private=True))
        assert (caught.value.code, caught.value.detail["reason"]) == ("unreachable", reason)


def test_a_server_that_asks_for_a_pause_is_heard_in_both_forms_but_not_for_ever(server):
    assert failure(server, "/too-often").code == "too_many_requests"
    assert failure(server, "/too-often").retry_after == 120
    assert 100 <= failure(server, "/too-often-date").retry_after <= 120
    assert failure(server, "/too-often-for-years").retry_after == 24 * 3600
    assert failure(server, "/busy").retry_after == 90
    assert http.retry_after("soon") is None
    assert http.retry_after("nan") is None
    assert http.retry_after("-5") == 0


def test_an_error_names_the_host_and_nothing_secret(server):
    plain = server.url("/error?key=secret-key")
    address = plain.replace("://", "://user:secret-word@")
    kinds = (("feed", "", plain), ("feed", "", address), ("fediverse", "brand", address))
    for name, term, address in kinds:
        query = connectors.Query(address, term, secret="secret-token", allow_private=True)
        with pytest.raises(connectors.ConnectorError) as caught:
            connectors.fetch(name, query)
        shown = f"{caught.value!r} {caught.value} {dict(caught.value.detail)} {query!r}"
        assert server.host in shown
        assert "secret" not in shown


def test_an_unknown_connector_is_an_error():
    with pytest.raises(connectors.ConnectorError, match="connector"):
        connectors.fetch("carrier_pigeon", connectors.Query("https://site.example/"))


def test_a_server_that_hangs_up_is_asked_once_more_and_no_more(server):
    assert only(read(server, "/hangs-up-once"))
    before = len(server.requests)
    error = failure(server, "/hangs-up")
    assert (error.code, error.detail["reason"]) == ("unreachable", "closed")
    assert len(server.requests) == before + 2


def test_what_changes_something_there_is_sent_again_only_where_that_does_no_harm(server):
    query = connectors.Query(server.url("/"), allow_private=True)
    for repeatable, times in ((None, 1), (False, 1), (True, 2)):
        before = len(server.requests)
        with http.Session(query) as session, pytest.raises(connectors.ConnectorError) as caught:
            session.request("POST", server.url("/hangs-up"), repeatable=repeatable)
        assert caught.value.detail["reason"] == "closed"
        assert len(server.requests) == before + times


# Nobody holds the job


@pytest.mark.parametrize("path", ["/slow-body", "/slow-header", "/elsewhere-slowly"])
def test_a_server_that_drips_is_left_at_the_deadline(server, path):
    server.serve("/elsewhere-slowly", "", status=302, Location="/slow-body")
    start = time.monotonic()
    error = failure(server, path, deadline=0.7)
    assert error.code == "timeout"
    assert error.detail["limit"] == 0.7
    assert time.monotonic() - start < 2


def test_a_server_that_never_answers_is_left_after_the_read_timeout(server):
    start = time.monotonic()
    error = failure(server, "/never", read_timeout=0.4)
    assert (error.code, error.detail["limit"]) == ("timeout", 0.4)
    assert time.monotonic() - start < 2


def test_the_body_of_a_redirect_is_not_waited_for(server):
    start = time.monotonic()
    page = read(server, "/moved-twice", deadline=5)
    assert len(page.posts) == 2
    assert time.monotonic() - start < 2


def test_a_chunk_size_that_never_ends_is_not_collected(server):
    # urllib3 2 notices by itself; before it, our own count of the bytes on the wire does.
    assert failure(server, "/endless-chunk-size").code in ("unexpected_answer", "too_large")


def test_a_gzip_bomb_is_stopped_at_the_limit_without_filling_the_memory(server):
    body = gzip.compress(b" " * 300_000_000, 1)
    server.serve("/bomb", body, Content_Encoding="gzip")
    tracemalloc.start()
    try:
        error = failure(server, "/bomb", max_bytes=5_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.code == "too_large"
    assert peak < 12_000_000  # the limit, and buffers
    assert failure(server, "/gzip-bomb").code == "too_large"


# Evil documents that stop a parser. They are the tests with a clock: what they show is that
# reading ends at all. Without a guard each takes from ten seconds to hours, mostly within one
# regular expression, where neither a thread nor a signal handler of Python's gets a turn.

SECONDS = 5  # of the whole reading; it gets 2, and what is our own takes far less than the rest
CAP = 9_900_000  # characters, just below `Query.max_bytes`


def _filled(before, piece, after):
    return f"{before}{piece * ((CAP - len(before) - len(after)) // len(piece))}{after}"


CHANNEL, ENDED = "<rss version='2.0'><channel><item>", "</item></channel></rss>"
MANY = "".join(f"<category>{number}</category>" for number in range(300_000))
KEYWORDS = " ".join(map(str, range(1_000_000)))
EVIL = {
    "comments behind the end": "<rss>x</rss>" + "<!---->" * 280 + "x",
    "spaces and comments behind the end": _filled("<rss>x</rss>", "<!-- --> ", "x"),
    "comments that do not begin": _filled("<rss>x</rss>", "-->", "-->"),
    "a long title": rss(item(), title="a" * 80_000),
    "a title of the largest size": _filled(
        "<rss><channel><title>", "a", "</title></channel></rss>"
    ),
    "a title of @": rss(item(), title="@a" * 2_000_000),
    "lines before the root": "<!-- -->" + "\n" * 60_000 + rss(item()).partition("?>")[2],
    "most lines before the root": _filled("<!-- -->", "\n", rss(item()).partition("?>")[2]),
    "a long author": rss(item() + f"<author>{'a' * 100_000}</author>"),
    "the longest author": _filled(CHANNEL + "<author>", "a", "</author>" + ENDED),
    "an author of @": _filled(CHANNEL + "<author>a@", "a.", "</author>" + ENDED),
    "many authors": _filled(CHANNEL, f"<author>{'a' * 300}</author>", ENDED),
    "authors in broken XML": _filled(f"{CHANNEL} & ", f"<author>{'a' * 9000}</author>", ENDED),
    "many categories": f"{CHANNEL}{MANY}{ENDED}",
    "many keywords": f"{CHANNEL}<itunes:keywords>{KEYWORDS}</itunes:keywords>{ENDED}",
    "many small elements": _filled(CHANNEL, "<a/>", ENDED),
    "a long base": _filled(
        f"<rss xml:base='http://a.example/{'a' * 4_000_000}'><channel>",
        "<item><link>b</link></item>" * 10,
        "</channel></rss>",
    ),
    "comments that do not end": _filled(f"{CHANNEL} & ", "<!--", ENDED),
    "sections that do not end": _filled(f"{CHANNEL} & ", "<![CDATA[", ENDED),
    "tags that do not end": _filled(f"{CHANNEL} & ", "<a '", ENDED),
    "quotes that do not end": _filled(f"{CHANNEL} & <a", ' b="', ENDED),
    "deeper than a stack": _filled(CHANNEL, "<b>", ENDED),
    "many JSON items": _filled(
        '{"version": "https://jsonfeed.org/version/1", "items": [', "{},", "{}]}"
    ),
    "a long JSON author": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1",
            "items": [{"id": 1, "author": {"name": "a" * 1_000_000}}],
        }
    ),
}


@pytest.mark.parametrize("name", EVIL)
def test_no_document_holds_the_reader(server, name):
    server.serve("/evil", EVIL[name])
    start, used, code = time.monotonic(), time.process_time(), None
    try:
        read(server, "/evil", deadline=2)
    except connectors.ConnectorError as error:
        code = error.code
    assert code in (None, "timeout", "too_large", "unexpected_answer")
    assert time.monotonic() - start < SECONDS
    assert time.process_time() - used < SECONDS  # of the process that others wait for


def test_what_only_looks_evil_is_read(server):
    honest = rss(item() + f"<author>{'a' * 1000}</author>").partition("?>")[2]
    server.serve("/odd", "<!-- -->" + "\n" * 60_000 + honest + "\n<!-- a --> <!---->\n" * 60)
    post = only(read(server, "/odd"))
    assert post.text == "Title 1\n\nA text"
    assert post.author == "a" * 199 + "…"


def test_an_honest_feed_of_the_largest_size_is_read(server):
    count = 1000
    text = "word " * ((CAP - 300 * count) // count // 5)
    server.serve("/big", rss(*(item(number, text) for number in range(count))))
    assert len(read(server, "/big").posts) == count


def test_where_no_second_process_can_be_started_the_error_says_what_is_missing(server, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python3")
    error = failure(server, "/good")
    assert (error.code, error.detail["library"]) == ("library", "python3")


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        *("192.0.0.1", "192.0.0.9", "192.0.0.192", "192.0.0.255", "168.63.129.16", "192.88.99.1"),
        *("3fff::1", "3fff:fff::1", "5f00::1", "64:ff9b:1::a00:1", "::ffff:168.63.129.16"),
        *("64:ff9b::a83f:8110", "2002:a83f:8110::1"),
        *("127.0.0.1", ANY, "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
        *("169.254.169.254", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
        *("192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("fec0::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "2002:a00:1::1", "2001:0:1:1:1:1:80ff:fffe"),
    ],
)
def test_private_addresses_are_refused_in_every_disguise(address):
    assert not http.is_allowed(address)


def test_public_addresses_are_allowed_and_private_ones_on_request():
    for address in ("93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34"):
        assert http.is_allowed(address)
    for address in ("127.0.0.1", "::1", "10.0.0.1", "fd00::1", "::ffff:127.0.0.1"):
        assert http.is_allowed(address, allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "224.0.0.1", ANY, "fe80::1", "ff02::1", "::"),
        *("fd00:ec2::254", "fd20:ce::254", "fd00:42::42", "192.0.0.192", "168.63.129.16"),
        *("100.100.100.200", "::ffff:192.0.0.192", "::ffff:169.254.169.254"),
    ],
)
def test_cloud_metadata_and_multicast_are_never_allowed(address):
    assert not http.is_allowed(address, allow_private=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]"])
def test_the_own_machine_is_refused_however_it_is_written(server, host):
    port = server.host.rpartition(":")[2]
    before = len(server.requests)
    with pytest.raises(connectors.ConnectorError) as caught:
        connectors.fetch("feed", connectors.Query(f"http://{host}:{port}/good"))
    assert caught.value.code in ("private_address", "unreachable")  # a system without IPv6
    assert len(server.requests) == before


def test_a_redirect_is_checked_like_a_first_address(server, monkeypatch):
    assert failure(server, "/to-metadata").code == "private_address"
    # The first host counts as public here; the second, on the same machine, does not.
    port = int(server.host.rpartition(":")[2])
    real = socket.getaddrinfo
    monkeypatch.setattr(
        http.socket,
        "getaddrinfo",
        lambda host, *a, **k: real("127.0.0.1" if host == "public.example" else host, *a, **k),
    )
    allowed = iter([True, False])
    monkeypatch.setattr(http, "is_allowed", lambda *_arguments: next(allowed))
    server.serve("/inwards", "", status=302, Location=server.url("/good"))
    before = len(server.requests)
    with pytest.raises(connectors.ConnectorError) as caught:
        connectors.fetch("feed", connectors.Query(f"http://public.example:{port}/inwards"))
    assert caught.value.code == "private_address"
    assert len(server.requests) == before + 1


def test_the_checked_address_is_the_one_connected_to(monkeypatch):
    """Rebinding: the name is looked up once, and what was checked is used."""
    answers, connected = [], []

    def lookup(host, port, **_kinds):
        answers.append(host)
        ip = "93.184.216.34" if len(answers) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port))]

    def connect(_self, address):
        connected.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(http.socket, "getaddrinfo", lookup)
    monkeypatch.setattr(http.socket.socket, "connect", connect)
    with pytest.raises(connectors.ConnectorError):
        connectors.fetch("feed", connectors.Query("http://rebinding.example/"))
    assert connected == ["93.184.216.34"]
    assert len(answers) == 1


def test_a_proxy_of_the_environment_is_not_used(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert read(server, "/good").posts


def test_a_token_does_not_follow_a_redirect_to_another_host(server):
    with Hostile() as other:
        other.serve("/api", "[]", Content_Type="application/json")
        path = "/api/v1/timelines/tag/away"
        server.serve(path, "", status=302, Location=other.url("/api"))
        query = connectors.Query(server.url("/"), "away", secret="secret", allow_private=True)
        connectors.fetch("fediverse", query)
        assert other.requests[-1][0].startswith("/api")
        assert "Authorization" not in other.requests[-1][1]
    assert server.requests[-1][1]["Authorization"] == "Bearer secret"


# Encryption


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path


@pytest.fixture(scope="module")
def secure_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Hostile(tls=context) as hostile:
        yield hostile


def test_a_certificate_that_nobody_vouches_for_is_refused(server, secure_server):
    assert failure(secure_server, "/good").code == "tls"
    plain = connectors.Query(server.url("/good").replace("http:", "https:"), allow_private=True)
    with pytest.raises(connectors.ConnectorError) as caught:
        connectors.fetch("feed", plain)
    assert caught.value.code == "tls"


def test_the_limits_hold_over_tls_too(secure_server, certificate):
    query = connectors.Query("", allow_private=True, deadline=0.7)
    with http.Session(query) as session:
        session.verify = str(certificate)
        assert b"Title 1" in session.request("GET", secure_server.url("/good")).content
        with pytest.raises(connectors.ConnectorError) as caught:
            session.request("GET", secure_server.url("/slow-body"))
    assert caught.value.code == "timeout"


# Feeds


def test_an_unchanged_feed_is_neither_sent_nor_parsed_again(server):
    first = read(server, "/good")
    assert len(first.posts) == 2
    again = read(server, "/good", first.cursor)
    assert (again.posts, again.cursor) == ((), first.cursor)
    assert server.requests[-1][1]["If-None-Match"] == ETAG
    assert "If-Modified-Since" in server.requests[-1][1]


def test_validators_of_another_address_or_a_broken_cursor_are_not_used(server):
    first = read(server, "/good")
    for path, cursor in (("/good?other", first.cursor), ("/good", "junk"), ("/good", "[1]")):
        assert len(read(server, path, cursor).posts) == 2
        assert "If-None-Match" not in server.requests[-1][1]


def test_a_lasting_move_is_told_and_a_passing_one_is_not(server):
    assert read(server, "/moved").moved_to == server.url("/good")
    assert read(server, "/moved-twice").moved_to == server.url("/elsewhere")
    assert read(server, "/good").moved_to is None
    known = read(server, "/good").cursor.replace(
        json.loads(read(server, "/good").cursor)["for"],
        json.loads(read(server, "/moved").cursor)["for"],
    )
    assert read(server, "/moved", known).moved_to == server.url("/good")


@pytest.mark.parametrize("status", [302, 303, 307])
def test_each_passing_move_is_gone_along_with_and_forgotten(server, status):
    server.serve("/passing", "", status=status, Location="/good")
    server.serve("/lasting", "", status=308, Location="/passing")
    page = read(server, "/passing")
    assert (len(page.posts), page.moved_to) == (2, None)
    assert read(server, "/lasting").moved_to == server.url("/passing")


@pytest.mark.parametrize(
    ("addresses", "told"),
    [
        (["https://a.example/1", "https://b.example/2"], "https://b.example/2"),
        (["http://a.example/1", "https://a.example/1"], "https://a.example/1"),
        (["http://a.example/1", "http://b.example/2"], "http://b.example/2"),
        (["https://a.example/1", "http://a.example/1"], None),
        (["https://a.example/1", "http://x.example/", "https://x.example/"], None),
        (["https://a.example/1", "https://a.example/2", "http://x/"], "https://a.example/2"),
        (["https://a.example/1", "https://member:pw@a.example/1"], None),
    ],
)
def test_a_move_that_gives_up_encryption_or_holds_credentials_is_not_told(addresses, told):
    steps = []
    for address in addresses:
        steps.append(requests.Response())
        steps[-1].url, steps[-1].status_code = address, 301
    steps[-1].status_code, steps[-1].history = 200, steps[:-1]
    assert http.moved_to(steps[-1]) == told


@pytest.mark.parametrize(
    ("path", "texts"),
    [
        ("/wrong-type", ["Title 1\n\nA text"]),
        ("/gzip-members", ["Title 1\n\nA text"]),
        ("/utf16", ["Title 1\n\nGrüße 😀"]),
        ("/wrong-charset", ["Title 1\n\nGrüße 😀"]),
        ("/stray-ampersand", ["Title 2\n\nA text", "Title 1\n\nFish & chips"]),
    ],
)
def test_a_feed_in_poor_wrapping_is_read_all_the_same(server, path, texts):
    assert [post.text for post in read(server, path).posts] == texts


def test_evil_content_becomes_harmless_text(server):
    post = only(read(server, "/dirty"))
    assert post.text == "T\n\nOne\ntwo & three\n\nevil [31mred 😀"
    assert post.url == ""


def test_what_cannot_be_a_post_is_counted_with_its_reason(server):
    page = read(server, "/incomplete")
    reasons = {
        (entry.external_id or "").rpartition("/")[2]: entry.reason for entry in page.rejected
    }
    assert reasons == {
        "undated": "no_date",
        "textless": "no_text",
        "odd": "bad_date",
        "zero": "bad_date",
    }
    texts = {post.text: post for post in page.posts}
    assert set(texts) == {"only a title", "from the future"}
    assert texts["only a title"].external_id.startswith("sha256:")
    assert texts["from the future"].published_at <= datetime.datetime.now(UTC)


def test_of_too_many_entries_the_newest_are_kept_and_the_rest_counted(server):
    page = read(server, "/many")
    assert len(page.posts) == 1000
    assert [entry.reason for entry in page.rejected] == ["too_many"] * 1500
    assert page.posts[-1].external_id == "https://site.example/2499"
    assert page.posts[0].external_id == "https://site.example/1500"


def test_a_post_that_stands_twice_in_a_feed_comes_once(server):
    server.serve("/twice", rss(item(1), item(1)))
    page = read(server, "/twice")
    assert only(page).external_id == "https://site.example/1"
    assert [entry.reason for entry in page.rejected] == ["duplicate"]


def test_json_feeds_are_read_like_the_others(server):
    page = read(server, "/feed.json")
    assert [post.text for post in page.posts] == ["Zwei", "Eins", "text"]
    assert [post.author for post in page.posts] == ["Ada", "A JSON site", "A JSON site"]
    assert page.posts[0].url == server.url("/2")
    assert page.posts[0].published_at == datetime.datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert page.posts[0].language == "de"
    assert page.posts[2].published_at == datetime.datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert [entry.reason for entry in page.rejected] == ["no_date", "unreadable"]


def test_atom_gives_address_language_and_edit(server):
    server.serve(
        "/atom",
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB" xml:base="https://b.example/x/">'
        "<title>Blog</title><id>urn:b</id><updated>2026-11-03T00:00:00Z</updated><entry>"
        '<id>urn:uuid:1</id><title type="html">A &amp;lt; B</title><link href="../one"/>'
        "<published>2026-11-02T10:00:00+02:00</published><updated>2026-11-03T00:00:00Z</updated>"
        "<author><name>Ada</name><email>ada@b.example</email></author>"
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One</p><p>Two</p></div>'
        "</content></entry></feed>",
    )
    post = only(read(server, "/atom"))
    assert post == connectors.Post(
        external_id="urn:uuid:1",
        url="https://b.example/one",
        author="Ada",
        text="A < B\n\nOne\n\nTwo",
        published_at=datetime.datetime(2026, 11, 2, 8, tzinfo=UTC),
        language="en",
        edited_at=datetime.datetime(2026, 11, 3, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("xml", "author"),
    [
        ("<author>ada@b.example (Ada L.)</author>", "Ada L."),
        ("<author>ada@b.example</author>", "A site"),
        ("<dc:creator>Ada L.</dc:creator>", "Ada L."),
        ("<dc:creator>@Ada@b.example</dc:creator>", "ada@b.example"),
        ("", "A site"),
    ],
)
def test_an_author_is_a_name_or_a_handle_and_never_an_e_mail_address(server, xml, author):
    server.serve("/author", rss(item() + xml))
    assert only(read(server, "/author")).author == author


def test_the_feed_of_a_fediverse_account_gives_its_handle(server):
    snac = rss(item(), title="Ada (@Ada@snac.example:8001)")
    mastodon = rss(item(), title="Ada").replace("site.example/<", "masto.example/@Ada<", 1)
    for document, handle in ((snac, "ada@snac.example:8001"), (mastodon, "ada@masto.example")):
        server.serve("/account", document)
        assert only(read(server, "/account")).author == handle


def test_an_id_that_is_unique_in_its_feed_only_is_made_unique(server):
    date = "<title>t</title><pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>"
    ids = [f"<guid>{'x' * 900}</guid>", "<guid isPermaLink='false'>t3_abc</guid>"]
    ids += ["<guid isPermaLink='false'>7</guid><link>https://site.example/seven</link>"]
    server.serve("/ids", rss(*(i + date for i in ids)))
    page = read(server, "/ids")
    found = [post.external_id for post in page.posts]
    assert found[:2] == ["https://site.example/seven", f"{server.host}:t3_abc"]
    assert found[2].startswith("sha256:")


def test_a_title_that_the_text_repeats_is_kept_once():
    assert clean.joined("Hello wor ...", "Hello  world") == "Hello  world"
    assert clean.joined("Hello", "World") == "Hello\n\nWorld"
    assert clean.joined("Hello", "") == "Hello"


def test_a_long_text_is_cut_with_a_sign(server):
    server.serve("/long", rss(item(text="word " * 9000)))
    post = only(read(server, "/long"))
    assert len(post.text) <= 20_000
    assert post.text.endswith("word…")


DATE = "<pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>"


def test_a_broken_address_or_markup_in_one_entry_does_not_harm_the_next(server):
    link = "<title>t</title><link>http://[x/y</link><guid>http://[x</guid>"
    for odd in (link, f"{link}<![bad[ <!x <?y"):
        server.serve("/odd", rss(odd + DATE, item(2)))
        assert read(server, "/odd").posts[0].text == "Title 2\n\nA text"


def test_a_document_on_which_the_parser_itself_fails_is_an_error_like_others(server):
    server.serve("/odd", rss(f"<title>t &#xFFFFFFF;</title>{DATE}", item(2)))
    error = failure(server, "/odd")
    assert (error.code, error.detail["reason"]) == ("unexpected_answer", "malformed")


# Texts, addresses, dates


def test_text_keeps_what_the_author_wrote_and_loses_what_cannot_be_stored():
    evil = "a\x00b\ud800c\u202ed\u2066e\ufefff\x1bg\uffff"
    assert clean.plain_text(evil) == "abcdefg"
    kept = "😀 👩‍👩‍👧 שלום\u200f مرحبا ñ 漢字"
    assert clean.plain_text(kept) == kept
    assert clean.plain_text("a\r\n\r\n\r\n\r\nb\u2028c") == "a\n\nb\nc"
    assert clean.plain_text("don\x92t") == "don\u2019t"
    clean.plain_text(evil).encode()


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<script>x</script>a<style>y</style><!-- z --><svg><text>no</text></svg>b", "ab"),
        ("a &lt;b&gt; &amp;amp; &#8364; &#0; &#xD800;", "a <b> &amp; €"),
        ("5 < 6 & 7 > 3", "5 < 6 & 7 > 3"),
        ("<?xml version='1.0' encoding='utf-16'?><p>a</p>", "a"),
        ("<a href='x'><span class='invisible'>https://</span>b.example</a>", "https://b.example"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("<b>unclosed", "unclosed"),
        ("line one\nline two", "line one\nline two"),
        (None, ""),
    ],
)
def test_html_becomes_the_text_that_a_reader_sees(markup, text):
    assert clean.html_text(markup).replace("\ufffd", "").strip() == text


@pytest.mark.parametrize(
    "markup",
    [
        *("<div>", "<a ", "<pre>", "<b>", "<DIV></x>", "<ul><li>", "<p><b>", "<a><b><i>", "<p>"),
        *("<div><object></div></object>", "<table><td>", "<!--", "&", "<", "<svg><math>", "<br>"),
    ],
)
def test_markup_nested_deeper_than_a_stack_does_no_harm(markup):
    start = time.monotonic()
    assert clean.html_text("before" + markup * 80_000 + "x").startswith("before")
    assert time.monotonic() - start < 5


def test_long_honest_markup_is_read_to_its_end():
    items = "<li>one" * 2000 + "<p>two<br><img src=x>" * 2000 + "<div><b>three</b></div>" * 2000
    text = clean.html_text(f"<ul>{items}</ul>end")
    assert (text.count("one"), text.count("two"), text.count("three")) == (2000,) * 3
    assert text.endswith("end")


def test_what_an_author_left_between_tags_is_kept_and_no_tag_made_of_it():
    escaped = "&lt;script&gt;alert(1)&lt;/script&gt; &lt;b&gt; &amp;lt;p&amp;gt; <i>1 < 2</i>"
    assert clean.html_text(escaped) == "<script>alert(1)</script> <b> &lt;p&gt; 1 < 2"
    assert (
        clean.html_text("a<p title='<b>' onclick=x()>b</p><?php x ?><![CDATA[c]]>d")
        == "a\n\nb\n\nd"
    )


def test_without_the_cleaner_of_markup_the_source_is_told_which(server, monkeypatch):
    monkeypatch.setitem(sys.modules, "nh3", None)
    clean._cleaner.cache_clear()
    server.serve("/markup", rss(item(1, "&lt;p&gt;One&lt;/p&gt;")))
    status = {"id": "1", "uri": "https://a.example/1", "content": "<p>One</p>"}
    server.answer("/api/v1/timelines/tag/x", lambda _path: json.dumps([status]).encode())
    for name, path in (("feed", "/markup"), ("fediverse", "")):
        with pytest.raises(connectors.ConnectorError) as caught:
            connectors.fetch(name, connectors.Query(server.url(path), "x", allow_private=True))
        assert (caught.value.code, dict(caught.value.detail)) == ("library", {"library": "nh3"})


@pytest.mark.parametrize(
    "url",
    [
        *("javascript:alert(1)", "data:text/html,x", "ftp://a.example/", "http://", "http://[x/"),
        *("https://a.example/\x00", "https://user@a.example/", "https://a.example/ x", "", None),
    ],
)
def test_only_web_addresses_are_passed_on(url):
    assert clean.web_address(url) == ""


def test_relative_addresses_are_made_absolute():
    assert clean.web_address("../b?c", "https://a.example/x/y") == "https://a.example/b?c"
    assert clean.web_address("", "https://a.example/x/y") == ""


def test_dates_come_out_in_utc_or_not_at_all():
    ten = datetime.datetime(2026, 11, 2, 10, tzinfo=UTC)
    assert clean.utc("2026-11-02T10:00:00") == ten
    assert clean.utc("2026-11-02T11:00:00+01:00") == ten
    assert clean.utc(datetime.datetime(2026, 11, 2, 10)) == ten
    for bad in (None, "", "soon", "0001-01-01T00:00:00+23:00", "1970-01-01T00:00:00Z", 5, []):
        assert clean.utc(bad) is None


def test_languages_are_told_without_region():
    assert clean.language("de-AT") == clean.language("DE_de") == "de"
    assert clean.language("und") is clean.language(None) is clean.language("klingon") is None


# XML before the parser


@pytest.mark.parametrize(
    "body",
    [
        "<rss>é</rss>".encode(),
        "\ufeff<rss>é</rss>".encode(),
        "<rss>é</rss>".encode("utf-16"),
        "<rss>é</rss>".encode("utf-16-le"),
        "<rss>é</rss>".encode("utf-16-be"),
        "<rss>é</rss>".encode("utf-32"),
        "<?xml version='1.0' encoding='iso-8859-15'?><rss>é</rss>".encode("iso-8859-15"),
        "<rss>é</rss>".encode("cp1252"),
        "\n <?xml version='1.0' encoding='utf-16'?><rss>é</rss>".encode(),
    ],
)
def test_a_document_is_decoded_by_what_it_is(body):
    assert xml_guard.decoded(body).lstrip() == "<rss>é</rss>"


def test_slow_and_strange_encodings_are_not_used():
    for name in ("punycode", "idna", "unicode_escape", "zlib", "hex", "utf-7", "nonsense"):
        body = f"<?xml version='1.0' encoding='{name}'?><rss>+ADw-!ENTITY x</rss>".encode()
        body += b"\xe9"
        assert "<!ENTITY" not in xml_guard.decoded(body, name)


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE rss [<!ENTITY a "b">]><rss/>',
        '<?xml version="1.0"?> <!-- [ > --> <!doctype rss SYSTEM "x" [ <!ELEMENT a ANY>'
        '<!entity a "]>"> ]><rss/>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://x.example/"> %p;]><rss/>',
        '<!DOCTYPE rss [<!ENTITY a "b"',
    ],
)
def test_declared_entities_are_refused_before_any_parser(document):
    with pytest.raises(connectors.ConnectorError, match="entities"):
        xml_guard.root(document, "")


@pytest.mark.parametrize(
    ("document", "root"),
    [
        ('<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://n.example/x"><rss/>', "rss"),
        ("<?xml-stylesheet href='x'?><!-- <!ENTITY --><rdf:RDF/>", "rdf"),
        ("<rss><item>&lt;!ENTITY <![CDATA[<!DOCTYPE a [<!ENTITY b 'c'>]>]]></item></rss>", "rss"),
        ("<!DOCTYPE a><!DOCTYPE b [<!ENTITY c 'd'>]><rss/>", ""),
        ('<!DOCTYPE rss SYSTEM "a>b" [<!ENTITY c "d">]><rss/>', ""),
        ("text", ""),
        ("<!-- ", ""),
        ("", ""),
    ],
)
def test_a_document_is_known_by_its_root(document, root):
    assert xml_guard.root(document, "")[0] == root


def test_an_article_about_entities_is_no_attack(server):
    text = "&lt;p&gt;Never write &amp;lt;!ENTITY a&amp;gt; again&lt;/p&gt;"
    server.serve("/article", rss(item(text=text)))
    assert only(read(server, "/article")).text == "Title 1\n\nNever write <!ENTITY a> again"
