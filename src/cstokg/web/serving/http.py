"""HTTP as the endpoint and the pages share it: requests and responses over ASGI, negotiation, headers."""

import asyncio
import contextlib
import hashlib
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyoxigraph
from cachetools import LRUCache
from werkzeug.http import parse_etags, parse_options_header

import cstokg
from cstokg import formats
from cstokg.settings import Serving
from cstokg.web.serving.monitoring import Record
from cstokg.web.serving.problems import ProblemError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SPREADSHEET = "csv-excel"
NO_STORE = "no-store"  # in Cache-Control, for responses that may be different the next time
KEPT_A_WHILE = "public, max-age=300"  # in Cache-Control, for pages and files of the release
GZIP = "gzip"
READING = ("GET", "HEAD")

# HTML is the last: a client that accepts anything is a program.
OFFERED = (*(row.media_type for row in formats.FORMATS), formats.HTML)
GRAPHS = tuple(row.media_type for row in formats.for_kind(formats.GRAPH))

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'self'"
)
# For what other sites may show in a frame.
FRAMED_POLICY = POLICY.replace("frame-ancestors 'self'", "frame-ancestors *")
# For what brings styles in its own text: drawings as files, and the query editor.
STYLED_POLICY = f"{POLICY}; style-src 'self' 'unsafe-inline'"

