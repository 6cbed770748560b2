"""The whole graph in each form that others load: Turtle, RDF/XML, JSON-LD, CSV and Parquet."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkProcess
from pathlib import Path

from rdflib import RDF, SKOS, Graph, URIRef
from rdflib.term import Node

from cstokg import namespaces, release
from cstokg.build import canonical
from cstokg.build.rdf_terms import CKG, iri_of
from cstokg.build.writers import export, jsonld_writer, rdfxml_writer, table_dumps, turtle_writer
from cstokg.build.writers.turtle_writer import Subjects
from cstokg.build.written_testimonies import HAS_TESTIMONY, SUPPORTS
from cstokg.errors import CstokgError

_THREADS = Path("/proc/self/task")
_BASIS, _CLAIM, _CONFLICT = CKG.basis, CKG.Claim, CKG.Conflict
_NOT_PRINTED = frozenset(map(iri_of, ("basis:background", "basis:inferred")))
_JUDGEMENTS = frozenset((CKG.rank, SKOS.editorialNote, SKOS.exactMatch, SKOS.closeMatch))


class Writing:
    """Writes the dumps in a separate process, while this one continues.

    If this process has threads, forking would be a risk: then ``files`` writes them here. Close it
    afterwards.
    """

    def __init__(self, sources: Mapping[str, Graph], asserted: Graph) -> None:
        """Take the arguments of ``write``, except for the inferred triples."""
        self._sources = sources
        self._asserted = asserted
        self._inferred = Graph()
        self._process: ForkProcess | None = None
        self._receiver: Connection | None = None

    def begin(self, inferred: Graph) -> None:
        """Begin to write."""
        self._inferred = inferred
        if _THREADS.is_dir() and len([*_THREADS.iterdir()]) == 1:
            context = get_context("fork")
            self._receiver, sender = context.Pipe(duplex=False)
            self._process = context.Process(target=self._send, args=(sender,), daemon=True)
            self._process.start()
            sender.close()

    def files(self) -> dict[str, bytes]:
        """Wait for the dumps, and return their contents by name.

        Raises:
            ExportError, BlankNodeError: as ``write`` does.
        """
        if self._receiver:
            with suppress(EOFError):
                files: dict[str, bytes] = self._receiver.recv()
                return files
        return write(self._sources, self._asserted, self._inferred)

    def close(self) -> None:
        """End the process."""
        if self._receiver:
            self._receiver.close()
        if self._process:
            self._process.kill()
            self._process.join()

    def _send(self, sender: Connection) -> None:
        """Send the dumps; if writing fails, send nothing, and the other process finds the reason."""
        if self._receiver:
            self._receiver.close()
        with suppress(CstokgError, OSError):
            sender.send(write(self._sources, self._asserted, self._inferred))


def write(sources: Mapping[str, Graph], asserted: Graph, inferred: Graph) -> dict[str, bytes]:
    """Return the contents of the dumps, by name.

    Args:
        sources: the graph of each source file.
        asserted: their merge, without the shapes.
        inferred: what follows.

    Raises:
        ExportError: RDF/XML cannot hold a triple.
        BlankNodeError: too many blank nodes are alike.
    """
    graph = canonical.relabelled({canonical.DEFAULT_GRAPH: asserted})[canonical.DEFAULT_GRAPH]
    export.require_writable({canonical.DEFAULT_GRAPH: graph}, "rdfxml")
    subjects = turtle_writer.ordered(turtle_writer.subjects(graph))
    following = turtle_writer.subjects(inferred)
    texts = {
        "cstokg.ttl": turtle_writer.write_subjects(subjects),
        "cstokg-inferred.ttl": turtle_writer.write_subjects(following),
        "cstokg-with-inferred.ttl": turtle_writer.write_subjects(_merged(subjects, following)),
        "cstokg-printed.ttl": turtle_writer.write_subjects(printed(subjects)),
        "cstokg.jsonld": jsonld_writer.write_plainly(subjects),
        "cstokg.rdf": rdfxml_writer.write(subjects),
    }
    files = {name: text.encode() for name, text in texts.items()}
    tables = table_dumps.tables(subjects)
    for table in tables:
        files[f"{release.CSV}{table.name}.csv"] = table_dumps.write_csv(table)
        files[f"{release.PARQUET}{table.name}.parquet"] = table_dumps.as_parquet(table.columns)
    files[release.PACKAGE] = table_dumps.write_package(
        tables, files, subjects.get(URIRef(namespaces.DATASET), {})
    )
    files[f"{release.PARQUET}triples.parquet"] = table_dumps.write_triples(
        {**sources, namespaces.INFERRED: inferred}
    )
    return files


def _merged(asserted: Subjects, inferred: Subjects) -> Subjects:
    """Return the triples of both, which share no blank node."""
    merged: dict[Node, dict[Node, Sequence[Node]]] = {
        subject: dict(values) for subject, values in asserted.items()
    }
    for subject, values in inferred.items():
        properties = merged.setdefault(subject, {})
        for predicate, nodes in values.items():
            properties[predicate] = list(dict.fromkeys((*properties.get(predicate, ()), *nodes)))
    return merged


def printed(subjects: Subjects) -> Subjects:
    """Return what articles print: the triples without what rests on readings and on background alone.

    The editors' judgements are left out too: ranks, conflicts, notes, and links to Wikidata. Where articles
    contradict each other, the triple of the side that the editors prefer is still there, beside the claims.
    """

    def is_printed(testimony: Node) -> bool:
        return _NOT_PRINTED.isdisjoint(subjects.get(testimony, {}).get(_BASIS, ()))

    removed = {subject for subject, values in subjects.items() if not is_printed(subject)}
    for subject, values in subjects.items():
        classes = values.get(RDF.type, ())
        if _CONFLICT in classes or (_CLAIM in classes and removed.issuperset(values.get(HAS_TESTIMONY, ()))):
            removed.add(subject)
    result = {}
    for subject in subjects:
        if subject not in removed:
            values = subjects[subject]
            supported_by_print, supported_otherwise = set[Node](), set[Node]()
            for testimony in values.get(HAS_TESTIMONY, ()):
                supported = supported_by_print if is_printed(testimony) else supported_otherwise
                supported.update(subjects.get(testimony, {}).get(SUPPORTS, ()))
            left_out = _JUDGEMENTS | (supported_otherwise - supported_by_print)
            kept = {
                predicate: [node for node in nodes if node not in removed]
                for predicate, nodes in values.items()
                if predicate not in left_out
            }
            result[subject] = {predicate: nodes for predicate, nodes in kept.items() if nodes}
    return {subject: values for subject, values in result.items() if values}
