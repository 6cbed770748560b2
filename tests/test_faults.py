"""When processes die, clients get right answers or 503; when a release is broken, the old one stays."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cstokg.engine.loading.store import Source
from cstokg.errors import QueryTimeoutError, WorkerLostError
from cstokg.settings import Limits
from cstokg.web.serving.server import listen
from pools import COUNT, ENDLESS, Pooled, pooled, stop_busy, wait_for, write_data, write_release
from servers import START_SECONDS, Server, descendants, evaluating, fork_server, serving, workers_stopped

NUMBER = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
KILLS = 50
WORKERS = Limits().workers


@contextmanager
def asking(server: Server, right: set[bytes], threads: int = 4) -> Iterator[Counter[str]]:
    """A load of small questions; how many answers were right, and how many were refusals for the moment."""
    seen: Counter[str] = Counter()
    stop = threading.Event()

    def ask(number: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            # Each is another text, so that none is answered from memory.
            try:
                response = server.ask(f"{NUMBER} #{number}-{count}")
            except OSError as error:
                seen[repr(error)] += 1
                continue
            if response.status == 200 and response.body in right:
                seen["right"] += 1
            elif response.status == 503 and json.loads(response.body)["status"] == 503:
                assert int(response.headers["retry-after"]) >= 1
                seen["refused"] += 1
            else:
                seen[f"{response.status} {response.body[:200]!r}"] += 1

    clients = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
    for client in clients:
        client.start()
    try:
        yield seen
    finally:
        stop.set()
        for client in clients:
            client.join()


def said(count: int) -> bytes:
    """Return the right answer over data with so many triples."""
    return f"n\r\n{count}\r\n".encode()


def test_workers_may_be_killed_at_random(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - which one does not matter
    with serving("--data", write_data(tmp_path)) as server:
        with asking(server, {said(COUNT)}) as seen:
            killed = 0
            while killed < KILLS:
                for pid in random_one(evaluating(server), chance):
                    kill(pid)
                    killed += 1
                time.sleep(chance.random() * 0.05)
        assert set(seen) <= {"right", "refused"}, seen
        assert seen["right"] > killed
        wait_for(lambda: len(evaluating(server)) == WORKERS)
        assert server.ask(NUMBER).body == said(COUNT)


def kill(pid: int) -> None:
    """Kill a process, unless it has just ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def random_one(pids: list[int], chance: random.Random) -> list[int]:
    """One of them, if there is one."""
    return chance.sample(pids, min(1, len(pids)))


def test_fork_server_may_be_killed(tmp_path: Path) -> None:
    with serving("--data", write_data(tmp_path)) as server:
        before = evaluating(server)
        with asking(server, {said(COUNT)}, 2) as seen:
            time.sleep(0.3)
            kill(fork_server(server))
            wait_for(lambda: len(evaluating(server)) == WORKERS and not set(evaluating(server)) & set(before))
            time.sleep(0.3)
        assert set(seen) <= {"right", "refused"}, seen
        assert server.ask(NUMBER).body == said(COUNT)


def test_releases_are_swapped_under_load(tmp_path: Path) -> None:
    for count, name in ((5, "one"), (6, "two")):
        write_release(tmp_path / "releases" / name, count, name * 8)
    link = tmp_path / "releases" / "current"
    link.symlink_to("one")
    with serving("--root", tmp_path) as server, asking(server, {said(5), said(6)}) as seen:
        for turn in range(4):
            name, count = (("two", 6), ("one", 5))[turn % 2]
            (tmp_path / "next").symlink_to(name)
            (tmp_path / "next").replace(link)
            if turn:
                server.process.send_signal(signal.SIGHUP)
            for pid in evaluating(server)[:1]:
                kill(pid)
            wait_for(lambda count=count: server.ask(NUMBER).body == said(count))  # type: ignore[misc]
    assert set(seen) <= {"right", "refused"}, seen


