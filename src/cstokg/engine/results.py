"""Write results as bytes in a format: all of them, or none."""

import codecs
import csv
import io
import json
import re
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast
from xml.parsers import expat

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolution,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    parse_query_results,
    serialize,
)

from cstokg import formats
from cstokg.engine.loading.lexical_forms import LexicalForms
from cstokg.errors import InexpressibleResultError, NotAcceptableError, ResultTooLargeError
from cstokg.formats import Format
from cstokg.namespaces import PREFIXES, shorten

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Result = QuerySolutions | QueryBoolean | QueryTriples
Term = NamedNode | BlankNode | Literal | Triple

_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_TABULAR = {
    row.syntax: cast("QueryResultsFormat", QueryResultsFormat.from_media_type(row.syntax))
    for row in formats.FORMATS
    if formats.BINDINGS in row.kinds
}
_GRAPH = {
    row.syntax: cast("RdfFormat", RdfFormat.from_media_type(row.syntax))
    for row in formats.FORMATS
    if formats.GRAPH in row.kinds
}
_WITH_PREFIXES = (formats.TURTLE, formats.TRIG)
# JSON-LD 1.1 has no triple terms, nor has RDF 1.1 XML, which is what readers of RDF/XML know.
_WITHOUT_TRIPLE_TERMS = (formats.RDF_XML, formats.JSON_LD)

# XML 1.0, section 2.2, says which characters there are.
_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_EXCERPT = 100
_JSON_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"?')
_HEADER = re.compile(r"(?:@prefix [^\n]*+\n)*+")
_USED_PREFIX = re.compile(r'"(?:[^"\\]|\\.)*+"?|<[^>]*+>?|_:[^\s,;]*+|([A-Za-z][\w-]*+)(?::[^\s,;]*+)?+')
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?+\d++)?+")


def kind_of(result: Result) -> str:
    """Return the kind of a result: a table of bindings, a boolean, or a graph."""
    if isinstance(result, QueryTriples):
        return formats.GRAPH
    return formats.BINDINGS if isinstance(result, QuerySolutions) else formats.BOOLEAN


def write(
    result: Result,
    media_types: Sequence[str],
    limit: int,
    columns: Sequence[str] = (),
    *,
    spreadsheet: bool = False,
    forms: LexicalForms | None = None,
    from_data: Callable[[Sequence[str]], Collection[str]] = tuple,
) -> tuple[str, bytes, int]:
    """Write a result in the first media type that can hold it, as UTF-8.

    Args:
        result: what the query gave.
        media_types: the acceptable ones, best first.
        limit: how many bytes there may be.
        columns: the order of the columns, by name; names that the result lacks are ignored, and columns
            that are not named come last.
        spreadsheet: whether CSV is meant for a spreadsheet program.
        forms: the literals that the store gives back in another form than the data have.
        from_data: tells which of the columns have values from the data.

    Returns:
        The media type, the body, and the number of solutions or triples; 1 for yes or no. The
        triples of a graph come sorted, each once.

    Raises:
        NotAcceptableError: none of the media types can hold the result.
        ResultTooLargeError: the result has more bytes than the limit.
        InexpressibleResultError: the format has no way to write a character or predicate of it.
    """
    kind = kind_of(result)
    fitting = _fitting(media_types, kind)
    if isinstance(result, QueryTriples):
        triples = set(result) if fitting else set()
        if forms:
            triples = {written for row in triples for written in forms.triples(row)}
        return write_triples(triples, media_types, limit)
    form = _first(fitting, kind)
    if isinstance(result, QueryBoolean):
        return form.media_type, result.serialize(format=_TABULAR[form.syntax]) or b"", 1
    if forms and form.syntax != formats.RESULTS_JSON:
        result = _as_written(_json(result, limit), forms, from_data)
    body, rows = _write_solutions(result, form.syntax, limit, columns, spreadsheet=spreadsheet)
    if forms and form.syntax == formats.RESULTS_JSON and forms.may_be_in(body):
        written = _as_written(body, forms, from_data)
        body, rows = _write_solutions(written, form.syntax, limit, columns, spreadsheet=spreadsheet)
    return form.media_type, body, rows


@contextmanager
def freed_in_this_thread() -> Iterator[None]:
    """Free pyoxigraph's solutions if the block fails.

    They have to be freed in the thread that asked for them, and an error keeps alive the frames that refer to
    them, as long as it is kept itself. The caller must not keep them in a variable.
    """
    try:
        yield
    except Exception as error:
        traceback.clear_frames(error.__traceback__)
        raise


def write_triples(
    triples: Collection[Triple], media_types: Sequence[str], limit: int
) -> tuple[str, bytes, int]:
    """Write triples, each once, in the first media type that can hold them; as ``write`` does."""
    fitting, kind = _fitting(media_types, formats.GRAPH), formats.GRAPH
    if any(isinstance(row.object, Triple) for row in triples):
        fitting = [row for row in fitting if row.syntax not in _WITHOUT_TRIPLE_TERMS]
        kind = "graph with triple terms"
    form = _first(fitting, kind)
    return form.media_type, write_graph(triples, form.syntax, limit), len(triples)


