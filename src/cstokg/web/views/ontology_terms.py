"""The terms of the ontology, read from the graph as their page shows them: classes with their properties.

Each class has the checks of its members: the constraints of the shapes, in words.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import MappingProxyType

from cstokg import namespaces
from cstokg.web.content import display
from cstokg.web.content.catalogue import Term, natural
from cstokg.web.content.graph import Description, Graph

_GRAPHS = ("ontology/ckg", "ontology/alignments", "ontology/schemes")
_TRIPLES = f"""\
SELECT ?s ?p ?o
WHERE {{
  VALUES ?g {{ {" ".join(f"<{namespaces.GRAPH}{name}>" for name in _GRAPHS)} }}
  GRAPH ?g {{ ?s ?p ?o }}
}}
"""
_USES = f"""\
SELECT ?p (COUNT(*) AS ?count) (MIN(CONCAT(STR(?s), " ", STR(?o))) AS ?pair)
WHERE {{
  ?s ?p ?o
  FILTER (STRSTARTS(STR(?p), "{namespaces.CKG}") && STRSTARTS(STR(?s), "{namespaces.ID}"))
}}
GROUP BY ?p
"""

# The sections in reading order: the title, and the first classes; each is followed by its subclasses.
_SECTIONS = (
    ("Agents", ("Agent",)),
    ("Posts and places", ("Post", "Place")),
    ("Articles and spans", ("Article", "EvidenceSpan")),
    ("Records and their evidence", ("EvidencedRecord", "Testimony")),
    ("Events and meetings", ("Event", "Anniversary")),
    ("Memberships, presidencies, tenures, attendance", ("Situation",)),
    ("Agenda and documents", ("AgendaItem", "Document")),
    ("Statements", ("Statement",)),
    ("Remarks, rules, claims, conflicts", ("Remark", "Rule", "Claim", "Conflict")),
)
_FURTHER = "Further classes"

_TRAITS = MappingProxyType(
    {
        namespaces.expand("owl:AsymmetricProperty"): "one way only",
        namespaces.expand("owl:FunctionalProperty"): "one value at most",
        namespaces.expand("owl:IrreflexiveProperty"): "never to itself",
        namespaces.expand("owl:SymmetricProperty"): "both ways",
        namespaces.expand("owl:TransitiveProperty"): "across several steps",
    }
)
_ALIGNED = MappingProxyType(
    {
        "rdfs:subClassOf": "every one is also a",
        "rdfs:subPropertyOf": "implies",
        "owl:equivalentClass": "the same as",
        "owl:equivalentProperty": "the same as",
        "skos:closeMatch": "close to",
        "rdfs:seeAlso": "see also",
    }
)
_EXAMPLES = 3

_SHAPES = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{namespaces.GRAPH}ontology/shapes> {{ ?s ?p ?o }} }}"
_SH = namespaces.PREFIXES["sh"]
_PLACEHOLDER = re.compile(r"\{[?$]\w+\}")
_SEVERITIES = ("Violation", "Warning", "Info")
WHOLE_GRAPH = ""  # the key of the checks of the whole graph


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint.

    Attributes:
        id: its short name.
        severity: Violation, Warning or Info.
        message: what to do.
    """

    id: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True)
class Described:
    """What classes and properties have in common.

    Attributes:
        iri: the IRI.
        labels: the names, the English one first.
        definitions: texts that could replace the term.
        notes: the scope notes.
        alignments: the relation in words and the IRI of a term of another ontology.
    """

    iri: str
    labels: tuple[Term, ...]
    definitions: tuple[Term, ...]
    notes: tuple[Term, ...]
    alignments: tuple[tuple[str, str], ...]

    @property
    def anchor(self) -> str:
        """The fragment of the term's address on the page."""
        return self.iri.partition("#")[2]

    @property
    def label(self) -> str:
        """The first name; the fragment where there is none."""
        return self.labels[0].value if self.labels else self.anchor


