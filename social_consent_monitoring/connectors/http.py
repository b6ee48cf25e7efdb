"""HTTP for servers that nobody vouches for: guarded addresses, sizes and times.

`Session` is a `requests.Session`, so a platform's library can be given it. Whatever goes wrong
leaves it as a `ConnectorError`; only 2xx and 304 answers come back, with their body read.

The address is checked where the connection is made, on the very address that is connected to,
so neither a redirect nor a name that changes between check and use (rebinding) gets past it.
"""

import io
import ipaddress
import math
import random
import socket
import time
import zlib
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from itertools import pairwise
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from . import ConnectorError

MAX_REDIRECTS = 5
MAX_RETRY_AFTER = 24 * 3600  # seconds; a server may not silence a source for longer
HEADER_ROOM = 1_000_000  # bytes on the wire beside the body: headers, chunk sizes
CHUNK = 65_536
A_TIME = 1_000_000_000  # a number beyond it is seconds since 1970
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
# Never a public server, and not to be reached on request either. Python's own lists differ
# between its versions, and do not know the clouds' addresses.
_REFUSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",  # protocol assignments; Oracle's cloud metadata is 192.0.0.192
        "168.63.129.16/32",  # Azure's platform services
        "100.100.100.200/32",  # Alibaba's cloud metadata
        "192.88.99.0/24",  # 6to4 relays, given up
        "64:ff9b:1::/48",  # NAT64 of a local network: which address is inside cannot be told
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fd00:ec2::/32",  # Amazon's cloud metadata and platform services
        "fd20:ce::254/128",  # Google's cloud metadata
        "fd00:42::42/128",  # Scaleway's cloud metadata
    )
)


class Session(requests.Session):
    """A session for one `fetch`: its deadline runs from its making.

    Environment settings are ignored on purpose: through a proxy the proxy would connect, and
    the address check with it would be void; a .netrc would send credentials nobody asked for.
    `last` is the last good answer, for who uses the session through a library. `explain(response)`
    may return a `ConnectorError` that says more of a failure than its status does; only for that
    the body of an error is read.
    """

    def __init__(self, query, *, explain=None):
        super().__init__()
        self.trust_env = False
        self.max_redirects = MAX_REDIRECTS
        self.headers = requests.structures.CaseInsensitiveDict(
            {"User-Agent": query.user_agent, "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
        )
        self.last = None
        self._query = query
        self._explain = explain
        self.adapters.clear()
        self._deadline = _Deadline(query.deadline)
        adapter = _Adapter(query, self._deadline, reads_errors=bool(explain))
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, method, url, *, repeatable=None, **kwargs):
        """As in requests, with our own time limits. Raises `ConnectorError`.

        Asked once more, after a moment, where the server hangs up without an answer: that is a
        restart or an overload, and gone by then. Only what is `repeatable` (a GET, unless told
        otherwise): the server may have done it already. All other waiting is the caller's business.
        """
        repeatable = method == "GET" if repeatable is None else repeatable
        check_address(url)
        kwargs["timeout"] = (self._query.connect_timeout, self._query.read_timeout)
        try:
            response = self._attempt(method, url, kwargs)
        except ConnectorError as error:
            if not repeatable or error.detail.get("reason") != "closed":
                raise
            pause = random.uniform(0.2, 0.6)  # noqa: S311 - spreads the load, guards nothing
            time.sleep(self._deadline.within(pause, host_of(url)))
            response = self._attempt(method, url, kwargs)
        if response.status_code >= 400 and self._explain and (error := self._explain(response)):
            raise error
        check_status(response)
        self.last = response
        return response

    def left(self, host):
        """Seconds to the deadline. Raises `ConnectorError("timeout")` after it."""
        return self._deadline.within(math.inf, host)

    def too_late(self, host):
        """The error for what took until the deadline."""
        return self._deadline.error(host)

    def _attempt(self, method, url, kwargs):
        try:
            return super().request(method, url, **kwargs)
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            # `from None`: the library's texts quote the whole address, secrets included.
            raise _translated(error, url, self._query) from None


