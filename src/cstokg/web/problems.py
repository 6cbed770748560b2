"""Problems: what a request can meet, as a table, and how each is told (RFC 9457)."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType

from werkzeug import Request, Response

from cstokg import names
from cstokg.engine import (
    GraphNameError,
    InexpressibleResultError,
    MalformedQueryError,
    MemoryExceededError,
    NotAcceptableError,
    OverloadedError,
    QueryCancelledError,
    QueryError,
    QueryTimeoutError,
    QueryTooDeepError,
    QueryTooLongError,
    ResultTooLargeError,
    ServiceFailedError,
    ServiceRefusedError,
    UpdateRefusedError,
    prologue,
    syntax,
)

PATH = "/problems/"
BASE = f"{names.BASE}{PATH[1:]}"
MEDIA_TYPE = "application/problem+json"
HTML = "text/html"
TEXT = "text/plain"

_EXCERPT = 100  # characters of a line that are shown


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of problem: its HTTP status, its title, and what the one who meets it can do."""

    status: int
    title: str
    remedy: str


# The key is the last step of the type's IRI.
TYPES = MappingProxyType(
    {
        "malformed-query": Type(
            400,
            "The query is not well formed",
            "Correct the query at the line and column that the problem names.",
        ),
        "missing-query": Type(
            400, "There is no query", "Send a SPARQL query in the parameter “query”, or as the body."
        ),
        "bad-parameter": Type(
            400, "A parameter is not right", "Correct the parameter that the problem names."
        ),
        "unreadable-text": Type(
            400, "The text is not UTF-8", "Encode the query and the parameters as UTF-8."
        ),
        "bad-request": Type(400, "The request is not right", "Correct it as the problem says."),
        "update-refused": Type(
            403, "Updates are off", "The data are read-only. Ask with SELECT, ASK, CONSTRUCT or DESCRIBE."
        ),
        "service-refused": Type(
            403,
            "Calls to other endpoints are off",
            "Leave SERVICE out, or ask the other endpoint yourself. An operator may allow single endpoints.",
        ),
        "not-found": Type(
            404, "There is nothing here", "Check the address; the front page leads to all there is."
        ),
        "method-not-allowed": Type(
            405, "This method is not allowed here", "Use one of the methods that the header Allow lists."
        ),
        "not-acceptable": Type(
            406,
            "The answer cannot be had in the formats asked for",
            "Ask for one of the formats that the problem lists.",
        ),
        "body-too-large": Type(
            413, "The request is too large", "Send a shorter query; the page /limits lists the limits."
        ),
        "address-too-long": Type(414, "The address is too long", "Send the query as the body, by POST."),
        "unsupported-media-type": Type(
            415,
            "The body is in a format that is not understood",
            "Send the query as application/sparql-query in UTF-8, or in a URL-encoded form.",
        ),
        "query-too-deep": Type(
            422, "The query nests too deep", "Write it with fewer brackets inside brackets."
        ),
        "result-too-large": Type(
            422,
            "The answer is too large",
            "Ask for less with LIMIT and OFFSET, or fetch a dump. No answer is ever cut short.",
        ),
        "too-much-work": Type(
            429,
            "You have used up your share of work",
            "Wait as many seconds as the header Retry-After says, and send simpler queries.",
        ),
        "failed-query": Type(
            500, "The query could not be evaluated", "Tell the operator the number of the request."
        ),
        "internal-error": Type(
            500, "The server made a mistake", "Tell the operator the number of the request."
        ),
        "service-failed": Type(
            502,
            "Another endpoint did not answer",
            "Ask again later, or write SERVICE SILENT to do without it.",
        ),
        "timeout": Type(
            503,
            "The query took too long",
            "Make it more selective. Asking the same again would change nothing.",
        ),
        "memory-exceeded": Type(
            503,
            "The query needs too much memory",
            "Make it more selective. Asking the same again would change nothing.",
        ),
        "overloaded": Type(
            503, "The server is busy", "Ask again after as many seconds as the header Retry-After says."
        ),
        "cancelled": Type(503, "The query was stopped", "Nobody waited for its answer; ask again."),
    }
)

