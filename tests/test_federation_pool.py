"""SERVICE calls the endpoints that the operator has allowed, and no others, however they are written."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client

import remote_endpoints
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Request
from cstokg.engine.loading.store import Source
from cstokg.engine.workers import sandbox
from cstokg.errors import OverloadedError, QueryTimeoutError, ServiceFailedError, ServiceRefusedError
from cstokg.settings import Limits
from pools import CSV, JSON, write_data
from site_client import WholeApp, create_app

pytestmark = pytest.mark.skipif(
    not sandbox.can_restrict_network(), reason="needs Landlock 4, which came with Linux 6.7"
)

LIMITS = Limits(workers=2, service_timeout=2, service_workers=1)


@contextmanager
def answering(app: WholeApp) -> Iterator[str]:
    """Yield the endpoint of an application on loopback."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with remote_endpoints.answering(server):
        yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.server_close()


@contextmanager
def misbehaving(respond: str) -> Iterator[str]:
    """Yield an endpoint that never answers as it has to."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            if respond == "slow":
                time.sleep(4)
            elif respond == "redirect":
                self.send_response(307)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif respond == "broken":
                self.send_response(200)
                self.send_header("Content-Type", JSON)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b'{"head":')
            else:
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<p>Welcome")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        with remote_endpoints.answering(server):
            yield f"http://127.0.0.1:{server.server_port}/sparql"


@contextmanager
def calling(folder: Path, *endpoints: str, limits: Limits = LIMITS) -> Iterator[Engine]:
    """Yield an engine over a small file that may call endpoints."""
    engine = Engine.isolated(Source(folder, (write_data(folder),)), limits, services=endpoints)
    try:
        yield engine
    finally:
        engine.close()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield a second endpoint, with names for three of the numbers."""
    path = tmp_path_factory.mktemp("other") / "names.ttl"
    path.write_text(
        "PREFIX ex: <http://example.org/>\n"
        + "".join(f'ex:{number} ex:name "{name}" .\n' for number, name in ((3, "c"), (4, "d"), (99, "z")))
        + "[] ex:nobody true .\n"
    )
    with answering(create_app(Engine.from_files([path]))) as endpoint:
        yield endpoint


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory, other: str) -> Iterator[Engine]:
    """Yield an engine that may call that endpoint."""
    with calling(tmp_path_factory.mktemp("calling"), other) as engine:
        yield engine


def test_allowed_endpoint_is_called(engine: Engine, other: str) -> None:
    """Its answer is joined with ours; in one query as often as it is written."""
    sparql = f"""PREFIX ex: <http://example.org/>
        SELECT * {{ ?thing ex:p ?number . SERVICE <{other}> {{ ?thing ex:name ?name }} }}
        ORDER BY ?name"""
    answer = engine.query(sparql, CSV)
    assert answer.text.split() == [
        "thing,number,name",
        "http://example.org/3,3,c",
        "http://example.org/4,4,d",
    ]
    assert answer.failed_services == ()
    assert answer.version == engine.version
    twice = f"""PREFIX s: <{other.removesuffix("sparql")}>
        ASK {{ SERVICE s:sparql {{ ?a <http://example.org/name> "c" }}
              service silent<{other}>{{ ?b <http://example.org/nobody> ?c FILTER isBlank(?b) }} }}"""
    assert json.loads(engine.query(twice, JSON).body)["boolean"] is True
    assert engine.query("ASK { ?service ?p 3 } # SERVICE <http://x/> {}", JSON).rows == 1


