"""Federation: the relay, the only way from a worker to another endpoint.

Workers cannot reach the network. A query in one that calls an endpoint with SERVICE (SPARQL 1.1
Federated Query) is rewritten by `guard` so that it calls the relay, which runs in the
server process and speaks with the endpoints that the operator has allowed.
"""

import asyncio
import contextlib
import secrets
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import h11

from cstokg import formats, http_requests
from cstokg.engine.guard import MAX_CALLS
from cstokg.errors import ServiceFailedError

_CALL_NUMBERS = frozenset(map(str, range(MAX_CALLS)))
_MAX_QUERY_BYTES = 10_000_000
_READ_BYTES = 1 << 16
_REQUEST_SECONDS = 10.0
# The rest of a query's time is for evaluating it and writing the result.
_SHARE_OF_ENDPOINTS = 0.8
_Answer = tuple[int, str, bytes]
"""A status, a media type, and a body."""

_NOT_FOUND: _Answer = (404, formats.TEXT, b"")
_FAILED: _Answer = (502, formats.TEXT, b"")
_RESULTS = MappingProxyType(
    {
        media_type: formats.BY_MEDIA_TYPE[media_type].syntax
        for media_type in (formats.RESULTS_JSON, formats.JSON, formats.RESULTS_XML, formats.XML)
    }
)


class _FailedError(Exception):
    """An endpoint did not answer; the message says why and names no address."""


@dataclass(slots=True)
class Permission:
    """The permission of one query to use the relay.

    Attributes:
        addresses: where to call the relay, by the IRI of an endpoint; the argument of `redirect`.
        end: the time, on the monotonic clock, at which a call has to be over.
        failures: why endpoints did not answer, by IRI.
        received: how many bytes endpoints have answered.
        calls: what is forwarded, or has been, by the number of the call in the query.
    """

    addresses: dict[str, str]
    end: float
    failures: dict[str, str] = field(default_factory=dict)
    received: int = 0
    calls: dict[str, "asyncio.Task[_Answer]"] = field(default_factory=dict)

    def explain(self, error: ServiceFailedError) -> ServiceFailedError:
        """Return the error of a worker with the reasons that only the relay knows."""
        reasons = "; ".join(f"{iri} did not answer: {why}" for iri, why in self.failures.items())
        return ServiceFailedError(reasons or error.message, error.line, error.column)


