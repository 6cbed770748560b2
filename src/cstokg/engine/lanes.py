"""The lanes of a pool: idle workers, those with short queries, those with long ones, and the queue."""

import queue
import threading
import time
from collections.abc import Callable

from cstokg.engine.answers import Cancelled
from cstokg.engine.errors import LoadError, OverloadedError, QueryCancelledError
from cstokg.engine.processes import Nursery, Worker
from cstokg.engine.wire import LostError
from cstokg.limits import Limits

_LOOK = 0.01
_REST = 0.5


class Lanes:
    """Hands out workers, takes them back, and has new ones made in place of those that ended."""

    def __init__(self, nursery: Nursery, limits: Limits, revive: Callable[[], object]) -> None:
        """Have the workers of this nursery made; ``revive`` replaces it when it has died."""
        self.nursery = nursery
        self._limits = limits
        self._revive = revive
        self._free = threading.Condition()
        self._idle = [nursery.worker() for _ in range(limits.workers)]
        self._busy: set[Worker] = set()
        self._waiting = 0
        self._made = len(self._idle)
        self._wanted: queue.SimpleQueue[Nursery | None] = queue.SimpleQueue()
        self._closed = False
        threading.Thread(target=self._make, name="workers", daemon=True).start()

    def take(self, cancelled: Cancelled | None) -> Worker:
        """An idle worker; those who wait for one are served in turn.

        Raises:
            OverloadedError: the queue is full, or nothing got free in time.
            QueryCancelledError: the one who waits has gone.
        """
        with self._free:
            if not (self._idle and not self._waiting):
                self._wait(cancelled)
            worker = self._idle.pop()
            worker.since = time.monotonic()
            self._busy.add(worker)
        return worker

    def give_back(self, worker: Worker) -> None:
        """Take a worker back: idle again if it can go on, has had a short query, and the current data."""
        with self._free:
            self._busy.discard(worker)
            current = worker.nursery is self.nursery and not self._closed
            if worker.usable and current and not worker.long:
                worker.usable = False
                self._idle.append(worker)
                self._free.notify()
                return
            orphaned = not current and not any(other.nursery is worker.nursery for other in self._busy)
        worker.kill()
        if current and not worker.long:
            self._wanted.put(worker.nursery)
        if orphaned:
            worker.nursery.close()

    def may_go_on(self, worker: Worker) -> bool:
        """Whether a worker may go on with a query that is no short one any more.

        It may as one of the long ones; if there are too many, then as long as nobody waits.
        """
        with self._free:
            return worker.long or self._make_long(worker) or not self._waiting

    def replace(self, nursery: Nursery) -> None:
        """Give new queries to workers of another nursery; the old one ends with its last query.

        Raises:
            LoadError: the new nursery makes no workers.
        """
        try:
            fresh = [nursery.worker() for _ in range(self._limits.workers)]
        except LostError as error:
            nursery.close()
            raise LoadError(f"no workers for the new data: {error}") from None
        with self._free:
            if self._closed:
                old, ended = nursery, fresh
            else:
                old, self.nursery = self.nursery, nursery
                ended, self._idle = self._idle, fresh
            self._made += len(fresh)
            orphaned = not any(worker.nursery is old for worker in self._busy)
            self._free.notify_all()
        for worker in ended:
            worker.kill()
        if orphaned:
            old.close()

    def state(self) -> dict[str, float]:
        """How many workers are idle and busy, how many queries wait, how many workers were ever made."""
        with self._free:
            long = sum(worker.long for worker in self._busy)
            return {
                "idle": len(self._idle),
                "short": len(self._busy) - long,
                "long": long,
                "waiting": self._waiting,
                "made": self._made,
            }

    def close(self) -> None:
        """End all workers and their nursery."""
        with self._free:
            self._closed = True
            ended, self._idle = self._idle, []
            nurseries = {self.nursery, *(worker.nursery for worker in self._busy)}
        self._wanted.put(None)
        for worker in ended:
            worker.kill()
        for nursery in nurseries:
            nursery.close()

    def _wait(self, cancelled: Cancelled | None) -> None:
        if self._waiting >= self._limits.queue:
            raise OverloadedError("too many queries are waiting; ask again later")
        end = time.monotonic() + self._limits.queue_seconds
        self._waiting += 1
        try:
            while not self._idle:
                left = end - time.monotonic()
                if left <= 0:
                    raise OverloadedError("all workers have been busy for too long; ask again later")
                if self._free.wait(min(left, _LOOK)):
                    continue
                for worker in self._busy:
                    if not worker.long and time.monotonic() - worker.since > self._limits.short:
                        self._make_long(worker)
                if cancelled is not None and cancelled():
                    raise QueryCancelledError("the client has gone")
        finally:
            self._waiting -= 1

    def _make_long(self, worker: Worker) -> bool:
        """Whether there is room for one more long query, which this worker's now is."""
        if sum(other.long for other in self._busy) >= self._limits.long_workers:
            return False
        worker.long = True
        worker.yield_to_others()
        if worker.nursery is self.nursery:
            self._wanted.put(worker.nursery)
        return True

    def _make(self) -> None:
        """Make each worker that is wanted, until told to end."""
        while (nursery := self._wanted.get()) is not None:
            while nursery is self.nursery and not self._closed:
                try:
                    worker = nursery.worker()
                except LostError:
                    if not self._closed:
                        self._replace_dead()
                    continue
                with self._free:
                    if nursery is self.nursery and not self._closed:
                        self._idle.append(worker)
                        self._made += 1
                        self._free.notify()
                        break
                worker.kill()

    def _replace_dead(self) -> None:
        try:
            self._revive()
        except LoadError:
            time.sleep(_REST)  # the source may come back
