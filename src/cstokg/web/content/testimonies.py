"""What each article says of the thing on a page: the testimonies, one row each; and how pages word them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.web.content import display, periods
from cstokg.web.content.catalogue import Catalogue, Term, natural
from cstokg.web.content.graph import Description, Graph, once
from cstokg.web.content.periods import Period

_TYPE = namespaces.expand("rdf:type")
PLANS = frozenset(map(namespaces.expand, ("modality:announced", "modality:expected", "modality:intended")))
REPORTED_FACT = namespaces.expand("modality:reported-fact")
INFERRED = Term(namespaces.expand("basis:inferred"))
_BACKGROUND, _IMPLIED = map(namespaces.expand, ("basis:background", "basis:implied"))
BY_EDITORS = " (the editors’ knowledge)"  # after what no article says
_STATEMENT = f"{namespaces.ID}statement/"


# A document without a modality of its own has that of the actions on it.
_MODALITIES = """\
SELECT DISTINCT ?record ?modality
WHERE {
  { ?record ckg:modality ?modality }
  UNION {
    ?record a ckg:Document . ?action ckg:actionOn ?record ; ckg:modality ?modality
    FILTER NOT EXISTS { ?record ckg:modality ?own }
    FILTER (?modality IN (modality:announced, modality:expected, modality:intended, modality:reported-fact))
  }
}
ORDER BY ?record ?modality
"""
# Which testimonies on a record present it as a fact, and which of these name who says so.
_FACTS = """\
SELECT DISTINCT ?record ?testimony ?said
WHERE {
  ?record ckg:hasTestimony ?testimony . ?testimony ckg:modality modality:reported-fact
  BIND (EXISTS { ?testimony ckg:accordingTo ?statement } AS ?said)
}
"""
_LASTING = frozenset(("membership", "presidency", "standing", "suspension", "tenure"))
_NOT_LISTED = frozenset(("statement", "testimony"))


@dataclass(frozen=True, slots=True)
class Testimony:
    """One row of the table.

    Attributes:
        iri: the testimony.
        article: the IRI of the article; empty for what the editors know from elsewhere.
        matters: what it says of the thing, in words.
        basis: how directly the article says it, as a term.
        modality: how the article presents it.
        statements: the statements, if it rests on these alone.
        notes: the editors' remarks.
        spans: its evidence.
    """

    iri: str
    article: str
    matters: tuple[str, ...]
    basis: tuple[Term, ...]
    modality: tuple[Term, ...]
    statements: tuple[Term, ...]
    notes: tuple[Term, ...]
    spans: tuple[str, ...]


def testimonies_of(description: Description, catalogue: Catalogue) -> list[Testimony]:
    """Return the testimonies on an entity, in order of article and position."""
    rows = [
        _row(description, term.value, catalogue)
        for term in description.values(description.iri, "ckg:hasTestimony")
    ]
    return sorted(rows, key=lambda row: (row.article == "", natural(" ".join(row.spans[:1])), row.matters))


def own_columns(rows: Iterable[Testimony], description: Description) -> frozenset[str]:
    """Return which of ckg:modality and ckg:accordingTo have more values in the rows than among the facts.

    A page shows each either as a column of the table of its testimonies or as a fact, not as both.
    """
    rows = list(rows)
    given = {
        "ckg:accordingTo": {term for row in rows for term in row.statements},
        "ckg:modality": {term for row in rows for term in row.modality},
    }
    return frozenset(
        name for name, terms in given.items() if terms > set(description.values(description.iri, name))
    )


def readings(description: Description) -> list[str]:
    """Return the claims about an entity that the editors conclude, and the graph does not assert."""
    return [
        claim
        for claim in description.incoming("rdf:subject")
        if INFERRED in description.values(claim, "ckg:basis")
    ]


@once
def not_as_fact(graph: Graph) -> Mapping[str, str]:
    """Return, by record, how articles present what none reports as a fact: ``announced``, ``expected``.

    There is nothing for facts and statements, nor for a record whose label says it already.
    """
    label = graph.catalogue.label
    words = {
        record: ", ".join(map(label, given))
        for record, given in graph.pairs(_MODALITIES).items()
        if REPORTED_FACT not in given and namespaces.kind_of(record) not in _NOT_LISTED
    }
    return {
        record: given
        for record, given in words.items()
        if not any(word in graph.catalogue.whole_label(record) for word in given.split(", "))
    }


@once
def _asserted(graph: Graph) -> frozenset[str]:
    """Return the records and testimonies that speakers present as facts, and no article in its own voice."""
    rows = graph.select(_FACTS)
    said = {
        row[name].value for row in rows if row["said"].value == "true" for name in ("record", "testimony")
    }
    own = {row[name].value for row in rows if row["said"].value != "true" for name in ("record", "testimony")}
    return frozenset(said - own)


def modality_in_words(graph: Graph, record: str, modality: str) -> str:
    """Return how pages word the modality of a record or a testimony.

    What somebody asserts as a fact is not worded as a fact that the article reports, unless an article
    says it too.
    """
    if record.startswith(_STATEMENT) or record in _asserted(graph):
        return modality_of_statements(graph.catalogue, modality)
    return graph.catalogue.label(modality)


def modality_of_statements(catalogue: Catalogue, modality: str) -> str:
    """Return how pages word the modality of what somebody says."""
    return "asserted by the speaker" if modality == REPORTED_FACT else catalogue.label(modality)


def spans_by_property(description: Description) -> Mapping[str, tuple[str, ...]]:
    """Return the evidence for each property of an entity, by the property's IRI."""
    spans: dict[str, list[str]] = defaultdict(list)
    for testimony in description.values(description.iri, "ckg:hasTestimony"):
        evidence = [term.value for term in description.values(testimony.value, "ckg:evidence")]
        properties = {term.value for term in description.values(testimony.value, "ckg:supports")}
        properties |= {
            bound
            for bound in map(namespaces.expand, periods.BOUNDS)
            if bound in description.triples.get(testimony.value, ())
        }
        for supported in properties:
            spans[supported] += evidence
    return {supported: tuple(dict.fromkeys(evidence)) for supported, evidence in spans.items()}


