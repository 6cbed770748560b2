"""The rows of the queries in shapes: rdflib answers them or, where that is the same, pyoxigraph does.

``shape_queries.both_engines_agree`` says where it is the same.
"""

import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Set
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from rdflib import XSD, Graph, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.term import Node

from cstokg import namespaces
from cstokg.build.checks import shape_queries
from cstokg.build.checks.shape_queries import ShapeError
from cstokg.build.stored_graph import StoredGraph

_XSD = f"PREFIX xsd: <{XSD}>\n"
_DATASET = URIRef(namespaces.DATASET)
_SECONDS = 120.0

Row = dict[str, Any]


class ShapeRows:
    """The rows of queries over one graph."""

    def __init__(
        self,
        data: Graph,
        focus_nodes: Set[Node] | None = None,
        on_rdflib: Callable[[Node], None] = lambda shape: None,
    ) -> None:
        """Ask about these data.

        Args:
            data: the graph; if it is stored, pyoxigraph answers the queries that both engines answer alike.
            focus_nodes: the nodes about which checks of the whole graph need rows, if not all are needed.
            on_rdflib: called with each shape whose query rdflib answers.
        """
        self._data = data
        self._focus_nodes = focus_nodes
        self._on_rdflib = on_rdflib
        self._portable: dict[str, list[Row]] = {}
        self._prepared: dict[str, Query] = {}

    def select(self, prologue: str, query: str, focus: Node, shape: Node) -> list[Row]:
        """Return the rows of a query, in which ``$this`` is the focus node.

        Raises:
            ShapeError: it is not a SELECT query, or takes too long.
        """
        try:
            with _deadline():
                if not isinstance(self._data, StoredGraph) or not shape_queries.both_engines_agree(
                    query, self._data.plain_datatypes if _XSD in prologue else frozenset()
                ):
                    self._on_rdflib(shape)
                    return self._by_rdflib(prologue + query, focus, shape)
                if focus == _DATASET and self._focus_nodes is not None:
                    query = shape_queries.about(query, self._focus_nodes)
                # The rows are the same for each focus node, as the query has $this in its result only.
                if prologue + query not in self._portable:
                    data = self._data
                    self._portable[prologue + query] = _in_thread(lambda: list(data.select(prologue + query)))
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
        if query not in self._prepared:
            self._prepared[query] = prepareQuery(query)
        bindings: dict[str, Any] = {"this": focus, "currentShape": shape}
        result = self._data.query(self._prepared[query], initBindings=bindings)
        if result.type != "SELECT":
            raise TypeError("not a SELECT query")
        return [{str(name): node for name, node in row.items()} for row in result.bindings]


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
