"""What a message is for, carried from where that is known to where it goes out.

``marketing``: direct marketing (UWG section 7); ``service``: what a contract or an answer needs;
``first``: a user's own message, advertising unless the person is known (rule 23).
"""

KINDS = ("marketing", "first", "service")


class _Kind(str):
    """A mark that only code can set: a context that comes from outside holds plain text.

    It equals no plain text, for Odoo takes contexts that are equal for one and the same: a caller
    that says "marketing" itself would make the mark vanish. It is text all the same, as Odoo
    keeps a context as JSON.
    """

    __slots__ = ()

    def __eq__(self, other):
        return isinstance(other, _Kind) and str.__eq__(self, other)

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash((_Kind, str(self)))


def with_kind(records, kind):
    """Return the records with the mark; empty leaves it as it is.

    The stricter of two counts, so that nothing called on the way makes a mailing a service.
    """
    outer = get_kind(records.env)
    if not kind or (outer and KINDS.index(outer) <= KINDS.index(kind)):
        return records
    return records.with_context(social_kind=_Kind(kind))


def get_kind(env):
    """Return the kind that the mark in this context says; None without one."""
    kind = env.context.get("social_kind")
    return str(kind) if isinstance(kind, _Kind) else None
