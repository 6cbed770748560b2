"""The queries in shapes: refused where they could reach beyond the data that they judge.

SHACL forbids SERVICE in them (section 5.3.1). pyshacl looks for the word with an expression that
``trueSERVICE <…>`` escapes, rdflib follows ``FROM <…>`` too, and neither has a limit of time. So
each text is read here before anything is evaluated, by the parser of either engine; and rdflib is
told to load nothing and to call nobody, whatever it is given.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import rdflib.plugins.sparql
from rdflib import SH, Graph
from rdflib.plugins.sparql.parser import expandUnicodeEscapes, parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import QueryContext
from rdflib.term import Node

from cstokg.build.shacl import ShapeError
from cstokg.build.sources import Position
from cstokg.build.turtle_parser import Triple
from cstokg.engine import guard, service_calls
from cstokg.engine.errors import QueryError, ServiceRefusedError
from cstokg.engine.query_text import QueryText, read
from cstokg.settings import Limits

_TEXTS = (SH.select, SH.ask, SH.construct, SH.update)
_PREFIX = re.compile(r"(?:[^\W\d_](?:[\w.-]*\w)?)?")
_NAMESPACE = re.compile(r"[^\x00-\x20<>\"{}|^`\\]*")
_NO_CALL = "no call"
_NO_CALLS = "calls to other endpoints (SERVICE) are off"
_REMEDY = "A shape judges the data that are here, so take it out."


def require_closed(shapes: Graph, positions: Mapping[Triple, Position]) -> None:
    """Raise if a query in the shapes could call an endpoint or load a graph.

    Raises:
        ShapeError: a line for each, which names the file and the line; or a declared prefix is none.
    """
    problems = sorted(
        (position, f"{position}: {message}")
        for triple in shapes
        if (message := _problem(shapes, triple)) and (position := positions[triple])
    )
    if problems:
        raise ShapeError("\n".join(message for _, message in problems))


def _problem(shapes: Graph, triple: Triple) -> str:
    _, predicate, node = triple
    # Both engines get these as text, and more than a prefix would become a part of the query.
    if predicate == SH.prefix and not _PREFIX.fullmatch(str(node)):
        return "sh:prefix is not a prefix. Write letters and digits."
    if predicate == SH.namespace and not _NAMESPACE.fullmatch(str(node)):
        return "sh:namespace is not the beginning of an IRI. Take out what no IRI can have."
    if predicate in _TEXTS:
        return _reach(str(node), _prologue(shapes))
    return ""


def _reach(sparql: str, prologue: str) -> str:
    """What a text does that no query in a shape may do; mostly nothing, and then the answer is quick."""
    # In capitals, as rdflib compares keywords, which also makes an S of ſ and an I of ı.
    capitals = _expanded(sparql).upper()
    if "FROM" in capitals and any(token.text.upper() == "FROM" for token in read(sparql).tokens):
        return f"the query names the graphs that it asks (FROM). {_REMEDY}"
    if "SERVICE" not in capitals:
        return ""
    query = read(prologue + sparql)
    try:
        guard.check_depth(query, Limits())
        service_calls.require_none(query)
        if _calls_in_rdflib(query):
            raise ServiceRefusedError(_NO_CALLS)
    except QueryError as error:
        place = "" if error.line is None else f", line {error.line}"
        return f"the query{place}: {error.message}. {_REMEDY}"
    return ""


def _expanded(sparql: str) -> str:
    try:
        return expandUnicodeEscapes(sparql)
    except ValueError:
        return sparql  # an escape of no character, which the parsers refuse


def _calls_in_rdflib(query: QueryText) -> bool:
    try:
        parsed = parseQuery(query.sparql)
    except Exception as error:  # it raises many kinds; what it cannot read it need not try to evaluate
        raise QueryError(f"not a query: {error}") from error
    return any(part.name == "ServiceGraphPattern" for part in _parts(parsed))


def _parts(parsed: object) -> Iterator[CompValue]:
    waiting = [parsed]
    while waiting:
        part = waiting.pop()
        if isinstance(part, CompValue):
            yield part
            waiting.extend(part.values())
        elif hasattr(part, "__iter__") and not isinstance(part, str):
            waiting.extend(part)


def _prologue(shapes: Graph) -> str:
    """A declaration of each prefix that any shape declares; what is no declaration is reported by itself."""
    lines = set()
    for node, prefix in shapes.subject_objects(SH.prefix):
        namespace = shapes.value(node, SH.namespace)
        if namespace is not None and _PREFIX.fullmatch(str(prefix)) and _NAMESPACE.fullmatch(str(namespace)):
            lines.add(f"PREFIX {prefix}: <{namespace}>")
    return " ".join(sorted(lines)) + " "


@contextmanager
def nobody_called() -> Iterator[None]:
    """Let rdflib load nothing and call nobody in the meantime, whatever it is given to evaluate."""
    loads, calls = rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS, rdflib.plugins.sparql.CUSTOM_EVALS
    kept = calls.get(_NO_CALL)
    rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False
    calls[_NO_CALL] = _refuse_call
    try:
        yield
    finally:
        rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = loads
        if kept is None:
            del calls[_NO_CALL]


def _refuse_call(_: QueryContext, part: CompValue) -> Node:
    if part.name == "ServiceGraphPattern":
        raise ShapeError(f"ontology/shapes.ttl: a query: {_NO_CALLS}. {_REMEDY}")
    raise NotImplementedError  # so rdflib evaluates every other part itself
