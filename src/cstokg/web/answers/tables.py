"""Answers to queries as tables of cells: for the query page, for the pages of questions, and for programs."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cstokg import formats, json_results, namespaces
from cstokg.engine.evaluation import Answer
from cstokg.json_results import JsonTerm, Results
from cstokg.web.content import periods
from cstokg.web.content.catalogue import Term, of_json
from cstokg.web.site import Site, heading, sentence

ROW_LIMIT = 1_000

_XSD = namespaces.PREFIXES["xsd"]
_NUMBERS = frozenset(f"{_XSD}{name}" for name in ("integer", "decimal", "double", "float"))
_BOOLEAN = f"{_XSD}boolean"
# For these datatypes the text is enough.
_EVIDENT = frozenset({_BOOLEAN, f"{_XSD}date", f"{_XSD}dateTime"})
_ARTICLE, _CONCEPT = f"{namespaces.ID}article/", f"{namespaces.ID}concept/"
_TERM_LABEL = "rdfs:label"
_LABEL_VARIABLE = re.compile(rf"(skos:prefLabel|{_TERM_LABEL})\s+[?$](\w+)")
# The heads of columns whose names do not make words that everybody understands.
_HEADS = MappingProxyType(
    {
        "class": "Kind of record",
        "end": "To character",
        "furniture": "Page furniture",
        "in": "Which articles",
        "left": "Not covered",
        "of": "Anniversary of",
        "sha256": "SHA-256",
        "start": "From character",
        "touched": "Covered at least in part",
    }
)


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


def head(name: str) -> str:
    """Return the head of a column of a saved question's answer, in words."""
    return _HEADS.get(name) or sentence(heading(name))


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
    if term.is_date:
        return Cell(periods.day(term.value))
    if term.datatype in _NUMBERS:
        return Cell(term.value, numeric=True)
    if articles := _articles_named(site, term.value):
        return Cell("; ".join(articles))
    iri = _entity_named(site, term.value, label_predicate)
    text = site.references[iri].name if iri in site.references else term.value
    return Cell(text, href=namespaces.page_path(iri) if iri else "", language=term.language)


def _articles_named(site: Site, text: str) -> list[str]:
    """Return the names of several articles that a text lists; none if it lists anything else."""
    articles = [f"{_ARTICLE}{name}" for name in text.split(", ")]
    if len(articles) > 1 and all(article in site.references for article in articles):
        return [site.references[article].name for article in articles]
    return []


def _entity_named(site: Site, text: str, label_predicate: str) -> str:
    """Return the IRI of what has a text for its name, or nothing.

    ``label_predicate`` is the property by which the query reads the name, if it does.
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
