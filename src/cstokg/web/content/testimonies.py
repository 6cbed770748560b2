"""What each article says of the thing on a page: the testimonies, one row each."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.web.content import periods
from cstokg.web.content.catalogue import Catalogue, Term, natural
from cstokg.web.content.graph import Description

_REPORTED_FACT = namespaces.expand("modality:reported-fact")
_STATEMENT = f"{namespaces.ID}statement/"


@dataclass(frozen=True, slots=True)
class Testimony:
    """One row of the table.

    Attributes:
        iri: the testimony.
        article: the IRI of the article; empty for what the editors know from elsewhere.
        properties: the labels of what it supports, or the printed names in quotation marks.
        basis: how directly the article says it, as a term.
        modality: how the article presents it.
        period: the bounds that it gives, in words.
        statements: the statements on which alone it rests.
        notes: the editors' remarks.
        spans: its evidence.
    """

    iri: str
    article: str
    properties: tuple[str, ...]
    basis: tuple[Term, ...]
    modality: tuple[Term, ...]
    period: str
    statements: tuple[Term, ...]
    notes: tuple[Term, ...]
    spans: tuple[str, ...]


def of(description: Description, catalogue: Catalogue) -> list[Testimony]:
    """Return the testimonies on an entity, by article and position."""
    rows = [
        _row(description, term.value, catalogue)
        for term in description.values(description.iri, "ckg:hasTestimony")
    ]
    return sorted(rows, key=lambda row: (row.article == "", natural(" ".join(row.spans[:1])), row.properties))


def readings(description: Description) -> list[str]:
    """Return the claims about an entity that the editors conclude, and the graph does not assert."""
    inferred = Term(namespaces.expand("basis:inferred"))
    return [
        claim
        for claim in description.incoming("rdf:subject")
        if inferred in description.values(claim, "ckg:basis")
    ]


def modality_in_words(description: Description, catalogue: Catalogue, record: str, modality: str) -> str:
    """Return how pages word the modality of a record or a testimony.

    What somebody asserts as a fact is not worded as a fact that the article reports, unless the article
    says it too.
    """
    is_said = record.startswith(_STATEMENT) or description.first(record, "ckg:accordingTo")
    if is_said and not catalogue.is_a(record, "ckg:Occurrence"):
        return modality_of_statements(catalogue, modality)
    return catalogue.label(modality)


def modality_of_statements(catalogue: Catalogue, modality: str) -> str:
    """Return how pages word the modality of what somebody says."""
    return "asserted by the speaker" if modality == _REPORTED_FACT else catalogue.label(modality)


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


def _row(description: Description, testimony: str, catalogue: Catalogue) -> Testimony:
    spans = tuple(sorted((term.value for term in description.values(testimony, "ckg:evidence")), key=natural))
    address = namespaces.parse_span(spans[0]) if spans else None
    printed = [f"printed as “{term.value}”" for term in description.values(testimony, "ckg:printedAs")]
    supported = sorted(
        {catalogue.label(term.value) for term in description.values(testimony, "ckg:supports")}
    )
    bounds = periods.Period(*(description.text(testimony, name) for name in periods.BOUNDS))
    return Testimony(
        testimony,
        address.article if address else "",
        (*printed, *supported),
        tuple(description.values(testimony, "ckg:basis")),
        tuple(description.values(testimony, "ckg:modality")),
        bounds.words,
        tuple(description.values(testimony, "ckg:accordingTo")),
        tuple(description.values(testimony, "skos:editorialNote")),
        spans,
    )
