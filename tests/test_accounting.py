"""Every asserted triple of ours is accounted for: a record's own, a preferred claim's, or identity.

The rule is that of the model: a triple in our namespace either has an evidenced record as its
subject, whose spans cover it, or is the triple of a preferred claim, or stands in the register,
which holds identity and names only. What makes evidence checkable (the hash of an article, its
sentences and furniture, its spans) and what the editors say of claims (conflicts) are not claims
about the world.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from rdflib import RDF, RDFS, SKOS, Graph, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.sources import Sources

Triple = tuple[Node, Node, Node]

RECORD = URIRef(f"{namespaces.CKG}EvidencedRecord")
# The properties with which the register says what a thing is.
IDENTITY = {
    URIRef(namespaces.CKG + name) for name in ("inState", "locatedIn", "organOf", "postIn", "postRole")
}
# What makes an article's evidence checkable.
CHECKABLE = {
    URIRef(namespaces.CKG + name)
    for name in ("charEnd", "charStart", "furniture", "sentenceEnd", "sentenceStart", "sha256", "spanOf")
}
# What the editors say of claims.
EDITORIAL = {URIRef(namespaces.CKG + name) for name in ("contradicts", "hasClaim")}


def _records(sources: Sources) -> set[Node]:
    ontology = sources.ontology()
    classes = set(ontology.transitive_subjects(RDFS.subClassOf, RECORD))
    merged = sources.merged()
    return {subject for kind in classes for subject in merged.subjects(RDF.type, kind)}


def _unaccounted(sources: Sources) -> Iterator[Triple]:
    merged = sources.merged()
    records = _records(sources)
    preferred = URIRef(namespaces.expand("rank:preferred"))
    claimed = {
        (
            merged.value(claim, RDF.subject),
            merged.value(claim, RDF.predicate),
            merged.value(claim, RDF.object),
        )
        for claim in merged.subjects(URIRef(f"{namespaces.CKG}rank"), preferred)
    }
    for name, graph in sources.graphs.items():
        if name.startswith(f"{namespaces.GRAPH}ontology/"):
            continue
        in_register = name.startswith(f"{namespaces.GRAPH}register/")
        for triple in graph:
            subject, predicate, _ = triple
            if not str(predicate).startswith(namespaces.CKG) or subject in records or triple in claimed:
                continue
            if predicate in CHECKABLE | EDITORIAL or (in_register and predicate in IDENTITY):
                continue
            yield triple


def test_every_triple_is_accounted_for(sources: Sources) -> None:
    """None is left over."""
    left = [
        f"{sources.triples[triple]}: {' '.join(term.n3() for term in triple)}"
        for triple in _unaccounted(sources)
    ]
    assert not left, "cite a span for the record, or write the preferred claim:\n" + "\n".join(left)


def test_a_triple_on_nobodys_word_is_noticed(sources: Sources) -> None:
    """The check can fail: a place of the register that is said to be chaired by a state."""
    stray = (
        URIRef(namespaces.expand("place:almaty")),
        URIRef(f"{namespaces.CKG}chairedBy"),
        URIRef(namespaces.expand("state:russia")),
    )
    name = f"{namespaces.GRAPH}articles/minsk-2011"
    spoilt = sources.graphs[name] + Graph().add(stray)
    assert list(_unaccounted(replace(sources, graphs={**sources.graphs, name: spoilt}))) == [stray]


@pytest.mark.parametrize("graph", ["bodies", "groups", "outlets", "people", "places", "posts", "states"])
def test_register_holds_identity_only(sources: Sources, graph: str) -> None:
    """Names, kinds and what a thing belongs to; no record, no date, no claim."""
    allowed = {RDF.type, *IDENTITY} | {
        URIRef(namespaces.expand(f"skos:{name}")) for name in ("prefLabel", "altLabel", "editorialNote")
    }
    assert {predicate for _, predicate, _ in sources.graphs[f"{namespaces.GRAPH}register/{graph}"]} <= allowed


def test_every_other_name_is_printed_somewhere(sources: Sources) -> None:
    """Each alternative label in the register has a preferred claim, by an article that prints it."""
    merged = sources.merged()
    claimed = {
        (merged.value(claim, RDF.subject), merged.value(claim, RDF.object))
        for claim in merged.subjects(RDF.predicate, SKOS.altLabel)
    }
    named = {
        pair
        for graph in sources.graphs
        if graph.startswith(f"{namespaces.GRAPH}register/")
        for pair in sources.graphs[graph].subject_objects(SKOS.altLabel)
    }
    assert len(named) > 20
    assert named - claimed == set()
