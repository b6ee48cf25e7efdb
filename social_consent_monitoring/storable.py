"""Text from outside in a form that every database takes, in plain Python."""


def make_storable(text):
    """Return a text without control characters and lone surrogates; line ends and tabs stay."""
    text = str(text).encode("utf-8", "ignore").decode()
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")
