"""Days and periods in words, and periods as bars; neither shows more than is known."""

import re
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date

from cstokg import namespaces

VARIABLES = namespaces.BOUNDS  # of queries; in the order of the fields of `Period`
BOUNDS = tuple(f"ckg:{name}" for name in VARIABLES)

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_DAY_IN_TEXT = re.compile(r"(?<![\w/-])\d{4}-\d{2}-\d{2}(?![\w/-])")  # not in an address
_UNKNOWN_END = 3.0  # percent of the chart's width that a bar continues where its start or end is not known
_THINNEST = 0.6  # percent of the chart's width
_MOST_TICKS = 6
_FAR_APART = 731  # days; if two bounds are further apart, the first is from another record and says little
# The words with which the parts of a period begin, and those for a period that is planned.
_AS_PLANNED = (
    ("known on", "planned for"),
    ("known in", "planned for"),
    ("known", "planned for the time"),
    ("began", "to begin"),
    ("ended", "to end"),
    ("since", "to begin by"),
    ("still on", "to last at least until"),
)


@dataclass(frozen=True, slots=True)
class Period:
    """A time that began between two days and ended between two days.

    The bounds are days as the graph writes them; a bound that is not known is empty.
    """

    start_not_before: str = ""
    start_not_after: str = ""
    end_not_before: str = ""
    end_not_after: str = ""

    @property
    def dates(self) -> tuple[date | None, ...]:
        """The four bounds as dates; None where a bound is not known or not a date."""
        return tuple(map(read_day, astuple(self)))

    @property
    def known_dates(self) -> list[date]:
        """The bounds that are known, the earliest first."""
        return sorted(bound for bound in self.dates if bound)

    @property
    def words(self) -> str:
        """The period in words; empty if no bound is known."""
        start, end = (self.start_not_before, self.start_not_after), (self.end_not_before, self.end_not_after)
        if self.end_not_before and not self.end_not_after:
            if self.end_not_before < self.start_not_after:
                known = f"known {_at(self.end_not_before, self.start_not_after)}"
                return f"{known}, not before {day(self.start_not_before)}" if self.start_not_before else known
            if self.end_not_before == self.start_not_after and not self.start_not_before:
                return f"known on {day(self.start_not_after)}"
        if _are_far_apart(*start):
            if start == end:
                return f"by {day(self.start_not_after)}; day not given"
            if self.end_not_before in ("", self.start_not_after) and not self.end_not_after:
                return f"by {day(self.start_not_after)}; start not given"
        if start == end and all(start):
            return between(*start)
        whole = (self.start_not_before, self.end_not_after)
        if not self.start_not_after and not self.end_not_before and _are_far_apart(*whole):
            return f"by {day(self.end_not_after)}; day not given"
        if not self.start_not_after and not self.end_not_before:  # only an earliest and a latest day
            return between(self.start_not_before, self.end_not_after)
        began = _start(*start, ended=bool(self.end_not_after))
        return ", ".join(words for words in (began, _end(*end, began=began.startswith("began"))) if words)

    @property
    def planned_words(self) -> str:
        """The period in words, for what is announced: never as something that began or ended."""
        if self.end_not_before and self.start_not_after == self.end_not_after:
            time = between(self.end_not_before, self.end_not_after)
            return f"planned for {'the time ' if time.startswith('between') else ''}{time}"
        parts = self.words.split(", ")
        return ", ".join(
            next((new + part.removeprefix(old) for old, new in _AS_PLANNED if part.startswith(old)), part)
            for part in parts
        )

    def overlaps(self, first_year: str, last_year: str) -> bool:
        """Return whether the time between its known bounds overlaps these years; an empty year is no limit.

        An unknown end does not make it longer: nothing is assumed to last until today.
        """
        known = self.known_dates
        if not known:
            return not first_year and not last_year
        return (not last_year or known[0].year <= int(last_year)) and (
            not first_year or known[-1].year >= int(first_year)
        )


def bounds_of(variable: str) -> str:
    """Return the part of a query that reads the bounds of what a variable stands for, as ``VARIABLES``."""
    pairs = zip(BOUNDS, VARIABLES, strict=True)
    return " ".join(f"OPTIONAL {{ ?{variable} {name} ?{bound} }}" for name, bound in pairs)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar, in percent of the chart's width; ``sure`` if it is certain."""

    left: float
    width: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of one period."""

    label: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars over years; each tick is a year with its place in percent of the chart's width."""

    rows: tuple[Bar, ...]
    ticks: tuple[tuple[int, float], ...]


