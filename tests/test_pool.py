"""The pool: deadlines, memory, overload, long queries beside short ones, and new data without a pause."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from cstokg.engine.evaluation import Request
from cstokg.engine.loading.store import Source
from cstokg.errors import (
    LoadError,
    MalformedQueryError,
    MemoryExceededError,
    OverloadedError,
    QueryTimeoutError,
    QueryTooDeepError,
    ResultTooLargeError,
    ServiceRefusedError,
)
from pools import (
    COUNT,
    CSV,
    ENDLESS,
    HUNGRY,
    JSON,
    Pooled,
    pooled,
    stop_busy,
    wait_for,
    write_data,
    write_release,
)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    """Return a small file."""
    return Source(tmp_path, (write_data(tmp_path),))


@pytest.fixture
def one(source: Source) -> Iterator[Pooled]:
    """Yield an engine over it."""
    with pooled(source) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pooled]:
    """Yield an engine over such a file, for tests that end no more than a worker."""
    folder = tmp_path_factory.mktemp("shared")
    with pooled(Source(folder, (write_data(folder),))) as made:
        yield made


def test_pool_answers_like_the_engine_in_process(shared: Pooled) -> None:
    """And says which data it asked, and how many rows there are."""
    answer = shared.engine.query("SELECT ?s { ?s ?p ?o } LIMIT 7", CSV)
    assert answer.rows == 7
    assert answer.version == shared.engine.version != ""
    assert shared.engine.title == "data.nt"
    assert shared.engine.folder is None
    with pytest.raises(MalformedQueryError, match="line 1, column 8") as caught:
        shared.ask("SELECT nono:x {}")
    assert (caught.value.line, caught.value.column) == (1, 8)
    with pytest.raises(ServiceRefusedError):
        shared.ask("ASK { SERVICE <http://127.0.0.1:9/> {} }")


@pytest.mark.parametrize(("asked", "given"), [(0.2, 0.2), (100, 0.4), (None, 0.4)])
def test_query_ends_at_its_deadline(source: Source, asked: float | None, given: float) -> None:
    """A client may shorten it and not extend it; the next query finds a worker."""
    with pooled(source, timeout=0.4) as made:
        start = time.monotonic()
        with pytest.raises(QueryTimeoutError, match="was stopped after") as caught:
            made.engine.query(ENDLESS, JSON, timeout=asked)
        assert caught.value.seconds == given
        assert given <= time.monotonic() - start < given + 3
        made.check()
        assert made.engine.state()["timeouts"] == 1


def test_long_query_has_less_and_less_priority(source: Source) -> None:
    """A query beyond the limit loses priority; one far beyond it gets only what others leave."""
    with pooled(source, short=0.05, timeout=20) as made:
        running = made.begin(ENDLESS)
        wait_for(lambda: 15 in {process.nice() for process in psutil.Process().children(recursive=True)})
        long = next(p for p in psutil.Process().children(recursive=True) if p.nice() == 15)
        assert os.sched_getscheduler(long.pid) == os.SCHED_OTHER
        wait_for(lambda: os.sched_getscheduler(long.pid) == os.SCHED_IDLE)
        running.cancel()


def test_query_that_had_no_processor_is_told_that_the_machine_was_busy(source: Source) -> None:
    with pooled(source, timeout=1) as made:
        running = made.begin(ENDLESS)
        stop_busy(made)
        assert "the busy machine gave it 0." in str(running.exception())
    with pooled(source, timeout=0.4) as made:
        assert "busy" not in str(made.begin(ENDLESS).exception()) or psutil.getloadavg()[0] > 1


def test_memory_is_limited(shared: Pooled) -> None:
    """A query that needs more ends with that error, and its worker is replaced."""
    before = shared.engine.state()["memory"]
    with pytest.raises(MemoryExceededError, match="more than 256 MiB"):
        shared.ask(HUNGRY)
    shared.check()
    assert shared.engine.state()["memory"] == before + 1


@pytest.mark.parametrize("part", ["!", "-", "+1", "^"])
def test_depth_without_brackets_ends_the_worker_only(shared: Pooled, part: str) -> None:
    """The parser overflows its stack, or runs out of time; the server goes on."""
    sparql = f"ASK {{ ?s {part * 20_000}ckg:x ?o FILTER(1 {part * 20_000} 1) }}"
    with pytest.raises((QueryTooDeepError, MalformedQueryError, QueryTimeoutError)):
        shared.ask(sparql, timeout=1)
    with pytest.raises(QueryTooDeepError, match="too deep"):
        shared.ask("ASK { FILTER(" + "!" * 90_000 + "true) }")
    shared.check()


def test_large_result_is_an_error_and_never_cut(source: Source) -> None:
    """Up to the limit it comes whole."""
    with pooled(source, result_bytes=10_000) as made:
        for media_type in (JSON, CSV, "application/sparql-results+xml", "text/tab-separated-values"):
            with pytest.raises(ResultTooLargeError, match="more than 10,000 bytes"):
                made.engine.query("SELECT * { ?a ?b ?c . ?d ?e ?f }", media_type)
        with pytest.raises(ResultTooLargeError):
            made.engine.query("CONSTRUCT { ?a ?b ?f } { ?a ?b ?c . ?d ?e ?f }", "text/turtle")
        assert made.engine.query("SELECT * { ?a ?b ?c }", CSV).rows == COUNT
        made.check()


def test_large_answer_comes_through_whole(source: Source) -> None:
    """Over the socket in pieces."""
    with pooled(source) as made:
        answer = made.engine.query("SELECT ?c ?f { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?i < 20) }", JSON)
        assert answer.rows == 20 * COUNT**2
        assert answer.body.endswith(b"]}}")
        assert len(answer.body) > 10_000_000


def test_query_that_is_cancelled_ends_at_once(shared: Pooled) -> None:
    before = shared.engine.state()["cancelled"]
    running = shared.begin(ENDLESS)
    wait_for(lambda: shared.engine.state()["short"] == 1)
    running.cancel()
    wait_for(lambda: shared.engine.state()["idle"] == shared.engine.limits.workers)
    assert shared.engine.state()["cancelled"] == before + 1
    shared.check()


def test_query_that_waits_is_cancelled_without_a_trace(source: Source) -> None:
    with pooled(source, workers=1) as made:
        running = made.begin(ENDLESS)
        wait_for(lambda: made.engine.state()["short"] == 1)
        waiting = made.begin("ASK {}")
        wait_for(lambda: made.engine.state()["waiting"] == 1)
        waiting.cancel()
        wait_for(lambda: made.engine.state()["waiting"] == 0)
        running.cancel()
        wait_for(lambda: made.engine.state()["idle"] == 1)
        made.check()


def test_query_is_refused_when_the_queue_is_full(source: Source) -> None:
    """With Retry-After. Queries that wait already are answered."""
    with pooled(source, workers=1, queue=1, queue_seconds=10) as made, ThreadPoolExecutor(3) as threads:
        running = threads.submit(made.ask, ENDLESS, timeout=1)
        stop_busy(made)
        waiting = threads.submit(made.ask, "ASK {}")
        wait_for(lambda: made.engine.state()["waiting"] == 1)
        with pytest.raises(OverloadedError, match="ask again later") as caught:
            made.ask("ASK {}")
        assert caught.value.retry_after >= 1
        assert waiting.result().rows == 1
        assert isinstance(running.exception(), QueryTimeoutError)


def test_no_query_waits_forever(source: Source) -> None:
    with pooled(source, workers=1, queue_seconds=0.3) as made, ThreadPoolExecutor(1) as threads:
        running = threads.submit(made.ask, ENDLESS, timeout=2)
        stop_busy(made)
        with pytest.raises(OverloadedError, match="busy for too long"):
            made.ask("ASK {}")
        assert isinstance(running.exception(), QueryTimeoutError)


def test_long_queries_leave_their_places_to_short_ones(source: Source) -> None:
    """As many as allowed go on at lower priority; a further one is stopped as soon as another query waits."""
    limits = {"workers": 1, "short": 0.1, "long_workers": 2, "timeout": 4}
    with pooled(source, **limits) as made, ThreadPoolExecutor(3) as threads:
        running = [threads.submit(made.ask, ENDLESS) for _ in range(2)]
        wait_for(lambda: made.engine.state()["long"] == 2)
        for _ in range(20):
            made.check()
        one_more = threads.submit(made.ask, ENDLESS)
        wait_for(lambda: made.engine.state()["short"] == 1)
        time.sleep(0.3)
        assert not one_more.done()
        made.ask("ASK {}")
        with pytest.raises(OverloadedError, match="too many long queries"):
            one_more.result()
        assert made.engine.state()["displaced"] == 1
        stop_busy(made)
        assert all(isinstance(one.exception(), QueryTimeoutError) for one in running)
        made.check()


def test_long_query_ends_with_its_answer(source: Source) -> None:
    """Its worker, which has low priority for good, is not used again."""
    product = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c < 8) }"
    with pooled(source, short=0.05, timeout=30) as made:
        assert made.engine.query(product, CSV).text.split() == ["n", str(8 * COUNT**3)]
        assert made.engine.state()["long"] == 0
        made.check()


def test_new_release_is_swapped_in(tmp_path: Path) -> None:
    """Queries that run end on the old one; a reload without news changes nothing."""
    for count, name in ((5, "one"), (6, "two")):
        write_release(tmp_path / name, count, name)
    link = tmp_path / "current"
    link.symlink_to("one")
    told = threading.Event()
    with pooled(Source(link), timeout=60) as made, ThreadPoolExecutor(1) as threads:
        made.engine.on_change(told.set)
        before = made.engine.version
        assert made.engine.title == "release one"
        assert made.reload() is False
        running = threads.submit(made.engine.query, SLOW_COUNT, CSV)
        wait_for(lambda: made.engine.state()["short"] == 1)
        (tmp_path / "next").symlink_to("two")
        (tmp_path / "next").replace(link)
        assert made.reload() is True
        assert told.is_set()
        assert (made.engine.title, made.engine.folder) == ("release two", tmp_path / "two")
        assert made.engine.release_version == "two"
        assert made.engine.query(NUMBER, CSV).text.split() == ["n", "6"]
        old = running.result()
        assert old.text.split() == ["n", "5"]
        assert (old.version, made.engine.version) == (before, made.engine.query(NUMBER, CSV).version)


NUMBER = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
# Compares ten million pairs before it counts.
SLOW_COUNT = (
    "SELECT (COUNT(DISTINCT ?a) AS ?n) { "
    + " ".join(f"?{name} ?p{name} ?o{name} ." for name in "abcdefghi")
    + " }"
)


def test_broken_release_leaves_the_old_one(tmp_path: Path) -> None:
    """And says what is wrong with it."""
    write_release(tmp_path / "one", 5, "one")
    write_release(tmp_path / "two", 6, "two")
    (tmp_path / "two" / "dataset.nq").write_text("<http://example.org/s> <http://exa")
    link = tmp_path / "current"
    link.symlink_to("one")
    with pooled(Source(link)) as made:
        link.unlink()
        link.symlink_to("two")
        with pytest.raises(LoadError, match=r"two/dataset\.nq:1: "):
            made.reload()
        link.unlink()
        with pytest.raises(LoadError, match="no release here"):
            made.reload()
        assert made.engine.title == "release one"
        assert made.engine.query(NUMBER, CSV).text.split() == ["n", "5"]


def test_broken_release_starts_nothing(tmp_path: Path) -> None:
    """With the same message as in process."""
    with pytest.raises(LoadError, match=r"no release here\. Run `cstokg build`"):
        pooled(Source(tmp_path)).__enter__()


def test_many_ask_at_once(shared: Pooled) -> None:
    """Each client gets the answer to its own query."""
    with ThreadPoolExecutor(16) as threads:
        answers = threads.map(
            lambda number: shared.engine.query(f"SELECT ({number} AS ?n) {{}}", CSV).text.split()[1],
            range(500),
        )
        assert list(answers) == [str(number) for number in range(500)]
    wait_for(lambda: shared.engine.state()["idle"] == shared.engine.limits.workers)


def test_worker_that_has_grown_is_replaced(source: Source) -> None:
    """Memory that a query has taken comes back."""
    with pooled(source, memory=512, timeout=60) as made:
        before = made.engine.state()["made"]
        product = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?i < 30) } ORDER BY ?a"
        assert made.engine.query(product, CSV).rows == 30 * COUNT**2
        wait_for(lambda: made.engine.state()["made"] == before + 1)
        made.check()


def test_ordinary_query_is_not_long_because_the_machine_is_busy(source: Source) -> None:
    """What counts is its worker's time on the processor, which others do not make longer."""
    end = threading.Event()

    def spin() -> None:
        while not end.is_set():
            sum(range(1000))

    query = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(?c < 30) }"
    threads = [threading.Thread(target=spin) for _ in range(8)]
    with pooled(source, workers=2, short=0.05, long_workers=1, queue_seconds=30) as made:
        for thread in threads:
            thread.start()
        try:
            running = [made.begin(f"{query} # {number}") for number in range(16)]
            assert all(one.result(60).rows == 1 for one in running)
        finally:
            end.set()
            for thread in threads:
                thread.join()
        state = made.engine.state()
        assert (state["displaced"], state["made"]) == (0, 2)


