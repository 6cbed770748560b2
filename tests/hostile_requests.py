"""Requests that a server should survive, each with the statuses that are right for it."""

from collections.abc import Callable
from urllib.parse import quote

from pools import ENDLESS
from servers import Response, Server

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def get(target: str, **headers: str) -> Callable[[Server], Response]:
    """Return a request by GET."""
    return lambda server: server.send("GET", target, headers=headers)


def post(
    body: bytes, media_type: str, target: str = "/sparql", **headers: str
) -> Callable[[Server], Response]:
    """Return a request by POST."""
    given = {**({"Content-Type": media_type} if media_type else {}), **headers}
    return lambda server: server.send("POST", target, body, given)


def raw(sent: bytes) -> Callable[[Server], Response]:
    """Return a request of any bytes."""
    return lambda server: Response(server.raw(sent), {}, b"")


HEAD = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n"
ASK = quote("ASK {}")

# Each row: what it is, the request, the right statuses; 0 is a connection closed without a response.
REQUESTS: list[tuple[str, Callable[[Server], Response], set[int]]] = [
    ("query twice", get(f"/sparql?query={ASK}&query={ASK}"), {400}),
    ("query in address and body", post(b"query=ASK{}", FORM, f"/sparql?query={ASK}"), {400}),
    ("update by form", post(b"update=CLEAR+ALL", FORM), {403}),
    ("update and query", post(b"query=ASK{}&update=CLEAR+ALL", FORM), {403}),
    ("update in the address", get("/sparql?update=CLEAR+ALL"), {403}),
    ("update directly", post(b"CLEAR ALL", "application/sparql-update"), {403}),
    ("update as query", post(b"CLEAR ALL", QUERY), {403}),
    ("not utf-8 in the address", get("/sparql?query=ASK%7B%FF%7D"), {400}),
    ("overlong utf-8", get("/sparql?query=%C0%AFASK%7B%7D"), {400}),
    ("surrogate in utf-8", get("/sparql?query=ASK%7B%ED%A0%80%7D"), {400}),
    ("bad escape", get("/sparql?query=%ZZ"), {400}),
    ("not utf-8 in the body", post(b"ASK {\xff}", QUERY), {400}),
    ("utf-16", post("ASK {}".encode("utf-16"), f"{QUERY}; charset=utf-16"), {415}),
    ("unknown charset", post(b"ASK {}", f"{QUERY}; charset=klingon"), {415}),
    ("no media type", post(b"ASK {}", ""), {415}),
    ("json", post(b'{"query": "ASK {}"}', "application/json"), {415}),
    ("multipart", post(b"--x\r\n\r\nASK{}\r\n--x--", "multipart/form-data; boundary=x"), {415}),
    ("odd media type", post(b"ASK {}", "/;;;=,"), {415}),
    ("graph that is no iri", get(f"/sparql?query={ASK}&default-graph-uri=x%20y"), {400}),
    ("file as graph", get(f"/sparql?query={ASK}&default-graph-uri=file:///etc/passwd"), {200}),
    ("thousands of graphs", post(b"query=ASK{}" + b"&default-graph-uri=http://x/" * 5000, FORM), {400}),
    ("unknown format", get(f"/sparql?query={ASK}&format=exe"), {200}),
    ("timeout below zero", get(f"/sparql?query={ASK}&timeout=-1"), {400}),
    ("timeout that is no number", get(f"/sparql?query={ASK}&timeout=nan"), {400}),
    ("endless timeout", get(f"/sparql?query={quote(ENDLESS)}&timeout=1e308"), {503}),
    ("nothing acceptable", get(f"/sparql?query={ASK}", Accept="image/png"), {406}),
    ("odd accept", get(f"/sparql?query={ASK}", Accept=",;q=,*/;q=9"), {200, 406}),
    ("long accept", get(f"/sparql?query={ASK}", Accept="a/b," * 10_000), {200, 406, 431}),
    ("long address", get("/sparql?query=" + "x" * 60_000), {414, 431}),
    (
        "longer address",
        raw(b"GET /sparql?query=" + b"x" * 600_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
        {0, 431},
    ),
    ("long form", post(b"query=" + b"x" * 2_000_000, FORM), {413}),
    ("put", lambda server: server.send("PUT", "/sparql", b"x"), {405}),
    ("patch", lambda server: server.send("PATCH", "/sparql", b"x"), {405}),
    ("delete", lambda server: server.send("DELETE", "/sparql"), {405}),
    ("trace", lambda server: server.send("TRACE", "/sparql"), {405}),
    ("unknown method", lambda server: server.send("BREW", "/sparql"), {400, 405}),
    ("no http", raw(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1"), {0, 400}),
    ("no version", raw(b"GET /sparql\r\n\r\n"), {0, 200, 400}),
    ("negative length", raw(HEAD + b"Content-Length: -1\r\n\r\nASK {}"), {0, 400}),
    ("two lengths", raw(HEAD + b"Content-Length: 6\r\nContent-Length: 7\r\n\r\nASK {}"), {0, 400}),
    ("huge length", raw(HEAD + b"Content-Length: 99999999999999\r\n\r\nASK {}"), {413}),
    ("bad chunk", raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nASK {}"), {0, 400}),
    ("length and chunks", raw(HEAD + b"Content-Length: 3\r\n" + CHUNKED), {0, 200, 400}),
    (
        "many headers",
        raw(b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"X: 1\r\n" * 5000 + b"\r\n"),
        {0, 400, 431},
    ),
    ("line break in a header", raw(b"GET /health HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n"), {0, 200, 400}),
    ("path traversal", get("/static/../../../../etc/passwd"), {404}),
    ("encoded path traversal", get("/static/%2e%2e/%2e%2e/etc/passwd"), {404}),
    ("nul in the path", get("/id/%00"), {400, 404}),
    ("graph store write", lambda server: server.send("PUT", "/graphs?default", b""), {403, 404, 405}),
]
