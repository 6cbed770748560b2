"""Figures as the site shows them: the page, the drawing, the table; for tests."""

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from typing import NamedTuple
from xml.etree import ElementTree as ET

from werkzeug.test import Client

SVG = "{http://www.w3.org/2000/svg}"
PLAIN = {"Accept-Encoding": "identity"}
_ENTRY = re.compile(
    r'<li>(?:<a href="([^"]*)">)?<bdi>([^<]*)</bdi>(?:</a>)?'
    r'(?: <span class="words">([^<]*)</span>)?(.*?)</li>',
    re.DOTALL,
)


class Entry(NamedTuple):
    """An entry of the list for narrow screens; ``parts`` are the classes of the parts of its bar."""

    address: str
    label: str
    words: str
    parts: tuple[str, ...]


def entries(text: str) -> list[Entry]:
    """Return the entries of the list in a page."""
    listed = text.partition('<div class="bar-list">')[2].partition("</div>")[0]
    return [
        Entry(unescape(address), unescape(label), words, tuple(re.findall(r'<rect class="(\w+)"', bar)))
        for address, label, words, bar in _ENTRY.findall(listed)
    ]


def page(client: Client, address: str) -> str:
    """Return a page that must exist."""
    response = client.get(address, headers=PLAIN)
    assert response.status_code == 200, address
    return response.text


def drawing(client: Client, address: str) -> ET.Element:
    """Return the file of a figure, parsed."""
    name, _, query = address.partition("?")
    response = client.get(f"{name}.svg?{query}", headers=PLAIN)
    assert response.status_code == 200, address
    assert response.content_type == "image/svg+xml; charset=utf-8"
    return ET.fromstring(response.data)  # noqa: S314 - written by ourselves


def rows(client: Client, address: str) -> list[dict[str, str]]:
    """Return the table of a figure."""
    name, _, query = address.partition("?")
    response = client.get(f"{name}.csv?{query}", headers=PLAIN)
    assert response.status_code == 200, address
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))


def inline(text: str) -> Iterator[ET.Element]:
    """Yield the drawings inside a page, which is one unless the page is wrong."""
    for image in re.findall(r'<svg [^>]*class="drawing".*?</svg>', text, flags=re.DOTALL):
        yield ET.fromstring(image)  # noqa: S314 - written by ourselves
