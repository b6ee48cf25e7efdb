"""A server that does what real servers are not asked to do: slow, endless, lying, broken.

    with Hostile() as server:
        server.url("/endless")

It listens on a free port of 127.0.0.1. Each route is a method below, named after its path with
`_` for `-` and `.`; what it misbehaves in is its docstring. A test may add a document of its own
with `server.serve(path, body, ...)`, and read the requests that came in from `server.requests`
(path and headers of each).
"""

import gzip
import json
import threading
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RSS = "application/rss+xml; charset=utf-8"
ETAG = '"v1"'
STEP = 0.1  # seconds between the bytes of a dripping answer


def rss(*items, head="", title="A site"):
    """An RSS 2.0 document; each item is given as the XML between its tags."""
    entries = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{head}<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{title}</title><link>https://site.example/</link>"
        f"<description>d</description>{entries}</channel></rss>"
    )


def item(number=1, text="A text", date="Mon, 02 Nov 2026 10:00:00 GMT"):
    """The XML of a complete item."""
    return (
        f"<guid>https://site.example/{number}</guid><link>https://site.example/{number}</link>"
        f"<title>Title {number}</title><description>{text}</description>"
        f"<pubDate>{date}</pubDate>"
    )


class Hostile:
    """The server, as a context manager. `tls` is an `ssl.SSLContext`, for https."""

    routes = None  # the handler's class in servers that are built on this one

    def __init__(self, tls=None):
        self.scheme = "https" if tls else "http"
        self.requests = []
        self.documents = {}
        self.makers = {}
        self.stopping = threading.Event()
        handler = type("Handler", (self.routes or Handler,), {"hostile": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_arguments: None  # clients that hang up are the point
        if tls:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self.host = f"127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_exception):
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def url(self, path):
        """The address of a route."""
        return f"{self.scheme}://{self.host}{path}"

    def serve(self, path, body, status=200, **headers):
        """Answer `path` with `body` (text or bytes); header names with `_` for `-`."""
        body = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.documents[path] = (status, {"Content-Type": RSS, **named}, body)
        return self.url(path)

    def answer(self, path, make):
        """Answer `path` with what `make(path with its query)` returns, as bytes."""
        self.makers[path] = make
        return self.url(path)


class Handler(BaseHTTPRequestHandler):
    """Answers GET from the documents and the routes."""

    protocol_version = "HTTP/1.1"
    hostile = None

    def do_GET(self):
        self.hostile.requests.append((self.path, dict(self.headers)))
        path = self.path.partition("?")[0]
        if path in self.hostile.makers:
            return self._answer(self.hostile.makers[path](self.path))
        if path in self.hostile.documents:
            status, headers, body = self.hostile.documents[path]
            return self._answer(body, status=status, **headers)
        name = path.strip("/").replace("-", "_").replace(".", "_").replace("/", "_")
        route = getattr(_Routes, name, None)
        return route(self) if route else self._answer(b"", status=404)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def _answer(self, body=b"", *, status=200, **headers):
        headers = {"Content-Type": RSS, "Content-Length": str(len(body)), **headers}
        self._head(status, headers)
        self.wfile.write(body)

    def _head(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def _drip(self, data):
        for byte in data:
            if self.hostile.stopping.wait(STEP):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def log_message(self, *_arguments):
        pass


class _Routes:
    """Functions of the handler (`self` is the handler)."""

    # What a source may answer instead of a feed

    def error(self):
        """500"""
        self._answer(b"oops", status=500)

    def busy(self):
        """503 with Retry-After"""
        self._answer(status=503, **{"Retry-After": "90"})

    def gone(self):
        """410"""
        self._answer(status=410)

    def members_only(self):
        """401"""
        self._answer(status=401, **{"WWW-Authenticate": "Bearer"})

    def forbidden(self):
        """403"""
        self._answer(status=403)

    def too_often(self):
        """429, Retry-After in seconds"""
        self._answer(status=429, **{"Retry-After": "120"})

    def too_often_date(self):
        """429, Retry-After as an HTTP date two minutes ahead"""
        date = datetime.now(timezone.utc) + timedelta(seconds=120)
        self._answer(status=429, **{"Retry-After": format_datetime(date, usegmt=True)})

    def too_often_for_years(self):
        """429 with a Retry-After that would silence the source for good"""
        self._answer(status=429, **{"Retry-After": "999999999"})

    def html(self):
        """a web page"""
        page = b"<!DOCTYPE html><html><head><title>Hi</title></head><body>Hi</body></html>"
        self._answer(page, **{"Content-Type": "text/html"})

    def html_as_feed(self):
        """a web page that says it is a feed"""
        self._answer(b"<!-- <rss> --><html><body><item><title>x</title></item></body></html>")

    def empty(self):
        """200 with nothing"""
        self._answer()

    def junk(self):
        """bytes without meaning"""
        self._answer(bytes(range(256)) * 20)

    # Size and time

    def large(self):
        """30 MB, announced"""
        self._head(200, {"Content-Type": RSS, "Content-Length": "30000000"})
        for _ in range(300):
            self.wfile.write(b" " * 100_000)

    def large_secretly(self):
        """30 MB in chunks, not announced"""
        self._head(200, {"Content-Type": RSS, "Transfer-Encoding": "chunked"})
        for _ in range(300):
            self.wfile.write(b"186a0\r\n" + b" " * 100_000 + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def endless_chunk_size(self):
        """a chunk size that never ends"""
        self._head(200, {"Content-Type": RSS, "Transfer-Encoding": "chunked"})
        while not self.hostile.stopping.is_set():
            self.wfile.write(b"0" * 100_000)

    def gzip_bomb(self):
        """200 MB in 200 kB"""
        body = gzip.compress(b" " * 200_000_000, 1)
        self._answer(body, **{"Content-Encoding": "gzip"})

    def gzip_twice(self):
        """packed two times, to multiply"""
        body = gzip.compress(gzip.compress(rss(item()).encode()))
        self._answer(body, **{"Content-Encoding": "gzip, gzip"})

    def gzip_members(self):
        """an honest feed in two gzip members"""
        body = rss(item()).encode()
        packed = gzip.compress(body[:100]) + gzip.compress(body[100:])
        self._answer(packed, **{"Content-Encoding": "gzip"})

    def gzip_cut(self):
        """a gzip stream without its end"""
        body = gzip.compress(rss(item()).encode())[:-20]
        self._answer(body, **{"Content-Encoding": "gzip"})

    def not_gzip(self):
        """plain text that says it is gzip"""
        self._answer(rss(item()).encode(), **{"Content-Encoding": "gzip"})

    def never(self):
        """takes the request and is silent"""
        self.hostile.stopping.wait()

    def slow_body(self):
        """one byte at a time"""
        self._head(200, {"Content-Type": RSS, "Content-Length": "100000"})
        self._drip(b" " * 100_000)

    def slow_header(self):
        """one byte at a time, from the first header on"""
        self._drip(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 60_000)

    def short(self):
        """promises more than it sends, then hangs up"""
        body = rss(item()).encode()
        self._head(200, {"Content-Type": RSS, "Content-Length": str(len(body) + 1000)})
        self.wfile.write(body)
        self.close_connection = True

    def cut_by_length(self):
        """promises, and so delivers, half of the document"""
        body = rss(item(1), item(2)).encode()
        self._answer(body[: len(body) - 60])

    def hangs_up(self):
        """closes the connection without a word"""
        self.close_connection = True

    def hangs_up_once(self):
        """the same, but only the first time"""
        if [path for path, _headers in self.hostile.requests].count(self.path) == 1:
            self.close_connection = True
        else:
            self._answer(rss(item()).encode())

    # Elsewhere

    def loop(self):
        """a redirect to itself"""
        self._answer(status=302, Location="/loop")

    def moved(self):
        """a permanent redirect to a good feed"""
        self._answer(status=301, Location="/good")

    def moved_twice(self):
        """308, then 302: only the first is lasting"""
        self._answer(status=308, Location="/elsewhere")

    def elsewhere(self):
        """a temporary redirect to a good feed, with a body that never ends"""
        self._head(302, {"Location": "/good", "Transfer-Encoding": "chunked"})
        self._drip(b"5\r\nxxxxx\r\n" * 1000)

    def to_metadata(self):
        """a redirect to the address where clouds keep their secrets"""
        self._answer(status=302, Location="http://169.254.169.254/latest/meta-data/")

    def to_file(self):
        """a redirect to a file"""
        self._answer(status=302, Location="file:///etc/passwd")

    # Good, strange and evil documents

    def good(self):
        """an honest feed with validators; 304 to who knows them"""
        validators = {"ETag": ETAG, "Last-Modified": "Mon, 02 Nov 2026 10:00:00 GMT"}
        if self.headers.get("If-None-Match") == ETAG:
            return self._answer(status=304, **{**validators, "Content-Length": None})
        return self._answer(rss(item(1), item(2)).encode(), **validators)

    def wrong_type(self):
        """an honest feed as text/html"""
        self._answer(rss(item()).encode(), **{"Content-Type": "text/html"})

    def truncated(self):
        """XML that stops in the middle of the second entry"""
        body = rss(item(1), item(2)).encode()
        self._answer(body[: body.index(b"Title 2")])

    def stray_ampersand(self):
        """not well-formed, but whole"""
        self._answer(rss(item(text="Fish & chips"), item(2)).encode())

    def entity_bomb(self):
        """the billion laughs"""
        self._answer(_bomb().encode())

    def entity_bomb_utf16(self):
        """the same in UTF-16, where no search for its bytes finds it"""
        body = _bomb().replace("utf-8", "utf-16").encode("utf-16")
        self._answer(body, **{"Content-Type": "application/rss+xml"})

    def entity_file(self):
        """an entity that names a file, behind comments"""
        head = '<!-- <rss> --><!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        self._answer(rss(item(text="&f;"), head=head).encode())

    def utf16(self):
        """an honest feed in UTF-16"""
        body = rss(item(text="Grüße 😀")).replace("utf-8", "utf-16").encode("utf-16")
        self._answer(body, **{"Content-Type": "application/rss+xml"})

    def wrong_charset(self):
        """UTF-8, declared as Latin-1 by header and document"""
        body = rss(item(text="Grüße 😀")).replace("utf-8", "iso-8859-1").encode()
        self._answer(body, **{"Content-Type": "application/rss+xml; charset=iso-8859-1"})

    def dirty(self):
        """script, markup, bidi overrides, NUL and other control characters, bad references"""
        text = (
            "&lt;p&gt;One&lt;br&gt;two &amp;amp; &lt;b&gt;three&lt;/b&gt;&lt;/p&gt;"
            "&lt;script&gt;alert(1)&lt;/script&gt;&lt;style&gt;p{}&lt;/style&gt;"
            "&lt;img src=x onerror=alert(2)&gt;\u202eevil\u2066 \x00\x01\x1b[31mred 😀"
        )
        link = "<guid>g</guid><link>javascript:alert(1)</link><title>T</title>"
        date = "<pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>"
        body = rss(f"{link}<description>{text}</description>{date}")
        self._answer(body.encode("utf-8", "surrogatepass"))

    def incomplete(self):
        """entries without id, date, text, or with a date that is none"""
        date = "<pubDate>Mon, 02 Nov 2026 10:00:00 GMT</pubDate>"
        entries = (
            f"<title>only a title</title>{date}",
            "<guid>https://site.example/undated</guid><title>undated</title>",
            f"<guid>https://site.example/textless</guid>{date}",
            "<guid>https://site.example/odd</guid><title>t</title><pubDate>soon</pubDate>",
            "<guid>https://site.example/zero</guid><title>t</title>"
            "<pubDate>0001-01-01T00:00:00Z</pubDate>",
            "<guid>https://site.example/late</guid><title>from the future</title>"
            "<pubDate>Mon, 02 Nov 2099 10:00:00 GMT</pubDate>",
        )
        self._answer(rss(*entries).encode())

    def many(self):
        """2,500 entries"""
        start = datetime(2026, 1, 1, tzinfo=timezone.utc)
        dates = (format_datetime(start + timedelta(minutes=n), usegmt=True) for n in range(2500))
        self._answer(rss(*(item(n, date=date) for n, date in enumerate(dates))).encode())

    def far_too_many(self):
        """300,000 entries in 6 MB: more than anybody should parse"""
        self._answer(rss(*["<guid>1</guid>"] * 300_000).encode())

    def feed_json(self):
        """a JSON Feed with good and bad items"""
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "A JSON site",
            "language": "de-AT",
            "items": [
                _json_item(1, content_text=None, content_html="<p>Eins</p><script>x()</script>"),
                _json_item(2, content_text="Zwei \ud800\u0000", authors=[{"name": "Ada"}]),
                _json_item(3, date_published="2026-11-02T10:00:00"),
                {"content_text": "no date"},
                "not an item",
            ],
        }
        self._answer(json.dumps(feed).encode(), **{"Content-Type": "application/feed+json"})

    def deep_json(self):
        """JSON nested deeper than a stack"""
        self._answer(b'{"a":' * 200_000, **{"Content-Type": "application/json"})


def _json_item(number, **values):
    return {
        "id": f"https://site.example/{number}",
        "url": f"/{number}",
        "date_published": "2026-11-02T10:00:00+01:00",
        "content_text": "text",
        **values,
    }


def _bomb():
    steps = ['<!ENTITY a0 "ha">']
    steps += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return rss(item(text="&a9;"), head=f"<!DOCTYPE rss [{''.join(steps)}]>")


if __name__ == "__main__":
    with Hostile() as server:
        print(server.url("/"))
        while True:
            time.sleep(60)
