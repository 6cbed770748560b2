"""Conflicts: claims that differ on one matter, by weight, and by the entity that they are about."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cstokg import namespaces
from cstokg.web.content import facts, periods
from cstokg.web.content.articles import names_of_articles, references
from cstokg.web.content.catalogue import Term, natural
from cstokg.web.content.graph import Description, Graph, once
from cstokg.web.content.statements import IN_POST

_NAMES = frozenset(map(namespaces.expand, ("skos:prefLabel", "skos:altLabel", "rdfs:label", "ckg:printedAs")))
_PREFERRED = Term(namespaces.expand("rank:preferred"))
_DEPRECATED = Term(namespaces.expand("rank:deprecated"))
_MISPRINT = f"{namespaces.ID}concept/conflict-kind/printing-slip"
_CLAIMS = f"""\
SELECT ?s ?p ?o
WHERE {{
  {{ ?s a ckg:Conflict ; ?p ?o }}
  UNION {{ ?conflict a ckg:Conflict ; ckg:hasClaim ?s . ?s ?p ?o }}
  UNION {{ ?conflict a ckg:Conflict ; ckg:hasClaim ?s . ?s ckg:hasTestimony [ ?p ?o ]
    FILTER (?p = ckg:accordingTo) }}
  UNION {{ ?conflict a ckg:Conflict ; ckg:hasClaim/ckg:hasTestimony/ckg:accordingTo ?s . ?s ?p ?o
    FILTER (?p IN (ckg:speaker, ckg:onDate, {", ".join(periods.BOUNDS)})) }}
}}
"""
CONCLUSION = "the editors’ conclusion"
_ALL_CLAIMS = """\
SELECT DISTINCT ?claim ?article ?concluded
WHERE {
  ?claim a ckg:Claim
  OPTIONAL { ?claim ckg:reportedIn ?article }
  BIND (EXISTS { ?claim ckg:hasTestimony/ckg:basis basis:inferred } AS ?concluded)
}
ORDER BY ?claim ?article
"""
_CONFLICT = Term(namespaces.expand("ckg:Conflict"))
# What a situation links to counts too; an event names many things that a conflict about it is not about.
_DISPUTED = f"""\
SELECT DISTINCT ?conflict ?entity
WHERE {{
  ?conflict a ckg:Conflict ; ckg:hasClaim ?claim .
  {{ ?claim rdf:subject|rdf:object|(rdf:subject?/ckg:hasTestimony/ckg:accordingTo) ?entity }}
  UNION
  {{ ?claim rdf:subject ?record . ?record a ckg:Situation ; ?link ?entity
    FILTER (NOT EXISTS {{ GRAPH graph:inferred {{ ?record ?link ?entity }} }}) }}
  UNION
  {{ ?claim rdf:subject ?tenure . {IN_POST}
    ?record ckg:atMeeting? ?entity }}
  FILTER (ISIRI(?entity))
}}
"""
# Records name things of these kinds only for their context, so a conflict is not about them.
_NOT_DISPUTED = ("article", "concept", "place", "span")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the claims that differ.

    Attributes:
        iri: the claim.
        words: the claim in the editors' words.
        articles: the articles that make it.
        speakers: the speakers according to whom they make it; none if they make it in their own voice.
        said: when the speakers said it, in words, as far as the articles say.
        preferred: whether the graph accepts it as a fact.
        rejected: whether the editors reject it.
        spans: its evidence.
    """

    iri: str
    words: str
    articles: tuple[str, ...]
    speakers: tuple[str, ...]
    said: str
    preferred: bool
    rejected: bool
    spans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims that differ on one matter.

    Attributes:
        iri: the conflict.
        kinds: how the editors explain that they differ.
        sides: its claims in the order of their names.
        is_spelling: whether nothing but the spelling of a name is contested.
    """

    iri: str
    kinds: tuple[str, ...]
    sides: tuple[Side, ...]
    is_spelling: bool

    @property
    def who_differs(self) -> str:
        """Which accounts differ, in words: several articles, speakers in one, or the wordings of one."""
        articles = {article for side in self.sides for article in side.articles}
        if len(articles) > 1:
            return f"{_number(len(articles))} articles differ"
        views = {side.speakers for side in self.sides if side.speakers}
        if len(views) > 1:
            return f"One article reports {_number(len(views)).lower()} views"
        if views and not all(side.speakers for side in self.sides):
            return "An article and a speaker in it differ"
        return f"{_number(len(self.sides))} wordings in one article"

    @property
    def is_decided(self) -> bool:
        """Whether the graph accepts one of the claims."""
        return any(side.preferred for side in self.sides)

    def verdict_on(self, side: Side) -> str:
        """Return what the editors make of a side, in a reader's words."""
        if side.preferred:
            return "accepted by the editors"
        if side.rejected:
            return "rejected by the editors"
        return "not accepted" if self.is_decided else "left open"


@once
def description_of_conflicts(graph: Graph) -> Description:
    """Return what the graph says of all conflicts and their claims."""
    return graph.describe(_CLAIMS)


