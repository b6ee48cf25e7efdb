"""A campaign against the importer: killed again and again, it loses and doubles nothing.

Counts and not times: the stored posts by the written ones, over some two hundred kills.
"""

import random
import tempfile
from pathlib import Path

import committed
from counterparts.snac import Snac

KILLS = 35
POSTS_EACH = 5


def run(env, measure):
    chance = random.Random(20260501)
    measure.compare(
        f"posts stored once, by posts written, with {KILLS} kills each",
        lambda: campaign(chance),
        lambda: KILLS * POSTS_EACH,
        at_least=1,
        at_most=1,
    )


def campaign(chance):
    """Return how many posts were stored exactly once; more than once counts against it."""
    with tempfile.TemporaryDirectory() as folder, Snac(Path(folder) / "server") as snac:
        snac.add_user("ada")
        with committed.source_of(snac.base_url) as source_id:
            written, stored, killed = committed.write_and_kill(
                snac, source_id, KILLS, POSTS_EACH, chance
            )
    print(f"{killed} of {KILLS} runs were killed at work")
    return len(set(stored) & set(written)) - (len(stored) - len(set(stored)))