def spans_by_value(description: Description) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Return the evidence for how an entity is presented and who says so, by property and value."""
    spans: dict[tuple[str, str], list[str]] = defaultdict(list)
    for testimony in description.values(description.iri, "ckg:hasTestimony"):
        evidence = [term.value for term in description.values(testimony.value, "ckg:evidence")]
        for name in ("ckg:modality", "ckg:accordingTo"):
            for term in description.values(testimony.value, name):
                spans[namespaces.expand(name), term.value] += evidence
    return {value: tuple(dict.fromkeys(evidence)) for value, evidence in spans.items()}


def statements_behind(description: Description, modality: str) -> list[str]:
    """Return the statements that alone present an entity in this way; none if all present it in one way."""
    if len(description.values(description.iri, "ckg:modality")) == 1:
        return []  # then the entity itself has the statement according to which it is known
    sources = [
        [term.value for term in description.values(testimony.value, "ckg:accordingTo")]
        for testimony in description.values(description.iri, "ckg:hasTestimony")
        if Term(modality) in description.values(testimony.value, "ckg:modality")
    ]
    return list(dict.fromkeys(iri for iris in sources for iri in iris)) if all(sources) else []


def background(description: Description) -> frozenset[str]:
    """Return the properties of an entity that only the editors' general knowledge supports, by their IRIs."""
    return frozenset(supported for supported, given in _bases(description).items() if given == {_BACKGROUND})


def implied(description: Description) -> frozenset[str]:
    """Return the properties of an entity that an article implies and none states, by their IRIs."""
    return frozenset(
        supported
        for supported, given in _bases(description).items()
        if _IMPLIED in given and given <= {_IMPLIED, _BACKGROUND}
    )


def _bases(description: Description) -> Mapping[str, set[str]]:
    """Return the bases of the testimonies that support each property of an entity."""
    bases: dict[str, set[str]] = defaultdict(set)
    for testimony in description.values(description.iri, "ckg:hasTestimony"):
        for supported in description.values(testimony.value, "ckg:supports"):
            bases[supported.value] |= {
                term.value for term in description.values(testimony.value, "ckg:basis")
            }
    return bases


def time_in_words(description: Description, record: str, bounds: Period) -> str:
    """Return bounds of a record's time in words: as a plan for a presidency that is only announced.

    If only the latest end of something that lasts is known, the words say that it ended by then.
    """
    only_an_end = bounds.end_not_after and bounds == Period(end_not_after=bounds.end_not_after)
    if only_an_end and namespaces.kind_of(record) in _LASTING:
        return f"ended {bounds.words}"
    modalities = {term.value for term in description.values(record, "ckg:modality")}
    is_plan = namespaces.kind_of(record) == "presidency" and modalities and modalities <= PLANS
    return bounds.planned_words if is_plan else bounds.words


def _row(description: Description, testimony: str, catalogue: Catalogue) -> Testimony:
    spans = tuple(sorted((term.value for term in description.values(testimony, "ckg:evidence")), key=natural))
    address = namespaces.parse_span(spans[0]) if spans else None
    bounds = description.period(testimony)
    return Testimony(
        testimony,
        address.article if address else "",
        tuple(
            _matters(description, testimony, catalogue, time_in_words(description, description.iri, bounds))
        ),
        tuple(description.values(testimony, "ckg:basis")),
        tuple(description.values(testimony, "ckg:modality")),
        tuple(description.values(testimony, "ckg:accordingTo")),
        tuple(description.values(testimony, "skos:editorialNote")),
        spans,
    )


def _matters(description: Description, testimony: str, catalogue: Catalogue, time: str) -> Iterator[str]:
    """Yield what a testimony says of its subject: the printed names, the properties, and the time."""
    for term in description.values(testimony, "ckg:printedAs"):
        yield f"printed as “{term.value}”"
    words = display.read().matters
    supported = {term.value for term in description.values(testimony, "ckg:supports")}
    supported -= set(map(namespaces.expand, periods.BOUNDS))
    matters = (words.get(iri) or catalogue.label(iri) for iri in sorted(supported, key=_order))
    yield from dict.fromkeys(matters)
    if time:
        yield f"when: {time}"


def _order(predicate: str) -> tuple[bool, tuple[int, str]]:
    return (predicate != _TYPE, display.fact_order(predicate))
