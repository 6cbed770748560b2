"""Read a request to the endpoint as an operation of the SPARQL 1.1 Protocol, section 2.1."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug import Request
from werkzeug.exceptions import RequestEntityTooLarge

from cstokg.web.problems import ProblemError

METHODS = ("GET", "HEAD", "OPTIONS", "POST")
BODY_LIMIT = 1_000_000  # bytes; the longest sensible query has a few thousand

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"

_FIELD_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks for: a query (None if it brings none), its dataset, the format named in it."""

    query: str | None = None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None


def read(request: Request) -> Operation:
    """The query operation of a request.

    Raises:
        ProblemError: the method, the body's type, length or encoding, or a parameter is not right.
    """
    if request.method not in METHODS:
        raise ProblemError(
            "method-not-allowed", "Send the query by GET or POST.", headers={"Allow": ", ".join(METHODS)}
        )
    fields = _fields(request.query_string)
    direct = None
    if request.method == "POST":
        if request.mimetype == FORM:
            fields += _fields(_body(request))
        elif request.mimetype == QUERY:
            direct = _text(_body(request), request.mimetype_params.get("charset", "utf-8"))
        elif request.mimetype == UPDATE:
            raise ProblemError("update-refused", "The data are read-only.")
        else:
            raise ProblemError(
                "unsupported-media-type",
                f"Send the body as {QUERY} or {FORM}.",
                headers={"Accept-Post": f"{QUERY}, {FORM}"},
            )
    if any(name == "update" for name, _ in fields):
        raise ProblemError("update-refused", "The data are read-only.")
    queries = [value for name, value in fields if name == "query"]
    if direct is not None:
        queries.append(direct)
    if len(queries) > 1:
        raise ProblemError("bad-parameter", "Send one query, this request has more.", {"parameter": "query"})
    formats = [value for name, value in fields if name == "format" and value]
    return Operation(
        queries[0] if queries and queries[0].strip() else None,
        tuple(value for name, value in fields if name == "default-graph-uri" and value),
        tuple(value for name, value in fields if name == "named-graph-uri" and value),
        formats[-1] if formats else None,
    )


def _body(request: Request) -> bytes:
    request.max_content_length = BODY_LIMIT
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        raise ProblemError("body-too-large", f"A request holds at most {BODY_LIMIT:,} bytes.") from None


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


def _text(body: bytes, charset: str) -> str:
    if charset.lower() != "utf-8":
        raise ProblemError("unsupported-media-type", f"Encode the query as UTF-8, not as {charset}.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProblemError(
            "unreadable-text", f"Encode the query as UTF-8; byte {error.start} is not."
        ) from None
