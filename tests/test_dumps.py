"""Every RDF form of a release comes back to the same graph, and the form without readings has none."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from pyld import jsonld
from rdflib import RDF, Dataset, Graph, URIRef

import planted
from cstokg import namespaces
from cstokg import release as loading
from cstokg.build import canonical, reasoning
from cstokg.build.canonical import DEFAULT_GRAPH
from cstokg.build.sources import Sources
from cstokg.build.sources import read as sources_of
from cstokg.build.writers import dumps
from cstokg.build.writers.export import ExportError
from cstokg.release import Release

CKG = namespaces.CKG
OXIGRAPH = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
}
RDFLIB = {".ttl": "turtle", ".trig": "trig", ".nq": "nquads", ".jsonld": "json-ld", ".rdf": "xml"}
RAPPER = {".ttl": "turtle", ".trig": "trig", ".nq": "nquads", ".rdf": "rdfxml"}
SAME = ("cstokg.ttl", "cstokg.jsonld", "cstokg.rdf")
DATASETS = ("cstokg.trig", "dataset.nq")
OTHERS = ("cstokg-inferred.ttl", "cstokg-with-inferred.ttl", "cstokg-printed.ttl")
ALL = (*SAME, *DATASETS, *OTHERS)


def canonical_lines(quads: Iterable[ox.Quad]) -> list[str]:
    """Return the quads as canonical N-Quads; those of the default graph only where there are no others."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(f"{quad} ." for quad in dataset)


