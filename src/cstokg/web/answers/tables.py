"""Answers as tables of cells, for pages and for programs, and tables as workbooks for spreadsheet programs.

Files have a column for each variable. On a page the bounds of a time are one time in words, and what
qualifies a value, such as the post of a speaker, stands beneath it. A workbook has numbers and days as such,
all else as text, and no formulas.
"""

import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from cstokg import formats, json_results, namespaces
from cstokg.engine.evaluation import Answer
from cstokg.errors import InexpressibleResultError
from cstokg.json_results import JsonTerm, Results
from cstokg.web.content import display, periods
from cstokg.web.content.catalogue import Term, of_json
from cstokg.web.content.periods import Period
from cstokg.web.site import Site, heading, sentence

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

ROW_LIMIT = 1_000

_XSD = namespaces.PREFIXES["xsd"]
_NUMBERS = frozenset(f"{_XSD}{name}" for name in ("integer", "decimal", "double", "float"))
_BOOLEAN = f"{_XSD}boolean"
# For these datatypes the text is enough.
_EVIDENT = frozenset({_BOOLEAN, f"{_XSD}date", f"{_XSD}dateTime"})
_ARTICLE, _CONCEPT = f"{namespaces.ID}article/", f"{namespaces.ID}concept/"
_TERM_LABEL = "rdfs:label"
_LABEL_VARIABLE = re.compile(rf"(skos:prefLabel|{_TERM_LABEL})\s+[?$](\w+)")

_DAY = re.compile(r"\d{4}-\d\d-\d\d")

CellValue = int | float | bool | str | date | None

# What Office Open XML has room for.
LONGEST_TEXT = 32_767  # characters of a cell
MOST_ROWS = 1_048_575  # below the heads
_DIGITS = 10**15  # of a number

_FIRST_DAY = date(1900, 3, 1)  # before it, programs disagree on the day for which a number stands
_WIDEST, _NARROWEST = 60, 10  # characters
_STYLES: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {"head": {"bold": True}, "text": {"text_wrap": True}, "day": {"num_format": "yyyy-mm-dd"}, "plain": {}}
)

