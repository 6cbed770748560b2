"""The service describes itself and its data."""

import json
from pathlib import Path

import pytest
from rdflib import DCAT, RDF, RDFS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import VOID
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.release import FILES, Release
from cstokg.settings import Serving
from protocol_client import CountingEngine, write
from site_client import create_app

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
ENDPOINT = URIRef("http://localhost/sparql")
DATASET = URIRef(namespaces.DATASET)


@pytest.mark.parametrize(
    ("accept", "media_type", "syntax"),
    [
        (None, "text/turtle", "turtle"),
        ("*/*", "text/turtle", "turtle"),
        ("application/rdf+xml", "application/rdf+xml", "xml"),
        ("application/n-triples", "application/n-triples", "nt"),
    ],
)
def test_service_description(client: Client, accept: str | None, media_type: str, syntax: str) -> None:
    """At the endpoint itself, without a query, in the formats for graphs."""
    response = client.get("/sparql", headers={"Accept": accept} if accept else {})
    assert response.mimetype == media_type
    graph = Graph().parse(data=response.data, format=syntax)
    assert (ENDPOINT, RDF.type, SD.Service) in graph
    assert graph.value(ENDPOINT, SD.endpoint) == ENDPOINT
    assert (ENDPOINT, SD.supportedLanguage, SD.SPARQL11Query) in graph
    dataset = graph.value(ENDPOINT, SD.defaultDataset)
    named = {graph.value(part, SD.name) for part in graph.objects(dataset, SD.namedGraph)}
    assert URIRef(namespaces.METADATA) in named
    default = graph.value(dataset, SD.defaultGraph)
    count = client.get("/sparql?query=SELECT(COUNT(*) AS ?n){?s ?p ?o}&format=csv").get_data(as_text=True)
    assert graph.value(default, VOID.triples) == Literal(int(count.split()[1]))
    has = {"If-None-Match": response.headers["ETag"], **({"Accept": accept} if accept else {})}
    assert client.get("/sparql", headers=has).status_code == 304


def test_every_format_is_announced(client: Client) -> None:
    """Under the names that the W3C gave them."""
    graph = Graph().parse(data=client.get("/sparql").data, format="turtle")
    assert len(set(graph.objects(ENDPOINT, SD.resultFormat))) == 10


def test_strange_hosts_do_no_harm(client: Client) -> None:
    """Whatever a client calls the server, the description is well formed."""
    response = client.get("/sparql", headers={"Host": 'a"> <b'})
    if response.status_code == 200:
        Graph().parse(data=response.data, format="turtle")
    assert response.status_code in (200, 400)


def test_hosts_share_the_answers_that_their_descriptions_need(tmp_path: Path) -> None:
    """Or a client that names many hosts would keep the workers busy."""
    CountingEngine.asked = 0
    with create_app(CountingEngine.from_files([write(tmp_path)])).test_client() as client:
        for number in range(5):
            for path in ("/sparql", "/.well-known/void"):
                described = client.get(path, headers={"Host": f"host{number}.example"}).get_data(as_text=True)
                assert f"<http://host{number}.example/sparql>" in described
    assert CountingEngine.asked == 3


def test_data_with_many_graphs_have_a_description(tmp_path: Path) -> None:
    path = tmp_path / "many.nq"
    path.write_text(
        "".join(f"<http://x/s> <http://x/p> '' <http://x/{'g' * 50}{i}> .\n" for i in range(20_000)).replace(
            "'", '"'
        )
    )
    with create_app(Engine.from_files([path])).test_client() as client:
        for address in ("/sparql", "/.well-known/void"):
            response = client.get(address)
            assert response.status_code == 200
            assert len(response.data) < 1_000_000
            assert response.text.count("/gggg") == 1_000
            (comment,) = Graph().parse(data=response.data, format="turtle").objects(None, RDFS.comment)
            assert "first 1,000 named graphs" in str(comment)
        assert client.get("/limits").get_json()["described_graphs"]["value"] == 1_000


def test_no_graphs_are_said_to_be_left_out_where_all_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "one.nq"
    path.write_text("<http://x/s> <http://x/p> <http://x/o> <http://x/g> .\n")
    with create_app(Engine.from_files([path]), settings=Serving(described_graphs=1)).test_client() as client:
        for address in ("/sparql", "/.well-known/void"):
            assert not list(
                Graph().parse(data=client.get(address).data, format="turtle").objects(None, RDFS.comment)
            )


def test_dataset_description(client: Client, release: Release) -> None:
    """VoID and DCAT at the well-known address, with every file's size and checksum."""
    response = client.get("/.well-known/void")
    graph = Graph().parse(data=response.data, format="turtle")
    assert (DATASET, RDF.type, VOID.Dataset) in graph
    assert (DATASET, VOID.sparqlEndpoint, ENDPOINT) in graph
    assert len(set(graph.objects(DATASET, VOID.classPartition))) > 20
    assert any(graph.subjects(RDF.type, VOID.Linkset))
    manifest = json.loads((release.folder / "release.json").read_text())
    files = set()
    for distribution in graph.objects(DATASET, DCAT.distribution):
        address = graph.value(distribution, DCAT.downloadURL)
        name = str(address).removeprefix(f"{namespaces.BASE}downloads/")
        files.add(name)
        assert graph.value(distribution, DCAT.mediaType)
        assert int(str(graph.value(distribution, DCAT.byteSize))) == manifest["files"][name]["bytes"]
        checksum = graph.value(distribution, SPDX.checksum)
        assert str(graph.value(checksum, SPDX.checksumValue)) == manifest["files"][name]["sha256"]
        download = client.get(str(address).removeprefix(namespaces.BASE[:-1]), buffered=True)
        assert len(download.data) == manifest["files"][name]["bytes"]
    assert files == {name for name, file in FILES.items() if file.title}
    assert client.post("/.well-known/void").status_code == 405
    assert client.get("/.well-known/void", headers={"Accept": "text/csv"}).status_code == 406


def test_editors_find_prefixes_questions_and_classes(client: Client) -> None:
    """The queries that SIB's editor starts with: none comes back empty."""
    for sparql in (
        "SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix }",
        "SELECT ?query { ?sq a sh:SPARQLExecutable ; sh:select|sh:ask|sh:construct|sh:describe ?query }",
        "SELECT ?comment { ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment }",
        "SELECT ?class ?prop { [] void:class ?class ; void:propertyPartition/void:property ?prop }",
    ):
        text = client.get("/sparql", query_string={"query": sparql, "format": "csv"}).get_data(as_text=True)
        assert len(text.splitlines()) > 20
