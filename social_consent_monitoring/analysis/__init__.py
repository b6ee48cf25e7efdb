"""Analysis: what stored posts say, in plain Python and without a database.

One module per plug-in, each with `analyse(texts) -> list`, one result for each text in order and
None where it has nothing to say. A module, and with it its library, is imported only when it is
used. What is found is about the post, never about who wrote it: nothing here may derive a special
category of personal data (GDPR Art. 9).
"""

import importlib
import logging
from dataclasses import dataclass

_logger = logging.getLogger(__name__)

# Characters that are looked at: the libraries take the square of the time for a longer text.
MAX_TEXT = 5000
# From which score on a post is glad or angry, as VADER's authors say.
THRESHOLD = 0.05


@dataclass(frozen=True)
class Analyser:
    """What must be known of a plug-in before its module, and so its library, is imported.

    `module`   relative to this package, or absolute
    `library`  what to install for it, as pip calls it; "" if it needs none
    `licence`  of the library or of its lexicon
    """

    module: str
    library: str = ""
    licence: str = ""


LANGUAGE = "language"
# Another addon adds its own here; the sentiment of a language is called `sentiment_` and its code.
ANALYSERS = {
    LANGUAGE: Analyser(".language", "py3langid", "BSD-3-Clause"),
    "sentiment_en": Analyser(".sentiment_english", "vaderSentiment", "MIT"),
    "sentiment_de": Analyser(".sentiment_german", "", "LGPL-3"),
}


@dataclass(frozen=True)
class Sentiment:
    """How a post sounds: `score` from -1 (angry) to 1 (glad).

    `words`  `(word as written, what it counted)`, in the order of the text
    """

    score: float
    words: tuple = ()

    @property
    def tone(self):
        return get_tone(self.score)


def get_tone(score):
    """Return `negative`, `neutral` or `positive`."""
    if abs(score) < THRESHOLD:
        return "neutral"
    return "positive" if score > 0 else "negative"


def detect_languages(texts):
    """Return the ISO 639 code of each text's language; None where that is not sure enough."""
    return _analyse(LANGUAGE, texts)


def correct_languages(texts):
    """Return the same only of texts that leave no doubt, whatever their platform says of them."""
    return _analyse(LANGUAGE, texts, "correct")


def rate(texts, languages):
    """Return a `Sentiment` for each text; None where nobody here reads its language."""
    results = [None] * len(texts)
    for language in set(languages):
        places = [place for place, code in enumerate(languages) if code == language]
        found = _analyse(f"sentiment_{language}", [texts[place] for place in places])
        for place, sentiment in zip(places, found, strict=True):
            results[place] = sentiment
    return results


def get_missing():
    """Return `{plug-in: library to install}` of those that cannot work here."""
    missing = {}
    for name, analyser in ANALYSERS.items():
        try:
            _load(name)
        except ImportError:
            missing[name] = analyser.library
    return missing


def _analyse(name, texts, function="analyse"):
    """Ask a plug-in; it is left out where its library is missing, or where it fails on a text."""
    try:
        module = _load(name)
    except (ImportError, KeyError):
        return [None] * len(texts)
    texts = [text[:MAX_TEXT] for text in texts]
    try:
        return getattr(module, function)(texts)
    except Exception as error:
        # One of them is to blame. No text in the log: it is somebody's post.
        _logger.warning("Analysis %s failed: %s", name, type(error).__name__)
        return [_analyse_one(getattr(module, function), text) for text in texts]


def _analyse_one(analyse, text):
    try:
        return analyse([text])[0]
    except Exception:
        return None


def _load(name):
    return importlib.import_module(ANALYSERS[name].module, __name__)
