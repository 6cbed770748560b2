"""The pool's side of other processes: start a nursery, get workers from it, ask one, end it."""

import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

from cstokg.engine import nursery, wire
from cstokg.engine.errors import LoadError
from cstokg.engine.store import Source
from cstokg.engine.wire import LostError
from cstokg.limits import Limits

SLICE = 0.02
"""Seconds between two looks at the clock while a worker is busy."""

_PROGRAM = "from cstokg.engine import nursery; nursery.main()"
_SEND_SECONDS = 2
_FORK_SECONDS = 10
_LAST_WORDS_BYTES = 4096
_NICE = 15
_CPUCLOCK_SCHED = 2  # with the process id makes a clock: linux/posix-timers.h
_MESSAGE_BYTES, _DESCRIPTORS = 256, 3


class Worker:
    """A worker process, as its pool holds it.

    Attributes:
        pid: its process id.
        nursery: which data it has.
        long: whether its query has been running for long.
        usable: whether it has answered and can go on.
    """

    __slots__ = ("_before", "_errors", "_process", "_socket", "long", "nursery", "pid", "usable")

    def __init__(self, pid: int, connection: int, process: int, errors: int, origin: "Nursery") -> None:
        """Take over the three descriptors."""
        self.pid = pid
        self.nursery = origin
        self._before = 0.0
        self.long = False
        self.usable = False
        self._process = process
        self._errors = errors
        self._socket = socket.socket(fileno=connection)
        # A receive that returns by itself costs one system call, a poll before it another.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(SLICE))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(_SEND_SECONDS))

    @property
    def seconds(self) -> float:
        """How long it has been computing for its query: others that compute do not make this longer."""
        return self._clock() - self._before

    def send(self, frame: bytes) -> None:
        """Give it a query.

        Raises:
            LostError: it is dead.
        """
        self._before = self._clock()
        try:
            self._socket.sendall(frame)
        except OSError:
            raise LostError from None

    def receive(self, reply: wire.Reply, seconds: float) -> bool:
        """Whether its reply is complete; it is waited for about a slice, and no longer than these seconds.

        Raises:
            LostError: it has died.
        """
        try:
            if seconds < SLICE and not _readable(self._socket, max(0.0, seconds)):
                return False
            return reply.feed(self._socket.recv(reply.wanted))
        except BlockingIOError:
            return False
        except OSError:
            raise LostError from None

    def yield_to_others(self) -> None:
        """Let it go on with what the processor has left."""
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, self.pid, _NICE)

    def _clock(self) -> float:
        """The processor's time that it has used."""
        try:
            return time.clock_gettime(~self.pid << 3 | _CPUCLOCK_SCHED)
        except OSError:
            return 0.0  # it has died, and will be found so

    def last_words(self) -> str:
        """What it wrote before it died, which may be nothing."""
        with contextlib.suppress(OSError):
            return os.pread(self._errors, _LAST_WORDS_BYTES, 0).decode("utf-8", "replace")
        return ""

    def kill(self) -> None:
        """End it at once, whatever it does, and let go of it."""
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(self._process, signal.SIGKILL)
        self._socket.close()
        for descriptor in (self._process, self._errors):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._process = self._errors = -1


class Nursery:
    """A process that has loaded the data and forks workers.

    Attributes:
        title: of the data, in words.
        version: of the data.
        release_version: the one that the release states.
        folder: of the release.
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        """Start the process; its data are there when ``wait`` returns."""
        self.title = self.version = self.release_version = ""
        self.folder: Path | None = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-c", _PROGRAM, str(theirs.fileno()), nursery.order(source, limits)]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command,
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL if source.is_lasting else None,
                start_new_session=False,
            )
        self._lock = threading.Lock()

    def wait(self) -> "Nursery":
        """The nursery itself, once it has loaded the data; may be called again.

        Raises:
            LoadError: it cannot; the message says why.
        """
        if self.title:
            return self
        try:
            told = json.loads(self._control.recv(nursery.MESSAGE_BYTES) or b"{}")
        except OSError:
            told = {}
        if "title" not in told:
            self.close()
            raise LoadError(told.get("error", "the process that loads the data died while it did"))
        self.title, self.version = told["title"], told["version"]
        self.release_version = told["release_version"]
        self.folder = Path(told["folder"]) if told["folder"] else None
        self._control.settimeout(_FORK_SECONDS)
        return self

    def worker(self, port: int = 0) -> Worker:
        """A new worker; with a port it may connect there and nowhere else.

        Raises:
            LostError: the nursery is dead, or the system gives no more processes.
        """
        try:
            with self._lock:
                self._control.send(str(port).encode())
                message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE_BYTES, _DESCRIPTORS)
        except OSError:
            raise LostError("the process that forks workers does not answer") from None
        if len(descriptors) != _DESCRIPTORS:
            raise LostError(message.decode("utf-8", "replace") or "the process that forks workers is gone")
        connection, process, errors = descriptors
        return Worker(int(message), connection, process, errors, self)

    def disown(self) -> None:
        """Leave it to the process that was forked from this one and has a copy of the socket."""
        self._control.close()
        # It stays a child of this one, which has to take note of its end.
        signal.signal(signal.SIGCHLD, lambda *_: self._process.poll())

    def close(self) -> None:
        """End it and every worker that it has forked."""
        self._control.close()
        with contextlib.suppress(OSError):
            self._process.kill()
        # It may be the child of the process that this one was forked from.
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            self._process.wait(timeout=_SEND_SECONDS)


def _timeval(seconds: float) -> bytes:
    return struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))


def _readable(connection: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(max(0, round(seconds * 1000))))