def named(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """Return the quads of named graphs."""
    return [quad for quad in quads if quad.graph_name != ox.DefaultGraph()]


@cache
def by_pyoxigraph(path: Path) -> list[str]:
    quads = ox.parse(path=str(path), format=OXIGRAPH[path.suffix])
    return canonical_lines(named(quads) if path.name in DATASETS else quads)


@cache
def parsed(path: Path) -> Graph:
    return Graph().parse(path, format=RDFLIB[path.suffix])


def by_rdflib(path: Path) -> list[str]:
    if path.name not in DATASETS:
        return canonical.canonical_nquads({DEFAULT_GRAPH: parsed(path)})
    dataset = Dataset()
    dataset.parse(path, format=RDFLIB[path.suffix])
    graphs = {str(graph.identifier): graph for graph in dataset.graphs() if len(graph)}
    return canonical.canonical_nquads(
        {name: graph for name, graph in graphs.items() if name.startswith(namespaces.BASE)}
    )


def by_rapper(path: Path) -> list[str]:
    output = "nquads" if path.name in DATASETS else "ntriples"
    command = ["rapper", "--quiet", "--input", RAPPER[path.suffix], "--output", output, str(path), "urn:base"]
    content = subprocess.run(command, capture_output=True, check=True).stdout
    quads = ox.parse(content, format=ox.RdfFormat.N_QUADS)
    return canonical_lines(named(quads) if path.name in DATASETS else quads)


@pytest.fixture(scope="module")
def asserted(sources: Sources) -> list[str]:
    """Return what the sources assert, as canonical N-Quads."""
    return canonical.canonical_nquads({DEFAULT_GRAPH: sources.merged()})


@pytest.mark.parametrize("name", SAME)
def test_forms_of_what_is_asserted_hold_it(name: str, release: Release, asserted: list[str]) -> None:
    assert by_pyoxigraph(release.folder / name) == asserted


def test_datasets_hold_the_same_graphs(release: Release) -> None:
    one, other = (by_pyoxigraph(release.folder / name) for name in DATASETS)
    assert one == other


def test_form_with_inferred_holds_both(release: Release, asserted: list[str]) -> None:
    inferred = by_pyoxigraph(release.folder / "cstokg-inferred.ttl")
    both = by_pyoxigraph(release.folder / "cstokg-with-inferred.ttl")
    assert both == sorted({*asserted, *inferred})


# rdflib's own parsers use what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("name", ALL)
def test_rdflib_reads_the_same(name: str, release: Release) -> None:
    path = release.folder / name
    assert by_rdflib(path) == by_pyoxigraph(path)


@pytest.mark.skipif(
    shutil.which("rapper") is None and "CI" not in os.environ, reason="rapper is not installed"
)
@pytest.mark.parametrize("name", [name for name in ALL if Path(name).suffix in RAPPER])
def test_rapper_reads_the_same(name: str, release: Release) -> None:
    path = release.folder / name
    assert by_rapper(path) == by_pyoxigraph(path)


def test_pyld_reads_the_same(release: Release) -> None:
    path = release.folder / "cstokg.jsonld"
    document = json.loads(path.read_text(encoding="utf-8"))
    content = jsonld.to_rdf(document, {"format": "application/n-quads"})
    assert canonical_lines(ox.parse(content, format=ox.RdfFormat.N_QUADS)) == by_pyoxigraph(path)


def test_json_ld_reads_as_plain_json(release: Release) -> None:
    """With ids that are paths, local names, lists where there may be several, and names by language."""
    document = json.loads((release.folder / "cstokg.jsonld").read_text(encoding="utf-8"))
    things = {thing["id"]: thing for thing in document["@graph"]}
    lavrov = things["person/lavrov-sergey"]
    assert lavrov["type"] == "Person"
    assert lavrov["prefLabel"] == {"en": "Sergey Lavrov", "ru": "Сергей Лавров"}
    attendance = next(thing for id_, thing in things.items() if id_.endswith("-cfm-lavrov-sergey"))
    assert (attendance["type"], attendance["attendee"]) == ("Attendance", "person/lavrov-sergey")
    (testimony, *_) = attendance["hasTestimony"]
    assert testimony["id"].startswith(f"{attendance['id']}/testimony/")
    assert testimony["basis"].startswith("concept/basis/")
    assert isinstance(testimony["evidence"], list)
    assert testimony["id"] not in things


def test_printed_form_has_no_readings(release: Release, sources: Sources, asserted: list[str]) -> None:
    graph = parsed(release.folder / "cstokg-printed.ttl")
    bases = {str(basis).rpartition("/")[2] for basis in graph.objects(None, URIRef(f"{CKG}basis"))}
    assert bases == {"stated", "implied"}
    readings = set(sources.graphs[f"{namespaces.GRAPH}readings"].subjects(RDF.type, URIRef(f"{CKG}Claim")))
    assert readings
    assert readings.isdisjoint(graph.subjects())
    assert readings.isdisjoint(graph.objects())
    text = (release.folder / "cstokg-printed.ttl").read_text(encoding="utf-8")
    for words in ("a ckg:Conflict ;", 'editorialNote "', "wd:Q", "ckg:rank rank:", "ckg:latitude 4"):
        assert words not in text
    assert set(by_pyoxigraph(release.folder / "cstokg-printed.ttl")) <= set(asserted)
    statements = set(sources.data().subjects(RDF.type, URIRef(f"{CKG}Statement")))
    assert statements <= set(graph.subjects())


def test_dumps_are_the_same_without_a_process_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of the whole project are compared in ``test_hash_seeds``."""
    planted.write(tmp_path)
    # Here, threads of the tests would keep the build from starting the process.
    command = [sys.executable, "-m", "cstokg", "build", "--quiet", "--root", str(tmp_path)]
    subprocess.run(command, check=True)
    made = loading.load(tmp_path / "releases" / loading.CURRENT)
    read = sources_of(tmp_path)
    monkeypatch.setattr(dumps, "_THREADS", Path("/nowhere"))
    writing = dumps.Writing(read.graphs, read.merged())
    writing.begin(reasoning.infer_quickly(read.merged()))
    assert writing._process is None  # noqa: SLF001 - nothing else tells
    for name, content in writing.files().items():
        assert (made.folder / name).read_bytes() == content
    writing.close()


@pytest.mark.parametrize("threads", [0, 1])
def test_what_rdf_xml_cannot_hold_is_refused_from_either_process(threads: int) -> None:
    graph = Graph()
    graph.add((URIRef("urn:x"), URIRef("urn:x/1"), URIRef("urn:x")))
    stop = threading.Event()
    for _ in range(threads):
        threading.Thread(target=stop.wait).start()
    writing = dumps.Writing({"urn:g": graph}, graph)
    try:
        writing.begin(Graph())
        with pytest.raises(ExportError, match="RDF/XML cannot hold"):
            writing.files()
    finally:
        writing.close()
        stop.set()


def test_process_ends_if_the_dumps_are_not_asked_for(sources: Sources) -> None:
    writing = dumps.Writing(sources.graphs, sources.merged())
    writing.begin(Graph())
    writing.close()
    assert writing._process is None or not writing._process.is_alive()  # noqa: SLF001 - nothing else tells
