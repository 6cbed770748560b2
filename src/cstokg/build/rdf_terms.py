"""Convert between the terms of rdflib and pyoxigraph; ask a graph; make terms, and read days.

A pyoxigraph store rewrites literals ("007" becomes 7), so what comes out of it is never written into
a release. Every pyoxigraph term has its language tag in lower case, which is the same term
(RDF 1.1 Concepts, section 3.3).
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import pyoxigraph as ox
from rdflib import XSD, BNode, Literal, Namespace, URIRef
from rdflib.term import Node

from cstokg import namespaces

CKG = Namespace(namespaces.CKG)  # the terms of the ontology
Triple = tuple[Node, Node, Node]


def iri_of(name: str) -> URIRef:
    """Return the IRI of a name such as ``basis:stated``."""
    return URIRef(namespaces.expand(name))


def day_of(node: Node | None) -> date | None:
    """Return the day that a literal gives; None if the node is not a day."""
    try:
        return date.fromisoformat(str(node))
    except ValueError:
        return None


def triple(quad: ox.Quad | ox.Triple) -> Triple:
    """Return a triple, or the triple in a quad."""
    return to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)


@lru_cache(maxsize=1 << 16)
def to_oxigraph(node: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return the same term for pyoxigraph.

    Raises:
        ValueError: it is not a term of RDF: not an IRI, a lone surrogate, a malformed language tag.
    """
    if isinstance(node, BNode):
        return ox.BlankNode(node)
    if isinstance(node, Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        return ox.Literal(str(node), datatype=ox.NamedNode(node.datatype or XSD.string))
    return ox.NamedNode(str(node))


@lru_cache(maxsize=1 << 16)
def to_rdflib(term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Node:
    """Return the same term for rdflib; a string has no datatype there, as in Turtle."""
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    datatype = URIRef(term.datatype.value)
    return Literal(term.value, datatype=None if datatype == XSD.string else datatype, normalize=False)


def select(
    store: ox.Store,
    query: str,
    convert: Callable[[Any], Node] = to_rdflib,
    functions: Mapping[ox.NamedNode, Callable[..., Any]] = MappingProxyType({}),
) -> Iterator[dict[str, Node]]:
    """Yield the rows of a SELECT query: the terms by variable, without the unbound variables.

    Args:
        store: what is asked.
        query: the query.
        convert: makes a term of rdflib of one in the answer.
        functions: the functions that the query may call besides those of SPARQL, by IRI.

    Raises:
        TypeError: the query is not a SELECT query.
    """
    solutions = store.query(query, custom_functions=dict(functions))
    if not isinstance(solutions, ox.QuerySolutions):
        raise TypeError("not a SELECT query")
    variables = [variable.value for variable in solutions.variables]
    for solution in solutions:
        yield {
            name: convert(term) for name, term in zip(variables, solution, strict=True) if term is not None
        }


def is_valid(literal: Literal) -> bool:
    """Return whether a literal is valid for its XML Schema datatype, to which pyoxigraph casts it.

    rdflib calls literals ill-typed that Python cannot hold: years before 1 and after 9999, and 24:00:00.
    """
    if not str(literal.datatype).startswith(str(XSD)):
        return False
    query = f"SELECT (<{literal.datatype}>(STR({to_oxigraph(literal)})) AS ?value) {{}}"
    try:
        return any(select(ox.Store(), query))
    except RuntimeError:
        return False  # a datatype to which pyoxigraph does not cast, such as xsd:byte
