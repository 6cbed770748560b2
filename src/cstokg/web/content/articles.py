"""Articles: what readers know of each, its sentences, the records that cite them, and how much they cover."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cstokg import article_text, namespaces
from cstokg.article_text import Coverage, Range, Sentence
from cstokg.web.content import footnotes, passages, periods
from cstokg.web.content.catalogue import Catalogue, natural
from cstokg.web.content.graph import Description, Graph, once
from cstokg.web.content.periods import Period

# A function that returns the main span of a record among some of its spans, such as ``Site.main_span``.
MainSpan = Callable[[str, Sequence[str]], str]

_REPORTED_IN = "SELECT ?record ?article WHERE { ?record ckg:reportedIn ?article }"
_ARTICLES = "SELECT ?s ?p ?o WHERE { ?s a ckg:Article ; ?p ?o }"
# Articles that do not print their day, or the bounds of it, in full: it is implied, or known from elsewhere.
_NOT_DATED_IN_FULL = f"""\
SELECT DISTINCT ?article ?testimony
WHERE {{
  ?article a ckg:Article ; ckg:hasTestimony ?testimony .
  ?testimony ckg:basis ?basis ; ckg:supports ?bound
  FILTER (?basis IN (basis:background, basis:implied) && ?bound IN (ckg:onDate, {", ".join(periods.BOUNDS)}))
}}
"""
_NO_OUTLET = "Unnamed outlet"
_NOT_PRINTED = " (date not printed in full)"


# What readers know of an article.


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
        is_dated_in_full: whether it prints its day or period in full; the editors infer the year of some
            articles, or know it from elsewhere.
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
    is_dated_in_full: bool = True

    @property
    def source(self) -> str:
        """Who stands behind it: its outlet, else whom it credits, else its authors."""
        return self.outlet or self.credit or ", ".join(self.names) or _NO_OUTLET

    @property
    def when(self) -> str:
        """Its day, or else its period, in words."""
        return periods.day(self.day) if self.day else self.period.words

    @property
    def when_and_how_sure(self) -> str:
        """The same, marked where the article does not print all of it."""
        return self.when if self.is_dated_in_full or not self.when else f"{self.when}{_NOT_PRINTED}"

    @property
    def name(self) -> str:
        """What to call it where space is short: ``TASS, 21 June 2024``."""
        return ", ".join(part for part in (self.source, self.when) if part)

    @property
    def full_name(self) -> str:
        """What footnotes call it: authors, headline, outlet, whom it credits, and its day.

        A day that it does not print in full is marked.
        """
        headline = f"“{self.headline}”" if self.headline else ""
        credit = f"credited to {self.credit}" if self.credit else ""
        outlet = self.outlet or ("" if credit or self.names else self.source)
        parts = (*self.names, headline, outlet, credit, self.when_and_how_sure)
        named = ", ".join(part for part in parts if part)
        return named[:1].upper() + named[1:]

    @property
    def name_in_list(self) -> str:
        """The full name within a list; without the words “credited to” where it begins with these."""
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
    inferred = graph.pairs(_NOT_DATED_IN_FULL)
    return {
        iri: _reference(graph.catalogue, about, iri, iri not in inferred) for iri in sorted(about.triples)
    }


def _reference(catalogue: Catalogue, about: Description, iri: str, is_dated_in_full: bool) -> Reference:
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
        period=about.period(iri),
        address=text("ckg:address"),
        retrieved=text("ckg:retrievedOn"),
        language=text("dcterms:language"),
        is_dated_in_full=is_dated_in_full,
    )


@once
def articles_by_record(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Return the articles that report each record or name each entity."""
    return graph.pairs(_REPORTED_IN)


def articles_of(graph: Graph, iris: Iterable[str]) -> frozenset[str]:
    """Return the articles that report one of these records, as far as the graph describes the articles."""
    known = articles_by_record(graph)
    described = references(graph)
    return frozenset(article for iri in iris for article in known.get(iri, ()) if article in described)


def names_of_articles(graph: Graph, articles: Iterable[str]) -> str:
    """Return the names of these articles in one line, as far as the graph describes the articles."""
    known = references(graph)
    return "; ".join(known[iri].name for iri in articles if iri in known)


# Its sentences, and the records that cite them.


