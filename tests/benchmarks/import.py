"""From parsed posts to stored mentions, beside the bare upsert of the same rows."""

import itertools
import time
from datetime import datetime, timedelta, timezone

from odoo.addons.social_consent_monitoring.connectors import Post

POSTS = 4000
AUTHORS = 500
START = datetime(2026, 1, 1, tzinfo=timezone.utc)
numbers = itertools.count()


def run(env, measure):
    source = env.ref("social_consent_monitoring.source_demo_fediverse")
    # The same columns and indexes, and nothing around them.
    env.cr.execute("CREATE TABLE bare (LIKE social_mention INCLUDING ALL)")
    env.cr.execute("CREATE SEQUENCE bare_id_seq")
    env.cr.execute("ALTER TABLE bare ALTER id SET DEFAULT nextval('bare_id_seq')")
    measure.compare(
        f"time to store {POSTS:,} new posts, by the bare upsert",
        lambda: timed(source._store, make_posts()),
        lambda: timed(bare_upsert, env.cr, make_posts()),
        at_most=2,
    )
    known = make_posts()
    source._store(known)
    bare_upsert(env.cr, known)
    measure.compare(
        f"time to read {POSTS:,} known posts again, by the bare upsert of new ones",
        lambda: timed(source._store, known),
        lambda: timed(bare_upsert, env.cr, make_posts()),
        at_most=1 / 1.5,
    )


def make_posts():
    return [
        Post(
            external_id=f"https://social.example/post/{number}",
            url=f"https://social.example/@user/{number}",
            author=f"user{number % AUTHORS}@social.example",
            text=f"Post {number}: my parcel came late again, third time this month. #nordlicht",
            published_at=START + timedelta(seconds=number),
        )
        for number in itertools.islice(numbers, POSTS)
    ]


def bare_upsert(cr, posts):
    cr.execute_values(
        """
        INSERT INTO bare (platform_id, external_id, url, author_id, text, published_at, language,
            state, create_uid, write_uid, create_date, write_date)
        VALUES %s ON CONFLICT (platform_id, external_id) DO UPDATE SET text = EXCLUDED.text
        RETURNING id
        """,
        [
            (
                1,
                post.external_id,
                post.url,
                1,
                post.text,
                post.published_at,
                "en",
                "new",
                1,
                1,
                START,
                START,
            )
            for post in posts
        ],
        page_size=1000,
        fetch=True,
    )


def timed(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start
