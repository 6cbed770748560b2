"""Run normal, slow and hostile clients together, and check that the normal ones get right answers soon.

    python benchmarks/soak.py [--seconds 600] [--release FOLDER] [SERVER'S OPTION]...

A server of the release is started. Clients with small questions ask first alone, then beside all kinds of
others, each request on a new connection. The status is 1 if a bar is missed.
"""

import argparse
import asyncio
import csv
import io
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pyoxigraph

# Not this folder, whose http.py would hide the standard library's package.
if Path(sys.path[0]) == Path(__file__).parent:
    sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import crowds
from crowds import Footprint
from hostile_queries import QUERIES
from servers import Server, serving

LIGHT_CLIENTS = 2
SUBJECTS = 50
REST_SHARE, REST_SECONDS = 0.1, 5.0  # of the time, and at least, the light clients are alone
COOL_SECONDS = 15  # from the end of the storm until the server has to be as it was before
WATCH_INTERVAL = 0.5
REPLY_SECONDS = 20  # how long anybody waits for a response
SLOW_SECONDS = 30  # how long a slow client stays, unless it is closed before

P99_RATIO = 5.0  # of light queries, beside and alone
HEALTH_SECONDS = 1.0
REFUSED_SHARE = 0.01  # of the light queries
# From the second third of the storm to the last: how many times as much, and how much more. Memory of running
# queries comes and goes, and leaks stay: so the lowest tenth of a third counts, and only lasting processes.
GROWTH, GROWTH_MEMORY, GROWTH_DESCRIPTORS, LOWEST = 1.1, 10, 30, 0.1  # memory in MB
# Afterwards, compared with before: how many times as much memory beside the cache, and how many more of each.
REST_MEMORY, REST_DESCRIPTORS, REST_PROCESSES = 1.25, 8, 2
# The storm has more kinds of queries than the warm-up, so a worker may hold a little more after it.
PLACE_MEMORY = 4_000_000  # bytes
WARM, WARM_CLIENTS = 40, 8  # queries of each of two kinds before the rest is measured, and how many at a time
CACHE = 16_000_000  # bytes, as for the server

CSV = "text/csv"
SMALL = "SELECT ?p ?o {{ <{subject}> ?p ?o }} ORDER BY ?p ?o"
# Two tenths of a second, however large the release is.
HEAVY = """SELECT ?a ?f {{ {{ SELECT ?a {{ ?a ?b ?c }} LIMIT 400 }} ?a ?e ?f . ?f ?g ?h }}
ORDER BY ?f ?a LIMIT 100 # {number}"""
ENDLESS = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?a{i} ?b{i} ?c{i} .' for i in range(9))} }} # "
LONG = 50_000  # bytes of a body
ANSWERED = set(range(200, 500))  # the tests check which of them is right for a query
FORM = "application/x-www-form-urlencoded"


@dataclass
class Observations:
    """What clients observed: seconds of new light queries and of health, statuses by role, mistakes."""

    seconds: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Observations") -> None:
        """Add what other clients observed."""
        self.seconds += other.seconds
        self.health += other.health
        self.statuses += other.statuses
        self.wrong += other.wrong


@dataclass(frozen=True, slots=True)
class Bar:
    """A figure that may be at most so large."""

    name: str
    figure: float
    bar: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether it is not larger."""
        return self.figure <= self.bar


def main() -> int:
    """Return the status: 0 if every bar was met."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    parser.add_argument("--cache", type=int, default=CACHE, help="bytes, as for the server")
    parser.add_argument("--ratio", type=float, default=P99_RATIO, help="of the p99 beside and alone, at most")
    parser.add_argument(
        "--growth",
        type=float,
        default=GROWTH_MEMORY,
        help="MB, from the second third to the last",
    )
    parser.add_argument("--kept", type=float, default=REST_MEMORY, help="times the memory at rest")
    parser.add_argument(
        "--reload", type=float, default=0, help="seconds from one SIGHUP to the next; 0: none"
    )
    parser.add_argument("--out", type=Path, help="a file for the figures, as JSON")
    given, others = parser.parse_known_args()
    release = given.release.resolve()
    options = ("--release", release, "--timeout", "2", "--cache", str(given.cache), *others)
    rest_seconds = max(REST_SECONDS, given.seconds * REST_SHARE)
    with serving(*options) as server:
        expected = answers(server, release)
        warm_up(server)
        alone, _ = load(server, expected, rest_seconds, storm=False)
        rest = crowds.footprint(server)
        seconds = given.seconds - rest_seconds
        beside, footprints = load(server, expected, seconds, storm=True, reload=given.reload)
        after = footprint_after(server, rest, given)
        alive = server.ask("ASK {}").status == 200 and server.send("GET", "/health").status == 200
    bars = bars_of(alone, beside, footprints, (rest, after), given)
    bars.append(Bar("no answer after the storm", 0 if alive else 1, 0))
    figures = summary(alone, beside, footprints, (rest, after))
    figures["bars"] = {bar.name: [round(bar.figure, 3), bar.bar, bar.met] for bar in bars}
    text = json.dumps(figures, indent=2)
    print(text)
    if given.out:
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(text + "\n", encoding="utf-8")
    for bar in bars:
        verdict = "met" if bar.met else "missed"
        print(f"{bar.name:56} {bar.figure:10.2f} {bar.unit:3} at most {bar.bar:10.2f}  {verdict}")
    return 0 if all(bar.met for bar in bars) else 1


