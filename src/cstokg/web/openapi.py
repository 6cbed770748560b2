"""What programs may ask, described by OpenAPI 3.1."""

from types import MappingProxyType

from cstokg.parameters import DATATYPES, Parameter
from cstokg.questions import Question
from cstokg.web import http, openapi_protocol, problems
from cstokg.web.problems import kinds
from cstokg.web.site import NAME, Site

_SCHEMAS = MappingProxyType(
    {
        "xsd:date": {"type": "string", "format": "date"},
        "xsd:integer": {"type": "integer"},
        "xsd:string": {"type": "string"},
    }
)
_LICENCE = {"name": "CC0 1.0", "url": "https://creativecommons.org/publicdomain/zero/1.0/"}
_ROW = {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean", "null"]}}
_ANSWER = {
    "type": "object",
    "required": ["name", "question", "answer", "tags", "parameters", "url", "given", "release"],
    "properties": {
        "name": {"type": "string"},
        "question": {"type": "string"},
        "answer": {"type": "string", "description": "What a row is, and in what order."},
        "tags": {"type": "array", "items": {"type": "string"}},
        "parameters": {"type": "array", "items": {"type": "object"}},
        "url": {"type": "string"},
        "given": {"type": "object", "additionalProperties": {"type": "string"}},
        "release": {"type": ["string", "null"], "description": "The version of the data."},
        "columns": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"$ref": "#/components/schemas/Row"}},
        "boolean": {"type": "boolean"},
    },
}
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "remedy": {"type": "string"},
    },
}


def describe(site: Site, server: str) -> dict[str, object]:
    """The description of the questions as operations, for a server at an address."""
    listing = {
        "summary": "The saved questions, with their parameters",
        "operationId": "questions",
        "responses": {
            "200": {
                "description": "The questions.",
                "content": {"application/json": {"schema": {"type": "object"}}},
            }
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": NAME,
            "summary": "A knowledge graph: the SPARQL protocol, and saved questions with their answers",
            "version": site.release.number if site.release else "0",
            "license": _LICENCE,
        },
        "servers": [{"url": server}],
        "paths": {
            **openapi_protocol.paths(),
            "/api/questions": {"get": listing},
            **{
                f"/api/questions/{question.name}": {"get": _operation(question)}
                for question in site.questions
            },
        },
        "components": {
            "schemas": {"Answer": _ANSWER, "Row": _ROW, "Problem": _PROBLEM},
            "responses": {
                "BadParameter": _problem("bad-parameter"),
                "NotAcceptable": _problem("not-acceptable"),
                "TooMuchWork": _problem("too-much-work"),
                "Overloaded": _problem("overloaded"),
            },
        },
    }


def _problem(name: str) -> dict[str, object]:
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": f"{kinds()[name].title}.", "content": {problems.MEDIA_TYPE: schema}}


def _operation(question: Question) -> dict[str, object]:
    offered = http.of_question(question.form)
    content: dict[str, object] = {
        media_type: {"schema": openapi_protocol.schema_of(media_type)} for media_type in offered
    }
    if http.PLAIN in offered:
        content[http.PLAIN] = {"schema": {"$ref": "#/components/schemas/Answer"}}
    responses: dict[str, object] = {
        "200": {"description": question.answer, "content": content},
        "406": {"$ref": "#/components/responses/NotAcceptable"},
        "429": {"$ref": "#/components/responses/TooMuchWork"},
        "503": {"$ref": "#/components/responses/Overloaded"},
    }
    if question.parameters:
        responses["400"] = {"$ref": "#/components/responses/BadParameter"}
    return {
        "summary": question.question,
        "description": question.answer,
        "operationId": question.name,
        "tags": list(question.tags),
        "parameters": [_parameter(parameter) for parameter in question.parameters],
        "responses": responses,
    }


def _parameter(parameter: Parameter) -> dict[str, object]:
    schema: dict[str, object] = dict(_SCHEMAS.get(parameter.datatype, {"type": "string"}))
    schema["default"] = int(parameter.default) if parameter.datatype == "xsd:integer" else parameter.default
    about = parameter.description.rstrip(".")
    expected = "" if parameter.datatype in DATATYPES else f": {parameter.expected}"
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": f"{about}{expected}.",
        "schema": schema,
    }
