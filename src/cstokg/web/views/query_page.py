"""The page with the query form and the answer as a table, and the data that its editor asks for.

The form and the answer work without script. The editor asks for terms to complete, for labels of results
and for the query as a program.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from functools import cache, lru_cache
from types import MappingProxyType
from urllib.parse import urlencode

import jinja2
from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cstokg import formats, namespaces
from cstokg.engine import query_text
from cstokg.errors import QueryError
from cstokg.web.answers import tables
from cstokg.web.answers.tables import Cell, Table
from cstokg.web.content import display
from cstokg.web.content.catalogue import Catalogue, Entry
from cstokg.web.serving import http, problems
from cstokg.web.serving.http import SPREADSHEET
from cstokg.web.serving.monitoring import record_of
from cstokg.web.serving.problems import ProblemError
from cstokg.web.serving.sparql_protocol import OPERATION, PATH, PROBLEM
from cstokg.web.serving.sparql_requests import Operation, hash_of
from cstokg.web.site import at, current

_LABELS = MappingProxyType(
    {"curl": "curl", "python": "Python with pandas", "r": "R", "javascript": "JavaScript"}
)
_KINDS = MappingProxyType({"ASK": "boolean", "CONSTRUCT": "graph", "DESCRIBE": "graph"})
_FORMATS = MappingProxyType({"boolean": "json", "graph": "turtle", "table": "csv"})

EXAMPLE = """SELECT ?class (COUNT(?thing) AS ?count)
WHERE { ?thing a ?class }
GROUP BY ?class
ORDER BY DESC(?count) ?class
"""
MOST_LABELS = 100  # in one request

blueprint = Blueprint("query_page", __name__)

# Methods that the protocol does not have are answered too, with a page that says so.
_METHODS = ("GET", "POST", "QUERY", "PUT", "PATCH", "DELETE")
_SHOWN_AS = formats.DEFAULTS


@dataclass(frozen=True, slots=True)
class Snippet:
    """A program that asks a query.

    Attributes:
        language: the short name of the language, which is also that of its template.
        label: the name of the language.
        code: the program.
    """

    language: str
    label: str
    code: str


def snippets_of(sparql: str, endpoint: str) -> list[Snippet]:
    """Return programs that send a query to an endpoint, given by its full address."""
    query = sparql.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    kind = _KINDS.get(query_text.read(query).form, "table")
    values = {"query": query, "endpoint": endpoint, "kind": kind, "format": _FORMATS[kind]}
    return [
        Snippet(language, label, _snippet_templates().get_template(f"{language}.jinja").render(values))
        for language, label in _LABELS.items()
    ]


@cache
def _snippet_templates() -> jinja2.Environment:
    """Return the templates of programs; nothing is escaped as HTML."""
    environment = jinja2.Environment(  # noqa: S701
        loader=jinja2.PackageLoader("cstokg.web", "templates/snippets"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        javascript_text=_javascript_text,
        json_text=json.dumps,
        python_text=_python_text,
        r_text=_r_text,
        shell_text=_shell_text,
    )
    return environment


def _shell_text(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _python_text(text: str) -> str:
    if '"""' in text or "\0" in text:
        return repr(text)
    return f'r"""\n{text}\n"""'


def _r_text(text: str) -> str:
    return f'r"---(\n{text}\n)---"' if ')---"' not in text else json.dumps(text, ensure_ascii=False)


def _javascript_text(text: str) -> str:
    if "`" in text or "${" in text or "\\" in text:
        return json.dumps(text, ensure_ascii=False)
    return f"`\n{text}\n`"


@blueprint.route(PATH, methods=_METHODS, provide_automatic_options=False, strict_slashes=False)
def sparql() -> ResponseReturnValue:
    """Return the form, with the answer to the query, or with the problem."""
    here = current()
    scope = request.environ.get("asgi.scope", {})
    operation: Operation = scope.get(OPERATION, Operation())
    problem: ProblemError | None = scope.get(PROBLEM)
    answer, table = None, None
    if operation.query is not None:
        record_of(request.environ).query_hash = hash_of(operation.query)
        try:
            answer = here.engine.query(
                operation.query,
                _SHOWN_AS,
                operation.default_graphs,
                operation.named_graphs,
                timeout=operation.timeout,
            )
            table = _with_labels(tables.read(answer), here.catalogue)
        except QueryError as error:
            problem = problems.of_error(error, operation.query)
    query = operation.query or EXAMPLE
    address = url_for("query_page.sparql")
    page = render_template(
        "sparql.html",
        answer=table,
        downloads=_downloads(operation, table.kind) if table else (),
        formats=_format_choices(),
        links=[(question, f"{address}?{_encoded(question.sparql)}") for question in here.questions],
        operation=operation,
        prefixes=namespaces.PREFIXES,
        problem=problem,
        query=query,
        snippets=_snippets(query),
        title=here.engine.title,
        unknown=answer.unknown_names if answer else (),
    )
    if problem:
        record_of(request.environ).cause = problem.name
    headers = {
        "Vary": "Accept, Accept-Encoding",
        **({"Cache-Control": "no-cache"} if problem or operation.query is not None else {}),
        "Content-Security-Policy": http.STYLED_POLICY,
        **(problem.headers if problem else {}),
    }
    return page, problem.status if problem else 200, headers


