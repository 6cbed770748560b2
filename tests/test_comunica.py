"""Comunica queries the running server, and is told nothing but its address."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import comunica_client
from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.release import Release
from servers import serving


@pytest.fixture(scope="module")
def comunica() -> Path:
    """Return the folder of Comunica."""
    return comunica_client.install()


@pytest.fixture(scope="module")
def endpoint(release: Release) -> Iterator[str]:
    """Yield the address of a server of the release."""
    with serving("--release", release.folder) as server:
        yield server.endpoint


def test_comunica_finds_out_what_the_address_is(comunica: Path, endpoint: str, engine: Engine) -> None:
    """By the service description; its answers are ours."""
    sparql = f"SELECT ?m WHERE {{ ?m a <{namespaces.CKG}HeldMeeting> }}"
    rows = comunica_client.ask(comunica, endpoint, sparql)
    expected = engine.query(sparql, "text/csv").text.split()[1:]
    assert sorted(row["m"] for row in rows) == sorted(expected)
    assert expected


def test_comunica_reads_a_graph_as_a_file(comunica: Path, endpoint: str, engine: Engine) -> None:
    """The graph store gives Turtle with its media type; the query is then evaluated by Comunica itself."""
    source = endpoint.replace("/sparql", "/graph/wikidata")
    sparql = "SELECT ?s WHERE { ?s <http://www.w3.org/2004/02/skos/core#exactMatch> ?o }"
    rows = comunica_client.ask(comunica, source, sparql)
    graph = f"SELECT ?s {{ GRAPH <{namespaces.GRAPH}wikidata> {{ ?s skos:exactMatch ?o }} }}"
    expected = engine.query(graph, "text/csv").text.split()[1:]
    assert sorted(row["s"] for row in rows) == sorted(expected)
    assert expected
