"""What follows from the asserted triples under OWL 2 RL, as owlrl derives it.

owlrl is slow and thorough, and judges what ``rules`` derives in no time. Of its closure a quarter
is of use; the rest says that each thing is itself, that literals have types, and the like.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rdflib import OWL, RDF, RDFS, Graph, Namespace, URIRef
from rdflib.term import Node

from cstokg import namespaces
from cstokg.errors import CstokgError

_ERROR = Namespace("http://www.daml.org/2002/03/agents/agent-ont#").error

DISJOINT_CLASSES = "{x} comes out as both a {a} and a {b}, and nothing can be both."
DISJOINT_PROPERTIES = "{x} has both {a} and {b} {y}, and only one can hold."
IRREFLEXIVE = "{x} stands in {p} to itself, and nothing can."
ASYMMETRIC = "{x} and {y} stand in {p} to each other, and it can hold one way only."
SAME = "{x} and {y} come out as one thing (owl:sameAs), and no article says so."

# What owlrl says of a contradiction, and what we say.
_READINGS = (
    (r"Disjoint classes (?P<a>\S+) and (?P<b>\S+) have a common individual (?P<x>\S+)", DISJOINT_CLASSES),
    (r"Irreflexive property used on (?P<x>\S+) with (?P<p>\S+)", IRREFLEXIVE),
    (r"Erroneous usage of asymmetric property (?P<p>\S+) on (?P<x>\S+) and (?P<y>\S+)", ASYMMETRIC),
    (
        r"Erroneous usage of disjoint properties (?P<a>\S+) and (?P<b>\S+) on (?P<x>\S+) and (?P<y>\S+)",
        DISJOINT_PROPERTIES,
    ),
)


@dataclass(frozen=True, slots=True, order=True)
class Contradiction:
    """What cannot hold together, and the node to look at."""

    message: str
    node: str


class InconsistencyError(CstokgError):
    """The asserted triples contradict the ontology; one line for each contradiction."""

    def __init__(self, contradictions: set[Contradiction]) -> None:
        """An error that lists these, at least one, in order of message."""
        self.contradictions = tuple(sorted(contradictions))
        super().__init__("\n".join(found.message for found in self.contradictions))

    def __reduce__(self) -> tuple[type["InconsistencyError"], tuple[set[Contradiction]]]:
        """How it travels from one process to another."""
        return type(self), (set(self.contradictions),)


def infer(asserted: Graph) -> Graph:
    """The triples that follow and that are of use, without those already asserted.

    Of use is a triple about a thing of the dataset (no term of an ontology) with a predicate of
    ours, or with a type that is a class of ours or that a class of ours is aligned to.

    Args:
        asserted: data and ontology together, without the shapes; it stays as it is.

    Raises:
        InconsistencyError: a contradiction, or two IRIs that come out as one thing.
    """
    import owlrl  # here, because the quick rules use the rest of this module and not owlrl

    closure = Graph(store="SimpleMemory", bind_namespaces="none")
    for triple in asserted:
        closure.add(triple)
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(closure)
    contradictions = {_read(str(message)) for message in closure.objects(None, _ERROR)}
    contradictions |= {same(x, y) for x, y in closure.subject_objects(OWL.sameAs) if _distinct(x, y)}
    if contradictions:
        raise InconsistencyError(contradictions)
    return useful(asserted, closure)


def useful(asserted: Graph, closure: Graph) -> Graph:
    """The part of a closure that ``infer`` keeps."""
    terms = set(_terms(asserted))
    classes = set(_aligned(asserted))
    result = Graph(bind_namespaces="none")
    for prefix, namespace in namespaces.PREFIXES.items():
        result.bind(prefix, namespace)
    for s, p, o in sorted(closure):
        if not isinstance(s, URIRef) or s in terms or s.startswith(namespaces.ONTOLOGY):
            continue
        ours = o in classes or _starts(o, namespaces.CKG) if p == RDF.type else _starts(p, namespaces.CKG)
        if ours and (s, p, o) not in asserted:
            result.add((s, p, o))
    return result


def contradiction(template: str, nodes: Mapping[str, str]) -> Contradiction:
    """What is to be said about these nodes, of which ``x`` is the one to look at."""
    message = template.format(**{name: namespaces.shorten(node) for name, node in nodes.items()})
    return Contradiction(message, nodes["x"])


def same(x: Node, y: Node) -> Contradiction:
    """The contradiction that two IRIs come out as one thing; it does not matter which is first."""
    first, second = sorted((str(x), str(y)))
    return contradiction(SAME, {"x": first, "y": second})


def _distinct(x: Node, y: Node) -> bool:
    return isinstance(x, URIRef) and isinstance(y, URIRef) and x != y


def _read(message: str) -> Contradiction:
    for pattern, template in _READINGS:
        if match := re.fullmatch(pattern, message):
            return contradiction(template, match.groupdict())
    return Contradiction(message, "")


def _terms(asserted: Graph) -> Iterator[Node]:
    for subject, kind in asserted.subject_objects(RDF.type):
        if _starts(kind, str(OWL)):
            yield subject


def _aligned(asserted: Graph) -> Iterator[Node]:
    for narrower, broader in asserted.subject_objects(RDFS.subClassOf):
        if (
            _starts(narrower, namespaces.CKG)
            and _starts(broader, "")
            and not _starts(broader, str(OWL), str(RDFS))
        ):
            yield broader


def _starts(node: Node, *namespaces: str) -> bool:
    return isinstance(node, URIRef) and str(node).startswith(namespaces)
