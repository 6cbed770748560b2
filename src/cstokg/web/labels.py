"""Labels for records, which have none of their own: composed of what they link."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from cstokg import namespaces
from cstokg.web import periods
from cstokg.web.terms import Term

Said = Mapping[str, Mapping[str, Sequence[Term]]]  # subject, predicate, objects

LABELS = tuple(namespaces.expand(name) for name in ("skos:prefLabel", "rdfs:label", "dcterms:title"))
# What others call their own terms is in no graph of ours.
FOREIGN = MappingProxyType(
    {
        namespaces.expand(name): label
        for name, label in {
            "dcterms:contributor": "contributor",
            "dcterms:creator": "author",
            "dcterms:identifier": "identifier",
            "dcterms:language": "language",
            "dcterms:publisher": "publisher",
            "dcterms:source": "source",
            "dcterms:type": "kind",
            "rdf:object": "object",
            "rdf:predicate": "property",
            "rdf:subject": "subject",
            "rdf:type": "class",
            "skos:Concept": "concept",
            "skos:ConceptScheme": "list of concepts",
            "skos:altLabel": "other name",
            "skos:broader": "broader",
            "skos:inScheme": "in the list",
            "skos:prefLabel": "name",
            "skos:topConceptOf": "top of the list",
        }.items()
    }
)
_LONGEST = 110
_DEEPEST = 3  # a claim about a suspension of a membership


def _paths(*parts: str) -> tuple[str | tuple[str, ...], ...]:
    """The parts of a label: the predicates of which the first one counts, or text between them."""
    return tuple(
        tuple(namespaces.expand(name) for name in part.split("|")) if ":" in part.rstrip(": ") else part
        for part in parts
    )


# By the kind that the IRI names.
_COMPOSED = MappingProxyType(
    {
        "attendance": _paths("ckg:attendee|ckg:inCapacityOf", " at ", "ckg:atMeeting"),
        "expected-attendance": _paths("ckg:participant|ckg:inCapacityOf", " expected at ", "ckg:atMeeting"),
        "expected-absence": _paths("ckg:participant|ckg:inCapacityOf", " not expected at ", "ckg:atMeeting"),
        "membership": _paths("ckg:member", " in ", "ckg:membershipIn"),
        "suspension": _paths("ckg:suspends", " suspended"),
        "tenure": _paths("ckg:holder", ", ", "ckg:tenurePost"),
        "statement": _paths("ckg:speaker|ckg:inCapacityOf", ": ", "ckg:paraphrase"),
        "record": _paths("ckg:paraphrase"),
        "claim": _paths("rdf:subject", " · ", "rdf:predicate", " · ", "rdf:object"),
    }
)
PARTS = tuple(
    sorted({iri for parts in _COMPOSED.values() for part in parts if isinstance(part, tuple) for iri in part})
)


def of(iri: str, said: Said, depth: int = 0) -> str:
    """What to call an IRI: its label, or one composed of the labels of what it links."""
    if span := namespaces.parse_span(iri):
        return f"{of(span.article, said, depth)}, characters {span.start}–{span.end}"
    if iri in FOREIGN:
        return FOREIGN[iri]
    about = said.get(iri, {})
    for predicate in LABELS:
        if terms := about.get(predicate):
            return min(terms, key=lambda term: term.order).value
    composed = ""
    if depth < _DEEPEST:
        for part in _COMPOSED.get(namespaces.kind_of(iri), ()):
            if isinstance(part, str):
                composed += part if composed else ""
                continue
            terms = next((about[predicate] for predicate in part if predicate in about), ())
            composed += _text(min(terms, key=lambda term: term.order), said, depth) if terms else ""
    return shorten(composed.strip(" ·:")) if composed else namespaces.shorten(iri).strip("<>")


def shorten(text: str, longest: int = _LONGEST) -> str:
    """A text cut between words, with an ellipsis where something is left out."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0].rstrip(" ,;:.") + " …"


def _text(term: Term, said: Said, depth: int) -> str:
    if term.is_iri:
        return of(term.value, said, depth + 1)
    return periods.day(term.value) if term.is_date else term.value
