"""A graph of rdflib whose triples a store of pyoxigraph holds, so that either engine can be asked about it.

Nothing is converted before it is asked for. The store would rewrite literals ("007" becomes 7), so those
that it could rewrite are marked in it: their datatype or language tag is a part of an invented datatype.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

import pyoxigraph as ox
from rdflib import XSD, Graph, Literal, URIRef
from rdflib.plugins.stores.memory import Memory
from rdflib.term import Node

from cstokg.build import rdf_terms
from cstokg.build.rdf_terms import Triple

# Marks a literal that a store of pyoxigraph would rewrite; the datatype or the language follows it.
_AS_WRITTEN = "urn:x-as-written:"
# The graph beside the data that names the nodes asked about: <urn:x-asked> <urn:x-asked> each of them.
_ASKED = ox.NamedNode("urn:x-asked")
LABEL = "urn:x-label"  # the function that returns the label of a blank node
# Values that pyoxigraph does not rewrite, and compares with each other as rdflib does.
_DATE = re.compile(r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}", re.ASCII)
_PLAIN_FORMS = {XSD.date: _DATE, XSD.integer: _INTEGER}
_PLAIN = {"xsd:date": XSD.date, "xsd:integer": XSD.integer}

Pattern = tuple[Node | None, Node | None, Node | None]


class StoredGraph(Graph):
    """A graph that is filled once and then only read; the nodes asked about are named beside it.

    Attributes:
        quads: the store; its default graph has the triples, with marked literals.
        plain_datatypes: prefixed names of the datatypes whose literals are all of the form that both
            engines compare alike.
    """

    def __init__(
        self,
        triples: Iterable[Triple],
        prefixes: Iterable[tuple[str, str]],
        facts: bytes = b"",
        evidence: bytes = b"",
        datatypes: Collection[str] = (),
    ) -> None:
        """Fill the graph.

        Args:
            triples: what it holds.
            prefixes: those that pyshacl writes into messages.
            facts: more of it as N-Triples, with marked literals.
            evidence: more of it, from which nothing follows about the things that are checked.
            datatypes: the datatypes of literals in these N-Triples that the engines may compare differently.
        """
        self.quads = ox.Store()
        literals: set[Literal] = set()
        self._facts = list(marked_quads(triples, literals))
        self._more_facts = facts
        self.quads.bulk_extend(self._facts)
        for more in (facts, evidence):
            self.quads.bulk_load(input=more, format=ox.RdfFormat.N_TRIPLES, lenient=True)
        others = {*datatypes, *unlike_datatypes(literals)}
        self.plain_datatypes = frozenset(
            name for name, datatype in _PLAIN.items() if str(datatype) not in others
        )
        store = _Store(self.quads)
        super().__init__(store=store, bind_namespaces="none")
        store.graph = self
        for prefix, namespace in prefixes:
            self.bind(prefix, namespace)

    def copy_of_facts(self) -> ox.Store:
        """Return another store with the same triples, but for the evidence."""
        copy = ox.Store()
        copy.bulk_extend(self._facts)
        copy.bulk_load(input=self._more_facts, format=ox.RdfFormat.N_TRIPLES, lenient=True)
        return copy

    def names(self) -> set[str]:
        """Return the subjects of its triples."""
        triples = self.quads.quads_for_pattern(None, None, None, ox.DefaultGraph())
        return {triple.subject.value for triple in triples}  # type: ignore[union-attr]

    def ask_about(self, nodes: Iterable[Node]) -> None:
        """Let the pattern ``asked`` fit these nodes."""
        self.quads.remove_graph(_ASKED)
        self.quads.bulk_extend(ox.Quad(_ASKED, _ASKED, _marked(node), _ASKED) for node in nodes)

    def asked(self, variable: str) -> str:
        """Return the pattern of a query, which a variable fits if it is a node that ``ask_about`` named."""
        return f"GRAPH {_ASKED} {{ {_ASKED} {_ASKED} {variable} }}"

    def select(self, query: str) -> Iterator[dict[str, Node]]:
        """Yield the rows of a SELECT query as pyoxigraph answers it, with the literals as they were.

        The query may call the function ``LABEL``.

        Raises:
            TypeError: the query is not a SELECT query.
        """
        yield from rdf_terms.select(self.quads, query, unmarked, {ox.NamedNode(LABEL): _label})


class _Store(Memory):
    """rdflib's store, of which only the prefixes are used; the triples are those of pyoxigraph's store."""

    def __init__(self, quads: ox.Store) -> None:
        super().__init__()
        self.graph: Graph | None = None
        self._quads = quads
        self._length = len(quads)  # pyoxigraph counts them each time, and pyshacl asks thousands of times

    def triples(self, triple_pattern: Pattern, context: object = None) -> Iterator[Any]:  # type: ignore[override]
        """Yield the triples that fit a pattern."""
        if isinstance(triple_pattern[0], Literal) or not isinstance(triple_pattern[1], URIRef | None):
            return
        terms: list[Any] = [None if node is None else _marked(node) for node in triple_pattern]
        for quad in self._quads.quads_for_pattern(terms[0], terms[1], terms[2], ox.DefaultGraph()):
            # pyshacl asks for the graph of a blank node before it writes it into a message.
            yield as_written(quad), iter((self.graph,))

    def __len__(self, context: object = None) -> int:
        """Return the number of triples."""
        return self._length


def marked_quads(triples: Iterable[Triple], literals: set[Literal]) -> Iterator[ox.Quad]:
    """Yield the triples for the store; the literals among their objects are added to the set."""
    for subject, predicate, node in triples:
        if isinstance(node, Literal):
            literals.add(node)
        yield ox.Quad(
            rdf_terms.to_oxigraph(subject),  # type: ignore[arg-type]
            rdf_terms.to_oxigraph(predicate),  # type: ignore[arg-type]
            _marked(node),
        )


def unlike_datatypes(literals: Iterable[Literal]) -> set[str]:
    """Return the datatypes of those literals that the two engines may compare in different ways."""
    return {str(literal.datatype) for literal in literals if literal.datatype and not _is_plain(literal)}


def _is_plain(node: Literal) -> bool:
    """Return whether a literal is a date or an integer in the form that both engines compare alike."""
    pattern = _PLAIN_FORMS.get(node.datatype) if node.datatype else None
    return pattern is not None and node.value is not None and pattern.fullmatch(node) is not None


def _marked(node: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return a term for the store; a literal that it could rewrite is marked."""
    if not isinstance(node, Literal) or not (node.language or (node.datatype and not _is_plain(node))):
        return rdf_terms.to_oxigraph(node)
    # Language tags that differ in case only are the same (RDF 1.1 Concepts, section 3.3).
    kind = f"@{node.language.lower()}" if node.language else str(node.datatype)
    return ox.Literal(str(node), datatype=ox.NamedNode(_AS_WRITTEN + kind))


def _label(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> ox.Literal | None:
    """Return the label of a blank node."""
    return ox.Literal(term.value) if isinstance(term, ox.BlankNode) else None


def as_written(quad: ox.Quad) -> Triple:
    """Return a triple of the store with its literal as it was before it was marked."""
    subject, predicate, node = quad.subject, quad.predicate, quad.object
    return rdf_terms.to_rdflib(subject), rdf_terms.to_rdflib(predicate), unmarked(node)


@lru_cache(maxsize=1 << 16)
def unmarked(term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Node:
    """Return a term of the store as it was before it was marked."""
    if not isinstance(term, ox.Literal) or not term.datatype.value.startswith(_AS_WRITTEN):
        return rdf_terms.to_rdflib(term)
    kind = term.datatype.value.removeprefix(_AS_WRITTEN)
    if kind.startswith("@"):
        return Literal(term.value, lang=kind[1:])
    return Literal(term.value, datatype=URIRef(kind), normalize=False)
