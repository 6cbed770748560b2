"""Measure what many clients of one kind do to a server of the release, and what other clients see.

    python benchmarks/crowd.py [KIND] [--clients N] [--seconds N] [--each N] [SERVER'S OPTION]...

A crowd that asks (``burst``), reads nothing of one answer (``unread``) or each of an answer of its own
(``distinct``), sends its heads or bodies a byte a second, or says nothing. Without a kind: each crowd that
does not ask, in turn, beside the bars that it has to keep; the status is 1 if one is missed. Tests send the
same crowds (``tests/crowds.py``).
"""

import argparse
import sys
from functools import partial
from pathlib import Path

# Not this folder, whose http.py would hide the standard library's package.
if Path(sys.path[0]) == Path(__file__).parent:
    sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import crowds
from crowds import Outcome
from cstokg.settings import Limits, Serving
from servers import serving

SETTINGS = Serving()
# By kind: the crowd, how many clients the bars are for, and after how many seconds they are disconnected.
CROWDS: dict[str, tuple[crowds.Crowd, int, float]] = {
    "unread": (crowds.unread, 200, Limits().timeout + SETTINGS.send_seconds),  # once there is an answer
    "distinct": (
        partial(crowds.unread, distinct=True),
        200,
        Limits().queue_seconds + Limits().timeout + SETTINGS.send_seconds,
    ),
    "heads": (crowds.slow_heads, 200, SETTINGS.head_seconds),
    "bodies": (crowds.slow_bodies, 16, SETTINGS.body_seconds),
    "silent": (crowds.silent, 200, SETTINGS.head_seconds),
}
OTHERS_MS = 100  # the 99th percentile of light queries of others
ANSWER_BYTES = 65_536  # of an answer, in the process; see docs/serving.md
CLOSING_SECONDS = 5  # until a client is counted: the clock is coarse


def main() -> int:
    """Send the crowd, print what came of it, and return the status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", nargs="?", choices=["burst", *CROWDS])
    parser.add_argument("--clients", type=int, help="as many as the bars are for, or 200")
    parser.add_argument("--seconds", type=float, default=60, help="how long they stay, if they may")
    parser.add_argument("--each", type=int, default=20, help="requests of each client of a burst")
    parser.add_argument("--addresses", type=int, default=1, help="of loopback, from which they come")
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    given, others = parser.parse_known_args()
    missed = False
    for kind in [given.kind] if given.kind else CROWDS:
        # A server of its own, so that none inherits the memory of the one before.
        with serving("--release", given.release.resolve(), *others) as server:
            if kind == "burst":
                clients = given.clients or 200
                outcome = crowds.burst(server, clients, given.each, addresses=given.addresses)
            else:
                crowd, default_clients, _ = CROWDS[kind]
                clients = given.clients or default_clients
                outcome = crowd(server, clients, given.seconds, addresses=given.addresses)
        print(f"{kind}, {clients} clients: {outcome.summary()}")
        if kind != "burst":
            missed |= missed_bars(kind, clients, server.process.pid, outcome)
    return 1 if missed else 0


def missed_bars(kind: str, clients: int, pid: int, outcome: Outcome) -> bool:
    """Print each figure beside its bar, and return whether one is missed."""
    # Of the process that holds the connections; the one that makes an answer has a limit of its own.
    memory = (dict(outcome.peak.memories)[pid] - dict(outcome.before.memories)[pid]) / clients
    bound = SETTINGS.head_bytes + SETTINGS.body_bytes + ANSWER_BYTES
    if kind == "distinct":
        bound += SETTINGS.send_bytes // clients
    bars = [
        ("p99 of others", outcome.others.p99 * 1000, OTHERS_MS, "ms"),
        ("others not answered", sum(outcome.others.failures.values()), 0, ""),
        ("memory of the server, a connection", memory / 1000, bound / 1000, "kB"),
        (
            "last connection ended after",
            max(outcome.closed_after, default=0),
            CROWDS[kind][2] + CLOSING_SECONDS,
            "s",
        ),
        ("connections not ended", outcome.left_open, 0, ""),
    ]
    for name, figure, bar, unit in bars:
        verdict = "met" if figure <= bar else "missed"
        print(f"  {name:40} {figure:8.1f} {unit:2} at most {bar:8.1f}  {verdict}")
    return any(figure > bar for _, figure, bar, _ in bars)


if __name__ == "__main__":
    sys.exit(main())