@pytest.mark.parametrize(
    "call",
    [
        "SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }}",
        "SERVICE SILENT <http://127.0.0.1:{port}/> {{ ?s ?p ?o }}",
        "SERVICE <{other}/> {{ ?s ?p ?o }}",
        "SERVICE <{other}#x> {{ ?s ?p ?o }}",
        "SERVICE ?g {{ ?s ?p ?o }}",
        "BIND(<http://127.0.0.1:{port}/> AS ?g) SERVICE SILENT ?g {{ ?s ?p ?o }}",
        "SERVICE <{other}> {{ ?s ?p ?o }} SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }}",
        "SERVICE SILENT ex:a\\# {{ ?s ?p ?o }}",
        "ex:a\\# ?p ?o . SERVICE SILENT <http://127.0.0.1:{port}/> {{}}",
        "ex:a\\' ?p ?o . SERVICE SILENT <http://127.0.0.1:{port}/> {{}} ?s ?p 'x'",
        "?s ?p trueSERVICESILENT<http://127.0.0.1:{port}/>{{}}",
        "FILTER EXISTS {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}",
        "FILTER(?a<?b)SERVICE<http://127.0.0.1:{port}/>{{}} FILTER(?a>?b)",
    ],
)
def test_no_other_endpoint_is_called(engine: Engine, other: str, call: str) -> None:
    """Refused, or after SILENT left out, and nobody hears of it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        sparql = f"PREFIX ex: <http://127.0.0.1:{port}/> SELECT * {{ {call.format(port=port, other=other)} }}"
        if "SILENT" in sparql:
            assert engine.query(sparql, JSON).failed_services
        else:
            with pytest.raises(ServiceRefusedError) as caught:
                engine.query(sparql, JSON)
            assert caught.value.line == 1
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("respond", ["redirect", "broken", "html", "slow", "absent"])
def test_endpoint_that_does_not_answer_is_an_error(tmp_path: Path, respond: str) -> None:
    """With its name; after SILENT the answer says who is missing from it."""
    with misbehaving(respond) as endpoint, calling(tmp_path, endpoint, "http://127.0.0.1:1/") as engine:
        called = "http://127.0.0.1:1/" if respond == "absent" else endpoint
        with pytest.raises(ServiceFailedError) as caught:
            engine.query(f"SELECT * {{ SERVICE <{called}> {{ ?s ?p ?o }} }}", JSON)
        assert called in str(caught.value)
        answer = engine.query(f"SELECT * {{ SERVICE SILENT <{called}> {{ ?s ?p ?o }} }}", JSON)
        assert answer.failed_services == (called,)
        assert answer.rows == 1
        assert engine.query("ASK {}", JSON).rows == 1


def test_only_so_many_call_at_once(tmp_path: Path) -> None:
    """And they do not take the workers of others."""
    with misbehaving("slow") as endpoint, calling(tmp_path, endpoint) as engine:
        sparql = f"SELECT * {{ SERVICE <{endpoint}> {{ ?s ?p ?o }} }}"
        errors: list[BaseException] = []

        def call() -> None:
            try:
                engine.query(sparql, JSON)
            except (ServiceFailedError, QueryTimeoutError) as error:
                errors.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        time.sleep(0.3)
        with pytest.raises(OverloadedError, match="other endpoints"):
            engine.query(sparql, JSON)
        for _ in range(5):
            assert engine.query("ASK {}", JSON).rows == 1
        thread.join()
        assert len(errors) == 1


def test_the_response_names_the_services_that_failed(tmp_path: Path) -> None:
    with calling(tmp_path, "http://127.0.0.1:9/ж") as engine:
        sparql = "ASK { SERVICE SILENT <http://127.0.0.1:9/ж> { ?s ?p ?o } SERVICE SILENT ?g { ?s ?p ?o } }"
        response = Client(create_app(engine)).get("/sparql", query_string={"query": sparql})
        assert response.status_code == 200
        assert response.headers["Failed-Services"] == "http://127.0.0.1:9/%D0%B6 ?g"
        assert response.headers["Cache-Control"] == "no-store"
        response = Client(create_app(engine)).get(
            "/sparql", query_string={"query": sparql.replace(" SILENT", "")}
        )
        assert response.status_code == 403
        response = Client(create_app(engine)).get(
            "/sparql", query_string={"query": "ASK { SERVICE <http://127.0.0.1:9/ж> { ?s ?p ?o } }"}
        )
        assert response.status_code == 502
        assert "127.0.0.1:9" in response.text


def test_answer_may_be_awaited_in_another_event_loop(tmp_path: Path) -> None:
    """As by an application that runs in one of its own."""
    with calling(tmp_path, "http://127.0.0.1:9/") as engine:
        request = Request("ASK { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }", (JSON,))
        for _ in range(3):
            answer = asyncio.run(asyncio.wait_for(engine.answer(request), 10))
            assert answer.failed_services == ("http://127.0.0.1:9/",)


def test_query_that_calls_for_long_takes_no_place(tmp_path: Path) -> None:
    """It has none to give to the next."""
    endless = " ".join(f"?s{number} ?p{number} ?o{number} ." for number in range(30))
    service = "SERVICE SILENT <http://127.0.0.1:9/> { ?a ?b ?c }"
    sparql = f"SELECT (COUNT(*) AS ?n) {{ {endless} {service} }}"
    limits = replace(LIMITS, service_timeout=0.5)
    with calling(tmp_path, "http://127.0.0.1:9/", limits=limits) as engine:
        with pytest.raises(QueryTimeoutError):
            engine.query(sparql, JSON)
        assert engine.state()["idle"] <= engine.limits.workers
