"""The clients behind the requests: whether they are still there, and whether they ever say it all.

granian hands a request over without its connection. It is among the open sockets of this process,
and known by when it last received: the request came in then, and nothing was sent since.
"""

import contextlib
import io
import os
import select
import socket
import stat
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Offsets of tcpi_last_data_sent and tcpi_last_data_recv in struct tcp_info, linux/tcp.h.
_TIMES = struct.Struct("=44xI4xI")
_TOLERANCE = 0.02  # seconds; the kernel counts in steps of up to 0.01
_LATE = 3.0  # seconds that a request may lie there on a busy machine before anybody takes it up
_LOOK = 1.0  # seconds between two looks at clients that send slowly
_INTERVAL = 0.05  # seconds between two looks at a client that waits
_GONE = select.POLLRDHUP | select.POLLHUP | select.POLLERR


class Presence:
    """Says whether the client of one request has gone.

    In doubt it is there: when the connection cannot be told from others, or the client has sent more.
    """

    __slots__ = ("_address", "_found", "_gone", "_looked", "_next", "_since")

    def __init__(self, address: str) -> None:
        """Make it when the request comes in; it costs nothing until it is asked."""
        self._address = address
        self._since = time.monotonic()
        self._found: list[socket.socket] | None = None
        self._gone = False
        self._looked = 0.0
        self._next = _INTERVAL

    def __call__(self) -> bool:
        """Whether nobody waits for the response any more; cheap, however often it is asked."""
        waited = self.seconds
        if self._gone or waited < self._next:
            return self._gone
        self._next = waited + _INTERVAL
        if self._found is None or len(self._found) != 1:
            # Of several that came in together the others may have been answered by now.
            self.forget()
            self._next = 2 * waited + _INTERVAL
            self._found = _come(
                waited,
                (
                    (connection.dup(), received)
                    for connection, sent, received in _connections(self._address)
                    if received <= sent
                ),
            )
        self._gone = all(map(_is_closed, self._found)) if self._found else _is_lost(waited)
        return self._gone

    @property
    def seconds(self) -> float:
        """How long ago the request came in."""
        return time.monotonic() - self._since

    def cut(self, others: int) -> None:
        """End the connection of a client that has not sent all, if it can be told from others.

        Such a one has been silent since, or is still sending: a client that waits for a response does
        neither, but one that came at the same moment looks the same.

        Args:
            others: how many more clients at this address are slow since about the same time.
        """
        waited = self.seconds
        since_look, self._looked = waited - self._looked if self._looked else 0.0, waited
        silent = []
        for connection, sent, received in _connections(self._address):
            if sent + _TOLERANCE < waited:
                continue
            if received < since_look - _TOLERANCE:
                connection.shutdown(socket.SHUT_RDWR)
            else:
                silent.append((connection.dup(), received))
        come = _come(waited, silent)
        for connection in come:
            with connection:
                if len(come) <= others + 1:
                    connection.shutdown(socket.SHUT_RDWR)

    def came_with(self, other: "Presence") -> bool:
        """Whether two requests came from one address at about the same time."""
        return self._address == other._address and abs(self._since - other._since) < _TOLERANCE  # noqa: SLF001

    def forget(self) -> None:
        """Let go of the connection."""
        for connection in self._found or ():
            connection.close()
        self._found = None


class Patience:
    """A WSGI callable that reads what clients send before the application starts, and not for ever.

    A client that sends slowly takes a thread. Only so many may, for so long: then its connection is
    cut. The application sees bodies that are there; one that is cut short is refused.
    """

    def __init__(
        self, application: "WSGIApplication", present: str, most: int, readers: int = 16, seconds: float = 10
    ) -> None:
        """Stand before an application.

        Args:
            application: gets the requests.
            present: the name in the WSGI environment under which it finds the ``Presence``.
            most: the bytes of a body that are read; a longer one goes to the application unread.
            readers: how many bodies are read at once.
            seconds: how long one may take.
        """
        self._application = application
        self._present = present
        self._most = most
        self._free = threading.BoundedSemaphore(readers)
        self._seconds = seconds
        self._reading: set[Presence] = set()
        self._watch = threading.Event()
        threading.Thread(target=self._cut_slow_ones, name="slow clients", daemon=True).start()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The response to a request."""
        presence = environ[self._present] = Presence(environ.get("REMOTE_ADDR", ""))
        try:
            if "HTTP_TRANSFER_ENCODING" in environ or environ.get("CONTENT_LENGTH", "0") not in ("0", ""):
                problem = self._read(environ, presence)
                if problem:
                    start_response(problem, [("Content-Type", "text/plain"), ("Retry-After", "10")])
                    return [f"{problem}\n".encode()]
            return self._application(environ, start_response)
        finally:
            presence.forget()

    def _read(self, environ: "WSGIEnvironment", presence: Presence) -> str:
        """The status of a refusal; nothing where the body has been read or is not for reading."""
        length = environ.get("CONTENT_LENGTH", "")
        if length and (not length.isdecimal() or int(length) > self._most):
            return ""
        if not self._free.acquire(blocking=False):
            return "503 Too many clients send slowly"
        self._reading.add(presence)
        self._watch.set()
        try:
            body = environ["wsgi.input"].read(int(length) if length else self._most + 1)
        finally:
            self._reading.discard(presence)
            self._free.release()
        if length and len(body) < int(length):
            return "400 The body is shorter than its Content-Length"
        environ["wsgi.input"] = io.BytesIO(body)
        return ""

    def _cut_slow_ones(self) -> None:
        while self._watch.wait():
            time.sleep(_LOOK)
            if not self._reading:
                self._watch.clear()
            for presence in tuple(self._reading):
                if presence.seconds > self._seconds:
                    alike = sum(map(presence.came_with, tuple(self._reading)))
                    presence.cut(others=alike - 1)


def _is_lost(waited: float) -> bool:
    """Whether no connection is left to which nothing was sent for about so long.

    A connection that its client closes is gone from this process before a busy machine first looks.
    An interim response may have been sent since, so this takes its time; and where the system counts
    no times, it says nothing.
    """
    times = [(sent, received) for _, sent, received in _connections()]
    return (
        waited > 2 * _LATE
        and any(sent or received for sent, received in times)
        and all(sent < waited - _LATE for sent, _ in times)
    )


def _come(waited: float, connections: Iterable[tuple[socket.socket, float]]) -> list[socket.socket]:
    """Those whose request came so long ago; all that may have come then, if it was taken up late.

    The others are closed.
    """
    given = list(connections)
    late = [(received - waited, connection) for connection, received in given]
    chosen = [connection for delay, connection in late if abs(delay) < _TOLERANCE]
    chosen = chosen or [connection for delay, connection in late if -_TOLERANCE < delay < _LATE]
    for connection, _ in given:
        if connection not in chosen:
            connection.close()
    return chosen


def _connections(address: str = "") -> Iterator[tuple[socket.socket, float, float]]:
    """Copies of the connections from an address, or any, with the seconds since each sent and received."""
    for descriptor in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208 - their names, and quickly
        with contextlib.suppress(OSError, struct.error):
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            with socket.socket(fileno=os.dup(descriptor)) as connection:
                if connection.family not in (socket.AF_INET, socket.AF_INET6):
                    continue
                if connection.getpeername()[0] != address and address:
                    continue
                times = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TIMES.size)
                sent, received = _TIMES.unpack(times)
                yield connection, sent / 1000, received / 1000


def _is_closed(connection: socket.socket) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return any(event & _GONE for _, event in poll.poll(0))
