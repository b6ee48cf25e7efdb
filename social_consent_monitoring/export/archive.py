"""The files of an export, written piece by piece so that no export has to fit into memory."""

import json
import re
import tempfile
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple
from urllib.parse import quote

from markupsafe import Markup, escape

VERSION = 1
SCHEMA = Path(__file__).with_name("schema.json")
# Up to so many bytes a file is written in memory, larger ones on the disk.
SPOOL = 8 * 1024 * 1024
CHUNK = 1024 * 1024
# Longest file name, in bytes of UTF-8; every system takes that many.
NAME_BYTES = 120
# What has a meaning in the name of a file on some system, spreadsheets and shells included.
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')
# Names that Windows keeps for devices.
DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
STYLE = Markup("""
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 56rem;
  margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 2px solid #444; }
h3 { margin: 1.5rem 0 0; font-size: 1.05rem; } .source { color: #555; margin: 0; }
dl { display: grid; grid-template-columns: minmax(8rem, 14rem) 1fr; gap: .2rem 1rem; margin: .3rem 0; }
dt { color: #444; } dd { margin: 0; white-space: pre-wrap; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
@media print { h3, dl { break-inside: avoid; } }
""")


class Value(NamedTuple):
    """One field: its name in Odoo, its label, its value in JSON's types, and that in words."""

    name: str
    label: str
    value: Any
    text: str


class Item(NamedTuple):
    """One record; ``id`` 0 where it stands for none."""

    model: str
    id: int
    title: str
    source: str
    values: list


class Section(NamedTuple):
    """One part of what is stored about a person."""

    code: str
    title: str
    rows: Any


class Row(NamedTuple):
    """One record in words: where it comes from, and (label, text) of all that it holds."""

    title: str
    source: str
    values: list


def safe_name(name, taken):
    """Return a name for a file in a ZIP that leads nowhere else, and add it to ``taken``.

    :param set taken: names in use, in lower case: some systems do not tell the cases apart
    """
    text = unicodedata.normalize("NFC", str(name or ""))
    text = text.encode("utf-8", "ignore").decode()
    text = UNSAFE.sub("_", text).strip(" .").lstrip("=+-@~$%")
    path = PurePosixPath(text or "file")
    suffix = path.suffix if len(path.suffix.encode()) <= 16 else ""
    stem = _cut(text.removesuffix(suffix).strip(" .") or "file", NAME_BYTES - len(suffix.encode()))
    if DEVICES.match(stem):
        stem = f"_{stem}"
    candidate, number = f"{stem}{suffix}", 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{stem} ({number}){suffix}"
    taken.add(candidate.casefold())
    return candidate


def _cut(text, size):
    """Return as much of a text as goes into so many bytes."""
    return text.encode()[:size].decode("utf-8", "ignore")


class Archive:
    """Writes one ZIP: ``data.json``, ``schema.json``, ``data.html``, and whatever files are added.

    Every entry bears the same date, so that one state of the data makes one archive.
    """

    def __init__(self, file):
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED)
        self._taken = {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._zip.close()

    def write_data(self, head, sections, words):
        """Write what is stored, for programs and for people, going over it once.

        :param dict head: what stands before the sections in ``data.json``
        :param sections: an iterator of ``Section`` with iterators of ``Item``
        :param dict words: ``lang``, ``title``, ``intro`` and ``empty`` of the page
        """
        with tempfile.SpooledTemporaryFile(SPOOL) as page:
            with self._open("data.json") as data:
                self._write_both(head, sections, words, data, page)
            page.seek(0)
            with self._open("data.html") as entry:
                _copy(page, entry)
        self.write_bytes("schema.json", SCHEMA.read_bytes())

    def _write_both(self, head, sections, words, data, page):
        opening = json.dumps(head, ensure_ascii=False, indent=1)
        data.write(f'{opening[: opening.rindex("}")].rstrip()},\n "sections": ['.encode())
        page.write(render_head(words).encode())
        for number, section in enumerate(sections):
            start = {"code": section.code, "title": section.title}
            said = json.dumps(start, ensure_ascii=False)[:-1]
            data.write(f'{"," if number else ""}\n  {said}, "records": ['.encode())
            page.write(render_section(section).encode())
            more = False
            for item in section.rows:
                said = json.dumps(to_json(item), ensure_ascii=False)
                data.write(f"{',' if more else ''}\n   {said}".encode())
                page.write(render_item(item).encode())
                more = True
            data.write(b"]}")
            page.write(b"</section>\n")
        data.write(b"]}\n")
        page.write(b"</main></body></html>\n")

    def write_bytes(self, name, content):
        with self._open(name) as entry:
            entry.write(content)

    def name_file(self, folder, name):
        """Return the path in the archive for a file of this name: safe, and not in use yet."""
        return f"{folder}/{safe_name(name, self._taken.setdefault(folder, set()))}"

    def write_file(self, path, source):
        """Write a file from an open one, piece by piece."""
        with self._open(path) as entry:
            _copy(source, entry)

    def _open(self, name):
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        return self._zip.open(info, "w", force_zip64=True)


def to_json(item):
    """Return one record as ``data.json`` holds it."""
    return {
        "model": item.model,
        "id": item.id or None,
        "title": item.title,
        "source": item.source,
        "values": [
            {"name": value.name, "label": value.label, "value": value.value}
            | ({"text": value.text} if value.text and value.text != value.value else {})
            for value in item.values
        ],
    }


def render_head(words):
    """Return the beginning of the page: it loads nothing, and no script could run in it."""
    return Markup(
        '<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8"/>'
        '<meta http-equiv="Content-Security-Policy"'
        " content=\"default-src 'none'; style-src 'unsafe-inline'\"/>"
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        '<meta name="referrer" content="no-referrer"/>'
        "<title>{title}</title><style>{style}</style></head><body>"
        "<header><h1>{title}</h1><p>{intro}</p></header><main>\n"
    ).format(style=STYLE, **words)


def render_section(section):
    return Markup(
        '<section id="{0}" aria-labelledby="{0}-title"><h2 id="{0}-title">{1}</h2>\n'
    ).format(section.code, section.title)


def render_item(item):
    """Return one record of the page; whatever people typed in is text there, and nothing else."""
    rows = "".join(
        f"<dt>{escape(value.label)}</dt><dd>{_render_value(value)}</dd>"
        for value in item.values
        if value.text
    )
    source = f'<p class="source">{escape(item.source)}</p>' if item.source else ""
    body = f"<dl>{rows}</dl>" if rows else ""
    return f"<article><h3>{escape(item.title)}</h3>{source}{body}</article>\n"


def _render_value(value):
    """Return a value in words; files of the archive can be opened from there."""
    if value.name == "path" and value.value:
        return f'<a href="{escape(quote(value.value))}">{escape(value.text)}</a>'
    return escape(value.text)


def _copy(source, target):
    while chunk := source.read(CHUNK):
        target.write(chunk)
