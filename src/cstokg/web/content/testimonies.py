"""Articles as readers know them, and what each says of the thing on a page: the testimonies, one row each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cstokg import namespaces
from cstokg.web.content import display, periods
from cstokg.web.content.catalogue import Catalogue, Term, natural
from cstokg.web.content.graph import Description, Graph, once
from cstokg.web.content.periods import Period

_TYPE = namespaces.expand("rdf:type")
PLANS = frozenset(map(namespaces.expand, ("modality:announced", "modality:expected", "modality:intended")))
_REPORTED_FACT = namespaces.expand("modality:reported-fact")
_STATEMENT = f"{namespaces.ID}statement/"

_REPORTED_IN = "SELECT ?record ?article WHERE { ?record ckg:reportedIn ?article }"
_ARTICLES = "SELECT ?s ?p ?o WHERE { ?s a ckg:Article ; ?p ?o }"
_NO_OUTLET = "Unnamed outlet"


@dataclass(frozen=True, slots=True)
class Testimony:
    """One row of the table.

    Attributes:
        iri: the testimony.
        article: the IRI of the article; empty for what the editors know from elsewhere.
        matters: what it tells of the thing, in words.
        basis: how directly the article says it, as a term.
        modality: how the article presents it.
        statements: the statements on which alone it rests.
        notes: the editors' remarks.
        spans: its evidence.
    """

    iri: str
    article: str
    matters: tuple[str, ...]
    basis: tuple[Term, ...]
    modality: tuple[Term, ...]
    statements: tuple[Term, ...]
    notes: tuple[Term, ...]
    spans: tuple[str, ...]


def testimonies_of(description: Description, catalogue: Catalogue) -> list[Testimony]:
    """Return the testimonies on an entity, by article and position."""
    rows = [
        _row(description, term.value, catalogue)
        for term in description.values(description.iri, "ckg:hasTestimony")
    ]
    return sorted(rows, key=lambda row: (row.article == "", natural(" ".join(row.spans[:1])), row.matters))


def own_columns(rows: Iterable[Testimony], description: Description) -> frozenset[str]:
    """Return those of ckg:modality and ckg:accordingTo of which the rows say more than the facts do.

    A page shows each either as a column of the table of its testimonies or as a fact, not as both.
    """
    rows = list(rows)
    given = {
        "ckg:accordingTo": {term for row in rows for term in row.statements},
        "ckg:modality": {term for row in rows for term in row.modality},
    }
    return frozenset(
        name for name, terms in given.items() if terms > set(description.values(description.iri, name))
    )


def readings(description: Description) -> list[str]:
    """Return the claims about an entity that the editors conclude, and the graph does not assert."""
    inferred = Term(namespaces.expand("basis:inferred"))
    return [
        claim
        for claim in description.incoming("rdf:subject")
        if inferred in description.values(claim, "ckg:basis")
    ]


def modality_in_words(description: Description, catalogue: Catalogue, record: str, modality: str) -> str:
    """Return how pages word the modality of a record or a testimony.

    What somebody asserts as a fact is not worded as a fact that the article reports, unless the article
    says it too.
    """
    is_said = record.startswith(_STATEMENT) or description.first(record, "ckg:accordingTo")
    if is_said and not catalogue.is_a(record, "ckg:Occurrence"):
        return modality_of_statements(catalogue, modality)
    return catalogue.label(modality)


def modality_of_statements(catalogue: Catalogue, modality: str) -> str:
    """Return how pages word the modality of what somebody says."""
    return "asserted by the speaker" if modality == _REPORTED_FACT else catalogue.label(modality)


def spans_by_property(description: Description) -> Mapping[str, tuple[str, ...]]:
    """Return the evidence for each property of an entity, by the property's IRI."""
    spans: dict[str, list[str]] = defaultdict(list)
    for testimony in description.values(description.iri, "ckg:hasTestimony"):
        evidence = [term.value for term in description.values(testimony.value, "ckg:evidence")]
        properties = {term.value for term in description.values(testimony.value, "ckg:supports")}
        properties |= {
            given
            for given in map(namespaces.expand, (*periods.BOUNDS, "ckg:accordingTo"))
            if given in description.triples.get(testimony.value, ())
        }
        for supported in properties:
            spans[supported] += evidence
    return {supported: tuple(dict.fromkeys(evidence)) for supported, evidence in spans.items()}


def time_in_words(description: Description, record: str, bounds: Period) -> str:
    """Return bounds of a record's time in words: as a plan for a presidency that is only announced."""
    modalities = {term.value for term in description.values(record, "ckg:modality")}
    is_plan = namespaces.kind_of(record) == "presidency" and modalities and modalities <= PLANS
    return bounds.planned_words if is_plan else bounds.words


def _row(description: Description, testimony: str, catalogue: Catalogue) -> Testimony:
    spans = tuple(sorted((term.value for term in description.values(testimony, "ckg:evidence")), key=natural))
    address = namespaces.parse_span(spans[0]) if spans else None
    bounds = periods.Period(*(description.text(testimony, name) for name in periods.BOUNDS))
    return Testimony(
        testimony,
        address.article if address else "",
        tuple(
            _matters(description, testimony, catalogue, time_in_words(description, description.iri, bounds))
        ),
        tuple(description.values(testimony, "ckg:basis")),
        tuple(description.values(testimony, "ckg:modality")),
        tuple(description.values(testimony, "ckg:accordingTo")),
        tuple(description.values(testimony, "skos:editorialNote")),
        spans,
    )


