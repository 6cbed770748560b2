"""How much of an article the graph covers: its sentences, and the records that cite them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from cstokg import article_text, namespaces
from cstokg.article_text import Coverage, Range, Sentence
from cstokg.web.content import footnotes
from cstokg.web.content.catalogue import Catalogue, natural
from cstokg.web.content.graph import Description


@dataclass(frozen=True, slots=True)
class CitedRecord:
    """A record that cites an article, with its place there.

    Attributes:
        place: the number of the sentence where the most telling of its spans begins, if the graph knows the
            sentences; else the first character of that span.
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
        sentence: what was measured.
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
        return "covered" if self.sentence.covered else "not covered"


def cited_records(description: Description, catalogue: Catalogue) -> list[CitedRecord]:
    """Return the records that cite the article, in the order of its text."""
    ranges = sentences(description, description.iri)
    own_spans: dict[str, list[str]] = {}
    for record in description.incoming("ckg:reportedIn"):
        spans = footnotes.spans_of_records(description, record)
        own_spans[record] = sorted(footnotes.spans_in_article(spans, description.iri), key=natural)
    uses = Counter(span for spans in own_spans.values() for span in spans)
    rows = [
        (_start(footnotes.most_telling(own, uses)), natural(record), record, tuple(own))
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
    """Return how much of an article the spans of its records cover."""
    records: dict[Range, list[str]] = {}
    for row in rows:
        for place in _ranges(row.spans):
            records.setdefault(place, []).append(row.iri)
    furniture = _ranges(term.value for term in description.values(description.iri, "ckg:furniture"))
    return article_text.measure_coverage(sentences(description, description.iri), records, furniture)


def records_by_sentence(description: Description, catalogue: Catalogue) -> dict[int, tuple[str, ...]]:
    """Return the records that rest on each sentence of an article, by its number: the statements first."""
    rows = cited_records(description, catalogue)
    cells = sentence_cells(measure_coverage(description, rows), rows)
    return {
        cell.sentence.number: tuple(
            row.iri for row in sorted(cell.citing, key=lambda row: (row.is_claim, not _is_statement(row.iri)))
        )
        for cell in cells
    }


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
    return footnotes.ranges(starts, ends)


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
