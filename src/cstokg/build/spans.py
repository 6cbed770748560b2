"""Spans: where in an article's text a fact is said to stand, and how the text is known.

A span counts code points of the text as it was read: UTF-8, nothing normalised, the end exclusive.
The texts themselves are no part of the project. An article's record knows its text by SHA-256.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rdflib import Literal, URIRef

from cstokg import article_text, namespaces, project_files
from cstokg.build import turtle_parser
from cstokg.build.sources import HEADER, spans_of
from cstokg.errors import CstokgError

ARTICLES = Path("data") / "articles"
_ROW = re.compile(r"(0|[1-9]\d*)\t(0|[1-9]\d*)\t([0-9a-f]{64})", re.ASCII)
_RESTORE = "Restore the file: only `cstokg cite` writes it."
_IRI = re.compile(rf"{re.escape(namespaces.ID)}article/([^/]+)/span/(\d+)-(\d+)", re.ASCII)


class SpanError(CstokgError):
    """A spans file, an article's record or an article's text is missing or broken."""


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """Code points of an article's text, end exclusive, and the SHA-256 of their UTF-8 bytes."""

    start: int
    end: int
    sha256: str

    @property
    def name(self) -> str:
        """The last step of the IRI, which stands after ``span:``."""
        return f"{self.start}-{self.end}"

    def iri(self, article: str) -> str:
        """The span's IRI, given the name of its article."""
        return f"{namespaces.ID}article/{article}/span/{self.name}"


def from_iri(iri: str) -> tuple[str, int, int] | None:
    """The article's name, the start and the end that a span's IRI gives; None for any other IRI."""
    match = _IRI.fullmatch(iri)
    return (match[1], int(match[2]), int(match[3])) if match else None


def record_path(article: str) -> Path:
    """The Turtle file of an article, below the root."""
    return ARTICLES / f"{article}.ttl"


def recorded_hash(root: Path, article: str) -> str:
    """The SHA-256 of the article's text, as its record gives it.

    Only this one file is read, so that citing works while other files are being written.

    Raises:
        SpanError: no such file, broken Turtle (with its line), or no single ``ckg:sha256``.
    """
    path = record_path(article).as_posix()
    try:
        text = project_files.read(root, record_path(article)).decode()
    except FileNotFoundError:
        known = ", ".join(sorted(other.stem for other in (root / ARTICLES).glob("*.ttl"))) or "none"
        raise SpanError(f"{path}: no such article. Write its record first, or name one of: {known}") from None
    except project_files.FileError as error:
        raise SpanError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise SpanError(f"{path}: not UTF-8. Save the file in that encoding.") from error
    iri = URIRef(f"{namespaces.ID}article/{article}")
    document = turtle_parser.parse(text, "article", {**namespaces.PREFIXES, "span": f"{iri}/span/"})
    if document.problems:
        raise SpanError(
            "\n".join(f"{path}:{problem.line}: {problem.message}" for problem in document.problems)
        )
    found = [
        object_
        for subject, predicate, object_ in document.triples
        if subject == iri and predicate == URIRef(f"{namespaces.CKG}sha256") and isinstance(object_, Literal)
    ]
    if len(found) != 1:
        raise SpanError(
            f"{path}:{document.subjects.get(iri, 1)}: {len(found)} values of ckg:sha256. "
            "Write one: the SHA-256 of its text file's bytes."
        )
    return str(found[0])


def text_of(root: Path, article: str, folder: Path) -> str:
    """An article's text, which is the file in a folder that has the recorded SHA-256.

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


def read(root: Path, article: str) -> list[Span]:
    """The spans of an article, in the order of their file; none if there is no file.

    Raises:
        SpanError: a line is not a span; the message names the file and the line.
    """
    path = spans_of(record_path(article))
    try:
        content = project_files.read(root, path)
    except FileNotFoundError:
        return []
    except project_files.FileError as error:
        raise SpanError(f"{path.as_posix()}: {error}") from error
    # Bytes are decoded here, because text mode would hide carriage returns.
    header, *rows = content.decode("utf-8", errors="replace").split("\n")
    spans = []
    for line, row in enumerate(rows, 2):
        match = _ROW.fullmatch(row)
        if match:
            spans.append(Span(int(match[1]), int(match[2]), match[3]))
        elif row or line - 1 < len(rows):
            raise SpanError(f"{path.as_posix()}:{line}: not a start, an end and a SHA-256. {_RESTORE}")
    if header != HEADER:
        raise SpanError(f"{path.as_posix()}:1: the header must be {HEADER!r}. {_RESTORE}")
    return spans


def write(root: Path, article: str, spans: Iterable[Span]) -> None:
    """Write an article's spans file in one step: sorted, each span once.

    Raises:
        SpanError: nothing may be written there.
    """
    path = root / spans_of(record_path(article))
    lines = [HEADER, *(f"{span.start}\t{span.end}\t{span.sha256}" for span in sorted(set(spans)))]
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)
        # A new file, so that nothing is written through a link that stands there.
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write("\n".join(lines) + "\n")
        beside.replace(path)
    except OSError as error:
        raise SpanError(f"{error.filename}: {error.strerror}. `cstokg cite` writes there.") from error
