"""What the connectors share that read one platform with a key of the company's.

The key goes in a header and never in an address, so that no log, error or redirect can quote it;
and it goes to the platform's own host only, whatever address a source names: who may edit sources
may not read keys.
"""

import ipaddress
import json
from urllib.parse import urlsplit

from . import CONNECTORS, ConnectorError, http


def base(query, connector):
    """The platform's address without a slash behind.

    Raises `ConnectorError`: `account` without a key, `address` for any other host. A server on
    this machine is taken, too, where private addresses are allowed.
    """
    own = CONNECTORS[connector].address
    if not query.secret:
        raise ConnectorError("account", {"host": http.host_of(own)})
    address = (query.address or own).rstrip("/")
    http.check_address(address)
    if address != own and not (query.allow_private and _is_loopback(address)):
        raise ConnectorError("address", {"host": http.host_of(address)})
    return address


def is_own(address, connector):
    """Whether this is the platform's own address, and not that of a server on this machine."""
    return address == CONNECTORS[connector].address


def _is_loopback(address):
    try:
        return ipaddress.ip_address(urlsplit(address).hostname).is_loopback
    except ValueError:
        return False


class Session(http.Session):
    """A guarded session that follows no redirect, since that would take the key elsewhere.

    Otherwise as `http.Session`.
    """

    def request(self, method, url, **kwargs):
        """As in `http.Session`; redirects are errors."""
        kwargs["allow_redirects"] = False
        return super().request(method, url, **kwargs)


def body(response):
    """The JSON object in an answer; an empty one where there is none."""
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def unexpected(url):
    """The error for an answer that is not what the platform documents."""
    return ConnectorError("unexpected_answer", {"host": http.host_of(url), "reason": "answer"})


def get(holder, *names):
    """The value at the end of these names, or None: nothing in an answer is taken for granted."""
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder


def each(holder, *names):
    """The objects of the list at the end of these names."""
    found = get(holder, *names)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
