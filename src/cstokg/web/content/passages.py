"""The words of spans in their sentences, where the operator gave the articles' texts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cstokg import article_text, namespaces
from cstokg.article_text import ArticleTexts, Range, TextError
from cstokg.web.content import footnotes
from cstokg.web.content.catalogue import natural
from cstokg.web.content.graph import Graph, once
from cstokg.web.content.spelling import latin_words, spelling_key

_HASHES = "SELECT ?thing ?hash WHERE { ?thing ckg:sha256 ?hash }"
_SENTENCES = """\
SELECT ?article ?p ?position
WHERE { VALUES ?p { ckg:sentenceStart ckg:sentenceEnd } ?article ?p ?position }
"""
_ROOT, _LONG = 5, 4  # letters that words of one root share; letters from which a word counts
_START, _END = (namespaces.expand(name) for name in ("ckg:sentenceStart", "ckg:sentenceEnd"))


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Neighbouring sentences of an article, with the words of spans marked.

    Attributes:
        article: its IRI.
        first: the number of the first sentence, counted from 1; 0 if the graph does not know the sentences.
        last: the number of the last one.
        parts: the words in their order, each with whether a span holds them; empty without the text.
    """

    article: str
    first: int
    last: int
    parts: tuple[tuple[str, bool], ...] = ()

    @property
    def place(self) -> str:
        """The sentences in words; empty if they are not known."""
        if not self.first:
            return ""
        return f"sentence {self.first}" if self.first == self.last else f"sentences {self.first}–{self.last}"

    @property
    def anchor(self) -> str:
        """The part of the article's page to which the excerpt leads; empty if there is none."""
        return f"#sentence-{self.first}" if self.first else ""


class Passages:
    """Finds the words of spans in the texts.

    Attributes:
        texts: the articles' texts; None where the operator gave none.
    """

    def __init__(self, graph: Graph, texts: ArticleTexts | None) -> None:
        """Find the spans of a graph in these texts."""
        self.texts = texts
        self._graph = graph

    def problem(self, article: str) -> str:
        """Return why the words of an article cannot be shown, as a sentence; empty if they can."""
        if self.texts is None:
            return "The articles' texts are not part of this site."
        try:
            text = self._text(article)
        except TextError as error:
            return f"The text cannot be read: {error}."
        return "" if text is not None else "The text of this article is not on this site."

    def sentences(self, article: str) -> list[str]:
        """Return the sentences of an article; none without its text."""
        text = self._readable(article)
        return (
            [text[start:end] for start, end in sentence_ranges(self._graph).get(article, ())] if text else []
        )

    def excerpts(self, spans: Iterable[str]) -> list[Excerpt]:
        """Return the sentences in which some spans are, in order, with the words of all of them marked."""
        by_article: dict[str, list[str]] = defaultdict(list)
        for span in sorted(set(spans), key=natural):
            if address := namespaces.parse_span(span):
                by_article[address.article].append(span)
        return [excerpt for article, iris in by_article.items() for excerpt in self._excerpts(article, iris)]

    def main(self, spans: Sequence[str], paraphrase: str = "") -> Excerpt | None:
        """Return the sentences of the most telling of some spans, with the words of all of them marked.

        Of spans that share words with the paraphrase, the one that shares most of them comes first; a span
        that many records cite has to share more.
        """
        uses = footnotes.uses(self._graph)
        shared = {span: self._shared(span, paraphrase) / max(uses.get(span, 0), 1) for span in spans}
        best = max(shared.values(), default=0.0)
        closest = [span for span in spans if shared[span] == best]
        address = namespaces.parse_span(footnotes.most_telling(closest, uses))
        if self.texts is None or address is None:
            return None
        place = (address.start, address.end)
        own = [span for span in spans if span.startswith(f"{address.article}/span/")]
        excerpts = self._excerpts(address.article, own, place)
        return next((excerpt for excerpt in excerpts if excerpt.parts), None)

    def _excerpts(self, article: str, spans: Sequence[str], within: Range | None = None) -> list[Excerpt]:
        """Return the sentences with spans, or those of a range, with the words of the spans marked."""
        text = self._readable(article)
        ranges = sentence_ranges(self._graph).get(article, ())
        places = [_range(span) for span in spans]
        if text is not None and any(not self._is_right(span, text) for span in spans):
            text = None
        groups: list[tuple[int, int]] = []
        for number, (start, end) in enumerate(ranges, 1):
            if any(first < end and start < last for first, last in ([within] if within else places)):
                if groups and groups[-1][1] == number - 1:
                    groups[-1] = (groups[-1][0], number)
                else:
                    groups.append((number, number))
        if not groups:
            whole = min(place[0] for place in places), max(place[1] for place in places)
            return [Excerpt(article, 0, 0, _marked(text, whole, places))]
        return [
            Excerpt(article, first, last, _marked(text, (ranges[first - 1][0], ranges[last - 1][1]), places))
            for first, last in groups
        ]

    def _shared(self, span: str, paraphrase: str) -> int:
        """Return how many roots of longer words a span shares with a paraphrase."""
        address = namespaces.parse_span(span)
        text = self._readable(address.article) if address and paraphrase else None
        start, end = _range(span)
        return len(_roots(text[start:end]) & _roots(paraphrase)) if text else 0

    def _is_right(self, span: str, text: str) -> bool:
        """Return whether the words at a span's place have the hash of the record."""
        start, end = _range(span)
        return article_text.digest(text[start:end]) == _hashes(self._graph).get(span)

    def _readable(self, article: str) -> str | None:
        try:
            return self._text(article)
        except TextError:
            return None

    def _text(self, article: str) -> str | None:
        sha256 = _hashes(self._graph).get(article)
        return self.texts.find(sha256) if self.texts and sha256 else None


@once
def sentence_ranges(graph: Graph) -> Mapping[str, Sequence[Range]]:
    """Return, by article, start and end of each sentence, as far as the graph has them."""
    positions: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in graph.select(_SENTENCES):
        if row["position"].value.isdecimal():
            positions[row["article"].value, row["p"].value].add(int(row["position"].value))
    return {
        article: [
            (start, end)
            for start, end in zip(sorted(starts), sorted(positions.get((article, _END), ())), strict=False)
            if start < end
        ]
        for (article, name), starts in positions.items()
        if name == _START
    }


@once
def _hashes(graph: Graph) -> Mapping[str, str]:
    """Return the SHA-256 of each article and each span."""
    return {row["thing"].value: row["hash"].value for row in graph.select(_HASHES)}


def _roots(text: str) -> set[str]:
    return {spelling_key(word)[:_ROOT] for word in latin_words(text) if len(word) >= _LONG}


def _range(span: str) -> Range:
    address = namespaces.parse_span(span)
    return (address.start, address.end) if address else (0, 0)


def _marked(text: str | None, whole: Range, places: Iterable[Range]) -> tuple[tuple[str, bool], ...]:
    """Return the words of a range in their order, each with whether one of some places holds them."""
    if text is None:
        return ()
    position, end = whole
    parts: list[tuple[str, bool]] = []
    for first, last in sorted(places):
        start, stop = max(first, position), min(last, end)
        if start < stop:
            parts += [(text[position:start], False), (text[start:stop], True)]
            position = stop
    return tuple((words, marked) for words, marked in (*parts, (text[position:end], False)) if words)
