"""Evaluate a query in this process, without any limit but those on the text and the result."""

import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store

from cstokg import formats
from cstokg.engine import guard, query_text, results, suggestions, syntax_errors
from cstokg.engine.loading import lexical_forms
from cstokg.engine.loading.store import Loaded
from cstokg.engine.query_text import BASE_IRI, PREFIXES, QueryText
from cstokg.engine.rewriting import corrections
from cstokg.engine.rewriting.corrections import Corrected
from cstokg.errors import (
    GraphNameError,
    MalformedQueryError,
    QueryError,
    QueryTooDeepError,
    ServiceFailedError,
    UnknownFunctionError,
    UnsupportedQueryError,
)
from cstokg.settings import Limits

_UNKNOWN_FUNCTION = re.compile(r"custom (?:aggregate )?function (<[^>]*+>)", re.IGNORECASE)
_DEFAULTS = Limits()
_HINT_ROWS = 1  # rows; a query with a misspelt name has no rows, or one row in which a count is 0
_SEARCHED = 200_000  # quads; the names in larger data are not read for a hint


@dataclass(frozen=True, slots=True)
class Request:
    """A query, the media types in which its answer may come, and the graphs that it is asked of.

    Attributes:
        sparql: the query.
        media_types: those in which the answer may come, best first.
        default_graphs: the IRIs of the graphs that make up the default graph, in place of FROM.
        named_graphs: the IRIs of the named graphs, in place of FROM NAMED.
        spreadsheet: whether CSV is meant for a spreadsheet program: with a byte order mark, no formulas.
        gzip: whether to compress the body, where it is worth it.
        client: who asks; a pool shares its workers equally among clients.
    """

    sparql: str
    media_types: tuple[str, ...]
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    spreadsheet: bool = False
    gzip: bool = False
    client: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, written in a media type.

    Attributes:
        media_type: what it is written in.
        body: all of it.
        rows: how many solutions or triples it has; 1 for yes or no.
        version: of the data that it was taken from.
        volatile: whether another evaluation may give another answer.
        gzipped: whether the body is compressed.
        unknown_names: names of ours in the query that the data lack, each with the nearest name there.
        failed_services: the endpoints that did not answer a SERVICE SILENT: what they could have
            added is missing.
        seconds: how long a worker has been busy with it.
    """

    media_type: str
    body: bytes
    rows: int = 0
    version: str = ""
    volatile: bool = False
    gzipped: bool = False
    unknown_names: tuple[tuple[str, str], ...] = ()
    failed_services: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """Return the body as text."""
        body = gzip.decompress(self.body) if self.gzipped else self.body
        return body.decode("utf-8")


@dataclass(frozen=True, slots=True)
class _View:
    """A store, with the graphs of it that a query sees; None stands for those that the query names."""

    store: Store
    default_graph: list[NamedNode | BlankNode | DefaultGraph] | None = None
    named_graphs: list[NamedNode | BlankNode] | None = None


def evaluate(
    data: Loaded,
    request: Request,
    limits: Limits = _DEFAULTS,
    services: Mapping[str, str] = guard.NO_SERVICES,
) -> Answer:
    """Return the answer to a query about data that do not change.

    A query may call the endpoints whose IRIs are keys of ``services``; each is asked at the address there.

    Raises:
        QueryError: there is no answer; its class says why. The error of a malformed query has the place,
            and a suggestion if the word there is like a keyword or prefix.
    """
    guard.check_size(request.sparql, limits)
    query = query_text.read(request.sparql)
    try:
        return _evaluate(data, query, request, limits, services)
    except MalformedQueryError as error:
        if error.line is not None and error.column is not None:
            error.suggestion = suggestions.at(query, error.line, error.column)
        raise
    except RecursionError:
        raise QueryTooDeepError(
            "the query, or a regular expression in it, nests too deep; split it"
        ) from None


def _evaluate(
    data: Loaded, query: QueryText, request: Request, limits: Limits, services: Mapping[str, str]
) -> Answer:
    guard.check_depth(query, limits)
    guard.check_update(query)
    redirected = guard.redirect(query, services)
    sparql, failed = redirected.make_calls(_ask) if redirected else (query.sparql, ())
    try:
        view = _view(data.store, request, query)
    except SyntaxError:
        raise _unreadable_graphs(query, sparql) from None
    if (
        not redirected
        and not data.forms.exact
        and not corrections.may_be_needed(query.sparql, query.uppercase)
    ):
        corrected = Corrected(query.sparql)
    else:
        corrected = corrections.apply(
            sparql,
            query_text.tokens(sparql) if redirected else query.tokens,
            view.store,
            exact=data.forms.exact,
            named_graphs=None if view.named_graphs is None else [node.value for node in view.named_graphs],
            base_iri=BASE_IRI,
            prefixes=query.own_prefixes,
        )
    try:
        media_type, body, rows = _write(data, view, corrected, query, request, limits)
    except SyntaxError as error:
        raise syntax_errors.explain(error, query) from None
    except (OSError, RuntimeError, ValueError) as error:
        raise _explained(error, query, calls=redirected is not None) from error
    body, gzipped = packed(body, accepts_gzip=request.gzip)
    return Answer(
        media_type,
        body,
        rows,
        data.version,
        volatile=query.is_volatile,
        gzipped=gzipped,
        unknown_names=(
            suggestions.unknown_names(query, data.store)
            if rows <= _HINT_ROWS and data.quads <= _SEARCHED
            else ()
        ),
        failed_services=failed,
    )


def _write(
    data: Loaded, view: _View, corrected: Corrected, query: QueryText, request: Request, limits: Limits
) -> tuple[str, bytes, int]:
    """Return the media type, the body and the number of rows of a query's result."""
    with results.freed_in_this_thread():
        return results.write(
            _run(view, corrected, query),
            request.media_types,
            limits.result_bytes,
            query.variables if query.selects_all else (),
            spreadsheet=request.spreadsheet,
            forms=data.forms,
            from_data=lambda columns: lexical_forms.unassigned(query.tokens, columns),
        )


