"""Serve an engine over HTTP with granian: one process with threads, and workers that evaluate."""

import contextlib
import ctypes
import errno
import multiprocessing
import os
import queue
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from cstokg import manifest
from cstokg.engine import Engine
from cstokg.engine.processes import Nursery
from cstokg.engine.store import Source
from cstokg.errors import CstokgError
from cstokg.limits import Limits
from cstokg.questions import Question, from_json
from cstokg.web import create_app
from cstokg.web.clients import Patience
from cstokg.web.conduct import Conduct
from cstokg.web.monitoring import Watch
from cstokg.web.protocol import BODY_LIMIT
from cstokg.web.sparql import CANCELLED, PATH

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

QUESTIONS_FILE = "questions.json"

_SPARE_THREADS = 16  # besides those that wait for workers and for slow clients
_SLOW_CLIENTS = 16
_SWITCH_SECONDS = 0.0005  # beside a busy thread a light query waits this long, not ten times that
_STOP_SECONDS = 10
_START_SECONDS = 10
_POLL_SECONDS = 0.005
_LOOK_SECONDS = 1.0
# M_ARENA_MAX, and M_MMAP_THRESHOLD, which would grow by itself, from malloc.h.
_MALLOC = ((-8, 2), (-3, 1 << 18))


class ServeError(CstokgError):
    """The server cannot listen where it was told to; the message names the address."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to serve, where, with which limits and how.

    Articles is the folder of the articles' texts; services are the endpoints that queries may call.
    """

    source: Source
    host: str
    port: int
    limits: Limits
    articles: Path | None = None
    conduct: Conduct = field(default_factory=Conduct)
    services: tuple[str, ...] = ()


class Site:
    """A WSGI callable: the application about the data that the engine has now."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        """Make the application, and another whenever the data are replaced."""
        self._settings = settings
        self._watch = Watch(settings.conduct)  # counts on when the data are replaced
        self.engine = engine
        self.app = self._made()
        engine.on_change(self._renew)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The response to a request."""
        return self.app(environ, start_response)

    def _made(self) -> Flask:
        folder, articles = self.engine.folder, self._settings.articles
        if folder is None:
            return create_app(self.engine, articles=articles, watch=self._watch)
        release = manifest.load(folder) if manifest.is_id(folder.name) else None
        return create_app(
            self.engine, questions(folder), release=release, articles=articles, watch=self._watch
        )

    def _renew(self) -> None:
        self.app = self._made()


class _Server(MPServer):
    """granian with one serving process, which is told of SIGHUP instead of being replaced."""

    def __init__(self, settings: Settings, nursery: Nursery) -> None:
        threads = settings.limits.workers + settings.limits.long_workers + settings.limits.queue
        super().__init__(
            "cstokg",
            address=settings.host,
            port=settings.port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=threads + settings.limits.service_workers + _SLOW_CLIENTS + _SPARE_THREADS,
            websockets=False,
            log_level=LogLevels.error,
            respawn_failed_workers=True,
            workers_kill_timeout=_STOP_SECONDS,
        )
        self._settings = settings
        self._nursery: Nursery | None = nursery

    def run(self) -> None:
        """Serve until told to stop."""
        self.serve(target_loader=self._load, wrap_loader=False)

    def _spawn_workers(self, *arguments: object) -> None:
        super()._spawn_workers(*arguments)  # type: ignore[no-untyped-call]
        if self._nursery is not None:
            # It belongs to the process that serves, and ends when that one does.
            self._nursery.disown()
            self._nursery = None

    def signal_handler_reload(self, *_: object) -> None:
        for worker in self.wrks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.inner.pid, signal.SIGHUP)

    def _load(self) -> Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]:
        return _load(self._settings, self._nursery)


def serve(settings: Settings, nursery: Nursery) -> None:
    """Nothing, after serving until SIGTERM or SIGINT; says on standard output when it is ready.

    Port 0 stands for any free one. The nursery has been started for the same source and limits.

    Raises:
        ServeError: the address is taken or is not of this machine.
        LoadError: the source cannot be loaded.
    """
    port = free_port(settings.host, settings.port)
    nursery.wait()
    # Everything is loaded once; this process has a single thread.
    multiprocessing.set_start_method("fork", force=True)
    _Server(replace(settings, port=port), nursery).run()


def free_port(host: str, port: int) -> int:
    """The port itself, or a free one for 0.

    Raises:
        ServeError: the port is taken, or the host is not of this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} of {host} is taken; choose another with --port, or 0 for a free one"
        else:
            message = f"cannot listen on port {port} of {host}: {error.strerror or error}"
        raise ServeError(message) from None


def questions(release: Path) -> Sequence[Question]:
    """The saved questions of a release; none where it has no file of them."""
    try:
        return from_json((release / QUESTIONS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()


def _load(
    settings: Settings, nursery: Nursery | None
) -> Callable[["WSGIEnvironment", "StartResponse"], Iterable[bytes]]:
    """The application, in the process that serves."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _return_memory()
    try:
        engine = Engine.isolated(settings.source, settings.limits, nursery, settings.services)
        site = Site(settings, engine)
    except CstokgError as error:
        _tell(f"Error: {error}")
        sys.exit(1)
    hangups: queue.SimpleQueue[None] = queue.SimpleQueue()
    signal.signal(signal.SIGHUP, lambda *_: hangups.put(None))
    for target, arguments in ((_follow, (engine, settings.source, hangups)), (_announce, (settings, engine))):
        threading.Thread(target=target, args=arguments, daemon=True).start()
    return Patience(site, CANCELLED, BODY_LIMIT, _SLOW_CLIENTS)


def _return_memory() -> None:
    """Have the C library give large blocks back at once: many threads handle large answers now and then."""
    with contextlib.suppress(AttributeError):  # another C library has no such function, and no such need
        for parameter, value in _MALLOC:
            ctypes.CDLL(None).mallopt(parameter, value)


def _follow(engine: Engine, source: Source, hangups: "queue.SimpleQueue[None]") -> None:
    """Reload after each SIGHUP, and when the link to the current release points elsewhere."""
    seen = engine.folder
    while True:
        told = True
        try:
            hangups.get(timeout=_LOOK_SECONDS)
        except queue.Empty:
            told = False
        current = source.release.resolve() if engine.folder else None
        if not told and current == seen:
            continue
        seen = current
        try:
            if engine.reload():
                _tell(f"Now serving {engine.title}")
        except CstokgError as error:
            _tell(f"Error: {error}\nStill serving {engine.title}")


def _announce(settings: Settings, engine: Engine) -> None:
    """Print a line once connections are taken: granian has no hook for that moment."""
    host, port = settings.host, settings.port
    shown = f"[{host}]" if ":" in host else host
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            print(f"Serving {engine.title} on http://{shown}:{port}{PATH}", flush=True)  # noqa: T201
            return
        time.sleep(_POLL_SECONDS)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - this process has no click
