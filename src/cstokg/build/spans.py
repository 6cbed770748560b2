"""Spans of an article's text: the table that records them, and citing: the search for words, new spans.

A span counts code points of the text as it was read: UTF-8, nothing normalised, the end exclusive.
Words are compared as readers compare them: blanks, line ends, letter case, and the shapes of
quotation marks and dashes do not matter.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rdflib import RDF, XSD, Literal, URIRef

from cstokg import article_text, namespaces, project_files
from cstokg.build import turtle_parser
from cstokg.build.rdf_terms import CKG, Triple
from cstokg.build.turtle_parser import Problem
from cstokg.errors import CstokgError

if TYPE_CHECKING:
    from cstokg.build.sources import Sources

ARTICLES = Path("data") / "articles"
HEADER = "start\tend\tsha256"
USES = (CKG.evidence, CKG.furniture)  # the predicates whose objects are spans

MAX_LENGTH = 500
"""The most code points that evidence may have and still be checked at a glance."""

_ROW = re.compile(r"(0|[1-9][0-9]{0,8})\t([1-9][0-9]{0,8})\t([0-9a-f]{64})")
_RESTORE = "Restore the file: only `cstokg cite` writes it."

_ELLIPSIS = re.compile(r"…|\.{3,}")
_DASHES = "\\-‐‑‒–—―−"
# Characters that readers do not see inside a word: soft hyphens, zero-width characters.
_INVISIBLE = "\u00ad\u200b-\u200d\u2060\ufeff"
_TOKEN = re.compile(
    rf"[^\W_](?:[^\W_]|[\u0300-\u036f{_INVISIBLE}])*|…|\.{{3,}}|[{_DASHES}]+|[^\s{_INVISIBLE}]"
)
_IGNORED = re.compile(f"[{_INVISIBLE}]")
_QUOTES = frozenset("'\"`´‘’‚‛“”„‟«»‹›′″")
_CONTEXT = 40  # code points shown before and after
_MAX_NEAREST = 3
_MAX_LISTED = 8


class SpanError(CstokgError):
    """A table of spans, an article's record or an article's text is missing or broken."""


class PhraseError(CstokgError):
    """The words are not in the text, or in several places, or make too long a span."""


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """Code points of an article's text, end exclusive, and the SHA-256 of their UTF-8 bytes."""

    start: int
    end: int
    sha256: str

    @classmethod
    def of(cls, text: str, start: int, end: int) -> Self:
        """Return the span of a text between two offsets."""
        return cls(start, end, article_text.digest(text[start:end]))

    @property
    def name(self) -> str:
        """The last step of the IRI, after ``span:``."""
        return f"{self.start}-{self.end}"

    def iri(self, article: str) -> str:
        """Return the span's IRI, given the name of its article."""
        return f"{namespaces.ID}article/{article}/span/{self.name}"


def record_path(article: str) -> Path:
    """Return the path of an article's Turtle file, below the root."""
    return ARTICLES / f"{article}.ttl"


def table_path(record: Path) -> Path:
    """Return the path of the table of spans that belongs to an article's Turtle file."""
    return record.with_suffix(".spans.tsv")


def prefixes(article: str) -> dict[str, str]:
    """Return the namespaces of the prefixes that an article's file may use, including ``span:``."""
    return {**namespaces.PREFIXES, "span": f"{namespaces.ID}article/{article}/span/"}


def parse_table(text: str) -> tuple[dict[int, Span], list[Problem]]:
    """Return the spans of a table by line, and what is wrong with the table, except for its order."""
    header, *rows = text.split("\n")
    spans: dict[int, Span] = {}
    problems = []
    if header != HEADER:
        problems.append(Problem(1, f"the header must be {HEADER!r}. {_RESTORE}"))
    if not rows or rows.pop():
        problems.append(Problem(len(rows) + 2, f"the last line has no end. {_RESTORE}"))
    for line, row in enumerate(rows, 2):
        match = _ROW.fullmatch(row)
        if match is None or int(match[1]) >= int(match[2]):
            problems.append(Problem(line, f"not a start, a greater end and a SHA-256. {_RESTORE}"))
        else:
            spans[line] = Span(int(match[1]), int(match[2]), match[3])
    return spans, problems


def misplaced(spans: Mapping[int, Span]) -> Iterator[Problem]:
    """Yield a problem for each span, by line, that is out of order or listed twice."""
    for (_, before), (line, span) in pairwise(spans.items()):
        if (span.start, span.end) <= (before.start, before.end):
            yield Problem(line, f"out of order, or twice. {_RESTORE}")


def triples(span: Span, article: str) -> Iterator[Triple]:
    """Yield what a row of an article's table says."""
    subject = URIRef(span.iri(article))
    yield subject, RDF.type, CKG.EvidenceSpan
    yield subject, CKG.spanOf, URIRef(f"{namespaces.ID}article/{article}")
    yield subject, CKG.charStart, Literal(str(span.start), datatype=XSD.integer)
    yield subject, CKG.charEnd, Literal(str(span.end), datatype=XSD.integer)
    yield subject, CKG.sha256, Literal(span.sha256)


