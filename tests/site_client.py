"""Clients of the site, for the tests of pages."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from functools import cache, cached_property
from html import unescape
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.test import Client, TestResponse

from cstokg.engine.engine import Engine
from cstokg.questions import Question
from cstokg.release import Release
from cstokg.settings import Serving
from cstokg.web import flask_app
from cstokg.web.asgi_app import Application
from cstokg.web.serving.pages import Pages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def links(response: TestResponse) -> list[str]:
    """Return the addresses to which a page links, in its order."""
    return [unescape(address) for address in re.findall(r'<a\s[^>]*?href="([^"]*)"', response.text)]


def words(response: TestResponse) -> str:
    """Return what a page says, without markup and with single blanks."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.text)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


class SiteClient(Client):
    """A client of a whole application, which it closes at the end of a context."""

    def __enter__(self) -> Self:  # noqa: D105
        return self

    def __exit__(self, *_: object) -> None:  # noqa: D105
        pass


class WholeApp:
    """The ASGI application with its pages, as a WSGI callable for clients in this process.

    Attributes:
        application: the ASGI application.
    """

    def __init__(
        self, engine: Engine, make: Callable[[], Flask], release: Release | None, settings: Serving
    ) -> None:
        """Put the layers together; the pages are made when they are first needed, as by a server."""
        self._make = make
        made = Pages(engine, settings, lambda: (self.pages, release))
        self.application = Application(engine, settings, pages=made)

    @cached_property
    def pages(self) -> Flask:
        """The Flask application."""
        return self._make()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The response to a request."""
        sent: list[MutableMapping[str, Any]] = []
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        received = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> MutableMapping[str, Any]:
            if not received:
                await asyncio.Event().wait()  # the client stays
            return received.pop()

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        answered = asyncio.run_coroutine_threadsafe(self.application(_scope(environ), receive, send), _loop())
        answered.result()
        start, *parts = sent
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        start_response(f"{start['status']} {HTTPStatus(start['status']).phrase}", headers)
        return [part["body"] for part in parts]

    def test_client(self) -> SiteClient:
        """A client."""
        return SiteClient(self)


class _Templates(BytecodeCache):
    """Compiled templates in memory, since each application of a process would compile its own."""

    def __init__(self) -> None:
        """Begin without any."""
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code, if that is of the same text."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the code of a template."""
        self._code[bucket.key] = bucket.bytecode_to_string()


_TEMPLATES = _Templates()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the event loop in which applications answer."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="applications", daemon=True).start()
    return loop


def _scope(environ: "WSGIEnvironment") -> dict[str, Any]:
    """Return a request as ASGI has it."""
    headers = {name[5:]: value for name, value in environ.items() if name.startswith("HTTP_")}
    headers |= {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if environ.get(name)}
    return {
        "type": "http",
        "http_version": "1.1",
        "method": environ["REQUEST_METHOD"],
        "scheme": environ["wsgi.url_scheme"],
        "server": (environ["SERVER_NAME"], int(environ["SERVER_PORT"])),
        "client": (environ.get("REMOTE_ADDR", "127.0.0.1"), 1),
        "root_path": environ.get("SCRIPT_NAME", ""),
        "path": environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        "query_string": environ.get("QUERY_STRING", "").encode("latin-1"),
        "headers": [
            (name.replace("_", "-").lower().encode(), str(value).encode("latin-1"))
            for name, value in headers.items()
        ],
    }


def create_app(
    engine: Engine,
    questions: Sequence[Question] = (),
    *,
    release: Release | None = None,
    articles: Path | None = None,
    settings: Serving | None = None,
) -> WholeApp:
    """Return the whole application about an engine's data, with these saved questions and this release."""
    settings = settings or Serving()

    def make() -> Flask:
        app = flask_app.create_app(engine, questions, release=release, articles=articles, settings=settings)
        app.jinja_env.bytecode_cache = _TEMPLATES
        return app

    return WholeApp(engine, make, release, settings)
