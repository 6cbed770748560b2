"""Read the source files into one dataset: a named graph per file, and the line of every triple."""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, partial, total_ordering
from itertools import chain
from pathlib import Path

from rdflib import Graph, URIRef
from rdflib.graph import ReadOnlyGraphAggregate
from rdflib.term import Node

from cstokg import namespaces, project_files
from cstokg.build import other_articles, spans, turtle_parser, written_testimonies
from cstokg.build.other_articles import KeptParts, Part
from cstokg.build.rdf_terms import Triple
from cstokg.build.stored_graph import StoredGraph
from cstokg.build.turtle_parser import Document
from cstokg.build.wikidata import sssom
from cstokg.errors import CstokgError

ONTOLOGY = ("ckg", "alignments", "schemes")

Parse = Callable[..., Document]
"""A function like ``turtle_parser.parse``: it takes a text, a label and prefixes, and returns a document."""

_SCHEMES = f"{namespaces.GRAPH}ontology/schemes"
_SHAPES = f"{namespaces.GRAPH}ontology/shapes"
_SHAPES_FILE = Path("ontology/shapes.ttl")
_LINKS = Path(sssom.PATH)


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

    Of articles that were read in part, ``graphs`` has nothing, and ``triples`` only what Python compares with
    what the other files describe. ``parts`` has everything from them by path, for ``stored``, and under an
    empty path what follows from their testimonies.
    """

    root: Path
    graphs: dict[str, Graph] = field(default_factory=dict)
    subjects: dict[Node, Position] = field(default_factory=dict)
    triples: dict[Triple, Position] = field(default_factory=dict)
    repeats: dict[Triple, list[Position]] = field(default_factory=dict)
    derived: set[Triple] = field(default_factory=set)
    parts: dict[str, Part] = field(default_factory=dict)

    def is_described(self, subject: Node) -> bool:
        """Return whether a file says something of a thing that is not a span."""
        if subject in self.subjects:
            return True
        name = str(subject)
        return any(
            name in part.described or any(name in pair for pair in part.testimonies)
            for part in self.parts.values()
        )

    def names(self) -> set[str]:
        """Return the IRIs of all things of which a file says something."""
        subjects = set(map(str, self.subjects))
        if self.parts:
            subjects |= self.stored.names()
        return subjects

    def files(self) -> set[str]:
        """Return the paths of the files that hold a triple, relative to the root."""
        return {position.path for position in self.triples.values()}

    def merged(self, *, shapes: bool = False) -> Graph:
        """Return the RDF merge of all source graphs; the shapes are left out unless asked for."""
        return _merge(graph for iri, graph in self.graphs.items() if shapes or iri != _SHAPES)

    @cached_property
    def stored(self) -> StoredGraph:
        """The same as ``merged``, without the shapes, in a form that the quick check can ask about."""
        excluded = {_SHAPES_FILE.as_posix(), *self.parts}
        parts = self.parts.values()
        facts = b"".join(part.facts for part in parts)
        evidence = b"".join(part.evidence for part in parts)
        graphs = [graph for iri, graph in self.graphs.items() if iri != _SHAPES]
        if parts and other_articles.evidence_is_inherited(ReadOnlyGraphAggregate(graphs)):
            facts, evidence = facts + evidence, b""
        return StoredGraph(
            (triple for triple, at in self.triples.items() if at.path not in excluded),
            namespaces.PREFIXES.items(),
            facts=facts,
            evidence=evidence,
            datatypes={datatype for part in parts for datatype in part.datatypes},
        )

    def ontology(self) -> Graph:
        """Return the terms, their alignments, and the concept schemes."""
        iris = [f"{namespaces.GRAPH}ontology/{name}" for name in ONTOLOGY]
        return _merge(self.graphs[iri] for iri in iris if iri in self.graphs)

    def shapes(self) -> Graph:
        """Return the shapes; an empty graph if there is no such file."""
        return _merge((graph for iri, graph in self.graphs.items() if iri == _SHAPES), "SimpleMemory")

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
    root: Path,
    needs_lines: Callable[[Path], bool] = lambda path: True,
    kept: KeptParts | None = None,
) -> Sources:
    """Read every Turtle file below ontology/ and data/, the spans beside the articles, and the links.

    Args:
        root: the folder that holds ontology/ and data/.
        needs_lines: whether a file, given below the root, is parsed with its lines. Other files are parsed
            faster, and parsed again if one of their lines is asked for; of their defects, only those are
            reported that keep their triples from being read. If no file of the ontology needs its lines, and
            the links do not, articles that do not need theirs are read in part.
        kept: what was read of files before; what is read now is added to it.

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
    reader = _Reader(sources, files, needs_lines, kept or KeptParts())
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


