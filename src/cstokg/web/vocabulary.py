"""The ontology as a reader wants it: classes in reading order with their properties, drawn from the graph."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from types import MappingProxyType

from cstokg import namespaces
from cstokg.web import reading
from cstokg.web.constraints import WHOLE, Check, checks_by_class
from cstokg.web.described import Class, Described, Property, Section
from cstokg.web.site import Site
from cstokg.web.terms import Term, natural

_GRAPHS = ("ontology/ckg", "ontology/alignments", "ontology/schemes")
_QUERY = f"""\
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

# The sections in reading order: each with the classes at its head, whose subclasses follow them.
_SECTIONS = (
    ("Agents", ("Agent",)),
    ("Posts and places", ("Post", "Place")),
    ("Articles and spans", ("Article", "EvidenceSpan")),
    ("Records and their evidence", ("EvidencedRecord",)),
    ("Events and meetings", ("Event", "Anniversary")),
    ("Memberships, presidencies, tenures, attendance", ("Situation",)),
    ("Agenda and documents", ("AgendaItem", "Document")),
    ("Statements", ("Statement",)),
    ("Remarks, claims, conflicts", ("Remark", "Claim", "Conflict")),
)
_FURTHER = "Further classes"

_TRAITS = MappingProxyType(
    {
        namespaces.expand("owl:AsymmetricProperty"): "one way only",
        namespaces.expand("owl:FunctionalProperty"): "one value at most",
        namespaces.expand("owl:IrreflexiveProperty"): "never to itself",
        namespaces.expand("owl:SymmetricProperty"): "both ways",
        namespaces.expand("owl:TransitiveProperty"): "carried on from one to the next",
    }
)
_ALIGNED = MappingProxyType(
    {
        namespaces.expand("rdfs:subClassOf"): "every one is also a",
        namespaces.expand("rdfs:subPropertyOf"): "implies",
        namespaces.expand("owl:equivalentClass"): "the same as",
        namespaces.expand("owl:equivalentProperty"): "the same as",
        namespaces.expand("skos:closeMatch"): "comes close to",
        namespaces.expand("rdfs:seeAlso"): "see also",
    }
)
_EXAMPLES = 3


