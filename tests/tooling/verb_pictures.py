"""``pictures``: take the README's pictures anew, with the tests that look at them."""

import os

import places
import verb_test


def run(arguments):
    os.environ["PICTURES"] = str(places.ROOT / "social_consent_monitoring/static/description")
    # The German ones are there to look at the translation.
    chosen = ["-k", "not german", str(places.TESTS / "test_pictures.py")]
    return verb_test.run([*arguments, *chosen])
