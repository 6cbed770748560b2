"""Statements counted by topic and by speaker, state, article or year: the darker a cell, the more.

The cells form a matrix, or in a list where a matrix would be too wide for the screen.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.web import facets, records
from cstokg.web.figures.figure import (
    NARROW,
    WIDE,
    Figure,
    FigureKind,
    Filter,
    FilterValues,
    state_filter,
    topic_filter,
    year_filters,
)
from cstokg.web.figures.svg import Drawing, Link, lines, shortened, width_of
from cstokg.web.records import NONE
from cstokg.web.site import Site
from cstokg.web.tables import Cell

_BY = (("speaker", "speaker"), ("state", "state spoken for"), ("article", "article"), ("year", "year said"))
_TITLE = "Statements by topic and speaker"
_NOTE = (
    "A cell counts the statements that an article attributes to the speaker and that deal with the topic. "
    "One statement can deal with several topics, so rows do not add up to statements. An empty cell means "
    "none."
)

_ROW = 25.0
_OPACITIES = (0.14, 0.28, 0.43, 0.82, 1.0)
_STRONG = 0.5  # from this opacity on numbers are printed in the colour of the paper
_CELL, _NAME = 136.0, 170.0  # where a list has its cells, and where it says whose they are
_SMALL, _SMALL_LINE = 12.0, 15.0
_LINE = 16.0


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
    """How many statements deal with each topic, by the values of a facet.

    Attributes:
        site: has the labels.
        by: the facet by which they are counted.
        groups: topics under a broad one.
        columns: the values of the facet, in order.
        numbers: the count for each topic and value.
    """

    site: Site
    by: str
    groups: Sequence[tuple[str, list[str]]]
    columns: Sequence[str]
    numbers: Counter[tuple[str, str]]

    def of_topic(self, topic: str) -> Iterator[tuple[str, int]]:
        """Return the values that have statements on a topic, each with their number."""
        return ((value, self.numbers[topic, value]) for value in self.columns if self.numbers[topic, value])

    def label(self, value: str) -> str:
        """Return the label of a value."""
        return facets.label(self.site.catalogue, self.by, value)


def filters(site: Site) -> tuple[Filter, ...]:
    """Return the filters: what the columns are, state, topic and years."""
    return (
        Filter("by", "Count by", _BY, "speaker"),
        state_filter(site),
        topic_filter(site),
        *year_filters(),
    )


def draw(site: Site, values: FilterValues, link: Link) -> Figure:
    """Return the counts for some values of the filters; a topic includes all narrower ones."""
    drawing = Drawing(
        "topics",
        _TITLE,
        f"A table of numbers: topics in rows, in groups; one column for each {dict(_BY)[values['by']]}. "
        "The darker a cell, the more statements. The table below has the same numbers.",
        WIDE,
        link,
    )
    return _figure(site, values, drawing, _draw_matrix)


def draw_narrow(site: Site, values: FilterValues, link: Link) -> Figure:
    """Return the same for a narrow screen."""
    drawing = Drawing(
        "topics-narrow",
        _TITLE,
        f"Topics in groups; beside each the numbers for each {dict(_BY)[values['by']]}. "
        "The darker a number's cell, the more statements. The table below has the same numbers.",
        NARROW,
        link,
    )
    return _figure(site, values, drawing, _draw_matrix_or_list)


def _figure(
    site: Site, values: FilterValues, drawing: Drawing, draw_counts: Callable[[Drawing, Counts], None]
) -> Figure:
    counts = _count(site, values)
    if counts.numbers:
        draw_counts(drawing, counts)
    else:
        drawing.text(0, 24, "No statement fits.")
        drawing.height = 40
    columns = ("Topic", dict(_BY)[counts.by].capitalize(), "Statements")
    return Figure(drawing, _NOTE, columns, tuple(_rows(counts)))


def _count(site: Site, values: FilterValues) -> Counts:
    topics, by = records.narrower_topics(site.graph, values["topic"]), values["by"]
    statements = records.narrow_statements(
        site.graph, values["state"], values["topic"], values["from"], values["until"]
    )
    numbers: Counter[tuple[str, str]] = Counter()
    for statement in statements:
        for topic in statement.of("topic"):
            if topic != NONE and (not topics or topic in topics):
                numbers.update((topic, value) for value in statement.of(by))
    return Counts(site, by, _groups(site, numbers), _columns(site, by, numbers), numbers)


def _columns(site: Site, by: str, numbers: Counter[tuple[str, str]]) -> list[str]:
    """Return articles and years in order of time, and others with most statements first."""
    totals: Counter[str] = Counter()
    for (_, value), number in numbers.items():
        totals[value] += number
    if by in ("year", "article"):
        return sorted(totals, key=lambda value: (value == NONE, value[-4:], value))
    return sorted(totals, key=lambda value: (value == NONE, -totals[value], site.catalogue.label(value)))


def _groups(site: Site, numbers: Counter[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return the topics under their broad ones, those with most statements first."""
    broader, label = dict(records.broader_topics(site.graph)), site.catalogue.label
    totals: Counter[str] = Counter()
    group_totals: Counter[str] = Counter()
    groups: dict[str, list[str]] = defaultdict(list)
    for (topic, _), number in numbers.items():
        totals[topic] += number
        group_totals[broader.get(topic, topic)] += number
    for topic in totals:
        groups[broader.get(topic, topic)].append(topic)
    return [
        (group, sorted(groups[group], key=lambda topic: (topic != group, -totals[topic], label(topic))))
        for group in sorted(groups, key=lambda group: (-group_totals[group], label(group)))
    ]


