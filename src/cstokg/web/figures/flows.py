"""The ways of statements: from whose mouth, through which hands, into which article."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from cstokg.web import facets
from cstokg.web.said import NONE, Statement

RELAYED, VIA, DIRECT = "relayed", "via", "direct"
Point = tuple[int, str]  # column and IRI


@dataclass(frozen=True, slots=True)
class Flow:
    """The statements that went one way: from a point to the next, of which sort, and of which article."""

    start: Point
    end: Point
    sort: str
    statements: tuple[str, ...] = field(default=())

    @property
    def number(self) -> int:
        """How many statements."""
        return len(self.statements)


def ways(kept: Sequence[Statement]) -> list[Flow]:
    """The flows of some statements, in a fixed order."""
    found: dict[tuple[Point, Point, str], list[str]] = defaultdict(list)
    for row in kept:
        speaker, outlet = row.speakers[0], row.of("outlet")[0]
        for article in row.of("article"):
            if outlet == NONE:
                found[(1, speaker), (3, article), DIRECT].append(row.iri)
            else:
                found[(1, speaker), (2, outlet), VIA].append(row.iri)
                found[(2, outlet), (3, article), VIA].append(row.iri)
        for other in row.relayed:
            found[(0, other), (1, speaker), RELAYED].append(row.iri)
    return [Flow(*way, tuple(found[way])) for way in sorted(found)]


def address(flow: Flow, choices_: facets.Chosen) -> str:
    """The statements of a band."""
    chosen = dict(choices_)
    for column, iri in (flow.start, flow.end):
        name = ("relayed", "speaker", "outlet", "article")[column]
        chosen[name] = (facets.step(name, iri),)
    if flow.sort == DIRECT:
        chosen["outlet"] = (NONE,)
    return facets.address(chosen)
