"""The pool: which worker answers which query, until when, and what happens to the others.

Short queries have workers to themselves. A query that runs longer takes its worker along to the
long ones, at lower priority, and a new worker takes the place; if there are too many long ones, it
is stopped as soon as somebody waits. So however many endless queries come in, the short ones are
answered.
"""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from cstokg.engine import sandbox, wire
from cstokg.engine.answers import Answer, Cancelled, Request
from cstokg.engine.errors import (
    MemoryExceededError,
    OverloadedError,
    QueryCancelledError,
    QueryError,
    QueryTimeoutError,
    QueryTooDeepError,
    ServiceFailedError,
    WorkerLostError,
)
from cstokg.engine.lanes import Lanes
from cstokg.engine.processes import Nursery, Worker
from cstokg.engine.relay import Relay
from cstokg.engine.sandbox import SandboxError
from cstokg.engine.services import may_call
from cstokg.engine.store import Source
from cstokg.engine.wire import LostError
from cstokg.limits import Limits

_ROOM_FOR_ERRORS = 1 << 20


class Pool:
    """Evaluates in other processes, each of which may be killed."""

    def __init__(
        self, source: Source, limits: Limits, nursery: Nursery | None = None, services: Sequence[str] = ()
    ) -> None:
        """Start the workers; of a nursery that has been started before, or else of a new one.

        Queries may call the services, which are IRIs of endpoints.

        Raises:
            LoadError: the source cannot be loaded.
            SandboxError: there are services, and the system cannot keep workers from calling others.
        """
        if services and not sandbox.can_restrict_network():
            raise SandboxError("calls to other endpoints need Linux 6.7 or later, with Landlock")
        self._relay = Relay(services, limits.result_bytes) if services else None
        self._calling = threading.BoundedSemaphore(limits.service_workers)
        self.limits = limits
        self._source = source
        self._counts: Counter[str] = Counter()
        self._callbacks: list[Callable[[], None]] = []
        self._reloading = threading.Lock()
        self._lanes = Lanes(
            (nursery or Nursery(source, limits)).wait(), limits, partial(self.reload, force=True)
        )

    @property
    def title(self) -> str:
        """What is asked about, in words."""
        return self._lanes.nursery.title

    @property
    def version(self) -> str:
        """The version of the data that new queries are asked of."""
        return self._lanes.nursery.version

    @property
    def release_version(self) -> str:
        """The version that the release states which new queries are asked of."""
        return self._lanes.nursery.release_version

    @property
    def folder(self) -> Path | None:
        """The folder of the release that new queries are asked of."""
        return self._lanes.nursery.folder

    def answer(self, request: Request, timeout: float | None, cancelled: Cancelled | None) -> Answer:
        """The answer to a query, or its error.

        A worker that dies from outside costs nobody an answer: another one gets the query, for the time
        that is left.
        """
        if self._relay and may_call(request.sparql):
            return self._answer_with_services(self._relay, request, timeout, cancelled)
        seconds = self.limits.timeout if timeout is None else min(timeout, self.limits.timeout)
        frame = wire.pack_request(request)
        until = math.inf
        for _ in range(self.limits.workers + 1):
            worker = self._lanes.take(cancelled, until)
            until = min(until, time.monotonic() + seconds)
            try:
                return self._ask(worker, frame, seconds, until, cancelled)
            except LostError:
                self._died(worker)
            finally:
                self._lanes.give_back(worker)
        raise WorkerLostError("the worker with the query was killed from outside; ask again")

    def reload(self, *, force: bool = False) -> bool:
        """Whether the source has changed; new queries are then asked of the new data.

        With ``force`` the processes are replaced in any case.

        Queries that run end on the old data, and so do those that find no new ones.

        Raises:
            LoadError: the source cannot be loaded; the old data stay.
        """
        with self._reloading:
            fresh = Nursery(self._source, self.limits).wait()
            changed = fresh.version != self.version
            if not changed and not force:
                fresh.close()
                return False
            self._lanes.replace(fresh)
            self._counts["reloads"] += 1
        for callback in self._callbacks if changed else ():
            callback()
        return changed

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have something called after each change of the data."""
        self._callbacks.append(callback)

    def state(self) -> dict[str, float]:
        """How many workers do what now, and how many queries ended how since the start."""
        causes = ("timeouts", "memory", "depth", "cancelled", "displaced", "lost", "reloads")
        return {**self._lanes.state(), **{cause: self._counts[cause] for cause in causes}}

    def close(self) -> None:
        """End all processes."""
        self._lanes.close()
        if self._relay:
            self._relay.close()

    def _answer_with_services(
        self, relay: Relay, request: Request, timeout: float | None, cancelled: Cancelled | None
    ) -> Answer:
        """The answer to a query that may call endpoints, from a worker that was made for it."""
        limit = self.limits.service_timeout
        seconds = limit if timeout is None else min(timeout, limit)
        if not self._calling.acquire(blocking=False):
            raise OverloadedError("too many queries are calling other endpoints; ask again later", 5)
        secret, ticket = relay.admit(seconds)
        worker = None
        try:
            worker = self._lanes.nursery.worker(relay.port)
            worker.long = True  # others need not wait for it
            frame = wire.pack_request(request, ticket.addresses)
            answer = self._ask(worker, frame, seconds, time.monotonic() + seconds, cancelled)
            return replace(answer, failed_services=tuple(ticket.failures))
        except ServiceFailedError as error:
            reasons = "; ".join(f"{iri} did not answer: {why}" for iri, why in ticket.failures.items())
            raise ServiceFailedError(reasons or error.message) from None
        except LostError:
            if worker is not None:
                self._died(worker)
            raise WorkerLostError("the worker with the query was killed from outside; ask again") from None
        finally:
            relay.dismiss(secret)
            self._calling.release()
            if worker is not None:
                worker.kill()

    def _ask(
        self, worker: Worker, frame: bytes, seconds: float, until: float, cancelled: Cancelled | None
    ) -> Answer:
        """What a worker says to a query that has been given these seconds, which end at a time."""
        reply = wire.Reply(self.limits.result_bytes + _ROOM_FOR_ERRORS)
        worker.send(frame)
        while not worker.receive(reply, until - time.monotonic()):
            if time.monotonic() >= until:
                self._counts["timeouts"] += 1
                raise QueryTimeoutError(f"the query was stopped after {seconds:g} s", seconds)
            if cancelled is not None and cancelled():
                self._counts["cancelled"] += 1
                raise QueryCancelledError("the client has gone")
            if worker.seconds > self.limits.short and not self._lanes.may_go_on(worker):
                self._counts["displaced"] += 1
                raise OverloadedError("too many long queries are running; ask again later", self._patience())
        try:
            answer = reply.answer(worker.nursery.version)
        except QueryError:
            worker.usable = not reply.is_last
            raise
        worker.usable = not reply.is_last
        return answer

    def _died(self, worker: Worker) -> None:
        """Count a worker that died, and tell why if its query was to blame."""
        words = worker.last_words()
        if "memory allocation" in words or "MemoryError" in words:
            self._counts["memory"] += 1
            raise MemoryExceededError(
                f"the query needs more than {self.limits.memory:,} MiB of memory; narrow it down"
            )
        if "Segmentation fault" in words or "overflow" in words:
            self._counts["depth"] += 1
            raise QueryTooDeepError("the query nests too deep or has too many parts; split it")
        if words.strip():
            raise QueryError(f"the query could not be evaluated: {words.strip().splitlines()[0]}")
        self._counts["lost"] += 1

    def _patience(self) -> int:
        return max(1, math.ceil(self.limits.timeout / 2))
