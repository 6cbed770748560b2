"""The timeline: meetings and presidencies, and below them memberships, with what is not certain of each."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cstokg.web.answers.tables import Cell
from cstokg.web.content import facets
from cstokg.web.content.articles import articles_of
from cstokg.web.content.meetings import (
    Meeting,
    Situation,
    counted_once,
    organs_in_words,
)
from cstokg.web.content.testimonies import BY_EDITORS
from cstokg.web.figures.figure import (
    OTHER_GATHERINGS,
    WIDE,
    Bar,
    BarGroup,
    Figure,
    FigureKind,
    FilterValues,
    articles_cell,
    counted,
    joined,
    left_out,
    meetings_in_words,
    narrow_meetings,
    narrow_situations,
    not_to_attend,
    scope_of_meetings,
    usual_filters,
)
from cstokg.web.figures.svg import Drawing, Link, lines
from cstokg.web.figures.timeline_marks import (
    BELOW,
    Axis,
    bar_of_meeting,
    bar_of_situation,
    draw_joint_meetings,
    draw_legend,
    draw_meetings,
    draw_situation,
    time_of,
)
from cstokg.web.site import Site

_LABELS = 290.0  # pixels before the axis
_ROW, _MEETING_ROW, _GAP, _LINE = 24.0, 30.0, 12.0, 16.0
_YEAR = 2011  # of the oldest article; the axis of an empty figure

_TWO_SCALES = "The two parts have different time scales."
_NOTE = (
    "Apart from years that the articles do not print, the figure shows only what they say or imply: no "
    "membership runs until today merely because no article reports its end."
)
_MARKED_NOTE = _NOTE.replace("Apart from", "Apart from the organ marked and")
_COLUMNS = (
    "Record",
    "Kind",
    "Who",
    "Of",
    "When",
    "Articles",
    "Day",
    "Began not before",
    "Began not after",
    "Ended not before",
    "Ended not after",
)
_PAGE_COLUMNS = _COLUMNS.index("Day")  # the columns after it say in numbers what "When" says in words


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the figure: its label, and what is drawn in it."""

    iri: str
    label: str
    meetings: tuple[Meeting, ...] = ()
    situations: tuple[Situation, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Rows under one heading."""

    title: str
    rows: tuple[Row, ...]


def draw(site: Site, values: FilterValues, link: Link) -> Figure:
    """Return the timeline for some values of the filters; a topic narrows the meetings only."""
    meetings, situations = narrow_meetings(site, values), narrow_situations(site, values)
    drawing = Drawing(
        "timeline",
        "Meetings, presidencies and memberships over time",
        "Held meetings are filled circles and announced ones are rings. A bar is solid where a membership or "
        "presidency certainly lasted, hatched where it possibly began or ended, and a broken outline "
        "where it is only announced. Dots with an arrow to the left mean then or earlier, dots to the right "
        "then or later. The table below gives every bound.",
        WIDE,
        link,
    )
    upper = [
        *_meeting_parts(site, meetings),
        *_situation_parts(site, situations, "presidency", "Presidency of the"),
    ]
    lower = _situation_parts(site, situations, "membership", "Members of the")
    y = 6.0
    bars: list[BarGroup] = []
    for parts in (upper, lower):
        if parts:
            axis = _axis(parts, values["from"], values["until"])
            y = _draw_parts(drawing, site, parts, axis, y) + 2 * _GAP
            bars += _bars(site, parts, axis)
    if not upper and not lower:
        drawing.text(0, 24, "Nothing in the data fits.")
        y = 40
    drawing.height = draw_legend(drawing, y) + 4
    rows = [_meeting_cells(site, meeting) for meeting in meetings]
    rows += [_situation_cells(site, situation) for situation in situations]
    scope = scope_of_meetings(site, values, meetings)
    is_marked = any(meeting.unnamed_organs for meeting in meetings)
    without = not_to_attend(site, values)
    sentences = (
        _MARKED_NOTE if is_marked else _NOTE,
        what_counts(meetings),
        left_out(site, values, without),
    )
    note = " ".join(filter(None, sentences))
    iris = [*(row.iri for row in (*meetings, *without)), *(row.iri for row in situations)]
    return Figure(
        drawing,
        headline(meetings, scope),
        note,
        _COLUMNS,
        tuple(rows),
        tuple(bars),
        articles_of(site.graph, iris),
        _TWO_SCALES if upper and lower else "",
        _PAGE_COLUMNS,
    )


def headline(meetings: Sequence[Meeting], scope: str = "") -> str:
    """Return how many meetings there are; ``scope`` says to which state and topic they are narrowed.

    It says nothing of memberships and suspensions: there is no room to say who reports them.
    """
    held, announced, _ = counted_once(meetings)
    words = f"The articles report {meetings_in_words(held)} held{scope}"
    years = sorted({meeting.first_day.year for meeting in held if meeting.first_day < date.max})
    if len(years) == 1:
        each = {1: "", 2: "both "}.get(len(held), "all ")
        words += f", {each}in {years[0]}"
    elif years:
        words += f", from {years[0]} to {years[-1]}"
    if announced:
        more = " more" if held else ""
        words += f", and announce {len(announced)}{more}"
    return words


def what_counts(meetings: Sequence[Meeting]) -> str:
    """Return what is counted as a meeting, in sentences; empty if that is obvious."""
    held, _, again = counted_once(meetings)
    words = []
    if any(not meeting.organs for meeting in held):
        words.append(OTHER_GATHERINGS)
    if again:
        plans = f"{counted(len(again), 'announcement')} {'is' if len(again) == 1 else 'are'}"
        meant = "it is for a meeting" if len(again) == 1 else "they are for meetings"
        words.append(f"{plans} not counted, as the editors conclude that {meant} already counted.")
    return " ".join(words)


def _said(site: Site, situation: Situation) -> str:
    """Return by whom and when a situation was stated, if statements are the articles' only source for it."""
    sources = dict.fromkeys(
        ", ".join(filter(None, (facets.label(site.catalogue, "speaker", said.speakers[0]), said.when)))
        for said in situation.said_by
    )
    return f"said by {joined(list(sources))}" if sources else ""


def _kind(site: Site, situation: Situation) -> str:
    """Return what kind of situation it is, whether it is announced, and who says so."""
    announced = "announced" if situation.announced else ""
    return ", ".join(filter(None, (situation.kind, announced, _said(site, situation))))


def _bars(site: Site, parts: Sequence[Part], axis: Axis) -> list[BarGroup]:
    """Return a list of what the rows show, each on a bar as long as the axis."""
    scale = f"Bars from {axis.first.year} to {axis.last.year - 1}, pale where only possible or announced"
    groups = []
    for part in parts:
        groups.append(BarGroup(part.title, "", scale=scale))
        for row in part.rows:
            entries = [
                Bar(_meeting_in_words(meeting), meeting.iri, "", bar_of_meeting(axis, meeting))
                for meeting in row.meetings
            ]
            entries += [
                Bar(
                    time_of(situation),
                    situation.iri,
                    _kind(site, situation),
                    bar_of_situation(axis, situation),
                )
                for situation in row.situations
            ]
            groups.append(BarGroup(row.label, row.iri, tuple(entries), level=4))
    return groups


def _meeting_in_words(meeting: Meeting) -> str:
    """Return when a meeting was, whether it was held, and whether it was a joint one."""
    return f"{meeting.when}, {meeting.standing}{', one joint meeting' if len(meeting.organs) > 1 else ''}"


def _meeting_parts(site: Site, meetings: Sequence[Meeting]) -> list[Part]:
    """Return a row for each organ, the one with most meetings first, and a row for the other meetings.

    Organs that met jointly are next to each other.
    """
    label = site.catalogue.label
    of_organ: dict[str, list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        for organ in meeting.organs:
            of_organ[organ].append(meeting)
    by_number = sorted(of_organ, key=lambda organ: (-len(of_organ[organ]), label(organ)))
    organs: dict[str, None] = {}
    for organ in by_number:
        together = {other for meeting in of_organ[organ] for other in meeting.organs}
        organs |= dict.fromkeys((organ, *(other for other in by_number if other in together)))
    rows = []
    for organ in organs:
        unnamed = all(organ in meeting.unnamed_organs for meeting in of_organ[organ])
        rows.append(Row(organ, label(organ) + (BY_EDITORS if unnamed else ""), tuple(of_organ[organ])))
    if others := tuple(meeting for meeting in meetings if not meeting.organs):
        rows.append(Row("", "Other gatherings", others))
    return [Part("Meetings", tuple(rows))] if rows else []


def _situation_parts(site: Site, situations: Sequence[Situation], kind: str, title: str) -> list[Part]:
    """Return a part for each body, with a row for each state; suspensions are drawn with memberships."""
    kinds = (kind, "suspension") if kind == "membership" else (kind,)
    parts = []
    bodies = dict.fromkeys(situation.body for situation in situations if situation.kind == kind)
    for body in sorted(bodies, key=lambda body: -sum(situation.body == body for situation in situations)):
        of_body = [situation for situation in situations if situation.body == body]
        states = {situation.state for situation in of_body if situation.kind == kind}
        rows = [
            Row(
                state,
                site.catalogue.label(state),
                situations=tuple(
                    situation for situation in of_body if situation.kind in kinds and situation.state == state
                ),
            )
            for state in sorted(states, key=site.catalogue.label)
        ]
        parts.append(Part(f"{title} {site.catalogue.label(body)}", tuple(rows)))
    return parts


def _axis(parts: Sequence[Part], first_year: str, last_year: str) -> Axis:
    days: list[date] = []
    for row in (row for part in parts for row in part.rows):
        days += [meeting.day for meeting in row.meetings if meeting.day]
        days += [day for meeting in row.meetings for day in meeting.period.known_dates]
        for situation in row.situations:
            days += situation.period.known_dates or [
                day for said in situation.said_by for day in said.known_dates
            ]
    first = int(first_year) if first_year else min((day.year for day in days), default=_YEAR)
    last = int(last_year) if last_year else max((day.year for day in days), default=first)
    after = min(max(first, last) + 1, date.max.year)
    return Axis(date(max(first, 1), 1, 1), date(after, 1, 1), _LABELS, WIDE - 8)


def _draw_parts(drawing: Drawing, site: Site, parts: Sequence[Part], axis: Axis, y: float) -> float:
    """Draw the rows of some parts over one axis, and return their bottom."""
    top, y = y + 18, y + 26
    with drawing.group() as background:
        pass
    joint: dict[Meeting, list[float]] = defaultdict(list)  # the heights of the marks of one meeting
    for part in parts:
        for line in lines(part.title, drawing.width, 15):
            drawing.text_on_ground(0, y + 24, line, "heading")
            y += 19
        y += 15
        for row in part.rows:
            label = lines(row.label, _LABELS - 16)
            height = max(_MEETING_ROW if row.meetings else _ROW, _LINE * len(label) + 4)
            middle = y + height / 2
            _draw_label(drawing, row, label, middle)
            for situation in row.situations:
                said = _said(site, situation)
                draw_situation(drawing, axis, situation, row.label, middle, said, row.situations)
            draw_meetings(drawing, axis, row.meetings, middle)
            for meeting in row.meetings:
                joint[meeting].append(middle)
            y = middle + height / 2
            if any(situation.kind == "suspension" for situation in row.situations):
                y += BELOW
            drawing.add("line", class_="rule", x1=0, x2=drawing.width, y1=y, y2=y)
    with drawing.inside(background):
        axis.draw(drawing, top, y)
        draw_joint_meetings(drawing, axis, joint)
    return y


def _draw_label(drawing: Drawing, row: Row, label: list[str], middle: float) -> None:
    """Write the label of a row, with its middle at a height."""
    top = middle - _LINE * len(label) / 2
    if not row.iri:
        drawing.text(0, top + 12, row.label, "dim")
        return
    height = _LINE * len(label) + 8
    with drawing.link(row.iri, row.label):
        drawing.add("rect", class_="target", x=0, y=top - 4, width=_LABELS - 16, height=height)
        for index, line in enumerate(label):
            drawing.text(0, top + 12 + _LINE * index, line)


def _meeting_cells(site: Site, meeting: Meeting) -> tuple[Cell, ...]:
    return (
        Cell(site.catalogue.label(meeting.iri), meeting.iri),
        Cell(f"{'meeting' if meeting.organs else 'gathering'}, {meeting.standing}"),
        Cell(""),
        Cell(", ".join(organs_in_words(site.catalogue, meeting))),
        Cell(meeting.when),
        articles_cell(site, meeting.iri),
        _date_cell(meeting.day),
        *map(_date_cell, meeting.period.dates),
    )


def _situation_cells(site: Site, situation: Situation) -> tuple[Cell, ...]:
    return (
        Cell(site.catalogue.label(situation.iri), situation.iri),
        Cell(_kind(site, situation)),
        Cell(site.catalogue.label(situation.state), situation.state),
        Cell(site.catalogue.label(situation.body), situation.body),
        Cell(situation.when),
        articles_cell(site, situation.iri),
        _date_cell(None),
        *map(_date_cell, situation.period.dates),
    )


def _date_cell(day: date | None) -> Cell:
    return Cell(day.isoformat() if day else "")


KIND = FigureKind(
    "timeline",
    "Meetings, presidencies and memberships",
    "When the organs met, which state presided and which states were members, as far as the articles say.",
    usual_filters,
    draw,
)
