"""Read the quads of an RDF file: its format, compression, encoding, contexts, and what is wrong in it."""

import bz2
import codecs
import gzip
import hashlib
import io
import json
import lzma
import re
import stat
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import IO, Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse

from cstokg.engine.loading import rdfxml
from cstokg.errors import LoadError

STANDARD_INPUT = Path("-")

# The short names of formats for data, those of the table of formats and N3.
SYNTAXES = MappingProxyType(
    {
        "turtle": RdfFormat.TURTLE,
        "ntriples": RdfFormat.N_TRIPLES,
        "nquads": RdfFormat.N_QUADS,
        "trig": RdfFormat.TRIG,
        "rdfxml": RdfFormat.RDF_XML,
        "jsonld": RdfFormat.JSON_LD,
        "n3": RdfFormat.TURTLE,
    }
)
_BY_SUFFIX = MappingProxyType(
    {
        ".ttl": "turtle",
        ".nt": "ntriples",
        ".nq": "nquads",
        ".trig": "trig",
        ".rdf": "rdfxml",
        ".rdfs": "rdfxml",
        ".owl": "rdfxml",
        ".xml": "rdfxml",
        ".jsonld": "jsonld",
        ".json": "jsonld",
        ".n3": "n3",
    }
)
_COMPRESSED = frozenset({".gz", ".bz2", ".xz"})
_BEGINNING = 1 << 10
_BUFFER = 1 << 16
# UTF-32 first, because one of its marks begins like one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]*?\bencoding\s*=\s*["']([\w.:-]+)["']""")
_READ_BY_EXPAT = frozenset({"utf-8", "utf8", "us-ascii", "utf-16", "utf-16le", "utf-16be"})
_UNWRITABLE = re.compile(r'[\x00-\x20<>"{}|\\^`]')
_IRI_ERROR = re.compile(r"error while parsing IRI '(.*)': (.*)", re.DOTALL)
_MOST = "the limit on what is loaded; raise it with --data-bytes"
_LENIENT = "Mend the IRI, or load it as it is with --lenient."


def format_of(path: Path, name: str | None = None) -> str:
    """Return the short name of a file's format: ``name``, or else the one for the extension.

    Raises:
        LoadError: no name is given, and the extension is missing or unknown.
    """
    if name is not None:
        return name
    names = ", ".join(SYNTAXES)
    if path == STANDARD_INPUT:
        raise LoadError(f"-: standard input has no extension; give its format with --data-format ({names})")
    bare = path.with_suffix("") if path.suffix.lower() in _COMPRESSED else path
    suffix = bare.suffix.lower()
    if suffix == ".trix":
        raise LoadError(
            f"{path}: TriX is not read; convert it: rdfpipe -i trix -o nquads {path} > {bare.stem}.nq"
        )
    if suffix not in _BY_SUFFIX:
        raise LoadError(
            f"{path}: the extension has to be one of {', '.join(_BY_SUFFIX)}, with or without "
            f"{', '.join(sorted(_COMPRESSED))}; or give the format with --data-format ({names})"
        )
    return _BY_SUFFIX[suffix]


