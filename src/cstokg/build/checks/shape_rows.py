"""The rows of the queries in shapes: rdflib answers them or, where that is the same, pyoxigraph does.

``shape_queries.both_engines_agree`` says where it is the same. The store of pyoxigraph would rewrite
literals, so those of the data are marked in it.
"""

import re
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pyoxigraph as ox
from rdflib import XSD, Graph, Literal, URIRef
from rdflib.term import Node

from cstokg.build import rdf_terms
from cstokg.build.checks import shape_queries
from cstokg.build.checks.shape_queries import ShapeError

# Marks a literal that a store of pyoxigraph would rewrite; the datatype or the language follows it.
_AS_WRITTEN = "urn:x-as-written:"
# Values that pyoxigraph does not rewrite, and compares with each other as rdflib does.
_PLAIN = {
    "xsd:date": (XSD.date, re.compile(r"(?!0000)[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)),
    "xsd:integer": (XSD.integer, re.compile(r"0|-?[1-9][0-9]{0,14}", re.ASCII)),
}
_XSD = f"PREFIX xsd: <{XSD}>\n"
_SECONDS = 120.0

Row = dict[str, Any]


class ShapeRows:
    """The rows of queries over one graph."""

    def __init__(
        self, data: Graph, *, quick: bool, on_rdflib: Callable[[Node], None] = lambda shape: None
    ) -> None:
        """Ask about these data.

        Args:
            data: the graph.
            quick: whether pyoxigraph answers the queries that both engines answer alike.
            on_rdflib: called with each shape whose query rdflib answers.
        """
        self._data = data
        self._on_rdflib = on_rdflib
        self._store = _store(data) if quick else None
        self._plain_datatypes = _plain_datatypes(data) if quick else set()
        self._portable: dict[str, list[Row]] = {}

    def select(self, prologue: str, query: str, focus: Node, shape: Node) -> list[Row]:
        """Return the rows of a query, in which ``$this`` is the focus node.

        Raises:
            ShapeError: it is not a SELECT query, or takes too long.
        """
        try:
            with _deadline():
                datatypes = self._plain_datatypes if _XSD in prologue else frozenset()
                if self._store is None or not shape_queries.both_engines_agree(query, datatypes):
                    self._on_rdflib(shape)
                    return self._by_rdflib(prologue + query, focus, shape)
                # The rows are the same for each focus node, as the query has $this in its result only.
                if prologue + query not in self._portable:
                    self._portable[prologue + query] = self._by_pyoxigraph(prologue + query)
                return self._portable[prologue + query]
        except TimeoutError:
            raise ShapeError(
                f"{place(shape)} took more than {_SECONDS:.0f} seconds for {focus}. "
                "Let its patterns share variables, or deactivate the shape (sh:deactivated true)."
            ) from None
        except ShapeError:
            raise
        except Exception as error:  # the engines raise many kinds
            raise ShapeError(f"{place(shape)} cannot be evaluated: {error}") from error

    def _by_rdflib(self, query: str, focus: Node, shape: Node) -> list[Row]:
        bindings: dict[str, Any] = {"this": focus, "currentShape": shape}
        result = self._data.query(query, initBindings=bindings)
        if result.type != "SELECT":
            raise TypeError("not a SELECT query")
        return [{str(name): node for name, node in row.items()} for row in result.bindings]

    def _by_pyoxigraph(self, query: str) -> list[Row]:
        assert self._store is not None  # noqa: S101 - the caller looked
        store = self._store
        rows = _in_thread(lambda: list(rdf_terms.select(store, query)))
        return [{name: _as_written(node) for name, node in row.items()} for row in rows]


def place(shape: Node) -> str:
    """Return the place of a shape's query, for a message."""
    return f"ontology/shapes.ttl: the query of {shape}"


@contextmanager
def _deadline() -> Iterator[None]:
    """Raise TimeoutError when a query takes too long; this works in the main thread only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, _SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _in_thread(function: Callable[[], list[Row]]) -> list[Row]:
    """Call a function in a thread: a signal can then interrupt the caller, though not the function."""
    future: Future[list[Row]] = Future()

    def run() -> None:
        try:
            future.set_result(function())
        except Exception as error:
            # What pyoxigraph gave in this thread has to be let go in it.
            traceback.clear_frames(error.__traceback__)
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future.result()


def _store(data: Graph) -> ox.Store:
    """Return a store of the graph whose typed and tagged literals are marked, so that none is rewritten."""
    store = ox.Store()
    store.extend(
        ox.Quad(rdf_terms.to_oxigraph(s), rdf_terms.to_oxigraph(p), rdf_terms.to_oxigraph(_marked(o)))  # type: ignore[arg-type]
        for s, p, o in data
    )
    return store


def _is_plain(node: Literal) -> bool:
    """Return whether a literal is a date or an integer in the form that both engines compare alike."""
    return any(
        node.datatype == datatype and node.value is not None and pattern.fullmatch(node)
        for datatype, pattern in _PLAIN.values()
    )


def _plain_datatypes(data: Graph) -> set[str]:
    """Return the prefixed names of the datatypes of which the data have plain literals only."""
    others = {node.datatype for node in data.objects() if isinstance(node, Literal) and not _is_plain(node)}
    return {name for name, (datatype, _) in _PLAIN.items() if datatype not in others}


def _marked(node: Node) -> Node:
    if not isinstance(node, Literal) or not (node.language or node.datatype) or _is_plain(node):
        return node
    kind = f"@{node.language}" if node.language else str(node.datatype)
    return Literal(str(node), datatype=URIRef(_AS_WRITTEN + kind))


def _as_written(node: Node) -> Node:
    if not isinstance(node, Literal) or not str(node.datatype).startswith(_AS_WRITTEN):
        return node
    kind = str(node.datatype).removeprefix(_AS_WRITTEN)
    if kind.startswith("@"):
        return Literal(str(node), lang=kind[1:])
    return Literal(str(node), datatype=URIRef(kind), normalize=False)
