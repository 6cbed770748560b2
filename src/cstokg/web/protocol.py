"""Read a request to the endpoint as an operation of the SPARQL 1.1 Protocol, section 2.1."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug import Request
from werkzeug.exceptions import RequestEntityTooLarge

from cstokg.web.problems import ProblemError

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "QUERY")
BODY_LIMIT = 1_000_000  # bytes; the longest sensible query has a few thousand
ADDRESS_LIMIT = 32_000  # bytes; what servers and proxies commonly let through

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"

# What a body may be, as fields of a header (RFC 10008, section 3; Linked Data Platform 1.0, section 7.1).
ACCEPT_QUERY = f'"{QUERY}", "{FORM}"'
ACCEPT_POST = f"{QUERY}, {FORM}"

_FIELD_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks for.

    Attributes:
        query: the query; None if there is none.
        default_graphs: the graphs that make up the default graph.
        named_graphs: the named graphs.
        format: the format that the request names.
        timeout: the deadline that it asks for, in seconds.
        wants_query: whether it was meant to bring a query, which may then be empty.
    """

    query: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None
    timeout: float | None = None
    wants_query: bool = False


def read(request: Request) -> Operation:
    """The query operation of a request.

    Raises:
        ProblemError: the method, the address, the body's type, length or encoding, or a parameter is
            not right.
    """
    if request.method not in METHODS:
        raise ProblemError(
            "method-not-allowed",
            "Send the query by GET, POST or QUERY.",
            headers={"Allow": ", ".join(METHODS)},
        )
    fields = query_fields(request)
    direct = None
    if request.method in ("POST", "QUERY"):
        if request.mimetype == FORM:
            fields += _fields(body(request))
        elif request.mimetype == QUERY:
            direct = _text(body(request), request.mimetype_params.get("charset", "utf-8"))
        elif request.mimetype == UPDATE:
            raise ProblemError("update-refused", "The data are read-only.")
        else:
            raise ProblemError(
                "unsupported-media-type",
                f"Send the body as {QUERY} or {FORM}.",
                headers={"Accept-Post": ACCEPT_POST, "Accept-Query": ACCEPT_QUERY},
            )
    if any(name == "update" for name, _ in fields):
        raise ProblemError("update-refused", "The data are read-only.")
    queries = [value for name, value in fields if name == "query"]
    if direct is not None:
        queries.append(direct)
    if len(queries) > 1:
        raise ProblemError("bad-parameter", "Send one query, this request has more.", {"parameter": "query"})
    return Operation(
        queries[0] if queries and queries[0].strip() else None,
        tuple(value for name, value in fields if name == "default-graph-uri" and value),
        tuple(value for name, value in fields if name == "named-graph-uri" and value),
        _one(fields, "format"),
        _seconds(_one(fields, "timeout")),
        bool(queries) or request.method in ("POST", "QUERY"),
    )


def body(request: Request) -> bytes:
    """The body of a request.

    Raises:
        ProblemError: it is too large.
    """
    request.max_content_length = BODY_LIMIT
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        raise ProblemError("body-too-large", f"A request holds at most {BODY_LIMIT:,} bytes.") from None


def query_fields(request: Request) -> list[tuple[str, str]]:
    """The parameters in the address of a request.

    Raises:
        ProblemError: there are too many, they are too long, or they are not UTF-8.
    """
    if len(request.query_string) > ADDRESS_LIMIT:
        raise ProblemError(
            "address-too-long",
            f"The parameters in an address hold at most {ADDRESS_LIMIT:,} bytes; send the query as the body.",
        )
    return _fields(request.query_string)


def _fields(encoded: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            encoded.decode("ascii", "strict"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_FIELD_LIMIT,
        )
    except UnicodeDecodeError:
        raise ProblemError("unreadable-text", "Encode parameters as UTF-8, percent-encoded.") from None
    except ValueError:
        raise ProblemError("bad-parameter", f"A request holds at most {_FIELD_LIMIT} parameters.") from None


def _one(fields: list[tuple[str, str]], name: str) -> str | None:
    values = {value for field, value in fields if field == name and value}
    if len(values) > 1:
        raise ProblemError("bad-parameter", f"Send one {name}, this request has more.", {"parameter": name})
    return values.pop() if values else None


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ProblemError(
            "bad-parameter", "Give the timeout as a number of seconds above 0.", {"parameter": "timeout"}
        )
    return seconds


def _text(body: bytes, charset: str) -> str:
    if charset.lower() not in ("utf-8", "utf8"):
        raise ProblemError("unsupported-media-type", f"Encode the query as UTF-8, not as {charset}.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProblemError(
            "unreadable-text", f"Encode the query as UTF-8; byte {error.start} is not."
        ) from None
