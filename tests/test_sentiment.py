"""What a post says: its language, how it sounds and why. Needs no database."""

import csv
import subprocess
import sys
from pathlib import Path
from statistics import correlation

import pytest

from odoo.addons.social_consent_monitoring import analysis

POSTS = Path(__file__).with_name("data") / "german_posts.csv"


def rate(text, language="de"):
    [sentiment] = analysis.rate([text], [language])
    return sentiment


def read_posts(part):
    with POSTS.open(encoding="utf-8", newline="") as rows:
        return [row for row in csv.DictReader(rows) if row["part"] == part]


def test_german_agrees_with_people_on_posts_that_it_was_not_tuned_on():
    posts = read_posts("held_out")
    assert len(posts) + len(read_posts("tuning")) >= 300
    assert len(posts) >= 150
    ratings = [int(post["rating"]) for post in posts]
    found = analysis.rate([post["text"] for post in posts], ["de"] * len(posts))
    assert correlation([each.score for each in found], ratings) > 0.8
    same = sum(
        each.tone == analysis.get_tone(rating) for each, rating in zip(found, ratings, strict=True)
    )
    assert same / len(posts) > 0.8


@pytest.mark.parametrize(
    ("text", "tone"),
    [
        ("Das gefällt mir nicht.", "negative"),
        ("Der Service ist nicht gut.", "negative"),
        ("Nicht schlecht!", "positive"),
        ("Kein Problem mit der Lieferung.", "positive"),
        ("Danke für nichts", "negative"),
        ("Das Paket liegt im Laden.", "neutral"),
        ("Ganz toll 🙄", "negative"),
        ("Schoen und guenstig", "positive"),
        ("suuuuper", "positive"),
    ],
)
def test_german_knows_negation_phrases_emoji_and_spelling(text, tone):
    assert rate(text).tone == tone


def test_german_weighs_what_follows_but_and_what_is_stressed():
    assert rate("Netter Laden, aber die Ware ist schlecht.").score < 0
    assert rate("Die Ware ist schlecht, aber netter Laden.").score > 0
    assert rate("sehr gut").score > rate("gut").score > rate("etwas gut").score
    assert rate("Das war GUT").score > rate("Das war gut").score
    assert rate("Das war gut!!!").score > rate("Das war gut").score


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("Der Service war nicht gut.", "de", (("gut", -1.8),)),
        ("Bad service, great food", "en", (("Bad", -2.5), ("great", 3.1))),
    ],
)
def test_the_words_that_counted_are_named_with_their_weight(text, language, words):
    assert rate(text, language).words == words


def test_the_words_of_one_text_are_not_those_of_another():
    first, second = analysis.rate(["great", "the parcel"], ["en", "en"])
    assert first.words
    assert not second.words


def test_languages_are_told_apart_and_short_texts_are_not_guessed():
    assert analysis.detect_languages(
        [
            "Wo bleibt denn mein Paket, ich warte schon seit Tagen?",
            "Where is my parcel? I have been waiting for days.",
            "ok",
            "@somebody@social.example https://social.example/1",
        ]
    ) == ["de", "en", None, None]


def test_of_a_short_text_no_probability_is_believed():
    # A model is sure of each, by two or three letters.
    assert analysis.detect_languages(["jetzt nicht", "schön"]) == [None, None]


def test_handles_and_addresses_are_of_no_language():
    assert analysis.detect_languages(["@jetzt.nicht.mehr #dasistdochschönunddeutsch"]) == [None]


def test_a_language_that_nobody_reads_is_left_out():
    assert analysis.rate(["Où est mon colis ?", "gut"], ["fr", None]) == [None, None]


def test_whatever_was_posted_is_analysed_without_an_error():
    texts = ["", " ", "\n", "😀" * 3000, "nicht " * 4000, "a" * 20_000, "ǅ\u202e\u200d", "!?" * 999]
    for language in ("de", "en"):
        assert all(-1 <= each.score <= 1 for each in analysis.rate(texts, [language] * len(texts)))
    assert len(analysis.detect_languages(texts)) == len(texts)


def test_one_text_that_a_library_fails_on_keeps_no_other_back(monkeypatch, caplog):
    def analyse(texts):
        if "bad" in texts:
            raise ValueError(texts)
        return ["de"] * len(texts)

    monkeypatch.setattr("odoo.addons.social_consent_monitoring.analysis.language.analyse", analyse)
    with caplog.at_level("WARNING", logger=analysis.__name__):
        assert analysis.detect_languages(["good", "bad", "good"]) == ["de", None, "de"]
    assert "ValueError" in caplog.text
    assert "bad" not in caplog.text, "no text of anybody's in the log"


def test_a_library_is_imported_when_it_is_used_and_may_be_missing():
    """In a process of its own, in which the two libraries cannot be imported."""
    program = """
import sys
sys.path.insert(0, sys.argv[1])
import analysis
assert not {"py3langid", "vaderSentiment", "numpy"} & set(sys.modules)
sys.modules["py3langid"] = sys.modules["vaderSentiment"] = None
assert analysis.get_missing() == {"language": "py3langid", "sentiment_en": "vaderSentiment"}
assert analysis.detect_languages(["Wo bleibt mein Paket?"]) == [None]
assert analysis.rate(["great", "gut"], ["en", "de"])[0] is None
assert analysis.rate(["great", "gut"], ["en", "de"])[1].score > 0
"""
    folder = Path(analysis.__file__).parents[1]
    subprocess.run([sys.executable, "-c", program, str(folder)], check=True)


def test_the_lexicon_names_its_licence_and_is_large():
    lines = (Path(analysis.__file__).parent / "german_lexicon.txt").read_text("utf-8").splitlines()
    assert "LGPL-3" in " ".join(line for line in lines if line.startswith("#"))
    entries = [word for line in lines if not line.startswith("#") for word in line.split()[1:]]
    assert len(entries) >= 1000
    assert len(entries) == len(set(entries))
