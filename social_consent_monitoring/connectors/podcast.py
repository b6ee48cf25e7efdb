"""Podcasts: the feed that goes by a name, asked of Apple's directory (iTunes Search API).

Public, without a key, about 20 calls a minute. Apple learns the name, and nothing else.
"""

from . import ConnectorError, clean, http, keyed

DIRECTORY = "https://itunes.apple.com/search"
LIMIT = 5  # some entries name no feed


def seek(query):
    """The address of the first feed that the directory gives for the question `query.address`.

    Raises `ConnectorError`, `term` where it knows none.
    """
    http.check_address(query.address)
    with http.Session(query) as session:
        response = session.request("GET", query.address, headers={"Accept": "application/json"})
    answer = keyed.body(response)
    if not isinstance(answer.get("results"), list):
        raise keyed.unexpected(query.address)
    for found in keyed.each(answer, "results"):
        if address := clean.web_address(found.get("feedUrl")):
            return address
    raise ConnectorError("term", {"host": http.host_of(query.address), "reason": "podcast"})
