"""Serve an engine over HTTP with granian: one process, a few threads, until it is told to stop."""

import contextlib
import errno
import socket
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from cstokg import manifest
from cstokg.engine import Engine
from cstokg.errors import CstokgError
from cstokg.questions import Question, from_json
from cstokg.web import create_app
from cstokg.web.sparql import PATH

THREADS = 4
QUESTIONS_FILE = "questions.json"

_SWITCH_SECONDS = 0.0005  # beside a busy thread a light query waits this long, not ten times that
_STOP_SECONDS = 10
_START_SECONDS = 10
_POLL_SECONDS = 0.005


class ServeError(CstokgError):
    """The server cannot listen where it was told to; the message names the address."""


@dataclass(frozen=True, slots=True)
class Source:
    """What to serve: a release, or else files with a plain or union default graph.

    ``articles`` is a folder with the articles' texts, if pages may show passages from them.
    """

    release: Path
    files: tuple[Path, ...] = ()
    default_graph: Literal["plain", "union"] = "plain"
    articles: Path | None = None


def serve(source: Source, host: str, port: int) -> None:
    """Nothing, after serving until SIGTERM or SIGINT; says on standard output when it is ready.

    Port 0 stands for any free one.

    Raises:
        ServeError: the address is taken or is not of this machine.
        SystemExit: the source cannot be loaded; standard error says why.
    """
    port = free_port(host, port)
    server = Granian(
        "cstokg",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
        workers_kill_timeout=_STOP_SECONDS,
    )
    server.serve(target_loader=partial(_load, source, host, port), wrap_loader=False)


def load(source: Source) -> tuple[Engine, Flask]:
    """The engine of a source, and the application over it.

    Raises:
        LoadError: the source cannot be loaded.
        ReleaseError: the release is not whole.
    """
    if source.files:
        engine = Engine.from_files(source.files, source.default_graph)
        return engine, create_app(engine, articles=source.articles)
    engine = Engine.from_release(source.release)
    release = manifest.load(source.release) if (source.release / manifest.MANIFEST).is_file() else None
    return engine, create_app(engine, _questions(source.release), release=release, articles=source.articles)


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


def _load(source: Source, host: str, port: int) -> Flask:
    """Load in the process that serves, so that nothing is loaded twice."""
    sys.setswitchinterval(_SWITCH_SECONDS)
    try:
        engine, app = load(source)
    except CstokgError as error:
        print(f"Error: {error}", file=sys.stderr, flush=True)  # noqa: T201 - this process has no click
        sys.exit(1)
    shown = f"[{host}]" if ":" in host else host
    line = f"Serving {engine.title} on http://{shown}:{port}{PATH}"
    threading.Thread(target=_announce, args=(host, port, line), daemon=True).start()
    return app


def _announce(host: str, port: int, line: str) -> None:
    """Print a line once connections are taken: granian has no hook for that moment."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
            print(line, flush=True)  # noqa: T201 - this process has no click
            return
        time.sleep(_POLL_SECONDS)


def _questions(release: Path) -> Sequence[Question]:
    path = release / QUESTIONS_FILE
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
