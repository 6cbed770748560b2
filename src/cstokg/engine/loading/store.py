"""Read a release, or any RDF files, into a store in memory.

pyoxigraph does not merge several default graphs, so a triple in two of them counts twice. RDF merges them
(RDF 1.1 Semantics, section 4.1); so a union default graph is written out when it is loaded.
"""

import hashlib
import json
import resource
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, Triple, parse

from cstokg import release
from cstokg.engine.loading import lexical_forms, rdf_files
from cstokg.engine.loading.lexical_forms import LexicalForms
from cstokg.engine.workers import sandbox
from cstokg.errors import LoadError
from cstokg.settings import Limits

DATA_BYTES = Limits().data_bytes
OUT_OF_MEMORY = "the data need more memory than the limit on loading allows; raise it with --data-memory"

_SHOWN_DIGITS = 12
# Their blank nodes have a label each, which the store keeps.
_WITH_LABELS = frozenset({"ntriples", "nquads"})
_MERGE = "INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"


@dataclass(frozen=True, slots=True)
class Source:
    """The data to load: a release, or else files, with a plain or union default graph.

    Attributes:
        release: the folder of a release; ignored if there are files.
        files: the paths of RDF files; ``-`` is standard input.
        default_graph: as the files have it, or the RDF merge of all graphs.
        data_format: the short name of the files' format; None for what their extensions say.
        lenient: whether to load IRIs that are not valid, with a warning.
        context_files: the files to take for remote JSON-LD contexts, by the IRIs of these.
        data_bytes: a file that is longer, or expands to more, is refused.
    """

    release: Path
    files: tuple[Path, ...] = ()
    default_graph: Literal["plain", "union"] = "plain"
    data_format: str | None = None
    lenient: bool = False
    context_files: Mapping[str, Path] = field(default_factory=dict)
    data_bytes: int = DATA_BYTES

    @property
    def is_lasting(self) -> bool:
        """Return whether the source can be read again, as standard input cannot."""
        return rdf_files.STANDARD_INPUT not in self.files

    def to_json(self) -> str:
        """Return the source as text, for another process."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> "Source":
        """Return the source that a text of ``to_json`` describes."""
        fields = json.loads(text)
        contexts = {iri: Path(path) for iri, path in fields["context_files"].items()}
        paths = {"release": Path(fields["release"]), "files": tuple(map(Path, fields["files"]))}
        return cls(**{**fields, **paths, "context_files": contexts})


@dataclass(frozen=True, slots=True)
class Loaded:
    """Data in memory.

    Attributes:
        store: the data.
        title: what they are, in words: ``release 3f2a90c41b7e`` or ``2 files``.
        version: changes whenever an answer could.
        release_version: what the release's manifest gives as its version; for files the version.
        folder: of the release, without links; None for files.
        warnings: what was not loaded exactly as it is written, with the name of the file.
        quads: how many there are.
        forms: the literals that the store gives back in another form than the files have.
    """

    store: Store
    title: str
    version: str
    release_version: str
    folder: Path | None
    warnings: tuple[str, ...] = ()
    quads: int = 0
    forms: LexicalForms = field(default_factory=LexicalForms)


def load(source: Source) -> Loaded:
    """Load the data of a source.

    Raises:
        LoadError: the release or a file is missing, is incomplete, or does not parse.
    """
    try:
        return files(source) if source.files else from_release(source.release)
    except MemoryError:
        raise LoadError(OUT_OF_MEMORY) from None


def from_release(folder: Path) -> Loaded:
    """Load a release, whose default graph is already the merge of its named graphs.

    Raises:
        LoadError: there is no release in the folder, or a file is not what its manifest says.
    """
    if not (folder / release.DATASET).is_file():
        raise LoadError(f"{folder / release.DATASET}: no release here. {release.remedy(folder)}")
    try:
        # The link to the current release may be swapped while this runs.
        folder = folder.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links
        raise LoadError(f"{folder}: {error}") from None
    has_id = release.is_id(folder.name)
    if has_id:
        try:
            release.load(folder)
        except (release.ReleaseError, OSError) as error:
            raise LoadError(str(error)) from None
    stated = _stated_version(folder)
    path = folder / release.DATASET
    content = rdf_files.read_bounded(path, DATA_BYTES)
    store, reader = Store(), lexical_forms.Reader()
    watch = iter if lexical_forms.is_plain(content) else reader.watch
    try:
        # If the checksum has been verified, the IRIs need no validation.
        store.extend(watch(parse(content, RdfFormat.N_QUADS, lenient=has_id)))
    except SyntaxError as error:
        raise LoadError(f"{path}:{error.lineno or 1}: {error.msg}") from None
    version = folder.name if has_id else hashlib.sha256(content).hexdigest()[:16]
    title = f"release {stated[:_SHOWN_DIGITS]}"
    return Loaded(store, title, version, stated, folder, (), len(store), reader.forms())


def files(source: Source) -> Loaded:
    """Load files: triples into the default graph, quads into theirs.

    Blank nodes of different files stay different, and the same files give the same labels.

    Raises:
        LoadError: a file is missing, of an unknown format, too large, or does not parse.
    """
    paths = source.files
    if paths.count(rdf_files.STANDARD_INPUT) > 1:
        raise LoadError("-: standard input can be read once only; give - once")
    formats = [rdf_files.format_of(path, source.data_format) for path in paths]
    digest = hashlib.sha256(f"{source.default_graph} {source.lenient} {formats}".encode())
    for iri, path in sorted(source.context_files.items()):
        digest.update(f"{iri}\n".encode() + rdf_files.read_bounded(path, source.data_bytes))
    store, warnings, reader = Store(), [], lexical_forms.Reader()
    for number, (path, format_name) in enumerate(zip(paths, formats, strict=True), 1):
        opened = rdf_files.RdfFile(
            path,
            format_name,
            lenient=source.lenient,
            max_bytes=source.data_bytes,
            contexts=source.context_files,
        )
        with closing(opened) as file:
            quads = file.quads()
            if len(paths) > 1 or format_name not in _WITH_LABELS:
                quads = _relabelled(quads, f"f{number}b" if len(paths) > 1 else "b")
            store.extend(reader.watch(quads))
            digest.update(file.digest())
        warnings += [f"{path}: {warning}" for warning in file.warnings]
    if source.default_graph == "union":
        store.update(_MERGE)
    title = paths[0].name if len(paths) == 1 else f"{len(paths)} files"
    version = digest.hexdigest()[:16]
    return Loaded(store, title, version, version, None, tuple(warnings), len(store), reader.forms())


@contextmanager
def memory_limit(mebibytes: int) -> Iterator[None]:
    """Limit the memory that this process may take inside the block, beyond what it has on entry.

    If Python asks for more, MemoryError is raised, which ``load`` reports; if the store does, the process is
    aborted, and its parent has to notice.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = sandbox.data_limit(mebibytes)
    if soft != resource.RLIM_INFINITY:
        limit = min(limit, soft)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _relabelled(quads: Iterator[Quad], prefix: str) -> Iterator[Quad]:
    """Yield the quads with blank nodes numbered in order; the parser's own labels are random."""
    nodes: dict[str, BlankNode] = {}

    def term(value: Any) -> Any:
        if type(value) is BlankNode:
            node = nodes.get(value.value)
            if node is None:
                node = nodes[value.value] = BlankNode(f"{prefix}{len(nodes)}")
            return node
        if type(value) is Triple:
            return Triple(term(value.subject), term(value.predicate), term(value.object))
        return value

    named = (NamedNode, DefaultGraph)
    for quad in quads:
        subject, value, graph = quad.subject, quad.object, quad.graph_name
        if type(subject) is NamedNode and type(value) not in (BlankNode, Triple) and type(graph) in named:
            yield quad
        else:
            yield Quad(term(subject), quad.predicate, term(value), term(graph))


def _stated_version(folder: Path) -> str:
    description = folder / release.MANIFEST
    if not description.is_file():
        return folder.name
    try:
        return str(json.loads(description.read_text(encoding="utf-8")).get("version", folder.name))
    except (ValueError, AttributeError):
        raise LoadError(f"{description}: not the manifest of a release. {release.remedy(folder)}") from None
