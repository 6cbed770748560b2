"""Crowds of clients that ask much at once, slowly, or nothing, and what other clients see meanwhile.

Each function sends one kind of crowd to a running server and returns what happened. The crowd runs in one
thread, and the client that represents the others in a process of its own, so that neither slows the other.
"""

import asyncio
import itertools
import multiprocessing
import socket
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import quote

import psutil

from servers import Server

LIGHT = "ASK { ?s ?p ?o } # "
# An ordinary query over a release: 500 rows, about 10 ms.
ORDINARY = """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?s ?label ?e WHERE {
    ?s a ckg:EvidencedRecord ; ckg:evidence ?e .
    OPTIONAL { ?s skos:prefLabel ?label FILTER (LANG(?label) = "en") }
} ORDER BY ?s ?e LIMIT 500 # """
# Over any data of some thousand triples this is an answer of several megabytes.
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000"
PROBE_INTERVAL = 0.02
WATCH_INTERVAL = 0.25
REPLY_SECONDS = 60
RECOVERY_SECONDS = 30
_OPEN = {
    "01",
    "08",
}  # the states ESTABLISHED and CLOSE_WAIT of /proc/net/tcp: not closed on the server's side

# Each number makes a new text of a query, which was asked neither in this run nor in another.
_numbers = itertools.count(time.time_ns())

Behaviour = Callable[[socket.socket], Awaitable[None]]
Crowd = Callable[..., "Outcome"]  # takes the server, the number of clients, the seconds, and options


@dataclass(frozen=True, slots=True)
class Latency:
    """How many seconds answers with status 200 took, and the other statuses."""

    seconds: tuple[float, ...]
    failures: Counter[str]

    def quantile(self, share: float) -> float:
        """Return the value below which this share lies; infinite where there is none."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")

    @property
    def p50(self) -> float:
        """The median."""
        return self.quantile(0.5)

    @property
    def p99(self) -> float:
        """The 99th percentile."""
        return self.quantile(0.99)

    @property
    def slowest(self) -> float:
        """The largest."""
        return self.quantile(1)


@dataclass(frozen=True, slots=True)
class Footprint:
    """What the processes of a server hold; memory is PSS, in bytes, shared pages counted once."""

    processes: int
    descriptors: int
    memory: int
    memories: tuple[tuple[int, int], ...] = ()  # process ids, and the memory of each

    def greater(self, other: "Footprint") -> "Footprint":
        """Return the larger one of each figure."""
        mine, others = dict(self.memories), dict(other.memories)
        return Footprint(
            max(self.processes, other.processes),
            max(self.descriptors, other.descriptors),
            max(self.memory, other.memory),
            tuple((pid, max(mine.get(pid, 0), others.get(pid, 0))) for pid in mine | others),
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to a crowd, and to others meanwhile.

    Attributes:
        statuses: The statuses of the responses to the crowd, counted; 0 is no response, -1 no connection.
        retry_after: How many responses with 503 had a header Retry-After.
        closed_after: For each slow connection that the server closed, the seconds since it was opened.
        left_open: How many connections were open until their clients closed them.
        rest: The latency of a light client before.
        others: The latency of a light client meanwhile.
        before: What the server's processes held before.
        peak: The most that they held meanwhile.
        after: What they held when the crowd was gone.
        recovered_after: Seconds from the end of the crowd until a light query was answered with 200; None
            if none was within RECOVERY_SECONDS.
    """

    statuses: Counter[int]
    retry_after: int
    closed_after: tuple[float, ...]
    left_open: int
    rest: Latency
    others: Latency
    before: Footprint
    peak: Footprint
    after: Footprint
    recovered_after: float | None

    def summary(self) -> str:
        """Return the whole outcome as text."""
        closed = f"{min(self.closed_after):.1f}-{max(self.closed_after):.1f} s" if self.closed_after else "-"
        sight = [
            f"p50 {one.p50 * 1000:.1f} p99 {one.p99 * 1000:.1f} max {one.slowest * 1000:.1f} ms"
            for one in (self.rest, self.others)
        ]
        held = " / ".join(
            f"{one.processes} processes {one.descriptors} descriptors {one.memory / 1e6:.0f} MB"
            for one in (self.before, self.peak, self.after)
        )
        return (
            f"statuses {dict(self.statuses)}, {self.retry_after} with Retry-After; "
            f"closed {len(self.closed_after)} after {closed}, left open {self.left_open}\n"
            f"  others at rest: {sight[0]}; meanwhile: {sight[1]}, {len(self.others.seconds)} answers, "
            f"otherwise {dict(self.others.failures)}\n"
            f"  held before / at most / after: {held}; recovered after {self.recovered_after} s"
        )


