"""The relay: the only way from a worker to another endpoint.

It listens on loopback, forwards queries to the endpoints that the operator has allowed, word for
word, and follows no redirection. Whoever wants to use it has to know the ticket of a query that
runs.
"""

import http.client
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_MOST_QUERY_BYTES = 10_000_000
_FORWARDED = ("Accept", "Content-Type")
_CHUNK = 1 << 16


@dataclass
class Ticket:
    """Lets one query use the relay.

    Attributes:
        addresses: where to ask the relay, by endpoint.
        failures: why endpoints did not answer, by endpoint.
        end: the moment, on the monotonic clock, after which nothing is forwarded.
    """

    addresses: dict[str, str]
    end: float
    failures: dict[str, str] = field(default_factory=dict)


class Relay:
    """Forwards to a few endpoints, from a thread of its own.

    Attributes:
        port: where it listens.
    """

    def __init__(self, endpoints: Sequence[str], result_bytes: int) -> None:
        """Listen; an endpoint is the IRI that queries have to call, exactly."""
        self._endpoints = {str(index): iri for index, iri in enumerate(endpoints)}
        self._most = result_bytes
        self._tickets: dict[str, Ticket] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.relay = self
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, name="relay", daemon=True).start()

    def admit(self, seconds: float) -> tuple[str, Ticket]:
        """A ticket for so long, and its secret."""
        secret = secrets.token_urlsafe(16)
        base = f"http://127.0.0.1:{self.port}/{secret}/"
        addresses = {iri: f"{base}{index}" for index, iri in self._endpoints.items()}
        ticket = self._tickets[secret] = Ticket(addresses, time.monotonic() + seconds)
        return secret, ticket

    def dismiss(self, secret: str) -> None:
        """End a ticket."""
        self._tickets.pop(secret, None)

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def forward(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
        """The status, media type and body of an endpoint's response; or an error status of ours."""
        _, secret, index = path.split("/") if path.count("/") == 2 else ("", "", "")
        ticket = self._tickets.get(secret)
        endpoint = self._endpoints.get(index)
        if ticket is None or endpoint is None:
            return 404, "text/plain", b""
        try:
            return self._asked(endpoint, body, headers, ticket.end - time.monotonic())
        except (OSError, ValueError, http.client.HTTPException) as error:
            ticket.failures[endpoint] = str(error) or type(error).__name__
            return 502, "text/plain", b""

    def _asked(
        self, endpoint: str, body: bytes, headers: dict[str, str], seconds: float
    ) -> tuple[int, str, bytes]:
        if seconds <= 0:
            raise TimeoutError("no time was left")
        address = urlsplit(endpoint)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.hostname or "", address.port, timeout=seconds)
        end = time.monotonic() + seconds
        try:
            target = (address.path or "/") + (f"?{address.query}" if address.query else "")
            connection.request(
                "POST", target, body, {**headers, "User-Agent": "cstokg", "Connection": "close"}
            )
            response = connection.getresponse()
            if response.status != http.HTTPStatus.OK:
                raise ValueError(f"it answered with status {response.status}")
            content = bytearray()
            while chunk := response.read1(_CHUNK):
                content += chunk
                if len(content) > self._most:
                    raise ValueError(f"its answer has more than {self._most:,} bytes")
                if time.monotonic() > end:
                    raise TimeoutError("it took too long")
            if response.length:
                raise ValueError("its answer broke off")
            return 200, response.headers.get("Content-Type", ""), bytes(content)
        finally:
            connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    relay: Relay

    def handle_error(self, request: object, client_address: object) -> None:
        """A worker that dies in the middle is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server
    timeout = 10

    def do_POST(self) -> None:
        """Forward a query."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > _MOST_QUERY_BYTES:
            self.send_error(413)
            return
        headers = {name: self.headers[name] for name in _FORWARDED if name in self.headers}
        status, media_type, body = self.server.relay.forward(self.path, self.rfile.read(int(length)), headers)
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
