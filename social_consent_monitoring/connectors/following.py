"""What all connectors share that ask what became of stored posts."""

import time

from . import ConnectorError, Fate, Rejected, http


def ask_some(items, size, find, tell):
    """Yield the `Fate` of each item, where one call tells of `size` items.

    `find(items)` makes the call and may raise `ConnectorError`; `tell(item, found)` is the fate.
    """
    items = list(items)
    for start in range(0, len(items), size):
        some = items[start : start + size]
        try:
            found = find(some)
        except ConnectorError as error:
            yield from (Fate(item.external_id, "unknown", error=error) for item in some)
            continue
        yield from (tell(item, found) for item in some)


def compare(item, found, address):
    """The `Fate` of a stored post that was found again: now `found`, a `Post` or a `Rejected`.

    Who took the text away deleted it; what is not public any more counts as deleted (rule 15).
    """
    if isinstance(found, Rejected):
        if found.reason == "no_text":
            return Fate(item.external_id, "deleted")
        detail = {"host": http.host_of(address), "reason": "answer"}
        error = ConnectorError("unexpected_answer", detail)
        return Fate(item.external_id, "unknown", error=error)
    if found.visibility != "public":
        return Fate(item.external_id, "deleted")
    if found.text == item.text:
        return Fate(item.external_id, "there")
    return Fate(item.external_id, "edited", found)


def ask_each(query, items, ask, is_ours, probe):
    """Yield a `Fate` for each item.

    `ask(item)` returns `(state, post)` or raises `ConnectorError`. "Not found" (404) and "gone"
    (410) are a deletion if one of our hosts says so (`is_ours(host)`), and if `probe()` then finds
    that it is still the place that was read: a site that moved away says it of everything.
    """
    failure = None
    for number, item in enumerate(items):
        if number:
            time.sleep(query.pause)
        state, post, error = _ask(ask, item)
        if error and not failure and _is_missing(error, is_ours):
            failure = _try(probe)
            state, error = ("unknown", failure) if failure else ("deleted", None)
        yield Fate(item.external_id, state, post, error)


def _ask(ask, item):
    try:
        return *ask(item), None
    except ConnectorError as error:
        return "unknown", None, error


def _is_missing(error, is_ours):
    missing = error.code == "gone" or error.detail.get("status") == 404
    return missing and is_ours(error.detail.get("host"))


def _try(probe):
    """The error of a probe, or None."""
    try:
        probe()
    except ConnectorError as error:
        return error
    return None
