"""An import of 100,000 old consents, killed again and again, beside one that was not.

Counts and not times: afterwards both must have given the same consents, in the same order.
"""

import random

import old_lists
from benchmarks.consent import make_partners

CONSENTS = 100_000
KILLS = 20
# The longest that a worker lives, in seconds: some parts of a thousand lines.
LIVES = 6


def run(env, measure):
    env.cr.rollback()
    make_people(env)
    batches = old_lists.start(env, CONSENTS)
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    killed = old_lists.kill_again_and_again(batches[0], KILLS, random.Random(20261129), LIVES)
    for batch_id in batches:
        old_lists.record(batch_id)
    same = old_lists.compare(batches)
    measure.say(f"{killed} kills at work, {same:,} consents: the same as without them")
    measure.compare(
        f"kills of a worker at work, by {KILLS}", lambda: killed, lambda: KILLS, at_least=0.5
    )
    measure.compare(
        "consents given, by lines of persons", lambda: same, lambda: CONSENTS, at_least=1, at_most=1
    )


def make_people(env):
    """Make the contacts that the lines name, in SQL: making them is not what is tried."""
    people = make_partners(env, 2 * CONSENTS)
    for side, some in zip(old_lists.SIDES, (people[:CONSENTS], people[CONSENTS:]), strict=True):
        env.cr.execute(
            """
            UPDATE res_partner SET email = address, email_normalized = address FROM (
                SELECT id, %s || '-' || row_number() OVER (ORDER BY id) - 1 || '@old.example'
                    AS address
                FROM res_partner WHERE id = ANY(%s)
            ) numbered WHERE numbered.id = res_partner.id
            """,
            (side, some.ids),
        )
    env.invalidate_all()
    env.cr.execute("ANALYZE res_partner")
