"""Write results as bytes in a format: all of them, or none."""

import io
import re
from collections.abc import Iterable
from typing import IO, TYPE_CHECKING, cast

from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    serialize,
)

from cstokg import formats
from cstokg.engine import counting
from cstokg.engine.errors import InexpressibleResultError, ResultTooLargeError
from cstokg.formats import Format
from cstokg.names import PREFIXES, shorten

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Result = QuerySolutions | QueryBoolean | QueryTriples

_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_XML = (QueryResultsFormat.XML, RdfFormat.RDF_XML)
# XML 1.0, section 2.2, says which characters there are; Namespaces in XML, section 4, what names are.
_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_ELEMENT_NAME = re.compile(r"[^\W\d][\w.-]*\Z")
_HEADER = re.compile(r"(?:@prefix [^\n]*\n)*")
_USED_PREFIX = re.compile(r'"(?:[^"\\]|\\.)*"|<[^>]*>|([A-Za-z][\w-]*):')


def kind_of(result: Result) -> str:
    """The kind of a result: a table of bindings, a boolean, or a graph."""
    if isinstance(result, QueryTriples):
        return formats.GRAPH
    return formats.BINDINGS if isinstance(result, QuerySolutions) else formats.BOOLEAN


def write(result: Result, form: Format, limit: int) -> tuple[bytes, int]:
    """A result in a format that holds its kind, as UTF-8, and the number of its solutions or triples.

    The triples of a graph come sorted, each once.

    Raises:
        ResultTooLargeError: the result has more bytes than the limit.
        InexpressibleResultError: the format has no way to write a character or predicate of it.
    """
    if isinstance(result, QueryTriples):
        triples = set(result)
        body, count = write_graph(triples, cast("RdfFormat", form.syntax)), len(triples)
    else:
        syntax = cast("QueryResultsFormat", form.syntax)
        buffer = _Buffer(limit)
        result.serialize(cast("IO[bytes]", buffer), format=syntax)
        body = buffer.getvalue()
        count = counting.rows(body, syntax) if isinstance(result, QuerySolutions) else 1
    if len(body) > limit:
        raise _too_large(limit)
    return (_well_formed(body) if form.syntax in _XML else body), count


def write_graph(triples: Iterable[Triple], syntax: RdfFormat) -> bytes:
    """Triples in a syntax for graphs: sorted, each once, a subject's types first.

    Turtle and TriG open with those of the project's prefixes that they use.
    """
    rows = sorted(set(triples), key=_order)
    if syntax in (RdfFormat.TURTLE, RdfFormat.TRIG):
        return _with_used_prefixes(_serialize(rows, syntax, dict(PREFIXES)))
    if syntax == RdfFormat.RDF_XML:
        for row in rows:
            if not _ELEMENT_NAME.search(row.predicate.value):
                message = f"RDF/XML cannot write the predicate {row.predicate}; ask for Turtle or JSON-LD"
                raise InexpressibleResultError(message)
        # RDF/XML abbreviates predicates and types only.
        written = {_prefix(row.predicate) for row in rows}
        written |= {_prefix(row.object) for row in rows if row.predicate == _TYPE}
        return _serialize(rows, syntax, {name: PREFIXES[name] for name in PREFIXES if name in written})
    return _serialize(rows, syntax, None)


class _Buffer(io.BytesIO):
    """Bytes up to a limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._left = limit

    def write(self, data: "ReadableBuffer") -> int:
        written = super().write(data)
        self._left -= written
        if self._left < 0:
            raise _too_large(self._left + self.tell())
        return written


def _too_large(limit: int) -> ResultTooLargeError:
    return ResultTooLargeError(
        f"the result has more than {limit:,} bytes; add a LIMIT, or ask for fewer columns"
    )


def _well_formed(xml: bytes) -> bytes:
    """The same XML with its carriage returns kept from the parser, which makes them line feeds."""
    if match := _NOT_IN_XML.search(xml):
        character = f"U+{ord(match[0].decode()):04X}"
        raise InexpressibleResultError(
            f"the result holds the character {character}, which XML 1.0 does not have; ask for JSON"
        )
    return xml.replace(b"\r", b"&#13;")


def _serialize(rows: list[Triple], syntax: RdfFormat, prefixes: dict[str, str] | None) -> bytes:
    return serialize(rows, format=syntax, prefixes=prefixes) or b""


def _prefix(term: object) -> str:
    return shorten(term.value).partition(":")[0] if isinstance(term, NamedNode) else ""


def _order(triple: Triple) -> tuple[str, bool, str, str]:
    return str(triple.subject), triple.predicate != _TYPE, str(triple.predicate), str(triple.object)


def _with_used_prefixes(turtle: bytes) -> bytes:
    # The serializer declares every prefix it is given.
    text = turtle.decode()
    header = _HEADER.match(text)
    body = text[header.end() :] if header else text
    used = set(_USED_PREFIX.findall(body))
    lines = [f"PREFIX {name}: <{namespace}>\n" for name, namespace in PREFIXES.items() if name in used]
    # Strings hold no bare line break in this serializer's output: a dot at the end of a line ends a subject.
    blocks = body.replace(" .\n", " .\n\n").removesuffix("\n")
    return ("".join(lines) + ("\n" if lines else "") + blocks).encode()