_OF_ERROR: tuple[tuple[type[QueryError], str], ...] = (
    (MalformedQueryError, "malformed-query"),
    (UpdateRefusedError, "update-refused"),
    (ServiceRefusedError, "service-refused"),
    (NotAcceptableError, "not-acceptable"),
    (InexpressibleResultError, "not-acceptable"),
    (GraphNameError, "bad-parameter"),
    (QueryTooLongError, "body-too-large"),
    (QueryTooDeepError, "query-too-deep"),
    (ResultTooLargeError, "result-too-large"),
    (QueryTimeoutError, "timeout"),
    (MemoryExceededError, "memory-exceeded"),
    (OverloadedError, "overloaded"),
    (QueryCancelledError, "cancelled"),
    (ServiceFailedError, "service-failed"),
    (QueryError, "failed-query"),
)


@dataclass(eq=False)
class ProblemError(Exception):
    """A request that gets no answer.

    Attributes:
        name: the kind, a key of ``TYPES``.
        detail: what is wrong this time, and the remedy.
        members: further members of the problem document.
        headers: further headers of the response.
    """

    name: str
    detail: str
    members: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return TYPES[self.name].status

    @property
    def title(self) -> str:
        """The kind of problem in words."""
        return TYPES[self.name].title

    def document(self) -> dict[str, object]:
        """The problem document, ready for JSON."""
        return {
            "type": BASE + self.name,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }

    def text(self) -> str:
        """The problem as plain text; with the excerpt, and a caret below the place."""
        excerpt = self.members.get("excerpt")
        shown = f"\n{excerpt}\n{self.members['caret']}\n" if excerpt else ""
        return f"{self.title}\n\n{self.detail}\n{shown}"

    def response(self, request: Request) -> Response:
        """The problem as JSON, or as plain text for a client that prefers it."""
        # A client that asks for formats which no problem has gets JSON.
        if best(request) == TEXT:
            body, media_type = self.text(), f"{TEXT}; charset=utf-8"
        else:
            body, media_type = json.dumps(self.document(), ensure_ascii=False) + "\n", MEDIA_TYPE
        response = Response(body, self.status, content_type=media_type)
        response.headers["Cache-Control"] = "no-store"
        response.headers.extend(self.headers)
        return response


def best(request: Request) -> str:
    """The media type in which a client would have a problem: JSON, plain text, or HTML."""
    accept = request.accept_mimetypes
    offered = [MEDIA_TYPE, "application/json", TEXT, HTML]
    return accept.best_match(offered, default=MEDIA_TYPE) or MEDIA_TYPE


def of_error(
    error: QueryError, sparql: str, suggest: Callable[[str, int, int], str] | None = None
) -> ProblemError:
    """The problem that an error of the engine is.

    Where the place is known it has members for the line, the column, that line's text and a caret
    below the place; where ``suggest`` finds what was meant there, that too.
    """
    name = next(name for kind, name in _OF_ERROR if isinstance(error, kind))
    members: dict[str, object] = {}
    headers: dict[str, str] = {}
    detail = str(error)
    if error.line is not None and error.column is not None:
        excerpt, caret = _excerpt(sparql, error.line, error.column)
        members = {"line": error.line, "column": error.column, "excerpt": excerpt, "caret": caret}
        meant = suggest(sparql, error.line, error.column) if suggest and name == "malformed-query" else ""
        if meant:
            members["suggestion"] = meant
            detail = f"{detail.rstrip('.')}. Did you mean {meant}?"
        elif isinstance(error, MalformedQueryError) and _is_start(sparql, error.line, error.column):
            detail = f"{detail}. After its prefixes a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE."
    if isinstance(error, OverloadedError):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, QueryTimeoutError):
        members["seconds"] = error.seconds
    return ProblemError(name, detail, members, headers)


def _is_start(sparql: str, line: int, column: int) -> bool:
    return syntax.offset_of(sparql, line, column) == prologue.read(sparql).end


def _excerpt(sparql: str, line: int, column: int) -> tuple[str, str]:
    """The part of a line around a column, and a caret that stands below the column."""
    lines = sparql.split("\n")
    text = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    text = "".join(character if character.isprintable() else " " for character in text)
    start = max(0, min(column - 1 - _EXCERPT // 2, len(text) - _EXCERPT))
    return text[start : start + _EXCERPT], " " * (column - 1 - start) + "^"
