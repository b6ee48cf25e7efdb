"""The one decision, in plain Python.

Frozen facts go in, a :class:`Decision` with its reason comes out. There is no database here, no
clock and no language: ``models/social_policy.py`` gathers the facts and says the reason in words.
"""

from .consent_states import (
    CHANNELS,
    CONTACT,
    ENDING_METHODS,
    METHODS,
    NO_END,
    PURPOSES,
    STATES,
    InvalidTransition,
    check_transition,
    effective_state,
    needs_channel,
    states_before,
)
from .decide import decide
from .facts import ConsentFacts, Decision, Facts, TermsFacts
from .rules import ACTS, WALL, Act

__all__ = [
    "ACTS",
    "CHANNELS",
    "CONTACT",
    "ENDING_METHODS",
    "METHODS",
    "NO_END",
    "PURPOSES",
    "STATES",
    "WALL",
    "Act",
    "ConsentFacts",
    "Decision",
    "Facts",
    "InvalidTransition",
    "TermsFacts",
    "check_transition",
    "decide",
    "effective_state",
    "needs_channel",
    "states_before",
]