_WHEN = "When"
_NO_TIME = "not given"
_DAYS = ("date", "published", "saidOn")
_BETWEEN = ("earliest", "latest")
_PERIODS = (namespaces.BOUNDS, ("earliestStart", "latestStart", "earliestEnd", "latestEnd"))
_SAID_ALREADY = ("reported fact", "reportedAsFact", "yes")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row.

    Attributes:
        text: what to show.
        iri: the whole IRI, where the text shortens one.
        href: the address to link to, of this site or of the web; empty for no link.
        note: the language tag, or the datatype where the text does not show it.
        language: the language tag.
        direction: ltr or rtl, where the value says it.
        numeric: whether the value is a number.
    """

    text: str
    iri: str = ""
    href: str = ""
    note: str = ""
    language: str = ""
    direction: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """An answer to show.

    Attributes:
        kind: bindings, boolean or graph.
        columns: the names of the variables.
        rows: the rows, or the first of them; None is an unbound variable.
        total: how many rows the whole answer has.
        boolean: the answer to an ASK query.
        turtle: the answer to a CONSTRUCT or DESCRIBE query.
    """

    kind: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell | None, ...], ...] = ()
    total: int = 0
    boolean: bool = False
    turtle: str = ""


def read(answer: Answer) -> Table:
    """Return the table for an answer that is written as SPARQL Query Results JSON or as Turtle.

    It has the first ``ROW_LIMIT`` rows. IRIs are shortened by the project's prefixes, and web addresses
    become links.
    """
    if answer.media_type == formats.TURTLE:
        return Table(formats.GRAPH, turtle=answer.text)
    results = json_results.read(answer.body)
    if results.boolean is not None:
        return Table(formats.BOOLEAN, boolean=results.boolean)
    rows = tuple(
        tuple(_cell(row[name]) if name in row else None for name in results.columns)
        for row in results.rows[:ROW_LIMIT]
    )
    return Table(formats.BINDINGS, results.columns, rows, len(results.rows))


def _cell(term: JsonTerm) -> Cell:
    kind, value = term["type"], term["value"]
    if kind == "triple":
        return Cell(json_results.in_turtle(term))
    if kind == "uri":
        href = value if value.startswith(("http://", "https://")) else ""
        return Cell(namespaces.shorten(value).strip("<>"), iri=value, href=href)
    if kind == "bnode":
        return Cell(f"_:{value}")
    language, datatype = term.get("xml:lang", ""), term.get("datatype", "")
    if datatype in _NUMBERS:
        return Cell(value, numeric=True)
    shown_type = namespaces.shorten(datatype).strip("<>") if datatype and datatype not in _EVIDENT else ""
    return Cell(value, note=language or shown_type, language=language, direction=term.get("its:dir", ""))


def with_links(site: Site, sparql: str, results: Results) -> Table:
    """Return the results of the query of a saved question, with links from names to their pages.

    Such a query answers with names, to be read in any tool. A name that only one entity has leads to the
    page of the entity, and the start and end of a span lead to the span. Where the query itself makes a
    text, such as “possible”, it may be the name of a concept by chance, so it is not linked.
    """
    if results.boolean is not None:
        return Table(formats.BOOLEAN, boolean=results.boolean)
    label_predicates = {name: predicate for predicate, name in _LABEL_VARIABLE.findall(sparql)}
    rows = []
    for binding in results.rows:
        row = {name: of_json(term) for name, term in binding.items()}
        rows.append(
            tuple(
                _cell_with_link(site, row, name, label_predicates.get(name, "")) if name in row else None
                for name in results.columns
            )
        )
    return Table(formats.BINDINGS, results.columns, tuple(rows), len(rows))


def articles_in(site: Site, table: Table) -> list[str]:
    """Return the articles that an answer names, in the order of their days."""
    paths = {namespaces.page_path(article): article for article in site.references}
    named = {paths[cell.href] for row in table.rows for cell in row if cell and cell.href in paths}
    return sorted(named, key=lambda article: (site.references[article].first_day, article))


def _cell_with_link(site: Site, row: Mapping[str, Term], name: str, label_predicate: str) -> Cell:
    term = row[name]
    if term.is_iri:
        return Cell(site.catalogue.label(term.value), href=namespaces.page_path(term.value))
    if name in ("start", "end") and {"article", "start", "end"} <= row.keys():
        iri = f"{_ARTICLE}{row['article'].value}/span/{row['start'].value}-{row['end'].value}"
        return Cell(term.value, href=namespaces.page_path(iri) if iri in site.catalogue else "", numeric=True)
    if term.is_date or _DAY.fullmatch(term.value):  # some queries give a value as text, whatever it is
        return Cell(periods.day(term.value))
    if term.datatype in _NUMBERS:
        return Cell(term.value, numeric=True)
    if term.datatype == _BOOLEAN:
        return Cell("yes" if term.value in ("true", "1") else "no")
    if len(articles := articles_named(site, term.value)) > 1:
        return Cell("; ".join(articles))
    iri = _entity_named(site, term.value, label_predicate)
    text = site.references[iri].name if iri in site.references else term.value
    return Cell(text, href=namespaces.page_path(iri) if iri else "", language=term.language)


def articles_named(site: Site, text: str) -> list[str]:
    """Return the names of the articles that a text lists; none if it lists anything else."""
    articles = [f"{_ARTICLE}{name}" for name in text.split(", ")]
    if all(article in site.references for article in articles):
        return [site.references[article].name for article in articles]
    return []


def _entity_named(site: Site, text: str, label_predicate: str) -> str:
    """Return the IRI of the thing that a text names; empty if there is no such thing, or more than one.

    ``label_predicate`` is the property from which the query reads the name; empty if the query makes it.
    """
    article = f"{_ARTICLE}{text}"
    if article in site.catalogue:
        return article
    if label_predicate == _TERM_LABEL:
        return site.catalogue.term_by_label.get(text, "")
    iri = site.catalogue.by_label.get(text, "")
    return iri if label_predicate or not iri.startswith(_CONCEPT) else ""


def as_objects(results: Results) -> dict[str, object]:
    """Return results as plain objects: columns and rows, or yes or no.

    Numbers are JSON numbers and all else is text; an unbound variable is null.
    """
    if results.boolean is not None:
        return {"boolean": results.boolean}
    rows = [
        {name: plain_value(row[name]) if name in row else None for name in results.columns}
        for row in results.rows
    ]
    return {"columns": list(results.columns), "rows": rows}


def plain_value(term: JsonTerm) -> int | float | bool | str:
    """Return a term as a number or a boolean where it is one, and as text otherwise."""
    datatype = term.get("datatype", "")
    if datatype in _NUMBERS:
        try:
            number: int | float = json.loads(term["value"].removeprefix("+"))
        except ValueError:
            return str(term["value"])
        return number
    if datatype == _BOOLEAN:
        return term["value"] in ("true", "1")
    return str(term["value"])


# Columns on a page.


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table on a page.

    Attributes:
        head: its heading, in words.
        name: the variable by which it is sorted.
        bounds: the variables that give the bounds of a period; none if it shows no period.
        beneath: the variables whose values stand beneath those of ``name``, each with the words before it.
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
    return display.read().heads.get(name) or sentence(heading(name))


def columns_of(names: Sequence[str]) -> list[Column]:
    """Return the columns in which a page shows an answer with some variables, in their order."""
    placed: set[str] = set()
    beneath: dict[str, dict[str, str]] = {}
    for name, below in display.read().beneath.items():
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


def shown_cell(column: Column, row: Mapping[str, JsonTerm], cells: Mapping[str, Cell | None]) -> ShownCell:
    """Return what a page shows in a column of a row whose values have these cells."""
    value = cells[column.name]
    beneath = []
    for name, words in column.beneath.items():
        below = cells[name]
        if below and value and value.text == below.text:  # the same name, with a link
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
    """Return the day or the bounds in ``values``, by variable, in words; with ``planned``, as of a plan."""
    for name in _DAYS:
        if name in values:
            return periods.day(values[name])
    first, last = (values.get(name, "") for name in _BETWEEN)
    if first or last:
        return periods.between(first, last)
    for group in _PERIODS:
        if not values.keys().isdisjoint(group):
            period = Period(*(values.get(name, "") for name in group))
            return period.planned_words if planned else period.words
    return ""


# Workbooks.


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table to write.

    Attributes:
        name: the name of the sheet.
        heads: the heads of the columns.
        rows: the values; None is an empty cell.
    """

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[CellValue]]


