"""How long the pages take on the server, and how heavy they are.

    python benchmarks/pages.py [--release FOLDER] [--rounds N]

Every page of ``/browse`` and what it links is asked for in process, without a network. The figures are
medians in milliseconds by the first steps of the address, and the largest page after compression.
"""

import argparse
import gzip
import re
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from werkzeug.test import Client

from cstokg import release as releases
from cstokg.engine.engine import Engine
from cstokg.questions import from_json
from site_client import create_app

_STARTS = (
    *("/", "/conflicts", "/explore?iri=body:csto", "/figures", "/ontology", "/questions", "/sparql"),
    *(f"/figures/{name}" for name in ("map", "neighbourhood", "relays", "timeline", "topics")),
    "/statements",
)
_APART = ("figures", "page")  # whose kinds are told by the second step
_LINK = re.compile(r'href="(/(?:page|browse|questions)[^"#?]*)"')
_HTML = {"Accept": "text/html"}


def addresses(client: Client) -> Iterator[str]:
    """The addresses of pages that can be reached through lists, each once."""
    seen = dict.fromkeys(_STARTS)
    lists = ["/browse", "/questions"]
    while lists:
        for found in _LINK.findall(client.get(lists.pop(), headers=_HTML).text):
            if found not in seen:
                seen[found] = None
                if found.startswith("/browse/"):
                    lists.append(found)
    yield from seen


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    release = releases.load(options.release)
    questions = from_json((release.folder / "questions.json").read_text(encoding="utf-8"))
    client = create_app(Engine.from_release(release.folder), questions, release=release).test_client()
    pages = list(addresses(client))
    taken: dict[str, list[float]] = defaultdict(list)
    weight: dict[str, int] = {}
    for page in pages:
        for _ in range(options.rounds):
            start = time.perf_counter()
            body = client.get(page, headers=_HTML).data
            taken[page].append(1000 * (time.perf_counter() - start))
        weight[page] = len(gzip.compress(body))
    kinds: dict[str, list[str]] = defaultdict(list)
    for page in pages:
        steps = page.partition("?")[0].strip("/").split("/")
        kinds["/".join(steps[:2]) if steps[0] in _APART else steps[0] or "front page"].append(page)
    sys.stdout.write(f"{len(pages)} pages, {options.rounds} rounds\n")
    for kind, members in sorted(kinds.items()):
        medians = [statistics.median(taken[page]) for page in members]
        heaviest = max(weight[page] for page in members) / 1000
        sys.stdout.write(
            f"{kind:32} {len(members):5} pages  median {statistics.median(medians):7.1f} ms  "
            f"slowest {max(medians):7.1f} ms  heaviest {heaviest:6.1f} kB\n"
        )
    every = [statistics.median(times) for times in taken.values()]
    sys.stdout.write(
        f"all: median {statistics.median(every):.1f} ms, heaviest {max(weight.values()) / 1000:.1f} kB\n"
    )


if __name__ == "__main__":
    main()
