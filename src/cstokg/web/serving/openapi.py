"""The OpenAPI 3.1 description of what programs may ask: ``openapi.json``, with parts that are filled in.

In the file ``{"$fill": NAME}`` stands for a part that comes from another table: media types, names of
formats, and the problems of a status. The saved questions and the files are added as operations.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from cstokg import formats
from cstokg.formats import Format
from cstokg.parameters import CONTAINS, DATATYPES, SORT, WITHIN, Parameter
from cstokg.questions import Question
from cstokg.web.content import facets
from cstokg.web.figures.figure import Filter
from cstokg.web.figures.registry import FIGURES
from cstokg.web.serving import http, problems
from cstokg.web.site import NAME, Site

JsonObject = dict[str, Any]

_FILL = "$fill"
_TEXT = MappingProxyType({"schema": {"type": "string"}})
_PROBLEM = MappingProxyType({"schema": {"$ref": "#/components/schemas/Problem"}})
_DATATYPE_SCHEMAS = MappingProxyType(
    {
        "xsd:date": {"type": "string", "format": "date"},
        "xsd:integer": {"type": "integer"},
        "xsd:string": {"type": "string"},
    }
)
_MEDIA_TYPE_SCHEMAS: Mapping[str, JsonObject] = MappingProxyType(
    {
        formats.JSON: {"type": "object", "required": ["head"]},
        formats.CSL_JSON: {"type": "array"},
        formats.JSON_LD: {"type": ["array", "object"]},
        formats.RESULTS_JSON: {"type": "object", "required": ["head"]},
    }
)


def _query(name: str, text: str, schema: JsonObject) -> JsonObject:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


_OF_ROWS: Sequence[JsonObject] = [
    _query(name, text, {"type": "string"})
    for name, text in (
        (
            SORT,
            "The column by which rows are sorted; with - before it, the greatest value comes first.",
        ),
        (CONTAINS, "Leave out the rows that do not contain this text; capitals do not matter."),
        (WITHIN, "The column that contains the text; any column if this is not given."),
    )
]


def describe(site: Site, server: str) -> JsonObject:
    """Return the description of a site's operations, for a server at an address."""
    document = dict(_fixed_part())
    version = site.release.number if site.release else "0"
    questions = {
        f"/api/questions/{question.name}": {"get": _operation(question)} for question in site.questions
    }
    return {
        **document,
        "info": {**document["info"], "title": NAME, "version": version},
        "servers": [{"url": server}],
        "paths": {**document["paths"], **_files(site), **questions},
    }


def _files(site: Site) -> JsonObject:
    """Return the operations that send the figures and the statements as files."""
    paths: JsonObject = {}
    for kind in FIGURES.values():
        parameters = [_filter(row) for row in kind.filters(site)]
        for suffix, form in {**formats.FIGURE_FORMATS, **formats.CITATION_FORMATS}.items():
            what = "The footnote for a figure" if suffix in formats.CITATION_FORMATS else "A figure"
            summary = f"{what}, as {form.label}: {kind.title}"
            paths[f"/figures/{kind.name}.{suffix}"] = _file(summary, "figures", form, parameters)
    parameters = [
        *(_facet(name, facet.title) for name, facet in facets.KINDS.items()),
        _query(
            facets.ORDER,
            "The order; oldest first by default.",
            {"type": "string", "enum": list(filter(None, facets.ORDERS))},
        ),
    ]
    for suffix, form in formats.STATEMENT_FORMATS.items():
        summary = f"The chosen statements, as {form.label}"
        paths[f"/statements.{suffix}"] = _file(summary, "statements", form, parameters)
    return paths


def _file(summary: str, tag: str, form: Format, parameters: Sequence[JsonObject]) -> JsonObject:
    content = _content([form.media_type])
    responses: JsonObject = {
        "200": {"description": "The file.", "content": content},
        "400": {"$ref": "#/components/responses/BadParameter"},
        "429": {"$ref": "#/components/responses/TooMuchWork"},
        "503": {"$ref": "#/components/responses/Overloaded"},
    }
    return {
        "get": {"summary": summary, "tags": [tag], "parameters": list(parameters), "responses": responses}
    }