def _matters(description: Description, testimony: str, catalogue: Catalogue, time: str) -> Iterator[str]:
    """Yield what a testimony tells of its subject: the printed names, the properties, and the time."""
    for term in description.values(testimony, "ckg:printedAs"):
        yield f"printed as “{term.value}”"
    words = display.read().matters
    supported = {term.value for term in description.values(testimony, "ckg:supports")}
    supported -= set(map(namespaces.expand, periods.BOUNDS))
    matters = (words.get(iri) or catalogue.label(iri) for iri in sorted(supported, key=_order))
    yield from dict.fromkeys(matters)
    if time:
        yield f"when: {time}"


def _order(predicate: str) -> tuple[bool, tuple[int, str]]:
    return (predicate != _TYPE, display.fact_order(predicate))


@dataclass(frozen=True, slots=True)
class Reference:
    """What readers know of an article.

    Attributes:
        iri: the article.
        label: the editors' name for it.
        outlet: who published it, if it prints that.
        credit: whom it credits instead.
        authors: the IRIs of its authors.
        names: their names.
        headline: its title, if it prints one.
        day: its day as the graph writes it; empty where none is known.
        period: the bounds within which it appeared, where no day is known.
        address: where it is on the web, if that is known.
        retrieved: the day on which it was read there.
        language: the tag of its language.
    """

    iri: str
    label: str
    outlet: str
    credit: str
    authors: tuple[str, ...]
    names: tuple[str, ...]
    headline: str
    day: str
    period: Period
    address: str
    retrieved: str
    language: str

    @property
    def source(self) -> str:
        """Who stands behind it: its outlet, else whom it credits, else its authors."""
        return self.outlet or self.credit or ", ".join(self.names) or _NO_OUTLET

    @property
    def when(self) -> str:
        """Its day, or else its period, in words."""
        return periods.day(self.day) if self.day else self.period.words

    @property
    def name(self) -> str:
        """What to call it where space is short: ``TASS, 21 June 2024``."""
        return ", ".join(part for part in (self.source, self.when) if part)

    @property
    def full_name(self) -> str:
        """What footnotes call it: authors, headline, outlet, whom it credits, and its day."""
        headline = f"“{self.headline}”" if self.headline else ""
        credit = f"credited to {self.credit}" if self.credit else ""
        outlet = self.outlet or ("" if credit or self.names else self.source)
        parts = (*self.names, headline, outlet, credit, self.when)
        named = ", ".join(part for part in parts if part)
        return named[:1].upper() + named[1:]

    @property
    def name_in_list(self) -> str:
        """The same within a sentence, where whom it credits stands for the outlet."""
        return self.full_name.removeprefix("Credited to ")

    @property
    def first_and_last_day(self) -> tuple[date | None, date | None]:
        """The first and the last day on which it can have appeared."""
        if self.day:
            day = periods.read_day(self.day)
            return day, day
        first, _, _, last = self.period.dates
        return first, last

    @property
    def first_day(self) -> date:
        """The first day on which it can have appeared; far in the future if that is not known."""
        return self.first_and_last_day[0] or date.max


@once
def references(graph: Graph) -> Mapping[str, Reference]:
    """Return the references of all articles, by IRI."""
    about = graph.describe(_ARTICLES)
    return {iri: _reference(graph.catalogue, about, iri) for iri in sorted(about.triples)}


def _reference(catalogue: Catalogue, about: Description, iri: str) -> Reference:
    def text(name: str) -> str:
        return about.text(iri, name)

    def labels(name: str) -> str:
        return ", ".join(sorted(catalogue.label(term.value) for term in about.values(iri, name)))

    authors = tuple(sorted(term.value for term in about.values(iri, "dcterms:creator")))
    return Reference(
        iri=iri,
        label=catalogue.label(iri),
        outlet=labels("dcterms:publisher"),
        credit=labels("ckg:creditLine"),
        authors=authors,
        names=tuple(catalogue.label(author) for author in authors),
        headline=text("dcterms:title"),
        day=text("ckg:onDate"),
        period=Period(*(text(name) for name in periods.BOUNDS)),
        address=text("ckg:address"),
        retrieved=text("ckg:retrievedOn"),
        language=text("dcterms:language"),
    )


@once
def articles_by_record(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Return the articles that report each record or name each entity."""
    return graph.pairs(_REPORTED_IN)


def articles_of(graph: Graph, iris: Iterable[str]) -> frozenset[str]:
    """Return the articles that report any of some records."""
    known = articles_by_record(graph)
    return frozenset(article for iri in iris for article in known.get(iri, ()))


def names_of_articles(graph: Graph, articles: Iterable[str]) -> str:
    """Return the names of some articles in one line, without those that the graph does not describe."""
    known = references(graph)
    return "; ".join(known[iri].name for iri in articles if iri in known)
