"""How well sentiment agrees with people: VADER's rated tweets, and German posts that ship here."""

import csv
import io
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from statistics import correlation

from odoo.addons.social_consent_monitoring import analysis
from odoo.addons.social_consent_monitoring.analysis import sentiment_german

import places

POSTS = places.TESTS / "data" / "german_posts.csv"
# The tweets and their ratings (MIT) come with the source package, of the pinned version.
PACKAGE = "vaderSentiment==3.3.2"
FOLDER = places.SANDBOX / "vader"
INNER = "additional_resources/hutto_ICWSM_2014.tar.gz"
TWEETS = "hutto_ICWSM_2014/tweets_GroundTruth.txt"


def run(_env, measure):
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    vader = SentimentIntensityAnalyzer()
    tweets = list(read_tweets())
    print(f"English: {len(tweets):,} tweets, each rated by 20 people (-4 to 4)")
    plain = report("words counted", tweets, lambda text: count_words(text, vader.lexicon.get))
    bare = report("VADER bare", tweets, lambda text: vader.polarity_scores(text)["compound"])
    ours = report("ours", tweets, lambda text: analysis.rate([text], ["en"])[0].score)
    measure.compare("English, by VADER bare", lambda: ours, lambda: bare, at_least=0.99)
    measure.compare("English, by words counted", lambda: ours, lambda: plain, at_least=1.05)
    posts = list(read_posts("held_out"))
    print(f"German: {len(posts)} posts held out, rated by one person (-2 to 2)")
    lexicon = sentiment_german.get_lexicon()
    plain = report(
        "words counted",
        posts,
        lambda text: count_words(text, lambda word: lexicon.get(sentiment_german.fold(word))),
    )
    report("VADER bare", posts, lambda text: vader.polarity_scores(text)["compound"])
    ours = report("ours", posts, lambda text: analysis.rate([text], ["de"])[0].score)
    measure.compare("German, by words counted", lambda: ours, lambda: plain, at_least=1.05)


def report(name, rated, score):
    """Print how well a way of scoring agrees with people, and return the correlation."""
    scores = [score(text) for text, _rating in rated]
    found = correlation(scores, [rating for _text, rating in rated])
    same = sum(
        analysis.get_tone(mine) == analysis.get_tone(rating)
        for mine, (_text, rating) in zip(scores, rated, strict=True)
    )
    print(f"  {name}: correlation {found:.3f}, same of three tones {same / len(rated):.1%}")
    return found


def count_words(text, weigh):
    """The baseline: glad words less angry ones, without any rule."""
    weights = [weigh(word) or 0 for word in re.findall(r"[^\W_]+", text.lower())]
    balance = sum((weight > 0) - (weight < 0) for weight in weights)
    return balance / (abs(balance) + 2)


def read_posts(part):
    with POSTS.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["part"] == part:
                yield row["text"], float(row["rating"])


def read_tweets():
    """Yield (text, mean rating); the package is fetched once."""
    if not (found := list(FOLDER.glob("*.tar.gz"))):
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*command, "-q", "-d", str(FOLDER), PACKAGE], check=True)
        found = list(FOLDER.glob("*.tar.gz"))
    [package] = found
    with tarfile.open(package) as outer:
        inner = outer.extractfile(f"{Path(package).name.removesuffix('.tar.gz')}/{INNER}").read()
    with tarfile.open(fileobj=io.BytesIO(inner)) as archive:
        lines = archive.extractfile(TWEETS).read().decode("utf-8").splitlines()
    for line in lines:
        _number, rating, text = line.split("\t", 2)
        yield text, float(rating)