class Relay:
    """Forwards calls of workers to the endpoints that are allowed, over HTTP on loopback.

    Of what a worker sends, only the query is forwarded. Redirects are not followed. Each call of a query is
    forwarded once; a repeated call gets the same answer.

    Attributes:
        port: the TCP port, the only one that a worker needs to connect to.
    """

    def __init__(self, endpoints: Sequence[str], result_bytes: int) -> None:
        """Take the IRIs of the endpoints, and how large their answers to one query may be together."""
        self.port = 0
        self._endpoints = {str(number): iri for number, iri in enumerate(endpoints)}
        self._max_bytes = result_bytes
        self._permissions: dict[str, Permission] = {}
        self._server: asyncio.Server | None = None
        self._tls = ssl.create_default_context()

    async def start(self) -> None:
        """Listen, in the running event loop."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def grant(self, seconds: float) -> tuple[str, Permission]:
        """Return a secret and its permission, for a query that has so much time in all."""
        secret = secrets.token_urlsafe(16)
        base = f"http://127.0.0.1:{self.port}/{secret}/"
        addresses = {iri: f"{base}{number}" for number, iri in self._endpoints.items()}
        permission = Permission(addresses, time.monotonic() + seconds * _SHARE_OF_ENDPOINTS)
        self._permissions[secret] = permission
        return secret, permission

    def revoke(self, secret: str) -> None:
        """End a permission, and the calls that are under way for it."""
        permission = self._permissions.pop(secret, None)
        for task in permission.calls.values() if permission else ():
            task.cancel()

    async def close(self) -> None:
        """Listen no more, and end all permissions."""
        for secret in list(self._permissions):
            self.revoke(secret)
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request of a worker."""
        worker = h11.Connection(h11.SERVER)
        with contextlib.suppress(OSError, h11.ProtocolError, _FailedError):
            async with asyncio.timeout(_REQUEST_SECONDS):
                request, query = await _message(worker, reader, _MAX_QUERY_BYTES)
            target = request.target if isinstance(request, h11.Request) else b""
            status, media_type, body = await self._answer(target.decode("ascii"), query)
            headers = [
                ("Content-Type", media_type),
                ("Content-Length", f"{len(body)}"),
                ("Connection", "close"),
            ]
            response = h11.Response(status_code=status, headers=headers)
            for event in (response, h11.Data(body), h11.EndOfMessage()):
                writer.write(worker.send(event) or b"")
            async with asyncio.timeout(_REQUEST_SECONDS):
                await writer.drain()
        writer.close()

    async def _answer(self, path: str, query: bytes) -> _Answer:
        """Answer a worker that sends a query to a path: secret, number of endpoint, number of call."""
        secret, number, call = path[1:].split("/") if path.count("/") == 3 else ("", "", "")
        permission, endpoint = self._permissions.get(secret), self._endpoints.get(number)
        if permission is None or endpoint is None or call not in _CALL_NUMBERS:
            return _NOT_FOUND
        if call not in permission.calls:
            leaks = secret.encode() in query
            permission.calls[call] = asyncio.create_task(
                self._forward(permission, endpoint, b"" if leaks else query)
            )
        task = permission.calls[call]
        await asyncio.wait({task})  # which another request of the worker may have begun
        return _FAILED if task.cancelled() else task.result()

    async def _forward(self, permission: Permission, endpoint: str, query: bytes) -> _Answer:
        """Return the answer of an endpoint to a query; note a failure on the permission."""
        try:
            async with asyncio.timeout(permission.end - time.monotonic()):
                return await self._post(permission, endpoint, query)
        except _FailedError as error:
            reason = str(error)
        except TimeoutError:
            reason = "it took too long"
        except ssl.SSLError:
            reason = "no secure connection could be made"
        except h11.ProtocolError:
            reason = "its answer broke off, or is not HTTP"
        except (OSError, ValueError):
            reason = "it cannot be reached"
        permission.failures[endpoint] = reason
        return _FAILED

    async def _post(self, permission: Permission, endpoint: str, query: bytes) -> _Answer:
        if not query:
            raise _FailedError("the query holds an address of this server")
        address = http_requests.Address.of(endpoint)
        request = h11.Request(
            method="POST",
            target=address.target,
            headers=[
                ("Host", address.authority),
                ("User-Agent", http_requests.user_agent()),
                ("Accept", f"{formats.RESULTS_JSON}, {formats.RESULTS_XML};q=0.9"),
                ("Accept-Encoding", "identity"),
                ("Content-Type", formats.SPARQL_QUERY),
                ("Content-Length", str(len(query))),
                ("Connection", "close"),
            ],
        )
        tls = self._tls if address.is_secure else None
        reader, writer = await asyncio.open_connection(address.host, address.port, ssl=tls)
        try:
            remote = h11.Connection(h11.CLIENT)
            for event in (request, h11.Data(query), h11.EndOfMessage()):
                writer.write(remote.send(event) or b"")
            response, body = await _message(remote, reader, self._max_bytes - permission.received)
            permission.received += len(body)
            return 200, _media_type(response), body
        finally:
            writer.transport.abort()


async def _message(
    connection: h11.Connection, reader: asyncio.StreamReader, max_bytes: int
) -> tuple[h11.Request | h11.Response, bytes]:
    """Return the head and body of the next message.

    Raises:
        h11.RemoteProtocolError: the other side does not speak HTTP, or has broken off.
        _FailedError: the body has more bytes than the limit.
    """
    head: h11.Request | h11.Response | None = None
    body = bytearray()
    while True:
        match connection.next_event():
            case h11.NEED_DATA:
                connection.receive_data(await reader.read(_READ_BYTES))
            case h11.Request() as head:
                pass
            case h11.Response() as head:
                _media_type(head)  # a body that holds no results need not be read
            case h11.Data(data=data):
                body += data
                if len(body) > max_bytes:
                    raise _FailedError(
                        f"its answer is too large (more than {max_bytes:,} bytes are left for it)"
                    )
            case h11.EndOfMessage() if head:
                return head, bytes(body)
            case h11.ConnectionClosed():
                raise h11.RemoteProtocolError("nothing was sent")


def _media_type(response: h11.Request | h11.Response) -> str:
    """Return the media type of a response with results of SPARQL.

    Raises:
        _FailedError: the response is another one.
    """
    if not isinstance(response, h11.Response) or response.status_code != 200:
        raise _FailedError(f"it answered with status {getattr(response, 'status_code', None)}")
    headers = {
        name.decode("ascii"): value.decode("latin-1").strip().lower() for name, value in response.headers
    }
    if headers.get("content-encoding", "identity") != "identity":
        raise _FailedError("its answer is compressed, which was not asked for")
    media_type = headers.get("content-type", "").partition(";")[0].strip()
    if media_type not in _RESULTS:
        raise _FailedError("its answer is not in a format for results of SPARQL")
    return _RESULTS[media_type]
