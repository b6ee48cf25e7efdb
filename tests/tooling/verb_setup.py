"""``setup``: make all that the other verbs need."""

import setup_plan
from steps import say


def run(arguments):
    with setup_plan.ready():
        say("The sandbox is ready.")
