"""Numbers about the server, in Prometheus' text format 0.0.4.

By hand: the client library takes 60 ms to import, of the few hundred that a start may take.
"""

import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})
_METHODS = frozenset(("GET", "HEAD", "OPTIONS", "POST", "QUERY"))


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
        known = method if method in _METHODS else "other"
        with self._lock:
            self._requests[area, known, status] += 1
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
        """All of it, with what is served, as labels, and further numbers of this moment by name."""
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


def _gauges(gauges: Mapping[str, float]) -> Iterator[str]:
    for name, value in gauges.items():
        yield f"# TYPE cstokg_{name} gauge"
        yield f"cstokg_{name} {value}"


def _head(name: str, kind: str, meaning: str) -> Iterator[str]:
    yield f"# HELP {name} {meaning}"
    yield f"# TYPE {name} {kind}"
