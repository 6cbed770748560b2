"""The pool's end of the connection to a worker: send a query, receive the reply, measure, kill."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable

from cstokg.engine.workers import sandbox
from cstokg.engine.workers import worker as worker_process
from cstokg.engine.workers.fork_server_connection import Forked, ForkServer

_RECEIVED_AT_ONCE = 1 << 18
_LAST_MESSAGE_BYTES = 4096
# A process with this niceness gets a thirtieth of the processor time of one with 0.
_NICE = 15


class LostError(Exception):
    """A worker has died, or sent something that is not a reply."""


class WorkerConnection:
    """A worker process, as its pool sees it.

    Attributes:
        origin: the fork server that it comes from.
        client: whose query it has; None if that is urgent.
        long: whether its query has used the processor for long.
        displaced: whether it was stopped to make room for others.
        usable: whether it has answered, and can take the next query.
        on_death: called when it dies without a query.
        timer: for the next check of how long its query takes.
    """

    __slots__ = (
        "_chunks",
        "_clock",
        "_document_bytes",
        "_forked",
        "_future",
        "_limit",
        "_loop",
        "_missing",
        "_socket",
        "_started",
        "client",
        "displaced",
        "long",
        "on_death",
        "origin",
        "timer",
        "usable",
    )

    def __init__(self, forked: Forked, origin: ForkServer, limit: int) -> None:
        """Take over the descriptors; a reply with more bytes than the limit counts as a loss."""
        self.origin = origin
        self.client: str | None = ""
        self.long = self.displaced = self.usable = False
        self.timer: asyncio.TimerHandle | None = None
        self.on_death: Callable[[], None] | None = None
        self._forked = forked
        try:
            self._clock = sandbox.cpu_clock(forked.pid)
        except ProcessLookupError:
            self._clock = time.CLOCK_MONOTONIC  # it has died, and its socket will tell
        self._started = 0.0
        self._limit = limit
        self._future: asyncio.Future[tuple[bytes, bytes]] | None = None
        self._chunks: list[bytes] = []
        self._missing = self._document_bytes = 0
        self._socket = socket.socket(fileno=forked.connection)
        self._socket.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket, self._receive)

    async def ask(self, frame: bytes) -> tuple[bytes, bytes]:
        """Send a frame, and return the reply: its document and its body.

        Raises:
            LostError: the worker has died.
        """
        self._future = self._loop.create_future()
        self._started = self.cpu_seconds()
        try:
            try:
                sent = self._socket.send(frame)
            except BlockingIOError:
                sent = 0
            if sent < len(frame):
                await self._loop.sock_sendall(self._socket, memoryview(frame)[sent:])
        except OSError as error:
            self._future = None
            raise LostError from error
        return await self._future

    def seconds(self) -> float:
        """Return the seconds of processor time that the query has used."""
        return self.cpu_seconds() - self._started

    def cpu_seconds(self) -> float:
        """Return the seconds of processor time that the process has used since it was forked."""
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return 0.0  # it has died, and its socket will tell

    def wake(self) -> None:
        """Let the process go on if it was stopped from outside."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._forked.process, signal.SIGCONT)

    def give_way(self) -> None:
        """Let the process go on with a small share of the processor time where others need it."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self._forked.pid, _NICE)

    def yield_to_others(self) -> None:
        """Let the process go on with the processor time that others leave."""
        with contextlib.suppress(OSError):
            os.sched_setscheduler(self._forked.pid, os.SCHED_IDLE, os.sched_param(0))

    def messages(self) -> str:
        """Return what the process wrote before it died; it may be empty."""
        with contextlib.suppress(OSError):
            return os.pread(self._forked.messages, _LAST_MESSAGE_BYTES, 0).decode("utf-8", "replace")
        return ""

    def kill(self) -> None:
        """Kill the process and close its descriptors."""
        if self._socket.fileno() < 0:
            return
        self.on_death = None
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._forked.process, signal.SIGKILL)
        self._lose()
        self._socket.close()
        os.close(self._forked.process)
        os.close(self._forked.messages)

    def _receive(self) -> None:
        try:
            data = self._socket.recv(_RECEIVED_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not self._missing:
            head = worker_process.HEADER
            if self._future is None or len(data) < head.size:
                self._lose()
                return
            self._document_bytes, body_bytes = head.unpack_from(data)
            self._missing = head.size + self._document_bytes + body_bytes
            if self._missing > self._limit:
                self._lose()
                return
        self._missing -= len(data)
        self._chunks.append(data)
        if not data or self._missing < 0:
            self._lose()
        elif not self._missing:
            reply = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
            self._chunks.clear()
            start = worker_process.HEADER.size
            end = start + self._document_bytes
            future, self._future = self._future, None
            if future is not None and not future.done():
                future.set_result((reply[start:end], reply[end:]))

    def _lose(self) -> None:
        self._loop.remove_reader(self._socket)
        self._chunks.clear()
        if self._future is not None and not self._future.done():
            self._future.set_exception(LostError())
        elif self._future is None and self.on_death is not None:
            self.on_death()