def burst(
    server: Server,
    clients: int,
    each: int = 20,
    sparql: str = ORDINARY,
    *,
    addresses: int = 1,
    settle: float = 1,
    rest: float = 2,
) -> Outcome:
    """Send clients that ask one query after the other, each on a new connection and with a new text.

    Args:
        server: The server that they ask.
        clients: How many ask at once.
        each: How many requests each client sends, whatever the answers.
        sparql: The query; a number is added at its end.
        addresses: How many addresses of the loopback network they have.
        settle: Seconds from the end until the server's processes are counted again.
        rest: Seconds for which a light client asks before.
    """
    statuses: Counter[int] = Counter()
    retry_after = 0

    async def ask(number: int) -> None:
        nonlocal retry_after
        for _ in range(each):
            status, head, _body = await request(
                server.port, get(f"{sparql}{next(_numbers)}"), _address(number, addresses)
            )
            statuses[status] += 1
            retry_after += status == 503 and b"\r\nretry-after:" in head.lower()

    async def crowd(watch: Callable[[], Awaitable[None]]) -> None:
        watching = asyncio.ensure_future(watch())
        await asyncio.gather(*map(ask, range(clients)))
        watching.cancel()

    return _observed(server, crowd, lambda: (statuses, retry_after, (), 0), settle, rest)


def unread(
    server: Server,
    clients: int,
    seconds: float,
    target: str = "",
    *,
    distinct: bool = False,
    **options: float,
) -> Outcome:
    """Send clients that ask for a large answer and read nothing of it.

    Args:
        server: The server that they ask.
        clients: How many ask at once.
        seconds: How long they stay, unless all are disconnected before.
        target: The path and query; if it is empty, a query with an answer of some megabytes.
        distinct: Whether each asks a query of its own, so that no answer is shared.
        options: The further arguments of ``stay``.
    """
    return stay(server, clients, seconds, reads_nothing(target, distinct=distinct), **options)


def slow_heads(server: Server, clients: int, seconds: float, pause: float = 1, **options: float) -> Outcome:
    """Send clients that send the head of a request a byte at a time, and never end it."""
    return stay(server, clients, seconds, lambda one: sends_slowly_its_head(one, pause), **options)


def slow_bodies(server: Server, clients: int, seconds: float, pause: float = 1, **options: float) -> Outcome:
    """Send clients that send the head of a POST at once and its body a byte at a time."""
    return stay(server, clients, seconds, lambda one: sends_slowly_its_body(one, pause), **options)


def silent(server: Server, clients: int, seconds: float, **options: float) -> Outcome:
    """Send clients that connect and send nothing."""
    return stay(server, clients, seconds, says_nothing, **options)


def stay(
    server: Server,
    clients: int,
    seconds: float,
    behave: Behaviour,
    *,
    addresses: float = 1,
    settle: float = 1,
    rest: float = 2,
) -> Outcome:
    """Send clients that connect once, behave in some way, and stay until the server closes them.

    Args:
        server: To whom they connect.
        clients: How many at once.
        seconds: How long they stay, unless all are closed before.
        behave: What each does with its connection; it may return at any time.
        addresses: From as many addresses of the loopback network.
        settle: Seconds from the end until the server's processes are counted again.
        rest: Seconds for which a light client asks before.
    """
    statuses: Counter[int] = Counter()
    closed: dict[int, float] = {}
    started: dict[int, float] = {}

    async def visit(number: int, connections: dict[int, socket.socket]) -> None:
        try:
            connection = await connect(server.port, _address(number, int(addresses)), small=True)
        except OSError:
            statuses[-1] += 1
            return
        port = connection.getsockname()[1]
        connections[port], started[port] = connection, time.monotonic()
        with suppress(OSError):
            await behave(connection)

    async def crowd(watch: Callable[[], Awaitable[None]]) -> None:
        connections: dict[int, socket.socket] = {}
        watching = asyncio.ensure_future(watch())
        visits = [asyncio.ensure_future(visit(number, connections)) for number in range(clients)]
        end = time.monotonic() + seconds
        while time.monotonic() < end and len(closed) + statuses[-1] < clients:
            await asyncio.sleep(WATCH_INTERVAL)
            held, now = held_open(server.port), time.monotonic()
            for port in started.keys() - held - closed.keys():
                closed[port] = now - started[port]
        watching.cancel()
        for visiting in visits:
            visiting.cancel()
        await asyncio.gather(*visits, return_exceptions=True)
        for connection in connections.values():
            statuses[_status_there(connection)] += 1
            connection.close()

    return _observed(
        server,
        crowd,
        lambda: (statuses, 0, tuple(sorted(closed.values())), len(started) - len(closed)),
        settle,
        rest,
    )