def _with_labels(table: Table, catalogue: Catalogue) -> Table:
    """Return an answer in which things of the graph have their labels and link to their pages."""

    def named(cell: Cell | None) -> Cell | None:
        if cell is None or cell.iri not in catalogue:
            return cell
        return replace(cell, text=catalogue.label(cell.iri), href=at(namespaces.page_path(cell.iri)))

    return replace(table, rows=tuple(tuple(map(named, row)) for row in table.rows))


@blueprint.get("/terms.json")
def terms() -> ResponseReturnValue:
    """Return what the editor completes."""
    return jsonify(editor_terms(current().catalogue))


@blueprint.get("/labels.json")
def labels() -> ResponseReturnValue:
    """Return the labels and pages of the IRIs that are in the graph."""
    catalogue, iris = current().catalogue, request.args.getlist("iri")
    if len(iris) > MOST_LABELS:
        detail = f"Ask for at most {MOST_LABELS} labels at once."
        raise ProblemError("bad-parameter", detail, {"parameter": "iri"})
    return jsonify(
        {
            iri: {"label": catalogue.label(iri), "page": at(namespaces.page_path(iri))}
            for iri in dict.fromkeys(iris)
            if iri in catalogue
        }
    )


@blueprint.get("/snippets.json")
def programs() -> ResponseReturnValue:
    """Return a query as programs."""
    return jsonify([asdict(snippet) for snippet in _snippets(request.args.get("query", ""))])


def editor_terms(catalogue: Catalogue) -> dict[str, object]:
    """Return the terms that the editor completes, ready for JSON: prefixes, classes, properties, entities."""
    ours = [entry for iri, entry in sorted(catalogue.entries.items()) if iri.startswith(namespaces.CKG)]
    entities = [
        entry for kind in display.read().orders["editor"] for entry in catalogue.by_kind.get(kind, ())
    ]
    concepts = [
        entry
        for kind, entries in sorted(catalogue.by_kind.items())
        if kind.startswith("concept/")
        for entry in entries
    ]
    return {
        "prefixes": dict(namespaces.PREFIXES),
        "classes": _rows(entry for entry in ours if _local_name(entry)[:1].isupper()),
        "properties": _rows(entry for entry in ours if _local_name(entry)[:1].islower()),
        "entities": _rows((*entities, *concepts)),
    }


def _rows(entries: Iterable[Entry]) -> list[dict[str, str]]:
    return [
        {
            "iri": entry.iri,
            "name": namespaces.shorten(entry.iri),
            "label": entry.label,
            "definition": entry.definition,
        }
        for entry in entries
    ]


def _local_name(entry: Entry) -> str:
    return entry.iri.removeprefix(namespaces.CKG)


def _snippets(query: str) -> list[Snippet]:
    return snippets_of(query, url_for("query_page.sparql", _external=True))


def _format_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    of_tables = [(row.name, row.label) for row in formats.for_kind(formats.BINDINGS)]
    of_graphs = [(row.name, row.label) for row in formats.for_kind(formats.GRAPH)]
    return [
        ("Tables and yes or no", [*of_tables, (SPREADSHEET, "CSV for spreadsheets")]),
        ("Graphs (CONSTRUCT, DESCRIBE)", of_graphs),
    ]


def _downloads(operation: Operation, kind: str) -> list[tuple[str, str]]:
    graphs = [("default-graph-uri", iri) for iri in operation.default_graphs]
    graphs += [("named-graph-uri", iri) for iri in operation.named_graphs]
    choices = [(row.name, row.label) for row in formats.for_kind(kind)]
    if kind != formats.GRAPH:
        choices.append((SPREADSHEET, "CSV for spreadsheets"))
    return [(label, _query_url(operation.query or "", *graphs, ("format", name))) for name, label in choices]


@lru_cache(maxsize=512)  # more than there are saved questions
def _encoded(sparql: str) -> str:
    return urlencode({"query": sparql})


def _query_url(query: str, *parameters: tuple[str, str]) -> str:
    return f"{url_for('query_page.sparql')}?{urlencode([('query', query), *parameters])}"
