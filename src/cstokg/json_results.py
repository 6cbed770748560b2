"""Read results of queries in the SPARQL Query Results JSON Format, and write their terms for readers."""

import json
from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

from pyoxigraph import QueryResultsFormat, QuerySolution, QuerySolutions, parse_query_results

from cstokg import namespaces

# Characters that would break a line (RDF 1.2 Turtle, section 7.4).
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})

JsonTerm = dict[str, Any]  # as SPARQL 1.2 Query Results JSON Format, section 3.2.2, has it


class Results(NamedTuple):
    """The answer to a SELECT or ASK query.

    Attributes:
        columns: the names of the variables.
        rows: the terms of each row by variable; an unbound variable is absent.
        boolean: the answer to an ASK query; None for a SELECT query.
    """

    columns: tuple[str, ...]
    rows: list[dict[str, JsonTerm]]
    boolean: bool | None = None


def read(body: bytes | str) -> Results:
    """Return the columns and rows, or the boolean, in a JSON document."""
    document = json.loads(body)
    if "boolean" in document:
        return Results((), [], document["boolean"])
    return Results(tuple(document["head"]["vars"]), document["results"]["bindings"])


def read_foreign(body: bytes) -> Results:
    """Return what is in a JSON document that another server wrote, after checking all of it.

    Raises:
        ValueError: it is not a document of results.
    """
    try:
        deque(_solutions(body), maxlen=0)
        return read(body)
    except (SyntaxError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not results in JSON: {error}") from error


def _solutions(body: bytes) -> Iterable[QuerySolution]:
    """Return the solutions in a document of results; none for a boolean.

    The caller may not keep them in a variable: pyoxigraph's solutions have to be freed in the thread that
    read them, and an error keeps the variables of its frames alive as long as it is kept itself.
    """
    parsed = parse_query_results(body, format=QueryResultsFormat.JSON)
    return parsed if isinstance(parsed, QuerySolutions) else ()


def in_turtle(term: JsonTerm) -> str:
    """Return a term in RDF 1.2 Turtle, with IRIs shortened by the project's prefixes."""
    kind, value = term["type"], term["value"]
    if kind == "triple":
        return f"<<( {' '.join(in_turtle(value[part]) for part in ('subject', 'predicate', 'object'))} )>>"
    if kind == "uri":
        return namespaces.shorten(value)
    if kind == "bnode":
        return f"_:{value}"
    quoted = f'"{value.translate(_ESCAPES)}"'
    if language := term.get("xml:lang"):
        direction = term.get("its:dir")
        return f"{quoted}@{language}--{direction}" if direction else f"{quoted}@{language}"
    datatype = term.get("datatype")
    return f"{quoted}^^{namespaces.shorten(datatype)}" if datatype else quoted