def read(root: Path, article: str) -> dict[int, Span]:
    """Return the spans of an article by line of their table; none if there is no table.

    Their order does not matter here, because ``write`` sorts them.

    Raises:
        SpanError: the table is broken; the message names the file and the line.
    """
    path = table_path(record_path(article))
    try:
        content = project_files.read(root, path)
    except FileNotFoundError:
        return {}
    except project_files.FileError as error:
        raise SpanError(f"{path.as_posix()}: {error}") from error
    # Bytes are decoded here, because text mode would hide carriage returns.
    spans, problems = parse_table(content.decode("utf-8", errors="replace"))
    if problems:
        raise SpanError(
            "\n".join(f"{path.as_posix()}:{problem.line}: {problem.message}" for problem in problems)
        )
    return spans


def write(root: Path, article: str, spans: Iterable[Span]) -> None:
    """Write an article's table of spans in one step: sorted, each span once.

    Raises:
        SpanError: the file cannot be written.
    """
    path = root / table_path(record_path(article))
    lines = [HEADER, *(f"{span.start}\t{span.end}\t{span.sha256}" for span in sorted(set(spans)))]
    unfinished = path.with_name(f".{path.name}.new")
    try:
        unfinished.unlink(missing_ok=True)
        # A new file, so that nothing is written through a link of that name.
        with unfinished.open("x", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
        unfinished.replace(path)
    except OSError as error:
        raise SpanError(f"{error.filename}: {error.strerror}. `cstokg cite` writes there.") from error


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
    span = Span.of(text, *locate(text, words))
    _record(root, article, [span])
    return span


def cite_all(
    root: Path, articles: Path, article: str, lines: Sequence[str]
) -> list[tuple[str, Span | PhraseError]]:
    """Record the spans of the phrases in several lines, and return each phrase with its span.

    A phrase that cannot be cited comes with its error, which names the line, and does not stop the
    others. Blank lines are skipped, but counted.

    Raises:
        SpanError: the article has no readable record, spans file or text.
        TextError: the text is not UTF-8.
    """
    text = text_of(root, article, articles)
    cited: list[tuple[str, Span | PhraseError]] = []
    for number, line in enumerate(lines, 1):
        phrase = line.strip()
        if not phrase:
            continue
        try:
            cited.append((phrase, Span.of(text, *locate(text, phrase))))
        except PhraseError as error:
            cited.append((phrase, PhraseError(f"line {number}: {error}")))
    new_spans = [span for _, span in cited if isinstance(span, Span)]
    if new_spans:
        _record(root, article, new_spans)
    return cited


def prune(sources: "Sources", article: str) -> list[Span]:
    """Remove from an article's table the spans that its file does not name, and return them.

    Spans that a commented-out draft names are kept.

    Raises:
        SpanError: there is no such article.
    """
    recorded_hash(sources.root, article)
    used = {str(span) for _, predicate, span in sources.triples if predicate in USES}
    text = project_files.read_text(sources.root, record_path(article))
    drafted = set(re.findall(r"(?m)^#    +ckg:evidence (.*)$", text))
    named = {span for line in drafted for span in re.findall(r"span:(\d+-\d+)", line)}
    recorded = set(read(sources.root, article).values())
    unused = sorted(span for span in recorded if span.iri(article) not in used and span.name not in named)
    write(sources.root, article, recorded.difference(unused))
    return unused


def recorded_hash(root: Path, article: str) -> str:
    """Return the SHA-256 of an article's text, as its record gives it.

    Only this one file is read, so that citing works while other files are being written.

    Raises:
        SpanError: no such file, broken Turtle (with its line), or no single ``ckg:sha256``.
    """
    path = record_path(article).as_posix()
    try:
        text = project_files.read(root, record_path(article)).decode()
    except FileNotFoundError:
        articles = ", ".join(sorted(record.stem for record in (root / ARTICLES).glob("*.ttl"))) or "none"
        raise SpanError(
            f"{path}: no such article. Write its record first, or name one of: {articles}"
        ) from None
    except project_files.FileError as error:
        raise SpanError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise SpanError(f"{path}: not UTF-8. Save the file in that encoding.") from error
    iri = URIRef(f"{namespaces.ID}article/{article}")
    document = turtle_parser.parse(text, "article", prefixes(article))
    if document.problems:
        raise SpanError(
            "\n".join(f"{path}:{problem.line}: {problem.message}" for problem in document.problems)
        )
    hashes = [
        object_
        for subject, predicate, object_ in document.triples
        if subject == iri and predicate == CKG.sha256 and isinstance(object_, Literal)
    ]
    if len(hashes) != 1:
        raise SpanError(
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
        raise SpanError(
            f"{folder}: no file here has the SHA-256 {sha256}, which {record_path(article).as_posix()}"
            f" records{article_text.skipped(folder)}. Name the folder that holds the text with --articles. If"
            " the text was edited, restore it, or, while nothing is cited yet, record its new SHA-256."
        )
    return text


def _record(root: Path, article: str, cited: Iterable[Span]) -> None:
    write(root, article, [*read(root, article).values(), *cited])


def locate(text: str, words: str) -> tuple[int, int]:
    """Return the start and end of the one place where the text has the words.

    The words are an exact phrase, or ``first words … last words`` with everything between them. If
    several places have them and only one has exactly the same letters, that one is meant.

    Raises:
        PhraseError: no place, more than one place, or more than ``MAX_LENGTH`` code points. The
            message shows the places with the words around them.
    """
    words = words.strip()
    places = find_places(text, words)
    short = [place for place in places if place[1] - place[0] <= MAX_LENGTH]
    verbatim = [(start, end) for start, end in short if text[start:end] == words]
    for candidates in (short, verbatim):
        if len(candidates) == 1:
            return candidates[0]
    if short:
        listed = "".join(f"\n  {_in_context(text, place)}" for place in short[:_MAX_LISTED])
        more = f"\n  … and {len(short) - _MAX_LISTED} more" if len(short) > _MAX_LISTED else ""
        raise PhraseError(
            f"{_cut(words)!r} is in {len(short)} places; add words to tell them apart:{listed}{more}"
        )
    if places:
        start, end = min(places, key=lambda place: place[1] - place[0])
        raise PhraseError(
            f"{_cut(words)!r} spans {end - start} characters, and a span has at most {MAX_LENGTH}: "
            "cite the sentence that states the fact, or one span for each part of it"
        )
    nearest = "".join(f"\n  {_in_context(text, place)}" for place in _nearest(text, words))
    raise PhraseError(f"{_cut(words)!r} is not in the text; nearest to it:{nearest}")


def find_places(text: str, words: str) -> list[tuple[int, int]]:
    """Return the start and end of every place where the text has the words, in the text's order.

    Raises:
        PhraseError: there are no words, or no words on one side of an ellipsis.
    """
    if not _tokens(_ELLIPSIS.sub("", words)):
        raise PhraseError("no words to look for: quote a phrase, or 'first words … last words'")
    tokens = _tokens(text)
    exact = list(_occurrences(tokens, words))
    if exact or not _ELLIPSIS.search(words):
        return exact
    parts = _ELLIPSIS.split(words)
    if not all(_tokens(part) for part in parts):
        raise PhraseError(f"{_cut(words)!r}: write words on both sides of the ellipsis")
    places = list(_occurrences(tokens, parts[0]))
    for part in parts[1:]:
        ends = list(_occurrences(tokens, part))
        places = [(start, last) for start, end in places for first, last in ends if first >= end]
    return sorted(set(places))


def _tokens(text: str) -> list[tuple[str, int, int]]:
    return [(_fold(match[0]), *match.span()) for match in _TOKEN.finditer(text)]


def _fold(token: str) -> str:
    if token in _QUOTES:
        return "'"
    if re.fullmatch(f"[{_DASHES}]+", token):
        return "-"
    return unicodedata.normalize("NFKC", _IGNORED.sub("", token)).casefold()


def _occurrences(tokens: list[tuple[str, int, int]], phrase: str) -> Iterator[tuple[int, int]]:
    phrase_tokens = [token for token, _, _ in _tokens(phrase)]
    folded = [token for token, _, _ in tokens]
    for index in range(len(folded) - len(phrase_tokens) + 1):
        if folded[index : index + len(phrase_tokens)] == phrase_tokens:
            yield tokens[index][1], tokens[index + len(phrase_tokens) - 1][2]


def _nearest(text: str, words: str) -> list[tuple[int, int]]:
    """Return the places most like the words, at most one for each line of the text, best first."""
    from rapidfuzz import fuzz  # here, because most commands read spans but do not search for words

    breaks = [0, *(match.end() for match in re.finditer(r"\n", text)), len(text)]
    scored = []
    for part in _ELLIPSIS.split(words):
        for start, end in pairwise(breaks):
            alignment = fuzz.partial_ratio_alignment(part.casefold(), text[start:end].casefold())
            if alignment and alignment.dest_end > alignment.dest_start:
                # Folding the case can lengthen a line by a letter or two; the place is approximate anyway.
                first, last = start + alignment.dest_start, min(start + alignment.dest_end, end)
                while first > start and text[first - 1].isalnum():
                    first -= 1
                while last < end and text[last].isalnum():
                    last += 1
                scored.append((-alignment.score, first, last))
    return [(start, end) for _, start, end in sorted(scored)[:_MAX_NEAREST]]


def _in_context(text: str, place: tuple[int, int]) -> str:
    start, end = place
    before, after = text[max(0, start - _CONTEXT) : start], text[end : end + _CONTEXT]
    shown = " ".join(f"{before}[{_cut(text[start:end])}]{after}".split())
    return f"{start}-{end}: … {shown} …"


def _cut(words: str) -> str:
    return words if len(words) <= 2 * _CONTEXT else f"{words[:_CONTEXT]} … {words[-_CONTEXT:]}"
