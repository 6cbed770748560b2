"""Answers as what a page shows: rows of cells, yes or no, or Turtle."""

import json
from dataclasses import dataclass
from typing import Any

from cstokg import formats, namespaces, result_terms
from cstokg.engine.evaluation import Answer

ROW_LIMIT = 1_000

_XSD = namespaces.PREFIXES["xsd"]
NUMBERS = frozenset(f"{_XSD}{name}" for name in ("integer", "decimal", "double", "float"))
_EVIDENT = frozenset(f"{_XSD}{name}" for name in ("boolean", "date", "dateTime"))


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a row.

    Attributes:
        text: what to show; an IRI is shortened by the project's prefixes, a triple term is as in Turtle.
        iri: the whole IRI, where the value is one.
        href: the address to link to; only web addresses become links.
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
class Shown:
    """An answer to show.

    Attributes:
        kind: bindings, boolean or graph.
        columns: the names of the variables.
        rows: the first rows of a table; None stands for an unbound variable.
        total: how many rows the whole answer has.
        boolean: the answer to an ASK.
        turtle: the answer to a CONSTRUCT or DESCRIBE.
    """

    kind: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell | None, ...], ...] = ()
    total: int = 0
    boolean: bool = False
    turtle: str = ""


def read(answer: Answer) -> Shown:
    """What to show of an answer written as SPARQL 1.1 Query Results JSON or as Turtle."""
    if answer.media_type == "text/turtle":
        return Shown(formats.GRAPH, turtle=answer.text)
    results = json.loads(answer.body)
    if "boolean" in results:
        return Shown(formats.BOOLEAN, boolean=results["boolean"])
    columns = tuple(results["head"]["vars"])
    bindings = results["results"]["bindings"]
    rows = tuple(
        tuple(_cell(row[name]) if name in row else None for name in columns) for row in bindings[:ROW_LIMIT]
    )
    return Shown(formats.BINDINGS, columns, rows, len(bindings))


def _cell(term: dict[str, Any]) -> Cell:
    """What to show of a term (SPARQL 1.2 Query Results JSON Format, section 3.2.2)."""
    kind, value = term["type"], term["value"]
    if kind == "triple":
        return Cell(result_terms.in_turtle(term))
    if kind == "uri":
        href = value if value.startswith(("http://", "https://")) else ""
        return Cell(namespaces.shorten(value).strip("<>"), iri=value, href=href)
    if kind == "bnode":
        return Cell(f"_:{value}")
    language, datatype = term.get("xml:lang", ""), term.get("datatype", "")
    if datatype in NUMBERS:
        return Cell(value, numeric=True)
    note = language or (
        namespaces.shorten(datatype).strip("<>") if datatype and datatype not in _EVIDENT else ""
    )
    return Cell(value, note=note, language=language, direction=term.get("its:dir", ""))
