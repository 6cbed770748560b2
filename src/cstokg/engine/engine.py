"""Ask data that never change: one query in, one written answer out."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol, Self

from cstokg.engine import evaluation
from cstokg.engine.evaluation import Answer, Request
from cstokg.engine.loading import store
from cstokg.engine.loading.store import Source
from cstokg.engine.workers.fork_server_connection import ForkServer
from cstokg.engine.workers.pool import Pool
from cstokg.settings import Limits


class Queryable(Protocol):
    """What answers queries for callers without an event loop: an engine, or a site elsewhere."""

    def query(self, sparql: str, media_type: str | Sequence[str]) -> Answer:
        """Return the answer to a query, in the first of the media types that can hold it.

        Raises:
            QueryError: there is no answer; the class says why.
        """


class _Origin(Protocol):
    """What is asked about: data in this process, the fork server of a pool, or another server's release."""

    @property
    def title(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def release_version(self) -> str: ...

    @property
    def folder(self) -> Path | None: ...

    @property
    def warnings(self) -> tuple[str, ...]: ...


class _Evaluator(Protocol):
    """What does the work of an engine: this process, a pool of others, or another server."""

    @property
    def origin(self) -> _Origin: ...

    async def answer(
        self, request: Request, timeout: float | None = None, *, urgent: bool = False
    ) -> Answer: ...

    async def reload(self) -> bool: ...

    def state(self) -> dict[str, float]: ...

    def on_change(self, callback: Callable[[], None]) -> None: ...

    async def close(self) -> None: ...


class Engine:
    """Answers queries.

    Attributes:
        limits: on every query.
        services: the IRIs of the endpoints that queries may call.
    """

    def __init__(
        self,
        evaluator: _Evaluator,
        limits: Limits | None = None,
        services: Sequence[str] = (),
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take an evaluator and, where it needs one, an event loop that another thread runs."""
        self.limits = limits or Limits()
        self.services = tuple(services)
        self._evaluator = evaluator
        self._loop = loop
        self._thread: threading.Thread | None = None

    @classmethod
    def from_release(cls, folder: Path) -> Self:
        """Return an engine over the release in a folder, in this process: for trusted queries only.

        Raises:
            LoadError: there is no release in it.
        """
        return cls(_InProcess(store.from_release(folder)))

    @classmethod
    def from_files(cls, paths: Sequence[Path], default_graph: Literal["plain", "union"] = "plain") -> Self:
        """Return an engine over RDF files, in this process: for trusted queries only.

        The extensions of the files say their formats. With the ``plain`` default graph triples go there
        and quads keep their graphs; the ``union`` default graph is the RDF merge of all of them.

        Raises:
            LoadError: a file is missing, has an unknown extension, or does not parse.
        """
        return cls(_InProcess(store.files(Source(Path(), tuple(paths), default_graph))))

    @classmethod
    def isolated(cls, source: Source, limits: Limits | None = None, services: Sequence[str] = ()) -> Self:
        """Return an engine over a source that evaluates in separate processes; close it after use.

        Queries may call the endpoints whose IRIs are in ``services``, and no others.

        Raises:
            LoadError: the source cannot be loaded.
            SandboxError: the system cannot keep queries from calling other endpoints.
        """
        limits = limits or Limits()
        pool = Pool(source, limits, services)
        loop = asyncio.new_event_loop()
        engine = cls(pool, limits, services, loop)
        engine._thread = threading.Thread(target=loop.run_forever, name="queries", daemon=True)
        fork_server = ForkServer(source, limits)
        engine._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(pool.start(fork_server), loop).result()
        except BaseException:
            engine.close()
            raise
        return engine

    @property
    def title(self) -> str:
        """Return what the data are, in words: ``release 3f2a90c41b7e`` or ``2 files``."""
        return self._evaluator.origin.title

    @property
    def version(self) -> str:
        """Return a name that changes whenever the data do."""
        return self._evaluator.origin.version

    @property
    def release_version(self) -> str:
        """Return the version that the release states in its manifest; for files the same as the version."""
        return self._evaluator.origin.release_version

    @property
    def folder(self) -> Path | None:
        """Return the folder of the release that is asked now; None for files."""
        return self._evaluator.origin.folder

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what was not loaded exactly as it is written, with the name of the file."""
        return self._evaluator.origin.warnings

    async def answer(self, request: Request, timeout: float | None = None, *, urgent: bool = False) -> Answer:
        """Return the answer to a request, in the first of its media types that can hold it.

        The project's prefixes need no declaration, and relative IRIs start from its base IRI. Graphs
        beside the query replace its FROM clauses (SPARQL 1.1 Protocol, section 2.1.4). A timeout, in
        seconds, counts where it is below the limit; an urgent request gets the next place; cancelling
        the task ends the query. An engine that evaluates in this process can do none of these three.

        Raises:
            MalformedQueryError: the text is not a query.
            UnknownFunctionError: it calls a function that does not exist.
            UnsupportedQueryError: it would not be answered as SPARQL 1.1 says.
            UpdateRefusedError: it is an update.
            ServiceRefusedError: it calls an endpoint that it may not call.
            QueryTooLongError: it has too many bytes.
            QueryTooDeepError: it nests too deep.
            GraphNameError: the name of a graph is not an IRI.
            NotAcceptableError: none of the media types can hold its kind of result.
            InexpressibleResultError: the media type cannot hold a character of the result.
            ResultTooLargeError: the result has too many bytes.
            QueryTimeoutError: it took too long.
            MemoryExceededError: it took too much memory.
            OverloadedError: too many queries are running or waiting; ask again later.
            ServiceFailedError: an endpoint that it may call did not answer.
            BackendUnavailableError: the server that is asked in place of an engine cannot answer now.
            BackendFailedError: that server did not answer this query, or not completely.
            QueryError: it cannot be evaluated.
        """
        answer = self._evaluator.answer(request, timeout, urgent=urgent)
        if self._loop is None or self._loop is asyncio.get_running_loop():
            return await answer
        # Futures of one event loop may not be awaited in another.
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answer, self._loop))

    def query(
        self,
        sparql: str,
        media_type: str | Sequence[str],
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        *,
        spreadsheet: bool = False,
        timeout: float | None = None,
    ) -> Answer:
        """Return the answer to a query, as ``answer`` does, for callers without an event loop.

        Raises:
            QueryError: as ``answer``.
        """
        media_types = (media_type,) if isinstance(media_type, str) else tuple(media_type)
        request = Request(
            sparql, media_types, tuple(default_graphs), tuple(named_graphs), spreadsheet=spreadsheet
        )
        if isinstance(self._evaluator, _InProcess):
            return self._evaluator.evaluate(request)
        if self._loop is None:
            raise RuntimeError("this engine belongs to an event loop; await answer() there")
        return asyncio.run_coroutine_threadsafe(self._evaluator.answer(request, timeout), self._loop).result()

    async def reload(self) -> bool:
        """Load the source again, and return whether it has changed; queries that run end on the old data.

        Raises:
            LoadError: the source cannot be loaded; the old data stay.
        """
        return await self._evaluator.reload()

    def state(self) -> dict[str, float]:
        """Return numbers to watch, by name: workers, waiting queries, kills by cause."""
        return self._evaluator.state()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call a function whenever new data have replaced the old."""
        self._evaluator.on_change(callback)

    def close(self) -> None:
        """End every process that was started for this engine, if it runs its own event loop."""
        if self._thread is None or self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._evaluator.close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._thread = None


class _InProcess:
    """Evaluates in this process, one query at a time in each thread that asks."""

    def __init__(self, data: store.Loaded) -> None:
        self.origin = data

    def evaluate(self, request: Request) -> Answer:
        begun = time.monotonic()
        answer = evaluation.evaluate(self.origin, request)
        return replace(answer, version=self.origin.version, seconds=time.monotonic() - begun)

    async def answer(self, request: Request, timeout: float | None = None, *, urgent: bool = False) -> Answer:
        del timeout, urgent  # nothing here can be stopped or has to wait
        return self.evaluate(request)

    async def reload(self) -> bool:
        return False  # the data stay

    def state(self) -> dict[str, float]:
        return {}

    def on_change(self, callback: Callable[[], None]) -> None:
        del callback  # the data stay

    async def close(self) -> None:
        pass
