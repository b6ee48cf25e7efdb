"""The one decision, in plain Python.

Frozen facts go in, a :class:`Decision` with its reason comes out. There is no database here, no
clock and no language: ``models/social_policy.py`` gathers the facts and says the reason in words.
"""

from .choice import choose_rule
from .consent_states import (
    CHANNELS,
    CONTACT,
    ENDING_METHODS,
    METHODS,
    NO_END,
    NO_STATES,
    NUMBER_CHANNELS,
    PURPOSES,
    RECORDED_METHODS,
    STATES,
    UNPROVEN_METHODS,
    InvalidTransition,
    check_transition,
    effective_state,
    move_to_merged,
    needs_channel,
    states_before,
)
from .decide import decide, trace
from .facts import (
    LAW,
    ApproachFacts,
    ConsentFacts,
    ContractFacts,
    Decision,
    Facts,
    GivingFacts,
    Rule,
    Step,
    TermsFacts,
)
from .given_on import GivenOn
from .rulebook import RULEBOOK
from .rules import (
    ACTS,
    ADULT,
    AGE_OF_CONSENT,
    ASK_ACTS,
    RENEWAL_DAYS,
    WALL,
    Act,
    ends_soon,
    get_ask_act,
)

__all__ = [
    "ACTS",
    "ADULT",
    "AGE_OF_CONSENT",
    "ASK_ACTS",
    "CHANNELS",
    "CONTACT",
    "ENDING_METHODS",
    "LAW",
    "METHODS",
    "NO_END",
    "NO_STATES",
    "NUMBER_CHANNELS",
    "PURPOSES",
    "RECORDED_METHODS",
    "RENEWAL_DAYS",
    "RULEBOOK",
    "STATES",
    "UNPROVEN_METHODS",
    "WALL",
    "Act",
    "ApproachFacts",
    "ConsentFacts",
    "ContractFacts",
    "Decision",
    "Facts",
    "GivenOn",
    "GivingFacts",
    "InvalidTransition",
    "Rule",
    "Step",
    "TermsFacts",
    "check_transition",
    "choose_rule",
    "decide",
    "effective_state",
    "ends_soon",
    "get_ask_act",
    "move_to_merged",
    "needs_channel",
    "states_before",
    "trace",
]
