"""Figures as the site shows them: the page, the drawing, the table; for tests."""

import csv
import io
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from werkzeug.test import Client

SVG = "{http://www.w3.org/2000/svg}"
PLAIN = {"Accept-Encoding": "identity"}


def page(client: Client, address: str) -> str:
    """A page that must exist."""
    response = client.get(address, headers=PLAIN)
    assert response.status_code == 200, address
    return response.text


def drawing(client: Client, address: str) -> ET.Element:
    """The file of a figure, parsed."""
    name, _, query = address.partition("?")
    response = client.get(f"{name}.svg?{query}", headers=PLAIN)
    assert response.status_code == 200, address
    assert response.content_type == "image/svg+xml; charset=utf-8"
    return ET.fromstring(response.data)  # noqa: S314 - written by ourselves


def rows(client: Client, address: str) -> list[dict[str, str]]:
    """The table of a figure."""
    name, _, query = address.partition("?")
    response = client.get(f"{name}.csv?{query}", headers=PLAIN)
    assert response.status_code == 200, address
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))


def inline(text: str) -> Iterator[ET.Element]:
    """The images inside a page."""
    for image in re.findall(r"<svg .*?</svg>", text, flags=re.DOTALL):
        yield ET.fromstring(image)  # noqa: S314 - written by ourselves
