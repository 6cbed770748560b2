"""Bars for what lasted and marks for meetings: solid if certain, hatched if possible, dotted if unknown."""

from collections.abc import Callable, Sequence

from cstokg.web.figures.axis import Axis
from cstokg.web.figures.svg import Drawing, width_of
from cstokg.web.records import Meeting, Situation

_TAIL = 26.0  # pixels of dots where a bound is unknown
_THICK = 12.0
_SMALLEST = 4.0
_ABOVE = 2.0
BELOW = 18.0  # a suspension stands below the membership that it suspends, and takes as much more room
_RADIUS = 6.0
_SMALL = 12.0


def bar(drawing: Drawing, axis: Axis, one: Situation, who: str, y: float) -> None:
    """The bar of a membership, presidency or suspension, with its middle at a height."""
    times, known = one.times, one.times.known
    if not known or known[0] > axis.last or (times.end_by and times.end_by < axis.first):
        return
    begun = times.start_by or known[0]
    still = max(begun, times.end_after or begun)
    y += {"suspension": BELOW - _ABOVE, "membership": -_ABOVE}.get(one.kind, 0)
    left, right = axis.x(times.start_after or begun), axis.x(times.end_by or still)
    tails = (0 if times.start_after else _TAIL, 0 if times.end_by else _TAIL)
    with drawing.link(one.iri, f"{who}: {one.kind}, {times.words}"):
        top = y - _THICK / 2
        drawing.add(
            "rect", class_="target", x=left - tails[0], y=top, width=right - left + sum(tails), height=_THICK
        )
        if times.start_after and times.start_after < begun:
            _rect(drawing, "possible", one.kind, left, axis.x(begun), top)
        if times.end_by and times.end_by > still:
            _rect(drawing, "possible", one.kind, axis.x(still), right, top)
        if times.start_by and times.end_after and times.start_by <= times.end_after and still >= axis.first:
            _rect(drawing, "certain", one.kind, axis.x(begun), axis.x(still), top)
        if tails[0]:
            _dots(drawing, left, max(left - _TAIL, axis.left), y, one.kind)
        if tails[1]:
            _dots(drawing, right, min(right + _TAIL, axis.right), y, one.kind)
        if one.kind == "suspension":
            ends = (left - tails[0] - 8, right + tails[1] + 8)
            _say(drawing, axis, (f"suspended: {times.words}", "suspended"), ends, y)


def mark(drawing: Drawing, axis: Axis, meetings: Sequence[Meeting], y: float) -> None:
    """The marks of the meetings of one row, each with its day where there is room."""
    spots = [(axis.x(one.day or one.times.known[0]), one) for one in meetings if one.day or one.times.known]
    taken = [(x - _RADIUS, x + _RADIUS) for x, one in spots if one.day]
    taken += [_extent(axis, one) for _, one in spots if not one.day]
    for x, one in sorted(spots, key=lambda spot: (spot[1].day is not None, spot[0])):
        class_ = "held" if one.held else "announced"
        label = f"{one.when}, {one.standing}"
        with drawing.link(one.iri, f"{_name(one)}: {label}"):
            if one.day:
                if not axis.holds(one.day):
                    continue
                drawing.add("circle", class_="target", cx=x, cy=y, r=12)
                drawing.add("circle", class_=class_, cx=x, cy=y, r=_RADIUS)
            else:
                _between(drawing, axis, one, class_, y)
        if (
            not one.day
            and len({(day.year, day.month) for day in one.times.known}) == 1
            and one.times.start_after
        ):
            _label(drawing, f"{one.times.start_after:%b}", x + 4, y, taken, axis)
        elif one.day:
            _label(drawing, f"{one.day.day} {one.day:%b}", x, y, taken, axis)


