"""Columns of answers: their heads, and which of them a page shows as one so that its table is not too wide.

Files have a column for each variable. On a page the bounds of a time are one time in words, and what
qualifies a value, such as the post of a speaker, stands beneath it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cstokg.json_results import JsonTerm
from cstokg.web.answers.tables import Cell
from cstokg.web.content.periods import Period, between, day
from cstokg.web.site import heading, sentence

# The heads of columns whose names do not make words that everybody understands.
_HEADS = MappingProxyType(
    {
        "class": "Kind of record",
        "earliest": "Earliest day",
        "end": "To character",
        "endNotAfter": "Latest end",
        "endNotBefore": "Earliest end",
        "furniture": "Page furniture",
        "how": "Formed or joined",
        "in": "Which articles",
        "latest": "Latest day",
        "left": "Not covered",
        "modality": "Presented as",
        "of": "Anniversary of",
        "sha256": "SHA-256",
        "start": "From character",
        "startNotAfter": "Latest start",
        "startNotBefore": "Earliest start",
        "touched": "Covered at least in part",
        "verdict": "On that day",
        "via": "Reported via",
    }
)
_WHEN = "When"
_NO_TIME = "not given"
_DAYS = ("date", "published", "saidOn")
_BETWEEN = ("earliest", "latest")
_PERIODS = (
    ("startNotBefore", "startNotAfter", "endNotBefore", "endNotAfter"),
    ("earliestStart", "latestStart", "earliestEnd", "latestEnd"),
)
# What stands beneath a value, and the words before it there. Beneath a time stands its basis.
_BENEATH: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "agent": {"role": "as"},
        "body": {"formerBody": "formerly"},
        "byWhom": {"post": ""},
        "doer": {"doerRole": "as"},
        "event": {"printedAs": "printed as", "partOf": "part of"},
        "item": {"count": "items:"},
        "matter": {"kindOfMatter": ""},
        "modality": {"reportedAsFact": "reported as fact:", "accordingTo": "according to", "form": ""},
        "name": {"entity": ""},
        "otherSide": {"otherRole": "as"},
        "published": {"dateBasis": "basis:"},
        "reportedAsFact": {"accordingTo": "according to"},
        "speaker": {"post": ""},
        "startNotAfter": {"basisOfDays": "basis:"},
        "startNotBefore": {"basisOfDates": "basis:"},
        "subject": {"property": "", "value": ""},
        "supports": {"basis": "", "sha256": "SHA-256"},
    }
)

_SAID_ALREADY = ("reported fact", "reportedAsFact", "yes")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table on a page.

    Attributes:
        head: in words.
        name: the variable by which it is sorted.
        bounds: the variables that give the bounds of a time; none if it is no period.
        beneath: the variables whose values stand beneath, each with the words before it.
    """

    head: str
    name: str
    bounds: tuple[str, ...]
    beneath: Mapping[str, str]

    @property
    def variables(self) -> tuple[str, ...]:
        """All variables that it shows."""
        return tuple(dict.fromkeys((self.name, *self.bounds, *self.beneath)))


@dataclass(frozen=True, slots=True)
class ShownCell:
    """One cell of a page: a value, and what stands beneath it, each with the words before it."""

    value: Cell | None
    beneath: tuple[tuple[str, Cell], ...] = ()


def head(name: str) -> str:
    """Return the head of a column of a saved question's answer, in words."""
    return _HEADS.get(name) or sentence(heading(name))


def shown(names: Sequence[str]) -> list[Column]:
    """Return the columns in which a page shows an answer with some variables, in their order."""
    placed: set[str] = set()
    beneath: dict[str, dict[str, str]] = {}
    for name, below in _BENEATH.items():
        if name in names:
            beneath[name] = {
                each: words for each, words in below.items() if each in names and each not in placed
            }
            placed.update(beneath[name])
    bounds = _bounds(names)
    placed.update(bounds[1:])
    return [
        Column(
            _WHEN if name in bounds else head(name),
            name,
            bounds if name in bounds else (),
            MappingProxyType(beneath.get(name, {})),
        )
        for name in names
        if name not in placed
    ]


def _bounds(names: Sequence[str]) -> tuple[str, ...]:
    """Return the variables that give one time together, in the order of the answer; none if no two do."""
    groups = [*_PERIODS, (*_DAYS, *_BETWEEN)] if _BETWEEN[0] in names else _PERIODS
    for group in groups:
        given = tuple(name for name in names if name in group)
        if len(given) > 1:
            return given
    return ()


def cell(column: Column, row: Mapping[str, JsonTerm], cells: Mapping[str, Cell | None]) -> ShownCell:
    """Return what a page shows in a column of a row whose values have these cells."""
    value = cells[column.name]
    beneath = []
    for name, words in column.beneath.items():
        below = cells[name]
        if below and value and value.text == below.text:  # a name and what has it: a link says both
            value = below
        elif below and (value and value.text, name, below.text) != _SAID_ALREADY:
            beneath.append((words, below))
    if not column.bounds:
        return ShownCell(value, tuple(beneath))
    values = {name: row[name]["value"] for name in column.bounds if name in row}
    how = row.get("modality", {}).get("value")
    time = _time(values, planned=how == "announced")
    return ShownCell(Cell(time or _NO_TIME), tuple(beneath))


def _time(values: Mapping[str, str], *, planned: bool) -> str:
    """Return the time in words that a day or bounds give, by their variables; that of a plan as planned."""
    for name in _DAYS:
        if name in values:
            return day(values[name])
    first, last = (values.get(name, "") for name in _BETWEEN)
    if first or last:
        return between(first, last)
    for group in _PERIODS:
        if not values.keys().isdisjoint(group):
            period = Period(*(values.get(name, "") for name in group))
            return period.planned_words if planned else period.words
    return ""
