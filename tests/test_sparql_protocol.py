"""The endpoint speaks the SPARQL 1.1 Protocol."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.web import protocol
from protocol_client import BROWSER, get, problem
from site_client import create_app

DATA = """\
<http://example.org/s> <http://example.org/p> "<script>alert(1)</script>"@en <http://example.org/one> .
<http://example.org/s> <http://example.org/p> <javascript:alert(1)> .
<http://example.org/s> <http://example.org/p> <http://example.org/o?a=1&b=2> .
<http://example.org/s> <http://example.org/p> "42"^^<http://www.w3.org/2001/XMLSchema#integer> .
"""
SELECT = "SELECT ?o WHERE { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    """A client of an application over a small file."""
    path = tmp_path / "data.nq"
    path.write_text(DATA)
    with create_app(Engine.from_files([path])).test_client() as client:
        yield client


@pytest.mark.parametrize(
    ("sparql", "accept", "expected"),
    [
        (SELECT, "*/*", "application/sparql-results+json"),
        (SELECT, "application/json", "application/json"),
        (SELECT, "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "text/*", "text/csv"),
        (SELECT, "text/csv;q=0.5, text/tab-separated-values", "text/tab-separated-values"),
        (SELECT, "text/turtle, text/csv;q=0.1", "text/csv"),
        (SELECT, "application/sparql-results+json;q=0, */*;q=0.1", "application/sparql-results+xml"),
        (CONSTRUCT, "*/*", "text/turtle"),
        (CONSTRUCT, "application/sparql-results+json, application/ld+json;q=0.5", "application/ld+json"),
        (CONSTRUCT, "application/*", "application/n-triples"),
        ("ASK {}", "text/html;q=0.5, application/sparql-results+xml", "application/sparql-results+xml"),
    ],
)
def test_accept_decides(client: Client, sparql: str, accept: str, expected: str) -> None:
    """By quality, wildcards too; then our order of preference."""
    response = get(client, sparql, accept)
    assert response.status_code == 200
    assert response.mimetype == expected


@pytest.mark.parametrize(
    ("name", "sparql", "expected"),
    [
        ("csv", SELECT, "text/csv"),
        ("json", SELECT, "application/sparql-results+json"),
        ("turtle", CONSTRUCT, "text/turtle"),
        ("application/n-triples", CONSTRUCT, "application/n-triples"),
        ("html", SELECT, "text/html"),
    ],
)
def test_format_parameter_outranks_accept(client: Client, name: str, sparql: str, expected: str) -> None:
    """People choose in the form, whatever their browser accepts; a saved file gets a name."""
    response = client.get("/sparql", query_string={"query": sparql, "format": name}, headers=BROWSER)
    assert response.mimetype == expected
    assert ("Content-Disposition" in response.headers) == (expected != "text/html")


@pytest.mark.parametrize(
    ("arguments", "status", "name"),
    [
        ({"headers": {"Accept": "application/sparql-results+json"}}, 400, "missing-query"),
        ({"method": "POST", "data": {"format": "json"}}, 400, "missing-query"),
        ({"query_string": {"query": " "}}, 400, "missing-query"),
        ({"query_string": {"query": "SELECT"}}, 400, "malformed-query"),
        ({"query_string": "query=ASK{}&query=ASK{}"}, 400, "bad-parameter"),
        ({"query_string": {"query": "ASK {}", "format": "docx"}}, 400, "bad-parameter"),
        ({"query_string": "query=%FF"}, 400, "unreadable-text"),
        ({"query_string": {"query": "ASK {}", "default-graph-uri": "x y"}}, 400, "bad-parameter"),
        ({"query_string": {"update": "CLEAR ALL"}}, 403, "update-refused"),
        ({"query_string": {"query": "CLEAR ALL"}}, 403, "update-refused"),
        ({"query_string": {"query": "ASK { SERVICE <x:y> {} }"}}, 403, "service-refused"),
        (
            {"method": "POST", "data": "CLEAR ALL", "content_type": "application/sparql-update"},
            403,
            "update-refused",
        ),
        ({"method": "POST", "data": {"update": "CLEAR ALL"}}, 403, "update-refused"),
        ({"method": "POST", "data": "ASK {}"}, 415, "unsupported-media-type"),
        ({"method": "POST", "data": "ASK {}", "content_type": "text/plain"}, 415, "unsupported-media-type"),
        (
            {
                "method": "POST",
                "data": "ASK {}".encode("utf-16"),
                "content_type": "application/sparql-query; charset=UTF-16",
            },
            415,
            "unsupported-media-type",
        ),
        (
            {"method": "POST", "data": b"\xff", "content_type": "application/sparql-query"},
            400,
            "unreadable-text",
        ),
        (
            {
                "method": "POST",
                "query_string": {"query": "ASK {}"},
                "data": "ASK {}",
                "content_type": "application/sparql-query",
            },
            400,
            "bad-parameter",
        ),
        (
            {
                "method": "POST",
                "data": b"#" * (protocol.BODY_LIMIT + 1),
                "content_type": "application/sparql-query",
            },
            413,
            "body-too-large",
        ),
        (
            {"query_string": {"query": "ASK {}"}, "headers": {"Accept": "image/png"}},
            406,
            "not-acceptable",
        ),
        (
            {"query_string": {"query": "ASK {}"}, "headers": {"Accept": "text/turtle"}},
            406,
            "not-acceptable",
        ),
        ({"method": "PUT", "query_string": {"query": "ASK {}"}}, 405, "method-not-allowed"),
        ({"method": "DELETE"}, 405, "method-not-allowed"),
    ],
)
def test_problem(client: Client, arguments: dict[str, object], status: int, name: str) -> None:
    """Each has its status and its type."""
    response = client.open("/sparql", **{"method": "GET", **arguments})  # type: ignore[arg-type]
    assert response.status_code == status
    assert problem(response)["type"] == f"https://w3id.org/csto-kg/problems/{name}"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Vary"] == "Accept"
    assert ("Allow" in response.headers) == (status == 405)


def test_malformed_query_is_told_with_its_line(client: Client) -> None:
    """Line, column and the line's text are members of their own."""
    document = problem(get(client, "SELECT ?s\r\nWHERE { ?s a nono:x }\r\n"))
    assert (document["line"], document["column"]) == (2, 14)
    assert document["excerpt"] == "WHERE { ?s a nono:x }"
    assert "prefix nono:" in str(document["detail"])


def test_problem_as_text(client: Client) -> None:
    """For who prefers it."""
    response = get(client, "SELECT", "image/png")
    assert response.status_code == 406
    response = get(client, "SELECT", "text/plain, text/csv;q=0.5")
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.get_data(as_text=True).startswith("The query is not well formed\n\nline 1, ")


def test_every_response_has_the_headers_that_protect_readers(client: Client) -> None:
    """Pages, answers and problems alike."""
    for response in (
        client.get("/sparql", headers=BROWSER),
        client.get("/static/style.css", buffered=True),
        get(client, SELECT),
        get(client, "SELECT"),
    ):
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'self'; ")
