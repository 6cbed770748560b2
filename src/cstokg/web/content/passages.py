"""The passages of articles: the words of spans in their sentences, where the operator gave the texts.

Quotation marks that a passage leaves open are added, in square brackets.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from cstokg import article_text, namespaces
from cstokg.article_text import ArticleTexts, Range, TextError
from cstokg.web.content.catalogue import natural
from cstokg.web.content.footnotes import most_telling, uses
from cstokg.web.content.graph import Graph, once
from cstokg.web.content.spelling import latin_words, spelling_key

_HASHES = "SELECT ?thing ?hash WHERE { ?thing ckg:sha256 ?hash }"
# The testimonies that support the record itself, not only its speaker, its day or the like.
_OF_THE_MATTER = """\
SELECT ?record ?span
WHERE { ?record ckg:hasTestimony ?testimony . ?testimony ckg:supports rdf:type ; ckg:evidence ?span }
"""
_OF_THE_TIME = """\
SELECT DISTINCT ?record ?span
WHERE {
  VALUES ?time { ckg:onDate ckg:startNotBefore ckg:startNotAfter ckg:endNotBefore ckg:endNotAfter }
  ?record ckg:hasTestimony ?testimony . ?testimony ckg:supports ?time ; ckg:evidence ?span
}
ORDER BY ?record ?span
"""
_STARTS = "SELECT ?article ?position WHERE { ?article ckg:sentenceStart ?position }"
_ENDS = "SELECT ?article ?position WHERE { ?article ckg:sentenceEnd ?position }"
_FURNITURE = "SELECT ?article ?span WHERE { ?article ckg:furniture ?span }"
_OPENING_WORDS = 6
_ROOT, _LONG = 5, 4  # letters that words of one root share; letters from which a word counts
_QUOTATION_MARKS = '“”"'
_QUOTATION_MARK = re.compile(f"[{_QUOTATION_MARKS}]")
_OPENING = MappingProxyType({"”": "“", '"': '"'})  # by the mark that closes
_CLOSING = MappingProxyType({"“": "”", '" ': '"'})  # by the mark that opens
_BEFORE_OPENING = ("", " ", "\n", "(", "[")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Neighbouring sentences of an article with the words of spans marked, or else these words alone.

    Attributes:
        article: its IRI.
        first: the number of the first sentence, counted from 1; 0 if the graph does not know the sentences.
        last: the number of the last one.
        parts: the words in their order, each with whether a span holds them; empty without the text.
        opening: the quotation mark to add before the words, in square brackets, if they close a quotation
            that they do not open, or are from the middle of one.
        closing: the one to add after them, if they open a quotation that they do not close, or likewise.
    """

    article: str
    first: int
    last: int
    parts: tuple[tuple[str, bool], ...] = ()
    opening: str = ""
    closing: str = ""

    @property
    def place(self) -> str:
        """The sentences in words; empty if they are not known."""
        if not self.first:
            return ""
        return f"sentence {self.first}" if self.first == self.last else f"sentences {self.first}–{self.last}"

    @property
    def words(self) -> str:
        """The words in one line, with the quotation marks that they leave open in square brackets."""
        text = "".join(words for words, _ in self.parts)
        return " ".join(f"{self.opening}{text}{self.closing}".split())

    @property
    def anchor(self) -> str:
        """The part of the article's page to which the excerpt leads; empty if there is none."""
        return f"#sentence-{self.first}" if self.first else ""


def with_quotation_marks(text: str, part: Range) -> str:
    """Return a part of a text with the quotation marks that it leaves open, in square brackets."""
    opening, closing = _marks_to_add(text, part)
    return f"{opening}{text[slice(*part)].strip()}{closing}"


def _marks_to_add(text: str, part: Range) -> tuple[str, str]:
    """Return which quotation marks to add before and after a part of a text; none in an empty text.

    Those are the marks that the part leaves open, and both if it is in the middle of a quotation.
    """
    start, end = part
    within = [_kind_of_mark(text, mark.start()) for mark in _QUOTATION_MARK.finditer(text, start, end)]
    if within:
        first, last = within[0], within[-1]
        opening = f"[{_OPENING[first]}]" if first in _OPENING else ""
        return opening, f"[{_CLOSING[last]}]" if last in _CLOSING else ""
    before = max(text.rfind(mark, 0, start) for mark in _QUOTATION_MARKS)
    # Faster than the pattern where the next mark is far away.
    after = min((at for mark in _QUOTATION_MARKS if (at := text.find(mark, end)) >= 0), default=-1)
    if before < 0 or after < 0 or _kind_of_mark(text, after) not in _OPENING:
        return "", ""
    closing = _CLOSING.get(_kind_of_mark(text, before))
    return (f"[{text[before]}]", f"[{closing}]") if closing else ("", "")


