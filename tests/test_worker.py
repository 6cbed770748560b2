"""A worker can compute and answer, and nothing else; and it does not outlive those it works for."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cstokg.engine.processes import Nursery, Worker
from cstokg.engine.wire import LostError
from pyoxigraph import Store

from cstokg.engine import sandbox, wire, worker
from cstokg.engine.errors import MalformedQueryError, MemoryExceededError, QueryError, ServiceFailedError
from cstokg.engine.evaluation import Answer, Request
from cstokg.engine.store import Source
from cstokg.settings import Limits
from pools import CSV, JSON, wait_for, write_data

LIMITS = Limits(memory=128)


@pytest.fixture
def nursery(tmp_path: Path) -> Iterator[Nursery]:
    """A nursery over a small file."""
    made = Nursery(Source(tmp_path, (write_data(tmp_path),)), LIMITS).wait()
    yield made
    made.close()


def ask(asked: Worker, sparql: str, media_type: str = JSON, **services: str) -> Answer:
    """The answer of a worker to a query."""
    reply = wire.Reply(1 << 26)
    asked.send(wire.pack_request(Request(sparql, (media_type,)), services))
    while not asked.receive(reply, 10):
        pass
    return reply.answer("")


def status(pid: int, name: str) -> str:
    """A line of what the system says of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return line.split(":", 1)[1].strip()
    raise KeyError(name)


def is_running(pid: int) -> bool:
    """Whether there is a process, and not just its record."""
    try:
        return not status(pid, "State").startswith("Z")
    except OSError:
        return False


def test_worker_answers(nursery: Nursery) -> None:
    """One query after another, errors between."""
    made = nursery.worker()
    for _ in range(3):
        answer = ask(made, "SELECT ?o { <http://example.org/7> ?p ?o }", CSV)
        assert (answer.text, answer.rows) == ("o\r\n7\r\n", 1)
        with pytest.raises(MalformedQueryError):
            ask(made, "SELECT")
    made.kill()


def test_worker_reaches_no_network(nursery: Nursery) -> None:
    """Not even where it is told to: it has no descriptor for a connection."""
    made = nursery.worker()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        services = {"http://example.org/": address}
        with pytest.raises(ServiceFailedError):
            ask(made, "SELECT * { SERVICE <http://example.org/> { ?s ?p ?o } }", **services)
        assert ask(made, "ASK { SERVICE SILENT <http://example.org/> { ?s ?p ?o } }", **services).rows == 1
        with pytest.raises(BlockingIOError):
            listener.accept()
    made.kill()


def test_worker_has_no_files_open(nursery: Nursery) -> None:
    """But its socket, a place for last words, and nothing to read from."""
    made = nursery.worker()
    ask(made, "ASK {}")
    descriptors = {int(entry.name): entry.readlink().name for entry in Path(f"/proc/{made.pid}/fd").iterdir()}
    assert set(descriptors) == {0, 1, 2, 3}
    assert descriptors[0] == descriptors[1] == "null"
    assert descriptors[3].startswith("socket:")
    limits = Path(f"/proc/{made.pid}/limits").read_text()
    assert any(line.split()[:5] == ["Max", "open", "files", "4", "4"] for line in limits.splitlines())
    assert status(made.pid, "NoNewPrivs") == "1"
    made.kill()


def test_worker_has_limited_memory(nursery: Nursery) -> None:
    """A query that wants more ends the worker, which says why."""
    made = nursery.worker()
    doubled = " ".join(f"BIND(CONCAT(?a{i}, ?a{i}) AS ?a{i + 1})" for i in range(40))
    with pytest.raises((LostError, MemoryExceededError)):
        ask(made, f"SELECT ?a40 {{ BIND('xxxxxxxxxxxxxxxx' AS ?a0) {doubled} }}")
    assert "memory" in made.last_words().lower() or not is_running(made.pid)
    made.kill()


def test_worker_dies_with_its_nursery(nursery: Nursery) -> None:
    """Even in the middle of a query."""
    made = nursery.worker()
    endless = " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(9))
    made.send(wire.pack_request(Request(f"SELECT (COUNT(*) AS ?n) {{ {endless} }}", (JSON,))))
    nursery.close()
    wait_for(lambda: not is_running(made.pid))
    with pytest.raises(LostError):
        made.receive(wire.Reply(1), 1)
    made.kill()


