"""Servers in processes of their own, and what is sent to them, for tests."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

READY = re.compile(r"Serving (.+) on http://\S+/, SPARQL on (http://127\.0\.0\.1:\d+(?:/\w+)?/sparql)\n")
START_SECONDS = 60
REPLY_SECONDS = 30


@dataclass(frozen=True)
class Response:
    """A response: its status, its headers in lower case, its body."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Server:
    """A running server: what it serves, and where."""

    process: subprocess.Popen[str]
    title: str
    endpoint: str

    @property
    def port(self) -> int:
        """Return the port on which the server listens on loopback."""
        return urlsplit(self.endpoint).port or 0

    def send(
        self, method: str, target: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Response:
        """Send a request on a connection of its own, and return the response."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=REPLY_SECONDS)
        try:
            # A server may refuse a body before it has all of it; the refusal is there to be read.
            with suppress(BrokenPipeError):
                connection.request(method, target, body, headers or {})
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            return Response(response.status, found, response.read())
        finally:
            connection.close()

    def ask(self, sparql: str, accept: str = "text/csv", **parameters: str) -> Response:
        """Send a query by POST, and return the response."""
        body = urlencode({"query": sparql, **parameters}).encode("ascii")
        headers = {"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", "/sparql", body, headers)

    def connect(self) -> socket.socket:
        """Return a connection, to send anything."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=REPLY_SECONDS)

    def raw(self, sent: bytes) -> int:
        """Return the status of the response to any bytes; 0 where the connection is closed without one."""
        with self.connect() as connection:
            connection.sendall(sent)
            try:
                received = connection.recv(65536)
            except ConnectionError:
                return 0
            return int(received.split(b" ", 2)[1]) if received else 0


@contextmanager
def serving(*options: str | Path, within: tuple[str, ...] = ()) -> Iterator[Server]:
    """Yield a server on a free port, run within another command such as prlimit; stopped at the end."""
    command = [*within, sys.executable, "-m", "cstokg", "serve", "--port", "0", *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            ready = READY.fullmatch(process.stdout.readline())
            assert ready, process.stderr and process.stderr.read()
            watchdog.cancel()
            yield Server(process, ready[1], ready[2])
        finally:
            watchdog.cancel()
            process.terminate()
            process.wait(timeout=START_SECONDS)


def descendants(pid: int) -> list[tuple[int, str]]:
    """Return the process ids and command lines of all descendants of a process."""
    children = _children()
    found: list[tuple[int, str]] = []
    waiting = children[pid]
    while waiting:
        child = waiting.pop()
        with suppress(OSError):
            found.append((child, _command_line(child)))
            waiting += children[child]
    return found


def fork_server(server: Server) -> int:
    """Return the process id of the fork server, which is the child of the main process."""
    return _fork_servers(server, _children())[0]


def evaluating(server: Server) -> list[int]:
    """Return the process ids of the workers: the children of the fork servers."""
    children = _children()
    return [worker for pid in _fork_servers(server, children) for worker in children[pid]]


@contextmanager
def workers_stopped(server: Server) -> Iterator[None]:
    """Stop the workers for the time of a block, so that their queries last and take no processor."""
    pids = evaluating(server)
    _signal(pids, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: list[int], number: signal.Signals) -> None:
    """Send a signal to those of the processes that have not ended."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _fork_servers(server: Server, children: dict[int, list[int]]) -> list[int]:
    """Return the process ids of the fork servers; there are two while new data are being loaded."""
    found = []
    for pid in children[server.process.pid]:
        with suppress(OSError):
            found += [pid] if "load_and_fork" in _command_line(pid) else []
    return found


def _children() -> dict[int, list[int]]:
    """Return the process ids of the children of every process."""
    children: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(stat.read_bytes().rpartition(b")")[2].split()[1])
            children[parent].append(int(stat.parent.name))
    return children


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
