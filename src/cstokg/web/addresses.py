"""Addresses: where on this server each IRI of ours has its page and its data."""

import re
from dataclasses import dataclass
from types import MappingProxyType

from cstokg import namespaces

PAGE = "/page/"
DATA = "/data/"
_QUERIES = f"{namespaces.BASE}queries/"
_SPAN = re.compile(rf"{re.escape(namespaces.ID)}(?P<article>article/[^/]+)/span/(?P<start>\d+)-(?P<end>\d+)")


@dataclass(frozen=True, slots=True)
class Representation:
    """A format in which an entity can be had."""

    suffix: str
    media_type: str
    label: str


# In order of preference where a client leaves the choice open.
REPRESENTATIONS = (
    Representation("ttl", "text/turtle", "Turtle"),
    Representation("jsonld", "application/ld+json", "JSON-LD"),
    Representation("nt", "application/n-triples", "N-Triples"),
    Representation("rdf", "application/rdf+xml", "RDF/XML"),
    Representation("csv", "text/csv", "CSV"),
)
BY_SUFFIX = MappingProxyType({row.suffix: row for row in REPRESENTATIONS})
BY_MEDIA_TYPE = MappingProxyType({row.media_type: row for row in REPRESENTATIONS})


@dataclass(frozen=True, slots=True)
class SpanAddress:
    """What the IRI of a span says: its article, and code points, the end exclusive."""

    article: str
    start: int
    end: int


def step_of(iri: str) -> str:
    """The path that stands for an IRI of ours after ``/page/`` and ``/data/``; empty for any other IRI."""
    if iri.startswith(namespaces.ID):
        return iri.removeprefix(namespaces.ID)
    return iri.removeprefix(namespaces.BASE) if iri.startswith(namespaces.GRAPH) else ""


def iri_of(step: str) -> str:
    """The IRI whose page or data stand under a path."""
    return namespaces.BASE + step if step.startswith("graph/") else namespaces.ID + step


def kind_of(iri: str) -> str:
    """What kind of thing an IRI of ours names: a kind, ``span``, or ``concept/SCHEME``; empty for others."""
    if not iri.startswith(namespaces.ID):
        return "graph" if iri.startswith(namespaces.GRAPH) else ""
    if span(iri):
        return "span"
    steps = iri.removeprefix(namespaces.ID).split("/")
    return "/".join(steps[:2]) if steps[0] == "concept" else steps[0]


def page(iri: str) -> str:
    """The address of the page about an IRI; empty if there is none to link to.

    Only web addresses become links: any other scheme could run script.
    """
    if step := step_of(iri):
        return PAGE + step.partition("#")[0]  # the page of a graph has no places for its subjects
    if iri.startswith(_QUERIES):
        return "/questions/" + iri.removeprefix(_QUERIES)
    if iri.startswith(namespaces.ONTOLOGY):
        return "/ontology" + iri.removeprefix(namespaces.ONTOLOGY)
    return iri if iri.startswith(("https://", "http://")) else ""


def data(iri: str, suffix: str) -> str:
    """The address of the data about an IRI of ours."""
    return f"{DATA}{step_of(iri)}.{suffix}"


def span(iri: str) -> SpanAddress | None:
    """What the IRI of a span says; None for any other IRI."""
    found = _SPAN.fullmatch(iri)
    return (
        SpanAddress(namespaces.ID + found["article"], int(found["start"]), int(found["end"]))
        if found
        else None
    )


def split(step: str) -> tuple[str, str]:
    """A path and the suffix of a format at its end, which is empty where there is none."""
    stem, dot, suffix = step.rpartition(".")
    return (stem, suffix) if dot and suffix in BY_SUFFIX else (step, "")
