"""Limit the connections of a server: how many there are, and how long each may keep the server waiting.

uvicorn has no limit on the number of connections, nor on the time that a client takes to send its request
or to read its answer. So a protocol of ours is between each of its protocols and the transport: it passes
everything on and ends connections that take too long. While a request is being answered, no time is counted,
unless the client does not read what is sent.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import quote_from_bytes

from cstokg.settings import Serving
from cstokg.web.serving.http import Receive, Scope, Send
from cstokg.web.serving.response_cache import REUSABLE, ResponseCache, Reusable, has_body

App = Callable[[Scope, Receive, Send], Any]
Address = tuple[str, int]

_SHARE_OF_RESPONSES = 4  # of the cache
_LOW, _HIGH = 16_384, 65_536  # bytes of an answer that wait in this process for their client
_ASCII = bytes(range(128))
_PIECE_BYTES = 2_048  # bytes of requests that are parsed at once
_HEAD_END = b"\r\n\r\n"
_UPGRADE = b"\r\nupgrade:"
_LINGER_SECONDS = 2.0  # for a client that sent too much to read why; what it still sends is dropped


class Connections:
    """All connections of a server.

    Attributes:
        ended: how many connections were ended, by cause: silent, slow to read, too many, too long.
        responses: the responses that may be sent again for the same bytes.
        version: returns the version of the data; a response is sent again only if it is from that version.
    """

    def __init__(self, settings: Serving) -> None:
        """Limit connections by these settings."""
        self.settings = settings
        self.ended: Counter[str] = Counter()
        self.responses = ResponseCache(settings.cache // _SHARE_OF_RESPONSES)
        self.version: Callable[[], str] = str
        self._open: dict[Address, Connection] = {}
        # The connections that wait for their client; the one that has waited longest is the first.
        self._silent: dict[Connection, None] = {}
        self._count: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return how many connections are open."""
        return len(self._open)

    def protocol(self, protocol: Callable[..., asyncio.Protocol]) -> Callable[..., asyncio.Protocol]:
        """Return the factory of protocols for uvicorn: one that wraps its own for each connection."""
        return lambda **options: Connection(self, protocol(**options))

    def around(self, app: App) -> App:
        """Return the ASGI application wrapped so that no time is counted while it answers a request."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            connection = self._open.get(scope.get("client") or ("", 0))
            if connection is None:
                await app(scope, receive, send)
                return
            connection.begin_request()
            try:
                await app(scope, receive, send)
            finally:
                connection.end_request(scope.get(REUSABLE))

        return watched

    def add(self, connection: "Connection") -> bool:
        """Add a connection and return whether it may stay; at a limit, a silent one is ended for it."""
        if before := self._open.get(connection.address):
            self.remove(before)  # it has ended, and the client uses its port again
        client = connection.address[0]
        if self._count[client] >= self.settings.client_connections:
            of_client = (other for other in self._silent if other.address[0] == client)
            longest = next(of_client, None)
        elif len(self._open) >= self.settings.connections:
            longest = next(iter(self._silent), None)
        else:
            longest = connection
        if longest is None:
            return False
        if longest is not connection:
            longest.end("too many")
            self.remove(longest)  # at once; otherwise several that come together would end the same one
        self._open[connection.address] = connection
        self._count[client] += 1
        return True

    def remove(self, connection: "Connection") -> None:
        """Forget a connection that has ended."""
        if self._open.get(connection.address) is connection:
            del self._open[connection.address]
            client = connection.address[0]
            self._count[client] -= 1
            if not self._count[client]:
                del self._count[client]
        self.set_silent(connection, silent=False)

    def set_silent(self, connection: "Connection", *, silent: bool) -> None:
        """Note that a connection waits for its client, or does not."""
        if silent:
            self._silent[connection] = None
        else:
            self._silent.pop(connection, None)


class Connection(asyncio.Protocol):
    """Passes on what happens on one connection, and ends it when its client keeps it waiting."""

    def __init__(self, connections: Connections, inner: asyncio.Protocol) -> None:
        """Wrap a protocol of uvicorn."""
        self.address: Address = ("", 0)
        self._connections = connections
        self._settings = connections.settings
        self._inner = inner
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._received = 0
        self._answering = 0
        self._unsent = 0
        self._is_paused = False
        # Whether the next head has not come whole yet, and the part of it that has come.
        self._in_head = True
        self._head = bytearray()
        # Whether all requests so far had no body and came after the answer to the one before. Only then is
        # it certain that what comes after an answer is the beginning of a request.
        self._is_simple = True
        self._leaving = False
        # The bytes of the request that is being answered, if nothing else came with them.
        self._request = b""
        self._gathering: _Gathering | None = None
        self._waiting = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for a request."""
        transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        if not peer:  # it has left already
            transport.abort()
            return
        self.address = tuple(peer[:2])
        if not self._connections.add(self):
            self._connections.ended["too many"] += 1
            transport.abort()
            return
        self._transport = transport
        self._gathering = _Gathering(transport, self._pass_on)
        self._inner.connection_made(cast("asyncio.Transport", self._gathering))
        transport.set_write_buffer_limits(_HIGH, _LOW)
        self._expect_request()

    def data_received(self, data: bytes) -> None:
        """Pass on what has come, unless it exceeds the limit for a head, or for a head and a body."""
        if self._leaving:
            return
        if not self._in_head:
            self._is_simple = False  # a body, or a request before the answer to the one before it
        # Data that cannot be the beginning of a method are passed on, and uvicorn refuses them at once.
        is_certain = self._is_simple and (self._head or data)[:1].isupper()
        self._received += len(data)
        begun = self._gather_head(data)
        most = self._settings.head_bytes
        if self._answering or not self._in_head:
            most += self._settings.body_bytes
        if self._received > most:
            self._leave()
            return
        if is_certain:
            if not begun or self._send_stored(begun):
                return
            self._request = begun
            data = _readable(begun)
        self._pass_on(data)

    def _pass_on(self, data: bytes = b"") -> None:
        """Give the inner protocol what has come, in pieces, until it pauses reading.

        It pauses when a second request has come before the first one is answered. If it got everything at
        once, it would have parsed and kept thousands of small requests by then.
        """
        self._waiting += data
        while self._waiting and self._gathering is not None and self._gathering.is_reading:
            piece = bytes(self._waiting[:_PIECE_BYTES])
            del self._waiting[:_PIECE_BYTES]
            self._inner.data_received(piece)

    def _send_stored(self, data: bytes) -> bool:
        """Send the response that is kept for the same bytes, and return whether there is one."""
        if (
            self._waiting
            or self._transport is None
            or self._gathering is None
            or self._gathering.is_waiting()
        ):
            return False
        if self._transport.get_write_buffer_size():
            return False
        response = self._connections.responses.get(data, self._connections.version(), self.address[0])
        if response is None:
            return False
        self._transport.write(response)
        self._expect_request()
        return True

    def eof_received(self) -> bool | None:
        """Pass on that the client has closed its sending side."""
        return self._inner.eof_received()

    def pause_writing(self) -> None:
        """Begin to wait for the client to take what is sent."""
        self._is_paused = True
        self._wait_for_client()
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        """Continue sending."""
        self._is_paused = False
        self._wait_for_client()
        self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._leaving = False
        self._go_on()
        self._connections.remove(self)
        if self._transport is not None:
            self._transport = self._gathering = None
            self._inner.connection_lost(exc)

    def begin_request(self) -> None:
        """Note that the head of a request has come whole."""
        self._answering += 1
        if self._gathering is not None:
            self._gathering.is_begun = False
        self._wait_for_client()

    def end_request(self, reusable: Reusable | None) -> None:
        """Note that a request has been answered, and keep the response if it may be sent again."""
        self._answering -= 1
        if self._answering or self._transport is None:
            return
        if reusable and self._is_simple and self._request and self._gathering is not None:
            self._connections.responses.put(self._request, self._gathering.whole_response(), reusable)
        self._expect_request()

    def end(self, cause: str) -> None:
        """Close the connection at once."""
        self._connections.ended[cause] += 1
        self._abort()

    def _gather_head(self, data: bytes) -> bytes:
        """Return all that has come of a request if the data complete its head, otherwise nothing."""
        if not self._in_head:
            return b""
        start = max(0, len(self._head) - len(_HEAD_END))
        self._head += data
        end = self._head.find(_HEAD_END, start)
        if end < 0:
            return b""
        begun = bytes(self._head)
        self._head.clear()
        self._in_head = False
        alone = end + len(_HEAD_END) == len(begun)
        self._is_simple = self._is_simple and alone and not has_body(begun)
        return begun

    def _leave(self) -> None:
        """Close the connection soon, so that the client can read an answer that says why."""
        self._connections.ended["too long"] += 1
        self._wait(_LINGER_SECONDS, self._abort)
        self._leaving = True

    def _abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def _expect_request(self) -> None:
        self._received = self._unsent = 0
        self._in_head, self._request = True, b""
        self._head.clear()
        self._wait(self._settings.head_seconds, self._end_silent)

    def _end_silent(self) -> None:
        """End the connection, unless its client is still taking the end of an answer."""
        unsent = self._transport.get_write_buffer_size() if self._transport is not None else 0
        if unsent and unsent != self._unsent:
            self._unsent = unsent
            self._wait(self._settings.send_seconds, self._end_silent)
        else:
            self.end("silent")

    def _wait_for_client(self) -> None:
        """Start the timer for what the client has to do next: read, or send a request; stop it if nothing."""
        if self._is_paused:
            self._wait(self._settings.send_seconds, self.end, "slow to read")
        elif self._answering:
            self._go_on()
        else:
            self._wait(self._settings.head_seconds, self._end_silent)

    def _wait(self, seconds: float, then: Callable[..., None], *arguments: str) -> None:
        if self._leaving:
            return
        self._go_on()
        self._timer = asyncio.get_running_loop().call_later(seconds, then, *arguments)
        self._connections.set_silent(self, silent=True)

    def _go_on(self) -> None:
        if self._timer is not None and not self._leaving:
            self._timer.cancel()
            self._timer = None
            self._connections.set_silent(self, silent=False)