def packed(body: bytes, *, accepts_gzip: bool) -> tuple[bytes, bool]:
    """Return a body, compressed if the client accepts that and it is worth it, and whether it was."""
    if not accepts_gzip or len(body) < formats.MIN_GZIP_BYTES:
        return body, False
    return formats.compressed(body), True


def _ask(sparql: str) -> QuerySolutions:
    """Return the solutions of a query that asks an endpoint and no data of ours."""
    result = Store().query(sparql, base_iri=BASE_IRI, prefixes=PREFIXES)
    return result if isinstance(result, QuerySolutions) else QuerySolutions()


def _run(view: _View, corrected: Corrected, query: QueryText) -> results.Result:
    """Return the result of a query; it is evaluated while it is read.

    Raises:
        SyntaxError: the text is not a query.
    """
    options: dict[str, Any] = {
        "base_iri": BASE_IRI,
        "default_graph": view.default_graph,
        "named_graphs": view.named_graphs,
        "custom_functions": corrected.custom_functions or None,
        "custom_aggregate_functions": corrected.custom_aggregate_functions or None,
    }
    try:
        return view.store.query(corrected.sparql, prefixes=query.own_prefixes, **options)
    except SyntaxError:
        # A prefix may stand where the tokens show none, as in ?a<?b&&?c=ckg:x||?d>?e.
        return view.store.query(corrected.sparql, prefixes=PREFIXES, **options)


def _unreadable_graphs(query: QueryText, sparql: str) -> QueryError:
    """Return the error of a query whose FROM clauses hold names that cannot be read."""
    try:
        _run(_View(Store()), Corrected(sparql), query)
    except SyntaxError as error:
        return syntax_errors.explain(error, query)
    return UnsupportedQueryError("put blanks around the keywords FROM and NAMED")


def _explained(error: Exception, query: QueryText, *, calls: bool) -> QueryError:
    """Return the ``QueryError`` for an error that pyoxigraph raised during an evaluation."""
    if unknown := _UNKNOWN_FUNCTION.search(str(error)):
        message = f"there is no function {unknown[1]}"
        place = _place_of(unknown[1][1:-1], query)
        return UnknownFunctionError(message, *place or (None, None))
    if calls:
        return ServiceFailedError("an endpoint that the query calls did not answer with results of SPARQL")
    return QueryError(f"the query could not be evaluated: {error}")


def _place_of(iri: str, query: QueryText) -> tuple[int, int] | None:
    """Return the line and column at which a query calls a function; None if it does not."""
    for token, after in pairwise(query.tokens):
        if token.kind in ("iri", "name") and after.text == "(" and query.resolve(token) == iri:
            return syntax_errors.place(query.sparql, token.start)
    return None


def _view(store: Store, request: Request, query: QueryText) -> _View:
    """Return what a query sees of a store: the graphs of the request, or else those of the query.

    pyoxigraph lays several default graphs side by side, so a triple in two of them counts twice. RDF
    says merge (SPARQL 1.1 Query, section 13.2; RDF 1.1 Semantics, section 4.1): such a query runs
    over a scratch store with the merged copies. A graph that the store does not have is empty.

    Raises:
        GraphNameError: a graph's name is not an IRI.
        SyntaxError: the query's own names of graphs do not parse.
    """
    if request.default_graphs or request.named_graphs:
        default_graphs, named_graphs = _nodes(request.default_graphs), _nodes(request.named_graphs)
    elif query.merges_graphs:
        default_graphs, named_graphs = map(_nodes, query.graphs)
    else:
        return _View(store)
    if len(default_graphs) < 2:
        return _View(store, [*default_graphs], [*named_graphs])
    scratch = Store()
    for graph in default_graphs:
        copies = store.quads_for_pattern(None, None, None, graph)
        scratch.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in copies)
    for graph in named_graphs:
        scratch.extend(store.quads_for_pattern(None, None, None, graph))
    return _View(scratch, [DefaultGraph()], [*named_graphs])


def _nodes(iris: Sequence[str]) -> list[NamedNode]:
    """Return the graphs, each once."""
    return [_node(iri) for iri in dict.fromkeys(iris)]


def _node(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError:
        raise GraphNameError(f"the name of a graph has to be an absolute IRI; “{iri}” is not one") from None
