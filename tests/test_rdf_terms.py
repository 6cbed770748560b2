"""Terms pass between rdflib and pyoxigraph."""

import pytest
from rdflib import XSD, Graph, Literal, URIRef

from cstokg.build import rdf_terms

S, P = URIRef("urn:s"), URIRef("urn:p")


def graph_of(*triples: tuple[URIRef, URIRef, URIRef | Literal]) -> Graph:
    """Return a graph of these triples."""
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph


def test_only_select_queries_have_rows() -> None:
    store = rdf_terms.store(graph_of((S, P, Literal("007", datatype=XSD.integer, normalize=False))))
    assert list(rdf_terms.select(store, "SELECT ?s ?unbound { ?s ?p ?o }")) == [{"s": S}]
    with pytest.raises(TypeError, match="not a SELECT query"):
        list(rdf_terms.select(store, "ASK {}"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("node", [URIRef("a b"), URIRef("relative"), Literal("\ud800")])
def test_what_is_no_term_is_an_error(node: URIRef | Literal) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        rdf_terms.to_oxigraph(node)
