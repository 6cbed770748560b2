"""Every property has its place on the page."""

from rdflib import OWL, RDF

from cstokg import namespaces
from cstokg.build.sources import Sources
from cstokg.web import reading


def test_every_property_of_the_ontology_is_placed(sources: Sources) -> None:
    """A new one has to be put into reading order, or shown elsewhere."""
    ontology = sources.ontology()
    properties = {
        str(term)
        for kind in (OWL.ObjectProperty, OWL.DatatypeProperty)
        for term in ontology.subjects(RDF.type, kind)
        if str(term).startswith(namespaces.CKG)
    }
    ordered = {term for term in properties if reading.key(term)[0] != reading.key("urn:unknown")[0]}
    ordered.add(namespaces.expand("ckg:modality"))
    assert {term for term in properties if reading.is_fact(term)} - ordered == set()


def test_ground_stands_last() -> None:
    """Whatever is not known stands before it."""
    terms = ["ckg:reportedIn", "ckg:speaker", "urn:unknown", "dcterms:type"]
    assert sorted(map(namespaces.expand, terms), key=reading.key) == list(
        map(namespaces.expand, ["dcterms:type", "ckg:speaker", "urn:unknown", "ckg:reportedIn"])
    )
