"""The default graph of several files."""

from pyoxigraph import DefaultGraph, Quad, Store


def merge_into_default(store: Store) -> None:
    """Copy the triples of every named graph into the default graph, which so becomes the RDF merge."""
    named = [quad for quad in store if quad.graph_name != DefaultGraph()]
    store.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in named)
