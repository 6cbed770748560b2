"""Evidence: cite words as spans, find the records that rest on a span, and the words on which none rests."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import Literal, URIRef
from rdflib.term import Node

from cstokg import article_text, namespaces, project_files
from cstokg.article_text import Coverage, Range, Sentence
from cstokg.build import spans, turtle_parser
from cstokg.build.rdf_terms import CKG
from cstokg.build.sources import Sources
from cstokg.build.spans import Span
from cstokg.build.turtle_parser import Triple

USES = (CKG.evidence, CKG.furniture)  # the predicates whose objects are spans
_ARTICLES = f"{namespaces.GRAPH}articles/"

_MAX_SHOWN = 72


def cite(root: Path, articles: Path, article: str, words: str) -> Span:
    """Record the span of the words in an article's text, and return it.

    Args:
        root: the folder that holds ``data/``.
        articles: the folder that holds the articles' texts, under any file names.
        article: the article's name, ``dushanbe-2021``.
        words: an exact phrase, or ``first words … last words``.

    Raises:
        SpanError: the article has no readable record, spans file or text.
        TextError: the text is not UTF-8.
        PhraseError: the words are not in exactly one place, or make too long a span.
    """
    text = text_of(root, article, articles)
    span = _span(text, words)
    _record(root, article, [span])
    return span


def cite_all(
    root: Path, articles: Path, article: str, lines: Sequence[str]
) -> list[tuple[str, Span | spans.PhraseError]]:
    """Record the spans of the phrases in several lines, and return each phrase with its span.

    A phrase that cannot be cited comes with its error, which names the line, and does not stop the
    others. Blank lines are skipped, but counted.

    Raises:
        SpanError: the article has no readable record, spans file or text.
        TextError: the text is not UTF-8.
    """
    text = text_of(root, article, articles)
    cited: list[tuple[str, Span | spans.PhraseError]] = []
    for number, line in enumerate(lines, 1):
        phrase = line.strip()
        if not phrase:
            continue
        try:
            cited.append((phrase, _span(text, phrase)))
        except spans.PhraseError as error:
            cited.append((phrase, spans.PhraseError(f"line {number}: {error}")))
    new_spans = [span for _, span in cited if isinstance(span, Span)]
    if new_spans:
        _record(root, article, new_spans)
    return cited


def prune(sources: Sources, article: str) -> list[Span]:
    """Remove from an article's table the spans that its file does not name, and return them.

    Spans that a commented-out draft names are kept.

    Raises:
        SpanError: there is no such article.
    """
    recorded_hash(sources.root, article)
    used = {str(span) for _, predicate, span in sources.triples if predicate in USES}
    text = project_files.read_text(sources.root, spans.record_path(article))
    drafted = set(re.findall(r"(?m)^#    +ckg:evidence (.*)$", text))
    named = {span for line in drafted for span in re.findall(r"span:(\d+-\d+)", line)}
    recorded = set(spans.read(sources.root, article).values())
    unused = sorted(span for span in recorded if span.iri(article) not in used and span.name not in named)
    spans.write(sources.root, article, recorded.difference(unused))
    return unused


def recorded_hash(root: Path, article: str) -> str:
    """Return the SHA-256 of an article's text, as its record gives it.

    Only this one file is read, so that citing works while other files are being written.

    Raises:
        SpanError: no such file, broken Turtle (with its line), or no single ``ckg:sha256``.
    """
    path = spans.record_path(article).as_posix()
    try:
        text = project_files.read(root, spans.record_path(article)).decode()
    except FileNotFoundError:
        articles = (
            ", ".join(sorted(record.stem for record in (root / spans.ARTICLES).glob("*.ttl"))) or "none"
        )
        raise spans.SpanError(
            f"{path}: no such article. Write its record first, or name one of: {articles}"
        ) from None
    except project_files.FileError as error:
        raise spans.SpanError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise spans.SpanError(f"{path}: not UTF-8. Save the file in that encoding.") from error
    iri = URIRef(f"{namespaces.ID}article/{article}")
    document = turtle_parser.parse(text, "article", spans.prefixes(article))
    if document.problems:
        raise spans.SpanError(
            "\n".join(f"{path}:{problem.line}: {problem.message}" for problem in document.problems)
        )
    hashes = [
        object_
        for subject, predicate, object_ in document.triples
        if subject == iri and predicate == CKG.sha256 and isinstance(object_, Literal)
    ]
    if len(hashes) != 1:
        raise spans.SpanError(
            f"{path}:{document.subjects.get(iri, 1)}: {len(hashes)} values of ckg:sha256. "
            "Write one: the SHA-256 of its text file's bytes."
        )
    return str(hashes[0])


def text_of(root: Path, article: str, folder: Path) -> str:
    """Return an article's text: the file in a folder that has the recorded SHA-256.

    Raises:
        SpanError: the record lacks the SHA-256, or no file in the folder has it.
        TextError: the file is not UTF-8.
    """
    sha256 = recorded_hash(root, article)
    text = article_text.find(folder, sha256)
    if text is None:
        raise spans.SpanError(
            f"{folder}: no file here has the SHA-256 {sha256}, which {spans.record_path(article).as_posix()}"
            f" records{article_text.skipped(folder)}. Name the folder that holds the text with --articles. If"
            " the text was edited, restore it, or, while nothing is cited yet, record its new SHA-256."
        )
    return text


def articles_of(sources: Sources) -> list[str]:
    """Return the names of the articles that have a file, sorted."""
    return sorted(iri.removeprefix(_ARTICLES) for iri in sources.graphs if iri.startswith(_ARTICLES))


def records_by_span(sources: Sources, article: str) -> dict[Range, list[str]]:
    """Return the sorted IRIs of the records that rest on each span of an article.

    Spans that no record takes as evidence are left out.
    """
    records: dict[Range, set[str]] = {}
    for testimony, _, (name, start, end) in uses(sources, CKG.evidence):
        if name == article:
            record = str(testimony).partition("/testimony/")[0]
            records.setdefault((start, end), set()).add(record)
    return {span: sorted(records[span]) for span in sorted(records)}


def furniture(sources: Sources, article: str) -> list[Range]:
    """Return the ranges of the spans that hold the page's furniture, sorted."""
    return sorted(
        (start, end) for _, _, (name, start, end) in uses(sources, CKG.furniture) if name == article
    )


