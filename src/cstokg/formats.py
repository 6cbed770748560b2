"""The formats of results: one table of media types, short names, labels, suffixes and kinds.

The order of the table is the order of preference where a client leaves the choice open. Nothing is
imported that takes time, because the command line reads this table for its help.
"""

from dataclasses import dataclass
from types import MappingProxyType

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
        syntax: the media type under which serializers know the format.
    """

    media_type: str
    name: str
    label: str
    extension: str
    kinds: frozenset[str]
    syntax: str


FORMATS = (
    Format(
        "application/sparql-results+json", "json", "JSON", "srj", _TABULAR, "application/sparql-results+json"
    ),
    Format("application/sparql-results+xml", "xml", "XML", "srx", _TABULAR, "application/sparql-results+xml"),
    Format("text/csv", "csv", "CSV", "csv", _TABULAR, "text/csv"),
    Format("text/tab-separated-values", "tsv", "TSV", "tsv", _TABULAR, "text/tab-separated-values"),
    Format("text/turtle", "turtle", "Turtle", "ttl", _GRAPH, "text/turtle"),
    Format("application/n-triples", "ntriples", "N-Triples", "nt", _GRAPH, "application/n-triples"),
    Format("application/rdf+xml", "rdfxml", "RDF/XML", "rdf", _GRAPH, "application/rdf+xml"),
    Format("application/ld+json", "jsonld", "JSON-LD", "jsonld", _GRAPH, "application/ld+json"),
    Format("application/n-quads", "nquads", "N-Quads", "nq", _GRAPH, "application/n-quads"),
    Format("application/trig", "trig", "TriG", "trig", _GRAPH, "application/trig"),
    # What general tools ask for when they mean one of the types above.
    Format("application/json", "json", "JSON", "json", _TABULAR, "application/sparql-results+json"),
    Format("application/xml", "xml", "XML", "xml", _TABULAR, "application/sparql-results+xml"),
    Format("text/xml", "xml", "XML", "xml", _TABULAR, "application/sparql-results+xml"),
    Format("text/plain", "ntriples", "N-Triples", "nt", _GRAPH, "application/n-triples"),
)

# The short names that clients have for these formats: SPARQLWrapper, Virtuoso's forms, rdflib, file names.
# A client that says XML or JSON of a graph means the RDF format of that family.
ALIASES = MappingProxyType(
    {
        "json": ("json", "jsonld"),
        "xml": ("xml", "rdfxml"),
        "sparql-results+json": ("json",),
        "sparql-results+xml": ("xml",),
        "srj": ("json",),
        "srx": ("xml",),
        "tab-separated-values": ("tsv",),
        "ttl": ("turtle",),
        "n3": ("turtle",),
        "nt": ("ntriples",),
        "n-triples": ("ntriples",),
        "rdf": ("rdfxml",),
        "rdf+xml": ("rdfxml",),
        "rdf-xml": ("rdfxml",),
        "json-ld": ("jsonld",),
        "ld+json": ("jsonld",),
        "nq": ("nquads",),
        "n-quads": ("nquads",),
    }
)

BY_MEDIA_TYPE = {row.media_type: row for row in FORMATS}
# The formats in which the data about one entity can be had, by file extension, in order of preference.
ENTITY_FORMATS = MappingProxyType(
    {
        BY_MEDIA_TYPE[media_type].extension: BY_MEDIA_TYPE[media_type]
        for media_type in (
            "text/turtle",
            "application/ld+json",
            "application/n-triples",
            "application/rdf+xml",
            "text/csv",
        )
    }
)
NAMES = tuple(dict.fromkeys(row.name for row in FORMATS))


def named(name: str) -> tuple[str, ...]:
    """Return the media types that a short name or a media type means; none if it is unknown."""
    short = ALIASES.get(name, (name,))
    return tuple(row.media_type for row in FORMATS if row.name in short or row.media_type == name)


def for_kind(kind: str) -> tuple[Format, ...]:
    """Return the formats that can hold a kind of result, one per short name, best first."""
    fitting: dict[str, Format] = {}
    for row in FORMATS:
        if kind in row.kinds:
            fitting.setdefault(row.name, row)
    return tuple(fitting.values())
