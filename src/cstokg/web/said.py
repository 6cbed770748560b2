"""The statements of the graph as records: who said what, about what, and how it reached the article."""

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property

from cstokg import namespaces
from cstokg.web.graph import Graph
from cstokg.web.remembered import once
from cstokg.web.terms import Term, natural

NONE = "none"  # in place of a value that no article gives

_QUERY = "SELECT ?s ?p ?o WHERE { ?s a ckg:Statement ; ?p ?o }"
_MEETINGS = "SELECT ?meeting ?day WHERE { ?meeting a ckg:Event ; ckg:onDate ?day }"
_BODIES = "SELECT ?body ?state WHERE { ?body ckg:organOf ?state . ?state a ckg:State }"
_STATE = f"{namespaces.ID}state/"

Triples = dict[str, dict[Term, None]]


@dataclass(frozen=True)
class Statement:
    """One statement.

    Attributes:
        iri: the statement.
        triples: what the graph says of it, by predicate.
        day: the day on which it was said, or on which the event was at which it was said; else empty.
        body_states: the states whose bodies speak.
        relayed: the speakers whose words it passes on.
    """

    iri: str
    triples: Triples
    day: str
    body_states: tuple[str, ...] = ()
    relayed: tuple[str, ...] = ()

    def values(self, name: str) -> tuple[str, ...]:
        """The values of a property given as ``prefix:name``, in a fixed order."""
        found = sorted(self.triples.get(namespaces.expand(name), ()), key=lambda term: term.order)
        return tuple(term.value for term in found)

    @cached_property
    def paraphrase(self) -> str:
        """The content in the editors' words."""
        return next(iter(self.values("ckg:paraphrase")), "")

    @cached_property
    def speakers(self) -> tuple[str, ...]:
        """The speakers; where an article names only a post, the post."""
        return self.values("ckg:speaker") or self.values("ckg:inCapacityOf") or (NONE,)

    @cached_property
    def spans(self) -> tuple[str, ...]:
        """The spans that support it."""
        return tuple(sorted(self.values("ckg:evidence"), key=natural))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """The states that speak, or for which somebody or some body of theirs speaks."""
        given = (*self.values("ckg:speaker"), *self.values("ckg:onBehalfOf"), *self.body_states)
        return tuple(sorted({iri for iri in given if iri.startswith(_STATE)})) or (NONE,)

    def of(self, facet: str) -> tuple[str, ...]:
        """The values of a facet: IRIs, years, or ``none``."""
        if facet == "speaker":
            return self.speakers
        if facet == "relayed":
            return self.relayed or (NONE,)
        if facet == "state":
            return self.states
        if facet == "year":
            return (self.day[:4] or NONE,)
        return self.values(_PROPERTIES[facet]) or (NONE,)


_PROPERTIES = {
    "topic": "ckg:topic",
    "outlet": "ckg:reportedVia",
    "meeting": "ckg:statedAt",
    "article": "ckg:reportedIn",
    "form": "dcterms:type",
    "modality": "ckg:modality",
}


@once
def read(graph: Graph) -> tuple[Statement, ...]:
    """The statements, in the order in which they stand in the articles."""
    about: dict[str, Triples] = defaultdict(lambda: defaultdict(dict))
    for row in graph.select(_QUERY):
        about[row["s"].value][row["p"].value][row["o"]] = None
    days = {row["meeting"].value: row["day"].value for row in graph.select(_MEETINGS)}
    states = {row["body"].value: row["state"].value for row in graph.select(_BODIES)}
    speaker = namespaces.expand("ckg:speaker")
    found = [
        Statement(
            iri,
            dict(triples),
            _day(triples, days),
            tuple(states[term.value] for term in triples.get(speaker, ()) if term.value in states),
        )
        for iri, triples in about.items()
    ]
    speakers = {row.iri: row.speakers[0] for row in found}
    found = [
        replace(
            row, relayed=tuple(sorted({speakers[iri] for iri in row.values("ckg:relays") if iri in speakers}))
        )
        for row in found
    ]
    return tuple(sorted(found, key=lambda row: (natural(" ".join(row.spans[-1:])), natural(row.iri))))


def _day(triples: Triples, days: dict[str, str]) -> str:
    own = triples.get(namespaces.expand("ckg:onDate"), {})
    if own:
        return min(term.value for term in own)
    at = (
        days[term.value] for term in triples.get(namespaces.expand("ckg:statedAt"), {}) if term.value in days
    )
    return min(at, default="")
