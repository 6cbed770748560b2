"""Measure how long the pages take over HTTP, and how large they are.

    python benchmarks/pages.py [--release FOLDER] [--rounds N]

Every page of ``/browse`` and what it links is asked for on one connection, from a server that makes
each page anew. The figures are medians in milliseconds by the first steps of the address, and the
largest page after compression. Then words are searched for, each twenty times, of which the fastest counts.
The status is 1 if a page is too heavy or a search too slow.
"""

import argparse
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Not this folder, whose http.py would hide the standard library's package.
if Path(sys.path[0]) == Path(__file__).parent:
    sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).parents[1]))

from http.client import HTTPConnection
from urllib.parse import quote

from benchmarks import peers
from cstokg import formats

_STARTS = (
    *("/", "/conflicts", "/explore?iri=body:csto", "/figures", "/ontology", "/questions", "/sparql"),
    *(f"/figures/{name}" for name in ("map", "neighbourhood", "relays", "timeline", "topics")),
    "/statements",
)
_APART = ("figures", "page")  # whose kinds are told by the second step
_LINK = re.compile(r'href="(/(?:page|browse|questions)[^"#?]*)"')
_HEAVIEST_BYTES = 60_000  # of a page, compressed
_SEARCHED = ("Lavroff", "мухриддин", "what the ministers said of the border with Afghanistan in the year")
_SLOWEST_SEARCH_MS = 10.0
_VERDICT = {True: "met", False: "missed"}
_PROBE = "ASK { ?s ?p ?o }"


@dataclass(frozen=True, slots=True)
class Kind:
    """The pages of a kind: how many, their median and the slowest page's in milliseconds, the heaviest."""

    name: str
    pages: int
    median_ms: float
    slowest_ms: float
    heaviest_bytes: int


def visit(port: int, rounds: int) -> list[Kind]:
    """Return the kinds of pages of a server, each page asked for so many times.

    Raises:
        SystemExit: A page is not answered with 200.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    pages = list(_addresses(connection))
    taken: dict[str, list[float]] = defaultdict(list)
    weight: dict[str, int] = {}
    for page in pages:
        for _ in range(rounds):
            start = time.perf_counter()
            body = _get(connection, page)
            taken[page].append(1000 * (time.perf_counter() - start))
        weight[page] = len(formats.compressed(body))
    connection.close()
    kinds: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        steps = page.partition("?")[0].strip("/").split("/")
        kinds["/".join(steps[:2]) if steps[0] in _APART else steps[0] or "front page"].append(page)
    measured = []
    for name, members in sorted(kinds.items()):
        medians = [statistics.median(taken[page]) for page in members]
        heaviest = max(weight[page] for page in members)
        measured.append(Kind(name, len(members), statistics.median(medians), max(medians), heaviest))
    return measured


def _addresses(connection: HTTPConnection) -> Iterator[str]:
    """Yield the addresses of pages that can be reached through lists, each once."""
    addresses = dict.fromkeys(_STARTS)
    lists = ["/browse", "/questions"]
    while lists:
        for address in _LINK.findall(_get(connection, lists.pop()).decode()):
            if address not in addresses:
                addresses[address] = None
                if address.startswith("/browse/"):
                    lists.append(address)
    yield from addresses


def _get(connection: HTTPConnection, address: str) -> bytes:
    """Get a page, and return it."""
    connection.request("GET", address, headers={"Accept": "text/html"})
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise SystemExit(f"{address}: {response.status}")
    return body


def search(port: int) -> float:
    """Return the milliseconds of the slowest of some searches, each the fastest of twenty times."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    taken: dict[str, list[float]] = defaultdict(list)
    for words in _SEARCHED * 20:
        start = time.perf_counter()
        _get(connection, f"/search.json?q={quote(words)}")
        taken[words].append(1000 * (time.perf_counter() - start))
    connection.close()
    return max(min(times) for times in taken.values())


def main() -> int:
    """Measure and print, and return 1 if a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with peers.ours(_PROBE, "--release", options.release.resolve(), "--page-cache", "0") as server:
        kinds = visit(server.port, options.rounds)
        slowest = search(server.port)
    sys.stdout.write(f"{sum(kind.pages for kind in kinds)} pages, {options.rounds} rounds\n")
    for kind in kinds:
        sys.stdout.write(
            f"{kind.name:32} {kind.pages:5} pages  median {kind.median_ms:7.1f} ms  "
            f"slowest {kind.slowest_ms:7.1f} ms  heaviest {kind.heaviest_bytes / 1000:6.1f} kB\n"
        )
    heaviest = max(kind.heaviest_bytes for kind in kinds)
    light, fast = heaviest <= _HEAVIEST_BYTES, slowest <= _SLOWEST_SEARCH_MS
    sys.stdout.write(
        f"heaviest page {heaviest / 1000:.1f} kB  at most {_HEAVIEST_BYTES // 1000}  {_VERDICT[light]}\n"
        f"slowest search {slowest:.1f} ms  at most {_SLOWEST_SEARCH_MS:.0f}  {_VERDICT[fast]}\n"
    )
    return int(not (light and fast))


if __name__ == "__main__":
    sys.exit(main())
