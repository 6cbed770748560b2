"""What goes into an engine and what comes out."""

from collections.abc import Callable
from dataclasses import dataclass

Cancelled = Callable[[], bool]
"""Says whether nobody waits for the answer any more; asked a few times a second."""


@dataclass(frozen=True, slots=True)
class Request:
    """A query, the media types that would do (best first), and the dataset named beside it."""

    sparql: str
    media_types: tuple[str, ...]
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, written in a media type.

    Attributes:
        media_type: what it is written in.
        body: all of it.
        rows: how many solutions or triples it has; 1 for yes or no.
        version: of the data that it was taken from.
        failed_services: the endpoints that did not answer a SERVICE SILENT: what they could have
            added is missing.
    """

    media_type: str
    body: bytes
    rows: int = 0
    version: str = ""
    failed_services: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8")
