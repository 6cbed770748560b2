"""SPARQL servers of other makes, each in a process and a temporary folder of its own, on loopback."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cstokg.build.target_server import Target

START_SECONDS = 60
MOST_STARTS = 3
OXIGRAPH = Path(sys.executable).with_name("oxigraph")
MERGED = "https://w3id.org/csto-kg/graph/merged"

_VIRTUOSO = """\
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
MaxCheckpointRemap = 2000
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DisableUnixSocket = 1
CaseMode = 2
CheckpointInterval = 0
NumberOfBuffers = 10000
MaxDirtyBuffers = 6000
ThreadsPerQuery = 1
[HTTPServer]
ServerPort = 127.0.0.1:{http_port}
ServerRoot = {folder}
ServerThreads = 10
Charset = UTF-8
[SPARQL]
{limits}
"""


@contextmanager
def oxigraph(_: Path) -> Iterator[Target]:
    """Oxigraph's own server, with its data in memory."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    command = [str(OXIGRAPH), "serve", "--bind", f"127.0.0.1:{port}"]
    with started(command, f"{base}/query?query=ASK%7B%7D"):
        yield Target(f"{base}/query", f"{base}/update", f"{base}/store")


@contextmanager
def virtuoso(folder: Path, limits: str = "") -> Iterator[Target]:
    """Virtuoso, with its data in a folder and these lines for its SPARQL; it asks for digest authentication.

    Its default graph is the union of all graphs, so the merge needs a graph of its own.
    """
    if shutil.which("virtuoso-t") is None:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse("install virtuoso-opensource to try it as another server")
    sql_port, port = free_port(), free_port()
    base = f"http://127.0.0.1:{port}"
    settings = folder / "virtuoso.ini"
    settings.write_text(
        _VIRTUOSO.format(folder=folder, sql_port=sql_port, http_port=port, limits=limits), encoding="utf-8"
    )
    command = ["virtuoso-t", "+foreground", "+configfile", str(settings)]
    with started(command, f"{base}/sparql?query=ASK%7B%7D"):
        yield Target(
            f"{base}/sparql",
            f"{base}/sparql-auth",
            f"{base}/sparql-graph-crud-auth",
            "dba",
            "dba",
            MERGED,
            seconds=60,
        )


@contextmanager
def nginx(folder: Path, settings: str, address: str) -> Iterator[None]:
    """An nginx with these settings of its http block, which answers at an address once it runs."""
    if shutil.which("nginx") is None:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse("install nginx to try what stands behind it")
    paths = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{ access_log off; {paths}\n{settings}}}\n",
        encoding="utf-8",
    )
    with started(["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")], address):
        yield


@contextmanager
def behind_password(folder: Path, target: Target, settings: str = "") -> Iterator[Target]:
    """The same server behind an nginx that asks for basic authentication; ``settings`` are nginx's too."""
    port = free_port()
    (folder / "passwords").write_text("desk:{PLAIN}a pässword\n", encoding="utf-8")
    behind = "{0.scheme}://{0.netloc}".format(urlsplit(target.query))
    block = f"""server {{
        listen 127.0.0.1:{port};
        {settings}
        location = /alive {{ return 200; }}
        location / {{
            auth_basic "Desk";
            auth_basic_user_file {folder}/passwords;
            proxy_pass {behind};
        }}
    }}"""
    own = f"http://127.0.0.1:{port}"
    with nginx(folder, block, f"{own}/alive?"):
        addresses = (target.query, target.update, target.graph_store)
        query, update, store = (address.replace(behind, own) for address in addresses)
        yield replace(
            target,
            query=query,
            update=update,
            graph_store=store,
            user="desk",
            password="a pässword",  # noqa: S106
        )


def by_update(target: Target) -> Target:
    """Return the same server without its Graph Store Protocol."""
    return replace(target, graph_store="")


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def started(command: list[str], address: str) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process that answers at an address with 200; it is ended at the end.

    It is started again if it ends before: a connection of another test may have had its port for a moment.
    """
    end, starts = time.monotonic() + START_SECONDS, 1
    process = _start(command)
    try:
        while not _answers(address):
            assert time.monotonic() < end, f"{command[0]} does not answer"
            if process.poll() is not None:
                assert starts < MOST_STARTS, f"{command[0]} has ended {starts} times"
                time.sleep(1)
                process, starts = _start(command), starts + 1
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _answers(address: str) -> bool:
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    with closing(connection), suppress(OSError, HTTPException):
        connection.request("GET", f"{parts.path}?{parts.query}")
        with connection.getresponse() as response:
            return response.status == 200
    return False
