"""Counts as cells, the darker the larger: in a matrix, or one below the other where that is too wide."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from cstokg.web import facets
from cstokg.web.figures.svg import Drawing, lines, shortened, width_of
from cstokg.web.site import Site

_ROW = 25.0
_STEPS = (0.14, 0.28, 0.43, 0.82, 1.0)
_STRONG = 0.5  # from this opacity on numbers are printed in the colour of the paper
_CELL, _NAME = 136.0, 170.0  # where a list has its cells, and where it says whose they are
_SMALL, _LINE = 12.0, 15.0
_TEXT = 16.0


@dataclass(frozen=True, slots=True)
class Layout:
    """The measures of a matrix.

    Attributes:
        labels: how much room the topics have.
        least, most: how wide a column is.
        longest: how long a column's name may be.
        lines: in how many lines.
        turn: by how many degrees it is turned.
        rise, lean: how far it then rises and leans for each pixel of its length.
    """

    labels: float
    least: float
    most: float
    longest: float
    lines: int
    turn: int
    rise: float
    lean: float


_WIDE = Layout(244, 33, 62, 264, 1, -45, 0.72, 0.72)
_NARROW = Layout(138, 26, 36, 180, 2, -90, 1, 0)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many statements deal with each topic, by speaker or by what else.

    Attributes:
        by: the facet by which they are counted.
        groups: topics under a broad one.
        columns: the values of the facet, in order.
        numbers: the count for each topic and value.
    """

    by: str
    groups: Sequence[tuple[str, list[str]]]
    columns: Sequence[str]
    numbers: Counter[tuple[str, str]]

    def of(self, topic: str) -> Iterator[tuple[str, int]]:
        """The values that have something on a topic, each with its number."""
        return ((one, self.numbers[topic, one]) for one in self.columns if self.numbers[topic, one])


def wide(drawing: Drawing, site: Site, counts: Counts) -> None:
    """A matrix."""
    _matrix(drawing, site, counts, _WIDE)


def narrow(drawing: Drawing, site: Site, counts: Counts) -> None:
    """A matrix where it is narrow enough, and else a list."""
    if _NARROW.labels + _NARROW.least * len(counts.columns) <= drawing.width:
        _matrix(drawing, site, counts, _NARROW)
    else:
        _list(drawing, site, counts)


def _matrix(drawing: Drawing, site: Site, counts: Counts, layout: Layout) -> None:
    """A row for each topic, and a column for each value."""
    labels = [
        shortened(facets.label(site.catalogue, counts.by, one), layout.longest, layout.lines)
        for one in counts.columns
    ]
    length = max(width_of(line) for label in labels for line in label)
    y, lean = length * layout.rise + 18, length * layout.lean
    room = drawing.width - layout.labels - lean
    column = min(layout.most, max(layout.least, room / len(labels)))
    right = layout.labels + column * len(labels)
    drawing.width = max(drawing.width, right + lean)
    places = {one: layout.labels + column * index for index, one in enumerate(counts.columns)}
    for (one, x), label in zip(places.items(), labels, strict=True):
        with drawing.link(one, facets.label(site.catalogue, counts.by, one)):
            for index, line in enumerate(label):
                middle = x + column / 2 + 4 + 14 * (index - (len(label) - 1) / 2)
                drawing.text(0, 0, line).set(
                    "transform", f"translate({middle:.1f} {y - 6:.1f}) rotate({layout.turn})"
                )
    for group, topics in counts.groups:
        y = _heading(drawing, site, group, topics, y)
        for topic in topics:
            words = lines(_words(site, topic, group, topics), layout.labels - 12)
            height = max(_TEXT * len(words) + 9, _ROW)
            drawing.add("line", class_="rule", x1=0, x2=right, y1=y + height, y2=y + height)
            _topic(drawing, site, topic, words, (layout.labels - 10, y, height))
            for one, number in counts.of(topic):
                with _link(drawing, site, counts, one, topic):
                    _cell(drawing, counts, number, (places[one], y, column, height))
            y += height
        y += 8
    drawing.height = y


def _list(drawing: Drawing, site: Site, counts: Counts) -> None:
    """The topics, each with a list of the values that have something on it."""
    y = 0.0
    for group, topics in counts.groups:
        y = _heading(drawing, site, group, topics, y)
        for topic in topics:
            words = lines(_words(site, topic, group, topics), _CELL - 8)
            height = max(_TEXT * len(words) + 9, _ROW)
            _topic(drawing, site, topic, words, (_CELL - 6, y, height))
            bottom = y
            for one, number in sorted(counts.of(topic), key=lambda row: -row[1]):
                name = shortened(
                    facets.label(site.catalogue, counts.by, one), drawing.width - _NAME, 3, _SMALL
                )
                taken = max(_ROW, _LINE * len(name) + 6)
                with _link(drawing, site, counts, one, topic):
                    drawing.add(
                        "rect", class_="target", x=_CELL, y=bottom, width=drawing.width - _CELL, height=taken
                    )
                    _cell(drawing, counts, number, (_CELL, bottom, _NAME - _CELL - 7, _ROW))
                    for index, line in enumerate(name):
                        drawing.text(_NAME, bottom + 17 + _LINE * index, line, "small")
                bottom += taken
            y = max(y + height, bottom)
            drawing.add("line", class_="rule", x1=0, x2=drawing.width, y1=y, y2=y)
            y += 1
        y += 10
    drawing.height = y


def _heading(drawing: Drawing, site: Site, group: str, topics: Sequence[str], y: float) -> float:
    """The top of the first topic of a group."""
    if topics == [group]:
        return y
    drawing.text(0, y + 18, site.catalogue.label(group).capitalize(), "heading")
    return y + 26


def _words(site: Site, topic: str, group: str, topics: Sequence[str]) -> str:
    return "in general" if topic == group and topics != [group] else site.catalogue.label(topic)


def _topic(
    drawing: Drawing, site: Site, topic: str, words: Sequence[str], box: tuple[float, float, float]
) -> None:
    width, y, height = box
    with drawing.link(topic, site.catalogue.label(topic)):
        drawing.add("rect", class_="target", x=0, y=y, width=width, height=height)
        for index, line in enumerate(words):
            drawing.text(0, y + 17 + _TEXT * index, line)


def _link(drawing: Drawing, site: Site, counts: Counts, one: str, topic: str) -> AbstractContextManager[None]:
    """What is drawn inside leads to the statements that are counted."""
    number = counts.numbers[topic, one]
    words = f"{facets.label(site.catalogue, counts.by, one)} on {site.catalogue.label(topic)}: {number}"
    choice = {counts.by: (facets.step(counts.by, one),), "topic": (facets.step("topic", topic),)}
    return drawing.link_to(facets.address(choice), words)


def _cell(drawing: Drawing, counts: Counts, number: int, box: tuple[float, float, float, float]) -> None:
    x, y, width, height = box
    most = max(counts.numbers.values())
    step = number - 1 if most <= len(_STEPS) else (number * len(_STEPS) - 1) // most
    opacity = _STEPS[min(step, len(_STEPS) - 1)]
    drawing.add("rect", class_="cell", x=x, y=y, width=width, height=height, fill_opacity=f"{opacity:.2f}")
    strong = "number strong" if opacity > _STRONG else "number"
    drawing.text(x + width / 2, y + height / 2 + 4.5, str(number), strong, "middle")
