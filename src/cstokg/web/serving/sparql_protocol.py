"""The SPARQL 1.1 Protocol at ``/sparql``, and the reading side of the Graph Store Protocol.

Programs are answered here. A request of a browser is read here and passed on to the query page, under
``OPERATION`` or ``PROBLEM`` in the scope of the request.
"""

import asyncio
import hashlib
from urllib.parse import quote, urlencode

from cstokg import formats, namespaces
from cstokg.engine import query_text, suggestions
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Answer
from cstokg.engine.evaluation import Request as Query
from cstokg.errors import NotAcceptableError, QueryError
from cstokg.settings import Serving
from cstokg.web.serving import http, problems, sparql_requests
from cstokg.web.serving.http import SPREADSHEET, Request, Response, Scope
from cstokg.web.serving.problems import ProblemError
from cstokg.web.serving.service_description import Descriptions
from cstokg.web.serving.sparql_requests import Operation

PATH = "/sparql"
STORE_PATH = "/graphs"
GRAPH_PATH = "/graph/"
STORE_METHODS = ("GET", "HEAD", "OPTIONS")
OPERATION = "cstokg.operation"
PROBLEM = "cstokg.problem"

# A cache may keep an answer, but has to ask each time whether it is still valid; the reply is then 304.
_KEEP = "public, no-cache"
_IN_IRIS = "!#$%&'()*+,/:;=?@[]~"
_FAILED_SERVICES = 2_000  # characters
_VARY = "Accept, Accept-Encoding"
NAMES_PATH = "/api/names"
_BEGINNING = 2_000  # characters of a query in which its form is looked for; other requests wait meanwhile
_LONGEST_NAME = 200  # characters of a name in a header
_CACHED_SHARE = 2  # one answer takes at most this fraction of the cache: a half

_DEFAULT_GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_NAMED_GRAPH = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH GRAPH_IRI { ?s ?p ?o } }"
_GRAPHS = "SELECT DISTINCT ?graph { GRAPH ?graph { ?s ?p ?o } }"
_SUFFIXES = (*(f".{row.extension}" for row in formats.FORMATS), ".html")


