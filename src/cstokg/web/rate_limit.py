"""A share of work for each client: so many seconds a minute."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

_MINUTE = 60.0
_CLIENTS = 10_000  # more are not remembered; the one that asked longest ago is forgotten first


class RateLimit:
    """Counts seconds of work by client, for several threads.

    Work is paid for afterwards, since nobody knows what a query costs: a client may go into debt by
    one request for each of its connections, and waits until time has paid it back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Give each client as many seconds of work a minute."""
        self._limit = seconds
        self._clock = clock
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, client: str) -> int:
        """The whole seconds after which a client may ask again; 0 if it may now."""
        with self._lock:
            left = self._left(client)
        return 0 if left > 0 else max(1, math.ceil(round(-left * _MINUTE / self._limit, 6)))

    def charge(self, client: str, seconds: float) -> None:
        """Take the time of a request from a client's share."""
        with self._lock:
            self._clients[client] = self._left(client) - seconds, self._clock()
            self._clients.move_to_end(client)
            if len(self._clients) > _CLIENTS:
                self._clients.popitem(last=False)

    def _left(self, client: str) -> float:
        left, since = self._clients.get(client, (self._limit, 0.0))
        return min(self._limit, left + (self._clock() - since) * self._limit / _MINUTE)
