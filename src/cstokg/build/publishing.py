"""Publish a release to any SPARQL 1.1 server: all of its graphs, or none.

Each graph is sent to a staging graph, read back and compared. One update request then puts all of them in
their places, where they are read back once more. What was there before is kept beside them until that is
done, and put back if it fails, because not every server takes back half of an update.

The graph ``namespaces.PUBLISHED`` says which release the server holds. It is removed before anything
changes and written after everything else, under another token each time, so that whoever reads the same
token before and after a query knows that the query saw one release.
"""

import hashlib
import re
import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    Request,
    build_opener,
    parse_http_list,
    parse_keqv_list,
)

import pyoxigraph as ox

from cstokg import formats, json_results, namespaces
from cstokg.errors import CstokgError
from cstokg.release import Release

DEFAULT = ""  # the default graph, which has no IRI

_STAGING = f"{namespaces.GRAPH}staging/"
_BLOCK = 1_000  # triples in one update; Virtuoso compiles each update, and refuses larger ones
_SHOWN = 5
_HAS_BLANK = re.compile(r"^_:|^\S+ \S+ _:")
_DCTERMS = namespaces.PREFIXES["dcterms"]
_SERVICE_DESCRIPTION = "http://www.w3.org/ns/sparql-service-description#"

_MARK = f"""
INSERT DATA {{ GRAPH <{namespaces.PUBLISHED}> {{
  <{namespaces.PUBLISHED}> <{_DCTERMS}hasVersion> "RELEASE" ; <{_DCTERMS}identifier> "TOKEN" PARTS .
}} }}"""
_MARKED = f"""
SELECT ?graph {{
  GRAPH <{namespaces.PUBLISHED}> {{ <{namespaces.PUBLISHED}> <{_DCTERMS}hasPart> ?graph }}
}}"""
_NEW_TOKEN = f"""
DELETE {{ GRAPH <{namespaces.PUBLISHED}> {{ ?mark <{_DCTERMS}identifier> ?old }} }}
INSERT {{ GRAPH <{namespaces.PUBLISHED}> {{ ?mark <{_DCTERMS}identifier> "TOKEN" }} }}
WHERE {{ GRAPH <{namespaces.PUBLISHED}> {{ ?mark <{_DCTERMS}identifier> ?old }} }}"""


class PublishingError(CstokgError):
    """A release cannot be published; the message names the address, what happened, and the remedy."""


class _FailedError(PublishingError):
    """A request was not answered as it has to be."""


