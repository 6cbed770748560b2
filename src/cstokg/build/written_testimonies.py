"""Complete the testimonies: give each an IRI, list what it supports, and derive the records' bounds.

A testimony is written in brackets after ``ckg:hasTestimony``. What follows from that alone is added
here, before anything is checked or reasoned over:

- its IRI, below that of its subject: ``<subject>/testimony/<article>``, followed by the properties that
  it supports and the statement that it rests on, where it names them;
- ``ckg:supports``, where none is written: every property that the file writes of the subject, or that
  other files write where this one writes none, except those that another testimony of the same article
  names; what only a speaker says takes nothing from what the article says itself;
- the four bounds of the subject: the narrowest that its testimonies have together.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from rdflib import RDF, SKOS, BNode, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.rdf_terms import CKG, Triple
from cstokg.build.turtle_parser import Document, Problem

HAS_TESTIMONY = CKG.hasTestimony
SUPPORTS = CKG.supports
EVIDENCE = CKG.evidence
ACCORDING_TO = CKG.accordingTo
PRINTED_AS = CKG.printedAs
TESTIMONY = CKG.Testimony
_SUPPORTS, _EVIDENCE, _ACCORDING_TO, _PRINTED_AS = map(str, (SUPPORTS, EVIDENCE, ACCORDING_TO, PRINTED_AS))

# Each bound, and which of several values is the narrowest.
BOUNDS = dict(zip(map(CKG.term, namespaces.BOUNDS), (max, min, max, min), strict=True))
# What needs no support by an article: names and notes, which are the editors' own.
EDITORIAL = frozenset(
    {HAS_TESTIMONY, SKOS.prefLabel, SKOS.altLabel, SKOS.editorialNote, SKOS.exactMatch, SKOS.closeMatch}
)
_NO_ARTICLE = "background"

_Key = TypeVar("_Key", bound=Hashable)


class Addition(NamedTuple):
    """A triple to add, the triple beside which it belongs, and the number of the file that has that one."""

    triple: Triple
    beside: Triple
    file: int


@dataclass(slots=True)
class Testimony:
    """A testimony as it is written in one file: about what, in which line, and its values by property."""

    subject: str
    line: int
    properties: dict[str, list[str]]

    @property
    def article(self) -> str:
        """The articles whose words it cites."""
        names = {span.name for span in self._spans()}
        return "-and-".join(sorted(names)) or _NO_ARTICLE

    @property
    def name(self) -> str:
        """What tells it apart from the others of the same article on the same subject."""
        supported = sorted(map(_local, self.properties.get(_SUPPORTS, ())))
        if not supported and _PRINTED_AS in self.properties:
            supported = ["printedAs"]
        statements = sorted(map(_local, self.properties.get(_ACCORDING_TO, ())))
        return "/".join([self.article, *supported, *statements])

    @property
    def first_span(self) -> str:
        """The start and end of its first span."""
        start, end = min((span[1:] for span in self._spans()), default=(0, 0))
        return f"{start}-{end}"

    def _spans(self) -> list[namespaces.SpanAddress]:
        spans = map(namespaces.parse_span, self.properties.get(_EVIDENCE, ()))
        return [span for span in spans if span]


def names(written: Mapping[_Key, Testimony]) -> tuple[dict[_Key, str], list[Problem]]:
    """Return the IRIs of a file's testimonies, and a problem for those that cannot be told apart."""
    iris: dict[_Key, str] = {}
    problems = []
    groups: dict[tuple[str, str], list[_Key]] = defaultdict(list)
    for key, testimony in written.items():
        groups[testimony.subject, testimony.name].append(key)
    for (subject, name), keys in groups.items():
        if len(keys) == 1:
            iris[keys[0]] = f"{subject}/testimony/{name}"
            continue
        testimonies = [written[key] for key in keys]
        if len({testimony.first_span for testimony in testimonies}) < len(testimonies):
            lines = ", ".join(str(testimony.line) for testimony in testimonies)
            problems.append(
                Problem(
                    testimonies[-1].line,
                    f"testimonies on the same thing from the same words (lines {lines}). Merge them, "
                    "or say with ckg:supports which property each supports.",
                )
            )
        for key in keys:
            iris[key] = f"{subject}/testimony/{name}/{written[key].first_span}"
    return iris, problems


