"""The application: one ASGI callable that answers programs itself and leaves pages to Flask."""

import asyncio
import json
import os
import re
import resource
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from cstokg import formats
from cstokg.engine.engine import Engine
from cstokg.engine.evaluation import Request as Query
from cstokg.errors import OverloadedError, QueryError
from cstokg.settings import Serving
from cstokg.web.serving import http, problems, sparql_protocol, sparql_requests
from cstokg.web.serving.downloads import DOWNLOADS_PATH, Downloads
from cstokg.web.serving.http import ClientLeftError, Receive, Request, Response, Scope, Send
from cstokg.web.serving.monitoring import Monitoring
from cstokg.web.serving.pages import Pages, maker
from cstokg.web.serving.problems import ProblemError
from cstokg.web.serving.response_cache import REUSABLE, Reusable
from cstokg.web.serving.service_description import VOID_PATH

HEALTH_PATH = "/health"
METRICS_PATH = "/metrics"

_AREAS = frozenset(
    (
        "sparql",
        "graphs",
        "graph",
        "id",
        "page",
        "data",
        "questions",
        "reconcile",
        "static",
        "health",
        "metrics",
    )
)
_HEALTH_SECONDS = 2.0
_TOO_MANY_HEADERS = "cstokg.too-many-headers"
_LARGE_BYTES = 262_144  # bytes; smaller answers are not counted among those that are held for their clients
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Route(NamedTuple):
    """The function that answers the requests for a path.

    Attributes:
        path: the path in the address, after the base path.
        answer: returns the response; None if a page has to be shown instead.
        below: whether it also answers every path that begins with this one.
        counts: whether the requests count towards the work that a client may cause.
    """

    path: str
    answer: Callable[[Request], Awaitable[Response | None]]
    below: bool = False
    counts: bool = True


