"""Signed links, in plain Python: what a link says, and how nobody else can make one.

A token is ``1.<what it says>.<HMAC-SHA256>``. It names the person by the random subject key and
the address it was sent to by a keyed digest, so that it holds nothing personal. The signature
covers the text of the token, not what it decodes to, and the database that made it: one changed
letter, another secret or a copy of the database under a new identity make it worthless.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import astuple, dataclass

VERSION = "1"
WITHDRAW = "w"
CONFIRM = "c"
ACCESS = "a"
# Of somebody who proves to be the author of public posts: it names no data subject.
AUTHOR = "p"
# Of a data subject who is about to prove an account.
ACCOUNT = "h"
KINDS = (WITHDRAW, CONFIRM, ACCESS, AUTHOR, ACCOUNT)
# Far above what is ever made: nobody makes the server hash megabytes.
MAX_LENGTH = 1000


class InvalidLink(ValueError):
    """A link that nothing follows from; ``reason`` is a code, and names nobody."""

    def __init__(self, reason="invalid"):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Link:
    """What a link is for.

    ``purpose`` (and ``channel``) None: all. ``request``, ``asked_at`` and ``notice`` bind a link
    that confirms to one request: the sequence of the last event when it was sent, the moment it
    was sent, the id of the notice asked about. ``expires`` is the end of such a link, and of one
    that shows data. Times in seconds since 1970. ``mailed``: it went to the address, so whoever
    holds it reads that mailbox. ``key``: known to nobody but who holds the link.
    """

    kind: str
    company: int
    subject: str
    model: str = ""
    address: str = ""
    purpose: str | None = None
    channel: str | None = None
    request: int = 0
    asked_at: int = 0
    notice: int = 0
    expires: int = 0
    mailed: bool = True
    key: str = ""


def make_token(secret, database, link):
    """Return the token that stands for ``link``: letters, digits, ``-``, ``_`` and dots.

    :param bytes secret: known to this database only
    :param str database: the identity of this database
    """
    said = json.dumps(astuple(link), separators=(",", ":"), ensure_ascii=True)
    signed = f"{VERSION}.{_encode(said.encode())}"
    return f"{signed}.{_sign(secret, database, signed)}"


def read_token(secret, database, token, now):
    """Return the link that a token stands for.

    :param int now: seconds since 1970
    :raises InvalidLink: "invalid", or "expired" for a genuine request whose time is over. A link
        that showed data once is like one that never was: it says nothing of anybody.
    """
    if not isinstance(token, str) or len(token) > MAX_LENGTH or not token.isascii():
        raise InvalidLink
    signed, _dot, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign(secret, database, signed), signature):
        raise InvalidLink
    link = _read_signed(signed)
    if link.kind != WITHDRAW and not link.expires > now:
        raise InvalidLink("expired" if link.kind == CONFIRM else "invalid")
    return link


def digest_address(secret, address):
    """Return what stands for an address in a token, "" for none.

    Keyed, so that nobody finds the address by trying out; the caller normalises.
    """
    if not address:
        return ""
    digest = hmac.new(secret, b"address\n" + address.encode(), hashlib.sha256).digest()
    return _encode(digest[:16])


def _read_signed(signed):
    """Return what was signed; a version that is no longer read is no link."""
    version, _dot, said = signed.partition(".")
    if version != VERSION:
        raise InvalidLink
    try:
        link = Link(*json.loads(_decode(said)))
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidLink from error
    if link.kind not in KINDS:
        raise InvalidLink
    return link


def _sign(secret, database, signed):
    message = f"link\n{database}\n{signed}".encode()
    return _encode(hmac.new(secret, message, hashlib.sha256).digest())


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
