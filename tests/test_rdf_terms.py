"""Canonical N-Quads: the same for equal datasets, however their blank nodes are called."""

import hashlib

import pytest
from rdflib import XSD, BNode, Graph, Literal, URIRef

from cstokg.build import rdf_terms

S, P = URIRef("urn:s"), URIRef("urn:p")


def graph_of(*triples: tuple[URIRef | BNode, URIRef, URIRef | BNode | Literal]) -> Graph:
    """A graph of these triples."""
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


@pytest.mark.parametrize("labels", [("z", "a"), ("a", "z"), ("c14n1", "c14n0")])
def test_names_of_blank_nodes_do_not_matter(labels: tuple[str, str]) -> None:
    """They are named anew, from what is said of them, and the lines are sorted."""
    e0, e1 = map(BNode, labels)
    graph = graph_of((S, P, e0), (S, URIRef("urn:q"), e1), (e0, P, S), (e1, P, Literal("v")))
    assert rdf_terms.canonical_nquads({rdf_terms.DEFAULT_GRAPH: graph}) == [
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
    """Canonical N-Quads (RDFC-1.0, section 5): these escapes and no others, the lexical form kept."""
    assert rdf_terms.canonical_nquads({"urn:g": graph_of((S, P, literal))}) == [
        f"<urn:s> <urn:p> {written} <urn:g> ."
    ]


def test_digest_is_of_the_lines_with_their_ends() -> None:
    """The hash that other implementations of RDFC-1.0 compute."""
    expected = hashlib.sha256(b"<urn:s> <urn:p> <urn:s> .\n").hexdigest()
    assert (
        rdf_terms.digest(rdf_terms.canonical_nquads({rdf_terms.DEFAULT_GRAPH: graph_of((S, P, S))}))
        == expected
    )


def test_relabelling_keeps_the_terms() -> None:
    """Only the names of blank nodes change, and they differ between graphs."""
    node = BNode("a")
    graphs = {
        "urn:g": graph_of(
            (S, P, node), (node, P, Literal("Ы", lang="ru")), (S, P, Literal("x", lang="ru-Latn"))
        ),
        "urn:h": graph_of((S, P, BNode("b"))),
        "urn:i": graph_of((S, P, S)),
    }
    relabelled = rdf_terms.relabelled(graphs)
    assert list(relabelled) == list(graphs)
    assert {str(o) for g in relabelled.values() for o in g.objects() if isinstance(o, BNode)} == {
        "c14n0",
        "c14n1",
    }
    assert Literal("x", lang="ru-Latn") in set(relabelled["urn:g"].objects())
    assert rdf_terms.canonical_nquads(relabelled) == rdf_terms.canonical_nquads(graphs)
