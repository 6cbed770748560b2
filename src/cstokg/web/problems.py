"""Problems: what a request can meet, as a table, and how each is told (RFC 9457)."""

import json
from dataclasses import dataclass, field

from werkzeug import Response
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from cstokg import namespaces
from cstokg.engine import errors
from cstokg.engine.errors import QueryError
from cstokg.web.problem_types import TYPES

PATH = "/problems/"
BASE = f"{namespaces.BASE}{PATH[1:]}"
MEDIA_TYPE = "application/problem+json"
HTML = "text/html"
TEXT = "text/plain"

_LONGEST_ACCEPT = 500  # bytes; werkzeug takes quadratic time for more
_EXCERPT = 100  # characters of a line that are shown


_OF_ERROR: tuple[tuple[type[QueryError], str], ...] = (
    (errors.MalformedQueryError, "malformed-query"),
    (errors.UnsupportedQueryError, "unsupported-query"),
    (errors.UpdateRefusedError, "update-refused"),
    (errors.ServiceRefusedError, "service-refused"),
    (errors.NotAcceptableError, "not-acceptable"),
    (errors.InexpressibleResultError, "not-acceptable"),
    (errors.GraphNameError, "bad-parameter"),
    (errors.QueryTooLongError, "body-too-large"),
    (errors.QueryTooDeepError, "query-too-deep"),
    (errors.ResultTooLargeError, "result-too-large"),
    (errors.QueryTimeoutError, "timeout"),
    (errors.MemoryExceededError, "memory-exceeded"),
    (errors.OverloadedError, "overloaded"),
    (errors.QueryCancelledError, "cancelled"),
    (errors.ServiceFailedError, "service-failed"),
    (QueryError, "failed-query"),
)


@dataclass(eq=False)
class ProblemError(Exception):
    """A request that gets no answer.

    Attributes:
        name: the kind, a key of ``TYPES``.
        detail: what is wrong this time.
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

    @property
    def remedy(self) -> str:
        """What whoever meets this kind of problem can do."""
        return TYPES[self.name].remedy

    def document(self) -> dict[str, object]:
        """The problem document, ready for JSON."""
        return {
            "type": BASE + self.name,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "remedy": self.remedy,
            **self.members,
        }

    def text(self) -> str:
        """The problem as plain text; with the excerpt, and a caret below the place, and the nearest names."""
        excerpt = self.members.get("excerpt")
        shown = f"\n{excerpt}\n{self.members['caret']}\n" if excerpt else ""
        nearest = self.members.get("nearest")
        if isinstance(nearest, list) and nearest:
            shown += "\nThe nearest names:\n" + "".join(f"{name}\n" for name in nearest)
        if self.remedy != self.detail:
            shown += f"\n{self.remedy}\n"
        return f"{self.title}\n\n{self.detail}\n{shown}"

    def content(self, media_type: str) -> tuple[str, str]:
        """The problem as a body, and the content type of that: plain text, or JSON for any other type."""
        if media_type == TEXT:
            return self.text(), f"{TEXT}; charset=utf-8"
        return json.dumps(self.document(), ensure_ascii=False) + "\n", MEDIA_TYPE

    def response(self, accept: str) -> Response:
        """The problem as JSON, or as plain text for a client whose Accept header prefers it."""
        # A client that asks for formats which no problem has gets JSON.
        body, content_type = self.content(best(accept))
        response = Response(body, self.status, content_type=content_type)
        response.headers["Cache-Control"] = "no-store"
        response.headers.extend(self.headers)
        return response


def best(accept_header: str) -> str:
    """The media type in which a client would have a problem: JSON, plain text, or HTML."""
    if len(accept_header) > _LONGEST_ACCEPT:
        return MEDIA_TYPE
    accept = parse_accept_header(accept_header, MIMEAccept)
    offered = [MEDIA_TYPE, "application/json", TEXT, HTML]
    return accept.best_match(offered, default=MEDIA_TYPE) or MEDIA_TYPE


def of_error(error: QueryError, sparql: str) -> ProblemError:
    """The problem that an error of the engine is.

    Where the place is known it has members for the line, the column, that line's text and a caret
    below the place; where the engine knows what was meant there, that too.
    """
    name = next(name for kind, name in _OF_ERROR if isinstance(error, kind))
    members: dict[str, object] = {}
    headers: dict[str, str] = {}
    detail = str(error)
    if error.line is not None and error.column is not None:
        excerpt, caret = _excerpt(sparql, error.line, error.column)
        members = {"line": error.line, "column": error.column, "excerpt": excerpt, "caret": caret}
    if error.suggestion:
        members["suggestion"] = error.suggestion
        detail = f"{detail.rstrip('.')}. Did you mean {error.suggestion}?"
    if isinstance(error, errors.OverloadedError):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, errors.QueryTimeoutError):
        members["seconds"] = error.seconds
    return ProblemError(name, detail, members, headers)


def _excerpt(sparql: str, line: int, column: int) -> tuple[str, str]:
    """The part of a line around a column, and a caret that stands below the column."""
    lines = sparql.split("\n")
    text = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    text = "".join(character if character.isprintable() else " " for character in text)
    start = max(0, min(column - 1 - _EXCERPT // 2, len(text) - _EXCERPT))
    return text[start : start + _EXCERPT], " " * (column - 1 - start) + "^"
