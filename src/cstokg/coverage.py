"""Coverage: how much of an article, sentence by sentence, lies in spans on which records rest.

It is measured from places alone, so that whoever has no text can measure it too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its number and place in the text, and what rests on it.

    Attributes:
        number: its number in the article, counted from 1.
        start: the number of code points before it.
        end: the number of code points up to its end.
        furniture: whether all of it is furniture of the page, so that it does not count.
        covered: whether at least half of what is no furniture lies in spans; never so for furniture.
        records: the records that rest on each span that touches it.
        uncovered: the ranges that lie in no such span and in no furniture.
    """

    number: int
    start: int
    end: int
    furniture: bool
    covered: bool
    records: Mapping[Range, Sequence[str]]
    uncovered: tuple[Range, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The sentences of an article, in its order."""

    sentences: tuple[Sentence, ...]

    @property
    def counting(self) -> tuple[Sentence, ...]:
        """The sentences that are not furniture of the page."""
        return tuple(sentence for sentence in self.sentences if not sentence.furniture)

    @property
    def covered(self) -> int:
        """How many sentences are covered."""
        return sum(sentence.covered for sentence in self.sentences)

    @property
    def percent(self) -> float:
        """The share of the counting sentences that is covered, 0 to 100; 100 where there are none."""
        return 100 * self.covered / len(self.counting) if self.counting else 100.0


def measure(
    sentences: Iterable[Range], records: Mapping[Range, Sequence[str]], furniture: Iterable[Range] = ()
) -> Coverage:
    """What rests on each sentence.

    Args:
        sentences: start and end of each sentence, in their order.
        records: the records that rest on each span.
        furniture: start and end of each run of furniture.
    """
    in_furniture = _inside(furniture)
    in_span = _inside(records)
    measured = []
    for number, (start, end) in enumerate(sentences, 1):
        counting = [place for place in range(start, end) if place not in in_furniture]
        left = [place for place in counting if place not in in_span]
        touching = {span: records[span] for span in sorted(records) if span[0] < end and start < span[1]}
        covered = bool(counting) and 2 * len(left) <= len(counting)
        measured.append(Sentence(number, start, end, not counting, covered, touching, tuple(_runs(left))))
    return Coverage(tuple(measured))


def _inside(ranges: Iterable[Range]) -> set[int]:
    return {place for start, end in ranges for place in range(start, end)}


def _runs(places: Iterable[int]) -> Iterable[Range]:
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1][1] += 1
        else:
            runs.append([place, place + 1])
    return ((start, end) for start, end in runs)
