"""Request records, the metrics, the access log, and the limit on the work of each client.

A new counter goes into ``Metrics``; a number that is read on request is one of the gauges of
``asgi_app.Application``. Prometheus' text format 0.0.4 is written by hand, because its client library takes
60 ms to import, and a start should take a few hundred.
"""

import itertools
import json
import math
import queue
import secrets
import sys
import threading
import time
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from cstokg.errors import CstokgError
from cstokg.settings import Serving

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

STANDARD_OUTPUT = "-"

_KEY = "cstokg.record"
_MINUTE = 60.0
_MAX_CLIENTS = 10_000  # clients that are remembered; the one that asked longest ago is forgotten first
_PAID_AHEAD = 0.1  # seconds charged when a request begins, which limits how many a client can begin at once
_NOTHING = 1e-9  # seconds
_MAX_LINES = 10_000  # lines of the log that may wait to be written; further ones are lost, and counted

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "QUERY"))


class AccessLogError(CstokgError):
    """The log cannot be written; the message names the file."""


@dataclass(slots=True)
class Record:
    """What is noted of a request while it is answered.

    Attributes:
        id: a name that no other request has.
        status: the HTTP status; 0 until it is known.
        query_hash: the hash of its query.
        rows: how many solutions or triples were sent; -1 if that does not apply.
        cached: whether it was answered without evaluating anything.
        cause: why it failed: the name of a type of problem.
        work: the seconds it took to evaluate the query or to make the page, without waiting for others.
    """

    id: str = ""
    status: int = 0
    query_hash: str = ""
    rows: int = -1
    cached: bool = False
    cause: str = ""
    work: float = 0.0


def record_of(environ: "WSGIEnvironment") -> Record:
    """Return the record of a request to the pages; an empty one where nothing is noted."""
    record = environ.get("asgi.scope", {}).get(_KEY)
    return record if isinstance(record, Record) else Record()


class Monitoring:
    """What a server notes of its requests.

    Attributes:
        metrics: the counts since the start.
        log: the access log, if there is one.
        limit: the limit on the work of each client, if there is one.
    """

    def __init__(self, settings: Serving) -> None:
        """Open the access log, if there is one.

        Raises:
            AccessLogError: the access log cannot be written.
        """
        self.metrics = Metrics()
        self.log = open_log(settings.access_log) if settings.access_log else None
        self.limit = RateLimit(settings.work) if settings.work else None
        # The beginning of all names: unique among servers, and made only once.
        self._name = secrets.token_hex(6)
        self._numbers = itertools.count(1)

    def record(self, scope: MutableMapping[str, object]) -> Record:
        """Return the record of a new request, and keep it in the scope of the request."""
        record = scope[_KEY] = Record(self.name_request())
        return record

    def name_request(self) -> str:
        """Return a name that no other request has."""
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
        """Return how many lines of the access log could not be written."""
        return self.log.lost if self.log else 0

    def close(self) -> None:
        """Close the access log."""
        if self.log:
            self.log.close()


