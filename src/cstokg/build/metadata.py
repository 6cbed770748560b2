"""Describe the dataset and the files of its release (VoID, DCAT, SHACL), all of it computed from the data."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from rdflib import DCAT, DCTERMS, RDF, RDFS, SKOS, XSD, Graph, Literal, URIRef
from rdflib.namespace import VOID
from rdflib.term import Node

from cstokg import formats, namespaces, release
from cstokg.build.rdf_terms import iri_of
from cstokg.build.sources import Sources
from cstokg.questions import Question

SPDX = "http://spdx.org/rdf/terms#"

_DOWNLOAD_ADDRESS = f"{namespaces.BASE}downloads/"
_DOWNLOAD_PAGE = URIRef(f"{namespaces.BASE}about/downloads")
_LICENCE = URIRef("https://creativecommons.org/publicdomain/zero/1.0/")
_MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
_DATASET = URIRef(namespaces.DATASET)
_SH = namespaces.PREFIXES["sh"]
_ITEMS = namespaces.PREFIXES["wd"]
_WIKIDATA = URIRef(f"{namespaces.METADATA}#wikidata")
_KEYWORDS = iri_of("schema:keywords")
# What SHACL's vocabulary calls a query of each form, and the property that holds its text.
_EXECUTABLES = {
    "SELECT": ("SPARQLSelectExecutable", "select"),
    "ASK": ("SPARQLAskExecutable", "ask"),
    "CONSTRUCT": ("SPARQLConstructExecutable", "construct"),
}

Triples = Iterator[tuple[Node, Node, Node]]


def query_iri(name: str) -> str:
    """Return the IRI of a saved question."""
    return f"{namespaces.BASE}queries/{name}"


def describe(sources: Sources, inferred: Graph, questions: Iterable[Question]) -> Graph:
    """Return the graph ``graph/metadata``, which has no blank nodes and depends on the arguments alone.

    The numbers are those of the asserted triples without the shapes, merged with the inferred ones. Entities
    are the subjects whose IRIs begin with ``void:uriSpace``. The files have no size and checksum yet.
    """
    described = sources.merged()
    described += inferred
    metadata = Graph(store="SimpleMemory", identifier=URIRef(namespaces.METADATA), bind_namespaces="none")
    for part in (
        _totals(described),
        _partitions(described),
        _class_properties(described),
        _subsets(sources, inferred),
        _linksets(described),
        distributions({}),
        _prefixes(),
        _questions(questions),
    ):
        for triple in part:
            metadata.add(triple)
    return metadata


def _totals(graph: Graph) -> Triples:
    subjects = set(graph.subjects())
    entities = sum(str(subject).startswith(namespaces.ID) for subject in subjects)
    yield _DATASET, RDF.type, VOID.Dataset
    yield _DATASET, VOID.uriSpace, Literal(namespaces.ID)
    yield _DATASET, VOID.triples, _count(len(graph))
    yield _DATASET, VOID.entities, _count(entities)
    yield _DATASET, VOID.distinctSubjects, _count(len(subjects))
    yield _DATASET, VOID.distinctObjects, _count(len(set(graph.objects())))
    yield _DATASET, VOID.properties, _count(len(set(graph.predicates())))
    yield _DATASET, VOID.classes, _count(len(set(graph.objects(None, RDF.type))))
    terms = {*graph.predicates(), *graph.objects(None, RDF.type)}
    for namespace in namespaces.PREFIXES.values():
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


def _class_properties(graph: Graph) -> Triples:
    """Yield which properties the things of each class of ours have; query editors suggest them."""
    classes: dict[Node, list[Node]] = defaultdict(list)
    for thing, class_ in graph.subject_objects(RDF.type):
        if str(class_).startswith(namespaces.BASE):
            classes[thing].append(class_)
    pairs = Counter(
        (class_, predicate) for subject, predicate, _ in graph for class_ in classes.get(subject, ())
    )
    for (class_, predicate), triples in pairs.items():
        whole = _part("class", class_)
        part = URIRef(f"{whole}-{_fragment(predicate)}")
        yield whole, VOID.propertyPartition, part
        yield part, VOID.property, predicate
        yield part, VOID.triples, _count(triples)


def _linksets(graph: Graph) -> Triples:
    """Yield the links to Wikidata, one set for each kind of link."""
    for predicate in (SKOS.exactMatch, SKOS.closeMatch):
        links = [node for node in graph.objects(None, predicate) if str(node).startswith(_ITEMS)]
        if links:
            linkset = URIRef(f"{namespaces.METADATA}#links-{_fragment(predicate)}")
            yield _DATASET, VOID.subset, linkset
            yield linkset, RDF.type, VOID.Linkset
            yield linkset, VOID.subjectsTarget, _DATASET
            yield linkset, VOID.objectsTarget, _WIKIDATA
            yield linkset, VOID.linkPredicate, predicate
            yield linkset, VOID.triples, _count(len(links))
            yield _WIKIDATA, RDF.type, VOID.Dataset
            yield _WIKIDATA, VOID.uriSpace, Literal(_ITEMS)


def _subsets(sources: Sources, inferred: Graph) -> Triples:
    for name, graph in {**sources.graphs, namespaces.INFERRED: inferred}.items():
        subset = URIRef(name)
        yield _DATASET, VOID.subset, subset
        yield subset, RDF.type, VOID.Dataset
        yield subset, VOID.triples, _count(len(graph))


def distributions(contents: Mapping[str, bytes]) -> Triples:
    """Yield the files as DCAT distributions, with size and checksum where the contents are given.

    They are described as DCAT-AP 3.0 asks, which also wants the classes of what they refer to.
    A file that contains this description cannot contain its own checksum. The manifest has the checksums
    of all files.
    """
    sha256 = URIRef(f"{SPDX}checksumAlgorithm_sha256")
    yield _LICENCE, RDF.type, DCTERMS.LicenseDocument
    yield _DOWNLOAD_PAGE, RDF.type, RDFS.Resource
    yield sha256, RDF.type, URIRef(f"{SPDX}ChecksumAlgorithm")
    for name, file in release.FILES.items():
        if not file.title:
            continue
        media_type = URIRef(_MEDIA_TYPES + formats.of_file(name))
        distribution = URIRef(namespaces.distribution(name))
        address = URIRef(_DOWNLOAD_ADDRESS + name)
        yield _DATASET, DCAT.distribution, distribution
        yield _DATASET, VOID.dataDump, address
        yield distribution, RDF.type, DCAT.Distribution
        yield distribution, DCTERMS.title, Literal(file.title, lang="en")
        yield distribution, DCTERMS.description, Literal(file.description, lang="en")
        yield distribution, DCTERMS.license, _LICENCE
        yield distribution, DCAT.accessURL, _DOWNLOAD_PAGE
        yield distribution, DCAT.downloadURL, address
        yield distribution, DCAT.mediaType, media_type
        yield address, RDF.type, RDFS.Resource
        yield media_type, RDF.type, DCTERMS.MediaType
        if name in contents:
            content = contents[name]
            checksum = URIRef(f"{distribution}-checksum")
            yield distribution, DCAT.byteSize, Literal(len(content), datatype=XSD.nonNegativeInteger)
            yield distribution, URIRef(f"{SPDX}checksum"), checksum
            yield checksum, RDF.type, URIRef(f"{SPDX}Checksum")
            yield checksum, URIRef(f"{SPDX}algorithm"), sha256
            digest = release.sha256(content)
            yield checksum, URIRef(f"{SPDX}checksumValue"), Literal(digest, datatype=XSD.hexBinary)


def _prefixes() -> Triples:
    for prefix, namespace in namespaces.PREFIXES.items():
        declaration = URIRef(f"{namespaces.METADATA}#prefix-{prefix}")
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
    """Return the IRI of a partition; it begins with that of the metadata, whose document describes it."""
    return URIRef(f"{namespaces.METADATA}#{kind}-{_fragment(term)}")


def _fragment(term: Node) -> str:
    return namespaces.shorten(str(term)).strip("<>").replace(":", "-").replace("/", "-").replace("#", "-")


def _count(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer)