@dataclass(frozen=True, slots=True)
class Property:
    """A property.

    Attributes:
        term: its names and definitions.
        domains: its domains.
        ranges: its ranges: classes or datatypes.
        traits: functional, symmetric and the like, in words.
        inverses: its inverse properties.
        chains: the property chains from which it follows.
        superproperties: the properties of ours of which it is a subproperty.
        uses: how many triples have it.
        example: the subject and the object of one of these triples.
    """

    term: Described
    domains: tuple[str, ...]
    ranges: tuple[str, ...]
    traits: tuple[str, ...]
    inverses: tuple[str, ...]
    chains: tuple[tuple[str, ...], ...]
    superproperties: tuple[str, ...]
    uses: int
    example: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Class:
    """A class with its properties.

    Attributes:
        term: its names and definitions.
        superclasses: its superclasses of ours.
        subclasses: its direct subclasses of ours.
        disjoint: the classes disjoint with it.
        implied_by: the properties, each with a value, that make something a member.
        properties: the properties of which it is the domain, in reading order.
        checks: the checks of its members.
        members: how many members there are.
        examples: a few of the members.
    """

    term: Described
    superclasses: tuple[str, ...]
    subclasses: tuple[str, ...]
    disjoint: tuple[str, ...]
    implied_by: tuple[tuple[str, str], ...]
    properties: tuple[Property, ...]
    checks: tuple[Check, ...]
    members: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Classes that are read together."""

    title: str
    classes: tuple[Class, ...]

    @property
    def anchor(self) -> str:
        """The fragment of the section's address on the page."""
        return "section-" + self.title.partition(",")[0].lower().replace(" ", "-")


class Vocabulary:
    """All terms of the ontology.

    Attributes:
        sections: the classes in reading order.
        shared: the properties whose domain is no class of ours.
    """

    def __init__(self, graph: Graph) -> None:
        """Read the terms that a graph describes.

        Raises:
            QueryError: the engine does not answer.
        """
        self._catalogue = graph.catalogue
        self._about = graph.describe(_TRIPLES)
        self._uses = {row["p"].value: row for row in graph.select(_USES)}
        self._checks = checks_by_class(graph)
        self._classes = self._typed("owl:Class")
        self._properties = [
            self._property(iri)
            for iri in (*self._typed("owl:ObjectProperty"), *self._typed("owl:DatatypeProperty"))
        ]
        self._properties.sort(key=lambda row: (display.fact_order(row.term.iri), natural(row.term.iri)))
        self.sections = tuple(self._sections())
        self.shared = tuple(
            property_ for property_ in self._properties if not set(property_.domains) & set(self._classes)
        )

    @property
    def terms(self) -> Iterator[Described]:
        """Every class and property, in the order of the page."""
        for section in self.sections:
            for class_ in section.classes:
                yield class_.term
                yield from (property_.term for property_ in class_.properties)
        yield from (property_.term for property_ in self.shared)

    @property
    def checks_of_whole_graph(self) -> tuple[Check, ...]:
        """The checks of the whole graph, not of the members of a class."""
        return self._checks.get(WHOLE_GRAPH, ())

    def about_ontology(self, name: str) -> tuple[Term, ...]:
        """Return the values of a property of the ontology itself, given as ``prefix:name``."""
        return tuple(self._about.values(namespaces.ONTOLOGY, name))

    def schemes(self) -> list[tuple[str, list[str]]]:
        """Return the concept schemes with their concepts, both in the order of their labels."""
        label = self._catalogue.label
        concepts: dict[str, list[str]] = defaultdict(list)
        for iri in self._about.triples:
            for scheme in self._about.values(iri, "skos:inScheme"):
                concepts[scheme.value].append(iri)
        return [(scheme, sorted(concepts[scheme], key=label)) for scheme in sorted(concepts, key=label)]

    def _typed(self, name: str) -> list[str]:
        type_ = namespaces.expand(name)
        ours = (iri for iri in self._about.triples if iri.startswith(namespaces.CKG))
        return sorted(iri for iri in ours if type_ in self._values(iri, "rdf:type"))

    def _sections(self) -> Iterator[Section]:
        heads = {namespaces.CKG + name for _, heads in _SECTIONS for name in heads}
        further = dict.fromkeys(self._classes)
        for title, names in _SECTIONS:
            iris = [
                iri
                for name in names
                for iri in self._with_subclasses(namespaces.CKG + name, heads)
                if iri in further
            ]
            for iri in iris:
                further.pop(iri, None)
            # A class below two others comes after both.
            yield Section(title, tuple(map(self._class, reversed(dict.fromkeys(reversed(iris))))))
        if further:
            yield Section(_FURTHER, tuple(map(self._class, further)))

    def _with_subclasses(self, iri: str, heads: Iterable[str]) -> Iterator[str]:
        """Yield a class, then its subclasses, except those that begin a section."""
        yield iri
        for child in self._subclasses(iri):
            if child not in heads:
                yield from self._with_subclasses(child, heads)

    def _subclasses(self, iri: str) -> list[str]:
        return [class_ for class_ in self._classes if iri in self._values(class_, "rdfs:subClassOf")]

    def _class(self, iri: str) -> Class:
        members = self._catalogue.of_class(namespaces.shorten(iri))
        direct = [entry.iri for entry in members if iri in entry.classes] or [entry.iri for entry in members]
        return Class(
            self._described(iri),
            superclasses=self._own_values(iri, "rdfs:subClassOf"),
            subclasses=tuple(self._subclasses(iri)),
            disjoint=tuple(self._disjoint_classes(iri)),
            implied_by=tuple(self._implied_by(iri)),
            properties=tuple(property_ for property_ in self._properties if iri in property_.domains),
            checks=self._checks.get(iri, ()),
            members=len(members),
            examples=tuple(sorted(direct, key=natural)[:_EXAMPLES]),
        )

    def _property(self, iri: str) -> Property:
        use = self._uses.get(iri)
        subject, _, value = use["pair"].value.partition(" ") if use else ("", "", "")
        return Property(
            self._described(iri),
            domains=self._values(iri, "rdfs:domain"),
            ranges=self._values(iri, "rdfs:range"),
            traits=tuple(
                sorted(_TRAITS[type_] for type_ in self._values(iri, "rdf:type") if type_ in _TRAITS)
            ),
            inverses=tuple(self._inverses(iri)),
            chains=tuple(
                tuple(self._members(term.value)) for term in self._about.values(iri, "owl:propertyChainAxiom")
            ),
            superproperties=self._own_values(iri, "rdfs:subPropertyOf"),
            uses=int(use["count"].value) if use else 0,
            example=(subject, value) if use else None,
        )

    def _described(self, iri: str) -> Described:
        return Described(
            iri,
            tuple(self._about.values(iri, "rdfs:label")),
            tuple(self._about.values(iri, "skos:definition")),
            tuple(self._about.values(iri, "skos:scopeNote")),
            tuple(
                (words, term.value)
                for name, words in _ALIGNED.items()
                for term in self._about.values(iri, name)
                if term.is_iri and not term.value.startswith(namespaces.CKG)
            ),
        )

    def _values(self, iri: str, name: str) -> tuple[str, ...]:
        return tuple(term.value for term in self._about.values(iri, name) if term.is_iri)

    def _own_values(self, iri: str, name: str) -> tuple[str, ...]:
        return tuple(value for value in self._values(iri, name) if value.startswith(namespaces.CKG))

    def _inverses(self, iri: str) -> Iterator[str]:
        yield from self._values(iri, "owl:inverseOf")
        yield from (other for other in self._about.triples if iri in self._values(other, "owl:inverseOf"))

    def _members(self, node: str) -> Iterator[str]:
        """Yield the members of an RDF list."""
        while first := self._about.text(node, "rdf:first"):
            yield first
            node = self._about.text(node, "rdf:rest")

    def _disjoint_classes(self, iri: str) -> Iterator[str]:
        for node in self._about.triples:
            for term in self._about.values(node, "owl:members"):
                members = list(self._members(term.value))
                if iri in members:
                    yield from (member for member in members if member != iri)

    def _implied_by(self, iri: str) -> Iterator[tuple[str, str]]:
        """Yield the property and the value of each restriction that is a subclass of a class."""
        for node in self._about.triples:
            value = self._about.text(node, "owl:hasValue")
            if value and iri in self._values(node, "rdfs:subClassOf"):
                yield self._about.text(node, "owl:onProperty"), value


