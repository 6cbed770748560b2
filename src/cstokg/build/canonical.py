"""RDFC-1.0: names for blank nodes, and N-Quads lines, that are the same wherever a dataset is written.

pyoxigraph canonicalises (in milliseconds; rdflib's ``to_canonical_graph`` takes half a second for
our shapes) and rdflib holds the graphs, so terms pass from one to the other. On the way language
tags become lower case, which changes no term (RDF 1.1 Concepts, section 3.3).
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox
from rdflib import BNode, Graph
from rdflib.term import Node

from cstokg.build import rdf_terms
from cstokg.build.rdf_terms import to_oxigraph

Graphs = Mapping[str, Graph]  # by the graph's IRI
DEFAULT = ""  # the name of the default graph, which has none


def nquads(graphs: Graphs) -> list[str]:
    """The dataset as canonical N-Quads: its lines without their ends, in code point order."""
    return sorted(f"{quad} ." for quad in _canonical(graphs))


def digest(lines: Iterable[str]) -> str:
    """The SHA-256 of canonical N-Quads in hexadecimal digits, which is the hash RDFC-1.0 defines."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()


def relabelled(graphs: Graphs) -> dict[str, Graph]:
    """The same graphs with canonical names for their blank nodes; terms are as they were."""
    if not any(_has_blank_node(triple) for graph in graphs.values() for triple in graph):
        return dict(graphs)
    result: dict[str, Graph] = {}
    for name, graph in graphs.items():
        result[name] = Graph(bind_namespaces="none")
        for triple in graph:
            if not _has_blank_node(triple):
                result[name].add(triple)
    for quad in _canonical(graphs):
        node_triple = rdf_terms.triple(quad)
        if _has_blank_node(node_triple):
            name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else DEFAULT
            result[name].add(node_triple)
    return result


def _has_blank_node(triple: tuple[Node, Node, Node]) -> bool:
    return isinstance(triple[0], BNode) or isinstance(triple[2], BNode)


def _canonical(graphs: Graphs) -> ox.Dataset:
    dataset = ox.Dataset(_quads(graphs))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _quads(graphs: Graphs) -> Iterator[ox.Quad]:
    for name, graph in graphs.items():
        for triple in triples(graph):
            yield ox.Quad(
                triple.subject,
                triple.predicate,
                triple.object,
                ox.NamedNode(name) if name else ox.DefaultGraph(),
            )


def triples(graph: Iterable[tuple[Node, Node, Node]]) -> Iterator[ox.Triple]:
    """The triples of an rdflib graph as pyoxigraph's, in the same order."""
    for s, p, o in graph:
        yield ox.Triple(to_oxigraph(s), to_oxigraph(p), to_oxigraph(o))  # type: ignore[arg-type]
