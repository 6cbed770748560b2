"""Problems: what a request can meet, as a table, and how each is told (RFC 9457)."""

import json
from dataclasses import dataclass, field
from types import MappingProxyType

from werkzeug import Request, Response

from cstokg import names
from cstokg.engine import (
    GraphNameError,
    MalformedQueryError,
    NotAcceptableError,
    QueryError,
    ServiceRefusedError,
    UpdateRefusedError,
)

BASE = f"{names.BASE}problem/"
MEDIA_TYPE = "application/problem+json"

# The last step of the type's IRI: status and title.
TYPES = MappingProxyType(
    {
        "malformed-query": (400, "The query is not well formed"),
        "missing-query": (400, "There is no query"),
        "bad-parameter": (400, "A parameter is not right"),
        "unreadable-text": (400, "The text is not UTF-8"),
        "update-refused": (403, "Updates are off"),
        "service-refused": (403, "Calls to other endpoints are off"),
        "method-not-allowed": (405, "This method is not allowed here"),
        "not-acceptable": (406, "The answer cannot be had in the formats asked for"),
        "body-too-large": (413, "The request is too large"),
        "unsupported-media-type": (415, "The body is in a format that is not understood"),
        "failed-query": (500, "The query could not be evaluated"),
    }
)

_OF_ERROR: tuple[tuple[type[QueryError], str], ...] = (
    (MalformedQueryError, "malformed-query"),
    (UpdateRefusedError, "update-refused"),
    (ServiceRefusedError, "service-refused"),
    (NotAcceptableError, "not-acceptable"),
    (GraphNameError, "bad-parameter"),
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
        return TYPES[self.name][0]

    @property
    def title(self) -> str:
        """The kind of problem in words."""
        return TYPES[self.name][1]

    def document(self) -> dict[str, object]:
        """The problem document, ready for JSON."""
        return {
            "type": BASE + self.name,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }

    def response(self, request: Request) -> Response:
        """The problem as JSON, or as plain text for a client that prefers it."""
        if (
            request.accept_mimetypes.best_match([MEDIA_TYPE, "application/json", "text/plain"])
            == "text/plain"
        ):
            body, media_type = f"{self.title}\n\n{self.detail}\n", "text/plain; charset=utf-8"
        else:
            body, media_type = json.dumps(self.document(), ensure_ascii=False) + "\n", MEDIA_TYPE
        response = Response(body, self.status, content_type=media_type)
        response.headers.extend(self.headers)
        return response


def of_error(error: QueryError, sparql: str) -> ProblemError:
    """The problem that an error of the engine is; with line, column and that line where they are known."""
    name = next(name for kind, name in _OF_ERROR if isinstance(error, kind))
    members: dict[str, object] = {}
    if error.line is not None and error.column is not None:
        lines = sparql.split("\n")
        excerpt = lines[error.line - 1] if error.line <= len(lines) else ""
        members = {"line": error.line, "column": error.column, "excerpt": excerpt.rstrip("\r")}
    return ProblemError(name, str(error), members)
