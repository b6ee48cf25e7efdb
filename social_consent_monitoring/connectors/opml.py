"""Feed lists (OPML): read what other readers and people wrote, and write our own.

Nothing in a list is fetched, neither an address nor a list that it includes.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from lxml import etree

from . import ConnectorError, clean, http, xml_guard

MAX_BYTES = 5 * 1000 * 1000
MAX_FEEDS = 2000
MAX_TITLE = 200  # characters
# Settings against everything that a document could make the parser load or unfold.
_SAFE = {
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


@dataclass(frozen=True)
class Feed:
    """A feed in a list.

    `folders`  titles of the outlines around it, the outermost first
    `problem`  why it cannot be used: `address` (not http or https), `credentials` (a user name
               or password in it: what needs a login is not public, rule 15), `duplicate` (once
               more in this list), or ""
    """

    title: str
    address: str = field(repr=False)  # may carry a secret key
    folders: tuple[str, ...] = ()
    problem: str = ""


def parse(body, max_bytes=MAX_BYTES, max_feeds=MAX_FEEDS):
    """The feeds of a list, in its order.

    Raises `ConnectorError`: `empty`, `entities`, `too_large` (`limit`, `unit`: `bytes` or
    `items`), `not_opml`, `malformed` (`line`).
    """
    if len(body) > max_bytes:
        raise http.too_large("", max_bytes)
    text = xml_guard.decoded(body)
    if not text:
        raise ConnectorError("empty")
    name, start = xml_guard.root(text, "")
    if name != "opml":
        raise ConnectorError("not_opml")
    found, seen = [], set()
    for title, address, folders in _outlines(_tree(text, start)):
        if len(found) == max_feeds:
            raise http.too_large("", max_feeds, "items")
        problem = check(address) or ("duplicate" if same(address) in seen else "")
        if not problem:
            seen.add(same(address))
        found.append(Feed(title or http.host_of(address), address, folders, problem))
    return tuple(found)


def write(title, feeds):
    """The list of these feeds, as bytes in UTF-8."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean.plain_text(title)
    folders = {(): etree.SubElement(root, "body")}
    for feed in feeds:
        name, address = clean.plain_text(feed.title), clean.plain_text(feed.address)
        etree.SubElement(
            _folder(folders, feed.folders), "outline", text=name, type="rss", xmlUrl=address
        )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def check(address):
    """Why no feed can be read from this address, as `Feed.problem` says it, or ""."""
    try:
        http.check_address(address)
    except ConnectorError as error:
        return error.detail.get("reason", "address")
    return "" if clean.web_address(address) else "address"


def same(address):
    """What two addresses of one feed have in common: host, path and query."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return address
    host = parts.netloc.lower()
    for scheme, port in (("http", ":80"), ("https", ":443")):
        if parts.scheme == scheme:
            host = host.removesuffix(port)
    return f"{host}{parts.path or '/'}?{parts.query}"


def _folder(folders, path):
    """The outline of this folder, made where it is missing."""
    if path not in folders:
        name = clean.plain_text(path[-1])
        folders[path] = etree.SubElement(_folder(folders, path[:-1]), "outline", text=name)
    return folders[path]


def _tree(text, start):
    """The document from its root on: a document type before it is never looked at."""
    try:
        return etree.fromstring(text[start:].encode(), etree.XMLParser(encoding="utf-8", **_SAFE))
    except etree.XMLSyntaxError as error:
        line = (error.lineno or 1) + text.count("\n", 0, start)
        raise ConnectorError("malformed", {"line": line}) from None


def _outlines(tree):
    """Title, address and folders of each outline with an address.

    Walked without recursion; an outline with an address may hold others, too.
    """
    path = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if etree.QName(element).localname.lower() != "outline":
            continue
        if event == "end":
            path.pop()
            continue
        said = {etree.QName(name).localname.lower(): value for name, value in element.items()}
        title = _title(said.get("title")) or _title(said.get("text"))
        if "xmlurl" in said:
            yield title, said["xmlurl"].strip(), tuple(filter(None, path))
        path.append(title)


def _title(text):
    return clean.shortened(" ".join(clean.plain_text(text).split()), MAX_TITLE)
