"""The sentences of a text, by place."""

import re
from collections.abc import Iterator

import sentencex

_QUOTES = "\"“”„‟«»‘’‚‛'"
_AS_BLANKS = str.maketrans(_QUOTES, " " * len(_QUOTES))
_LINE = re.compile(r"[^\n]+")
# The splitter leaves the next sentence's opening mark at the end of this one.
_TAIL = re.compile(rf"\s[\s{_QUOTES}]*$")


def split(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence, in code points, without the blanks around it.

    A line end ends a sentence. Quotation marks are hidden from the splitter, which would return a
    quotation of several sentences as one.
    """
    for line in _LINE.finditer(text):
        hidden = line[0].translate(_AS_BLANKS)
        start = 0
        for boundary in sentencex.get_sentence_boundaries("en", hidden):
            tail = _TAIL.search(line[0], start, boundary["end_index"])
            end = tail.start() if tail else boundary["end_index"]
            yield from _trimmed(line[0], start, end, line.start())
            start = end


def _trimmed(line: str, start: int, end: int, offset: int) -> Iterator[tuple[int, int]]:
    words = line[start:end]
    if words.strip():
        yield (
            offset + start + len(words) - len(words.lstrip()),
            offset + start + len(words.rstrip()),
        )