def uses(sources: Sources, *predicates: URIRef) -> Iterator[tuple[Node, Triple, tuple[str, int, int]]]:
    """Yield each triple with one of these predicates whose object is a span: subject, triple, span.

    The span is the article's name, the start and the end.
    """
    for triple in sources.triples:
        span = namespaces.parse_span(str(triple[2])) if triple[1] in predicates else None
        if span:
            yield triple[0], triple, span


def _span(text: str, words: str) -> Span:
    start, end = spans.locate(text, words)
    return Span(start, end, article_text.digest(text[start:end]))


def _record(root: Path, article: str, cited: Iterable[Span]) -> None:
    spans.write(root, article, [*spans.read(root, article).values(), *cited])


@dataclass(frozen=True, slots=True)
class ArticleCoverage:
    """The coverage of one article, with its text."""

    article: str
    text: str
    coverage: Coverage


def measure_coverage(sources: Sources, articles: Path, names: Sequence[str] = ()) -> list[ArticleCoverage]:
    """Return the coverage of some articles, or of all, in order of name.

    Args:
        sources: the result of ``sources.read``.
        articles: the folder that holds the articles' texts, under any file names.
        names: the articles' names; all articles if there are none.

    Raises:
        SpanError: an article has no record or no text.
        TextError: a text is not UTF-8.
    """
    return [_measure(sources, articles, name) for name in sorted(names) or articles_of(sources)]


def _measure(sources: Sources, articles: Path, name: str) -> ArticleCoverage:
    text = text_of(sources.root, name, articles)
    coverage = article_text.measure_coverage(
        article_text.split_sentences(text),
        records_by_span(sources, name),
        furniture(sources, name),
    )
    return ArticleCoverage(name, text, coverage)


def worded(text: str, ranges: Iterable[Range]) -> list[Range]:
    """Return the ranges that hold a word, without the blanks at their ends."""
    trimmed = []
    for start, end in ranges:
        words = text[start:end]
        if re.search(r"[^\W_]", words):
            trimmed.append((end - len(words.lstrip()), start + len(words.rstrip())))
    return trimmed


def coverage_lines(
    article: ArticleCoverage, *, by_sentence: bool = False, records: bool = False
) -> Iterable[str]:
    """Yield lines for a reader: the share that is covered, then the sentences that are not.

    The lines quote the article, so they are for the terminal and not for a file.

    Args:
        article: the coverage of one article.
        by_sentence: list all sentences, with their spans and the words outside them.
        records: list under each span the records that rest on it.
    """
    coverage = article.coverage
    total = len(coverage.counting)
    yield f"{article.article}: {coverage.covered} of {total} sentences covered ({coverage.percent:.1f} %)"
    for sentence in coverage.counting:
        if sentence.covered and not (by_sentence or records):
            continue
        mark = " " if sentence.covered else "!"
        words = _shortened(article.text[sentence.start : sentence.end])
        yield f"{mark} {sentence.number:3}  {sentence.start}-{sentence.end}  {words}"
        for (start, end), iris in sentence.records.items():
            yield f"       span:{start}-{end}"
            if records:
                yield from (f"         {namespaces.shorten(iri)}" for iri in iris)
        if by_sentence or not sentence.covered:
            for start, end in worded(article.text, sentence.uncovered):
                yield f"       no span for {start}-{end}: {_shortened(article.text[start:end])}"


def coverage_json(articles: Iterable[ArticleCoverage], *, records: bool = False) -> str:
    """Return the same as JSON, with offsets in place of the articles' words."""
    entries = [
        {
            "article": article.article,
            "sentences": len(article.coverage.counting),
            "covered": article.coverage.covered,
            "percent": round(article.coverage.percent, 1),
            "by_sentence": [
                _sentence_entry(sentence, article.text, records) for sentence in article.coverage.counting
            ],
        }
        for article in articles
    ]
    return json.dumps({"articles": entries}, indent=2)


def _sentence_entry(sentence: Sentence, text: str, records: bool) -> dict[str, object]:
    entry: dict[str, object] = {
        "number": sentence.number,
        "start": sentence.start,
        "end": sentence.end,
        "covered": sentence.covered,
        "spans": [f"{start}-{end}" for start, end in sentence.records],
        "uncovered": worded(text, sentence.uncovered),
    }
    if records:
        entry["records"] = sorted({iri for iris in sentence.records.values() for iri in iris})
    return entry


def _shortened(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _MAX_SHOWN else f"{words[: _MAX_SHOWN // 2]} … {words[-_MAX_SHOWN // 2 :]}"