class Endpoint:
    """Answers queries, and keeps answers for later requests."""

    def __init__(self, engine: Engine, settings: Serving) -> None:
        """Answer from this engine."""
        self.engine = engine
        self.descriptions = Descriptions(engine, settings.described_graphs)
        self.cache = http.response_cache(settings.cache)
        self._settings = settings
        # The queries that are being evaluated, for requests that ask the same meanwhile.
        self._running: dict[tuple[object, ...], asyncio.Future[Answer | None]] = {}

    async def respond(self, request: Request) -> Response | None:
        """Return the response to a request at ``PATH``; None if the pages should answer it, for a browser.

        Raises:
            ProblemError: there is no answer.
            ClientLeftError: the client has closed its connection.
        """
        if request.method in http.READING and (response := self._kept(request, self._key(request))):
            return response
        operation = await sparql_requests.read_operation(request, self._settings)
        if request.method == "OPTIONS":
            more = {"Accept-Query": sparql_requests.ACCEPT_QUERY, "Accept-Post": sparql_requests.ACCEPT_POST}
            return http.preflight(request, sparql_requests.METHODS, more)
        if operation.query is None:
            return await self._without_query(request, operation)
        media_types = _media_types(request, operation)
        request.record.query_hash = sparql_requests.hash_of(operation.query)
        if media_types[0] == formats.HTML:
            request.scope[OPERATION] = operation
            return None
        key = self._key(request, operation.body)
        try:
            return self._kept(request, key) or await self._answer(request, operation, media_types, key)
        except NotAcceptableError:
            request.scope[OPERATION] = operation
            return None

    async def graph(self, request: Request) -> Response | None:
        """Return the response to a request for a graph; None if a browser asks for a graph's own address.

        ``/graphs?graph=IRI`` and ``/graphs?default`` name a graph in the address (SPARQL 1.1 Graph Store
        Protocol, section 4.2); ``/graph/NAME`` is a graph's own address (section 4.1).

        Raises:
            ProblemError: there is no such graph, or no answer.
            ClientLeftError: the client has closed its connection.
        """
        direct = request.path.startswith(GRAPH_PATH)
        if direct and (
            request.path.endswith(_SUFFIXES)
            or (request.method in http.READING and http.prefers_html(request.header("accept")))
        ):
            return None
        http.require_method(request, STORE_METHODS, "Graphs can be read only.")
        if request.method == "OPTIONS":
            return http.preflight(request, STORE_METHODS, {})
        fields = sparql_requests.read_fields(request.query_string)
        iri = (
            sparql_requests.absolute_iri(namespaces.BASE + request.path[1:])
            if direct
            else sparql_requests.graph_named(fields)
        )
        named = sparql_requests.format_named(fields)
        operation = Operation(_NAMED_GRAPH.replace("GRAPH_IRI", f"<{iri}>") if iri else _DEFAULT_GRAPH)
        media_types = http.media_types(request.header("accept"), formats.named(named), http.GRAPHS)
        key = self._key(request)
        response = self._kept(request, key) or await self._answer(request, operation, media_types, key)
        if iri and response.rows == 0:
            members: dict[str, object] = {"graph": iri, "nearest": await self._nearest_graphs(iri)}
            raise ProblemError("not-found", f"There is no graph <{iri}>.", members)
        return response

    def _key(self, request: Request, body: bytes = b"") -> tuple[object, ...]:
        """Return what an answer depends on, as it was sent."""
        header = request.headers.get
        return (
            self.engine.version,
            request.path,
            request.query_string,
            header("content-type") if body else "",
            body,
            header("accept"),
            header("accept-encoding"),
        )

    def _kept(self, request: Request, key: tuple[object, ...]) -> Response | None:
        """Return the kept answer to the same request, or 304 if the client has it; None if neither."""
        response = self.cache.get(key)
        safe = request.method in (*http.READING, "QUERY")
        known = request.header("if-none-match")
        if response is None and safe and known:
            # The entity tag depends only on the request and the data.
            response = Response(tag=_tag(key))
            if not http.knows(known, response.tag):
                return None
            response.headers = {"ETag": response.tag, "Vary": _VARY, "Cache-Control": _KEEP}
        if response is None:
            return None
        request.record.cached = True
        request.record.query_hash = response.query_hash
        return http.unless_known(request, response)

    async def _answer(
        self, request: Request, operation: Operation, media_types: tuple[str, ...], key: tuple[object, ...]
    ) -> Response:
        """Return the answer to a query, and keep it if it stays the same.

        Raises:
            NotAcceptableError: of the accepted media types, only HTML can express it.
            ProblemError: there is no answer.
            ClientLeftError: the client has closed its connection.
        """
        sparql = operation.query or ""
        query = Query(
            sparql,
            tuple(media_type for media_type in media_types if media_type != formats.HTML) or formats.DEFAULTS,
            operation.default_graphs,
            operation.named_graphs,
            spreadsheet=operation.format == SPREADSHEET,
            gzip=http.takes_gzip(request.header("accept-encoding")),
            client=request.client,
        )
        try:
            async with request.until_client_leaves():
                answer = await self._evaluated(query, operation.timeout, key)
        except QueryError as error:
            if isinstance(error, NotAcceptableError) and formats.HTML in media_types:
                raise  # a page can show it
            request.record.work = error.busy_seconds
            raise problems.of_error(error, sparql) from error
        request.record.work = answer.seconds
        lasting = not answer.volatile and not answer.failed_services and answer.version == key[0] != ""
        response = Response(
            headers=self._headers(answer, operation, request.path),
            body=answer.body,
            tag=_tag(key) if lasting else "",
            rows=answer.rows,
            query_hash=request.record.query_hash,
        )
        if lasting:
            response.headers["ETag"] = response.tag
            if response.size * _CACHED_SHARE <= self.cache.maxsize:
                self.cache[key] = response
        return response

    async def _evaluated(self, query: Query, timeout: float | None, key: tuple[object, ...]) -> Answer:
        """Return the answer to a query; requests that ask the same at the same time share one evaluation."""
        # A word in a comment or a name counts too; reading the tokens would take more time than it saves.
        upper = query.sparql.upper()
        if any(word in upper for word in query_text.NEW_EACH_TIME):
            return await self.engine.answer(query, timeout)
        while (running := self._running.get(key)) is not None:
            answer = await asyncio.shield(running)
            if answer is not None:
                return answer
        # It ends with None if its client leaves; then one of the other requests evaluates the query.
        future = self._running[key] = asyncio.get_running_loop().create_future()
        answer = None
        try:
            answer = await self.engine.answer(query, timeout)
        except QueryError as error:
            future.set_exception(error)
            future.exception()  # otherwise asyncio prints a warning if no other request waits for it
            raise
        finally:
            del self._running[key]
            if not future.done():
                future.set_result(answer)
        return answer

    def _headers(self, answer: Answer, operation: Operation, path: str) -> dict[str, str]:
        headers = {
            "Content-Type": formats.content_type(answer.media_type),
            "Vary": _VARY,
            "Cache-Control": http.NO_STORE if answer.volatile or answer.failed_services else _KEEP,
        }
        if answer.gzipped:
            headers["Content-Encoding"] = http.GZIP
        if operation.format:
            suffix = formats.BY_MEDIA_TYPE[answer.media_type].extension
            headers["Content-Disposition"] = f'inline; filename="answer.{suffix}"'
        if link := _help_link(answer.unknown_names, path):
            headers["Link"] = link
        if answer.failed_services:
            # Their part of the answer is missing, and the formats of results have no place to say so.
            services = (quote(name, safe=_IN_IRIS) for name in answer.failed_services)
            headers["Failed-Services"] = " ".join(services)[:_FAILED_SERVICES]
        return headers

    async def _without_query(self, request: Request, operation: Operation) -> Response | None:
        """Return the service description (SPARQL 1.1 Service Description, section 2), or the form."""
        if operation.unknown:
            raise sparql_requests.unknown_parameter(operation.unknown)
        missing = ProblemError(
            "missing-query", "Send a query in the parameter 'query'.", {"parameter": "query"}
        )
        if operation.wants_query and not http.prefers_html(request.header("accept")):
            raise missing
        try:
            offered = (*http.GRAPHS, formats.HTML)
            media_types = http.media_types(request.header("accept"), operation.named_types, offered)
        except ProblemError:
            raise missing from None
        if media_types[0] == formats.HTML:
            request.scope[OPERATION] = operation
            return None
        try:
            body = await self.descriptions.service(request.root + PATH, media_types[0])
        except QueryError as error:
            raise problems.of_error(error, "") from error
        return describe(request, body, media_types[0])

    async def _nearest_graphs(self, iri: str) -> list[str]:
        """Return the graphs whose names come nearest to one that does not exist."""
        try:
            answer = await self.engine.answer(Query(_GRAPHS, (formats.CSV,)))
        except QueryError:
            return []
        short = {namespaces.shorten(graph): graph for graph in answer.text.splitlines()[1:]}
        return [short[name] for name in suggestions.nearest(namespaces.shorten(iri), short)]


