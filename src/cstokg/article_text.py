"""The articles' texts: find one by its hash, show a passage, split sentences, measure how much spans cover.

The texts are not part of the project. They are files of any name in a folder that the user chooses.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cstokg import project_files
from cstokg.errors import CstokgError

Range = tuple[int, int]  # code points of a text: the start, and the end, exclusive

_QUOTES = "\"“”„‟«»‘’‚‛'"
_QUOTES_AS_BLANKS = str.maketrans(_QUOTES, " " * len(_QUOTES))
_LINE = re.compile(r"[^\n]+")
# The splitter leaves the opening quotation mark of the next sentence at the end of this one.
_TAIL = re.compile(rf"\s[\s{_QUOTES}]*$")


class TextError(CstokgError):
    """A text is not what its record says; the message names the difference."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its number, its place in the text, and the records that rest on it.

    Attributes:
        number: its number in the article, counted from 1.
        start: the number of code points before it.
        end: the number of code points up to its end.
        furniture: whether all of it is furniture of the page; then it does not count.
        covered: whether spans hold at least half of its characters that are not furniture; false if all are.
        records: the records that rest on each span that overlaps it.
        uncovered: the ranges that are neither in such a span nor in furniture.
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
    """The sentences of an article, in the order of its text."""

    sentences: tuple[Sentence, ...]

    @property
    def counting(self) -> tuple[Sentence, ...]:
        """The sentences that are not furniture of the page."""
        return tuple(sentence for sentence in self.sentences if not sentence.furniture)

    @property
    def covered(self) -> int:
        """The number of covered sentences."""
        return sum(sentence.covered for sentence in self.sentences)

    @property
    def percent(self) -> float:
        """The share of the counting sentences that is covered, 0 to 100; 100 if there are none."""
        return 100 * self.covered / len(self.counting) if self.counting else 100.0


def digest(text: str) -> str:
    """Return the SHA-256 of a text's UTF-8 bytes, in lower-case hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def find(folder: Path, sha256: str) -> str | None:
    """Return the text in a folder whose bytes have that SHA-256, or None if there is none.

    Files that cannot be texts are skipped; ``skipped`` names them.

    Raises:
        TextError: the file is not UTF-8.
    """
    for path in sorted(folder.iterdir()):
        try:
            content = project_files.read_regular(path, project_files.MAX_TEXT_BYTES)
        except project_files.FileError:
            continue
        if hashlib.sha256(content).hexdigest() == sha256:
            try:
                return content.decode("utf-8")
            except UnicodeDecodeError as error:
                raise TextError(
                    f"{path.name}: byte {error.start} is not UTF-8; save the text as UTF-8"
                ) from None
    return None


def skipped(folder: Path) -> str:
    """Return, in brackets, the files that ``find`` skips and why; empty if it skips none."""
    reasons = []
    for path in sorted(folder.iterdir()):
        try:
            if not path.is_dir():
                project_files.require_regular(path, project_files.MAX_TEXT_BYTES)
        except project_files.FileError as error:
            reasons.append(f"{path.name} ({str(error).partition('. ')[0]})")
    return f" (skipped: {', '.join(reasons)})" if reasons else ""


@dataclass(frozen=True, slots=True)
class ArticleTexts:
    """The texts in a folder; each is searched for once.

    Attributes:
        folder: where the texts are, under any names.
    """

    folder: Path
    _by_hash: dict[str, str | None] = field(default_factory=dict, init=False)

    def find(self, sha256: str) -> str | None:
        """Return the text whose bytes have that SHA-256; None if it is not here.

        Raises:
            TextError: the text is not UTF-8.
        """
        if sha256 not in self._by_hash:
            self._by_hash[sha256] = find(self.folder, sha256)
        return self._by_hash[sha256]

    def words(self, article_sha256: str, span: Range, sha256: str) -> str | None:
        """Return the words of a span; None if the article's text is not here.

        Args:
            article_sha256: the hash of the article's text.
            span: start and end of the span.
            sha256: the hash of the words there.

        Raises:
            TextError: the words at that place do not have the span's SHA-256, or the text is not UTF-8.
        """
        text = self.find(article_sha256)
        if text is None:
            return None
        start, end = span
        words = text[start:end]
        if digest(words) != sha256:
            raise TextError(f"characters {start} to {end} do not have the recorded hash; run 'cstokg verify'")
        return words


def split_sentences(text: str) -> Iterator[Range]:
    """Yield the range of each sentence, without the blanks around it.

    A line end ends a sentence. Quotation marks are hidden from the splitter, which would return a
    quotation of several sentences as one sentence.
    """
    import sentencex  # here, because pages import this module but do not split texts

    for line in _LINE.finditer(text):
        hidden = line[0].translate(_QUOTES_AS_BLANKS)
        start = 0
        for boundary in sentencex.get_sentence_boundaries("en", hidden):
            tail = _TAIL.search(line[0], start, boundary["end_index"])
            end = tail.start() if tail else boundary["end_index"]
            words = line[0][start:end]
            if words.strip():
                yield (
                    line.start() + start + len(words) - len(words.lstrip()),
                    line.start() + start + len(words.rstrip()),
                )
            start = end


def measure_coverage(
    sentences: Iterable[Range], records: Mapping[Range, Sequence[str]], furniture: Iterable[Range] = ()
) -> Coverage:
    """Return which sentences the records rest on. Only ranges are needed, not the text.

    Args:
        sentences: the range of each sentence, in the order of the text.
        records: the records that rest on each span.
        furniture: the ranges of the page's furniture.
    """
    in_furniture = _positions(furniture)
    in_span = _positions(records)
    measured = []
    for number, (start, end) in enumerate(sentences, 1):
        counting = [position for position in range(start, end) if position not in in_furniture]
        uncovered = [position for position in counting if position not in in_span]
        overlapping = {span: records[span] for span in sorted(records) if span[0] < end and start < span[1]}
        measured.append(
            Sentence(
                number=number,
                start=start,
                end=end,
                furniture=not counting,
                covered=bool(counting) and 2 * len(uncovered) <= len(counting),
                records=overlapping,
                uncovered=tuple(_ranges(uncovered)),
            )
        )
    return Coverage(tuple(measured))


def _positions(ranges: Iterable[Range]) -> set[int]:
    return {position for start, end in ranges for position in range(start, end)}


def _ranges(positions: Iterable[int]) -> Iterator[Range]:
    """Return the ranges of consecutive positions, which are sorted."""
    runs: list[list[int]] = []
    for position in positions:
        if runs and runs[-1][1] == position:
            runs[-1][1] += 1
        else:
            runs.append([position, position + 1])
    return ((start, end) for start, end in runs)
