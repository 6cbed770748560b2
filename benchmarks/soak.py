"""Let good and hostile clients ask together, and see that the good are answered well and soon.

    python benchmarks/soak.py --seconds 600 --release releases/current

A server is started. A few clients ask small questions, first alone, then beside others that send
what no server should have to answer. The status is 1 if an answer was wrong, the server's health was
ever slow to tell, small questions got much slower than alone, or memory grew. Further options go to
the server.
"""

import argparse
import json
import multiprocessing
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote, urlencode

from cstokg.engine.engine import Engine

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hostile_queries import QUERIES
from servers import Server, descendants, serving

GOOD_CLIENTS, HOSTILE_CLIENTS = 2, 4
SUBJECTS = 50
REST_SHARE = 0.1  # of the time is for the good clients alone
HEALTH_SECONDS = 1.0  # how soon health has to be told
P99_RATIO, P99_FLOOR = 5.0, 0.005  # how much slower beside hostile clients; below the floor nobody cares
SILENT, LEAVING = 0.05, 0.1  # of the hostile requests
GROWTH = 1.15  # how much memory may grow from the first third of the storm to the last
MIB = 1 << 20

CSV = "text/csv"
SMALL = "SELECT ?p ?o {{ <{subject}> ?p ?o }} ORDER BY ?p ?o"
SOME = "SELECT DISTINCT ?s {{ ?s ?p ?o FILTER(isIRI(?s)) }} ORDER BY ?s"


@dataclass
class Seen:
    """What the clients saw."""

    seconds: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)
    hostile: Counter[int] = field(default_factory=Counter)
    memory: list[float] = field(default_factory=list)


def main() -> int:
    """The status: 0 if everything held."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    parser.add_argument("--cache", default="64000000", help="bytes, as for the server")
    parser.add_argument("--ratio", type=float, default=P99_RATIO, help="of the p99 beside and alone, at most")
    parser.add_argument("--out", type=Path, help="a file for the figures, as JSON")
    arguments, others = parser.parse_known_args()
    expected = answers(arguments.release)
    options = ("--release", arguments.release, "--timeout", "2", "--cache", arguments.cache, *others)
    with serving(*options) as server:
        rest = load(server, expected, arguments.seconds * REST_SHARE, hostile=0)
        storm = load(server, expected, arguments.seconds * (1 - REST_SHARE), hostile=HOSTILE_CLIENTS)
    figures = summary(rest, storm)
    text = json.dumps(figures, indent=2)
    print(text)  # noqa: T201
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(text + "\n", encoding="utf-8")
    broken = failures(rest, storm, arguments.ratio)
    for line in broken:
        print(f"not held: {line}", file=sys.stderr)  # noqa: T201
    return 1 if broken else 0


def answers(release: Path) -> dict[str, bytes]:
    """Small questions about a release, and the bytes that answer them."""
    engine = Engine.from_release(release)
    subjects = engine.query(SOME.format(), CSV).text.split()[1:]
    chosen = random.Random(1).sample(subjects, SUBJECTS)  # noqa: S311 - the same ones each time
    asked = [SMALL.format(subject=subject) for subject in chosen]
    return {sparql: engine.query(sparql, CSV).body for sparql in asked}


def load(server: Server, expected: dict[str, bytes], seconds: float, hostile: int) -> Seen:
    """What is seen in so many seconds."""
    seen, end = Seen(), time.monotonic() + seconds
    # In processes of their own, so that their work is not measured as the server's.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(1, hostile), context, initializer=os.nice, initargs=(10,)) as processes:
        enemies = [processes.submit(ask_hostile, server.port, end, number) for number in range(hostile)]
        clients = [
            threading.Thread(target=ask_small, args=(server, seen, end, number, expected))
            for number in range(GOOD_CLIENTS)
        ]
        clients.append(threading.Thread(target=watch, args=(server, seen, end)))
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        for enemy in enemies:
            seen.hostile += enemy.result()
    return seen


def ask_small(server: Server, seen: Seen, end: float, number: int, expected: dict[str, bytes]) -> None:
    """Small questions one after the other; half of them new to the server, half of them not."""
    chance = random.Random(number)  # noqa: S311
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    count = 0
    while time.monotonic() < end:
        count += 1
        sparql, body = chance.choice(list(expected.items()))
        new = f"{sparql} #{number}-{count}" if count % 2 else sparql
        start = time.monotonic()
        connection.request("GET", f"/sparql?query={quote(new)}", headers={"Accept": CSV})
        response = connection.getresponse()
        received = response.read()
        if count % 2:
            seen.seconds.append(time.monotonic() - start)
        right = "right" if received == body else f"WRONG {response.status}: {received[:200]!r}"
        seen.outcomes["refused" if response.status == 503 else right] += 1


def ask_hostile(port: int, end: float, number: int) -> Counter[int]:
    """Bad queries in any order, by status; from time to time the client leaves, or falls silent."""
    chance = random.Random(number)  # noqa: S311
    seen: Counter[int] = Counter()
    while time.monotonic() < end:
        sparql = chance.choice(QUERIES)[1]
        body = urlencode({"query": sparql}, errors="replace").encode("ascii")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        silent, leaving = chance.random() < SILENT, chance.random() < LEAVING
        connection = HTTPConnection("127.0.0.1", port, timeout=0.5 if silent or leaving else 30)
        try:
            if silent:
                body, headers["Content-Length"] = body[: len(body) // 2], str(len(body))
            connection.request("POST", "/sparql", body, headers)
            response = connection.getresponse()
            response.read()
            seen[response.status] += 1
        except (OSError, HTTPException):
            seen[0] += 1
        finally:
            connection.close()
    return seen


def watch(server: Server, seen: Seen, end: float) -> None:
    """Health every tenth of a second, memory every second."""
    count = 0
    while time.monotonic() < end:
        start = time.monotonic()
        healthy = server.send("GET", "/health").status == 200
        seen.health.append(time.monotonic() - start if healthy else 1e9)
        if count % 10 == 0:
            seen.memory.append(memory(server.process))
        count += 1
        time.sleep(0.1)


def memory(process: "subprocess.Popen[str]") -> float:
    """What a server's lasting processes hold, in bytes, shared pages counted once; no worker is lasting."""
    total = 0
    for pid in (process.pid, *(pid for pid, _ in descendants(process.pid))):
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
            name = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        except OSError:
            continue
        if "NoNewPrivs:\t1" in name:
            continue  # a worker: it comes and goes, and its memory has a limit of its own
        total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total * 1024


