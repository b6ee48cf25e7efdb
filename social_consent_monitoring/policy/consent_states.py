"""States of a consent (ISO/IEC TS 27560, W3C DPV) and the moves between them."""

from datetime import datetime

STATES = ("requested", "given", "refused", "withdrawn", "expired", "invalidated")
PURPOSES = ("monitor", "match", "enrich", "contact")
CONTACT = "contact"
CHANNELS = ("email", "sms", "phone", "post", "social")
METHODS = (
    "portal",
    "link",
    "form",
    "shop",
    "platform",
    "double_opt_in",
    "staff",
    "import",
    "unsubscribe",
    "blacklist",
    "reply",
)
# By these nobody gives anything.
ENDING_METHODS = ("unsubscribe", "blacklist")
# By these anybody can type in somebody else's address: double opt-in does not take them.
UNPROVEN_METHODS = ("form",)
# By these somebody else wrote down what a person said, and answers for it.
RECORDED_METHODS = ("staff", "import")
# What reaches a number, which anybody may type in: no login and no mailbox proves it.
NUMBER_CHANNELS = ("sms", "phone")
# "No end" is a date, never an empty one: the wall compares dates and must not meet NULL.
NO_END = datetime(9999, 12, 31)

# From each state (None: never asked) to those that may follow it. A second "withdrawn" is no
# move: two clicks on "withdraw" are one withdrawal.
TRANSITIONS = {
    None: {"requested", "given", "refused"},
    "requested": {"requested", "given", "refused", "withdrawn", "expired", "invalidated"},
    "given": {"given", "withdrawn", "expired", "invalidated"},
    "refused": {"requested", "given"},
    "withdrawn": {"requested", "given"},
    "expired": {"requested", "given", "withdrawn", "invalidated"},
    "invalidated": {"requested", "given", "refused"},
}


class InvalidTransition(ValueError):
    """A consent cannot go from ``before`` to ``after``."""

    def __init__(self, before, after):
        super().__init__(f"{before} -> {after}")
        self.before = before
        self.after = after


def check_transition(before, after):
    """Raise :class:`InvalidTransition` unless ``after`` may follow ``before`` (None: no state)."""
    if after not in TRANSITIONS[before]:
        raise InvalidTransition(before, after)


def states_before(after):
    """Return the recorded states that ``after`` may follow."""
    return [before for before, following in TRANSITIONS.items() if before and after in following]


def effective_state(state, valid_until, now):
    """Return the state that counts at ``now``: a given consent past its validity has expired.

    ``valid_until`` and ``now`` are naive UTC datetimes, as the database holds them.
    """
    if state == "given" and not valid_until > now:
        return "expired"
    return state


# Of two records of one person the stricter state counts: a no before a doubt, both before a yes.
STRICTEST_FIRST = ("withdrawn", "refused", "invalidated", "expired", "requested", "given")
NO_STATES = ("withdrawn", "refused")


def move_to_merged(own, other):
    """Return the state that a consent has to move to when a record in state ``other`` joins it.

    None: it is as strict already, and stays. Never makes anything more permissive.
    """
    if STRICTEST_FIRST.index(own) <= STRICTEST_FIRST.index(other):
        return None
    if own in NO_STATES:
        return None
    instead = NO_STATES if other in NO_STATES else ("expired", "invalidated")
    return next(state for state in (other, *instead) if state in TRANSITIONS[own])


def needs_channel(purpose):
    """Only direct marketing is consented to by channel (UWG section 7)."""
    return purpose == CONTACT
