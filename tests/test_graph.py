"""What pages ask of the graph, in small rows, pairs and descriptions."""

from pathlib import Path

import pytest

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.web.content.catalogue import Term
from cstokg.web.content.graph import Graph, text

DATA = """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX person: <https://w3id.org/csto-kg/id/person/>
person:a ckg:note "one"@en , "two"@ru ; ckg:refersTo person:b , person:c .
person:b ckg:refersTo person:c .
"""
A, B, C = (f"{namespaces.ID}person/{name}" for name in "abc")
REFERS_TO = namespaces.expand("ckg:refersTo")


@pytest.fixture
def graph(tmp_path: Path) -> Graph:
    """Return a graph of three people."""
    path = tmp_path / "data.ttl"
    path.write_text(DATA, encoding="utf-8")
    return Graph(Engine.from_files([path]))


def test_pairs_are_by_the_first_variable_in_the_order_of_the_rows(graph: Graph) -> None:
    """Whatever the names of the two variables are."""
    pairs = graph.pairs("SELECT ?x ?b { ?x ckg:refersTo ?b } ORDER BY DESC(?b)")
    assert pairs == {A: [C, B], B: [C]}
    assert graph.pairs("SELECT ?x ?b { ?x ckg:nothing ?b }") == {}


def test_a_description_may_be_of_several_entities(graph: Graph) -> None:
    described = graph.describe("SELECT ?s ?p ?o { ?s ?p ?o }")
    assert described.triples.keys() == {A, B}
    assert described.values(A, "ckg:note") == [
        Term("one", "literal", "en"),
        Term("two", "literal", "ru"),
    ]
    assert described.values(C, "ckg:note") == []
    assert described.triples.keys() == {A, B}  # asking adds nothing


def test_an_entity_is_described_without_what_points_at_it(graph: Graph) -> None:
    only = graph.about_only(B)
    assert (only.iri, only.triples) == (B, {B: {REFERS_TO: {Term(C): None}}})
    assert only.incoming("ckg:refersTo") == []
    assert graph.about(B).incoming("ckg:refersTo") == [A]


def test_an_unbound_variable_is_an_empty_text(graph: Graph) -> None:
    rows = graph.select("SELECT ?s ?note { ?s ckg:refersTo ?o OPTIONAL { ?s ckg:note ?note } }")
    assert {text(row, "note") for row in rows if text(row, "s") == B} == {""}
