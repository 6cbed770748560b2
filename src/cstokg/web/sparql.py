"""The SPARQL 1.1 Protocol at ``/sparql``, as a WSGI callable mounted before Flask.

Programs are answered here, without Flask's cost. What a browser wants is read here and passed on
to the pages, under ``OPERATION`` or ``PROBLEM`` in the WSGI environment.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from werkzeug import Request, Response

from cstokg.engine import QueryError
from cstokg.web import answering, description, headers, negotiation, problems, protocol, record, validators
from cstokg.web.answering import Answering, Wanted
from cstokg.web.cache import Entry
from cstokg.web.problems import ProblemError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/sparql"
OPERATION = "cstokg.operation"
PROBLEM = "cstokg.problem"
# Under this name a server may put a function that says whether the client has gone.
CANCELLED = "cstokg.cancelled"

_PREFLIGHT_SECONDS = 86_400
_READING = ("GET", "HEAD")
_CONDITIONAL = ("GET", "HEAD", "QUERY")  # methods for which If-None-Match leads to 304


class Endpoint:
    """A WSGI callable that answers queries and leaves every other path to the pages."""

    def __init__(self, answers: Answering, pages: "WSGIApplication") -> None:
        """Stand before the pages."""
        self._answering = answers
        self._pages = pages

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """The response to a request."""
        path = environ.get("PATH_INFO")
        if path == description.VOID_PATH:
            return self._describe_dataset(Request(environ), start_response)
        if path != PATH:
            return self._pages(environ, start_response)
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            entry = self._answering.kept(_key(environ))
            if entry is not None:
                record.of(environ).cached = True
                return give(entry, environ, start_response)
        request = Request(environ)
        try:
            response = self._respond(request)
        except ProblemError as problem:
            if negotiation.prefers_html(request):
                environ[PROBLEM] = problem
                return self._pages(environ, start_response)
            return refuse(problem, request, start_response)
        if isinstance(response, Entry):
            return give(response, environ, start_response)
        if response is None:
            return self._pages(environ, start_response)
        headers.add_to(response)
        return response(environ, start_response)

    def _respond(self, request: Request) -> Response | Entry | None:
        """The response to a program; None if a person asks and the pages should answer."""
        operation = protocol.read(request)
        if request.method == "OPTIONS":
            return preflight(
                protocol.METHODS,
                {"Accept-Query": protocol.ACCEPT_QUERY, "Accept-Post": protocol.ACCEPT_POST},
            )
        if operation.query is None:
            return self._without_query(request, operation)
        taken = negotiation.media_types(request, operation.format)
        form = validators.form_of(operation.query)
        if negotiation.fitting(taken, form) == negotiation.HTML:
            request.environ[OPERATION] = operation
            return None
        body = protocol.body(request) if request.method in ("POST", "QUERY") else b""
        key = _key(request.environ, request.headers.get("Content-Type", ""), body.decode("latin-1"))
        kept = self._answering.kept(key)
        if kept is not None:
            record.of(request.environ).cached = True
            return kept
        record.of(request.environ).query_hash = answering.hash_of(operation.query)
        return self._answering.answer(
            operation, wanted(request, form, taken), key, request.environ.get(CANCELLED)
        )

    def _without_query(self, request: Request, operation: protocol.Operation) -> Response | None:
        """The service description (SPARQL 1.1 Service Description, section 2), or the form."""
        missing = ProblemError(
            "missing-query", "Send a query in the parameter 'query'.", {"parameter": "query"}
        )
        if operation.wants_query and not negotiation.prefers_html(request):
            raise missing
        try:
            taken = negotiation.media_types(
                request, operation.format, (*negotiation.GRAPHS, negotiation.HTML)
            )
        except ProblemError as problem:
            raise (missing if problem.name == "not-acceptable" else problem) from None
        if taken[0] == negotiation.HTML:
            request.environ[OPERATION] = operation
            return None
        try:
            body = self._answering.descriptions.service(request.base_url, taken[0])
        except QueryError as error:
            raise problems.of_error(error, "") from error
        return description.respond(request, body, taken[0])

    def _describe_dataset(self, request: Request, start_response: "StartResponse") -> Iterable[bytes]:
        """The dataset as VoID and DCAT describe it, for programs and people alike."""
        try:
            if request.method not in _READING:
                allow = {"Allow": ", ".join(_READING)}
                raise ProblemError("method-not-allowed", "This can be read only.", headers=allow)
            taken = negotiation.media_types(request, None, negotiation.GRAPHS)
            endpoint = request.url_root.rstrip("/") + PATH
            body = self._answering.descriptions.dataset(endpoint, taken[0])
        except ProblemError as problem:
            return refuse(problem, request, start_response)
        except QueryError as error:
            return refuse(problems.of_error(error, ""), request, start_response)
        response = description.respond(request, body, taken[0])
        headers.add_to(response)
        return response(request.environ, start_response)


def wanted(request: Request, form: str, taken: tuple[str, ...]) -> Wanted:
    """What a request wants beside its query, whose form is known; from its headers."""
    coding = negotiation.coding(request.headers.get("Accept-Encoding", ""))
    has = request.headers.get("If-None-Match", "") if request.method in _CONDITIONAL else ""
    return Wanted(form, taken, coding, has)


def give(entry: Entry, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
    """Send an answer, or 304 to a client that has it."""
    noted = record.of(environ)
    noted.query_hash = entry.query_hash
    has = environ.get("HTTP_IF_NONE_MATCH")
    unchanged = entry.rows < 0
    if has and entry.tag and not unchanged and environ["REQUEST_METHOD"] in _CONDITIONAL:
        unchanged = validators.matches(has, entry.tag)
    if unchanged:
        noted.cached = True
        kept = [pair for pair in entry.headers if pair[0] not in _OF_CONTENT]
        start_response("304 Not Modified", kept)
        return ()
    noted.rows = entry.rows
    start_response("200 OK", [*entry.headers, ("Content-Length", str(len(entry.body)))])
    return () if environ["REQUEST_METHOD"] == "HEAD" else (entry.body,)


_OF_CONTENT = ("Content-Type", "Content-Encoding", "Content-Disposition")


def refuse(problem: ProblemError, request: Request, start_response: "StartResponse") -> Iterable[bytes]:
    """Send a problem."""
    record.of(request.environ).cause = problem.name
    response = problem.response(request)
    headers.add_to(response)
    response.vary.add("Accept")
    return response(request.environ, start_response)


def preflight(methods: tuple[str, ...], more: dict[str, str]) -> Response:
    """The answer to OPTIONS: what may be sent, also by scripts of other origins."""
    allowed = ", ".join(methods)
    return Response(
        status=204,
        headers={
            "Allow": allowed,
            "Access-Control-Allow-Methods": allowed,
            "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
            "Access-Control-Max-Age": str(_PREFLIGHT_SECONDS),
            **more,
        },
    )


def _key(environ: "WSGIEnvironment", content_type: str = "", body: str = "") -> tuple[str, ...]:
    """What an answer depends on, as it was sent."""
    return (
        environ.get("QUERY_STRING", ""),
        content_type,
        body,
        environ.get("HTTP_ACCEPT", ""),
        environ.get("HTTP_ACCEPT_ENCODING", ""),
    )