def check_address(url):
    """Raise `ConnectorError` unless `url` is http or https, names a host and holds no credentials.

    With a user name or password in it, what only members may read would come in as public
    (rule 15), and whoever sees the address would see the password.
    """
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except (ValueError, TypeError, AttributeError):
        usable = False
    if not usable:
        raise ConnectorError("address", {"host": host_of(url)})
    if "@" in parts.netloc:
        raise ConnectorError("address", {"host": host_of(url), "reason": "credentials"})


def host_of(url):
    """The host (and port) of an address, without user name and password; "" if it has none."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower()
    except (ValueError, TypeError, AttributeError):
        return ""


def origin_of(url):
    """Scheme, host and port of an address, as `https://example.org`; "" if it has no host."""
    host = host_of(url)
    return f"{urlsplit(url).scheme.lower()}://{host}" if host else ""


def check_status(response):
    """Raise `ConnectorError` unless the answer is 2xx or 304."""
    status = response.status_code
    if 200 <= status < 300 or status == 304:
        return
    code = {401: "login_needed", 403: "login_needed", 410: "gone", 429: "too_many_requests"}
    raise ConnectorError(
        code.get(status, "http_status"),
        {"host": host_of(response.url), "status": status},
        retry_after=retry_after(response.headers.get("Retry-After") or _reset(response)),
    )


def _reset(response):
    """When a limit ends, as a Retry-After header says it, where only `RateLimit-Reset` tells.

    Some (Bluesky) put the time there, in seconds since 1970; others the seconds until then.
    """
    reset = response.headers.get("RateLimit-Reset", "")
    if response.status_code != 429 or not reset.isdecimal():
        return None
    seconds = int(reset[:12])
    return str(seconds - int(time.time()) if seconds > A_TIME else seconds)


def retry_after(header, now=None):
    """Seconds to wait from a Retry-After header (seconds or HTTP date), 0 to a day, or None."""
    try:
        seconds = float(header)
    except (TypeError, ValueError):
        try:
            date = parsedate_to_datetime(header)
            date = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
            seconds = (date - (now or datetime.now(timezone.utc))).total_seconds()
        except (TypeError, ValueError, IndexError, AttributeError, OverflowError):
            return None
    if math.isnan(seconds):
        return None
    return math.ceil(min(max(seconds, 0), MAX_RETRY_AFTER))


def moved_to(response):
    """The lasting new address, as far as the redirects were all permanent, else None.

    No further than encryption goes: behind a step from https to http anybody on the way could
    have sent the reader elsewhere for good.
    """
    target = None
    for step, following in pairwise([*response.history, response]):
        here, there = urlsplit(step.url), urlsplit(following.url)
        downgraded = here.scheme == "https" and there.scheme != "https"
        if step.status_code not in (301, 308) or downgraded or "@" in there.netloc:
            break
        target = following.url
    return target


def is_allowed(address, allow_private=False):
    """Whether a numeric IP address may be connected to.

    Addresses that carry another one (IPv4-mapped, 6to4, Teredo, NAT64) count as the one inside.
    `allow_private` adds loopback and private networks, but none of the clouds' own addresses.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if inner := _embedded(ip):
        return is_allowed(str(inner), allow_private)
    if ip.is_multicast or ip.is_link_local or ip.is_unspecified:
        return False
    if any(ip in network for network in _REFUSED):
        return False
    if allow_private and (ip.is_private or ip.is_loopback):
        return True
    return ip.is_global and not ip.is_reserved and not getattr(ip, "is_site_local", False)


def _embedded(ip):
    if ip.version == 4:
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]


