"""Measure the processor time of each part of answering a light query, in microseconds, one by one.

    python benchmarks/light_query.py [--release FOLDER] [--rounds N]

Each figure is the least of several rounds, so that what else the machine does counts little. The parts are
measured alone; together they cost more, because caches are colder and processes have to be woken.
"""

import sys
from pathlib import Path

# Beside this file lies http.py, which would hide the standard library's package of that name.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

import argparse
import asyncio
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
import uvloop

from cstokg.engine import evaluation, query_text
from cstokg.engine.evaluation import Answer, Request
from cstokg.engine.loading import store
from cstokg.engine.loading.store import Source
from cstokg.engine.rewriting import corrections
from cstokg.engine.workers.pool import Pool
from cstokg.settings import Limits, Serving
from cstokg.web.asgi_app import Application

JSON = "application/sparql-results+json"
LIGHT = """PREFIX ckg: <https://w3id.org/csto-kg/ontology#>
PREFIX body: <https://w3id.org/csto-kg/id/body/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?state ?label WHERE {
    ?membership ckg:membershipIn body:csto ; ckg:member ?state .
    ?state skos:prefLabel ?label FILTER (LANG(?label) = "en")
} ORDER BY ?label LIMIT %d"""
REQUESTS = 300


class Answered:
    """An engine that has its answers ready."""

    limits, services = Limits(), ()
    title = version = release_version = "none"
    folder = None

    async def answer(self, request: Request, timeout: float | None = None) -> Answer:
        """Return the same answer to every query."""
        del request, timeout
        return Answer(JSON, b"x" * 900, 5, self.version)


def main() -> None:
    """Print the table."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    data = store.from_release(options.release)
    rows = [
        ("in the worker", None),
        ("pyoxigraph: parse, plan, evaluate, write", _least(lambda i: _alone(data, i), options.rounds)),
        ("the whole of evaluate()", _least(lambda i: _evaluated(data, i), options.rounds)),
        ("  of that: look at the text", _least(_looked_at, options.rounds)),
        ("  tokens, which a light query needs seldom", _least(_tokens, options.rounds)),
    ]
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        rows += [("in the server process", None), *runner.run(_server(options))]
    print("| part | µs |\n|---|---:|")
    for name, microseconds in rows:
        print(f"| **{name}** | |" if microseconds is None else f"| {name} | {microseconds:.0f} |")


async def _server(options: argparse.Namespace) -> list[tuple[str, float]]:
    app = Application(Answered(), Serving(cache=0))  # type: ignore[arg-type]
    scopes = [_scope(number) for number in range(REQUESTS)]
    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(100)

    async def send(message: Any) -> None:
        sent.append(message)

    async def requests() -> None:
        for scope in scopes:
            await app({**scope}, receive, send)
        sent.clear()

    pool = Pool(Source(options.release), Limits())
    await pool.start()
    numbers = iter(range(10**9))

    async def hops() -> None:
        for _ in range(REQUESTS):
            await pool.answer(Request(f"ASK {{}} # {next(numbers)}", (JSON,)))

    rows = [
        ("our application, with an answer at hand", await _least_of(requests, options.rounds)),
        ("a worker asked and its reply read, ASK {}", await _least_of(hops, options.rounds)),
    ]
    await pool.close()
    return rows


def _scope(number: int) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "http_version": "1.1",
        "path": "/sparql",
        "root_path": "",
        "query_string": f"query={quote(LIGHT % number)}".encode(),
        "headers": [(b"host", b"localhost"), (b"accept", JSON.encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }


def _alone(data: store.Loaded, number: int) -> None:
    result = data.store.query(LIGHT % number)
    assert isinstance(result, ox.QuerySolutions)
    result.serialize(format=ox.QueryResultsFormat.JSON)


def _evaluated(data: store.Loaded, number: int) -> None:
    evaluation.evaluate(data, Request(LIGHT % number, (JSON,)))


def _looked_at(number: int) -> None:
    query = query_text.read(LIGHT % number)
    _ = query.own_prefixes, query.is_volatile, query.is_update, query.selects_all, query.merges_graphs
    corrections.may_be_needed(query.sparql, query.uppercase)


def _tokens(number: int) -> None:
    query_text.tokens(LIGHT % number)


def _least(part: Callable[[int], None], rounds: int) -> float:
    """Return microseconds of CPU for one call."""
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        for number in range(REQUESTS):
            part(number)
        seconds.append(time.process_time() - start)
    return min(seconds) / REQUESTS * 1e6


async def _least_of(part: Callable[[], Any], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.process_time()
        await part()
        seconds.append(time.process_time() - start)
    return min(seconds) / REQUESTS * 1e6


if __name__ == "__main__":
    main()
