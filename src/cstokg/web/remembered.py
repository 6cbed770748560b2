"""What is read from a graph once, since a release never changes."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from cstokg.web.graph import Graph

Read = TypeVar("Read")


def once(read: Callable[[Graph], Read]) -> Callable[[Graph], Read]:
    """The function, which reads each graph once and remembers the result as long as there is the graph."""
    known: WeakKeyDictionary[Graph, Read] = WeakKeyDictionary()

    @wraps(read)
    def remembered(graph: Graph) -> Read:
        if graph not in known:
            known[graph] = read(graph)
        return known[graph]

    return remembered