class Metrics:
    """Counts requests, for several threads."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._causes: Counter[str] = Counter()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self._hits = 0
        self._rows = 0

    def observe(
        self, area: str, method: str, status: int, seconds: float, *, cause: str, rows: int, cached: bool
    ) -> None:
        """Count a request that has been answered; ``area`` is one of a few parts of the site."""
        bucket = bisect_left(_BUCKETS, seconds)
        label = method if method in _METHODS else "other"
        with self._lock:
            self._requests[area, label, status] += 1
            buckets = self._buckets.get(area)
            if buckets is None:
                buckets = self._buckets[area] = [0] * (len(_BUCKETS) + 1)
                self._seconds[area] = 0.0
            buckets[bucket] += 1
            self._seconds[area] += seconds
            if cause:
                self._causes[cause] += 1
            self._hits += cached
            if rows > 0:
                self._rows += rows

    def text(self, served: Mapping[str, str], gauges: Mapping[str, float]) -> str:
        """Return all metrics as text: ``served`` as labels, and ``gauges``, the current numbers by name."""
        with self._lock:
            lines = [*self._lines(served), *_gauges(gauges)]
        return "".join(f"{line}\n" for line in lines)

    def _lines(self, served: Mapping[str, str]) -> Iterator[str]:
        yield from _head("cstokg_release_info", "gauge", "The release that is served.")
        labels = ",".join(f'{name}="{value.translate(_ESCAPES)}"' for name, value in served.items())
        yield f"cstokg_release_info{{{labels}}} 1"
        yield from _head("cstokg_requests_total", "counter", "Requests that were answered.")
        for (area, method, status), count in sorted(self._requests.items()):
            yield f'cstokg_requests_total{{area="{area}",method="{method}",status="{status}"}} {count}'
        yield from _head("cstokg_problems_total", "counter", "Requests that got a problem, by its type.")
        for cause, count in sorted(self._causes.items()):
            yield f'cstokg_problems_total{{type="{cause}"}} {count}'
        yield from _head("cstokg_cache_hits_total", "counter", "Answers that cost no evaluation.")
        yield f"cstokg_cache_hits_total {self._hits}"
        yield from _head("cstokg_rows_total", "counter", "Solutions and triples that were sent.")
        yield f"cstokg_rows_total {self._rows}"
        yield from _head("cstokg_request_seconds", "histogram", "How long requests took.")
        for area, buckets in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip((*map(str, _BUCKETS), "+Inf"), buckets, strict=True):
                total += count
                yield f'cstokg_request_seconds_bucket{{area="{area}",le="{bound}"}} {total}'
            yield f'cstokg_request_seconds_sum{{area="{area}"}} {self._seconds[area]:.6f}'
            yield f'cstokg_request_seconds_count{{area="{area}"}} {total}'


class AccessLog:
    """Writes one JSON object a line to a file or to standard output, from a separate thread.

    Attributes:
        lost: how many lines could not be written.
    """

    def __init__(self, stream: TextIO) -> None:
        """Write to a stream that is open."""
        self.lost = 0
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(_MAX_LINES)
        self._thread = threading.Thread(target=self._write, name="access log", daemon=True)
        self._thread.start()

    def write(self, record: Record, method: str, path: str, client: str, seconds: float) -> None:
        """Write a line about a request that has been answered; of its query it has only the hash."""
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
        """Write the lines that wait, and close the stream; standard output stays open."""
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
    """Return a log that appends to a file, or writes to standard output for ``-``.

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

    What a query costs is known only afterwards, so a request is charged a little in advance and the rest at
    the end. A client may go below zero, and then has to wait until it is above zero again.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Give each client this many seconds of work a minute."""
        self._limit = seconds
        self._ahead = min(_PAID_AHEAD, seconds / 10)
        self._clock = clock
        self._clients: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def begin(self, client: str) -> int:
        """Begin a request: return 0, or the whole seconds after which its client may ask again."""
        left = self._left(client)
        if left <= _NOTHING:
            return max(1, math.ceil(round(-left * _MINUTE / self._limit, 6)))
        self._charge(client, self._ahead)
        return 0

    def end(self, client: str, seconds: float) -> None:
        """Charge the client for the work of a request that was begun."""
        self._charge(client, seconds - self._ahead)

    def _charge(self, client: str, seconds: float) -> None:
        self._clients[client] = self._left(client) - seconds, self._clock()
        self._clients.move_to_end(client)
        if len(self._clients) > _MAX_CLIENTS:
            self._clients.popitem(last=False)

    def _left(self, client: str) -> float:
        left, since = self._clients.get(client, (self._limit, 0.0))
        return min(self._limit, left + (self._clock() - since) * self._limit / _MINUTE)


def _gauges(gauges: Mapping[str, float]) -> Iterator[str]:
    for name, value in gauges.items():
        yield f"# TYPE cstokg_{name} gauge"
        yield f"cstokg_{name} {value}"


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"