def _translated(error, url, query):
    """The `ConnectorError` for what requests or urllib3 raised."""
    request = getattr(error, "request", None)
    host = {"host": host_of(getattr(request, "url", None) or url)}
    if isinstance(error, requests.TooManyRedirects):
        return ConnectorError("too_many_redirects", {**host, "limit": MAX_REDIRECTS})
    if isinstance(error, (requests.exceptions.SSLError, urllib3.exceptions.SSLError)):
        return ConnectorError("tls", host)
    if isinstance(error, (requests.Timeout, urllib3.exceptions.TimeoutError)):
        return ConnectorError("timeout", {**host, "limit": query.read_timeout})
    if isinstance(error, (ValueError, urllib3.exceptions.LocationParseError)):
        return ConnectorError("address", host)
    return ConnectorError("unreachable", {**host, "reason": "closed"})


class _Deadline:
    """A point in time after which nothing is waited for."""

    def __init__(self, seconds):
        self.limit = seconds
        self._end = time.monotonic() + seconds

    def within(self, seconds, host):
        """`seconds`, or less if the deadline is nearer. Raises `ConnectorError` after it."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise self.error(host)
        return min(seconds, left)

    def error(self, host):
        """The error for what took longer."""
        return ConnectorError("timeout", {"host": host, "limit": self.limit})


class _Adapter(HTTPAdapter):
    """Makes guarded connections, and reads each body itself, under the limits."""

    def __init__(self, query, deadline, reads_errors=False):
        self._query = query
        self._deadline = deadline
        self._reads_errors = reads_errors
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args, **kwargs):
        result = super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": self._pool(HTTPConnectionPool, HTTPConnection),
            "https": self._pool(HTTPSConnectionPool, HTTPSConnection),
        }
        return result

    def _pool(self, pool, connection):
        limits = {"query": self._query, "deadline": self._deadline}
        guarded = type("GuardedConnection", (_Guard, connection), limits)
        return type("GuardedPool", (pool,), {"ConnectionCls": guarded})

    def send(self, request, **kwargs):
        check_address(request.url)  # here, because each step of a redirect comes by
        kwargs.update(stream=True, proxies={})
        response = super().send(request, **kwargs)
        try:
            # A redirect's body is of no use, and requests would read it without any limit.
            response._content = b"" if response.is_redirect else self._body(response)
            response._content_consumed = True
        finally:
            # Not kept for the next request: what was left unread would be taken for its answer.
            response.raw.close()
            response.close()
        return response

    def _body(self, response):
        host, limit = host_of(response.url), self._query.max_bytes
        if response.status_code >= 400 and not self._reads_errors:
            return b""  # the status says it all
        body, size = [], 0
        for data in _decompressed(self._wire(response, host), response.headers, host):
            size += len(data)
            if size > limit:
                raise too_large(host, limit)
            body.append(data)
        return b"".join(body)

    def _wire(self, response, host):
        """The body as sent, chunk framing removed. A body cut short is an error."""
        promised, size = response.headers.get("Content-Length", ""), 0
        if "Transfer-Encoding" in response.headers or response.request.method == "HEAD":
            promised = ""
        if promised.isdecimal() and int(promised) > self._query.max_bytes:
            raise too_large(host, self._query.max_bytes)
        try:
            for data in response.raw.stream(CHUNK, decode_content=False):
                size += len(data)
                yield data
        except urllib3.exceptions.TimeoutError:
            limit = self._query.read_timeout
            raise ConnectorError("timeout", {"host": host, "limit": limit}) from None
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            raise truncated(host) from None
        # urllib3 1.26 does not compare by itself.
        if promised.isdecimal() and response.status_code != 304 and size < int(promised):
            raise truncated(host)


def too_large(host, limit, unit="bytes"):
    """The error for an answer beyond a limit."""
    return ConnectorError("too_large", {"host": host, "limit": limit, "unit": unit})


def truncated(host):
    """The error for an answer that ends too early: nothing of it is used, the next may be whole."""
    return ConnectorError("unexpected_answer", {"host": host, "reason": "truncated"})


def _decompressed(wire, headers, host):
    """Undo the Content-Encoding in pieces of at most `CHUNK` bytes.

    Done here because urllib3 inflates whatever it read in one go: a few megabytes of zeros,
    packed twice, would fill the memory before anybody could count.
    """
    encoding = headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        yield from wire
    elif encoding in ("gzip", "x-gzip", "deflate"):
        yield from _inflated(wire, host)
    else:
        raise ConnectorError("unexpected_answer", {"host": host, "reason": "encoding"})


def _inflated(wire, host):
    unpack = None
    try:
        for data in wire:
            while data:
                unpack = unpack or zlib.decompressobj(_window(data))
                yield unpack.decompress(data, CHUNK)
                data = unpack.unconsumed_tail or unpack.unused_data
                if unpack.eof:
                    unpack = None  # gzip may come in several members
                    data = data if data[:1] == b"\x1f" else b""  # padding behind the end
        if unpack:
            yield unpack.flush()
    except zlib.error:
        raise ConnectorError("unexpected_answer", {"host": host, "reason": "encoding"}) from None
    if unpack and not unpack.eof:
        raise truncated(host)


def _window(data):
    """zlib's window setting for gzip, for deflate with its header, for deflate as some send it."""
    if data[:1] == b"\x1f":
        return zlib.MAX_WBITS | 16
    return zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS


