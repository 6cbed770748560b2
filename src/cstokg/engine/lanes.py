"""The lanes of a pool: idle workers, those with short queries, those with long ones, and the queue."""

import math
import queue
import threading
import time
from collections import deque
from collections.abc import Callable

from cstokg.engine.answers import Cancelled
from cstokg.engine.errors import LoadError, OverloadedError, QueryCancelledError
from cstokg.engine.processes import Nursery, Worker
from cstokg.engine.wire import LostError
from cstokg.limits import Limits

_TICK = 0.01  # seconds between two looks at who could make room, while somebody waits
_LOOK = 0.25  # seconds between two looks at whether a client is still there
_REST = 0.5  # seconds between two attempts to load data that cannot be loaded
_TAKE_NOTE, _END = "somebody waits", "end"


class _Waiter:
    """One who waits for a worker."""

    __slots__ = ("served", "worker")

    def __init__(self) -> None:
        self.served = threading.Lock()
        self.served.acquire()
        self.worker: Worker | None = None


class Lanes:
    """Hands out workers, takes them back, and has new ones made in place of those that ended."""

    def __init__(self, nursery: Nursery, limits: Limits, revive: Callable[[], object]) -> None:
        """Have the workers of this nursery made; ``revive`` replaces it when it has died."""
        self.nursery = nursery
        self._limits = limits
        self._revive = revive
        self._lock = threading.Lock()
        self._idle = [nursery.worker() for _ in range(limits.workers)]
        self._busy: set[Worker] = set()
        self._waiting: deque[_Waiter] = deque()
        self._made = len(self._idle)
        self._closed = False
        self._orders: queue.SimpleQueue[Nursery | str] = queue.SimpleQueue()
        threading.Thread(target=self._keep, name="workers", daemon=True).start()

    def take(self, cancelled: Cancelled | None, until: float = math.inf) -> Worker:
        """An idle worker; those who have to wait for one are served in turn, at the latest at a time.

        Raises:
            OverloadedError: the queue is full, or nothing got free in time.
            QueryCancelledError: the one who waits has gone.
        """
        with self._lock:
            if self._idle:
                worker = self._idle.pop()
                self._busy.add(worker)
                return worker
            if len(self._waiting) >= self._limits.queue:
                raise OverloadedError("too many queries are waiting; ask again later")
            waiter = _Waiter()
            self._waiting.append(waiter)
            if len(self._waiting) == 1:
                self._orders.put(_TAKE_NOTE)
        gone = self._wait(waiter, cancelled, until)
        with self._lock:
            if waiter.worker is not None:
                return waiter.worker
            self._waiting.remove(waiter)
        if gone:
            raise QueryCancelledError("the client has gone")
        raise OverloadedError("all workers have been busy for too long; ask again later")

    def give_back(self, worker: Worker) -> None:
        """Take a worker back: for the next if it can go on, has had a short query, and the current data."""
        with self._lock:
            self._busy.discard(worker)
            current = worker.nursery is self.nursery and not self._closed
            if worker.usable and current and not worker.long:
                worker.usable = False
                self._hand_out(worker)
                return
            orphaned = not current and not any(other.nursery is worker.nursery for other in self._busy)
        worker.kill()
        if current and not worker.long:
            self._orders.put(worker.nursery)
        if orphaned:
            worker.nursery.close()

    def may_go_on(self, worker: Worker) -> bool:
        """Whether a worker may go on with a query that is no short one any more.

        It may as one of the long ones; if there are too many, then as long as nobody waits.
        """
        with self._lock:
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
        with self._lock:
            if self._closed:
                old, ended = nursery, fresh
            else:
                old, self.nursery = self.nursery, nursery
                ended, self._idle = self._idle, []
                self._made += len(fresh)
                for worker in fresh:
                    self._hand_out(worker)
            orphaned = not any(worker.nursery is old for worker in self._busy)
        for worker in ended:
            worker.kill()
        if orphaned:
            old.close()

    def state(self) -> dict[str, float]:
        """How many workers are idle and busy, how many queries wait, how many workers were ever made."""
        with self._lock:
            long = sum(worker.long for worker in self._busy)
            return {
                "idle": len(self._idle),
                "short": len(self._busy) - long,
                "long": long,
                "waiting": len(self._waiting),
                "made": self._made,
            }

    def close(self) -> None:
        """End all workers and their nursery."""
        with self._lock:
            self._closed = True
            ended, self._idle = self._idle, []
            nurseries = {self.nursery, *(worker.nursery for worker in self._busy)}
        self._orders.put(_END)
        for worker in ended:
            worker.kill()
        for nursery in nurseries:
            nursery.close()

    def _wait(self, waiter: _Waiter, cancelled: Cancelled | None, until: float) -> bool:
        """Whether the client has gone before it was served; it may also not have been served in time."""
        end = min(until, time.monotonic() + self._limits.queue_seconds)
        while (left := end - time.monotonic()) > 0:
            if waiter.served.acquire(timeout=min(left, _LOOK)):
                return False
            if cancelled is not None and cancelled():
                return True
        return False

    def _hand_out(self, worker: Worker) -> None:
        if self._waiting:
            waiter = self._waiting.popleft()
            waiter.worker = worker
            self._busy.add(worker)
            waiter.served.release()
        else:
            self._idle.append(worker)

    def _make_long(self, worker: Worker) -> bool:
        """Whether there is room for one more long query, which this worker's now is."""
        if sum(other.long for other in self._busy) >= self._limits.long_workers:
            return False
        worker.long = True
        worker.yield_to_others()
        if worker.nursery is self.nursery:
            self._orders.put(worker.nursery)
        return True

    def _keep(self) -> None:
        """Make each worker that is wanted, and room for those who wait, until told to end."""
        while True:
            try:
                order = self._orders.get(timeout=_TICK if self._waiting else None)
            except queue.Empty:
                self._make_room()
                continue
            if order == _END:
                return
            if isinstance(order, Nursery):
                self._make(order)

    def _make_room(self) -> None:
        with self._lock:
            for worker in self._busy if self._waiting else ():
                if not worker.long and worker.seconds > self._limits.short:
                    self._make_long(worker)

    def _make(self, nursery: Nursery) -> None:
        while nursery is self.nursery and not self._closed:
            try:
                worker = nursery.worker()
            except LostError:
                if not self._closed:
                    self._replace_dead()
                continue
            with self._lock:
                if nursery is self.nursery and not self._closed:
                    self._made += 1
                    self._hand_out(worker)
                    return
            worker.kill()

    def _replace_dead(self) -> None:
        try:
            self._revive()
        except LoadError:
            time.sleep(_REST)  # the source may come back
