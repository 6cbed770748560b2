"""An article as its page shows it, without its text: what it says, in its order, and how much that covers."""

from collections.abc import Iterable
from dataclasses import dataclass

from cstokg import article_text, namespaces
from cstokg.article_text import Coverage, Range, Sentence
from cstokg.web import footnotes
from cstokg.web.catalogue import Catalogue, natural
from cstokg.web.graph import Description

_CLAIM = namespaces.expand("ckg:Claim")


@dataclass(frozen=True, slots=True)
class Reported:
    """What an article says at one place.

    Attributes:
        place: the number of the sentence where the longest of its spans begins, if the graph knows the
            sentences; else the first character of that span.
        anchor: its identifier on the page.
        iri: the record.
        is_claim: whether the record is a claim.
        spans: the spans of this article on which it rests.
        elsewhere: the other articles that report it too.
    """

    place: int
    anchor: str
    iri: str
    is_claim: bool
    spans: tuple[str, ...]
    elsewhere: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One sentence in the strip of them.

    Attributes:
        sentence: what was measured.
        records: how many records rest on it.
        anchor: where on the page these begin; nothing where there are none.
    """

    sentence: Sentence
    records: int
    anchor: str

    @property
    def standing(self) -> str:
        """What is to be said of it, in words."""
        if self.sentence.furniture:
            return "page furniture"
        return "covered" if self.sentence.covered else "not covered"


def reported(description: Description, catalogue: Catalogue) -> list[Reported]:
    """What rests on the article that is described, in its order."""
    found = []
    ranges = sentences(description, description.iri)
    for record in description.incoming("ckg:reportedIn"):
        own = sorted(
            footnotes.spans_in_article(footnotes.spans_of_records(description, record), description.iri),
            key=natural,
        )
        start = _chief(own)
        found.append((start, natural(record), record, tuple(own)))
    return [
        Reported(
            _number(ranges, start) if ranges else start,
            f"record-{number}",
            record,
            _CLAIM in catalogue.entries[record].classes,
            own,
            tuple(
                term.value
                for term in description.values(record, "ckg:reportedIn")
                if term.value != description.iri
            ),
        )
        for number, (start, _, record, own) in enumerate(sorted(found), 1)
    ]


def measure(description: Description, rows: Iterable[Reported]) -> Coverage:
    """How much of the article that is described lies in the spans of what it reports."""
    records: dict[Range, list[str]] = {}
    for row in rows:
        for place in _ranges(row.spans):
            records.setdefault(place, []).append(row.iri)
    furniture = _ranges(term.value for term in description.values(description.iri, "ckg:furniture"))
    return article_text.measure_coverage(sentences(description, description.iri), records, furniture)


def cells(measured: Coverage, rows: Iterable[Reported]) -> list[Cell]:
    """The strip of sentences: each leads to the nearest record that rests on it, or else to a claim."""
    ordered = list(rows)
    return [_cell(sentence, ordered) for sentence in measured.sentences]


def sentences(description: Description, article: str) -> list[Range]:
    """Start and end of each sentence of an article, in its order; none where the graph does not say."""
    starts, ends = (
        sorted(int(term.value) for term in description.values(article, name) if term.value.isdecimal())
        for name in ("ckg:sentenceStart", "ckg:sentenceEnd")
    )
    return [(start, end) for start, end in zip(starts, ends, strict=False) if start < end]


def _chief(spans: Iterable[str]) -> int:
    """Where the longest of the spans begins; the others are mostly a name or a day that it needs as well."""
    start, _ = max(_ranges(spans), key=lambda found: found[1] - found[0], default=(0, 0))
    return start


def _cell(sentence: Sentence, rows: Iterable[Reported]) -> Cell:
    iris = {iri for found in sentence.records.values() for iri in found}
    resting = [row for row in rows if row.iri in iris]
    nearest = min(resting, key=lambda row: (row.is_claim, abs(sentence.number - row.place)), default=None)
    return Cell(sentence, len(resting), nearest.anchor if nearest else "")


def _number(ranges: Iterable[Range], place: int) -> int:
    return next((number for number, (_, end) in enumerate(ranges, 1) if place < end), 0)


def _ranges(spans: Iterable[str]) -> list[Range]:
    found = (namespaces.parse_span(span) for span in spans)
    return [(span.start, span.end) for span in found if span]
