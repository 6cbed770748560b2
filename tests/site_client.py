"""What the tests of pages share."""

import re
from collections.abc import Iterable, Sequence
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Self

from a2wsgi import ASGIMiddleware
from werkzeug.test import Client, TestResponse

from cstokg.engine.engine import Engine
from cstokg.manifest import Release
from cstokg.questions import Question
from cstokg.settings import Serving
from cstokg.web import flask_app
from cstokg.web.app import Application
from cstokg.web.pages import Pages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def links(response: TestResponse) -> list[str]:
    """The addresses to which a page links, in its order."""
    return [unescape(address) for address in re.findall(r'<a\s[^>]*?href="([^"]*)"', response.text)]


def words(response: TestResponse) -> str:
    """What a page says, without markup and with single blanks."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.text)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


class SiteClient(Client):
    """A client of a whole application, which it closes at the end of a context."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class WholeApp:
    """The ASGI application with its pages, as a WSGI callable for clients in this process.

    Attributes:
        pages: the Flask application.
        application: the ASGI application.
    """

    def __init__(self, engine: Engine, pages: flask_app.Flask, release: Release | None, settings: Serving) -> None:
        """Put the layers together."""
        self.pages = pages
        made = Pages(engine, settings, lambda: (pages, release))
        self.application = Application(engine, settings, pages=made)
        self._wsgi = ASGIMiddleware(self.application)  # type: ignore[arg-type]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The response to a request."""
        return self._wsgi(environ, start_response)  # type: ignore[arg-type]

    def test_client(self) -> SiteClient:
        """A client."""
        return SiteClient(self)


def create_app(
    engine: Engine,
    questions: Sequence[Question] = (),
    *,
    release: Release | None = None,
    articles: Path | None = None,
    settings: Serving | None = None,
) -> WholeApp:
    """The whole application about an engine's data, with these saved questions and this release."""
    settings = settings or Serving()
    pages = flask_app.create_app(engine, questions, release=release, articles=articles, settings=settings)
    return WholeApp(engine, pages, release, settings)
