"""Releases: read, check, infer, describe, write beside, and swap in by one rename.

A release holds no clock and no path: the same sources give the same bytes anywhere.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rdflib import RDF, Graph, URIRef

from cstokg import namespaces, questions, release
from cstokg.build import canonical, export, folders, metadata, reasoning, sources, turtle_writer, validation
from cstokg.build.findings import Report
from cstokg.build.reasoning import InconsistencyError
from cstokg.build.sources import Sources
from cstokg.questions import Question
from cstokg.release import CURRENT, MANIFEST, Release, ReleaseError, load

__all__ = ["CURRENT", "CheckError", "Release", "ReleaseError", "build", "load"]

FOLDER = "releases"
_DATASET = URIRef(namespaces.DATASET)
_DATASET_FILE = "data/dataset.ttl"


class CheckError(ReleaseError):
    """The sources contain violations; ``report`` has them, and no release was made."""

    def __init__(self, report: Report) -> None:
        """The error for a report with at least one violation."""
        self.report = report
        count = report.counts()["violation"]
        super().__init__(f"no release made: {count} violation{'s' * (count > 1)}; mend what is listed above")


def build(
    root: Path,
    out: Path | None = None,
    *,
    checked: Callable[[Report], None] = lambda report: None,
) -> Release:
    """Make a release of the sources, and make it the current one.

    The one before stays in the folder and older ones go. If anything fails, all stays as it was.

    Args:
        root: the folder of ontology/, data/ and queries/.
        out: the folder of releases; ``releases`` in the root if not given.
        checked: called with the report once the sources are checked, also if they fail.

    Raises:
        SourceError: files cannot be read.
        QuestionError: a saved question does not say what it asks, or is no query.
        CheckError: there are violations or contradictions.
        ReleaseError: data/dataset.ttl lacks something, or the folder cannot take a release.
    """
    out = root / FOLDER if out is None else out
    with folders.locked(out):
        read = sources.read(root)
        asked = questions.check_all(root / "queries")
        report, inferred = _judged(read)
        checked(report)
        if not report.conforms:
            raise CheckError(report)
        return load(folders.install(_contents(read, asked, inferred, report), out))


def _judged(read: Sources) -> tuple[Report, Graph]:
    """What pyshacl finds and what owlrl infers.

    The two take most of the time that a build takes, so each has a process: the judges do not wait
    for one another.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        inferring = executor.submit(reasoning.infer, read.merged())
        report = validation.validate(read)
        try:
            return report, inferring.result()
        except InconsistencyError as error:
            return validation.with_contradictions(read, report, error), Graph()


def _contents(read: Sources, asked: list[Question], inferred: Graph, report: Report) -> dict[str, bytes]:
    """The files of the release by name, its manifest among them."""
    asserted = read.merged()
    dumps = {
        "cstokg.ttl": turtle_writer.write(asserted),
        "cstokg-inferred.ttl": turtle_writer.write(inferred),
    }
    contents = {name: text.encode() for name, text in dumps.items()}
    described = metadata.describe(read, inferred, asked, contents)
    named = {**read.graphs, namespaces.INFERRED: inferred, namespaces.METADATA: described}
    merged = export.merge(named.values())
    # The triples of the default graph stand in named graphs too, and so do their blank nodes.
    lines = canonical.nquads({canonical.DEFAULT: merged, **named})
    texts = {
        "dataset.nq": "".join(f"{line}\n" for line in lines),
        "cstokg.trig": turtle_writer.write_trig(named),
        "report.ttl": report.turtle(),
        "report.json": report.json(),
        "questions.json": questions.to_json(asked),
    }
    contents |= {name: text.encode() for name, text in texts.items()}
    contents[MANIFEST] = release.write(
        contents,
        version=canonical.digest(canonical.nquads(read.graphs)),
        number=_said(asserted, "dcat:version"),
        date=_said(asserted, "dcterms:modified"),
        counts={
            "articles": _instances(asserted, "ckg:Article"),
            "spans": _instances(asserted, "ckg:EvidenceSpan"),
            "graphs": len(named),
            "asserted": len(asserted),
            "inferred": len(inferred),
            "quads": len(lines),
            "questions": len(asked),
            "warnings": report.counts()["warning"],
        },
    )
    return contents


def _said(graph: Graph, predicate: str) -> str:
    value = graph.value(_DATASET, URIRef(namespaces.expand(predicate)))
    if value is None:
        raise ReleaseError(f"{_DATASET_FILE}: give <{_DATASET}> a {predicate}")
    return str(value)


def _instances(graph: Graph, class_: str) -> int:
    return len(set(graph.subjects(RDF.type, URIRef(namespaces.expand(class_)))))
