"""What can be reconciled: entities with their names and types, and the values of their properties."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from itertools import accumulate
from types import MappingProxyType

from cstokg import namespaces
from cstokg.web.content import display
from cstokg.web.content.catalogue import Catalogue, Term, natural
from cstokg.web.content.graph import Graph, once
from cstokg.web.content.spelling import spelling_keys
from cstokg.web.content.statements import posts_of_people
from cstokg.web.reconciliation.name_matching import Names
from cstokg.web.reconciliation.names import Named, is_acronym

WIKIDATA = namespaces.PREFIXES["wd"]
WIKIDATA_SERVICE = "https://wikidata.reconci.link/en/api"  # for the items that one property returns

_ABSTRACT = "EvidencedRecord"  # a class of ours that does not say what a thing is
_ABBREVIATED = ("State", "Organisation")
_PRINTED = "SELECT DISTINCT ?s ?text WHERE { ?s ckg:hasTestimony/ckg:printedAs ?text } ORDER BY ?s ?text"
_USED = f"""\
SELECT ?s ?p WHERE {{ ?s ?p ?o FILTER (STRSTARTS(STR(?p), "{namespaces.CKG}")) }}
GROUP BY ?s ?p ORDER BY ?s ?p
"""
_VALUES = "SELECT DISTINCT ?s ?o WHERE {{ ?s {path} ?o }} ORDER BY ?s ?o"
_STATE = (
    "ckg:hasHeldPost/ckg:postIn|ckg:hasHeldPost/ckg:postIn/ckg:organOf|ckg:postIn|ckg:postIn/ckg:organOf"
    "|ckg:inState|ckg:locatedIn/ckg:inState|ckg:heldIn/ckg:inState|ckg:organOf"
)
_CONTEXT = f"ckg:hasHeldPost|ckg:locatedIn|ckg:postIn|{_STATE}"
# The paths to things whose names may be part of a name.
_PARTS = "ckg:postIn|ckg:postIn/ckg:organOf|ckg:organOf|ckg:inState"
# Words that may stand beside the name of anything of a type, and do not help to tell things apart.
_BESIDE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "State": ("Arab", "Islamic Republic", "Federation", "арабская", "исламская республика", "федерация"),
        "Person": ("Republic", "Federation", "республики", "федерации"),
        "Post": ("Republic", "Federation", "республики", "федерации"),
        "GovernmentBody": ("Republic", "Federation", "республики", "федерации"),
        "Place": ("city", "town", "город", "города", "г", "гор"),
        "Organisation": ("Organisation", "group", "организация", "группировка", "террористическая"),
        "NewsOutlet": (
            "news agency",
            "newspaper",
            "radio",
            "газета",
            "радио",
            "информационное агентство",
            "информагентство",
        ),
    }
)
_DESCRIBING = ("post", "state", "onDate")  # properties whose values stand in a description
_DESCRIBED = 2  # values of each


@dataclass(frozen=True, slots=True)
class Entity:
    """Something that can be reconciled.

    Attributes:
        id: the path of its IRI below id/.
        iri: its IRI.
        label: what it is called.
        classes: the ids of its own types.
        types: the ids of all its types.
    """

    id: str
    iri: str
    label: str
    classes: tuple[str, ...]
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Type:
    """A class of ours; ``broader`` has the ids of the classes directly above it."""

    id: str
    name: str
    description: str
    broader: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Property:
    """A property that entities may have.

    Attributes:
        id: how requests name it.
        name: what it is called.
        description: what its values are.
        path: from an entity to its values, in SPARQL.
        of_state: whether only values that are states count.
    """

    id: str
    name: str
    description: str
    path: str
    of_state: bool = False


# Properties of more than one step, or made for tables; all others are properties of the ontology.
_SPECIAL = (
    Property(
        "wikidata", "Wikidata item (QID)", "The number of the same thing in Wikidata", "skos:exactMatch"
    ),
    Property(
        "wikidata-close",
        "Wikidata item of a close match (QID)",
        "The number of an item that differs in scope, such as a country for a state as an actor",
        "skos:closeMatch",
    ),
    Property(
        "wikidata-item",
        "Wikidata item, matched",
        "The same or a close item, as a value that is matched with Wikidata's own service",
        "skos:exactMatch|skos:closeMatch",
    ),
    Property("post", "post", "A post that an article attests for the person", "ckg:hasHeldPost"),
    Property(
        "state",
        "state",
        "The state of the person's post, of the body, or of the place",
        _STATE,
        of_state=True,
    ),
    Property(
        "name", "name", "A name or another printed form, in any language", "skos:prefLabel|skos:altLabel"
    ),
    Property("iri", "IRI", "The permanent address", ""),
)
_OF_PERSONS = ("post",)
_FOR_TABLES = frozenset(map(namespaces.expand, ("ckg:latitude", "ckg:longitude")))  # pages draw these


class Values:
    """The values of a property, to find those that a text means."""

    def __init__(self, names: Mapping[Term, Iterable[str]]) -> None:
        """Read the values, each with its names."""
        self._same: dict[str, set[Term]] = defaultdict(set)
        self._by_word: dict[str, list[tuple[frozenset[str], Term]]] = defaultdict(list)
        for term, texts in names.items():
            for stem in ("", namespaces.ID, WIKIDATA):
                self._same[term.value.removeprefix(stem)].add(term)
            if term.is_date:
                parts = term.value.split("-")
                for text in filter(None, accumulate(parts[:-1], "{}-{}".format)):
                    self._same[text].add(term)
                continue
            for words in {frozenset(spelling_keys(text)) for text in texts}:
                for word in words:
                    self._by_word[word].append((words, term))

    def find(self, text: str) -> set[Term]:
        """Return the values that a text means: by id or text, by words of a name, or by year or month."""
        wanted = frozenset(spelling_keys(text))
        rarest = min((self._by_word.get(word, []) for word in wanted), key=len, default=[])
        return self._same.get(text, set()) | {term for words, term in rarest if wanted <= words}


class Register:
    """Everything that can be reconciled.

    Attributes:
        entities: the entities by id.
        types: the types by id.
        properties: the properties by id.
        names: the names of all entities.
    """

    def __init__(self, graph: Graph) -> None:
        """Read entities, types and names from a graph; the values of properties when they are asked for."""
        self._graph = graph
        self._values: dict[str, Mapping[str, tuple[Term, ...]]] = {}
        self._by_text: dict[str, Values] = {}
        self.entities = {entity.id: entity for entity in _entities(graph)}
        self.types = _types(graph, self.entities.values())
        used = self._used_properties()
        self.properties = {row.id: row for row in (*_SPECIAL, *_of_ontology(graph, used))}
        self._used = used
        self.names = Names(self._named())

    def entity(self, text: str) -> Entity | None:
        """Return the entity that has a text as its id or IRI; None if there is none."""
        return self.entities.get(text.removeprefix(namespaces.ID))

    def type(self, text: str) -> Type | None:
        """Return the type that a text names: by id, ``ckg:Name`` or IRI; None if there is none."""
        return self.types.get(namespaces.expand(text).removeprefix(namespaces.CKG))

    def property(self, text: str) -> Property | None:
        """Return the property that a text names: by id, ``ckg:name`` or IRI; None if there is none."""
        return self.properties.get(namespaces.expand(text).removeprefix(namespaces.CKG))

    def of_types(self, types: Iterable[str]) -> frozenset[str]:
        """Return the ids of the entities that are of one of some types."""
        return frozenset[str]().union(*(self._members[type_] for type_ in types))

    def properties_of(self, type_: str) -> list[Property]:
        """Return the properties that entities of a type have: the special ones, then the most frequent."""
        counts = Counter(id_ for member in self._members[type_] for id_ in self._used.get(member, ()))
        special = [row for row in _SPECIAL if row.id not in _OF_PERSONS or type_ == "Person"]
        most_frequent = sorted(counts, key=lambda id_: (-counts[id_], id_))
        return [*special, *map(self.properties.__getitem__, most_frequent)]

    def values(self, property_: Property, entity: Entity) -> tuple[Term, ...]:
        """Return the values that a property has for an entity.

        Raises:
            QueryError: the engine does not answer.
        """
        if property_.id == "iri":
            return (Term(entity.iri, "literal"),)
        if property_.id not in self._values:
            self._values[property_.id] = self._read(property_)
        return self._values[property_.id].get(entity.iri, ())

    def terms_that_mean(self, property_: Property, text: str) -> set[Term]:
        """Return the values of a property that a text means.

        Raises:
            QueryError: the engine does not answer.
        """
        if property_.id not in self._by_text:
            terms = (term for entity in self.entities.values() for term in self.values(property_, entity))
            names = {term: self.names_of(term.value) if term.is_iri else (term.value,) for term in terms}
            self._by_text[property_.id] = Values(names)
        return self._by_text[property_.id].find(text)

    def label(self, iri: str) -> str:
        """Return what an IRI is called."""
        return self._graph.catalogue.label(iri)

    def names_of(self, iri: str) -> tuple[str, ...]:
        """Return all names of anything that has an IRI."""
        entry = self._graph.catalogue.entries.get(iri)
        return tuple(dict.fromkeys((entry.label, *(term.value for term in entry.names)))) if entry else ()

    def describe(self, entity: Entity) -> str:
        """Return a few words that tell an entity from its namesakes: types, posts with years, state, day."""
        parts = [self.types[class_].name for class_ in entity.classes if class_ in self.types]
        posts = posts_of_people(self._graph).get(entity.iri, "")
        if posts:  # the types of people and their posts have no time
            parts = [posts]
        for name in _DESCRIBING:
            if posts and name == "post":
                continue
            if property_ := self.properties.get(name):
                values = self.values(property_, entity)[:_DESCRIBED]
                parts += [self.label(term.value) if term.is_iri else term.value for term in values]
        return "; ".join(dict.fromkeys(parts))

    def _read(self, property_: Property) -> Mapping[str, tuple[Term, ...]]:
        values: dict[str, dict[Term, None]] = defaultdict(dict)
        states = self._members["State"] if property_.of_state else None
        for row in self._graph.select(_VALUES.format(path=property_.path)):
            term = row["o"]
            if property_.id.startswith("wikidata") and not term.value.startswith(WIKIDATA):
                continue
            if states is None or term.value.removeprefix(namespaces.ID) in states:
                values[row["s"].value][term] = None
        if property_.id == "name":
            for iri, texts in self._printed.items():
                values[iri] |= dict.fromkeys(Term(text, "literal") for text in texts)
                values[iri] = dict.fromkeys({term.value: term for term in values[iri]}.values())
        return {iri: tuple(sorted(terms, key=lambda term: term.order)) for iri, terms in values.items()}

    @cached_property
    def _printed(self) -> Mapping[str, tuple[str, ...]]:
        return {iri: tuple(forms) for iri, forms in self._graph.pairs(_PRINTED).items()}

    @cached_property
    def _members(self) -> Mapping[str, frozenset[str]]:
        members: dict[str, set[str]] = defaultdict(set)
        for entity in self.entities.values():
            for type_ in entity.types:
                members[type_].add(entity.id)
        return defaultdict(frozenset, {type_: frozenset(ids) for type_, ids in members.items()})

    def _named(self) -> Iterable[Named]:
        context: dict[str, dict[str, None]] = defaultdict(dict)
        for row in self._graph.select(_VALUES.format(path=_CONTEXT)):
            known = (*self.names_of(row["o"].value), *_short_names(row["o"].value))
            context[row["s"].value] |= dict.fromkeys(known)
        labels = {name: entity.iri for entity in self.entities.values() for name in self.names_of(entity.iri)}
        names, borrowed = {}, {}
        for entity in self.entities.values():
            printed = self._printed.get(entity.iri, ())
            # A capital that is printed for its state is first of all the name of the capital.
            borrowed[entity.iri] = [text for text in printed if labels.get(text, entity.iri) != entity.iri]
            own = (
                *self.names_of(entity.iri),
                *(text for text in printed if text not in borrowed[entity.iri]),
            )
            names[entity.iri] = (
                *dict.fromkeys(own),
                *_further_names(entity, self.names_of(entity.iri)),
            )
        parts: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for row in self._graph.select(_VALUES.format(path=_PARTS)):
            whole = row["o"].value
            parts[row["s"].value].append((*names.get(whole, ()), *_short_names(whole)))
        for entity in self.entities.values():
            yield Named(
                entity.id,
                names[entity.iri],
                personal="Person" in entity.types,
                abbreviated=not entity.types.isdisjoint(_ABBREVIATED),
                parts=tuple(parts.get(entity.iri, ())),
                context=(*context.get(entity.iri, ()), *_beside(entity)),
                others=(*borrowed[entity.iri], *_unprinted_names().get(entity.id, ())),
            )

    def _used_properties(self) -> Mapping[str, tuple[str, ...]]:
        """Return the ids of the ontology's properties that each entity has, by its id."""
        elsewhere = display.read().elsewhere - _FOR_TABLES
        used: dict[str, list[str]] = defaultdict(list)
        for row in self._graph.select(_USED):
            id_ = row["s"].value.removeprefix(namespaces.ID)
            if id_ in self.entities and row["p"].value not in elsewhere:
                used[id_].append(row["p"].value.removeprefix(namespaces.CKG))
        return MappingProxyType({id_: tuple(names) for id_, names in used.items()})