class RdfFile:
    """A file that can be read once.

    Attributes:
        warnings: what was not loaded exactly as it is written.
    """

    def __init__(
        self,
        path: Path,
        format_name: str,
        *,
        lenient: bool = False,
        max_bytes: int,
        contexts: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        """Open a file, or standard input for ``-``; nothing is read yet.

        Raises:
            LoadError: it is not a regular file, or cannot be opened.
        """
        self.path = path
        self.warnings: list[str] = []
        self._format_name = format_name
        self._syntax = SYNTAXES[format_name]
        self._lenient = lenient
        self._contexts = contexts
        self._bytes = _Expanded(path, _opened(path), max_bytes)
        self._buffered = io.BufferedReader(self._bytes, _BUFFER)
        # Kept, because a file object without references closes the one that it reads from.
        self._document: IO[bytes] | IO[str] = self._buffered
        folder = Path.cwd() / "-" if path == STANDARD_INPUT else path.absolute()
        self._base_iri = folder.as_uri()

    def close(self) -> None:
        """Close it, unless it is standard input."""
        if self.path != STANDARD_INPUT:
            self._document.close()

    def digest(self) -> bytes:
        """Return the SHA-256 of the expanded content; read the rest for it."""
        return self._bytes.digest()

    def quads(self) -> Iterator[Quad]:
        """Yield the quads in the file's order, with the file's literals and labels of blank nodes.

        Raises:
            LoadError: during the iteration; the file is not what its format says, or too large.
        """
        try:
            yield from self._quads()
        except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error) as error:
            raise LoadError(
                f"{self.path}: the compressed file is incomplete or damaged: {error}. Fetch or make it again."
            ) from None
        except UnicodeError as error:
            raise LoadError(
                f"{self.path}: not in the encoding that it declares: {error}. Save it as UTF-8."
            ) from None
        except OSError as error:
            raise LoadError(f"{self.path}: {error.strerror or error}") from None

    def _quads(self) -> Iterator[Quad]:
        if self._syntax == RdfFormat.RDF_XML:
            return self._of_rdfxml()
        if self._syntax == RdfFormat.JSON_LD:
            return self._of_jsonld()
        return self._of_text()

    def _parse(self, document: Any, syntax: RdfFormat, *, lenient: bool) -> Iterator[Quad]:
        quads = parse(document, syntax, base_iri=self._base_iri, lenient=lenient)
        return self._lenient_iris(quads) if self._lenient else quads

    def _of_text(self) -> Iterator[Quad]:
        document = self._decoded()
        try:
            yield from self._parse(document, self._syntax, lenient=self._lenient)
        except SyntaxError as error:
            beyond = "; of N3 only what Turtle has is read, no rules, formulas or variables"
            raise self._fault(error.msg, error.lineno, beyond if self._format_name == "n3" else "") from None

    def _of_rdfxml(self) -> Iterator[Quad]:
        document = rdfxml.Reader(self._decoded(), self._base_iri, self.warnings.append)
        try:
            yield from self._parse(document, self._syntax, lenient=self._lenient)
        except SyntaxError as error:
            if document.error is None:
                raise self._fault(error.msg, document.line) from None
        if document.error is not None:
            raise self._fault(document.error.message, document.error.line)

    def _of_jsonld(self) -> Iterator[Quad]:
        content = self._decoded().read()
        text = content if isinstance(content, str) else content.decode()
        document = self._with_contexts(text, str(self.path)) if '"@context"' in text else text
        try:
            # Otherwise the parser silently drops a node or triple with a bad IRI.
            for quad in self._parse(document, self._syntax, lenient=True):
                if not self._lenient and (iri := _bad_iri(quad)) is not None:
                    line = _line_of(text, iri)
                    raise self._fault(f"“{iri}” is not a valid IRI", line)
                yield quad
        except SyntaxError as error:
            raise self._fault(error.msg, error.lineno if document is text else None) from None

    def _decoded(self) -> IO[bytes] | IO[str]:
        """Return the expanded content without byte order mark: bytes in UTF-8, or text where recoded."""
        document = self._buffered
        start = document.peek(_BEGINNING)[:_BEGINNING]
        if start.startswith(codecs.BOM_UTF8):
            document.read(len(codecs.BOM_UTF8))
            return document
        encoding = next((name for mark, name in _MARKS if start.startswith(mark)), None)
        if encoding is None and self._syntax == RdfFormat.RDF_XML:
            declared = _XML_ENCODING.match(start.lstrip())
            encoding = declared[1].decode().lower() if declared else None
            if encoding in _READ_BY_EXPAT:
                encoding = None
        if encoding is None:
            return document
        try:
            self._document = io.TextIOWrapper(document, encoding=encoding, newline="")
        except LookupError:
            raise LoadError(f"{self.path}:1: the encoding “{encoding}” is unknown; recode the file") from None
        return self._document

    def _with_contexts(self, text: str, place: str) -> str:
        """Return the JSON-LD text with each remote context replaced by the contents of its file."""
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return text  # the parser says what is wrong, and where
        if next(_remote_contexts(document), None) is None:
            return text
        return json.dumps(self._inlined(document, text, place, ()), ensure_ascii=False)

    def _inlined(self, value: Any, text: str, place: str, within: tuple[str, ...]) -> Any:
        if isinstance(value, list):
            return [self._inlined(item, text, place, within) for item in value]
        if not isinstance(value, dict):
            return value
        result = {key: self._inlined(item, text, place, within) for key, item in value.items()}
        if "@context" in result:
            result["@context"] = self._local(result["@context"], text, place, within)
        return result

    def _local(self, context: Any, text: str, place: str, within: tuple[str, ...]) -> Any:
        """Return a context, or a list of them, with the contents of its file in place of each IRI."""
        if not isinstance(context, list):
            return self._context(context, text, place, within) if isinstance(context, str) else context
        result = []
        for item in context:
            local = self._local(item, text, place, within)
            result += local if isinstance(local, list) else [local]
        return result

    def _context(self, iri: str, text: str, place: str, within: tuple[str, ...]) -> Any:
        if iri not in self._contexts or iri in within:
            line = _line_of(text, iri)
            where = f"{place}:{line}" if line else place
            raise LoadError(
                f"{where}: the context “{iri}” is not fetched from the network; "
                f"save it as a file and give --context-file {iri}=FILE, or write it into the document"
            )
        path = self._contexts[iri]
        content = read_bounded(path, self._bytes.max_bytes).decode("utf-8-sig", "replace")
        try:
            context = json.loads(content)["@context"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise LoadError(f"{path}: no JSON-LD context: an object with “@context” is expected") from None
        local = self._inlined({"@context": context}, content, str(path), (*within, iri))["@context"]
        for item in local if isinstance(local, list) else [local]:
            if isinstance(item, dict):
                item.pop("@base", None)  # that of a remote context is ignored (JSON-LD 1.1, 4.1.3)
        return local

    def _fault(self, message: str, line: int | None, addition: str = "") -> LoadError:
        if message.startswith("Parser error at line"):
            message = message.partition(": ")[2]
        if iri := _IRI_ERROR.match(message):
            message = f"“{iri[1]}” is not a valid IRI: {iri[2]}"
        remedy = f". {_LENIENT}" if "IRI" in message and not self._lenient else ""
        return LoadError(f"{self.path}:{f'{line}:' if line else ''} {message}{addition}{remedy}")

    def _lenient_iris(self, quads: Iterator[Quad]) -> Iterator[Quad]:
        """Yield the quads with invalid IRIs; characters that no RDF syntax can write are percent-encoded."""
        replacements: dict[str, NamedNode] = {}

        def term(value: Any) -> Any:
            if type(value) is NamedNode and not _is_valid(value.value):
                if value.value not in replacements:
                    replacements[value.value] = _writable(value.value)
                return replacements[value.value]
            if type(value) is Triple:
                return Triple(term(value.subject), term(value.predicate), term(value.object))
            return value

        for quad in quads:
            yield Quad(term(quad.subject), term(quad.predicate), term(quad.object), term(quad.graph_name))
        if replacements:
            first = next(iter(replacements))
            self.warnings.append(f"{len(replacements)} IRIs are not valid, the first: “{first}”")


class _Expanded(io.RawIOBase):
    """A file's bytes without its compression, counted and hashed as they are read."""

    def __init__(self, path: Path, file: io.BufferedReader, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._path = path
        self._hash = hashlib.sha256()
        self._count = 0
        start = file.peek(10)
        self._source = file
        self._file: Any = file
        # Recognised by content, because standard input has no name; no RDF begins with these bytes.
        if start.startswith(b"\x1f\x8b"):
            self._file = gzip.GzipFile(fileobj=file)
        elif start.startswith(b"BZh") and start[4:10] == b"1AY&SY":
            self._file = bz2.BZ2File(file)
        elif start.startswith(b"\xfd7zXZ\x00"):
            self._file = lzma.LZMAFile(file)  # noqa: SIM115 - closed with this

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        chunk = self._file.read(len(buffer))
        self._count += len(chunk)
        if self._count > self.max_bytes:
            raise LoadError(f"{self._path}: more than {self.max_bytes} bytes, {_MOST}")
        self._hash.update(chunk)
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def digest(self) -> bytes:
        buffer = bytearray(_BUFFER)
        while self.readinto(memoryview(buffer)):
            pass
        return self._hash.digest()

    def close(self) -> None:
        if not self.closed and self._path != STANDARD_INPUT:
            self._file.close()
            self._source.close()
        super().close()


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """Return the bytes of a file.

    Raises:
        LoadError: it is not a regular file, is too large, or cannot be read.
    """
    content = bytearray()
    with _opened(path) as file:
        # In pieces, because one read of so many bytes would first reserve memory for all of them.
        while chunk := file.read(_BUFFER):
            content += chunk
            if len(content) > max_bytes:
                raise LoadError(f"{path}: more than {max_bytes} bytes, {_MOST}")
    return bytes(content)


def _opened(path: Path) -> io.BufferedReader:
    if path == STANDARD_INPUT:
        return io.BufferedReader(sys.stdin.buffer)  # type: ignore[arg-type]
    try:
        # Checked before opening, because opening a pipe waits for a writer.
        if not stat.S_ISREG(path.stat().st_mode):
            raise LoadError(f"{path}: not a regular file; pipe other data to `--data -`")
        return path.open("rb")
    except OSError as error:
        raise LoadError(f"{path}: {error.strerror or error}") from None


def _remote_contexts(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _remote_contexts(item)
    elif isinstance(value, dict):
        context = value.get("@context")
        for item in context if isinstance(context, list) else [context]:
            if isinstance(item, str):
                yield item
        for item in value.values():
            yield from _remote_contexts(item)


def _line_of(text: str, word: str) -> int | None:
    """Return the line of a string in JSON; None if the JSON writes it with escapes."""
    position = text.find(json.dumps(word, ensure_ascii=False))
    return None if position < 0 else text.count("\n", 0, position) + 1


def _bad_iri(quad: Quad) -> str | None:
    terms = (quad.subject, quad.predicate, quad.object, quad.graph_name)
    iris = (term.value for term in terms if type(term) is NamedNode)
    return next((iri for iri in iris if not _is_valid(iri)), None)


def _is_valid(iri: str) -> bool:
    try:
        NamedNode(iri)
    except ValueError:
        return False
    return True


def _writable(iri: str) -> Any:
    """Return a node with an invalid IRI; characters that no RDF syntax can write are percent-encoded."""
    written = _UNWRITABLE.sub(lambda match: f"%{ord(match[0]):02X}", iri)
    return next(parse(f"<x:> <x:> <{written}> .", RdfFormat.N_TRIPLES, lenient=True)).object
