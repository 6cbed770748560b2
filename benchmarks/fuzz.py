"""Ask a server random queries, and compare every answer with pyoxigraph's: ``fuzz.py --queries 10000``.

It starts a server of the current release of its own, and prints how many queries got which status.
"""

import argparse
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Not this folder, whose http.py would hide the standard library's package.
if Path(sys.path[0]) == Path(__file__).parent:
    sys.path.pop(0)
sys.path.insert(0, str(ROOT / "tests"))

from servers import serving  # noqa: E402
from sparql_fuzzing import Fuzzer, run  # noqa: E402

_ROUND = 1_000


def main() -> None:
    """Fuzz in rounds, each with a seed of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next ones count on")
    arguments = parser.parse_args()
    release = (ROOT / "releases" / "current").resolve()
    started = time.monotonic()
    with serving("--release", release) as server:
        fuzzer = Fuzzer(server.endpoint, release / "dataset.nq")
        for number in range(0, arguments.queries, _ROUND):
            run(fuzzer, min(_ROUND, arguments.queries - number), arguments.seed + number // _ROUND)
            statuses = ", ".join(f"{status}: {count:,}" for status, count in sorted(fuzzer.statuses.items()))
            print(f"{statuses}; compared {fuzzer.compared:,}, with rows {fuzzer.filled:,}", flush=True)
        fuzzer.check("ASK {}")
        fuzzer.close()
    print(f"{time.monotonic() - started:.0f} s, no wrong answer")


if __name__ == "__main__":
    main()
