"""Why an uploaded file cannot be used, and what to do about it, in the user's words."""


def explain_file(env, error):
    """Return one text for a ``connectors.ConnectorError`` about a file."""
    words = {
        "empty": env._("This file is empty."),
        "too_large": env._(
            "This file is larger than the limit of %(limit)s %(unit)s. Split it, and upload one "
            "part after the other.",
            limit=error.detail.get("limit"),
            unit=env._("bytes") if error.detail.get("unit") == "bytes" else env._("entries"),
        ),
        "binary": env._("This is no text file. Export the posts as CSV or JSON Lines."),
        "workbook": env._("This is a spreadsheet. Save it as CSV (UTF-8), and upload that."),
        "json_array": env._(
            "This file is one JSON document. JSON Lines are needed: each post in a line of its own."
        ),
        "entities": env._("This file defines XML entities, which can be an attack."),
        "not_opml": env._("This is no feed list. Export the feeds of your reader as OPML."),
        "malformed": env._(
            "This feed list is broken in line %s. Export it once more.", error.detail.get("line")
        ),
    }
    return words.get(error.code) or env._("This file cannot be read.")