def _filter(filter_: Filter) -> JsonObject:
    schema: JsonObject = {"type": "string"}
    if filter_.choices is None:
        schema["pattern"] = "^[0-9]{4}$"
    elif filter_.choices:
        schema["enum"] = [value for value, _ in filter_.choices]
    if filter_.default:
        schema["default"] = filter_.default
    return _query(filter_.name, f"{filter_.label}.", schema)


def _facet(name: str, title: str) -> JsonObject:
    schema = {"type": "array", "items": {"type": "string"}}
    return _query(name, f"{title}; several values are alternatives.", schema)


def paths() -> Mapping[str, dict[str, JsonObject]]:
    """Return the operations of the file, which are all but saved questions and files, by path and method."""
    operations: dict[str, dict[str, JsonObject]] = _fixed_part()["paths"]
    return operations


@cache
def _fixed_part() -> dict[str, JsonObject]:
    """Return what the file says, with every part filled in."""
    text = files("cstokg.web").joinpath("openapi.json").read_text(encoding="utf-8")
    parts = {
        "answers": _content([*(row.media_type for row in formats.FORMATS), formats.HTML]),
        "graphs": _content([*http.GRAPHS, formats.HTML]),
        "format-names": {"type": "string", "enum": ["html", http.SPREADSHEET, *formats.NAMES]},
        **{name: _problem(name) for name in problems.kinds()},
        **{f"problem-{kind.status}": _problems(kind.status) for kind in problems.kinds().values()},
    }
    document: dict[str, JsonObject] = json.loads(
        text, object_hook=lambda node: parts[node[_FILL]] if _FILL in node else node
    )
    return document


def _content(media_types: Sequence[str]) -> JsonObject:
    return {media_type: {"schema": _schema_of(media_type)} for media_type in media_types}


def _schema_of(media_type: str) -> JsonObject:
    """Return the schema of an answer in a media type: a string, unless it is JSON."""
    return _MEDIA_TYPE_SCHEMAS.get(media_type, {"type": "string"})


def _problem(name: str) -> JsonObject:
    """Return the response with one kind of problem."""
    return {
        "description": f"{problems.kinds()[name].title}.",
        "content": {formats.PROBLEM: dict(_PROBLEM)},
    }


def _problems(status: int) -> JsonObject:
    """Return the response with any problem that has a status."""
    titles = [kind.title for kind in problems.kinds().values() if kind.status == status]
    content = {formats.PROBLEM: dict(_PROBLEM), formats.TEXT: dict(_TEXT), formats.HTML: dict(_TEXT)}
    return {"description": " / ".join(titles), "content": content}


def _operation(question: Question) -> JsonObject:
    media_types = http.of_question(question.form)
    content = _content(media_types)
    if formats.JSON in media_types:
        content[formats.JSON] = {"schema": {"$ref": "#/components/schemas/Answer"}}
    responses: JsonObject = {
        "200": {"description": question.answer, "content": content},
        "406": {"$ref": "#/components/responses/NotAcceptable"},
        "429": {"$ref": "#/components/responses/TooMuchWork"},
        "503": {"$ref": "#/components/responses/Overloaded"},
    }
    of_rows = _OF_ROWS if question.form == "SELECT" else ()
    if question.parameters or of_rows:
        responses["400"] = {"$ref": "#/components/responses/BadParameter"}
    return {
        "summary": question.question,
        "description": question.answer,
        "operationId": question.name,
        "tags": list(question.tags),
        "parameters": [*(_parameter(parameter) for parameter in question.parameters), *map(dict, of_rows)],
        "responses": responses,
    }


def _parameter(parameter: Parameter) -> JsonObject:
    schema: JsonObject = dict(_DATATYPE_SCHEMAS.get(parameter.datatype, {"type": "string"}))
    schema["default"] = int(parameter.default) if parameter.datatype == "xsd:integer" else parameter.default
    description = parameter.description.rstrip(".")
    expected = "" if parameter.datatype in DATATYPES else f": {parameter.expected}"
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": f"{description}{expected}.",
        "schema": schema,
    }
