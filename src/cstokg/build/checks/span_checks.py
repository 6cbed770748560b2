"""Check spans and sentences against the articles' texts: the hash of each span against its words."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rdflib import Literal, URIRef
from rdflib.term import Node

from cstokg import article_text, namespaces
from cstokg.build import evidence, spans
from cstokg.build.sources import Position, Sources

_SENTENCE_START = URIRef(f"{namespaces.CKG}sentenceStart")
_SENTENCE_END = URIRef(f"{namespaces.CKG}sentenceEnd")


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
        unlisted: the spans that are cited but stand in no table.
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
    names = evidence.articles_of(sources)
    for article in names:
        path = spans.record_path(article)
        recorded = spans.read(sources.root, article)
        sha256 = evidence.recorded_hash(sources.root, article)
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
        (_SENTENCE_START, [start for start, _ in ranges]),
        (_SENTENCE_END, [end for _, end in ranges]),
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
    for subject, triple, (article, start, end) in evidence.uses(sources, *evidence.USES):
        if triple[2] not in sources.subjects:
            table = spans.table_path(spans.record_path(article)).name
            remedy = "Run `cstokg cite`, and write what it prints."
            message = f"{table} has no span {start}-{end}. {remedy}"
            yield Failure(sources.triples[triple], subject, message)
