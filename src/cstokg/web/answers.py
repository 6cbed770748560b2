"""Answers to saved questions as tables, whose names lead to pages."""

import json
import re
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.web import addresses, periods
from cstokg.web.site import Site
from cstokg.web.tables import NUMBERS
from cstokg.web.terms import Term, of_json

_JSON = "application/sparql-results+json"
_ARTICLE, _CONCEPT = f"{namespaces.ID}article/", f"{namespaces.ID}concept/"
_TERM_LABEL = "rdfs:label"
_FILLED = re.compile(rf"(skos:prefLabel|{_TERM_LABEL})\s+[?$](\w+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value: what to show, and where it leads."""

    text: str
    href: str = ""
    language: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """An answer: columns and rows; None where a value is not known. ``yes`` is the answer to an ASK."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell | None, ...], ...]
    yes: bool | None = None


def ask(site: Site, sparql: str) -> Table:
    """The answer to a query as a table.

    A question answers with names, to be read in any tool; here a name that only one entity has leads
    to its page, and the place of a passage to its evidence. Where the query itself makes a text, such
    as “possible”, that a concept is called so too is chance.

    Raises:
        QueryError: it cannot be evaluated.
    """
    results = json.loads(site.engine.query(sparql, _JSON).body)
    if "boolean" in results:
        return Table((), (), bool(results["boolean"]))
    columns = tuple(results["head"]["vars"])
    filled = {name: predicate for predicate, name in _FILLED.findall(sparql)}
    rows = []
    for binding in results["results"]["bindings"]:
        row = {name: of_json(term) for name, term in binding.items()}
        rows.append(
            tuple(_cell(site, row, name, filled.get(name, "")) if name in row else None for name in columns)
        )
    return Table(columns, tuple(rows))


def _cell(site: Site, row: dict[str, Term], name: str, predicate: str) -> Cell:
    term = row[name]
    if term.is_iri:
        return Cell(site.catalogue.label(term.value), addresses.page(term.value))
    if name in ("start", "end") and {"article", "start", "end"} <= row.keys():
        iri = f"{_ARTICLE}{row['article'].value}/span/{row['start'].value}-{row['end'].value}"
        return Cell(term.value, addresses.page(iri) if iri in site.catalogue else "", numeric=True)
    if term.is_date:
        return Cell(periods.day(term.value))
    if term.datatype in NUMBERS:
        return Cell(term.value, numeric=True)
    iri = _called(site, term.value, predicate)
    return Cell(term.value, addresses.page(iri) if iri else "", term.language)


def _called(site: Site, text: str, predicate: str) -> str:
    """The IRI of what is called so, or nothing; the predicate is the label's, if the query reads one."""
    article = f"{_ARTICLE}{text}"
    if article in site.catalogue:
        return article
    if predicate == _TERM_LABEL:
        return site.catalogue.term_by_label.get(text, "")
    iri = site.catalogue.by_label.get(text, "")
    return iri if predicate or not iri.startswith(_CONCEPT) else ""