class _NoRedirects(HTTPRedirectHandler):
    """Take a redirect for a refusal, because following it would lose the body."""

    def redirect_request(self, *_: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Target:
    """A server to which releases are published.

    Attributes:
        query: the address for queries.
        update: the address for updates.
        graph_store: the address for whole graphs (Graph Store Protocol); empty to send them as updates.
        user: the name for digest or basic authentication, if the server asks for it.
        password: that goes with it.
        merged: the IRI of the graph that takes the release's default graph, the merge of all others; empty
            for the server's own default graph.
        seconds: how long one request may take.
    """

    query: str
    update: str
    graph_store: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    merged: str = DEFAULT
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Published:
    """What was published.

    Attributes:
        graphs: for each graph how many triples it has and their hash, the SHA-256 of sorted N-Triples with
            the canonical blank nodes of RDFC-1.0, as the release writes it.
        rewritten: what the server gives back in another form, as text: each literal as the release writes
            it and as the server does, and how often. The values are the same.
    """

    graphs: Mapping[str, tuple[int, str]]
    rewritten: Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class _Content:
    """The triples of a graph.

    ``written`` is the hash of the triples as they are written, ``value`` that of the triples with literals
    in the one form that pyoxigraph has for each value.
    """

    count: int
    written: str
    value: str
    literals: Counter[str]


def publish(
    release: Release, target: Target, on_step: Callable[[str], None] = lambda step: None
) -> Published:
    """Publish a release, and return what was compared.

    Raises:
        PublishingError: something failed. What was there before is there again, unless the message names
            the graphs in which it is kept.
    """
    server = _Server(target)
    graphs = _read(release)
    places = {name: name or target.merged for name in graphs}
    before = server.existing()
    earlier = [row["graph"]["value"] for row in server.select(_MARKED)]
    if places[DEFAULT] == DEFAULT and not earlier and (count := server.count(DEFAULT)):
        raise PublishingError(
            f"{target.query}: the default graph holds {count:,} triples that no release put there. Empty it, "
            "or name a graph of its own for the merge of the release's graphs with --default-graph IRI, as "
            "servers need whose default graph is the union of all others"
        )
    base = f"{_STAGING}{release.id}/"
    server.drop(graph for graph in before if graph.startswith(_STAGING))
    staging = {name: f"{base}{number}" for number, name in enumerate(graphs)}
    contents: dict[str, _Content] = {}
    rewritten: Counter[tuple[str, str]] = Counter()
    try:
        for name, lines in graphs.items():
            on_step(f"sending {name or 'the default graph'}")
            contents[name] = _content(lines)
            server.put(staging[name], lines)
            rewritten += _compare(contents[name], server.get(staging[name]), name, target)
    except PublishingError as error:
        server.clean(staging.values())
        raise PublishingError(f"{error}. Nothing was changed") from error

    on_step("putting them in their places")
    parts = [place for place in places.values() if place]
    changed = list(dict.fromkeys((namespaces.PUBLISHED, *parts, *earlier)))
    changed += [DEFAULT] if DEFAULT in places.values() else []
    kept = {
        graph: f"{base}before/{number}"
        for number, graph in enumerate(changed)
        if graph in before or (graph == DEFAULT and server.count(DEFAULT))
    }
    token = secrets.token_hex(8)
    switch = [
        *(f"DROP SILENT GRAPH <{graph}>" for graph in (namespaces.PUBLISHED, *earlier) if graph in before),
        *(f"MOVE GRAPH <{staging[name]}> TO {_place(places[name])}" for name in graphs if graphs[name]),
        _mark(release.id, token, parts, places[DEFAULT]),
    ]
    counts: dict[str, int] = {}
    try:
        server.update([f"COPY {_place(graph)} TO GRAPH <{copy}>" for graph, copy in kept.items()])
        counts = {graph: server.count(copy) for graph, copy in kept.items()}
        if counts != {graph: server.count(graph) for graph in kept}:
            raise PublishingError(f"{target.update} does not copy graphs as COPY says")
    except PublishingError as error:
        server.clean([*staging.values(), *kept.values()])
        raise PublishingError(f"{error}. Nothing was changed") from error
    try:
        server.update(switch)
        for name, content in contents.items():
            on_step(f"checking {name or 'the default graph'}")
            _compare(content, server.get(places[name]), name, target)
    except PublishingError as error:
        raise PublishingError(_restore(server, error, changed, kept, counts, staging.values())) from error
    server.clean([*staging.values(), *kept.values()])
    return Published(
        {name: (content.count, content.written) for name, content in contents.items()}, rewritten
    )


def _restore(
    server: "_Server",
    error: PublishingError,
    changed: Iterable[str],
    kept: Mapping[str, str],
    counts: Mapping[str, int],
    staging: Iterable[str],
) -> str:
    """Put back what was there before, and return the message of the error with what became of it."""
    try:
        server.update(
            [
                *(f"DROP SILENT {_place(graph)}" for graph in changed),
                *(f"COPY GRAPH <{copy}> TO {_place(graph)}" for graph, copy in kept.items()),
                _NEW_TOKEN.replace("TOKEN", secrets.token_hex(8)),
            ]
        )
        restored = counts == {graph: server.count(graph) for graph in counts}
    except PublishingError:
        restored = False
    if restored:
        server.clean([*staging, *kept.values()])
        return f"{error}. What was there before is back in its place"
    copies = ", ".join(f"{graph or 'the default graph'} in {copy}" for graph, copy in kept.items())
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
    path = release.folder / "dataset.nq"
    for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_QUADS, rename_blank_nodes=False):
        name = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else DEFAULT
        graphs[name].append(f"{quad.triple} .")
    return dict(sorted(graphs.items()))


