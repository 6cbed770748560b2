"""Graphs are read by the Graph Store Protocol of SPARQL 1.1."""

from pathlib import Path

import pytest
import rdflib
from werkzeug.test import Client

from cstokg import namespaces
from cstokg.engine.engine import Engine
from protocol_client import BROWSER, problem
from site_client import create_app

ONE = "http://example.org/one"
OURS = f"{namespaces.GRAPH}articles/here-2021"


@pytest.mark.parametrize(
    ("address", "triples"),
    [
        (f"/graphs?graph={ONE}", 1),
        ("/graphs?default", 4),
        (f"/graphs?graph={OURS}", 1),
        ("/graph/articles/here-2021", 1),
    ],
)
def test_graph_is_read(small_client: Client, address: str, triples: int) -> None:
    turtle = {"Accept": "text/turtle"}
    response = small_client.get(address, headers=turtle)
    assert response.content_type == "text/turtle; charset=utf-8"
    assert len(rdflib.Graph().parse(data=response.data, format="turtle")) == triples
    tag = response.headers["ETag"]
    assert small_client.head(address, headers=turtle).headers["ETag"] == tag
    assert small_client.get(address, headers={"If-None-Match": tag, **turtle}).status_code == 304
    other = small_client.get(address, headers={"Accept": "application/n-triples"})
    assert len(other.text.splitlines()) == triples


@pytest.mark.parametrize("address", ["/graphs?graph=http://example.org/none", "/graph/none"])
def test_graph_that_does_not_exist_is_not_found_again_and_again(small_client: Client, address: str) -> None:
    for _ in range(2):
        response = small_client.get(address, headers={"Accept": "text/turtle"})
        assert response.status_code == 404
        assert str(problem(response)["type"]).endswith("not-found")


@pytest.mark.parametrize(
    ("address", "nearest"),
    [
        (f"/graphs?graph={OURS[:-1]}2", [OURS]),
        ("/graph/here-2021", [OURS]),
        (f"/graphs?graph={ONE}s", [ONE]),
        ("/graphs?graph=urn:x", []),
    ],
)
def test_the_nearest_graphs_are_named(small_client: Client, address: str, nearest: list[str]) -> None:
    response = small_client.get(address, headers={"Accept": "text/turtle"})
    assert problem(response)["nearest"] == nearest


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("address", ["/graphs?default", "/graph/articles/here-2021"])
def test_graphs_cannot_be_written(small_client: Client, method: str, address: str) -> None:
    response = small_client.open(address, method=method, data="", content_type="text/turtle")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert small_client.options(address).headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "query",
    ["", "graph=relative", "graph=a%20b:c", f"graph={ONE}&graph={ONE}", f"default&graph={ONE}", "graph=%FF"],
)
def test_one_graph_has_to_be_named_by_an_absolute_iri(small_client: Client, query: str) -> None:
    assert small_client.get(f"/graphs?{query}").status_code == 400


def test_iri_of_a_graph_cannot_become_another_query(small_client: Client) -> None:
    sparql = "x:y> { ?s ?p ?o } } #"
    assert small_client.get("/graphs", query_string={"graph": sparql}).status_code == 400
    path = small_client.get("/graph/x>%20{%20?s%20?p%20?o%20}%20}%20%23", headers={"Accept": "text/turtle"})
    assert path.status_code in (400, 404)


def test_formats_without_graphs_are_refused_for_a_graph(small_client: Client) -> None:
    response = small_client.get("/graphs?default", headers={"Accept": "text/csv"})
    assert response.status_code == 406
    assert "text/turtle" in str(problem(response)["detail"])


def test_format_that_cannot_hold_a_triple_term_is_refused_for_a_graph(tmp_path: Path) -> None:
    path = tmp_path / "terms.ttl"
    path.write_text("<urn:s> <urn:p> <<( <urn:s> <urn:p> <urn:o> )>> .")
    with create_app(Engine.from_files([path])).test_client() as client:
        response = client.get("/graphs?default", headers={"Accept": "application/rdf+xml"})
    assert response.status_code == 406
    assert "text/turtle" in str(problem(response)["detail"])


def test_graph_of_ours_has_a_page_for_people(small_client: Client) -> None:
    assert small_client.get("/graphs?default", headers=BROWSER).mimetype == "text/turtle"
    assert small_client.get("/graph/articles/here-2021", headers=BROWSER).mimetype == "text/html"
