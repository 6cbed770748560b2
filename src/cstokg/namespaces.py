"""Names: the base IRI, the namespaces, the patterns of IRIs, and the path under which each IRI is served.

No RDF library is imported here, because serving processes read this module too.
"""

import re
from pathlib import PurePath
from types import MappingProxyType
from typing import NamedTuple

from cstokg.bounded_cache import bounded_cache

BASE = "https://w3id.org/csto-kg/"
ID = f"{BASE}id/"
GRAPH = f"{BASE}graph/"
ONTOLOGY = f"{BASE}ontology"
CKG = f"{ONTOLOGY}#"
DATASET = f"{ID}dataset"
INFERRED = f"{GRAPH}inferred"
METADATA = f"{GRAPH}metadata"
PUBLISHED = f"{GRAPH}published"  # says on another server which release it holds
_QUERIES = f"{BASE}queries/"

# The first step of the path after id/ says what kind of thing an IRI names.
KINDS = (
    "action",
    "agenda-item",
    "anniversary",
    "article",
    "attendance",
    "body",
    "claim",
    "conflict",
    "document",
    "event",
    "expected-absence",
    "expected-attendance",
    "government-body",
    "group",
    "meeting",
    "membership",
    "organ",
    "outlet",
    "person",
    "place",
    "post",
    "presidency",
    "record",
    "rule",
    "scheme",
    "standing",
    "state",
    "statement",
    "suspension",
    "tenure",
)

# Each concept scheme is id/scheme/NAME, and its concepts are id/concept/NAME/….
SCHEMES = (
    "action-kind",
    "basis",
    "conflict-kind",
    "document-kind",
    "event-kind",
    "genre",
    "meeting-format",
    "modality",
    "part-of-year",
    "place-kind",
    "rank",
    "record-kind",
    "role",
    "standing-kind",
    "statement-form",
    "topic",
)

