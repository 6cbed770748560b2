"""How long saved questions take over HTTP here and on Oxigraph's own server, which has the same engine.

    pip install oxigraph
    python benchmarks/native.py [--native FILE] [--release FOLDER] [--rounds N] [QUESTION]...

Both servers hold the release in memory and answer with JSON, in turn, on a connection that stays open.
Each query is sent with a number in a comment, so that no answer comes from memory; then the same
text again, as programs ask it. The figures are medians in milliseconds, and ratios: below 1 this
server is faster.
"""

import argparse
import json
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from cstokg import release as releases
from cstokg.questions import from_json

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from servers import serving

QUESTIONS = (
    "anniversaries",
    "attendances-of-a-meeting",
    "conflicts",
    "counts",
    "members-on-day",
    "posts-on-day",
    "statements",
)
START_SECONDS = 20
JSON = "application/sparql-results+json"


def main() -> int:
    """Measure and print; the status is 1 if the servers' answers differ in number."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--native", default=shutil.which("oxigraph"), help="Oxigraph's command.")
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", default=QUESTIONS)
    options = parser.parse_args()
    if options.native is None:
        parser.error("there is no command oxigraph; install it, or name its file with --native")
    folder = releases.load(options.release).folder
    saved = {one.name: one for one in from_json((folder / "questions.json").read_text(encoding="utf-8"))}
    agree = True
    with native(options.native, folder / "dataset.nq") as theirs, serving("--release", folder) as server:
        ours = HTTPConnection("127.0.0.1", server.port)
        head = f"{'question':32}{'rows':>6}{'native':>9}{'here':>9}{'ratio':>7}{'again':>9}{'ratio':>7}"
        print(head)  # noqa: T201
        for name in options.questions:
            sparql = saved[name].sparql
            there, here, again = [], [], []
            for number in range(options.rounds):
                fresh = f"{sparql}\n# {number}"
                there.append(ask(theirs, "/query", fresh))
                here.append(ask(ours, "/sparql", fresh))
                again.append(ask(ours, "/sparql", fresh))
            counts = {rows for taken in (there, here, again) for _, rows in taken}
            agree &= len(counts) == 1
            base, first, second = (
                statistics.median(seconds for seconds, _ in taken) * 1000 for taken in (there, here, again)
            )
            row = (
                f"{name:32}{'/'.join(map(str, sorted(counts))):>6}{base:9.2f}{first:9.2f}{first / base:7.2f}"
            )
            print(f"{row}{second:9.2f}{second / base:7.2f}")  # noqa: T201
    return 0 if agree else 1


@contextmanager
def native(command: str, dataset: Path) -> Iterator[HTTPConnection]:
    """A connection to Oxigraph's server, over a dataset in memory; ended afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with subprocess.Popen(  # noqa: S603 - what the caller names
        [command, "serve", "--bind", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            connection = connected(port)
            connection.request(
                "POST", "/store", dataset.read_bytes(), {"Content-Type": "application/n-quads"}
            )
            response = connection.getresponse()
            response.read()
            if response.status >= 300:
                raise SystemExit(f"Oxigraph's server does not take {dataset}: {response.status}")
            yield connection
        finally:
            process.terminate()


def connected(port: int) -> HTTPConnection:
    """A connection to a server that is starting."""
    end = time.monotonic() + START_SECONDS
    while True:
        connection = HTTPConnection("127.0.0.1", port)
        try:
            connection.connect()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return connection


def ask(connection: HTTPConnection, path: str, sparql: str) -> tuple[float, int]:
    """How long an answer took, in seconds, and how many rows it has."""
    start = time.perf_counter()
    headers = {"Content-Type": "application/sparql-query", "Accept": JSON}
    connection.request("POST", path, sparql.encode(), headers)
    response = connection.getresponse()
    body = response.read()
    taken = time.perf_counter() - start
    if response.status != 200:
        raise SystemExit(f"{path}: {response.status} {body[:500].decode()}")
    return taken, len(json.loads(body)["results"]["bindings"])


if __name__ == "__main__":
    sys.exit(main())
