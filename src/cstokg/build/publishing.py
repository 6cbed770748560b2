"""Publish a release to any SPARQL 1.1 server: all of its graphs, or none.

Each graph is sent to a staging graph, read back and compared. One update request then puts all of them in
their places, where they are read back once more. What was there before is kept beside them until that is
done, and put back if it fails, because not every server undoes an update that fails half-way.

One process at a time publishes to a server: each first claims it, in a separate graph, and then reads the
claims of others. So of two processes that begin at once at least one sees the other's claim, and ends before
it has changed anything.

The graph ``namespaces.PUBLISHED`` says which release the server holds. It is removed before anything
changes and written after everything else, with another token each time, so that a client that reads the same
token before and after a query knows that the query saw one release.
"""

import hashlib
import os
import re
import secrets
import socket
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import pyoxigraph as ox

from cstokg import namespaces
from cstokg.build.target_server import DEFAULT, PublishingError, Target, TargetServer
from cstokg.release import DATASET, Release

_STAGING = f"{namespaces.GRAPH}staging/"
_CLAIMS = f"{_STAGING}claims"
_SHOWN = 5
_DCTERMS = namespaces.PREFIXES["dcterms"]
_SERVICE_DESCRIPTION = "http://www.w3.org/ns/sparql-service-description#"

_MARK = f"""
INSERT DATA {{ GRAPH <{namespaces.PUBLISHED}> {{
  <{namespaces.PUBLISHED}> <{_DCTERMS}hasVersion> "RELEASE" ; <{_DCTERMS}identifier> "TOKEN" PARTS .
}} }}"""
_MARKED = f"""
SELECT ?graph ?merged {{
  GRAPH <{namespaces.PUBLISHED}> {{
    <{namespaces.PUBLISHED}> <{_DCTERMS}hasPart> ?graph
    OPTIONAL {{ <{namespaces.PUBLISHED}> <{_SERVICE_DESCRIPTION}defaultGraph> ?merged }}
  }}
}}"""
_NEW_TOKEN = f"""
DELETE {{ GRAPH <{namespaces.PUBLISHED}> {{ ?mark <{_DCTERMS}identifier> ?old }} }}
INSERT {{ GRAPH <{namespaces.PUBLISHED}> {{ ?mark <{_DCTERMS}identifier> "TOKEN" }} }}
WHERE {{ GRAPH <{namespaces.PUBLISHED}> {{ ?mark <{_DCTERMS}identifier> ?old }} }}"""


@dataclass(frozen=True, slots=True)
class Published:
    """What was published.

    Attributes:
        graphs: for each graph how many triples it has and their hash, the SHA-256 of sorted N-Triples with
            the canonical blank nodes of RDFC-1.0, as the release writes it.
        rewritten: how often the server gives back a literal in another form, by the literal as the release
            writes it and as the server does. The values are the same.
    """

    graphs: Mapping[str, tuple[int, str]]
    rewritten: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class _Claim:
    """The claim of a process to be the only one that publishes to a server."""

    host: str
    process: int
    since: str
    token: str

    def __str__(self) -> str:
        """Return the triple that makes the claim."""
        text = f"{self.host} {self.process} {self.since} {self.token}"
        return f'<{_CLAIMS}> <{_DCTERMS}publisher> "{text}" .'

    def is_of_ended_process(self) -> bool:
        """Return whether the process ran on this machine and has ended; False for other machines."""
        if self.host != _host():
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return False


@dataclass(frozen=True, slots=True)
class _Content:
    """The triples of a graph in lines of N-Triples; ``written`` is their hash as they are written."""

    lines: Sequence[str]
    count: int
    written: str
    literals: Counter[str]

    def value(self) -> str:
        """Return the hash of the triples with literals in the one form that pyoxigraph has for each value."""
        store = ox.Store()
        store.extend(_parse(self.lines))
        return _hash(store)


def publish(
    release: Release,
    target: Target,
    on_step: Callable[[str], None] = lambda step: None,
    *,
    take_over: bool = False,
) -> Published:
    """Publish a release, and return what was compared.

    Args:
        release: the release.
        target: the server.
        on_step: called with the name of each step when it begins.
        take_over: whether to publish although there is the claim of another process, which was killed.

    Raises:
        PublishingError: something failed. What was there before is there again, unless the message names
            the graphs in which it is kept.
    """
    server = TargetServer(target)
    with _alone(server, target, take_over=take_over):
        return _publish(release, target, server, on_step)


