"""Each article as readers know it: who published or wrote it, when, under which headline and address."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cstokg import namespaces
from cstokg.web.content import periods
from cstokg.web.content.catalogue import Term
from cstokg.web.content.graph import Graph, once
from cstokg.web.content.periods import Period

_ARTICLES = "SELECT ?article ?p ?o WHERE { ?article a ckg:Article ; ?p ?o }"
_NO_OUTLET = "Unnamed outlet"


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
    def first_and_last_day(self) -> tuple[date | None, date | None]:
        """The first and the last day on which it can have appeared."""
        if self.day:
            day = Period(self.day).dates[0]
            return day, day
        first, _, _, last = self.period.dates
        return first, last

    @property
    def first_day(self) -> date:
        """The first day on which it can have appeared; far in the future if that is not known."""
        return self.first_and_last_day[0] or date.max


@once
def by_article(graph: Graph) -> Mapping[str, Reference]:
    """Return the references of all articles, by IRI."""
    triples: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for row in graph.select(_ARTICLES):
        triples[row["article"].value][namespaces.shorten(row["p"].value)].append(row["o"])
    return {iri: _reference(graph, iri, about) for iri, about in sorted(triples.items())}


def _reference(graph: Graph, iri: str, about: Mapping[str, list[Term]]) -> Reference:
    def first(name: str) -> str:
        return min(about.get(name, ()), key=lambda term: term.order, default=Term("")).value

    def labels(name: str) -> str:
        return ", ".join(sorted(graph.catalogue.label(term.value) for term in about.get(name, ())))

    authors = tuple(sorted(term.value for term in about.get("dcterms:creator", ())))
    return Reference(
        iri=iri,
        label=graph.catalogue.label(iri),
        outlet=labels("dcterms:publisher"),
        credit=labels("ckg:creditLine"),
        authors=authors,
        names=tuple(graph.catalogue.label(author) for author in authors),
        headline=first("dcterms:title"),
        day=first("ckg:onDate"),
        period=Period(*(first(name) for name in periods.BOUNDS)),
        address=first("ckg:address"),
        retrieved=first("ckg:retrievedOn"),
        language=first("dcterms:language"),
    )


def names_of(graph: Graph, articles: Iterable[str]) -> str:
    """Return the names of some articles in one line, without those that the graph does not describe."""
    references = by_article(graph)
    return "; ".join(references[iri].name for iri in articles if iri in references)
