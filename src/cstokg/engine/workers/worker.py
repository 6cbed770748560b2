"""The processes that evaluate queries: a fork server loads the data once and forks the workers.

Only a process with a single thread may fork, and the server has many. So the fork server is started anew,
without a copy of anything, and speaks with the pool over one socket: a line of JSON when the data are
loaded; then for each message with a port (0 for none) it forks a worker and sends its process id, with
three descriptors: the worker's socket, a handle of the process, and the file for its last messages. It
ends, and its workers with it, when the socket is closed. Workers share the memory of the data with it;
only a page of memory that one of them writes to is copied.

A worker evaluates one query after another, and may be killed at any time. A request is a frame of
marshalled Python values from the pool. A reply is a header with two lengths, a JSON document that says what
it is, and the body of the answer. The worker is not trusted, since queries of unknown users run in it: the
pool executes nothing of a reply, and takes no more bytes of it than the limit on results allows.
"""

import contextlib
import faulthandler
import gc
import json
import marshal
import os
import resource
import signal
import socket
import struct
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO, NoReturn

from cstokg import errors
from cstokg.engine import evaluation
from cstokg.engine.evaluation import Answer, Request
from cstokg.engine.loading import store
from cstokg.engine.loading.store import Loaded, Source
from cstokg.engine.workers import sandbox
from cstokg.errors import LoadError, MemoryExceededError, QueryError
from cstokg.settings import Limits

SOCKET = 3
"""The descriptor of the socket on which a worker is asked."""

HEADER = struct.Struct("=IQ")
"""What a reply begins with: the length of the document and that of the body, in bytes."""

_LENGTH = struct.Struct("=I")
_GROWTH_KIB = 32 << 10
_FRAMES, _FRAMES_OF_LEVEL = 1_000, 15  # of Python: at least, and for each level of brackets in a query
_KINDS = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, QueryError)
    and not issubclass(kind, errors.QueryTimeoutError | errors.OverloadedError)
}


class InvalidReplyError(Exception):
    """A worker has sent something that is not a reply."""


def pack(request: Request, services: Mapping[str, str]) -> bytes:
    """Return the frame with a query, and with the addresses at which it may call other endpoints."""
    content = marshal.dumps(
        (
            request.sparql,
            request.media_types,
            request.default_graphs,
            request.named_graphs,
            request.spreadsheet,
            request.gzip,
            dict(services),
        )
    )
    return _LENGTH.pack(len(content)) + content


def read_reply(document: bytes, body: bytes, version: str, seconds: float) -> tuple[Answer, bool]:
    """Return the answer in a reply, and whether its worker ends.

    The version is that of the data, and the seconds are those for which the worker was busy. Neither is taken
    from the reply, because the worker is not trusted.

    Raises:
        QueryError: the reply is an error. Its attribute ``ends_worker`` says whether the worker ends.
        InvalidReplyError: the reply is neither an answer nor an error.
    """
    try:
        fields = json.loads(document.decode())
        if "error" not in fields:
            answer = Answer(
                str(fields["media_type"]),
                body,
                int(fields["rows"]),
                version,
                bool(fields["volatile"]),
                bool(fields["gzipped"]),
                tuple((str(name), str(near)) for name, near in fields["unknown_names"]),
                tuple(map(str, fields["failed_services"])),
                seconds,
            )
            return answer, bool(fields["last"])
        error = _KINDS[fields["error"]](fields["message"], fields["line"], fields["column"])
        error.suggestion = str(fields["suggestion"])
        error.ends_worker = bool(fields["last"])
    except (ValueError, KeyError, TypeError, AttributeError) as invalid:
        raise InvalidReplyError from invalid
    raise error


def run(
    data: Loaded, limits: Limits, connection: int, messages: int, parent: int, port: int | None
) -> NoReturn:
    """Evaluate queries from a socket until it closes; in a process just forked, which ends here.

    Args:
        data: what is asked about.
        limits: on each query.
        connection: the descriptor of the socket.
        messages: the descriptor of a file for the last messages of the process.
        parent: the process that forked this one.
        port: the only port that may be connected to; None for none.
    """
    try:
        sandbox.tie_to_parent(parent)
        empty = os.open(os.devnull, os.O_RDWR)
        os.dup2(empty, 0)
        os.dup2(empty, 1)
        os.dup2(messages, 2)
        if connection != SOCKET:
            os.dup2(connection, SOCKET)
        os.closerange(SOCKET + 1, os.sysconf("SC_OPEN_MAX"))
        faulthandler.enable(2, all_threads=False)
        sandbox.restrict(limits.memory, port)
        with socket.socket(fileno=SOCKET) as stream, stream.makefile("rb") as requests:
            _serve(data, limits, stream, requests)
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode()[:1000])
        os._exit(1)
    os._exit(0)


