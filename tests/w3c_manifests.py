"""Read the manifests of W3C's SPARQL 1.1 tests."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import rdflib
from rdflib import Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

import installed

SUITES = installed.folder("CSTOKG_SUITES") / "sparql11"
MANIFESTS = ("manifest-sparql11-query.ttl", "manifest-sparql11-results.ttl")
READ_ONLY = ("query_", "bad_")

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
EVALUATION = (MF.QueryEvaluationTest, MF.CSVResultFormatTest)


@dataclass(frozen=True)
class Case:
    """An evaluation test: its files, the named graphs among them, and the result."""

    name: str
    query: Path
    data: tuple[Path, ...]
    graphs: tuple[Path, ...]
    result: Path


def path_of(node: Node | None) -> Path:
    """Return the file that a manifest's IRI names."""
    return Path(urlsplit(str(node)).path)


def read_manifest(path: Path) -> rdflib.Graph:
    """Return a manifest, its relative IRIs resolved against its own place."""
    return rdflib.Graph().parse(path, publicID=path.as_uri())


def evaluation_cases() -> Iterator[Case]:
    """Yield the evaluation tests of every manifest that is included and present."""
    for top in MANIFESTS:
        manifest = read_manifest(SUITES / top)
        included = manifest.value(URIRef((SUITES / top).as_uri()), MF.include)
        for entry in Collection(manifest, included) if included else ():
            if path_of(entry).is_file():
                yield from cases_of(path_of(entry))


def cases_of(path: Path) -> Iterator[Case]:
    """Yield the evaluation tests of one manifest, in its order."""
    manifest = read_manifest(path)
    entries = manifest.value(URIRef(path.as_uri()), MF.entries)
    assert entries is not None
    for test in Collection(manifest, entries):
        if manifest.value(test, rdflib.RDF.type) in EVALUATION:
            action = manifest.value(test, MF.action)
            yield Case(
                f"{path.parent.name}/{str(test).partition('#')[2]}",
                path_of(manifest.value(action, QT.query)),
                tuple(path_of(node) for node in manifest.objects(action, QT.data)),
                tuple(path_of(node) for node in manifest.objects(action, QT.graphData)),
                path_of(manifest.value(test, MF.result)),
            )


def protocol_cases() -> Iterator[tuple[str, tuple[Node, ...]]]:
    """Yield the name and the requests of each protocol test that concerns a read-only endpoint."""
    manifest = protocol_manifest()
    for test in manifest.subjects(rdflib.RDF.type, MF.ProtocolTest):
        name = str(test).partition("#")[2]
        requests = manifest.value(manifest.value(test, MF.action), HT.requests)
        if name.startswith(READ_ONLY) and requests:
            yield name, tuple(Collection(manifest, requests))


@functools.cache
def protocol_manifest() -> rdflib.Graph:
    """Return the manifest of the protocol tests, read once: its blank nodes name the requests."""
    return read_manifest(SUITES / "protocol" / "manifest.ttl")
