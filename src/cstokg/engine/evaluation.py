"""Evaluate a query in this process, without any limit but that on the result."""

from dataclasses import replace

from pyoxigraph import Store

from cstokg.engine import columns, dataset, formats, guard, prologue, syntax, writing
from cstokg.engine.answers import Answer, Request
from cstokg.engine.errors import NotAcceptableError, QueryError, ServiceFailedError
from cstokg.limits import Limits

_DEFAULTS = Limits()


def evaluate(store: Store, request: Request, limits: Limits = _DEFAULTS) -> Answer:
    """The answer to a query about a store that nobody writes to.

    Raises:
        QueryError: see the engine, which says why.
    """
    guard.check(request.sparql)
    return _evaluate(store, request, limits)


def evaluate_with_services(store: Store, request: Request, rewritten: str, limits: Limits) -> Answer:
    """The answer to a query whose calls to other endpoints have been checked and redirected.

    Raises:
        ServiceFailedError: an endpoint did not answer.
        QueryError: see the engine, which says why.
    """
    try:
        return _evaluate(store, replace(request, sparql=rewritten), limits)
    except QueryError as error:
        if isinstance(error.__cause__, OSError | RuntimeError):
            raise ServiceFailedError("an endpoint that the query calls did not answer") from error
        raise


def _evaluate(store: Store, request: Request, limits: Limits) -> Answer:
    sparql = request.sparql
    described = dataset.given(request.default_graphs, request.named_graphs) or dataset.of_query(sparql)
    seen = dataset.view(store, described)
    try:
        ordered = columns.in_written_order(sparql)
        result = seen.store.query(
            ordered,
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
    except SyntaxError as error:
        raise syntax.explain(error, sparql) from None
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(f"the query could not be evaluated: {error}") from error
