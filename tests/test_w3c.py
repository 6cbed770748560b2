"""W3C's own tests of SPARQL 1.1: query evaluation, result formats, and the protocol.

They are not part of the project. Their folder is named by CSTOKG_SUITES; the tests are skipped
without it.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
import rdflib
from _pytest.mark.structures import ParameterSet
from rdflib.collection import Collection
from rdflib.term import Node
from werkzeug.test import Client, TestResponse

from cstokg.engine.engine import Engine
from cstokg.errors import UnsupportedQueryError
from site_client import create_app
from w3c_manifests import CNT, HT, MF, SUITES, Case, evaluation_cases, protocol_cases, protocol_manifest
from w3c_results import Solutions, canonical, comparable, parse, read_csv, read_result_set, read_results

# Tests that pyoxigraph alone fails too.
# The engine refuses it, and says why: two calls of BNODE with an argument in one query.
KNOWN_FAILURES = frozenset({"functions/bnode01"})
LEAST_PASSING = 234
MEDIA_TYPES = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".tsv": "text/tab-separated-values",
    ".csv": "text/csv",
}
FORMS = {
    "boolean": {"application/sparql-results+json", "application/sparql-results+xml"},
    "tabular": set(MEDIA_TYPES.values()),
    "RDF": {"text/turtle", "application/rdf+xml", "application/n-triples"},
}
FOAF_DOCUMENT = "http://xmlns.com/foaf/0.1/Document"


def parameters(cases: Callable[[], Iterable[ParameterSet]]) -> list[ParameterSet]:
    """Return the tests of the suites, or a place in the report for their absence."""
    if SUITES.is_dir():
        return list(cases())
    absent = pytest.mark.skip(reason="the W3C suites are not here; name their folder in CSTOKG_SUITES")
    return [pytest.param(None, marks=absent, id="absent")]


def evaluation_parameters() -> Iterator[ParameterSet]:
    """One parameter a test; those known to fail have to fail, or the list is out of date."""
    for case in evaluation_cases():
        known = [pytest.mark.xfail(raises=UnsupportedQueryError)] if case.name in KNOWN_FAILURES else []
        yield pytest.param(case, marks=known, id=case.name)


def engine_over(case: Case, path: Path) -> Engine:
    """Return an engine over the data of a test, written as one file of quads."""
    quads = [quad for file in case.data for quad in parse(file, ox.DefaultGraph())]
    quads += [quad for file in case.graphs for quad in parse(file, ox.NamedNode(file.as_uri()))]
    path.write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    return Engine.from_files([path])


@pytest.mark.parametrize("case", parameters(evaluation_parameters))
def test_query_evaluation(case: Case, tmp_path: Path) -> None:
    """The answer, in the format of the expected one, says the same."""
    engine = engine_over(case, tmp_path / "data.nq")
    sparql = f"BASE <{case.query.as_uri()}>\n{case.query.read_text(encoding='utf-8')}"
    suffix = case.result.suffix
    if suffix == ".csv":
        assert read_csv(engine.query(sparql, "text/csv").text) == read_csv(case.result.read_text())
        return
    if suffix == ".ttl":
        solutions = read_result_set(case.result)
        if solutions is None:
            graph = ox.parse(engine.query(sparql, "text/turtle").body, format=ox.RdfFormat.TURTLE)
            assert canonical(graph) == canonical(parse(case.result, ox.DefaultGraph()))
            return
        expected: bool | Solutions = solutions
        suffix = ".srj"
    else:
        expected = read_results(case.result.read_bytes(), suffix)
    found = read_results(engine.query(sparql, MEDIA_TYPES[suffix]).body, suffix)
    if isinstance(expected, bool) or isinstance(found, bool):
        assert found == expected
    else:
        assert comparable(found) == comparable(expected)


@pytest.mark.skipif(not SUITES.is_dir(), reason="the W3C suites are not here")
def test_enough_evaluation_tests_pass() -> None:
    """No fewer than the engine's library passes alone."""
    names = {case.name for case in evaluation_cases()}
    assert names >= KNOWN_FAILURES
    assert len(names - KNOWN_FAILURES) >= LEAST_PASSING


def protocol_parameters() -> Iterator[ParameterSet]:
    """One parameter a test."""
    for name, requests in protocol_cases():
        yield pytest.param(requests, id=name)


@pytest.fixture
def endpoint(tmp_path: Path) -> Client:
    """Return a client of an endpoint that has the graphs the protocol tests speak of."""
    path = tmp_path / "data.nq"
    with path.open("w") as file:
        for number in (1, 2, 3):
            iri = f"http://kasei.us/2009/09/sparql/data/data{number}.rdf"
            file.write(f"<{iri}> <{rdflib.RDF.type}> <{FOAF_DOCUMENT}> <{iri}> .\n")
    return create_app(Engine.from_files([path])).test_client()


@pytest.mark.parametrize("requests", parameters(protocol_parameters))
def test_protocol(requests: tuple[Node, ...], endpoint: Client) -> None:
    """Each request gets a response of the expected status, format and truth."""
    manifest = protocol_manifest()
    for request in requests:
        response = send(endpoint, manifest, request)
        expected = manifest.value(request, HT.resp)
        statuses = {str(node)[-3] for node in manifest.objects(expected, MF.expectedStatus)}
        assert str(response.status_code)[0] in statuses, response.get_data(as_text=True)
        form = manifest.value(expected, MF.expectedFormat)
        if form is not None:
            assert response.mimetype in FORMS[str(form)]
        truth = manifest.value(expected, MF.expectedBoolean)
        if truth is not None:
            assert json.loads(response.data)["boolean"] is (str(truth) == "true")


def send(client: Client, manifest: rdflib.Graph, request: Node) -> TestResponse:
    """Send a request of the manifest, and return the response."""
    address = urlsplit(str(manifest.value(request, HT.absolutePath)))
    body = manifest.value(request, HT.body)
    data = None
    if body is not None:
        encoding = str(manifest.value(body, CNT.characterEncoding))
        data = str(manifest.value(body, CNT.chars)).encode(encoding)
    listed = manifest.value(request, HT.headers)
    headers = {
        str(manifest.value(header, HT.fieldName)): str(manifest.value(header, HT.fieldValue))
        for header in (Collection(manifest, listed) if listed else ())
    }
    return client.open(
        f"/sparql?{address.query}",
        method=str(manifest.value(request, HT.methodName)),
        data=data,
        headers=headers,
    )
