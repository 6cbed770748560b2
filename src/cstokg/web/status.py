"""The addresses that say how the server is: ``/health`` for probes, ``/metrics`` for Prometheus."""

import json
import resource
import sys
import time

from werkzeug import Request, Response

from cstokg.engine import Engine
from cstokg.web import metrics
from cstokg.web.answering import Answering
from cstokg.web.problems import ProblemError

HEALTH = "/health"
METRICS = "/metrics"
PATHS = (HEALTH, METRICS)

_READING = ("GET", "HEAD")
_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


class State:
    """The state of a server."""

    def __init__(self, answers: Answering, counted: metrics.Metrics) -> None:
        """Look at an engine, the answers that are kept, and what was counted."""
        self._metrics = counted
        self._answering = answers
        self._started = time.time()

    def respond(self, request: Request) -> Response:
        """The response at one of ``PATHS``; it costs no evaluation, so it comes also under load."""
        if request.method not in _READING:
            allow = {"Allow": ", ".join(_READING)}
            problem = ProblemError("method-not-allowed", "This can be read only.", headers=allow)
            return problem.response(request)
        if request.path == HEALTH:
            response = Response(json.dumps(self.health()) + "\n", content_type="application/json")
        else:
            engine = self._answering.engine
            served = {"release": _release(engine) or "", "version": engine.release_version}
            text = self._metrics.text(served, self.gauges())
            response = Response(text, content_type=metrics.CONTENT_TYPE)
        response.headers["Cache-Control"] = "no-store"
        return response

    def health(self) -> dict[str, object]:
        """That the server lives, and what it serves.

        The release is its folder's name, the version the one in its manifest: what is asserted, without
        the questions and what was inferred.
        """
        engine = self._answering.engine
        return {
            "status": "ok",
            "release": _release(engine),
            "version": engine.release_version,
            "serving": engine.title,
        }

    def gauges(self) -> dict[str, float]:
        """Numbers of this moment, by name."""
        answers = self._answering
        engine = {f"engine_{name}": value for name, value in answers.engine.state().items()}
        return {
            "cache_bytes": answers.cache.size,
            "cache_entries": len(answers.cache),
            "start_time_seconds": self._started,
            "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT,
            **engine,
        }


def _release(engine: Engine) -> str | None:
    return engine.folder.name if engine.folder else None
