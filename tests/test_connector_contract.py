"""The contract of connectors, kept by each of them, and what else all have in common.

What is read from a platform of its own keeps it in `test_connector_<name>.py`; feeds, uploads and
the template do so here.
"""

import ast
import importlib
import json
import re
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import contract, upload

from counterparts.hostile import Hostile, item, rss

TEMPLATE = connectors.Connector(
    "odoo.addons.social_consent_monitoring.connectors.template", "", ("search",), "optional"
)
FUTURE = datetime(2099, 1, 1, tzinfo=timezone.utc)
ELSEWHERE = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))
ROWS = [
    {"id": 3, "by": "cia", "text": "<p>Three\x00 \ud800\u202e😀</p>", "at": "2026-11-02T12:00:00Z"},
    {"id": 1, "by": "ada", "text": "One of them", "at": "2026-11-02T10:00:00Z", "public": True},
    {"id": 2, "by": "", "text": "Two", "at": "2026-11-02T13:00:00+02:00", "public": True},
    {"id": 2, "by": "", "text": "Two", "at": "2026-11-02T13:00:00+02:00", "public": True},
]


class TestTemplate(contract.ConnectorContract):
    connector = "ours"

    @pytest.fixture(autouse=True)
    def serve(self):
        with Hostile() as self.server, patch.dict(connectors.CONNECTORS, ours=TEMPLATE):
            self.server.serve("/posts", json.dumps(ROWS))
            yield

    def make_query(self, **values):
        asked = {"term": "parcel", "kind": "search", "allow_private": True, **values}
        return connectors.Query(self.server.url("/posts"), **asked)

    def break_server(self):
        self.server.serve("/posts", '{"error": "not-to-be-told"}')

    def test_a_bad_post_is_counted_and_the_others_are_read(self):
        bad = [
            None,
            {"text": "x"},
            {"id": 4},
            {"id": 5, "text": "x"},
            {"id": 6, "text": "x", "at": 1},
        ]
        self.server.serve("/posts", json.dumps([*bad, *ROWS]))
        page = connectors.fetch(self.connector, self.make_query())
        reasons = [entry.reason for entry in page.rejected]
        assert reasons == ["unreadable", "no_id", "no_text", "no_date", "bad_date"]
        assert len(page.posts) == 3

    def test_the_limit_of_posts_is_kept_and_told(self):
        page = connectors.fetch(self.connector, self.make_query(max_items=2))
        assert [entry.reason for entry in page.rejected] == ["too_many"]
        assert [post.text for post in page.posts] == ["Two", "Three 😀"]


class TestFeed(contract.ConnectorContract):
    connector = "feed"
    all_public = True  # it has no word for who may read

    @pytest.fixture(autouse=True)
    def serve(self):
        with Hostile() as self.server:
            odd = "&lt;p&gt;a\u202e &amp;#8238; &amp;#0; &amp;#xD800; b&lt;/p&gt;"
            items = (item(number, text) for number, text in enumerate(("One", "Two", odd)))
            body = rss(*items).replace("https://site.example", self.server.url(""))
            self.server.serve("/feed", body, ETag='"1"')
            for number in range(3):
                self.server.serve(f"/{number}", "")
            yield

    def make_query(self, **values):
        return connectors.Query(self.server.url("/feed"), allow_private=True, **values)

    def break_server(self):
        for path in ("/feed", "/0", "/1", "/2"):
            self.server.serve(path, f"<html>{contract.SECRET}</html>", status=404)


class TestUpload(contract.ConnectorContract):
    """Nobody is asked here: what is read is the file."""

    connector = "upload"
    lines = (
        "id,author,text,date,visibility",
        "1,ada,One,2026-05-01,public",
        "2,a\u2066da,a\x01\u202eb,2026-05-02,public",
        "3,ada,Three,2026-05-03,private",
    )

    @pytest.fixture(autouse=True)
    def serve(self):
        self.body = "\n".join(self.lines).encode()

    def make_query(self, **values):
        return connectors.Query("", **values)

    def fetch(self, query, cursor=None):
        assert connectors.fetch("upload", query, cursor) == connectors.Page((), cursor)
        with patch.object(upload, "MAX_TEXT", query.max_text):
            file = upload.examine(self.body)
            rows = [
                row for _line, row in upload.read(file, upload.Reading(upload.guess(file.columns)))
            ]
        return connectors.Page(tuple(rows), None)

    def break_server(self):
        self.body = json.dumps([contract.SECRET]).encode()


def test_every_connector_keeps_the_contract():
    for path in Path(__file__).parent.glob("test_connector_*.py"):
        importlib.import_module(path.stem)
    kept = {each.connector for each in contract.ConnectorContract.__subclasses__()}
    assert kept == {*connectors.CONNECTORS, "ours"}


def post(number, **changes):
    moment = datetime(2026, 11, 2, number, tzinfo=timezone.utc)
    values = {"url": "", "author": "ada", "text": "text", "published_at": moment, **changes}
    return connectors.Post(str(number), **values)


