"""The pool's side of the fork server: start it, wait for its data, ask it for workers.

Little is imported here, so that the process starts early and loads the data while its parent imports
the rest.
"""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections import deque
from dataclasses import asdict, dataclass
from pathlib import Path

from cstokg.engine.loading.store import Source
from cstokg.errors import LoadError
from cstokg.settings import Limits

_PROGRAM = "from cstokg.engine.workers import worker; worker.load_and_fork()"
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
        warnings: what was not loaded exactly as it is written, with the name of the file.
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
            LoadError: the data cannot be loaded; the message says why.
        """
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._control, self._receive)
        reply, _ = await self._reply()
        description = json.loads(reply or b"{}")
        if "title" not in description:
            self.close()
            message = (
                "the process that loads the data died before it was done; if the data are large, allow them "
                "more memory with --data-memory"
            )
            raise LoadError(description.get("error", message))
        self.title, self.version = description["title"], description["version"]
        self.warnings = tuple(description["warnings"])
        self.release_version = description["release_version"]
        self.folder = Path(description["folder"]) if description["folder"] else None

    async def fork(self, port: int = 0) -> Forked:
        """Fork a worker and return it; with a port it may connect there and nowhere else.

        Raises:
            ForkServerLostError: no worker can be forked.
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
