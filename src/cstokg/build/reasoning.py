"""What follows from the asserted triples under OWL 2 RL, by owlrl and by quick rules.

owlrl is the reference engine. A quarter of its closure is useful; the rest says that each thing is
the same as itself, that literals have types, and the like. The quick rules are those of OWL 2 Profiles,
section 4.3, for the axioms that our ontology uses, run as SPARQL updates until nothing is new. Any
other axiom is refused, so that they never derive less than owlrl.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import unquote

import pyoxigraph as ox
from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build import rdf_terms, stored_graph
from cstokg.build.rdf_terms import Triple
from cstokg.build.stored_graph import StoredGraph
from cstokg.errors import CstokgError

_ERROR = Namespace("http://www.daml.org/2002/03/agents/agent-ont#").error

DISJOINT_CLASSES = "{x} is inferred to be both a {a} and a {b}, and nothing can be both."
DISJOINT_PROPERTIES = "{x} has both {a} and {b} {y}, and only one can hold."
IRREFLEXIVE = "{x} has itself as a value of {p}, and nothing can."
ASYMMETRIC = "{x} has {p} {y}, and {y} has {p} {x}, and only one can hold."
SAME = "{x} and {y} are inferred to be one thing (owl:sameAs), and no article says so."

# What owlrl says of a contradiction, and what we say.
_READINGS = (
    (r"Disjoint classes (?P<a>\S+) and (?P<b>\S+) have a common individual (?P<x>.+)", DISJOINT_CLASSES),
    (r"Irreflexive property used on (?P<x>.+) with (?P<p>\S+)", IRREFLEXIVE),
    (r"Erroneous usage of asymmetric property (?P<p>\S+) on (?P<x>.+) and (?P<y>.+)", ASYMMETRIC),
    (
        r"Erroneous usage of disjoint properties (?P<a>\S+) and (?P<b>\S+) on (?P<x>.+) and (?P<y>.+)",
        DISJOINT_PROPERTIES,
    ),
)


_PREFIXES = "".join(f"PREFIX {name}: <{namespaces.PREFIXES[name]}>\n" for name in ("owl", "rdf", "rdfs"))

# What follows, and from what: the links between things, then their types and what has a link by its type.
_LINK_RULES = {
    "eq-sym": "?y owl:sameAs ?x <= ?x owl:sameAs ?y",
    "eq-trans": "?x owl:sameAs ?z <= ?x owl:sameAs ?y . ?y owl:sameAs ?z",
    "eq-rep-s": "?y ?p ?z <= ?x owl:sameAs ?y . ?x ?p ?z",
    "eq-rep-p": "?x ?q ?y <= ?p owl:sameAs ?q . ?x ?p ?y",
    "eq-rep-o": "?z ?p ?y <= ?x owl:sameAs ?y . ?z ?p ?x",
    "prp-spo1": "?x ?q ?y <= ?p rdfs:subPropertyOf+ ?q . ?x ?p ?y",
    "prp-inv": "?y ?q ?x <= ?p owl:inverseOf|^owl:inverseOf ?q . ?x ?p ?y",
    "prp-symp": "?y ?p ?x <= ?p a owl:SymmetricProperty . ?x ?p ?y",
    "prp-spo2": "?x ?p ?z <= ?p owl:propertyChainAxiom ?list . "
    "?list rdf:first ?q ; rdf:rest/rdf:first ?r . ?x ?q ?y . ?y ?r ?z",
    "prp-trp": "?x ?p ?z <= ?p a owl:TransitiveProperty . ?x ?p ?y . ?y ?p ?z",
}
_TYPE_RULES = {
    "prp-dom": "?x a ?c <= ?p rdfs:domain ?c . ?x ?p ?y",
    "prp-rng": "?y a ?c <= ?p rdfs:range ?c . ?x ?p ?y . FILTER(!isLiteral(?y))",
    "cls-hv2": "?x a ?c <= ?c owl:hasValue ?v ; owl:onProperty ?p . ?x ?p ?v",
    "cax-sco": "?x a ?b <= ?a rdfs:subClassOf+ ?b . ?x a ?a",
    "cls-hv1": "?x ?p ?v <= ?c owl:hasValue ?v ; owl:onProperty ?p . ?x a ?c",
}

# A literal to which a rule applies that makes it a subject, or gives it a class. In RDF a literal cannot be
# a subject, but owlrl goes on from there, and so do the rules if the literals are named by IRIs meanwhile.
_LITERAL_AS_A_THING = f"""
    {{ ?p owl:inverseOf|^owl:inverseOf ?q }} UNION {{ ?p a owl:SymmetricProperty }}
    UNION {{ ?p rdfs:range ?c
        FILTER(isBlank(?c) || !STRSTARTS(STR(?c), "{XSD}") && ?c NOT IN (rdfs:Literal, rdf:langString)) }}
    ?x ?p ?y FILTER(isLiteral(?y))"""
_LITERAL = "urn:x-literal:"
_NAME_LITERALS = f"""DELETE {{ ?x ?p ?y }} INSERT {{ ?x ?p ?name }} WHERE {{ ?x ?p ?y FILTER(isLiteral(?y))
    BIND(ENCODE_FOR_URI(STR(DATATYPE(?y))) AS ?datatype)
    BIND(IRI(CONCAT("{_LITERAL}", ?datatype, ":", ENCODE_FOR_URI(STR(?y)))) AS ?name) }}"""

_CONTRADICTIONS = {
    "?a owl:disjointWith ?b . ?x a ?a , ?b": DISJOINT_CLASSES,
    # The pairs of classes by themselves first, which takes half the time.
    "{ SELECT ?a ?b { ?all a owl:AllDisjointClasses ; owl:members/rdf:rest* ?list . "
    "?list rdf:first ?a ; rdf:rest+/rdf:first ?b } } ?x a ?a , ?b": DISJOINT_CLASSES,
    "?a owl:propertyDisjointWith ?b . ?x ?a ?y ; ?b ?y": DISJOINT_PROPERTIES,
    "?p a owl:IrreflexiveProperty . ?x ?p ?x": IRREFLEXIVE,
    "?p a owl:AsymmetricProperty . ?x ?p ?y . ?y ?p ?x": ASYMMETRIC,
}

_ANNOTATIONS = {
    OWL.backwardCompatibleWith,
    OWL.deprecated,
    OWL.incompatibleWith,
    OWL.priorVersion,
    OWL.versionIRI,
    OWL.versionInfo,
}
_AXIOMS = {
    OWL.disjointWith,
    OWL.hasValue,
    OWL.inverseOf,
    OWL.members,
    OWL.onProperty,
    OWL.propertyChainAxiom,
    OWL.propertyDisjointWith,
    OWL.sameAs,
}
_KINDS = {
    OWL.AllDisjointClasses,
    OWL.AnnotationProperty,
    OWL.AsymmetricProperty,
    OWL.Class,
    OWL.DatatypeProperty,
    OWL.IrreflexiveProperty,
    OWL.NamedIndividual,
    OWL.ObjectProperty,
    OWL.Ontology,
    OWL.Restriction,
    OWL.SymmetricProperty,
    OWL.Thing,
    OWL.TransitiveProperty,
}
_ABOUT_VALUES = {
    OWL.AsymmetricProperty,
    OWL.IrreflexiveProperty,
    OWL.SymmetricProperty,
    OWL.TransitiveProperty,
}
_ABOUT_CLASSES = {
    OWL.disjointWith,
    OWL.hasValue,
    OWL.sameAs,
    RDF.first,
    RDFS.domain,
    RDFS.range,
    RDFS.subClassOf,
}
_ABOUT_PROPERTIES = {
    OWL.inverseOf,
    OWL.onProperty,
    OWL.propertyChainAxiom,
    OWL.propertyDisjointWith,
    RDFS.subPropertyOf,
}
_ABOUT_TERMS = _ABOUT_CLASSES | _ABOUT_PROPERTIES
_VOCABULARIES = (str(OWL), str(RDF), str(RDFS))
_SUPPORTED = _ANNOTATIONS | _AXIOMS | _KINDS
# The triples that may be axioms.
_AXIOMS_QUERY = (
    f"SELECT ?s ?p ?o {{ ?s ?p ?o FILTER(STRSTARTS(STR(?p), '{OWL}') || ?p IN ("
    + ", ".join(f"<{p}>" for p in sorted(_ABOUT_TERMS))
    + f") || ?p = <{RDF.type}> && STRSTARTS(STR(?o), '{OWL}')) }}"
)


@dataclass(frozen=True, slots=True, order=True)
class Contradiction:
    """What cannot hold together, and the node to look at."""

    message: str
    node: str


class InconsistencyError(CstokgError):
    """The asserted triples contradict the ontology; one line for each contradiction."""

    def __init__(self, contradictions: set[Contradiction]) -> None:
        """Make the error for at least one contradiction; its message lists them in order."""
        self.contradictions = tuple(sorted(contradictions))
        super().__init__("\n".join(contradiction.message for contradiction in self.contradictions))

    def __reduce__(self) -> tuple[type["InconsistencyError"], tuple[set[Contradiction]]]:
        """Return what another process needs to make the same error."""
        return type(self), (set(self.contradictions),)


class UnknownAxiomError(CstokgError):
    """An axiom that the quick rules do not implement."""


class _Closure(Graph):
    """A graph with a set of its triples, because owlrl asks two million times whether it has a triple."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._held: set[Triple] = set()

    def add(self, triple: Triple) -> Self:
        self._held.add(triple)
        return super().add(triple)

    def remove(self, triple: tuple[Node | None, Node | None, Node | None]) -> Self:
        self._held.difference_update(self.triples(triple))
        return super().remove(triple)

    def __contains__(self, triple: object) -> bool:
        return triple in self._held


