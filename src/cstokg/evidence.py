"""Evidence: spans of the articles' texts, cited when they are mapped and verified ever after.

A span counts code points of the text as it was read: UTF-8, nothing normalised, the end exclusive.
The texts themselves are no part of the project. An article's record knows its text by SHA-256.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph

from cstokg import names, phrases
from cstokg.errors import CstokgError

HEADER = "start\tend\tsha256"
ARTICLES = Path("data") / "articles"


class EvidenceError(CstokgError):
    """A span, its file, an article's record or an article's text is missing or broken."""


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """Code points of an article's text, end exclusive, and the SHA-256 of their UTF-8 bytes."""

    start: int
    end: int
    sha256: str

    @property
    def name(self) -> str:
        """The last step of the IRI, which is what ``span:`` is written before."""
        return f"{self.start}-{self.end}"

    def iri(self, article: str) -> str:
        """The span's IRI, given the name of its article."""
        return f"{names.ID}article/{article}/span/{self.name}"


def digest(text: str) -> str:
    """The lower-case hexadecimal SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def cite(root: Path, articles: Path, article: str, words: str) -> Span:
    """The span of the words in an article's text, after recording it beside the article's file.

    Args:
        root: the folder that holds ``data/``.
        articles: the folder that holds the articles' texts, under whatever names.
        article: the article's name, ``dushanbe-2021``.
        words: an exact phrase, or ``first words … last words``.

    Raises:
        EvidenceError: the article has no readable record, spans file or text.
        PhraseError: the words do not stand in exactly one place, or span too much.
    """
    return cite_all(root, articles, article, [words])[0]


def cite_all(root: Path, articles: Path, article: str, phrases_: Sequence[str]) -> list[Span]:
    """The spans of several phrases, in their order; either all of them are recorded, or none.

    Blank phrases are passed over, but counted where an error names its line.

    Raises:
        EvidenceError: the article has no readable record, spans file or text.
        PhraseError: one message for all phrases that cannot be cited.
    """
    sha256 = recorded_hash(root, article)
    text = text_of(articles, sha256)
    if text is None:
        raise EvidenceError(
            f"{articles}: no file here has the SHA-256 {sha256}, which "
            f"{record_path(Path(), article)} records; name the folder that holds its text"
        )
    spans: list[Span] = []
    problems: list[str] = []
    for number, phrase in enumerate(phrases_, 1):
        if not phrase.strip() and len(phrases_) > 1:
            continue
        try:
            start, end = phrases.locate(text, phrase)
        except phrases.PhraseError as error:
            problems.append(f"line {number}: {error}" if len(phrases_) > 1 else str(error))
        else:
            spans.append(Span(start, end, digest(text[start:end])))
    if problems:
        raise phrases.PhraseError("\n".join(problems))
    path = spans_path(root, article)
    write_spans(path, [*(read_spans(path) if path.exists() else ()), *spans])
    return spans


def record_path(root: Path, article: str) -> Path:
    """The Turtle file of an article."""
    return root / ARTICLES / f"{article}.ttl"


def spans_path(root: Path, article: str) -> Path:
    """The file of an article's spans, beside its Turtle file."""
    return root / ARTICLES / f"{article}.spans.tsv"


def recorded_hash(root: Path, article: str) -> str:
    """The SHA-256 of the article's text, as its record gives it.

    Only this one file is read, so that citing works while other files are being written.

    Raises:
        EvidenceError: no such file, broken Turtle (with its line), or no single ``ckg:sha256``.
    """
    path = record_path(root, article)
    shown = path.relative_to(root).as_posix()
    subject = pyoxigraph.NamedNode(f"{names.ID}article/{article}")
    predicate = pyoxigraph.NamedNode(f"{names.CKG}sha256")
    try:
        triples = list(pyoxigraph.parse(path=path, format=pyoxigraph.RdfFormat.TURTLE))
    except FileNotFoundError:
        known = ", ".join(sorted(other.stem for other in path.parent.glob("*.ttl"))) or "none"
        raise EvidenceError(
            f"{shown}: no such article; write its record first, or choose one of: {known}"
        ) from None
    except SyntaxError as error:
        raise EvidenceError(f"{shown}:{error.lineno}: {error.msg}") from None
    found = {
        triple.object.value
        for triple in triples
        if triple.subject == subject
        and triple.predicate == predicate
        and isinstance(triple.object, pyoxigraph.Literal)
    }
    if len(found) != 1:
        raise EvidenceError(
            f"{shown}: article:{article} has {len(found)} values of ckg:sha256; "
            "write one, the SHA-256 of its text file's bytes"
        )
    return found.pop()


def text_of(articles: Path, sha256: str) -> str | None:
    """The text in a folder whose bytes have that SHA-256, whatever its file is called, or None.

    Raises:
        EvidenceError: the file is not UTF-8.
    """
    for path in sorted(articles.iterdir()):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() == sha256:
            try:
                return content.decode("utf-8")
            except UnicodeDecodeError as error:
                raise EvidenceError(
                    f"{path}: not UTF-8 at byte {error.start}; offsets have no meaning"
                ) from None
    return None


def read_spans(path: Path) -> list[Span]:
    """The spans of a file, in its order.

    Raises:
        EvidenceError: a line is not a span; the message names the file and the line.
    """
    return [span for _, span in _rows(path)]


def write_spans(path: Path, spans: Iterable[Span]) -> None:
    """Write a spans file: sorted, each span once, in one step."""
    lines = [HEADER, *(f"{span.start}\t{span.end}\t{span.sha256}" for span in sorted(set(spans)))]
    beside = path.with_name(f".{path.name}.new")
    beside.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    beside.replace(path)


def _rows(path: Path) -> Iterator[tuple[int, Span]]:
    lines = path.read_text(encoding="utf-8").split("\n")
    if lines[0] != HEADER:
        raise EvidenceError(f"{path}:1: begin the file with {HEADER!r}")
    for number, line in enumerate(lines[1:], 2):
        if not line and number == len(lines):
            return
        try:
            start, end, sha256 = line.split("\t")
            yield number, Span(int(start), int(end), sha256)
        except ValueError:
            raise EvidenceError(f"{path}:{number}: not a span; `cstokg cite` writes this file") from None
