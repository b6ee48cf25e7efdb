"""Analysis of stored posts, beside the bare libraries on the same texts."""

import itertools
import time
from datetime import datetime, timedelta, timezone

from odoo.addons.social_consent_monitoring import analysis
from odoo.addons.social_consent_monitoring.connectors import Post, clean

from benchmarks.sentiment import read_posts, read_tweets

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
POSTS = 4000
GERMAN = 4  # every fourth post of the mix is German


def run(env, measure):
    import py3langid
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader = SentimentIntensityAnalyzer()
    tweets = [text for text, _rating in itertools.islice(read_tweets(), POSTS)]
    texts = mix(tweets)
    compare_cleaning(measure, texts)
    compare_german(measure, vader, tweets)
    english = ["en"] * len(tweets)
    measure.compare(
        f"time to detect {POSTS:,} languages, by py3langid bare",
        lambda: keep(analysis.detect_languages(texts)),
        lambda: keep([py3langid.classify(text) for text in texts]),
        at_most=1.2,
    )
    measure.compare(
        f"time to rate {POSTS:,} posts, by VADER bare",
        lambda: keep(analysis.rate(tweets, english)),
        lambda: keep([vader.polarity_scores(text) for text in tweets]),
        at_most=1.2,
    )
    rounds = itertools.count()
    measure.compare(
        f"time of the job for {POSTS:,} stored posts, by both libraries bare",
        lambda: run_job(env, texts, next(rounds)),
        lambda: keep([(py3langid.classify(text), vader.polarity_scores(text)) for text in texts]),
        at_most=1.2,
    )


def read_german():
    """Yield German posts, without an end."""
    return itertools.cycle(
        [text for part in ("tuning", "held_out") for text, _ in read_posts(part)]
    )


def mix(tweets):
    """Return as many texts, of which every `GERMAN`th is German."""
    german = read_german()
    return [next(german) if n % GERMAN == 0 else text for n, text in enumerate(tweets)]


def compare_cleaning(measure, texts):
    """Our cleaning makes text with its lines of markup; nh3, set the same way, makes other markup.

    It is no part of the job, but of reading, and has a target of its own.
    """
    cleaner = clean._cleaner()
    markup = [
        f'<p>{text} <a href="/tags/x" rel="tag">#<span>x</span></a><br>So.</p>' for text in texts
    ]
    measure.compare(
        f"time to make text of {POSTS:,} posts in HTML, by nh3 bare",
        lambda: keep([clean.html_text(each) for each in markup]),
        lambda: keep([cleaner.clean(each) for each in markup]),
        at_most=6,
    )


def compare_german(measure, vader, tweets):
    """No library rates German: the yardstick is VADER, bare, on as many English posts."""
    german = list(itertools.islice(read_german(), len(tweets)))
    measure.compare(
        f"time to rate {POSTS:,} German posts, by VADER bare on as many English ones",
        lambda: keep(analysis.rate(german, ["de"] * len(german))),
        lambda: keep([vader.polarity_scores(text) for text in tweets]),
        at_most=1.2,
    )


def keep(_results):
    """Return nothing, so that the time counts."""


def run_job(env, texts, number):
    """Return the seconds that the job takes for new posts, in transactions as it has them.

    In the transaction that stored a row PostgreSQL checks each foreign key of it with each update,
    and keeps all its versions: the job, which comes later, has to do with neither.
    """
    store(env, texts, number)
    env.cr.commit()
    start = time.perf_counter()
    while waiting := env["social.mention"]._get_waiting():
        waiting._analyse()
        env.cr.commit()
    return time.perf_counter() - start


def store(env, texts, number):
    source = env.ref("social_consent_monitoring.source_demo_fediverse")
    source._store(
        [
            Post(
                external_id=f"https://social.example/analysis/{number}/{place}",
                url="",
                author=f"user{place % 500}@social.example",
                text=text,
                published_at=START + timedelta(seconds=place),
            )
            for place, text in enumerate(texts)
        ]
    )
