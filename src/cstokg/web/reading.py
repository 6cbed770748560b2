"""Reading order: which property of an entity stands first on its page, and which stand elsewhere."""

from types import MappingProxyType

from cstokg import namespaces

# Own to a class first, then when, about what, and last on what ground, as in the article files.
_ORDER = (
    *("dcterms:type", "rdf:subject", "rdf:predicate", "rdf:object", "ckg:rank"),
    *(
        "dcterms:publisher",
        "dcterms:creator",
        "dcterms:contributor",
        "dcterms:language",
        "dcterms:identifier",
    ),
    *("ckg:hasHeldPost", "ckg:hasHeldRole", "ckg:hasBeenMemberOf", "ckg:attended"),
    *("ckg:organOf", "ckg:continues", "ckg:foundedOn", "ckg:resultedFrom"),
    *("ckg:postIn", "ckg:postRole", "ckg:locatedIn", "ckg:inState"),
    *("ckg:speaker", "ckg:participant", "ckg:attendee", "ckg:holder", "ckg:tenurePost", "ckg:acting"),
    *("ckg:member", "ckg:membershipIn", "ckg:suspends", "ckg:presidingState", "ckg:presidencyOf"),
    *("ckg:inCapacityOf", "ckg:onBehalfOf", "ckg:addressee", "ckg:statedAt", "ckg:atMeeting"),
    *("ckg:reportedVia", "ckg:accordingTo", "ckg:relays", "ckg:respondsTo"),
    *("ckg:meetingOf", "ckg:chairedBy", "ckg:preparesFor", "ckg:realisesPlan"),
    *("ckg:originalBody", "ckg:resultingBody", "ckg:affectsMembership", "ckg:anniversaryOf", "ckg:years"),
    *(
        "ckg:agendaItemOf",
        "ckg:expectedAgendaItemOf",
        "ckg:itemCount",
        "ckg:adoptedAt",
        "ckg:toBeConsideredAt",
    ),
    *("ckg:onDate", "ckg:startNotBefore", "ckg:startNotAfter", "ckg:endNotBefore", "ckg:endNotAfter"),
    *("ckg:heldIn", "ckg:hostState", "ckg:discussed", "ckg:topic", "ckg:refersTo"),
    *("skos:broader", "skos:narrower", "skos:related", "skos:inScheme", "skos:topConceptOf"),
    *("ckg:hasClaim", "ckg:contradicts"),
    *(
        "ckg:modality",
        "ckg:basis",
        "ckg:reportedIn",
        "ckg:spanOf",
        "ckg:charStart",
        "ckg:charEnd",
        "ckg:sha256",
    ),
)
_RANK = MappingProxyType({namespaces.expand(name): rank for rank, name in enumerate(_ORDER)})

# What the page shows in places of their own: names, notes, links, marks, and the backs of other facts.
_ELSEWHERE = frozenset(
    namespaces.expand(name)
    for name in (
        *("rdf:type", "skos:prefLabel", "skos:altLabel", "rdfs:label", "skos:definition", "skos:scopeNote"),
        *("skos:editorialNote", "skos:exactMatch", "skos:closeMatch", "ckg:paraphrase", "ckg:evidence"),
        *("void:classPartition", "void:propertyPartition", "void:vocabulary", "void:subset", "sh:declare"),
        *("ckg:hasAttendance", "ckg:hasTenure", "ckg:hasMembership", "ckg:hasAgendaItem", "ckg:furniture"),
        *("ckg:sentenceStart", "ckg:sentenceEnd"),
    )
)


def key(predicate: str) -> tuple[int, str]:
    """A key that sorts properties into reading order; those of others come before the ground."""
    return (_RANK.get(predicate, _RANK[namespaces.expand("ckg:modality")]), predicate)


def is_fact(predicate: str) -> bool:
    """Whether a property belongs into the list of facts."""
    return predicate not in _ELSEWHERE
