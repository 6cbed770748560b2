"""Canonical N-Quads do not depend on the names of blank nodes."""

import hashlib
from collections.abc import Callable

import pytest
from rdflib import XSD, BNode, Graph, Literal, URIRef

from cstokg.build import canonical

S, P = URIRef("urn:s"), URIRef("urn:p")


def graph_of(*triples: tuple[URIRef | BNode, URIRef, URIRef | BNode | Literal]) -> Graph:
    """Return a graph of these triples."""
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


@pytest.mark.parametrize("labels", [("z", "a"), ("a", "z"), ("c14n1", "c14n0")])
def test_names_of_blank_nodes_do_not_matter(labels: tuple[str, str]) -> None:
    e0, e1 = map(BNode, labels)
    graph = graph_of((S, P, e0), (S, URIRef("urn:q"), e1), (e0, P, S), (e1, P, Literal("v")))
    assert canonical.canonical_nquads({canonical.DEFAULT_GRAPH: graph}) == [
        "<urn:s> <urn:p> _:c14n1 .",
        "<urn:s> <urn:q> _:c14n0 .",
        '_:c14n0 <urn:p> "v" .',
        "_:c14n1 <urn:p> <urn:s> .",
    ]


@pytest.mark.parametrize(
    ("literal", "written"),
    [
        (Literal('\b\t\n\f\r"\\'), r'"\b\t\n\f\r\"\\"'),
        (Literal("\x00\x1f\x7f\x80é"), '"\\u0000\\u001F\\u007F\x80é"'),
        (Literal("007", datatype=XSD.integer, normalize=False), f'"007"^^<{XSD.integer}>'),
        (Literal("x", datatype=XSD.string), '"x"'),
        (Literal("x", lang="ru"), '"x"@ru'),
    ],
)
def test_literals(literal: Literal, written: str) -> None:
    assert canonical.canonical_nquads({"urn:g": graph_of((S, P, literal))}) == [
        f"<urn:s> <urn:p> {written} <urn:g> ."
    ]


def test_digest_is_of_the_lines_with_their_ends() -> None:
    expected = hashlib.sha256(b"<urn:s> <urn:p> <urn:s> .\n").hexdigest()
    assert (
        canonical.digest(canonical.canonical_nquads({canonical.DEFAULT_GRAPH: graph_of((S, P, S))}))
        == expected
    )


def test_relabelling_keeps_the_terms() -> None:
    node = BNode("a")
    graphs = {
        "urn:g": graph_of(
            (S, P, node), (node, P, Literal("Ы", lang="ru")), (S, P, Literal("x", lang="ru-Latn"))
        ),
        "urn:h": graph_of((S, P, BNode("b"))),
        "urn:i": graph_of((S, P, S)),
    }
    relabelled = canonical.relabelled(graphs)
    assert list(relabelled) == list(graphs)
    assert {str(o) for g in relabelled.values() for o in g.objects() if isinstance(o, BNode)} == {
        "c14n0",
        "c14n1",
    }
    assert Literal("x", lang="ru-Latn") in set(relabelled["urn:g"].objects())
    assert canonical.canonical_nquads(relabelled) == canonical.canonical_nquads(graphs)


def test_relabelling_keeps_forms_that_pyoxigraph_has_not() -> None:
    node = BNode("a")
    literals = [Literal("x", lang="en-US"), Literal("x", datatype=XSD.string), Literal("y")]
    graph = graph_of((S, P, node), *((node, P, literal) for literal in literals))
    relabelled = canonical.relabelled({"urn:g": graph})["urn:g"]
    texts = {literal.n3() for literal in relabelled.objects() if isinstance(literal, Literal)}
    assert texts == {literal.n3() for literal in literals}


def chain(length: int) -> Graph:
    """Return blank nodes in a row; but for the first and the last, each has the same triples."""
    graph = Graph(bind_namespaces="none")
    for number in range(length):
        graph.add((BNode(f"b{number}"), P, BNode(f"b{number + 1}")))
    return graph


def clique(size: int) -> Graph:
    """Return blank nodes of which each is linked with each other one."""
    graph = Graph(bind_namespaces="none")
    for number in range(size):
        for other in set(range(size)) - {number}:
            graph.add((BNode(f"b{number}"), P, BNode(f"b{other}")))
    return graph


@pytest.mark.parametrize("graph", [chain(1500), clique(9)], ids=["chain", "clique"])
@pytest.mark.parametrize("function", [canonical.canonical_nquads, canonical.relabelled])
def test_blank_nodes_that_would_take_minutes_are_refused(
    graph: Graph, function: Callable[[canonical.Graphs], object]
) -> None:
    with pytest.raises(canonical.BlankNodeError, match=r"graph 'urn:g': .* Give these nodes IRIs"):
        function({"urn:g": graph, "urn:other": graph_of((S, P, S))})


def test_many_blank_nodes_that_differ_are_named() -> None:
    graph = chain(1500)
    for number in range(1501):
        graph.add((BNode(f"b{number}"), P, Literal(number)))
    assert len(canonical.canonical_nquads({"urn:g": graph})) == 3001


@pytest.mark.parametrize("graph", [chain(20), clique(5)], ids=["chain", "clique"])
def test_some_alike_blank_nodes_are_named(graph: Graph) -> None:
    assert len(canonical.canonical_nquads({"urn:g": graph})) == len(graph)