def _publish(
    release: Release, target: Target, server: TargetServer, on_step: Callable[[str], None]
) -> Published:
    graphs = _read(release)
    places = {name: name or target.merged for name in graphs}
    before = server.existing()
    marked = server.select(_MARKED)
    earlier = [row["graph"]["value"] for row in marked]
    # A release whose merge is in a graph of its own says so, and has put nothing into the default graph.
    in_default = any("merged" not in row for row in marked)
    if places[DEFAULT] == DEFAULT and not in_default and (count := server.count(DEFAULT)):
        raise PublishingError(
            f"{target.query}: the default graph holds {count:,} triples that no release put there. Empty it, "
            "or name a graph of its own for the merge of the release's graphs with --default-graph IRI, as "
            "servers need whose default graph is the union of all others"
        )
    base = f"{_STAGING}{release.id}/"
    server.drop(graph for graph in before if graph.startswith(_STAGING) and graph != _CLAIMS)
    staging = {name: f"{base}{number}" for number, name in enumerate(graphs)}
    contents: dict[str, _Content] = {}
    checked: dict[str, bytes] = {}
    rewritten: Counter[tuple[str, str]] = Counter()
    try:
        for name, lines in graphs.items():
            on_step(f"sending {name or 'the default graph'}")
            contents[name] = _content(lines)
            server.put(staging[name], lines)
            received = server.get(staging[name])
            rewritten += _compare(contents[name], _content([received]), name, target)
            checked[name] = _hash_of_lines(received)
    except PublishingError as error:
        server.clean(staging.values())
        raise PublishingError(f"{error}. Nothing was changed") from error

    on_step("putting them in their places")
    parts = [place for place in places.values() if place]
    changed = list(dict.fromkeys((namespaces.PUBLISHED, *parts, *earlier)))
    changed += [DEFAULT] if in_default or DEFAULT in places.values() else []
    backups: dict[str, str] = {}
    token = secrets.token_hex(8)
    switch = [
        *(f"DROP SILENT GRAPH <{graph}>" for graph in (namespaces.PUBLISHED, *earlier) if graph in before),
        *(["DROP SILENT DEFAULT"] if in_default else []),
        *(f"MOVE GRAPH <{staging[name]}> TO {_place(places[name])}" for name in graphs if graphs[name]),
        _mark(release.id, token, parts, places[DEFAULT]),
    ]
    counts: dict[str, int] = {}
    try:
        backups = {
            graph: f"{base}before/{number}"
            for number, graph in enumerate(changed)
            if graph in before or (graph == DEFAULT and server.count(DEFAULT))
        }
        server.update([f"COPY {_place(graph)} TO GRAPH <{copy}>" for graph, copy in backups.items()])
        counts = {graph: server.count(copy) for graph, copy in backups.items()}
        if counts != {graph: server.count(graph) for graph in backups}:
            raise PublishingError(
                f"{target.update}: after COPY, the copy of a graph has more or fewer triples than the graph"
            )
    except PublishingError as error:
        server.clean([*staging.values(), *backups.values()])
        raise PublishingError(f"{error}. Nothing was changed") from error
    try:
        server.update(switch)
        for name, content in contents.items():
            on_step(f"checking {name or 'the default graph'}")
            received = server.get(places[name])
            if _hash_of_lines(received) != checked[name]:
                _compare(content, _content([received]), name, target)
    except PublishingError as error:
        raise PublishingError(_restore(server, error, changed, backups, counts, staging.values())) from error
    server.clean([*staging.values(), *backups.values()])
    return Published(
        {name: (content.count, content.written) for name, content in contents.items()}, rewritten
    )


@contextmanager
def _alone(server: TargetServer, target: Target, *, take_over: bool) -> Iterator[None]:
    """Let no other process publish to the server inside the block.

    Raises:
        PublishingError: another process publishes to it.
    """
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    own = _Claim(_host(), os.getpid(), since, secrets.token_hex(8))
    server.update([f"INSERT DATA {{ GRAPH <{_CLAIMS}> {{ {own} }} }}"])
    try:
        rows = server.select(f"SELECT ?o {{ GRAPH <{_CLAIMS}> {{ ?s <{_DCTERMS}publisher> ?o }} }}")
        others = {claim for row in rows if (claim := _read_claim(row["o"]["value"])) != own}
        for other in others:
            if not take_over and not other.is_of_ended_process():
                raise PublishingError(
                    f"{target.update}: another push has been publishing there since {other.since}, as "
                    f"process {other.process} on {other.host}. Nothing was changed. Wait until it has ended; "
                    "if it was killed, publish with --take-over"
                )
        if others:
            server.update([f"DELETE DATA {{ GRAPH <{_CLAIMS}> {{ {other} }} }}" for other in others])
        yield
    finally:
        with suppress(PublishingError):  # the next process on this machine sees that this one has ended
            server.update([f"DELETE DATA {{ GRAPH <{_CLAIMS}> {{ {own} }} }}"])


def _host() -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", socket.gethostname())


def _read_claim(text: str) -> _Claim:
    host, process, since, token = text.split()
    return _Claim(host, int(process), since, token)


