"""Evidence: spans are cited when an article is mapped, and verified ever after."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import Literal, URIRef
from rdflib.term import Node

from cstokg import article_text, namespaces, sentences
from cstokg.build import phrases, spans
from cstokg.build.sources import Position, Sources, Triple, spans_of
from cstokg.build.spans import Span

_EVIDENCE = URIRef(f"{namespaces.CKG}evidence")
_FURNITURE = URIRef(f"{namespaces.CKG}furniture")
_SENTENCE_START = URIRef(f"{namespaces.CKG}sentenceStart")
_SENTENCE_END = URIRef(f"{namespaces.CKG}sentenceEnd")
_USES = (_EVIDENCE, _FURNITURE)
_ARTICLES = f"{namespaces.GRAPH}articles/"


@dataclass(frozen=True, slots=True)
class Failure:
    """Where something stands that is not so, what it is about, and in words what is wrong and the remedy."""

    position: Position
    subject: Node
    message: str

    def __str__(self) -> str:
        """``path:line: message``, the form that editors can follow."""
        return f"{self.position}: {self.message}"


@dataclass(frozen=True, slots=True)
class Verification:
    """What comparing spans and sentences with the texts showed.

    Attributes:
        verified: how many spans agree.
        failures: what does not agree.
        unlisted: the spans that are cited and stand in no table.
        unchecked: lines that say what could not be compared, and why.
    """

    verified: int
    failures: tuple[Failure, ...]
    unlisted: tuple[Failure, ...]
    unchecked: tuple[str, ...]


def cite(root: Path, articles: Path, article: str, words: str) -> Span:
    """The span of the words in an article's text, after recording it beside the article's file.

    Args:
        root: the folder that holds ``data/``.
        articles: the folder that holds the articles' texts, under whatever names.
        article: the article's name, ``dushanbe-2021``.
        words: an exact phrase, or ``first words … last words``.

    Raises:
        SpanError: the article has no readable record, spans file or text.
        TextError: the text is not UTF-8.
        PhraseError: the words do not stand in exactly one place, or span too much.
    """
    text = spans.text_of(root, article, articles)
    span = _span(text, words)
    _record(root, article, [span])
    return span


def cite_all(root: Path, articles: Path, article: str, lines: Sequence[str]) -> list[Span]:
    """The spans of the phrases in several lines, in their order; all of them are recorded, or none.

    Blank lines are passed over, but counted where an error names a line.

    Raises:
        SpanError: the article has no readable record, spans file or text.
        TextError: the text is not UTF-8.
        PhraseError: one message for all the phrases that cannot be cited.
    """
    text = spans.text_of(root, article, articles)
    found: list[Span] = []
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.append(_span(text, line))
        except phrases.PhraseError as error:
            problems.append(f"line {number}: {error}")
    if problems:
        raise phrases.PhraseError("\n".join(problems))
    _record(root, article, found)
    return found


def prune(sources: Sources, article: str) -> list[Span]:
    """The spans of an article that nothing cites, after removing them from its spans file.

    Raises:
        SpanError: there is no such article.
    """
    spans.recorded_hash(sources.root, article)
    kept = {str(span) for _, use, span in sources.triples if use in _USES}
    recorded = spans.read(sources.root, article)
    unused = [span for span in recorded if span.iri(article) not in kept]
    spans.write(sources.root, article, set(recorded).difference(unused))
    return unused


def verify(sources: Sources, articles: Path | None) -> Verification:
    """Whether each span has the characters it had when it was cited, and each article its sentences.

    Args:
        sources: what ``sources.read`` returned, after it compared form and order of the spans files.
        articles: the folder that holds the articles' texts; None where there is none.

    Raises:
        SpanError: a record lacks its ``ckg:sha256``.
        TextError: a text is not UTF-8.
    """
    verified = 0
    failures = []
    unchecked = []
    names_ = articles_of(sources)
    for article in names_:
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
        for line, span in enumerate(recorded, 2):
            if span.end > len(text):
                problem = f"ends beyond the text, which has {len(text)} code points"
            elif article_text.digest(text[span.start : span.end]) != span.sha256:
                problem = "the SHA-256 is not that of these characters"
            else:
                verified += 1
                continue
            position = Position(spans_of(path).as_posix(), line)
            message = f"span {span.name}: {problem}. Cite it again."
            failures.append(Failure(position, URIRef(span.iri(article)), message))
        failures += _wrong_sentences(sources, article, text)
    if not names_:
        unchecked.append(f"{spans.ARTICLES.as_posix()}: no article, so nothing to compare")
    return Verification(verified, tuple(failures), tuple(_unlisted(sources)), tuple(unchecked))


def articles_of(sources: Sources) -> list[str]:
    """The names of the articles that have a file, sorted."""
    return sorted(iri.removeprefix(_ARTICLES) for iri in sources.graphs if iri.startswith(_ARTICLES))


def records_by_span(sources: Sources, article: str) -> dict[tuple[int, int], list[str]]:
    """The records that rest on each span of an article: start and end, and the records' sorted IRIs.

    Spans that no record takes as evidence are left out.
    """
    records: dict[tuple[int, int], list[str]] = {}
    for record, _, (name, start, end) in _uses(sources, _EVIDENCE):
        if name == article:
            records.setdefault((start, end), []).append(str(record))
    return {span: sorted(records[span]) for span in sorted(records)}


def furniture(sources: Sources, article: str) -> list[tuple[int, int]]:
    """Start and end of the spans that hold the page's furniture, sorted."""
    return sorted((start, end) for _, _, (name, start, end) in _uses(sources, _FURNITURE) if name == article)


def _uses(sources: Sources, *uses: URIRef) -> Iterator[tuple[Node, Triple, tuple[str, int, int]]]:
    for triple in sources.triples:
        place = spans.from_iri(str(triple[2])) if triple[1] in uses else None
        if place:
            yield triple[0], triple, place


def _wrong_sentences(sources: Sources, article: str, text: str) -> Iterator[Failure]:
    """What an article's record does not say as its text has it, with the line to write instead."""
    subject = URIRef(f"{namespaces.ID}article/{article}")
    found = list(sentences.split(text))
    for predicate, places in (
        (_SENTENCE_START, [start for start, _ in found]),
        (_SENTENCE_END, [end for _, end in found]),
    ):
        said = {triple[2]: at for triple, at in sources.triples.items() if triple[:2] == (subject, predicate)}
        wrong = said.keys() - set(map(Literal, places))
        if wrong or len(said) < len(places):
            position = min((said[each] for each in wrong or said), default=sources.subjects[subject])
            name = namespaces.shorten(predicate)
            written = " , ".join(map(str, places))
            message = f"{name} is not what the text has. Write `{name} {written} ;`."
            yield Failure(position, subject, message)


def _unlisted(sources: Sources) -> Iterator[Failure]:
    for subject, triple, (article, start, end) in _uses(sources, *_USES):
        if triple[2] not in sources.subjects:
            table = spans_of(spans.record_path(article)).name
            remedy = "Run `cstokg cite`, and write what it prints."
            message = f"{table} has no span {start}-{end}. {remedy}"
            yield Failure(sources.triples[triple], subject, message)


def _span(text: str, words: str) -> Span:
    start, end = phrases.locate(text, words)
    return Span(start, end, article_text.digest(text[start:end]))


def _record(root: Path, article: str, found: list[Span]) -> None:
    spans.write(root, article, [*spans.read(root, article), *found])
