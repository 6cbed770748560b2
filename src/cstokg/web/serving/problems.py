"""Problems: the kinds in ``problems.toml``, and how a problem is written as a document (RFC 9457)."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from werkzeug import Response

from cstokg import errors, formats, namespaces
from cstokg.errors import QueryError

PATH = "/problems/"
BASE = f"{namespaces.BASE}{PATH[1:]}"

_OFFERED = (formats.PROBLEM, formats.JSON, formats.TEXT, formats.HTML)
_EXCERPT = 100  # characters of a line that are shown

OF_ERROR: tuple[tuple[type[QueryError], str], ...] = (
    (errors.UnknownFunctionError, "unknown-function"),
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
    (errors.BackendUnavailableError, "backend-unavailable"),
    (errors.BackendFailedError, "backend-failed"),
    (QueryError, "failed-query"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its HTTP status, its title, and what the reader can do about it."""

    status: int
    title: str
    remedy: str


@cache
def kinds() -> Mapping[str, Kind]:
    """Return the kinds of problem by name, in the order of the file."""
    text = files("cstokg.web").joinpath("problems.toml").read_text(encoding="utf-8")
    return {name: Kind(**entry) for name, entry in tomllib.loads(text).items()}


@dataclass(eq=False)
class ProblemError(Exception):
    """A request that gets no answer.

    Attributes:
        name: the name of its kind in ``problems.toml``.
        detail: what is wrong in this case.
        members: further members of the problem document.
        headers: further headers of the response.
    """

    name: str
    detail: str
    members: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """Return the HTTP status."""
        return kinds()[self.name].status

    @property
    def title(self) -> str:
        """Return the kind of problem in words."""
        return kinds()[self.name].title

    @property
    def remedy(self) -> str:
        """Return what the reader can do about this kind of problem."""
        return kinds()[self.name].remedy

    def document(self) -> dict[str, object]:
        """Return the problem document, ready for JSON."""
        return {
            "type": BASE + self.name,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "remedy": self.remedy,
            **self.members,
        }

    def text(self) -> str:
        """Return the problem as plain text, with the excerpt, a caret below it, and the nearest names."""
        excerpt = self.members.get("excerpt")
        shown = f"\n{excerpt}\n{self.members['caret']}\n" if excerpt else ""
        nearest = self.members.get("nearest")
        if isinstance(nearest, list) and nearest:
            shown += "\nThe nearest names:\n" + "".join(f"{name}\n" for name in nearest)
        if self.remedy != self.detail:
            shown += f"\n{self.remedy}\n"
        return f"{self.title}\n\n{self.detail}\n{shown}"

    def content(self, media_type: str) -> tuple[str, str]:
        """Return the problem as a body, and its content type: plain text, or JSON for any other type."""
        if media_type == formats.TEXT:
            return self.text(), formats.content_type(formats.TEXT)
        return json.dumps(self.document(), ensure_ascii=False) + "\n", formats.PROBLEM

    def response(self, accept: str) -> Response:
        """Return the problem as JSON, or as plain text for a client whose Accept header prefers it."""
        # A client that accepts none of the formats of problems gets JSON.
        body, content_type = self.content(best(accept))
        response = Response(body, self.status, content_type=content_type)
        response.headers["Cache-Control"] = "no-store"
        response.headers.extend(self.headers)
        return response


def best(accept_header: str) -> str:
    """Return the media type in which a client wants a problem: JSON, plain text, or HTML."""
    return next(iter(formats.accepted(accept_header, _OFFERED)), formats.PROBLEM)


def of_error(error: QueryError, sparql: str) -> ProblemError:
    """Return the problem for an error of the engine.

    If the place is known, it has members for the line, the column, the text of the line and a caret below the
    column; if the engine has a suggestion, one for that too.
    """
    name = next(name for kind, name in OF_ERROR if isinstance(error, kind))
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
    """Return the part of a line around a column, and a caret that stands below the column."""
    lines = sparql.split("\n")
    text = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    text = "".join(character if character.isprintable() else " " for character in text)
    start = max(0, min(column - 1 - _EXCERPT // 2, len(text) - _EXCERPT))
    return text[start : start + _EXCERPT], " " * (column - 1 - start) + "^"
