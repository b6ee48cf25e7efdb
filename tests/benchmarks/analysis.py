"""Analysis of stored posts, beside the bare libraries on the same texts."""

import itertools
from datetime import datetime, timedelta, timezone

from odoo.addons.social_consent_monitoring import analysis
from odoo.addons.social_consent_monitoring.connectors import Post

from benchmarks.sentiment import read_tweets

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
POSTS = 4000


def run(env, measure):
    import py3langid
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader = SentimentIntensityAnalyzer()
    texts = [text for text, _rating in itertools.islice(read_tweets(), POSTS)]
    english = ["en"] * len(texts)
    measure.compare(
        f"time to detect {POSTS:,} languages, by py3langid bare",
        lambda: keep(analysis.detect_languages(texts)),
        lambda: keep([py3langid.classify(text) for text in texts]),
        at_most=1.2,
    )
    measure.compare(
        f"time to rate {POSTS:,} posts, by VADER bare",
        lambda: keep(analysis.rate(texts, english)),
        lambda: keep([vader.polarity_scores(text) for text in texts]),
        at_most=1.2,
    )
    mentions = store(env, texts)
    measure.compare(
        f"time of the job for {POSTS:,} stored posts, by both libraries bare",
        lambda: run_job(mentions),
        lambda: keep([(py3langid.classify(text), vader.polarity_scores(text)) for text in texts]),
        at_most=1.2,
    )


def keep(_results):
    """Return nothing, so that the time counts."""


def store(env, texts):
    source = env.ref("social_consent_monitoring.source_demo_fediverse")
    return source._store(
        [
            Post(
                external_id=f"https://social.example/analysis/{number}",
                url="",
                author=f"user{number % 500}@social.example",
                text=text,
                published_at=START + timedelta(seconds=number),
            )
            for number, text in enumerate(texts)
        ]
    )


def run_job(mentions):
    for start in range(0, len(mentions), 500):
        mentions[start : start + 500]._analyse()
