"""Terms pass between rdflib and pyoxigraph."""

import pyoxigraph as ox
import pytest
from rdflib import Literal, URIRef

from cstokg.build import rdf_terms


def test_only_select_queries_have_rows() -> None:
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("urn:s"), ox.NamedNode("urn:p"), ox.Literal("7")))
    assert list(rdf_terms.select(store, "SELECT ?s ?unbound { ?s ?p ?o }")) == [{"s": URIRef("urn:s")}]
    with pytest.raises(TypeError, match="not a SELECT query"):
        list(rdf_terms.select(store, "ASK {}"))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("node", [URIRef("a b"), URIRef("relative"), Literal("\ud800")])
def test_what_is_no_term_is_an_error(node: URIRef | Literal) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        rdf_terms.to_oxigraph(node)
