"""The language of a text, by py3langid."""

import re
from functools import lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

# Below this probability, or with fewer letters, the language is not known.
CONFIDENCE = 0.4
# From this one on a text is believed more than its platform: many accounts never set a language.
SURE = 0.95
LETTERS = 12
# Names and addresses are of no language.
NOISE = re.compile(r"https?://\S+|[@#][\w.@-]+")


@lru_cache(maxsize=1)
def _get_identifier():
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def analyse(texts):
    """Return an ISO 639 code for each text, None where it is too short or not sure."""
    classify = _get_identifier().classify
    return [_detect(classify, text) for text in texts]


def correct(texts):
    """Return the code of each text that leaves no doubt about its language, None for the others."""
    classify = _get_identifier().classify
    return [_detect(classify, text, SURE) for text in texts]


def _detect(classify, text, least=CONFIDENCE):
    if "#" in text or "@" in text or "://" in text:
        text = NOISE.sub(" ", text)
    if len(text) < LETTERS:
        return None
    language, confidence = classify(text)
    return language if confidence >= least else None
