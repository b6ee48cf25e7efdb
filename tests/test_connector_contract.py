"""The contract of connectors, kept by the template, and one registered from outside."""

import json
from datetime import datetime, timezone
from unittest.mock import patch

import pytest

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import contract

from counterparts.hostile import Hostile

TEMPLATE = connectors.Connector(
    "odoo.addons.social_consent_monitoring.connectors.template", "", ("search",), "optional"
)
FUTURE = datetime(2099, 1, 1, tzinfo=timezone.utc)
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
        ("texts_and_names_can_be_stored_and_mislead_nobody", [post(1, text="a\u202eb")]),
        ("texts_and_names_can_be_stored_and_mislead_nobody", [post(1, text="a\x00b")]),
        ("texts_and_names_can_be_stored_and_mislead_nobody", [post(1, url="javascript:x")]),
        ("times_are_aware_utc_and_not_in_the_future", [post(1, published_at=FUTURE)]),
        ("texts_are_no_longer_than_asked", [post(1, text="too long")]),
        ("a_bad_answer_is_an_error_that_tells_no_secret", [post(1)]),
    ],
)
def test_the_contract_notices_what_breaks_it(name, posts):
    broken = TestTemplate()
    broken.make_query = lambda **_values: connectors.Query("https://site.example/")
    broken.break_server = lambda: None
    with patch.object(contract, "fetch", return_value=connectors.Page(tuple(posts), "")):
        with pytest.raises(AssertionError):
            getattr(broken, f"test_{name}")()
