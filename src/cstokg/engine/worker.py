"""A worker: a process that evaluates one query after another and may die of any."""

import faulthandler
import os
import resource
import socket
from typing import NoReturn

from cstokg.engine import evaluation, sandbox, wire
from cstokg.engine.errors import MemoryExceededError, QueryError
from cstokg.engine.loading import Loaded
from cstokg.limits import Limits

SOCKET = 3

_GROWTH_KIB = 64 << 10
_FEDERATED_DESCRIPTORS = 32


def run(
    data: Loaded, limits: Limits, connection: int, errors: int, parent: int, port: int | None
) -> NoReturn:
    """Evaluate queries from a socket until it closes; in a process just forked, which ends here.

    Args:
        data: what is asked.
        limits: on each query.
        connection: the descriptor of the socket.
        errors: the descriptor of a file for last words.
        parent: the process that forked this one.
        port: the only port that may be connected to; None for none.
    """
    try:
        sandbox.tie_to_parent(parent)
        empty = os.open(os.devnull, os.O_RDWR)
        os.dup2(empty, 0)
        os.dup2(empty, 1)
        os.dup2(errors, 2)
        if connection != SOCKET:
            os.dup2(connection, SOCKET)
        os.closerange(SOCKET + 1, os.sysconf("SC_OPEN_MAX"))
        faulthandler.enable(2, all_threads=False)
        if port is None:
            sandbox.limit(limits.memory)
        else:
            sandbox.limit(limits.memory, descriptors=_FEDERATED_DESCRIPTORS)
            sandbox.only_port(port)
        with socket.socket(fileno=SOCKET) as stream:
            _serve(data, limits, stream)
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode()[:1000])
        os._exit(1)
    os._exit(0)


def _serve(data: Loaded, limits: Limits, stream: socket.socket) -> None:
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    while received := wire.read_request(stream.recv):
        request, services = received
        failed = False
        try:
            answer = evaluation.evaluate(data, request, limits, services)
            frame = None
        except QueryError as error:
            frame = wire.pack_error(error, last=False)
        except MemoryError:
            frame = wire.pack_error(out_of_memory(limits), last=True)
            failed = True
        except BaseException as error:
            frame = wire.pack_error(QueryError(f"the query could not be evaluated: {error}"), last=True)
            failed = True
        # What a big query has taken is not given back to the system: start afresh.
        last = failed or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start > _GROWTH_KIB
        header, body = frame or wire.pack_answer(answer, last=last)
        sent = stream.sendmsg((header, body))
        if sent < len(header) + len(body):
            stream.sendall(memoryview(body)[sent - len(header) :])
        if last:
            return


def out_of_memory(limits: Limits) -> MemoryExceededError:
    """The error of a query that needs more than a worker has."""
    return MemoryExceededError(f"the query needs more than {limits.memory:,} MiB of memory; narrow it down")
