"""The apparatus of a page: numbered marks at its facts, each leading to a span of an article."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from cstokg.web import addresses
from cstokg.web.catalogue import Catalogue
from cstokg.web.terms import natural


@dataclass(frozen=True, slots=True)
class Mark:
    """A number that stands at a fact, and what it leads to."""

    number: int
    iri: str
    article: str
    place: str


@dataclass(slots=True)
class Apparatus:
    """Numbers the spans of one page in the order in which the page comes to them."""

    catalogue: Catalogue
    numbers: dict[str, Mark] = field(default_factory=dict)

    def marks(self, spans: Iterable[str]) -> list[Mark]:
        """The marks of some spans, in order of article and position."""
        return [self._mark(iri) for iri in sorted(set(spans), key=natural)]

    @property
    def by_article(self) -> list[tuple[str, list[Mark]]]:
        """The marks given so far: each article's IRI, with its marks."""
        found: dict[str, list[Mark]] = {}
        for mark in self.numbers.values():
            found.setdefault(mark.article, []).append(mark)
        return list(found.items())

    def _mark(self, iri: str) -> Mark:
        if iri not in self.numbers:
            span = addresses.span(iri)
            article = span.article if span else iri
            place = f"characters {span.start}–{span.end}" if span else self.catalogue.label(iri)
            self.numbers[iri] = Mark(len(self.numbers) + 1, iri, article, place)
        return self.numbers[iri]
