"""Remember what a function returned for short texts, so that the memory it takes has a bound in bytes."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

Value = TypeVar("Value")


def bounded_cache(
    entries: int, characters: int = 500
) -> Callable[[Callable[[str], Value]], Callable[[str], Value]]:
    """Decorate a function of one text: remember its last results, for texts of so many characters at most."""

    def decorate(function: Callable[[str], Value]) -> Callable[[str], Value]:
        remembered = lru_cache(maxsize=entries)(function)

        @wraps(function)
        def bounded(text: str) -> Value:
            return remembered(text) if len(text) <= characters else function(text)

        return bounded

    return decorate
