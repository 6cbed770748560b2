"""A crowd records what a server does to it; and ours answers bursts of clients."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest

import crowds
from cstokg.release import Release
from servers import Server, serving

pytestmark = pytest.mark.early

SLACK = 8  # descriptors: of the client that looks, and of a worker that is being replaced

# Closes connections without a complete head in a second; refuses every second burst; sends a large answer.
SCRIPT = """
import asyncio

asked = 0


async def answer(reader, writer):
    global asked
    try:
        async with asyncio.timeout(1):
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            if head.startswith(b"POST"):
                await reader.readexactly(10_000)
    except TimeoutError:
        if reader._buffer or "POST" in str(locals().get("head")):
            writer.write(b"HTTP/1.1 408 Slow\\r\\nContent-Length: 0\\r\\n\\r\\n")
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    else:
        asked += b"burst" in head
        if b"burst" in head and asked % 2:
            writer.write(b"HTTP/1.1 503 Busy\\r\\nRetry-After: 1\\r\\nContent-Length: 0\\r\\n\\r\\n")
        elif b"broken" in head:
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 10\\r\\n\\r\\nhalf")
        elif b"large" in head:
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 10000000\\r\\n\\r\\n" + bytes(10_000_000))
            await asyncio.sleep(1)
            writer.transport.abort()
            return
        else:
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    writer.close()


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=200)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Yield a server that behaves like this."""
    with subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Server(process, "", f"http://127.0.0.1:{process.stdout.readline().strip()}/sparql")
        process.terminate()


def test_a_burst_counts_statuses_and_headers_retry_after(server: Server) -> None:
    outcome = crowds.burst(server, 4, 5, "burst", settle=0, rest=0.1)
    assert outcome.rest.p50 < 1
    assert outcome.statuses == {200: 10, 503: 10}
    assert outcome.retry_after == 10
    assert outcome.recovered_after is not None


@pytest.mark.parametrize(
    ("crowd", "status"), [(crowds.silent, 0), (crowds.slow_heads, 408), (crowds.slow_bodies, 408)]
)
def test_the_end_of_slow_connections_is_seen(server: Server, crowd: crowds.Crowd, status: int) -> None:
    outcome = crowd(server, 5, 10, settle=0, rest=0)
    assert outcome.statuses == {status: 5}
    assert outcome.left_open == 0
    assert 0.9 < min(outcome.closed_after) <= max(outcome.closed_after) < 3
    # A connection of those that asked before may still be closing.
    rest = min(outcome.before.descriptors, outcome.after.descriptors)
    assert outcome.peak.descriptors >= rest + 5
    assert outcome.others.p99 < 1
    assert not outcome.others.failures


def test_the_end_of_unread_answers_is_seen(server: Server) -> None:
    outcome = crowds.unread(server, 5, 10, "/large", settle=0, rest=0)
    assert outcome.statuses.total() == 5
    assert len(outcome.closed_after) == 5


def test_connections_that_a_server_leaves_open_are_told(server: Server) -> None:
    outcome = crowds.silent(server, 5, 0.3, settle=0, rest=0)
    assert (outcome.closed_after, outcome.left_open) == ((), 5)


def test_a_broken_response_has_no_status(server: Server) -> None:
    head = b"GET /broken HTTP/1.1\r\n\r\n"
    assert asyncio.run(crowds.request(server.port, head)) == (
        0,
        b"HTTP/1.1 200 OK\r\nContent-Length: 10",
        b"half",
    )


@pytest.fixture(scope="module")
def site(release: Release) -> Iterator[Server]:
    """Yield a server of the release, on which a query may wait as long as a slow machine takes."""
    with serving("--release", release.folder, "--queue-seconds", "60") as started:
        yield started


@pytest.mark.parametrize("clients", [1, 16, 64, 200])
def test_every_client_of_a_burst_is_answered(site: Server, clients: int) -> None:
    """An ordinary query each, new to the server, on connections of their own; twice in a row."""
    for _ in range(2):
        outcome = crowds.burst(site, clients, max(1, 64 // clients), rest=0)
        assert outcome.statuses.keys() == {200}
        assert not outcome.others.failures
        assert outcome.recovered_after is not None
        assert outcome.recovered_after < 5
        assert outcome.after.descriptors <= outcome.before.descriptors + SLACK
        assert outcome.after.processes <= outcome.before.processes


def test_refused_clients_are_told_when_to_ask_again(release: Release) -> None:
    """And the server answers as before afterwards."""
    with serving("--release", release.folder, "--queue", "20", "--queue-seconds", "60") as server:
        for _ in range(2):
            outcome = crowds.burst(server, 200, 2, rest=0)
            assert outcome.statuses.keys() == {200, 503}
            assert outcome.retry_after == outcome.statuses[503]
            assert outcome.recovered_after is not None
            assert outcome.recovered_after < 5
            assert outcome.after.descriptors <= outcome.before.descriptors + SLACK