def test_truncated_release_leaves_the_old_one(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_release(tmp_path / "releases" / name, 5, name * 8)
    broken = tmp_path / "releases" / "two" / "dataset.nq"
    broken.write_bytes(broken.read_bytes()[:-20])
    link = tmp_path / "releases" / "current"
    link.symlink_to("one")
    with serving("--root", tmp_path) as server:
        link.unlink()
        link.symlink_to("two")
        assert "two/dataset.nq:5: " in said_by(server, "dataset.nq")
        assert "Still serving release oneoneoneone; trying again in 1 s" in said_by(server, "Still")
        assert server.ask(NUMBER).body == said(5)
        assert json.loads(server.send("GET", "/health").body)["status"] == "ok"


def test_link_to_the_release_that_becomes_a_loop_is_looked_at_again(tmp_path: Path) -> None:
    for count, name in ((5, "one"), (6, "two")):
        write_release(tmp_path / "releases" / name, count, name * 8)
    link = tmp_path / "releases" / "current"
    link.symlink_to("one")
    with serving("--root", tmp_path) as server:
        link.unlink()
        link.symlink_to("current")
        assert "trying again" in said_by(server, "trying again")
        assert server.ask(NUMBER).body == said(5)
        link.unlink()
        link.symlink_to("two")
        assert "Now serving release twotwotwotwo" in said_by(server, "Now serving")
        assert server.ask(NUMBER).body == said(6)


def test_release_whose_folder_is_removed_is_served_on(tmp_path: Path) -> None:
    write_release(tmp_path / "releases" / "one", 5, "one" * 8)
    (tmp_path / "releases" / "current").symlink_to("one")
    with serving("--root", tmp_path) as server:
        shutil.rmtree(tmp_path / "releases" / "one")
        assert "trying again" in said_by(server, "trying again")
        assert server.ask(NUMBER).body == said(5)
        assert server.send("GET", "/downloads/dataset.nq").status in (404, 503)
        assert server.send("GET", "/", headers={"Accept": "text/html"}).status == 200


def said_by(server: Server, part: str) -> str:
    """Return the next line on standard error of a server that has a certain text."""
    assert server.process.stderr is not None
    for line in server.process.stderr:
        if part in line:
            return line
    raise AssertionError(f"it did not say {part}")


def test_nothing_is_left_when_the_server_stops_in_the_middle_of_queries(tmp_path: Path) -> None:
    # A worker that was stopped is woken when its query has had its time.
    options = ("--short", "60")
    with serving("--data", write_data(tmp_path), *options) as server, ThreadPoolExecutor(3) as threads:
        started = descendants(server.process.pid)
        assert len(started) == 1 + WORKERS
        running = [threads.submit(server.ask, ENDLESS) for _ in range(3)]
        time.sleep(0.5)
        start = time.monotonic()
        with workers_stopped(server):  # or else they keep the processors busy until the server ends them
            server.process.terminate()
            assert server.process.wait(START_SECONDS) == 0
        assert time.monotonic() - start < 20
        for future in running:
            future.exception()
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid, _ in started))


def test_main_process_that_is_killed_leaves_nothing_and_a_free_port(tmp_path: Path) -> None:
    with serving("--data", write_data(tmp_path)) as server:
        started = descendants(server.process.pid)
        assert len(started) == 1 + WORKERS
        with ThreadPoolExecutor(2) as threads:
            running = [threads.submit(server.ask, ENDLESS) for _ in range(2)]
            time.sleep(0.3)
            server.process.kill()
            assert all(future.exception() is not None for future in running)
        server.process.wait()
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid, _ in started))
        listen("127.0.0.1", server.port).close()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file that takes seconds to load."""
    return write_data(tmp_path_factory.mktemp("large"), 1_000_000)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_server_that_ends_while_it_loads_leaves_nothing(large: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "cstokg", "serve", "--port", "0", "--data", str(large)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for(lambda: any("load_and_fork" in line for _, line in descendants(process.pid)))
            time.sleep(0.3)
            started = descendants(process.pid)
            process.send_signal(number)
            said, _ = process.communicate(timeout=5)
        finally:
            process.kill()
        assert said == ""
        wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid, _ in started))


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Pooled]:
    """Yield an engine over a small file."""
    with pooled(Source(tmp_path, (write_data(tmp_path),)), workers=2) as made:
        yield made


def kill_busy(made: Pooled) -> None:
    """Kill every worker that has a query."""
    for worker in list(made.pool._busy):  # noqa: SLF001 - those that are to die
        kill(worker._forked.pid)  # noqa: SLF001


def test_death_of_a_worker_extends_no_deadline(tmp_path: Path) -> None:
    with pooled(Source(tmp_path, (write_data(tmp_path),)), timeout=2) as made:
        start = time.monotonic()
        running = made.begin(ENDLESS)
        stop_busy(made)
        time.sleep(1.5)
        kill_busy(made)
        wait_for(lambda: made.engine.state()["lost"] == 1)
        assert not running.done()
        assert isinstance(running.exception(), QueryTimeoutError)
        assert 2 <= time.monotonic() - start < 3.4  # a fresh deadline would end after 3.5
        made.check()


def test_workers_that_all_die_are_all_counted(one: Pooled) -> None:
    running = one.begin(ENDLESS)
    while not running.done():
        kill_busy(one)
        time.sleep(0.01)
    assert isinstance(running.exception(), WorkerLostError)
    assert one.engine.state()["lost"] == 3
    one.check()
