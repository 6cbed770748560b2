"""The answer to a saved question: read, filtered and put in order, and written as a file.

Rows are sorted by value: days as days, numbers as numbers, and text by its letters in the order of Unicode,
where case and accents matter last. An empty cell comes last in either direction.
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

from cstokg import formats, json_results, namespaces
from cstokg.engine import results as result_writer
from cstokg.errors import QueryError
from cstokg.json_results import JsonTerm, Results
from cstokg.parameters import CONTAINS, SORT, WITHIN, ParameterError
from cstokg.web.answers import row_evidence, tables
from cstokg.web.answers.row_evidence import RowRecord
from cstokg.web.answers.tables import Cell, CellValue, Sheet, Table
from cstokg.web.content import citations, conflicts
from cstokg.web.site import Site

DESCENDING = "-"  # before the name of the column

_DAY = re.compile(r"(-?\d{4,9})(?:-(\d\d))?(?:-(\d\d))?(.*)", re.DOTALL)
_XSD = namespaces.PREFIXES["xsd"]
_DAYS = frozenset(f"{_XSD}{name}" for name in ("date", "dateTime", "gYear", "gYearMonth"))
_BREVE = "\u0306"  # makes another letter of a Cyrillic one: й is not и

_DATE = f"{namespaces.PREFIXES['xsd']}date"
_YEAR = f"{namespaces.PREFIXES['xsd']}gYear"
_NOT_IN_NAMES, _LONGEST_NAME = re.compile("[^a-z0-9]+"), 100  # of files; the length in characters
# Further columns of a workbook.
SENTENCES = "Whole sentences, one per line; quotation marks in square brackets are added."
IN_ARTICLE, FOOTNOTE = "In the article", "Footnote"
_DIFFER = "Accounts differ"
_RECORDS, _SPANS = "Records", "Evidence"


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


def read_arrangement(values: Mapping[str, str], columns: Sequence[str], longest: int) -> Arrangement:
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


@dataclass(frozen=True, slots=True)
class SavedAnswer:
    """The answer to a saved question, in the order and with the filter that were asked for.

    Attributes:
        sparql: the query, with its values.
        arrangement: the order and the filter.
        results: the rows that pass the filter.
        table: the same rows as pages show them.
        total: how many rows there are without the filter.
    """

    sparql: str
    arrangement: Arrangement
    results: Results
    table: Table
    total: int


def read(site: Site, sparql: str, values: Mapping[str, str]) -> SavedAnswer:
    """Return the answer to a SELECT or ASK query, arranged as parameters of an address say.

    Raises:
        ParameterError: a parameter does not fit the answer.
        QueryError: the query cannot be evaluated.
    """
    results = json_results.read(site.graph.write(sparql, formats.RESULTS_JSON))
    arranged = read_arrangement(values, results.columns, site.settings.filter_characters)
    table = tables.with_links(site, sparql, results)
    if not arranged:
        return SavedAnswer(sparql, arranged, results, table, len(results.rows))
    order = indices(arranged, results, table)
    return SavedAnswer(
        sparql,
        arranged,
        results._replace(rows=[results.rows[index] for index in order]),
        replace(table, rows=tuple(table.rows[index] for index in order)),
        len(results.rows),
    )


def evidence(site: Site, answer: SavedAnswer) -> Sequence[Sequence[RowRecord]] | None:
    """Return the records on which each row rests; None if the query for them fails or takes too long."""
    try:
        return row_evidence.of_rows(site.graph, answer.sparql, answer.results)
    except QueryError:
        return None


def write(site: Site, answer: SavedAnswer, media_type: str) -> bytes:
    """Return an answer as it is arranged, in a media type for results of queries.

    Raises:
        QueryError: the media type has no way to write it.
    """
    columns = answer.results.columns
    document = {"head": {"vars": columns}, "results": {"bindings": answer.results.rows}}
    body = json.dumps(document).encode()
    with result_writer.freed_in_this_thread():
        return result_writer.write(
            cast("QuerySolutions", parse_query_results(body, format=QueryResultsFormat.JSON)),
            [media_type],
            site.engine.limits.result_bytes,
            columns,
        )[1]


def write_workbook(
    site: Site, answer: SavedAnswer, title: str, notes: Sequence[tuple[str, str]], iri: str
) -> bytes:
    """Return an answer as a workbook: the table of ``sheet``, and a second sheet that says what it is.

    Raises:
        QueryError: the query cannot be evaluated, or the answer does not fit into a workbook.
    """
    table = sheet(site, answer, iri)
    number = f"{len(table.rows):,}" + (f" of {answer.total:,}" if answer.total > len(table.rows) else "")
    about = [("Question", title), ("Rows", number), *notes]
    return tables.as_workbook(table, about, day_of(site))


def write_spreadsheet(site: Site, answer: SavedAnswer, iri: str) -> bytes:
    """Return an answer as CSV for readers, with the columns of the workbook.

    Raises:
        QueryError: the query cannot be evaluated.
    """
    table = sheet(site, answer, iri)
    rows = [["" if value is None else str(value) for value in row] for row in table.rows]
    return result_writer.write_spreadsheet([table.heads, *rows])


def sheet(site: Site, answer: SavedAnswer, iri: str) -> Sheet:
    """Return an answer as a table, with footnotes for each row and the IRIs on which it rests.

    A row about which accounts differ names these cases. Where the articles' texts are here, their words stand
    beside it. ``iri`` is that of the answer.

    Raises:
        QueryError: the query cannot be evaluated.
    """
    results = answer.results
    if results.boolean is not None:
        return Sheet("Answer", ("Answer",), ((results.boolean,),))
    given = evidence(site, answer) or ()
    rows: list[tuple[CellValue, ...]] = [
        tuple(_value(site, row[name]) if name in row else None for name in results.columns)
        for row in results.rows
    ]
    heads = [tables.head(name) for name in results.columns]
    if given:
        heads += [_DIFFER, *([IN_ARTICLE] if site.texts else ()), FOOTNOTE, _RECORDS, _SPANS]
        rows = [
            (*row, *_evidence_cells(site, iri, records)) for row, records in zip(rows, given, strict=True)
        ]
    return Sheet("Answer", heads, rows)


def _evidence_cells(site: Site, iri: str, records: Sequence[RowRecord]) -> list[CellValue]:
    spans, iris = _spans(records), [each.iri for each in records]
    words = [in_lines(site.passages.whole_sentences(spans)) or None] if site.texts else []
    behind = {each.iri: each.spans for each in records}
    given = [each.text for each in citations.of_row(site, iri, behind)]
    cases = conflicts.with_who_differs(site.graph, row_evidence.disputes_of(site.graph, records))
    differ = [f"{site.catalogue.label(case)} ({who_differs})" for case, who_differs in cases]
    return [_lines(differ), *words, *map(_lines, (given, iris, spans))]


def in_lines(sentences: Sequence[str]) -> str:
    """Return sentences as the lines of one cell.

    If the cell has no room for all, it has the first ones and says how many more there are.
    """
    kept = list(sentences)
    while kept and len(text := _with_rest(kept, len(sentences))) > tables.LONGEST_TEXT:
        kept.pop()
    return text if kept else ""


def _with_rest(kept: Sequence[str], number: int) -> str:
    more = number - len(kept)
    return "\n".join([*kept, *([f"… and {more} more"] if more else [])])


def rights(site: Site) -> list[tuple[str, str]]:
    """Return the notes of a workbook on rights in its contents: names and texts; none without a release."""
    if site.release is None:
        return []
    free = "Data, paraphrases and footnotes are in the public domain (CC0)."
    words = " The words of the articles are their publishers’, and no part of the data." if site.texts else ""
    return [("Rights", free + words)]


def file_name(stem: str, values: Iterable[str], suffix: str) -> str:
    """Return the name of a file with the values that narrow its contents, such as ``statements-2024.csv``."""
    steps = (_NOT_IN_NAMES.sub("-", re.split("[/:]", value)[-1].lower()).strip("-") for value in values)
    return f"{'-'.join([stem, *filter(None, steps)])[:_LONGEST_NAME]}.{suffix}"


def day_of(site: Site) -> date:
    """Return the day of the release; a fixed day if the data are not from a release."""
    return date.fromisoformat(site.release.date) if site.release else date(2000, 1, 1)


def _spans(records: Sequence[RowRecord]) -> list[str]:
    return list(dict.fromkeys(span for record in records for span in record.spans))


def _lines(texts: Sequence[str]) -> CellValue:
    text = "\n".join(texts)
    # A row that counts records may have more than a cell has room for; the cell then gives the number.
    return (text if len(text) <= tables.LONGEST_TEXT else f"{len(texts):,} in all") or None


def _value(site: Site, term: JsonTerm) -> CellValue:
    value = tables.plain_value(term)
    if isinstance(value, str) and (articles := tables.articles_named(site, value)):
        return "; ".join(articles)
    if isinstance(value, str) and term.get("datatype") in (_DATE, _YEAR):
        try:
            return date.fromisoformat(value) if term["datatype"] == _DATE else int(value)
        except ValueError:
            return value
    return value
