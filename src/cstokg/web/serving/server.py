"""Serve an engine over HTTP: uvicorn in this process, a fork server and its workers beside it."""

import asyncio
import ctypes
import errno
import resource
import signal
import socket
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cstokg.engine.engine import Engine
from cstokg.engine.loading.store import Source
from cstokg.engine.workers import sandbox
from cstokg.engine.workers.fork_server_connection import ForkServer
from cstokg.engine.workers.pool import Pool
from cstokg.errors import CstokgError
from cstokg.settings import Limits, Serving
from cstokg.web.asgi_app import Application
from cstokg.web.serving.connections import Connections
from cstokg.web.serving.sparql_protocol import PATH

if TYPE_CHECKING:
    from cstokg.engine.backend import Backend

_SWITCH_SECONDS = 0.0005  # how long a light query waits for a busy thread; Python's default is ten times that
_CHECK_SECONDS = 1.0  # between two checks of which release is the current one
_LONGEST_PAUSE = 60.0
_STOP_SECONDS = 5
_BACKLOG = 2048
_SEND_BUFFER = 262_144  # bytes that the system keeps for a client that reads slowly
_M_MMAP_THRESHOLD, _LARGE_BLOCK = -3, 131_072  # bytes; see mallopt(3)
_OTHER_FILES, _FEWEST_CONNECTIONS = 96, 8  # open files for workers, pages and downloads; connections at least
_FOR_EVER = 86_400  # seconds; connections have limits of their own


class ServeError(CstokgError):
    """The server cannot listen at its address; the message names the address."""


@dataclass(frozen=True, slots=True)
class Options:
    """What to serve, where, and by which settings.

    Attributes:
        source: the data; empty if there is a backend.
        host: where to listen.
        port: the port there; 0 for any free one.
        limits: the limits on queries.
        serving: the settings of the server.
        articles: the folder of the articles' texts.
        services: the endpoints that queries may call.
        backend: the endpoint of a server that answers queries instead of an engine.
        release: the folder of the release that this server holds.
    """

    source: Source
    host: str
    port: int
    limits: Limits = field(default_factory=Limits)
    serving: Serving = field(default_factory=Serving)
    articles: Path | None = None
    services: tuple[str, ...] = ()
    backend: str = ""
    release: Path | None = None


def serve(options: Options, fork_server: ForkServer) -> None:
    """Serve until SIGTERM or SIGINT; say on standard output when the server is ready.

    The fork server has been started for the same source and limits.

    Raises:
        ServeError: the address is taken, or does not belong to this machine.
        LoadError: the source cannot be loaded.
        AccessLogError: the access log cannot be written.
    """
    with (
        listen(options.host, options.port) as listener,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_serve(options, fork_server, listener))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at an address; port 0 stands for any free one.

    Raises:
        ServeError: the port is taken, or the host does not belong to this machine.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
            listener.setblocking(False)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"port {port} of {host} is taken; choose another with --port, or 0 for a free one"
        else:
            message = f"cannot listen on port {port} of {host}: {error.strerror or error}"
        raise ServeError(message) from None
    return listener


def _return_memory() -> None:
    """Make glibc give large blocks back to the system as soon as they are freed.

    By default it raises the size from which it does so, up to 32 MB, and keeps smaller answers between small
    blocks; after a day, a server then has half as much memory again as at its start.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries do not have or need it
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


async def _serve(options: Options, fork_server: ForkServer, listener: socket.socket) -> None:
    sys.setswitchinterval(_SWITCH_SECONDS)
    _return_memory()
    serving = replace(options.serving, connections=_allow_descriptors(options.serving.connections))
    pool = Pool(options.source, options.limits, options.services)
    evaluator: Pool | Backend = pool
    loop = asyncio.get_running_loop()
    try:
        await pool.start(fork_server)
        if options.backend and options.release:
            # Imported only here, because it takes time and few servers have a backend.
            from cstokg.engine import backend

            evaluator = backend.Backend(options.backend, options.release, pool, options.limits)
        engine = Engine(evaluator, options.limits, options.services, loop)
        app = Application(engine, serving, options.articles)
        connections = Connections(serving)
        app.gauges = lambda: {
            "connections": len(connections),
            **{f"connections_ended_{cause.replace(' ', '_')}": n for cause, n in connections.ended.items()},
        }
        connections.version = lambda: engine.version
        server = uvicorn.Server(
            uvicorn.Config(
                connections.around(app),
                http=connections.protocol(HttpToolsProtocol),  # type: ignore[arg-type]
                loop="asyncio",
                ws="none",
                lifespan="off",
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_level="critical",
                timeout_keep_alive=_FOR_EVER,
                timeout_graceful_shutdown=_STOP_SECONDS,
            )
        )
        hangup = asyncio.Event()
        loop.add_signal_handler(signal.SIGHUP, hangup.set)
        following = loop.create_task(_follow(engine, options.release or options.source.release, hangup))
        announcing = loop.create_task(_announce(server, engine, app, listener))
        # When uvicorn is done, it raises again the signal that ended it.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        try:
            await server.serve(sockets=[listener])
        finally:
            following.cancel()
            announcing.cancel()
            app.close()
    finally:
        await evaluator.close()


def _allow_descriptors(connections: int) -> int:
    """Allow as many open files as the connections need, and return for how many connections they suffice."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections * 2 + 256
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return connections
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return min(connections, max(_FEWEST_CONNECTIONS, allowed - _OTHER_FILES))


async def _follow(engine: Engine, release: Path, hangup: asyncio.Event) -> None:
    """Reload after each SIGHUP, and when the link to the current release points elsewhere."""
    served, pause = engine.folder, _CHECK_SECONDS
    while True:
        signalled = True
        try:
            async with asyncio.timeout(pause):
                await hangup.wait()
        except TimeoutError:
            signalled = False
        hangup.clear()
        try:
            current = release.resolve(strict=True) if engine.folder else None
            if not signalled and current == served:
                continue
            if await engine.reload():
                _print_error(f"Now serving {engine.title}")
            served, pause = current, _CHECK_SECONDS
        except (CstokgError, OSError, RuntimeError) as error:
            # It may succeed later, for example when a release has been copied completely.
            _print_error(f"Error: {error}\nStill serving {engine.title}; trying again in {pause:g} s")
            pause = min(2 * pause, _LONGEST_PAUSE)


async def _announce(
    server: uvicorn.Server, engine: Engine, app: Application, listener: socket.socket
) -> None:
    """Print a line once the server accepts connections; then load the pages, so that queries need not wait.

    Programs that start a server read its address after the last " on " of that line.
    """
    while not server.started:
        await asyncio.sleep(0.001)
    host, port = listener.getsockname()[:2]
    base_path = app.settings.base_path.rstrip("/")
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{port}{base_path}"
    print(f"Serving {engine.title} on {address}/, SPARQL on {address}{PATH}", flush=True)  # noqa: T201
    for line in engine.warnings:
        _print_error(f"Warning: {line}")
    if not sandbox.is_complete():
        _print_error(f"Warning: {sandbox.describe()}")
    try:
        await app.pages.release()
    except CstokgError as error:
        _print_error(f"Error: {error}")


def _print_error(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - this process does not import click
