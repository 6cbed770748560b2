"""Pages for people: the form, and answers as tables. They work without script."""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cstokg import names
from cstokg.engine import Engine, QueryError, formats
from cstokg.questions import Question
from cstokg.web import problems, tables
from cstokg.web.problems import ProblemError
from cstokg.web.protocol import Operation
from cstokg.web.sparql import OPERATION, PATH, PROBLEM

EXAMPLE = """SELECT ?class (COUNT(?thing) AS ?count)
WHERE { ?thing a ?class }
GROUP BY ?class
ORDER BY DESC(?count) ?class
"""

_SHOWN_AS = ("application/sparql-results+json", "text/turtle")


def blueprint(engine: Engine, questions: Sequence[Question]) -> Blueprint:
    """The pages about an engine's data and its saved questions."""
    pages = Blueprint("pages", __name__)

    @pages.route(PATH, methods=["GET", "POST", "PUT", "PATCH", "DELETE"], provide_automatic_options=False)
    def sparql() -> ResponseReturnValue:
        operation: Operation = request.environ.get(OPERATION, Operation())
        problem: ProblemError | None = request.environ.get(PROBLEM)
        answer = None
        if operation.query is not None:
            try:
                answer = tables.read(
                    engine.query(operation.query, _SHOWN_AS, operation.default_graphs, operation.named_graphs)
                )
            except QueryError as error:
                problem = problems.of_error(error, operation.query)
        page = render_template(
            "sparql.html",
            answer=answer,
            downloads=_downloads(operation, answer.kind) if answer else (),
            formats=_choices(),
            links=[(question, _query_url(question.sparql)) for question in questions],
            operation=operation,
            prefixes=names.PREFIXES,
            problem=problem,
            query=operation.query or EXAMPLE,
            title=engine.title,
        )
        headers = {"Vary": "Accept", **(problem.headers if problem else {})}
        return page, problem.status if problem else 200, headers

    return pages


def _choices() -> list[tuple[str, list[formats.Format]]]:
    return [
        ("Tables and yes or no", list(formats.for_kind(formats.BINDINGS))),
        ("Graphs (CONSTRUCT, DESCRIBE)", list(formats.for_kind(formats.GRAPH))),
    ]


def _downloads(operation: Operation, kind: str) -> list[tuple[formats.Format, str]]:
    graphs = [("default-graph-uri", iri) for iri in operation.default_graphs]
    graphs += [("named-graph-uri", iri) for iri in operation.named_graphs]
    return [
        (row, _query_url(operation.query or "", *graphs, ("format", row.name)))
        for row in formats.for_kind(kind)
    ]


def _query_url(sparql: str, *more: tuple[str, str]) -> str:
    return f"{url_for('pages.sparql')}?{urlencode([('query', sparql), *more])}"
