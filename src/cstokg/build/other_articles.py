"""Read the file of an article that a check is not about, in a fraction of the time.

Most triples of an article are its spans, where its sentences are, and on which words, on what basis and in
which mode each testimony rests. Only the queries of shapes need those of other articles, so they are left to
the store, and the rest becomes triples for Python.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from cstokg import namespaces
from cstokg.build import rdf_terms, stored_graph, turtle_parser, written_testimonies
from cstokg.build.spans import Span
from cstokg.build.turtle_parser import Triple
from cstokg.build.written_testimonies import Testimony

_CONCEPT = f"{namespaces.ID}concept/"
_INFERRED = namespaces.expand("basis:inferred")
_TYPE = ox.NamedNode(f"{namespaces.PREFIXES['rdf']}type")
_IS_SPAN = ox.NamedNode(f"{namespaces.CKG}EvidenceSpan")
_SPAN_OF, _START, _END, _SHA256 = (
    ox.NamedNode(namespaces.CKG + name) for name in ("spanOf", "charStart", "charEnd", "sha256")
)
_IS_TESTIMONY = ox.NamedNode(str(written_testimonies.TESTIMONY))
_HAS_TESTIMONY = str(written_testimonies.HAS_TESTIMONY)
_PRINTED_AS = str(written_testimonies.PRINTED_AS)
_SENTENCES = frozenset(namespaces.CKG + name for name in ("sentenceStart", "sentenceEnd"))
_INTEGER = ox.NamedNode(f"{namespaces.PREFIXES['xsd']}integer")

_Value = ox.NamedNode | ox.BlankNode | ox.Literal


@dataclass(slots=True)
class Part:
    """What an article says, and what only the store gets.

    Attributes:
        triples: what it says of things, and of testimonies what is compared between articles.
        quads: the rest: its spans and sentences, and the rest of its testimonies.
        testimonies: the IRIs of its testimonies.
    """

    triples: list[Triple] = field(default_factory=list)
    quads: list[ox.Quad] = field(default_factory=list)
    testimonies: list[str] = field(default_factory=list)


def read(text: str, article: str, table: Mapping[int, Span]) -> Part | None:
    """Return what the file of an article and its table of spans say; None if that needs the other parser.

    It needs the other one if it is malformed, if the parsers differ on it, if it has other blank nodes than
    the brackets of testimonies, or if these do not tell its testimonies apart.
    """
    parsed = turtle_parser.parse_natively(text)
    if parsed is None:
        return None
    testimonies: dict[ox.BlankNode, Testimony] = {}
    facts: list[tuple[ox.NamedNode, ox.NamedNode, _Value]] = []
    within: dict[ox.BlankNode, list[tuple[ox.NamedNode, ox.NamedNode | ox.Literal]]] = defaultdict(list)
    for subject, predicate, value in parsed:
        if isinstance(subject, ox.NamedNode) and not isinstance(value, ox.Triple):
            facts.append((subject, predicate, value))
            if isinstance(value, ox.BlankNode):
                if predicate.value != _HAS_TESTIMONY or value in testimonies:
                    return None
                testimonies[value] = Testimony(subject.value, 0, defaultdict(list))
        elif isinstance(subject, ox.BlankNode) and isinstance(value, ox.NamedNode | ox.Literal):
            within[subject].append((predicate, value))
        else:
            return None
    if within.keys() != testimonies.keys():
        return None
    for node, pairs in within.items():
        for predicate, value in pairs:
            testimonies[node].properties[predicate.value].append(value.value)
    names, problems = written_testimonies.names(testimonies)
    if problems:
        return None
    iris: dict[_Value, ox.NamedNode] = {node: ox.NamedNode(name) for node, name in names.items()}
    part = Part(quads=_spans(article, table), testimonies=list(names.values()))
    to_rdflib = rdf_terms.to_rdflib
    for subject, predicate, value in facts:
        if predicate.value in _SENTENCES and _is_plain_integer(value):
            part.quads.append(ox.Quad(subject, predicate, value))
        else:
            value = iris.get(value, value)
            part.triples.append((to_rdflib(subject), to_rdflib(predicate), to_rdflib(value)))
    own_span = f"{namespaces.ID}article/{article}/span/"
    for node, pairs in within.items():
        subject = iris[node]
        part.quads.append(ox.Quad(subject, _TYPE, _IS_TESTIMONY))
        for predicate, value in pairs:
            kept = _kept_aside(predicate, value, own_span)
            if kept is None:
                part.triples.append((to_rdflib(subject), to_rdflib(predicate), to_rdflib(value)))
            else:
                part.quads.append(ox.Quad(subject, predicate, kept))
    return part


def _is_plain_integer(value: _Value) -> bool:
    return (
        isinstance(value, ox.Literal)
        and value.datatype == _INTEGER
        and stored_graph.is_plain_integer(value.value)
    )


def _kept_aside(
    predicate: ox.NamedNode, value: ox.NamedNode | ox.Literal, own_span: str
) -> ox.NamedNode | ox.Literal | None:
    """Return a value of a testimony as the store holds it; None if Python needs it, or it is unusual."""
    text = value.value
    if isinstance(value, ox.Literal):
        if value.language and predicate.value != _PRINTED_AS and "…" not in text:
            return stored_graph.marked_text(text, value.language)
        return None
    if text.startswith(own_span) or (text.startswith(_CONCEPT) and text != _INFERRED):
        return value
    return None


def _spans(article: str, table: Mapping[int, Span]) -> list[ox.Quad]:
    of = ox.NamedNode(f"{namespaces.ID}article/{article}")
    quads: list[ox.Quad] = []
    for span in table.values():
        subject = ox.NamedNode(span.iri(article))
        quads += (
            ox.Quad(subject, _TYPE, _IS_SPAN),
            ox.Quad(subject, _SPAN_OF, of),
            ox.Quad(subject, _START, ox.Literal(str(span.start), datatype=_INTEGER)),
            ox.Quad(subject, _END, ox.Literal(str(span.end), datatype=_INTEGER)),
            ox.Quad(subject, _SHA256, ox.Literal(span.sha256)),
        )
    return quads
