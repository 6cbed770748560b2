"""Entity tags, Cache-Control and compression of pages, which change with the release and the code."""

import zlib
from collections.abc import Callable
from functools import lru_cache

from flask import Flask, Response, request

from cstokg import formats
from cstokg.web.serving import http
from cstokg.web.site import Site

_PAGES = "public, max-age=300"
_STATIC = "public, max-age=31536000, immutable"
_MIN_GZIP_BYTES = 1_000  # bytes; less is not worth compressing
_MAX_FILES = 32  # static files that are kept compressed; there are fewer
_OWN_RULES = ("query_page.sparql",)  # there a query may ask for the time or for chance


def add_to(app: Flask, site: Site) -> None:
    """Answer 304 before a page is made; say how long a page may be kept, and compress it."""

    @app.before_request
    def unchanged() -> Response | None:
        if request.method not in ("GET", "HEAD") or request.endpoint in (None, *_OWN_RULES):
            return None
        tag = _tag(site)
        if request.if_none_match.contains_weak(tag):
            response = Response(status=304)
            response.set_etag(tag, weak=True)
            response.vary.add("Accept")
            response.headers["Cache-Control"] = _PAGES
            return response
        return None

    @app.after_request
    def describe(response: Response) -> Response:
        own = request.endpoint in _OWN_RULES
        if response.status_code in (200, 303) and request.method in ("GET", "HEAD") and not own:
            versioned = request.endpoint == "static" and request.args.get("v") == site.tag
            response.headers["Cache-Control"] = _STATIC if versioned else _PAGES
            if response.status_code == 200:
                response.set_etag(_tag(site), weak=True)
        return _compressed(response, _compressed_file if request.endpoint == "static" else http.compressed)


def _tag(site: Site) -> str:
    """Return the entity tag of an answer that is not made yet.

    The header Accept may decide on its format, and one format is no substitute for another
    (RFC 9110, section 8.8.1); the address under which the site is asked stands in some pages.
    """
    deciding = f"{request.headers.get('Accept', '')} {request.host_url}{request.script_root}"
    return f"{site.tag}-{zlib.crc32(deciding.encode('latin-1', 'replace')):08x}"


_compressed_file = lru_cache(maxsize=_MAX_FILES)(http.compressed)


def _compressed(response: Response, compress: Callable[[bytes], bytes]) -> Response:
    if not formats.is_compressible(response.mimetype or "") or response.headers.get("Content-Encoding"):
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == 206:  # a part of the file as it is
        return response
    if response.direct_passthrough:
        response.direct_passthrough = False
    body = response.get_data()
    if len(body) >= _MIN_GZIP_BYTES and http.takes_gzip(request.headers.get("Accept-Encoding", "")):
        response.set_data(compress(body))
        response.headers["Content-Encoding"] = http.GZIP
    return response