@pytest.mark.parametrize(
    ("name", "posts"),
    [
        ("there_are_posts_to_look_at", [post(1), post(2)]),
        ("there_are_posts_to_look_at", [post(1), post(3), post(2)]),
        ("there_are_posts_to_look_at", [post(1), post(2), post(2)]),
        ("what_is_not_public_is_told_as_such", [post(1), post(2)]),
        ("what_is_not_public_is_told_as_such", [post(1), post(2, visibility="friends")]),
        ("texts_and_names_can_be_stored_and_mislead_nobody", [post(1, text="a\u202eb")]),
        ("texts_and_names_can_be_stored_and_mislead_nobody", [post(1, text="a\x00b")]),
        ("texts_and_names_can_be_stored_and_mislead_nobody", [post(1, url="javascript:x")]),
        ("texts_and_names_can_be_stored_and_mislead_nobody", [post(1, author="")]),
        ("times_are_aware_utc_and_not_in_the_future", [post(1, published_at=FUTURE)]),
        ("times_are_aware_utc_and_not_in_the_future", [post(1, published_at=ELSEWHERE)]),
        ("texts_are_no_longer_than_asked", [post(1, text="too long")]),
        ("a_bad_answer_is_an_error_that_tells_no_secret", [post(1)]),
    ],
)
def test_the_contract_notices_what_breaks_it(name, posts):
    notice(name, lambda _cursor: connectors.Page(tuple(posts), ""))


def notice(name, answer, fate="there"):
    """Expect this test of the contract to fail for a connector that answers so.

    :param answer: function of a cursor that returns a page
    :param fate: what it says became of each post
    """
    broken = TestTemplate()
    broken.make_query = lambda **_values: connectors.Query("https://site.example/", secret="key")
    broken.break_server = lambda: None
    with (
        patch.object(contract, "fetch", lambda _connector, _query, cursor: answer(cursor)),
        patch.object(contract, "check", lambda _connector, _query, asked: tell(asked, fate)),
        patch.object(contract, "can_check", return_value=True),
        pytest.raises(AssertionError),
    ):
        getattr(broken, f"test_{name}")()


def tell(items, fate):
    return [connectors.Fate(item.external_id, fate) for item in items]


def some(text="text"):
    return tuple(post(number, text=text) for number in (1, 2, 3))


def test_the_contract_notices_a_connector_that_finds_no_end():
    notice("there_are_posts_to_look_at", lambda _cursor: connectors.Page(some(), "", more=True))


def test_the_contract_notices_other_texts_in_another_reading():
    # The second reading is another, and the one from its cursor on is as the first.
    texts = iter("aba")
    again = "reading_again_brings_the_same_posts_under_the_same_ids"
    notice(again, lambda _cursor: connectors.Page(some(next(texts)), ""))
    notice(again, lambda cursor: connectors.Page(some("later" if cursor else "first"), "next"))


def test_the_contract_notices_a_cursor_that_loses_posts_or_tells_the_key():
    lost = "a_cursor_that_cannot_be_read_starts_from_the_beginning"
    notice(lost, lambda cursor: connectors.Page(() if cursor else some(), ""))
    notice("a_cursor_tells_no_secret", lambda _cursor: connectors.Page((), "after=key"))


def test_the_contract_notices_an_error_that_tells_the_key_or_the_answer():
    for told in ("key", contract.SECRET):

        def fail(_cursor, told=told):
            raise connectors.ConnectorError("http_status", {"said": told})

        notice("a_bad_answer_is_an_error_that_tells_no_secret", fail)


def test_the_contract_notices_wrong_words_on_what_became_of_posts():
    page = connectors.Page(some(), "")
    for fate in ("unknown", "deleted"):
        notice("what_was_read_is_there_or_cannot_be_asked_about", lambda _cursor: page, fate)
    # Without an error it says nothing of why.
    for fate in ("deleted", "unknown"):
        notice("a_bad_answer_deletes_nothing", lambda _cursor: page, fate)


# Libraries


def imported_by(connector):
    """The modules of others that a connector imports on top, or looks for."""
    tree = ast.parse(Path(contract.__file__).with_name(f"{connector}.py").read_text())
    roots = {"feedparser"} if connector == "feed" else set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            roots |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            roots.add(node.module.partition(".")[0])
    return sorted(roots - sys.stdlib_module_names)


@pytest.mark.parametrize(
    ("connector", "module"),
    [(name, module) for name in connectors.CONNECTORS for module in imported_by(name)],
)
def test_a_missing_library_is_named_and_harms_no_other_connector(monkeypatch, connector, module):
    for name in connectors.CONNECTORS:
        monkeypatch.delitem(sys.modules, f"{connectors.__name__}.{name}", raising=False)
        monkeypatch.delattr(connectors, name, raising=False)
    for loaded in [name for name in sys.modules if name.startswith(f"{module}.")]:
        monkeypatch.delitem(sys.modules, loaded)
    monkeypatch.setitem(sys.modules, module, None)
    query = connectors.Query("https://site.example/", "parcel", "search", "login", "key")
    with pytest.raises(connectors.ConnectorError) as caught:
        connectors.fetch(connector, query)
    known = connectors.CONNECTORS[connector]
    assert (caught.value.code, dict(caught.value.detail)) == ("library", {"library": known.library})
    assert not connectors.can_prove(connector)
    for other in set(connectors.CONNECTORS) - {connector}:
        if module not in imported_by(other):
            connectors.get_checks(other)  # imports it


def test_each_library_is_an_extra_under_the_name_of_its_connector_and_is_tested_with():
    root = Path(__file__).parents[1]
    source = (root / "setup.py").read_text()
    extras = ast.literal_eval(re.search(r"^EXTRAS = ({.+?^})", source, re.M | re.S)[1])
    pinned = re.findall(r"^([\w.-]+)==", (root / "tests/requirements.txt").read_text(), re.M)
    for name, connector in connectors.CONNECTORS.items():
        assert bool(connector.library) == bool(imported_by(name))
        if connector.library:
            asked = [re.match(r"[\w.-]+", each)[0] for each in extras[name]]
            assert connector.library in asked
            assert {*asked} <= {*pinned}