def infer(asserted: Graph) -> Graph:
    """Return the useful triples that follow, without those already asserted.

    A triple is useful if it is about a thing of the dataset, not a term of an ontology, and its
    predicate is one of ours, or its type is a class of ours or one that ours are aligned to.

    Args:
        asserted: data and ontology together, without the shapes; it stays as it is.

    Raises:
        InconsistencyError: a contradiction, or two IRIs that are inferred to be one thing.
    """
    import owlrl  # here, because the quick rules do not need it

    class Rules(owlrl.OWLRL_Semantics):  # type: ignore[misc]
        """owlrl's rules, which skip the triples from which nothing new can follow: most of them."""

        def rules(self, triple: Triple, round_: int) -> None:
            x, predicate, y = triple
            # Each rule needs a triple whose predicate is of RDF, RDFS or OWL, except that each thing is the
            # same as itself, which the first round adds; from that nothing follows but a contradiction.
            if round_ > 1 and not _starts(predicate, *_VOCABULARIES):
                return
            if predicate != OWL.sameAs or x != y or (x, OWL.differentFrom, x) in closure:
                super().rules(triple, round_)

    closure = _Closure(store="SimpleMemory", bind_namespaces="none")
    for triple in asserted:
        closure.add(triple)
    owlrl.DeductiveClosure(Rules).expand(closure)
    contradictions = {_read(str(message)) for message in closure.objects(None, _ERROR)}
    contradictions |= {same(x, y) for x, y in closure.subject_objects(OWL.sameAs) if _distinct(x, y)}
    if contradictions:
        raise InconsistencyError(contradictions)
    return useful(asserted, closure)