def checks_by_class(graph: Graph) -> dict[str, tuple[Check, ...]]:
    """Return the checks of each class by its IRI, and those of the whole graph under ``WHOLE_GRAPH``.

    Raises:
        QueryError: the engine does not answer.
    """
    shapes = graph.describe(_SHAPES)
    by_target: dict[str, set[Check]] = defaultdict(set)
    for shape, parts in shapes.triples.items():
        targets = [term.value for term in shapes.values(shape, "sh:targetClass")]
        if not targets and any(predicate.startswith(f"{_SH}target") for predicate in parts):
            targets = [WHOLE_GRAPH]
        for target in targets:
            by_target[target].update(_checks(shapes, shape))
    return {target: tuple(sorted(checks, key=_check_order)) for target, checks in by_target.items()}


def _checks(shapes: Description, shape: str, id_: str = "", severity: str = "Violation") -> set[Check]:
    """Return the checks of a shape and of the shapes in it, which inherit its name and severity."""
    id_ = shapes.text(shape, "sh:name") or id_
    severity = shapes.text(shape, "sh:severity").removeprefix(_SH) or severity
    message = shapes.text(shape, "sh:message")
    checks = {Check(id_, severity, _PLACEHOLDER.sub("…", message))} if message else set()
    for part in shapes.values(shape, "sh:property", "sh:sparql"):
        checks |= _checks(shapes, part.value, id_, severity)
    return checks


def _check_order(check: Check) -> tuple[object, ...]:
    return (_SEVERITIES.index(check.severity), natural(check.id), check.message)
