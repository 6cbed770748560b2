"""A worker computes and answers, reports why it ended, and does not outlive its parents."""

import asyncio
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from cstokg.engine.evaluation import Answer, Request
from cstokg.engine.loading.store import Source
from cstokg.engine.workers.fork_server_connection import Forked, ForkServer, ForkServerLostError
from cstokg.engine.workers.worker import HEADER, InvalidReplyError, pack, read_reply
from cstokg.engine.workers.worker_connection import LostError, WorkerConnection
from cstokg.errors import MalformedQueryError, MemoryExceededError, QueryError
from cstokg.settings import Limits
from pools import CSV, JSON, PATIENCE, wait_for, write_data

LIMITS = Limits(memory=128)
PROGRAM = "from cstokg.engine.workers import worker; worker.load_and_fork()"
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?a{i} ?b{i} ?c{i} .' for i in range(9))} }}"


@asynccontextmanager
async def forked(folder: Path) -> AsyncIterator[tuple[ForkServer, WorkerConnection]]:
    """Yield a fork server over a small file, and a worker of it."""
    origin = ForkServer(Source(folder, (write_data(folder),)), LIMITS)
    await origin.loaded()
    made = WorkerConnection(await origin.fork(), origin, 1 << 26)
    try:
        yield origin, made
    finally:
        made.kill()
        origin.close()


async def ask(made: WorkerConnection, sparql: str, media_type: str = JSON) -> Answer:
    """Send a query to a worker, and return the answer."""
    document, body = await made.ask(pack(Request(sparql, (media_type,)), {}))
    return read_reply(document, body, "v", 0.0)[0]


def run(
    folder: Path, action: Callable[[ForkServer, WorkerConnection], Coroutine[object, object, None]]
) -> None:
    """Do something with a worker."""

    async def act() -> None:
        async with forked(folder) as (origin, made):
            await action(origin, made)

    asyncio.run(act())


def pid_of(made: WorkerConnection) -> int:
    return made._forked.pid  # noqa: SLF001 - to look at the process


def is_running(pid: int) -> bool:
    """Return whether there is a process, and not just its record."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_worker_answers_one_query_after_another(tmp_path: Path) -> None:
    async def action(_: ForkServer, made: WorkerConnection) -> None:
        for _attempt in range(3):
            answer = await ask(made, "SELECT ?o { <http://example.org/7> ?p ?o }", CSV)
            assert (answer.text, answer.rows, answer.version) == ("o\r\n7\r\n", 1, "v")
            with pytest.raises(MalformedQueryError) as caught:
                await ask(made, "SELECT")
            assert (caught.value.line, caught.value.ends_worker) == (1, False)

    run(tmp_path, action)


def test_a_worker_has_no_files_open(tmp_path: Path) -> None:
    async def action(_: ForkServer, made: WorkerConnection) -> None:
        await ask(made, "ASK {}")
        assert psutil.Process(pid_of(made)).num_fds() == 4

    run(tmp_path, action)


def test_a_worker_has_limited_memory_and_says_so(tmp_path: Path) -> None:
    doubled = " ".join(f"BIND(CONCAT(?a{i}, ?a{i}) AS ?a{i + 1})" for i in range(40))

    async def action(_: ForkServer, made: WorkerConnection) -> None:
        with pytest.raises((LostError, MemoryExceededError)):
            await ask(made, f"SELECT ?a40 {{ BIND('xxxxxxxxxxxxxxxx' AS ?a0) {doubled} }}")
        wait_for(lambda: "memory" in made.messages().lower() or not is_running(pid_of(made)))

    run(tmp_path, action)


def test_workers_end_with_their_fork_server_in_the_middle_of_a_query(tmp_path: Path) -> None:
    async def action(origin: ForkServer, made: WorkerConnection) -> None:
        asking = asyncio.create_task(ask(made, ENDLESS))
        await asyncio.sleep(0.2)
        origin.close()
        with pytest.raises(LostError):
            await asking
        wait_for(lambda: not is_running(pid_of(made)))
        with pytest.raises(ForkServerLostError):
            await origin.fork()

    run(tmp_path, action)


def test_processes_that_end_leave_no_records(tmp_path: Path) -> None:
    async def action(origin: ForkServer, _: WorkerConnection) -> None:
        made = [WorkerConnection(await origin.fork(), origin, 1000) for _ in range(5)]
        for one in made:
            one.kill()
        for one in made:
            pid = pid_of(one)
            while psutil.pid_exists(pid):
                await asyncio.sleep(0.01)

    run(tmp_path, action)


def test_fork_server_and_workers_have_one_thread(tmp_path: Path) -> None:
    async def action(_: ForkServer, made: WorkerConnection) -> None:
        await ask(made, "ASK {}")
        process = psutil.Process(pid_of(made))
        assert process.num_threads() == 1
        parent = process.parent()
        assert parent is not None
        assert parent.num_threads() == 1

    run(tmp_path, action)


def test_everything_ends_with_the_server_that_is_killed(tmp_path: Path) -> None:
    script = f"""
