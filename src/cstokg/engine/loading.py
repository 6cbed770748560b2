"""Read a release, or any RDF files, into a store in memory."""

from collections.abc import Sequence
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from cstokg.engine.errors import LoadError

DATASET_FILE = "dataset.nq"

_BY_EXTENSION = {
    ".ttl": RdfFormat.TURTLE,
    ".nt": RdfFormat.N_TRIPLES,
    ".nq": RdfFormat.N_QUADS,
    ".trig": RdfFormat.TRIG,
    ".rdf": RdfFormat.RDF_XML,
    ".owl": RdfFormat.RDF_XML,
    ".xml": RdfFormat.RDF_XML,
    ".jsonld": RdfFormat.JSON_LD,
}


def release(folder: Path) -> Store:
    """The store of a release, whose default graph is already the merge of its named graphs.

    Raises:
        LoadError: there is no release in the folder, or its dataset does not parse.
    """
    path = folder / DATASET_FILE
    if not path.is_file():
        raise LoadError(f"{path}: no release here; make one with 'cstokg build'")
    return files([path])


def files(paths: Sequence[Path]) -> Store:
    """The store of files whose extensions say their format: triples in the default graph, quads in theirs.

    Blank nodes of different files stay different.

    Raises:
        LoadError: a file is missing, has an unknown extension, or does not parse.
    """
    store = Store()
    for path in paths:
        syntax = _BY_EXTENSION.get(path.suffix.lower())
        if syntax is None:
            raise LoadError(f"{path}: the extension has to be one of {', '.join(_BY_EXTENSION)}")
        try:
            store.load(path=str(path), format=syntax, base_iri=path.resolve().as_uri())
        except SyntaxError as error:
            raise LoadError(f"{path}:{error.lineno or 1}: {error.msg}") from None
        except OSError as error:
            raise LoadError(f"{path}: {error.strerror or error}") from None
    return store
