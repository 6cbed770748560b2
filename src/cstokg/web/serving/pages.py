"""The pages: a Flask application behind ASGI, made when it is first needed and again for each release."""

import asyncio
import gc
import io
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes

from cstokg import release as releases
from cstokg.engine.engine import Engine
from cstokg.errors import OverloadedError
from cstokg.questions import Question, from_json
from cstokg.release import Release
from cstokg.settings import Serving
from cstokg.web.serving import http, problems
from cstokg.web.serving.http import Request, Response
from cstokg.web.serving.sparql_protocol import OPERATION, asks

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from flask import Flask

    Make = Callable[[], tuple[Flask, Release | None]]

_CACHED_SHARE = 8  # one page takes at most this fraction of the cache: an eighth
_DECIDING = ("host", "accept", "accept-encoding")  # the headers that a page depends on
_STATIC = "/static/"  # browsers keep these files
_MOST_CHANGES = 5  # of the data, while one page is made
_BODY_METHODS = ("POST", "PUT", "PATCH", "QUERY")


class Pages:
    """Answers requests with the Flask application for the data that the engine has now.

    Attributes:
        waiting: how many requests wait for a thread or are in one.
        cache: finished pages, for later requests.
    """

    def __init__(self, engine: Engine, settings: Serving, make: "Make") -> None:
        """Make pages about an engine's data; the settings limit the threads and the cache."""
        self.waiting = 0
        self.cache = http.response_cache(settings.page_cache)
        self._engine = engine
        self._settings = settings
        self._make = make
        self._threads = ThreadPoolExecutor(settings.page_threads, "page")
        self._making = asyncio.Lock()
        self._app: Flask | None = None
        self._release: Release | None = None
        self._version = ""

    async def release(self) -> Release | None:
        """Return the release that is served, with the files to download; None for other data."""
        await self._ready()
        return self._release

    async def respond(self, request: Request) -> Response:
        """Return the page at an address.

        Raises:
            ProblemError: the body is not right, or too many pages are being made.
            ClientLeftError: the client left before its body was complete.
        """
        for _ in range(_MOST_CHANGES):
            version = self._engine.version
            response = await self._respond(request)
            # If the data changed meanwhile, the page may be a mixture of two releases.
            if version == self._engine.version or request.method not in http.READING:
                break
        return response

    async def _respond(self, request: Request) -> Response:
        app = await self._ready()
        key = self._key(request)
        if key and (kept := self.cache.get(key)):
            request.record.cached = True
            return http.unless_known(request, kept)
        has_body = request.method in _BODY_METHODS and OPERATION not in request.scope
        body = await request.body() if has_body else b""
        if self.waiting >= self._settings.page_queue + self._settings.page_threads:
            raise problems.of_error(OverloadedError("too many pages are waiting; ask again later"), "")
        environ = _environ(request, body)
        self.waiting += 1
        try:
            response, seconds = await asyncio.get_running_loop().run_in_executor(
                self._threads, _run, app, environ
            )
        finally:
            self.waiting -= 1
        request.record.work += seconds
        if key and response.status == 200 and request.method == "GET" and "ETag" in response.headers:
            response.tag = response.headers["ETag"]
            unchanged = key[0] == self._engine.version
            if unchanged and response.size * _CACHED_SHARE <= self.cache.maxsize:
                self.cache[key] = response
        return response

    def close(self) -> None:
        """End the threads once their pages are done."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _key(self, request: Request) -> tuple[object, ...]:
        """Return all that a page depends on; empty for a page that is not kept."""
        scope, header = request.scope, request.headers.get
        static = request.path.startswith(_STATIC)
        if request.method not in http.READING or asks(scope) or static or header("if-modified-since"):
            return ()
        site = (self._version, scope["scheme"], scope.get("root_path", ""))
        return (*site, request.path, request.query_string, *map(header, _DECIDING))

    async def _ready(self) -> "Flask":
        async with self._making:
            version = self._engine.version
            if self._app is None or self._version != version:
                app, release = await asyncio.get_running_loop().run_in_executor(self._threads, self._make)
                self._app, self._release, self._version = app, release, version
            return self._app


def maker(engine: Engine, settings: Serving, articles: Path | None) -> "Make":
    """Return a function that makes the Flask application about the data that an engine has now."""

    def make() -> "tuple[Flask, Release | None]":
        # Flask and the pages are loaded when the first page is asked for, so that queries need not wait.
        # The garbage collector would examine again and again what is imported, and free none of it.
        gc.disable()
        try:
            from cstokg.web.flask_app import create_app
        finally:
            gc.enable()
        folder = engine.folder
        release = releases.load(folder) if folder and releases.is_id(folder.name) else None
        questions = read_questions(folder) if folder else ()
        return create_app(engine, questions, release=release, articles=articles, settings=settings), release

    return make


def read_questions(release: Path) -> Sequence[Question]:
    """Return the saved questions of a release; none where it has no file of them."""
    try:
        return from_json((release / releases.QUESTIONS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()


def _run(app: "Flask", environ: "WSGIEnvironment") -> tuple[Response, float]:
    """Return the whole response of the Flask application, and the seconds that it took."""
    started = time.perf_counter()
    response = Response(500)

    def start_response(line: str, headers: list[tuple[str, str]], *_: object) -> Any:
        response.status = int(line[:3])
        for name, value in headers:
            before = response.headers.get(name)
            response.headers[name] = f"{before}, {value}" if before else value

    parts = app.wsgi_app(environ, start_response)
    try:
        response.body = b"".join(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    return response, time.perf_counter() - started


def _environ(request: Request, body: bytes) -> "WSGIEnvironment":
    """Return a request as WSGI has it (PEP 3333)."""
    server = request.scope.get("server") or ("localhost", 80)
    environ: WSGIEnvironment = {
        "asgi.scope": request.scope,
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": request.scope.get("root_path", "").encode().decode("latin-1"),
        "PATH_INFO": request.path.encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": quote_from_bytes(request.query_string, safe=bytes(range(33, 127))),
        "SERVER_PROTOCOL": f"HTTP/{request.scope.get('http_version', '1.1')}",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1] or 0),
        "REMOTE_ADDR": request.client,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": request.scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        key = name.upper().replace("-", "_")
        if key == "CONTENT_TYPE":
            environ[key] = value
        elif key not in ("CONTENT_LENGTH", "CONTENT_ENCODING", "TRANSFER_ENCODING"):
            environ[f"HTTP_{key}"] = value
    return environ
