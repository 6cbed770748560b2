"""SVG drawings that every renderer draws alike: shapes and text with literal attributes, and links.

Graphics editors and converters do not support style sheets, variables, patterns or painting orders, so none
are used here. Pages replace the colours by those of their theme, with ``static/figure_drawing.css``.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from types import MappingProxyType
from xml.etree import ElementTree as ET

from markupsafe import Markup

from cstokg.bounded_cache import bounded_cache

# On white paper. A page in another theme replaces each of them.
INK, QUIET, LINE, PAPER, GROUND, WATER = "#1c2126", "#57606a", "#ddd9d0", "#ffffff", "#f4f2ec", "#e4ebee"
BLUE, ORANGE, RED = "#14536a", "#b9824a", "#9b2c1f"

FONTS = "Arial, Arimo, 'Liberation Sans', Helvetica, 'DejaVu Sans', sans-serif"

# The attributes for each class; an element of several classes has those of each, and those of all together.
LOOKS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "heading": {"font-size": "15", "font-weight": "bold"},
        "dim": {"fill": QUIET},
        "small": {"font-size": "12"},
        "year": {"fill": QUIET, "font-size": "12"},
        "ground": {"fill": PAPER, "fill-opacity": "0.85"},
        "target": {"fill": "none", "pointer-events": "all"},
        "grid": {"stroke": LINE, "stroke-width": "0.75"},
        "rule": {"stroke": LINE, "stroke-width": "0.5"},
        # The timeline.
        "certain": {"fill": BLUE},
        "certain presidency": {"fill": ORANGE},
        "certain suspension": {"fill": RED},
        "possible": {"fill": PAPER, "stroke": BLUE},
        "possible presidency": {"stroke": ORANGE},
        "possible suspension": {"stroke": RED},
        "hatching": {"fill": "none", "stroke": BLUE, "stroke-width": "1.5"},
        "hatching presidency": {"stroke": ORANGE},
        "hatching suspension": {"stroke": RED},
        "planned": {"fill": PAPER, "stroke": BLUE, "stroke-width": "1.5", "stroke-dasharray": "4 3"},
        "planned presidency": {"stroke": ORANGE},
        "planned suspension": {"stroke": RED},
        "arrow": {"fill": BLUE},
        "arrow presidency": {"fill": ORANGE},
        "arrow suspension": {"fill": RED},
        "said": {"fill": PAPER, "stroke": BLUE, "stroke-width": "2"},
        "said suspension": {"stroke": RED},
        "unknown": {
            "stroke": BLUE,
            "stroke-width": "2.5",
            "stroke-linecap": "round",
            "stroke-dasharray": "0.1 6",
        },
        "unknown presidency": {"stroke": ORANGE},
        "unknown suspension": {"stroke": RED},
        "held": {"fill": BLUE, "stroke": BLUE, "stroke-width": "2"},
        "announced": {"fill": PAPER, "stroke": BLUE, "stroke-width": "2"},
        "joint": {"stroke": BLUE, "stroke-width": "2"},
        "span-held": {"fill": BLUE, "fill-opacity": "0.35", "stroke": BLUE, "stroke-width": "2"},
        "span-announced": {"fill": PAPER, "stroke": BLUE, "stroke-width": "2"},
        # The map.
        "water": {"fill": WATER},
        "land": {"fill": PAPER, "stroke": QUIET, "stroke-width": "0.6", "stroke-linejoin": "round"},
        "graticule": {"fill": "none", "stroke": LINE, "stroke-width": "0.75"},
        "sea": {"fill": QUIET, "font-size": "11.5", "font-style": "italic"},
        "frame": {"fill": "none", "stroke": LINE},
        "town": {"font-size": "15", "font-weight": "bold"},
        # The neighbourhood.
        "link": {"fill": "none", "stroke": QUIET, "stroke-opacity": "0.55", "stroke-width": "1.1"},
        "inward": {"stroke-dasharray": "4 3"},
        "node": {"fill": PAPER, "stroke": BLUE, "stroke-width": "1.5"},
        "centre": {"fill": BLUE},
        "on-centre": {"fill": PAPER, "font-weight": "bold"},
        "label-ground": {"fill": GROUND},
        # The topic matrix.
        "cell": {"fill": BLUE, "stroke": PAPER},
        "strong": {"fill": PAPER},
        # The statement flows: hatched edges, firm edges, no edges.
        "flow": {"stroke": "none"},
        "relayed": {"fill": ORANGE, "fill-opacity": "0.4", "stroke": ORANGE, "stroke-dasharray": "5 3"},
        "via": {"fill": BLUE, "fill-opacity": "0.25", "stroke": BLUE, "stroke-width": "0.8"},
        "direct": {"fill": QUIET, "fill-opacity": "0.16"},
        "block": {"fill": BLUE},
        # What surrounds a drawing in a file.
        "paper": {"fill": PAPER},
        "headline": {"font-size": "22", "font-weight": "bold"},
        "foot": {"fill": QUIET, "font-size": "11.5"},
    }
)

_NAMESPACE = "http://www.w3.org/2000/svg"
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NARROW, _WIDE = frozenset("fijltrI.,:;'|()[]1 -"), frozenset("mwMWЖШЩЮжшщюм@—…%")
_EM = 13.0
_GROUND_SHARE = 0.88  # of the measured width of a text, which is slightly too wide
_HATCH = 6.0  # pixels from one line to the next

Link = Callable[[str], str]
Number = float | int | str


class Drawing:
    """An SVG image, to which elements are added.

    Attributes:
        name: the name of the drawing; the identifiers in the image begin with it.
        width: the width in pixels at full size.
        height: the height in pixels; set before the image is written.
    """

    def __init__(self, name: str, title: str, description: str, width: float, link: Link) -> None:
        """Begin an empty image.

        ``link`` returns where an IRI or an address of this site leads, or an empty text.
        """
        self.name, self.width, self.height = name, width, 0.0
        self._link = link
        self._root = ET.Element("svg", {"class": "drawing", "xmlns": _NAMESPACE, "role": "group"})
        self._root.set("aria-labelledby", f"{name}-title {name}-description")
        for attribute, value in (("font-family", FONTS), ("font-size", f"{_EM:g}"), ("fill", INK)):
            self._root.set(attribute, value)
        self._title, self._description = title, description
        ET.SubElement(self._root, "title", {"id": f"{name}-title"}).text = _text(title)
        ET.SubElement(self._root, "desc", {"id": f"{name}-description"}).text = _text(description)
        self._open = [self._root]

    def add(self, tag: str, text: str = "", **attributes: Number) -> ET.Element:
        """Add an element to the open group; attributes are named as in ``class_`` and ``stroke_width``."""
        names = {name.rstrip("_").replace("_", "-"): _value(value) for name, value in attributes.items()}
        if "class" in names:
            names = {**_look(names["class"]), **names}
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
        """Add what follows in the block to an earlier element, and so behind what was drawn after that."""
        self._open.append(element)
        try:
            yield
        finally:
            self._open.pop()

    @contextmanager
    def link(self, target: str, label: str) -> Iterator[None]:
        """Link what is added inside the block to an IRI or an address; screen readers read the label."""
        href = self._link(target)
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

    def text_on_ground(
        self, x: float, y: float, text: str, class_: str = "", anchor: str = "start"
    ) -> ET.Element:
        """Add a line of text over a background that hides the lines behind it."""
        size = float(_look(class_).get("font-size", _EM))
        width = width_of(text, size) * _GROUND_SHARE
        left = x - {"middle": width / 2, "end": width}.get(anchor, 0.0)
        self.add("rect", class_="ground", x=left - 2, y=y - size * 0.85, width=width + 4, height=size * 1.15)
        return self.text(x, y, text, class_, anchor)

    def hatched(self, kind: str, x: float, y: float, width: float, height: float) -> None:
        """Add a hatched rectangle of a kind, for what is only possible."""
        self.add("rect", class_=f"possible {kind}".strip(), x=x, y=y, width=width, height=height)
        steps, start = [], x - height + _HATCH / 2
        while start < x + width:
            left, right = max(start, x), min(start + height, x + width)
            steps.append(
                f"M{left:.1f} {y + height - left + start:.1f}L{right:.1f} {y + height - right + start:.1f}"
            )
            start += _HATCH
        self.add("path", class_=f"hatching {kind}".strip(), d="".join(steps))

    @property
    def classes(self) -> set[str]:
        """The classes of all elements that were added."""
        return {name for element in self._root.iter() for name in element.get("class", "").split()}

    def markup(self) -> Markup:
        """Return the image as part of a page."""
        return Markup(_written(self._root, self.width, self.height))  # noqa: S704 - a serialiser escapes

    def document(self) -> bytes:
        """Return the image as the contents of a file."""
        written = _written(self._root, self.width, self.height)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'.encode()

    def framed(self, title: str, width: float) -> "Drawing":
        """Return an empty image to hold this one, with the same description."""
        return Drawing(self.name, title, f"{self._title}. {self._description}", width, self._link)

    def put_into(self, frame: "Drawing") -> None:
        """Add what is drawn to another image, without the invisible areas for tapping."""
        root = deepcopy(self._root)
        for parent in list(root.iter()):
            for target in parent.findall("*[@class='target']"):
                parent.remove(target)
        for element in root:
            if element.tag not in ("title", "desc"):
                frame.append(element)

    def append(self, element: ET.Element) -> None:
        """Add an element of another image to the open group."""
        self._open[-1].append(element)


def _written(root: ET.Element, width: float, height: float) -> str:
    root.set("viewBox", f"0 0 {_value(width)} {_value(height)}")
    root.set("width", _value(width))
    root.set("height", _value(height))
    return ET.tostring(root, encoding="unicode")


@lru_cache(maxsize=1 << 9)
def _look(class_: str) -> Mapping[str, str]:
    """Return the attributes for one or several classes."""
    look: dict[str, str] = {}
    for name in (*class_.split(), class_):
        look |= LOOKS.get(name, {})
    return look


def width_of(text: str, size: float = _EM) -> float:
    """Return an estimate of the width of a text in a sans-serif face, in pixels; rather too much."""
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