def legend(drawing: Drawing, top: float) -> float:
    """The bottom of the key to the signs."""
    x, y = 0.0, top + 10
    for text, sign in _SIGNS:
        width = 38 + width_of(text, _SMALL)
        if x and x + width > drawing.width:
            x, y = 0.0, y + 22
        sign(drawing, x, y)
        drawing.text(x + 38, y + 4, text, "small")
        x += width + 14
    return y + 14


def _sign_suspended(drawing: Drawing, x: float, y: float) -> None:
    _rect(drawing, "certain", "suspension", x, x + 14, y - _THICK / 2)
    _dots(drawing, x + 14, x + 30, y, "suspension")


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
    ("certain", lambda drawing, x, y: _rect(drawing, "certain", "membership", x, x + 30, y - 6)),
    ("possible", lambda drawing, x, y: _rect(drawing, "possible", "membership", x, x + 30, y - 6)),
    ("start or end not known", lambda drawing, x, y: _dots(drawing, x, x + _TAIL, y)),
    ("said to be suspended", _sign_suspended),
)


def _between(drawing: Drawing, axis: Axis, one: Meeting, class_: str, y: float) -> None:
    left, right = _extent(axis, one)
    drawing.add("rect", class_="target", x=left, y=y - 12, width=max(right - left, 24), height=24)
    bounded = bool(one.times.start_after or one.times.start_by) and bool(
        one.times.end_by or one.times.end_after
    )
    if bounded:
        drawing.add(
            "rect", class_=f"span-{class_}", x=left, y=y - 5, width=max(right - left, 10), height=10, rx=5
        )
        return
    open_left = not (one.times.start_after or one.times.start_by)
    at = right if open_left else left
    _dots(drawing, at, left if open_left else right, y)
    drawing.add("rect", class_=f"span-{class_}", x=at - 2, y=y - 5, width=4, height=10, rx=2)


def _extent(axis: Axis, one: Meeting) -> tuple[float, float]:
    """Where the mark of a meeting without a day stands."""
    known = one.times.known
    if not (one.times.start_after or one.times.start_by):
        return max(axis.x(known[-1]) - _TAIL, axis.left), axis.x(known[-1])
    if not (one.times.end_after or one.times.end_by):
        return axis.x(known[0]), min(axis.x(known[0]) + _TAIL, axis.right)
    return axis.x(known[0]), max(axis.x(known[-1]), axis.x(known[0]) + 10)


def _label(
    drawing: Drawing, text: str, x: float, y: float, taken: list[tuple[float, float]], axis: Axis
) -> None:
    width = width_of(text, _SMALL)
    for start, end in ((x + 10, x + 10 + width), (x - 10 - width, x - 10)):
        if (
            start >= axis.left
            and end <= axis.right
            and all(end < left or start > right for left, right in taken)
        ):
            drawing.text(start if start > x else end, y + 4, text, "small", "start" if start > x else "end")
            taken.append((start - 3, end + 3))
            return


def _say(drawing: Drawing, axis: Axis, texts: Sequence[str], ends: tuple[float, float], y: float) -> None:
    """The first text for which there is room before or after a mark."""
    for text in texts:
        if ends[0] - width_of(text, _SMALL) >= axis.left:
            drawing.text(ends[0], y + 4, text, "small halo", "end")
            return
        if ends[1] + width_of(text, _SMALL) <= drawing.width:
            drawing.text(ends[1], y + 4, text, "small halo")
            return


def _rect(drawing: Drawing, sure: str, kind: str, left: float, right: float, top: float) -> None:
    fill = {"fill": drawing.hatched(kind)} if sure == "possible" else {}
    drawing.add(
        "rect",
        class_=f"{sure} {kind}",
        x=left,
        y=top,
        width=max(right - left, _SMALLEST),
        height=_THICK,
        **fill,
    )


def _dots(drawing: Drawing, start: float, end: float, y: float, kind: str = "") -> None:
    drawing.add("line", class_=f"unknown {kind}".strip(), x1=start, x2=end, y1=y, y2=y)


def _name(one: Meeting) -> str:
    return "meeting" if one.organs else "gathering"
