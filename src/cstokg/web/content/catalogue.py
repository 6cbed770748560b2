"""The catalogue: the label and the class of each IRI.

Records have no labels of their own, so theirs are composed of the labels of what they link to.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import pyoxigraph as ox
from rapidfuzz import fuzz, process, utils

from cstokg import namespaces
from cstokg.bounded_cache import bounded_cache
from cstokg.comparing import Dataset
from cstokg.web.content import display, periods

_DIGITS = re.compile(r"(\d+)")
_DIGITS_READ = 1_000
_XSD = namespaces.PREFIXES["xsd"]


class Term(NamedTuple):
    """One RDF term: a named tuple, since a page has thousands and dataclasses are slow to make.

    Attributes:
        value: the IRI, the blank node's label or the literal's text.
        kind: ``uri``, ``bnode`` or ``literal``.
        language: the language tag of a literal.
        datatype: the IRI of a literal's datatype, empty for plain text.
    """

    value: str
    kind: str = "uri"
    language: str = ""
    datatype: str = ""

    @property
    def is_iri(self) -> bool:
        """Whether the term is an IRI."""
        return self.kind == "uri"

    @property
    def is_date(self) -> bool:
        """Whether the term is a day."""
        return self.datatype == f"{_XSD}date"

    @property
    def order(self) -> tuple[object, ...]:
        """A key that sorts terms: English before Russian, numbers inside a text as numbers."""
        return (self.kind, self.language != "en", self.language, natural(self.value))


def of_json(term: dict[str, str]) -> Term:
    """Return a term of a result in SPARQL 1.1 Query Results JSON."""
    if term["type"] == "uri":
        return Term(term["value"])
    return Term(term["value"], term["type"], term.get("xml:lang", ""), term.get("datatype", ""))


def of_node(node: ox.NamedNode | ox.Literal) -> Term:
    """Return a term of pyoxigraph."""
    if isinstance(node, ox.NamedNode):
        return Term(node.value)
    plain = node.language or node.datatype.value == f"{_XSD}string"
    return Term(node.value, "literal", node.language or "", "" if plain else node.datatype.value)


@bounded_cache(1 << 15)
def natural(text: str) -> tuple[tuple[int, str], ...]:
    """Return a key under which ``190-485`` comes before ``1000-1200``."""
    parts = filter(None, _DIGITS.split(text))
    # Python refuses to read a number of more than a few thousand digits.
    return tuple(
        (int(part), "") if part.isdecimal() and len(part) < _DIGITS_READ else (-1, part) for part in parts
    )


# Labels.

Triples = Mapping[str, Mapping[str, Sequence[Term]]]  # objects by subject and predicate

_LABELS = tuple(namespaces.expand(name) for name in ("skos:prefLabel", "rdfs:label", "dcterms:title"))
_LONGEST = 110
_CAPITAL = re.compile("[A-Z]")
_DEEPEST = 3  # such as a claim about a suspension of a membership


def compose_label(iri: str, triples: Triples, depth: int = 0, longest: int = _LONGEST) -> str:
    """Return the label of an IRI: its own, or one composed of the labels of what it links to; cut if long."""
    if span := namespaces.parse_span(iri):
        return f"{compose_label(span.article, triples, depth, longest)}, characters {span.start}–{span.end}"
    if label := display.read().terms.get(iri):
        return label
    about = triples.get(iri, {})
    for predicate in _LABELS:
        if terms := about.get(predicate):
            return min(terms, key=lambda term: term.order).value
    kind = display.read().kind(namespaces.kind_of(iri))
    if terms := about.get(kind.words, ()):
        return shorten_text(min(terms, key=lambda term: term.order).value.rstrip("."), longest)
    composed = ""
    if depth < _DEEPEST:
        for part in kind.label:
            if isinstance(part, str):
                composed += part if composed else ""
                continue
            terms = next((about[predicate] for predicate in part if predicate in about), ())
            if terms:
                composed += _label_part(min(terms, key=lambda term: term.order), triples, depth, longest)
    if composed:
        return shorten_text(composed.strip(" ·:"), longest)
    return _address_in_words(iri) if depth else namespaces.shorten(iri).strip("<>")


def _address_in_words(iri: str) -> str:
    """Return words for something that has no name: its kind and the end of its address."""
    shortened, kind = namespaces.shorten(iri), namespaces.kind_of(iri)
    name = shortened.partition(":")[2]
    if iri.startswith(namespaces.CKG):
        return _CAPITAL.sub(lambda found: f" {found[0].lower()}", name).strip()
    if not kind:
        return shortened.strip("<>")
    return name if kind.startswith("concept/") else f"{display.read().kind(kind).singular} {name}"


def shorten_text(text: str, longest: int = _LONGEST) -> str:
    """Return a text cut between words, with an ellipsis where something is left out."""
    if len(text) <= longest:
        return text
    return text[:longest].rsplit(" ", 1)[0].rstrip(" ,;:.") + " …"


def _label_part(term: Term, triples: Triples, depth: int, longest: int) -> str:
    if term.is_iri:
        return compose_label(term.value, triples, depth + 1, longest)
    return periods.day(term.value) if term.is_date else term.value


# The catalogue.

_TYPE = namespaces.expand("rdf:type")
_PERSON = namespaces.expand("ckg:Person")
_SUBCLASS = namespaces.expand("rdfs:subClassOf")
_ALTERNATIVE = namespaces.expand("skos:altLabel")
_DEFINITION = namespaces.expand("skos:definition")
_REPLACED = namespaces.expand("dcterms:isReplacedBy")
_CONCEPT = namespaces.expand("skos:Concept")
_READ = (_TYPE, _SUBCLASS, _ALTERNATIVE, _DEFINITION, _REPLACED, *_LABELS)
_QUERY = """\
SELECT ?s ?p ?o
WHERE {
  VALUES ?p { PREDICATES }
  ?s ?p ?o
  FILTER (ISIRI(?s))
}
"""
_NEAREST = 6
_CLOSE_ENOUGH = 60

Select = Callable[[str], list[dict[str, Term]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """The names and classes of one IRI.

    Attributes:
        iri: the IRI.
        label: what to call it, in English where there is English.
        whole_label: the same, never cut.
        classes: the most specific of its classes that are ours, and skos:Concept.
        names: its labels and other names.
        definition: what it means, for a term or a concept.
    """

    iri: str
    label: str
    whole_label: str
    classes: tuple[str, ...]
    names: tuple[Term, ...]
    definition: str

    @property
    def kind(self) -> str:
        """What kind of thing the IRI says it is; see ``namespaces.kind_of``."""
        return namespaces.kind_of(self.iri)


class Catalogue:
    """The entries by IRI.

    Attributes:
        entries: one for each subject of the graph that is an IRI and has not been replaced.
        replaced: the IRI that replaces each superseded one.
    """

    def __init__(self, triples: Triples) -> None:
        """Read the triples of a graph."""
        self._parents = {
            iri: [term.value for term in about.get(_SUBCLASS, ())] for iri, about in triples.items()
        }
        self._lineages: dict[str, frozenset[str]] = {}
        self.replaced = {
            iri: about[_REPLACED][0].value for iri, about in triples.items() if _REPLACED in about
        }
        self.entries = {iri: self._entry(iri, triples) for iri in triples if iri not in self.replaced}

    @classmethod
    def read(cls, select: Select) -> Self:
        """Return the catalogue of a graph, which is read with ``select``."""
        triples: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for row in select(_QUERY.replace("PREDICATES", " ".join(f"<{iri}>" for iri in _predicates()))):
            if namespaces.kind_of(row["s"].value) == "testimony":
                continue  # each is shown on the page of its subject
            triples[row["s"].value][row["p"].value].append(row["o"])
        if any(iri.startswith(f"{namespaces.METADATA}#") for iri in triples):
            triples.setdefault(namespaces.METADATA, {})  # the graph that describes all others, and not itself
        return cls({iri: dict(about) for iri, about in triples.items()})

    @classmethod
    def of_datasets(cls, *datasets: Dataset) -> Self:
        """Return the catalogue of what the datasets describe; for each thing, the last that describes it."""
        triples: dict[str, dict[str, list[Term]]] = {}
        predicates = frozenset(_predicates())
        for dataset in datasets:
            about: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
            for subject, predicate, value in dataset.facts:
                said = about[subject]
                if predicate in predicates:
                    said[predicate].append(of_node(value))
            triples |= about
        return cls(triples)

    def __contains__(self, iri: str) -> bool:
        """Return whether the graph says anything of an IRI."""
        return iri in self.entries

    def label(self, iri: str) -> str:
        """Return what an IRI is called; an unknown one is shortened by the project's prefixes."""
        entry = self.entries.get(iri)
        return entry.label if entry else compose_label(iri, {})

    def words(self, iri: str) -> str:
        """Return what pages call a thing or a property; for one without a name, words made of its address."""
        if word := display.read().words.get(iri):
            return word
        label = self.label(iri)
        return _address_in_words(iri) if label == namespaces.shorten(iri) else label

    def whole_label(self, iri: str) -> str:
        """Return what an IRI is called, never cut."""
        entry = self.entries.get(iri)
        return entry.whole_label if entry else compose_label(iri, {})

    def is_a(self, iri: str, name: str) -> bool:
        """Return whether something is of a class, given as ``ckg:Name``, by itself or through a subclass."""
        entry, iri_of_class = self.entries.get(iri), namespaces.expand(name)
        return entry is not None and any(
            iri_of_class in self.with_classes_above(class_) for class_ in entry.classes
        )

    def class_of(self, iri: str) -> str:
        """Return the class that pages name: the first class of an IRI; empty if the graph gives none.

        For a person it is ``ckg:Person``, because a class such as foreign minister does not say when.
        """
        entry = self.entries.get(iri)
        if entry and entry.kind == "person":
            return _PERSON
        return entry.classes[0] if entry and entry.classes else ""

    def of_class(self, name: str) -> list[Entry]:
        """Return the entries of a class or its subclasses, by label."""
        return list(self._members.get(namespaces.expand(name), ()))

    @cached_property
    def _members(self) -> Mapping[str, list[Entry]]:
        entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(self.entries.values(), key=lambda entry: natural(entry.label.casefold())):
            for class_ in frozenset[str]().union(*map(self.with_classes_above, entry.classes)):
                entries[class_].append(entry)
        return dict(entries)

    @cached_property
    def by_kind(self) -> Mapping[str, list[Entry]]:
        """Return the entries of each kind, by IRI."""
        entries: dict[str, list[Entry]] = defaultdict(list)
        for iri in sorted(self.entries, key=natural):
            entries[self.entries[iri].kind].append(self.entries[iri])
        return dict(entries)

    @cached_property
    def by_label(self) -> Mapping[str, str]:
        """Return the IRI of each entity of ours whose label no other has."""
        return self._unique(namespaces.ID)

    @cached_property
    def term_by_label(self) -> Mapping[str, str]:
        """Return the IRI of each term of the ontology whose label no other has."""
        return self._unique(namespaces.CKG)

    def _unique(self, below: str) -> Mapping[str, str]:
        iris_by_label: dict[str, set[str]] = defaultdict(set)
        for iri, entry in self.entries.items():
            if iri.startswith(below) and entry.names:
                iris_by_label[entry.label].add(iri)
        return {label: iris.pop() for label, iris in iris_by_label.items() if len(iris) == 1}

    def nearest(self, step: str) -> list[str]:
        """Return the IRIs whose path or label is most like a path that leads nowhere."""
        below = namespaces.GRAPH if step.startswith("graph/") else namespaces.ID
        texts = {
            iri: f"{namespaces.step_of(iri)} {entry.label}"
            for iri, entry in self.entries.items()
            if iri.startswith(below) and entry.kind != "span"
        }
        matches = process.extract(
            step.replace("-", " "),
            texts,
            scorer=fuzz.token_set_ratio,
            processor=utils.default_process,
            limit=_NEAREST,
            score_cutoff=_CLOSE_ENOUGH,
        )
        return [iri for _, _, iri in matches]

    def _entry(self, iri: str, triples: Triples) -> Entry:
        about = triples[iri]
        types = {term.value for term in about.get(_TYPE, ())}
        ours = {class_ for class_ in types if class_.startswith(namespaces.CKG) or class_ == _CONCEPT}
        specific = ours - {
            above for class_ in ours for above in self.with_classes_above(class_) if above != class_
        }
        called = [term for predicate in (*_LABELS, _ALTERNATIVE) for term in about.get(predicate, ())]
        definitions = sorted(about.get(_DEFINITION, ()), key=lambda term: term.order)
        return Entry(
            iri,
            compose_label(iri, triples),
            compose_label(iri, triples, longest=sys.maxsize),
            tuple(sorted(specific)),
            tuple(sorted(called, key=lambda term: term.language != "en")),
            definitions[0].value if definitions else "",
        )

    def with_classes_above(self, class_: str) -> frozenset[str]:
        """Return a class, given by its IRI, and all classes above it."""
        if class_ not in self._lineages:
            waiting, seen = [class_], set[str]()
            while waiting:
                name = waiting.pop()
                if name not in seen:
                    seen.add(name)
                    waiting += self._parents.get(name, ())
            self._lineages[class_] = frozenset(seen)
        return self._lineages[class_]


def _predicates() -> list[str]:
    """Return the properties that the catalogue reads, among them those of which labels are composed."""
    parts = (part for kind in display.read().kinds.values() for part in kind.label)
    linked = sorted({iri for part in parts if isinstance(part, tuple) for iri in part})
    return list(dict.fromkeys((*_READ, *linked)))