class Vocabulary:
    """The terms as the graph describes them.

    Attributes:
        header: what is said of the ontology itself, by predicate.
        sections: the classes in reading order.
        shared: the properties that start from no class in particular.
    """

    def __init__(self, site: Site) -> None:
        """Read the terms of a site's graph.

        Raises:
            QueryError: the engine does not answer.
        """
        self._site = site
        self._said: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for row in site.graph.select(_QUERY):
            self._said[row["s"].value][row["p"].value].append(row["o"])
        self._uses = {row["p"].value: row for row in site.graph.select(_USES)}
        self._checks = checks_by_class(site.graph)
        self.header = self._said[namespaces.ONTOLOGY]
        self._classes = self._typed("owl:Class")
        self._properties = [
            self._property(iri)
            for iri in (*self._typed("owl:ObjectProperty"), *self._typed("owl:DatatypeProperty"))
        ]
        self._properties.sort(key=lambda one: (reading.key(one.term.iri), natural(one.term.iri)))
        self.sections = tuple(self._sections())
        self.shared = tuple(one for one in self._properties if not set(one.domains) & set(self._classes))

    @property
    def terms(self) -> Iterator[Described]:
        """Every class and property, in the order of the page."""
        for section in self.sections:
            for class_ in section.classes:
                yield class_.term
                yield from (one.term for one in class_.properties)
        yield from (one.term for one in self.shared)

    @property
    def whole(self) -> tuple[Check, ...]:
        """The checks that look at the whole graph."""
        return self._checks.get(WHOLE, ())

    def said(self, name: str) -> list[Term]:
        """What the ontology says of itself by a predicate, given as ``prefix:name``."""
        return sorted(self.header.get(namespaces.expand(name), ()), key=lambda term: term.order)

    def schemes(self) -> list[tuple[str, list[str]]]:
        """The concept schemes with their concepts, by label."""
        label = self._site.catalogue.label
        found: dict[str, list[str]] = defaultdict(list)
        for iri, about in self._said.items():
            for scheme in about.get(namespaces.expand("skos:inScheme"), ()):
                found[scheme.value].append(iri)
        return [(scheme, sorted(found[scheme], key=label)) for scheme in sorted(found, key=label)]

    def _typed(self, name: str) -> list[str]:
        wanted = namespaces.expand(name)
        return sorted(
            iri
            for iri, about in self._said.items()
            if iri.startswith(namespaces.CKG)
            and wanted in {term.value for term in about[namespaces.expand("rdf:type")]}
        )

    def _sections(self) -> Iterator[Section]:
        heads = {namespaces.CKG + name for _, heads in _SECTIONS for name in heads}
        left = dict.fromkeys(self._classes)
        for title, named in _SECTIONS:
            found = [
                iri for name in named for iri in self._below(namespaces.CKG + name, heads) if iri in left
            ]
            for iri in found:
                left.pop(iri, None)
            yield Section(title, tuple(map(self._class, dict.fromkeys(found))))
        if left:
            yield Section(_FURTHER, tuple(map(self._class, left)))

    def _below(self, iri: str, heads: Iterable[str]) -> Iterator[str]:
        """A class, then its subclasses, except those that stand at the head of a section."""
        yield iri
        for child in self._children(iri):
            if child not in heads:
                yield from self._below(child, heads)

    def _children(self, iri: str) -> list[str]:
        above = namespaces.expand("rdfs:subClassOf")
        return [one for one in self._classes if iri in {term.value for term in self._said[one][above]}]

    def _class(self, iri: str) -> Class:
        catalogue = self._site.catalogue
        members = catalogue.of_class(namespaces.shorten(iri))
        direct = [entry.iri for entry in members if iri in entry.classes] or [entry.iri for entry in members]
        return Class(
            self._described(iri),
            above=self._ours(iri, "rdfs:subClassOf"),
            below=tuple(self._children(iri)),
            apart=tuple(self._apart(iri)),
            implied_by=tuple(self._implied_by(iri)),
            properties=tuple(one for one in self._properties if iri in one.domains),
            checks=self._checks.get(iri, ()),
            members=len(members),
            examples=tuple(sorted(direct, key=natural)[:_EXAMPLES]),
        )

    def _property(self, iri: str) -> Property:
        about = self._said[iri]
        types = [term.value for term in about[namespaces.expand("rdf:type")]]
        use = self._uses.get(iri)
        subject, _, value = use["pair"].value.partition(" ") if use else ("", "", "")
        return Property(
            self._described(iri),
            domains=self._values(iri, "rdfs:domain"),
            ranges=self._values(iri, "rdfs:range"),
            traits=tuple(sorted(_TRAITS[type_] for type_ in types if type_ in _TRAITS)),
            inverses=tuple(self._inverses(iri)),
            chains=tuple(
                tuple(self._members(term.value))
                for term in about[namespaces.expand("owl:propertyChainAxiom")]
            ),
            above=self._ours(iri, "rdfs:subPropertyOf"),
            uses=int(use["count"].value) if use else 0,
            example=(subject, value) if use else None,
        )

    def _described(self, iri: str) -> Described:
        return Described(
            iri,
            self._terms(iri, "rdfs:label"),
            self._terms(iri, "skos:definition"),
            self._terms(iri, "skos:scopeNote"),
            tuple(
                (words, term.value)
                for predicate, words in _ALIGNED.items()
                for term in sorted(self._said[iri][predicate], key=lambda term: term.order)
                if term.is_iri and not term.value.startswith(namespaces.CKG)
            ),
        )

    def _terms(self, iri: str, name: str) -> tuple[Term, ...]:
        return tuple(sorted(self._said[iri][namespaces.expand(name)], key=lambda term: term.order))

    def _values(self, iri: str, name: str) -> tuple[str, ...]:
        return tuple(term.value for term in self._terms(iri, name) if term.is_iri)

    def _ours(self, iri: str, name: str) -> tuple[str, ...]:
        return tuple(value for value in self._values(iri, name) if value.startswith(namespaces.CKG))

    def _inverses(self, iri: str) -> Iterator[str]:
        yield from self._values(iri, "owl:inverseOf")
        yield from (other for other in list(self._said) if iri in self._values(other, "owl:inverseOf"))

    def _members(self, node: str) -> Iterator[str]:
        """The members of an RDF list."""
        first, rest = namespaces.expand("rdf:first"), namespaces.expand("rdf:rest")
        while self._said[node][first]:
            yield self._said[node][first][0].value
            node = self._said[node][rest][0].value

    def _apart(self, iri: str) -> Iterator[str]:
        for about in list(self._said.values()):
            for term in about.get(namespaces.expand("owl:members"), ()):
                members = list(self._members(term.value))
                if iri in members:
                    yield from (one for one in members if one != iri)

    def _implied_by(self, iri: str) -> Iterator[tuple[str, str]]:
        """The property and the value of each restriction that stands below a class."""
        for about in list(self._said.values()):
            above = {term.value for term in about.get(namespaces.expand("rdfs:subClassOf"), ())}
            if iri in above and namespaces.expand("owl:hasValue") in about:
                yield (
                    about[namespaces.expand("owl:onProperty")][0].value,
                    about[namespaces.expand("owl:hasValue")][0].value,
                )