def infer_quickly(asserted: Graph) -> Graph:
    """Return the same graph as ``infer``, about ten times faster.

    Args:
        asserted: data and ontology together, without the shapes; it stays as it is.

    Raises:
        InconsistencyError: a contradiction, or two IRIs that are said to be one thing.
        UnknownAxiomError: the ontology uses an axiom that the quick rules do not implement.
    """
    store = StoredGraph(asserted, ()).copy_of_facts()
    asserted_quads = set(store)
    require_consistency(asserted, store)
    inferred = Graph(store="SimpleMemory", bind_namespaces="none")
    for quad in store:
        if quad not in asserted_quads:
            inferred.add((_node(quad.subject), _node(quad.predicate), _node(quad.object)))
    return useful(asserted, inferred)


def require_consistency(asserted: Graph, store: ox.Store) -> None:
    """Refuse what ``infer_quickly`` refuses, without gathering what follows.

    Args:
        asserted: data and ontology together, without the shapes; it stays as it is.
        store: the same, as a ``StoredGraph`` holds it; what follows is added.

    Raises:
        InconsistencyError: a contradiction, or two IRIs that are said to be one thing.
        UnknownAxiomError: the ontology uses an axiom that the quick rules do not implement.
    """
    _refuse_unknown(asserted, store)
    _add_all_conclusions(store)
    if any(rdf_terms.select(store, f"{_PREFIXES}SELECT * {{ {_LITERAL_AS_A_THING} }} LIMIT 1")):
        store.update(_NAME_LITERALS)
        _add_all_conclusions(store)
    if contradictions := set(_contradictions(store)):
        raise InconsistencyError(contradictions)