def test_worker_that_is_killed_costs_nobody_an_answer(one: Pooled) -> None:
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c < 3) }"
    running = one.begin(slow)
    wait_for(lambda: one.engine.state()["short"] == 1)
    (worker,) = one.pool._busy  # noqa: SLF001 - the one that is to die
    os.kill(worker._forked.pid, signal.SIGKILL)  # noqa: SLF001
    assert running.result(30).rows == 1
    assert one.engine.state()["lost"] == 1
    one.check()


def test_fork_server_that_is_killed_is_replaced(one: Pooled) -> None:
    one.pool.origin._process.kill()  # noqa: SLF001 - the one that is to die
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            one.check()
            break
        except (OverloadedError, AssertionError):
            time.sleep(0.05)
    one.check()
    wait_for(lambda: one.engine.state()["idle"] == one.engine.limits.workers)


def test_source_that_comes_back_is_served_again(tmp_path: Path) -> None:
    """While it is gone and the processes die, queries are refused as overload, and none hangs."""
    path = write_data(tmp_path)
    with pooled(Source(tmp_path, (path,)), queue_seconds=0.3) as made:
        path.rename(tmp_path / "away.nt")
        made.pool.origin._process.kill()  # noqa: SLF001 - the one that is to die
        with pytest.raises(OverloadedError):
            _ask_often(made)
        (tmp_path / "away.nt").rename(path)
        wait_for(lambda: made.engine.state()["idle"] == made.engine.limits.workers)
        made.check()