def quantile(values: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def thirds(values: list[float]) -> tuple[float, float]:
    """The medians of the first and of the last third."""
    size = max(1, len(values) // 3)
    return quantile(values[:size], 0.5), quantile(values[-size:], 0.5)


def summary(rest: Seen, storm: Seen) -> dict[str, object]:
    """The figures."""
    first, last = thirds(storm.memory)
    return {
        "small questions": {"alone": sum(rest.outcomes.values()), "in the storm": dict(storm.outcomes)},
        "hostile requests by status": dict(sorted(storm.hostile.items())),
        "p50 ms": [round(quantile(seen.seconds, 0.5) * 1000, 2) for seen in (rest, storm)],
        "p99 ms": [round(quantile(seen.seconds, 0.99) * 1000, 2) for seen in (rest, storm)],
        "slowest health ms": round(max(storm.health) * 1000, 1),
        "memory MiB": [round(first / MIB, 1), round(last / MIB, 1)],
    }


def failures(rest: Seen, storm: Seen, ratio: float) -> list[str]:
    """What did not hold."""
    found = [
        f"{count} times {outcome}"
        for outcome, count in (rest.outcomes + storm.outcomes).items()
        if outcome not in ("right", "refused")
    ]
    if max(storm.health) > HEALTH_SECONDS:
        found.append(f"health took {max(storm.health):.2f} s")
    alone, beside = (quantile(seen.seconds, 0.99) for seen in (rest, storm))
    if beside > max(ratio * alone, P99_FLOOR):
        found.append(f"p99 of small questions was {beside * 1000:.1f} ms, alone {alone * 1000:.1f} ms")
    first, last = thirds(storm.memory)
    if last > GROWTH * first:
        found.append(f"memory grew from {first / MIB:.0f} to {last / MIB:.0f} MiB")
    if storm.outcomes["refused"] > 0.01 * sum(storm.outcomes.values()):
        found.append(f"{storm.outcomes['refused']} small questions were refused")
    return found


if __name__ == "__main__":
    sys.exit(main())
