"""English sentiment by VADER, which is made for posts, with the words that counted."""

from functools import lru_cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from . import Sentiment


class _Explaining(SentimentIntensityAnalyzer):
    """VADER, which keeps what each word counted: the last step before it adds them up."""

    counted = ()

    def _but_check(self, words_and_emoticons, sentiments):
        sentiments = super()._but_check(words_and_emoticons, sentiments)
        self.counted = tuple(
            (word, round(weight, 1))
            for word, weight in zip(words_and_emoticons, sentiments, strict=True)
            if weight
        )
        return sentiments


@lru_cache(maxsize=1)
def _get_analyzer():
    return _Explaining()


def analyse(texts):
    """Return a `Sentiment` for each text."""
    analyzer = _get_analyzer()
    return [
        Sentiment(analyzer.polarity_scores(text)["compound"], analyzer.counted) for text in texts
    ]
