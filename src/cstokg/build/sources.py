"""Read the source files into one dataset: a named graph per file, and the line of every triple."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial, total_ordering
from pathlib import Path

import pyoxigraph as ox
from rdflib import RDF, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces, project_files
from cstokg.build import other_articles, spans, turtle_parser, written_testimonies
from cstokg.build.stored_graph import StoredGraph
from cstokg.build.turtle_parser import Document, Triple
from cstokg.build.wikidata import sssom
from cstokg.errors import CstokgError

ONTOLOGY = ("ckg", "alignments", "schemes")

Parse = Callable[..., Document]
"""A function like ``turtle_parser.parse``: it takes a text, a label and prefixes, and returns a document."""

_SCHEMES = f"{namespaces.GRAPH}ontology/schemes"
_SHAPES = f"{namespaces.GRAPH}ontology/shapes"
_SHAPES_FILE = Path("ontology/shapes.ttl")
_LINKS = Path(sssom.PATH)
_SPAN, _SPAN_OF, _START, _END, _SHA256 = (
    URIRef(namespaces.CKG + name) for name in ("EvidenceSpan", "spanOf", "charStart", "charEnd", "sha256")
)


class SourceError(CstokgError):
    """Source files that cannot be read: one line for each defect, in the order of the files."""


@total_ordering
class Position:
    """A line of a source file, counted from 1; the path begins at the root."""

    __slots__ = ("_line", "path")

    def __init__(self, path: str, line: int | Callable[[], int]) -> None:
        """Make the position from its line, or from a function that is called when the line is asked for."""
        self.path = path
        self._line = line

    @property
    def line(self) -> int:
        """The line."""
        if not isinstance(self._line, int):
            self._line = self._line()
        return self._line

    def __str__(self) -> str:
        """Return ``path:line``, a form that editors and terminals can follow."""
        return f"{self.path}:{self.line}"

    def __repr__(self) -> str:
        """Return what makes an equal position."""
        return f"Position({self.path!r}, {self.line})"

    def __eq__(self, other: object) -> bool:
        """Return whether it is the same line."""
        return isinstance(other, Position) and self.path == other.path and self.line == other.line

    def __hash__(self) -> int:
        """Return the same for the same line."""
        return hash((self.path, self.line))

    def __lt__(self, other: "Position") -> bool:
        """Return whether it comes first, by file and line."""
        return (self.path, self.line) < (other.path, other.line)


@dataclass(frozen=True)
class Sources:
    """The contents of the source files, with positions.

    ``graphs`` has one graph per Turtle file under its IRI (``namespaces.graph_of``), in order of
    path; an article's spans are part of the article's graph, and the links to Wikidata come last.
    ``subjects`` has the position where each subject is first described, ``triples`` the first
    position of each triple; a triple of a span or a link stands in its table. ``repeats`` has the
    further positions of a triple that several files write, and ``derived`` the triples that no file
    writes and that follow from the testimonies.

    Of articles that were read in part, ``graphs`` has nothing, ``triples`` what ``other_articles`` keeps, and
    ``evidence`` the rest, for ``stored``.
    """

    root: Path
    graphs: dict[str, Graph] = field(default_factory=dict)
    subjects: dict[Node, Position] = field(default_factory=dict)
    triples: dict[Triple, Position] = field(default_factory=dict)
    repeats: dict[Triple, list[Position]] = field(default_factory=dict)
    derived: set[Triple] = field(default_factory=set)
    evidence: list[ox.Quad] = field(default_factory=list)

    def files(self) -> set[str]:
        """Return the paths of the files that hold a triple, relative to the root."""
        return {position.path for position in self.triples.values()}

    def merged(self, *, shapes: bool = False) -> Graph:
        """Return the RDF merge of all source graphs; the shapes are left out unless asked for."""
        return _merge(graph for iri, graph in self.graphs.items() if shapes or iri != _SHAPES)

    @cached_property
    def stored(self) -> StoredGraph:
        """The same as ``merged``, without the shapes, in a form that the quick check can ask about."""
        shapes = _SHAPES_FILE.as_posix()
        triples = (triple for triple, at in self.triples.items() if at.path != shapes)
        return StoredGraph(triples, namespaces.PREFIXES.items(), self.evidence)

    def ontology(self) -> Graph:
        """Return the terms, their alignments, and the concept schemes."""
        iris = [f"{namespaces.GRAPH}ontology/{name}" for name in ONTOLOGY]
        return _merge(self.graphs[iri] for iri in iris if iri in self.graphs)

    def shapes(self) -> Graph:
        """Return the shapes; an empty graph if there is no such file."""
        return _merge(graph for iri, graph in self.graphs.items() if iri == _SHAPES)

    def data(self) -> Graph:
        """Return everything under data/, and the concept schemes; the same graph each time: only read it."""
        return self._data

    @cached_property
    def _data(self) -> Graph:
        ontology = f"{namespaces.GRAPH}ontology/"
        return _merge(
            graph for iri, graph in self.graphs.items() if iri == _SCHEMES or not iri.startswith(ontology)
        )


def read(
    root: Path, parse: Parse = turtle_parser.parse, needs_lines: Callable[[Path], bool] = lambda path: True
) -> Sources:
    """Read every Turtle file below ontology/ and data/, the spans beside the articles, and the links.

    Args:
        root: the folder that holds ontology/ and data/.
        parse: what parses a file; a caller that reads repeatedly can keep documents that have not changed.
        needs_lines: whether a file, given below the root, is parsed with its lines. Others are parsed sooner,
            and once more when one of their lines is asked for. Of their defects only those are reported that
            leave the triples unknown. Unless a file of the ontology needs its lines, articles that do not are
            read in part.

    Raises:
        SourceError: a folder or a file is missing, or files are malformed; each defect is a line
            ``path:line: what is wrong, and the remedy``.
    """
    require_folders(root)
    sources = Sources(root)
    defects: list[str] = []
    try:
        files = {folder: project_files.find(root, folder, ".ttl") for folder in ("data", "ontology")}
    except project_files.FileError as error:
        raise SourceError(str(error)) from error
    for folder in ("ontology", "data"):
        if not files[folder]:
            raise SourceError(f"{root / folder}: no .ttl file in it. Put the files of the dataset there.")
    reader = _Reader(sources, parse, files, needs_lines)
    for file in (*files["data"], *files["ontology"]):
        defects += reader.read(file)
    reader.complete_testimonies()
    defects += _orphans(root)
    if os.path.lexists(root / _LINKS):
        defects += _read_links(sources, whole=not defects)
    if defects:
        raise SourceError("\n".join(defects))
    return sources


def require_folders(root: Path) -> None:
    """Raise if a folder has no ontology/ or no data/ in it.

    Raises:
        SourceError: one is missing.
    """
    for folder in ("ontology", "data"):
        if not (root / folder).is_dir():
            raise SourceError(
                f"{root / folder}: no such folder. "
                "Run the command in the folder that holds it, or name that with --root."
            )


def _merge(graphs: Iterator[Graph]) -> Graph:
    merged = Graph(bind_namespaces="none")  # pyshacl accepts no other store
    for prefix, namespace in namespaces.PREFIXES.items():
        merged.bind(prefix, namespace)
    for graph in graphs:
        for triple in graph:
            merged.add(triple)
    return merged


class _Lines:
    """The lines of a file that was parsed without them: it is parsed again when the first is asked for."""

    def __init__(self, parse: Callable[[], Document]) -> None:
        self._parsed = cache(parse)

    def of_subject(self, subject: Node) -> int:
        return self._parsed().subjects.get(subject, 1)

    def of_triple(self, triple: Triple) -> int:
        return self._parsed().triples.get(triple, 1)


class _Reader:
    """Reads the files one after another; those that need their lines are parsed first."""

    def __init__(
        self,
        sources: Sources,
        parse: Parse,
        files: Mapping[str, list[Path]],
        needs_lines: Callable[[Path], bool],
    ) -> None:
        self._sources = sources
        self._parse = parse
        self._parents: dict[Path, str] = {}
        self._triples: list[tuple[Graph | None, Iterable[Triple]]] = []
        self._whole: dict[Path, tuple[Document, str] | SourceError] = {}
        self._in_part = not any(map(needs_lines, files["ontology"]))
        for path in (*files["data"], *files["ontology"]):
            # Findings name the blank nodes of shapes; only this parser gives them the same names each time.
            if needs_lines(path) or path == _SHAPES_FILE:
                self._whole[path] = self._parse_whole(path)
        documents = (each[0] for each in self._whole.values() if not isinstance(each, SourceError))
        self._subjects = {subject for document in documents for subject in document.subjects}
        self._testimonies = {
            str(subject) for subject in self._subjects if namespaces.kind_of(str(subject)) == "testimony"
        }

    def read(self, path: Path) -> Iterator[str]:
        """Add what a file says to the sources, and yield its defects."""
        is_article = path.parent == spans.ARTICLES
        if path not in self._whole and is_article and self._in_part and self._read_in_part(path):
            return
        iri = namespaces.graph_of(path)
        graph = Graph(store="SimpleMemory", identifier=URIRef(iri), bind_namespaces="none")
        self._sources.graphs[iri] = graph
        if not iri.startswith(f"{namespaces.GRAPH}ontology/"):
            self._triples.append((graph, graph))
        parsed = self._whole.pop(path, None) or self._parse_quickly(path)
        if isinstance(parsed, SourceError):
            yield str(parsed)
            return
        document, text = parsed
        lines = _Lines(lambda: self._document(path, text, self._parse))
        name = path.as_posix()
        for problem in sorted(document.problems, key=lambda problem: problem.line):
            yield f"{name}:{problem.line}: {problem.message}"
        for subject, line in document.subjects.items():
            position = Position(name, line or partial(lines.of_subject, subject))
            self._sources.subjects.setdefault(subject, position)
        for triple, line in document.triples.items():
            graph.add(triple)
            self._add(triple, Position(name, line or partial(lines.of_triple, triple)))
        if is_article:
            yield from _read_spans(self._sources, graph, path)

    def complete_testimonies(self) -> None:
        """Add what follows from the testimonies of all files."""
        sources = self._sources
        for triple, beside, file in list(
            written_testimonies.complete(triples for _, triples in self._triples)
        ):
            graph = self._triples[file][0]
            if graph is not None:
                graph.add(triple)
            sources.derived.add(triple)
            sources.triples.setdefault(triple, sources.triples[beside])
            sources.subjects.setdefault(triple[0], sources.triples[beside])

    def _read_in_part(self, path: Path) -> bool:
        """Add what an article that the check is not about says; return whether it could be read so."""
        table_path = spans.table_path(path)
        try:
            text = _text(self._sources.root, path, self._parents)
            table, problems = spans.parse_table(_text(self._sources.root, table_path, self._parents))
        except (SourceError, FileNotFoundError):
            return False
        if problems or any(spans.misplaced(table)):
            return False
        part = other_articles.read(text, path.stem, table)
        if part is None:
            return False
        subjects = dict.fromkeys(subject for subject, _, _ in part.triples)
        article = URIRef(f"{namespaces.ID}article/{path.stem}")
        # Of these another file says something too, so all that is wrong with them counts.
        if article in self._subjects or not self._testimonies.isdisjoint(part.testimonies):
            return False
        sources, name = self._sources, path.as_posix()
        lines = _Lines(lambda: self._document(path, text, self._parse))
        for subject in subjects:
            sources.subjects.setdefault(subject, Position(name, partial(lines.of_subject, subject)))
        for triple in part.triples:
            self._add(triple, Position(name, partial(lines.of_triple, triple)))
        for line, span in table.items():
            subject = URIRef(span.iri(path.stem))
            sources.subjects.setdefault(subject, Position(table_path.as_posix(), line))
        sources.evidence.extend(part.quads)
        self._triples.append((None, part.triples))
        return True

    def _add(self, triple: Triple, position: Position) -> None:
        if self._sources.triples.setdefault(triple, position) is not position:
            self._sources.repeats.setdefault(triple, []).append(position)

    def _parse_whole(self, path: Path) -> tuple[Document, str] | SourceError:
        try:
            text = _text(self._sources.root, path, self._parents)
        except SourceError as error:
            return error
        return self._document(path, text, self._parse), text

    def _parse_quickly(self, path: Path) -> tuple[Document, str] | SourceError:
        try:
            text = _text(self._sources.root, path, self._parents)
        except SourceError as error:
            return error
        document = self._document(path, text, turtle_parser.parse_quickly)
        if document.problems:
            document = self._document(path, text, self._parse)
        return document, text

    def _document(self, path: Path, text: str, parse: Parse) -> Document:
        is_article = path.parent == spans.ARTICLES
        prefixes = spans.prefixes(path.stem) if is_article else namespaces.PREFIXES
        document = parse(text, _label(path), prefixes, blank_nodes=path.parts[0] != "data")
        written_testimonies.name_testimonies(document)
        return document


def _label(path: Path) -> str:
    """Return letters and digits that stand for this file alone: what is neither is written as its code."""
    folder, _, name = path.with_suffix("").as_posix().partition("/")
    return folder + re.sub("[^A-Ya-z0-9]", lambda match: f"Z{ord(match[0]):x}Z", name)


def _text(root: Path, path: Path, parents: dict[Path, str] | None = None) -> str:
    try:
        text = project_files.read_text(root, path, parents)
    except project_files.FileError as error:
        raise SourceError(str(error)) from error
    if text.startswith("\ufeff"):
        raise SourceError(f"{path.as_posix()}:1: begins with a byte order mark. Save the file without it.")
    return text


def _read_spans(sources: Sources, graph: Graph, article: Path) -> Iterator[str]:
    path = spans.table_path(article)
    if not os.path.lexists(sources.root / path):
        yield (
            f"{article.as_posix()}:1: no {path.name} beside it. "
            f"Run `cstokg cite {article.stem} 'words of the article'`, which writes it."
        )
        return
    try:
        table, problems = spans.parse_table(_text(sources.root, path))
    except SourceError as error:
        yield str(error)
        return
    for problem in sorted([*problems, *spans.misplaced(table)], key=lambda problem: problem.line):
        yield f"{path.as_posix()}:{problem.line}: {problem.message}"
    of = URIRef(f"{namespaces.ID}article/{article.stem}")
    for line, span in table.items():
        subject = URIRef(span.iri(article.stem))
        position = Position(path.as_posix(), line)
        sources.subjects.setdefault(subject, position)
        for predicate, value in (
            (RDF.type, _SPAN),
            (_SPAN_OF, of),
            (_START, Literal(str(span.start), datatype=XSD.integer)),
            (_END, Literal(str(span.end), datatype=XSD.integer)),
            (_SHA256, Literal(span.sha256)),
        ):
            graph.add((subject, predicate, value))
            sources.triples.setdefault((subject, predicate, value), position)


def _read_links(sources: Sources, *, whole: bool) -> Iterator[str]:
    graph = Graph(
        store="SimpleMemory",
        identifier=URIRef(namespaces.graph_of(_LINKS.with_suffix(""))),
        bind_namespaces="none",
    )
    sources.graphs[str(graph.identifier)] = graph
    try:
        document = sssom.parse(_text(sources.root, _LINKS))
    except SourceError as error:
        yield str(error)
        return
    for problem in document.problems:
        yield f"{_LINKS.as_posix()}:{problem.line}: {problem.message}"
    for subject, line in document.subjects.items():
        # A file that could not be read to its end may describe what seems missing.
        if whole and subject not in sources.subjects:
            yield (
                f"{_LINKS.as_posix()}:{line}: no file describes {namespaces.shorten(str(subject))}. "
                "Correct the name, or remove the row."
            )
    for triple, line in document.triples.items():
        graph.add(triple)
        sources.triples.setdefault(triple, Position(_LINKS.as_posix(), line))


def _orphans(root: Path) -> Iterator[str]:
    for table in sorted((root / spans.ARTICLES).glob("*.spans.tsv")):
        article = table.with_name(f"{table.name.removesuffix('.spans.tsv')}.ttl")
        if not article.exists():
            yield (
                f"{table.relative_to(root).as_posix()}:1: no {article.name} beside it. "
                "Write that file, or delete this one."
            )
