"""The SPARQL 1.1 server to which a release is sent: queries, updates, whole graphs, and its passwords."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    build_opener,
    parse_http_list,
    parse_keqv_list,
)

from cstokg import formats, http_requests, json_results, namespaces
from cstokg.errors import CstokgError

DEFAULT = ""  # the default graph, which has no IRI

_BLOCK = 1_000  # triples in one update; Virtuoso compiles each update, and refuses larger ones
_HAS_BLANK = re.compile(r"^_:|^\S+ \S+ _:")


class PublishingError(CstokgError):
    """A release cannot be published; the message names the address, what happened, and the remedy."""


@dataclass(frozen=True, slots=True)
class Target:
    """A server to which releases are published.

    Attributes:
        query: the address for queries.
        update: the address for updates.
        graph_store: the address for whole graphs (Graph Store Protocol); empty to send them as updates.
        user: the name for digest or basic authentication, if the server asks for it.
        password: the password that belongs to the name.
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


class TargetServer:
    """Speaks with a server; each method raises ``PublishingError`` if that refuses or does not answer."""

    def __init__(self, target: Target) -> None:
        """Take the addresses; nothing is asked yet.

        Raises:
            PublishingError: a text is not the address of a server.
        """
        self._target = target
        self._passwords = _passwords(target)
        self._digest = HTTPDigestAuthHandler(self._passwords)
        basic = HTTPBasicAuthHandler(self._passwords)
        self._opener = build_opener(http_requests.NoRedirects(), self._digest, basic)

    def select(self, sparql: str) -> list[dict[str, json_results.JsonTerm]]:
        """Return the rows of a SELECT query."""
        body = self._ask(sparql, formats.RESULTS_JSON)
        try:
            return json_results.read_foreign(body).rows
        except ValueError as error:
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
            raise PublishingError(
                f"{self._target.query} does not answer a query that counts triples; check that it is the "
                "address for SPARQL queries"
            ) from error

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

    def get(self, graph: str) -> str:
        """Return the triples of a graph as N-Triples."""
        if self._target.graph_store:
            body = self._send("GET", self._store_address(graph), None, "", formats.N_TRIPLES)
        else:
            pattern = f"GRAPH <{graph}> {{ ?s ?p ?o }}" if graph else "?s ?p ?o"
            body = self._ask(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}", formats.N_TRIPLES)
        return body.decode("utf-8", "replace")

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
        """Add the authorization that the server asks for in its answer to the same request without a body.

        Some servers end the connection before they have read the body of a request without authorization.
        """
        method = request.get_method()
        probe = Request(request.full_url, b"", request.headers, method=method)  # noqa: S310
        try:
            build_opener(http_requests.NoRedirects()).open(probe, timeout=self._target.seconds).close()
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
        headers = {"Accept": accept, "User-Agent": http_requests.user_agent()}
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
            raise PublishingError(_refusal(error, address)) from error
        except (URLError, OSError, HTTPException, ValueError) as error:
            reason = error.reason if isinstance(error, URLError) else error
            raise PublishingError(
                f"{address} cannot be reached ({reason}); check that the server runs, and the address"
            ) from error


def _passwords(target: Target) -> HTTPPasswordMgrWithDefaultRealm:
    """Return the password for the addresses of a server.

    Raises:
        PublishingError: a text is not the address of a server.
    """
    passwords = HTTPPasswordMgrWithDefaultRealm()
    for address in filter(None, (target.query, target.update, target.graph_store)):
        if not http_requests.is_address(address):
            raise PublishingError(
                f"{address}: not the address of a server; write it in ASCII, with http:// or https://"
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
