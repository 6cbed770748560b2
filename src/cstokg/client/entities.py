"""What the graph says of one thing: its facts, each with the spans of articles on which it rests.

The pages of the site read the same descriptions, so both say the same.
"""

from dataclasses import dataclass

from cstokg import namespaces
from cstokg.article_text import ArticleTexts
from cstokg.client import values
from cstokg.client.endpoints import Endpoint
from cstokg.client.values import Blank, Iri, Text, Value
from cstokg.errors import CstokgError
from cstokg.web.content import facts, passages
from cstokg.web.content.articles import references
from cstokg.web.content.catalogue import Term
from cstokg.web.content.graph import Description, Graph

_LINKS = ("skos:exactMatch", "skos:closeMatch")
_LABELS = ("skos:prefLabel", "rdfs:label", "dcterms:title")


class UnknownEntityError(CstokgError):
    """Nothing has this name; the message lists the nearest names."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span: a place in an article.

    Attributes:
        span: the IRI of the span.
        article: the IRI of the article.
        source: who published the article, and when.
        address: where the article is on the web; empty where that is not known.
        start: how many characters of the article's text precede the span.
        end: how many precede its end.
        sha256: the hash of the characters in between, as UTF-8.
        text: these characters, where the article's text is at hand.
    """

    span: Iri
    article: Iri
    source: str
    address: str
    start: int
    end: int
    sha256: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of one property.

    Attributes:
        property: the IRI of the property.
        label: what the property is called.
        value: the value.
        value_label: what the value is called, if it is a thing; else the value as text.
        evidence: the spans on which the fact rests; none where the editors keep it.
        inferred: whether it follows from other facts.
    """

    property: Iri
    label: str
    value: Value
    value_label: str
    evidence: tuple[Evidence, ...]
    inferred: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A thing that points here.

    Attributes:
        subject: its IRI.
        label: what it is called.
        property: the IRI of the property by which it points here.
    """

    subject: Iri
    label: str
    property: Iri


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing of the graph: a person, a meeting, a statement, a claim.

    Attributes:
        iri: its IRI.
        label: what it is called, in English where there is English.
        labels: its names in each language; none for a record, whose label is composed.
        kind: the label of its class.
        definition: what it means, for a concept or a term of the ontology.
        facts: what is said of it, in reading order.
        links: the same or nearly the same things elsewhere, such as Wikidata's items.
        mentions: what points at it.
    """

    iri: Iri
    label: str
    labels: tuple[Text, ...]
    kind: str
    definition: str
    facts: tuple[Fact, ...]
    links: tuple[Iri, ...]
    mentions: tuple[Link, ...]

    def __str__(self) -> str:
        """Return the label."""
        return self.label

    def values(self, name: str) -> tuple[Value, ...]:
        """Return the values of a property, given as ``ckg:onDate`` or as an IRI; none if it has none."""
        iri = namespaces.expand(name)
        return tuple(fact.value for fact in self.facts if fact.property == iri)


class Reader:
    """Reads entities of one release.

    Attributes:
        release_id: the release.
    """

    def __init__(self, endpoint: Endpoint, texts: ArticleTexts | None) -> None:
        """Ask an endpoint; the articles' texts add the words of spans."""
        self.release_id = endpoint.release_id()
        self._graph = Graph(endpoint)
        self._texts = texts

    def entity(self, iri: str) -> Entity:
        """Return what the graph says of a thing.

        Raises:
            UnknownEntityError: nothing has this IRI.
            TextError: the article's text is not the one from which the span was taken.
        """
        catalogue = self._graph.catalogue
        iri = catalogue.replaced.get(iri, iri)
        if iri not in catalogue:
            nearest = ", ".join(
                namespaces.shorten(near) for near in catalogue.nearest(namespaces.step_of(iri))
            )
            hint = f"; the nearest names: {nearest}" if nearest else ""
            raise UnknownEntityError(f"nothing is called {namespaces.shorten(iri)}{hint}")
        entry, description = catalogue.entries[iri], self._graph.about(iri)
        return Entity(
            iri=_iri(iri),
            label=entry.label,
            labels=tuple(Text(term.value, term.language) for term in description.values(iri, *_LABELS)),
            kind=", ".join(map(catalogue.label, entry.classes)),
            definition=entry.definition,
            facts=self._facts(description),
            links=tuple(_iri(term.value) for term in description.values(iri, *_LINKS) if term.is_iri),
            mentions=tuple(
                Link(_iri(subject), catalogue.label(subject), _iri(incoming.predicate))
                for incoming in facts.incoming(description, catalogue)
                for subject in incoming.subjects
            ),
        )

    def evidence(self, iri: str, name: str | None = None) -> tuple[Evidence, ...]:
        """Return the spans of a thing's facts, or of one property, in order of article and place.

        For a span it is the span itself.

        Raises:
            UnknownEntityError: nothing has this IRI.
            TextError: the article's text is not the one from which the span was taken.
        """
        if namespaces.parse_span(iri) and iri in passages.hashes(self._graph):
            return (self._evidence(iri),)
        property_ = None if name is None else namespaces.expand(name)
        spans = {
            evidence.span: evidence
            for fact in self.entity(iri).facts
            if property_ in (None, fact.property)
            for evidence in fact.evidence
        }
        own = self._graph.about(iri).values(iri, "ckg:evidence") if property_ is None else ()
        spans |= {_iri(term.value): self._evidence(term.value) for term in own}
        return tuple(
            sorted(spans.values(), key=lambda evidence: (evidence.article, evidence.start, evidence.end))
        )

    def _facts(self, description: Description) -> tuple[Fact, ...]:
        catalogue = self._graph.catalogue
        return tuple(
            Fact(
                property=_iri(fact.predicate),
                label=fact.label,
                value=_value(value.term),
                value_label=catalogue.label(value.term.value) if value.term.is_iri else value.term.value,
                evidence=tuple(map(self._evidence, value.spans)),
                inferred=value.inferred,
            )
            for fact in facts.facts_of(description, catalogue, periods_in_words=False)
            for value in fact.values
        )

    def _evidence(self, span: str) -> Evidence:
        address = namespaces.parse_span(span)
        if address is None:
            raise UnknownEntityError(f"{namespaces.shorten(span)} is not a span")
        reference = references(self._graph).get(address.article)
        return Evidence(
            span=_iri(span),
            article=_iri(address.article),
            source=reference.name if reference else "",
            address=reference.address if reference else "",
            start=address.start,
            end=address.end,
            sha256=passages.hashes(self._graph)[span],
            text=self._words(span, address),
        )

    def _words(self, span: str, address: namespaces.SpanAddress) -> str | None:
        hashes = passages.hashes(self._graph)
        if self._texts is None or address.article not in hashes:
            return None
        place = (address.start, address.end)
        return self._texts.words(hashes[address.article], place, hashes[span])


def _iri(iri: str) -> Iri:
    return Iri(f"<{iri}>")


def _value(term: Term) -> Value:
    if term.is_iri:
        return _iri(term.value)
    if term.kind == "bnode":
        return Blank(term.value)
    return values.of_literal(term.value, term.language, term.datatype)
