"""The SPARQL 1.1 Protocol at ``/sparql``, as a WSGI callable mounted before Flask.

Programs are answered here, without Flask's cost. What a browser wants is read here and passed on
to the pages, under ``OPERATION`` or ``PROBLEM`` in the WSGI environment.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from cstokg.engine import Engine, QueryError, formats
from cstokg.web import headers, negotiation, problems, protocol
from cstokg.web.problems import ProblemError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/sparql"
OPERATION = "cstokg.operation"
PROBLEM = "cstokg.problem"

_PREFLIGHT_SECONDS = 86_400


class Endpoint:
    """A WSGI callable that answers queries and leaves every other path to the pages."""

    def __init__(self, engine: Engine, pages: "WSGIApplication") -> None:
        """Stand before the pages."""
        self._engine = engine
        self._pages = pages

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The response to a request."""
        if environ.get("PATH_INFO") != PATH:
            return self._pages(environ, start_response)
        request = Request(environ)
        try:
            response = self._respond(request)
        except ProblemError as problem:
            if negotiation.prefers_html(request):
                environ[PROBLEM] = problem
                return self._pages(environ, start_response)
            response = problem.response(request)
        if response is None:
            return self._pages(environ, start_response)
        headers.add_to(response)
        response.vary.add("Accept")
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response | None:
        """The response to a program; None if a person asks and the pages should answer."""
        operation = protocol.read(request)
        if request.method == "OPTIONS":
            return _preflight()
        taken = negotiation.media_types(request, operation.format)
        if taken[0] == negotiation.HTML:
            request.environ[OPERATION] = operation
            return None
        if operation.query is None:
            raise ProblemError(
                "missing-query", "Send a query in the parameter 'query'.", {"parameter": "query"}
            )
        try:
            answer = self._engine.query(
                operation.query, taken, operation.default_graphs, operation.named_graphs
            )
        except QueryError as error:
            raise problems.of_error(error, operation.query) from error
        response = Response(answer.body, content_type=_content_type(answer.media_type))
        if operation.format is not None:
            extension = formats.BY_MEDIA_TYPE[answer.media_type].extension
            response.headers["Content-Disposition"] = f'inline; filename="answer.{extension}"'
        return response


def _content_type(media_type: str) -> str:
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _preflight() -> Response:
    methods = ", ".join(protocol.METHODS)
    return Response(
        status=204,
        headers={
            "Allow": methods,
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": "Accept, Content-Type",
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
        },
    )
