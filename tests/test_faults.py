"""Whatever dies, clients see right answers or a refusal for the moment; whatever is broken, the old stays."""

import json
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cstokg.engine.errors import QueryTimeoutError, WorkerLostError
from cstokg.engine.store import Source
from pools import COUNT, CSV, ENDLESS, Pooled, pooled, wait_for, write_data, write_release
from servers import Server, descendants, evaluating, serving

NUMBER = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
SECONDS = 3


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
    """The right answer over data with so many triples."""
    return f"n\r\n{count}\r\n".encode()


def test_workers_may_be_killed_at_random(tmp_path: Path) -> None:
    """Dozens of them, idle or busy: nobody gets a wrong answer, and in the end all is as before."""
    chance = random.Random(7)  # noqa: S311 - which one does not matter
    with serving("--data", write_data(tmp_path)) as server:
        with asking(server, {said(COUNT)}) as seen:
            killed = 0
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                for pid in random_one(evaluating(server), chance):
                    kill(pid)
                    killed += 1
                time.sleep(chance.random() * 0.05)
        assert killed > 5
        assert set(seen) <= {"right", "refused"}, seen
        assert seen["right"] > killed
        wait_for(lambda: len(evaluating(server)) == 2)
        assert server.ask(NUMBER).body == said(COUNT)


def kill(pid: int) -> None:
    """Kill a process, unless it has just ended."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def random_one(pids: list[int], chance: random.Random) -> list[int]:
    """One of them, if there is one."""
    return chance.sample(pids, min(1, len(pids)))


def test_nursery_may_be_killed(tmp_path: Path) -> None:
    """Its workers die with it; another is started, and who asks meanwhile waits for it."""
    with serving("--data", write_data(tmp_path)) as server:
        before = evaluating(server)
        nursery = next(
            pid
            for pid, line in descendants(server.process.pid)
            if "nursery.main" in line and pid not in before
        )
        with asking(server, {said(COUNT)}, 2) as seen:
            time.sleep(0.3)
            os.kill(nursery, signal.SIGKILL)
            time.sleep(2)
        assert set(seen) <= {"right", "refused"}, seen
        wait_for(lambda: len(evaluating(server)) == 2 and not set(evaluating(server)) & set(before))
        assert server.ask(NUMBER).body == said(COUNT)


def test_releases_are_swapped_under_load(tmp_path: Path) -> None:
    """By link and by signal, with workers being killed: every answer is of one release or the other."""
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
    """With a message on standard error, and once only."""
    for name in ("one", "two"):
        write_release(tmp_path / "releases" / name, 5, name * 8)
    broken = tmp_path / "releases" / "two" / "dataset.nq"
    broken.write_bytes(broken.read_bytes()[:-20])
    link = tmp_path / "releases" / "current"
    link.symlink_to("one")
    with serving("--root", tmp_path) as server:
        link.unlink()
        link.symlink_to("two")
        assert server.process.stderr is not None
        assert "two/dataset.nq:5: " in server.process.stderr.readline()
        assert server.process.stderr.readline() == "Still serving release oneoneoneone\n"
        assert server.ask(NUMBER).body == said(5)
        assert json.loads(server.send("GET", "/health").body)["status"] == "ok"


def test_serving_process_that_dies_is_replaced(tmp_path: Path) -> None:
    """With everything that belonged to it."""
    with serving("--data", write_data(tmp_path)) as server:
        old = descendants(server.process.pid)
        serving_process = next(pid for pid, line in old if "nursery.main" not in line)
        os.kill(serving_process, signal.SIGKILL)

        def is_back() -> bool:
            try:
                return server.ask(NUMBER).body == said(COUNT)
            except OSError:
                return False

        wait_for(is_back)
        now = {pid for pid, _ in descendants(server.process.pid)}
        wait_for(lambda: not {pid for pid, _ in old} & {pid for pid, _ in descendants(server.process.pid)})
        assert len(now) >= 3


def test_nothing_is_left_when_the_server_stops(tmp_path: Path) -> None:
    """Not even in the middle of queries."""
    with serving("--data", write_data(tmp_path)) as server:
        started = descendants(server.process.pid)
        assert len(started) >= 4
    for pid, _ in started:
        wait_for(lambda pid=pid: not Path(f"/proc/{pid}").exists())  # type: ignore[misc]


@pytest.fixture
def one(tmp_path: Path) -> Iterator[Pooled]:
    """An engine over a small file."""
    with pooled(Source(tmp_path, (write_data(tmp_path),)), workers=2) as made:
        yield made


def test_query_survives_the_death_of_its_worker(one: Pooled) -> None:
    """Another one answers it."""
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c < 9) }"
    answers: list[str] = []
    client = threading.Thread(target=lambda: answers.append(one.engine.query(slow, CSV).text))
    client.start()
    wait_for(lambda: one.engine.state()["short"] == 1)
    for worker in list(one.pool._lanes._busy):  # noqa: SLF001
        os.kill(worker.pid, signal.SIGKILL)
    client.join()
    assert answers == [f"n\r\n{9 * COUNT**3}\r\n"]
    one.check()


def test_death_of_a_worker_extends_no_deadline(tmp_path: Path) -> None:
    """The query goes on for the time that is left of its own; the loss is counted at once."""
    with (
        pooled(Source(tmp_path, (write_data(tmp_path),)), timeout=2) as made,
        ThreadPoolExecutor(1) as threads,
    ):
        start = time.monotonic()
        running = threads.submit(made.ask, ENDLESS)
        time.sleep(1)
        for worker in list(made.pool._lanes._busy):  # noqa: SLF001
            os.kill(worker.pid, signal.SIGKILL)
        wait_for(lambda: made.engine.state()["lost"] == 1)
        assert not running.done()
        assert isinstance(running.exception(), QueryTimeoutError)
        assert 2 <= time.monotonic() - start < 2.5
        made.check()


def test_workers_that_all_die_are_all_counted(one: Pooled) -> None:
    """Whoever kills each that gets a query gets a refusal, and the operator the number."""
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(one.ask, ENDLESS)
        while not running.done():
            for worker in list(one.pool._lanes._busy):  # noqa: SLF001
                kill(worker.pid)
            time.sleep(0.01)
    assert isinstance(running.exception(), WorkerLostError)
    assert one.engine.state()["lost"] == 3
    one.check()
