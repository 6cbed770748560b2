"""The answer to a saved question: read, put in order, and written as a file."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import cast

from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results

from cstokg import formats, json_results, namespaces
from cstokg.engine import results as result_writer
from cstokg.engine.errors import QueryError
from cstokg.json_results import JsonTerm, Results
from cstokg.web.answers import arrangement, row_evidence, tables, workbooks
from cstokg.web.answers.arrangement import Arrangement
from cstokg.web.answers.row_evidence import RowRecord
from cstokg.web.answers.tables import Table
from cstokg.web.answers.workbooks import Sheet, Value
from cstokg.web.site import Site

_DATE = f"{namespaces.PREFIXES['xsd']}date"
_YEAR = f"{namespaces.PREFIXES['xsd']}gYear"
_RECORDS, _SPANS = "Records", "Evidence"  # further columns of a workbook


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
    arranged = arrangement.read(values, results.columns, site.settings.filter_characters)
    table = tables.with_links(site, sparql, results)
    if not arranged:
        return SavedAnswer(sparql, arranged, results, table, len(results.rows))
    order = arrangement.indices(arranged, results, table)
    return SavedAnswer(
        sparql,
        arranged,
        results._replace(rows=[results.rows[index] for index in order]),
        replace(table, rows=tuple(table.rows[index] for index in order)),
        len(results.rows),
    )


def evidence(site: Site, answer: SavedAnswer) -> Sequence[Sequence[RowRecord]] | None:
    """Return the records on which each row rests; None if they cannot be found in the time there is."""
    try:
        return row_evidence.of_rows(site.graph, answer.sparql, answer.results)
    except QueryError:
        return None


def write(site: Site, answer: SavedAnswer, media_type: str, *, spreadsheet: bool = False) -> bytes:
    """Return an answer in a media type for results of queries; CSV also for spreadsheet programs.

    Raises:
        QueryError: the query cannot be evaluated, or the media type has no way to write its answer.
    """
    if not answer.arrangement:
        return site.engine.query(answer.sparql, media_type, spreadsheet=spreadsheet).body
    document = {"head": {"vars": answer.results.columns}, "results": {"bindings": answer.results.rows}}
    parsed = parse_query_results(json.dumps(document).encode(), format=QueryResultsFormat.JSON)
    limit = site.engine.limits.result_bytes
    columns = answer.results.columns
    solutions = cast("QuerySolutions", parsed)
    return result_writer.write(solutions, [media_type], limit, columns, spreadsheet=spreadsheet)[1]


def write_workbook(site: Site, answer: SavedAnswer, title: str, notes: Sequence[tuple[str, str]]) -> bytes:
    """Return an answer as a workbook, with the IRIs of the records and spans on which each row rests.

    Raises:
        QueryError: the query cannot be evaluated, or the answer does not fit into a workbook.
    """
    results = answer.results
    if results.boolean is not None:
        sheet = Sheet("Answer", ("Answer",), ((results.boolean,),))
        return workbooks.write(sheet, [("Question", title), *notes], day_of(site))
    given = evidence(site, answer) or ()
    rows: list[tuple[Value, ...]] = [
        tuple(_value(row[name]) if name in row else None for name in results.columns) for row in results.rows
    ]
    heads = [tables.head(name) for name in results.columns]
    if given:
        heads += [_RECORDS, _SPANS]
        rows = [
            (*row, *map(_lines, ([each.iri for each in records], _spans(records))))
            for row, records in zip(rows, given, strict=True)
        ]
    return workbooks.write(Sheet("Answer", heads, rows), [("Question", title), *notes], day_of(site))


def day_of(site: Site) -> date:
    """Return the day of the data; a fixed one where they are no release."""
    return date.fromisoformat(site.release.date) if site.release else date(2000, 1, 1)


def _spans(records: Sequence[RowRecord]) -> list[str]:
    return list(dict.fromkeys(span for record in records for span in record.spans))


def _lines(iris: Sequence[str]) -> Value:
    text = "\n".join(iris)
    # What a row counts may be more than a cell holds; the number says so.
    return (text if len(text) <= workbooks.LONGEST_TEXT else f"{len(iris):,} IRIs") or None


def _value(term: JsonTerm) -> Value:
    value = tables.plain_value(term)
    if isinstance(value, str) and term.get("datatype") in (_DATE, _YEAR):
        try:
            return date.fromisoformat(value) if term["datatype"] == _DATE else int(value)
        except ValueError:
            return value
    return value
