"""Which conflicts touch an entity: their claims are about it, about a record of it, or on its word."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from cstokg.web import addresses
from cstokg.web.terms import Term, natural

# What the rules of the ontology add would bring in whatever a disputed person ever attended.
_QUERY = """\
SELECT DISTINCT ?conflict ?entity
WHERE {
  ?conflict a ckg:Conflict ; ckg:hasClaim ?claim .
  { ?claim rdf:subject|ckg:accordingTo ?entity }
  UNION
  { ?claim rdf:subject ?record . ?record ?link ?entity
    FILTER (ISIRI(?entity) && NOT EXISTS { GRAPH graph:inferred { ?record ?link ?entity } }) }
}
"""
# Records name them to say where they stand, and of what sort they are; nothing is disputed about those.
_ASIDE = ("article", "concept", "place", "span")


def read(select: Callable[[str], list[dict[str, Term]]]) -> Mapping[str, Sequence[str]]:
    """The conflicts by the entity that they touch, each in a fixed order, from a function that asks a graph.

    Raises:
        QueryError: the graph does not answer.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for row in select(_QUERY):
        entity = row["entity"].value
        kind = addresses.kind_of(entity).partition("/")[0]
        if kind and kind not in _ASIDE:
            found[entity].append(row["conflict"].value)
    return {entity: sorted(conflicts, key=natural) for entity, conflicts in found.items()}
