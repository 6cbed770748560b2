"""Answers are kept, compressed and validated without being evaluated again."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from cstokg.engine.answers import Cancelled
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Answer
from protocol_client import SELECT, get, write
from site_client import create_app


class Counting(Engine):
    """An engine that counts what it is asked."""

    asked = 0

    def query(
        self,
        sparql: str,
        media_type: object,
        default_graphs: object = (),
        named_graphs: object = (),
        *,
        spreadsheet: bool = False,
        timeout: float | None = None,
        cancelled: Cancelled | None = None,
    ) -> Answer:
        """The answer of the engine itself."""
        type(self).asked += 1
        return super().query(
            sparql,
            media_type,  # type: ignore[arg-type]
            default_graphs,  # type: ignore[arg-type]
            named_graphs,  # type: ignore[arg-type]
            spreadsheet=spreadsheet,
            timeout=timeout,
            cancelled=cancelled,
        )


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A client of an application whose engine counts."""
    Counting.asked = 0
    with create_app(Counting.from_files([write(tmp_path)])).test_client() as client:
        yield client


def test_same_request_is_evaluated_once(client: Client) -> None:
    """By GET and by HEAD; in another format, and by other methods, once more."""
    first = get(client, SELECT)
    assert get(client, SELECT).data == first.data
    assert client.head("/sparql", query_string={"query": SELECT}).headers["ETag"] == first.headers["ETag"]
    assert Counting.asked == 1
    get(client, SELECT, "text/csv")
    assert Counting.asked == 2
    for method in ("POST", "QUERY", "POST"):
        response = client.open("/sparql", method=method, data=SELECT, content_type="application/sparql-query")
        assert response.data == first.data
    assert Counting.asked == 3


def test_entity_tag_is_known_before_evaluation(client: Client) -> None:
    """A client that has the answer costs nothing, whatever the cache holds."""
    tag = get(client, SELECT).headers["ETag"]
    assert tag.startswith('"')
    asked = Counting.asked
    # The timeout makes another key for the cache, and no other answer.
    for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"other", W/{tag}'}):
        for method in ("GET", "HEAD"):
            response = client.open(
                "/sparql", method=method, query_string={"query": SELECT, "timeout": "5"}, headers=headers
            )
            assert response.status_code == 304
            assert response.data == b""
            assert response.headers["ETag"] == tag
            assert response.headers["Vary"] == "Accept, Accept-Encoding"
            assert "Content-Type" not in response.headers
    assert Counting.asked == asked


def test_304_by_query_method_and_from_the_cache(client: Client) -> None:
    """QUERY is safe, so its answers can be validated; those of POST cannot."""
    arguments = {"data": SELECT, "content_type": "application/sparql-query"}
    tag = client.open("/sparql", method="QUERY", **arguments).headers["ETag"]  # type: ignore[arg-type]
    for method, status in (("QUERY", 304), ("POST", 200)):
        response = client.open(
            "/sparql",
            method=method,
            headers={"If-None-Match": tag},
            **arguments,  # type: ignore[arg-type]
        )
        assert response.status_code == status
    assert client.get(
        "/sparql", query_string={"query": SELECT}, headers={"If-None-Match": tag}
    ).status_code in (200, 304)
    assert Counting.asked <= 2


def test_tag_depends_on_everything(client: Client) -> None:
    """Query, graphs, format and coding; nothing else."""
    graph = "http://example.org/one"
    requests: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"query": SELECT}, {}),
        ({"query": SELECT + " "}, {}),
        ({"query": SELECT, "default-graph-uri": graph}, {}),
        ({"query": SELECT, "named-graph-uri": graph}, {}),
        ({"query": SELECT}, {"Accept": "text/csv"}),
        ({"query": SELECT, "format": "csv-excel"}, {}),
        ({"query": SELECT}, {"Accept-Encoding": "gzip"}),
    ]
    tags = [
        client.get("/sparql", query_string=query, headers=headers).headers["ETag"]
        for query, headers in requests
    ]
    assert len(set(tags)) == len(tags)
    again = client.get("/sparql", query_string={"query": SELECT}, headers={"User-Agent": "other"})
    assert again.headers["ETag"] == tags[0]


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT (NOW() AS ?now) {}",
        "SELECT (rand ( ) AS ?x) {}",
        "SELECT (UUID # and\n () AS ?x) {}",
        "SELECT (STRUUID() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "CONSTRUCT { _:new ?p ?o } WHERE { ?s ?p ?o }",
        "CONSTRUCT { [] ?p ?o } WHERE { ?s ?p ?o }",
        'CONSTRUCT { ?s ?p "}" . [] ?p ?o } WHERE { ?s ?p ?o }',
        "CONSTRUCT { <http://example.org/> ?p (1 2) } WHERE { ?s ?p ?o }",
    ],
)
def test_answers_that_may_differ_are_not_kept(client: Client, sparql: str) -> None:
    """They have no entity tag, and each request is evaluated."""
    for _ in range(2):
        response = get(client, sparql)
        assert response.status_code == 200
        assert "ETag" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"
    assert Counting.asked == 2


def test_problems_are_not_kept(client: Client) -> None:
    """Neither here nor anywhere, and nobody has one already."""
    for _ in range(2):
        response = client.get(
            "/sparql", query_string={"query": "SELECT"}, headers={"If-None-Match": '*, "x"'}
        )
        assert response.status_code == 400
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers


def test_large_answers_are_compressed_for_who_takes_it(client: Client) -> None:
    """The same bytes each time; small answers stay as they are."""
    sparql = 'SELECT (CONCAT("' + "word " * 400 + '", STR(?o)) AS ?x) { ?s ?p ?o } ORDER BY ?x'
    query = {"query": sparql}
    plain = client.get("/sparql", query_string=query)
    assert "Content-Encoding" not in plain.headers
    packed = client.get("/sparql", query_string=query, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert packed.headers["ETag"] != plain.headers["ETag"]
    again = client.get("/sparql", query_string=query, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert again.data == packed.data
    small = client.get("/sparql", query_string={"query": "ASK {}"}, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


def test_spreadsheets_get_a_mark_and_no_formulas(client: Client) -> None:
    """Numbers stay numbers; the standard's CSV stays as the standard says."""
    excel = get(client, SELECT, format="csv-excel")
    assert excel.content_type == "text/csv; charset=utf-8"
    lines = excel.get_data(as_text=True).split("\r\n")
    assert lines[0] == "\ufeffo"
    assert "'=1+1" in lines
    assert "-4.5" in lines
    plain = get(client, SELECT, "text/csv").get_data(as_text=True)
    assert plain.startswith("o\r\n")
    assert "\r\n=1+1\r\n" in plain
    assert get(client, "CONSTRUCT WHERE { ?s ?p ?o }", format="csv-excel").status_code == 406
