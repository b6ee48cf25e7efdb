"""From parsed posts to stored mentions, beside the bare upsert of the same rows.

The second half runs the whole job in processes of its own, with locks, runs and commits: a million
posts in one of them, and two workers beside one.
"""

import itertools
import os
import time
from datetime import datetime, timedelta, timezone
from functools import partial
from multiprocessing import Pipe

from odoo.addons.social_consent_monitoring import connectors
from odoo.addons.social_consent_monitoring.connectors import Page, Post

import committed

POSTS = 4000
AUTHORS = 500
PAGE = 1000
MANY = 1_000_000
MEGABYTES = 50
# Posts of each source, for one worker and for two.
SHARE = 20_000
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
COLUMNS = (
    "platform_id, origin_source_id, external_id, url, author_id, text, published_at, "
    "checked_at, language, state, create_uid, write_uid, create_date, write_date"
)
numbers = itertools.count()


def run(env, measure):
    compare_with_bare(env, measure)
    env.cr.rollback()
    with committed.source_of("https://one.example") as one:
        with committed.source_of("https://two.example") as two:
            compare_workers(measure, one, two)
        grown = measure_memory(one)
    measure.compare(
        f"megabytes that {MANY:,} posts add to the worker, by {MEGABYTES}",
        lambda: max(grown, 0.1),
        lambda: MEGABYTES,
        at_most=1,
    )


def compare_with_bare(env, measure):
    source = env.ref("social_consent_monitoring.source_demo_fediverse")
    # The same columns and indexes, and nothing around them.
    env.cr.execute("CREATE TABLE bare (LIKE social_mention INCLUDING ALL)")
    env.cr.execute("CREATE SEQUENCE bare_id_seq")
    env.cr.execute("ALTER TABLE bare ALTER id SET DEFAULT nextval('bare_id_seq')")
    measure.compare(
        f"time to store {POSTS:,} new posts, by the bare upsert",
        lambda: timed(source._store, make_posts()),
        lambda: timed(bare_upsert, env.cr, make_rows(make_posts())),
        at_most=2,
    )
    known = make_posts()
    source._store(known)
    measure.compare(
        f"time to read {POSTS:,} known posts again, by the bare upsert of new ones",
        lambda: timed(source._store, known),
        lambda: timed(bare_upsert, env.cr, make_rows(make_posts())),
        at_most=1 / 1.5,
    )


def compare_workers(measure, one, two):
    measure.compare(
        "rate of two workers on two sources, by one worker's",
        lambda: 2 * SHARE / timed(committed.at_once, (read, one, SHARE), (read, two, SHARE)),
        lambda: 2 * SHARE / timed(committed.at_once, (read, one, 2 * SHARE)),
        at_least=1.5,
    )


def measure_memory(source_id):
    """Return how many megabytes a worker is larger after so many posts than after the first few."""
    receiver, sender = Pipe(duplex=False)
    [code] = committed.at_once((read_and_tell, sender, source_id))
    if code:
        raise RuntimeError("The worker did not end well.")
    before, after, seconds = receiver.recv()
    print(f"{MANY:,} posts at {MANY / seconds:,.0f}/s; {before:.0f} MB before, {after:.0f} after")
    return after - before


def read_and_tell(sender, source_id):
    read(source_id, 2 * SHARE)
    before = megabytes()
    seconds = timed(read, source_id, MANY)
    sender.send((before, megabytes(), seconds))


def megabytes():
    """Return what this process holds of the machine's memory."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def read(source_id, count):
    """Let the job read so many new posts from a source, run after run until all are there."""
    # Another process may count the same numbers.
    name = f"{os.getpid()}-{time.monotonic_ns()}"
    left = iter(range(count, 0, -PAGE))
    connectors.fetch = partial(fetch, name, left)
    goal = count_stored(source_id) + count
    while (before := count_stored(source_id)) < goal:
        committed.import_now(source_id)
        if count_stored(source_id) == before:
            raise RuntimeError("A run stored nothing.")


def count_stored(source_id):
    with committed.transaction() as env:
        return env["social.mention"].search_count([("source_ids", "in", source_id)])


def fetch(name, left, _connector, _query, _cursor):
    """Answer as a connector would, without a server."""
    remaining = next(left)
    return Page(tuple(make_posts(PAGE, name)), f'"{remaining}"', more=remaining > PAGE)


def make_posts(count=POSTS, name=""):
    return [
        Post(
            external_id=f"https://social.example/post/{name}/{number}",
            url=f"https://social.example/@user/{number}",
            author=f"user{number % AUTHORS}{name[:3]}@social.example",
            text=f"Post {number}: my parcel came late again, third time this month. #nordlicht",
            published_at=START + timedelta(seconds=number),
        )
        for number in itertools.islice(numbers, count)
    ]


def make_rows(posts):
    return [
        (
            1,
            1,
            post.external_id,
            post.url,
            1,
            post.text,
            post.published_at,
            START,
            "en",
            "new",
            1,
            1,
            START,
            START,
        )
        for post in posts
    ]


def bare_upsert(cr, rows):
    cr.execute_values(
        f"INSERT INTO bare ({COLUMNS}) VALUES %s"
        " ON CONFLICT (platform_id, external_id) DO UPDATE SET text = EXCLUDED.text RETURNING id",
        rows,
        page_size=1000,
        fetch=True,
    )


def timed(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start
