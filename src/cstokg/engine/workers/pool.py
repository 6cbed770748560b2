"""The pool: which worker answers which query, until when, and what happens to the others.

There are as many places as queries may be evaluated at once. A query whose worker has used the
processor for long gives its place to the next one and continues with a small share of the processor,
later with what the others leave; if there are too many such queries, it is stopped as soon as others
wait. So the short queries are answered, however many endless ones come in.
"""

import asyncio
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cstokg.engine.evaluation import Answer, Request
from cstokg.engine.loading.store import Source
from cstokg.engine.workers import sandbox
from cstokg.engine.workers import worker as worker_process
from cstokg.engine.workers.fork_server_connection import ForkServer, ForkServerLostError
from cstokg.engine.workers.sandbox import SandboxError
from cstokg.engine.workers.worker_connection import LostError, WorkerConnection
from cstokg.errors import (
    LoadError,
    OverloadedError,
    QueryError,
    QueryTimeoutError,
    QueryTooDeepError,
    ServiceFailedError,
    WorkerLostError,
)
from cstokg.settings import Limits

if TYPE_CHECKING:
    from cstokg.engine.workers.service_relay import Relay

_ROOM_FOR_ERRORS = 1 << 20
_CHECK_SECONDS = 0.02
_IDLE_AFTER = 4  # a query that has used this many times the limit gets only the time that others leave
_BUSY_SHARE = 0.5  # if a query had the processor for less than this share of its time, the machine was busy
_GRACE = 4  # a long query for which there is no room is stopped when it has used this many times the limit
_DEEP_BYTES = 10_000  # a shorter query overflows no stack, however deep it nests
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds between attempts to load data that cannot be loaded