def answers(server: Server, release: Path) -> dict[str, bytes]:
    """Return small questions about a release, each with the server's answer at rest.

    Raises:
        SystemExit: An answer differs from the rows that pyoxigraph finds in the dataset.
    """
    store = pyoxigraph.Store()
    store.bulk_load(path=str(release / "dataset.nq"), format=pyoxigraph.RdfFormat.N_QUADS)
    named = [quad for quad in store if isinstance(quad.subject, pyoxigraph.NamedNode)]
    unlabelled = {quad.subject for quad in named if isinstance(quad.object, pyoxigraph.BlankNode)}
    subjects = sorted({quad.subject.value for quad in named if quad.subject not in unlabelled})
    sample = random.Random(1).sample(subjects, SUBJECTS)  # noqa: S311 - the same ones each time
    bodies = {}
    for sparql in (SMALL.format(subject=subject) for subject in sample):
        response = server.ask(sparql, CSV)
        rows = list(csv.reader(io.StringIO(response.body.decode())))[1:]
        solutions = store.query(sparql)
        assert isinstance(solutions, pyoxigraph.QuerySolutions)
        if response.status != 200 or rows != [[term.value for term in row] for row in solutions]:
            raise SystemExit(f"status {response.status}, other rows than pyoxigraph's: {sparql}")
        bodies[sparql] = response.body
    return bodies


def warm_up(server: Server) -> None:
    """Let every worker answer what it will answer later, because working copies pages that it shared before.

    Raises:
        SystemExit: A query was not answered.
    """
    texts = [f"{crowds.ORDINARY}{number}" for number in range(WARM)]
    texts += [HEAVY.format(number=number) for number in range(WARM)]
    with ThreadPoolExecutor(WARM_CLIENTS) as clients:
        refused = Counter(response.status for response in clients.map(server.ask, texts))
    if refused.keys() != {200}:
        raise SystemExit(f"the server at rest does not answer: {dict(refused)} (status: answers)")


def load(
    server: Server, expected: dict[str, bytes], seconds: float, *, storm: bool, reload: float = 0
) -> tuple[Observations, list[Footprint]]:
    """Return what clients observe in so many seconds, and the server's footprints during this time."""
    end, footprints, observations = time.monotonic() + seconds, [], Observations()
    # In processes of their own, so that neither their work nor their number delays a light client.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context) as processes:
        clients = [processes.submit(light, server.port, expected, end)]
        if storm:
            clients.append(processes.submit(stormy, server.port, end))
        reloaded = time.monotonic()
        while (now := time.monotonic()) < end:
            if reload and now > reloaded + reload:
                server.process.send_signal(signal.SIGHUP)
                reloaded = now
            footprints.append(crowds.footprint(server))
            time.sleep(max(0, min(WATCH_INTERVAL, end - time.monotonic())))
        for client in clients:
            observations.add(client.result())
    return observations, footprints


def light(port: int, expected: dict[str, bytes], end: float) -> Observations:
    """Ask small questions, half of them new to the server, and for its health; return the observations."""
    observations = Observations()

    async def ask(number: int) -> None:
        chance, count = random.Random(number), 0  # noqa: S311
        questions = list(expected.items())
        while time.monotonic() < end:
            count += 1
            sparql, body = chance.choice(questions)
            text = f"{sparql} # {number} {time.time_ns()}" if count % 2 else sparql
            start = time.monotonic()
            status, head, received = await crowds.request(port, crowds.get(text, CSV), seconds=REPLY_SECONDS)
            if count % 2 and status != 503:
                observations.seconds.append(time.monotonic() - start)
            observations.statuses[f"light {status}"] += 1
            if status == 200 and received != body:
                observations.wrong["light: other bytes"] += 1
            elif status not in (200, 503):
                observations.wrong[f"light: {status}"] += 1
            elif status == 503 and b"\r\nretry-after:" not in head.lower():
                observations.wrong["light: 503 without Retry-After"] += 1
            await asyncio.sleep(0.005)

    async def health() -> None:
        sent = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        while time.monotonic() < end:
            start = time.monotonic()
            status, _, _ = await crowds.request(port, sent, seconds=REPLY_SECONDS)
            observations.health.append(time.monotonic() - start)
            if status != 200:
                observations.wrong[f"health: {status}"] += 1
            await asyncio.sleep(0.1)

    async def both() -> None:
        await asyncio.gather(health(), *map(ask, range(LIGHT_CLIENTS)))

    asyncio.run(both())
    return observations


