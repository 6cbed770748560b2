"""Check a file after each change: what has changed in it, and what was wrong in it before."""

from collections import defaultdict
from itertools import product
from pathlib import Path

from rdflib.term import Node

from cstokg import project_files
from cstokg.build import sources, turtle_parser
from cstokg.build.checks import mapping_checks, validation
from cstokg.build.checks.findings import Report, is_in
from cstokg.build.sources import Sources
from cstokg.build.turtle_parser import Document, Triple

_FOLDERS = ("data", "ontology")
_ENDINGS = (".ttl", ".tsv")


class Watcher:
    """The files of a project as they were when last read, and what was found in them.

    Attributes:
        unread: a warning for each file among the articles' texts that cannot be read.
    """

    def __init__(self, root: Path, articles: Path | None = None) -> None:
        """Read the project, and check all of it once.

        Raises:
            SourceError: files cannot be read.
            ShapeError: the shapes cannot be evaluated.
        """
        self._root = root
        self._documents: dict[str, tuple[str, Document]] = {}
        self._stamps = self._look()
        self.unread = list(mapping_checks.unread_texts(articles)) if articles else []
        self._hashes = mapping_checks.forbidden_runs(root, articles)
        self._sources = self._read()
        self._shapes = validation.safe_shapes(self._sources)
        self._wrong: dict[str, set[Node]] = defaultdict(set)
        for finding in validation.check(self._sources, reference=False).findings:
            if finding.position:
                self._wrong[finding.position.path].add(finding.focus)

    def changed(self) -> list[str]:
        """Return the paths of the Turtle files that have changed since the last call."""
        stamps = self._look()
        paths = {path for path, stamp in stamps.items() if self._stamps.get(path) != stamp}
        self._stamps = stamps
        tables = {path.removesuffix(".spans.tsv") + ".ttl" for path in paths if path.endswith(".spans.tsv")}
        return sorted(path for path in paths | tables if path.endswith(".ttl") and path in stamps)

    def check(self, path: str) -> Report:
        """Return what is found in a file: about what has changed in it, and what was wrong in it before.

        Checks of the whole graph are left out.

        Raises:
            SourceError: files cannot be read.
            ShapeError: the shapes cannot be evaluated.
        """
        before = _triples_of(self._sources, path)
        self._sources = self._read()
        after = _triples_of(self._sources, path)
        nodes = {subject for subject, _, _ in before ^ after} | self._wrong[path]
        if path.startswith("ontology/"):
            self._shapes = validation.safe_shapes(self._sources)
        report = validation.check_nodes(self._sources, nodes, self._shapes)
        report = Report.of([each for each in report.findings if is_in(each.position, [path])])
        report = mapping_checks.complete_file(report, self._sources, path, self._hashes)
        self._wrong[path] = {finding.focus for finding in report.findings}
        return report

    def _look(self) -> dict[str, tuple[int, int]]:
        stamps = {}
        for folder, ending in product(_FOLDERS, _ENDINGS):
            for path in project_files.find(self._root, folder, ending):
                try:
                    status = (self._root / path).stat()
                except OSError:  # deleted in the meantime
                    continue
                stamps[path.as_posix()] = (status.st_mtime_ns, status.st_size)
        return stamps

    def _read(self) -> Sources:
        return sources.read(self._root, self._parse)

    def _parse(self, text: str, label: str, prefixes: dict[str, str], *, blank_nodes: bool) -> Document:
        kept = self._documents.get(label)
        if kept is None or kept[0] != text:
            document = turtle_parser.parse(text, label, prefixes, blank_nodes=blank_nodes)
            kept = self._documents[label] = (text, document)
        # Reading completes a document in place, so it gets a copy.
        return Document(dict(kept[1].triples), dict(kept[1].subjects), list(kept[1].problems))


def _triples_of(read: Sources, path: str) -> set[Triple]:
    return {triple for triple, position in read.triples.items() if position.path == path}