def test_short_query_is_not_called_too_deep_when_a_signal_ends_its_worker(one: Pooled) -> None:
    """Another worker gets the query, whatever the signal was."""
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?c < 3) }"
    for number in (signal.SIGSEGV, signal.SIGBUS):
        running = one.begin(slow)
        wait_for(lambda: one.engine.state()["short"] == 1)
        (worker,) = one.pool._busy  # noqa: SLF001 - the one that is to die
        os.kill(worker._forked.pid, number)  # noqa: SLF001
        assert running.result(30).rows == 1
        one.check()
    assert (one.engine.state()["lost"], one.engine.state()["depth"]) == (2, 0)


def test_error_after_a_signal_in_a_long_query_names_both_causes(source: Source) -> None:
    with pooled(source, short=0.05, timeout=60) as made:
        running = made.begin(f"{ENDLESS} # {'long ' * 4_000}")
        wait_for(lambda: made.engine.state()["long"] == 1)  # so it is being evaluated
        (worker,) = made.pool._busy  # noqa: SLF001 - the one that is to die
        os.kill(worker._forked.pid, signal.SIGSEGV)  # noqa: SLF001
        with pytest.raises(QueryTooDeepError, match="ended by a signal; the query may nest too deep"):
            running.result(30)


def test_worker_that_was_stopped_goes_on_when_a_query_comes(source: Source) -> None:
    with pooled(source, short=0.05) as made:
        for pid in pids_of_idle(made):
            os.kill(pid, signal.SIGSTOP)
        for _ in range(3):
            made.check()


