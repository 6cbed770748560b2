"""What the time axis of the timeline shows: bars for what lasted, and marks for meetings.

What is certain is solid, what is possible is hatched, and an end that is not known is dotted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from cstokg.web.content.records import Meeting, Situation
from cstokg.web.figures.figure import Part
from cstokg.web.figures.svg import Drawing, width_of

BELOW = 18.0  # a suspension is drawn below the membership that it suspends, and needs that much more room

_YEAR_WIDTH = 34.0  # the least distance between the labels of years, in pixels
_TAIL = 26.0  # length of the dots where a bound is unknown, in pixels
_THICK = 12.0
_SMALLEST = 4.0
_ABOVE = 2.0
_RADIUS = 6.0
_SMALL = 12.0
_THINNEST = 1.5  # percent of the axis

Extent = tuple[float, float]  # where something begins and ends on the axis, in pixels


@dataclass(frozen=True, slots=True)
class Axis:
    """A time axis: the days from the first to the day after the last, drawn between two places."""

    first: date
    last: date
    left: float
    right: float

    def x(self, day: date) -> float:
        """Return the place of a day; days outside are at the nearer end."""
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)

    def holds(self, day: date) -> bool:
        """Return whether a day is on the axis."""
        return self.first <= day <= self.last

    def draw(self, drawing: Drawing, top: float, bottom: float) -> None:
        """Draw lines at the first day of the years, and the years between them."""
        years = self.last.year - self.first.year
        width = (self.right - self.left) / max(years, 1)
        every = next((step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if step * width >= _YEAR_WIDTH), 5000)
        for year in range(self.first.year, self.last.year + 1):
            x = self.x(date(year, 1, 1))
            if width < 12 and year % every:
                continue
            drawing.add("line", class_="grid", x1=x, x2=x, y1=top, y2=bottom)
            if year % every:
                continue
            if width >= _YEAR_WIDTH and year < self.last.year:
                drawing.text(x + width / 2, top - 4, str(year), "year", "middle")
            elif width < _YEAR_WIDTH and x + _YEAR_WIDTH / 2 <= drawing.width:
                inside = x >= _YEAR_WIDTH / 2
                if inside or every * width + x >= 1.5 * _YEAR_WIDTH:  # else it would touch the next
                    drawing.text(
                        x if inside else 0, top - 4, str(year), "year", "middle" if inside else "start"
                    )


def draw_situation(drawing: Drawing, axis: Axis, situation: Situation, state: str, y: float) -> None:
    """Draw the bar of a membership, presidency or suspension, with its middle at a height."""
    kind, known = situation.kind, situation.period.known_dates
    start_first, _, _, end_last = situation.period.dates
    y += {"suspension": BELOW - _ABOVE, "membership": -_ABOVE}.get(kind, 0)
    if not known:
        _draw_undated(drawing, axis, situation, state, y)
        return
    if known[0] > axis.last or (end_last and end_last < axis.first):
        return
    first, _, _, last = _turns(situation)
    left, right = axis.x(first), axis.x(last)
    tails = (0 if start_first else _TAIL, 0 if end_last else _TAIL)
    with drawing.link(situation.iri, f"{state}: {kind}, {situation.when}"):
        top = y - _THICK / 2
        drawing.add(
            "rect", class_="target", x=left - tails[0], y=top, width=right - left + sum(tails), height=_THICK
        )
        for certainty, extent in _stretches(axis, situation):
            _rect(drawing, certainty, kind, extent, top)
        if tails[0]:
            _dots(drawing, (left, max(left - _TAIL, axis.left)), y, kind)
        if tails[1]:
            _dots(drawing, (right, min(right + _TAIL, axis.right)), y, kind)
        if kind == "suspension":
            ends = (left - tails[0] - 8, right + tails[1] + 8)
            _label_suspension(drawing, axis, situation, ends, y)


def bar_of_situation(axis: Axis, situation: Situation) -> tuple[Part, ...]:
    """Return the bar of a situation, in percent of the axis."""
    return tuple(_part(axis, extent, certainty) for certainty, extent in _stretches(axis, situation))


def bar_of_meeting(axis: Axis, meeting: Meeting) -> tuple[Part, ...]:
    """Return the bar of a meeting, in percent of the axis."""
    kind = "certain" if meeting.held and meeting.day else "possible"
    if meeting.day:
        return (_part(axis, (axis.x(meeting.day),) * 2, kind),)
    return (_part(axis, _extent(axis, meeting), kind),) if _is_dated(meeting) else ()


def _part(axis: Axis, extent: Extent, certainty: str) -> Part:
    left, right = (100 * (x - axis.left) / (axis.right - axis.left) for x in extent)
    width = max(right - left, _THINNEST)
    return Part(round(min(max(left, 0.0), 100 - width), 2), round(width, 2), certainty)


def _turns(situation: Situation) -> tuple[date, date, date, date]:
    """Return the first day it may have lasted, the first and last days it did, and the last it may have."""
    start_first, start_last, end_first, end_last = situation.period.dates
    begun = start_last or situation.period.known_dates[0]
    still = max(begun, end_first or begun)
    return start_first or min(begun, end_first or begun), begun, still, end_last or still


def _stretches(axis: Axis, situation: Situation) -> list[tuple[str, Extent]]:
    """Return the stretches of a situation on the axis, each possible or certain."""
    if not situation.period.known_dates:
        return []
    _, start_last, end_first, end_last = situation.period.dates
    first, begun, still, last = _turns(situation)
    stretches: list[tuple[str, Extent]] = []
    if first < begun:
        stretches.append(("possible", (axis.x(first), axis.x(begun))))
    if end_last and end_last > still:
        stretches.append(("possible", (axis.x(still), axis.x(last))))
    if start_last and end_first and start_last <= end_first and still >= axis.first:
        stretches.append(("certain", (axis.x(begun), axis.x(still))))
    return stretches


def _draw_undated(drawing: Drawing, axis: Axis, situation: Situation, state: str, y: float) -> None:
    """Write that something lasted at a time that is not given, at the right edge and without a mark."""
    words = {"suspension": "suspended"}.get(situation.kind, situation.kind)
    text = f"{words}: {situation.when}"
    width = width_of(text, _SMALL)
    with drawing.link(situation.iri, f"{state}: {situation.kind}, {situation.when}"):
        drawing.add(
            "rect", class_="target", x=axis.right - width, y=y - _THICK / 2, width=width, height=_THICK
        )
        drawing.text_on_ground(axis.right, y + 4, text, "small", "end")


def draw_meetings(drawing: Drawing, axis: Axis, meetings: Sequence[Meeting], y: float) -> None:
    """Draw the marks of the meetings of one row, each with its day where there is room."""
    places = [(axis.x(meeting.first_day), meeting) for meeting in meetings if _is_dated(meeting)]
    occupied = [(x - _RADIUS, x + _RADIUS) for x, meeting in places if meeting.day]
    occupied += [_extent(axis, meeting) for _, meeting in places if not meeting.day]
    for x, meeting in sorted(places, key=lambda place: (place[1].day is not None, place[0])):
        class_ = "held" if meeting.held else "announced"
        kind = "meeting" if meeting.organs else "gathering"
        with drawing.link(meeting.iri, f"{kind}: {meeting.when}, {meeting.standing}"):
            if meeting.day:
                if not axis.holds(meeting.day):
                    continue
                drawing.add("circle", class_="target", cx=x, cy=y, r=12)
                drawing.add("circle", class_=class_, cx=x, cy=y, r=_RADIUS)
            else:
                _span(drawing, axis, meeting, class_, y)
        if meeting.day:
            _label(drawing, f"{meeting.day.day} {meeting.day:%b}", x, y, occupied, axis)
        elif month := _only_month(meeting):
            _label(drawing, month, x + 4, y, occupied, axis)


def draw_legend(drawing: Drawing, top: float) -> float:
    """Draw the key to the signs, and return its bottom."""
    x, y = 0.0, top + 10
    for text, draw_sign in _SIGNS:
        width = 38 + width_of(text, _SMALL)
        if x and x + width > drawing.width:
            x, y = 0.0, y + 22
        draw_sign(drawing, x, y)
        drawing.text(x + 38, y + 4, text, "small")
        x += width + 14
    return y + 14


def _suspended_sign(drawing: Drawing, x: float, y: float) -> None:
    _rect(drawing, "certain", "suspension", (x, x + 14), y - _THICK / 2)
    _dots(drawing, (x + 14, x + 30), y, "suspension")


_SIGNS: tuple[tuple[str, Callable[[Drawing, float, float], object]], ...] = (
    ("meeting held", lambda drawing, x, y: drawing.add("circle", class_="held", cx=x + 23, cy=y, r=_RADIUS)),
    (
        "announced",
        lambda drawing, x, y: drawing.add("circle", class_="announced", cx=x + 23, cy=y, r=_RADIUS),
    ),
    (
        "on some day within",
        lambda drawing, x, y: drawing.add(
            "rect", class_="span-announced", x=x, y=y - 5, width=30, height=10, rx=5
        ),
    ),
    ("certain", lambda drawing, x, y: _rect(drawing, "certain", "membership", (x, x + 30), y - 6)),
    ("possible", lambda drawing, x, y: _rect(drawing, "possible", "membership", (x, x + 30), y - 6)),
    ("start or end not known", lambda drawing, x, y: _dots(drawing, (x, x + _TAIL), y)),
    ("said to be suspended", _suspended_sign),
)


def _is_dated(meeting: Meeting) -> bool:
    return bool(meeting.day or meeting.period.known_dates)


def _has_start_and_end(meeting: Meeting) -> tuple[bool, bool]:
    """Return whether anything is known about the start, and about the end."""
    bounds = meeting.period.dates
    return any(bounds[:2]), any(bounds[2:])


def _only_month(meeting: Meeting) -> str:
    """Return the short name of the month in which a meeting certainly was; empty if it may be several."""
    start = meeting.period.dates[0]
    months = {(bound.year, bound.month) for bound in meeting.period.known_dates}
    return f"{start:%b}" if start and len(months) == 1 else ""


def _span(drawing: Drawing, axis: Axis, meeting: Meeting, class_: str, y: float) -> None:
    """Draw the mark of a meeting without a day."""
    left, right = _extent(axis, meeting)
    has_start, has_end = _has_start_and_end(meeting)
    drawing.add("rect", class_="target", x=left, y=y - 12, width=max(right - left, 24), height=24)
    if has_start and has_end:
        drawing.add(
            "rect", class_=f"span-{class_}", x=left, y=y - 5, width=max(right - left, 10), height=10, rx=5
        )
        return
    known, unknown = (left, right) if has_start else (right, left)
    _dots(drawing, (known, unknown), y)
    drawing.add("rect", class_=f"span-{class_}", x=known - 2, y=y - 5, width=4, height=10, rx=2)


def _extent(axis: Axis, meeting: Meeting) -> Extent:
    """Return where the mark of a meeting without a day begins and ends."""
    known = meeting.period.known_dates
    first, last = axis.x(known[0]), axis.x(known[-1])
    has_start, has_end = _has_start_and_end(meeting)
    if not has_start:
        return max(last - _TAIL, axis.left), last
    if not has_end:
        return first, min(first + _TAIL, axis.right)
    return first, max(last, first + 10)


def _label(drawing: Drawing, text: str, x: float, y: float, occupied: list[Extent], axis: Axis) -> None:
    """Write a label after or before a mark, if there is room."""
    width = width_of(text, _SMALL)
    for start, end in ((x + 10, x + 10 + width), (x - 10 - width, x - 10)):
        if (
            start >= axis.left
            and end <= axis.right
            and all(end < left or start > right for left, right in occupied)
        ):
            drawing.text(start if start > x else end, y + 4, text, "small", "start" if start > x else "end")
            occupied.append((start - 3, end + 3))
            return


def _label_suspension(drawing: Drawing, axis: Axis, situation: Situation, ends: Extent, y: float) -> None:
    """Write when it was, or only what it is, before or after its bar."""
    for text in (f"suspended: {situation.when}", "suspended"):
        if ends[0] - width_of(text, _SMALL) >= axis.left:
            drawing.text_on_ground(ends[0], y + 4, text, "small", "end")
            return
        if ends[1] + width_of(text, _SMALL) <= drawing.width:
            drawing.text_on_ground(ends[1], y + 4, text, "small")
            return


def _rect(drawing: Drawing, certainty: str, kind: str, extent: Extent, top: float) -> None:
    left, right = extent
    width = max(right - left, _SMALLEST)
    if certainty == "possible":
        drawing.hatched(kind, left, top, width, _THICK)
    else:
        drawing.add("rect", class_=f"certain {kind}", x=left, y=top, width=width, height=_THICK)


def _dots(drawing: Drawing, extent: Extent, y: float, kind: str = "") -> None:
    drawing.add("line", class_=f"unknown {kind}".strip(), x1=extent[0], x2=extent[1], y1=y, y2=y)
