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
    NO_STATES,
    PURPOSES,
    STATES,
    InvalidTransition,
    check_transition,
    effective_state,
    move_to_merged,
    needs_channel,
    states_before,
)
from .decide import decide
from .facts import ConsentFacts, Decision, Facts, GivingFacts, TermsFacts
from .rules import ACTS, WALL, Act

__all__ = [
    "ACTS",
    "CHANNELS",
    "CONTACT",
    "ENDING_METHODS",
    "METHODS",
    "NO_END",
    "NO_STATES",
    "PURPOSES",
    "STATES",
    "WALL",
    "Act",
    "ConsentFacts",
    "Decision",
    "Facts",
    "GivingFacts",
    "InvalidTransition",
    "TermsFacts",
    "check_transition",
    "decide",
    "effective_state",
    "move_to_merged",
    "needs_channel",
    "states_before",
]
