"""The endpoint speaks the SPARQL 1.1 Protocol, and the reading side of the Graph Store Protocol."""

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
import rdflib
from werkzeug.test import Client, TestResponse

from cstokg import namespaces
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Answer
from cstokg.engine.evaluation import Request as Query
from cstokg.settings import Serving
from cstokg.web.app import Application
from protocol_client import BROWSER, SELECT, get, problem, write
from site_client import create_app

CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"
JSON = "application/sparql-results+json"
DIRECT = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
ONE = "http://example.org/one"
OURS = f"{namespaces.GRAPH}articles/here-2021"
SETTINGS = Serving()
MANY = "query=ASK{}" + "&a=b" * SETTINGS.parameters
UNFILLED = "PREFIX my: <https://[your-domain]/ns/> SELECT * { ?s my:p ?o }"


class Counting(Engine):
    """An engine that counts what it is asked."""

    asked = 0

    async def answer(self, request: Query, timeout: float | None = None, *, urgent: bool = False) -> Answer:
        """The answer of the engine itself."""
        type(self).asked += 1
        return await super().answer(request, timeout, urgent=urgent)


@pytest.fixture
def engine(tmp_path: Path) -> Counting:
    """An engine over a small file."""
    Counting.asked = 0
    return Counting.from_files([write(tmp_path)])


@pytest.fixture
def client(engine: Engine) -> Iterator[Client]:
    """A client of the application over that engine."""
    with create_app(engine).test_client() as client:
        yield client


