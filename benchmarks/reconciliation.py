"""Measure how well names are matched: precision and recall over each ``name_variants*.tsv``.

    python benchmarks/reconciliation.py [RELEASE] [--wrong]

Each row has a text, a type (or none), and the id that it means; empty for a name that the data do not have.
Precision is how many of the certain matches are right, recall how many of the names that the data have are
matched for certain. ``--wrong`` prints the rows that are not as expected. Then the longest texts
allowed are matched. The status is 1 if a bar is missed.
"""

import sys
from pathlib import Path

# Beside this file lies http.py, which would hide the standard library's package of that name.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

import argparse
import csv
import time
from collections.abc import Iterable
from dataclasses import dataclass

from cstokg import release
from cstokg.engine.engine import Engine
from cstokg.web.content.graph import Graph
from cstokg.web.reconciliation import reconcilable, reconciliation_answers
from cstokg.web.reconciliation.reconcilable import Register
from cstokg.web.reconciliation.reconciliation_answers import Query

ROOT = Path(__file__).parents[1]
VARIANTS = tuple(sorted((ROOT / "benchmarks").glob("name_variants*.tsv")))
PRECISION, RECALL = 0.97, 0.97
LONGEST = (
    "Lavrov " * 35,
    "a " * 125,
    "Щ" * 250,
    " ".join(f"council{number}" for number in range(27)),
    "CSTO Council of Foreign Ministers " * 7,
)
SLOWEST_MS = 100.0  # of the processor, for one of these


@dataclass(frozen=True)
class Outcome:
    """A text, and the id with which it was matched for certain; empty if there is none."""

    text: str
    type: str
    expected: str
    matched: str


def read(variants: Path) -> list[dict[str, str]]:
    """Return the rows of a file: a text, the type to match it with, and the ID that is expected, or none."""
    with variants.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def outcomes(register: Register, variants: Path) -> list[Outcome]:
    """Return what each text of a file is matched with, as the service does it for OpenRefine."""
    return [
        Outcome(row["text"], row["type"], row["expected"], _match(register, row["text"], row["type"]))
        for row in read(variants)
    ]


def _match(register: Register, text: str, type_: str) -> str:
    query = Query(text, (type_,) if type_ else (), "should", 3, ())
    answer = reconciliation_answers.match(register, {"q": query})["q"]
    assert isinstance(answer, dict)
    return next((candidate["id"] for candidate in answer["result"] if candidate["match"]), "")


def precision_and_recall(rows: Iterable[Outcome]) -> tuple[float, float]:
    """Return the share of the matches that are right, and the share of the expected matches that are made."""
    rows = list(rows)
    right = sum(bool(row.matched) and row.matched == row.expected for row in rows)
    return right / sum(bool(row.matched) for row in rows), right / sum(bool(row.expected) for row in rows)


def main() -> int:
    """Print the table, and return 1 if a bar was missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("release", type=Path, nargs="?", default=ROOT / "releases" / release.CURRENT)
    parser.add_argument("--wrong", action="store_true", help="print what is not as expected")
    given = parser.parse_args()
    register = reconcilable.read(Graph(Engine.from_release(given.release.resolve())))
    missed = sum(_report(variants.name, outcomes(register, variants), given.wrong) for variants in VARIANTS)
    slowest = max(_milliseconds(register, text) for text in LONGEST)
    met = slowest <= SLOWEST_MS
    print(f"longest texts: {slowest:.1f} ms  at most {SLOWEST_MS:.0f}  {'met' if met else 'missed'}")
    return int(missed > 0 or not met)


def _milliseconds(register: Register, text: str) -> float:
    start = time.process_time()
    _match(register, text, "")
    return 1000 * (time.process_time() - start)


def _report(name: str, rows: list[Outcome], wrong: bool) -> int:
    """Print precision and recall of a file, and return how many bars were missed."""
    if wrong:
        for row in rows:
            if row.matched != row.expected:
                print(f"{row.text} ({row.type}): {row.matched or 'nothing'}, not {row.expected or 'nothing'}")
    print(f"{name}: {len(rows)} names, {sum(not row.expected for row in rows)} of them not in the data")
    figures = zip(("precision", "recall"), precision_and_recall(rows), (PRECISION, RECALL), strict=True)
    missed = 0
    for measure, figure, bar in figures:
        missed += figure < bar
        print(f"{measure:10} {figure:.3f}  at least {bar:.2f}  {'met' if figure >= bar else 'missed'}")
    return missed


if __name__ == "__main__":
    sys.exit(main())
