"""Connections whose clients keep the server waiting are ended, and take nothing from others."""

import asyncio
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import cast
from urllib.parse import quote

import psutil
import pytest

from cstokg.settings import Serving
from cstokg.web.serving.connections import Connection, Connections
from cstokg.web.serving.response_cache import Reusable
from pools import ENDLESS, wait_for, write_data
from servers import Server, serving, workers_stopped

GET = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n"
OTHER = GET.replace(b"Host: x", b"Host: y")
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
LARGE = quote("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } LIMIT 30000")
SECONDS = ("--head-seconds", "1", "--body-seconds", "1", "--send-seconds", "1", "--timeout", "60")
LASTING = ("--short", "60")  # or else a worker that was stopped is woken when its query has had its time


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a small file."""
    return write_data(tmp_path_factory.mktemp("connections"))


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Server]:
    """Yield a server that waits for a second."""
    with serving("--data", data, *SECONDS, *LASTING) as started:
        started.send("GET", "/sparql", headers={"Accept": "text/html"})  # loads the pages
        yield started


def gauges(server: Server) -> dict[str, float]:
    """Return the numbers of the server without labels."""
    text = server.send("GET", "/metrics").body.decode()
    return {name: float(value) for name, value in re.findall(r"(?m)^cstokg_(\w+) (\S+)$", text)}


def at_rest(server: Server) -> dict[str, float]:
    """Return the numbers that go back to the same value when all clients have left."""
    names = (
        "descriptors",
        "tasks",
        "connections",
        "engine_idle",
        "engine_waiting",
        "sending_bytes",
        "pages_waiting",
    )
    found = gauges(server)
    return {name: found[name] for name in names}


def nothing_is_left(now: dict[str, float], before: dict[str, float]) -> bool:
    """Return whether no more is in use than before, and as many workers are idle."""
    idle = "engine_idle"
    return now[idle] >= before[idle] and all(now[name] <= before[name] for name in before if name != idle)


@pytest.fixture
def resting(server: Server) -> Iterator[dict[str, float]]:
    """Yield the numbers of a server at rest, to which it comes back after the test."""
    wait_for(lambda: gauges(server)["connections"] == 1)
    server.send("GET", "/sparql?query=ASK%7B%7D")
    before = at_rest(server)
    yield before
    wait_for(lambda: at_rest(server) == before)


def ended_after(connection: socket.socket, step: Callable[[], None], every: float) -> float:
    """Return the seconds until the server ends a connection on which an action is repeated."""
    start = time.monotonic()
    connection.settimeout(every)
    with suppress(ConnectionError):
        while time.monotonic() - start < 20:
            step()
            try:
                if not connection.recv(65_536):
                    break
            except TimeoutError:
                continue
    return time.monotonic() - start


def status(connection: socket.socket) -> int:
    """Return the status of the response; 0 where the connection ends without one."""
    try:
        received = connection.recv(65_536)
    except ConnectionError:
        return 0
    return int(received.split()[1]) if received else 0


def assert_others_are_answered(server: Server) -> None:
    """Check that light requests are answered soon."""
    start = time.monotonic()
    for _ in range(5):
        assert server.send("GET", "/sparql?query=ASK%7B%7D").status == 200
        assert server.send("GET", "/health").status == 200
    assert time.monotonic() - start < 2


@pytest.mark.usefixtures("resting")
def test_silent_connection_is_ended(server: Server) -> None:
    with server.connect() as connection:
        assert_others_are_answered(server)
        assert 0.5 < ended_after(connection, lambda: None, 0.1) < 3


@pytest.mark.usefixtures("resting")
def test_connection_that_is_silent_after_an_answer_is_ended(server: Server) -> None:
    with server.connect() as connection:
        for _ in range(2):
            connection.sendall(GET)
            assert status(connection) == 200
            time.sleep(0.5)
        assert 0.2 < ended_after(connection, lambda: None, 0.1) < 3


@pytest.mark.usefixtures("resting")
def test_head_that_comes_a_byte_at_a_time_is_not_waited_for(server: Server) -> None:
    with server.connect() as connection:
        rest = iter(GET + b"x" * 100)
        assert 0.5 < ended_after(connection, lambda: connection.sendall(bytes([next(rest)])), 0.2) < 3


@pytest.mark.usefixtures("resting")
@pytest.mark.parametrize(
    "framing", [b"Content-Length: 500\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n1f4\r\n"]
)
@pytest.mark.parametrize("trickling", [True, False])
def test_body_that_comes_slowly_is_refused(server: Server, framing: bytes, trickling: bool) -> None:
    with server.connect() as connection:
        connection.sendall(POST + framing)
        start = time.monotonic()
        connection.settimeout(0.2)
        received = b""
        while not received and time.monotonic() - start < 10:
            if trickling:
                connection.sendall(b"#")
            with suppress(TimeoutError):
                received = connection.recv(65_536)
        assert received.startswith(b"HTTP/1.1 408 ")
        assert 0.5 < time.monotonic() - start < 3
        assert_others_are_answered(server)


@pytest.mark.usefixtures("resting")
def test_body_that_breaks_off_is_not_answered(server: Server) -> None:
    for framing in (b"Content-Length: 60\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n6\r\n"):
        with server.connect() as connection:
            connection.sendall(POST + framing + b"ASK {}")
            connection.shutdown(socket.SHUT_WR)
            assert status(connection) in (0, 400)


@pytest.mark.usefixtures("resting")
def test_client_that_reads_nothing_of_an_answer_is_disconnected(server: Server) -> None:
    ended = gauges(server).get("connections_ended_slow_to_read", 0)
    with ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(server.connect())
            connection.sendall(
                f"GET /sparql?query={LARGE} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n".encode()
            )
        assert_others_are_answered(server)
        wait_for(lambda: gauges(server).get("connections_ended_slow_to_read", 0) == ended + 20)
        assert gauges(server)["sending_bytes"] == 0


def test_unread_answers_take_no_places_and_no_more_memory_than_documented(data: Path) -> None:
    """Each client asks another query, and is refused if the others' answers take all the memory for them."""
    most, clients = 12_000_000, 10
    options = ("--send-bytes", most, "--cache", "0", "--timeout", "60", "--queue-seconds", "60")
    with serving("--data", data, *map(str, options)) as server, ExitStack() as stack:
        server.send("GET", "/sparql", headers={"Accept": "text/html"})  # loads the pages
        memory = psutil.Process(server.process.pid).memory_info
        before = memory().rss
        statuses = []
        for number in range(clients):
            connection = stack.enter_context(server.connect())
            target = f"/sparql?query={LARGE}%20%23{number}"
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n".encode())
            statuses.append(int(connection.recv(12).split()[1]))
        found = gauges(server)
        assert found["engine_idle"] == found["engine_places"]
        assert found["engine_long"] == found["engine_waiting"] == 0
        assert 0 < found["sending_bytes"] <= most
        settings = Serving()
        of_connection = settings.head_bytes + settings.body_bytes + 65_536  # as docs/serving.md says
        assert memory().rss - before <= most + clients * of_connection
        assert_others_are_answered(server)
    assert set(statuses) == {200, 503}
    assert statuses[0] == 200


