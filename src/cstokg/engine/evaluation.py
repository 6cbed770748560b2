"""Evaluate a query in this process, without any limit but that on the result."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from pyoxigraph import Store

from cstokg.engine import columns, dataset, formats, guard, prologue, syntax, writing
from cstokg.engine import services as calling
from cstokg.engine import store as graphs
from cstokg.engine.answers import Answer, Request
from cstokg.engine.errors import MalformedQueryError, NotAcceptableError, QueryError, ServiceFailedError
from cstokg.limits import Limits

_FUNCTION = re.compile(r"custom function (<.*>) is not supported", re.DOTALL)
_DEFAULTS = Limits()
_NO_SERVICES: Mapping[str, str] = MappingProxyType({})


def evaluate(
    store: Store, request: Request, limits: Limits = _DEFAULTS, services: Mapping[str, str] = _NO_SERVICES
) -> Answer:
    """The answer to a query about a store that nobody writes to.

    A query may call the endpoints among the services, each of which is asked at another address.

    Raises:
        ServiceFailedError: an endpoint did not answer.
        QueryError: see the engine, which says why.
    """
    sparql = request.sparql
    calls = calling.redirect(sparql, services) if services else None
    if calls is None:
        guard.check(sparql)
    try:
        return _evaluate(store, request, limits, calls)
    except SyntaxError as error:
        raise syntax.explain(error, sparql) from None
    except (OSError, RuntimeError, ValueError) as error:
        if unknown := _FUNCTION.search(str(error)):
            raise MalformedQueryError(f"there is no function {unknown[1]}") from None
        if calls is not None:
            raise ServiceFailedError(
                "an endpoint that the query calls did not answer as it has to"
            ) from error
        raise QueryError(f"the query could not be evaluated: {error}") from error


def _evaluate(store: Store, request: Request, limits: Limits, calls: calling.Redirected | None) -> Answer:
    looked_at = calls.harmless if calls else request.sparql
    described = graphs.given(request.default_graphs, request.named_graphs) or dataset.of_query(looked_at)
    seen = graphs.view(store, described)
    sparql = columns.in_written_order(calls.sparql if calls else request.sparql)
    result = seen.store.query(
        sparql,
        base_iri=prologue.BASE_IRI,
        prefixes=prologue.known_prefixes(sparql),
        default_graph=seen.default_graph,
        named_graphs=seen.named_graphs,
    )
    kind = writing.kind_of(result)
    chosen = formats.first_fitting(request.media_types, kind)
    if chosen is None:
        offered = ", ".join(row.media_type for row in formats.for_kind(kind))
        raise NotAcceptableError(f"this result ({kind}) can be had as {offered}")
    body, rows = writing.write(result, chosen, limits.result_bytes)
    return Answer(chosen.media_type, body, rows)
