"""Send the calls of a query (SERVICE) to the relay, and leave out those that get no answer.

This runs in workers; the relay, which runs in the server process, is in `federation`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cstokg.engine import guard, syntax_errors
from cstokg.engine.errors import ServiceFailedError
from cstokg.engine.query_text import QueryText
from cstokg.engine.workers import service_calls
from cstokg.engine.workers.service_calls import Call, edited

NO_SERVICES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Redirected:
    """A query that calls endpoints, of which some may be left out."""

    _query: QueryText
    _calls: tuple[Call, ...]
    _addresses: Mapping[str, str]

    def make_calls(self, ask: Callable[[str], Iterable[object]]) -> tuple[str, tuple[str, ...]]:
        """Make each call once, and return the text to evaluate and the SILENT calls without an answer.

        Each call is asked for by itself first, because a query with a SILENT call that failed gives no
        sign of it. The relay keeps the answers: when the text is evaluated, no endpoint is asked again.
        Where a SILENT call had no answer, the text has a pattern with one solution, which binds nothing
        (SPARQL 1.1 Federated Query, section 2.3).

        Args:
            ask: evaluate a query with the project's base and prefixes; the solutions come back.

        Raises:
            ServiceFailedError: an endpoint that is called without SILENT did not answer as it has to.
        """
        failed: list[Call] = []
        for call in self._calls:
            if call.outer or call.iri not in self._addresses:
                continue
            try:
                for _ in ask(self._query_of_call(call)):
                    pass
            except (OSError, RuntimeError, ValueError, SyntaxError):
                if call.silent is None:
                    message = f"{call.iri} did not answer with results of SPARQL"
                    raise ServiceFailedError(
                        message, *syntax_errors.place(self._query.sparql, call.keyword.start)
                    ) from None
                failed.append(call)
        edits, left_out = self._edits(failed)
        names = dict.fromkeys(call.iri or call.endpoint.text for call in left_out)
        return edited(self._query.sparql, edits), tuple(names)

    def _query_of_call(self, call: Call) -> str:
        """Return a query that makes this call and no other."""
        start = call.keyword.start
        edits, _ = self._edits(())
        inside = [edit for edit in edits if start <= edit[0] and edit[1] <= call.end]
        sparql = self._query.sparql
        pattern = edited(sparql[: call.end], inside)[start:]
        return f"{sparql[: self._query.body]}\nSELECT * {{ {pattern} }}"

    def _edits(self, failed: Collection[Call]) -> tuple[list[tuple[int, int, str]], list[Call]]:
        """Return what to replace in the text, in order, and the calls that are left out."""
        edits: list[tuple[int, int, str]] = []
        left_out: list[Call] = []
        within: set[Call] = set()
        for number, call in enumerate(self._calls):
            keyword, silent, endpoint = call.keyword, call.silent, call.endpoint
            blank = [(silent.start, silent.end, " " * len(silent.text))] if silent else []
            if call.outer in within:
                edits += [(keyword.start, keyword.end, "GRAPH"), *blank]
            elif call.iri not in self._addresses or call in failed:
                left_out.append(call)
                # The variables stay those of the query; the solutions of the group are none.
                edits += [(keyword.start, keyword.end, "OPTIONAL { FILTER(false) GRAPH"), *blank]
                edits.append((call.end, call.end, " }"))
            else:
                if call.outer is None:  # an inner call is made by the endpoint
                    address = f"<{self._addresses[call.iri]}/{number}>"
                    edits += [*blank, (endpoint.start, endpoint.end, address)]
                continue
            within.add(call)
        return sorted(edits), left_out


def redirect(query: QueryText, addresses: Mapping[str, str] = NO_SERVICES) -> Redirected | None:
    """Return a query with its calls; None if it makes none.

    Args:
        query: the query.
        addresses: where the relay takes calls, by the IRI of an endpoint; see `federation.Permission`.

    Raises:
        ServiceRefusedError: it calls, without SILENT, an endpoint that has no address or is a variable.
        MalformedQueryError: it is no query.
    """
    calls = service_calls.find(query)
    guard.check_services(query, calls, addresses)
    return Redirected(query, tuple(calls), addresses) if calls else None
