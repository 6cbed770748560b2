"""On what ground an inferred fact stands: the spans of the records from which it follows."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from cstokg import namespaces
from cstokg.web import addresses
from cstokg.web.graph import Description
from cstokg.web.terms import Term

# A derived property, and how the record behind it names the two ends that it joins.
_BETWEEN: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "ckg:attended": ("ckg:attendee", "ckg:atMeeting"),
        "ckg:continues": ("ckg:resultingBody", "ckg:originalBody"),
        "ckg:discussed": ("ckg:agendaItemOf", "ckg:topic"),
        "ckg:hasBeenMemberOf": ("ckg:member", "ckg:membershipIn"),
        "ckg:hasHeldPost": ("ckg:holder", "ckg:tenurePost"),
    }
)


def of(description: Description, predicate: str, term: Term) -> tuple[str, ...]:
    """The spans behind an inferred fact about the entity that is described.

    There are none where it follows from the entity's own triples or from the register.
    """
    name = namespaces.shorten(predicate)
    if name == "ckg:reportedIn":
        return tuple(within(spans(description, description.iri), term.value))
    return tuple(spans(description, *_records(description, name, term)))


def spans(description: Description, *subjects: str) -> list[str]:
    """The spans on which records rest."""
    return [term.value for subject in subjects for term in description.values(subject, "ckg:evidence")]


def within(iris: Iterable[str], article: str) -> list[str]:
    """Those spans that are of one article."""
    found = ((iri, addresses.span(iri)) for iri in iris)
    return [iri for iri, span in found if span and span.article == article]


def _records(description: Description, name: str, term: Term) -> list[str]:
    if name == "ckg:resultedFrom":
        return [term.value]
    if name == "ckg:hasHeldRole":
        posts = description.values(description.iri, "ckg:hasHeldPost")
        return [
            record
            for post in posts
            if term in description.values(post.value, "ckg:postRole")
            for record in _records(description, "ckg:hasHeldPost", post)
        ]
    if name not in _BETWEEN:
        return []
    here, there = _BETWEEN[name]
    return [record for record in description.incoming(here) if term in description.values(record, there)]
