"""Put the files that have one mistake each into one graph, in which no file affects another.

To run a reference engine on each file by itself takes minutes. Here the things of each file get names of
their own, so that one run over all gives the same as a run over each.
"""

import re
from collections.abc import Container, Iterable
from pathlib import Path

from rdflib import Graph, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build import turtle_parser, written_testimonies

PATHS = tuple(sorted((Path(__file__).parent / "invalid").glob("*.ttl")))
_NAME = re.compile(re.escape(namespaces.ID) + r"[^/]+/[^/#]+")


def read(path: Path) -> Graph:
    """Return the graph of a file, with its testimonies completed as the build completes them."""
    document = turtle_parser.parse(path.read_text(encoding="utf-8"), "x", {})
    written_testimonies.name_testimonies(document)
    graph = Graph(bind_namespaces="none")
    for triple in document.triples:
        graph.add(triple)
    for addition in list(written_testimonies.complete([document.triples])):
        graph.add(addition.triple)
    return graph


def apart(paths: Iterable[Path], terms: Graph) -> Graph:
    """Return the terms and the files in one graph, in which no two files describe the same thing.

    Args:
        paths: files of Turtle.
        terms: what all files share, such as the ontology; what it describes keeps its name.
    """
    result = Graph() + terms
    shared = {*terms.subjects(), URIRef(namespaces.DATASET)}
    for number, path in enumerate(paths):
        for triple in read(path):
            result.add(tuple(_named(node, number, shared) for node in triple))  # type: ignore[arg-type]
    return result


def _named(node: Node, number: int, shared: set[Node]) -> Node:
    if not isinstance(node, URIRef) or node in shared:
        return node
    return URIRef(_NAME.sub(lambda match: f"{match[0]}-{number}", node))


def mentioning(nodes: Container[str], paths: Iterable[Path]) -> list[Path]:
    """Return which of the files mention nodes of the graph that ``apart`` makes of all of them."""
    return [
        path
        for number, path in enumerate(paths)
        if any(str(_named(node, number, set())) in nodes for node in read(path).all_nodes())
    ]