def _add_all_conclusions(store: ox.Store) -> None:
    new = True
    while new:
        while _add_conclusions(store, _LINK_RULES):
            pass
        new = _add_conclusions(store, _TYPE_RULES)


def _add_conclusions(store: ox.Store, rules: Mapping[str, str]) -> bool:
    """Add what follows by each rule, once; return whether any of it is new."""
    size = len(store)
    for rule in rules.values():
        conclusion, _, condition = rule.partition(" <= ")
        variables = " ".join(sorted(set(re.findall(r"\?\w", conclusion))))
        # To insert each conclusion once takes half the time.
        once = f"SELECT DISTINCT {variables} {{ {condition} }}"
        store.update(f"{_PREFIXES}INSERT {{ {conclusion} }} WHERE {{ {once} }}")
    return len(store) > size


def _contradictions(store: ox.Store) -> Iterator[Contradiction]:
    for pattern, template in _CONTRADICTIONS.items():
        for row in rdf_terms.select(store, f"{_PREFIXES}SELECT * {{ {pattern} }}", _node):
            yield contradiction(template, {name: str(node) for name, node in row.items()})
    for row in rdf_terms.select(store, f"{_PREFIXES}SELECT * {{ ?x owl:sameAs ?y }}", _node):
        if _distinct(row["x"], row["y"]):
            yield same(row["x"], row["y"])


def _node(term: Any) -> Node:
    """Return a term of the store as it was before it was marked, and before a literal was named."""
    if isinstance(term, ox.NamedNode) and term.value.startswith(_LITERAL):
        datatype, text = map(unquote, term.value.removeprefix(_LITERAL).split(":"))
        return stored_graph.unmarked(ox.Literal(text, datatype=ox.NamedNode(datatype)))
    return stored_graph.unmarked(term)


def _refuse_unknown(asserted: Graph, store: ox.Store) -> None:
    problems = {
        (problem, row["s"])
        for row in rdf_terms.select(store, _AXIOMS_QUERY)
        if (problem := _unknown(asserted, row["s"], row["p"], row["o"]))
    }
    if problems:
        problem, subject = min(problems)
        raise UnknownAxiomError(
            f"{namespaces.shorten(str(subject))}: no rule for {problem} as it is used here. "
            "Remove the axiom from the ontology, or infer by owlrl, which needs no such rule: "
            "`cstokg check --reference`."
        )


