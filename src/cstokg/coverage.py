"""Coverage: which sentences of an article the records rest on, and which words they leave out."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cstokg import evidence, names, sentences, spans
from cstokg.sources import Sources

Range = tuple[int, int]
_SHOWN = 72


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its number and place in the text, and what rests on it.

    ``records`` are the IRIs resting on each span that touches the sentence. ``uncovered`` are the
    ranges with words in them that lie in no such span and in no furniture.
    """

    number: int
    start: int
    end: int
    covered: bool
    records: Mapping[Range, Sequence[str]]
    uncovered: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The sentences of one article that are not furniture of the page, and the text they are in."""

    article: str
    text: str
    sentences: tuple[Sentence, ...]

    @property
    def covered(self) -> int:
        """How many sentences are covered."""
        return sum(sentence.covered for sentence in self.sentences)

    @property
    def percent(self) -> float:
        """The share of sentences covered, 0 to 100; 100 where there are none."""
        return 100 * self.covered / len(self.sentences) if self.sentences else 100.0


def cover(sources: Sources, articles: Path, only: Sequence[str] = ()) -> list[Coverage]:
    """The coverage of some articles, or of all, in order of name.

    Args:
        sources: what ``sources.read`` returned.
        articles: the folder that holds the articles' texts, under whatever names.
        only: the articles' names; all articles where there are none.

    Raises:
        SpanError: an article has no record or no text.
        TextError: a text is not UTF-8.
    """
    return [_cover(sources, articles, name) for name in sorted(only) or evidence.articles_of(sources)]


def measure(
    text: str, records: Mapping[Range, Sequence[str]], furniture: Iterable[Range] = ()
) -> tuple[Sentence, ...]:
    """Each sentence of a text, in its order, with the spans that touch it.

    A sentence is covered when at least half of its characters lie in spans. Neither blanks nor the
    page's furniture count, and a sentence with nothing else is left out; the others keep their numbers.

    Args:
        text: the article's text.
        records: the records that rest on each span.
        furniture: start and end of each run of furniture.
    """
    in_furniture = _inside(furniture)
    in_span = _inside(records)
    measured = []
    for number, (start, end) in enumerate(sentences.split(text), 1):
        counting = [
            place for place in range(start, end) if place not in in_furniture and not text[place].isspace()
        ]
        if not counting:
            continue
        left = [place for place in counting if place not in in_span]
        touching = {span: records[span] for span in sorted(records) if span[0] < end and start < span[1]}
        measured.append(
            Sentence(number, start, end, 2 * len(left) <= len(counting), touching, tuple(_runs(text, left)))
        )
    return tuple(measured)


def _cover(sources: Sources, articles: Path, name: str) -> Coverage:
    text = spans.text_of(sources.root, name, articles)
    records = evidence.records_by_span(sources, name)
    return Coverage(name, text, measure(text, records, evidence.furniture(sources, name)))


def _inside(ranges: Iterable[Range]) -> set[int]:
    return {place for start, end in ranges for place in range(start, end)}


def _runs(text: str, places: list[int]) -> Iterable[Range]:
    """The ranges that the places make up, joined over blanks, without those that hold no word."""
    joined: list[list[int]] = []
    for place in places:
        if joined and not text[joined[-1][1] : place].strip():
            joined[-1][1] = place + 1
        else:
            joined.append([place, place + 1])
    return ((start, end) for start, end in joined if re.search(r"[^\W_]", text[start:end]))


def as_lines(coverage: Coverage, *, by_sentence: bool = False, records: bool = False) -> Iterable[str]:
    """Lines to read: the share covered, then the sentences that are not.

    The lines quote the article, so they are for the terminal and not for a file.

    Args:
        coverage: one article's.
        by_sentence: list all sentences, with their spans and the words outside them.
        records: list under each span the records that rest on it.
    """
    total = len(coverage.sentences)
    yield f"{coverage.article}: {coverage.covered} of {total} sentences covered ({coverage.percent:.1f} %)"
    for sentence in coverage.sentences:
        if sentence.covered and not (by_sentence or records):
            continue
        mark = " " if sentence.covered else "!"
        words = _shortened(coverage.text[sentence.start : sentence.end])
        yield f"{mark} {sentence.number:3}  {sentence.start}-{sentence.end}  {words}"
        for (start, end), resting in sentence.records.items():
            yield f"       span:{start}-{end}"
            if records:
                yield from (f"         {names.shorten(record)}" for record in resting)
        for start, end in sentence.uncovered if by_sentence or not sentence.covered else ():
            yield f"       no span for {start}-{end}: {_shortened(coverage.text[start:end])}"


def as_json(coverages: Iterable[Coverage], *, records: bool = False) -> str:
    """The same as JSON, with offsets in place of the article's words."""
    articles = [
        {
            "article": coverage.article,
            "sentences": len(coverage.sentences),
            "covered": coverage.covered,
            "percent": round(coverage.percent, 1),
            "by_sentence": [_object(sentence, records) for sentence in coverage.sentences],
        }
        for coverage in coverages
    ]
    return json.dumps({"articles": articles}, indent=2)


def _object(sentence: Sentence, records: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "number": sentence.number,
        "start": sentence.start,
        "end": sentence.end,
        "covered": sentence.covered,
        "spans": [f"{start}-{end}" for start, end in sentence.records],
        "uncovered": sentence.uncovered,
    }
    if records:
        shown["records"] = sorted({record for resting in sentence.records.values() for record in resting})
    return shown


def _shortened(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN // 2]} … {words[-_SHOWN // 2 :]}"
