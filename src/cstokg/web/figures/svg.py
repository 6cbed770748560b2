"""SVG drawings: shapes, text and links, escaped, with one style for screen, print and file."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from xml.etree import ElementTree as ET

from markupsafe import Markup

from cstokg import namespaces
from cstokg.bounded_cache import bounded_cache

STYLE = Path(__file__).parents[1] / "static" / "figure_drawing.css"

_NAMESPACE = "http://www.w3.org/2000/svg"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NARROW, _WIDE = frozenset("fijltrI.,:;'|()[]1 -"), frozenset("mwMWЖШЩЮжшщюм@—…%")
_EM = 13.0
_PROBE = f"{namespaces.ID}state/any"

Link = Callable[[str], str]
Number = float | int | str


class Drawing:
    """An SVG image, to which elements are added.

    Attributes:
        name: of the drawing; the identifiers in the image begin with it.
        width: in pixels at full size.
        height: in pixels; set before the image is written.
    """

    def __init__(self, name: str, title: str, description: str, width: float, link: Link) -> None:
        """Begin an empty image; ``link`` returns the address of what an IRI names, or an empty text."""
        self.name, self.width, self.height = name, width, 0.0
        self._link = link
        self._is_page = link(_PROBE).startswith("/")
        self._root = ET.Element("svg", {"class": "drawing", "xmlns": _NAMESPACE, "role": "group"})
        self._root.set("aria-labelledby", f"{name}-title {name}-description")
        ET.SubElement(self._root, "title", {"id": f"{name}-title"}).text = _text(title)
        ET.SubElement(self._root, "desc", {"id": f"{name}-description"}).text = _text(description)
        self._open = [self._root]
        with self.group("defs"):
            self._pattern("hatched", "hatch")
            self._pattern("hatched-suspension", "hatch suspension")

    def add(self, tag: str, text: str = "", **attributes: Number) -> ET.Element:
        """Add an element to the open group; attributes are named as in ``class_`` and ``stroke_width``."""
        names = {name.rstrip("_").replace("_", "-"): _value(value) for name, value in attributes.items()}
        element = ET.SubElement(self._open[-1], tag, names)
        element.text = _text(text) or None
        return element

    @contextmanager
    def group(self, tag: str = "g", text: str = "", **attributes: Number) -> Iterator[ET.Element]:
        """Open an element for what is added inside the block."""
        element = self.add(tag, text, **attributes)
        with self.inside(element):
            yield element

    @contextmanager
    def inside(self, element: ET.Element) -> Iterator[None]:
        """Add to an earlier element inside the block, and so behind what was drawn since."""
        self._open.append(element)
        try:
            yield
        finally:
            self._open.pop()

    @contextmanager
    def link(self, iri: str, label: str) -> Iterator[None]:
        """Link what is added inside the block to what an IRI names; screen readers read the label."""
        with self.link_to(self._link(iri), label):
            yield

    @contextmanager
    def link_to(self, address: str, label: str) -> Iterator[None]:
        """Link what is added inside the block to an address; files have no links to this server."""
        href = address if self._is_page or not address.startswith("/") else ""
        attributes: dict[str, Number] = {"href": href, "aria_label": label} if href else {}
        with self.group("a" if href else "g", "", **attributes):
            self.add("title", label)
            yield

    def text(self, x: float, y: float, text: str, class_: str = "", anchor: str = "start") -> ET.Element:
        """Add a line of text with its base line at ``y``."""
        attributes: dict[str, Number] = {"class_": class_} if class_ else {}
        if anchor != "start":
            attributes["text_anchor"] = anchor
        return self.add("text", text, x=x, y=y, **attributes)

    def hatched(self, kind: str = "") -> str:
        """Return the fill for what is only possible; suspensions have a fill of their own."""
        return f"url(#{self.name}-hatched{'-suspension' if kind == 'suspension' else ''})"

    def markup(self) -> Markup:
        """Return the image as part of a page, which has the style."""
        return Markup(self._write())  # noqa: S704 - written by an XML serialiser, which escapes

    def file(self) -> bytes:
        """Return the image as a file of its own, with the style in it."""
        style = ET.Element("style")
        style.text = _style()
        self._root.insert(2, style)
        try:
            return f'<?xml version="1.0" encoding="UTF-8"?>\n{self._write()}\n'.encode()
        finally:
            self._root.remove(style)

    def _write(self) -> str:
        self._root.set("viewBox", f"0 0 {_value(self.width)} {_value(self.height)}")
        self._root.set("width", _value(self.width))
        self._root.set("height", _value(self.height))
        return ET.tostring(self._root, encoding="unicode")

    def _pattern(self, name: str, class_: str) -> None:
        with self.group(
            "pattern",
            id=f"{self.name}-{name}",
            width=6,
            height=6,
            patternUnits="userSpaceOnUse",
            patternTransform="rotate(45)",
        ):
            self.add("rect", class_="hatch-ground", width=6, height=6)
            self.add("rect", class_=class_, width=2, height=6)


def width_of(text: str, size: float = _EM) -> float:
    """Return about how wide a text is in a sans-serif face, in pixels; rather too wide than too narrow."""
    return _ems(text) * size


@bounded_cache(1 << 12)
def _ems(text: str) -> float:
    return sum(map(_em, text))


@lru_cache(maxsize=1 << 10)
def _em(letter: str) -> float:
    if letter in _NARROW:
        return 0.38
    return 0.96 if letter in _WIDE else 0.7 if letter.isupper() else 0.615


def fit(text: str, width: float, size: float = _EM) -> str:
    """Return a text cut to a width, with an ellipsis where something is left out."""
    if width_of(text, size) <= width:
        return text
    room, end = width - width_of("…", size), 0
    while end < len(text) and (room := room - width_of(text[end], size)) >= 0:
        end += 1
    return text[:end].rstrip(" ,;:.–(") + "…"


def shortened(text: str, width: float, most: int, size: float = _EM) -> list[str]:
    """Return a text in a limited number of lines of a width, with an ellipsis where it is cut."""
    all_lines = lines(text, width, size)
    rest = re.sub(r"(?<=\w)- ", "-", " ".join(all_lines[most - 1 :]))
    return [fit(line, width, size) for line in (*all_lines[: most - 1], rest) if line]


def lines(text: str, width: float, size: float = _EM) -> list[str]:
    """Break a text into lines of a width: between words, and after a hyphen where a word is too long."""
    broken = [""]
    words = [
        part
        for word in text.split()
        for part in (re.findall("[^-]*-|[^-]+", word) if width_of(word, size) > width else [word])
    ]
    for word in words:
        longer = f"{broken[-1]} {word}".strip()
        if broken[-1] and width_of(longer, size) > width:
            broken.append(word)
        else:
            broken[-1] = longer
    return broken


def _value(value: Number) -> str:
    if isinstance(value, str):
        return _text(value)
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def _text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)


@cache
def _style() -> str:
    return STYLE.read_text(encoding="utf-8")