def asks(scope: Scope) -> bool:
    """Return whether a request that the pages answer has a query, or a problem."""
    return PROBLEM in scope or scope.get(OPERATION, Operation()).query is not None


def describe(request: Request, body: bytes, media_type: str) -> Response:
    """Return a description as a response, with an entity tag; 304 for a client that has it."""
    headers = {
        "Content-Type": formats.content_type(media_type),
        "Cache-Control": _KEEP,
        "Vary": _VARY,
    }
    if http.takes_gzip(request.header("accept-encoding")):
        body = formats.compressed(body)
        headers["Content-Encoding"] = http.GZIP
    headers["ETag"] = tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return http.unless_known(request, Response(headers=headers, body=body, tag=tag))


def _tag(key: tuple[object, ...]) -> str:
    """Return the entity tag of the answer to a request, known before it is evaluated.

    It is weak: without ORDER BY two evaluations may give the same solutions in different orders.
    """
    parts = (http.code_version(), *key)
    digest = hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()
    return f'W/"{digest[:32]}"'


def _help_link(unknown: tuple[tuple[str, str], ...], path: str) -> str:
    """Return the value of the header Link for names that the data do not have, each with the nearest name.

    The formats of results have no place for them, so such an answer has a link to help (RFC 8288). The
    address is relative to the path of the request.
    """
    shown = [(name, near) for name, near in unknown if len(name) <= _LONGEST_NAME]
    if not shown:
        return ""
    up = "../" * (path.count("/") - 1)
    address = f"{up}{NAMES_PATH[1:]}?{urlencode([('name', name) for name, _ in shown])}"
    title = " ".join(f"The data have no {name}. Did you mean {near}?" for name, near in shown)
    return f'<{address}>; rel="help"' + (f'; title="{title}"' if title.isascii() else "")


def _media_types(request: Request, operation: Operation) -> tuple[str, ...]:
    """Return the media types for the answer to a query, best first.

    Raises:
        ProblemError: the client accepts none; it lists those that fit the form of the query.
    """
    try:
        return http.media_types(request.header("accept"), operation.named_types)
    except ProblemError:
        form = query_text.read((operation.query or "")[:_BEGINNING]).form
        raise http.not_acceptable(http.of_form(form)) from None
