"""The Flask application: all pages, with what they share: entity tags, Cache-Control, compression."""

import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

from cstokg import formats
from cstokg.article_text import ArticleTexts
from cstokg.engine.engine import Engine
from cstokg.questions import Question
from cstokg.release import Release
from cstokg.settings import Serving
from cstokg.web.reconciliation import reconciliation
from cstokg.web.serving import http, sparql_protocol
from cstokg.web.site import EXTENSION, Site, add_to_templates
from cstokg.web.views import (
    change_pages,
    citation_pages,
    entity_pages,
    explore,
    figure_pages,
    ontology_page,
    problem_pages,
    query_page,
    question_pages,
    search,
    site_pages,
    statement_pages,
)

# Each has a ``blueprint``.
_PAGES = (
    site_pages,
    change_pages,
    entity_pages,
    citation_pages,
    question_pages,
    ontology_page,
    explore,
    figure_pages,
    statement_pages,
    search,
    reconciliation,
    problem_pages,
    query_page,
)

_STATIC_CACHING = "public, max-age=31536000, immutable"
_MAX_FILES = 32  # more than there are static files; each is kept compressed


def create_app(
    engine: Engine,
    questions: Sequence[Question] = (),
    *,
    release: Release | None = None,
    articles: Path | None = None,
    settings: Serving | None = None,
) -> Flask:
    """Return the application that shows an engine's data to people.

    Args:
        engine: answers the queries.
        questions: the saved questions to offer.
        release: the release behind the engine, to cite and to download.
        articles: the folder of the articles' texts, if pages are to show passages of them.
        settings: how the site is served, for the page about limits.
    """
    site = Site(
        engine, questions, release, ArticleTexts(articles) if articles else None, settings or Serving()
    )
    app = Flask(__name__)
    app.extensions[EXTENSION] = site
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    _add_headers(app, site)
    add_to_templates(app, site)
    for module in _PAGES:
        app.register_blueprint(module.blueprint)

    @app.after_request
    def secure(response: Response) -> Response:
        for name, value in http.HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _add_headers(app: Flask, site: Site) -> None:
    """Answer 304 before a page is made; say how long a page may be kept, and compress it."""

    @app.before_request
    def unchanged() -> Response | None:
        request.environ.pop("HTTP_RANGE", None)  # which a server may ignore (RFC 9110, section 14.2)
        if request.method not in ("GET", "HEAD") or request.endpoint is None or _asks():
            return None
        tag = _tag(site)
        if request.if_none_match.contains_weak(tag):
            response = Response(status=304)
            response.set_etag(tag, weak=True)
            response.vary.update(("Accept", "Accept-Encoding"))
            response.headers["Cache-Control"] = http.KEPT_A_WHILE
            return response
        return None

    @app.after_request
    def describe(response: Response) -> Response:
        # Flask adds these for a file, but files are sent whole, and the server adds the date.
        for name in ("Accept-Ranges", "Date"):
            response.headers.pop(name, None)
        is_kept = not _asks() and response.headers.get("Cache-Control") != http.NO_STORE
        if response.status_code in (200, 303) and request.method in ("GET", "HEAD") and is_kept:
            versioned = request.endpoint == "static" and request.args.get("v") == http.code_version()
            response.headers["Cache-Control"] = _STATIC_CACHING if versioned else http.KEPT_A_WHILE
            if response.status_code == 200:
                response.set_etag(_tag(site), weak=True)
        return _compressed(response, _compressed_file if request.endpoint == "static" else formats.compressed)


def _asks() -> bool:
    """Return whether a page has the answer to a query, which may use the time or random values."""
    return sparql_protocol.asks(request.environ.get("asgi.scope", {}))


def _tag(site: Site) -> str:
    """Return the entity tag of a response that has not been made yet.

    It depends on the header Accept, which may decide on the format, on whether the response is compressed
    (RFC 9110, section 8.8.1: another format or coding has another tag), and on the address, which is in some
    pages.
    """
    packed = http.takes_gzip(request.headers.get("Accept-Encoding", ""))
    deciding = f"{request.headers.get('Accept', '')} {request.url} {packed}"
    return f"{site.tag}-{zlib.crc32(deciding.encode('utf-8', 'replace')):08x}"


_compressed_file = lru_cache(maxsize=_MAX_FILES)(formats.compressed)


def _compressed(response: Response, compress: Callable[[bytes], bytes]) -> Response:
    if not formats.is_compressible(response.mimetype or "") or response.headers.get("Content-Encoding"):
        return response
    response.vary.add("Accept-Encoding")
    if response.direct_passthrough:
        response.direct_passthrough = False
    body = response.get_data()
    if len(body) >= formats.MIN_GZIP_BYTES and http.takes_gzip(request.headers.get("Accept-Encoding", "")):
        response.set_data(compress(body))
        response.headers["Content-Encoding"] = http.GZIP
    return response
