"""Bars: how long memberships and presidencies lasted for certain, and how long they may have.

The bars repeat what the table beneath them says, for the eye.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from cstokg.web.catalogue import Catalogue
from cstokg.web.graph import Description
from cstokg.web.sections import Filled

# The sections that get bars, and which column names a bar.
_SECTIONS: Mapping[str, int] = MappingProxyType({"Memberships": 0, "Members": 0, "Presidencies": 0})
_BOUNDS = ("ckg:startNotBefore", "ckg:startNotAfter", "ckg:endNotBefore", "ckg:endNotAfter")
_OPEN = 3.0  # percent of the track that a bar runs on where its end is not known
_FEWEST = 2
_TICKS = 6


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a bar, in percent of the track; ``sure`` if it is certain."""

    left: float
    width: float
    sure: bool


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar."""

    label: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Bars:
    """The bars of a section over years; each tick is a year with its place in percent."""

    rows: tuple[Bar, ...]
    ticks: tuple[tuple[int, float], ...]


def of(filled: Sequence[Filled], description: Description, catalogue: Catalogue) -> dict[str, Bars]:
    """The bars of those sections that have them, by the section's title."""
    return {
        section.section.title: bars
        for section in filled
        if section.section.title in _SECTIONS
        and len(section.records) >= _FEWEST
        and (bars := _bars(section, description, catalogue))
    }


def _bars(filled: Filled, description: Description, catalogue: Catalogue) -> Bars | None:
    column = _SECTIONS[filled.section.title]
    bounds = {
        record.iri: [_day(description.text(record.iri, name)) for name in _BOUNDS]
        for record in filled.records
    }
    days = [day for row in bounds.values() for day in row if day]
    if not days:
        return None
    first, last = min(days).year, max(days).year + 1
    rows = tuple(
        Bar(
            ", ".join(catalogue.label(term.value) for term in record.cells[column].terms),
            _stretches([_place(day, first, last) for day in bounds[record.iri]]),
        )
        for record in filled.records
    )
    step = max(1, -(-(last - first) // _TICKS))
    ticks = tuple((year, 100 * (year - first) / (last - first)) for year in range(first, last, step))
    return Bars(rows, ticks)


def _stretches(places: Sequence[float | None]) -> tuple[Stretch, ...]:
    """The certain part from the latest start to the earliest end, and what may lie around it."""
    start_first, start_last, end_first, end_last = places
    known = [place for place in places if place is not None]
    if not known:
        return ()
    sure_from = start_last if start_last is not None else min(known)
    sure_to = end_first if end_first is not None else max(known)
    may_from = start_first if start_first is not None else max(0.0, sure_from - _OPEN)
    may_to = end_last if end_last is not None else min(100.0, sure_to + _OPEN)
    found = [Stretch(round(may_from, 2), round(max(may_to - may_from, 0.6), 2), sure=False)]
    if start_last is not None and end_first is not None and sure_from <= sure_to:
        found.append(Stretch(round(sure_from, 2), round(max(sure_to - sure_from, 0.6), 2), sure=True))
    return tuple(found)


def _place(day: date | None, first: int, last: int) -> float | None:
    if day is None:
        return None
    start = date(first, 1, 1).toordinal()
    return 100 * (day.toordinal() - start) / (date(last, 1, 1).toordinal() - start)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
