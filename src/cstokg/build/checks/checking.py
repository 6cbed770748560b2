"""Check the sources: all of them, some files with what has to do with them, or each file when it is saved.

The check of a file finds what the check of everything finds in it and about what it describes. One thing
is left out: contradictions that follow for a thing of the register from what articles say of others.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from cstokg import project_files
from cstokg.build import neighbours, sources, spans
from cstokg.build.checks import mapping_checks, validation
from cstokg.build.checks.findings import Report
from cstokg.build.sources import Sources

_FOLDERS = ("data", "ontology")
_ENDINGS = (".ttl", ".tsv")
# Such a finding is about two files, and of several that say the same one was read: all have to be.
_BETWEEN_FILES = frozenset({"conflict", "described-twice", "T10", "T11"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found, and in what.

    Attributes:
        report: the findings.
        sources: what was read.
        others: the number of articles that say nothing else of the same things and were not read.
        named: whether only some files were named.
    """

    report: Report
    sources: Sources
    others: int = 0
    named: bool = False

    def summary(self) -> str:
        """Return what was read, how many findings there are, and what is left to another check."""
        read = f"{len(self.sources.graphs)} files, {len(self.sources.triples):,} triples"
        left = ["the questions"] if self.named else []
        if self.others:
            left.insert(0, f"{self.others} other articles, which say nothing else of the same things")
        return f"{read}: {self.report.summary()}" + (
            f"; left to `cstokg check`: {' and '.join(left)}" if left else ""
        )


def check(
    root: Path,
    paths: Collection[str] = (),
    *,
    day: str,
    reference: bool = False,
    articles: Path | None = None,
    hashes: frozenset[str] | None = None,
) -> Checked:
    """Return all that is wrong, or what is wrong in some files and with what they describe.

    Args:
        root: the folder that holds ontology/ and data/.
        paths: files and folders, given below the root; all if none is named.
        day: the date of proposed rows of the table of links to Wikidata.
        reference: whether rdflib and owlrl evaluate everything.
        articles: the folder of the articles' texts, with which spans and sentences are compared.
        hashes: the runs of words that no file may repeat; by default they are read.

    Raises:
        SourceError: files cannot be read.
        TextError: a text is not UTF-8.
        ShapeError: the shapes cannot be evaluated, or could reach beyond the data.
        UnknownAxiomError: the quick rules do not implement an axiom of the ontology.
    """
    if hashes is None:
        hashes = mapping_checks.forbidden_runs(root, articles)

    def found(read: Sources, described: Collection[str] = ()) -> Report:
        report = validation.check(read, reference=reference, paths=paths, articles=articles)
        return mapping_checks.complete(report, read, day=day, hashes=hashes, paths=paths, described=described)

    near = None if reference else _neighbours(root, paths)
    if near and near.others:
        read = sources.read(root, near.articles)
        report = found(read, near.described)
        if not any(finding.constraint in _BETWEEN_FILES for finding in report.findings):
            return Checked(report, read, near.others, named=True)
    read = sources.read(root)
    return Checked(found(read), read, named=bool(paths))


def _neighbours(root: Path, paths: Collection[str]) -> neighbours.Neighbours | None:
    """Return what has to do with some files; None if they concern everything, or must be read to say why not.

    Raises:
        SourceError: the files themselves cannot be read.
    """
    named = {Path(path.removesuffix(".spans.tsv")).with_suffix(".ttl") for path in paths}
    if not named or any(path.parent != spans.ARTICLES or not (root / path).is_file() for path in named):
        return None
    try:
        return neighbours.find(root, named)
    except neighbours.UnreadableError as error:
        if error.path in named:
            sources.read(root, named)
        return None
    except (project_files.FileError, FileNotFoundError):
        return None


class Watcher:
    """The files of a project, as they were when last looked at."""

    def __init__(self, root: Path, articles: Path | None = None) -> None:
        """Look at the files.

        Args:
            root: the folder that holds ontology/ and data/.
            articles: the folder of the articles' texts, whose words no file may repeat.
        """
        self._root = root
        self._stamps = self._look()
        self._hashes = mapping_checks.forbidden_runs(root, articles)

    def changed(self) -> list[str]:
        """Return the paths of the Turtle files that have changed since the last call."""
        stamps = self._look()
        paths = {path for path, stamp in stamps.items() if self._stamps.get(path) != stamp}
        self._stamps = stamps
        tables = {path.removesuffix(".spans.tsv") + ".ttl" for path in paths if path.endswith(".spans.tsv")}
        return sorted(path for path in paths | tables if path.endswith(".ttl") and path in stamps)

    def check(self, path: str, day: str) -> Checked:
        """Return what is wrong in a file and with what it describes; texts are not compared with spans.

        Raises:
            SourceError: files cannot be read.
            ShapeError: the shapes cannot be evaluated.
        """
        return check(self._root, [path], day=day, hashes=self._hashes)

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
