"""The fork server: a process that loads the data once and forks the workers.

Only a process with a single thread may fork, and the server has many. So this one is started anew,
without a copy of anything, and speaks with the pool over one socket: a line of JSON when the data are
loaded; then for each message with a port (0 for none) it forks a worker and sends its process id, with
three descriptors: the worker's socket, a handle of the process, and the file with what it says when it
dies. It ends, and its workers with it, when the socket is closed. Workers share the data's memory with
it, page by page, until one is written.
"""

import asyncio
import contextlib
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NoReturn

from cstokg.engine.errors import LoadError
from cstokg.engine.loading import store
from cstokg.engine.loading.store import Loaded, Source
from cstokg.engine.workers import sandbox, worker
from cstokg.settings import Limits

_PROGRAM = "from cstokg.engine.workers import fork_server; fork_server.main()"
_MESSAGE_BYTES, _DESCRIPTORS = 65_536, 3
_END_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Forked:
    """A forked worker: its process id, and the descriptors of its socket, its process and its messages."""

    pid: int
    connection: int
    process: int
    messages: int


class ForkServerLostError(Exception):
    """The fork server is gone, or the system gives no more processes."""


class ForkServer:
    """The pool's side of a fork server.

    Attributes:
        title: of the data, in words.
        version: of the data; changes whenever an answer could.
        release_version: the one that the release states.
        folder: of the release; None for files.
        warnings: what was read otherwise than it is written, with the name of the file.
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        """Start the process; it loads the data in the background."""
        self.title = self.version = self.release_version = ""
        self.folder: Path | None = None
        self.warnings: tuple[str, ...] = ()
        self._control, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.setblocking(False)
        self._asked: deque[asyncio.Future[tuple[bytes, list[int]]]] = deque()
        order = json.dumps({"source": source.to_json(), "limits": asdict(limits), "parent": os.getpid()})
        command = [sys.executable, "-c", _PROGRAM, str(far_end.fileno()), order]
        with far_end:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command, pass_fds=(far_end.fileno(),), stdin=subprocess.DEVNULL if source.is_lasting else None
            )
        self._loop: asyncio.AbstractEventLoop | None = None

    async def loaded(self) -> None:
        """Wait until the data are loaded.

        Raises:
            LoadError: they cannot be; the message says why.
        """
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._control, self._receive)
        reply, _ = await self._reply()
        description = json.loads(reply or b"{}")
        if "title" not in description:
            self.close()
            message = "the process that loads the data died before it was done"
            raise LoadError(description.get("error", message))
        self.title, self.version = description["title"], description["version"]
        self.warnings = tuple(description["warnings"])
        self.release_version = description["release_version"]
        self.folder = Path(description["folder"]) if description["folder"] else None

    async def fork(self, port: int = 0) -> Forked:
        """Fork a worker and return it; with a port it may connect there and nowhere else.

        Raises:
            ForkServerLostError: there will be no worker.
        """
        try:
            self._control.send(str(port).encode())
        except OSError as error:
            raise ForkServerLostError("the process that forks workers is gone") from error
        message, descriptors = await self._reply()
        if len(descriptors) != _DESCRIPTORS:
            for descriptor in descriptors:
                os.close(descriptor)
            raise ForkServerLostError(message.decode("utf-8", "replace") or "the process that forks is gone")
        return Forked(int(message), *descriptors)

    def close(self) -> None:
        """End the process and every worker that it has forked."""
        if self._loop is not None:
            self._loop.remove_reader(self._control)
            self._loop = None
        self._control.close()
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=_END_SECONDS)
        self._fail()

    def _reply(self) -> "asyncio.Future[tuple[bytes, list[int]]]":
        """Return the future of the next message; messages come in the order in which they were asked for."""
        future = asyncio.get_running_loop().create_future()
        self._asked.append(future)
        return future

    def _receive(self) -> None:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, _MESSAGE_BYTES, _DESCRIPTORS)
        except BlockingIOError:
            return
        except OSError:
            message, descriptors = b"", []
        if not message:
            self._fail()
            if self._loop is not None:
                self._loop.remove_reader(self._control)
            return
        future = self._asked.popleft()
        if future.cancelled():
            for descriptor in descriptors:
                os.close(descriptor)
        else:
            future.set_result((message, descriptors))

    def _fail(self) -> None:
        while self._asked:
            future = self._asked.popleft()
            if not future.done():
                future.set_result((b"", []))


def _load(source: Source) -> Loaded:
    """Load the data in a thread that ends, and return them.

    A thread allocates from its own part of the memory. What loading leaves unused between the data is not
    used again, then: queries, which run in the main thread of a worker, would write there, and with each
    piece a whole page would be copied that all workers could share.
    """
    with ThreadPoolExecutor(1) as loader:
        return loader.submit(store.load, source).result()


def _threads_have_ended() -> bool:
    """Return whether this is the only thread of the process; wait a second for others to end."""
    # Python has done with a thread a moment before the system has.
    ends = time.monotonic() + 1
    while not (alone := sandbox.is_single_threaded()) and time.monotonic() < ends:
        time.sleep(0.0002)
    return alone


def main() -> NoReturn:
    """Load and fork until the socket closes; the descriptor and the order stand on the command line."""
    # A worker may open no file, so what one of them will need has to be imported before it is forked.
    import rapidfuzz.fuzz
    import rapidfuzz.process  # noqa: F401

    import cstokg.engine.rewriting.xpath_regex  # noqa: F401

    _, descriptor, content = sys.argv
    order = json.loads(content)
    sandbox.tie_to_parent(order["parent"])
    source, limits = store.Source.from_json(order["source"]), Limits(**order["limits"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to everyone; the pool decides
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system takes note of workers that end
    # A pool that goes before it has read all closes the socket in this way.
    with socket.socket(fileno=int(descriptor)) as control, contextlib.suppress(ConnectionError):
        try:
            with store.memory_limit(limits.data_memory):
                data = _load(source)
        except (LoadError, OSError, MemoryError) as error:
            control.send(json.dumps({"error": str(error) or "the data take too much memory"}).encode())
            os._exit(1)
        if not _threads_have_ended():
            control.send(b'{"error": "a library has started threads, so forking is unsafe"}')
            os._exit(1)
        gc.freeze()
        description = {
            "title": data.title,
            "version": data.version,
            "release_version": data.release_version,
            "folder": str(data.folder) if data.folder else None,
            "warnings": data.warnings,
        }
        control.send(json.dumps(description).encode())
        while message := control.recv(64):
            _fork(control, data, limits, int(message) or None)
    os._exit(0)


def _fork(control: socket.socket, data: Loaded, limits: Limits, port: int | None) -> None:
    try:
        pool_end, worker_end = socket.socketpair()
        messages = os.memfd_create("messages")
        parent = os.getpid()
        child = os.fork()
    except OSError as error:
        control.send(f"the system gives no process: {error}".encode())
        return
    if child == 0:
        worker.run(data, limits, worker_end.fileno(), messages, parent, port)
    try:
        handle = os.pidfd_open(child)
        socket.send_fds(control, [str(child).encode()], [pool_end.fileno(), handle, messages])
        os.close(handle)
    except ProcessLookupError as error:
        control.send(f"the worker has ended: {error}".encode())
    finally:
        os.close(messages)
        pool_end.close()
        worker_end.close()


if __name__ == "__main__":
    main()
