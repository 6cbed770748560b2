"""Every asserted triple of ours is accounted for: by a testimony, by a preferred claim, or as identity.

Each triple in our namespace has a source: a testimony on its subject supports its property, or gives that
bound; or it is the triple of a preferred claim; or it is in the register, which holds identity and names
only. What makes evidence checkable (the hash of an article, its sentences and
furniture, its spans), the testimonies themselves, and what the editors say of claims (conflicts) are
no facts about the world.
"""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from rdflib import DCTERMS, RDF, SKOS, Graph, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.sources import Sources
from cstokg.build.written_testimonies import BOUNDS, EVIDENCE, HAS_TESTIMONY, PRINTED_AS, SUPPORTS, TESTIMONY

Triple = tuple[Node, Node, Node]

# The properties with which the register says what a thing is.
IDENTITY = {
    URIRef(namespaces.CKG + name) for name in ("inState", "locatedIn", "organOf", "postIn", "postRole")
}
COORDINATES = {URIRef(namespaces.CKG + name) for name in ("latitude", "longitude")}
LABELS = {SKOS.prefLabel, SKOS.altLabel, SKOS.editorialNote}
BASIS = URIRef(f"{namespaces.CKG}basis")
BACKGROUND = URIRef(namespaces.expand("basis:background"))
# What makes an article's evidence checkable.
CHECKABLE = {
    URIRef(namespaces.CKG + name)
    for name in ("charEnd", "charStart", "furniture", "sentenceEnd", "sentenceStart", "sha256", "spanOf")
}
# Where the testimonies stand, and what the editors say of claims.
EDITORIAL = {HAS_TESTIMONY} | {URIRef(namespaces.CKG + name) for name in ("contradicts", "hasClaim")}


def _testified(merged: Graph) -> set[tuple[Node, Node]]:
    """Return the subjects, with the properties that a testimony on them supports."""
    return {
        (subject, supported)
        for subject, testimony in merged.subject_objects(HAS_TESTIMONY)
        for supported in merged.objects(testimony, SUPPORTS)
    }


def _bounds(merged: Graph) -> set[Triple]:
    """Return the bounds of records that a testimony on them gives."""
    return {
        (subject, bound, day)
        for subject, testimony in merged.subject_objects(HAS_TESTIMONY)
        for bound in BOUNDS
        for day in merged.objects(testimony, bound)
    }


def _unaccounted(sources: Sources) -> Iterator[Triple]:
    merged = sources.merged()
    testified = _testified(merged)
    testimonies = set(merged.subjects(RDF.type, TESTIMONY))
    preferred = URIRef(namespaces.expand("rank:preferred"))
    claimed = {
        (
            merged.value(claim, RDF.subject),
            merged.value(claim, RDF.predicate),
            merged.value(claim, RDF.object),
        )
        for claim in merged.subjects(URIRef(f"{namespaces.CKG}rank"), preferred)
    } | _bounds(merged)
    for name, graph in sources.graphs.items():
        if name.startswith(f"{namespaces.GRAPH}ontology/"):
            continue
        in_register = name.startswith(f"{namespaces.GRAPH}register/")
        for triple in graph:
            subject, predicate, _ = triple
            if not str(predicate).startswith(namespaces.CKG) or subject in testimonies:
                continue
            if (subject, predicate) in testified or triple in claimed:
                continue
            if predicate in CHECKABLE | EDITORIAL or (in_register and predicate in IDENTITY):
                continue
            yield triple


def test_every_triple_is_accounted_for(sources: Sources) -> None:
    left = [
        f"{sources.triples[triple]}: {' '.join(term.n3() for term in triple)}"
        for triple in _unaccounted(sources)
    ]
    assert not left, "let a testimony support it, or write the preferred claim:\n" + "\n".join(left)


def test_triple_without_a_source_is_noticed(sources: Sources) -> None:
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
    """Names, kinds, what a thing belongs to and where a place lies; no record, no date, no claim."""
    allowed = {RDF.type, DCTERMS.type, HAS_TESTIMONY, *IDENTITY, *COORDINATES, *LABELS}
    triples = sources.graphs[f"{namespaces.GRAPH}register/{graph}"]
    testimonies = set(triples.objects(None, HAS_TESTIMONY))
    assert {predicate for subject, predicate, _ in triples if subject not in testimonies} <= allowed
    for testimony in testimonies:  # no article says it, so there is nothing to cite
        assert set(triples.predicates(testimony)) <= {RDF.type, SUPPORTS, BASIS, SKOS.editorialNote}
        assert triples.value(testimony, BASIS) == BACKGROUND


def test_every_other_name_is_printed_somewhere(sources: Sources) -> None:
    """Each alternative label in the register is a printed form in the testimony of an article."""
    merged = sources.merged()
    printed = {
        (subject, form)
        for subject, testimony in merged.subject_objects(HAS_TESTIMONY)
        if (testimony, EVIDENCE, None) in merged
        for form in merged.objects(testimony, PRINTED_AS)
    }
    named = {
        pair
        for graph in sources.graphs
        if graph.startswith(f"{namespaces.GRAPH}register/")
        for pair in sources.graphs[graph].subject_objects(SKOS.altLabel)
    }
    assert len(named) > 20
    assert named - printed == set()
