"""The outermost WSGI callable: names each request, watches it, and lets no stack trace out."""

import itertools
import json
import os
import secrets
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug import Request

from cstokg.web import access_log, headers, record, status
from cstokg.web.conduct import Conduct
from cstokg.web.metrics import Metrics
from cstokg.web.problems import ProblemError
from cstokg.web.rate_limit import RateLimit
from cstokg.web.record import Record

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_AREAS = frozenset(
    ("sparql", "graphs", "graph", "id", "page", "data", "questions", "static", "health", "metrics")
)


class Watch:
    """What a server remembers of its requests; it outlives the application, which each release has anew.

    Attributes:
        conduct: how to serve.
        metrics: what was counted since the start.
        log: the access log, if there is one.
        limit: on the work of each client, if there is one.
    """

    def __init__(self, conduct: Conduct) -> None:
        """Begin to watch.

        Raises:
            AccessLogError: the access log cannot be written.
        """
        self.conduct = conduct
        self.metrics = Metrics()
        self.log = access_log.to(conduct.access_log) if conduct.access_log else None
        self.limit = RateLimit(conduct.work) if conduct.work else None
        # Unique among servers, and cheap for each request.
        self._name = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    def record(self) -> Record:
        """The record of a new request."""
        return Record(f"{self._name}-{next(self._numbers)}")

    def close(self) -> None:
        """Close the access log."""
        if self.log:
            self.log.close()


class Monitor:
    """A WSGI callable around the whole application."""

    def __init__(self, app: "WSGIApplication", state: status.State, watch: Watch) -> None:
        """Watch an application."""
        self._app = app
        self._state = state
        self._watch = watch
        self._base = watch.conduct.base_path.rstrip("/")

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The response to a request."""
        started = time.perf_counter()
        noted = self._watch.record()
        record.begin(environ, noted)
        self._take_base(environ)
        begun = False

        def begin(line: str, pairs: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            nonlocal begun
            begun = True
            noted.status = int(line[:3])
            return start_response(line, [*pairs, ("X-Request-Id", noted.id)], *error)

        try:
            return self._answer(environ, begin)
        except Exception:
            self._report(noted, environ)
            if begun:
                raise
            problem = ProblemError(
                "internal-error",
                f"Something went wrong that should not have. Tell the operator: request {noted.id}.",
                {"request": noted.id},
            )
            return _refuse(problem, environ, begin)
        finally:
            self._note(noted, environ, time.perf_counter() - started)

    def _answer(self, environ: "WSGIEnvironment", begin: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path in status.PATHS:
            response = self._state.respond(Request(environ))
            headers.add_to(response)
            return response(environ, begin)
        limit = self._watch.limit
        wait = limit.wait(_client(environ)) if limit else 0
        if wait:
            problem = ProblemError(
                "too-much-work", f"Ask again after {wait} seconds.", headers={"Retry-After": str(wait)}
            )
            return _refuse(problem, environ, begin)
        return self._app(environ, begin)

    def _take_base(self, environ: "WSGIEnvironment") -> None:
        """Move the base path from the path to where WSGI applications look for it."""
        if not self._base:
            return
        path = environ.get("PATH_INFO", "")
        environ["SCRIPT_NAME"] = self._base
        if path == self._base or path.startswith(f"{self._base}/"):
            environ["PATH_INFO"] = path[len(self._base) :] or "/"

    def _note(self, noted: Record, environ: "WSGIEnvironment", seconds: float) -> None:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if self._watch.limit and path not in status.PATHS:
            self._watch.limit.charge(_client(environ), seconds)
        area = path.split("/", 2)[1] if path.startswith("/") else ""
        self._watch.metrics.observe(
            area if area in _AREAS else "other",
            method,
            noted.status,
            seconds,
            cause=noted.cause,
            rows=noted.rows,
            cached=noted.cached,
        )
        if self._watch.log:
            self._watch.log.write(noted, method, path, _client(environ), seconds)

    def _report(self, noted: Record, environ: "WSGIEnvironment") -> None:
        """Tell the operator what went wrong, as one line of JSON on standard error."""
        noted.cause = "internal-error"
        line = {
            "request": noted.id,
            "method": environ.get("REQUEST_METHOD"),
            "path": environ.get("PATH_INFO"),
            "query": noted.query_hash,
            "pid": os.getpid(),
            "error": traceback.format_exc(),
        }
        print(json.dumps(line), file=sys.stderr, flush=True)  # noqa: T201 - a server's way to speak


def _client(environ: "WSGIEnvironment") -> str:
    return str(environ.get("REMOTE_ADDR", ""))


def _refuse(problem: ProblemError, environ: "WSGIEnvironment", begin: "StartResponse") -> Iterable[bytes]:
    record.of(environ).cause = problem.name
    response = problem.response(Request(environ))
    headers.add_to(response)
    response.vary.add("Accept")
    return response(environ, begin)
