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
    env.cr.execute(
        """
        CREATE TEMPORARY TABLE bare (id serial PRIMARY KEY, platform_id int, external_id varchar,
            url varchar, author varchar, text text, published_at timestamp, language varchar,
            UNIQUE (platform_id, external_id))
        """
    )
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
        INSERT INTO bare (platform_id, external_id, url, author, text, published_at, language)
        VALUES %s ON CONFLICT (platform_id, external_id) DO UPDATE SET text = EXCLUDED.text
        RETURNING id
        """,
        [
            (1, post.external_id, post.url, post.author, post.text, post.published_at, "en")
            for post in posts
        ],
        page_size=1000,
        fetch=True,
    )


def timed(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start
