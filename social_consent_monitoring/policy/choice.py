"""Which of an administrator's rules holds: the first that matches."""

from .facts import LAW


def choose_rule(rules, country=None, tags=frozenset(), platform=None):
    """Return the first rule whose conditions all hold, or ``LAW``.

    What is not known matches no condition: a rule for a country does not hold for somebody whose
    country nobody knows.

    :param rules: ``Rule``, in their order
    :param country: ISO code of the person's country
    :param tags: ids of the person's tags; one of a rule's is enough
    :param platform: code of the platform that the act concerns
    """
    for rule in rules:
        if (
            (not rule.countries or country in rule.countries)
            and (not rule.tags or not rule.tags.isdisjoint(tags))
            and (not rule.platforms or platform in rule.platforms)
        ):
            return rule
    return LAW