def _merge(graphs: Iterator[Graph], store: str = "default") -> Graph:
    """Return a graph of all their triples; pyshacl accepts data in the default store only."""
    merged = Graph(store=store, bind_namespaces="none")
    for prefix, namespace in namespaces.PREFIXES.items():
        merged.bind(prefix, namespace)
    for graph in graphs:
        for triple in graph:
            merged.add(triple)
    return merged


class _Lines:
    """The lines of a file that was parsed without them; it is parsed again when a line is first asked for."""

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
        files: Mapping[str, list[Path]],
        needs_lines: Callable[[Path], bool],
        kept: KeptParts,
    ) -> None:
        self._sources = sources
        self._kept = kept
        self._parents: dict[Path, str] = {}
        self._files: list[Graph | Part] = []  # those of the data
        self._whole: dict[Path, tuple[Document, str] | SourceError] = {}
        self._checked: set[str] = set()
        self._parts: dict[Path, tuple[Part, str]] = {}
        in_part = not any(map(needs_lines, (*files["ontology"], _LINKS)))
        for path in (*files["data"], *files["ontology"]):
            if needs_lines(path):
                self._whole[path] = parsed = self._parse_whole(path)
                if not isinstance(parsed, SourceError):
                    self._checked.update(map(str, parsed[0].subjects))
            # Findings name the blank nodes of shapes; only this parser gives them the same names each time.
            elif path == _SHAPES_FILE:
                self._whole[path] = self._parse_whole(path)
            elif not in_part or path.parent != spans.ARTICLES:
                self._whole[path] = self._parse_quickly(path)
            elif part := self._read_part(path):
                self._parts[path] = part
        for path in self._wrongly_read_in_part():
            del self._parts[path]

    def _wrongly_read_in_part(self) -> list[Path]:
        """Return the articles that must be read whole, because of what other files say.

        A file that is checked describes them, or another file has a testimony of the same name, or they use a
        term that the ontology lacks. A finding about that may replace one about what is checked.
        """
        terms: set[str] = set()
        described: set[str] = set()
        testimonies: Counter[str] = Counter()
        for path, parsed in self._whole.items():
            if not isinstance(parsed, SourceError):
                subjects = set(map(str, parsed[0].subjects))
                testimonies.update(subject for subject in subjects if "/testimony/" in subject)
                (described if path.parts[0] == "data" else terms).update(
                    subject for subject in subjects if subject.startswith(namespaces.CKG)
                )
        for part, _ in self._parts.values():
            described.update(term for term in part.described if term.startswith(namespaces.CKG))
            testimonies.update(testimony for _, testimony in part.testimonies)
        terms = {namespaces.CKG, *terms} - described
        cited = {span.name for iri in self._checked if (span := namespaces.parse_span(iri))}
        return [
            path
            for path, (part, _) in self._parts.items()
            if path.stem in cited
            or f"{namespaces.ID}article/{path.stem}" in self._checked
            or not terms.issuperset(part.terms)
            or any(testimonies[testimony] > 1 for _, testimony in part.testimonies)
        ]

    def read(self, path: Path) -> Iterator[str]:
        """Add what a file says to the sources, and yield its defects."""
        if path in self._parts:
            self._add_part(path)
            return
        iri = namespaces.graph_of(path)
        graph = Graph(store="SimpleMemory", identifier=URIRef(iri), bind_namespaces="none")
        self._sources.graphs[iri] = graph
        if not iri.startswith(f"{namespaces.GRAPH}ontology/"):
            self._files.append(graph)
        parsed = self._whole.pop(path, None) or self._parse_quickly(path)
        if isinstance(parsed, SourceError):
            yield str(parsed)
            return
        document, text = parsed
        lines = _Lines(lambda: self._document(path, text, turtle_parser.parse))
        name = path.as_posix()
        for problem in sorted(document.problems, key=lambda problem: problem.line):
            yield f"{name}:{problem.line}: {problem.message}"
        for subject, line in document.subjects.items():
            position = Position(name, line or partial(lines.of_subject, subject))
            self._sources.subjects.setdefault(subject, position)
        for triple, line in document.triples.items():
            graph.add(triple)
            self._add(triple, Position(name, line or partial(lines.of_triple, triple)))
        if path.parent == spans.ARTICLES:
            yield from _read_spans(self._sources, graph, path)

    def complete_testimonies(self) -> None:
        """Add what follows from the testimonies of all files."""
        sources = self._sources
        parts = {number: file for number, file in enumerate(self._files) if isinstance(file, Part)}
        described: dict[str, list[str]] = defaultdict(list)
        for part in parts.values():
            for subject, properties in part.described.items():
                described[subject] += properties
        graphs = [() if isinstance(file, Part) else file for file in self._files]
        bounds = {number: part.bound_triples() for number, part in parts.items()}
        facts = []
        for triple, beside, number in list(written_testimonies.complete(graphs, described, bounds)):
            file = self._files[number]
            if isinstance(file, Part):
                facts.append(triple)
            else:
                file.add(triple)
            if position := sources.triples.get(beside):
                sources.derived.add(triple)
                sources.triples.setdefault(triple, position)
                sources.subjects.setdefault(triple[0], position)
        if parts:
            following = other_articles.following(parts.values(), facts, chain(*graphs), described)
            sources.parts[""] = following

    def _read_part(self, path: Path) -> tuple[Part, str] | None:
        """Return what an article that the check is not about says, with its text; None to read it whole."""
        try:
            text = _text(self._sources.root, path, self._parents)
            table = _text(self._sources.root, spans.table_path(path), self._parents)
        except (SourceError, FileNotFoundError):
            return None
        part = self._kept.read(path.stem, text, table)
        return (part, text) if part else None

    def _add_part(self, path: Path) -> None:
        """Add what an article that was read in part says."""
        sources, name = self._sources, path.as_posix()
        part, text = self._parts[path]
        lines = _Lines(lambda: self._document(path, text, turtle_parser.parse))
        for triple in part.triples_about(self._checked):
            sources.subjects.setdefault(triple[0], Position(name, partial(lines.of_subject, triple[0])))
            self._add(triple, Position(name, partial(lines.of_triple, triple)))
        sources.parts[name] = part
        self._files.append(part)

    def _add(self, triple: Triple, position: Position) -> None:
        if self._sources.triples.setdefault(triple, position) is not position:
            self._sources.repeats.setdefault(triple, []).append(position)

    def _parse_whole(self, path: Path) -> tuple[Document, str] | SourceError:
        try:
            text = _text(self._sources.root, path, self._parents)
        except SourceError as error:
            return error
        return self._document(path, text, turtle_parser.parse), text

    def _parse_quickly(self, path: Path) -> tuple[Document, str] | SourceError:
        try:
            text = _text(self._sources.root, path, self._parents)
        except SourceError as error:
            return error
        document = self._document(path, text, turtle_parser.parse_quickly)
        if document.problems:
            document = self._document(path, text, turtle_parser.parse)
        return document, text

    def _document(self, path: Path, text: str, parse: Parse) -> Document:
        kept = self._kept.documents.get((path, parse))
        if kept is None or kept[0] != text:
            kept = self._kept.documents[path, parse] = (text, self._parsed(path, text, parse))
        return kept[1]

    def _parsed(self, path: Path, text: str, parse: Parse) -> Document:
        is_article = path.parent == spans.ARTICLES
        prefixes = spans.prefixes(path.stem) if is_article else namespaces.PREFIXES
        document = parse(text, _label(path), prefixes, blank_nodes=path.parts[0] != "data")
        written_testimonies.name_testimonies(document)
        return document


def _label(path: Path) -> str:
    """Return letters and digits that stand for this file alone; other characters become their codes."""
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
    for line, span in table.items():
        subject = URIRef(span.iri(article.stem))
        position = Position(path.as_posix(), line)
        sources.subjects.setdefault(subject, position)
        for triple in spans.triples(span, article.stem):
            graph.add(triple)
            sources.triples.setdefault(triple, position)


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
        if whole and not sources.is_described(subject):
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