# What every response carries. The data are public and read-only, so scripts of any origin may read them,
# without credentials.
HEADERS = MappingProxyType(
    {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Expose-Headers": "Accept-Query, Allow, Content-Disposition, ETag, Failed-Services, "
        "Link, Location, Retry-After, X-Request-Id",
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
)

_KINDS = {
    "SELECT": formats.BINDINGS,
    "ASK": formats.BOOLEAN,
    "CONSTRUCT": formats.GRAPH,
    "DESCRIBE": formats.GRAPH,
}
_PIECE = 65_536  # bytes of a body that the connection gets at once
_WATCH_AFTER = 0.05  # seconds; a request that takes longer ends when its client leaves
_REMEMBERED = 500  # bytes of the longest header that is read, since what it means is kept in a cache
_PREFLIGHT_SECONDS = 86_400
_BASE = tuple((name.lower().encode(), value.encode()) for name, value in HEADERS.items())


class ClientLeftError(Exception):
    """The client has closed its connection, so no response is needed."""


class Request:
    """A request whose body has not been read.

    Attributes:
        scope: the scope of the request in ASGI.
        record: the request record, for the log and the metrics.
        method: GET, POST and so on.
        path: the path, without the one under which a proxy offers the site.
        query_string: the parameters in the address, as they were sent.
        headers: the headers by name in lower case.
        client: the address of the client, without its port.
    """

    __slots__ = (
        "_receive",
        "_settings",
        "client",
        "headers",
        "method",
        "path",
        "query_string",
        "record",
        "scope",
    )

    def __init__(self, scope: Scope, receive: Receive, settings: Serving, record: Record) -> None:
        """Read the head of a request."""
        self.scope = scope
        self.record = record
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query_string: bytes = scope["query_string"]
        self.client: str = (scope.get("client") or ("", 0))[0]
        self.headers: dict[str, str] = {}
        for raw_name, raw_value in scope["headers"]:
            name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
            before = self.headers.get(name)
            self.headers[name] = value if before is None else f"{before}, {value}"
        self._receive = receive
        self._settings = settings

    @property
    def root(self) -> str:
        """Return the address of the site, without a slash at its end."""
        host = self.headers.get("host") or ":".join(map(str, self.scope.get("server") or ("localhost",)))
        return f"{self.scope['scheme']}://{host}{self.scope.get('root_path', '')}"

    @property
    def media_type(self) -> tuple[str, dict[str, str]]:
        """Return the media type of the body in lower case, and its parameters."""
        media_type, parameters = parse_options_header(self.header("content-type"))
        return media_type.lower(), dict(parameters)

    def header(self, name: str) -> str:
        """Return the value of a header; empty if there is none."""
        return self.headers.get(name, "")

    async def body(self) -> bytes:
        """Return the body, without its content coding; read once.

        Raises:
            ProblemError: it is too large, comes too slowly, or is not what its headers say.
            ClientLeftError: the client left before the body was complete.
        """
        most = self._settings.body_bytes
        too_large = ProblemError("body-too-large", f"A request holds at most {most:,} bytes.")
        length = self.header("content-length")
        if length.isdecimal() and int(length) > most:
            raise too_large
        coding = self.header("content-encoding").strip().lower()
        if coding not in ("", "identity", GZIP, "x-gzip"):
            raise ProblemError(
                "unsupported-media-type",
                "Send the body as it is, or compressed with gzip.",
                headers={"Accept-Encoding": GZIP},
            )
        content = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                more = True
                while more:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        raise ClientLeftError
                    content += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(content) > most:
                        raise too_large
        except TimeoutError:
            detail = f"The body has not come whole within {self._settings.body_seconds:g} seconds."
            raise ProblemError("request-timeout", detail, headers={"Connection": "close"}) from None
        return _unpacked(bytes(content), most, too_large) if coding in (GZIP, "x-gzip") else bytes(content)

    @contextlib.asynccontextmanager
    async def until_client_leaves(self) -> AsyncIterator[None]:
        """Return a context that is cancelled when the client closes its connection.

        Raises:
            ClientLeftError: it did.
        """
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        watchers: list[asyncio.Task[None]] = []
        left = False

        async def watch() -> None:
            nonlocal left
            while (await self._receive())["type"] != "http.disconnect":
                pass
            left = True
            if task is not None:
                task.cancel()

        # Most requests are answered before it is necessary to watch.
        timer = loop.call_later(_WATCH_AFTER, lambda: watchers.append(loop.create_task(watch())))
        try:
            yield
        except asyncio.CancelledError:
            if not left or task is None or task.uncancel() > 0:
                raise
            raise ClientLeftError from None
        finally:
            timer.cancel()
            for watcher in watchers:
                watcher.cancel()


@dataclass(slots=True)
class Response:
    """A response.

    Attributes:
        status: the HTTP status.
        headers: the headers by name; those that every response has are added when it is sent.
        body: all of it.
        tag: the entity tag with its quotation marks; empty if there is none.
        rows: how many solutions or triples it has; -1 where that says nothing.
        query_hash: the hash of the query that it answers, for the access log.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    tag: str = ""
    rows: int = -1
    query_hash: str = ""

    @property
    def size(self) -> int:
        """Return about how many bytes it takes in memory."""
        return len(self.body) + 1_000 + sum(map(len, self.headers.values()))


def response_cache(limit: int) -> LRUCache[tuple[object, ...], Response]:
    """Return a cache of at most this many bytes: responses, by all that they depend on."""
    return LRUCache(limit, getsizeof=lambda response: response.size)


async def send_response(send: Send, response: Response, method: str, more: Iterable[tuple[str, str]]) -> None:
    """Send a response with further headers; its body in pieces, each when the one before has been taken."""
    headers = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in more]
    names = set()
    for name, value in response.headers.items():
        lower = name.lower().encode()
        names.add(lower)
        headers.append((lower, value.encode("latin-1", "replace")))
    headers += [pair for pair in _BASE if pair[0] not in names]
    body = response.body
    if response.status not in (204, 304) and b"content-length" not in names:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if method == "HEAD" or len(body) <= _PIECE:
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
        return
    view = memoryview(body)
    for start in range(0, len(body), _PIECE):
        piece = bytes(view[start : start + _PIECE])
        await send({"type": "http.response.body", "body": piece, "more_body": start + _PIECE < len(body)})


def unless_known(request: Request, response: Response) -> Response:
    """Return a response, or 304 without a body if the client has it already (RFC 9110, section 13.1.2)."""
    if (
        response.tag
        and request.method in (*READING, "QUERY")
        and knows(request.header("if-none-match"), response.tag)
    ):
        kept = ("ETag", "Cache-Control", "Vary", "Content-Location", "Expires")
        headers = {name: value for name, value in response.headers.items() if name in kept}
        return Response(304, headers, tag=response.tag, query_hash=response.query_hash)
    return response


def knows(header: str, tag: str) -> bool:
    """Return whether the header If-None-Match says that the client has the response with an entity tag.

    ``*`` matches nothing here: whether there is an answer at all is not known before evaluation.
    """
    if not header or len(header) > _REMEMBERED:
        return False
    opaque = tag.removeprefix("W/").strip('"')
    # Some proxies write the content coding into the tag.
    tags = parse_etags(header)
    return not tags.star_tag and any(tags.contains_weak(name) for name in (opaque, f"{opaque}-gzip"))


def media_types(
    accept: str, named: tuple[str, ...] = (), offered: tuple[str, ...] = OFFERED
) -> tuple[str, ...]:
    """Return the media types that a request accepts, best first: those named in it, then those of Accept.

    Raises:
        ProblemError: none of those named is offered, and the header accepts none that is offered.
    """
    named_and_offered = (name for name in named if name in offered)
    accepted = tuple(dict.fromkeys((*named_and_offered, *formats.accepted(accept, offered))))
    if not accepted:
        raise not_acceptable(offered)
    return accepted


def not_acceptable(offered: tuple[str, ...]) -> ProblemError:
    """Return the problem that a client accepts none of the offered media types."""
    return ProblemError("not-acceptable", f"Ask for one of {', '.join(offered)}.", {"formats": offered})


def prefers_html(accept: str) -> bool:
    """Return whether an Accept header is that of a browser."""
    return formats.HTML in accept.lower() and formats.accepted(accept, OFFERED)[:1] == (formats.HTML,)


def of_question(form: str) -> tuple[str, ...]:
    """Return the media types for the answer to a saved question of a query form; for a table, JSON first."""
    kind = _KINDS[form]
    media_types = tuple(row.media_type for row in formats.for_kind(kind))
    return media_types if kind == formats.GRAPH else (formats.JSON, *media_types, formats.XLSX)


def of_form(form: str) -> tuple[str, ...]:
    """Return the media types for the answer to a query of a form; all media types if the form is unknown."""
    kind = _KINDS.get(form)
    return (*(row.media_type for row in formats.FORMATS if kind is None or kind in row.kinds), formats.HTML)


@cache
def code_version() -> str:
    """Return a name that changes whenever the code does: this package with its files, and the engine's."""
    digest = hashlib.sha256(pyoxigraph.__version__.encode())
    for path in sorted(Path(cstokg.__file__).parent.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def takes_gzip(accept_encoding: str) -> bool:
    """Return whether a client prefers a compressed body (RFC 9110, section 12.5.3)."""
    if len(accept_encoding) > _REMEMBERED:
        return False
    return _takes_gzip(accept_encoding)


@lru_cache
def _takes_gzip(header: str) -> bool:
    codings = formats.qualities(header)
    others = codings.get("*", 0.0)
    best = max(codings.get(GZIP, others), codings.get("x-gzip", others))
    return best > 0 and best >= codings.get("identity", others)


def require_method(
    request: Request, methods: tuple[str, ...] = READING, detail: str = "This can be read only."
) -> None:
    """Raise if the method of a request is not one of these; ``detail`` tells the client what to do.

    Raises:
        ProblemError: it is not.
    """
    if request.method not in methods:
        raise ProblemError("method-not-allowed", detail, headers={"Allow": ", ".join(methods)})


def preflight(request: Request, methods: tuple[str, ...], more: Mapping[str, str]) -> Response:
    """Return the answer to OPTIONS: what may be sent, also by scripts of other origins, with any header."""
    allowed = ", ".join(methods)
    requested = request.header("access-control-request-headers")
    harmless = requested.replace("-", "").replace(",", "").replace(" ", "").replace("_", "").isalnum()
    return Response(
        204,
        {
            "Allow": allowed,
            "Access-Control-Allow-Methods": allowed,
            "Access-Control-Allow-Headers": requested if harmless and requested.isascii() else "*",
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
            "Vary": "Access-Control-Request-Headers",
            **more,
        },
    )


def _unpacked(body: bytes, most: int, too_large: ProblemError) -> bytes:
    """Return the contents of a gzipped body."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        content = unpacking.decompress(body, most + 1)
    except zlib.error:
        raise ProblemError("bad-request", "The body is not what Content-Encoding says: gzip.") from None
    if len(content) > most:
        raise too_large
    if not unpacking.eof or unpacking.unused_data:
        raise ProblemError("bad-request", "The gzipped body breaks off, or something follows it.")
    return content
