"""Answer queries from another SPARQL server that holds the release, in place of an engine of our own.

A query is first evaluated over an empty store, in a worker as always. This refuses a text that is not a
SPARQL 1.1 query, is too long or too deep, or is an update, and a result that no requested format can hold.
The query is then sent with the names of the release's graphs as parameters, so that it sees no other graph
of the server. The server's graph ``namespaces.PUBLISHED`` is read after each answer: if it names a release
or a token other than before, the answer is dropped.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyoxigraph as ox

from cstokg import formats, json_results, namespaces, release
from cstokg.engine import evaluation, guard, query_text, results, syntax_errors
from cstokg.engine.backend_connection import Connections
from cstokg.engine.evaluation import Answer, Request
from cstokg.engine.query_text import BASE_IRI, QueryText
from cstokg.engine.workers.pool import Pool
from cstokg.errors import (
    BackendFailedError,
    BackendUnavailableError,
    LoadError,
    OverloadedError,
    QueryError,
    QueryTimeoutError,
    UnsupportedQueryError,
)
from cstokg.namespaces import PREFIXES
from cstokg.settings import Limits

_SHOWN_DIGITS = 12
_NO_GRAPH = f"{namespaces.GRAPH}none"  # no server has it: an empty graph, where a dataset needs a name
_JSON_FACTOR = 4  # JSON takes up to this many times the bytes of other formats
_PAUSE = 0.1  # seconds between two checks of a server to which a release is being published
_MARK_BYTES = 1_000_000
_MARK = f"""SELECT ?name ?value WHERE {{
  GRAPH <{namespaces.PUBLISHED}> {{ <{namespaces.PUBLISHED}> ?name ?value }}
}}"""
_PROBED, _PROBED_BYTES = 100_000, 100_000_000  # triples, and the bytes that they may take
_COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
_ALL = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }} LIMIT {_PROBED}"
_DEFAULT_GRAPH = "http://www.w3.org/ns/sparql-service-description#defaultGraph"
_HIDDEN_KEYWORD = re.compile(r"\)(?:FROM|GRAPH)", re.IGNORECASE)  # as in ?a<?b)GRAPH?c#>
_BOOLEAN = f"{PREFIXES['xsd']}boolean"
_BOOLEANS = {"1": "true", "0": "false"}
_GRAPHS = frozenset({"CONSTRUCT", "DESCRIBE"})


@dataclass(frozen=True, slots=True)
class _Published:
    """What the server says that it holds."""

    release: str
    token: str
    merged: str
    graphs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Origin:
    """The release in a folder, whose data another server holds; the attributes are those of ``Loaded``."""

    title: str
    version: str
    release_version: str
    folder: Path
    warnings: tuple[str, ...] = ()


class Backend:
    """Asks another server, within the limits of this one. The methods are for one event loop."""

    def __init__(self, endpoint: str, release_folder: Path, pool: Pool, limits: Limits) -> None:
        """Ask an endpoint that holds the release in a folder, which may be the link to the current one.

        The workers of the pool hold no data. The other server need not be running yet.

        Raises:
            LoadError: there is no release in the folder.
        """
        self._connections = Connections(endpoint)
        self._release_folder = release_folder
        self._pool = pool
        self._limits = limits
        self._places = asyncio.Semaphore(limits.workers + limits.long_workers)
        self._callbacks: list[Callable[[], None]] = []
        self._published: _Published | None = None
        self._complete_token = ""  # of the publication for which the server has returned a graph completely
        self._waiting = 0
        self._asked = 0
        self._dropped = 0
        self.origin = self._read_release()

    async def answer(self, request: Request, timeout: float | None = None, *, urgent: bool = False) -> Answer:
        """Return the answer to a query, as ``Engine.answer`` says.

        Raises:
            QueryError: there is no answer; see the classes of ``errors``.
        """
        begun = time.monotonic()
        seconds = self._limits.timeout if timeout is None else min(timeout, self._limits.timeout)
        checked = await self._pool.answer(request, timeout, urgent=urgent)
        query = query_text.read(request.sparql)
        guard.check_no_service(query)
        _check_keywords(query)
        async with self._place(urgent=urgent):
            asked = time.monotonic()
            try:
                async with asyncio.timeout(max(0.0, seconds - (asked - begun))):
                    origin, body = await self._ask(request, query)
                    media_type, written, rows = await asyncio.to_thread(self._write, body, request, query)
            except TimeoutError:
                stopped = QueryTimeoutError(f"the query was stopped after {seconds:g} seconds", seconds)
                stopped.busy_seconds = time.monotonic() - asked
                raise stopped from None
            except QueryError as error:
                error.busy_seconds = time.monotonic() - asked
                raise
            busy = time.monotonic() - asked
        written, gzipped = evaluation.packed(written, accepts_gzip=request.gzip)
        return Answer(
            media_type,
            written,
            rows,
            origin.version,
            volatile=checked.volatile,
            gzipped=gzipped,
            seconds=checked.seconds + busy,
        )

    async def reload(self) -> bool:
        """Answer from the release in the folder if that is a new one, and return whether it is.

        Raises:
            LoadError: the server does not hold the release in the folder; the old one stays.
        """
        origin = self._read_release()
        if origin == self.origin:
            return False
        try:
            async with asyncio.timeout(self._limits.timeout):
                published = await self._mark()
        except (TimeoutError, BackendUnavailableError, BackendFailedError) as error:
            raise LoadError(f"{self._connections.endpoint}: {error}") from error
        if published is None or published.release != origin.folder.name:
            raise LoadError(
                f"{self._connections.endpoint} does not hold release {origin.folder.name}; publish it with "
                "cstokg push"
            )
        self._take(origin, published)
        return True

    def state(self) -> dict[str, float]:
        """Return the numbers of the pool, of queries sent, and of answers dropped for another release."""
        return {
            **self._pool.state(),
            "backend_waiting": self._waiting,
            "backend_asked": self._asked,
            "backend_dropped": self._dropped,
        }

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call a function whenever new data have replaced the old."""
        self._callbacks.append(callback)

    async def close(self) -> None:
        """End the connections and the workers."""
        self._connections.close()
        await self._pool.close()

    def _read_release(self) -> Origin:
        try:
            folder = self._release_folder.resolve(strict=True)
            manifest = json.loads((folder / release.MANIFEST).read_bytes())
            version = str(manifest["version"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise LoadError(
                f"{self._release_folder}: no release here. {release.remedy(self._release_folder)}"
            ) from error
        title = f"release {version[:_SHOWN_DIGITS]} at {self._connections.endpoint}"
        return Origin(title, folder.name, version, folder)

    @asynccontextmanager
    async def _place(self, *, urgent: bool) -> AsyncIterator[None]:
        """Hold one of the places for queries that the server may have at once; an urgent query needs none."""
        if urgent:
            yield
            return
        if self._places.locked() and self._waiting >= self._limits.queue:
            raise OverloadedError("the queue is full; ask again later")
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.queue_seconds):
                await self._places.acquire()
        except TimeoutError:
            raise OverloadedError("no place became free in time; ask again later") from None
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._places.release()

    async def _ask(self, request: Request, query: QueryText) -> tuple[Origin, bytes]:
        """Return the body of an answer from one release, and that release."""
        accept = formats.N_TRIPLES if query.form in _GRAPHS else formats.RESULTS_JSON
        sparql = _with_prologue(query)
        while True:
            published = self._published or await self._mark()
            if published is None:
                await asyncio.sleep(_PAUSE)
                self._published = None
                continue
            self._require_same_release(published)
            self._published = published
            origin = self.origin
            fields = [("query", sparql), *_dataset(request, query, published)]
            self._asked += 1
            if query.form in _GRAPHS and not await self._returns_complete_graphs(published):
                raise BackendFailedError(
                    "the server behind this one cuts graphs without saying so; its operator has to raise its "
                    "limit on rows"
                )
            body = await self._connections.post(fields, accept, self._limits.result_bytes * _JSON_FACTOR)
            after = await self._mark()
            if after == published:
                return origin, body
            self._dropped += 1
            self._published = after

    async def _returns_complete_graphs(self, published: _Published) -> bool:
        """Return whether the server returns a graph completely, tried with the first part of the release."""
        if published.token == self._complete_token:
            return True
        graph = [("default-graph-uri", published.merged)]
        count = await self._connections.post([("query", _COUNT), *graph], formats.RESULTS_JSON, _MARK_BYTES)
        try:
            needed = min(_PROBED, int(json_results.read_foreign(count).rows[0]["n"]["value"]))
        except (ValueError, KeyError, IndexError) as error:
            raise BackendFailedError("the server behind this one does not count triples") from error
        triples = await self._connections.post([("query", _ALL), *graph], formats.N_TRIPLES, _PROBED_BYTES)
        if triples.count(b"\n") < needed:
            return False  # tried again with the next query, because the operator may raise the limit
        self._complete_token = published.token
        return True

    def _require_same_release(self, published: _Published) -> None:
        """Raise if the server does not hold the release in the folder; take that release if it is new.

        Raises:
            BackendUnavailableError: the server holds another release, or the folder holds none.
        """
        if published.release == self.origin.folder.name:
            return
        try:
            origin = self._read_release()
        except LoadError as error:
            raise BackendUnavailableError(str(error)) from error
        if published.release != origin.folder.name:
            raise BackendUnavailableError(
                f"the server behind this one holds release {published.release}, and this one has "
                f"{origin.folder.name}; publish that with cstokg push"
            )
        self._take(origin, published)

    def _take(self, origin: Origin, published: _Published) -> None:
        self.origin, self._published = origin, published
        for callback in self._callbacks:
            callback()

    async def _mark(self) -> _Published | None:
        """Return what the server says that it holds; None while a release is being published."""
        body = await self._connections.post([("query", _MARK)], formats.RESULTS_JSON, _MARK_BYTES)
        try:
            answered = json_results.read_foreign(body).rows
            rows = [(row["name"]["value"], row["value"]["value"]) for row in answered]
        except (ValueError, KeyError) as error:
            raise BackendFailedError("the server behind this one sent no results in JSON") from error
        values = dict(rows)
        dcterms = PREFIXES["dcterms"]
        if f"{dcterms}identifier" not in values:
            if not rows and self._published is None and not self._asked:
                raise BackendUnavailableError("the server behind this one holds no release; use cstokg push")
            return None
        if _DEFAULT_GRAPH not in values:
            raise BackendUnavailableError(
                "the release on the server behind this one has its merge in the default graph; publish it "
                "with cstokg push --default-graph IRI"
            )
        merged = values[_DEFAULT_GRAPH]
        graphs = frozenset(value for name, value in rows if name == f"{dcterms}hasPart") - {merged}
        return _Published(values[f"{dcterms}hasVersion"], values[f"{dcterms}identifier"], merged, graphs)

    def _write(self, body: bytes, request: Request, query: QueryText) -> tuple[str, bytes, int]:
        """Return a result in the first fitting format, written by this server."""
        limit = self._limits.result_bytes
        try:
            if query.form in _GRAPHS:
                quads = ox.parse(body, format=ox.RdfFormat.N_TRIPLES)
                return results.write_triples({quad.triple for quad in quads}, request.media_types, limit)
            if (query.form == "ASK") != (b'"boolean"' in body and "boolean" in json.loads(body)):
                raise ValueError("not the kind of result that the query has")
            columns = query.variables if query.selects_all else ()
            with results.freed_in_this_thread():
                return results.write(
                    ox.parse_query_results(_with_standard_terms(body), format=ox.QueryResultsFormat.JSON),
                    request.media_types,
                    limit,
                    columns,
                    spreadsheet=request.spreadsheet,
                )
        except (
            SyntaxError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            OSError,
            RecursionError,
        ) as error:
            message = f"the server behind this one sent an incomplete or invalid result: {error}"
            raise BackendFailedError(message) from error


def _check_keywords(query: QueryText) -> None:
    """Raise if a keyword stands so close to a name or IRI that the tokens do not show which graphs it names.

    Raises:
        UnsupportedQueryError: a keyword does; the message says where to put blanks.
    """
    for token in query.tokens[query.first :]:
        if (token.kind == "name" and token.text.partition(":")[0] not in query.known_prefixes) or (
            token.kind == "iri" and _HIDDEN_KEYWORD.search(token.text)
        ):
            raise UnsupportedQueryError(
                f"put blanks around the keywords and signs in {token.text}",
                *syntax_errors.place(query.sparql, token.start),
            )


def _with_prologue(query: QueryText) -> str:
    """Return a query with the project's base and prefixes, and without FROM, which the parameters replace.

    Some servers add the graphs of FROM to those of the parameters.
    """
    text = query.sparql
    starts = {token.start: number for number, token in enumerate(query.tokens)}
    clauses = [token for tokens in query.dataset_clauses for token in tokens]
    for token in sorted(clauses, key=lambda token: -token.start):
        before = starts[token.start] - 1
        while query.tokens[before].text.upper() != "FROM":
            before -= 1
        text = text[: query.tokens[before].start] + " " + text[token.end :]
    prefixes = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in query.own_prefixes.items())
    return f"BASE <{BASE_IRI}>\n{prefixes}{text}"


