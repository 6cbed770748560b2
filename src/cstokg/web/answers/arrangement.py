"""The order and the filter of an answer's rows, as the address of its page gives them.

Rows are sorted by value: days as days, numbers as numbers, and text by its letters in the order of Unicode,
where case and accents matter last. An empty cell comes last in either direction.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.json_results import JsonTerm, Results
from cstokg.parameters import CONTAINS, SORT, WITHIN, ParameterError
from cstokg.web.answers.tables import Cell, Table

DESCENDING = "-"  # before the name of the column

_DAY = re.compile(r"(-?\d{4,9})(?:-(\d\d))?(?:-(\d\d))?(.*)", re.DOTALL)
_XSD = namespaces.PREFIXES["xsd"]
_DAYS = frozenset(f"{_XSD}{name}" for name in ("date", "dateTime", "gYear", "gYearMonth"))
_BREVE = "\u0306"  # makes another letter of a Cyrillic one: й is not и


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The order and the filter of rows.

    Attributes:
        sort: the name of the column by which rows are sorted; empty for the order of the query.
        descending: whether the greatest value comes first.
        contains: what the cells of a row contain; empty for all rows.
        within: the name of the column that contains it; empty for any column.
    """

    sort: str = ""
    descending: bool = False
    contains: str = ""
    within: str = ""

    def __bool__(self) -> bool:  # noqa: D105
        return bool(self.sort or self.contains)

    @property
    def values(self) -> dict[str, str]:
        """The parameters that give this arrangement."""
        sort = f"{DESCENDING if self.descending else ''}{self.sort}"
        given = {SORT: sort, CONTAINS: self.contains, WITHIN: self.within if self.contains else ""}
        return {name: value for name, value in given.items() if value}


def read(values: Mapping[str, str], columns: Sequence[str], longest: int) -> Arrangement:
    """Return the arrangement that the parameters of an address give for an answer with some columns.

    Raises:
        ParameterError: a column is not one of the answer's, or a text has more characters than ``longest``.
    """
    sort, contains = values.get(SORT, ""), values.get(CONTAINS, "").strip()
    within = values.get(WITHIN, "")
    name = sort.removeprefix(DESCENDING)
    for parameter, column in ((SORT, name), (WITHIN, within)):
        if column and column not in columns:
            offered = (
                f"one of {', '.join(columns)}" if columns else "no value, since this answer has no columns"
            )
            raise ParameterError(f"parameter '{parameter}': expected {offered}; got {column[:longest]!r}")
    if len(contains) > longest:
        raise ParameterError(f"parameter '{CONTAINS}': expected at most {longest} characters")
    if contains and not columns:
        raise ParameterError(f"parameter '{CONTAINS}': expected no value, since this answer has no columns")
    return Arrangement(name, bool(name) and sort != name, contains, within)


def indices(arrangement: Arrangement, results: Results, table: Table) -> list[int]:
    """Return the indices of the rows that pass the filter, in the order of the arrangement.

    The table holds the cells of the results as pages show them.
    """
    shown = [index for index in range(len(results.rows)) if _passes(arrangement, results, table, index)]
    if not arrangement.sort:
        return shown
    column = results.columns.index(arrangement.sort)
    keys = {}
    for index in shown:
        cell = table.rows[index][column]
        if cell is not None:
            keys[index] = _key(results.rows[index][arrangement.sort], cell)
    filled = sorted(keys, key=keys.__getitem__, reverse=arrangement.descending)
    return filled + [index for index in shown if index not in keys]


def _passes(arrangement: Arrangement, results: Results, table: Table, index: int) -> bool:
    if not arrangement.contains:
        return True
    part = _folded(arrangement.contains)
    return any(
        cell is not None
        and arrangement.within in ("", name)
        and part in _folded(f"{cell.text}\n{results.rows[index][name]['value']}")
        for name, cell in zip(results.columns, table.rows[index], strict=True)
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _key(term: JsonTerm, cell: Cell) -> tuple[object, ...]:
    """Return a key to sort by; values of one kind are compared with each other only."""
    value = str(term["value"])
    if cell.numeric:
        number = _number(value)
        if not math.isnan(number):
            return (0, number)
    if term.get("datatype", "") in _DAYS and (match := _DAY.fullmatch(value)):
        return (1, int(match[1]), int(match[2] or 0), int(match[3] or 0), match[4])
    return (2, _letters(cell.text), _folded(cell.text), cell.text)


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _letters(text: str) -> str:
    """Return a text without case, and without accents that do not make another letter."""
    apart = unicodedata.normalize("NFD", text.casefold())
    kept = "".join(letter for letter in apart if letter == _BREVE or not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", kept)
