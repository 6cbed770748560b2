"""Reading order: what stands first, and under which heading, when a graph is written for people."""

import re
from types import MappingProxyType

from rdflib import OWL, RDF, RDFS, BNode, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces

# Articles first, then what they report in the order of an article file, then the register.
SECTIONS = MappingProxyType(
    {
        "Dataset": ("dataset",),
        "Articles": ("article",),
        "Meetings": ("meeting",),
        "Attendances": ("attendance", "expected-attendance", "expected-absence"),
        "Agenda": ("agenda-item",),
        "Documents": ("document",),
        "Statements": ("statement",),
        "Memberships": ("membership", "suspension", "presidency", "change"),
        "Tenures": ("tenure",),
        "Incidents": ("incident",),
        "Anniversaries": ("anniversary",),
        "Records": ("record",),
        "Claims": ("claim", "conflict"),
        "People": ("person",),
        "Posts": ("post",),
        "States": ("state",),
        "Bodies": ("body", "organ", "government-body", "group"),
        "Outlets": ("outlet",),
        "Places": ("place",),
        "Concepts": ("scheme", "concept"),
        "Spans": ("span",),
        "Ontology": ("ontology",),
        "Shapes": ("shapes",),
        "Questions": ("queries",),
        "Graphs": ("graph",),
        "Other": ("",),
    }
)
_PLACE = {
    kind: (section, number)
    for section, kinds in enumerate(SECTIONS.values())
    for number, kind in enumerate(kinds)
}
_HEADINGS = tuple(SECTIONS)

# What a thing is and is called comes first; on what ground it stands comes last.
_FIRST = (
    "rdf:type",
    "sh:path",
    "sh:targetClass",
    "sh:targetNode",
    "rdfs:subClassOf",
    "rdfs:subPropertyOf",
    "rdfs:domain",
    "rdfs:range",
    "rdfs:label",
    "skos:prefLabel",
    "skos:altLabel",
    "skos:notation",
    "dcterms:title",
    "dcterms:description",
    "skos:definition",
    "skos:scopeNote",
    "rdfs:comment",
    "dcterms:identifier",
    "dcterms:type",
    "skos:inScheme",
    "rdf:subject",
    "rdf:predicate",
    "rdf:object",
    "ckg:spanOf",
    "ckg:charStart",
    "ckg:charEnd",
    "ckg:onDate",
)
_LAST = ("ckg:evidence", "ckg:basis", "ckg:rank", "ckg:sha256", "rdfs:seeAlso")
_PREDICATES = {
    namespaces.expand(name): (part, rank)
    for part, predicates in ((0, _FIRST), (2, _LAST))
    for rank, name in enumerate(predicates)
}

_KIND = re.compile(rf"{re.escape(namespaces.ID)}(?P<id>[^/]+)|{re.escape(namespaces.BASE)}(?P<base>[^/#]+)")
_DIGITS = re.compile(r"(\d+)")

Key = tuple[object, ...]


def heading(subject: Node) -> str:
    """The section of ``SECTIONS`` that a subject stands in."""
    return _HEADINGS[_place(subject)[0]]


def subject_key(graph: Graph, subject: Node) -> Key:
    """A key that sorts the named subjects of a graph.

    Sections come in the order of ``SECTIONS``; numbers inside an IRI count as numbers. In the
    ontology a class is followed by the properties that start from it.
    """
    place = _place(subject)
    if _HEADINGS[place[0]] != "Ontology":
        return (*place, (), False, natural(str(subject)))
    if (subject, RDF.type, OWL.Ontology) in graph:
        return (*place, (), False, natural(str(subject)))
    domain = min((str(node) for node in graph.objects(subject, RDFS.domain)), default=str(subject))
    return (*place, natural(domain), domain != str(subject), natural(str(subject)))


def predicate_key(predicate: Node) -> Key:
    """A key that sorts predicates: what it is, what else is said, on what ground."""
    return (*_PREDICATES.get(str(predicate), (1, 0)), str(predicate))


def object_key(node: Node, rendered: str) -> Key:
    """A key that sorts objects: IRIs, then literals by language, then blank nodes as they are written."""
    if isinstance(node, Literal):
        return (1, node.language or "", str(node.datatype or ""), natural(str(node)))
    return (2 if isinstance(node, BNode) else 0, "", "", natural(rendered))


def natural(text: str) -> Key:
    """A key under which ``190-485`` comes before ``1000-1200``."""
    parts = _DIGITS.split(text)
    return (tuple(int(part) if number % 2 else part for number, part in enumerate(parts)), text)


def _place(subject: Node) -> tuple[int, int]:
    match = _KIND.match(subject) if isinstance(subject, URIRef) else None
    kind = (match["id"] or match["base"]) if match else ""
    if kind == "article" and namespaces.parse_span(str(subject)):
        kind = "span"
    return _PLACE.get(kind, _PLACE[""])
