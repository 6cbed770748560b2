"""Load by wrk: one thread, connections that stay open, texts of queries that differ in a number."""

import itertools
import json
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

SCRIPT = Path(__file__).with_name("distinct.lua")
NUMBER = "{number}"  # stands in a query where the number goes
JSON = "application/sparql-results+json"
REPLY_SECONDS = 60

# Every run has numbers of its own, so that no text is asked a second time.
_FIRST = itertools.count(10**12 + int(time.time()) % 10**5 * 10**7, 10**6)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run of wrk saw."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int  # answers with a status of 400 or above
    broken: int  # connections that broke, or no answer in REPLY_SECONDS

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return (self.requests - self.refused) / self.seconds if self.seconds else 0.0


def command() -> str:
    """Return the path of wrk.

    Raises:
        SystemExit: wrk is not installed.
    """
    path = shutil.which("wrk")
    if path is None:
        raise SystemExit("wrk is not installed; it is a package of Debian: apt-get install wrk")
    return path


def run(url: str, sparql: str, connections: int, seconds: float, *, same: bool = False) -> Figures:
    """Send a query by GET for some seconds, with another number in each request; return the figures.

    Args:
        url: The endpoint, with scheme, host, port and path.
        sparql: The query, with ``{number}`` where the number goes.
        connections: How many requests are under way at once.
        seconds: How long; wrk counts whole seconds.
        same: Ask the same text each time.
    """
    host, _, path = url.removeprefix("http://").partition("/")
    first, _, last = sparql.partition(NUMBER)
    before = f"GET /{path}?query={quote(first, safe='')}"
    after = f"{quote(last, safe='')} HTTP/1.1\r\nHost: {host}\r\nAccept: {JSON}\r\n\r\n"
    options = ["-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", f"--timeout={REPLY_SECONDS}s"]
    number = next(_FIRST)
    result = subprocess.run(  # noqa: S603 - wrk, with what the caller asks
        [command(), *options, "-s", str(SCRIPT), url, "--", before, after, str(number), "0" if same else "1"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Figures(**json.loads(result.stdout.splitlines()[-1]))
