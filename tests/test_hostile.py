"""Bad requests: each gets its own answer, and afterwards the server is as it was.

That is: a small query is answered at once, the data are the same, and no other server was called.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from hostile_queries import HERE, QUERIES, STOPPED
from hostile_requests import ASK, HEAD, REQUESTS
from pools import COUNT, ENDLESS, write_data
from servers import Response, Server, serving


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small file."""
    return write_data(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Server]:
    """Yield a server with tight limits, so that the tests are quick."""
    options = ("--timeout", "1.5", "--short", "0.2", "--memory", "128", "--result-bytes", "5000000")
    with serving("--data", data, *options) as started:
        yield started
        assert started.process.poll() is None


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """Yield a socket that notices every attempt to connect."""
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.setblocking(False)
        yield made


def check(server: Server, data: Path, listener: socket.socket) -> None:
    """Check that the server is as it was, and that nothing was fetched."""
    start = time.monotonic()
    assert json.loads(server.send("GET", f"/sparql?query={ASK}", headers={"Accept": "*/*"}).body)["boolean"]
    assert time.monotonic() - start < 3  # a hundredth of that, if the machine does nothing else
    count = server.ask("SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }")
    assert count.body.split() == [b"n", str(COUNT).encode()]
    assert len(data.read_text().splitlines()) == COUNT
    with pytest.raises(BlockingIOError):
        listener.accept()


def check_problem(response: Response) -> None:
    """An error is a problem document that does not reveal how the server works."""
    if response.status < 400 or not response.body:
        return
    assert b"Traceback" not in response.body
    assert b".py" not in response.body
    if "problem+json" in response.headers.get("content-type", ""):
        problem = json.loads(response.body)
        assert problem["status"] == response.status
        assert problem["type"].startswith("https://")
        assert problem["title"]
        assert problem["detail"]


@pytest.mark.parametrize(
    ("sparql", "statuses"), [pytest.param(query, right, id=name) for name, query, right in QUERIES]
)
def test_hostile_query(
    server: Server, data: Path, listener: socket.socket, sparql: str, statuses: set[int]
) -> None:
    """Its status is as expected, and within the deadline; the next query is answered at once."""
    address = f"<http://127.0.0.1:{listener.getsockname()[1]}/>"
    # What may be stopped is stopped soon; what has to be answered is given longer, for a busy machine.
    sooner = {"timeout": "0.3"} if statuses & STOPPED else {}
    start = time.monotonic()
    response = server.ask(sparql.replace(HERE, address), "*/*", **sooner)
    assert time.monotonic() - start < 6
    assert response.status in statuses, response.body[:500]
    check_problem(response)
    check(server, data, listener)


@pytest.mark.parametrize(
    ("send", "statuses"), [pytest.param(request, right, id=name) for name, request, right in REQUESTS]
)
def test_hostile_request(
    server: Server,
    data: Path,
    listener: socket.socket,
    send: Callable[[Server], Response],
    statuses: set[int],
) -> None:
    """Its status is as expected; the next query is answered at once."""
    response = send(server)
    assert response.status in statuses, response.body[:500]
    check_problem(response)
    check(server, data, listener)


def test_there_are_enough_of_them() -> None:
    """And no two have the same name."""
    names = [name for name, *_ in QUERIES] + [name for name, *_ in REQUESTS]
    assert len(names) >= 150
    assert len({name for name, *_ in QUERIES}) == len(QUERIES)
    assert len({name for name, *_ in REQUESTS}) == len(REQUESTS)


def test_slow_clients_take_nothing_from_others(server: Server, data: Path, listener: socket.socket) -> None:
    """Twice as many as are read at once: others are served, by POST too once a slow one has left."""
    connections = [server.connect() for _ in range(32)]
    try:
        for connection in connections:
            connection.sendall(HEAD + b"Content-Length: 100\r\n\r\nASK")
        for _ in range(10):
            assert server.send("GET", f"/sparql?query={ASK}").status == 200
            assert server.send("GET", "/health").status == 200
    finally:
        for connection in connections:
            connection.close()
    end = time.monotonic() + 5
    while server.ask("ASK {}", "*/*").status != 200:
        assert time.monotonic() < end
        time.sleep(0.05)
    check(server, data, listener)


def test_clients_that_leave_stop_their_queries(data: Path) -> None:
    """Long before the deadline; those who wait for a worker too."""
    with serving("--data", data, "--timeout", "60", "--short", "60") as patient:
        target = f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        connections = [patient.connect() for _ in range(4)]
        for number, connection in enumerate(connections):
            connection.sendall(target)
            time.sleep(0.1 * (number + 1))  # so that they can be told apart
        for connection in connections:
            connection.close()
        end = time.monotonic() + 30
        while patient.send("GET", f"/sparql?query={ASK}").status != 200:
            assert time.monotonic() < end
        start = time.monotonic()
        assert patient.send("GET", f"/sparql?query={quote('ASK { }')}").status == 200
        assert time.monotonic() - start < 5
