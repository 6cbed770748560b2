"""All media types, and the formats of results: one table of their short names, labels, suffixes and kinds.

Which of them a client wants is read from its header Accept here, too. The order of the table is the order
of preference where a client leaves the choice open. This module imports nothing slow, because the command
line reads the table for its help.
"""

import gzip
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

MIN_GZIP_BYTES = 1_000  # less is not worth compressing
_GZIP_LEVEL = 4  # 6 takes twice the time for a tenth less

# Results and graphs.
RESULTS_JSON = "application/sparql-results+json"
RESULTS_XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
TURTLE = "text/turtle"
N_TRIPLES = "application/n-triples"
RDF_XML = "application/rdf+xml"
JSON_LD = "application/ld+json"
N_QUADS = "application/n-quads"
TRIG = "application/trig"

# What general tools ask for when they mean one of those above, and what else a server sends.
JSON = "application/json"
XML = "application/xml"
TEXT_XML = "text/xml"
ATOM = "application/atom+xml"
TEXT = "text/plain"
HTML = "text/html"
SVG = "image/svg+xml"
PNG = "image/png"
PDF = "application/pdf"
PROBLEM = "application/problem+json"
METRICS = "text/plain; version=0.0.4; charset=utf-8"
BYTES = "application/octet-stream"
PARQUET = "application/vnd.apache.parquet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# References, for programs that keep them.
BIBTEX = "application/x-bibtex"
RIS = "application/x-research-info-systems"
CSL_JSON = "application/vnd.citationstyles.csl+json"

# What a server reads.
SPARQL_QUERY = "application/sparql-query"
SPARQL_UPDATE = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"

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
    Format(RESULTS_JSON, "json", "JSON", "srj", _TABULAR, RESULTS_JSON),
    Format(RESULTS_XML, "xml", "XML", "srx", _TABULAR, RESULTS_XML),
    Format(CSV, "csv", "CSV", "csv", _TABULAR, CSV),
    Format(TSV, "tsv", "TSV", "tsv", _TABULAR, TSV),
    Format(TURTLE, "turtle", "Turtle", "ttl", _GRAPH, TURTLE),
    Format(N_TRIPLES, "ntriples", "N-Triples", "nt", _GRAPH, N_TRIPLES),
    Format(RDF_XML, "rdfxml", "RDF/XML", "rdf", _GRAPH, RDF_XML),
    Format(JSON_LD, "jsonld", "JSON-LD", "jsonld", _GRAPH, JSON_LD),
    Format(N_QUADS, "nquads", "N-Quads", "nq", _GRAPH, N_QUADS),
    Format(TRIG, "trig", "TriG", "trig", _GRAPH, TRIG),
    Format(JSON, "json", "JSON", "json", _TABULAR, RESULTS_JSON),
    Format(XML, "xml", "XML", "xml", _TABULAR, RESULTS_XML),
    Format(TEXT_XML, "xml", "XML", "xml", _TABULAR, RESULTS_XML),
    Format(TEXT, "ntriples", "N-Triples", "nt", _GRAPH, N_TRIPLES),
)

