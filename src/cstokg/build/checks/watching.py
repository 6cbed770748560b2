"""Check a file after each change, as ``cstokg check FILE`` does, with what was read before kept in memory."""

from itertools import product
from pathlib import Path

from cstokg import project_files
from cstokg.build import sources
from cstokg.build.checks import mapping_checks, validation
from cstokg.build.checks.findings import Report, is_in
from cstokg.build.other_articles import KeptParts
from cstokg.build.sources import Position

_FOLDERS = ("data", "ontology")
_ENDINGS = (".ttl", ".tsv")


class Watcher:
    """The files of a project as they were when last looked at.

    Attributes:
        unread: a warning for each file among the articles' texts that cannot be read.
    """

    def __init__(self, root: Path, articles: Path | None = None) -> None:
        """Look at the files, and take the words that no file may repeat from the articles' texts."""
        self._root = root
        self._stamps = self._look()
        self._kept = KeptParts(root)
        self.unread = list(mapping_checks.unread_texts(articles)) if articles else []
        self._hashes = mapping_checks.forbidden_runs(root, articles)

    def changed(self) -> list[str]:
        """Return the paths of the Turtle files that have changed since the last call."""
        stamps = self._look()
        paths = {path for path, stamp in stamps.items() if self._stamps.get(path) != stamp}
        self._stamps = stamps
        tables = {path.removesuffix(".spans.tsv") + ".ttl" for path in paths if path.endswith(".spans.tsv")}
        return sorted(path for path in paths | tables if path.endswith(".ttl") and path in stamps)

    def check(self, path: str, day: str) -> Report:
        """Return what is found in a file and about what it describes; spans are not compared with texts.

        Args:
            path: the file, given below the root.
            day: the date of proposed rows of the table of links to Wikidata.

        Raises:
            SourceError: files cannot be read.
            ShapeError: the shapes cannot be evaluated.
            UnknownAxiomError: the quick rules do not implement an axiom of the ontology.
        """
        read = sources.read(
            self._root,
            needs_lines=lambda file: is_in(Position(file.as_posix(), 1), [path]),
            kept=self._kept,
        )
        self._kept.save()
        report = validation.check(read, reference=False, paths=[path])
        return mapping_checks.complete(report, read, day=day, paths=[path], hashes=self._hashes)

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