def _draw_matrix_or_list(drawing: Drawing, counts: Counts) -> None:
    if _NARROW.labels + _NARROW.least * len(counts.columns) <= drawing.width:
        _draw_matrix(drawing, counts, _NARROW)
    else:
        _draw_list(drawing, counts)


def _draw_matrix(drawing: Drawing, counts: Counts, layout: Layout = _WIDE) -> None:
    """Draw a row for each topic, and a column for each value."""
    labels = [shortened(counts.label(value), layout.longest, layout.lines) for value in counts.columns]
    length = max(width_of(line) for label in labels for line in label)
    y, lean = length * layout.rise + 18, length * layout.lean
    room = drawing.width - layout.labels - lean
    width = min(layout.most, max(layout.least, room / len(labels)))
    right = layout.labels + width * len(labels)
    drawing.width = max(drawing.width, right + lean)
    places = {value: layout.labels + width * index for index, value in enumerate(counts.columns)}
    for (value, x), label in zip(places.items(), labels, strict=True):
        with drawing.link(value, counts.label(value)):
            for index, line in enumerate(label):
                middle = x + width / 2 + 4 + 14 * (index - (len(label) - 1) / 2)
                drawing.text(0, 0, line).set(
                    "transform", f"translate({middle:.1f} {y - 6:.1f}) rotate({layout.turn})"
                )
    for group, topics in counts.groups:
        y = _draw_heading(drawing, counts, group, topics, y)
        for topic in topics:
            printed = lines(_topic_label(counts, topic, group, topics), layout.labels - 12)
            height = max(_LINE * len(printed) + 9, _ROW)
            drawing.add("line", class_="rule", x1=0, x2=right, y1=y + height, y2=y + height)
            _draw_topic(drawing, counts, topic, printed, (layout.labels - 10, y, height))
            for value, number in counts.of_topic(topic):
                with _link(drawing, counts, topic, value):
                    _draw_cell(drawing, counts, number, (places[value], y, width, height))
            y += height
        y += 8
    drawing.height = y


