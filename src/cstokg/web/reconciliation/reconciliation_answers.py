"""The answers of the reconciliation service, ready for JSON: candidates, suggestions, values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.engine import suggestions
from cstokg.web.content.catalogue import Term
from cstokg.web.reconciliation import name_matching
from cstokg.web.reconciliation.name_matching import FEATURES, Match
from cstokg.web.reconciliation.reconcilable import (
    WIKIDATA,
    WIKIDATA_SERVICE,
    Entity,
    Property,
    Register,
    Type,
)
from cstokg.web.serving.problems import ProblemError

QUERIES, EXTEND = "queries", "extend"  # parameters of requests
LONGEST_QUOTED = 80  # characters of a name in a message

JsonObject = dict[str, object]

DEFAULT_TYPES = (
    "Person",
    "State",
    "Organisation",
    "Post",
    "Place",
    "Meeting",
    "Document",
    "Event",
    "NewsOutlet",
    "Article",
)
_XSD = namespaces.PREFIXES["xsd"]
_INTEGERS = frozenset(f"{_XSD}{name}" for name in ("integer", "int", "long", "nonNegativeInteger", "gYear"))
_FRACTIONS = frozenset(f"{_XSD}{name}" for name in ("decimal", "double", "float"))
_TYPES_OF_VALUES = {"post": "Post", "state": "State"}


@dataclass(frozen=True, slots=True)
class Condition:
    """A property that a candidate should have: its id, and values, one of which the candidate should have."""

    property: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """A name to match.

    Attributes:
        text: the name; empty if the properties alone are to decide.
        types: the types, as the request names them.
        strict: ``any`` or ``all`` of them are needed, or one ``should`` be.
        limit: the most candidates to return.
        properties: what else is known.
    """

    text: str
    types: tuple[str, ...]
    strict: str
    limit: int
    properties: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Extension:
    """Entities to extend.

    Attributes:
        ids: the ids of the entities, as the request names them.
        properties: the ids of the properties, each with the most values to return; 0 for all.
    """

    ids: tuple[str, ...]
    properties: tuple[tuple[str, int], ...]


def match(register: Register, queries: Mapping[str, Query | None]) -> JsonObject:
    """Return the candidates for each query of a batch; none for a query that is None.

    Raises:
        ProblemError: a query names a type or a property that does not exist.
        QueryError: the engine does not answer.
    """
    return {
        name: {"result": _candidates(register, query) if query else []} for name, query in queries.items()
    }


def _candidates(register: Register, query: Query) -> list[JsonObject]:
    types = [_type(register, name).id for name in query.types]
    properties = [_wanted(register, row) for row in query.properties]
    among = _among(register, types, query.strict)
    matches = []
    for match_ in _matches(register, query, among):
        entity = register.entities[match_.id]
        share = None
        if properties:
            agreeing = [not terms.isdisjoint(register.values(row, entity)) for row, terms in properties]
            share = sum(agreeing) / len(agreeing)
        if query.text.strip() or share:
            of_type = not entity.types.isdisjoint(types) if types else None
            matches.append(name_matching.adjust(match_, of_type, share))
    decided = name_matching.decide(matches)
    return [_candidate(register, row) for row in decided[: query.limit]]


def _among(register: Register, types: Sequence[str], strict: str) -> frozenset[str] | None:
    """Return the ids of the entities that may be candidates; None for all."""
    if not types or strict == "should":
        return None
    if strict == "any":
        return register.of_types(types)
    return frozenset.intersection(*(register.of_types([type_]) for type_ in types))


def _matches(register: Register, query: Query, among: frozenset[str] | None) -> Iterable[Match]:
    """Return what the name may mean; without a name, every candidate, with full points."""
    text = query.text.strip()
    if not text:
        ids = register.entities if among is None else sorted(among)
        return [Match(id_, register.entities[id_].label, 100.0, {}) for id_ in ids]
    if entity := register.entity(text):
        text = entity.id
    matches = {row.id: row for row in register.names.match(text, among)}
    if query.strict == "should" and query.types:
        # Entities of the types asked for are looked for separately, so that others do not crowd them out.
        types = [_type(register, name).id for name in query.types]
        matches |= {row.id: row for row in register.names.match(text, register.of_types(types))}
    return matches.values()


def _wanted(register: Register, condition: Condition) -> tuple[Property, set[Term]]:
    """Return the property of a condition, and the values that the condition means."""
    property_ = _property(register, condition.property, QUERIES)
    terms = (register.terms_that_mean(property_, text.strip()) for text in condition.values)
    return property_, set().union(*terms)


def _candidate(register: Register, row: Match) -> JsonObject:
    entity = register.entities[row.id]
    features = [
        {"id": name, "value": row.features[name], "name": text}
        for name, text in FEATURES.items()
        if name in row.features
    ]
    return {
        "id": row.id,
        "name": entity.label,
        "description": register.describe(entity),
        "type": types_of(register, entity),
        "score": row.score,
        "match": row.certain,
        "features": features,
    }


def types_of(register: Register, entity: Entity) -> list[JsonObject]:
    """Return the types of an entity, its own first, then those above."""
    ids = (*entity.classes, *sorted(entity.types - set(entity.classes)))
    return [{"id": id_, "name": register.types[id_].name} for id_ in ids if id_ in register.types]


# Suggestions.


def suggest_entities(register: Register, prefix: str, type_: str) -> list[JsonObject]:
    """Return the entities whose names begin with a prefix, or that have it as id or IRI.

    Only those of the type, if one is named.

    Raises:
        ProblemError: there is no such type.
    """
    entity = register.entity(prefix)
    ids = [entity.id] if entity else register.names.begin(prefix)
    among = register.of_types([_type(register, type_, "type").id]) if type_ else None
    return [
        {
            "id": id_,
            "name": register.entities[id_].label,
            "description": register.describe(register.entities[id_]),
            "notable": types_of(register, register.entities[id_])[:1],
        }
        for id_ in ids
        if among is None or id_ in among
    ]


def suggest_types(register: Register, prefix: str) -> list[JsonObject]:
    """Return the types whose names begin with a prefix, or that have it as id; the largest first."""
    return [
        describe_type(register, row) for row in register.types.values() if _begins(prefix, row.id, row.name)
    ]


def suggest_properties(register: Register, prefix: str) -> list[JsonObject]:
    """Return the properties whose names begin with a prefix, or that have it as id."""
    return [_described(row) for row in register.properties.values() if _begins(prefix, row.id, row.name)]


def _begins(prefix: str, id_: str, name: str) -> bool:
    text = prefix.strip().casefold()
    local = namespaces.expand(text).removeprefix(namespaces.CKG.casefold()).removeprefix("ckg:")
    words = name.casefold().split()
    return id_.casefold().startswith(local) or any(
        " ".join(words[start:]).startswith(text) for start in range(len(words))
    )


def describe_type(register: Register, row: Type) -> JsonObject:
    """Return a type, with the types directly above it."""
    broader = [{"id": id_, "name": register.types[id_].name} for id_ in row.broader]
    return {"id": row.id, "name": row.name, "description": row.description, "broader": broader}


def _described(row: Property) -> JsonObject:
    return {"id": row.id, "name": row.name, "description": row.description}


# Values of properties.


def propose(register: Register, type_: str, limit: int | None) -> JsonObject:
    """Return the properties that entities of a type have, the most useful first; all, if no type is named.

    Raises:
        ProblemError: there is no such type.
    """
    properties = (
        register.properties_of(_type(register, type_, "type").id)
        if type_
        else list(register.properties.values())
    )
    answer: JsonObject = {"properties": [_described(row) for row in properties[:limit]]}
    return answer | ({"type": type_} if type_ else {}) | ({"limit": limit} if limit is not None else {})


def extend(register: Register, extension: Extension) -> JsonObject:
    """Return the values of some properties for some entities; none for an entity that does not exist.

    Raises:
        ProblemError: there is no such property.
        QueryError: the engine does not answer.
    """
    columns = [(_property(register, id_, EXTEND), id_, limit) for id_, limit in extension.properties]
    rows: dict[str, object] = {}
    for id_ in extension.ids:
        entity = register.entity(id_)
        rows[id_] = {
            name: [
                _value(register, property_, term)
                for term in register.values(property_, entity)[: limit or None]
            ]
            if entity
            else []
            for property_, name, limit in columns
        }
    return {"meta": [_column(register, property_, name) for property_, name, _ in columns], "rows": rows}


def _column(register: Register, property_: Property, name: str) -> JsonObject:
    column: JsonObject = {"id": name, "name": property_.name}
    if property_.id == "wikidata-item":
        column["service"] = WIKIDATA_SERVICE
    elif type_ := register.types.get(_TYPES_OF_VALUES.get(property_.id, "")):
        column["type"] = {"id": type_.id, "name": type_.name}
    return column


def _value(register: Register, property_: Property, term: Term) -> JsonObject:
    """Return a value as the API has it."""
    if term.value.startswith(WIKIDATA):
        number = term.value.removeprefix(WIKIDATA)
        return {"id": number, "name": number} if property_.id == "wikidata-item" else {"str": number}
    if term.is_iri:
        if term.value.startswith(namespaces.ID):
            return {"id": namespaces.step_of(term.value), "name": register.label(term.value)}
        return {"str": term.value}
    if term.is_date:
        return {"date": f"{term.value}T00:00:00Z"}
    try:
        if term.datatype in _INTEGERS:
            return {"int": int(term.value)}
        if term.datatype in _FRACTIONS:
            return {"float": float(term.value)}
    except ValueError:
        pass  # a literal that is not what its datatype says is a text
    return {"str": term.value}


def _type(register: Register, name: str, parameter: str = QUERIES) -> Type:
    type_ = register.type(name)
    if type_ is None:
        raise _unknown("type", name, register.types, parameter)
    return type_


def _property(register: Register, name: str, parameter: str) -> Property:
    property_ = register.property(name)
    if property_ is None:
        raise _unknown("property", name, register.properties, parameter)
    return property_


def _unknown(what: str, name: str, names: Iterable[str], parameter: str) -> ProblemError:
    """Return the problem of an unknown type or property, with the nearest known one."""
    nearest = suggestions.nearest(name[:LONGEST_QUOTED], list(names), 3)
    members: dict[str, object] = {"parameter": parameter, "nearest": nearest}
    return ProblemError("bad-parameter", f"There is no {what} {quoted(name)} here.", members)


def quoted(name: str) -> str:
    """Return the beginning of a name in quotation marks."""
    return f"“{name[:LONGEST_QUOTED]}”".encode("utf-8", "replace").decode("utf-8")
