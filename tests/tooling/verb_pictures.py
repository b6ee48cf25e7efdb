"""``pictures``: take the README's pictures anew, with the tests that look at them."""

import os

import places
import verb_test


def run(arguments):
    os.environ["PICTURES"] = str(places.ROOT / "social_consent_monitoring/static/description")
    return verb_test.run([*arguments, str(places.TESTS / "test_pictures.py")])
