"""Coverage: which records rest on which spans of an article, and the words on which none rests."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import URIRef
from rdflib.term import Node

from cstokg import article_text, namespaces
from cstokg.article_text import Coverage, Range, Sentence
from cstokg.build import spans
from cstokg.build.rdf_terms import CKG, Triple
from cstokg.build.sources import Sources

_ARTICLES = f"{namespaces.GRAPH}articles/"

_MAX_SHOWN = 72


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


@dataclass(frozen=True, slots=True)
class ArticleCoverage:
    """The coverage of one article, with its text."""

    article: str
    text: str
    coverage: Coverage


def measure(sources: Sources, articles: Path, names: Sequence[str] = ()) -> list[ArticleCoverage]:
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
    text = spans.text_of(sources.root, name, articles)
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


def lines(article: ArticleCoverage, *, by_sentence: bool = False, records: bool = False) -> Iterable[str]:
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


def to_json(articles: Iterable[ArticleCoverage], *, records: bool = False) -> str:
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