class Pool:
    """Evaluates in other processes, each of which may be killed.

    All of its methods are for the event loop in which it was started.
    """

    def __init__(self, source: Source, limits: Limits, services: Sequence[str] = ()) -> None:
        """Prepare a pool over a source; queries may call the endpoints whose IRIs are in ``services``.

        Raises:
            SandboxError: there are services, and the system cannot keep workers from calling other endpoints.
        """
        if services and not sandbox.can_restrict_network():
            raise SandboxError("calls to other endpoints need Linux 6.7 or later, with Landlock")
        self.limits = limits
        self.services = tuple(services)
        self._source = source
        self._fork_server: ForkServer | None = None
        self._relay: Relay | None = None
        self._idle: list[WorkerConnection] = []
        self._busy: set[WorkerConnection] = set()
        # The queries that wait for a place, in order of arrival, with their clients; None where it is urgent.
        self._waiting: dict[asyncio.Future[WorkerConnection], str | None] = {}
        self._newest_next = False
        self._calling = 0
        self._made = 0
        self._counts: Counter[str] = Counter()
        self._callbacks: list[Callable[[], None]] = []
        self._reloading = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def start(self, fork_server: ForkServer | None = None) -> None:
        """Start the workers, from a fork server that was started for the same source, or from a new one.

        Raises:
            LoadError: the source cannot be loaded.
        """
        fork_server = fork_server or ForkServer(self._source, self.limits)
        await fork_server.loaded()
        self._fork_server = fork_server
        if self.services:
            # Few servers may call others, and what they need for that takes time to import.
            from cstokg.engine.workers.service_relay import Relay

            self._relay = Relay(self.services, self.limits.result_bytes)
            await self._relay.start()
        for _ in range(self.limits.workers):
            await self._add()

    @property
    def origin(self) -> ForkServer:
        """Return the fork server whose data new queries see."""
        if self._fork_server is None:
            raise RuntimeError("the pool has not been started")
        return self._fork_server

    async def answer(self, request: Request, timeout: float | None = None, *, urgent: bool = False) -> Answer:
        """Return the answer to a query; ``timeout`` is in seconds and counts where it is below the limit.

        An urgent query gets the next place, before all that wait.

        If the task is cancelled, the worker with the query ends. If a worker is killed from outside, another
        one gets its query, for the time that is left.

        Raises:
            QueryError: there is no answer; see the classes of ``errors``.
        """
        if self._relay and "service" in request.sparql.lower():
            return await self._answer_with_services(self._relay, request, timeout)
        seconds = self.limits.timeout if timeout is None else min(timeout, self.limits.timeout)
        frame = worker_process.pack(request, {})
        end = math.inf
        for _ in range(self.limits.workers + 1):
            worker = await self._take_place(end, None if urgent else request.client)
            begun = asyncio.get_running_loop().time()
            end = min(end, begun + seconds)
            try:
                return await self._ask_or_explain(worker, frame, seconds, end)
            except QueryError as error:
                error.busy_seconds = asyncio.get_running_loop().time() - begun
                raise
            except LostError:
                self._counts["lost"] += 1
            finally:
                self._give_back(worker)
        raise WorkerLostError("each worker with the query was ended by a signal; ask again")

    async def reload(self, instead_of: ForkServer | None = None) -> bool:
        """Load the source again, and return whether it has changed; new queries then see the new data.

        Queries that run end on the old data. With ``instead_of`` that fork server is replaced in any
        case, unless another call has done so.

        Raises:
            LoadError: the source cannot be loaded; the old data stay.
        """
        async with self._reloading:
            old = self.origin
            if instead_of not in (None, old):
                return False
            fresh = ForkServer(self._source, self.limits)
            await fresh.loaded()
            changed = fresh.version != old.version
            if self._closed or not (changed or instead_of):
                fresh.close()
                return False
            try:
                workers = [await self._fork(fresh) for _ in range(self.limits.workers)]
            except ForkServerLostError as error:
                fresh.close()
                raise LoadError(f"no workers for the new data: {error}") from None
            self._fork_server = fresh
            idle = len(self._idle)
            for worker in (*self._idle, *workers[idle:]):
                worker.kill()
            self._idle[:] = workers[:idle]
            self._close_unless_used(old)
            self._counts["reloads"] += 1
        for callback in self._callbacks if changed else ():
            callback()
        return changed

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call a function in the event loop after each change of the data."""
        self._callbacks.append(callback)

    def state(self) -> dict[str, float]:
        """Return the numbers of workers by what they do, and of queries by how they have ended."""
        long = sum(worker.long for worker in self._busy)
        causes = ("timeouts", "memory", "depth", "cancelled", "displaced", "lost", "reloads")
        return {
            "places": self.limits.workers,
            "idle": len(self._idle),
            "short": len(self._busy) - long,
            "long": long,
            "waiting": len(self._waiting),
            "calling": self._calling,
            "made": self._made,
            **{cause: self._counts[cause] for cause in causes},
        }

    async def close(self) -> None:
        """End all processes."""
        self._closed = True
        for task in self._tasks:
            task.cancel()
        if self._relay:
            await self._relay.close()
        origins = {worker.origin for worker in self._busy}
        for worker in (*self._idle, *self._busy):
            worker.kill()
        self._idle.clear()
        if self._fork_server:
            origins.add(self._fork_server)
        for origin in origins:
            origin.close()

    async def _take_place(self, end: float, client: str | None) -> WorkerConnection:
        """Return an idle worker, for which the query of a client waits until ``end`` at the latest.

        Raises:
            OverloadedError: too many queries wait, or none was free in time.
        """
        if self._idle:
            worker = self._idle.pop()
        else:
            if len(self._waiting) >= self.limits.queue and client is not None:
                raise OverloadedError("too many queries are waiting; ask again later")
            loop = asyncio.get_running_loop()
            future: asyncio.Future[WorkerConnection] = loop.create_future()
            self._waiting[future] = client
            try:
                async with asyncio.timeout_at(min(loop.time() + self.limits.queue_seconds, end)):
                    worker = await future
            except BaseException as error:
                self._waiting.pop(future, None)
                if future.done() and not future.cancelled():
                    self._offer(future.result())
                if isinstance(error, TimeoutError):
                    message = "all workers have been busy for too long; ask again later"
                    raise OverloadedError(message) from None
                raise
        worker.client = client
        self._busy.add(worker)
        return worker

    def _offer(self, worker: WorkerConnection) -> None:
        """Give a worker to a query that waits, or keep it.

        The client with the fewest workers gets it, so that no client waits until all queries of another are
        answered. Among the queries of such clients, the oldest and the newest get a worker in turn, so that
        none waits for ever, and a light query need not wait until many heavy ones before it have started.
        """
        waiting = [future for future in self._waiting if not future.done()]
        if not waiting:
            self._idle.append(worker)
            return
        if self._newest_next:
            waiting.reverse()
        self._newest_next = not self._newest_next
        held = Counter(busy.client for busy in self._busy)
        held[None] = -1
        future = min(waiting, key=lambda candidate: held[self._waiting[candidate]])
        del self._waiting[future]
        future.set_result(worker)

    def _give_back(self, worker: WorkerConnection) -> None:
        """Keep a worker that can go on, or replace it by a new one."""
        self._busy.discard(worker)
        current = worker.origin is self._fork_server and not self._closed
        if worker.usable and current and not worker.long:
            worker.usable = False
            self._offer(worker)
            return
        worker.kill()
        if not worker.long:
            self._fill_place()
        if not current:
            self._close_unless_used(worker.origin)

    def _fill_place(self) -> None:
        """Start to fork a worker for a place."""
        if not self._closed:
            task = asyncio.get_running_loop().create_task(self._add())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _add(self) -> None:
        """Fork a worker and offer its place; try again, with a growing pause, until there is one."""
        pause = _FIRST_PAUSE
        while not self._closed:
            origin = self.origin
            try:
                worker = await self._fork(origin)
            except ForkServerLostError:
                try:
                    await self.reload(instead_of=origin)
                except LoadError as error:
                    _tell(f"Error: {error}; trying again in {pause:g} s")
                    await asyncio.sleep(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            if origin is self._fork_server:
                self._offer(worker)
                return
            worker.kill()

    async def _fork(self, origin: ForkServer, port: int = 0) -> WorkerConnection:
        worker = WorkerConnection(
            await origin.fork(port), origin, self.limits.result_bytes + _ROOM_FOR_ERRORS
        )
        self._made += 1
        worker.on_death = partial(self._replace_idle, worker)
        return worker

    def _replace_idle(self, worker: WorkerConnection) -> None:
        """Replace a worker that has died while it had no query, before a query is given to it."""
        if worker in self._idle:
            self._idle.remove(worker)
            worker.kill()
            self._fill_place()

    def _close_unless_used(self, origin: ForkServer) -> None:
        """End a fork server that has been replaced, unless a query still runs on its data."""
        if not any(worker.origin is origin for worker in self._busy):
            origin.close()

    async def _ask_or_explain(
        self, worker: WorkerConnection, frame: bytes, seconds: float, end: float
    ) -> Answer:
        """Return the answer of a worker to a query.

        Raises:
            QueryError: there is no answer, also because the query was to blame for the worker's death.
            LostError: the worker has died, and the query was not to blame.
        """
        try:
            return await self._ask(worker, frame, seconds, end)
        except LostError:
            self._raise_cause(worker, len(frame))
            raise

    async def _ask(self, worker: WorkerConnection, frame: bytes, seconds: float, end: float) -> Answer:
        """Return the answer of a worker to a query.

        Args:
            worker: an idle worker.
            frame: the query.
            seconds: how long the query may take in all, for the message.
            end: the time of the event loop at which the query is stopped.
        """
        loop = asyncio.get_running_loop()
        begun = loop.time()
        has_place = not worker.long
        if has_place:
            worker.timer = loop.call_later(self.limits.short, self._check_time, worker)
        try:
            async with asyncio.timeout_at(end):
                document, body = await worker.ask(frame)
        except TimeoutError:
            self._counts["timeouts"] += 1
            message = f"the query was stopped after {seconds:g} s"
            used = worker.seconds()
            if has_place and used < _BUSY_SHARE * (loop.time() - begun):  # others wait for endpoints
                message += f", of which the busy machine gave it {used:.1f} s of processor time"
            raise QueryTimeoutError(message, seconds) from None
        except asyncio.CancelledError:
            self._counts["cancelled"] += 1
            raise
        finally:
            if worker.timer:
                worker.timer.cancel()
        try:
            answer, last = worker_process.read_reply(
                document, body, worker.origin.version, loop.time() - begun
            )
        except QueryError as error:
            worker.usable = not error.ends_worker
            raise
        except worker_process.InvalidReplyError as error:
            raise LostError from error
        worker.usable = not last
        return answer

    def _check_time(self, worker: WorkerConnection) -> None:
        """Give the place of a query that takes long to the next one, or stop it where there are too many."""
        loop = asyncio.get_running_loop()
        seconds = worker.seconds()
        if worker.long:
            left = _IDLE_AFTER * self.limits.short - seconds
            if left > 0:
                worker.timer = loop.call_later(max(left, _CHECK_SECONDS), self._check_time, worker)
            else:
                worker.yield_to_others()
        elif seconds < self.limits.short:
            worker.wake()
            left = max(self.limits.short - seconds, _CHECK_SECONDS)
            worker.timer = loop.call_later(left, self._check_time, worker)
        elif sum(other.long for other in self._busy) < self.limits.long_workers:
            worker.long = True
            worker.give_way()
            worker.timer = loop.call_later(_IDLE_AFTER * self.limits.short, self._check_time, worker)
            self._fill_place()
        elif self._waiting and (seconds > _GRACE * self.limits.short or self._is_owed(worker)):
            self._counts["displaced"] += 1
            worker.displaced = True
            worker.kill()
        else:
            worker.timer = loop.call_later(_CHECK_SECONDS, self._check_time, worker)

    def _is_owed(self, worker: WorkerConnection) -> bool:
        """Return whether queries of clients with fewer workers wait for more places than are being made."""
        held = Counter(busy.client for busy in self._busy)
        owed = sum(held[client] + 1 < held[worker.client] for client in self._waiting.values())
        return owed > len(self._tasks) + sum(busy.displaced for busy in self._busy)

    async def _answer_with_services(self, relay: "Relay", request: Request, timeout: float | None) -> Answer:
        """Return the answer to a query that may call endpoints, from a worker that is forked for it."""
        limit = self.limits.service_timeout
        seconds = limit if timeout is None else min(timeout, limit)
        if self._calling >= self.limits.service_workers:
            raise OverloadedError("too many queries are calling other endpoints; ask again later", 5)
        self._calling += 1
        secret, permission = relay.grant(seconds)
        worker = None
        try:
            worker = await self._fork(self.origin, relay.port)
            worker.long = True  # it has no place
            self._busy.add(worker)
            frame = worker_process.pack(request, permission.addresses)
            end = asyncio.get_running_loop().time() + seconds
            return await self._ask_or_explain(worker, frame, seconds, end)
        except ServiceFailedError as error:
            raise permission.explain(error) from None
        except (LostError, ForkServerLostError):
            self._counts["lost"] += 1
            raise WorkerLostError("the worker with the query was ended by a signal; ask again") from None
        finally:
            relay.revoke(secret)
            self._calling -= 1
            if worker is not None:
                self._give_back(worker)

    def _raise_cause(self, worker: WorkerConnection, size: int) -> None:
        """Raise the error that tells why a worker died, if its query, of ``size`` bytes, may be to blame."""
        if worker.displaced:
            message = "too many long queries are running; ask again later"
            raise OverloadedError(message, max(1, math.ceil(self.limits.timeout / 2))) from None
        messages = worker.messages()
        if "memory allocation" in messages or "MemoryError" in messages:
            self._counts["memory"] += 1
            raise worker_process.out_of_memory(self.limits) from None
        signalled = messages.startswith("Fatal Python error")  # so says ``faulthandler``, whoever sent it
        if signalled and size < _DEEP_BYTES:
            return
        if signalled or "overflow" in messages:
            self._counts["depth"] += 1
            message = "the process with the query was ended by a signal; the query may nest too deep or have "
            raise QueryTooDeepError(f"{message}too many parts: split it") from None
        if lines := messages.strip().splitlines():
            raise QueryError(f"the query could not be evaluated: {lines[0]}") from None


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - the process that serves has no other way to speak
