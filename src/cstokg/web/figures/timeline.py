"""The timeline: meetings and presidencies, and below them memberships, with what is not known of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cstokg.web import records
from cstokg.web.figures import choices, times_table
from cstokg.web.figures.axis import Axis
from cstokg.web.figures.bars import BELOW, bar, legend, mark
from cstokg.web.figures.figure import NARROW, Chosen, Figure, Filter, Kind
from cstokg.web.figures.svg import Drawing, Link, lines
from cstokg.web.records import Meeting, Situation
from cstokg.web.site import Site

_ROW, _MEETING_ROW, _GAP, _LINE = 24.0, 30.0, 12.0, 16.0
_YEAR = 2011  # of the oldest article; the axis of an empty figure
_OTHER = "other gatherings"


_NOTE = (
    "The two parts have time scales of their own. A date stands for what the articles tell, and what they "
    "do not tell stays open: no state is a member until today because no article says that it left."
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How wide the figure is; the labels stand in a column of their own, or above their rows."""

    name: str
    width: float
    labels: float
    above: bool = False

    @property
    def room(self) -> float:
        """How wide a label may be."""
        return (self.width if self.above else self.labels) - 16


_WIDE = Layout("timeline", 1000, 290)
_NARROW = Layout("timeline-narrow", NARROW, 4, above=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the figure: its label, and what stands in it."""

    iri: str
    label: str
    meetings: tuple[Meeting, ...] = ()
    situations: tuple[Situation, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Rows under one heading."""

    title: str
    rows: tuple[Row, ...]


def filters(site: Site) -> tuple[Filter, ...]:
    """State, topic and years."""
    return (choices.state(site), choices.topic(site), *choices.years())


def draw(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The timeline of what is chosen; a topic narrows the meetings only."""
    return _draw(site, chosen, link, _WIDE)


def draw_narrow(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The same for a narrow screen."""
    return _draw(site, chosen, link, _NARROW)


def _draw(site: Site, chosen: Chosen, link: Link, layout: Layout) -> Figure:
    first, last = chosen["from"], chosen["until"]
    found = records.meetings(site.graph)
    held = records.narrowed(site.graph, found, chosen["state"], chosen["topic"], first, last)
    lasting = [
        one
        for one in records.situations(site.graph)
        if one.times.overlaps(first, last)
        and (not chosen["state"] or one.state == choices.state_iri(chosen["state"]))
    ]
    drawing = Drawing(
        layout.name,
        "Meetings, presidencies and memberships over time",
        "Held meetings are filled circles and announced ones are rings. A bar is solid where a thing "
        "certainly held and hatched where it possibly began or ended; dots mean that an end is not known. "
        "The table below gives every bound.",
        layout.width,
        link,
    )
    upper = [*_meetings(site, held), *_situations(site, lasting, "presidency", "Presidency of the")]
    lower = _situations(site, lasting, "membership", "Members of the")
    y = 6.0
    for parts in (upper, lower):
        if parts:
            y = _panel(drawing, layout, parts, _axis(layout, parts, first, last), y) + 2 * _GAP
    if not upper and not lower:
        drawing.text(0, 24, "Nothing in the data fits.")
        y = 40
    drawing.height = legend(drawing, y) + 4
    return Figure(
        drawing, _NOTE, times_table.COLUMNS, times_table.rows(site, held, lasting), times_table.PRINTED
    )


def _meetings(site: Site, found: Sequence[Meeting]) -> list[Part]:
    organs = sorted(
        {organ for meeting in found for organ in meeting.organs}, key=lambda iri: site.catalogue.label(iri)
    )
    rows = [
        Row(
            organ, site.catalogue.label(organ), tuple(meeting for meeting in found if organ in meeting.organs)
        )
        for organ in sorted(organs, key=lambda organ: -sum(organ in meeting.organs for meeting in found))
    ]
    if others := tuple(meeting for meeting in found if not meeting.organs):
        rows.append(Row("", _OTHER, others))
    return [Part("Meetings", tuple(rows))] if rows else []


def _situations(site: Site, found: Sequence[Situation], kind: str, title: str) -> list[Part]:
    parts = []
    bodies = dict.fromkeys(one.body for one in found if one.kind == kind)
    for body in sorted(bodies, key=lambda body: -len([one for one in found if one.body == body])):
        states = sorted(
            {one.state for one in found if one.kind == kind and one.body == body}, key=site.catalogue.label
        )
        beside = (kind, "suspension") if kind == "membership" else (kind,)
        rows = [
            Row(
                state,
                site.catalogue.label(state),
                situations=tuple(
                    one for one in found if one.kind in beside and one.body == body and one.state == state
                ),
            )
            for state in states
        ]
        parts.append(Part(f"{title} {site.catalogue.label(body)}", tuple(rows)))
    return parts


def _axis(layout: Layout, parts: Sequence[Part], first: str, last: str) -> Axis:
    days: list[date] = []
    for row in (row for part in parts for row in part.rows):
        days += [day for meeting in row.meetings for day in (meeting.day, *meeting.times.known) if day]
        days += [day for one in row.situations for day in one.times.known]
    begin = int(first) if first else min((day.year for day in days), default=_YEAR)
    end = int(last) if last else max((day.year for day in days), default=begin)
    after = min(max(begin, end) + 1, date.max.year)
    return Axis(date(max(begin, 1), 1, 1), date(after, 1, 1), layout.labels, layout.width - 8)


def _panel(drawing: Drawing, layout: Layout, parts: Sequence[Part], axis: Axis, y: float) -> float:
    """The bottom of the rows of some parts over one axis."""
    top, y = y + 18, y + 26
    with drawing.group() as behind:
        pass
    for part in parts:
        for line in lines(part.title, layout.width, 15):
            drawing.text(0, y + 24, line, "heading halo")
            y += 19
        y += 15
        for row in part.rows:
            label = lines(row.label, layout.room)
            taken = _LINE * len(label)
            height = _MEETING_ROW if row.meetings else _ROW
            if not layout.above:
                height = max(height, taken + 4)
            middle = y + height / 2 + (taken if layout.above else 0)
            _name(drawing, layout, row, label, y + (taken + 4) / 2 if layout.above else middle)
            for one in row.situations:
                bar(drawing, axis, one, row.label, middle)
            mark(drawing, axis, row.meetings, middle)
            y = middle + height / 2
            if any(one.kind == "suspension" for one in row.situations):
                y += BELOW
            drawing.add("line", class_="rule", x1=0, x2=layout.width, y1=y, y2=y)
    with drawing.inside(behind):
        axis.draw(drawing, top, y)
    return y


def _name(drawing: Drawing, layout: Layout, row: Row, label: list[str], middle: float) -> None:
    """The label of a row, with its middle at a height."""
    top = middle - _LINE * len(label) / 2
    if not row.iri:
        drawing.text(0, top + 12, row.label, "dim halo")
        return
    with drawing.link(row.iri, row.label):
        drawing.add("rect", class_="target", x=0, y=top - 4, width=layout.room, height=_LINE * len(label) + 8)
        for index, line in enumerate(label):
            drawing.text(0, top + 12 + _LINE * index, line, "halo")


KIND = Kind(
    "timeline",
    "Meetings, presidencies and memberships",
    "When the organs met, which state presided and which states were members, as far as the articles tell. "
    "What they leave open is drawn open.",
    filters,
    draw,
    draw_narrow,
)
