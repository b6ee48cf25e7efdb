"""Analysis of stored posts, beside the bare libraries on the same texts."""

import itertools
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
    mentions = store(env, texts)
    measure.compare(
        f"time of the job for {POSTS:,} stored posts, by both libraries bare",
        lambda: run_job(mentions),
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
