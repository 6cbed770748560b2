"""The reading side of the SPARQL 1.1 Graph Store HTTP Protocol, as a WSGI callable before Flask.

``/graphs?graph=IRI`` and ``/graphs?default`` name a graph in the address (section 4.2);
``/graph/NAME`` is a graph's own address (section 4.1), where people are left to the pages.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyoxigraph as ox
from werkzeug import Request, Response

from cstokg import formats, known, names
from cstokg.engine import QueryError
from cstokg.web import headers, negotiation, protocol, sparql
from cstokg.web.answering import Answering
from cstokg.web.cache import Entry
from cstokg.web.problems import ProblemError
from cstokg.web.protocol import Operation

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/graphs"
DIRECT = "/graph/"
METHODS = ("GET", "HEAD", "OPTIONS")

_DEFAULT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_NAMED = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH GRAPH_IRI { ?s ?p ?o } }"
_GRAPHS = "SELECT DISTINCT ?graph { GRAPH ?graph { ?s ?p ?o } }"
_EXTENSIONS = (*(f".{row.extension}" for row in formats.FORMATS), ".html")


class GraphStore:
    """A WSGI callable that gives whole graphs and leaves every other path to the pages."""

    def __init__(self, answers: Answering, pages: "WSGIApplication") -> None:
        """Stand before the pages."""
        self._answering = answers
        self._pages = pages

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The response to a request."""
        path = environ.get("PATH_INFO", "")
        direct = path.startswith(DIRECT) and not path.endswith(_EXTENSIONS)
        if not direct and path != PATH:
            return self._pages(environ, start_response)
        request = Request(environ)
        if direct and request.method in ("GET", "HEAD") and negotiation.prefers_html(request):
            return self._pages(environ, start_response)
        try:
            response = self._respond(request, names.BASE + request.path[1:] if direct else None)
        except ProblemError as problem:
            return sparql.refuse(problem, request, start_response)
        if isinstance(response, Entry):
            return sparql.give(response, environ, start_response)
        headers.add_to(response)
        return response(environ, start_response)

    def _respond(self, request: Request, direct: str | None) -> Response | Entry:
        if request.method not in METHODS:
            raise ProblemError(
                "method-not-allowed", "Graphs can be read only.", headers={"Allow": ", ".join(METHODS)}
            )
        if request.method == "OPTIONS":
            return sparql.preflight(METHODS, {})
        fields = protocol.query_fields(request)
        iri = direct if direct is not None else _graph(fields)
        named = next((value for name, value in fields if name == "format" and value), None)
        taken = negotiation.media_types(request, named, negotiation.GRAPHS)
        query = _NAMED.replace("GRAPH_IRI", f"<{iri}>") if iri else _DEFAULT
        key = ("graph", iri, str(named), *taken, request.headers.get("Accept-Encoding", ""))
        entry = self._answering.kept(key) or self._answering.answer(
            Operation(query, format=named), sparql.wanted(request, "CONSTRUCT", taken), key
        )
        if iri and entry.rows == 0:
            members: dict[str, object] = {"graph": iri, "nearest": self._nearest(iri)}
            raise ProblemError("not-found", f"There is no graph <{iri}>.", members)
        return entry

    def _nearest(self, iri: str) -> list[str]:
        """The graphs whose names come nearest to one that does not exist."""
        try:
            graphs = self._answering.engine.query(_GRAPHS, "text/csv").text.splitlines()[1:]
        except QueryError:
            return []
        short = {names.shorten(graph): graph for graph in graphs}
        return [short[name] for name in known.nearest(names.shorten(iri), short)]


def _graph(fields: list[tuple[str, str]]) -> str:
    """The IRI of the graph that a request names; empty for the default graph."""
    graphs = [value for name, value in fields if name == "graph"]
    default = [value for name, value in fields if name == "default"]
    if len(graphs) + len(default) != 1:
        raise ProblemError(
            "bad-parameter", "Name one graph: ?graph=IRI, or ?default.", {"parameter": "graph"}
        )
    if default:
        return ""
    try:
        return ox.NamedNode(graphs[0]).value
    except ValueError:
        raise ProblemError(
            "bad-parameter", f"“{graphs[0]}” is not an absolute IRI.", {"parameter": "graph"}
        ) from None