def reads_nothing(target: str = "", *, distinct: bool = False) -> Behaviour:
    """Ask for a target, or for an answer of some megabytes, and read nothing."""

    async def behave(connection: socket.socket) -> None:
        if target:
            head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode("ascii")
        else:
            head = get(f"{LARGE} # {next(_numbers)}" if distinct else LARGE)
        await asyncio.get_running_loop().sock_sendall(connection, head)

    return behave


async def sends_slowly_its_head(connection: socket.socket, pause: float = 1) -> None:
    """Send the head of a request a byte at a time, without end."""
    head = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
    await _drip(connection, b"", head, pause)


async def sends_slowly_its_body(connection: socket.socket, pause: float = 1) -> None:
    """Send the head of a POST at once, and its body a byte at a time."""
    await _drip(connection, post_head("application/sparql-query", 10_000), b"ASK {} # ", pause)


async def says_nothing(_: socket.socket) -> None:
    """Send nothing."""


def footprint(server: Server) -> Footprint:
    """Return what the processes of a server hold now."""
    descriptors, memories = 0, []
    with suppress(psutil.NoSuchProcess):
        main = psutil.Process(server.process.pid)
        for process in (main, *main.children(recursive=True)):
            with suppress(psutil.Error):
                descriptors += process.num_fds()
                memories.append((process.pid, process.memory_full_info().pss))
    return Footprint(len(memories), descriptors, sum(size for _, size in memories), tuple(memories))


def held_open(port: int) -> set[int]:
    """Return the ports of the clients whose connections a server on a port has not closed."""
    found = set()
    for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        _, local, remote, state, *_ = line.split(maxsplit=4)
        if state in _OPEN and int(local.rpartition(":")[2], 16) == port:
            found.add(int(remote.rpartition(":")[2], 16))
    return found


def get(sparql: str, accept: str = "application/sparql-results+json") -> bytes:
    """Return a request by GET that has a connection of its own."""
    target = f"/sparql?query={quote(sparql, safe='')}"
    head = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: {accept}\r\nConnection: close\r\n\r\n"
    return head.encode("ascii")


def post_head(media_type: str, length: int) -> bytes:
    """Return the head of a request by POST."""
    return (
        f"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {media_type}\r\n"
        f"Content-Length: {length}\r\nConnection: close\r\n\r\n"
    ).encode("ascii")


async def connect(port: int, address: str = "127.0.0.1", *, small: bool = False) -> socket.socket:
    """Return a connection, perhaps one whose kernel keeps as little as possible of what is not read.

    Raises:
        OSError: There is none.
    """
    connection = socket.socket()
    try:
        connection.setblocking(False)
        if small:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        if address != "127.0.0.1":
            connection.bind((address, 0))
        await asyncio.wait_for(
            asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", port)), REPLY_SECONDS
        )
    except BaseException:
        connection.close()
        raise
    return connection


async def request(
    port: int, sent: bytes, address: str = "127.0.0.1", seconds: float = REPLY_SECONDS
) -> tuple[int, bytes, bytes]:
    """The status, the head and the body of the response to a request that asks to close the connection.

    The status is 0 where the connection ends without a response or within one, or where it takes longer than
    so many seconds; -1 where there is no connection.
    """
    loop = asyncio.get_running_loop()
    try:
        connection = await connect(port, address)
    except OSError:
        return -1, b"", b""
    received = bytearray()
    try:
        with suppress(ConnectionError):  # a server may answer before it has read all
            await loop.sock_sendall(connection, sent)
        async with asyncio.timeout(seconds):
            while piece := await loop.sock_recv(connection, 1 << 16):
                received += piece
    except (OSError, TimeoutError):
        pass
    finally:
        connection.close()
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1."):
        return 0, head, body
    length = _length(head)
    if b"transfer-encoding: chunked" in head.lower():
        body, whole = _joined(body)
    else:
        whole = length is None or len(body) == length
    return int(head[9:12]) if whole else 0, head, body


