"""``pictures``: take the pictures of README and guides anew, with the tests that look at them."""

import os

import places
import verb_test


def run(arguments):
    os.environ["PICTURES"] = str(places.ROOT / "social_consent_monitoring/static/description")
    # Other German ones are there to look at the translation.
    chosen = ["-k", "not german or guide", str(places.TESTS / "test_pictures.py")]
    return verb_test.run([*arguments, *chosen])
