"""The dataset of a query: the graphs it names, merged as RDF says.

pyoxigraph lays several default graphs side by side, so a triple in two of them counts twice. RDF
says merge (SPARQL 1.1 Query, section 13.2; RDF 1.1 Semantics, section 4.1): such a query runs over
a scratch store with the merged copies.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from cstokg.engine import prologue, syntax
from cstokg.engine.errors import GraphNameError, MalformedQueryError
from cstokg.engine.guard import nonce

_FROM = re.compile("from", re.IGNORECASE)
_NAMED = re.compile("named", re.IGNORECASE)
_PREFIX_END = re.compile(r"[\w.-]*:")
_PREFIX_START = re.compile(r"[\w.-]*\Z")


@dataclass(frozen=True, slots=True)
class Dataset:
    """The IRIs of the graphs that make up the default graph, and of the named graphs."""

    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A store, with the graphs of it that a query sees; None stands for those it has."""

    store: Store
    default_graph: list[NamedNode | BlankNode | DefaultGraph] | None = None
    named_graphs: list[NamedNode | BlankNode] | None = None


def of_query(sparql: str) -> Dataset | None:
    """The dataset that the FROM clauses of a query describe; None if it has none.

    As in the guard the parser is the judge of which "from" is the keyword.

    Raises:
        MalformedQueryError: the text holds the word and does not parse.
    """
    if not _FROM.search(sparql) or _parses(_FROM.sub(nonce("from"), sparql)):
        return None
    syntax.parse(sparql)
    declared = prologue.read(sparql)
    default_graphs: list[str] = []
    named_graphs: list[str] = []
    for word in _FROM.finditer(sparql, declared.end):
        if _is_prefix(sparql, word, declared) or _parses(
            sparql[: word.start()] + nonce("from") + sparql[word.end() :]
        ):
            continue
        position = prologue.space(sparql, word.end())
        named = _NAMED.match(sparql, position)
        iri = declared.iri(sparql, named.end() if named else position)
        if iri is None:
            raise MalformedQueryError("expected a graph after FROM", *syntax.place(sparql, position))
        (named_graphs if named else default_graphs).append(iri)
    return Dataset(tuple(default_graphs), tuple(named_graphs))


def view(store: Store, dataset: Dataset | None) -> View:
    """What a query over a dataset sees of a store; all of it if it names no graph.

    A graph that the store does not have is empty.

    Raises:
        GraphNameError: a graph's name is not an IRI.
    """
    if dataset is None:
        return View(store)
    default_graphs = [_node(iri) for iri in dict.fromkeys(dataset.default_graphs)]
    named_graphs = [_node(iri) for iri in dict.fromkeys(dataset.named_graphs)]
    if len(default_graphs) < 2:
        return View(store, [*default_graphs], [*named_graphs])
    scratch = Store()
    for graph in default_graphs:
        copies = store.quads_for_pattern(None, None, None, graph)
        scratch.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in copies)
    for graph in named_graphs:
        scratch.extend(store.quads_for_pattern(None, None, None, graph))
    return View(scratch, [DefaultGraph()], [*named_graphs])


def merge_into_default(store: Store) -> None:
    """Copy the triples of every named graph into the default graph, which so becomes the RDF merge."""
    named = [quad for quad in store if quad.graph_name != DefaultGraph()]
    store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in named)


def given(default_graphs: Sequence[str], named_graphs: Sequence[str]) -> Dataset | None:
    """The dataset that a request names beside its query; None if it names no graph."""
    if not default_graphs and not named_graphs:
        return None
    return Dataset(tuple(default_graphs), tuple(named_graphs))


def _node(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError:
        raise GraphNameError(f"the name of a graph has to be an absolute IRI, “{iri}” is not") from None


def _parses(sparql: str) -> bool:
    try:
        syntax.parse(sparql)
    except MalformedQueryError:
        return False
    return True


def _is_prefix(sparql: str, word: re.Match[str], declared: prologue.Prologue) -> bool:
    """Whether a "from" is part of a declared prefix, which cannot be replaced in one place only."""
    end = _PREFIX_END.match(sparql, word.end())
    start = _PREFIX_START.search(sparql[: word.start()])
    if end is None or start is None:
        return False
    return (start[0] + word[0] + end[0])[:-1] in declared.prefixes
