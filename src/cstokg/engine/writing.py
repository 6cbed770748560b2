"""Write results as bytes in a format."""

import re
from collections.abc import Iterable
from typing import cast

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    serialize,
)

from cstokg.engine import formats
from cstokg.names import PREFIXES, shorten

Result = QuerySolutions | QueryBoolean | QueryTriples

_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_HEADER = re.compile(r"(?:@prefix [^\n]*\n)*")
_USED_PREFIX = re.compile(r'"(?:[^"\\]|\\.)*"|<[^>]*>|([A-Za-z][\w-]*):')


def kind_of(result: Result) -> str:
    """The kind of a result: a table of bindings, a boolean, or a graph."""
    if isinstance(result, QueryTriples):
        return formats.GRAPH
    return formats.BINDINGS if isinstance(result, QuerySolutions) else formats.BOOLEAN


def write(result: Result, syntax: QueryResultsFormat | RdfFormat) -> bytes:
    """A result in a syntax that holds its kind, as UTF-8; the triples of a graph sorted, each once."""
    if isinstance(result, QueryTriples):
        return write_graph(result, cast("RdfFormat", syntax))
    return result.serialize(format=cast("QueryResultsFormat", syntax)) or b""


def write_graph(triples: Iterable[Triple], syntax: RdfFormat) -> bytes:
    """Triples in a syntax for graphs: sorted, each once, a subject's types first.

    Turtle and TriG open with those of the project's prefixes that they use.
    """
    rows = sorted(set(triples), key=_order)
    if syntax in (RdfFormat.TURTLE, RdfFormat.TRIG):
        return _with_used_prefixes(_serialize(rows, syntax, dict(PREFIXES)))
    if syntax == RdfFormat.RDF_XML:
        # RDF/XML abbreviates predicates and types only.
        written = {_prefix(row.predicate) for row in rows}
        written |= {_prefix(row.object) for row in rows if row.predicate == _TYPE}
        return _serialize(rows, syntax, {name: PREFIXES[name] for name in PREFIXES if name in written})
    return _serialize(rows, syntax, None)


def _serialize(rows: list[Triple], syntax: RdfFormat, prefixes: dict[str, str] | None) -> bytes:
    return serialize(rows, format=syntax, prefixes=prefixes) or b""


def _prefix(term: object) -> str:
    return shorten(term.value).partition(":")[0] if isinstance(term, NamedNode) else ""


def _order(triple: Triple) -> tuple[str, bool, str, str]:
    return str(triple.subject), triple.predicate != _TYPE, str(triple.predicate), str(triple.object)


def _with_used_prefixes(turtle: bytes) -> bytes:
    # The serializer declares every prefix it is given.
    text = turtle.decode()
    header = _HEADER.match(text)
    body = text[header.end() :] if header else text
    used = set(_USED_PREFIX.findall(body))
    lines = [f"PREFIX {name}: <{namespace}>\n" for name, namespace in PREFIXES.items() if name in used]
    # Strings hold no bare line break in this serializer's output: a dot at the end of a line ends a subject.
    blocks = body.replace(" .\n", " .\n\n").removesuffix("\n")
    return ("".join(lines) + ("\n" if lines else "") + blocks).encode()