def _fitting(media_types: Iterable[str], kind: str) -> list[Format]:
    return [
        formats.BY_MEDIA_TYPE[media_type]
        for media_type in media_types
        if media_type in formats.BY_MEDIA_TYPE and kind in formats.BY_MEDIA_TYPE[media_type].kinds
    ]


def _json(result: QuerySolutions, limit: int) -> bytes:
    buffer = _Buffer(limit)
    result.serialize(cast("IO[bytes]", buffer), format=QueryResultsFormat.JSON)
    return buffer.getvalue()


def _as_written(
    body: bytes, forms: LexicalForms, from_data: Callable[[Sequence[str]], Collection[str]]
) -> QuerySolutions:
    """Return the solutions in a JSON body, with literals from the data as the data write them."""
    document = json.loads(body)
    names = from_data(document["head"]["vars"])
    for solution in document["results"]["bindings"]:
        for name in names:
            term = solution.get(name)
            if term is not None and "datatype" in term:
                written = forms.term(Literal(term["value"], datatype=NamedNode(term["datatype"])))
                solution[name] = {**term, "value": written.value, "datatype": written.datatype.value}
    solutions = parse_query_results(json.dumps(document).encode(), format=QueryResultsFormat.JSON)
    return cast("QuerySolutions", solutions)


def write_graph(triples: Iterable[Triple], syntax: str, limit: int = 0) -> bytes:
    """Return triples in the syntax of a media type: sorted, each once, a subject's types first.

    Turtle and TriG open with those of the project's prefixes that they use.

    Raises:
        ResultTooLargeError: they take more bytes than the limit, where there is one.
        InexpressibleResultError: the syntax has no way to write a character or predicate of them.
    """
    rows = sorted(set(triples), key=_order)
    prefixes: dict[str, str] | None = None
    if syntax in _WITH_PREFIXES:
        prefixes = dict(PREFIXES)
    elif syntax == formats.RDF_XML:
        # RDF/XML abbreviates predicates and types only.
        used = {_prefix(row.predicate) for row in rows}
        used |= {_prefix(row.object) for row in rows if row.predicate == _TYPE}
        prefixes = {name: PREFIXES[name] for name in PREFIXES if name in used}
    buffer = _Buffer(limit)
    try:
        serialize(rows, cast("IO[bytes]", buffer), format=_GRAPH[syntax], prefixes=prefixes)
    except OSError as error:
        message = f"{formats.BY_MEDIA_TYPE[syntax].label} cannot write this graph ({error}); ask for Turtle"
        raise InexpressibleResultError(message) from None
    body = buffer.getvalue()
    if syntax == formats.RDF_XML:
        body = _escape_returns(body)
        _check_names(body)
    return _with_used_prefixes(body) if syntax in _WITH_PREFIXES else body


def write_spreadsheet(rows: Iterable[Sequence[str]]) -> bytes:
    """Return rows as CSV for spreadsheet programs, which guess encodings and run what looks like a formula.

    It has a byte order mark, and an apostrophe before what looks like a formula.
    """
    buffer = _Buffer()
    _write_csv(buffer, rows, spreadsheet=True)
    return buffer.getvalue()


def _first(fitting: Sequence[Format], kind: str) -> Format:
    if fitting:
        return fitting[0]
    offered = formats.for_kind(kind) or [
        row for row in formats.for_kind(formats.GRAPH) if row.syntax not in _WITHOUT_TRIPLE_TERMS
    ]
    names = ", ".join(row.media_type for row in offered)
    raise NotAcceptableError(f"this result ({kind}) can be had as {names}")


class _Buffer(io.BytesIO):
    """Bytes up to a limit, if there is one."""

    def __init__(self, limit: int = 0) -> None:
        super().__init__()
        self._limit = limit

    def write(self, data: "ReadableBuffer") -> int:
        written = super().write(data)
        if 0 < self._limit < self.tell():
            raise ResultTooLargeError(
                f"the result has more than {self._limit:,} bytes; add a LIMIT, or ask for fewer columns"
            )
        return written


def _write_solutions(
    result: QuerySolutions, syntax: str, limit: int, columns: Sequence[str], *, spreadsheet: bool
) -> tuple[bytes, int]:
    """Return the solutions in a format for tables, and their number."""
    names = [variable.value for variable in result.variables]
    order = [names.index(name) for name in dict.fromkeys((*columns, *names)) if name in names]
    if order == sorted(order):
        order = []
    buffer = _Buffer(limit)
    if syntax == formats.CSV:
        header = [names[index] for index in order] if order else names
        return _csv(buffer, header, _ordered(result, order), spreadsheet=spreadsheet)
    result.serialize(cast("IO[bytes]", buffer), format=_TABULAR[syntax])
    if order and syntax == formats.TSV:
        return _reorder_tsv(buffer.getvalue(), order)
    if order:
        _reorder_head(buffer, syntax, names, [names[index] for index in order])
    body = buffer.getvalue()
    return (_escape_returns(body) if syntax == formats.RESULTS_XML else body), _count(body, syntax)