# The short names that clients have for these formats: SPARQLWrapper, Virtuoso's forms, rdflib, file names.
# A client that asks for a graph as XML or JSON means the RDF format of that family.
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
        for media_type in (TURTLE, JSON_LD, N_TRIPLES, RDF_XML, CSV)
    }
)
# The formats in which a footnote can be had, by file extension; they hold no results of queries.
CITATION_FORMATS = MappingProxyType(
    {
        row.extension: row
        for row in (
            Format(TEXT, "text", "text", "txt", frozenset(), TEXT),
            Format(BIBTEX, "bibtex", "BibTeX", "bib", frozenset(), BIBTEX),
            Format(RIS, "ris", "RIS", "ris", frozenset(), RIS),
            Format(CSL_JSON, "csl", "CSL-JSON", "json", frozenset(), CSL_JSON),
        )
    }
)
# The files in which the answer to a saved question can be had, by the suffix of their addresses. No worker
# writes workbooks; the pages do.
_WORKBOOK = Format(XLSX, "xlsx", "Excel", "xlsx", _TABULAR, XLSX)
ANSWER_FORMATS = MappingProxyType(
    {
        "xlsx": _WORKBOOK,
        "csv": BY_MEDIA_TYPE[CSV],
        "json": BY_MEDIA_TYPE[RESULTS_JSON],
        "ttl": BY_MEDIA_TYPE[TURTLE],
        "jsonld": BY_MEDIA_TYPE[JSON_LD],
    }
)
# The files in which a figure can be had: its drawing and its table.
FIGURE_FORMATS = MappingProxyType(
    {
        row.extension: row
        for row in (
            Format(SVG, "svg", "SVG", "svg", frozenset(), SVG),
            Format(PNG, "png", "PNG", "png", frozenset(), PNG),
            Format(PDF, "pdf", "PDF", "pdf", frozenset(), PDF),
            BY_MEDIA_TYPE[CSV],
        )
    }
)
# The files in which the chosen statements can be had.
STATEMENT_FORMATS = MappingProxyType({"xlsx": _WORKBOOK, "csv": BY_MEDIA_TYPE[CSV]})
NAMES = tuple(dict.fromkeys(row.name for row in FORMATS))
# What a result is written in where a client leaves the choice open: a table or a boolean, a graph.
DEFAULTS = (RESULTS_JSON, TURTLE)
_BY_EXTENSION = {
    "parquet": PARQUET,
    "xlsx": XLSX,
    **{row.extension: row.media_type for row in reversed(FORMATS)},
}
_MAX_CACHED = 500  # characters; a longer header is read anew each time
_COMPRESSIBLE = frozenset({*BY_MEDIA_TYPE, SVG, BIBTEX, RIS, CSL_JSON})


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


def accepted(header: str, offered: tuple[str, ...]) -> tuple[str, ...]:
    """Return the offered media types that an Accept header accepts, best first (RFC 9110, section 12.5.1).

    Of the types with the same quality, those that it names come before those that only a wildcard covers.
    Parameters of a media type are ignored, because they choose between variants, and there are none.
    """
    return (_accepted if len(header) <= _MAX_CACHED else _accepted.__wrapped__)(header, offered)


@lru_cache
def _accepted(header: str, offered: tuple[str, ...]) -> tuple[str, ...]:
    ranges = qualities(header)
    if not ranges:
        return offered

    def preference(media_type: str) -> tuple[float, int]:
        names = media_type, f"{media_type.partition('/')[0]}/*", "*/*", "*"
        return next(((ranges[name], -rank) for rank, name in enumerate(names) if name in ranges), (0.0, 0))

    preferences = {media_type: preference(media_type) for media_type in offered}
    fitting = (media_type for media_type in offered if preferences[media_type][0] > 0)
    return tuple(sorted(fitting, key=preferences.__getitem__, reverse=True))


def qualities(header: str) -> dict[str, float]:
    """Return the values in a header such as Accept, in lower case, each with its quality from 0 to 1."""
    weights: dict[str, float] = {}
    for item in header.split(","):
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            weight = min(1.0, max(0.0, float(quality)))
        except ValueError:
            continue
        if name:
            weights[name] = max(weight, weights.get(name, 0.0))
    return weights


def of_file(name: str) -> str:
    """Return the media type of a file by the suffix of its name; that of unknown bytes for other suffixes."""
    return _BY_EXTENSION.get(name.rpartition(".")[2], BYTES)


def content_type(media_type: str) -> str:
    """Return a media type as a header gives it, with the encoding where the type has a parameter for that.

    R's RCurl, for one, reads XML without it as Latin-1, whatever the document says.
    """
    has_charset = media_type.startswith("text/") or media_type.endswith("xml") or media_type in (BIBTEX, RIS)
    return f"{media_type}; charset=utf-8" if has_charset else media_type


def is_compressible(media_type: str) -> bool:
    """Return whether contents of a media type get smaller when they are compressed."""
    return media_type.startswith("text/") or media_type in _COMPRESSIBLE


def compressed(body: bytes) -> bytes:
    """Return a body in the content coding gzip, the same bytes each time."""
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)
