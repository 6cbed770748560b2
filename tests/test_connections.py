"""Clients that leave are noticed, clients that dawdle are cut off, and clients that wait are left alone."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cstokg.web import clients

READERS = 2
PROGRAM = f"""
import time
from werkzeug.serving import make_server
from cstokg.web.clients import Patience

def app(environ, start_response):
    waited = 0
    if environ["PATH_INFO"] == "/wait":
        while waited < 4 and not environ["gone"]():
            time.sleep(0.05)
            waited += 0.05
    if environ["gone"]():
        print("gone", flush=True)
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

patience = Patience(app, "gone", 1000, {READERS}, seconds=1)
server = make_server("127.0.0.1", 0, patience, threaded=True)
server.daemon_threads = True
print(server.server_port, flush=True)
server.serve_forever()
"""
REPLY_SECONDS = 20


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    """A server with little patience; its own process, since connections have two ends."""
    command = [sys.executable, "-c", PROGRAM]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as started:
        yield started
        started.kill()


@pytest.fixture(scope="module")
def port(process: subprocess.Popen[str]) -> int:
    """Where it listens."""
    assert process.stdout is not None
    return int(process.stdout.readline())


def connect(port: int) -> socket.socket:
    """A connection."""
    return socket.create_connection(("127.0.0.1", port), timeout=REPLY_SECONDS)


def status(connection: socket.socket) -> int:
    """The status of the response; 0 where the connection ends without one."""
    try:
        received = connection.recv(4096)
    except ConnectionError:
        return 0
    return int(received.split()[1]) if received else 0


def post(length: int, body: bytes) -> bytes:
    """A request that says how long its body is."""
    return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (length, body)


def test_bodies_come_through(port: int) -> None:
    """Empty or not; one that breaks off is refused."""
    for body in (b"", b"x", b"x" * 999):
        with connect(port) as connection:
            connection.sendall(post(len(body), body))
            assert status(connection) == 200
    with connect(port) as connection:
        connection.sendall(post(10, b"x"))
        connection.shutdown(socket.SHUT_WR)
        assert status(connection) == 400


@pytest.mark.parametrize("trickling", [False, True])
def test_slow_client_is_cut_off(port: int, trickling: bool) -> None:
    """Whether it stalls or sends a byte now and then."""
    with connect(port) as connection:
        connection.sendall(post(500, b"x"))
        start = time.monotonic()
        connection.settimeout(0.2)
        while time.monotonic() - start < REPLY_SECONDS:
            try:
                if trickling:
                    connection.sendall(b"x")
                connection.recv(4096)
                break
            except TimeoutError:
                continue
            except ConnectionError:
                break
        assert 1 <= time.monotonic() - start < REPLY_SECONDS


def test_too_many_slow_clients_are_turned_away(port: int) -> None:
    """Those without a body are served meanwhile."""
    slow = [connect(port) for _ in range(READERS)]
    for connection in slow:
        connection.sendall(post(500, b"x"))
    time.sleep(0.2)
    with connect(port) as connection:
        connection.sendall(post(1, b"x"))
        assert status(connection) == 503
    with connect(port) as connection:
        connection.sendall(post(0, b""))
        assert status(connection) == 200
    for connection in slow:
        connection.close()


def test_client_that_waits_is_left_alone(port: int) -> None:
    """Also beside slow ones from the same address, and beside others that came at the same moment."""

    def wait(_: int) -> int:
        with connect(port) as connection:
            connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
            return status(connection)

    with ThreadPoolExecutor(3) as threads, connect(port) as slow:
        slow.sendall(post(500, b"x"))
        assert list(threads.map(wait, range(3))) == [200, 200, 200]


def test_client_that_leaves_is_noticed(process: subprocess.Popen[str], port: int) -> None:
    """Long before its response would be ready."""
    heard: list[str] = []
    assert process.stdout is not None
    listening = threading.Thread(target=lambda: heard.append(process.stdout.readline()))  # type: ignore[union-attr]
    listening.start()
    with connect(port) as connection:
        connection.sendall(b"GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.3)
        assert not heard
    listening.join(2)
    assert heard == ["gone\n"]


@pytest.mark.parametrize(
    ("seconds", "times", "lost"),
    [
        (7.0, [(0.5, 0.5), (1.0, 2.0)], True),  # only others, which were sent something since
        (7.0, [(0.5, 0.5), (7.1, 7.1)], False),  # one may be its own
        (7.0, [(5.0, 7.1)], False),  # it was told to go on with its body
        (7.0, [(0.0, 0.0)], False),  # the system counts no times
        (7.0, [], False),
        (5.0, [(0.5, 0.5)], False),  # too early to say
    ],
)
def test_client_whose_connection_is_gone_is_noticed_late(
    monkeypatch: pytest.MonkeyPatch, seconds: float, times: list[tuple[float, float]], lost: bool
) -> None:
    """A busy machine looks first when nothing is left to look at; in doubt the client is there."""
    found = [(socket.socket(), sent, received) for sent, received in times]
    monkeypatch.setattr(clients, "_connections", lambda address="": iter(found if not address else ()))
    presence = clients.Presence("192.0.2.1")
    presence._since -= seconds  # noqa: SLF001 - instead of waiting
    assert presence() == lost
    for connection, _, _ in found:
        connection.close()
