"""The relations of one entity: each property that links it, or links to it, with what stands at its end."""

from collections import defaultdict
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.web import explore
from cstokg.web.site import Site

_SHOWN = 5  # neighbours of one relation that are named; the others are counted
_CLAIMED = frozenset(
    map(namespaces.expand, ("rdf:subject", "rdf:object"))
)  # claims repeat what they are about


@dataclass(frozen=True, slots=True)
class Relation:
    """A property, its direction, and the neighbours to which it leads."""

    predicate: str
    label: str
    inward: bool
    ends: tuple[str, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        """The neighbours that are named in the drawing."""
        return self.ends if len(self.ends) <= _SHOWN + 1 else self.ends[:_SHOWN]

    @property
    def more(self) -> int:
        """How many are not."""
        return len(self.ends) - len(self.shown)

    @property
    def others(self) -> list[str]:
        """What the drawing says of these."""
        return [f"and {self.more} more"]

    @property
    def words(self) -> str:
        """The relation with its direction."""
        return f"{self.label}, {'leading here' if self.inward else 'leading from here'}"

    @property
    def class_(self) -> str:
        """The style of its lines."""
        return "link inward" if self.inward else "link"


def relate(site: Site, iri: str) -> list[Relation]:
    """The relations of an entity to other entities of ours, in reading order, outward ones first."""
    found: dict[tuple[bool, str], list[str]] = defaultdict(list)
    for edge in explore.neighbours(site.graph, iri):
        if edge.iri in site.catalogue and edge.property not in _CLAIMED:
            found[edge.direction == explore.IN, edge.property].append(edge.iri)
    return [
        Relation(property_, site.catalogue.label(property_), inward, tuple(dict.fromkeys(iris)))
        for (inward, property_), iris in found.items()
    ]