@dataclass(frozen=True, slots=True)
class CitedRecord:
    """A record that cites an article, with its place there.

    Attributes:
        place: the number of the sentence where its main span begins, if the graph knows the sentences; else
            the first character of that span.
        anchor: its identifier on the page.
        iri: the record.
        is_claim: whether the record is a claim.
        spans: the spans of this article that it cites.
        elsewhere: the other articles that it cites.
    """

    place: int
    anchor: str
    iri: str
    is_claim: bool
    spans: tuple[str, ...]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SentenceCell:
    """A sentence in the strip of all sentences of an article.

    Attributes:
        sentence: the sentence, with what covers it.
        citing: the records that cite it.
        anchor: the identifier of the nearest of them on the page; empty if there are none.
    """

    sentence: Sentence
    citing: tuple[CitedRecord, ...]
    anchor: str

    @property
    def records(self) -> int:
        """How many records cite it."""
        return len(self.citing)

    @property
    def standing(self) -> str:
        """Whether it is covered, in words."""
        if self.sentence.furniture:
            return "page furniture"
        if self.sentence.covered:
            return "covered"
        return "covered in part" if self.citing else "not covered"


def cited_records(description: Description, catalogue: Catalogue, main_span: MainSpan) -> list[CitedRecord]:
    """Return the records that cite the article, in the order of its text, each where its main span begins."""
    ranges = sentences(description, description.iri)
    own_spans: dict[str, list[str]] = {}
    for record in description.incoming("ckg:reportedIn"):
        spans = footnotes.spans_of_records(description, record)
        own_spans[record] = sorted(footnotes.spans_in_article(spans, description.iri), key=natural)
    rows = [
        (_start(main_span(record, own)), natural(record), record, tuple(own))
        for record, own in own_spans.items()
    ]
    return [
        CitedRecord(
            _number(ranges, start) if ranges else start,
            f"record-{number}",
            record,
            catalogue.is_a(record, "ckg:Claim"),
            own,
            tuple(
                term.value
                for term in description.values(record, "ckg:reportedIn")
                if term.value != description.iri
            ),
        )
        for number, (start, _, record, own) in enumerate(sorted(rows), 1)
    ]


def measure_coverage(description: Description, rows: Iterable[CitedRecord]) -> Coverage:
    """Return how much of an article is covered by its own spans, such as its title, and by its records'."""
    own = footnotes.spans_of_records(description, description.iri)
    records = {
        place: [description.iri] for place in _ranges(footnotes.spans_in_article(own, description.iri))
    }
    for row in rows:
        for place in _ranges(row.spans):
            records.setdefault(place, []).append(row.iri)
    furniture = _ranges(term.value for term in description.values(description.iri, "ckg:furniture"))
    return article_text.measure_coverage(sentences(description, description.iri), records, furniture)


def records_by_sentence(
    description: Description, catalogue: Catalogue, main_span: MainSpan
) -> dict[int, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return, by the number of the sentence, the records that rest on it and the others that cite it.

    A record rests on the sentence in which its main span begins. The statements come first.
    """
    rows = cited_records(description, catalogue, main_span)
    by_sentence = {}
    for cell in sentence_cells(measure_coverage(description, rows), rows):
        number = cell.sentence.number
        citing = sorted(cell.citing, key=lambda row: (row.is_claim, not _is_statement(row.iri)))
        by_sentence[number] = (
            tuple(row.iri for row in citing if row.place == number),
            tuple(row.iri for row in citing if row.place != number),
        )
    return by_sentence


def _is_statement(record: str) -> bool:
    return namespaces.kind_of(record) == "statement"


def sentence_cells(measured: Coverage, rows: Iterable[CitedRecord]) -> list[SentenceCell]:
    """Return the strip of sentences; each links to the nearest record in it, or else to a claim."""
    ordered = list(rows)
    return [_cell(sentence, ordered) for sentence in measured.sentences]


def sentences(description: Description, article: str) -> list[Range]:
    """Return start and end of each sentence of an article, in its order, as far as the graph has them."""
    starts, ends = (
        [term.value for term in description.values(article, name)]
        for name in ("ckg:sentenceStart", "ckg:sentenceEnd")
    )
    return passages.ranges(starts, ends)


def _start(span: str) -> int:
    return next((start for start, _ in _ranges([span])), 0)


def _cell(sentence: Sentence, rows: Iterable[CitedRecord]) -> SentenceCell:
    iris = {iri for records in sentence.records.values() for iri in records}
    citing = [row for row in rows if row.iri in iris]
    nearest = min(citing, key=lambda row: (row.is_claim, abs(sentence.number - row.place)), default=None)
    return SentenceCell(sentence, tuple(citing), nearest.anchor if nearest else "")


def _number(ranges: Iterable[Range], place: int) -> int:
    return next((number for number, (_, end) in enumerate(ranges, 1) if place < end), 0)


def _ranges(spans: Iterable[str]) -> list[Range]:
    addresses = (namespaces.parse_span(span) for span in spans)
    return [(address.start, address.end) for address in addresses if address]