class _Guard:
    """Mixed into urllib3's connections, which call `_new_conn` for every new socket."""

    query = deadline = None  # set in the classes that `_Adapter._pool` makes

    def _new_conn(self):
        addresses = self._addresses()
        allowed = [a for a in addresses if is_allowed(a[4][0], self.query.allow_private)]
        if not allowed:
            raise ConnectorError("private_address", {"host": self._shown()})
        failure = None
        for family, kind, protocol, _name, address in allowed:
            try:
                return self._open(family, kind, protocol, address)
            except OSError as error:
                failure = error
        if isinstance(failure, TimeoutError):
            limit = self.query.connect_timeout
            raise ConnectorError("timeout", {"host": self._shown(), "limit": limit})
        raise ConnectorError("unreachable", {"host": self._shown(), "reason": "refused"})

    def _addresses(self):
        host = self._dns_host.strip("[]")
        try:
            return socket.getaddrinfo(host, self.port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise ConnectorError("address", {"host": self._shown()}) from None
        except OSError:
            detail = {"host": self._shown(), "reason": "dns"}
            raise ConnectorError("unreachable", detail) from None

    def _open(self, family, kind, protocol, address):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(self.deadline.within(self.query.connect_timeout, self._shown()))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        return sock

    def connect(self):
        result = super().connect()
        self.sock = _GuardedSocket(self.sock, self)
        return result

    def _shown(self):
        return self.host if self.port == self.default_port else f"{self.host}:{self.port}"


class _GuardedSocket:
    """A socket (plain or TLS) whose reading keeps to the deadline and to the size."""

    def __init__(self, sock, connection):
        self._sock = sock
        self._connection = connection

    def makefile(self, mode="rb", *_args, **_kwargs):
        raw = self._sock.makefile(mode, buffering=0)
        return io.BufferedReader(_GuardedReader(raw, self._sock, self._connection))

    def __getattr__(self, name):
        return getattr(self._sock, name)


class _GuardedReader(io.RawIOBase):
    """Sets the time left before each read: a byte a second does not start the clock anew."""

    def __init__(self, raw, sock, connection):
        super().__init__()
        self._raw, self._sock = raw, sock
        self._deadline, self._query = connection.deadline, connection.query
        self._host = connection._shown()
        self._room = self._query.max_bytes + HEADER_ROOM

    def readable(self):
        return True

    def readinto(self, buffer):
        wait = self._deadline.within(self._query.read_timeout, self._host)
        self._sock.settimeout(wait)
        try:
            count = self._raw.readinto(buffer)
        except TimeoutError:
            # Either this says that the whole time is over, or it was the pause that was too long.
            self._deadline.within(wait, self._host)
            detail = {"host": self._host, "limit": self._query.read_timeout}
            raise ConnectorError("timeout", detail) from None
        self._room -= count or 0
        if self._room < 0:
            raise too_large(self._host, self._query.max_bytes)
        return count

    def close(self):
        self._raw.close()
        return super().close()
