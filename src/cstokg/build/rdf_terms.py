"""Terms of rdflib as terms of pyoxigraph, and back; a store to ask about an rdflib graph.

The store rewrites literals ("007" becomes 7) and makes language tags lower case, so what comes
out of it is for looking at, and is never written into a release.
"""

from collections.abc import Iterator
from functools import lru_cache

import pyoxigraph as ox
from rdflib import XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node


def store(graph: Graph) -> ox.Store:
    """A store whose default graph holds the triples of the graph."""
    result = ox.Store()
    result.extend(
        ox.Quad(to_oxigraph(s), to_oxigraph(p), to_oxigraph(o))  # type: ignore[arg-type]
        for s, p, o in graph
    )
    return result


def select(store: ox.Store, query: str) -> Iterator[dict[str, Node]]:
    """The rows of a SELECT query: the terms by variable, without those that are unbound."""
    solutions = store.query(query)
    if not isinstance(solutions, ox.QuerySolutions):
        raise TypeError("not a SELECT query")
    variables = [variable.value for variable in solutions.variables]
    for solution in solutions:
        yield {
            name: to_rdflib(term) for name, term in zip(variables, solution, strict=True) if term is not None
        }


def triple(quad: ox.Quad) -> tuple[Node, Node, Node]:
    """The triple in a quad."""
    return to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)


@lru_cache(maxsize=1 << 16)
def to_oxigraph(node: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """The same term for pyoxigraph."""
    if isinstance(node, BNode):
        return ox.BlankNode(node)
    if isinstance(node, Literal):
        if node.language:
            return ox.Literal(str(node), language=node.language)
        return ox.Literal(str(node), datatype=ox.NamedNode(node.datatype or XSD.string))
    return ox.NamedNode(str(node))


@lru_cache(maxsize=1 << 16)
def to_rdflib(term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Node:
    """The same term for rdflib; a string has no datatype there, as in Turtle."""
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    datatype = URIRef(term.datatype.value)
    return Literal(term.value, datatype=None if datatype == XSD.string else datatype, normalize=False)


def is_valid(literal: Literal) -> bool:
    """Whether the form of a literal is one that its XML Schema datatype has, as pyoxigraph casts it.

    rdflib holds ill-typed what Python cannot hold: years before 1 and beyond 9999, and 24:00:00.
    """
    if not str(literal.datatype).startswith(str(XSD)):
        return False
    query = f"SELECT (<{literal.datatype}>(STR({to_oxigraph(literal)})) AS ?value) {{}}"
    return any(select(ox.Store(), query))
