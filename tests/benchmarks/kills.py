"""A campaign against the importer: killed again and again, it loses and doubles nothing.

Counts and not times: the worker is killed at random moments until that happened 200 times while it
was at work; afterwards the set of mentions is compared with the set of posts.
"""

import random

import committed
from counterparts.snac import Snac

KILLS = 200
POSTS_EACH = 3


def run(env, measure):
    env.cr.rollback()
    killed, written, stored = campaign(random.Random(20260501))
    lost, doubled = len(set(written) - set(stored)), len(stored) - len(set(stored))
    print(f"{killed} kills at work, {len(written)} posts: {lost} lost, {doubled} doubled")
    measure.compare(
        f"kills of a worker at work, by {KILLS}", lambda: killed, lambda: KILLS, at_least=1
    )
    measure.compare(
        "posts stored exactly once, by posts written",
        lambda: len(set(stored) & set(written)) - doubled,
        lambda: len(written),
        at_least=1,
        at_most=1,
    )


def campaign(chance):
    """Return how many runs were killed, the texts written and the texts stored."""
    killed, all_written, all_stored = 0, [], []
    # A new server now and then: one with thousands of posts answers slowly, which tries nothing.
    while killed < KILLS:
        with Snac.temporary("ada") as snac:
            with committed.source_of(snac.base_url) as source_id:
                written, stored, now = committed.write_and_kill(
                    snac, source_id, 40, POSTS_EACH, chance, len(all_written)
                )
        killed += now
        all_written += written
        all_stored += stored
    return killed, all_written, all_stored