def test_everything_dies_with_the_server(tmp_path: Path) -> None:
    """Killed with SIGKILL, so that it can clean up nothing."""
    script = f"""
import os, signal
from pathlib import Path
from cstokg.engine import wire
from cstokg.engine.evaluation import Request
from cstokg.engine.store import Source
from cstokg.engine.processes import Nursery
from cstokg.settings import Limits
nursery = Nursery(Source(Path(), (Path({str(write_data(tmp_path))!r}),)), Limits()).wait()
worker = nursery.worker()
endless = "SELECT * {{" + "?a ?b ?c . [] ?p ?o . " * 9 + "}} ORDER BY ?o"
worker.send(wire.pack_request(Request(endless, ("text/csv",))))
print(nursery._process.pid, worker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    for pid in map(int, result.stdout.split()):
        wait_for(lambda pid=pid: not is_running(pid))  # type: ignore[misc]


def test_workers_are_no_children_to_bury(nursery: Nursery) -> None:
    """The dead leave no records behind."""
    made = [nursery.worker() for _ in range(5)]
    for one in made:
        one.kill()
    for one in made:
        wait_for(lambda pid=one.pid: not Path(f"/proc/{pid}").exists())  # type: ignore[misc]


def test_nursery_has_one_thread(nursery: Nursery) -> None:
    """Or forking would not be safe; its workers share its memory."""
    made = nursery.worker()
    ask(made, "ASK {}")
    parent = int(status(made.pid, "PPid"))
    assert status(parent, "Threads") == "1"
    assert status(made.pid, "Threads") == "1"
    made.kill()


def framed(*chunks: bytes) -> Callable[[int], bytes]:
    """A socket's receive that gives these chunks."""
    waiting = iter((*chunks, b""))
    return lambda _: next(waiting)


def test_request_comes_through_in_pieces() -> None:
    """However the socket cuts it."""
    request = Request("SELECT * { ?s ?p 'ж' }" * 1000, (JSON, CSV), ("http://a/",), ())
    frame = wire.pack_request(request)
    for cut in (4, 5, 1000, len(frame) - 1):
        assert wire.read_request(framed(frame[:cut], frame[cut:])) == (request, {})
    assert wire.read_request(framed()) is None
    assert wire.read_request(framed(frame[:100])) is None


def test_reply_comes_through_in_pieces() -> None:
    """And says what it holds."""
    header, body = wire.pack_answer(Answer(CSV, b"o\r\n" * 5000, 7), last=True)
    reply = wire.Reply(100_000)
    assert not reply.feed(header + body[:10])
    assert not reply.feed(body[10:100])
    assert reply.feed(body[100:])
    assert reply.is_last
    assert reply.answer("v") == Answer(CSV, body, 7, "v")


@pytest.mark.parametrize(
    "chunks",
    [
        (b"",),
        (b"x",),
        (b"\x00" * 10,),
        (b"\xff" * 18,),
        (b"\x00\xff" + b"\x00" * 16,),
        (wire.pack_answer(Answer(CSV, b"12345"), last=False)[0], b"123456"),
        (wire.pack_answer(Answer(CSV, b"12345"), last=False)[0], b"123", b""),
    ],
)
def test_reply_that_is_none_is_a_loss(chunks: tuple[bytes, ...]) -> None:
    """A worker that was taken over can lie, and cannot do harm with it."""
    reply = wire.Reply(1000)
    *first, last = chunks
    for chunk in first:
        assert not reply.feed(chunk)
    with pytest.raises(LostError):
        reply.feed(last)


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b"1", b"no json", b'["LoadError", "x", null, null]', b"[1,2,3,4]"]
)
def test_error_that_is_none_is_a_loss(body: bytes) -> None:
    """Only errors of queries come through."""
    header, _ = wire.pack_error(QueryError("x" * (len(body) - 31)), last=False)
    reply = wire.Reply(1000)
    packed = header[:10] + len(body).to_bytes(8, sys.byteorder)
    assert reply.feed(packed + body)
    with pytest.raises(LostError):
        reply.answer("")


def test_errors_keep_their_kind_and_place() -> None:
    """Over the wire."""
    header, body = wire.pack_error(MalformedQueryError("no", 3, 4), last=False)
    reply = wire.Reply(1000)
    reply.feed(header + body)
    with pytest.raises(MalformedQueryError) as caught:
        reply.answer("")
    assert (caught.value.message, caught.value.line, caught.value.column) == ("no", 3, 4)


def test_sandbox_needs_no_privileges() -> None:
    """A process without any can restrict itself; one whose parent has died ends."""
    child = os.fork() if threading.active_count() == 1 else None
    if child is None:
        pytest.skip("another test has left a thread, so this process may not fork")
    if child == 0:
        try:
            worker.run(Store(), LIMITS, 0, 2, parent=1, port=None)
        finally:
            os._exit(9)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert sandbox.threads() == 1
