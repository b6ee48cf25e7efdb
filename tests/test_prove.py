"""Whether an account shows a code, against a real snac2 and against servers that lie (Art. 12(6))."""

import json
import ssl

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import fediverse, http

from counterparts.hostile import Hostile
from counterparts.snac import Snac, is_there
from test_connectors import certificate  # noqa: F401 - a fixture

CODE = "ABCD-EFGH-JKLM-NPQR"
pytestmark = pytest.mark.skipif(not is_there(), reason="snac2 is missing")


@pytest.fixture(scope="module")
def snac(tmp_path_factory):
    with Snac(tmp_path_factory.mktemp("proof") / "server") as server:
        for name in ("ada", "bob", "eve"):
            server.add_user(name)
        server.post("bob", f"My code is {CODE.lower()}")
        yield server


def ask(server, user, code=CODE, **values):
    host = server.base_url.partition("//")[2]
    query = connectors.Query(server.base_url, allow_private=True, **values)
    return connectors.prove("fediverse", query, f"{user}@{host}", code)


def test_a_code_in_an_own_post_proves_the_account(snac):
    assert ask(snac, "bob")
    assert not ask(snac, "bob", CODE[:-1] + "X")


def test_a_code_in_the_profile_proves_the_account(snac):
    assert not ask(snac, "eve")
    bearer = {"Authorization": f"Bearer {snac.token('eve')}"}
    snac._call("PATCH", "/api/v1/accounts/update_credentials", {"note": f"Eve, {CODE}"}, bearer)
    assert ask(snac, "eve")


def test_nobody_elses_post_does(snac):
    assert not ask(snac, "ada")


def test_who_is_not_there_proves_nothing(snac):
    assert not ask(snac, "nobody")


def test_no_code_proves_nothing(snac):
    assert not ask(snac, "bob", "")


def test_addresses_of_private_networks_are_not_asked(snac):
    host = snac.base_url.partition("//")[2]
    with pytest.raises(connectors.ConnectorError) as error:
        connectors.prove("fediverse", connectors.Query(snac.base_url), f"bob@{host}", CODE)
    assert error.value.code == "private_address"


@pytest.mark.parametrize("host", ["127.0.0.1:1", "10.0.0.5", "localhost:8069"])
def test_a_stranger_leads_us_into_no_private_network_even_where_a_source_lies_there(snac, host):
    query = connectors.Query(snac.base_url, allow_private=True, connect_timeout=1.0)
    with pytest.raises(connectors.ConnectorError) as error:
        connectors.prove("fediverse", query, f"bob@{host}", CODE)
    assert error.value.code == "private_address"


@pytest.mark.parametrize("handle", ["", "ada", "a@b/c", "a b@c", "@@", "a@b@c", "a@b?x=@c"])
def test_what_is_no_handle_is_refused(snac, handle):
    with pytest.raises(connectors.ConnectorError):
        connectors.prove("fediverse", connectors.Query(snac.base_url), handle, CODE)


def test_feeds_prove_nothing():
    assert connectors.can_prove("fediverse")
    assert not connectors.can_prove("feed")


# Servers that lie or close their doors


def serve(server, statuses=(), status=200, acct="ada"):
    """Let a server answer for one account of its own."""
    account = {"id": "1", "acct": acct, "note": "", "fields": []}
    server.serve("/api/v1/accounts/lookup", json.dumps(account), status)
    path = "/api/v1/accounts/1/statuses"
    server.serve(path, json.dumps([{"account": account, **each} for each in statuses]))


def ask_hostile(server):
    query = connectors.Query(server.url(""), allow_private=True)
    return connectors.prove("fediverse", query, f"ada@{server.host}", CODE)


def test_only_the_own_public_word_counts():
    post = {"content": f"<p>{CODE}</p>", "visibility": "public", "reblog": None}
    other = {"id": "2", "acct": "eve@other.example"}
    with Hostile() as server:
        for changes, proven in (
            ({}, True),
            ({"reblog": {"id": "9"}}, False),
            ({"visibility": "direct"}, False),
            ({"account": other}, False),
        ):
            serve(server, [{**post, **changes}])
            assert bool(ask_hostile(server)) is proven
        serve(server, [post], acct="eve@other.example")
        assert not ask_hostile(server)


