"""Media types for each kind of result.

The order of the table is the order of preference where a client leaves the choice open.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import QueryResultsFormat, RdfFormat

BINDINGS = "bindings"
BOOLEAN = "boolean"
GRAPH = "graph"

_TABULAR = frozenset({BINDINGS, BOOLEAN})
_GRAPH = frozenset({GRAPH})


@dataclass(frozen=True, slots=True)
class Format:
    """One media type.

    Attributes:
        media_type: the type, without parameters.
        name: the short name people may give as ``format=``; an alias shares it with its main type.
        label: the name people read.
        extension: of a file in this format, without the dot.
        kinds: the kinds of result it can hold.
        syntax: what the serializer calls it.
    """

    media_type: str
    name: str
    label: str
    extension: str
    kinds: frozenset[str]
    syntax: QueryResultsFormat | RdfFormat


FORMATS = (
    Format("application/sparql-results+json", "json", "JSON", "srj", _TABULAR, QueryResultsFormat.JSON),
    Format("application/sparql-results+xml", "xml", "XML", "srx", _TABULAR, QueryResultsFormat.XML),
    Format("text/csv", "csv", "CSV", "csv", _TABULAR, QueryResultsFormat.CSV),
    Format("text/tab-separated-values", "tsv", "TSV", "tsv", _TABULAR, QueryResultsFormat.TSV),
    Format("text/turtle", "turtle", "Turtle", "ttl", _GRAPH, RdfFormat.TURTLE),
    Format("application/n-triples", "ntriples", "N-Triples", "nt", _GRAPH, RdfFormat.N_TRIPLES),
    Format("application/rdf+xml", "rdfxml", "RDF/XML", "rdf", _GRAPH, RdfFormat.RDF_XML),
    Format("application/ld+json", "jsonld", "JSON-LD", "jsonld", _GRAPH, RdfFormat.JSON_LD),
    Format("application/n-quads", "nquads", "N-Quads", "nq", _GRAPH, RdfFormat.N_QUADS),
    Format("application/trig", "trig", "TriG", "trig", _GRAPH, RdfFormat.TRIG),
    # Aliases: what general tools ask for when they mean one of the types above.
    Format("application/json", "json", "JSON", "json", _TABULAR, QueryResultsFormat.JSON),
    Format("application/xml", "xml", "XML", "xml", _TABULAR, QueryResultsFormat.XML),
    Format("text/xml", "xml", "XML", "xml", _TABULAR, QueryResultsFormat.XML),
)

BY_MEDIA_TYPE = {row.media_type: row for row in FORMATS}
NAMES = tuple(dict.fromkeys(row.name for row in FORMATS))


def named(name: str) -> tuple[str, ...]:
    """The media types that a short name or a media type stands for; none if it stands for nothing."""
    return tuple(row.media_type for row in FORMATS if name in (row.name, row.media_type))


def for_kind(kind: str) -> tuple[Format, ...]:
    """The formats that can hold a kind of result, one per short name, best first."""
    fitting: dict[str, Format] = {}
    for row in FORMATS:
        if kind in row.kinds:
            fitting.setdefault(row.name, row)
    return tuple(fitting.values())


def first_fitting(media_types: Iterable[str], kind: str) -> Format | None:
    """The format of the first media type that can hold a kind of result."""
    rows = (BY_MEDIA_TYPE.get(media_type) for media_type in media_types)
    return next((row for row in rows if row and kind in row.kinds), None)