def _draw_list(drawing: Drawing, counts: Counts) -> None:
    """Draw the topics, each with a list of the values that have statements on it."""
    y = 0.0
    for group, topics in counts.groups:
        y = _draw_heading(drawing, counts, group, topics, y)
        for topic in topics:
            printed = lines(_topic_label(counts, topic, group, topics), _CELL - 8)
            height = max(_LINE * len(printed) + 9, _ROW)
            _draw_topic(drawing, counts, topic, printed, (_CELL - 6, y, height))
            bottom = y
            for value, number in sorted(counts.of_topic(topic), key=lambda row: -row[1]):
                name = shortened(counts.label(value), drawing.width - _NAME, 3, _SMALL)
                name_height = max(_ROW, _SMALL_LINE * len(name) + 6)
                with _link(drawing, counts, topic, value):
                    drawing.add(
                        "rect",
                        class_="target",
                        x=_CELL,
                        y=bottom,
                        width=drawing.width - _CELL,
                        height=name_height,
                    )
                    _draw_cell(drawing, counts, number, (_CELL, bottom, _NAME - _CELL - 7, _ROW))
                    for index, line in enumerate(name):
                        drawing.text(_NAME, bottom + 17 + _SMALL_LINE * index, line, "small")
                bottom += name_height
            y = max(y + height, bottom)
            drawing.add("line", class_="rule", x1=0, x2=drawing.width, y1=y, y2=y)
            y += 1
        y += 10
    drawing.height = y


def _draw_heading(drawing: Drawing, counts: Counts, group: str, topics: Sequence[str], y: float) -> float:
    """Write the name of a group of several topics, and return the top of its first topic."""
    if topics == [group]:
        return y
    drawing.text(0, y + 18, counts.site.catalogue.label(group).capitalize(), "heading")
    return y + 26


def _topic_label(counts: Counts, topic: str, group: str, topics: Sequence[str]) -> str:
    return "in general" if topic == group and topics != [group] else counts.site.catalogue.label(topic)


def _draw_topic(
    drawing: Drawing, counts: Counts, topic: str, printed: Sequence[str], box: tuple[float, float, float]
) -> None:
    width, y, height = box
    with drawing.link(topic, counts.site.catalogue.label(topic)):
        drawing.add("rect", class_="target", x=0, y=y, width=width, height=height)
        for index, line in enumerate(printed):
            drawing.text(0, y + 17 + _LINE * index, line)


def _link(drawing: Drawing, counts: Counts, topic: str, value: str) -> AbstractContextManager[None]:
    """Return a context in which what is drawn leads to the statements that are counted."""
    number = counts.numbers[topic, value]
    label = f"{counts.label(value)} on {counts.site.catalogue.label(topic)}: {number}"
    choices = {
        counts.by: (facets.in_address(counts.by, value),),
        "topic": (facets.in_address("topic", topic),),
    }
    return drawing.link_to(facets.address(choices), label)


def _draw_cell(drawing: Drawing, counts: Counts, number: int, box: tuple[float, float, float, float]) -> None:
    x, y, width, height = box
    most = max(counts.numbers.values())
    step = number - 1 if most <= len(_OPACITIES) else (number * len(_OPACITIES) - 1) // most
    opacity = _OPACITIES[min(step, len(_OPACITIES) - 1)]
    drawing.add("rect", class_="cell", x=x, y=y, width=width, height=height, fill_opacity=f"{opacity:.2f}")
    class_ = "number strong" if opacity > _STRONG else "number"
    drawing.text(x + width / 2, y + height / 2 + 4.5, str(number), class_, "middle")


def _rows(counts: Counts) -> Iterator[tuple[Cell, ...]]:
    for _, topics in counts.groups:
        for topic in topics:
            for value, number in counts.of_topic(topic):
                label, iri = counts.label(value), value if value.startswith(namespaces.ID) else ""
                yield (
                    Cell(counts.site.catalogue.label(topic), topic),
                    Cell(label, iri, numeric=label.isdecimal()),
                    Cell(str(number), numeric=True),
                )


KIND = FigureKind(
    "topics",
    _TITLE,
    "The statements that the articles report, counted by topic and by who made them.",
    filters,
    draw,
    draw_narrow,
)
