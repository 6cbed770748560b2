"""Read a release, or any RDF files, into a store in memory."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pyoxigraph import RdfFormat, Store, parse

from cstokg import manifest
from cstokg.engine import dataset
from cstokg.engine.errors import LoadError

DATASET_FILE = "dataset.nq"

_SHOWN = 12
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


@dataclass(frozen=True, slots=True)
class Source:
    """What is asked: a release, or else files with a plain or union default graph."""

    release: Path
    files: tuple[Path, ...] = ()
    default_graph: Literal["plain", "union"] = "plain"

    @property
    def reads_input(self):
        return False

    def as_json(self):
        return {"release": str(self.release), "files": [*map(str, self.files)], "default_graph": self.default_graph}

    @classmethod
    def from_json(cls, told):
        return cls(Path(told["release"]), tuple(map(Path, told["files"])), told["default_graph"])


@dataclass(frozen=True, slots=True)
class Loaded:
    """Data in memory.

    Attributes:
        store: the data.
        title: what they are, in words: ``release 3f2a90c41b7e`` or ``2 files``.
        version: changes whenever an answer could.
        release_version: what the release's manifest gives as its version; for files the version.
        folder: of the release, without links; None for files.
    """

    store: Store
    title: str
    version: str
    release_version: str
    folder: Path | None
    warnings: tuple = ()


def load(source: Source, limits=None) -> Loaded:
    """The data of a source.

    Raises:
        LoadError: the release or a file is missing, not whole, or does not parse.
    """
    return release(source.release) if not source.files else files(source.files, source.default_graph)


def release(folder: Path) -> Loaded:
    """A release, whose default graph is already the merge of its named graphs.

    Raises:
        LoadError: there is no release in the folder, or a file is not what its manifest says.
    """
    path = folder / DATASET_FILE
    if not path.is_file():
        raise LoadError(f"{path}: no release here; make one with 'cstokg build'")
    # The link to the current release may be swapped while this runs.
    folder = folder.resolve()
    path = folder / DATASET_FILE
    whole = manifest.is_id(folder.name)
    if whole:
        try:
            manifest.load(folder)
        except manifest.ReleaseError as error:
            raise LoadError(str(error)) from None
    stated = _stated_version(folder)
    store = _store([path], checked=whole)
    version = folder.name if whole else _digest([path])
    return Loaded(store, f"release {stated[:_SHOWN]}", version, stated, folder)


def files(paths: Sequence[Path], default_graph: Literal["plain", "union"] = "plain") -> Loaded:
    """Files whose extensions say their format: triples in the default graph, quads in theirs.

    The ``union`` default graph is the RDF merge of all graphs. Blank nodes of different files stay
    different.

    Raises:
        LoadError: a file is missing, has an unknown extension, or does not parse.
    """
    store = _store(paths)
    if default_graph == "union":
        dataset.merge_into_default(store)
    title = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
    version = _digest(paths, default_graph)
    return Loaded(store, title, version, version, None)


def _store(paths: Sequence[Path], *, checked: bool = False) -> Store:
    """The store of files; those that have been checked are read without another look at each IRI."""
    store = Store()
    for path in paths:
        syntax = _BY_EXTENSION.get(path.suffix.lower())
        if syntax is None:
            raise LoadError(f"{path}: the extension has to be one of {', '.join(_BY_EXTENSION)}")
        try:
            # The same file gives the same blank nodes each time, or answers would differ.
            quads = parse(
                path=path,
                format=syntax,
                base_iri=path.resolve().as_uri(),
                rename_blank_nodes=len(paths) > 1,
                lenient=checked,
            )
            store.extend(quads)
        except SyntaxError as error:
            raise LoadError(f"{path}:{error.lineno or 1}: {error.msg}") from None
        except OSError as error:
            raise LoadError(f"{path}: {error.strerror or error}") from None
    return store


def _stated_version(folder: Path) -> str:
    description = folder / manifest.MANIFEST
    if not description.is_file():
        return folder.name
    try:
        return str(json.loads(description.read_text(encoding="utf-8")).get("version", folder.name))
    except (ValueError, AttributeError):
        raise LoadError(f"{description}: not the manifest of a release. Run `cstokg build`.") from None


def _digest(paths: Sequence[Path], *words: str) -> str:
    digest = hashlib.sha256(" ".join(words).encode())
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
