"""Other SPARQL endpoints on loopback: one that answers and records what it is asked, and bad ones."""

import gzip
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer

from pyoxigraph import QueryResultsFormat, QuerySolutions, Store

JSON = "application/sparql-results+json"


@dataclass
class Remote:
    """An endpoint: its address, and the head and body of each request that it has had."""

    endpoint: str
    requests: list[tuple[str, dict[str, str], str]] = field(default_factory=list)


@contextmanager
def remote(respond: Callable[[BaseHTTPRequestHandler, str], None]) -> Iterator[Remote]:
    """Yield an endpoint that responds to a query as told."""
    requests: list[tuple[str, dict[str, str], str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"])).decode()
            requests.append((self.path, {name.lower(): text for name, text in self.headers.items()}, query))
            try:
                respond(self, query)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        with answering(server):
            yield Remote(f"http://127.0.0.1:{server.server_port}/sparql", requests)


@contextmanager
def getting(content: Callable[[str], bytes]) -> Iterator[str]:
    """Yield the address of a server that answers each GET with the content for its path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            send(self, content(self.path))

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        with answering(server):
            yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def answering(server: BaseServer) -> Iterator[None]:
    """Run a server in a thread that ends whatever happens; on a closed socket it would loop without end."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Send a response; underscores in the names of headers stand for hyphens."""
    handler.send_response(status)
    for name, text in {"Content_Type": JSON, "Content_Length": str(len(body)), **headers}.items():
        handler.send_header(name.replace("_", "-"), text)
    handler.end_headers()
    handler.wfile.write(body)


def of_store(store: Store) -> Callable[[BaseHTTPRequestHandler, str], None]:
    """Return responses that are right."""

    def respond(handler: BaseHTTPRequestHandler, query: str) -> None:
        send(handler, _json_of(store, query))

    return respond


def _json_of(store: Store, query: str) -> bytes:
    results = store.query(query)
    assert isinstance(results, QuerySolutions)
    body = results.serialize(format=QueryResultsFormat.JSON)
    assert body is not None
    return body


EMPTY = b'{"head":{"vars":["s"]},"results":{"bindings":[]}}'
ROW = b'{"s":{"type":"literal","value":"' + b"x" * 100 + b'"}}'
MANY = b'{"head":{"vars":["s"]},"results":{"bindings":[' + b",".join([ROW] * 50_000) + b"]}}"


def _endless(handler: BaseHTTPRequestHandler, _: str) -> None:
    send(handler, EMPTY[:-3], Content_Length="1000000000000")
    while True:
        handler.wfile.write(ROW + b",")


def _a_byte_a_time(text: bytes) -> Callable[[BaseHTTPRequestHandler, str], None]:
    def respond(handler: BaseHTTPRequestHandler, _: str) -> None:
        for byte in text:
            handler.wfile.write(bytes((byte,)))
            handler.wfile.flush()
            time.sleep(0.2)

    return respond


def _break_off(handler: BaseHTTPRequestHandler, _: str) -> None:
    send(handler, EMPTY[:20], Content_Length="1000")
    handler.close_connection = True


def _close(handler: BaseHTTPRequestHandler, _: str) -> None:
    handler.close_connection = True


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\nContent-Length: 49\r\n\r\n"
BAD = {
    "slow": lambda handler, _: time.sleep(10),
    "slow head": _a_byte_a_time(_HEAD + EMPTY),
    "slow body": lambda handler, _: (handler.wfile.write(_HEAD), _a_byte_a_time(EMPTY)(handler, _)),
    "endless": _endless,
    "endless informational": lambda handler, _: [
        handler.wfile.write(b"HTTP/1.1 102 Processing\r\n\r\n") for _ in range(1 << 40)
    ],
    "endless head": lambda handler, _: [handler.wfile.write(b"X: y" * 1000) for _ in range(1 << 30)],
    "too large": lambda handler, _: send(handler, MANY),
    "breaks off": _break_off,
    "says nothing": _close,
    "redirects": lambda handler, _: send(handler, b"", 307, Location="http://127.0.0.1:1/"),
    "fails": lambda handler, _: send(handler, EMPTY, 500),
    "gzip bomb": lambda handler, _: send(handler, gzip.compress(MANY), Content_Encoding="gzip"),
    "page": lambda handler, _: send(handler, b"<p>Welcome", Content_Type="text/html"),
    "malformed": lambda handler, _: send(handler, b'{"head":{"vars":["s"]},"results":{"bindings":[{'),
    "malformed after many": lambda handler, _: send(handler, MANY[:500_000] + b"}}"),
    "not results": lambda handler, _: send(handler, b"[1, 2, 3]"),
    "other format": lambda handler, _: send(handler, EMPTY, Content_Type="application/sparql-results+xml"),
    "boolean": lambda handler, _: send(handler, b'{"head":{},"boolean":true}'),
    "not HTTP": lambda handler, _: handler.wfile.write(b"220 mail.example ESMTP\r\n" * 3),
}
"""Ways not to answer, by name."""
