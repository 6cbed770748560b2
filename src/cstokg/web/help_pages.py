"""Pages about problems and limits, for people and as JSON; and problems met on any page."""

import sys
import traceback

from flask import Blueprint, Flask, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug import Response
from werkzeug.exceptions import HTTPException

from cstokg import settings
from cstokg.engine import known_limits
from cstokg.engine.engine import Engine
from cstokg.engine.errors import QueryError
from cstokg.settings import Serving
from cstokg.web import problem_types, problems
from cstokg.web.monitoring import record_of
from cstokg.web.problems import ProblemError

_OF_STATUS = {
    403: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    408: "request-timeout",
    414: "address-too-long",
    415: "unsupported-media-type",
    429: "too-much-work",
    431: "head-too-large",
}


def blueprint(engine: Engine, serving: Serving) -> Blueprint:
    """The pages about the limits of an engine and of a server."""
    pages = Blueprint("help", __name__)

    @pages.get(problems.PATH)
    def all_types() -> ResponseReturnValue:
        if not _wants_html():
            return _vary(jsonify([_type(name) for name in problem_types.TYPES]))
        return render_template("problem_types.html", types=problem_types.TYPES), {"Vary": "Accept"}

    @pages.get(f"{problems.PATH}<name>")
    def one_type(name: str) -> ResponseReturnValue:
        if name not in problem_types.TYPES:
            raise ProblemError("not-found", f"There is no type of problem called “{name}”.")
        if not _wants_html():
            return _vary(jsonify(_type(name)))
        page = render_template("problem_type.html", name=name, type=problem_types.TYPES[name])
        return page, {"Vary": "Accept"}

    @pages.get("/limits")
    def limits_() -> ResponseReturnValue:
        rows = [
            {
                "name": row.name,
                "value": row.value,
                "unit": row.unit,
                "meaning": row.meaning,
            }
            for row in (*settings.rows(engine.limits), *settings.rows(serving))
            if row.type is not str
        ]
        if not _wants_html():
            return _vary(jsonify({row["name"]: row for row in rows}))
        page = render_template("limits.html", rows=rows, differences=known_limits.limits())
        return page, {"Vary": "Accept"}

    return pages


def handle_errors(app: Flask) -> None:
    """Answer every error on a page with a problem: as a page for people, as a document for programs."""

    @app.errorhandler(ProblemError)
    def known(problem: ProblemError) -> ResponseReturnValue:
        return respond(problem)

    @app.errorhandler(QueryError)
    def unanswered(error: QueryError) -> ResponseReturnValue:
        return respond(problems.of_error(error, ""))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.response is not None or (error.code or 500) < 400:
            return error  # made by the page itself: a redirect, or a page of its own
        status = error.code or 500
        name = _OF_STATUS.get(status, "bad-request" if status < 500 else "internal-error")
        kept = {key: value for key, value in error.get_headers() if key in ("Allow", "Retry-After")}
        return respond(
            ProblemError(name, error.description or problem_types.TYPES[name].remedy, headers=kept)
        )

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> ResponseReturnValue:
        noted = record_of(request.environ)
        traceback.print_exception(error, file=sys.stderr)
        detail = f"Something went wrong that should not have. Tell the operator: request {noted.id}."
        return respond(ProblemError("internal-error", detail, {"request": noted.id}))


def respond(problem: ProblemError) -> ResponseReturnValue:
    """A problem as this request takes it: a page, JSON or text."""
    record_of(request.environ).cause = problem.name
    if problems.best(request.headers.get("Accept", "")) != problems.HTML:
        return _vary(problem.response(request.headers.get("Accept", "")))
    try:
        page = render_template("problem.html", problem=problem)
    except QueryError:  # the frame of every page asks the engine, which may be what is in trouble
        return _vary(problem.response(request.headers.get("Accept", "")))
    headers = {"Vary": "Accept", "Cache-Control": "no-store", **problem.headers}
    return page, problem.status, headers


def _wants_html() -> bool:
    return request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"


def _type(name: str) -> dict[str, object]:
    found = problem_types.TYPES[name]
    return {
        "type": problems.BASE + name,
        "title": found.title,
        "status": found.status,
        "remedy": found.remedy,
    }


def _vary(response: Response) -> Response:
    response.vary.add("Accept")
    return response