@cache
def _unprinted_names() -> Mapping[str, tuple[str, ...]]:
    """Return the names that articles do not have, but tables may: in other languages, and short ones."""
    text = files("cstokg.web.reconciliation").joinpath("unprinted_names.tsv").read_text(encoding="utf-8")
    names: dict[str, list[str]] = defaultdict(list)
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        names[row["id"]].append(row["name"])
    return {id_: tuple(texts) for id_, texts in names.items()}


def _short_names(iri: str) -> list[str]:
    names = _unprinted_names().get(iri.removeprefix(namespaces.ID), ())
    return [name for name in names if is_acronym(name)]


def _entities(graph: Graph) -> Iterable[Entity]:
    catalogue, kinds = graph.catalogue, display.read().orders["reconcile"]
    for kind in kinds:
        for entry in catalogue.by_kind.get(kind, ()):
            classes = tuple(_local(class_) for class_ in entry.classes if class_.startswith(namespaces.CKG))
            if classes and entry.names:
                types = frozenset[str]().union(*(_with_classes_above(catalogue, name) for name in classes))
                yield Entity(
                    namespaces.step_of(entry.iri), entry.iri, entry.label, classes, types - {_ABSTRACT}
                )


def _further_names(entity: Entity, names: Iterable[str]) -> Iterable[str]:
    """Yield the names of a news outlet without a first word in capitals, such as NIAT in NIAT Khovar."""
    for name in names:
        first, _, rest = name.partition(" ")
        if "NewsOutlet" in entity.types and first.isupper() and rest:
            yield rest