def read_day(text: str) -> date | None:
    """Return the day that a text gives as the graph writes days; None if it is none, or empty."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def day(text: str) -> str:
    """Return ``19 May 2021`` for ``2021-05-19``, and any other text as it is."""
    date_ = read_day(text)
    return _day(date_) if date_ else text


def with_days_in_words(text: str) -> str:
    """Return a text with each day in it as ``day`` gives it; days in addresses stay."""
    return _DAY_IN_TEXT.sub(lambda found: day(found[0]), text)


def between(first: str, last: str) -> str:
    """Return the time between two days in words: ``2002``, ``by 31 May 2011``; either may be empty."""
    if not first and not last:
        return ""
    if not last:
        return f"{day(first)} or later"
    if not first:
        return f"by {_latest(last)}"
    if first == last:
        return day(first)
    start, end = read_day(first), read_day(last)
    if not start or not end:
        return f"between {first} and {last}"
    if (start.month, start.day) == (1, 1) and (end.month, end.day) == (12, 31):
        return str(start.year) if start.year == end.year else f"between {start.year} and {end.year}"
    if start.day == 1 and (end.year, end.month) == (start.year, start.month) and end.day == _last(end):
        return f"{_MONTHS[start.month - 1]} {start.year}"
    if (end - start).days == 1 and end.month == start.month:
        return f"{start.day} or {_day(end)}"
    first_day = _day(start)
    if start.year == end.year:
        first_day = str(start.day) if start.month == end.month else f"{start.day} {_MONTHS[start.month - 1]}"
    return f"between {first_day} and {_day(end)}"


def bar_chart(periods: Sequence[tuple[str, Period]]) -> BarChart | None:
    """Return a chart with a bar for each label and period, or None if no bound is known."""
    dates = [bound for _, period in periods for bound in period.known_dates]
    if not dates:
        return None
    first, last = min(dates).year, max(dates).year + 1
    step = -(-(last - first) // _MOST_TICKS)
    return BarChart(
        tuple(Bar(label, _stretches(period, first, last)) for label, period in periods),
        tuple((year, 100 * (year - first) / (last - first)) for year in range(first, last, step)),
    )


def _stretches(period: Period, first_year: int, last_year: int) -> tuple[Stretch, ...]:
    """Return the certain part, from the latest start to the earliest end, and what is possible around it."""
    start = _new_year(first_year)
    days = _new_year(last_year) - start
    start_first, start_last, end_first, end_last = (
        100 * (bound.toordinal() - start) / days if bound else None for bound in period.dates
    )
    known = [place for place in (start_first, start_last, end_first, end_last) if place is not None]
    if not known:
        return ()
    sure_from = start_last if start_last is not None else min(known)
    sure_to = end_first if end_first is not None else max(known)
    may_from = start_first if start_first is not None else max(0.0, min(known) - _UNKNOWN_END)
    may_to = end_last if end_last is not None else min(100.0, max(known) + _UNKNOWN_END)
    stretches = [Stretch(round(may_from, 2), round(max(may_to - may_from, _THINNEST), 2), sure=False)]
    if start_last is not None and end_first is not None and sure_from <= sure_to:
        width = round(max(sure_to - sure_from, _THINNEST), 2)
        stretches.append(Stretch(round(sure_from, 2), width, sure=True))
    return tuple(stretches)


def _new_year(year: int) -> int:
    """Return the ordinal of the first day of a year; the year may be one more than ``date`` can represent."""
    return date(year, 1, 1).toordinal() if year <= date.max.year else date.max.toordinal() + 1


def _are_far_apart(first: str, last: str) -> bool:
    """Return whether two days are so far apart that only the later one says when something began."""
    start, end = read_day(first), read_day(last)
    return bool(start and end and (end - start).days > _FAR_APART and (end.month, end.day) != (12, 31))


def _at(first: str, last: str) -> str:
    """Return the time between two days with its preposition: ``in 2002``, ``on 1 or 2 May 2002``."""
    time = between(first, last)
    if time.startswith("between"):
        return time
    return f"on {time}" if first == last or " or " in time else f"in {time}"


def _start(first: str, last: str, *, ended: bool) -> str:
    if first and last:
        time = between(first, last)
        return f"began {time}" if time.startswith("between") else f"from {time}"
    if first:
        return f"not before {day(first)}"
    if last and ended:
        return f"began by {_latest(last)}"
    return f"since {_latest(last).removeprefix('the end of ')} or earlier" if last else ""


def _end(first: str, last: str, *, began: bool) -> str:
    if first and last:
        time = between(first, last)
        return f"ended {_at(first, last)}" if began or time.startswith("between") else f"until {time}"
    if first:
        return f"still on {day(first)}"
    return f"ended by {_latest(last)}" if last else ""


def _latest(last: str) -> str:
    """Return a latest day in words; 31 December is called the end of the year, as articles print the year."""
    date_ = read_day(last)
    return f"the end of {date_.year}" if date_ and (date_.month, date_.day) == (12, 31) else day(last)


def _day(when: date) -> str:
    return f"{when.day} {_MONTHS[when.month - 1]} {when.year}"


def _last(when: date) -> int:
    return monthrange(when.year, when.month)[1]