@contextmanager
def watching(port: int, sparql: str = LIGHT) -> Iterator[Callable[[], Latency]]:
    """Yield a function that ends a process which asks light queries, and returns what that process saw."""
    context = multiprocessing.get_context("spawn")
    mine, its = context.Pipe()
    process = context.Process(target=_probe, args=(its, port, sparql))
    process.start()
    mine.recv()  # it is ready

    def told() -> Latency:
        mine.send("end")
        seconds, failures = mine.recv()
        return Latency(tuple(seconds), failures)

    try:
        yield told
    finally:
        mine.close()
        process.join(REPLY_SECONDS)
        process.kill()


def _probe(pipe: Connection, port: int, sparql: str) -> None:
    """Ask until told to end, a new connection for each request."""
    seconds: list[float] = []
    failures: Counter[str] = Counter()
    pipe.send("ready")
    with suppress(EOFError):
        while not pipe.poll(PROBE_INTERVAL):
            start = time.monotonic()
            connection = HTTPConnection("127.0.0.1", port, timeout=REPLY_SECONDS)
            try:
                connection.request("GET", f"/sparql?query={quote(f'{sparql}{time.time_ns()}', safe='')}")
                response = connection.getresponse()
                response.read()
                if response.status == 200:
                    seconds.append(time.monotonic() - start)
                else:
                    failures[str(response.status)] += 1
            except (OSError, HTTPException) as error:
                failures[type(error).__name__] += 1
            finally:
                connection.close()
        pipe.recv()
        pipe.send((seconds, failures))


def _observed(
    server: Server,
    crowd: Callable[[Callable[[], Awaitable[None]]], Awaitable[None]],
    seen: Callable[[], tuple[Counter[int], int, tuple[float, ...], int]],
    settle: float,
    rest_seconds: float,
) -> Outcome:
    """Send a crowd, and look at the server before, meanwhile and afterwards."""
    rest = Latency((), Counter())
    if rest_seconds:
        with watching(server.port) as told:
            time.sleep(rest_seconds)
            rest = told()
    before = peak = footprint(server)

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = peak.greater(footprint(server))
            await asyncio.sleep(WATCH_INTERVAL)

    async def run() -> None:
        await crowd(watch)

    with watching(server.port) as told:
        asyncio.run(run())
        others = told()
    recovered_after = _recovery(server.port)
    time.sleep(settle)
    return Outcome(*seen(), rest, others, before, peak, footprint(server), recovered_after)


def _recovery(port: int) -> float | None:
    """Return seconds until a light query is answered."""
    start = time.monotonic()
    while (taken := time.monotonic() - start) < RECOVERY_SECONDS:
        if asyncio.run(request(port, get(f"{LIGHT}{next(_numbers)}")))[0] == 200:
            return round(taken, 3)
        time.sleep(0.05)
    return None


async def _drip(connection: socket.socket, first: bytes, then: bytes, pause: float) -> None:
    """Send some bytes at once, then the others one at a time, and repeat the last one without end."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, first)
    for byte in itertools.chain(then, itertools.repeat(ord("a"))):
        await loop.sock_sendall(connection, bytes([byte]))
        await asyncio.sleep(pause)


def _address(number: int, addresses: int) -> str:
    """One of so many addresses of the loopback network, from which nobody else asks."""
    return f"127.0.1.{1 + number % min(addresses, 250)}"


def _status_there(connection: socket.socket) -> int:
    """Return the status of what has come unread on a connection; 0 where nothing has."""
    try:
        received = connection.recv(64)
    except OSError:
        return 0
    return int(received[9:12]) if received.startswith(b"HTTP/1.") else 0


def _length(head: bytes) -> int | None:
    """Return the length that a head names."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return None


def _joined(body: bytes) -> tuple[bytes, bool]:
    """Return a chunked body as one piece, and whether it is complete."""
    pieces: list[bytes] = []
    while body:
        line, _, body = body.partition(b"\r\n")
        size = int(line.partition(b";")[0] or b"0", 16)
        if size == 0:
            return b"".join(pieces), bool(line)
        pieces.append(body[:size])
        body = body[size + 2 :]
    return b"".join(pieces), False
