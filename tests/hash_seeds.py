"""Write every format of the project in a process whose sets have another order, for tests."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from rdflib import Graph

from cstokg import namespaces
from cstokg.build import sources
from cstokg.build.sources import Sources
from cstokg.build.wikidata import wikidata_formats, wikidata_statements
from cstokg.build.writers import dumps, export, turtle_writer

Write = Callable[[Sources, Mapping[str, Graph]], bytes]


def _exports(read: Sources, graphs: Mapping[str, Graph]) -> bytes:
    return b"".join(export.write(graphs, name) for name in export.FORMATS)


def _turtle(read: Sources, graphs: Mapping[str, Graph]) -> bytes:
    return (turtle_writer.write(read.merged(shapes=True)) + turtle_writer.write_trig(read.graphs)).encode()


def _dumps(read: Sources, graphs: Mapping[str, Graph]) -> bytes:
    files = dumps.write(read.graphs, read.merged(), graphs[namespaces.INFERRED])
    return b"".join(files[name] for name in sorted(files))


def _quickstatements(read: Sources, graphs: Mapping[str, Graph]) -> bytes:
    return wikidata_formats.quickstatements(wikidata_statements.additions(read).statements).encode()


def _wikidata_rdf(read: Sources, graphs: Mapping[str, Graph]) -> bytes:
    return wikidata_formats.turtle(wikidata_statements.additions(read).statements).encode()


WRITERS: dict[str, Write] = {
    "exports": _exports,
    "Turtle with the shapes": _turtle,
    "dumps": _dumps,
    "QuickStatements": _quickstatements,
    "RDF for Wikidata": _wikidata_rdf,
}


def written(root: Path, seed: str) -> dict[str, tuple[str, int]]:
    """Return hash and length of what each writer writes of a project, under a hash seed."""
    made = subprocess.run(
        [sys.executable, __file__, str(root)],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        check=True,
    )
    return {name: (digest, length) for name, (digest, length) in json.loads(made.stdout).items()}


def _main(root: Path) -> None:
    read = sources.read(root)
    graphs = export.select(read, inferred=True)
    contents = {name: write(read, graphs) for name, write in WRITERS.items()}
    json.dump(
        {name: (hashlib.sha256(body).hexdigest(), len(body)) for name, body in contents.items()}, sys.stdout
    )


if __name__ == "__main__":
    _main(Path(sys.argv[1]))
