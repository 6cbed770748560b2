"""Servers to measure, each in processes of its own: ours, Oxigraph's own, rdflib-endpoint.

The peers come from PyPI into a virtual environment of their own, never into the project's.
"""

import json
import os
import socket
import subprocess
import sys
import time
import venv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO
from urllib.parse import quote, urlsplit

import psutil

PACKAGES = ("oxigraph==0.5.13", "rdflib-endpoint==0.6.3", "uvicorn==0.54.0")
JSON = "application/sparql-results+json"
START_SECONDS = 60
LOAD_SECONDS = 600
POLL_SECONDS = 0.005

Rows = Counter[frozenset[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Peer:
    """A running server."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    first_answer_seconds: float  # from the command to an answer to a query over the data

    @property
    def port(self) -> int:
        """Where it listens on loopback."""
        return urlsplit(self.url).port or 0

    def ask(self, sparql: str, timeout: float = LOAD_SECONDS) -> tuple[int, bytes]:
        """Send a query by GET, and return the status and the answer as JSON."""
        address = urlsplit(self.url)
        connection = HTTPConnection(address.hostname or "", address.port, timeout=timeout)
        try:
            connection.request(
                "GET", f"{address.path}?query={quote(sparql, safe='')}", headers={"Accept": JSON}
            )
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def rows(self, sparql: str) -> Rows:
        """Return the rows of a SELECT, in any order, with their terms as text.

        Raises:
            SystemExit: The query is not answered with 200.
        """
        status, body = self.ask(sparql)
        if status != 200:
            raise SystemExit(f"{self.name}: {status} {body[:500].decode(errors='replace')}")
        bindings = json.loads(body)["results"]["bindings"]
        return Counter(frozenset((name, _text(term)) for name, term in row.items()) for row in bindings)

    def tree(self) -> list[psutil.Process]:
        """Return its processes."""
        try:
            main = psutil.Process(self.process.pid)
            return [main, *main.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def pss(self) -> int:
        """Return the memory of all its processes in bytes, shared pages counted once."""
        total = 0
        for process in self.tree():
            with suppress(psutil.Error):
                total += process.memory_full_info().pss
        return total

    def cpu_seconds(self) -> float:
        """Return the seconds that its processes have worked, and those of them that have ended."""
        total = 0.0
        for process in self.tree():
            with suppress(psutil.Error):
                total += sum(process.cpu_times()[:4])
        return total

    @contextmanager
    def asleep(self) -> Iterator[None]:
        """Stop its processes inside the block, so that they do not disturb another server's measurement."""
        for process in self.tree():
            with suppress(psutil.Error):
                process.suspend()
        try:
            yield
        finally:
            for process in self.tree():
                with suppress(psutil.Error):
                    process.resume()


def install(folder: Path) -> Path:
    """Install the peers from PyPI unless they are there, and return the folder of their commands.

    Raises:
        subprocess.CalledProcessError: pip failed.
    """
    commands, stamp = folder / "bin", folder / "installed.txt"
    packages = "\n".join(PACKAGES)
    if not stamp.exists() or stamp.read_text(encoding="ascii") != packages:
        venv.create(folder, with_pip=True)
        pip = [str(commands / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True)  # noqa: S603
        stamp.write_text(packages, encoding="ascii")
    return commands


def cache() -> Path:
    """Return where peers and generated data are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cstokg-benchmarks"


@contextmanager
def ours(probe: str, *options: str | Path) -> Iterator[Peer]:
    """Yield the server of this project."""
    port = free_port()
    command = [sys.executable, "-m", "cstokg", "serve", "--port", str(port), *map(str, options)]
    with _started("cstokg", command, f"http://127.0.0.1:{port}/sparql", probe) as peer:
        yield peer


@contextmanager
def oxigraph(probe: str, commands: Path, quads: Path, merged: Path | None = None) -> Iterator[Peer]:
    """Yield Oxigraph's own server with N-Quads in memory, and N-Triples in its default graph."""
    port = free_port()
    command = [str(commands / "oxigraph"), "serve", "--bind", f"127.0.0.1:{port}"]

    def fill() -> None:
        _post(port, "/store", quads, "application/n-quads")
        if merged is not None:
            _post(port, "/store?default", merged, "application/n-triples")

    with _started("oxigraph", command, f"http://127.0.0.1:{port}/query", probe, fill) as peer:
        yield peer


@contextmanager
def rdflib_endpoint(probe: str, commands: Path, quads: Path) -> Iterator[Peer]:
    """Yield rdflib-endpoint under uvicorn; its default graph is the union of all."""
    port = free_port()
    address = ["--host", "127.0.0.1", "--port", str(port)]
    command = [str(commands / "rdflib-endpoint"), "serve", *address, str(quads)]
    with _started("rdflib-endpoint", command, f"http://127.0.0.1:{port}/", probe) as peer:
        yield peer


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def _started(
    name: str, command: Sequence[str], url: str, probe: str, fill: Callable[[], None] | None = None
) -> Iterator[Peer]:
    """Yield a server that has answered the probe with 200; all its processes are ended afterwards."""
    start = time.perf_counter()
    with TemporaryFile() as log, subprocess.Popen(command, stdout=log, stderr=log) as process:  # noqa: S603
        peer = Peer(name, url, process, 0)
        try:
            if fill:
                _until_answered(peer, "ASK {}", log, START_SECONDS)
                fill()
            _until_answered(peer, probe, log, LOAD_SECONDS)
            yield Peer(name, url, process, time.perf_counter() - start)
        finally:
            children = peer.tree()[1:]
            process.terminate()
            try:
                process.wait(START_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
            for child in children:
                with suppress(psutil.Error):
                    child.kill()


def _until_answered(peer: Peer, sparql: str, log: IO[bytes], seconds: float) -> None:
    """Wait until a query is answered with 200.

    Raises:
        SystemExit: The server ended, does not know the query, or took too long.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end and peer.process.poll() is None:
        with suppress(OSError, HTTPException):
            status = peer.ask(sparql)[0]
            if status == 200:
                return
            if status < 500:
                raise SystemExit(f"{peer.name} answers with {status}")
        time.sleep(POLL_SECONDS)
    log.seek(0)
    raise SystemExit(f"{peer.name} does not answer\n{log.read()[-2000:].decode(errors='replace')}")


def _post(port: int, target: str, file: Path, media_type: str) -> None:
    """Send a file.

    Raises:
        SystemExit: The server does not take it.
    """
    connection = HTTPConnection("127.0.0.1", port, timeout=LOAD_SECONDS)
    with file.open("rb") as body:
        headers = {"Content-Type": media_type, "Content-Length": str(file.stat().st_size)}
        connection.request("POST", target, body, headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status >= 300:
        raise SystemExit(f"port {port} does not take {file.name}: {response.status}")


def _text(term: dict[str, str]) -> str:
    """Return a term of a JSON result; a plain literal and an xsd:string are one."""
    return f"{term['type'].removeprefix('typed-')} {term['value']} {term.get('xml:lang', '').lower()}"