def name_testimonies(document: Document) -> None:
    """Replace the blank nodes of a file's testimonies by IRIs, in place; add the problems of ``names``."""
    written = {
        object_: Testimony(str(subject), line, defaultdict(list))
        for (subject, predicate, object_), line in document.triples.items()
        if predicate == HAS_TESTIMONY and isinstance(object_, BNode)
    }
    for subject, predicate, object_ in document.triples:
        if isinstance(subject, BNode) and subject in written:
            written[subject].properties[str(predicate)].append(str(object_))
    names_of, problems = names(written)
    document.problems += problems
    iris: dict[Node, URIRef] = {node: URIRef(name) for node, name in names_of.items()}
    triples = {
        (iris.get(subject, subject), predicate, iris.get(object_, object_)): line
        for (subject, predicate, object_), line in document.triples.items()
    }
    subjects = {iris.get(subject, subject): line for subject, line in document.subjects.items()}
    document.triples.clear()
    document.triples.update(triples)
    for node, testimony in written.items():
        document.triples[(iris[node], RDF.type, TESTIMONY)] = testimony.line
    document.subjects.clear()
    document.subjects.update(subjects)


def complete(
    files: Iterable[Iterable[Triple]],
    described: Mapping[str, Iterable[str]] = MappingProxyType({}),
    bounds: Mapping[int, Iterable[tuple[Triple, Triple]]] = MappingProxyType({}),
) -> Iterator[Addition]:
    """Yield what follows from the testimonies of all files: what they support, and the records' bounds.

    Args:
        files: the triples of each file of the data.
        described: the properties that further files write of things, except editorial ones.
        bounds: the bounds that some files add, by their number: each as the triple of the testimony
            and that of the bound.
    """
    described_by: list[dict[Node, set[Node]]] = []
    anywhere: dict[Node, set[Node]] = defaultdict(set)
    values: dict[Node, dict[Node, set[Node]]] = defaultdict(lambda: defaultdict(set))
    testimonies: list[tuple[int, Triple]] = []
    for number, triples in enumerate(files):
        properties: dict[Node, set[Node]] = defaultdict(set)
        for triple in triples:
            subject, predicate, object_ = triple
            if predicate == HAS_TESTIMONY:
                testimonies.append((number, triple))
            values[subject][predicate].add(object_)
            if predicate not in EDITORIAL:
                properties[subject].add(predicate)
                anywhere[subject].add(predicate)
        described_by.append(properties)
    for _, (subject, _, _) in testimonies:
        anywhere[subject].update(map(URIRef, described.get(str(subject), ())))
    yield from _supports(described_by, anywhere, values, testimonies)
    given: list[tuple[int, Triple, Node, Node]] = [
        (number, triple, bound, value)
        for number, triple in testimonies
        for bound in BOUNDS
        for value in values[triple[2]][bound]
    ]
    for number, pairs in bounds.items():
        given += [(number, testimony, bound, value) for testimony, (_, bound, value) in pairs]
    yield from _bounds(values, sorted(given, key=itemgetter(0)))


def _supports(
    described: list[dict[Node, set[Node]]],
    anywhere: dict[Node, set[Node]],
    values: dict[Node, dict[Node, set[Node]]],
    testimonies: list[tuple[int, Triple]],
) -> Iterator[Addition]:
    # What somebody says does not narrow what the article says in its own voice.
    named: dict[tuple[int, Node], set[Node]] = defaultdict(set)
    named_by_article: dict[tuple[int, Node], set[Node]] = defaultdict(set)
    for number, (subject, _, testimony) in testimonies:
        named[number, subject] |= values[testimony][SUPPORTS]
        if not values[testimony][ACCORDING_TO]:
            named_by_article[number, subject] |= values[testimony][SUPPORTS]
    plain = {
        (number, subject)
        for number, (subject, _, testimony) in testimonies
        if not values[testimony][SUPPORTS] and not values[testimony][PRINTED_AS]
    }
    for number, triple in testimonies:
        subject, _, testimony = triple
        if values[testimony][SUPPORTS]:
            continue
        own = described[number].get(subject)
        if values[testimony][PRINTED_AS] and ((number, subject) in plain or not own):
            continue  # it gives a name and nothing else
        properties = own or anywhere[subject]
        narrower = named if values[testimony][ACCORDING_TO] else named_by_article
        for supported in sorted(properties - narrower[number, subject], key=str):
            yield Addition((testimony, SUPPORTS, supported), triple, number)


def _bounds(
    values: dict[Node, dict[Node, set[Node]]], given: list[tuple[int, Triple, Node, Node]]
) -> Iterator[Addition]:
    bounds: dict[tuple[Node, Node], dict[Node, tuple[Triple, int]]] = defaultdict(dict)
    for number, triple, bound, value in given:
        bounds[triple[0], bound].setdefault(value, (triple, number))
    for (subject, bound), dates in bounds.items():
        if bound in values[subject]:
            continue
        narrowest = BOUNDS[URIRef(str(bound))](dates, key=_written_form)
        yield Addition((subject, bound, narrowest), *dates[narrowest])


def _written_form(value: Node) -> str:
    return str(value) if isinstance(value, Literal) else ""


def _local(iri: str) -> str:
    return iri.rstrip("/").replace("#", "/").rsplit("/", 1)[-1]
