"""Read RDF/XML with expat and pass it on, piece by piece, in the form that pyoxigraph reads.

pyoxigraph's reader reads no encoding but UTF-8, no relative xml:base and no CDATA or comment inside a
text, drops an unknown rdf:parseType, and writes XML literals that are not XML. Expat reads all of XML,
limits the expansion of entities, and says on which line it is; so each piece passed on has its line.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import IO, Any
from urllib.parse import urldefrag
from xml.parsers import expat  # its expansion of entities is limited, and nothing external is read

from pyoxigraph import RdfFormat, parse

from cstokg.namespaces import PREFIXES

_RDF = PREFIXES["rdf"]
_XML = "http://www.w3.org/XML/1998/namespace"
_XML_LITERAL = f"{_RDF}XMLLiteral"
_PARSE_TYPES = frozenset({"Literal", "Resource", "Collection"})
# RDF/XML, section 6.1.4: these may stand without the namespace, as in RSS 1.0.
_UNQUALIFIED = frozenset({"about", "ID", "resource", "parseType", "type"})
_OWN_PREFIX = "_rdf"
_SEPARATOR = "\f"  # no XML document can hold it
_CHUNK = 1 << 16
_ABSOLUTE = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*+:")
_NOT_IN_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`]')
_MARKUP = re.compile(r"[&<>\"\t\n\r]")
_MAX_DEPTH = 2_000  # pyoxigraph's time grows with the square of the depth
_ENTITY_LIMIT = 43  # XML_ERROR_AMPLIFICATION_LIMIT_BREACH


class RdfXmlError(Exception):
    """The document is not RDF/XML that can be read; ``line`` says where."""

    def __init__(self, message: str, line: int) -> None:
        """Keep the line beside the message."""
        super().__init__(message)
        self.message = message
        self.line = line


class Reader:
    """A file object for pyoxigraph's RDF/XML parser over the text or bytes of any RDF/XML document.

    Attributes:
        line: the line of the document that the piece read last comes from.
        error: why the pieces end before the document does, or None.
    """

    def __init__(self, document: IO[bytes] | IO[str], base_iri: str, warn: Callable[[str], None]) -> None:
        """Read a document; ``warn`` is called with each warning, once for each kind."""
        self.line = 1
        self.error: RdfXmlError | None = None
        self._document = document
        self._warn = warn
        self._warned: set[str] = set()
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._text: list[str] = []
        self._declarations: list[str] = []
        self._bases = [base_iri]
        self._literal: _XmlLiteral | None = None
        self._finished = False
        parser = self._parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.StartNamespaceDeclHandler = self._declare
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        parser.SkippedEntityHandler = self._skipped
        parser.ExternalEntityRefHandler = self._external

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, or its beginning; empty at the end or at an error."""
        while not self._pieces and not self._finished:
            self._parse(self._document.read(_CHUNK))
        if not self._pieces:
            return b""
        self.line, piece = self._pieces.popleft()
        if 0 <= size < len(piece):
            self._pieces.appendleft((self.line, piece[size:]))
            piece = piece[:size]
        return piece

    def _parse(self, chunk: bytes | str) -> None:
        try:
            self._parser.Parse(chunk, not chunk)
        except expat.ExpatError as error:
            message = expat.ErrorString(error.code) or str(error)
            if error.code == _ENTITY_LIMIT:
                message = "its entities expand to more than a hundred times the document"
            self.error = RdfXmlError(message, error.lineno)
        except RdfXmlError as error:
            self.error = error
        self._finished = not chunk or self.error is not None

    def _pass_on(self, piece: str) -> None:
        self._pieces.append((self._parser.CurrentLineNumber, piece.encode("utf-8", "surrogatepass")))

    def _fault(self, message: str) -> RdfXmlError:
        return RdfXmlError(message, self._parser.CurrentLineNumber)

    def _warn_once(self, message: str) -> None:
        if message not in self._warned:
            self._warned.add(message)
            self._warn(f"line {self._parser.CurrentLineNumber}: {message}")

    def _declare(self, prefix: str | None, iri: str | None) -> None:
        if self._literal is None:
            name = f"xmlns:{prefix}" if prefix else "xmlns"
            self._declarations.append(f' {name}="{_in_attribute(iri or "")}"')

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if self._literal is not None:
            self._literal.start(name, attributes)
            return
        if len(self._bases) > _MAX_DEPTH:
            raise self._fault(f"elements are nested deeper than {_MAX_DEPTH} levels")
        namespace, local, qualified = _split(name)
        if not namespace:
            raise self._fault(f"the element “{local}” has no namespace, which RDF/XML needs")
        base, is_literal, other_attribute = self._bases[-1], False, ""
        written = []
        for key, value in attributes.items():
            space, local, qualified_key = _split(key)
            if not space and local in _UNQUALIFIED:
                self._warn_once(f"“{local}” is read as “rdf:{local}”")
                space, qualified_key = _RDF, f"{_OWN_PREFIX}:{local}"
                self._declarations = [
                    f' xmlns:{_OWN_PREFIX}="{_RDF}"',
                    *(d for d in self._declarations if not d.startswith(f" xmlns:{_OWN_PREFIX}=")),
                ]
            if (space == _XML and local not in ("lang", "base")) or (
                not space and local[:3].lower() == "xml"
            ):
                continue  # reserved, and ignored in RDF (section 6.1.2)
            if not space:
                raise self._fault(f"the attribute “{local}” has no namespace, which RDF/XML needs")
            if space == _XML and local == "base":
                value = base = self._resolved(value, base)
            elif space == _RDF and local == "parseType" and value not in ("Resource", "Collection"):
                if value not in _PARSE_TYPES:
                    self._warn_once(f"rdf:parseType “{value}” is unknown and read as Literal")
                is_literal = True
                qualified_key, value = f"{_prefix(qualified_key)}:datatype", _XML_LITERAL
            elif space != _XML and (space, local) != (_RDF, "ID"):
                other_attribute = qualified_key
            written.append(f' {qualified_key}="{_in_attribute(value)}"')
        if is_literal and other_attribute:
            raise self._fault(f"“{other_attribute}” may not stand beside rdf:parseType")
        self._pass_on("".join((*self._text, "<", qualified, *self._declarations, *written, ">")))
        self._text.clear()
        self._declarations.clear()
        self._bases.append(base)
        if is_literal:
            self._literal = _XmlLiteral()

    def _end(self, name: str) -> None:
        if self._literal is not None:
            if self._literal.depth:
                self._literal.end(name)
                return
            self._text.append(_in_text(self._literal.text()))
            self._literal = None
        self._bases.pop()
        self._pass_on("".join((*self._text, "</", _split(name)[2], ">")))
        self._text.clear()

    def _characters(self, text: str) -> None:
        if self._literal is not None:
            self._literal.parts.append(_in_text(text))
        else:
            self._text.append(_in_text(text))

    def _comment(self, text: str) -> None:
        if self._literal is not None:
            self._literal.parts.append(f"<!--{text}-->")

    def _instruction(self, target: str, text: str) -> None:
        if self._literal is not None:
            self._literal.parts.append(f"<?{target} {text}?>" if text else f"<?{target}?>")

    def _skipped(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            raise self._fault(f"the entity “{name}” is not declared in the document")

    def _external(self, *_place: Any) -> int:
        raise self._fault("an entity refers to another document, which is not read")

    def _resolved(self, reference: str, base_iri: str) -> str:
        """Return the base IRI that holds below an xml:base (XML Base, section 4.3)."""
        if _NOT_IN_IRI.search(reference):
            raise self._fault(f"“{reference}” is not an IRI")
        if not _ABSOLUTE.match(reference):
            try:
                quad = next(parse(f"<> <p:> <{reference}> .", RdfFormat.TURTLE, base_iri=base_iri))
            except SyntaxError:
                raise self._fault(f"“{reference}” is not an IRI") from None
            reference = str(quad.object)[1:-1]
        return urldefrag(reference).url


class _XmlLiteral:
    """The content of an element as exclusive canonical XML with comments (RDF/XML, section 7.2.17)."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._namespaces: list[dict[str, str]] = [{"": ""}]

    @property
    def depth(self) -> int:
        return len(self._namespaces) - 1

    def text(self) -> str:
        return "".join(self.parts)

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        rows = sorted((*_split(key), value) for key, value in attributes.items())
        used = {_prefix(qualified): space for space, _, qualified, _ in rows if space and space != _XML}
        namespace, _, qualified = _split(name)
        used[_prefix(qualified)] = namespace
        inherited = self._namespaces[-1]
        used.pop("xml", None)
        new = sorted((prefix, iri) for prefix, iri in used.items() if inherited.get(prefix) != iri)
        self._namespaces.append({**inherited, **dict(new)})
        self.parts.append(f"<{qualified}")
        for prefix, iri in new:
            self.parts.append(f' {f"xmlns:{prefix}" if prefix else "xmlns"}="{_canonical_attribute(iri)}"')
        for _, _, qualified, value in rows:
            self.parts.append(f' {qualified}="{_canonical_attribute(value)}"')
        self.parts.append(">")

    def end(self, name: str) -> None:
        self._namespaces.pop()
        self.parts.append(f"</{_split(name)[2]}>")


@lru_cache(maxsize=1 << 10)
def _split(name: str) -> tuple[str, str, str]:
    """Split a name that expat has joined into its namespace, its local name and the name as written."""
    match name.split(_SEPARATOR):
        case [local]:
            return "", local, local
        case [namespace, local]:
            return namespace, local, local
        case [namespace, local, prefix]:
            return namespace, local, f"{prefix}:{local}"
    raise AssertionError(name)


def _prefix(qualified: str) -> str:
    return qualified.rpartition(":")[0]


def _in_text(text: str) -> str:
    if not _MARKUP.search(text):
        return text
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def _canonical_attribute(text: str) -> str:
    if not _MARKUP.search(text):
        return text
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return text.replace("\t", "&#x9;").replace("\n", "&#xA;").replace("\r", "&#xD;")


def _in_attribute(text: str) -> str:
    return _canonical_attribute(text).replace(">", "&gt;")
