"""The names of all there is: what each IRI is called, and of which class it is."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from rapidfuzz import fuzz, process, utils

from cstokg import namespaces
from cstokg.web import labels
from cstokg.web.terms import Term, natural

_TYPE = namespaces.expand("rdf:type")
_SUBCLASS = namespaces.expand("rdfs:subClassOf")
_ALTERNATIVE = namespaces.expand("skos:altLabel")
_DEFINITION = namespaces.expand("skos:definition")
_REPLACED = namespaces.expand("dcterms:isReplacedBy")
_CONCEPT = namespaces.expand("skos:Concept")
_READ = (_TYPE, _SUBCLASS, _ALTERNATIVE, _DEFINITION, _REPLACED, *labels.LABELS, *labels.PARTS)
_QUERY = f"""\
SELECT ?s ?p ?o
WHERE {{
  VALUES ?p {{ {" ".join(f"<{iri}>" for iri in dict.fromkeys(_READ))} }}
  ?s ?p ?o
  FILTER (ISIRI(?s))
}}
"""
_NEAREST = 6
_CLOSE_ENOUGH = 60

Select = Callable[[str], list[dict[str, Term]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one IRI without asking further.

    Attributes:
        iri: the IRI.
        label: what to call it, in English where there is English.
        classes: the most specific of its classes that are ours, and skos:Concept.
        names: its labels and other names.
        definition: what it means, for a term or a concept.
    """

    iri: str
    label: str
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
        entries: one for each subject of the graph that is an IRI.
        replaced: the IRI that stands in place of a superseded one.
    """

    def __init__(self, said: labels.Said) -> None:
        """The catalogue of what the graph says, by subject and predicate."""
        self._parents = {
            iri: [term.value for term in about.get(_SUBCLASS, ())] for iri, about in said.items()
        }
        self._lineages: dict[str, frozenset[str]] = {}
        self.entries = {iri: self._entry(iri, said) for iri in said}
        self.replaced = {iri: about[_REPLACED][0].value for iri, about in said.items() if _REPLACED in about}

    @classmethod
    def read(cls, select: Select) -> Self:
        """The catalogue of the graph that a function asks."""
        said: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
        for row in select(_QUERY):
            said[row["s"].value][row["p"].value].append(row["o"])
        if any(iri.startswith(f"{namespaces.METADATA}#") for iri in said):
            said.setdefault(namespaces.METADATA, {})  # the graph that describes all others, and not itself
        return cls({iri: dict(about) for iri, about in said.items()})

    def __contains__(self, iri: str) -> bool:
        """Whether the graph says anything of an IRI."""
        return iri in self.entries

    def label(self, iri: str) -> str:
        """What an IRI is called; an unknown one is shortened by the project's prefixes."""
        found = self.entries.get(iri)
        return found.label if found else labels.of(iri, {})

    def is_a(self, iri: str, name: str) -> bool:
        """Whether something is of a class, given as ``ckg:Name``, by itself or through a subclass."""
        found, wanted = self.entries.get(iri), namespaces.expand(name)
        return found is not None and any(wanted in self._above(class_) for class_ in found.classes)

    def of_class(self, name: str) -> list[Entry]:
        """The entries of a class or its subclasses, by label."""
        return list(self._members.get(namespaces.expand(name), ()))

    @cached_property
    def _members(self) -> Mapping[str, list[Entry]]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in sorted(self.entries.values(), key=lambda entry: natural(entry.label.casefold())):
            for class_ in frozenset[str]().union(*map(self._above, entry.classes)):
                found[class_].append(entry)
        return dict(found)

    @cached_property
    def by_kind(self) -> Mapping[str, list[Entry]]:
        """The entries of each kind, by IRI."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for iri in sorted(self.entries, key=natural):
            found[self.entries[iri].kind].append(self.entries[iri])
        return dict(found)

    @cached_property
    def by_label(self) -> Mapping[str, str]:
        """The IRI of each entity of ours whose label no other has."""
        return self._unique(namespaces.ID)

    @cached_property
    def term_by_label(self) -> Mapping[str, str]:
        """The IRI of each term of the ontology whose label no other has."""
        return self._unique(namespaces.CKG)

    def _unique(self, below: str) -> Mapping[str, str]:
        found: dict[str, set[str]] = defaultdict(set)
        for iri, entry in self.entries.items():
            if iri.startswith(below) and entry.names:
                found[entry.label].add(iri)
        return {label: iris.pop() for label, iris in found.items() if len(iris) == 1}

    def nearest(self, step: str) -> list[str]:
        """The IRIs that come closest to a path that leads nowhere, by themselves or by their labels."""
        below = namespaces.GRAPH if step.startswith("graph/") else namespaces.ID
        known = {
            iri: f"{namespaces.step_of(iri)} {entry.label}"
            for iri, entry in self.entries.items()
            if iri.startswith(below) and entry.kind != "span"
        }
        matches = process.extract(
            step.replace("-", " "),
            known,
            scorer=fuzz.token_set_ratio,
            processor=utils.default_process,
            limit=_NEAREST,
            score_cutoff=_CLOSE_ENOUGH,
        )
        return [iri for _, _, iri in matches]

    def _entry(self, iri: str, said: labels.Said) -> Entry:
        about = said[iri]
        types = {term.value for term in about.get(_TYPE, ())}
        ours = {class_ for class_ in types if class_.startswith(namespaces.CKG) or class_ == _CONCEPT}
        specific = ours - {above for class_ in ours for above in self._above(class_) if above != class_}
        called = [term for predicate in (*labels.LABELS, _ALTERNATIVE) for term in about.get(predicate, ())]
        definitions = sorted(about.get(_DEFINITION, ()), key=lambda term: term.order)
        return Entry(
            iri,
            labels.of(iri, said),
            tuple(sorted(specific)),
            tuple(sorted(called, key=lambda term: term.language != "en")),
            definitions[0].value if definitions else "",
        )

    def _above(self, class_: str) -> frozenset[str]:
        """A class and its superclasses."""
        if class_ not in self._lineages:
            waiting, seen = [class_], set[str]()
            while waiting:
                name = waiting.pop()
                if name not in seen:
                    seen.add(name)
                    waiting += self._parents.get(name, ())
            self._lineages[class_] = frozenset(seen)
        return self._lineages[class_]