class Application:
    """Answers every request: queries, graphs and the server's state itself, everything else by the pages.

    Attributes:
        engine: answers the queries.
        monitoring: the access log, the metrics, and the limit on the work of each client.
        gauges: returns further numbers for the metrics, by name.
    """

    def __init__(
        self,
        engine: Engine,
        settings: Serving | None = None,
        articles: Path | None = None,
        pages: Pages | None = None,
    ) -> None:
        """Serve this engine.

        Args:
            engine: answers the queries.
            settings: how to serve.
            articles: the folder of the articles' texts, if pages are to show passages of them.
            pages: the pages, if not those about the engine's release.

        Raises:
            AccessLogError: the access log cannot be written.
        """
        self.engine = engine
        self.settings = settings or Serving()
        self.monitoring = Monitoring(self.settings)
        self.gauges: Callable[[], Mapping[str, float]] = dict
        self.pages = pages or Pages(engine, self.settings, maker(engine, self.settings, articles))
        self._endpoint = sparql_protocol.Endpoint(engine, self.settings)
        downloads = Downloads(self.pages.release)
        # What is answered here. For every other path, the pages answer: see the blueprints of ``flask_app``.
        self._routes = (
            Route(HEALTH_PATH, self._health, counts=False),
            Route(METRICS_PATH, self._metrics, counts=False),
            Route(sparql_protocol.PATH, self._endpoint.respond),
            Route(f"{sparql_protocol.PATH}/", self._endpoint.respond),
            Route(sparql_protocol.STORE_PATH, self._endpoint.graph),
            Route(sparql_protocol.GRAPH_PATH, self._endpoint.graph, below=True),
            Route(VOID_PATH, self._describe),
            Route(DOWNLOADS_PATH, downloads.respond, below=True),
        )
        self._started = time.time()
        # Large answers that are being sent, by identity, with the number of clients that read each.
        self._held: dict[int, tuple[bytes, int]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        started = time.perf_counter()
        if len(scope["headers"]) > self.settings.headers:
            # Too many to look at; ``_check_head`` refuses the request.
            scope["headers"] = []
            scope[_TOO_MANY_HEADERS] = True
        record = self.monitoring.record(scope)
        _trust_proxies(scope, self.settings.trust_proxies)
        _strip_base_path(scope, self.settings.base_path)
        request = Request(scope, receive, self.settings, record)
        version = self.engine.version
        large = False
        try:
            response = await self._answer(request)
            if len(response.body) > _LARGE_BYTES and request.method != "HEAD":
                self._hold(response.body)
                large = True
        except ClientLeftError:
            record.status, record.cause = 499, "cancelled"
            self._note(request, time.perf_counter() - started)
            return
        except ProblemError as problem:
            response = _refused(request, problem)
        except Exception:
            response = _refused(request, self._report(request))
        else:
            record.rows = response.rows if response.status == 200 else -1
        record.status = response.status
        self._note(request, time.perf_counter() - started)
        reusable = self._is_reusable(request, response) and version == self.engine.version
        if reusable:
            # It may be sent again as it is, so it gets no X-Request-Id.
            scope[REUSABLE] = Reusable(version, self._reuse_noter(request))
        more = () if reusable else [("X-Request-Id", record.id)]
        try:
            await http.send_response(send, response, request.method, more)
        finally:
            if large:
                self._release(response.body)

    def close(self) -> None:
        """Close the access log, and end the threads of the pages."""
        self.pages.close()
        self.monitoring.close()

    async def _answer(self, request: Request) -> Response:
        _check_head(request, self.settings)
        route = self._route(request.path)
        limit = self.monitoring.limit
        if limit is None or (route and not route.counts):
            return await self._respond(request, route)
        if wait := limit.begin(request.client):
            detail = f"Ask again after {wait} seconds."
            raise ProblemError("too-much-work", detail, headers={"Retry-After": str(wait)})
        try:
            return await self._respond(request, route)
        finally:
            limit.end(request.client, request.record.work)

    def _route(self, path: str) -> Route | None:
        for route in self._routes:
            if path == route.path or (route.below and path.startswith(route.path)):
                return route
        return None

    async def _respond(self, request: Request, route: Route | None) -> Response:
        """Return the response of a route, or that of the pages if there is no route or it returns None."""
        response = None
        try:
            if route:
                response = await route.answer(request)
        except ProblemError as problem:
            if request.method == "OPTIONS" and "Allow" in problem.headers:
                return http.preflight(request, (*problem.headers["Allow"].split(", "), "OPTIONS"), {})
            is_endpoint = request.path.rstrip("/") == sparql_protocol.PATH
            if not is_endpoint or not http.prefers_html(request.header("accept")):
                raise
            request.scope[sparql_protocol.PROBLEM] = problem
        if response:
            return response
        response = await self.pages.respond(request)
        if request.method == "OPTIONS" and response.status == 200:
            return http.preflight(request, tuple(sorted(response.headers["Allow"].split(", "))), {})
        return response

    async def _describe(self, request: Request) -> Response:
        """Return the dataset as VoID and DCAT describe it, for programs and people alike."""
        http.require_method(request)
        media_type = http.media_types(request.header("accept"), (), http.GRAPHS)[0]
        endpoint = request.root + sparql_protocol.PATH
        try:
            body = await self._endpoint.descriptions.dataset(endpoint, media_type)
        except QueryError as error:
            raise problems.of_error(error, "") from error
        return sparql_protocol.describe(request, body, media_type)

    async def _health(self, request: Request) -> Response:
        """Return whether the engine answers a query, and what is served.

        ``release`` is the name of the folder. ``version`` is the hash in the manifest: it depends on what is
        asserted, not on the questions or on what is inferred.
        """
        http.require_method(request)
        document: dict[str, object] = {
            "status": "ok",
            "release": self.engine.folder.name if self.engine.folder else None,
            "version": self.engine.release_version,
            "serving": self.engine.title,
        }
        status = 200
        try:
            async with asyncio.timeout(_HEALTH_SECONDS):
                await self.engine.answer(Query("ASK {}", (formats.CSV,)), _HEALTH_SECONDS, urgent=True)
        except (TimeoutError, QueryError) as error:
            status = 503
            document |= {
                "status": "degraded",
                "reason": str(error) or "a small query was not answered in time",
            }
        headers = {"Content-Type": formats.JSON, "Cache-Control": http.NO_STORE}
        if status == 503:
            headers["Retry-After"] = "1"
        return Response(status, headers, f"{json.dumps(document)}\n".encode())

    async def _metrics(self, request: Request) -> Response:
        http.require_method(request)
        engine = self.engine
        served = {"release": engine.folder.name if engine.folder else "", "version": engine.release_version}
        gauges = {
            "cache_bytes": self._endpoint.cache.currsize,
            "cache_entries": len(self._endpoint.cache),
            "page_cache_bytes": self.pages.cache.currsize,
            "start_time_seconds": self._started,
            "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_UNIT,
            "descriptors": len(os.listdir("/dev/fd")),  # noqa: PTH208 - names only, and quickly
            "tasks": len(asyncio.all_tasks()),
            "sending_bytes": sum(len(body) for body, _ in self._held.values()),
            "pages_waiting": self.pages.waiting,
            "lost_log_lines": self.monitoring.lost_lines,
            **self.gauges(),
            **{f"engine_{name}": value for name, value in engine.state().items()},
        }
        text = self.monitoring.metrics.text(served, gauges)
        headers = {"Content-Type": formats.METRICS, "Cache-Control": http.NO_STORE}
        return Response(200, headers, text.encode())

    def _hold(self, body: bytes) -> None:
        """Count a large answer, which is held for as long as a client reads it; clients may share one.

        Raises:
            ProblemError: too much is held already.
        """
        if id(body) not in self._held:
            size = sum(len(held) for held, _ in self._held.values())
            if size and size + len(body) > self.settings.send_bytes:
                detail = "Too many large answers are being sent to clients that read them slowly."
                error = OverloadedError(detail, round(self.settings.send_seconds))
                raise problems.of_error(error, "")
        self._held[id(body)] = body, self._held.get(id(body), (body, 0))[1] + 1

    def _release(self, body: bytes) -> None:
        if id(body) in self._held:
            readers = self._held[id(body)][1] - 1
            if readers:
                self._held[id(body)] = body, readers
            else:
                del self._held[id(body)]

    def _note(self, request: Request, seconds: float) -> None:
        self.monitoring.note(
            request.record, _area(request.path), request.method, request.path, request.client, seconds
        )

    def _is_reusable(self, request: Request, response: Response) -> bool:
        """Return whether a request of the same bytes gets the same response, for any client."""
        return bool(
            request.record.cached
            and request.record.status == 200
            and response.tag
            and request.method == "GET"
            # Behind a proxy, only the headers of the request say who the client is.
            and not self.settings.trust_proxies
            and not self.monitoring.limit
        )

    def _reuse_noter(self, request: Request) -> Callable[[str], None]:
        """Return a function to call whenever the response to a request has been sent again."""
        monitoring, record, path = self.monitoring, request.record, request.path

        def note(client: str) -> None:
            again = replace(record, id=monitoring.name_request(), work=0.0)
            monitoring.note(again, _area(path), "GET", path, client, 0.0)

        return note

    def _report(self, request: Request) -> ProblemError:
        """Return the problem for an error in our code, and print it for the operator as a line of JSON."""
        line = {
            "request": request.record.id,
            "method": request.method,
            "path": request.path,
            "query": request.record.query_hash,
            "pid": os.getpid(),
            "error": traceback.format_exc(),
        }
        print(json.dumps(line), file=sys.stderr, flush=True)  # noqa: T201 - the operator's log
        detail = f"This is a mistake in the server. Tell the operator: request {request.record.id}."
        return ProblemError("internal-error", detail, {"request": request.record.id})


def _refused(request: Request, problem: ProblemError) -> Response:
    request.record.cause = problem.name
    body, content_type = problem.content(problems.best(request.header("accept")))
    headers = {
        "Content-Type": content_type,
        "Cache-Control": http.NO_STORE,
        "Vary": "Accept",
        **problem.headers,
    }
    return Response(problem.status, headers, body.encode("utf-8", "replace"))


def _check_head(request: Request, settings: Serving) -> None:
    """Raise if a part of the head is too large, or the header Host does not name a host.

    Raises:
        ProblemError: it is, or does not.
    """
    if len(request.path) > settings.path_bytes:
        raise ProblemError("address-too-long", f"A path holds at most {settings.path_bytes:,} bytes.")
    if len(request.query_string) > settings.address_bytes:
        detail = f"The parameters in an address hold at most {settings.address_bytes:,} bytes."
        raise ProblemError("address-too-long", f"{detail} Send the query in the body of a POST request.")
    sparql_requests.check_parameter_count(request.query_string, settings)
    size = len(request.path) + len(request.query_string)
    if _TOO_MANY_HEADERS in request.scope:
        detail = f"A request holds at most {settings.headers} headers."
        raise ProblemError("head-too-large", detail, headers={"Connection": "close"})
    for name, value in request.scope["headers"]:
        if len(value) > settings.header_bytes:
            shown = name.decode("latin-1")[:80]
            detail = f"The header {shown} holds more than {settings.header_bytes:,} bytes."
            raise ProblemError("head-too-large", detail, headers={"Connection": "close"})
        size += len(name) + len(value)
    if size > settings.head_bytes:
        detail = f"The address and the headers together hold more than {settings.head_bytes:,} bytes."
        raise ProblemError("head-too-large", detail, headers={"Connection": "close"})
    host = request.header("host")
    if host and not _HOST.fullmatch(host):
        raise ProblemError("bad-request", "The header Host does not name a host.")


def _area(path: str) -> str:
    """Return the part of the site to which a path belongs, for the metrics: one of a few, or ``other``."""
    area = path.split("/", 2)[1] if path.startswith("/") else ""
    return area if area in _AREAS else "other"


def _trust_proxies(scope: Scope, count: int) -> None:
    """Read the client's address, scheme, host and path from the headers of ``count`` trusted proxies."""
    if not count:
        return
    lists: dict[bytes, list[str]] = {}
    for name, value in scope["headers"]:
        if name.startswith(b"x-forwarded-"):
            lists.setdefault(name, []).extend(value.decode("latin-1").split(","))
    forwarded = {name: values[-count].strip() for name, values in lists.items() if len(values) >= count}
    if address := forwarded.get(b"x-forwarded-for"):
        scope["client"] = (address[:100], 0)
    if forwarded.get(b"x-forwarded-proto") in ("http", "https"):
        scope["scheme"] = forwarded[b"x-forwarded-proto"]
    if host := forwarded.get(b"x-forwarded-host"):
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != b"host"]
        scope["headers"].append((b"host", host.encode("latin-1")))
    if (prefix := forwarded.get(b"x-forwarded-prefix", "").rstrip("/")) and _PREFIX.fullmatch(prefix):
        scope["root_path"] = prefix


def _strip_base_path(scope: Scope, base: str) -> None:
    """Move the base path from the path to ``root_path``, where ASGI applications look for it."""
    base = base.rstrip("/")
    if not base:
        return
    scope["root_path"] = base
    path = scope["path"]
    if path == base or path.startswith(f"{base}/"):
        scope["path"] = path[len(base) :] or "/"
