"""Read the file of an article that a check is not about, in a fraction of the time.

The queries of shapes may need everything that such an article says, so it goes to the store as N-Triples.
The Python code needs little: on which things the article has testimonies, and the bounds in these. What was
read is kept for the next check under a hash of the article's files and of the program that read them. As
long as that is the same, reading the files again would give the same.
"""

import hashlib
import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import rdflib
from rdflib import OWL, RDF, RDFS, XSD, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build import rdf_terms, spans, stored_graph, turtle_parser, written_testimonies
from cstokg.build.rdf_terms import CKG, Triple
from cstokg.build.turtle_parser import Document
from cstokg.build.written_testimonies import ACCORDING_TO, BOUNDS, HAS_TESTIMONY, PRINTED_AS, SUPPORTS
from cstokg.release import FOLDER

_KEPT = Path(FOLDER) / "other-articles.sqlite3"
_READERS = (namespaces, rdf_terms, spans, stored_graph, turtle_parser, written_testimonies)

_CONCEPT = f"{namespaces.ID}concept/"
_INFERRED = rdf_terms.iri_of("basis:inferred")
_TESTIMONY = written_testimonies.TESTIMONY
_SENTENCES = frozenset({CKG.sentenceStart, CKG.sentenceEnd})
_KINDS_OF_PROPERTIES = frozenset({OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty})


class Bound(NamedTuple):
    """A bound in a testimony, and whether only a speaker gives it."""

    subject: str
    testimony: str
    bound: str
    day: str
    spoken: bool

    @property
    def triple(self) -> Triple:
        """What the article says of the testimony."""
        return URIRef(self.testimony), URIRef(self.bound), _date(self.day)


class Unsettled(NamedTuple):
    """A testimony that supports what other files write of its subject.

    Attributes:
        subject: the IRI of its subject.
        testimony: its IRI.
        others: the properties that it does not support, because other testimonies name them.
    """

    subject: str
    testimony: str
    others: Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """What an article says.

    Attributes:
        facts: N-Triples from which something may follow about other things than its testimonies and spans.
        evidence: the other N-Triples. In both, literals are marked for the store.
        described: the things of which it says more than testimonies, and the properties that need support.
        testimonies: each subject of a testimony, with the testimony.
        unsettled: testimonies whose ``ckg:supports`` depends on other files.
        bounds: the bounds in its testimonies.
        terms: the terms of our ontology that it uses.
        datatypes: the datatypes of literals that the two engines may compare in different ways.
    """

    facts: bytes
    evidence: bytes
    described: dict[str, list[str]]
    testimonies: list[tuple[str, str]]
    unsettled: list[Unsettled]
    bounds: list[Bound]
    terms: list[str]
    datatypes: list[str]

    def triples_about(self, things: Container[str]) -> list[Triple]:
        """Return what Python compares: what the article says of these things, and the bounds in testimonies.

        For things that it describes, what their testimonies support is included.
        """
        described = [subject for subject in self.described if subject in things]
        triples = _with_subjects(self.facts, described) if described else []
        if described:
            testimonies = [testimony for subject, testimony in self.testimonies if subject in described]
            triples += [
                triple for triple in _with_subjects(self.evidence, testimonies) if triple[1] == SUPPORTS
            ]
        triples += [
            (URIRef(subject), HAS_TESTIMONY, URIRef(testimony))
            for subject, testimony in self.testimonies
            if subject in things
        ]
        # What only a speaker says contradicts no article.
        triples += [bound.triple for bound in self.bounds if bound.subject in things and not bound.spoken]
        return triples

    def bound_triples(self) -> list[tuple[Triple, Triple]]:
        """Return the bounds, each after the triple of its testimony."""
        return [
            ((URIRef(bound.subject), HAS_TESTIMONY, URIRef(bound.testimony)), bound.triple)
            for bound in self.bounds
        ]


