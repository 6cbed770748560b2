"""Write every format of the project, here or in a process whose sets have another order, for tests."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from rdflib import Graph

from cstokg import namespaces
from cstokg.build import reasoning, sources
from cstokg.build.sources import Sources
from cstokg.build.wikidata import wikidata_formats, wikidata_statements
from cstokg.build.writers import dumps, export

Files = Mapping[str, bytes]  # by name
Written = dict[str, dict[str, tuple[str, int]]]  # hash and length, by the name of the writer and of the file


def _exports(read: Sources, inferred: Graph) -> Files:
    """Return an export of everything, with the shapes and the inferred triples."""
    graphs = {**read.graphs, namespaces.INFERRED: inferred}
    return {name: export.write(graphs, name) for name in export.FORMATS}


def _dumps(read: Sources, inferred: Graph) -> Files:
    return dumps.write(read.graphs, read.merged(), inferred)


def _wikidata(read: Sources, _: Graph) -> Files:
    statements = wikidata_statements.additions(read).statements
    texts = {"QuickStatements": wikidata_formats.quickstatements(statements)}
    texts["RDF"] = wikidata_formats.turtle(statements)
    return {name: text.encode() for name, text in texts.items()}


_WRITERS: Mapping[str, Callable[[Sources, Graph], Files]] = {
    "exports": _exports,
    "dumps": _dumps,
    "Wikidata": _wikidata,
}


def written(root: Path, seed: str, writers: Iterable[str]) -> Written:
    """Return what some writers write of a project under a hash seed."""
    made = subprocess.run(
        [sys.executable, __file__, str(root), *writers],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        stdout=subprocess.PIPE,
        check=True,
    )
    return {
        writer: {name: (digest, length) for name, (digest, length) in files.items()}
        for writer, files in json.loads(made.stdout).items()
    }


def written_here(read: Sources, writers: Iterable[str]) -> Written:
    """Return what some writers write in this process."""
    inferred = reasoning.infer_quickly(read.merged())
    contents = {writer: _WRITERS[writer](read, inferred) for writer in writers}
    return {
        writer: {name: (hashlib.sha256(body).hexdigest(), len(body)) for name, body in files.items()}
        for writer, files in contents.items()
    }


if __name__ == "__main__":
    json.dump(written_here(sources.read(Path(sys.argv[1])), sys.argv[2:]), sys.stdout)