import asyncio, os, signal
from pathlib import Path
from cstokg.engine.evaluation import Request
from cstokg.engine.workers.fork_server_connection import ForkServer
from cstokg.engine.workers.worker_connection import WorkerConnection
from cstokg.engine.loading.store import Source
from cstokg.engine.workers.worker import pack
from cstokg.settings import Limits
async def main():
    origin = ForkServer(Source(Path(), (Path({str(write_data(tmp_path))!r}),)), Limits())
    await origin.loaded()
    forked = await origin.fork()
    made = WorkerConnection(forked, origin, 1000)
    asyncio.create_task(made.ask(pack(Request({ENDLESS!r}, ("text/csv",)), {{}})))
    await asyncio.sleep(0.2)
    print(origin._process.pid, forked.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(main())
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    pids = [int(pid) for pid in result.stdout.split()]
    assert len(pids) == 2, result.stderr
    wait_for(lambda: not any(map(is_running, pids)))


def test_large_request_and_reply_come_through_whole(tmp_path: Path) -> None:
    async def action(_: ForkServer, made: WorkerConnection) -> None:
        text = "ж" * 40_000
        answer = await ask(made, f"SELECT ('{text}' AS ?text) {{ ?a ?b ?c . ?d ?e ?f }}", CSV)
        assert answer.rows == 3_600
        assert answer.text.count(text) == 3_600

    with pytest.raises((LostError, QueryError)):  # more than the limits on a reply and a result
        run(tmp_path, action)

    async def smaller(_: ForkServer, made: WorkerConnection) -> None:
        text = "ж" * 40_000
        answer = await ask(made, f"SELECT ('{text}' AS ?text) {{ ?a ?b ?c }}", CSV)
        assert answer.text.count(text) == answer.rows == 60

    run(tmp_path, smaller)


@pytest.mark.parametrize(
    "sent",
    [
        b"x",
        b"\x00" * 10,
        b"\xff" * 30,
        HEADER.pack(2, 3) + b"{}" + b"1234",
        HEADER.pack(1 << 20, 0),
        HEADER.pack(0, 1 << 60),
    ],
)
def test_malformed_frame_counts_as_a_lost_worker(sent: bytes) -> None:
    """A worker that an attacker controls can send any bytes, but they do no harm."""

    async def act() -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            handle = os.pidfd_open(os.getpid())
            made = WorkerConnection(Forked(os.getpid(), ours.detach(), handle, handle), None, 1000)  # type: ignore[arg-type]
            asking = asyncio.create_task(made.ask(b"frame"))
            await asyncio.sleep(0)
            theirs.sendall(sent)
            theirs.shutdown(socket.SHUT_WR)
            with pytest.raises(LostError):
                await asyncio.wait_for(asking, 5)
            made._loop.remove_reader(made._socket)  # noqa: SLF001 - it must not be killed: it is this process
            made._socket.close()  # noqa: SLF001
            os.close(handle)

    asyncio.run(act())


@pytest.mark.parametrize(
    "document",
    [
        b"[]",
        b"{}",
        b"1",
        b"no json",
        b"\xff",
        (
            b'{"error": "LoadError", "message": "x", "line": null, "column": null, "suggestion": "",'
            b'"last": false}'
        ),
        b'{"error": "MalformedQueryError", "last": false}',
        b'{"media_type": "text/csv", "rows": "many", "last": false}',
    ],
)
def test_malformed_reply_is_refused(document: bytes) -> None:
    with pytest.raises(InvalidReplyError):
        read_reply(document, b"", "v", 0.0)


def test_errors_keep_their_kind_place_and_suggestion() -> None:
    told = {
        "error": "MalformedQueryError",
        "message": "no",
        "line": 3,
        "column": 4,
        "suggestion": "SELECT",
        "last": True,
    }
    with pytest.raises(MalformedQueryError) as caught:
        read_reply(json.dumps(told).encode(), b"", "v", 0.0)
    error = caught.value
    assert (error.message, error.line, error.column, error.suggestion, error.ends_worker) == (
        "no",
        3,
        4,
        "SELECT",
        True,
    )


def test_pool_that_goes_unread_is_no_error(tmp_path: Path) -> None:
    """A server whose port is taken, for example, closes the socket before the data are loaded."""
    source = Source(tmp_path, (write_data(tmp_path),))
    order = json.dumps({"source": source.to_json(), "limits": asdict(Limits()), "parent": os.getpid()})
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(theirs.fileno()), order],
            pass_fds=(theirs.fileno(),),
            stderr=subprocess.PIPE,
            text=True,
        )
    with ours:
        assert select.select([ours], [], [], PATIENCE)[0]
    _, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, said) == (0, "")
