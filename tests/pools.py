"""Engines that evaluate in workers, over small data, for tests."""

import asyncio
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Answer, Request
from cstokg.engine.loading.store import Source
from cstokg.engine.workers.pool import Pool
from cstokg.settings import Limits

JSON = "application/sparql-results+json"
CSV = "text/csv"
COUNT = 60
# Over COUNT triples this goes on for longer than any test waits, and uses little memory.
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?a{i} ?b{i} ?c{i} .' for i in range(9))} }}"
HUNGRY = f"SELECT * {{ {' '.join(f'?a{i} ?b{i} ?c{i} .' for i in range(5))} }} ORDER BY ?a0 ?c1"
PATIENCE = 20


Result = TypeVar("Result")


@dataclass(frozen=True)
class Pooled:
    """An engine, the pool behind it, and the event loop in which that runs."""

    engine: Engine
    pool: Pool
    loop: asyncio.AbstractEventLoop

    def ask(self, sparql: str, **options: float) -> Answer:
        """Evaluate a query, and return the answer as JSON."""
        return self.engine.query(sparql, JSON, timeout=options.get("timeout"))

    def begin(self, sparql: str) -> Future[Answer]:
        """Begin a query, and return its future; cancelling it cancels the query."""
        return self.submit(self.engine.answer(Request(sparql, (JSON,))))

    def reload(self) -> bool:
        """Reload the source; return whether it has changed."""
        return self.submit(self.pool.reload()).result()

    def submit(self, coroutine: Coroutine[object, object, Result]) -> Future[Result]:
        """Run a coroutine in the loop of the pool, and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def check(self) -> None:
        """Check that a small question is still answered correctly, and soon."""
        start = time.monotonic()
        assert json.loads(self.ask("ASK {}").body)["boolean"] is True
        assert time.monotonic() - start < 1
        rows = self.engine.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", CSV).text.split()
        assert rows == ["n", str(COUNT)]


def write_data(folder: Path, count: int = COUNT) -> Path:
    """Write a file of so many triples, and return its path."""
    path = folder / "data.nt"
    integer = "<http://www.w3.org/2001/XMLSchema#integer>"
    line = f'<http://example.org/%d> <http://example.org/p> "%d"^^{integer} .\n'
    path.write_text("".join(line % (i, i) for i in range(count)))
    return path


def write_release(folder: Path, count: int, version: str) -> None:
    """Write a release of so many triples in a folder whose name is not that of a release."""
    folder.mkdir(parents=True)
    write_data(folder, count).rename(folder / "dataset.nq")
    (folder / "release.json").write_text(json.dumps({"version": version}))


@contextmanager
def pooled(source: Source, **limits: float) -> Iterator[Pooled]:
    """Yield an engine over a source, with these limits and small ones for the rest; closed at the end."""
    given = {"timeout": 5, "memory": 256, "short": 10.0, **limits}
    limited = Limits(**given)  # type: ignore[arg-type]
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    pool = Pool(source, limited)
    made = Pooled(Engine(pool, limited, loop=loop), pool, loop)
    try:
        made.submit(pool.start()).result()
        yield made
    finally:
        made.submit(pool.close()).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def stop_busy(made: Pooled) -> None:
    """Stop the processes of the workers that have a query, once there are any.

    Their queries then go on without an end and without the processor.
    """
    wait_for(lambda: bool(made.pool._busy))  # noqa: SLF001 - to look at them
    for worker in made.pool._busy:  # noqa: SLF001
        os.kill(worker._forked.pid, signal.SIGSTOP)  # noqa: SLF001


def wait_for(condition: Callable[[], bool]) -> None:
    """Return once a condition holds; raise if it does not within a while."""
    end, pause = time.monotonic() + PATIENCE, 0.005
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(pause)
        pause = min(1.5 * pause, 0.025)  # to look may be work for a server