def _restore(
    server: TargetServer,
    error: PublishingError,
    changed: Iterable[str],
    backups: Mapping[str, str],
    counts: Mapping[str, int],
    staging: Iterable[str],
) -> str:
    """Put back what was there before, and return the error's message with whether that succeeded."""
    try:
        server.update(
            [
                *(f"DROP SILENT {_place(graph)}" for graph in changed),
                *(f"COPY GRAPH <{copy}> TO {_place(graph)}" for graph, copy in backups.items()),
                _NEW_TOKEN.replace("TOKEN", secrets.token_hex(8)),
            ]
        )
        restored = counts == {graph: server.count(graph) for graph in counts}
    except PublishingError:
        restored = False
    if restored:
        server.clean([*staging, *backups.values()])
        return f"{error}. What was there before is back in its place"
    copies = ", ".join(f"{graph or 'the default graph'} in {copy}" for graph, copy in backups.items())
    return (
        f"{error}. The server could not put back what was there before. It is kept: {copies}. Copy it back "
        "with COPY before you publish again, which removes these copies"
    )


def _mark(release_id: str, token: str, parts: Sequence[str], merged: str) -> str:
    """Return the update that says which release the server holds."""
    names = " , ".join(f"<{part}>" for part in parts)
    text = f"; <{_DCTERMS}hasPart> {names}"
    if merged:
        text += f" ; <{_SERVICE_DESCRIPTION}defaultGraph> <{merged}>"
    return _MARK.replace("RELEASE", release_id).replace("TOKEN", token).replace("PARTS", text)


def _place(graph: str) -> str:
    return f"GRAPH <{graph}>" if graph else "DEFAULT"


def _read(release: Release) -> dict[str, list[str]]:
    """Return the lines of N-Triples of each graph of a release, by the graph's IRI."""
    graphs: dict[str, list[str]] = defaultdict(list)
    path = release.folder / DATASET
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS, rename_blank_nodes=False):
        name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else DEFAULT
        graphs[name].append(f"{quad.triple} .")
    return dict(sorted(graphs.items()))


def _content(lines: Sequence[str]) -> _Content:
    """Return the triples in lines of N-Triples, each of which counts once.

    Raises:
        PublishingError: the text is not N-Triples.
    """
    try:
        unique = set(_parse(lines))
    except SyntaxError as error:
        raise PublishingError(
            f"the server gave back a graph in another format than N-Triples: {error}"
        ) from error
    literals = Counter(str(quad.object) for quad in unique if isinstance(quad.object, ox.Literal))
    return _Content(lines, len(unique), _hash(unique), literals)


def _parse(lines: Sequence[str]) -> Iterator[ox.Quad]:
    return ox.parse("\n".join(lines), format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=False)


def _hash(quads: Iterable[ox.Quad]) -> str:
    """Return the hash of triples that RDFC-1.0 defines; only blank nodes need canonical names."""
    plain: list[str] = []
    linked = ox.Dataset()
    for quad in quads:
        if isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode):
            linked.add(quad)
        else:
            plain.append(f"{quad} .\n")
    linked.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = sorted([*plain, *(f"{quad} .\n" for quad in linked)])
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _hash_of_lines(text: str) -> bytes:
    """Return a hash of lines in any order, to see that they are those of a graph that was compared."""
    return hashlib.sha256("\n".join(sorted(text.split("\n"))).encode()).digest()


def _compare(sent: _Content, received: _Content, name: str, target: Target) -> Counter[tuple[str, str]]:
    """Return the literals that came back in another form, each with that form and how often.

    Raises:
        PublishingError: what came back has other values than what was sent.
    """
    shown = name or "the default graph"
    if sent.count != received.count:
        raise PublishingError(
            f"{target.query} gives back {received.count:,} of the {sent.count:,} triples of {shown}. If the "
            "server cuts long answers, raise its limit on rows; with --graph-store URL whole graphs are read "
            "there"
        )
    if sent.written == received.written:
        return Counter()
    missing, added = sent.literals - received.literals, received.literals - sent.literals
    forms = defaultdict(list)
    for text in added.elements():
        forms[_value(text)].append(text)
    rewritten: Counter[tuple[str, str]] = Counter()
    unknown = []
    for text in missing.elements():
        if alike := forms.get(_value(text)):
            rewritten[text, alike.pop()] += 1
        else:
            unknown.append(text)
    if sent.value() != received.value():
        examples = "; ".join(unknown[:_SHOWN]) or "triples, not literals, differ"
        raise PublishingError(f"{target.query} does not give back {shown} as it was sent: {examples}")
    return rewritten


def _value(literal: str) -> str:
    """Return a literal in the form that pyoxigraph has for its value."""
    store = ox.Store()
    store.load(f"<urn:a> <urn:b> {literal} .".encode(), format=ox.RdfFormat.N_TRIPLES)
    return str(next(iter(store)).object)