def _kind_of_mark(text: str, position: int) -> str:
    """Return the quotation mark at a position, with a space after it if it is a straight one that opens."""
    opens = text[position] == '"' and text[max(position - 1, 0) : position] in _BEFORE_OPENING
    return '" ' if opens else text[position]


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

    def sentences_alone(self, article: str) -> list[str]:
        """Return the sentences of an article, each as it is shown by itself; none without its text.

        Furniture before a sentence is left out, and quotation marks are added.
        """
        text = self._readable(article)
        known = sentence_ranges(self._graph).get(article, ()) if text else ()
        return [
            with_quotation_marks(text or "", self._without_furniture(article, place, ())) for place in known
        ]

    def whole_sentences(self, spans: Sequence[str], except_in: Excerpt | None = None) -> list[str]:
        """Return the sentences in which some spans are, in order, neighbours together; none without texts.

        Spans within the excerpt ``except_in`` are left out.
        """
        if except_in:
            own = _range_of_excerpt(self._graph, except_in)
            spans = [
                span
                for span in spans
                if not (
                    span.startswith(f"{except_in.article}/span/")
                    and own[0] <= _range(span)[0]
                    and _range(span)[1] <= own[1]
                )
            ]
        return [excerpt.words for excerpt in self.excerpts(spans) if excerpt.parts]

    def opening(self, span: str) -> str:
        """Return the first words of a span, without its quotation marks; empty without the text."""
        address = namespaces.parse_span(span)
        text = self._readable(address.article) if address else None
        if not address or text is None or not self._is_right(span, text):
            return ""
        words = _QUOTATION_MARK.sub("", text[address.start : address.end]).split()
        if len(words) <= _OPENING_WORDS + 1:  # three dots would save nothing
            return " ".join(words)
        return " ".join([*words[:_OPENING_WORDS], "…"])

    def excerpts(self, spans: Iterable[str]) -> list[Excerpt]:
        """Return the sentences in which some spans are, in order, with the words of all of them marked."""
        by_article: dict[str, list[str]] = defaultdict(list)
        for span in sorted(set(spans), key=natural):
            if address := namespaces.parse_span(span):
                by_article[address.article].append(span)
        return [excerpt for article, iris in by_article.items() for excerpt in self._excerpts(article, iris)]

    def main(self, spans: Sequence[str], paraphrase: str = "", record: str = "") -> Excerpt | None:
        """Return the sentences of the most telling of some spans, with the words of all of them marked.

        Spans that support the record itself come before those that support only its speaker, its day or the
        like. Of those that share words with the paraphrase, the one that shares most of them comes first; a
        span that many records cite has to share more.
        """
        address = namespaces.parse_span(self.main_span(spans, paraphrase, record))
        if self.texts is None or address is None:
            return None
        place = (address.start, address.end)
        own = [span for span in spans if span.startswith(f"{address.article}/span/")]
        excerpts = self._excerpts(address.article, own, place)
        return next((excerpt for excerpt in excerpts if excerpt.parts), None)

    def count_sentences(self, records: Iterable[tuple[str, Sequence[str], str]]) -> int:
        """Return in how many places the sentences of the most telling spans of some records are.

        Each record is given with its spans and its paraphrase.
        """
        places = set()
        for record, spans, paraphrase in records:
            main = self.main_span(spans, paraphrase, record)
            if address := namespaces.parse_span(main):
                excerpts = self._excerpts(address.article, [main], (address.start, address.end))
                places |= {(excerpt.article, excerpt.first or main) for excerpt in excerpts[:1]}
        return len(places)

    def main_span(self, spans: Sequence[str], paraphrase: str, record: str) -> str:
        """Return the most telling of some spans, chosen as in ``main``; empty if there are none."""
        of_the_matter = spans_of_the_matter(self._graph).get(record, frozenset())
        candidates = [span for span in spans if span in of_the_matter] or spans
        records = uses(self._graph)
        shared = {span: self._shared(span, paraphrase) / max(records.get(span, 0), 1) for span in candidates}
        best = max(shared.values(), default=0.0)
        closest = [span for span in candidates if shared[span] == best]
        return most_telling(closest, records)

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
            wholes = [within] if within else _joined(places)
            return [_excerpt(article, (0, 0), text, whole, places) for whole in wholes]
        return [
            _excerpt(
                article,
                (first, last),
                text,
                self._without_furniture(article, (ranges[first - 1][0], ranges[last - 1][1]), places),
                places,
            )
            for first, last in groups
        ]

    def _without_furniture(self, article: str, whole: Range, places: Iterable[Range]) -> Range:
        """Return a range without the page's furniture at its beginning, such as a repeated headline.

        It stays if it is in one of some places, which are to be shown.
        """
        start, end = whole
        for first, last in furniture(self._graph).get(article, ()):
            if first <= start < last < end and not any(one < last and start < other for one, other in places):
                start = last
        return start, end

    def _shared(self, span: str, paraphrase: str) -> int:
        """Return how many roots of longer words a span shares with a paraphrase."""
        address = namespaces.parse_span(span)
        text = self._readable(address.article) if address and paraphrase else None
        start, end = _range(span)
        return len(_roots(text[start:end]) & _roots(paraphrase)) if text else 0

    def _is_right(self, span: str, text: str) -> bool:
        """Return whether the words at a span's place have the hash of the record."""
        start, end = _range(span)
        return article_text.digest(text[start:end]) == hashes(self._graph).get(span)

    def _readable(self, article: str) -> str | None:
        try:
            return self._text(article)
        except TextError:
            return None

    def _text(self, article: str) -> str | None:
        sha256 = hashes(self._graph).get(article)
        return self.texts.find(sha256) if self.texts and sha256 else None


