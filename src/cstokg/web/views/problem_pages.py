"""The pages about problems and limits, for people and as JSON; and functions that end with a problem."""

import sys
import tomllib
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NoReturn

from flask import Blueprint, abort, jsonify, render_template, request
from flask import Response as FlaskResponse
from flask.typing import ResponseReturnValue
from werkzeug import Response
from werkzeug.exceptions import HTTPException, NotFound

from cstokg import formats, namespaces, settings
from cstokg.errors import QueryError
from cstokg.web import site
from cstokg.web.content.catalogue import Catalogue
from cstokg.web.serving import http, problems
from cstokg.web.serving.monitoring import record_of
from cstokg.web.serving.problems import ProblemError

blueprint = Blueprint("problem_pages", __name__)

_KIND_OF_STATUS = {
    403: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "request-timeout",
    413: "body-too-large",
    414: "address-too-long",
    415: "unsupported-media-type",
    429: "too-much-work",
    431: "head-too-large",
}


@dataclass(frozen=True, slots=True)
class Deviation:
    """A deviation from SPARQL 1.1: what it is about, an example, and what to do instead.

    ``answer`` is the answer of the engine to ``query`` over ``data`` (TriG), row by row; ``specification`` is
    what SPARQL 1.1 requires. Both may use the prefixes ``ex`` and ``xsd``.
    """

    title: str
    matter: str
    query: str
    specification: str
    answer: str
    advice: str = ""
    data: str = ""


@cache
def deviations() -> tuple[Deviation, ...]:
    """Return all deviations, in the order of the file."""
    text = files("cstokg.engine").joinpath("sparql_deviations.toml").read_text(encoding="utf-8")
    return tuple(Deviation(**entry) for entry in tomllib.loads(text)["deviation"])


@blueprint.get(problems.PATH)
def all_kinds() -> ResponseReturnValue:
    """Return the kinds of problem."""
    if not _wants_html():
        return _varying(jsonify([_kind(name) for name in problems.kinds()]))
    return render_template("problem_types.html", types=problems.kinds()), {"Vary": "Accept"}


@blueprint.get(f"{problems.PATH}<name>")
def one_kind(name: str) -> ResponseReturnValue:
    """Return one kind of problem."""
    if name not in problems.kinds():
        raise ProblemError("not-found", f"There is no type of problem called “{name}”.")
    if not _wants_html():
        return _varying(jsonify(_kind(name)))
    page = render_template("problem_type.html", name=name, type=problems.kinds()[name])
    return page, {"Vary": "Accept"}


@blueprint.get("/limits")
def limits() -> ResponseReturnValue:
    """Return the limits on queries and of the server."""
    here = site.current()
    rows = [
        {
            "name": row.name,
            "value": row.value,
            "unit": row.unit,
            "meaning": row.meaning,
        }
        for row in (*settings.rows(here.engine.limits), *settings.rows(here.settings))
        if row.type is not str
    ]
    if not _wants_html():
        return _varying(jsonify({row["name"]: row for row in rows}))
    page = render_template("limits.html", rows=rows, differences=deviations())
    return page, {"Vary": "Accept"}


def end_not_found(sentence: str, nearest: Sequence[str]) -> NoReturn:
    """End the request with 404: a page that links to the nearest IRIs, or a problem that lists them."""
    if http.prefers_html(request.headers.get("Accept", "")):
        page = render_template("missing.html", what=sentence, nearest=nearest)
        response = FlaskResponse(page, 404, content_type=formats.content_type(formats.HTML))
        response.vary.add("Accept")
        abort(response)
    raise ProblemError("not-found", sentence, {"nearest": list(nearest)})


def end_unknown_entity(catalogue: Catalogue, iri: str) -> NoReturn:
    """End the request for an IRI that is not in the graph."""
    end_not_found(
        f"Nothing in the data has the address {iri}.", catalogue.nearest(namespaces.step_of(iri) or iri)
    )


@blueprint.app_errorhandler(ProblemError)
def answer_problem(problem: ProblemError) -> ResponseReturnValue:
    """Return a problem in the form that the request accepts: a page, JSON or text."""
    record_of(request.environ).cause = problem.name
    accept = request.headers.get("Accept", "")
    if problems.best(accept) != formats.HTML:
        return _varying(problem.response(accept))
    try:
        page = _page_not_found(problem) if problem.name == "not-found" else _page(problem)
    except QueryError:  # every page asks the engine for its frame, and that may fail
        return _varying(problem.response(accept))
    headers = {"Vary": "Accept", "Cache-Control": http.NO_STORE, **problem.headers}
    return page, problem.status, headers


def _page(problem: ProblemError) -> str:
    return render_template("problem.html", problem=problem)


def _page_not_found(problem: ProblemError) -> str:
    return render_template("missing.html", what=problem.detail, nearest=problem.members.get("nearest", ()))


@blueprint.app_errorhandler(QueryError)
def answer_query_error(error: QueryError) -> ResponseReturnValue:
    """Return the problem for an error of the engine."""
    return answer_problem(problems.of_error(error, ""))


@blueprint.app_errorhandler(HTTPException)
def answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """Return the problem for an error of Flask; redirects, and pages with a status, as they are."""
    status = error.code or 500
    if error.response is not None or status < 400:
        return error
    name = _KIND_OF_STATUS.get(status, "bad-request" if status < 500 else "internal-error")
    kept = {key: value for key, value in error.get_headers() if key in ("Allow", "Retry-After")}
    # Werkzeug's usual description of 404 does not help anybody.
    said = "" if error.description == NotFound.description else error.description
    detail = said or problems.kinds()[name].remedy
    return answer_problem(ProblemError(name, detail, headers=kept))


@blueprint.app_errorhandler(Exception)
def answer_mistake(error: Exception) -> ResponseReturnValue:
    """Return a problem for an error in our code: it has only the number of the request; print the error."""
    number = record_of(request.environ).id
    traceback.print_exception(error, file=sys.stderr)
    detail = f"This is a mistake in the server. Tell the operator: request {number}."
    return answer_problem(ProblemError("internal-error", detail, {"request": number}))


def _wants_html() -> bool:
    offered = formats.JSON, formats.HTML
    return formats.accepted(request.headers.get("Accept", ""), offered)[:1] == (formats.HTML,)


def _kind(name: str) -> dict[str, object]:
    kind = problems.kinds()[name]
    return {"type": problems.BASE + name, "title": kind.title, "status": kind.status, "remedy": kind.remedy}


def _varying(response: Response) -> Response:
    response.vary.add("Accept")
    return response