def _beside(entity: Entity) -> Iterable[str]:
    return (text for type_ in entity.types for text in _BESIDE.get(type_, ()))


def _with_classes_above(catalogue: Catalogue, class_: str) -> frozenset[str]:
    """Return the ids of a class of ours and of those above it."""
    above = catalogue.with_classes_above(namespaces.CKG + class_)
    return frozenset(_local(iri) for iri in above if iri.startswith(namespaces.CKG))


def _types(graph: Graph, entities: Iterable[Entity]) -> Mapping[str, Type]:
    sizes = Counter(type_ for entity in entities for type_ in entity.types)
    above = {id_: _with_classes_above(graph.catalogue, id_) for id_ in sizes}
    types = {}
    for id_ in sorted(sizes, key=lambda id_: (-sizes[id_], id_)):
        # Reasoning also adds the superclasses of superclasses.
        ancestors = above[id_] & sizes.keys() - {id_}
        broader = [
            name for name in ancestors if not any(name in above[other] for other in ancestors - {name})
        ]
        entry = graph.catalogue.entries.get(namespaces.CKG + id_)
        types[id_] = Type(
            id_,
            entry.label if entry else id_,
            entry.definition if entry else "",
            tuple(sorted(broader)),
            sizes[id_],
        )
    return types


def _of_ontology(graph: Graph, used: Mapping[str, tuple[str, ...]]) -> Iterable[Property]:
    for id_ in sorted({id_ for ids in used.values() for id_ in ids}, key=natural):
        entry = graph.catalogue.entries.get(namespaces.CKG + id_)
        label, definition = (entry.label, entry.definition) if entry else (id_, "")
        yield Property(id_, label, definition, f"ckg:{id_}")


def _local(iri: str) -> str:
    return iri.removeprefix(namespaces.CKG)


@once
def read(graph: Graph) -> Register:
    """Return what can be reconciled in a graph; read once."""
    return Register(graph)
