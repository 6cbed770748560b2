"""Cache the results of functions of one text, with a limit on the memory that the cache takes.

``cachetools`` bounds bytes too, but a hit takes fifteen times as long, and pages shorten thousands of IRIs.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Value = TypeVar("Value")


def bounded_cache(
    entries: int, characters: int = 500
) -> Callable[[Callable[[str], Value]], Callable[[str], Value]]:
    """Return a decorator that caches the last results for texts up to a number of characters."""

    def decorate(function: Callable[[str], Value]) -> Callable[[str], Value]:
        cached = lru_cache(maxsize=entries)(function)

        @wraps(function)
        def bounded(text: str) -> Value:
            return cached(text) if len(text) <= characters else function(text)

        return bounded

    return decorate