def _dataset(request: Request, query: QueryText, published: _Published) -> list[tuple[str, str]]:
    """Return the graphs that a query sees, as parameters of the SPARQL 1.1 Protocol (section 2.1.4).

    Raises:
        UnsupportedQueryError: several graphs would make up the default graph; servers merge them differently.
    """
    if request.default_graphs or request.named_graphs:
        default, named = request.default_graphs, request.named_graphs
    elif any(query.graphs):
        default, named = query.graphs
    else:
        default, named = (published.merged,), tuple(sorted(published.graphs))
    default = _existing(default, {published.merged, *published.graphs})
    if len(default) > 1:
        raise UnsupportedQueryError(
            "the server behind this one may count a triple in two graphs twice; name one graph as default"
        )
    used = _graphs_used(query)
    named = _existing(named, published.graphs if used is None else published.graphs & used)
    return [
        ("default-graph-uri", default[0] if default else _NO_GRAPH),
        *(("named-graph-uri", iri) for iri in named or (_NO_GRAPH,)),
    ]


def _graphs_used(query: QueryText) -> frozenset[str] | None:
    """Return the graphs that GRAPH names; None if a variable may stand for any graph.

    Only these are sent as parameters, because some servers are slow if many graphs are named.
    """
    used = set()
    for token, after in pairwise(query.tokens):
        if token.kind == "word" and token.text.upper().endswith("GRAPH"):
            if after.kind not in ("iri", "name"):
                return None
            used.add(query.resolve(after))
    return frozenset(used)


def _existing(iris: Sequence[str], graphs: Collection[str]) -> tuple[str, ...]:
    return tuple(iri for iri in dict.fromkeys(iris) if iri in graphs)


def _with_standard_terms(body: bytes) -> bytes:
    """Return JSON results in which the terms that some servers write otherwise follow the specifications.

    A boolean is true or false, and not 1 or 0; the label of a blank node has no character that Turtle's
    grammar forbids in it (RDF 1.2 Turtle, section 6.5), such as Virtuoso's ``nodeID://b1``.
    """
    if b"boolean" not in body and b"bnode" not in body:
        return body
    document = json.loads(body)
    labels: dict[str, str] = {}
    for row in document.get("results", {}).get("bindings", ()):
        for term in row.values():
            if term.get("datatype") == _BOOLEAN:
                term["value"] = _BOOLEANS.get(term["value"], term["value"])
            elif term["type"] == "bnode":
                term["value"] = labels.setdefault(term["value"], f"b{len(labels)}")
    return json.dumps(document).encode()
