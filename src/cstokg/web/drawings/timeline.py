"""The timeline: meetings and presidencies, and below them the memberships, each with what is not known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cstokg.web.drawings import choices, records
from cstokg.web.drawings.axis import Axis
from cstokg.web.drawings.bars import bar, legend, mark
from cstokg.web.drawings.figure import Cell, Chosen, Figure, Filter, Kind
from cstokg.web.drawings.records import Meeting, Situation
from cstokg.web.drawings.svg import Drawing, Link, fit
from cstokg.web.site import Site

WIDTH = 1000.0
_LABELS = 290.0
_ROW, _MEETING_ROW, _GAP = 24.0, 30.0, 12.0
_OTHER = "other gatherings"


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
    first, last = chosen["from"], chosen["until"]
    held = records.narrowed(
        site.graph, records.meetings(site.graph), chosen["state"], chosen["topic"], first, last
    )
    lasting = [
        one
        for one in records.situations(site.graph)
        if one.times.overlaps(first, last)
        and (not chosen["state"] or one.state == choices.state_iri(chosen["state"]))
    ]
    drawing = Drawing(
        "timeline",
        "Meetings, presidencies and memberships over time",
        "Held meetings are filled circles and announced ones are rings. A bar is solid where a thing certainly "
        "held and hatched where it possibly began or ended; dots mean that a beginning or an end is not known. "
        "The table below gives every bound.",
        WIDTH,
        link,
    )
    upper = [*_meetings(site, held), *_situations(site, lasting, "presidency", "Presidency of the")]
    lower = _situations(site, lasting, "membership", "Members of the")
    y = 6.0
    for parts in (upper, lower):
        if parts:
            y = _panel(drawing, parts, _axis(parts, first, last), y) + 2 * _GAP
    if not upper and not lower:
        drawing.text(0, 24, "Nothing in the data fits.")
        y = 40
    drawing.height = legend(drawing, y) + 4
    return Figure(drawing, "", _COLUMNS, tuple([*_meeting_rows(site, held), *_situation_rows(site, lasting)]))


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


def _axis(parts: Sequence[Part], first: str, last: str) -> Axis:
    days = [
        day
        for part in parts
        for row in part.rows
        for one in (*row.meetings, *row.situations)
        for day in (*one.times.known, *([one.day] if isinstance(one, Meeting) and one.day else []))
    ]
    begin = int(first) if first else min((day.year for day in days), default=2011)
    end = int(last) if last else max((day.year for day in days), default=2024)
    return Axis(date(max(begin, 1), 1, 1), date(min(max(begin, end) + 1, 9999), 1, 1), _LABELS, WIDTH - 8)


def _panel(drawing: Drawing, parts: Sequence[Part], axis: Axis, y: float) -> float:
    """The bottom of the rows of some parts over one axis."""
    bottom = y + 26 + sum(34 + _height(part) for part in parts)
    axis.draw(drawing, y + 18, bottom)
    y += 26
    for part in parts:
        drawing.text(0, y + 24, part.title, "heading halo")
        y += 34
        for row in part.rows:
            height = _MEETING_ROW if row.meetings else _ROW
            middle = y + height / 2
            drawing.add("line", class_="rule", x1=0, x2=WIDTH, y1=y + height, y2=y + height)
            label = fit(row.label, _LABELS - 16)
            if row.iri:
                with drawing.link(row.iri, row.label):
                    drawing.add("rect", class_="target", x=0, y=y, width=_LABELS - 12, height=height)
                    drawing.text(0, middle + 4.5, label)
            else:
                drawing.text(0, middle + 4.5, label, "dim")
            for one in sorted(row.situations, key=lambda one: one.kind == "suspension"):
                bar(drawing, axis, one, row.label, middle)
            mark(drawing, axis, row.meetings, middle)
            y += height
    return y


def _height(part: Part) -> float:
    return sum(_MEETING_ROW if row.meetings else _ROW for row in part.rows)


_COLUMNS = (
    "Record",
    "Kind",
    "Who",
    "Of",
    "Day",
    "Began not before",
    "Began not after",
    "Ended not before",
    "Ended not after",
)


def _meeting_rows(site: Site, found: Sequence[Meeting]) -> list[tuple[Cell, ...]]:
    return [
        (
            Cell(site.catalogue.label(one.iri), one.iri),
            Cell(f"meeting, {one.standing}"),
            Cell(""),
            Cell(", ".join(site.catalogue.label(organ) for organ in one.organs)),
            Cell(one.day.isoformat() if one.day else ""),
            *_bounds(one),
        )
        for one in found
    ]


def _situation_rows(site: Site, found: Sequence[Situation]) -> list[tuple[Cell, ...]]:
    return [
        (
            Cell(site.catalogue.label(one.iri), one.iri),
            Cell(one.kind),
            Cell(site.catalogue.label(one.state), one.state),
            Cell(site.catalogue.label(one.body), one.body),
            Cell(""),
            *_bounds(one),
        )
        for one in found
    ]


def _bounds(one: Meeting | Situation) -> list[Cell]:
    return [Cell(bound.isoformat() if bound else "") for bound in one.times.bounds]


KIND = Kind(
    "timeline",
    "Meetings, presidencies and memberships",
    "When the organs met, which state presided and which states were members, as far as the articles tell. What they leave open is drawn open.",
    filters,
    draw,
)
