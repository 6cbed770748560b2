"""Write a graph as JSON-LD, in reading order: flat with our prefixes, or to be read as plain JSON.

rdflib's writer takes two seconds for what this one does in a tenth, and its order changes with
Python's hash seed; pyoxigraph's has no context.
"""

import json
import re
from collections.abc import Iterable, Iterator
from types import MappingProxyType

from rdflib import RDF, XSD, BNode, Literal, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.writers.turtle_writer import Subjects, compact, ordered
from cstokg.build.written_testimonies import HAS_TESTIMONY

_CALLED = MappingProxyType({namespaces.expand("dcterms:type"): "kind"})  # "type" is a class
VOCABULARIES = frozenset(
    prefix for prefix, namespace in namespaces.PREFIXES.items() if not namespace.startswith(namespaces.ID)
)
# Numbers and booleans that JSON can write, in the one form in which JSON gives them back.
_NATIVE = MappingProxyType(
    {XSD.integer: re.compile("0|-?[1-9][0-9]{0,14}"), XSD.boolean: re.compile("true|false")}
)


def write(subjects: Subjects) -> str:
    """Return the triples, whose blank nodes have canonical names, as JSON-LD 1.1: flat objects."""
    triples = [
        (subject, predicate, node)
        for subject, values in ordered(subjects).items()
        for predicate, nodes in values.items()
        for node in nodes
    ]
    names = _Names(triples)
    objects: dict[Node, dict[str, list[object]]] = {}
    for subject, predicate, node in triples:
        is_type = predicate == RDF.type and not isinstance(node, Literal)
        key = "@type" if is_type else names.name(predicate)
        value = names.name(node) if is_type else _value(node, names)
        objects.setdefault(subject, {}).setdefault(key, []).append(value)
    nodes = [
        {"@id": names.name(subject)}
        | {key: values[0] if len(values) == 1 else values for key, values in properties.items()}
        for subject, properties in objects.items()
    ]
    document = {"@context": dict(sorted(names.context.items())), "@graph": nodes}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


class _Names:
    """The names of nodes, and the context that they need."""

    def __init__(self, triples: Iterable[tuple[Node, Node, Node]]) -> None:
        self.context: dict[str, str] = {}
        # With schema: in the context, <schema:x> would mean <https://schema.org/x>.
        self._schemes = {str(iri).partition(":")[0] for triple in triples for iri in _iris(triple)}

    def name(self, node: Node) -> str:
        """Return the node as ``prefix:local`` or in full."""
        if isinstance(node, BNode):
            return f"_:{node}"
        used: dict[str, str] = {}
        short = compact(str(node), used)
        if short is None or not self._schemes.isdisjoint(used):
            return str(node)
        self.context |= used
        return short


def _iris(triple: tuple[Node, Node, Node]) -> Iterator[URIRef]:
    for node in triple:
        if isinstance(node, URIRef):
            yield node
        elif isinstance(node, Literal) and node.datatype:
            yield node.datatype


def _value(node: Node, names: _Names) -> object:
    if not isinstance(node, Literal):
        return {"@id": names.name(node)}
    if node.language:
        return {"@language": node.language, "@value": str(node)}
    return {"@type": names.name(node.datatype), "@value": str(node)} if node.datatype else str(node)


# To be read as plain JSON.


def write_plainly(subjects: Subjects) -> str:
    """Return triples, ordered and with canonical names for blank nodes, as JSON-LD that reads like an API.

    An ``id`` is the path of an IRI below id/. A property has its local name; one that has several values
    anywhere has a list everywhere, and one whose values have languages has an object by language. What is
    said of a thing by an article stands inside the thing.
    """
    return json.dumps(_Document(subjects).content(), ensure_ascii=False, indent=1) + "\n"


def property_names(predicates: Iterable[Node]) -> dict[Node, str]:
    """Return a name for each predicate: the local part of its IRI, with its prefix if another has that too.

    Ours come first, and ``type`` is left to the classes.
    """
    iris = sorted(predicates, key=lambda node: (not str(node).startswith(namespaces.CKG), str(node)))
    names: dict[Node, str] = {}
    used_names = {"id", "type"}
    for iri in iris:
        prefix, _, local = namespaces.shorten(str(iri)).partition(":")
        name = _CALLED.get(str(iri), local)
        names[iri] = f"{prefix}_{name}" if name in used_names else name
        used_names.add(name)
    return names


