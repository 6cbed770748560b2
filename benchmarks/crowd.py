"""Measure what a crowd of clients does to a server of the release, and what others see meanwhile.

    python benchmarks/crowd.py KIND [--clients N] [--seconds N] [--each N] [SERVER'S OPTION]...

A crowd that asks (``burst``), reads nothing (``unread``), sends its heads or bodies a byte a second, or says
nothing. Tests send the same crowds (``tests/crowds.py``).
"""

import argparse
import sys
from pathlib import Path

# Not this folder, whose http.py would hide the standard library's package.
if Path(sys.path[0]) == Path(__file__).parent:
    sys.path.pop(0)
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import crowds
from servers import serving

CROWDS: dict[str, crowds.Crowd] = {
    "unread": crowds.unread,
    "heads": crowds.slow_heads,
    "bodies": crowds.slow_bodies,
    "silent": crowds.silent,
}


def main() -> None:
    """Send the crowd and print what came of it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=["burst", *CROWDS])
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60, help="how long they stay")
    parser.add_argument("--each", type=int, default=20, help="requests of each client of a burst")
    parser.add_argument("--addresses", type=int, default=1, help="of loopback, from which they come")
    parser.add_argument("--release", type=Path, default=Path("releases/current"))
    given, others = parser.parse_known_args()
    with serving("--release", given.release.resolve(), *others) as server:
        if given.kind == "burst":
            outcome = crowds.burst(server, given.clients, given.each, addresses=given.addresses)
        else:
            outcome = CROWDS[given.kind](server, given.clients, given.seconds, addresses=given.addresses)
        print(f"{given.kind}, {given.clients} clients: {outcome.summary()}")


if __name__ == "__main__":
    main()