@once
def conflicts_by_weight(graph: Graph) -> Sequence[Conflict]:
    """Return the conflicts, the weightiest first, and those about spelling last.

    A conflict weighs more if no claim is preferred, if it is no misprint, if more articles and more speakers
    differ in it, and if its articles are newer: in this order.
    """
    description = description_of_conflicts(graph)
    rows = [
        _conflict(description, iri)
        for iri in list(description.triples)
        if _CONFLICT in description.values(iri, "rdf:type")
    ]
    by_article = references(graph)

    def weight(conflict: Conflict) -> tuple[object, ...]:
        articles = {article for side in conflict.sides for article in side.articles}
        speakers = {speaker for side in conflict.sides for speaker in side.speakers}
        days = (by_article[iri].first_and_last_day[0] for iri in articles if iri in by_article)
        newest = max((day for day in days if day), default=date.min)
        return (
            conflict.is_spelling,
            conflict.is_decided,
            _MISPRINT in conflict.kinds,
            -len(articles),
            -len(speakers),
            -newest.toordinal(),
            natural(graph.catalogue.label(conflict.iri).casefold()),
        )

    return tuple(sorted(rows, key=weight))


@once
def subjects_by_conflict(graph: Graph) -> Mapping[str, frozenset[str]]:
    """Return what the claims of each conflict are about."""
    description = description_of_conflicts(graph)
    return {
        conflict.iri: frozenset(
            term.value for side in conflict.sides for term in description.values(side.iri, "rdf:subject")
        )
        for conflict in conflicts_by_weight(graph)
    }


def with_who_differs(graph: Graph, iris: Iterable[str]) -> list[tuple[str, str]]:
    """Return each conflict that the graph has, once, with the words that say which accounts differ."""
    known = {conflict.iri: conflict.who_differs for conflict in conflicts_by_weight(graph)}
    return [(iri, known[iri]) for iri in dict.fromkeys(iris) if iri in known]


def find(graph: Graph, iri: str) -> Conflict | None:
    """Return the conflict that has an IRI; None if there is none."""
    return next((row for row in conflicts_by_weight(graph) if row.iri == iri), None)


def _conflict(description: Description, iri: str) -> Conflict:
    claims = sorted((term.value for term in description.values(iri, "ckg:hasClaim")), key=natural)
    contested = [term.value for claim in claims for term in description.values(claim, "rdf:predicate")]
    return Conflict(
        iri,
        tuple(term.value for term in description.values(iri, "dcterms:type")),
        tuple(_side(description, claim) for claim in claims),
        bool(contested) and _NAMES.issuperset(contested),
    )


def _side(description: Description, claim: str) -> Side:
    statements = [term.value for term in description.values(claim, "ckg:accordingTo")]
    speakers = [term.value for iri in statements for term in description.values(iri, "ckg:speaker")]
    return Side(
        claim,
        description.text(claim, "ckg:paraphrase"),
        tuple(term.value for term in description.values(claim, "ckg:reportedIn")),
        tuple(dict.fromkeys(speakers)),
        ", ".join(filter(None, dict.fromkeys(facts.when(description, iri) for iri in statements))),
        _PREFERRED in description.values(claim, "ckg:rank"),
        _DEPRECATED in description.values(claim, "ckg:rank"),
        tuple(term.value for term in description.values(claim, "ckg:evidence")),
    )


def _number(number: int) -> str:
    """Return a number with which a phrase begins, in words if it is small."""
    return dict(enumerate(("One", "Two", "Three", "Four", "Five"), 1)).get(number, str(number))


def source_of_side(graph: Graph, side: Side) -> str:
    """Return who says one side of a conflict, and when a speaker said it, in words."""
    speakers = ", ".join((*map(graph.catalogue.label, side.speakers), *filter(None, (side.said,))))
    return ", according to ".join(filter(None, (names_of_articles(graph, side.articles), speakers)))


@once
def standing_of_claims(graph: Graph) -> Mapping[str, str]:
    """Return, by claim, the verdict of the editors and the source, in words."""
    articles: dict[str, list[str]] = defaultdict(list)
    concluded = set[str]()
    for row in graph.select(_ALL_CLAIMS):
        articles[row["claim"].value] += [row["article"].value] if "article" in row else []
        if row["concluded"].value == "true":
            concluded.add(row["claim"].value)
    by_article = references(graph)
    sources = {
        claim: names_of_articles(
            graph, sorted(iris, key=lambda iri: by_article[iri].first_day if iri in by_article else date.max)
        )
        for claim, iris in articles.items()
    }
    verdicts = dict.fromkeys(sources, "a claim")
    for conflict in conflicts_by_weight(graph):
        for side in conflict.sides:
            verdicts[side.iri], sources[side.iri] = conflict.verdict_on(side), source_of_side(graph, side)
    verdicts |= dict.fromkeys(concluded, CONCLUSION)
    return {
        claim: f"{verdicts[claim]}{', from' if claim in concluded else ':'} {source}"
        if source
        else verdicts[claim]
        for claim, source in sources.items()
    }


@once
def conflicts_by_entity(graph: Graph) -> Mapping[str, Sequence[str]]:
    """Return the conflicts that touch each entity, in a fixed order.

    A conflict touches what its claims are about (and what that links to, if it is a situation), the
    statements according to which a claim or its subject is known, and, if it is about a tenure, the
    attendances and statements of its holder in that post, with their meetings.
    """
    conflicts: dict[str, list[str]] = defaultdict(list)
    for row in graph.select(_DISPUTED):
        entity = row["entity"].value
        kind = namespaces.kind_of(entity).partition("/")[0]
        if kind and kind not in _NOT_DISPUTED:
            conflicts[entity].append(row["conflict"].value)
    return {entity: sorted(iris, key=natural) for entity, iris in conflicts.items()}
