"""Requests to ``/sparql`` and to the graph store, read and checked."""

import asyncio
import hashlib
from dataclasses import dataclass
from urllib.parse import parse_qsl

import pyoxigraph as ox

from cstokg import formats
from cstokg.engine import suggestions
from cstokg.settings import Serving
from cstokg.web.serving import http
from cstokg.web.serving.http import SPREADSHEET, Request
from cstokg.web.serving.problems import ProblemError

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "QUERY")
PARAMETERS = ("query", "default-graph-uri", "named-graph-uri", "format", "timeout")

# What a body may be, as fields of a header (RFC 10008, section 3; Linked Data Platform 1.0, section 7.1).
ACCEPT_QUERY = f'"{formats.SPARQL_QUERY}", "{formats.FORM}"'
ACCEPT_POST = f"{formats.SPARQL_QUERY}, {formats.FORM}"

_LONG_FORM = 20_000  # bytes
_LONGEST_NAME = 200  # characters of a name in a message


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request to the endpoint asks for (SPARQL 1.1 Protocol, section 2.1).

    Attributes:
        query: the query; None if there is none.
        default_graphs: the graphs that make up the default graph.
        named_graphs: the named graphs.
        format: the short name of the format that the request names; empty if it names none that there is.
        timeout: the deadline that it asks for, in seconds.
        wants_query: whether it was meant to have a query, which may then be empty.
        body: the body of the request.
        unknown: the first parameter that the endpoint does not have; empty if there is none.
    """

    query: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str = ""
    timeout: float | None = None
    wants_query: bool = False
    body: bytes = b""
    unknown: str = ""

    @property
    def named_types(self) -> tuple[str, ...]:
        """Return the media types that the format stands for."""
        if self.format == SPREADSHEET:
            return (formats.CSV,)
        return (formats.HTML,) if self.format == "html" else formats.named(self.format)


async def read_operation(request: Request, settings: Serving) -> Operation:
    """Return the operation that a request to the endpoint asks for.

    Raises:
        ProblemError: the method, the address, the body's type, length or encoding, or a parameter is wrong.
        ClientLeftError: the client left before its body was complete.
    """
    http.require_method(request, METHODS, "Send the query by GET, POST or QUERY.")
    fields = read_fields(request.query_string)
    direct, body = None, b""
    if request.method in ("POST", "QUERY"):
        media_type, parameters = request.media_type
        if media_type not in (formats.FORM, formats.SPARQL_QUERY, formats.SPARQL_UPDATE):
            raise ProblemError(
                "unsupported-media-type",
                f"Send the body as {formats.SPARQL_QUERY} or {formats.FORM}.",
                headers={"Accept-Post": ACCEPT_POST, "Accept-Query": ACCEPT_QUERY},
            )
        if media_type == formats.SPARQL_UPDATE:
            raise ProblemError("update-refused", "The data are read-only.")
        body = await request.body()
        if media_type == formats.FORM:
            check_parameter_count(body, settings)
            # The longest take a twentieth of a second, in which the server would answer no other request.
            long = len(body) > _LONG_FORM
            fields += await asyncio.to_thread(read_fields, body) if long else read_fields(body)
        else:
            direct = _query_in_body(body, parameters.get("charset", "utf-8"))
    if any(name == "update" for name, _ in fields):
        raise ProblemError("update-refused", "The data are read-only.")
    queries = [value for name, value in fields if name == "query"]
    if direct is not None:
        queries.append(direct)
    if len(queries) > 1:
        raise ProblemError("bad-parameter", "Send one query; this request has more.", {"parameter": "query"})
    names = [name for name, _ in fields]
    return Operation(
        query=queries[0] if queries and queries[0].strip() else None,
        default_graphs=tuple(value for name, value in fields if name == "default-graph-uri" and value),
        named_graphs=tuple(value for name, value in fields if name == "named-graph-uri" and value),
        format=format_named(fields),
        timeout=_deadline(_single_value(fields, "timeout")),
        # A format alone asks for the service description in that format.
        wants_query=request.method in ("POST", "QUERY") or any(name != "format" for name in names),
        body=body,
        unknown=next((name for name in names if name not in PARAMETERS), ""),
    )


def check_parameter_count(encoded: bytes, settings: Serving) -> None:
    """Raise if an address or a form has too many parameters.

    Raises:
        ProblemError: it has.
    """
    if encoded.count(b"&") >= settings.parameters:
        raise ProblemError("bad-parameter", f"A request holds at most {settings.parameters} parameters.")


def hash_of(sparql: str) -> str:
    """Return a short name for a query that does not show its contents."""
    return hashlib.sha256(sparql.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def unknown_parameter(name: str) -> ProblemError:
    """Return the problem of a request with no query, but with a parameter that the endpoint does not have."""
    nearest = suggestions.nearest(name.lower(), PARAMETERS, 1)
    advice = f"Did you mean “{nearest[0]}”?" if nearest else "Send a query in the parameter “query”."
    members: dict[str, object] = {"parameter": name[:_LONGEST_NAME], "nearest": nearest}
    return ProblemError("missing-query", f"There is no parameter “{name[:_LONGEST_NAME]}”. {advice}", members)


def read_fields(encoded: bytes) -> list[tuple[str, str]]:
    """Return the parameters of an address or a form, in order.

    Raises:
        ProblemError: they are not in UTF-8.
    """
    try:
        return parse_qsl(encoded.decode("utf-8"), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise ProblemError("unreadable-text", "Encode parameters as UTF-8, percent-encoded.") from None


def _single_value(fields: list[tuple[str, str]], name: str) -> str | None:
    values = {value for field, value in fields if field == name and value}
    if len(values) > 1:
        raise ProblemError("bad-parameter", f"Send one {name}; this request has more.", {"parameter": name})
    return values.pop() if values else None


def format_named(fields: list[tuple[str, str]]) -> str:
    """Return the short name of the first format in the parameters that exists; empty if there is none.

    Accept then decides. SPARQLWrapper names the format twice, in two ways.
    """
    for field, value in fields:
        name = value.lower() if field == "format" else ""
        if name in ("html", formats.HTML):
            return "html"
        if name == SPREADSHEET or formats.named(name):
            return name
    return ""


def _deadline(text: str | None) -> float | None:
    """Return the deadline that a request asks for; None for 0, which leaves it to the server."""
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise ProblemError(
            "bad-parameter", "Give the timeout as a number of seconds.", {"parameter": "timeout"}
        )
    return seconds or None


def _query_in_body(body: bytes, charset: str) -> str:
    if charset.lower() not in ("utf-8", "utf8"):
        raise ProblemError("unsupported-media-type", f"Encode the query as UTF-8, not as {charset}.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        detail = f"Encode the query as UTF-8; byte {error.start} is not."
        raise ProblemError("unreadable-text", detail) from None


def graph_named(fields: list[tuple[str, str]]) -> str:
    """Return the IRI of the graph that a request names; empty for the default graph.

    Raises:
        ProblemError: it names none or several, or the name is not an IRI.
    """
    graphs = [value for name, value in fields if name == "graph"]
    default = [value for name, value in fields if name == "default"]
    if len(graphs) + len(default) != 1:
        raise ProblemError(
            "bad-parameter", "Name one graph: ?graph=IRI, or ?default.", {"parameter": "graph"}
        )
    return "" if default else absolute_iri(graphs[0])


def absolute_iri(text: str) -> str:
    """Return a text if it is an absolute IRI.

    Raises:
        ProblemError: it is not.
    """
    try:
        return ox.NamedNode(text).value
    except ValueError:
        raise ProblemError(
            "bad-parameter", f"“{text}” is not an absolute IRI.", {"parameter": "graph"}
        ) from None