class KeptParts:
    """What was read before: parts of articles, which a file of the project keeps too, and whole files.

    Attributes:
        documents: the files that were read whole, by path and parser, with their texts; in memory only.
    """

    def __init__(self, root: Path | None = None) -> None:
        """Read what is kept for a project; without a project, keep what is read in memory only."""
        self._path = root / _KEPT if root else None
        self._version = _version()  # at once, because an update may replace the modules' files later
        self.documents: dict[tuple[Path, object], tuple[str, Document]] = {}
        self._rows: dict[str, tuple[str, bytes, bytes]] = {}
        self._used: set[str] = set()
        self._new: set[str] = set()
        # Where the file or its folder cannot be read or written, the articles are read again.
        with suppress(OSError):
            if self._path and self._path.is_file() and not self._path.is_symlink():
                self._load(self._path)

    def _load(self, path: Path) -> None:
        try:
            with closing(sqlite3.connect(path)) as connection:
                rows = connection.execute("SELECT key, said, facts, evidence FROM part")
                self._rows = {key: (said, facts, evidence) for key, said, facts, evidence in rows}
        except sqlite3.OperationalError:
            pass  # another check writes it
        except sqlite3.DatabaseError:
            path.unlink(missing_ok=True)

    def read(self, article: str, text: str, table: str) -> Part | None:
        """Return what the file of an article and its table of spans say; None if they must be read whole."""
        key = hashlib.sha256("\0".join((self._version, article, text, table)).encode()).hexdigest()
        if key not in self._rows:
            part = _read(article, text, table)
            if part is None:
                return None
            said = json.dumps(
                [part.described, part.testimonies, part.unsettled, part.bounds, part.terms, part.datatypes]
            )
            self._rows[key] = (said, part.facts, part.evidence)
            self._new.add(key)
        self._used.add(key)
        said, facts, evidence = self._rows[key]
        described, testimonies, unsettled, bounds, terms, datatypes = json.loads(said)
        return Part(
            facts,
            evidence,
            described,
            testimonies,
            [Unsettled(*fields) for fields in unsettled],
            [Bound(*fields) for fields in bounds],
            terms,
            datatypes,
        )

    def save(self) -> None:
        """Keep what was read since the last call, and nothing else; in the file too, if it can be written."""
        stale, new = self._rows.keys() - self._used, self._new
        rows = [(key, *self._rows[key]) for key in new]
        self._rows = {key: self._rows[key] for key in self._used}
        self._used, self._new = set(), set()
        if not self._path or not new:
            return
        with suppress(sqlite3.Error, OSError):
            if self._path.is_symlink():
                return
            self._path.parent.mkdir(exist_ok=True)
            with closing(sqlite3.connect(self._path)) as connection, connection:
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS part "
                    "(key TEXT PRIMARY KEY, said TEXT, facts BLOB, evidence BLOB)"
                )
                connection.executemany("DELETE FROM part WHERE key = ?", [(key,) for key in stale])
                connection.executemany("INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?)", rows)


def following(
    parts: Collection[Part],
    facts: Iterable[Triple],
    triples: Iterable[Triple],
    described: Mapping[str, Iterable[str]],
) -> Part:
    """Return what follows from the testimonies of articles and from what other files write.

    Args:
        parts: the articles.
        facts: the bounds of records that follow.
        triples: what the other files write.
        described: what the articles write of things, but for editorial properties.
    """
    unsettled = [entry for part in parts for entry in part.unsettled]
    written = {entry.subject: set(described.get(entry.subject, ())) for entry in unsettled}
    for subject, predicate, _ in triples:
        if str(subject) in written and predicate not in written_testimonies.EDITORIAL:
            written[str(subject)].add(str(predicate))
    supports = (
        f"<{entry.testimony}> <{SUPPORTS}> <{predicate}> .\n"
        for entry in unsettled
        for predicate in written[entry.subject].difference(entry.others)
    )
    # One testimony is enough, because the same follows about its subject from each.
    testimonies = dict(pair for part in parts for pair in part.testimonies)
    first = (f"<{subject}> <{HAS_TESTIMONY}> <{node}> .\n" for subject, node in testimonies.items())
    return Part(
        facts=_ntriples(facts) + "".join(first).encode(),
        evidence="".join(supports).encode(),
        described={},
        testimonies=[],
        unsettled=[],
        bounds=[],
        terms=[],
        datatypes=[],
    )


def evidence_is_inherited(axioms: Graph) -> bool:
    """Return whether something may follow about things from the evidence of their testimonies.

    Property chains give things the properties of their testimonies. Nothing more follows as long as the
    ontology says of these properties only which ranges, superproperties and chains they have.
    """
    inherited: set[Node] = {HAS_TESTIMONY}
    size = 0
    while size < len(inherited):
        size = len(inherited)
        inherited |= {
            broader for property_ in inherited for broader in axioms.objects(property_, RDFS.subPropertyOf)
        }
        inherited |= {
            chained
            for chained, head in axioms.subject_objects(OWL.propertyChainAxiom)
            for rest in axioms.transitive_objects(head, RDF.rest)
            if axioms.value(rest, RDF.first) in inherited
        }
    return any(
        _tells_of_subjects(predicate, node)
        for property_ in inherited
        for pattern in ((property_, None, None), (None, None, property_))
        for _, predicate, node in axioms.triples(pattern)
    )


def _tells_of_subjects(predicate: Node, node: Node) -> bool:
    """Return whether an axiom on a property may imply something about the things that have the property."""
    if predicate == RDF.type:
        return node not in _KINDS_OF_PROPERTIES
    return predicate == RDFS.domain or (
        predicate != OWL.propertyChainAxiom and str(predicate).startswith(str(OWL))
    )


def _with_subjects(ntriples: bytes, subjects: Iterable[str]) -> list[Triple]:
    """Return the triples that have one of these subjects, except those that link things to testimonies."""
    names = b"|".join(re.escape(subject.encode()) for subject in subjects)
    lines = b"".join(re.findall(b"^<(?:%b)> .*\n" % names, ntriples, re.MULTILINE))
    triples = map(stored_graph.as_written, ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))
    return [triple for triple in triples if triple[1] != HAS_TESTIMONY]