def stormy(port: int, end: float) -> Observations:
    """Send what other clients send: much, slowly, wrongly, or leaving early; return the observations."""
    os.nice(5)
    observations = Observations()
    chance = random.Random(2)  # noqa: S311
    open_ports: set[int] = set()  # of the connections that are open, read once for all clients

    async def asked(role: str, sent: bytes, may: set[int], *, timeouts: bool = False) -> None:
        """Send a request and judge the status of its response."""
        status, head, _ = await crowds.request(port, sent, seconds=REPLY_SECONDS)
        observations.statuses[f"{role} {status}"] += 1
        overload = status == 503 and (timeouts or b"\r\nretry-after:" in head.lower())
        if (status >= 500 and not overload) or status not in {*may, 0, 503}:
            observations.wrong[f"{role}: {status}"] += 1

    async def ordinary() -> None:
        await asked("ordinary", crowds.get(f"{crowds.ORDINARY}{time.time_ns()}"), {200})
        await asyncio.sleep(0.1)

    async def heavy() -> None:
        await asked("heavy", crowds.get(HEAVY.format(number=time.time_ns())), {200}, timeouts=True)
        await asyncio.sleep(0.1)

    async def endless() -> None:
        await asked("endless", crowds.get(f"{ENDLESS}{time.time_ns()}"), set(), timeouts=True)
        await asyncio.sleep(0.1)

    async def bad() -> None:
        body = urlencode({"query": chance.choice(QUERIES)[1]}, errors="replace").encode("ascii")
        # A body that is too long may not be read to its end, and the response be lost with the connection.
        may = ANSWERED | {0} if len(body) > LONG else ANSWERED
        await asked("hostile", crowds.post_head(FORM, len(body)) + body, may, timeouts=True)
        await asyncio.sleep(0.05)

    async def leaving() -> None:
        """Send a request, or a part of it, and close without reading."""
        sent = crowds.get(f"{crowds.ORDINARY}{time.time_ns()}")
        if chance.random() < 0.5:
            sent = sent[: chance.randrange(len(sent))]
        connection = await crowds.connect(port)
        with connection, suppress(OSError):
            await asyncio.get_running_loop().sock_sendall(connection, sent)
            await asyncio.sleep(chance.random() / 10)
        observations.statuses["left"] += 1

    def slow(role: str, behave: crowds.Behaviour) -> Callable[[], Awaitable[None]]:
        async def stay() -> None:
            connection = await crowds.connect(port, small=True)
            with connection, suppress(OSError, TimeoutError):
                async with asyncio.timeout(min(SLOW_SECONDS, max(0, end - time.monotonic()))):
                    await behave(connection)
                    await asyncio.sleep(2 * WATCH_INTERVAL)  # until it is among the open connections
                    while connection.getsockname()[1] in open_ports:
                        await asyncio.sleep(WATCH_INTERVAL)
            observations.statuses[role] += 1

        return stay

    roles = [
        *[ordinary] * 2,
        heavy,
        *[endless] * 2,
        *[bad] * 2,
        leaving,
        *[slow("read nothing", crowds.reads_nothing())] * 4,
        *[slow("slow heads", crowds.sends_slowly_its_head)] * 4,
        *[slow("slow bodies", crowds.sends_slowly_its_body)] * 4,
        *[slow("silent", crowds.says_nothing)] * 8,
    ]

    async def repeated(role: Callable[[], Awaitable[None]]) -> None:
        while time.monotonic() < end:
            try:
                await role()
            except OSError:
                observations.statuses["no connection"] += 1
                await asyncio.sleep(0.5)

    async def look() -> None:
        nonlocal open_ports
        while time.monotonic() < end:
            open_ports = crowds.held_open(port)
            await asyncio.sleep(WATCH_INTERVAL)

    async def all_of_them() -> None:
        await asyncio.gather(look(), *map(repeated, roles))

    asyncio.run(all_of_them())
    return observations


