"""The nursery: a process that loads the data once and forks the workers.

Only a process with a single thread may fork, and servers have many. So this one is started anew,
without a copy of anything, and speaks with the pool over one socket: a line of JSON when the data
are loaded; then for each message with a port (0 for none) it forks a worker and sends its process
id, with three descriptors: the worker's socket, a handle of the process, the file for its last
words. It ends, and its workers with it, when the socket is closed. Workers share the data's memory
with it, page by page, until one is written.
"""

import contextlib
import gc
import json
import os
import signal
import socket
import sys
from dataclasses import asdict
from typing import NoReturn

from cstokg.engine import sandbox, store, worker
from cstokg.engine.errors import LoadError
from cstokg.engine.store import Loaded, Source
from cstokg.limits import Limits

MESSAGE_BYTES = 65_536


def order(source: Source, limits: Limits) -> str:
    """What to write on the command line of a nursery."""
    return json.dumps({"source": source.to_json(), "limits": asdict(limits)})


def main() -> NoReturn:
    """Load and fork until the socket closes; the descriptor and the order stand on the command line."""
    _, descriptor, content = sys.argv
    told = json.loads(content)
    source = Source.from_json(told["source"])
    limits = Limits(**told["limits"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pool decides when to end
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system buries the dead
    # A pool that goes before it has read all closes the socket in this way.
    with socket.socket(fileno=int(descriptor)) as control, contextlib.suppress(ConnectionError):
        try:
            data = store.load(source)
        except (LoadError, OSError) as error:
            control.send(json.dumps({"error": str(error)}).encode())
            os._exit(1)
        if sandbox.threads() != 1:
            control.send(
                json.dumps({"error": "a library has started threads, so forking is unsafe"}).encode()
            )
            os._exit(1)
        gc.freeze()
        description = {
            "title": data.title,
            "version": data.version,
            "release_version": data.release_version,
            "folder": str(data.folder) if data.folder else None,
        }
        control.send(json.dumps(description).encode())
        while message := control.recv(64):
            _fork(control, data, limits, int(message) or None)
    os._exit(0)


def _fork(control: socket.socket, data: Loaded, limits: Limits, port: int | None) -> None:
    try:
        ours, theirs = socket.socketpair()
        errors = os.memfd_create("last words")
        parent = os.getpid()
        child = os.fork()
    except OSError as error:
        control.send(f"0 {error}".encode())
        return
    if child == 0:
        worker.run(data.store, limits, theirs.fileno(), errors, parent, port)
    try:
        handle = os.pidfd_open(child)
        socket.send_fds(control, [str(child).encode()], [ours.fileno(), handle, errors])
        os.close(handle)
    except ProcessLookupError as error:
        control.send(f"0 {error}".encode())  # it is dead and buried already
    finally:
        os.close(errors)
        ours.close()
        theirs.close()


if __name__ == "__main__":
    main()