def _content(lines: Iterable[str]) -> _Content:
    """Return the count, the hashes and the literals of the triples in lines of N-Triples.

    Raises:
        PublishingError: the text is no N-Triples.
    """
    try:
        triples = [
            quad.triple
            for quad in ox.parse("\n".join(lines), format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=False)
        ]
    except SyntaxError as error:
        raise PublishingError(f"a graph that was sent came back as no N-Triples: {error}") from error
    unique = {ox.Quad(*triple) for triple in triples}
    store = ox.Store()
    store.extend(unique)
    literals = Counter(str(quad.object) for quad in unique if isinstance(quad.object, ox.Literal))
    return _Content(len(unique), _hash(unique), _hash(store), literals)


def _hash(quads: Iterable[ox.Quad]) -> str:
    """Return the hash that RDFC-1.0 defines of triples; those without blank nodes need no canonical names."""
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
    lost, found = sent.literals - received.literals, received.literals - sent.literals
    forms = defaultdict(list)
    for text in found.elements():
        forms[_value(text)].append(text)
    rewritten: Counter[tuple[str, str]] = Counter()
    unknown = []
    for text in lost.elements():
        if alike := forms.get(_value(text)):
            rewritten[text, alike.pop()] += 1
        else:
            unknown.append(text)
    if sent.value != received.value:
        examples = "; ".join(unknown[:_SHOWN]) or "triples, not literals, differ"
        raise PublishingError(f"{target.query} does not give back {shown} as it was sent: {examples}")
    return rewritten


def _value(literal: str) -> str:
    """Return a literal in the form that pyoxigraph has for its value."""
    store = ox.Store()
    store.load(f"<urn:a> <urn:b> {literal} .".encode(), format=ox.RdfFormat.N_TRIPLES)
    return str(next(iter(store)).object)


