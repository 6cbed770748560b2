"""Engines that evaluate in workers, over small data, for tests."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cstokg.engine import Answer, Engine
from cstokg.engine.store import Source
from cstokg.engine.pool import Pool
from cstokg.limits import Limits

JSON = "application/sparql-results+json"
CSV = "text/csv"
COUNT = 60
# Over COUNT triples this goes on for longer than any test waits, and uses little memory.
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?a{i} ?b{i} ?c{i} .' for i in range(9))} }}"
HUNGRY = f"SELECT * {{ {' '.join(f'?a{i} ?b{i} ?c{i} .' for i in range(5))} }} ORDER BY ?a0 ?c1"
PATIENCE = 20


@dataclass(frozen=True)
class Pooled:
    """An engine and the pool behind it."""

    engine: Engine
    pool: Pool

    def ask(self, sparql: str, **options: float) -> Answer:
        """The answer to a query, as JSON."""
        return self.engine.query(sparql, JSON, timeout=options.get("timeout"))

    def check(self) -> None:
        """The right answer to a small question still comes, and soon."""
        start = time.monotonic()
        assert json.loads(self.ask("ASK {}").body)["boolean"] is True
        assert time.monotonic() - start < 1
        rows = self.engine.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", CSV).text.split()
        assert rows == ["n", str(COUNT)]


def write_data(folder: Path, count: int = COUNT) -> Path:
    """A file of so many triples."""
    path = folder / "data.nt"
    lines = (f"<http://example.org/{i}> <http://example.org/p> {i} .\n" for i in range(count))
    integer = "<http://www.w3.org/2001/XMLSchema#integer>"
    path.write_text("".join(line.replace(f"p> {i}", f'p> "{i}"^^{integer}') for i, line in enumerate(lines)))
    return path


def write_release(folder: Path, count: int, version: str) -> None:
    """A release of so many triples, in a folder whose name promises nothing."""
    folder.mkdir(parents=True)
    write_data(folder, count).rename(folder / "dataset.nq")
    (folder / "release.json").write_text(json.dumps({"version": version}))


@contextmanager
def pooled(source: Source, **limits: float) -> Iterator[Pooled]:
    """An engine over a source, with these limits and small ones for the rest; closed at the end."""
    given = {"timeout": 5, "memory": 256, "short": 10.0, **limits}
    limited = Limits(**given)  # type: ignore[arg-type]
    pool = Pool(source, limited)
    try:
        yield Pooled(Engine(pool, limited), pool)
    finally:
        pool.close()


def wait_for(condition: Callable[[], bool]) -> None:
    """Nothing, once something holds; an error if it does not after a while."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)