def send(client: Client, method: str, body: bytes, media_type: str = DIRECT, **headers: str) -> TestResponse:
    """The response to a request with a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.open("/sparql", method=method, data=body, content_type=media_type, headers=named)


@pytest.mark.parametrize(
    ("sparql", "accept", "expected"),
    [
        (SELECT, None, JSON),
        (SELECT, "*/*", JSON),
        (SELECT, "*", JSON),
        (SELECT, "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", "text/html"),
        (SELECT, "application/json", "application/json"),
        (SELECT, "application/sparql-results+xml", "application/sparql-results+xml"),
        (SELECT, "application/sparql-results+json; charset=utf-8", JSON),
        (SELECT, "text/csv;charset=utf-8", "text/csv"),
        (SELECT, "text/csv; header=present", "text/csv"),
        (SELECT, "TEXT/CSV", "text/csv"),
        (SELECT, "text/*", "text/csv"),
        (SELECT, "text/csv;q=0.5, text/tab-separated-values", "text/tab-separated-values"),
        (SELECT, "text/turtle, text/csv;q=0.1", "text/csv"),
        (SELECT, "application/sparql-results+json;q=0, */*;q=0.1", "application/sparql-results+xml"),
        (CONSTRUCT, "*/*", "text/turtle"),
        (
            CONSTRUCT,
            'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"',
            "application/ld+json",
        ),
        (CONSTRUCT, "application/sparql-results+json, application/ld+json;q=0.5", "application/ld+json"),
        ("ASK {}", "text/html;q=0.5, application/sparql-results+xml", "application/sparql-results+xml"),
    ],
)
def test_accept_decides_whatever_its_parameters(
    client: Client, sparql: str, accept: str | None, expected: str
) -> None:
    response = get(client, sparql, accept)
    assert response.status_code == 200
    assert response.mimetype == expected


@pytest.mark.parametrize(
    ("name", "sparql", "expected"),
    [
        ("csv", SELECT, "text/csv"),
        ("CSV", SELECT, "text/csv"),
        ("JSON", SELECT, JSON),
        ("turtle", CONSTRUCT, "text/turtle"),
        ("application/n-triples", CONSTRUCT, "application/n-triples"),
    ],
)
def test_format_outranks_accept_and_names_the_file(
    client: Client, name: str, sparql: str, expected: str
) -> None:
    response = client.get("/sparql", query_string={"query": sparql, "format": name}, headers=BROWSER)
    assert response.mimetype == expected
    assert response.headers["Content-Disposition"].startswith('inline; filename="answer.')


def test_format_html_shows_the_page_to_a_program(client: Client) -> None:
    assert get(client, SELECT, JSON, format="html").mimetype == "text/html"


@pytest.mark.parametrize(
    ("sparql", "accept", "name", "expected"),
    [
        (CONSTRUCT, "application/rdf+xml", "rdf+xml", "application/rdf+xml"),
        (CONSTRUCT, "application/rdf+xml", "xml", "application/rdf+xml"),
        (CONSTRUCT, "application/ld+json", "json-ld", "application/ld+json"),
        (CONSTRUCT, "text/turtle", "n3", "text/turtle"),
        (SELECT, "text/tab-separated-values", "tab-separated-values", "text/tab-separated-values"),
        (SELECT, "*/*", "auto", JSON),
        (SELECT, "*/*", "text/x-html+tr", JSON),
        (SELECT, "text/csv", "docx", "text/csv"),
    ],
)
def test_format_that_is_unknown_or_does_not_fit_leaves_the_choice_to_accept(
    client: Client, sparql: str, accept: str, name: str, expected: str
) -> None:
    response = get(client, sparql, accept, format=name)
    assert (response.status_code, response.mimetype) == (200, expected)


@pytest.mark.parametrize("timeout", ["0", "5", "1e308", ""])
def test_timeout_is_taken(client: Client, timeout: str) -> None:
    assert get(client, "ASK {}", timeout=timeout).status_code == 200


@pytest.mark.parametrize("timeout", ["-1", "nan", "inf", "soon"])
def test_timeout_that_is_no_number_of_seconds_is_refused(client: Client, timeout: str) -> None:
    response = get(client, "ASK {}", timeout=timeout)
    assert response.status_code == 400
    assert problem(response)["parameter"] == "timeout"


@pytest.mark.parametrize(
    ("arguments", "status", "name"),
    [
        ({"headers": {"Accept": JSON}}, 400, "missing-query"),
        ({"method": "POST", "data": {"format": "json"}}, 400, "missing-query"),
        ({"query_string": {"query": " "}}, 400, "missing-query"),
        ({"query_string": {"query": "SELECT"}}, 400, "malformed-query"),
        ({"query_string": "query=ASK{}&query=ASK{}"}, 400, "bad-parameter"),
        ({"query_string": "query=ASK{}&timeout=1&timeout=2"}, 400, "bad-parameter"),
        ({"query_string": "query=ASK{}" + "&a=b" * SETTINGS.parameters}, 400, "bad-parameter"),
        (
            {"method": "POST", "data": "query=ASK{}" + "&a=b" * SETTINGS.parameters, "content_type": FORM},
            400,
            "bad-parameter",
        ),
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
                "content_type": f"{DIRECT}; charset=UTF-16",
            },
            415,
            "unsupported-media-type",
        ),
        ({"method": "POST", "data": b"\xff", "content_type": DIRECT}, 400, "unreadable-text"),
        (
            {"method": "POST", "query_string": {"query": "ASK {}"}, "data": "ASK {}", "content_type": DIRECT},
            400,
            "bad-parameter",
        ),
        (
            {"method": "POST", "data": b"#" * (SETTINGS.body_bytes + 1), "content_type": DIRECT},
            413,
            "body-too-large",
        ),
        ({"query_string": {"query": "ASK {}"}, "headers": {"Accept": "image/png"}}, 406, "not-acceptable"),
        ({"query_string": {"query": "ASK {}"}, "headers": {"Accept": "text/turtle"}}, 406, "not-acceptable"),
        ({"method": "PUT", "query_string": {"query": "ASK {}"}}, 405, "method-not-allowed"),
        ({"method": "DELETE"}, 405, "method-not-allowed"),
        (
            {"query_string": {"query": UNFILLED}},
            400,
            "malformed-query",
        ),
        (
            {"query_string": {"query": "BASE <https://[your-domain]/> ASK { <a> ?p ?o }"}},
            400,
            "malformed-query",
        ),
        ({"query_string": {"query": "PREFIX my: <https://a\u2100b/> ASK { ?s my:p ?o }"}}, 200, ""),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_is_wrong_has_its_status_and_type(
    client: Client, arguments: dict[str, object], status: int, name: str
) -> None:
    response = client.open("/sparql", **{"method": "GET", **arguments})  # type: ignore[arg-type]
    assert response.status_code == status
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert ("Allow" in response.headers) == (status == 405)
    if name:
        assert problem(response)["type"] == f"https://w3id.org/csto-kg/problems/{name}"
        assert response.headers["Vary"] == "Accept"


def test_malformed_query_is_told_with_its_place(client: Client) -> None:
    document = problem(get(client, "SELECT ?s\r\nWHERE { ?s a nono:x }\r\n"))
    assert (document["line"], document["column"]) == (2, 14)
    assert document["excerpt"] == "WHERE { ?s a nono:x }"
    assert "prefix nono:" in str(document["detail"])


def test_path_with_a_slash_at_its_end_is_the_endpoint_too(client: Client) -> None:
    query = {"query": SELECT}
    assert client.get("/sparql/", query_string=query).data == client.get("/sparql", query_string=query).data
    assert client.post("/sparql/", data=query).status_code == 200
    assert client.get("/sparql/", query_string=query, headers=BROWSER).mimetype == "text/html"
    assert client.get("/sparql/").mimetype == "text/turtle"


@pytest.mark.parametrize("path", ["/sparql", "/sparql/", "/graphs", "/graph/x"])
@pytest.mark.parametrize(
    "asked", ["queryid", "x-requested-with, cache-control,traceparent", "Authorization", ""]
)
def test_preflight_allows_the_headers_that_are_asked_for(client: Client, path: str, asked: str) -> None:
    headers = {
        "Origin": "https://x.example",
        "Access-Control-Request-Method": "GET",
        **({"Access-Control-Request-Headers": asked} if asked else {}),
    }
    response = client.options(path, headers=headers)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Access-Control-Allow-Headers"] == (asked or "*")
    assert "GET" in response.headers["Access-Control-Allow-Methods"]
    assert "POST" in response.headers["Allow"] or path.startswith("/graph")


def test_preflight_echoes_no_characters_that_no_header_name_has(client: Client) -> None:
    headers = {"Access-Control-Request-Headers": "a; <script>"}
    assert client.options("/sparql", headers=headers).headers["Access-Control-Allow-Headers"] == "*"


def test_what_a_body_may_be_is_told(client: Client) -> None:
    response = client.options("/sparql")
    assert response.headers["Accept-Query"] == f'"{DIRECT}", "{FORM}"'
    assert response.headers["Accept-Post"] == f"{DIRECT}, {FORM}"
    wrong = send(client, "QUERY", b"ASK {}", "text/plain")
    assert wrong.headers["Accept-Query"] == f'"{DIRECT}", "{FORM}"'


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_gzipped_bodies_are_read(client: Client, method: str) -> None:
    for media_type, text in ((DIRECT, SELECT.encode()), (FORM, b"query=ASK+%7B%7D")):
        for coding in ("gzip", "x-gzip", "GZIP"):
            response = send(client, method, gzip.compress(text, mtime=0), media_type, Content_Encoding=coding)
            assert response.status_code == 200
            assert response.data == send(client, method, text, media_type).data


def test_gzipped_bodies_are_read_up_to_the_limit(client: Client) -> None:
    bomb = gzip.compress(b"#" * 100_000_000, mtime=0)
    assert len(bomb) < SETTINGS.body_bytes
    assert send(client, "POST", bomb, Content_Encoding="gzip").status_code == 413
    most = gzip.compress(b"ASK {}" + b" " * (SETTINGS.body_bytes - 6))
    assert send(client, "POST", most, Content_Encoding="gzip").status_code != 400


@pytest.mark.parametrize(
    ("body", "coding", "status"),
    [
        (b"ASK {}", "gzip", 400),
        (gzip.compress(b"ASK {}", mtime=0)[:-9], "gzip", 400),
        (b"ASK {}", "br", 415),
        (b"ASK {}", "identity", 200),
    ],
)
def test_content_coding_has_to_be_true(client: Client, body: bytes, coding: str, status: int) -> None:
    assert send(client, "POST", body, Content_Encoding=coding).status_code == status


def test_byte_order_mark_is_read(client: Client) -> None:
    assert send(client, "POST", "\ufeffASK { ?s ?p 'ю' }".encode()).status_code == 200


def test_same_request_is_evaluated_once(client: Client) -> None:
    first = get(client, SELECT)
    assert get(client, SELECT).data == first.data
    assert client.head("/sparql", query_string={"query": SELECT}).headers["ETag"] == first.headers["ETag"]
    assert Counting.asked == 1
    get(client, SELECT, "text/csv")
    assert Counting.asked == 2
    for method in ("POST", "QUERY", "POST"):
        assert send(client, method, SELECT.encode()).data == first.data
    assert Counting.asked == 3


def test_head_has_the_headers_of_get_and_no_body(client: Client) -> None:
    got = get(client, SELECT)
    head = client.head("/sparql", query_string={"query": SELECT})
    assert (head.status_code, head.data) == (200, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Vary", "Cache-Control"):
        assert head.headers[name] == got.headers[name]
    assert client.head("/sparql", query_string={"query": "SELECT"}).status_code == 400


def test_many_identical_requests_at_once_cost_one_evaluation(engine: Counting) -> None:
    started: list[asyncio.Event] = []

    async def slow(request: Query, timeout: float | None = None, *, urgent: bool = False) -> Answer:
        type(engine).asked += 1
        await started[0].wait()
        return Answer("text/csv", b"n\r\n1\r\n", version=engine.version)

    engine.answer = slow  # type: ignore[method-assign]

    async def ask_all() -> list[bytes]:
        started.append(asyncio.Event())
        app = Application(engine, SETTINGS)
        tasks = [asyncio.create_task(respond(app, b"query=ASK{}")) for _ in range(50)]
        tasks[0:0] = [asyncio.create_task(respond(app, b"query=ASK{}", leave=True)) for _ in range(3)]
        await asyncio.sleep(0.3)
        assert all(task.done() for task in tasks[:3])
        started[0].set()
        bodies = await asyncio.gather(*tasks[3:])
        app.close()
        return bodies

    assert asyncio.run(ask_all()) == [b"n\r\n1\r\n"] * 50
    assert Counting.asked == 1


def test_evaluation_ends_when_the_last_who_wait_has_left(engine: Counting) -> None:
    begun, ended = [], []

    async def endless(request: Query, timeout: float | None = None, *, urgent: bool = False) -> Answer:
        # Where the first has left a moment before the others, one of them evaluates again.
        begun.append(True)
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)
        raise AssertionError

    engine.answer = endless  # type: ignore[method-assign]

    async def ask_all() -> None:
        app = Application(engine, SETTINGS)
        await asyncio.gather(*(respond(app, b"query=ASK{}", leave=True) for _ in range(5)))
        app.close()
        await asyncio.sleep(0.01)

    asyncio.run(ask_all())
    assert begun
    assert ended == begun


async def respond(app: Application, query_string: bytes, *, leave: bool = False) -> bytes:
    """The body that the application sends, to a client that stays or leaves soon."""
    sent: list[bytes] = []

    async def receive() -> dict[str, object]:
        await asyncio.sleep(0.05 if leave else 60)
        return {"type": "http.disconnect"}

    async def sending(message: dict[str, object]) -> None:
        if isinstance(body := message.get("body", b""), bytes):
            sent.append(body)

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
        "path": "/sparql",
        "query_string": query_string,
        "headers": [],
    }
    await app(scope, receive, sending)  # type: ignore[arg-type]
    return b"".join(sent)


def test_entity_tag_is_weak_and_known_before_evaluation(engine: Engine) -> None:
    tag = get(create_app(engine).test_client(), SELECT).headers["ETag"]
    assert tag.startswith('W/"')
    other = create_app(engine).test_client()  # which has no answer in its cache
    asked = Counting.asked
    for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"other", {tag}'}):
        for method in ("GET", "HEAD"):
            response = other.open("/sparql", method=method, query_string={"query": SELECT}, headers=headers)
            assert response.status_code == 304
            assert response.data == b""
            assert response.headers["ETag"] == tag
            assert response.headers["Vary"] == "Accept, Accept-Encoding"
            assert "Content-Type" not in response.headers
    assert Counting.asked == asked


@pytest.mark.parametrize("cached", [True, False])
def test_answers_to_query_can_be_validated_and_those_to_post_cannot(engine: Engine, cached: bool) -> None:
    client = create_app(engine).test_client()
    first = send(client, "QUERY", SELECT.encode())
    if not cached:
        client = create_app(engine).test_client()
    tag = first.headers["ETag"]
    assert send(client, "QUERY", SELECT.encode(), If_None_Match=tag).status_code == 304
    posted = send(client, "POST", SELECT.encode(), If_None_Match=tag)
    assert (posted.status_code, posted.data) == (200, first.data)


def test_tag_depends_on_all_that_the_answer_does(client: Client) -> None:
    requests: list[tuple[dict[str, str], dict[str, str]]] = [
        ({"query": SELECT}, {}),
        ({"query": SELECT + " "}, {}),
        ({"query": SELECT, "default-graph-uri": ONE}, {}),
        ({"query": SELECT, "named-graph-uri": ONE}, {}),
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
    ],
)
def test_answers_that_may_differ_are_not_kept(client: Client, sparql: str) -> None:
    for _ in range(2):
        response = get(client, sparql)
        assert response.status_code == 200
        assert "ETag" not in response.headers
        assert response.headers["Cache-Control"] == "no-store"
    assert Counting.asked == 2


def test_problems_are_not_kept(client: Client) -> None:
    for _ in range(2):
        response = client.get(
            "/sparql", query_string={"query": "SELECT"}, headers={"If-None-Match": '*, "x"'}
        )
        assert response.status_code == 400
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers


def test_cache_keeps_no_more_bytes_than_it_may(engine: Counting) -> None:
    app = create_app(engine, settings=Serving(cache=40_000))
    client = app.test_client()
    cache = app.application._endpoint.cache  # noqa: SLF001 - to see its size
    for number in range(100):
        assert get(client, f"{SELECT} # {number}").status_code == 200
        assert cache.currsize <= 40_000
    assert len(cache) > 5
    large = f'SELECT ("{"x" * 25_000}" AS ?x) {{}}'
    for _ in range(2):
        assert get(client, large).status_code == 200
    assert Counting.asked == 102


def test_cache_of_no_bytes_keeps_nothing(engine: Counting) -> None:
    client = create_app(engine, settings=Serving(cache=0)).test_client()
    for _ in range(2):
        assert get(client, SELECT).status_code == 200
    assert Counting.asked == 2


def test_large_answers_are_compressed_for_who_takes_it(client: Client) -> None:
    sparql = 'SELECT (CONCAT("' + "word " * 400 + '", STR(?o)) AS ?x) { ?s ?p ?o } ORDER BY ?x'
    query, packs = {"query": sparql}, {"Accept-Encoding": "br, gzip;q=0.5"}
    plain = client.get("/sparql", query_string=query)
    assert "Content-Encoding" not in plain.headers
    packed = client.get("/sparql", query_string=query, headers=packs)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert packed.content_length == len(packed.data) < len(plain.data)
    assert client.get("/sparql", query_string=query, headers=packs).data == packed.data
    small = client.get("/sparql", query_string={"query": "ASK {}"}, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in small.headers


def test_spreadsheets_get_a_mark_and_no_formulas(client: Client) -> None:
    excel = get(client, SELECT, format="csv-excel")
    assert excel.content_type == "text/csv; charset=utf-8"
    lines = excel.text.split("\r\n")
    assert lines[0] == "\ufeffo"
    assert "'=1+1" in lines
    assert "-4.5" in lines
    plain = get(client, SELECT, "text/csv").text
    assert plain.startswith("o\r\n")
    assert "\r\n=1+1\r\n" in plain


@pytest.mark.parametrize(
    ("address", "triples"),
    [
        (f"/graphs?graph={ONE}", 1),
        ("/graphs?default", 4),
        (f"/graphs?graph={OURS}", 1),
        ("/graph/articles/here-2021", 1),
    ],
)
def test_graph_is_read(client: Client, address: str, triples: int) -> None:
    turtle = {"Accept": "text/turtle"}
    response = client.get(address, headers=turtle)
    assert response.content_type == "text/turtle; charset=utf-8"
    assert len(rdflib.Graph().parse(data=response.data, format="turtle")) == triples
    tag = response.headers["ETag"]
    assert client.head(address, headers=turtle).headers["ETag"] == tag
    assert client.get(address, headers={"If-None-Match": tag, **turtle}).status_code == 304
    other = client.get(address, headers={"Accept": "application/n-triples"})
    assert len(other.text.splitlines()) == triples


@pytest.mark.parametrize("address", ["/graphs?graph=http://example.org/none", "/graph/none"])
def test_graph_that_does_not_exist_is_not_found_again_and_again(client: Client, address: str) -> None:
    for _ in range(2):
        response = client.get(address, headers={"Accept": "text/turtle"})
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
def test_the_nearest_graphs_are_named(client: Client, address: str, nearest: list[str]) -> None:
    response = client.get(address, headers={"Accept": "text/turtle"})
    assert problem(response)["nearest"] == nearest


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("address", ["/graphs?default", "/graph/articles/here-2021"])
def test_graphs_cannot_be_written(client: Client, method: str, address: str) -> None:
    response = client.open(address, method=method, data="", content_type="text/turtle")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert client.options(address).headers["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "query",
    ["", "graph=relative", "graph=a%20b:c", f"graph={ONE}&graph={ONE}", f"default&graph={ONE}", "graph=%FF"],
)
def test_one_graph_has_to_be_named_by_an_absolute_iri(client: Client, query: str) -> None:
    assert client.get(f"/graphs?{query}").status_code == 400


def test_iri_of_a_graph_cannot_become_another_query(client: Client) -> None:
    sparql = "x:y> { ?s ?p ?o } } #"
    assert client.get("/graphs", query_string={"graph": sparql}).status_code == 400
    path = client.get("/graph/x>%20{%20?s%20?p%20?o%20}%20}%20%23", headers={"Accept": "text/turtle"})
    assert path.status_code in (400, 404)


def test_formats_without_graphs_are_refused_for_a_graph(client: Client) -> None:
    response = client.get("/graphs?default", headers={"Accept": "text/csv"})
    assert response.status_code == 406
    assert "text/turtle" in str(problem(response)["detail"])


def test_graph_of_ours_has_a_page_for_people(client: Client) -> None:
    assert client.get("/graphs?default", headers=BROWSER).mimetype == "text/turtle"
    assert client.get("/graph/articles/here-2021", headers=BROWSER).mimetype == "text/html"


@pytest.mark.parametrize("headers", [{}, {"Accept": "text/turtle"}, {"Accept": JSON}, BROWSER])
def test_misspelt_parameter_is_named_with_the_nearest(client: Client, headers: dict[str, str]) -> None:
    response = client.get("/sparql", query_string={"qery": "ASK {}"}, headers=headers)
    assert response.status_code == 400
    assert "There is no parameter “qery”. Did you mean “query”?" in response.text
    if headers != BROWSER:
        document = problem(response)
        assert str(document["type"]).endswith("/missing-query")
        assert (document["parameter"], document["nearest"]) == ("qery", ["query"])


def test_parameter_that_is_near_to_none_is_named_alone(client: Client) -> None:
    document = problem(client.get("/sparql?utm_source=x&format=turtle"))
    assert document["detail"] == "There is no parameter “utm_source”. Send a query in the parameter “query”."


@pytest.mark.parametrize(
    ("parameters", "headers", "status"),
    [
        ({"format": "turtle"}, {}, 200),
        ({"default-graph-uri": ONE}, {}, 400),
        ({"timeout": "1"}, {"Accept": "text/turtle"}, 400),
        ({"default-graph-uri": ONE}, BROWSER, 200),
    ],
)
def test_parameters_without_a_query(
    client: Client, parameters: dict[str, str], headers: dict[str, str], status: int
) -> None:
    """A format gets the description in that format, and people get the form; the others belong to a query."""
    assert client.get("/sparql", query_string=parameters, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("sparql", "possible", "impossible"),
    [("ASK {}", JSON, "text/turtle"), (SELECT, "text/csv", "text/turtle"), (CONSTRUCT, "text/turtle", JSON)],
)
def test_formats_that_are_offered_fit_the_form_of_the_query(
    client: Client, sparql: str, possible: str, impossible: str
) -> None:
    document = problem(get(client, sparql, "image/png"))
    assert document["status"] == 406
    listed = document["formats"]
    assert isinstance(listed, list)
    assert possible in listed
    assert "text/html" in listed
    assert impossible not in listed
    assert impossible not in str(document["detail"])
