"""The queries in shapes: what they may contain.

SHACL forbids SERVICE in them (section 5.3.1). pyshacl searches for the word with a regular expression
that misses ``trueSERVICE <…>``, rdflib also follows ``FROM <…>``, and neither has a time limit. So each
query is checked here before it is evaluated, with the parsers of both engines; and rdflib is set up to
load no graph and to call no endpoint.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache

import rdflib.plugins.sparql
from rdflib import SH, Graph
from rdflib.plugins.sparql.parser import expandUnicodeEscapes, parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.plugins.sparql.sparql import QueryContext
from rdflib.term import Node

from cstokg.build.rdf_terms import Triple
from cstokg.build.sources import Position
from cstokg.engine import guard
from cstokg.engine.query_text import QueryText, Token, read
from cstokg.errors import CstokgError, QueryError, ServiceRefusedError
from cstokg.settings import Limits

_TEXTS = (SH.select, SH.ask, SH.construct, SH.update)
_PREFIX = re.compile(r"(?:[^\W\d_](?:[\w.-]*\w)?)?")
_NAMESPACE = re.compile(r"[^\x00-\x20<>\"{}|^`\\]*")
_NO_CALL = "no call"  # the name of our function in rdflib's table of evaluators
_NO_CALLS = "calls to other endpoints (SERVICE) are off"
_REMEDY = "A shape may use only the data of this project, so take it out."

_PRE_BOUND = frozenset({"this", "shapesGraph", "currentShape"})
_FORBIDDEN = frozenset({"MINUS", "VALUES"})


class ShapeError(CstokgError):
    """A shape that cannot be evaluated."""


@lru_cache(maxsize=500)
def with_path(query: str, path: str) -> str:
    """Return a query with the path of its shape in the place of ``$PATH``.

    Raises:
        ShapeError: the shape has no path.
    """
    parts, end = [], 0
    text = read(query)
    for token in text.tokens:
        if token.kind == "variable" and token.text[1:] == "PATH":
            if not path:
                raise ShapeError("the query uses $PATH, but the shape has no sh:path")
            parts += [text.sparql[end : token.start], path]
            end = token.end
    return "".join(parts) + text.sparql[end:]


@lru_cache(maxsize=500)
def forbidden(sparql: str, bound: frozenset[str] = _PRE_BOUND) -> str:
    """Return what SHACL forbids in a query (SHACL 1.0, section 5.2.1 and appendix A), or an empty text.

    Args:
        sparql: the query of a constraint or validator.
        bound: the variables that have a value before the query is evaluated.
    """
    tokens = read(_expanded(sparql)).tokens
    for number, (kind, text, _) in enumerate(tokens):
        word = text.upper() if kind == "word" else ""
        if word in _FORBIDDEN:
            remedy = "FILTER NOT EXISTS" if word == "MINUS" else "FILTER with IN"
            return f"SHACL allows no {word} in a constraint. Use {remedy}."
        if word == "AS" and number + 1 < len(tokens) and tokens[number + 1].text[1:] in bound:
            return f"AS gives {tokens[number + 1].text} a value, but SHACL gives it one already. Use another."
        nested = word == "SELECT" and number > 0 and tokens[number - 1].text == "{"
        if nested and "this" not in _projected(tokens[number + 1 :]):
            return "a subquery does not select $this, which SHACL requires. Add $this to its SELECT."
        if kind == "variable" and text[1:] == "shapesGraph":
            return "$shapesGraph is not supported. Ask about the data only."
    return ""


def _projected(tokens: Sequence[Token]) -> set[str]:
    names, depth = set(), 0
    for kind, text, _ in tokens:
        if text == "{" or text.upper() == "WHERE":
            break
        depth += (text == "(") - (text == ")")
        if kind == "variable" and depth == 0:
            names.add(text[1:])
    return names


def require_no_external_access(shapes: Graph, positions: Mapping[Triple, Position]) -> None:
    """Raise if a query in the shapes could call an endpoint or load a graph.

    Raises:
        ShapeError: a query could, or a declared prefix or namespace is malformed; the message has a line
            for each, with file and line.
    """
    prologue = _prologue(shapes)
    problems = sorted(
        (position, f"{position}: {message}")
        for predicate in (SH.prefix, SH.namespace, *_TEXTS)
        for triple in shapes.triples((None, predicate, None))
        if (message := _problem(shapes, triple, prologue)) and (position := positions[triple])
    )
    if problems:
        raise ShapeError("\n".join(message for _, message in problems))


def _problem(shapes: Graph, triple: Triple, prologue: str) -> str:
    subject, predicate, node = triple
    # Both engines get these as text, so anything more than a prefix would become a part of the query.
    if predicate == SH.prefix and not _PREFIX.fullmatch(str(node)):
        return "sh:prefix is not a prefix. Write letters and digits."
    if predicate == SH.namespace and not _NAMESPACE.fullmatch(str(node)):
        return "sh:namespace is not the beginning of an IRI. Remove the characters that an IRI cannot have."
    if predicate in _TEXTS:
        return _external_access(str(node), prologue) or _forbidden_in(shapes, subject, str(node))
    return ""


def _forbidden_in(shapes: Graph, subject: Node, sparql: str) -> str:
    """Return what the query of a constraint, or of a component's validator, must not contain."""
    constrained = sorted(shapes.subjects(SH.sparql, subject), key=str)
    validated = [
        node
        for term in (SH.validator, SH.nodeValidator, SH.propertyValidator)
        for node in shapes.subjects(term, subject)
    ]
    if not constrained and not validated:
        return ""
    message = forbidden(sparql, _PRE_BOUND | {"value"} if validated else _PRE_BOUND)
    return message and f"the query of {(constrained or validated)[0]}: {message}"


def _external_access(sparql: str, prologue: str) -> str:
    """Return how a query reaches beyond the data; an empty text if it does not.

    Most queries have neither FROM nor SERVICE, and are not parsed.
    """
    # rdflib compares keywords in capitals, which turns ſ into S and ı into I.
    capitals = _expanded(sparql).upper()
    if "FROM" in capitals and any(token.text.upper() == "FROM" for token in read(sparql).tokens):
        return f"the query names graphs to load (FROM). {_REMEDY}"
    if "SERVICE" not in capitals:
        return ""
    query = read(prologue + sparql)
    try:
        guard.check_depth(query, Limits())
        guard.check_no_service(query)
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
    except Exception as error:  # it raises many kinds
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
    """Return a declaration of each prefix that a shape declares, without malformed ones."""
    lines = set()
    for node, prefix in shapes.subject_objects(SH.prefix):
        namespace = shapes.value(node, SH.namespace)
        if namespace is not None and _PREFIX.fullmatch(str(prefix)) and _NAMESPACE.fullmatch(str(namespace)):
            lines.add(f"PREFIX {prefix}: <{namespace}>")
    return " ".join(sorted(lines)) + " "


@contextmanager
def external_access_disabled() -> Iterator[None]:
    """Keep rdflib from loading graphs and calling endpoints inside the block."""
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
