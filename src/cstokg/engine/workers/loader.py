"""The fork server: a process that loads the data once and forks the workers.

Only a process with a single thread may fork, and the server has many. So this one is started anew,
without a copy of anything, and speaks with the pool over one socket: a line of JSON when the data are
loaded; then for each message with a port (0 for none) it forks a worker and sends its process id, with
three descriptors: the worker's socket, a handle of the process, and the file with what it says when it
dies. It ends, and its workers with it, when the socket is closed. Workers share the data's memory with
it, page by page, until one is written.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn

from cstokg.engine.loading import store
from cstokg.engine.loading.store import Loaded, Source
from cstokg.engine.workers import sandbox, worker
from cstokg.errors import LoadError
from cstokg.settings import Limits


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
    import regex  # noqa: F401

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
