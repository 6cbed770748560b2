"""The articles' texts, where the operator has them: found by their hashes, shown a sentence at a time."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cstokg import article_text
from cstokg.article_text import Range


@dataclass(frozen=True, slots=True)
class Passage:
    """The words of a span in their sentences.

    Attributes:
        before: the words of the first sentence that stand before the span.
        words: the words of the span.
        after: the words of the last sentence that stand after it.
        first: the number of the first sentence, counted from 1.
        last: the number of the last one.
    """

    before: str
    words: str
    after: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Texts:
    """Reads texts from a folder, each once.

    Attributes:
        folder: where the texts are, under any names.
    """

    folder: Path
    _known: dict[str, str | None] = field(default_factory=dict, init=False)

    def find(self, sha256: str) -> str | None:
        """Return the text whose bytes have that SHA-256; None if it is not here.

        Raises:
            TextError: the text is not UTF-8.
        """
        if sha256 not in self._known:
            self._known[sha256] = article_text.find(self.folder, sha256)
        return self._known[sha256]

    def passage(
        self, article_sha256: str, span: Range, sha256: str, sentences: Iterable[Range]
    ) -> Passage | None:
        """Return a span in its sentences; None if the article's text is not here.

        Args:
            article_sha256: the hash by which the text is known.
            span: start and end of the span.
            sha256: the hash of the words there.
            sentences: start and end of each sentence of the article, in its order.

        Raises:
            TextError: the words at that place do not have the span's SHA-256, or the text is not UTF-8.
        """
        text = self.find(article_sha256)
        if text is None:
            return None
        start, end = span
        words = text[start:end]
        if article_text.digest(words) != sha256:
            raise article_text.TextError(
                f"characters {start} to {end} do not have the recorded hash; run 'cstokg verify'"
            )
        around = [
            (number, first, last)
            for number, (first, last) in enumerate(sentences, 1)
            if first < end and start < last
        ]
        if not around:
            return Passage("", words, "", 0, 0)
        before = text[around[0][1] : start]
        after = text[end : around[-1][2]]
        return Passage(before, words, after, around[0][0], around[-1][0])
