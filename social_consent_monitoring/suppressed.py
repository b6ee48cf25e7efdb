"""How purposes and handles are written on the list of those who must not come back."""


def make_code(purpose_code, channel=None):
    """Return the code of a purpose, or of a channel of ``contact``: "contact/email"."""
    return f"{purpose_code}/{channel}" if channel else purpose_code


def normalize_handle(handle):
    """Return a handle in the form that is compared: lower case, without the leading @."""
    return " ".join(str(handle or "").split()).lstrip("@").strip().lower()


def make_handle(platform_code, handle):
    """Return how a handle stands on the list: "platform code/handle", in lower case."""
    return f"{platform_code}/{normalize_handle(handle)}"