@pytest.mark.usefixtures("resting")
def test_client_that_reads_an_answer_slowly_gets_all_of_it(server: Server) -> None:
    target = f"GET /sparql?query={LARGE} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept: text/csv\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.connect(("127.0.0.1", server.port))
        connection.sendall(target.encode())
        received = b""
        while piece := connection.recv(1 << 18):
            received += piece
            time.sleep(0.02)
    head, _, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert length
    assert len(body) == int(length[1]) > 4_000_000


@pytest.mark.usefixtures("resting")
def test_client_that_waits_for_its_answer_is_left_alone(server: Server) -> None:
    with server.connect() as connection:
        target = f"/sparql?query={quote(ENDLESS)}&timeout=2.5"
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_for(lambda: gauges(server)["engine_short"] > 0)
        with workers_stopped(server):
            assert status(connection) == 503


@pytest.mark.usefixtures("resting")
def test_client_that_leaves_stops_its_query(server: Server) -> None:
    cancelled = gauges(server)["engine_cancelled"]
    with server.connect() as connection:
        connection.sendall(f"GET /sparql?query={quote(ENDLESS)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        wait_for(lambda: gauges(server)["engine_short"] > 0)
    wait_for(lambda: gauges(server)["engine_cancelled"] == cancelled + 1)


@pytest.mark.usefixtures("resting")
def test_head_without_end_is_not_kept(server: Server) -> None:
    before = gauges(server)["peak_memory_bytes"]
    for first in (
        b"",
        GET,
        f"GET /sparql?query={quote(ENDLESS)}&timeout=3 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    ):
        with server.connect() as connection:
            connection.sendall(first + b"GET /health HTTP/1.1\r\nHost: x\r\nX: ")
            start = time.monotonic()
            time.sleep(0.1)
            with workers_stopped(server), suppress(ConnectionError):
                while time.monotonic() - start < 8:
                    connection.sendall(b"x" * 65_536)
                    time.sleep(0.002)  # or else two processes are busy with megabytes that nobody keeps
            assert time.monotonic() - start < 6
    assert gauges(server)["peak_memory_bytes"] < before + 20_000_000


@pytest.mark.usefixtures("resting")
def test_requests_in_one_piece_are_answered_in_turn(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(GET * 20)
        received = b""
        while received.count(b"HTTP/1.1 200 ") < 20:
            piece = connection.recv(65_536)
            assert piece
            received += piece


@pytest.mark.usefixtures("resting")
@pytest.mark.parametrize(
    "body",
    [b"Content-Length: 6\r\n\r\nASK {}", b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n"],
)
@pytest.mark.parametrize("cut", [0, 1, 20, 130, 170, 190, 240])
def test_body_of_a_client_that_offers_another_protocol_is_read(server: Server, body: bytes, cut: int) -> None:
    """As the HttpClient of Java does, and curl with --http2; also behind a request without a body.

    Whether the head comes at once or in two packets.
    """
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
    with server.connect() as connection:
        connection.sendall(GET.replace(b"\r\n\r\n", b"\r\n" + offer + b"\r\n"))
        assert status(connection) == 200
        sent = POST + offer + body
        connection.sendall(sent[:cut])
        time.sleep(0.1)
        connection.sendall(sent[cut:])
        assert status(connection) == 200


@pytest.fixture(scope="module")
def patient(data: Path) -> Iterator[Server]:
    """Yield a server that waits for a head for longer than any test."""
    with serving("--data", data, "--head-seconds", "60") as started:
        yield started


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00\x01\x00", b"hello", b"get / "])
def test_what_is_no_request_is_refused_at_once(patient: Server, sent: bytes) -> None:
    with patient.connect() as connection:
        connection.sendall(sent)
        assert status(connection) in (0, 400)


@pytest.mark.usefixtures("resting")
def test_answer_to_a_body_that_is_too_large_can_be_read(server: Server) -> None:
    headers = {"Content-Type": "application/sparql-query"}
    for size in (500_000, 20_000_000):
        assert server.send("POST", "/sparql", b"#" * size, headers).status == 413


@pytest.mark.usefixtures("resting")
@pytest.mark.parametrize("cut", [0, 24, 40])
def test_address_in_raw_utf_8_is_read(server: Server, cut: int) -> None:
    sent = "GET /sparql?query=ASK{FILTER('ю'='ю')} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n".encode()
    with server.connect() as connection:
        connection.sendall(sent[:cut])
        time.sleep(0.1)
        connection.sendall(sent[cut:])
        received = b""
        while not received.endswith(b"true"):
            piece = connection.recv(65_536)
            assert piece, received
            received += piece
    assert received.startswith(b"HTTP/1.1 200 ")


def test_longest_silent_connection_ends_when_there_are_too_many(data: Path) -> None:
    with serving("--data", data, "--connections", "10") as server, ExitStack() as stack:
        silent = [stack.enter_context(server.connect()) for _ in range(10)]
        time.sleep(0.2)
        assert_others_are_answered(server)
        for connection in silent:
            connection.settimeout(0.2)
        assert status(silent[0]) == 0
        silent[-1].sendall(GET)
        assert status(silent[-1]) == 200
        assert gauges(server)["connections"] <= 10


def test_longest_silent_connection_ends_whosever_it_is(data: Path) -> None:
    with serving("--data", data, "--connections", "3") as server, ExitStack() as stack:
        found = []
        for number in (1, 2, 1):
            connection = stack.enter_context(socket.socket())
            connection.bind((f"127.0.0.{number}", 0))
            connection.connect(("127.0.0.1", server.port))
            found.append(connection)
            time.sleep(0.1)
        found[0].sendall(GET)
        assert status(found[0]) == 200
        with server.connect() as further:
            further.sendall(GET)
            assert status(further) == 200
        found[1].settimeout(2)
        assert status(found[1]) == 0
        found[2].sendall(GET)
        assert status(found[2]) == 200


def test_request_behind_another_is_never_answered_for_a_later_one(server: Server) -> None:
    """A request that comes while an answer is read does not get the next answer, which is for another one."""
    kept, victim = (
        f"GET /sparql?query={quote(sparql)} HTTP/1.1\r\nHost: {number}\r\nAccept: text/csv\r\n\r\n".encode()
        for number, sparql in enumerate(("ASK {}", "ASK { <urn:a> <urn:b> <urn:c> }"))
    )
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        connection.connect(("127.0.0.1", server.port))
        large = f"GET /sparql?query={LARGE} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n"
        connection.sendall(large.encode() + kept * 2)
        time.sleep(0.3)
        connection.sendall(victim * 2)
        connection.settimeout(5)
        received = b""
        while received.count(b"HTTP/1.1 200 OK") < 5 or not received.endswith(b"false"):
            piece = connection.recv(1 << 18)
            assert piece
            received += piece
    for request, answer in ((victim, b"false"), (kept, b"true")):
        for _ in range(3):
            with server.connect() as connection:
                connection.sendall(request)
                assert connection.recv(65_536).endswith(b"\r\n\r\n" + answer)


def test_body_that_looks_like_a_request_is_not_answered_as_one(server: Server) -> None:
    kept = GET.replace(b"Host: x", b"Host: body")
    for _ in range(3):
        with server.connect() as connection:
            connection.sendall(kept)
            assert status(connection) == 200
    with server.connect() as connection:
        connection.settimeout(1)
        connection.sendall(b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(kept))
        assert status(connection) == 405
        connection.sendall(kept)
        with suppress(TimeoutError, ConnectionError):
            assert connection.recv(65_536) == b""


def test_request_behind_an_empty_line_is_not_taken_for_the_one_before(server: Server) -> None:
    first, second = (GET.replace(b"Host: x", b"Host: %d" % number) for number in (1, 2))
    second = second.replace(b"ASK%7B%7D", b"ASK%7B%3Curn:a%3E%20?b%20?c%7D")
    for _ in range(3):
        with server.connect() as connection:
            for sent, answer in ((first, b"true"), (b"\r\n" + second, b"false")):
                connection.sendall(sent)
                assert connection.recv(65_536).endswith(b"\r\n\r\n" + answer)


def test_connections_whose_requests_are_being_answered_stay_when_there_are_too_many(data: Path) -> None:
    with serving("--data", data, "--connections", "4", *LASTING) as server, ExitStack() as stack:
        busy = [stack.enter_context(server.connect()) for _ in range(4)]
        for connection in busy:
            connection.sendall(
                f"GET /sparql?query={quote(ENDLESS)}&timeout=2 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
            )
        time.sleep(0.5)
        with workers_stopped(server):
            with server.connect() as further:
                assert status(further) == 0
            assert [status(connection) for connection in busy] == [503] * 4


def test_each_client_has_a_share_of_the_connections(data: Path) -> None:
    with serving("--data", data, "--client-connections", "5") as server, ExitStack() as stack:
        mine = [stack.enter_context(server.connect()) for _ in range(5)]
        with socket.socket() as other:
            other.bind(("127.0.0.2", 0))
            other.connect(("127.0.0.1", server.port))
            time.sleep(0.2)
            mine.append(stack.enter_context(server.connect()))
            mine[0].settimeout(2)
            assert status(mine[0]) == 0
            for connection in (other, *mine[1:]):
                connection.sendall(GET)
                assert status(connection) == 200


@pytest.mark.parametrize("count", [200])
def test_many_silent_and_slow_connections_take_nothing_from_others(data: Path, count: int) -> None:
    with serving("--data", data, "--head-seconds", "4") as server, ExitStack() as stack:
        before = at_rest(server)  # perhaps with a task of the server's start, which ends
        for number in range(count):
            connection = stack.enter_context(server.connect())
            if number % 2:
                connection.sendall(POST + b"Content-Length: 100\r\n\r\nASK")
        assert_others_are_answered(server)
        stack.close()
        wait_for(lambda: nothing_is_left(at_rest(server), before))


def test_no_more_connections_are_held_than_the_system_allows_open_files(data: Path) -> None:
    with serving("--data", data, within=("prlimit", "--nofile=128")) as server, ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(server.connect())
        assert_others_are_answered(server)


class Transport:
    """A transport without a network: keeps what is written, and whether it was aborted."""

    def __init__(self, port: int = 1) -> None:
        """Connect a client that has a port."""
        self.port = port
        self.written: list[bytes] = []
        self.aborted = False

    def get_extra_info(self, _: str) -> tuple[str, int]:
        """Return the address of the client."""
        return ("127.0.0.1", self.port)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes the client has not taken."""
        return 0

    def is_closing(self) -> bool:
        """Return whether it was aborted."""
        return self.aborted

    def write(self, data: bytes) -> None:
        """Keep what is sent."""
        self.written.append(data)

    def abort(self) -> None:
        """Keep that the connection was ended."""
        self.aborted = True

    def __getattr__(self, _: str) -> Callable[..., None]:
        """Do nothing."""
        return lambda *_: None


def connected(
    connections: Connections, transport: Transport, inner: type[asyncio.Protocol] = asyncio.Protocol
) -> Connection:
    """Return a connection over a transport."""
    connection = cast("Connection", connections.protocol(inner)())
    connection.connection_made(cast("asyncio.Transport", transport))
    return connection


def test_requests_that_come_before_the_first_is_answered_are_not_all_parsed() -> None:
    """Of thousands of small ones that come at once only a few are kept parsed; all are answered in turn."""
    parsed = 0

    class Inner(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.Transport", transport)

        def data_received(self, data: bytes) -> None:
            nonlocal parsed
            parsed += len(data)
            self.transport.pause_reading()

    async def act() -> None:
        connection = connected(Connections(Serving()), Transport(), Inner)
        connection.data_received(b"GET / HTTP/1.1\r\n\r\n" * 10_000)

    asyncio.run(act())
    assert 0 < parsed < 5_000


@pytest.mark.parametrize("then", [Connection.resume_writing, Connection.begin_request])
def test_client_that_has_not_taken_the_end_of_an_answer_is_not_waited_for_without_end(
    then: Callable[[Connection], None],
) -> None:
    """Whether it then reads the end and is silent, or sends another request and reads nothing."""

    async def act() -> bool:
        transport = Transport()
        connection = connected(Connections(Serving(head_seconds=0.1, send_seconds=0.1)), transport)
        connection.begin_request()
        connection.pause_writing()
        connection.end_request(None)
        then(connection)
        await asyncio.sleep(0.3)
        return transport.aborted

    assert asyncio.run(act())


def test_no_more_connections_are_held_than_allowed_when_many_come_at_once() -> None:
    async def act() -> tuple[int, list[bool]]:
        connections = Connections(Serving(connections=2))
        transports = [Transport(port) for port in range(5)]
        for transport in transports:
            connected(connections, transport)
        return len(connections), [transport.aborted for transport in transports]

    assert asyncio.run(act()) == (2, [True, True, True, False, False])


def test_end_of_an_answer_that_looks_like_a_response_is_not_cached_as_one() -> None:
    head = b"HTTP/1.1 200 OK\r\ndate: Sat, 28 Nov 2026 10:09:59 GMT\r\ncontent-length: %d\r\n\r\n"
    forged = head % 4 + b"evil"

    async def act() -> list[bytes]:
        transport = Transport()
        inner: list[asyncio.Transport] = []

        class Inner(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                inner.append(cast("asyncio.Transport", transport))

        connection = connected(Connections(Serving()), transport, Inner)
        for request, pieces in (
            (GET, (head % (65_536 + len(forged)), b"x" * 65_536, forged)),
            (OTHER, (head % 4, b"true")),
        ):
            connection.data_received(request)
            connection.begin_request()
            for piece in pieces:
                inner[0].write(piece)
            connection.end_request(Reusable("", lambda _: None))
            await asyncio.sleep(0)
        sent = len(transport.written)
        connection.data_received(OTHER)
        connection.data_received(GET)
        return transport.written[sent:]

    [whole] = asyncio.run(act())
    assert whole.endswith(b"true")