@once
def sentence_ranges(graph: Graph) -> Mapping[str, Sequence[Range]]:
    """Return, by article, start and end of each sentence, as far as the graph has them."""
    starts, ends = graph.pairs(_STARTS), graph.pairs(_ENDS)
    return {article: ranges(texts, ends.get(article, ())) for article, texts in starts.items()}


@once
def furniture(graph: Graph) -> Mapping[str, Sequence[Range]]:
    """Return, by article, start and end of what belongs to its page and not to its text, in order."""
    return {article: sorted(map(_range, spans)) for article, spans in graph.pairs(_FURNITURE).items()}


def ranges(starts: Iterable[str], ends: Iterable[str]) -> list[Range]:
    """Return start and end of each of some sentences in their order, from the texts of literals."""
    firsts, lasts = (sorted({int(text) for text in texts if text.isdecimal()}) for texts in (starts, ends))
    return [(start, end) for start, end in zip(firsts, lasts, strict=False) if start < end]


@once
def spans_of_the_matter(graph: Graph) -> Mapping[str, frozenset[str]]:
    """Return the spans that support each record itself."""
    return {record: frozenset(spans) for record, spans in graph.pairs(_OF_THE_MATTER).items()}


@once
def spans_of_the_time(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Return the spans that support when each record was, in a fixed order."""
    return graph.pairs(_OF_THE_TIME)


@once
def hashes(graph: Graph) -> Mapping[str, str]:
    """Return the SHA-256 of each article and each span."""
    return {iri: hashes[-1] for iri, hashes in graph.pairs(_HASHES).items()}


def _roots(text: str) -> set[str]:
    """Return the roots of the longer words of a text, and its numbers."""
    words = latin_words(text)
    return {spelling_key(word)[:_ROOT] for word in words if len(word) >= _LONG or word.isdecimal()}


def _range(span: str) -> Range:
    address = namespaces.parse_span(span)
    return (address.start, address.end) if address else (0, 0)


def _range_of_excerpt(graph: Graph, excerpt: Excerpt) -> Range:
    """Return where an excerpt begins and ends; two zeros if the graph does not know its sentences."""
    known = sentence_ranges(graph).get(excerpt.article, ())
    return (known[excerpt.first - 1][0], known[excerpt.last - 1][1]) if excerpt.first else (0, 0)


def _joined(places: Iterable[Range]) -> list[Range]:
    """Return ranges in their order, those that overlap as one."""
    joined: list[Range] = []
    for start, end in sorted(places):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined


def _excerpt(
    article: str, sentences: tuple[int, int], text: str | None, whole: Range, places: Iterable[Range]
) -> Excerpt:
    """Return the words of a range, with those of some places marked and with quotation marks."""
    marks = ("", "") if text is None else _marks_to_add(text, whole)
    return Excerpt(article, *sentences, _marked(text, whole, places), *marks)


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


def place(graph: Graph, spans: Iterable[str]) -> str:
    """Return where some spans of one article are: its sentences, and the characters in brackets.

    Characters of spans that overlap are given as one range; where the graph does not know the sentences,
    only the characters.
    """
    addresses = [address for address in map(namespaces.parse_span, spans) if address]
    joined = _joined((address.start, address.end) for address in addresses)
    characters = ", ".join(f"{start}–{end}" for start, end in joined)
    numbers = sorted(
        {
            number
            for address in addresses
            for number, (start, end) in enumerate(sentence_ranges(graph).get(address.article, ()), 1)
            if address.start < end and start < address.end
        }
    )
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1] = runs[-1][0], number
        else:
            runs.append((number, number))
    words = ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)
    if not words:
        return f"characters {characters}" if characters else ""
    return f"sentence{'s' if len(numbers) > 1 else ''} {words} (characters {characters})"
