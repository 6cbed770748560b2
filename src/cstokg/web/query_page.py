"""Pages for people: the form, and answers as tables. They work without script."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cstokg import formats, namespaces
from cstokg.engine.engine import Engine
from cstokg.engine.errors import QueryError
from cstokg.questions import Question
from cstokg.web import http, problems, tables
from cstokg.web.http import SPREADSHEET
from cstokg.web.monitoring import record_of
from cstokg.web.problems import ProblemError
from cstokg.web.sparql_protocol import OPERATION, PATH, PROBLEM, Operation, hash_of

EXAMPLE = """SELECT ?class (COUNT(?thing) AS ?count)
WHERE { ?thing a ?class }
GROUP BY ?class
ORDER BY DESC(?count) ?class
"""

# Those that the protocol has not are answered too, with a page that says so.
_METHODS = ("GET", "POST", "QUERY", "PUT", "PATCH", "DELETE")
_SHOWN_AS = ("application/sparql-results+json", "text/turtle")


def blueprint(engine: Engine, questions: Sequence[Question]) -> Blueprint:
    """The pages about an engine's data and its saved questions."""
    pages = Blueprint("query_page", __name__)

    @pages.route(PATH, methods=_METHODS, provide_automatic_options=False, strict_slashes=False)
    def sparql() -> ResponseReturnValue:
        scope = request.environ.get("asgi.scope", {})
        operation: Operation = scope.get(OPERATION, Operation())
        problem: ProblemError | None = scope.get(PROBLEM)
        unknown: Sequence[tuple[str, str]] = ()
        answer = None
        if operation.query is not None:
            record_of(request.environ).query_hash = hash_of(operation.query)
            try:
                found = engine.query(
                    operation.query,
                    _SHOWN_AS,
                    operation.default_graphs,
                    operation.named_graphs,
                    timeout=operation.timeout,
                )
                answer, unknown = tables.read(found), found.unknown_names
            except QueryError as error:
                problem = problems.of_error(error, operation.query)
        page = render_template(
            "sparql.html",
            answer=answer,
            downloads=_downloads(operation, answer.kind) if answer else (),
            formats=_choices(),
            links=[(question, _query_url(question.sparql)) for question in questions],
            operation=operation,
            prefixes=namespaces.PREFIXES,
            problem=problem,
            query=operation.query or EXAMPLE,
            title=engine.title,
            unknown=unknown,
        )
        if problem:
            record_of(request.environ).cause = problem.name
        given = {
            "Vary": "Accept, Accept-Encoding",
            "Cache-Control": "no-cache",
            "Content-Security-Policy": http.STYLED_POLICY,
            **(problem.headers if problem else {}),
        }
        return page, problem.status if problem else 200, given

    return pages


def _choices() -> list[tuple[str, list[tuple[str, str]]]]:
    tables_ = [(row.name, row.label) for row in formats.for_kind(formats.BINDINGS)]
    graphs = [(row.name, row.label) for row in formats.for_kind(formats.GRAPH)]
    return [
        ("Tables and yes or no", [*tables_, (SPREADSHEET, "CSV for spreadsheets")]),
        ("Graphs (CONSTRUCT, DESCRIBE)", graphs),
    ]


def _downloads(operation: Operation, kind: str) -> list[tuple[str, str]]:
    graphs = [("default-graph-uri", iri) for iri in operation.default_graphs]
    graphs += [("named-graph-uri", iri) for iri in operation.named_graphs]
    named = [(row.name, row.label) for row in formats.for_kind(kind)]
    if kind != formats.GRAPH:
        named.append((SPREADSHEET, "CSV for spreadsheets"))
    return [(label, _query_url(operation.query or "", *graphs, ("format", name))) for name, label in named]


def _query_url(sparql: str, *more: tuple[str, str]) -> str:
    return f"{url_for('query_page.sparql')}?{urlencode([('query', sparql), *more])}"