class _Server:
    """Speaks with a server."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._passwords = _passwords(target)
        self._digest = HTTPDigestAuthHandler(self._passwords)
        basic = HTTPBasicAuthHandler(self._passwords)
        self._opener = build_opener(_NoRedirects(), self._digest, basic)

    def select(self, sparql: str) -> list[dict[str, json_results.JsonTerm]]:
        """Return the rows of a SELECT query."""
        body = self._ask(sparql, formats.RESULTS_JSON)
        try:
            return json_results.read(body).rows
        except (ValueError, KeyError, TypeError) as error:
            raise PublishingError(
                f"{self._target.query} sent no results in JSON. Is it the address for SPARQL queries?"
            ) from error

    def existing(self) -> frozenset[str]:
        """Return the IRIs of the graphs of ours that the server has."""
        rows = self.select(
            "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } "
            f'FILTER (STRSTARTS(STR(?g), "{namespaces.BASE}")' + self._or_merged()
        )
        return frozenset(row["g"]["value"] for row in rows)

    def _or_merged(self) -> str:
        merged = self._target.merged
        return f" || ?g = <{merged}>) }}" if merged else ") }"

    def count(self, graph: str) -> int:
        """Return how many triples a graph has."""
        pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
        rows = self.select(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")
        try:
            return int(rows[0]["n"]["value"])
        except (IndexError, KeyError, ValueError) as error:
            raise PublishingError(f"{self._target.query} does not count triples") from error

    def put(self, graph: str, lines: Sequence[str]) -> None:
        """Replace a graph by triples."""
        if self._target.graph_store:
            body = "".join(f"{line}\n" for line in lines).encode()
            self._send("PUT", self._store_address(graph), body, formats.N_TRIPLES)
            return
        self.drop([graph])
        linked, blocks = _blocks(lines)
        if linked:
            # A label holds within one request, and INSERT DATA may not have any in Virtuoso.
            self.update([f"INSERT {{ GRAPH <{graph}> {{\n{linked}\n}} }} WHERE {{}}"])
        for block in blocks:
            self.update([f"INSERT DATA {{ GRAPH <{graph}> {{\n{block}\n}} }}"])

    def get(self, graph: str) -> _Content:
        """Return the triples of a graph."""
        if self._target.graph_store:
            body = self._send("GET", self._store_address(graph), None, "", formats.N_TRIPLES)
        else:
            pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
            body = self._ask(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}", formats.N_TRIPLES)
        return _content([body.decode("utf-8", "replace")])

    def drop(self, graphs: Iterable[str]) -> None:
        """Remove graphs, whether they are there or not."""
        self.update([f"DROP SILENT GRAPH <{graph}>" for graph in graphs])

    def clean(self, graphs: Iterable[str]) -> None:
        """Remove graphs; if that fails, the next release that is published removes them."""
        try:
            self.drop(graphs)
        except PublishingError:
            return

    def update(self, operations: Sequence[str]) -> None:
        """Send operations as one update request."""
        if operations:
            body = " ;\n".join(operations).encode()
            self._send("POST", self._target.update, body, formats.SPARQL_UPDATE)

    def _authorise(self, request: Request) -> None:
        """Add what the server asks for, which it says to a request without a body.

        Some servers end the connection before they have read the body of a request that lacks it.
        """
        method = request.get_method()
        question = Request(request.full_url, b"", request.headers, method=method)  # noqa: S310
        try:
            build_opener(_NoRedirects()).open(question, timeout=self._target.seconds).close()
        except HTTPError as error:
            challenge = error.headers.get("WWW-Authenticate", "")
            error.close()
            scheme, _, rest = challenge.partition(" ")
            if scheme.lower() == "digest":
                values = parse_keqv_list(list(filter(None, parse_http_list(rest))))
                if authorization := self._digest.get_authorization(request, values):
                    request.add_unredirected_header("Authorization", f"Digest {authorization}")

    def _ask(self, sparql: str, accept: str) -> bytes:
        body = urlencode({"query": sparql}).encode()
        return self._send("POST", self._target.query, body, formats.FORM, accept)

    def _store_address(self, graph: str) -> str:
        address = self._target.graph_store
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}" + (f"graph={quote(graph, safe='')}" if graph else "default")

    def _send(
        self, method: str, address: str, body: bytes | None, content_type: str, accept: str = "*/*"
    ) -> bytes:
        headers = {"Accept": accept, "User-Agent": "cstokg"}
        if body is not None:
            headers["Content-Type"] = content_type
        request = Request(address, body, headers, method=method)  # noqa: S310 - the scheme was checked
        try:
            if self._target.user and body is not None:
                self._authorise(request)
            with self._opener.open(request, timeout=self._target.seconds) as response:
                content: bytes = response.read()
                return content
        except HTTPError as error:
            raise _FailedError(_refusal(error, address)) from error
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            raise _FailedError(
                f"{address} cannot be reached ({reason}); check that the server runs, and the address"
            ) from error


def _passwords(target: Target) -> HTTPPasswordMgrWithDefaultRealm:
    """Return the password for the addresses of a server.

    Raises:
        PublishingError: an address is none.
    """
    passwords = HTTPPasswordMgrWithDefaultRealm()
    for address in filter(None, (target.query, target.update, target.graph_store)):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise PublishingError(
                f"{address}: not the address of a server; write it with http:// or https://"
            )
        if target.user:
            passwords.add_password(None, address, target.user, target.password)
    return passwords


def _refusal(error: HTTPError, address: str) -> str:
    """Return what a server answered, and what to do about it."""
    try:
        text = " ".join(error.read(2_000).decode("utf-8", "replace").split())[:200]
    except (OSError, HTTPException):
        text = ""
    remedy = {
        401: "give --user, and the password in CSTOKG_PASSWORD",
        403: "the user may not do this; give another with --user",
        404: "check the address; servers have separate ones for queries, updates and graphs",
        405: "check the address; servers have separate ones for queries, updates and graphs",
        413: "the server takes no body of that size; leave out --graph-store to send updates in blocks",
    }.get(error.code, "see the log of the server")
    if location := error.headers.get("Location"):
        remedy = f"it redirects to {location}; if that is right, give that address"
    return f"{address} answered {error.code} {error.reason}{f' ({text})' if text else ''}; {remedy}"


def _blocks(lines: Sequence[str]) -> tuple[str, Iterator[str]]:
    """Return the lines with blank nodes as one text, and the others as texts of a size that servers take."""
    linked = [line for line in lines if _HAS_BLANK.search(line)]
    plain = [line for line in lines if not _HAS_BLANK.search(line)]
    starts = range(0, len(plain), _BLOCK)
    return "\n".join(linked), ("\n".join(plain[start : start + _BLOCK]) for start in starts)