def _serve(data: Loaded, limits: Limits, stream: socket.socket, requests: BinaryIO) -> None:
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.setrecursionlimit(_FRAMES + _FRAMES_OF_LEVEL * limits.depth)
    while header := requests.read(_LENGTH.size):
        *values, services = marshal.loads(requests.read(_LENGTH.unpack(header)[0]))  # noqa: S302 - from our pool
        body, failed = b"", False
        try:
            answer = evaluation.evaluate(data, Request(*values), limits, services)
            body, reply = answer.body, _document(answer)
        except QueryError as error:
            reply = _of_error(error)
        except MemoryError:
            reply, failed = _of_error(out_of_memory(limits)), True
        except BaseException as error:
            reply, failed = _of_error(QueryError(f"the query could not be evaluated: {error}")), True
        # Memory that a big query took is not returned to the system, so the worker ends and is replaced.
        last = failed or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start > _GROWTH_KIB
        document = json.dumps({**reply, "last": last}).encode()
        head = HEADER.pack(len(document), len(body)) + document
        sent = stream.sendmsg((head, body))
        if sent < len(head) + len(body):
            stream.sendall(memoryview(body)[sent - len(head) :])
        if last:
            return


def _document(answer: Answer) -> dict[str, object]:
    return {
        "media_type": answer.media_type,
        "rows": answer.rows,
        "volatile": answer.volatile,
        "gzipped": answer.gzipped,
        "unknown_names": answer.unknown_names,
        "failed_services": answer.failed_services,
    }


def _of_error(error: QueryError) -> dict[str, object]:
    name = next(kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _KINDS)
    return {
        "error": name,
        "message": error.message,
        "line": error.line,
        "column": error.column,
        "suggestion": error.suggestion,
    }


def out_of_memory(limits: Limits) -> MemoryExceededError:
    """Return the error of a query that needs more memory than a worker may use."""
    return MemoryExceededError(f"the query needs more than {limits.memory:,} MiB of memory; narrow it down")


def _load_in_thread(source: Source) -> Loaded:
    """Load the data in a thread that ends, and return them.

    A thread allocates from its own part of the memory, so the gaps that loading leaves between the data are
    not used again. Otherwise queries, which run in the main thread of a worker, would write into them, and
    each time a whole page that all workers could share would be copied.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(store.load, source).result()


def _threads_have_ended() -> bool:
    """Return whether this is the only thread of the process; wait a second for others to end."""
    # For Python a thread has ended a moment before it has for the system.
    ends = time.monotonic() + 1
    while not (alone := sandbox.is_single_threaded()) and time.monotonic() < ends:
        time.sleep(0.0002)
    return alone


def load_and_fork() -> NoReturn:
    """Load the data, then fork workers until the socket closes; the command line has the arguments."""
    # A worker may open no file, so what it will need has to be imported before it is forked.
    import rapidfuzz.fuzz
    import rapidfuzz.process  # noqa: F401
    import regex  # noqa: F401

    _, descriptor, content = sys.argv
    order = json.loads(content)
    sandbox.tie_to_parent(order["parent"])
    source, limits = store.Source.from_json(order["source"]), Limits(**order["limits"])
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to everyone; the pool decides
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # so that the system removes workers that have ended
    # If the pool ends before it has read every message, the socket raises a ConnectionError.
    with socket.socket(fileno=int(descriptor)) as control, contextlib.suppress(ConnectionError):
        try:
            with store.memory_limit(limits.data_memory):
                data = _load_in_thread(source)
        except (LoadError, OSError, MemoryError) as error:
            control.send(json.dumps({"error": str(error) or store.OUT_OF_MEMORY}).encode())
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
            _fork_worker(control, data, limits, int(message) or None)
    os._exit(0)


def _fork_worker(control: socket.socket, data: Loaded, limits: Limits, port: int | None) -> None:
    with contextlib.ExitStack() as files:
        try:
            pool_end, worker_end = map(files.enter_context, socket.socketpair())
            messages = os.memfd_create("messages")
            files.callback(os.close, messages)
            parent = os.getpid()
            child = os.fork()
        except OSError as error:
            control.send(f"the system gives no process: {error}".encode())
            return
        if child == 0:
            run(data, limits, worker_end.fileno(), messages, parent, port)
        try:
            handle = os.pidfd_open(child)
        except ProcessLookupError as error:
            control.send(f"the worker has ended: {error}".encode())
            return
        files.callback(os.close, handle)
        socket.send_fds(control, [str(child).encode()], [pool_end.fileno(), handle, messages])
