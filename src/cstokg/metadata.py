"""Metadata: the dataset described in its own terms (VoID, SHACL), computed, never typed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from rdflib import RDF, RDFS, XSD, Graph, Literal, URIRef
from rdflib.namespace import VOID
from rdflib.term import Node

from cstokg import names
from cstokg.questions import Question
from cstokg.sources import Sources

_DATASET = URIRef(names.DATASET)
_SH = names.PREFIXES["sh"]
_KEYWORDS = URIRef(names.expand("schema:keywords"))
# What SHACL's vocabulary calls a query of each form, and the property that holds its text.
_EXECUTABLES = {
    "SELECT": ("SPARQLSelectExecutable", "select"),
    "ASK": ("SPARQLAskExecutable", "ask"),
    "CONSTRUCT": ("SPARQLConstructExecutable", "construct"),
}

Triples = Iterator[tuple[Node, Node, Node]]


def query_iri(name: str) -> str:
    """The IRI of a saved question."""
    return f"{names.BASE}queries/{name}"


def describe(sources: Sources, inferred: Graph, questions: Iterable[Question]) -> Graph:
    """The graph ``graph/metadata``; it has no blank nodes and depends on nothing but the arguments.

    The numbers are those of the asserted triples without the shapes, merged with the inferred
    ones. Entities are the subjects whose IRIs begin with ``void:uriSpace``.
    """
    described = sources.merged()
    described += inferred
    metadata = Graph(identifier=URIRef(names.METADATA), bind_namespaces="none")
    for part in (
        _totals(described),
        _partitions(described),
        _subsets(sources, inferred),
        _prefixes(),
        _questions(questions),
    ):
        for triple in part:
            metadata.add(triple)
    return metadata


def _totals(graph: Graph) -> Triples:
    subjects = set(graph.subjects())
    entities = sum(str(subject).startswith(names.ID) for subject in subjects)
    yield _DATASET, RDF.type, VOID.Dataset
    yield _DATASET, VOID.uriSpace, Literal(names.ID)
    yield _DATASET, VOID.triples, _count(len(graph))
    yield _DATASET, VOID.entities, _count(entities)
    yield _DATASET, VOID.distinctSubjects, _count(len(subjects))
    yield _DATASET, VOID.distinctObjects, _count(len(set(graph.objects())))
    yield _DATASET, VOID.properties, _count(len(set(graph.predicates())))
    yield _DATASET, VOID.classes, _count(len(set(graph.objects(None, RDF.type))))
    terms = {*graph.predicates(), *graph.objects(None, RDF.type)}
    for namespace in names.PREFIXES.values():
        if any(str(term).startswith(namespace) for term in terms):
            yield _DATASET, VOID.vocabulary, URIRef(namespace)


def _partitions(graph: Graph) -> Triples:
    for class_, entities in Counter(graph.objects(None, RDF.type)).items():
        if isinstance(class_, URIRef):
            part = _part("class", class_)
            yield _DATASET, VOID.classPartition, part
            yield part, VOID["class"], class_
            yield part, VOID.entities, _count(entities)
    pairs: dict[Node, list[tuple[Node, Node]]] = defaultdict(list)
    for subject, predicate, node in graph:
        pairs[predicate].append((subject, node))
    for predicate, triples in pairs.items():
        part = _part("property", predicate)
        yield _DATASET, VOID.propertyPartition, part
        yield part, VOID.property, predicate
        yield part, VOID.triples, _count(len(triples))
        yield part, VOID.distinctSubjects, _count(len({subject for subject, _ in triples}))
        yield part, VOID.distinctObjects, _count(len({node for _, node in triples}))


def _subsets(sources: Sources, inferred: Graph) -> Triples:
    for name, graph in {**sources.graphs, names.INFERRED: inferred}.items():
        subset = URIRef(name)
        yield _DATASET, VOID.subset, subset
        yield subset, RDF.type, VOID.Dataset
        yield subset, VOID.triples, _count(len(graph))


def _prefixes() -> Triples:
    for prefix, namespace in names.PREFIXES.items():
        declaration = URIRef(f"{names.METADATA}#prefix-{prefix}")
        yield _DATASET, URIRef(f"{_SH}declare"), declaration
        yield declaration, RDF.type, URIRef(f"{_SH}PrefixDeclaration")
        yield declaration, URIRef(f"{_SH}prefix"), Literal(prefix)
        yield declaration, URIRef(f"{_SH}namespace"), Literal(namespace, datatype=XSD.anyURI)


def _questions(questions: Iterable[Question]) -> Triples:
    for question in questions:
        query = URIRef(query_iri(question.name))
        yield query, RDF.type, URIRef(f"{_SH}SPARQLExecutable")
        if executable := _EXECUTABLES.get(question.form):
            yield query, RDF.type, URIRef(_SH + executable[0])
            yield query, URIRef(_SH + executable[1]), Literal(question.sparql)
        yield query, URIRef(f"{_SH}prefixes"), _DATASET
        yield query, RDFS.label, Literal(question.question, lang="en")
        yield query, RDFS.comment, Literal(question.answer, lang="en")
        for tag in question.tags:
            yield query, _KEYWORDS, Literal(tag, lang="en")


def _part(kind: str, term: Node) -> URIRef:
    """The partition of a class or property; hash IRIs, so that it is found in the metadata's document."""
    name = names.shorten(str(term)).strip("<>").replace(":", "-").replace("/", "-").replace("#", "-")
    return URIRef(f"{names.METADATA}#{kind}-{name}")


def _count(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)