# Ours first, then the vocabularies we reuse; both in alphabetical order.
PREFIXES = MappingProxyType(
    dict(
        sorted(
            {
                "ckg": CKG,
                "graph": GRAPH,
                "metadata": f"{METADATA}#",
                "shape": f"{BASE}shapes#",
                **{kind: f"{ID}{kind}/" for kind in KINDS},
                **{scheme: f"{ID}concept/{scheme}/" for scheme in SCHEMES},
            }.items()
        )
    )
    | {
        "bibo": "http://purl.org/ontology/bibo/",
        "dcat": "http://www.w3.org/ns/dcat#",
        "dcterms": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
        "oa": "http://www.w3.org/ns/oa#",
        "org": "http://www.w3.org/ns/org#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "prov": "http://www.w3.org/ns/prov#",
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "schema": "https://schema.org/",
        "sem": "http://semanticweb.cs.vu.nl/2009/11/sem/",
        "sh": "http://www.w3.org/ns/shacl#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "vann": "http://purl.org/vocab/vann/",
        "void": "http://rdfs.org/ns/void#",
        "wd": "http://www.wikidata.org/entity/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
)

# The properties that bound the start and the end of a period.
BOUNDS = ("startNotBefore", "startNotAfter", "endNotBefore", "endNotAfter")

# In the IRI of a testimony, this follows the IRI of what it is about.
TESTIMONY = "/testimony/"

# Kinds of version 0.1. Things of these kinds have another IRI now, to which the old one redirects.
_FORMER_KINDS = ("change", "incident")

_WORD = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_OFFSET = r"(?:0|[1-9][0-9]{0,8})"
_SPAN = rf"article/({_WORD})/span/({_OFFSET})-({_OFFSET})"
_SPAN_IRI = re.compile(re.escape(ID) + _SPAN)
_DATA_IRI = re.compile(
    rf"{re.escape(ID)}(?:dataset"
    rf"|{_SPAN}"
    rf"|concept/(?:{'|'.join(SCHEMES)})/{_WORD}"
    rf"|(?:{'|'.join((*KINDS, *_FORMER_KINDS))})/{_WORD})"
    rf"(?:/testimony/{_WORD}(?:/[A-Za-z0-9-]+)*)?"
)


def is_well_formed(iri: str) -> bool:
    """Return whether an IRI follows the patterns; they hold for IRIs that begin with ``ID`` only."""
    return not iri.startswith(ID) or _DATA_IRI.fullmatch(iri) is not None


class SpanAddress(NamedTuple):
    """What the IRI of a span says: the name of its article, and code points, the end exclusive."""

    name: str
    start: int
    end: int

    @property
    def article(self) -> str:
        """The IRI of the article."""
        return f"{ID}article/{self.name}"


def parse_span(iri: str) -> SpanAddress | None:
    """Return what a span's IRI says; None for any other IRI."""
    match = _SPAN_IRI.fullmatch(iri)
    return SpanAddress(match[1], int(match[2]), int(match[3])) if match else None


def kind_of(iri: str) -> str:
    """Return what kind of thing an IRI names; empty for an IRI that is not ours.

    It is one of ``KINDS``, or ``span``, ``testimony``, ``graph`` or ``concept/SCHEME``.
    """
    if not iri.startswith(ID):
        return "graph" if iri.startswith(GRAPH) else ""
    if parse_span(iri):
        return "span"
    steps = iri.removeprefix(ID).split("/")
    if "testimony" in steps[2:]:
        return "testimony"
    return "/".join(steps[:2]) if steps[0] == "concept" else steps[0]


def step_of(iri: str) -> str:
    """Return the path after ``/page/`` and ``/data/`` that stands for an IRI of ours; empty for any other."""
    if iri.startswith(ID):
        return iri.removeprefix(ID)
    return iri.removeprefix(BASE) if iri.startswith(GRAPH) else ""


def iri_of_step(step: str) -> str:
    """Return the IRI whose page and data are served under a path after ``/page/`` and ``/data/``."""
    return BASE + step if step.startswith("graph/") else ID + step


def page_path(iri: str) -> str:
    """Return the path of the page about an IRI, or the IRI itself if it is a web address of others.

    Any other IRI gets no link, because some schemes run scripts.
    """
    if step := step_of(iri):
        return f"/page/{step.partition('#')[0]}"  # the page of a graph has no anchors for its subjects
    if iri.startswith(_QUERIES):
        return "/questions/" + iri.removeprefix(_QUERIES)
    if iri.startswith(ONTOLOGY):
        return "/ontology" + iri.removeprefix(ONTOLOGY)
    return iri if iri.startswith(("https://", "http://")) else ""


def cite_path(iri: str) -> str:
    """Return the path of the footnotes for an IRI of ours."""
    return f"/cite/{step_of(iri).partition('#')[0]}"


def data_path(iri: str, extension: str) -> str:
    """Return the path of the data about an IRI of ours, as a file with this extension."""
    return f"/data/{step_of(iri)}.{extension}"


def graph_of(path: PurePath) -> str:
    """Return the IRI of the graph that a source file becomes, from its path below the root.

    ``data/articles/minsk-2011.ttl`` becomes ``graph/articles/minsk-2011``; other folders
    than ``data`` stay in the IRI.
    """
    parts = path.with_suffix("").parts
    return GRAPH + "/".join(parts[1:] if parts[0] == "data" else parts)


def expand(name: str) -> str:
    """Return the IRI that ``prefix:local`` or ``<iri>`` stands for, or any other text as it is."""
    if name.startswith("<") and name.endswith(">"):
        return name[1:-1]
    prefix, colon, local = name.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES else name


def distribution(name: str) -> str:
    """Return the IRI that a file of a release has as a distribution of the dataset, from the file's name."""
    return f"{METADATA}#file-{name.replace('.', '-').replace('/', '-')}"


@bounded_cache(1 << 14)
def shorten(iri: str) -> str:
    """Return ``prefix:local`` with the longest namespace that fits, or ``<iri>``."""
    fitting = [
        (len(namespace), prefix) for prefix, namespace in PREFIXES.items() if iri.startswith(namespace)
    ]
    if not fitting:
        return f"<{iri}>"
    length, prefix = max(fitting)
    return f"{prefix}:{iri[length:]}"
