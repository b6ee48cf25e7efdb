"""What the connectors share: pages that are oldest first, and the end of a walk backwards."""

from datetime import datetime, timedelta, timezone

import pytest

from odoo.addons.social_consent_monitoring.connectors import Post, Rejected
from odoo.addons.social_consent_monitoring.connectors.gather import LATE, gather, has_reached

START = datetime(2026, 11, 2, tzinfo=timezone.utc)


def post(number, hour=0, **values):
    values = {"url": "", "author": "ada", "text": "text", **values}
    return Post(str(number), published_at=START + timedelta(hours=hour), **values)


def ids(posts):
    return [each.external_id for each in posts]


def test_a_page_is_oldest_first_though_a_server_lists_what_reached_it_late_as_newest():
    late, first, second = post("late", 1), post("first", 2), post("second", 3)
    posts, rejected = gather(reversed([late, second, first]), lambda each: each)
    assert (ids(posts), rejected) == (["late", "first", "second"], ())


def test_posts_of_one_moment_stay_in_the_order_of_the_answer():
    assert ids(gather([post(3), post(1), post(2)], lambda each: each)[0]) == ["3", "1", "2"]


def test_of_two_with_one_id_the_later_row_is_kept():
    posts, rejected = gather([post(1), post(1, text="edited")], lambda each: each)
    assert ([each.text for each in posts], rejected) == (["edited"], ())


def test_the_newest_are_kept_and_what_is_left_out_is_told():
    rows = [post(3, 3), Rejected("no_text", "7"), post(1, 1), post(2, 2)]
    posts, rejected = gather(rows, lambda each: each, 2)
    assert ids(posts) == ["2", "3"]
    assert rejected == (Rejected("no_text", "7"), Rejected("too_many", "1"))


@pytest.mark.parametrize(
    ("known", "ids", "age", "reached"),
    [
        ([], ["1"], timedelta(days=9), False),  # the first walk knows nothing
        (["1", "2"], ["1", "2", "3"], timedelta(0), True),
        (["1", "2"], ["1", "3"], timedelta(0), False),  # one may stand there by chance
        ([str(n) for n in range(40)], [str(n) for n in range(30, 70)], timedelta(0), True),
        ([str(n) for n in range(40)], [str(n) for n in range(31, 70)], timedelta(0), False),
        (["1", "2"], ["8"], LATE + timedelta(hours=1), True),  # the known ones were deleted
        (["1", "2"], ["8"], LATE - timedelta(hours=1), False),
    ],
)
def test_a_walk_ends_where_enough_is_known_or_all_is_too_old(known, ids, age, reached):
    assert has_reached(known, START.isoformat(), ids, [START - age]) is reached


def test_a_page_without_a_date_ends_no_walk():
    assert not has_reached(["1"], START.isoformat(), ["2"], [])
    assert not has_reached(["1"], "", ["2"], [START - 2 * LATE])