def test_client_with_few_queries_need_not_wait_for_all_of_another(source: Source) -> None:
    with pooled(source, workers=1, queue_seconds=30) as made:
        order: list[str] = []
        running = made.begin(ENDLESS)
        wait_for(lambda: made.engine.state()["short"] == 1)

        async def ask(client: str) -> None:
            await made.engine.answer(Request("ASK {}", (JSON,), client=client))
            order.append(client)

        asked = [made.submit(ask(client)) for client in (*["many"] * 9, "few", *["many"] * 9)]
        wait_for(lambda: made.engine.state()["waiting"] == len(asked))
        (worker,) = made.pool._busy  # noqa: SLF001 - it has a query of the many, too
        worker.client = "many"
        extra = made.submit(made.pool._add())  # noqa: SLF001 - a second place, while the first stays taken
        for one in asked:
            one.result(30)
        extra.result(30)
        running.cancel()
    assert order.index("few") < 2


def test_client_with_many_long_queries_makes_room_for_others(source: Source) -> None:
    """One of them is stopped at once; if only its own client's queries waited, it would have more time."""
    with pooled(source, workers=2, short=0.5, long_workers=0, timeout=60, queue_seconds=60) as made:
        many = Request(ENDLESS, (JSON,), client="many")
        running = [made.submit(made.engine.answer(many)) for _ in range(3)]
        wait_for(lambda: made.engine.state()["waiting"] == 1)
        few = Request("ASK {}", (JSON,), client="few")
        assert made.submit(made.engine.answer(few)).result(60).rows == 1
        assert made.engine.state()["displaced"] == 1
        assert all(worker.seconds() < 1.5 for worker in made.pool._busy)  # noqa: SLF001 - to look at them
        for one in running:
            one.cancel()


def test_nothing_is_left_of_a_pool_that_is_closed(source: Source) -> None:
    before = _descriptors()
    with pooled(source) as made:
        pids = [worker._forked.pid for worker in made.pool._idle]  # noqa: SLF001
        made.check()
    wait_for(lambda: not any(_exists(pid) for pid in pids))
    assert _descriptors() == before


def _descriptors() -> set[str]:
    return {path.name for path in Path("/dev/fd").iterdir()}


def _ask_often(made: Pooled) -> None:
    for _ in range(5):
        made.ask("ASK {}")


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_worker_that_dies_without_a_query_is_replaced_before_one_comes(one: Pooled) -> None:
    """So no query is given to a dead worker, however many have died while there were no queries."""
    one.ask("ASK {}")
    before = pids_of_idle(one)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(pids_of_idle(one)) == len(before) and not before & pids_of_idle(one))
    one.check()
    assert one.engine.state()["lost"] == 0


def pids_of_idle(made: Pooled) -> set[int]:
    """Return the processes of the workers that have no query."""
    return {worker._forked.pid for worker in made.pool._idle}  # noqa: SLF001 - to look at them