def _readable(data: bytes) -> bytes:
    """Return a request whose head is whole, for the parser.

    Its address is percent-encoded (RFC 3986, section 2.5). If it has a body, the header Upgrade is removed,
    which Java's client sends with each request, because the parser would ignore the body. The connection is
    then closed after the answer, because only on a new one is it certain where a head begins.
    """
    line, end, rest = data.partition(b"\n")
    if not line.isascii():
        data = quote_from_bytes(line, _ASCII).encode() + end + rest
    head = data.partition(_HEAD_END)[0]
    place = head.lower().find(_UPGRADE)
    if place < 0 or not has_body(head):
        return data
    return b"%s\r\nconnection: close\r\n%s" % (data[:place], data[place + 2 :].partition(b"\r\n")[2])


class _Gathering:
    """A transport that sends together what is written in one turn of the event loop.

    uvicorn writes the head and the body of a response one after the other. Sent separately, each would be a
    packet of its own, and the client would be woken for each.

    Attributes:
        is_reading: whether the protocol reads what comes.
        is_begun: whether a part of the response has been sent already.
    """

    def __init__(self, transport: asyncio.Transport, go_on: Callable[[], None]) -> None:
        self.is_reading = True
        self.is_begun = False
        self._transport = transport
        self._go_on = go_on
        self._parts: list[bytes] = []
        self._size = 0

    def write(self, data: bytes) -> None:
        if not self._parts:
            asyncio.get_running_loop().call_soon(self._send)
        self._parts.append(data)
        self._size += len(data)
        if self._size > _LOW:
            self._send()

    def is_waiting(self) -> bool:
        """Return whether something waits to be sent."""
        return bool(self._parts)

    def whole_response(self) -> bytes:
        """Return the response that waits to be sent; nothing if a part of it has been sent.

        The rest of an answer must not be kept: users choose what is in it, so it could look like a response.
        """
        return b"" if self.is_begun else b"".join(self._parts)

    def close(self) -> None:
        self._send()
        self._transport.close()

    def pause_reading(self) -> None:
        self.is_reading = False
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self.is_reading = True
        self._transport.resume_reading()
        asyncio.get_running_loop().call_soon(self._go_on)

    def _send(self) -> None:
        if self._parts and self._transport.is_closing():
            self._parts.clear()
            self._size = 0
        if self._parts:
            data = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
            self._parts.clear()
            self._size = 0
            self.is_begun = True
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
