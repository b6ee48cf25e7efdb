"""A pass that only code can hold.

Records that follow from acts (consents, matches, the key of a person) are made and changed by
the methods that carry out those acts, and by nobody else. What comes from outside is JSON, CSV
or XML, and never this object, so no call from there opens the door, administrators' included.
"""

from odoo import SUPERUSER_ID
from odoo.tools import clean_context

_PASS = object()


def open_door(records):
    """Return the records with the pass; keep them inside the method that acts."""
    return records.with_context(social_door=_PASS)


def is_open(records):
    """Tell whether the caller holds the pass."""
    return records.env.context.get("social_door") is _PASS


def without_own_defaults(model):
    """Return a model whose ``default_get`` asks neither the context nor what its user prefers.

    For what an act makes: the values that it leaves out are the model's, and nobody else's.
    """
    company = model.env.company
    nobodys = model.with_user(SUPERUSER_ID).with_company(company)
    return nobodys.with_context(clean_context(nobodys.env.context))
