"""What a consent to enrichment covers: the data that its notice names (rules 7 and 21)."""

from dataclasses import replace


def refuse_unnamed(decision, category, named):
    """Return the refusal of data that the notice does not name, or None (rule 21).

    :param decision: the one that allowed the act; it rests on a consent
    :param category: code of the data's category
    :param named: codes of the categories that the notice of that consent names
    """
    if category in named:
        return None
    return replace(decision, allowed=False, reason="category_not_named", rule="R21")
