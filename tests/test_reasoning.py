"""owlrl and the quick rules infer the same triples and find the same contradictions."""

from collections.abc import Callable

import owlrl
import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy, builds, just, lists, one_of, sampled_from
from rdflib import RDF, Graph, Literal, URIRef

from cstokg import namespaces
from cstokg.build.reasoning import InconsistencyError, UnknownAxiomError, infer, infer_quickly
from cstokg.build.sources import Sources
from invalid_files import PATHS, apart, mentioning

pytestmark = pytest.mark.patient

WAYS = [infer, infer_quickly]
Way = Callable[[Graph], Graph]

HEAD = """
PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX person: <https://w3id.org/csto-kg/id/person/>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


def graph(turtle: str) -> Graph:
    """Return the triples of a text with our usual prefixes."""
    return Graph().parse(data=HEAD + turtle, format="turtle")


def things(turtle: str) -> set[tuple[URIRef, URIRef, URIRef]]:
    """Return the triples of a text, as a set to compare with."""
    return set(graph(turtle))  # type: ignore[arg-type]


@pytest.mark.early
def test_quick_rules_infer_what_owlrl_does_and_nothing_asserted_or_about_terms(sources: Sources) -> None:
    """On the data of the project."""
    asserted = sources.merged()
    inferred = infer(asserted)
    assert set(infer_quickly(asserted)) == set(inferred)
    assert len(inferred) > 500
    terms = {
        str(term)
        for term in sources.ontology().subjects(RDF.type, None)
        if str(term).startswith(namespaces.CKG)
    }
    for triple in inferred:
        subject, predicate, _ = triple
        assert isinstance(subject, URIRef)
        assert str(subject) not in terms
        assert predicate == RDF.type or str(predicate).startswith(namespaces.CKG)
        assert triple not in asserted


RULES = {
    "subclass": (
        "ckg:A rdfs:subClassOf ckg:B . ckg:B rdfs:subClassOf prov:C . person:x a ckg:A .",
        "person:x a ckg:B , prov:C .",
    ),
    "subproperty": (
        "ckg:p rdfs:subPropertyOf ckg:q . person:x ckg:p person:y .",
        "person:x ckg:q person:y .",
    ),
    "subproperty with a literal": (
        "ckg:p rdfs:subPropertyOf ckg:q . person:x ckg:p 1 .",
        "person:x ckg:q 1 .",
    ),
    "literals as they are written": (
        "ckg:p rdfs:subPropertyOf ckg:q . person:x ckg:p 7.0 , 007 , 'x'@EN , '2024-01-01'^^xsd:date .",
        "person:x ckg:q 7.0 , 007 , 'x'@EN , '2024-01-01'^^xsd:date .",
    ),
    "literal by way of an inverse": (
        "ckg:p owl:inverseOf ckg:q . ckg:q a owl:SymmetricProperty . person:x ckg:p 7.0 , 'a: b'@en .",
        "person:x ckg:q 7.0 , 'a: b'@en .",
    ),
    "domain": ("ckg:p rdfs:domain ckg:A . person:x ckg:p 1 .", "person:x a ckg:A ."),
    "range": ("ckg:p rdfs:range ckg:A . person:x ckg:p person:y , 1 .", "person:y a ckg:A ."),
    "inverse": (
        "ckg:p owl:inverseOf ckg:q . person:x ckg:p person:y . person:z ckg:q person:x .",
        "person:y ckg:q person:x . person:x ckg:p person:z .",
    ),
    "symmetric": ("ckg:p a owl:SymmetricProperty . person:x ckg:p person:y .", "person:y ckg:p person:x ."),
    "transitive": (
        (
            "ckg:p a owl:TransitiveProperty . person:w ckg:p person:x . person:x ckg:p person:y . "
            "person:y ckg:p person:z ."
        ),
        "person:w ckg:p person:y , person:z . person:x ckg:p person:z .",
    ),
    "chain": (
        "ckg:r owl:propertyChainAxiom ( ckg:p ckg:q ) . person:x ckg:p person:y . person:y ckg:q person:z .",
        "person:x ckg:r person:z .",
    ),
    "chain that feeds itself": (
        (
            "ckg:p owl:propertyChainAxiom ( ckg:p ckg:q ) . person:x ckg:p person:y . "
            "person:y ckg:q person:z . person:z ckg:q person:w ."
        ),
        "person:x ckg:p person:z , person:w .",
    ),
    "value that makes a class": (
        (
            "[ a owl:Restriction ; owl:onProperty ckg:p ; owl:hasValue person:v ] rdfs:subClassOf ckg:A . "
            "person:x ckg:p person:v . person:y ckg:p person:w ."
        ),
        "person:x a ckg:A .",
    ),
    "class that makes a value": (
        (
            "ckg:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty ckg:p ; owl:hasValue person:v ] . "
            "person:x a ckg:A ."
        ),
        "person:x ckg:p person:v .",
    ),
    "foreign predicate": ("ckg:p rdfs:subPropertyOf prov:q . person:x ckg:p person:y .", ""),
    "foreign class": ("ckg:p rdfs:range prov:A . person:x ckg:p person:y .", ""),
    "term": ("ckg:p rdfs:domain ckg:A . ckg:B a owl:Class ; ckg:p 1 .", ""),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("asserted", "expected"), RULES.values(), ids=RULES)
def test_each_rule_derives_this_and_no_more(way: Way, asserted: str, expected: str) -> None:
    """Both ways infer what the axiom says, and do not change the graph that they are given."""
    given = graph(asserted)
    before = set(given)
    assert set(way(given)) == things(expected)
    assert set(given) == before


CONTRADICTIONS = {
    "disjoint classes": (
        "ckg:A owl:disjointWith ckg:B . person:x a ckg:A , ckg:B .",
        ["person:x is inferred to be both a ckg:A and a ckg:B, and nothing can be both."],
    ),
    "disjoint classes by inference": (
        (
            "[] a owl:AllDisjointClasses ; owl:members ( ckg:A ckg:B ckg:C ) . ckg:p rdfs:domain ckg:A . "
            "ckg:D rdfs:subClassOf ckg:C . person:x a ckg:D ; ckg:p 1 ."
        ),
        ["person:x is inferred to be both a ckg:A and a ckg:C, and nothing can be both."],
    ),
    "disjoint properties": (
        "ckg:p owl:propertyDisjointWith ckg:q . person:x ckg:p person:y ; ckg:q person:y .",
        ["person:x has both ckg:p and ckg:q person:y, and only one can hold."],
    ),
    "irreflexive": (
        "ckg:p a owl:IrreflexiveProperty . person:x ckg:p person:x .",
        ["person:x has itself as a value of ckg:p, and nothing can."],
    ),
    "asymmetric": (
        "ckg:p a owl:AsymmetricProperty . person:x ckg:p person:y . person:y ckg:p person:x .",
        [
            "person:x has ckg:p person:y, and person:y has ckg:p person:x, and only one can hold.",
            "person:y has ckg:p person:x, and person:x has ckg:p person:y, and only one can hold.",
        ],
    ),
    "same": (
        "person:y owl:sameAs person:x .",
        ["person:x and person:y are inferred to be one thing (owl:sameAs), and no article says so."],
    ),
    "same, and of classes that are disjoint": (
        "ckg:A owl:disjointWith ckg:B . person:x a ckg:A ; owl:sameAs person:y . person:y a ckg:B .",
        [
            "person:x and person:y are inferred to be one thing (owl:sameAs), and no article says so.",
            "person:x is inferred to be both a ckg:A and a ckg:B, and nothing can be both.",
            "person:y is inferred to be both a ckg:A and a ckg:B, and nothing can be both.",
        ],
    ),
    "same by way of a third": (
        "person:x owl:sameAs person:y . person:y owl:sameAs person:z .",
        [
            "person:x and person:y are inferred to be one thing (owl:sameAs), and no article says so.",
            "person:x and person:z are inferred to be one thing (owl:sameAs), and no article says so.",
            "person:y and person:z are inferred to be one thing (owl:sameAs), and no article says so.",
        ],
    ),
    "properties that are the same": (
        "ckg:p owl:sameAs ckg:q . ckg:q a owl:IrreflexiveProperty . person:x ckg:p person:x .",
        [
            "ckg:p and ckg:q are inferred to be one thing (owl:sameAs), and no article says so.",
            "person:x has itself as a value of ckg:p, and nothing can.",
            "person:x has itself as a value of ckg:q, and nothing can.",
        ],
    ),
    "same as an object": (
        ("ckg:p a owl:IrreflexiveProperty . person:x ckg:p person:y ; owl:sameAs person:y ."),
        [
            "person:x and person:y are inferred to be one thing (owl:sameAs), and no article says so.",
            "person:x has itself as a value of ckg:p, and nothing can.",
            "person:y has itself as a value of ckg:p, and nothing can.",
        ],
    ),
    "two at once": (
        "ckg:p a owl:IrreflexiveProperty . person:y ckg:p person:y . person:x ckg:p person:x .",
        [
            "person:x has itself as a value of ckg:p, and nothing can.",
            "person:y has itself as a value of ckg:p, and nothing can.",
        ],
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("asserted", "messages"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_contradiction_is_put_into_words(way: Way, asserted: str, messages: list[str]) -> None:
    """Both ways stop, and say the same."""
    with pytest.raises(InconsistencyError) as error:
        way(graph(asserted))
    assert str(error.value).splitlines() == messages
    assert all(found.node.startswith((namespaces.ID, namespaces.CKG)) for found in error.value.contradictions)


@pytest.mark.parametrize("way", WAYS)
def test_literal_in_the_range_of_a_class_without_a_name_has_its_value_too(way: Way) -> None:
    axioms = "ckg:p rdfs:range [ a owl:Restriction ; owl:onProperty ckg:q ; owl:hasValue 'b' ] . "
    axioms += "ckg:q owl:propertyDisjointWith ckg:r ; rdfs:subPropertyOf ckg:r ."
    with pytest.raises(InconsistencyError, match="<a> has both ckg:q and ckg:r <b>"):
        way(graph(f"{axioms} person:x ckg:p 'a' ."))


@pytest.mark.parametrize("way", WAYS)
def test_literal_that_would_be_of_two_disjoint_classes_is_noticed(way: Way) -> None:
    axioms = "ckg:p rdfs:range ckg:A . ckg:q rdfs:range ckg:B . ckg:A owl:disjointWith ckg:B ."
    with pytest.raises(InconsistencyError, match="<a b> is inferred to be both a ckg:A and a ckg:B"):
        way(graph(f"{axioms} person:x ckg:p 'a b' . person:y ckg:q 'a b' ."))


@pytest.mark.parametrize("asserted", [text for text, _ in (RULES | CONTRADICTIONS).values()])
def test_owlrl_finds_no_more_where_it_looks_at_every_triple(
    asserted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Whole(owlrl.DeductiveClosure):  # type: ignore[misc]
        def __init__(self, _: object) -> None:
            super().__init__(owlrl.OWLRL_Semantics)

    usual = outcome(asserted)
    monkeypatch.setattr(owlrl, "DeductiveClosure", Whole)
    assert outcome(asserted) == usual


def outcome(asserted: str) -> object:
    """Return what follows, or the contradictions."""
    try:
        return set(infer(graph(asserted)))
    except InconsistencyError as error:
        return error.contradictions


def test_merged_things_are_noticed() -> None:
    """A functional property would make two people one; owlrl does, and we refuse the result."""
    merging = graph("ckg:p a owl:FunctionalProperty . person:x ckg:p person:y , person:z .")
    with pytest.raises(InconsistencyError, match="person:y and person:z are inferred to be one thing"):
        infer(merging)


def test_thing_that_differs_from_itself_is_noticed() -> None:
    with pytest.raises(InconsistencyError, match="same subject-object pair"):
        infer(graph("person:x owl:differentFrom person:x ."))


@pytest.mark.parametrize(
    ("axiom", "named"),
    [
        ("ckg:p a owl:FunctionalProperty .", "ckg:p: no rule for owl:FunctionalProperty"),
        ("ckg:A owl:hasKey ( ckg:p ) .", "ckg:A: no rule for owl:hasKey"),
        ("ckg:A owl:equivalentClass ckg:B .", "ckg:A: no rule for owl:equivalentClass"),
        ("ckg:p owl:propertyChainAxiom ( ckg:q ckg:r ckg:s ) .", "ckg:p: no rule for owl:propertyChainAxiom"),
        ("ckg:A rdfs:subClassOf owl:Nothing .", "ckg:A: no rule for owl:Nothing"),
        ("ckg:p rdfs:domain owl:Nothing .", "ckg:p: no rule for owl:Nothing"),
        ("ckg:p rdfs:range owl:Nothing .", "ckg:p: no rule for owl:Nothing"),
        ("ckg:p rdfs:range owl:FunctionalProperty .", "ckg:p: no rule for owl:FunctionalProperty"),
        ("person:x a owl:Nothing .", "person:x: no rule for owl:Nothing"),
        ("owl:Thing rdfs:subClassOf ckg:A .", "owl:Thing: no rule for owl:Thing"),
        ("rdf:type a owl:SymmetricProperty .", "rdf:type: no rule for rdf:type"),
        ("ckg:A owl:disjointWith xsd:integer .", "ckg:A: no rule for the datatype xsd:integer"),
        ("ckg:A owl:disjointWith owl:Thing .", "ckg:A: no rule for owl:Thing"),
        ("ckg:A rdfs:subClassOf [ owl:unionOf ( ckg:B ckg:C ) ] .", "no rule for owl:unionOf"),
        ("ckg:p rdfs:domain [ owl:intersectionOf ( ckg:B ckg:C ) ] .", "no rule for owl:intersectionOf"),
        ("[] a owl:AllDisjointClasses ; owl:members ( ckg:A owl:Thing ) .", "no rule for owl:Thing"),
        ("ckg:A rdfs:subClassOf [ owl:onProperty ckg:p ; owl:maxCardinality 1 ] .", "owl:maxCardinality"),
        ("ckg:A rdfs:subClassOf [ owl:onProperty ckg:p ; owl:someValuesFrom ckg:B ] .", "owl:someValuesFrom"),
        ("ckg:A rdfs:subClassOf [ owl:onProperty ckg:p ; owl:allValuesFrom ckg:B ] .", "owl:allValuesFrom"),
        ("ckg:p owl:equivalentProperty ckg:q .", "ckg:p: no rule for owl:equivalentProperty"),
        ("ckg:p a owl:InverseFunctionalProperty .", "no rule for owl:InverseFunctionalProperty"),
        ("[] a owl:AllDisjointProperties ; owl:members ( ckg:p ckg:q ) .", "owl:AllDisjointProperties"),
        ("person:x owl:differentFrom person:y .", "no rule for owl:differentFrom"),
        ("ckg:p rdfs:subPropertyOf owl:sameAs .", "ckg:p: no rule for owl:sameAs"),
        ("ckg:p rdfs:subPropertyOf owl:topObjectProperty .", "no rule for owl:topObjectProperty"),
        ("owl:bottomObjectProperty rdfs:domain ckg:A .", "no rule for owl:bottomObjectProperty"),
        ("ckg:p rdfs:subPropertyOf rdf:type .", "ckg:p: no rule for rdf:type"),
        ("[ owl:inverseOf ckg:p ] rdfs:domain ckg:A .", "no rule for a property without a name"),
        ("ckg:p rdfs:subPropertyOf [ owl:inverseOf ckg:q ] .", "no rule for a property without a name"),
    ],
)
def test_quick_rules_refuse_what_they_do_not_know(axiom: str, named: str) -> None:
    """Else they would silently derive less than owlrl."""
    with pytest.raises(UnknownAxiomError, match=named):
        infer_quickly(graph(axiom))


def test_real_contradictions_are_the_same_both_ways(sources: Sources) -> None:
    """Planted in the data of the project: a person who is a post, and a meeting that prepares for itself."""
    # Only some of the data: the mistakes need no more, and owlrl takes longer for more.
    planted = sources.ontology()
    articles = sorted(name for name in sources.graphs if name.startswith(f"{namespaces.GRAPH}articles/"))
    for name in (*articles[:1], f"{namespaces.GRAPH}register/people"):
        planted += sources.graphs[name]
    person = next(iter(sorted(planted.subjects(RDF.type, URIRef(f"{namespaces.CKG}Person")), key=str)))
    meeting = next(iter(sorted(planted.subjects(RDF.type, URIRef(f"{namespaces.CKG}HeldMeeting")), key=str)))
    planted.add((person, RDF.type, URIRef(f"{namespaces.CKG}Post")))
    planted.add((meeting, URIRef(f"{namespaces.CKG}preparesFor"), meeting))
    planted.add((meeting, URIRef(f"{namespaces.CKG}onDate"), Literal("x")))
    messages = []
    for way in WAYS:
        with pytest.raises(InconsistencyError) as error:
            way(planted)
        messages.append(str(error.value))
    assert messages[0] == messages[1]
    assert "has itself as a value of ckg:preparesFor" in messages[0]
    assert "both a ckg:Agent and a ckg:Post" in messages[0]


def test_quick_rules_conclude_from_each_invalid_file_what_owlrl_does(sources: Sources) -> None:
    """The same triples from a file without contradictions, and the same contradictions from the others.

    The same holds for all files in one graph, where one file describes what another only names.
    """
    terms = sources.ontology()
    with pytest.raises(InconsistencyError) as every:
        infer_quickly(apart(PATHS, terms))
    contradictory = []
    for path in mentioning({found.node for found in every.value.contradictions}, PATHS):
        try:
            infer_quickly(apart([path], terms))
        except InconsistencyError:
            contradictory.append(path)
    others = apart([path for path in PATHS if path not in contradictory], terms)
    inferred = set(infer(others))
    assert inferred == set(infer_quickly(others))
    assert len(inferred) > len(PATHS) > len(contradictory) > 1

    # Beside all files in one graph, the contradictory files once more, each with other names for its things.
    together = apart(contradictory, terms)
    for path in PATHS:
        together.parse(path)
    found = []
    for way in WAYS:
        with pytest.raises(InconsistencyError) as error:
            way(together)
        found.append(error.value.contradictions)
    assert found[0] == found[1]
    assert len(found[0]) >= 2 * len(contradictory)


CLASSES, PROPERTIES, PEOPLE = tuple("ABCD"), tuple("pqr"), tuple("xyz")


def _axioms() -> SearchStrategy[str]:
    """One axiom of each kind that the quick rules implement."""
    class_, property_, person = (
        sampled_from([f"{prefix}:{name}" for name in names])
        for prefix, names in (("ckg", CLASSES), ("ckg", PROPERTIES), ("person", PEOPLE))
    )
    value = builds("[ a owl:Restriction ; owl:onProperty {} ; owl:hasValue {} ]".format, property_, person)
    return one_of(
        builds(
            "{} rdfs:subClassOf {} .".format, one_of(class_, value), one_of(class_, value, just("owl:Thing"))
        ),
        builds("{} rdfs:subPropertyOf {} .".format, property_, property_),
        builds("{} {} {} .".format, property_, sampled_from(["rdfs:domain", "rdfs:range"]), class_),
        builds("{} owl:inverseOf {} .".format, property_, property_),
        builds("{} owl:propertyChainAxiom ( {} {} ) .".format, property_, property_, property_),
        builds("{} a owl:{} .".format, property_, sampled_from(["SymmetricProperty", "TransitiveProperty"])),
        builds(
            "{} a owl:{} .".format, property_, sampled_from(["AsymmetricProperty", "IrreflexiveProperty"])
        ),
        builds("{} owl:disjointWith {} .".format, class_, class_),
        builds("[] a owl:AllDisjointClasses ; owl:members ( {} {} ckg:E ) .".format, class_, class_),
        builds("{} owl:propertyDisjointWith {} .".format, property_, property_),
    )


def _facts() -> SearchStrategy[str]:
    class_, property_, person = (
        sampled_from([f"{prefix}:{name}" for name in names])
        for prefix, names in (("ckg", CLASSES), ("ckg", PROPERTIES), ("person", PEOPLE))
    )
    return one_of(
        builds("{} a {} .".format, person, class_),
        builds("{} {} {} .".format, person, property_, one_of(person, just('"text"'))),
    )


def _answer(way: Way, asserted: Graph) -> object:
    try:
        return set(way(asserted))
    except InconsistencyError as error:
        return error.contradictions


@given(axioms=lists(_axioms(), min_size=1, max_size=4), facts=lists(_facts(), min_size=6, max_size=9))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_quick_rules_and_owlrl_agree_on_generated_ontologies(axioms: list[str], facts: list[str]) -> None:
    text = "\n".join([*axioms, *facts])
    quick, reference = (_answer(way, graph(text)) for way in (infer_quickly, infer))
    assert quick == reference
