"""W3C's own tests of SPARQL 1.1: query evaluation, result formats, and the protocol.

They are not part of the project. Their folder is named by CSTOKG_SUITES; the tests are skipped
without it.
"""

import csv
import functools
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest
import rdflib
from _pytest.mark.structures import ParameterSet
from flask.testing import FlaskClient
from rdflib import XSD, Namespace, URIRef
from rdflib.collection import Collection
from rdflib.term import Node
from werkzeug.test import TestResponse

from cstokg.engine import Engine
from cstokg.web import create_app

SUITES = Path(os.environ.get("CSTOKG_SUITES", Path(__file__).parents[2] / "shared" / "suites")) / "sparql11"
MANIFESTS = ("manifest-sparql11-query.ttl", "manifest-sparql11-results.ttl")

# What pyoxigraph alone gets wrong as well.
KNOWN_FAILURES = frozenset(
    {
        "aggregates/agg-empty-group-count-graph",
        "aggregates/agg-groupconcat-04",
        "aggregates/agg-groupconcat-06",
        "bindings/graph",
        "csv-tsv-res/tsv03",
        "functions/bnode01",
        "negation/graph-minus",
        "property-path/zero_or_more_set_end",
        "property-path/zero_or_more_set_start",
        "property-path/zero_or_one_set_end",
        "property-path/zero_or_one_set_start",
    }
)
LEAST_PASSING = 224

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
HT = Namespace("http://www.w3.org/2011/http#")
CNT = Namespace("http://www.w3.org/2011/content#")
EVALUATION = (MF.QueryEvaluationTest, MF.CSVResultFormatTest)
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
READ_ONLY = ("query_", "bad_")


@dataclass(frozen=True)
class Case:
    """An evaluation test: its files, the named graphs among them, and the result."""

    name: str
    query: Path
    data: tuple[Path, ...]
    graphs: tuple[Path, ...]
    result: Path


def path_of(node: Node | None) -> Path:
    """The file that a manifest's IRI names."""
    return Path(urlsplit(str(node)).path)


def read_manifest(path: Path) -> rdflib.Graph:
    """A manifest, its relative IRIs resolved against its own place."""
    return rdflib.Graph().parse(path, publicID=path.as_uri())


def evaluation_cases() -> Iterator[Case]:
    """The evaluation tests of every manifest that is included and present."""
    for top in MANIFESTS:
        manifest = read_manifest(SUITES / top)
        included = manifest.value(URIRef((SUITES / top).as_uri()), MF.include)
        for entry in Collection(manifest, included) if included else ():
            if path_of(entry).is_file():
                yield from cases_of(path_of(entry))


def cases_of(path: Path) -> Iterator[Case]:
    """The evaluation tests of one manifest, in its order."""
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
    """The name and the requests of each protocol test that concerns a read-only endpoint."""
    manifest = protocol_manifest()
    for test in manifest.subjects(rdflib.RDF.type, MF.ProtocolTest):
        name = str(test).partition("#")[2]
        requests = manifest.value(manifest.value(test, MF.action), HT.requests)
        if name.startswith(READ_ONLY) and requests:
            yield name, tuple(Collection(manifest, requests))


@functools.cache
def protocol_manifest() -> rdflib.Graph:
    """The manifest of the protocol tests, read once: its blank nodes name the requests."""
    return read_manifest(SUITES / "protocol" / "manifest.ttl")


def parameters(cases: Callable[[], Iterable[ParameterSet]]) -> list[ParameterSet]:
    """The tests of the suites, or a place in the report for their absence."""
    if SUITES.is_dir():
        return list(cases())
    absent = pytest.mark.skip(reason="the W3C suites are not here; name their folder in CSTOKG_SUITES")
    return [pytest.param(None, marks=absent, id="absent")]


def evaluation_parameters() -> Iterator[ParameterSet]:
    """One parameter a test; those known to fail have to fail, or the list is out of date."""
    for case in evaluation_cases():
        known = [pytest.mark.xfail(raises=AssertionError)] if case.name in KNOWN_FAILURES else []
        yield pytest.param(case, marks=known, id=case.name)


def engine_over(case: Case, path: Path) -> Engine:
    """An engine over the data of a test, written as one file of quads."""
    quads = [quad for file in case.data for quad in parse(file, ox.DefaultGraph())]
    quads += [quad for file in case.graphs for quad in parse(file, ox.NamedNode(file.as_uri()))]
    path.write_bytes(ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b"")
    return Engine.from_files([path])