def test_a_server_that_sends_more_than_it_was_asked_for_is_not_read_to_the_end():
    """Whoever is asked chose the server: millions of empty posts would keep a worker busy."""
    empty = {"content": "", "visibility": "public", "reblog": None}
    post = {**empty, "content": f"<p>{CODE}</p>"}
    with Hostile() as server:
        for place, proven in ((39, True), (40, False)):
            serve(server, [empty] * place + [post])
            assert bool(ask_hostile(server)) is proven


def test_where_the_api_is_closed_the_feed_does():
    with Hostile() as server:
        serve(server, status=401)
        item = "<item><link>{0}</link><description>" + CODE + "</description></item>"
        for address, proven in (("https://other.example/@ada/1", False), ("/@ada/1", True)):
            link = address if address.startswith("https") else server.url(address)
            server.serve("/@ada.rss", "<rss><channel>" + item.format(link))
            assert bool(ask_hostile(server)) is proven


@pytest.mark.parametrize("body", ["[]", "null", "{", '{"acct": ["ada"]}', '"ada"', "[[[[", ""])
def test_nonsense_proves_nothing(body):
    with Hostile() as server:
        server.serve("/api/v1/accounts/lookup", body)
        assert not ask_hostile(server)


def serve_actor(server, actor, **changes):
    """Let a server without the Mastodon API tell where an account is, and what its profile says."""
    link = {"rel": "self", "type": "application/activity+json", "href": actor}
    server.serve("/.well-known/webfinger", json.dumps({"links": [link]}))
    said = {"id": actor, "preferredUsername": "Ada", "summary": f"<p>{CODE}</p>", **changes}
    server.serve("/users/ada", json.dumps(said))


def test_where_there_is_no_api_the_profile_does_and_its_address_is_kept():
    with Hostile() as server:
        actor = server.url("/users/ada")
        serve_actor(server, actor)
        account = ask_hostile(server)
        assert account.stable_id == actor
        assert account.handle == f"ada@{server.host}"
        for lie in ({"id": "https://other.example/ada"}, {"preferredUsername": "eve"}):
            serve_actor(server, actor, **lie)
            assert not ask_hostile(server)


@pytest.mark.parametrize("actor", ["http://127.0.0.1:1/ada", "ftp://other.example/a", "x", ""])
def test_a_server_leads_us_to_no_unsafe_address(actor):
    with Hostile() as server:
        serve_actor(server, actor)
        assert not ask_hostile(server)


def test_a_server_leads_us_into_no_private_network():
    """Its own address is the company's choice; where it sends us is not."""
    with Hostile() as server:
        serve_actor(server, "https://169.254.169.254/ada")
        with pytest.raises(connectors.ConnectorError) as error:
            ask_hostile(server)
        assert error.value.code == "private_address"


# A domain that leaves its accounts to another server


def finger(server, subject, actor):
    """Let a server say by WebFinger where an account is, and how it is called."""
    link = {"rel": "self", "type": "application/activity+json", "href": actor}
    said = {"subject": f"acct:{subject}", "links": [link]}
    server.serve("/.well-known/webfinger", json.dumps(said))


@pytest.fixture
def find_home(certificate):  # noqa: F811 - the fixture
    """How the account of `ada` on a domain is found, where `home` has the domain's accounts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Hostile() as domain, Hostile(tls=context) as home:

        def find():
            query = connectors.Query(domain.url(""), allow_private=True)
            with http.Session(query) as session:
                session.verify = str(certificate)
                return fediverse.find_home(session, domain.url(""), "ada", domain.host)

        yield domain, home, find


def test_a_domain_and_the_server_of_its_accounts_name_each_other(find_home):
    domain, home, find = find_home
    actor = home.url("/users/ada")
    for server in (domain, home):
        finger(server, f"Ada@{domain.host}", actor)
    assert find() == (home.url(""), actor)
    asked = [path for path, _headers in home.requests]
    assert asked == [f"/.well-known/webfinger?resource=acct:ada@{home.host}"]


def test_a_domain_that_points_at_somebody_elses_account_proves_nothing(find_home):
    domain, home, find = find_home
    actor = home.url("/users/ada")
    finger(domain, f"ada@{domain.host}", actor)
    for subject, place in (
        (f"ada@{home.host}", actor),
        (f"eve@{domain.host}", actor),
        (f"ada@{domain.host}", home.url("/users/eve")),
        ("", actor),
    ):
        finger(home, subject, place)
        with pytest.raises(connectors.ConnectorError) as error:
            find()
        assert error.value.code == "unexpected_answer"
        assert error.value.detail["host"] == home.host
    home.documents.clear()
    with pytest.raises(connectors.ConnectorError):
        find()
