"""Footnotes: the numbers at the facts of a page, and the spans of articles to which they lead.

The spans of an inferred fact are those of the records from which it follows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from cstokg import namespaces
from cstokg.web.content.catalogue import Catalogue, Term, natural
from cstokg.web.content.graph import Description, Graph, once

_EVIDENCE = "SELECT ?record ?span WHERE { ?record ckg:evidence ?span }"
# An inferred property, and the properties of the record behind it that lead to its subject and its object.
_BETWEEN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ckg:attended": ("ckg:attendee", "ckg:atMeeting"),
        "ckg:continues": ("ckg:resultingBody", "ckg:originalBody"),
        "ckg:discussed": ("ckg:agendaItemOf", "ckg:topic"),
        "ckg:hasBeenMemberOf": ("ckg:member", "ckg:membershipIn"),
        "ckg:hasHeldPost": ("ckg:holder", "ckg:tenurePost"),
    }
)


@dataclass(frozen=True, slots=True)
class Footnote:
    """The number at a fact and the span to which it leads."""

    number: int
    iri: str
    article: str
    place: str


@dataclass(slots=True)
class Footnotes:
    """The footnotes of one page, numbered in the order in which the page shows them."""

    catalogue: Catalogue
    numbers: dict[str, Footnote] = field(default_factory=dict)

    def of_spans(self, spans: Iterable[str]) -> list[Footnote]:
        """Return the footnotes of some spans by number; new ones are numbered by article and position."""
        footnotes = [self._number(iri) for iri in sorted(set(spans), key=natural)]
        return sorted(footnotes, key=lambda footnote: footnote.number)

    def articles_of(self, spans: Iterable[str]) -> list[str]:
        """Return the articles in which some spans are, in order, each once."""
        addresses = map(namespaces.parse_span, sorted(spans, key=natural))
        return list(dict.fromkeys(address.article for address in addresses if address))

    @property
    def by_article(self) -> list[tuple[str, list[Footnote]]]:
        """Each article's IRI with its footnotes so far."""
        by_article: dict[str, list[Footnote]] = {}
        for footnote in self.numbers.values():
            by_article.setdefault(footnote.article, []).append(footnote)
        return list(by_article.items())

    def _number(self, iri: str) -> Footnote:
        if iri not in self.numbers:
            span = namespaces.parse_span(iri)
            article = span.article if span else iri
            place = f"characters {span.start}–{span.end}" if span else self.catalogue.label(iri)
            self.numbers[iri] = Footnote(len(self.numbers) + 1, iri, article, place)
        return self.numbers[iri]


def spans_of_inferred(description: Description, predicate: str, term: Term) -> tuple[str, ...]:
    """Return the spans behind an inferred fact about the entity that is described.

    There are none where it follows from the entity's own triples or from the register.
    """
    name = namespaces.shorten(predicate)
    if name == "ckg:reportedIn":
        return tuple(spans_in_article(spans_of_records(description, description.iri), term.value))
    return tuple(spans_of_records(description, *_records(description, name, term)))


def spans_of_records(description: Description, *subjects: str) -> list[str]:
    """Return the spans that are the evidence of records."""
    return [term.value for subject in subjects for term in description.values(subject, "ckg:evidence")]


def spans_in_article(iris: Iterable[str], article: str) -> list[str]:
    """Return those spans that are in one article."""
    addresses = ((iri, namespaces.parse_span(iri)) for iri in iris)
    return [iri for iri, address in addresses if address and address.article == article]


def with_more(spans: Sequence[str], more: Iterable[str]) -> list[str]:
    """Return those of ``more`` that no span of ``spans`` contains, followed by ``spans``."""
    return [*not_within(more, spans), *spans]


def not_within(spans: Iterable[str], others: Iterable[str]) -> list[str]:
    """Return those of ``spans`` that no span of ``others`` contains."""
    addresses = [address for address in map(namespaces.parse_span, others) if address]
    return [
        iri
        for iri in spans
        if (new := namespaces.parse_span(iri))
        and not any(
            own.article == new.article and own.start <= new.start and new.end <= own.end for own in addresses
        )
    ]


@once
def evidence(graph: Graph) -> Mapping[str, tuple[str, ...]]:
    """Return the spans that support each record or testimony, in order."""
    spans = graph.pairs(_EVIDENCE)
    return {record: tuple(sorted(set(iris), key=natural)) for record, iris in spans.items()}


@once
def uses(graph: Graph) -> Mapping[str, int]:
    """Return how many records cite each span."""
    return Counter(
        span
        for record, spans in evidence(graph).items()
        if namespaces.kind_of(record) != "testimony"
        for span in spans
    )


def most_telling(spans: Iterable[str], uses: Mapping[str, int]) -> str:
    """Return the span that the fewest records cite, or the longest of these; nothing if there are no spans.

    Spans that many records cite are usually a day, a name or an occasion.
    """
    return min(spans, key=lambda span: (uses.get(span, 0), -_length(span)), default="")


def _length(span: str) -> int:
    address = namespaces.parse_span(span)
    return address.end - address.start if address else 0


def _records(description: Description, name: str, term: Term) -> list[str]:
    if name == "ckg:resultedFrom":
        return [term.value]
    if name == "ckg:hasHeldRole":
        posts = description.values(description.iri, "ckg:hasHeldPost")
        return [
            record
            for post in posts
            if term in description.values(post.value, "ckg:postRole")
            for record in _records(description, "ckg:hasHeldPost", post)
        ]
    if name not in _BETWEEN:
        return []
    to_subject, to_object = _BETWEEN[name]
    return [
        record for record in description.incoming(to_subject) if term in description.values(record, to_object)
    ]