def as_workbook(sheet: Sheet, notes: Iterable[tuple[str, str]], day: date) -> bytes:
    """Return a workbook with a table, and with a second sheet that says what the table is.

    Args:
        sheet: the table.
        notes: what the second sheet says: names and texts.
        day: the day of the data, which the file gives as its own.

    Raises:
        InexpressibleResultError: the table has more rows, or a text more characters, than a sheet holds.
    """
    # Imported here, because it takes time to load and most servers rarely write a workbook.
    from xlsxwriter import Workbook

    if len(sheet.rows) > MOST_ROWS:
        raise InexpressibleResultError(f"a sheet holds {MOST_ROWS:,} rows; filter the table, or ask for CSV")
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(day.year, day.month, day.day)})  # noqa: DTZ001 - a day
        styles = {name: book.add_format({"valign": "top", **style}) for name, style in _STYLES.items()}
        _write_table(book.add_worksheet(sheet.name), sheet, styles)
        about = book.add_worksheet("About")
        about.set_column(0, 0, 20)
        about.set_column(1, 1, 100)
        for row, (name, text) in enumerate(notes):
            _put(about, row, 0, name, styles, head=True)
            _put(about, row, 1, text, styles)
    return buffer.getvalue()


def _write_table(page: "Worksheet", sheet: Sheet, styles: Mapping[str, "Format"]) -> None:
    for column, head in enumerate(sheet.heads):
        _put(page, 0, column, head, styles, head=True)
        widest = max(len(str(row[column])) for row in (sheet.heads, *sheet.rows))
        page.set_column(column, column, max(_NARROWEST, min(_WIDEST, widest + 2)))
    for number, values in enumerate(sheet.rows, 1):
        for column, value in enumerate(values):
            if value is not None:
                _put(page, number, column, value, styles)
    page.freeze_panes(1, 0)
    if sheet.rows:
        page.autofilter(0, 0, len(sheet.rows), len(sheet.heads) - 1)


def _put(
    page: "Worksheet",
    row: int,
    column: int,
    value: CellValue,
    styles: Mapping[str, "Format"],
    *,
    head: bool = False,
) -> None:
    if isinstance(value, bool):
        page.write_boolean(row, column, value, styles["plain"])
    elif isinstance(value, date) and value >= _FIRST_DAY:
        page.write_datetime(row, column, value, styles["day"])
    elif isinstance(value, int | float) and abs(value) < _DIGITS:
        page.write_number(row, column, value, styles["plain"])
    else:
        text = str(value)
        if len(text) > LONGEST_TEXT:
            raise InexpressibleResultError(f"a cell holds {LONGEST_TEXT:,} characters; ask for CSV")
        # Always as a string: a spreadsheet program would evaluate a text that looks like a formula.
        page.write_string(row, column, text, styles["head" if head else "text"])
