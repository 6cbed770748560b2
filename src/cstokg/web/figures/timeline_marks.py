"""What the time axis of the timeline shows: bars for what lasted, and marks for meetings.

What is certain is solid, what is possible is hatched, and what is only announced has a broken outline. From
the day by which something had begun or ended, dots with an arrow lead to the left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cstokg.web.content import periods
from cstokg.web.content.meetings import Meeting, Situation
from cstokg.web.figures.figure import Part
from cstokg.web.figures.svg import Drawing, width_of

BELOW = 18.0  # a suspension is drawn below the membership that it suspends, and needs that much more room

_YEAR_WIDTH = 34.0  # the least distance between the labels of years, in pixels
_TAIL = 26.0  # length of the dots where a bound is unknown, in pixels
_THICK = 12.0
_SMALLEST = 4.0
_ABOVE = 2.0
_RADIUS = 6.0
_ABOVE_DAYS = 10.0  # how much higher a mark without a day is drawn if it would lie behind one with a day
_SMALL = 12.0
_THINNEST = 1.5  # percent of the axis
_HEAD = 6.0  # length of the head of an arrow
_OPEN = timedelta(days=731)  # if a start or end may be within a longer time than this, no bar is drawn for it

Extent = tuple[float, float]  # where something begins and ends on the axis, in pixels
Sign = Callable[[Drawing, float, float], object]  # draws a sign of the key at a place


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

    def widened(self, extent: Extent, least: float) -> Extent:
        """Return an extent that is wide enough to be seen, about where it was, and in the same years."""
        left, right = extent
        missing = max(least - (right - left), 0.0)
        left, right = left - missing / 2, right + missing / 2
        lines = [self.x(date(year, 1, 1)) for year in range(self.first.year, self.last.year + 1)]
        before = max((line for line in lines if line <= extent[0]), default=left)
        after = min((line for line in lines if line >= extent[1] and line > before), default=right)
        if after - before < right - left:
            return left, right
        shift = max(before - left, 0.0) - max(right - after, 0.0)
        return left + shift, right + shift

    def draw(self, drawing: Drawing, top: float, bottom: float) -> None:
        """Draw lines at the first day of the years, each year to the right of its line."""
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
            if year < self.last.year:
                label = str(year)
                left = min(x + 3, drawing.width - width_of(label, _SMALL))
                drawing.text(left, top - 4, label, "year")


def draw_situation(
    drawing: Drawing,
    axis: Axis,
    situation: Situation,
    state: str,
    y: float,
    said: str = "",
    row: Sequence[Situation] = (),
) -> None:
    """Draw the bar of a membership, presidency or suspension, with its middle at a height.

    ``said`` says who stated it, if statements are the articles' only source. It is written beside the bar,
    where no other bar of its ``row`` is.
    """
    kind, marks = situation.kind, _marks(situation)
    y += {"suspension": BELOW - _ABOVE, "membership": -_ABOVE}.get(kind, 0)
    words = f"{kind}{', announced' if situation.announced else ''}, {situation.when}"
    label = f"{state}: {words}{f'; {said}' if said else ''}"
    if marks is None:
        _draw_undated(drawing, axis, situation, label, said, y)
        return
    if marks.first > axis.last or (situation.period.dates[3] and marks.last < axis.first):
        return
    left, right, end = axis.x(marks.first), axis.x(marks.still), axis.x(marks.last)
    ends = _reach(axis, marks)
    with drawing.link(situation.iri, label):
        top = y - _THICK / 2
        drawing.add("rect", class_="target", x=ends[0], y=top, width=ends[1] - ends[0], height=_THICK)
        if marks.later:
            _dots(drawing, (right, min(right + _TAIL, axis.right)), y, kind)
        if marks.earlier:
            _by(drawing, (left, ends[0]), y, kind)
        if marks.ended_by:
            _by(drawing, (end, max(end - _TAIL, right)), y, kind)
            drawing.add("rect", class_=f"arrow {kind}", x=end - 2, y=top, width=2.5, height=_THICK)
        for certainty, extent in _stretches(axis, situation):
            if situation.announced:
                left, right = axis.widened(extent, _SMALLEST)
                drawing.add(
                    "rect", class_=f"planned {kind}", x=left, y=top, width=right - left, height=_THICK
                )
            else:
                _rect(drawing, certainty, kind, axis.widened(extent, _SMALLEST), top)
        if kind == "suspension":
            _label_suspension(drawing, axis, situation, said, marks.ended_by, (ends[0] - 8, ends[1] + 8), y)
        elif said:
            drawn = [
                _reach(axis, theirs) for other in row if other.kind == kind and (theirs := _marks(other))
            ]
            _label_beside(drawing, axis, (said,), (ends[0] - 8, ends[1] + 8), y, drawn)


def bar_of_situation(axis: Axis, situation: Situation) -> tuple[Part, ...]:
    """Return the bar of a situation, in percent of the axis."""
    parts = [
        _part(axis, extent, "possible" if situation.announced else certainty)
        for certainty, extent in _stretches(axis, situation)
    ]
    marks = _marks(situation)
    if marks and marks.ended_by:
        parts.append(_part(axis, (axis.x(marks.last),) * 2, "possible"))
    return tuple(parts)


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


@dataclass(frozen=True, slots=True)
class Marks:
    """Where the bar of a situation begins and ends.

    Attributes:
        first: the day with which the bar begins: the first on which it may have lasted, or for which it is
            planned.
        begun: the first day on which it lasted, as far as is known.
        still: the last day on which it lasted, as far as is known.
        last: the last day on which it may have lasted.
        earlier: whether it may have begun at any time before, or in any of several years.
        later: whether it may have lasted for any time after ``still``.
        ended_by: whether it ended by the last day, but may have in any of several years.
    """

    first: date
    begun: date
    still: date
    last: date
    earlier: bool
    later: bool
    ended_by: bool


def _marks(situation: Situation) -> Marks | None:
    """Return where the bar of a situation begins and ends; None if no day is known."""
    known = situation.period.known_dates
    if not known:
        return None
    start_first, start_last, end_first, end_last = situation.period.dates
    begun = start_last or known[0]
    still = max(begun, end_first or begun)
    earlier = start_first is None or begun - start_first > _OPEN
    ended_by = end_last is not None and end_last - still > _OPEN
    is_planned_for = situation.announced and end_first is not None and end_first < begun
    if is_planned_for or earlier or start_first is None:
        first = min(begun, end_first or begun)
    else:
        first = start_first
    later = ended_by or end_last is None
    return Marks(first, begun, still, end_last or still, earlier, later, ended_by)


def _reach(axis: Axis, marks: Marks) -> Extent:
    """Return where the bar of a situation and the dots beside it begin and end."""
    left, right, end = axis.x(marks.first), axis.x(marks.still), axis.x(marks.last)
    return (
        max(left - _TAIL, axis.left) if marks.earlier else left,
        max(min(right + _TAIL, axis.right) if marks.later else right, end),
    )


def _stretches(axis: Axis, situation: Situation) -> list[tuple[str, Extent]]:
    """Return the stretches of a situation on the axis, each possible or certain."""
    marks = _marks(situation)
    if marks is None:
        return []
    _, start_last, end_first, _ = situation.period.dates
    stretches: list[tuple[str, Extent]] = []
    if marks.first < marks.begun:
        stretches.append(("possible", (axis.x(marks.first), axis.x(marks.begun))))
    if marks.last > marks.still and not marks.ended_by:
        stretches.append(("possible", (axis.x(marks.still), axis.x(marks.last))))
    if start_last and end_first and start_last <= end_first and marks.still >= axis.first:
        stretches.append(("certain", (axis.x(marks.begun), axis.x(marks.still))))
    return stretches


def time_of(situation: Situation) -> str:
    """Return the time of a situation in words; of a start in one of several years, only the latest day."""
    marks, period = _marks(situation), situation.period
    if marks and marks.earlier and period.start_not_after and period.start_not_before:
        return f"by {periods.day(period.start_not_after)}"
    return situation.when


def _suspended(situation: Situation, said: str) -> str:
    return f"suspension: {time_of(situation)}{f'; {said}' if said else ''}"


def _draw_undated(
    drawing: Drawing, axis: Axis, situation: Situation, label: str, said: str, y: float
) -> None:
    """Mark the day on which a situation was stated; if none is on the axis, write a text at its right end."""
    kind = situation.kind
    texts = (f"{kind}: {situation.when}{f'; {said}' if said else ''}", f"{kind}: {situation.when}", kind)
    days = [day for said in situation.said_by for day in said.known_dates if axis.holds(day)]
    with drawing.link(situation.iri, label):
        if days:
            x = (axis.x(min(days)) + axis.x(max(days))) / 2
            drawing.add("rect", class_="target", x=x - 12, y=y - 8, width=24, height=24)
            _diamond(drawing, x, y, situation.kind)
            _label_beside(drawing, axis, texts, (x - 12, x + 12), y)
        else:
            width = width_of(texts[0], _SMALL)
            top = y - _THICK / 2
            drawing.add("rect", class_="target", x=axis.right - width, y=top, width=width, height=_THICK)
            drawing.text_on_ground(axis.right, y + 4, texts[0], "small", "end")


def draw_meetings(drawing: Drawing, axis: Axis, meetings: Sequence[Meeting], y: float) -> None:
    """Draw the marks of the meetings of one row, each with its day where there is room."""
    places = [(axis.x(meeting.first_day), meeting) for meeting in meetings if _is_dated(meeting)]
    days = [(x - _RADIUS, x + _RADIUS) for x, meeting in places if meeting.day]
    occupied = [*days, *(_extent(axis, meeting) for _, meeting in places if not meeting.day)]
    for x, meeting in sorted(places, key=lambda place: (place[1].day is not None, place[0])):
        class_ = "held" if meeting.held else "announced"
        kind = {0: "gathering", 1: "meeting"}.get(len(meeting.organs), "joint meeting")
        with drawing.link(meeting.iri, f"{kind}: {meeting.when}, {meeting.standing}"):
            if meeting.day:
                if not axis.holds(meeting.day):
                    continue
                drawing.add("circle", class_="target", cx=x, cy=y, r=12)
                drawing.add("circle", class_=class_, cx=x, cy=y, r=_RADIUS)
            else:
                first, last = _extent(axis, meeting)
                touches = any(left < last and first < right for left, right in days)
                _span(drawing, axis, meeting, class_, y - _ABOVE_DAYS if touches else y)
        if meeting.day:
            ends = x - _RADIUS, x + _RADIUS
            _label(drawing, f"{meeting.day.day} {meeting.day:%b}", ends, y, occupied, axis)
        elif month := _only_month(meeting):
            _label(drawing, month, _extent(axis, meeting), y, occupied, axis)


def draw_joint_meetings(
    drawing: Drawing, axis: Axis, heights_of_marks: Mapping[Meeting, Sequence[float]]
) -> None:
    """Draw a line between the marks of each meeting that several rows show."""
    for meeting, heights in heights_of_marks.items():
        if len(heights) > 1 and meeting.day and axis.holds(meeting.day):
            x = axis.x(meeting.day)
            drawing.add("line", class_="joint", x1=x, x2=x, y1=min(heights), y2=max(heights))


def draw_legend(drawing: Drawing, top: float) -> float:
    """Draw the key to the signs that the drawing has, and return its bottom."""
    x, y = 0.0, top + 10
    classes = drawing.classes
    for text, class_, draw_sign in _SIGNS:
        if not set(class_.split()) <= classes:
            continue
        width = 38 + width_of(text, _SMALL)
        if x and x + width > drawing.width:
            x, y = 0.0, y + 22
        draw_sign(drawing, x, y)
        drawing.text(x + 38, y + 4, text, "small")
        x += width + 14
    return y + 14


def _earlier_sign(drawing: Drawing, x: float, y: float) -> None:
    _by(drawing, (x + 28, x + 2), y)
    _rect(drawing, "certain", "membership", (x + 26, x + 30), y - 6)


def _later_sign(drawing: Drawing, x: float, y: float) -> None:
    _dots(drawing, (x + 4, x + 30), y)
    _rect(drawing, "certain", "membership", (x, x + 4), y - 6)


def _joint_sign(drawing: Drawing, x: float, y: float) -> None:
    drawing.add("line", class_="joint", x1=x + 23, x2=x + 23, y1=y - 5, y2=y + 5)
    for height in (y - 5, y + 5):
        drawing.add("circle", class_="held", cx=x + 23, cy=height, r=2.5)


def _circle_sign(class_: str, radius: float) -> Sign:
    return lambda drawing, x, y: drawing.add("circle", class_=class_, cx=x + 23, cy=y, r=radius)


def _box_sign(class_: str) -> Sign:
    return lambda drawing, x, y: drawing.add("rect", class_=class_, x=x, y=y - 6, width=30, height=_THICK)


# The text of each sign, the class of what it explains, and how it is drawn.
_SIGNS: tuple[tuple[str, str, Sign], ...] = (
    ("meeting held", "held", _circle_sign("held", _RADIUS)),
    ("one joint meeting", "joint", _joint_sign),
    ("held, day not known", "span-held", _circle_sign("span-held", 5)),
    ("meeting announced", "announced", _circle_sign("announced", _RADIUS)),
    (
        "announced, day not known",
        "span-announced",
        lambda drawing, x, y: drawing.add(
            "rect", class_="span-announced", x=x, y=y - 5, width=30, height=10, rx=5
        ),
    ),
    ("certain", "certain", _box_sign("certain")),
    (
        "possible",
        "possible",
        lambda drawing, x, y: _rect(drawing, "possible", "membership", (x, x + 30), y - 6),
    ),
    ("presidency announced", "planned", _box_sign("planned presidency")),
    ("then or earlier", "arrow", _earlier_sign),
    ("then or later", "unknown", _later_sign),
    ("suspension of membership or participation", "suspension", _box_sign("certain suspension")),
    (
        "suspension said then, time not given",
        "said",
        lambda drawing, x, y: _diamond(drawing, x + 23, y, "suspension"),
    ),
)


def _is_dated(meeting: Meeting) -> bool:
    return bool(meeting.day or meeting.period.known_dates)


def _has_start_and_end(meeting: Meeting) -> tuple[bool, bool]:
    """Return whether anything is known about the start, and about the end."""
    bounds = meeting.period.dates
    return any(bounds[:2]), any(bounds[2:])


def _only_month(meeting: Meeting) -> str:
    """Return the short name of the month in which a meeting certainly was; empty if it may be several."""
    start, _, _, end = meeting.period.dates
    is_one = start and end and (start.year, start.month) == (end.year, end.month)
    return f"{start:%b}" if is_one else ""


def _span(drawing: Drawing, axis: Axis, meeting: Meeting, class_: str, y: float) -> None:
    """Draw the mark of a meeting without a day."""
    left, right = _extent(axis, meeting)
    has_start, has_end = _has_start_and_end(meeting)
    drawing.add("rect", class_="target", x=left, y=y - 12, width=max(right - left, 24), height=24)
    if has_start and has_end:
        drawing.add(
            "rect", class_=f"span-{class_}", x=left, y=y - 4, width=max(right - left, 10), height=8, rx=4
        )
        return
    known, unknown = (left, right) if has_start else (right, left)
    (_dots if has_start else _by)(drawing, (known, unknown), y)
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
    return axis.widened((first, last), 10)


def _label(drawing: Drawing, text: str, ends: Extent, y: float, occupied: list[Extent], axis: Axis) -> None:
    """Write a label after or before a mark, if there is room."""
    width = width_of(text, _SMALL)
    after, before = ends[1] + 4, ends[0] - 4
    for start, end in ((after, after + width), (before - width, before)):
        if (
            start >= axis.left
            and end <= axis.right
            and all(end < left or start > right for left, right in occupied)
        ):
            anchor = "start" if start == after else "end"
            drawing.text(start if start == after else end, y + 4, text, "small", anchor)
            occupied.append((start - 3, end + 3))
            return


def _label_suspension(
    drawing: Drawing, axis: Axis, situation: Situation, said: str, ended_by: bool, ends: Extent, y: float
) -> None:
    """Write when a suspension was and who says so, if there is room; a separate end has its own text."""
    start, _, end = time_of(situation).partition(", ")
    if ended_by and end and ends[1] + width_of(end, _SMALL) <= drawing.width:
        drawing.text_on_ground(ends[1], y + 4, end, "small")
        _label_beside(drawing, axis, (f"suspension: {start}", "suspension"), ends, y)
        return
    texts = (_suspended(situation, said), _suspended(situation, ""), "suspension")
    _label_beside(drawing, axis, texts, ends, y)


def _label_beside(
    drawing: Drawing,
    axis: Axis,
    texts: Sequence[str],
    ends: Extent,
    y: float,
    occupied: Sequence[Extent] = (),
) -> None:
    """Write the first text for which there is room, before or after a mark."""
    for text in texts:
        width = width_of(text, _SMALL)
        for x, start, anchor in ((ends[0], ends[0] - width, "end"), (ends[1], ends[1], "start")):
            is_free = all(start + width < left or right < start for left, right in occupied)
            if axis.left <= start and start + width <= drawing.width and is_free:
                drawing.text_on_ground(x, y + 4, text, "small", anchor)
                return


def _rect(drawing: Drawing, certainty: str, kind: str, extent: Extent, top: float) -> None:
    left, width = extent[0], extent[1] - extent[0]
    if certainty == "possible":
        drawing.hatched(kind, left, top, width, _THICK)
    else:
        drawing.add("rect", class_=f"certain {kind}", x=left, y=top, width=width, height=_THICK)


def _dots(drawing: Drawing, extent: Extent, y: float, kind: str = "") -> None:
    drawing.add("line", class_=f"unknown {kind}".strip(), x1=extent[0], x2=extent[1], y1=y, y2=y)


def _by(drawing: Drawing, extent: Extent, y: float, kind: str = "") -> None:
    """Draw dots to the left of a day, with the head of an arrow at their end."""
    day, earlier = extent
    _dots(drawing, (day, earlier + _HEAD), y, kind)
    head = f"M{earlier:.1f} {y:.1f}l{_HEAD:g} {-_HEAD * 0.7:.1f}v{_HEAD * 1.4:.1f}z"
    drawing.add("path", class_=f"arrow {kind}".strip(), d=head)


def _diamond(drawing: Drawing, x: float, y: float, kind: str) -> None:
    drawing.add("path", class_=f"said {kind}", d=f"M{x - 6:.1f} {y:.1f}l6 -6 6 6 -6 6z")
