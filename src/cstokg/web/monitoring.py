"""What is noted of requests: a record of each, the access log, and each client's share of work."""

import itertools
import json
import math
import queue
import secrets
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cstokg.errors import CstokgError
from cstokg.settings import Serving
from cstokg.web.metrics import Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

STANDARD_OUTPUT = "-"

_KEY = "cstokg.record"
_MINUTE = 60.0
_CLIENTS = 10_000  # more are not remembered; the one that asked longest ago is forgotten first
_PAID_AHEAD = 0.1  # seconds; no more than so many requests of one client begin within its share
_NOTHING = 1e-9  # seconds
_LINES = 10_000  # lines of the log that may wait to be written; further ones are lost, and counted


class AccessLogError(CstokgError):
    """The log cannot be written; the message names the file."""


@dataclass(slots=True)
class Record:
    """What is noted of a request while it is answered.

    Attributes:
        id: a name that no other request has.
        status: the HTTP status; 0 until it is known.
        query_hash: of its query.
        rows: how many solutions or triples were sent; -1 where that says nothing.
        cached: whether it cost no evaluation.
        cause: why it failed: the name of a problem's type.
        work: the seconds of evaluating or making a page, without waiting for others.
    """

    id: str = ""
    status: int = 0
    query_hash: str = ""
    rows: int = -1
    cached: bool = False
    cause: str = ""
    work: float = 0.0


def record_of(environ: "WSGIEnvironment") -> Record:
    """The record of a request that has come to the pages; one that nobody reads where nothing is noted."""
    found = environ.get("asgi.scope", {}).get(_KEY)
    return found if isinstance(found, Record) else Record()


class Monitoring:
    """What a server remembers of its requests.

    Attributes:
        metrics: what was counted since the start.
        log: the access log, if there is one.
        limit: on the work of each client, if there is one.
    """

    def __init__(self, settings: Serving) -> None:
        """Begin to watch.

        Raises:
            AccessLogError: the access log cannot be written.
        """
        self.metrics = Metrics()
        self.log = open_log(settings.access_log) if settings.access_log else None
        self.limit = RateLimit(settings.work) if settings.work else None
        # Unique among servers, and cheap for each request.
        self._name = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    def record(self, scope: dict[str, object]) -> Record:
        """The record of a new request, which its scope holds from now on."""
        record = scope[_KEY] = Record(self.name_request())
        return record

    def name_request(self) -> str:
        """A name that no other request has."""
        return f"{self._name}-{next(self._numbers)}"

    def note(self, record: Record, area: str, method: str, path: str, client: str, seconds: float) -> None:
        """Note a request that has been answered; ``area`` is one of a few parts of the site."""
        self.metrics.observe(
            area,
            method,
            record.status,
            seconds,
            cause=record.cause,
            rows=record.rows,
            cached=record.cached,
        )
        if self.log:
            self.log.write(record, method, path, client, seconds)

    @property
    def lost_lines(self) -> int:
        """How many lines of the access log could not be written."""
        return self.log.lost if self.log else 0

    def close(self) -> None:
        """Close the access log."""
        if self.log:
            self.log.close()


class AccessLog:
    """Writes one JSON object a line to a file or to standard output, from a thread of its own.

    Attributes:
        lost: how many lines could not be written.
    """

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream that is open."""
        self.lost = 0
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(_LINES)
        self._thread = threading.Thread(target=self._write, name="access log", daemon=True)
        self._thread.start()

    def write(self, record: Record, method: str, path: str, client: str, seconds: float) -> None:
        """Note a request that has been answered; of its query only the hash."""
        line: dict[str, object] = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "request": record.id,
            "client": client,
            "method": method,
            "path": path,
            "status": record.status,
            "ms": round(seconds * 1000, 3),
        }
        if record.query_hash:
            line["query"] = record.query_hash
            line["cached"] = record.cached
        if record.rows >= 0:
            line["rows"] = record.rows
        if record.cause:
            line["cause"] = record.cause
        try:
            self._lines.put_nowait(json.dumps(line) + "\n")
        except queue.Full:
            self.lost += 1

    def close(self) -> None:
        """Write what waits, and no more; standard output stays open."""
        self._lines.put(None)
        self._thread.join()
        if self._stream is not sys.stdout:
            try:
                self._stream.close()
            except OSError:
                self.lost += 1

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(line)
                self._stream.flush()
            except OSError:
                self.lost += 1


def open_log(path: str) -> AccessLog:
    """The log in a file, after what it holds already, or on standard output for ``-``.

    Raises:
        AccessLogError: the file cannot be written.
    """
    if path == STANDARD_OUTPUT:
        return AccessLog(sys.stdout)
    try:
        return AccessLog(Path(path).open("a", encoding="utf-8"))
    except OSError as error:
        raise AccessLogError(f"{path}: the access log cannot be written: {error.strerror or error}") from None


class RateLimit:
    """Counts seconds of work by client.

    Each request pays a little in advance and the rest afterwards, since nobody knows what a query
    costs: a client may go into debt, and waits until time has paid it back.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Give each client as many seconds of work a minute."""
        self._limit = seconds
        self._ahead = min(_PAID_AHEAD, seconds / 10)
        self._clock = clock
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def begin(self, client: str) -> int:
        """Begin a request: 0, or the whole seconds after which its client may ask again."""
        left = self._left(client)
        if left <= _NOTHING:
            return max(1, math.ceil(round(-left * _MINUTE / self._limit, 6)))
        self._charge(client, self._ahead)
        return 0

    def end(self, client: str, seconds: float) -> None:
        """Take the work of a request that was begun from its client's share."""
        self._charge(client, seconds - self._ahead)

    def _charge(self, client: str, seconds: float) -> None:
        self._clients[client] = self._left(client) - seconds, self._clock()
        self._clients.move_to_end(client)
        if len(self._clients) > _CLIENTS:
            self._clients.popitem(last=False)

    def _left(self, client: str) -> float:
        left, since = self._clients.get(client, (self._limit, 0.0))
        return min(self._limit, left + (self._clock() - since) * self._limit / _MINUTE)