def _unknown(asserted: Graph, s: Node, p: Node, o: Node) -> str:
    """Return the term of a triple for which there is no rule; an empty text if there are rules for all."""
    for term in (o,) if p == RDF.type else (p,):
        if _starts(term, str(OWL)) and term not in _SUPPORTED:
            return namespaces.shorten(str(term))
    if p == OWL.propertyChainAxiom and len(Collection(asserted, o)) != 2:
        return namespaces.shorten(str(p))
    if p == RDF.type and o in _ABOUT_VALUES and _starts(s, *_VOCABULARIES):
        return namespaces.shorten(str(s))
    if p not in _ABOUT_TERMS:
        return ""
    nodes = [s, o] if p not in {OWL.onProperty, RDF.first, OWL.hasValue} else [o]
    if p in {RDFS.domain, RDFS.range, OWL.propertyChainAxiom} and isinstance(s, BNode):
        return "a property without a name"
    if p in _ABOUT_PROPERTIES - {OWL.propertyChainAxiom} and any(isinstance(node, BNode) for node in nodes):
        return "a property without a name"
    for node in nodes:
        # That everything is an owl:Thing changes nothing.
        if node == OWL.Thing and node is o and p in {RDFS.subClassOf, RDFS.domain, RDFS.range}:
            continue
        if p != RDFS.range and _starts(node, str(XSD)):
            return f"the datatype {namespaces.shorten(str(node))}"
        if _starts(node, str(OWL)) or (node != RDF.nil and _is_reserved(node, p, subject=node is s)):
            return namespaces.shorten(str(node))
    return ""


def _is_reserved(node: Node, predicate: Node, *, subject: bool) -> bool:
    """Return whether a term of RDF or RDFS is used where the rules need a term of an ontology."""
    about_properties = subject or predicate in _ABOUT_PROPERTIES or predicate == RDF.first
    return about_properties and _starts(node, str(RDF), str(RDFS))


def useful(asserted: Graph, closure: Graph) -> Graph:
    """Return the part of a closure that ``infer`` keeps."""
    terms = set(_terms(asserted))
    classes = set(_aligned(asserted))
    result = Graph(store="SimpleMemory", bind_namespaces="none")
    for prefix, namespace in namespaces.PREFIXES.items():
        result.bind(prefix, namespace)
    for s, p, o in sorted(closure):
        if not isinstance(s, URIRef) or s in terms or s.startswith(namespaces.ONTOLOGY):
            continue
        ours = o in classes or _starts(o, namespaces.CKG) if p == RDF.type else _starts(p, namespaces.CKG)
        if ours and (s, p, o) not in asserted:
            result.add((s, p, o))
    return result


def contradiction(template: str, nodes: Mapping[str, str]) -> Contradiction:
    """Return the contradiction about these nodes, of which ``x`` is the one to look at."""
    message = template.format(**{name: namespaces.shorten(node) for name, node in nodes.items()})
    return Contradiction(message, nodes["x"])


def same(x: Node, y: Node) -> Contradiction:
    """Return the contradiction that two IRIs are the same thing; their order does not matter."""
    first, second = sorted((str(x), str(y)))
    return contradiction(SAME, {"x": first, "y": second})


def _distinct(x: Node, y: Node) -> bool:
    return isinstance(x, URIRef) and isinstance(y, URIRef) and x != y


def _read(message: str) -> Contradiction:
    for pattern, template in _READINGS:
        if match := re.fullmatch(pattern, message, re.DOTALL):
            return contradiction(template, match.groupdict())
    return Contradiction(message, "")


def _terms(asserted: Graph) -> Iterator[Node]:
    for subject, kind in asserted.subject_objects(RDF.type):
        if _starts(kind, str(OWL)):
            yield subject


def _aligned(asserted: Graph) -> Iterator[Node]:
    for narrower, broader in asserted.subject_objects(RDFS.subClassOf):
        if (
            _starts(narrower, namespaces.CKG)
            and _starts(broader, "")
            and not _starts(broader, str(OWL), str(RDFS))
        ):
            yield broader


def _starts(node: Node, *namespaces: str) -> bool:
    return isinstance(node, URIRef) and str(node).startswith(namespaces)
