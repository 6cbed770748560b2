"""Build a release: read, check and infer, describe, write, and install it (``release_folder``).

A release holds neither the time nor the path: the same sources give the same bytes anywhere.

The reference engines, pyshacl and owlrl, take nearly all the time of a build. ``reference.sha256`` in the
root has the version of the sources for which they gave the same results as the quick rules. For these
sources the quick rules are enough; for all others the reference engines run.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from rdflib import RDF, Graph, URIRef

from cstokg import namespaces, project_files, questions, release
from cstokg.build import canonical, metadata, rdf_terms, reasoning, release_folder, sources
from cstokg.build.checks import validation
from cstokg.build.checks.findings import Report
from cstokg.build.reasoning import InconsistencyError
from cstokg.build.sources import Sources
from cstokg.build.writers import dumps, export, turtle_writer
from cstokg.questions import Question
from cstokg.release import MANIFEST, Release, ReleaseError

COMPARED = "reference.sha256"

_DATASET = URIRef(namespaces.DATASET)
_DATASET_FILE = "data/dataset.ttl"
_FEW_TRIPLES = 500  # so few that owlrl is done before another process has started


class CheckError(ReleaseError):
    """The sources contain violations, so no release was made; ``report`` has them."""

    def __init__(self, report: Report) -> None:
        """Make the error for a report with at least one violation."""
        self.report = report
        count = report.counts()["violation"]
        super().__init__(
            f"no release made: {count} violation{'s' * (count > 1)}; correct what is listed above"
        )


class DifferenceError(ReleaseError):
    """The quick rules and the reference engines differ, so no release was made."""


def build(
    root: Path,
    out: Path | None = None,
    *,
    reference: bool = False,
    on_report: Callable[[Report], None] = lambda report: None,
    on_step: Callable[[str], None] = lambda step: None,
) -> Release:
    """Make a release of the sources, and make it the current one.

    The previous release stays in the folder, and older ones are removed. If anything fails, nothing
    changes.

    Args:
        root: the folder of ontology/, data/ and queries/.
        out: the folder of releases; ``releases`` in the root if not given.
        reference: whether to compare the quick rules with the reference engines, and to record in
            ``reference.sha256`` that they gave the same.
        on_report: called with the report once the sources are checked, also if they fail.
        on_step: called with the name of each step when it begins.

    Raises:
        SourceError: files cannot be read.
        QuestionError: a saved question has no complete header, or is not a query.
        CheckError: there are violations or contradictions.
        DifferenceError: the quick rules and the reference engines differ.
        UnknownAxiomError: the quick rules, which have to be compared, do not implement an axiom.
        ShapeError: the shapes cannot be evaluated.
        BlankNodeError: too many blank nodes are alike.
        ReleaseError: data/dataset.ttl lacks something, the name of a file gives no IRI, or the release
            cannot be written.
    """
    out = root / release.FOLDER if out is None else out
    sources.require_folders(root)  # before the lock, which leaves a file
    with release_folder.lock(out):
        on_step("read the sources")
        read = sources.read(root)
        _require_graph_names(root)
        lines = canonical.plain_nquads(read.graphs)
        version = canonical.digest(canonical.canonical_nquads(read.graphs, lines))
        saved = questions.check_all(root / "queries")
        asserted = read.merged()
        with closing(dumps.Writing(read.graphs, asserted)) as writing:
            if not reference and is_compared(root, version):
                on_step("check and infer, by the quick rules")
                report, inferred = _evaluate_quickly(read, writing.begin)
            else:
                on_step("check by pyshacl and infer by owlrl")
                report, inferred = _evaluate_by_reference(read)
                writing.begin(inferred)
            on_report(report)
            if not report.conforms:
                raise CheckError(report)
            if reference:
                on_step("compare with the quick rules")
                _require_equal(_evaluate_quickly(read), (report, inferred))
                _record_comparison(root, version)
            on_step("write the release")
            contents = _contents(read, saved, asserted, inferred, report, version, lines, writing.files)
        return release.load(release_folder.install(contents, out))


def _require_graph_names(root: Path) -> None:
    """Raise if the name of a source file gives its graph a name that is not an IRI."""
    for folder in ("data", "ontology"):
        for path in project_files.find(root, folder, ".ttl"):
            name = namespaces.graph_of(path)
            try:
                rdf_terms.to_oxigraph(URIRef(name))
            except ValueError as error:
                raise ReleaseError(
                    f"{path.as_posix()}: the name of its graph, '{name}', is not an IRI ({error}). "
                    "Rename the file with letters, digits and hyphens."
                ) from error


def is_compared(root: Path, version: str) -> bool:
    """Return whether the quick rules gave the same as the reference engines for this version."""
    try:
        return project_files.read(root, Path(COMPARED)).strip() == version.encode()
    except (FileNotFoundError, project_files.FileError):
        return False


def _record_comparison(root: Path, version: str) -> None:
    path = root / COMPARED
    try:
        path.unlink(missing_ok=True)
        # A new file, so that nothing is written through a link of that name.
        with path.open("x", encoding="ascii", newline="\n") as file:
            file.write(f"{version}\n")
    except OSError as error:
        raise ReleaseError(f"{path}: {error.strerror}. `cstokg build --reference` writes there.") from error


def _evaluate_quickly(
    read: Sources, on_inferred: Callable[[Graph], None] = lambda inferred: None
) -> tuple[Report, Graph]:
    inferred, contradictions = Graph(), None
    try:
        inferred = reasoning.infer_quickly(read.merged())
        on_inferred(inferred)
    except InconsistencyError as error:
        contradictions = error
    report = validation.validate(read, reference=False).with_engine("inference by the quick rules")
    if contradictions:
        report = validation.with_contradictions(read, report, contradictions)
    return report, inferred


def _evaluate_by_reference(read: Sources) -> tuple[Report, Graph]:
    """Return the report of pyshacl and the graph that owlrl infers, for large data in two processes."""
    merged = read.merged()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        infer: Callable[[], Graph] = partial(reasoning.infer, merged)
        if len(merged) > _FEW_TRIPLES:
            infer = executor.submit(infer).result
        report = validation.validate(read).with_engine("inference by owlrl")
        try:
            return report, infer()
        except InconsistencyError as error:
            return validation.with_contradictions(read, report, error), Graph()


def _require_equal(quick: tuple[Report, Graph], reference: tuple[Report, Graph]) -> None:
    if quick[0] != reference[0]:
        findings = set(quick[0].findings) ^ set(reference[0].findings)
        listed = "".join(f"\n  {finding}" for finding in findings)
        raise DifferenceError(
            "no release made: pyshacl and the quick rules differ. Correct checks/portable_queries.py, or "
            f"build without --reference. Only one of them found:{listed}"
        )
    if triples := set(quick[1]) ^ set(reference[1]):
        listed = "".join(f"\n  {' '.join(term.n3() for term in triple)}" for triple in sorted(triples))
        raise DifferenceError(
            "no release made: owlrl and the quick rules differ. Correct build/reasoning.py, or build without "
            f"--reference. Only one of them inferred:{listed}"
        )


def _contents(
    read: Sources,
    saved: list[Question],
    asserted: Graph,
    inferred: Graph,
    report: Report,
    version: str,
    lines: set[str],
    dumps: Callable[[], dict[str, bytes]],
) -> dict[str, bytes]:
    """Return the contents of the release's files by name, the manifest among them.

    ``lines`` are those of the sources in N-Quads, without those that have blank nodes.
    """
    described = metadata.describe(read, inferred, saved)
    contents = dumps()
    for triple in metadata.distributions(contents):
        described.add(triple)
    named = {**read.graphs, namespaces.INFERRED: inferred, namespaces.METADATA: described}
    nquads = _nquads(named, lines)
    texts = {
        release.DATASET: "".join(f"{line}\n" for line in nquads),
        "cstokg.trig": turtle_writer.write_trig(named),
        "report.ttl": report.turtle(),
        "report.json": report.json(),
        release.QUESTIONS: questions.to_json(saved),
    }
    contents |= {name: text.encode() for name, text in texts.items()}
    contents[MANIFEST] = release.write(
        contents,
        version=version,
        number=_dataset_value(asserted, "dcat:version"),
        date=_dataset_value(asserted, "dcterms:modified"),
        counts={
            "articles": _instances(asserted, "ckg:Article"),
            "spans": _instances(asserted, "ckg:EvidenceSpan"),
            "graphs": len(named),
            "asserted": len(asserted),
            "inferred": len(inferred),
            "quads": len(nquads),
            "questions": len(saved),
            "warnings": report.counts()["warning"],
        },
    )
    return contents


def _nquads(named: Mapping[str, Graph], lines: set[str]) -> list[str]:
    """Return the lines of named graphs and of their merge.

    ``lines`` are those of the source graphs, without those that have blank nodes.
    """
    computed = (namespaces.INFERRED, namespaces.METADATA)
    plain = lines | canonical.plain_nquads({name: named[name] for name in computed})
    plain |= set(map(canonical.without_graph, plain))
    # The triples of the default graph are in named graphs too, and so are their blank nodes.
    with_blank = {name: graph for name, graph in named.items() if canonical.has_blank_nodes(graph)}
    merged = export.merge(with_blank.values())
    return canonical.canonical_nquads({canonical.DEFAULT_GRAPH: merged, **with_blank}, plain)


def _dataset_value(graph: Graph, predicate: str) -> str:
    value = graph.value(_DATASET, rdf_terms.iri_of(predicate))
    if value is None:
        raise ReleaseError(f"{_DATASET_FILE}: give <{_DATASET}> a {predicate}")
    return str(value)


def _instances(graph: Graph, class_: str) -> int:
    return len(set(graph.subjects(RDF.type, rdf_terms.iri_of(class_))))
