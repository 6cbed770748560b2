"""Check spans and sentences against the articles' texts: the hash of each span, and what records state.

A span without the day, number or name for which it is cited may support something else. Such a finding is
worth a second look but proves nothing, because *he* or *the host* can name a person too.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import Literal, URIRef
from rdflib.term import Node

from cstokg import article_text, namespaces
from cstokg.build import coverage_report, spans
from cstokg.build.checks import printed_forms
from cstokg.build.checks.findings import shorten
from cstokg.build.rdf_terms import CKG, day_of, iri_of
from cstokg.build.sources import Position, Sources
from cstokg.build.written_testimonies import BOUNDS, EVIDENCE, HAS_TESTIMONY, PRINTED_AS, SUPPORTS

_STATED = iri_of("basis:stated")
_NUMBERS = frozenset((CKG.itemCount, CKG.years, CKG.termInYears, CKG.timesPerYear))
_NAMED = frozenset(
    (
        CKG.attendee,
        CKG.chairedBy,
        CKG.heldIn,
        CKG.holder,
        CKG.member,
        CKG.membershipIn,
        CKG.participant,
        CKG.presidencyOf,
        CKG.presidingState,
        CKG.signatory,
        CKG.speaker,
    )
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A disagreement with a text: where it stands, what it is about, what is wrong, and the remedy."""

    position: Position
    subject: Node
    message: str

    def __str__(self) -> str:
        """``path:line: message``, the form that editors can follow."""
        return f"{self.position}: {self.message}"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of comparing spans and sentences with the texts.

    Attributes:
        verified: the number of spans that agree.
        failures: what does not agree.
        unlisted: the spans that are cited but are missing from the table.
        unchecked: lines that say what could not be compared, and why.
    """

    verified: int
    failures: tuple[Failure, ...]
    unlisted: tuple[Failure, ...]
    unchecked: tuple[str, ...]


def verify(sources: Sources, articles: Path | None) -> Verification:
    """Compare each span with the characters that it had when it was cited, and each article's sentences.

    Args:
        sources: the result of ``sources.read``, which has checked the form and order of the tables.
        articles: the folder that holds the articles' texts, or None.

    Raises:
        SpanError: a record lacks its ``ckg:sha256``.
        TextError: a text is not UTF-8.
    """
    verified = 0
    failures = []
    unchecked = []
    names = coverage_report.articles_of(sources)
    for article in names:
        path = spans.record_path(article)
        recorded = spans.read(sources.root, article)
        sha256 = spans.recorded_hash(sources.root, article)
        text = article_text.find(articles, sha256) if articles else None
        if text is None:
            reason = (
                f"no file in {articles} has the SHA-256 {sha256}{article_text.skipped(articles)}"
                if articles
                else "no folder of texts was named"
            )
            unchecked.append(f"{path.as_posix()}: {len(recorded)} spans not compared: {reason}")
            continue
        for line, span in recorded.items():
            if span.end > len(text):
                problem = f"ends beyond the text, which has {len(text)} code points"
            elif article_text.digest(text[span.start : span.end]) != span.sha256:
                problem = "the SHA-256 is not that of these characters"
            else:
                verified += 1
                continue
            position = Position(spans.table_path(path).as_posix(), line)
            message = f"span {span.name}: {problem}. Cite it again."
            failures.append(Failure(position, URIRef(span.iri(article)), message))
        failures += _wrong_sentences(sources, article, text)
    if not names:
        unchecked.append(f"{spans.ARTICLES.as_posix()}: no article, so nothing to compare")
    return Verification(verified, tuple(failures), tuple(_unlisted(sources)), tuple(unchecked))


def _wrong_sentences(sources: Sources, article: str, text: str) -> Iterator[Failure]:
    """Yield a failure, with the line to write, where a record has other sentences than the text."""
    subject = URIRef(f"{namespaces.ID}article/{article}")
    ranges = list(article_text.split_sentences(text))
    for predicate, offsets in (
        (CKG.sentenceStart, [start for start, _ in ranges]),
        (CKG.sentenceEnd, [end for _, end in ranges]),
    ):
        recorded = {
            triple[2]: position
            for triple, position in sources.triples.items()
            if triple[:2] == (subject, predicate)
        }
        wrong = recorded.keys() - set(map(Literal, offsets))
        if wrong or len(recorded) < len(offsets):
            position = min(
                (recorded[value] for value in wrong or recorded), default=sources.subjects[subject]
            )
            name = namespaces.shorten(predicate)
            written = " , ".join(map(str, offsets))
            message = f"{name} is not what the text has. Write `{name} {written} ;`."
            yield Failure(position, subject, message)


def _unlisted(sources: Sources) -> Iterator[Failure]:
    for subject, triple, (article, start, end) in coverage_report.uses(sources, *spans.USES):
        if triple[2] not in sources.subjects:
            table = spans.table_path(spans.record_path(article)).name
            remedy = "Run `cstokg cite`, and write what it prints."
            message = f"{table} has no span {start}-{end}. {remedy}"
            yield Failure(sources.triples[triple], subject, message)


def unstated_parts(sources: Sources, articles: Path) -> Iterator[Failure]:
    """Yield each day, number and name that the sentences of its spans do not have, in order of the files.

    Names are looked for where a testimony says that they are stated, days and numbers everywhere.

    Args:
        sources: what was read.
        articles: the folder of the articles' texts; articles whose text is not there are left out.
    """
    texts = {
        name: text
        for name in coverage_report.articles_of(sources)
        if (text := article_text.find(articles, spans.recorded_hash(sources.root, name))) is not None
    }
    sentences = {name: list(article_text.split_sentences(text)) for name, text in texts.items()}
    values: dict[Node, dict[Node, list[Node]]] = defaultdict(lambda: defaultdict(list))
    for subject, predicate, node in sources.triples:
        values[subject][predicate].append(node)
    names_of = printed_forms.names_of_register(sources)
    failures = []
    for triple, position in sources.triples.items():
        subject, predicate, testimony = triple
        if predicate != HAS_TESTIMONY:
            continue
        cited = [namespaces.parse_span(str(span)) for span in values[testimony][EVIDENCE]]
        places = [span for span in cited if span and span.name in texts]
        if not places or len(places) < len(cited):
            continue
        passage = " ".join(
            texts[span.name][start:end]
            for span in places
            for start, end in sentences[span.name]
            if start < span.end and span.start < end
        )
        for message in _unstated_parts_of(values[subject], values[testimony], passage, names_of):
            failures.append(Failure(position, subject, f"{shorten(subject)}: {message}"))
    yield from sorted(failures, key=lambda failure: (failure.position, failure.message))


def _unstated_parts_of(
    record: dict[Node, list[Node]],
    testimony: dict[Node, list[Node]],
    passage: str,
    names_of: dict[str, set[str]],
) -> Iterator[str]:
    supported = set(testimony[SUPPORTS])
    stated = _STATED in testimony[CKG.basis]
    for day in record[CKG.onDate] if CKG.onDate in supported else ():
        if (value := day_of(day)) and not printed_forms.has_day(passage, value):
            yield f"the day {day} is not in the sentences of the spans. Cite the words that give it too."
    for bound in BOUNDS:
        for day in testimony[bound]:
            if (value := day_of(day)) and not printed_forms.has_bound(passage, value):
                yield (
                    f"{shorten(bound)} {day} is not in the sentences of the spans. "
                    "Cite the words that give it too."
                )
    for predicate in sorted(_NUMBERS & supported):
        for number in record[predicate]:
            if str(number).isdecimal() and not printed_forms.has_number(passage, int(str(number))):
                yield f"{shorten(predicate)} {number} is not in the sentences of the spans."
    for predicate in sorted(_NAMED & supported if stated else ()):
        for entity in record[predicate]:
            forms = names_of.get(str(entity))
            if forms and not printed_forms.has_name(passage, forms):
                yield (
                    f"{shorten(predicate)} {shorten(entity)} is not named in the sentences of the spans. "
                    "Cite the words that name it too."
                )
    for form in testimony[PRINTED_AS]:
        if str(form) not in passage:
            yield f"{form!s} is not printed in the sentences of the spans."
