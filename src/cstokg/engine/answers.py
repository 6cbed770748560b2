"""How an engine hears that nobody waits any more."""

from collections.abc import Callable

Cancelled = Callable[[], bool]
"""Says whether nobody waits for the answer any more; asked a few times a second."""
