"""What stands next to an entity in the graph: by which property, in which direction."""

from dataclasses import dataclass

from cstokg import namespaces
from cstokg.web import addresses, reading
from cstokg.web.catalogue import Catalogue
from cstokg.web.graph import Graph, node
from cstokg.web.terms import natural

OUT, IN = "out", "in"

_QUERY = """\
SELECT ?direction ?property ?other (EXISTS { GRAPH graph:inferred { ?s ?property ?o } } AS ?inferred)
WHERE {
  { ENTITY ?property ?other . BIND (ENTITY AS ?s) BIND (?other AS ?o) BIND ("out" AS ?direction) }
  UNION
  { ?other ?property ENTITY . BIND (?other AS ?s) BIND (ENTITY AS ?o) BIND ("in" AS ?direction) }
  FILTER (ISIRI(?other) && ?other != ENTITY && STRSTARTS(STR(?other), "ID"))
}
"""

# Hubs and grounds, by which everything would be next to everything.
_LEFT_OUT = frozenset(
    namespaces.expand(name)
    for name in (
        *("ckg:basis", "ckg:evidence", "ckg:furniture", "ckg:modality", "ckg:rank", "ckg:spanOf"),
        *("dcterms:type", "rdf:type", "void:inDataset", "dcterms:creator", "dcterms:contributor"),
    )
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One edge from or to the entity.

    Attributes:
        iri: the other end.
        property: the IRI of the property.
        direction: ``out`` if the entity is the subject, ``in`` if it is the object.
        inferred: whether the edge follows from others.
    """

    iri: str
    property: str
    direction: str
    inferred: bool = False


def of(graph: Graph, iri: str) -> list[Neighbour]:
    """The edges of an entity in reading order, without those that only repeat another by inference.

    Raises:
        QueryError: the engine does not answer.
    """
    found = [
        Neighbour(
            row["other"].value,
            row["property"].value,
            row["direction"].value,
            row["inferred"].value == "true",
        )
        for row in graph.select(_QUERY.replace("ENTITY", node(iri)).replace("ID", namespaces.ID))
        if row["property"].value not in _LEFT_OUT and not addresses.span(row["other"].value)
    ]
    asserted = {neighbour.iri for neighbour in found if not neighbour.inferred}
    kept = {edge for edge in found if not edge.inferred or edge.iri not in asserted}
    return sorted(
        kept,
        key=lambda edge: (edge.direction == IN, reading.key(edge.property), natural(edge.iri)),
    )


def groups(edges: list[Neighbour], catalogue: Catalogue) -> list[tuple[str, str, str, list[Neighbour]]]:
    """The edges by direction, property and class: each with these three and its edges, in reading order."""
    found: dict[tuple[str, str, str], list[Neighbour]] = {}
    for edge in edges:
        found.setdefault((edge.direction, edge.property, class_of(edge.iri, catalogue)), []).append(edge)
    return [(*key, members) for key, members in found.items()]


def class_of(iri: str, catalogue: Catalogue) -> str:
    """The first of the classes of something, or nothing."""
    entry = catalogue.entries.get(iri)
    return entry.classes[0] if entry and entry.classes else ""


def family(iri: str, catalogue: Catalogue) -> str:
    """The broad kind of something, by which a drawing colours it."""
    return next((name for name, class_ in _FAMILIES if catalogue.is_a(iri, class_)), "other")


# The first that fits counts.
_FAMILIES = (
    ("person", "ckg:Person"),
    ("state", "ckg:State"),
    ("organisation", "ckg:Organisation"),
    ("person", "ckg:Group"),
    ("post", "ckg:Post"),
    ("place", "ckg:Place"),
    ("article", "ckg:Article"),
    ("event", "ckg:Event"),
    ("statement", "ckg:Statement"),
    ("statement", "ckg:Remark"),
    ("claim", "ckg:Claim"),
    ("claim", "ckg:Conflict"),
    ("topic", "skos:Concept"),
    ("situation", "ckg:Situation"),
    ("document", "ckg:Document"),
)
