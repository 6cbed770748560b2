"""Gaps: which sentences of an article no record rests on, and which words, as its text has them."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cstokg import coverage, namespaces, sentences
from cstokg.build import evidence, spans
from cstokg.build.sources import Sources
from cstokg.coverage import Coverage, Range, Sentence

_SHOWN = 72


@dataclass(frozen=True, slots=True)
class Measured:
    """The coverage of one article, and the text it is about."""

    article: str
    text: str
    coverage: Coverage


def measure(sources: Sources, articles: Path, only: Sequence[str] = ()) -> list[Measured]:
    """The coverage of some articles, or of all, in order of name.

    Args:
        sources: what ``sources.read`` returned.
        articles: the folder that holds the articles' texts, under whatever names.
        only: the articles' names; all articles where there are none.

    Raises:
        SpanError: an article has no record or no text.
        TextError: a text is not UTF-8.
    """
    return [_measure(sources, articles, name) for name in sorted(only) or evidence.articles_of(sources)]


def _measure(sources: Sources, articles: Path, name: str) -> Measured:
    text = spans.text_of(sources.root, name, articles)
    records = evidence.records_by_span(sources, name)
    furniture = evidence.furniture(sources, name)
    return Measured(name, text, coverage.measure(sentences.split(text), records, furniture))


def wording(text: str, ranges: Iterable[Range]) -> list[Range]:
    """The ranges that hold a word, without the blanks at their ends."""
    trimmed = []
    for start, end in ranges:
        words = text[start:end]
        if re.search(r"[^\W_]", words):
            trimmed.append((end - len(words.lstrip()), start + len(words.rstrip())))
    return trimmed


def as_lines(measured: Measured, *, by_sentence: bool = False, records: bool = False) -> Iterable[str]:
    """Lines to read: the share covered, then the sentences that are not.

    The lines quote the article, so they are for the terminal and not for a file.

    Args:
        measured: one article's.
        by_sentence: list all sentences, with their spans and the words outside them.
        records: list under each span the records that rest on it.
    """
    found = measured.coverage
    total = len(found.counting)
    yield f"{measured.article}: {found.covered} of {total} sentences covered ({found.percent:.1f} %)"
    for sentence in found.counting:
        if sentence.covered and not (by_sentence or records):
            continue
        mark = " " if sentence.covered else "!"
        words = _shortened(measured.text[sentence.start : sentence.end])
        yield f"{mark} {sentence.number:3}  {sentence.start}-{sentence.end}  {words}"
        for (start, end), resting in sentence.records.items():
            yield f"       span:{start}-{end}"
            if records:
                yield from (f"         {namespaces.shorten(record)}" for record in resting)
        if by_sentence or not sentence.covered:
            for start, end in wording(measured.text, sentence.uncovered):
                yield f"       no span for {start}-{end}: {_shortened(measured.text[start:end])}"


def as_json(articles: Iterable[Measured], *, records: bool = False) -> str:
    """The same as JSON, with offsets in place of the article's words."""
    shown = [
        {
            "article": measured.article,
            "sentences": len(measured.coverage.counting),
            "covered": measured.coverage.covered,
            "percent": round(measured.coverage.percent, 1),
            "by_sentence": [
                _object(sentence, measured.text, records) for sentence in measured.coverage.counting
            ],
        }
        for measured in articles
    ]
    return json.dumps({"articles": shown}, indent=2)


def _object(sentence: Sentence, text: str, records: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "number": sentence.number,
        "start": sentence.start,
        "end": sentence.end,
        "covered": sentence.covered,
        "spans": [f"{start}-{end}" for start, end in sentence.records],
        "uncovered": wording(text, sentence.uncovered),
    }
    if records:
        shown["records"] = sorted({record for resting in sentence.records.values() for record in resting})
    return shown


def _shortened(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN // 2]} … {words[-_SHOWN // 2 :]}"
