"""Ask data that never change: one query in, one written answer out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol, Self

from cstokg.engine import evaluation, guard, store
from cstokg.engine.answers import Answer, Cancelled, Request
from cstokg.engine.pool import Pool
from cstokg.engine.processes import Nursery
from cstokg.engine.store import Source
from cstokg.limits import Limits


class Evaluator(Protocol):
    """What an engine leaves the work to: this process, or a pool of others."""

    @property
    def title(self) -> str:
        """What is asked about, in words."""

    @property
    def version(self) -> str:
        """The version of what is asked about."""

    @property
    def release_version(self) -> str:
        """The version that the release states."""

    @property
    def folder(self) -> Path | None:
        """The folder of the release."""

    def answer(self, request: Request, timeout: float | None, cancelled: Cancelled | None) -> Answer:
        """The answer to a query of bearable size."""

    def reload(self) -> bool:
        """Whether the data have been replaced by changed ones."""

    def state(self) -> dict[str, float]:
        """Numbers to watch."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have something called whenever the data have been replaced."""

    def close(self) -> None:
        """End everything that was started."""


class Engine:
    """Answers queries.

    Attributes:
        limits: on every query.
        services: the IRIs of the endpoints that queries may call.
    """

    def __init__(
        self, evaluator: Evaluator, limits: Limits | None = None, services: Sequence[str] = ()
    ) -> None:
        """Ask this evaluator."""
        self.limits = limits or Limits()
        self.services = tuple(services)
        self._evaluator = evaluator

    @classmethod
    def from_release(cls, folder: Path) -> Self:
        """The engine of the release in a folder. It evaluates in this process: for trusted queries only.

        Raises:
            LoadError: there is no release in it.
        """
        return cls(_Here(store.release(folder)))

    @classmethod
    def from_files(cls, paths: Sequence[Path], default_graph: Literal["plain", "union"] = "plain") -> Self:
        """The engine of any RDF files; their extensions say their formats. For trusted queries only.

        With the ``plain`` default graph triples go there and quads keep their graphs; the ``union``
        default graph is the RDF merge of all of them.

        Raises:
            LoadError: a file is missing, has an unknown extension, or does not parse.
        """
        return cls(_Here(store.files(Source(Path(), tuple(paths), default_graph))))

    @classmethod
    def isolated(
        cls,
        source: Source,
        limits: Limits | None = None,
        nursery: Nursery | None = None,
        services: Sequence[str] = (),
    ) -> Self:
        """The engine of a source that evaluates in processes of its own: for strangers' queries.

        A nursery that is given has been started for the same source and limits. Queries may call the
        endpoints whose IRIs the services are, and no others.

        Raises:
            LoadError: the source cannot be loaded.
            SandboxError: the system cannot keep queries from calling other endpoints.
        """
        limits = limits or Limits()
        return cls(Pool(source, limits, nursery, services), limits, services)

    @property
    def title(self) -> str:
        """What is asked about, in words: ``release 3f2a90c41b7e`` or ``2 files``."""
        return self._evaluator.title

    @property
    def version(self) -> str:
        """A name that changes whenever the data do."""
        return self._evaluator.version

    @property
    def release_version(self) -> str:
        """The version that the release states in its manifest; for files the same as the version."""
        return self._evaluator.release_version

    @property
    def folder(self) -> Path | None:
        """The folder of the release that is asked now; None for files."""
        return self._evaluator.folder

    def query(
        self,
        sparql: str,
        media_type: str | Sequence[str],
        default_graphs: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        *,
        timeout: float | None = None,
        cancelled: Cancelled | None = None,
    ) -> Answer:
        """The answer to a query, in the first of the media types that can hold it.

        The project's prefixes need no declaration, and relative IRIs start from its base IRI. Graphs
        given here replace the FROM clauses of the query (SPARQL 1.1 Protocol, section 2.1.4). A
        timeout, in seconds, counts where it is below the limit; ``cancelled`` is asked now and then
        and ends the query by saying yes. An engine in this process has neither.

        Raises:
            MalformedQueryError: the text is not a query.
            UpdateRefusedError: it is an update.
            ServiceRefusedError: it calls another endpoint.
            QueryTooLongError: it has too many bytes.
            QueryTooDeepError: it nests too deep.
            GraphNameError: the name of a graph is not an IRI.
            NotAcceptableError: no media type of these can hold its kind of result.
            InexpressibleResultError: the media type cannot hold a character of the result.
            ResultTooLargeError: the result has too many bytes.
            QueryTimeoutError: it took too long.
            MemoryExceededError: it took too much memory.
            OverloadedError: others are being answered; come again.
            QueryCancelledError: nobody waits for the answer.
            ServiceFailedError: an endpoint that it may call did not answer.
            QueryError: it cannot be evaluated.
        """
        guard.check_size(sparql, self.limits)
        media_types = (media_type,) if isinstance(media_type, str) else tuple(media_type)
        request = Request(sparql, media_types, tuple(default_graphs), tuple(named_graphs))
        return self._evaluator.answer(request, timeout, cancelled)

    def reload(self) -> bool:
        """Whether the source has changed; it is then asked from now on, and what runs ends on the old data.

        Raises:
            LoadError: the source cannot be loaded; the old data stay.
        """
        return self._evaluator.reload()

    def state(self) -> dict[str, float]:
        """Numbers to watch, by name: workers, queries waiting, kills by cause. None in this process."""
        return self._evaluator.state()

    def on_change(self, callback: Callable[[], None]) -> None:
        """Have something called, in some thread, whenever a new release has taken the place of the old."""
        self._evaluator.on_change(callback)

    def close(self) -> None:
        """End every process that was started for this engine."""
        self._evaluator.close()


class _Here:
    """Evaluates in this process, one query at a time in each thread that asks."""

    def __init__(self, data: store.Loaded) -> None:
        self._data = data
        self.title, self.version, self.folder = data.title, data.version, data.folder
        self.release_version = data.release_version

    def answer(self, request: Request, timeout: float | None, cancelled: Cancelled | None) -> Answer:
        del timeout, cancelled  # nothing here can be stopped
        return replace(evaluation.evaluate(self._data.store, request), version=self.version)

    def reload(self) -> bool:
        return False  # the data stay

    def state(self) -> dict[str, float]:
        return {}

    def on_change(self, callback: Callable[[], None]) -> None:
        del callback  # the data stay

    def close(self) -> None:
        pass
