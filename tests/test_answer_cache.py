"""Answers to queries are cached, and an entity tag gets 304."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import Client

from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Answer
from cstokg.engine.evaluation import Request as Query
from cstokg.settings import Serving
from cstokg.web.asgi_app import Application
from protocol_client import SELECT, CountingEngine, get, send, write
from site_client import create_app

ONE = "http://example.org/one"
SETTINGS = Serving()


@pytest.fixture
def engine(tmp_path: Path) -> CountingEngine:
    """Return an engine over a small file."""
    CountingEngine.asked = 0
    return CountingEngine.from_files([write(tmp_path)])


@pytest.fixture
def client(engine: Engine) -> Iterator[Client]:
    """Yield a client of the application over that engine."""
    with create_app(engine).test_client() as client:
        yield client


def test_same_request_is_evaluated_once(client: Client) -> None:
    first = get(client, SELECT)
    assert get(client, SELECT).data == first.data
    assert client.head("/sparql", query_string={"query": SELECT}).headers["ETag"] == first.headers["ETag"]
    assert CountingEngine.asked == 1
    get(client, SELECT, "text/csv")
    assert CountingEngine.asked == 2
    for method in ("POST", "QUERY", "POST"):
        assert send(client, method, SELECT.encode()).data == first.data
    assert CountingEngine.asked == 3


def test_many_identical_requests_at_once_cost_one_evaluation(engine: CountingEngine) -> None:
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
        _, still_there = await asyncio.wait(tasks[:3], timeout=20)
        assert not still_there
        started[0].set()
        bodies = await asyncio.gather(*tasks[3:])
        app.close()
        return bodies

    assert asyncio.run(ask_all()) == [b"n\r\n1\r\n"] * 50
    assert CountingEngine.asked == 1


def test_evaluation_ends_when_its_last_client_leaves(engine: CountingEngine) -> None:
    begun, ended = [], []

    async def endless(request: Query, timeout: float | None = None, *, urgent: bool = False) -> Answer:
        # If the first client leaves a moment before the others, one of these has the query evaluated again.
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
    """Return the body that the application sends, to a client that stays or leaves soon."""
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
    asked = CountingEngine.asked
    for headers in ({"If-None-Match": tag}, {"If-None-Match": f'"other", {tag}'}):
        for method in ("GET", "HEAD"):
            response = other.open("/sparql", method=method, query_string={"query": SELECT}, headers=headers)
            assert response.status_code == 304
            assert response.data == b""
            assert response.headers["ETag"] == tag
            assert response.headers["Vary"] == "Accept, Accept-Encoding"
            assert "Content-Type" not in response.headers
    assert CountingEngine.asked == asked


@pytest.mark.parametrize("cached", [True, False])
def test_entity_tags_give_304_for_the_method_query_and_not_for_post(engine: Engine, cached: bool) -> None:
    client = create_app(engine).test_client()
    first = send(client, "QUERY", SELECT.encode())
    if not cached:
        client = create_app(engine).test_client()
    tag = first.headers["ETag"]
    assert send(client, "QUERY", SELECT.encode(), If_None_Match=tag).status_code == 304
    posted = send(client, "POST", SELECT.encode(), If_None_Match=tag)
    assert (posted.status_code, posted.data) == (200, first.data)


def test_tag_depends_on_everything_that_the_answer_depends_on(client: Client) -> None:
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
    assert CountingEngine.asked == 2


def test_problems_are_not_kept(client: Client) -> None:
    for _ in range(2):
        response = client.get(
            "/sparql", query_string={"query": "SELECT"}, headers={"If-None-Match": '*, "x"'}
        )
        assert response.status_code == 400
        assert response.headers["Cache-Control"] == "no-store"
        assert "ETag" not in response.headers


def test_cache_keeps_no_more_bytes_than_allowed(engine: CountingEngine) -> None:
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
    assert CountingEngine.asked == 102


def test_cache_of_no_bytes_keeps_nothing(engine: CountingEngine) -> None:
    client = create_app(engine, settings=Serving(cache=0)).test_client()
    for _ in range(2):
        assert get(client, SELECT).status_code == 200
    assert CountingEngine.asked == 2
