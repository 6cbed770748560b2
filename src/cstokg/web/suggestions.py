"""Which names of ours the data have, for a server that asks its engine for them."""

import json

from cstokg import names
from cstokg.engine import (
    Engine,
    MemoryExceededError,
    QueryError,
    QueryTimeoutError,
    ResultTooLargeError,
    query_text,
    suggestions,
)

_JSON = "application/sparql-results+json"
_SECONDS = 2.0  # that the names may take; whoever asked something else waits for them
_LASTING = (QueryTimeoutError, MemoryExceededError, ResultTooLargeError)  # asking again would change nothing
_MOST = 3


class Suggestions:
    """Knows the names in the data, which are read once for each release, when they are first needed."""

    def __init__(self, engine: Engine) -> None:
        """Suggest names that this engine's data have."""
        self._engine = engine
        self._known: tuple[str, frozenset[str] | QueryError] | None = None

    def unknown_names(self, sparql: str) -> list[tuple[str, str]]:
        """The first names of ours in a query that the data do not have, each with the nearest that they have.

        The query is right and its answer too, but a misspelt name finds nothing.
        """
        try:
            asked = list(dict.fromkeys(query_text.read(sparql).own_names()))
            unknown = [iri for iri in asked if not self.knows(iri)][:_MOST]
            found = [(names.shorten(iri), self.nearest(iri)) for iri in unknown]
        except (QueryError, SyntaxError):
            return []
        return [(name, near) for name, near in found if near]

    def knows(self, iri: str) -> bool:
        """Whether the data have an IRI of ours.

        Raises:
            QueryError: the engine does not answer.
        """
        return iri in self._names()

    def nearest(self, iri: str) -> str:
        """The name of ours that comes nearest to an IRI, as ``prefix:name``; empty if none is near.

        Raises:
            QueryError: the engine does not answer.
        """
        return suggestions.nearest_name(iri, self._names())

    def _names(self) -> frozenset[str]:
        version = self._engine.version
        if self._known is None or self._known[0] != version:
            try:
                rows = json.loads(self._engine.query(suggestions.KNOWN_NAMES, _JSON, timeout=_SECONDS).body)[
                    "results"
                ]["bindings"]
                self._known = version, frozenset(row["iri"]["value"] for row in rows)
            except _LASTING as error:
                self._known = version, error
        found = self._known[1]
        if isinstance(found, QueryError):
            raise found
        return found
