"""The nodes that a stored graph is asked about are told apart, and are no part of what it holds."""

from rdflib import RDF, XSD, BNode, Graph, Literal, Namespace
from rdflib.term import Node

from cstokg.build.stored_graph import StoredGraph

EX = Namespace("http://x.example/")


def asked(graph: StoredGraph) -> set[Node]:
    return {row["node"] for row in graph.select(f"SELECT ?node {{ {graph.asked('?node')} ?node a ?class }}")}


def test_pattern_fits_the_nodes_that_were_named_last() -> None:
    blank = BNode()
    graph = StoredGraph([(node, RDF.type, EX.Thing) for node in (EX.a, EX.b, blank)], ())
    assert asked(graph) == set()
    graph.ask_about({EX.b})
    graph.ask_about({EX.a, blank, EX.nowhere})
    assert asked(graph) == {EX.a, blank}


def test_pattern_fits_literals_that_the_store_would_rewrite() -> None:
    literals = {Literal("x", lang="en"), Literal("007", datatype=XSD.integer, normalize=False), Literal("x")}
    graph = StoredGraph([(EX.a, EX.says, each) for each in literals], ())
    graph.ask_about(literals)
    rows = graph.select(f"SELECT ?node {{ {graph.asked('?node')} ?subject ?predicate ?node }}")
    assert {row["node"] for row in rows} == literals


def test_graph_holds_nothing_more_when_it_is_asked() -> None:
    graph = StoredGraph([(EX.a, RDF.type, EX.Thing)], ())
    before = Graph() + graph
    graph.ask_about({EX.a})
    assert set(graph) == set(before)
    assert [*graph.select("SELECT * { ?s ?p ?o }")] == [{"s": EX.a, "p": RDF.type, "o": EX.Thing}]
    assert graph.names() == {str(EX.a)}
    assert len(graph.copy_of_facts()) == 1