def _ordered(result: QuerySolutions, order: Sequence[int]) -> Iterator[Iterable[Term | None]]:
    for solution in result:
        yield [solution[index] for index in order] if order else solution


def _csv(
    buffer: _Buffer,
    header: Sequence[str],
    solutions: Iterator[Iterable[Term | None]] | Iterator[QuerySolution],
    *,
    spreadsheet: bool,
) -> tuple[bytes, int]:
    """Write CSV as SPARQL 1.1 Query Results CSV says (section 3.2), where the library leaves out quotes."""
    count = 0

    def rows() -> Iterator[Sequence[str]]:
        nonlocal count
        yield header
        for solution in solutions:
            count += 1
            yield [_cell(term) for term in solution]

    _write_csv(buffer, rows(), spreadsheet=spreadsheet)
    return buffer.getvalue(), count


def _cell(term: Term | None) -> str:
    # Tests of the type itself, the most frequent first: this runs for every cell.
    kind = type(term)
    if kind is NamedNode or kind is Literal:
        return term.value  # type: ignore[union-attr]
    if term is None:
        return ""
    return f"<<( {term} )>>" if kind is Triple else str(term)


def _write_csv(buffer: _Buffer, rows: Iterable[Sequence[str]], *, spreadsheet: bool) -> None:
    stream = codecs.getwriter("utf-8")(buffer)
    if spreadsheet:
        stream.write("\ufeff")
        rows = ([_without_formula(cell) for cell in row] for row in rows)
    csv.writer(stream, lineterminator="\r\n").writerows(rows)


def _without_formula(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell


def _reorder_tsv(body: bytes, order: Sequence[int]) -> tuple[bytes, int]:
    """Return the table with its columns in another order; tabs and line breaks in texts are escaped."""
    lines = body.removesuffix(b"\n").split(b"\n")
    for number, line in enumerate(lines):
        cells = line.split(b"\t")
        lines[number] = b"\t".join([cells[index] for index in order])
    return b"\n".join(lines) + b"\n", len(lines) - 1


def _reorder_head(buffer: _Buffer, syntax: str, names: Sequence[str], ordered: Sequence[str]) -> None:
    """Write the names of the columns in another order, in place: both take the same room."""
    if syntax == formats.RESULTS_XML:
        head = '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
        item, gap = '<variable name="{}"/>', ""
    else:
        head, item, gap = '{"head":{"vars":[', '"{}"', ","
    old = (head + gap.join(map(item.format, names))).encode()
    with buffer.getbuffer() as body:
        if body[: len(old)] == old:
            body[: len(old)] = (head + gap.join(map(item.format, ordered))).encode()


def _count(body: bytes, syntax: str) -> int:
    """Count the solutions in a body as pyoxigraph writes it."""
    if syntax == formats.RESULTS_XML:
        return body.count(b"<result>")  # in a text the bracket is escaped
    if syntax == formats.TSV:
        return body.count(b"\n") - 1  # in a text the line break is escaped
    if b"{}" in body:  # perhaps solutions in which nothing is bound
        structure = _JSON_TEXT.sub(b"", body)
        return structure.count(b"[{") + structure.count(b",{")
    if body.endswith(b":[]}}"):
        return 0
    # Between two solutions a quotation mark begins a name. In a text it is escaped, or it ends the text.
    return 1 + body.count(b'}},{"') - body.count(b'}},{"}') - body.count(b'}},{",')


def _escape_returns(xml: bytes) -> bytes:
    """Return the XML with its carriage returns escaped, because a parser makes them line feeds."""
    if match := _NOT_IN_XML.search(xml):
        character = f"U+{ord(match[0].decode()):04X}"
        raise InexpressibleResultError(
            f"the result holds the character {character}, which XML 1.0 does not have; ask for JSON"
        )
    return xml.replace(b"\r", b"&#13;")


def _check_names(xml: bytes) -> None:
    """Raise if RDF/XML is not well-formed, because the library writes any predicate.

    The parser is asked because it knows what a name is (Namespaces in XML 1.0, section 4).
    """
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(xml, True)
    except expat.ExpatError as error:
        line = xml.split(b"\n")[error.lineno - 1].strip().decode("utf-8", "replace")[:_EXCERPT]
        message = f"RDF/XML cannot write a predicate that ends in no name: {line}; ask for Turtle or JSON-LD"
        raise InexpressibleResultError(message) from None


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
