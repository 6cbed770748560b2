"""Requests as other clients send them get answers that these clients can read."""

import gzip
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlencode, urljoin

import pyoxigraph as ox
import pytest

import result_readers
from client_requests import FORM, HTML, PREFLIGHTS, QUERY, REQUESTS, ClientRequest
from cstokg import formats, namespaces
from servers import Response, Server, serving

EX = "http://example.org/"
TEXTS = ["Привет, мир", "http://dbpedia.org/resource/Paris,_Texas"]
DATA = f'<{EX}s> <{EX}p> "{TEXTS[0]}"@ru , <{TEXTS[1]}> . <{namespaces.CKG}HeldMeeting> a <{EX}Class> .'
QUERIES = {
    "SELECT": f"SELECT ?o WHERE {{ ?s <{EX}p> ?o }}",
    "ASK": "ASK { ?s ?p ?o }",
    "CONSTRUCT": f"CONSTRUCT WHERE {{ ?s <{EX}p> ?o }}",
}
CYRILLIC = 'SELECT ?o { ?s ?p ?o FILTER(STR(?o) = "Привет, мир") }'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server of two triples."""
    path = tmp_path_factory.mktemp("requests") / "data.ttl"
    path.write_text(DATA, "utf-8")
    with serving("--data", path) as running:
        yield running


def answered(server: Server, asked: ClientRequest) -> Response:
    """Return the response to a request."""
    sparql = QUERIES[asked.form]
    if asked.method == "GET":
        target = f"/sparql?{urlencode({'query': sparql, **asked.parameters})}"
        return server.send("GET", target, headers=asked.headers)
    if asked.method == "FORM":
        body = urlencode({"query": sparql, **asked.parameters}).encode()
        return server.send("POST", "/sparql", body, {"Content-Type": FORM, **asked.headers})
    target = f"/sparql?{urlencode(asked.parameters)}" if asked.parameters else "/sparql"
    return server.send("POST", target, sparql.encode(), {"Content-Type": QUERY, **asked.headers})


def texts_of(body: bytes, media_type: str) -> list[str]:
    """Return what a table or graph holds."""
    row = formats.BY_MEDIA_TYPE[media_type]
    if formats.GRAPH in row.kinds:
        quads = ox.parse(body, format=ox.RdfFormat.from_media_type(row.syntax))
        return sorted(str(result_readers.of_oxigraph(quad.object)[1]) for quad in quads)
    if media_type == "text/csv":
        return sorted(line[0] for line in result_readers.cells(body)[1:])
    return sorted(str(solution["o"][1]) for solution in result_readers.rows(body, media_type)[1])


@pytest.mark.parametrize("asked", REQUESTS, ids=lambda one: f"{one.client}-{one.form}-{one.method}")
def test_client_gets_what_it_reads(server: Server, asked: ClientRequest) -> None:
    response = answered(server, asked)
    assert response.status == 200, response.body
    media_type = response.headers["content-type"].partition(";")[0]
    assert media_type == asked.expected
    body = response.body
    if response.headers.get("content-encoding") == "gzip":
        assert "gzip" in asked.headers["Accept-Encoding"]
        body = gzip.decompress(body)
    if media_type == HTML:
        assert all(text in body.decode() for text in TEXTS)
    elif asked.form == "ASK":
        assert result_readers.boolean(body, media_type)
    else:
        assert texts_of(body, media_type) == sorted(TEXTS)


def test_headers_that_are_sent_twice_are_one(server: Server) -> None:
    """RDF4J sends a header Accept for each format."""
    target = f"/sparql?{urlencode({'query': QUERIES['SELECT']})}"
    sent = (
        f"GET {target} HTTP/1.1\r\nHost: localhost\r\nAccept: application/x-binary-rdf-results-table\r\n"
        "Accept: text/csv;q=0.5\r\nAccept: application/sparql-results+xml;q=0.8\r\nConnection: close\r\n\r\n"
    )
    received = _raw(server, sent.encode())
    assert received.startswith(b"HTTP/1.1 200")
    assert b"application/sparql-results+xml" in received.partition(b"\r\n\r\n")[0]


@pytest.mark.parametrize(("source", "method", "headers"), PREFLIGHTS)
def test_preflight_allows_any_header(server: Server, source: str, method: str, headers: str) -> None:
    asked = {
        "Origin": "https://client.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }
    response = server.send("OPTIONS", "/sparql", headers=asked)
    assert response.status in (200, 204), source
    assert response.headers["access-control-allow-origin"] == "*"
    assert method in response.headers["access-control-allow-methods"].split(", ")
    # The wildcard does not stand for Authorization (Fetch, section 3.3.3).
    allowed = response.headers["access-control-allow-headers"].lower().replace(" ", "").split(",")
    assert set(headers.split(",")) <= set(allowed)


def test_help_for_a_misspelt_name_is_found_from_either_address(server: Server) -> None:
    """The link is relative, so that it holds behind a proxy."""
    query = urlencode({"query": "SELECT * { ?s a ckg:HeldMeetin }"})
    for path in ("/sparql", "/sparql/"):
        link = server.send("GET", f"{path}?{query}", headers={"Accept": "*/*"}).headers.get("link", "")
        target = link.partition("<")[2].partition(">")[0]
        assert urljoin(f"http://localhost{path}", target).startswith("http://localhost/api/names?")


def test_address_with_a_slash_at_its_end(server: Server) -> None:
    for query in ("?" + urlencode({"query": QUERIES["ASK"]}), ""):
        assert server.send("GET", f"/sparql/{query}", headers={"Accept": "*/*"}).status == 200
    body = urlencode({"query": QUERIES["ASK"]}).encode()
    assert server.send("POST", "/sparql/", body, {"Content-Type": FORM}).status == 200
    page = server.send("GET", f"/sparql/?{urlencode({'query': QUERIES['SELECT']})}", headers={"Accept": HTML})
    assert page.status == 200
    assert TEXTS[0] in page.body.decode()


@pytest.mark.parametrize(
    "content_type", [QUERY, f"{QUERY}; charset=UTF-8", f'{QUERY.upper()}; charset="utf-8"']
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_query_as_the_body(server: Server, content_type: str, mark: bytes) -> None:
    """Also with a byte order mark, as editors on Windows write it."""
    headers = {"Content-Type": content_type, "Accept": "text/csv"}
    response = server.send("POST", "/sparql", mark + CYRILLIC.encode(), headers)
    assert response.status == 200, response.body
    assert texts_of(response.body, "text/csv") == [TEXTS[0]]


def test_query_with_a_mark_in_a_parameter(server: Server) -> None:
    query = "\ufeff" + CYRILLIC
    assert texts_of(server.ask(query).body, "text/csv") == [TEXTS[0]]
    got = server.send("GET", f"/sparql?{urlencode({'query': query})}", headers={"Accept": "text/csv"})
    assert texts_of(got.body, "text/csv") == [TEXTS[0]]


@pytest.mark.parametrize("pieces", [1, 3])
def test_address_in_raw_utf_8(server: Server, pieces: int) -> None:
    """As it was typed, but for the spaces; also when it comes in pieces, or after another request."""
    target = f"/sparql?format=csv&query={CYRILLIC.replace(' ', '+')}".encode()
    first = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    sent = b"GET %b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % target
    with server.connect() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(first)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        size = len(sent) // pieces + 1
        for start in range(0, len(sent), size):
            connection.sendall(sent[start : start + size])
            time.sleep(0.1)
        head, _, body = _rest(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head + body
    assert texts_of(body, "text/csv") == [TEXTS[0]]


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_gzipped_body(server: Server, coding: str) -> None:
    for content_type, text in ((QUERY, CYRILLIC), (FORM, urlencode({"query": CYRILLIC}))):
        headers = {"Content-Type": content_type, "Content-Encoding": coding, "Accept": "text/csv"}
        response = server.send("POST", "/sparql", gzip.compress(text.encode()), headers)
        assert response.status == 200, response.body
        assert texts_of(response.body, "text/csv") == [TEXTS[0]]


def test_format_that_does_not_fit_yields_to_accept(server: Server) -> None:
    for name in ("docx", "xml", "html+rdfa", "text/x-html+tr", "csv", "JSON"):
        target = f"/sparql?{urlencode({'query': QUERIES['CONSTRUCT'], 'format': name})}"
        response = server.send("GET", target, headers={"Accept": "text/turtle"})
        assert response.status == 200, name
        expected = {"xml": "application/rdf+xml", "JSON": "application/ld+json"}.get(name, "text/turtle")
        assert response.headers["content-type"].partition(";")[0] == expected


def _raw(server: Server, sent: bytes) -> bytes:
    with server.connect() as connection:
        connection.sendall(sent)
        return _rest(connection)


def _rest(connection: socket.socket) -> bytes:
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received