class _Document:
    """A document to be read as plain JSON."""

    def __init__(self, subjects: Subjects) -> None:
        self._subjects = subjects
        values: dict[Node, list[Node]] = {}
        self._several: set[Node] = set()
        for properties in subjects.values():
            for predicate, nodes in properties.items():
                if predicate != RDF.type:
                    values.setdefault(predicate, []).extend(nodes)
                    if len(nodes) > 1:
                        self._several.add(predicate)
        self._names = property_names(values)
        self._kinds = {predicate: _kind(nodes) for predicate, nodes in values.items()}
        self._prefixes = VOCABULARIES - set(self._names.values())
        self._used: set[str] = set()
        self._nested = {
            node: subject
            for subject, properties in subjects.items()
            for node in properties.get(HAS_TESTIMONY, ())
            if node in subjects and _is_testimony_of(node, subject)
        }

    def content(self) -> dict[str, object]:
        nodes = [self._object(subject) for subject in self._subjects if subject not in self._nested]
        terms = self._terms()
        context = {
            "@version": 1.1,
            "@base": namespaces.ID,
            "@vocab": namespaces.CKG,
            "id": "@id",
            "type": "@type",
            **{prefix: namespaces.PREFIXES[prefix] for prefix in sorted(self._used)},
            **terms,
        }
        return {"@context": context, "@graph": nodes}

    def _terms(self) -> dict[str, object]:
        terms: dict[str, object] = {}
        for predicate, name in sorted(self._names.items(), key=lambda item: item[1]):
            kind = self._kinds[predicate]
            term = {"@id": self._short(str(predicate))}
            if kind == "@language":
                term["@container"] = "@language"
            elif kind:
                term["@type"] = kind if kind == "@id" else self._short(kind)
            if predicate in self._several and kind != "@language":
                term["@container"] = "@set"
            terms[name] = term
        return terms

    def _object(self, subject: Node) -> dict[str, object]:
        content: dict[str, object] = {"id": self._name(subject)}
        for predicate, nodes in self._subjects[subject].items():
            if predicate == RDF.type:
                classes = [self._class_name(node) for node in nodes]
                content["type"] = classes[0] if len(classes) == 1 else classes
            elif self._kinds[predicate] == "@language":
                content[self._names[predicate]] = _by_language(nodes)
            else:
                values = [
                    self._object(node)
                    if predicate == HAS_TESTIMONY and self._nested.get(node) == subject
                    else self._value(node, self._kinds[predicate])
                    for node in nodes
                ]
                content[self._names[predicate]] = values if predicate in self._several else values[0]
        return content

    def _value(self, node: Node, kind: str) -> object:
        if not isinstance(node, Literal):
            return self._name(node) if kind == "@id" else {"id": self._name(node)}
        if node.language:
            return {"@value": str(node), "@language": node.language}
        if node.datatype and not kind:
            return {"@value": str(node), "@type": self._short(str(node.datatype))}
        pattern = _NATIVE.get(node.datatype) if node.datatype else None
        return json.loads(str(node)) if pattern and pattern.fullmatch(str(node)) else str(node)

    def _name(self, node: Node) -> str:
        """Return an IRI below id/ as its path, one of a vocabulary with its prefix, and others in full."""
        if isinstance(node, BNode):
            return f"_:{node}"
        iri = str(node)
        if iri.startswith(namespaces.ID) and namespaces.is_well_formed(iri):
            return iri.removeprefix(namespaces.ID)
        return self._short(iri)

    def _short(self, iri: str) -> str:
        short = compact(iri, {}) or ""
        prefix = short.partition(":")[0]
        if prefix not in self._prefixes:
            return iri
        self._used.add(prefix)
        return short

    def _class_name(self, node: Node) -> str:
        """Return the local name of a class of ours, which is one of the vocabulary."""
        local = str(node).removeprefix(namespaces.CKG)
        return local if local.isalnum() else self._name(node)


def _is_testimony_of(node: Node, subject: Node) -> bool:
    return isinstance(node, URIRef) and node.startswith(f"{subject}/testimony/")


def _kind(nodes: Iterable[Node]) -> str:
    """Return what all values are: ``@id``, ``@language``, a datatype; empty for texts, or if they differ."""
    kinds = set()
    for node in nodes:
        if not isinstance(node, Literal):
            kinds.add("@id")
        else:
            kinds.add("@language" if node.language else str(node.datatype or ""))
    return kinds.pop() if len(kinds) == 1 else ""


def _by_language(nodes: Iterable[Node]) -> dict[str, object]:
    texts: dict[str, list[str]] = {}
    for node in nodes:
        texts.setdefault(str(getattr(node, "language", "")), []).append(str(node))
    return {language: values[0] if len(values) == 1 else values for language, values in texts.items()}
