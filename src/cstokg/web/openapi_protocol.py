"""The SPARQL endpoint, the graph store and the server's state, as OpenAPI 3.1 describes operations."""

from cstokg import formats
from cstokg.web import app, http, problems, sparql_protocol
from cstokg.web.problems import kinds

_EXAMPLE = "SELECT ?meeting WHERE { ?meeting a ckg:HeldMeeting } ORDER BY ?meeting LIMIT 10"
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_NAMES = {
    "type": "object",
    "required": ["names"],
    "properties": {
        "names": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "iri", "known", "nearest"],
                "properties": {
                    "name": {"type": "string"},
                    "iri": {"type": "string"},
                    "known": {"type": "boolean"},
                    "nearest": {"type": ["string", "null"]},
                },
            },
        }
    },
}
_TEXT = {"schema": {"type": "string"}}
_HEALTH = {
    "type": "object",
    "required": ["status", "release", "version", "serving"],
    "properties": {
        "status": {"enum": ["ok", "degraded"]},
        "release": {
            "type": ["string", "null"],
            "description": "The release's folder, whose name changes with its content; null for files.",
        },
        "version": {
            "type": "string",
            "description": "As in release.json: the RDFC-1.0 hash of what is asserted. For files, a hash.",
        },
        "serving": {"type": "string", "description": "The same in words, with the version cut short."},
    },
}
_HEADERS = {
    "Link": {
        "description": "Where little is found, and the data do not have a name of ours in the query: "
        f"a link of the type “help” to {sparql_protocol.NAMES_PATH}, whose title names the nearest.",
        "schema": {"type": "string"},
    }
}
_OF_ADDRESS = (400, 403, 406, 414, 422, 429, 431, 500, 502, 503)
_OF_BODY = (400, 403, 406, 408, 413, 414, 415, 422, 429, 431, 500, 502, 503)


def paths() -> dict[str, object]:
    """The operations by path; QUERY has no place in OpenAPI 3.1."""
    parameters = [
        _parameter("query", "A query in SPARQL 1.1; the project's prefixes need no declaration.", _EXAMPLE),
        *_dataset(),
        _parameter("format", "The format, instead of what the header Accept says.", "json", _formats()),
        _parameter("timeout", "Seconds after which the query is to be stopped.", None, _seconds()),
    ]
    answers = _answers([row.media_type for row in formats.FORMATS], _HEADERS)
    body = {
        "required": True,
        "content": {sparql_protocol.QUERY: _TEXT, sparql_protocol.FORM: {"schema": _form()}},
    }
    return {
        sparql_protocol.PATH: {
            "get": {
                "summary": "Ask a query; without one, the description of the service",
                "operationId": "sparql",
                "parameters": parameters,
                "responses": {
                    **answers,
                    "304": {"description": "The client has it."},
                    **_problems(_OF_ADDRESS),
                },
            },
            "post": {
                "summary": "Ask a query that is the body, or stands in a form",
                "operationId": "sparql-post",
                "parameters": _dataset(),
                "requestBody": body,
                "responses": {**answers, **_problems(_OF_BODY)},
            },
        },
        sparql_protocol.STORE_PATH: {
            "get": {
                "summary": "A whole graph",
                "operationId": "graph",
                "parameters": [
                    _parameter("graph", "The IRI of a graph.", None, {"type": "string", "format": "iri"}),
                    _parameter("default", "Asks for the default graph.", None),
                ],
                "responses": {
                    **_answers(list(http.GRAPHS)),
                    **_problems((400, 404, 406, 414, 422, 429, 500, 503)),
                },
            }
        },
        sparql_protocol.NAMES_PATH: {
            "get": {
                "summary": "Whether the data have some names of ours, and which come nearest to the others",
                "operationId": "names",
                "parameters": [
                    {
                        **_parameter(
                            "name",
                            "Names of ours, such as ckg:HeldMeeting, or IRIs in full.",
                            None,
                            {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 20},
                        ),
                        "required": True,
                    }
                ],
                "responses": {
                    "200": {
                        "description": "The names, in the order asked.",
                        "content": {"application/json": {"schema": _NAMES}},
                    },
                    **_problems((400, 429, 500, 503)),
                },
            }
        },
        app.HEALTH_PATH: {
            "get": {
                "summary": "Whether the server lives, and which release it serves",
                "operationId": "health",
                "responses": {
                    "200": {
                        "description": "It answers queries.",
                        "content": {"application/json": {"schema": _HEALTH}},
                    },
                    "503": {
                        "description": "It lives, but a query to itself failed.",
                        "content": {"application/json": {"schema": _HEALTH}},
                    },
                },
            }
        },
        app.METRICS_PATH: {
            "get": {
                "summary": "What the server has counted, for Prometheus",
                "operationId": "metrics",
                "responses": {"200": {"description": "Counts.", "content": {"text/plain": _TEXT}}},
            }
        },
    }


def schema_of(media_type: str) -> dict[str, object]:
    """What an answer in a media type is: text, unless it is JSON."""
    if media_type == "application/ld+json":
        return {"type": ["array", "object"]}
    if media_type in ("application/sparql-results+json", "application/json"):
        return {"type": "object", "required": ["head"]}
    return {"type": "string"}


def _parameter(name: str, meaning: str, example: str | None, schema: object = None) -> dict[str, object]:
    found: dict[str, object] = {
        "name": name,
        "in": "query",
        "required": False,
        "description": meaning,
        "schema": schema or {"type": "string"},
    }
    if example is not None:
        found["example"] = example
    return found


def _dataset() -> list[dict[str, object]]:
    iris = {"type": "array", "items": {"type": "string", "format": "iri"}}
    return [
        _parameter("default-graph-uri", "The graphs that are merged as the default graph.", None, iris),
        _parameter("named-graph-uri", "The named graphs.", None, iris),
    ]


def _form() -> dict[str, object]:
    text: dict[str, object] = {"type": "string"}
    properties = {
        "query": text,
        "format": _formats(),
        "timeout": _seconds(),
        **{str(row["name"]): row["schema"] for row in _dataset()},
    }
    return {"type": "object", "required": ["query"], "properties": properties}


def _formats() -> dict[str, object]:
    return {"type": "string", "enum": ["html", http.SPREADSHEET, *formats.NAMES]}


def _seconds() -> dict[str, object]:
    return {"type": "number", "exclusiveMinimum": 0}


def _answers(media_types: list[str], headers: object = None) -> dict[str, object]:
    content = {media_type: {"schema": schema_of(media_type)} for media_type in (*media_types, http.HTML)}
    found: dict[str, object] = {"description": "The answer, whole.", "content": content}
    return {"200": {**found, "headers": headers} if headers else found}


def _problems(statuses: tuple[int, ...]) -> dict[str, object]:
    content = {problems.MEDIA_TYPE: {"schema": _PROBLEM}, problems.TEXT: _TEXT, problems.HTML: _TEXT}
    return {
        str(number): {
            "description": " / ".join(kind.title for kind in kinds().values() if kind.status == number),
            "content": content,
        }
        for number in statuses
    }