def footprint_after(server: Server, rest: Footprint, given: argparse.Namespace) -> Footprint:
    """Return the footprint once it meets its bars, which compare it with rest, or after ``COOL_SECONDS``."""
    end = time.monotonic() + COOL_SECONDS
    while True:
        now = crowds.footprint(server)
        if time.monotonic() > end or all(bar.met for bar in _bars_afterwards(rest, now, given)):
            return now
        time.sleep(WATCH_INTERVAL)


def bars_of(
    alone: Observations,
    beside: Observations,
    footprints: list[Footprint],
    ends: tuple[Footprint, Footprint],
    given: argparse.Namespace,
) -> list[Bar]:
    """Return the figures that have a bar; ``given`` has the options."""
    wrong = alone.wrong + beside.wrong
    lights = {name: count for name, count in beside.statuses.items() if name.startswith("light ")}
    refused = lights.get("light 503", 0) / max(1, sum(lights.values()))
    rest_p99, storm_p99 = quantile(alone.seconds, 0.99) * 1000, quantile(beside.seconds, 0.99) * 1000
    memory = [value / 1e6 for value in thirds(lasting(footprints))]
    descriptors = thirds([footprint.descriptors for footprint in footprints])
    return [
        Bar("wrong bytes", wrong["light: other bytes"], 0),
        Bar("other wrong outcomes", wrong.total() - wrong["light: other bytes"], 0),
        Bar("light queries refused, share", refused, REFUSED_SHARE),
        Bar(f"p99 of light queries ({rest_p99:.1f} ms at rest)", storm_p99, given.ratio * rest_p99, "ms"),
        Bar("slowest answer about health", max(beside.health, default=float("inf")), HEALTH_SECONDS, "s"),
        Bar("memory of lasting processes, last third", memory[2], GROWTH * memory[1] + given.growth, "MB"),
        Bar("descriptors, last third", descriptors[2], GROWTH * descriptors[1] + GROWTH_DESCRIPTORS),
        *_bars_afterwards(*ends, given),
    ]


def _bars_afterwards(rest: Footprint, after: Footprint, given: argparse.Namespace) -> list[Bar]:
    """Return the bars that compare the server after the storm with the server at rest."""
    places = rest.processes - 2  # beside the server and the fork server
    memory = given.kept * rest.memory + 2 * given.cache + places * PLACE_MEMORY
    return [
        Bar("memory afterwards", after.memory / 1e6, memory / 1e6, "MB"),
        Bar("descriptors afterwards", after.descriptors, rest.descriptors + REST_DESCRIPTORS),
        Bar("processes afterwards", after.processes, rest.processes + REST_PROCESSES),
    ]


def summary(
    alone: Observations,
    beside: Observations,
    footprints: list[Footprint],
    ends: tuple[Footprint, Footprint],
) -> dict[str, object]:
    """Return the figures."""
    return {
        "statuses at rest": dict(sorted(alone.statuses.items())),
        "statuses in the storm": dict(sorted(beside.statuses.items())),
        "wrong": dict(alone.wrong + beside.wrong),
        "p50 ms, at rest and in the storm": [ms(part.seconds, 0.5) for part in (alone, beside)],
        "p99 ms, at rest and in the storm": [ms(part.seconds, 0.99) for part in (alone, beside)],
        "memory of lasting processes MB, thirds": [
            round(value / 1e6, 1) for value in thirds(lasting(footprints))
        ],
        "descriptors, thirds": thirds([footprint.descriptors for footprint in footprints]),
        "processes, thirds": thirds([footprint.processes for footprint in footprints]),
        "at rest, afterwards": [
            {
                "processes": footprint.processes,
                "descriptors": footprint.descriptors,
                "MB": round(footprint.memory / 1e6, 1),
            }
            for footprint in ends
        ],
    }


def lasting(footprints: list[Footprint]) -> list[int]:
    """Return, for each footprint, the memory of the processes that are in all of them."""
    memories_by_pid = [dict(footprint.memories) for footprint in footprints]
    pids = set(memories_by_pid[0]).intersection(*memories_by_pid)
    return [sum(memories[pid] for pid in pids) for memories in memories_by_pid]


def quantile(values: list[float], share: float) -> float:
    """Return the value below which this share of the values lies; infinite where there is none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("inf")


def ms(values: list[float], share: float) -> float:
    """Return a quantile in milliseconds."""
    return round(quantile(values, share) * 1000, 2)


def thirds(values: list[int]) -> list[float]:
    """Return, for each third of the values, the value below which a tenth of them lie."""
    size = max(1, len(values) // 3)
    parts = values[:size], values[size : 2 * size] or values, values[-size:]
    return [quantile([float(value) for value in part], LOWEST) for part in parts]


if __name__ == "__main__":
    sys.exit(main())
