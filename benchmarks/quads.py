"""Generate quads for benchmarks: any number, in twenty named graphs, the same ones each time.

Things have a kind, a label, a place, a day and a neighbour, as meetings have; every twentieth triple is
said in a second graph too, so that the merge of the graphs is smaller than their sum.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

GRAPHS = 20
KINDS, PLACES = 30, 500
TRIPLES = 5  # of each thing
REPEATED = 20  # one triple in so many is in two graphs
BASE = "http://data.example.org"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_LABEL = "<http://www.w3.org/2000/01/rdf-schema#label>"


def write(folder: Path, count: int) -> tuple[Path, Path]:
    """Write the quads and their merged graph unless they are there, and return the files.

    Args:
        folder: Where the files are kept.
        count: How many quads.

    Returns:
        N-Quads, all in named graphs; N-Triples, each triple once.
    """
    quads, merged = folder / f"quads-{count}.nq", folder / f"quads-{count}-merged.nt"
    if not (quads.exists() and merged.exists()):
        folder.mkdir(parents=True, exist_ok=True)
        partial = quads.with_suffix(".partial"), merged.with_suffix(".partial")
        with partial[0].open("w", encoding="utf-8") as named, partial[1].open("w", encoding="utf-8") as plain:
            for triple, graphs in _triples(count):
                plain.write(f"{triple} .\n")
                for graph in graphs:
                    named.write(f"{triple} <{BASE}/graph/{graph}> .\n")
        partial[1].rename(merged)
        partial[0].rename(quads)
    return quads, merged


def _triples(count: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield distinct triples with the numbers of their graphs, until there are so many quads."""
    written = 0
    for thing in itertools.count():
        for index, triple in enumerate(_thing(thing), thing * TRIPLES):
            graph, twice = thing % GRAPHS, index % REPEATED == 0 and written + 1 < count
            yield triple, (graph, (graph + 7) % GRAPHS) if twice else (graph,)
            written += 2 if twice else 1
            if written == count:
                return


def _thing(number: int) -> tuple[str, ...]:
    """Return the triples about a thing."""
    mixed = number * 2654435761 % 2**32  # neighbours in number are no neighbours in kind or place
    subject = f"<{BASE}/thing/{number}>"
    day = f"{1992 + mixed % 33}-{1 + mixed // 33 % 12:02}-{1 + mixed // 400 % 28:02}"
    return (
        f"{subject} {_RDF_TYPE} <{BASE}/kind/{mixed % KINDS}>",
        f'{subject} {_LABEL} "Thing number {number} of its kind"@en',
        f"{subject} <{BASE}/place> <{BASE}/place/{mixed // 64 % PLACES}>",
        f'{subject} <{BASE}/day> "{day}"^^<{_XSD}date>',
        f"{subject} <{BASE}/neighbour> <{BASE}/thing/{mixed % (number + 1)}>",
    )