@cache
def _date(day: str) -> Literal:
    return Literal(day, datatype=XSD.date)


@cache
def _version() -> str:
    """Return what changes with the modules that read articles, and with the libraries that they call."""
    files = [Path(__file__), *(Path(str(module.__file__)) for module in _READERS)]
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(content).hexdigest() + ox.__version__ + rdflib.__version__


def _read(article: str, text: str, table: str) -> Part | None:
    """Return what an article says; None if it is malformed or unusual, or if a finding may be about it.

    It is unusual if it has blank nodes other than the brackets of testimonies, or testimonies that cannot be
    told apart. Findings may be about conclusions, bounds outside testimonies, and bounds that are not days.
    """
    rows, problems = spans.parse_table(table)
    document = turtle_parser.parse_quickly(text, "x", spans.prefixes(article), blank_nodes=False)
    written_testimonies.name_testimonies(document)
    if problems or any(spans.misplaced(rows)) or document.problems:
        return None
    triples = list(document.triples)
    subject_of = {node: subject for subject, predicate, node in triples if predicate == HAS_TESTIMONY}
    if any(
        isinstance(subject, BNode)
        or (predicate == HAS_TESTIMONY and not str(node).startswith(f"{subject}/testimony/"))
        or isinstance(node, BNode)
        or node == _INFERRED
        or (predicate in BOUNDS and not (subject in subject_of and _is_day(node)))
        for subject, predicate, node in triples
    ):
        return None
    described: dict[str, list[str]] = {}
    values: dict[Node, dict[Node, list[Node]]] = defaultdict(lambda: defaultdict(list))
    for subject, predicate, node in triples:
        if subject in subject_of:
            values[subject][predicate].append(node)
        elif predicate != HAS_TESTIMONY:
            properties = described.setdefault(str(subject), [])
            if predicate not in written_testimonies.EDITORIAL:
                properties.append(str(predicate))
    settled = [addition.triple for addition in written_testimonies.complete([triples])]
    own_spans = f"{namespaces.ID}article/{article}/span/"
    linked = {
        subject
        for subject, predicate, node in triples
        if subject in subject_of and predicate != SUPPORTS and not _is_evidence(node, own_spans)
    }
    evidence = [triple for row in rows.values() for triple in spans.triples(row, article)]
    evidence += [triple for triple in settled if triple[1] == SUPPORTS]
    facts: list[Triple] = []
    for triple in triples:
        subject, predicate, node = triple
        is_evidence = (
            predicate == SUPPORTS
            or (predicate == HAS_TESTIMONY and node not in linked)
            or (subject in subject_of and _is_evidence(node, own_spans))
            or (predicate in _SENTENCES and isinstance(node, Literal))
        )
        (evidence if is_evidence else facts).append(triple)
    literals: set[Literal] = set()
    return Part(
        _ntriples(facts, literals),
        _ntriples(evidence, literals),
        described,
        [(str(subject), str(testimony)) for testimony, subject in subject_of.items()],
        list(_unsettled(subject_of, values, described)),
        [
            Bound(str(subject), str(testimony), str(bound), str(day), bool(values[testimony][ACCORDING_TO]))
            for testimony, subject in subject_of.items()
            for bound in BOUNDS
            for day in values[testimony][bound]
        ],
        sorted({str(term) for triple in triples for term in triple[1:] if _is_term(term)}),
        sorted(stored_graph.unlike_datatypes(literals)),
    )


def _unsettled(
    subject_of: dict[Node, Node],
    values: dict[Node, dict[Node, list[Node]]],
    described: dict[str, list[str]],
) -> Iterable[Unsettled]:
    """Yield the testimonies whose supports ``written_testimonies.complete`` takes from other files."""
    named: dict[tuple[Node, bool], set[str]] = defaultdict(set)
    for testimony, subject in subject_of.items():
        spoken = bool(values[testimony][ACCORDING_TO])
        for by_speaker in {True, spoken}:
            named[subject, by_speaker].update(map(str, values[testimony][SUPPORTS]))
    for testimony, subject in subject_of.items():
        if described.get(str(subject)) or values[testimony][SUPPORTS] or values[testimony][PRINTED_AS]:
            continue
        others = named[subject, bool(values[testimony][ACCORDING_TO])]
        yield Unsettled(str(subject), str(testimony), sorted(others))


def _is_evidence(node: Node, own_spans: str) -> bool:
    """Return whether a value of a testimony implies nothing about anything other than the testimony."""
    return isinstance(node, Literal) or str(node).startswith((own_spans, _CONCEPT)) or node == _TESTIMONY


def _is_term(node: Node) -> bool:
    return isinstance(node, URIRef) and node.startswith(namespaces.CKG)


def _is_day(node: Node) -> bool:
    return isinstance(node, Literal) and node.datatype == XSD.date


def _ntriples(triples: Iterable[Triple], literals: set[Literal] | None = None) -> bytes:
    """Return triples as N-Triples with marked literals; the literals are added to the set."""
    quads = stored_graph.marked_quads(triples, set() if literals is None else literals)
    return ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES) or b""