def parse(file: Path, graph: ox.NamedNode | ox.DefaultGraph) -> Iterator[ox.Quad]:
    """The triples of a file, in a graph."""
    for quad in ox.parse(path=file, base_iri=file.as_uri(), rename_blank_nodes=True):
        yield ox.Quad(quad.subject, quad.predicate, quad.object, graph)


Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Solutions = list[dict[str, Term]]
VALUES: dict[str, Callable[[str], object]] = {
    str(XSD.integer): int,
    str(XSD.decimal): lambda text: Decimal(text).normalize(),
    str(XSD.double): float,
    str(XSD.float): float,
    str(XSD.boolean): lambda text: text in ("true", "1"),
}


def read_results(body: bytes, suffix: str) -> bool | Solutions:
    """Results in one of the SPARQL result formats."""
    results = ox.parse_query_results(body, format=ox.QueryResultsFormat.from_extension(suffix[1:]))
    if isinstance(results, ox.QueryBoolean):
        return bool(results)
    columns = [variable.value for variable in results.variables]
    return [
        {name: same_value(term) for name in columns if (term := solution[name]) is not None}
        for solution in results
    ]


def read_result_set(file: Path) -> Solutions | None:
    """Solutions written in the vocabulary for result sets; None if the file holds a graph."""
    graph = rdflib.Graph().parse(file, publicID=file.as_uri())
    solutions: Solutions = []
    for solution in graph.objects(None, RS.solution):
        pairs = [
            (graph.value(binding, RS.variable), graph.value(binding, RS.value))
            for binding in graph.objects(solution, RS.binding)
        ]
        solutions.append({str(name): same_value(ground(value)) for name, value in pairs})
    return solutions or None


def ground(node: Node | None) -> Term:
    """An IRI or a literal of rdflib's as the engine's library has it."""
    if isinstance(node, rdflib.Literal):
        datatype = ox.NamedNode(str(node.datatype or XSD.string))
        return (
            ox.Literal(str(node), language=node.language)
            if node.language
            else ox.Literal(str(node), datatype=datatype)
        )
    return ox.NamedNode(str(node))


def same_value(term: Term) -> Term:
    """A term that equal numbers and booleans share, however they are written."""
    if not isinstance(term, ox.Literal) or term.datatype.value not in VALUES:
        return term
    return ox.Literal(str(VALUES[term.datatype.value](term.value)), datatype=term.datatype)


def comparable(solutions: Solutions) -> tuple[Counter[str], object]:
    """Solutions without blank nodes as a multiset, and the others up to the names of their blank nodes."""
    ground: Counter[str] = Counter()
    quads = []
    for solution in solutions:
        if any(isinstance(term, ox.BlankNode) for term in solution.values()):
            row = ox.BlankNode()
            quads += [ox.Quad(row, ox.NamedNode(f"var:{name}"), term) for name, term in solution.items()]
        else:
            ground[str(sorted((name, str(term)) for name, term in solution.items()))] += 1
    return ground, canonical(quads)


def canonical(quads: Iterable[ox.Quad]) -> frozenset[ox.Quad]:
    """Quads with canonical names of blank nodes."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return frozenset(dataset)


def read_csv(text: str) -> Counter[str]:
    """The rows of CSV by column name; a blank node's name says nothing."""
    rows = csv.DictReader(text.splitlines())
    return Counter(str(sorted((name, csv_value(value)) for name, value in row.items())) for row in rows)


def csv_value(text: str) -> str:
    """A text that equal numbers share."""
    try:
        return str(Decimal(text).normalize())
    except InvalidOperation:
        return "_:" if text.startswith("_:") else text


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
def endpoint(tmp_path: Path) -> FlaskClient:
    """A client of an endpoint that has the graphs the protocol tests speak of."""
    path = tmp_path / "data.nq"
    with path.open("w") as file:
        for number in (1, 2, 3):
            iri = f"http://kasei.us/2009/09/sparql/data/data{number}.rdf"
            file.write(f"<{iri}> <{rdflib.RDF.type}> <{FOAF_DOCUMENT}> <{iri}> .\n")
    return create_app(Engine.from_files([path])).test_client()


@pytest.mark.parametrize("requests", parameters(protocol_parameters))
def test_protocol(requests: tuple[Node, ...], endpoint: FlaskClient) -> None:
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


def send(client: FlaskClient, manifest: rdflib.Graph, request: Node) -> TestResponse:
    """The response to a request of the manifest."""
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
