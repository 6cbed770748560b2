"""What messages of the Reconciliation Service API 0.2 look like, as JSON Schema.

They were written from the words of the specification's sections, whose own schemas come without a licence.
Each takes no member that its section does not name, so that a misspelt one is found.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_ADDRESS: Schema = {"type": "string", "pattern": "^https?://"}
_WITH_ID: Schema = {"type": "string", "pattern": r"\{\{id\}\}"}
_WHOLE: Schema = {"type": "integer", "minimum": 0}


def _object(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """Return the schema of an object that has these members and no others."""
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": list(required),
        "additionalProperties": False,
    }


def _map(value: Schema) -> Schema:
    return {"type": "object", "additionalProperties": value}


def _list(item: Schema, least: int = 0) -> Schema:
    return {"type": "array", "items": item, "minItems": least}


_NAMED = _object({"id": {"type": "string", "minLength": 1}, "name": _TEXT}, {"description": _TEXT})
_TYPE = _object(
    {"id": {"type": "string", "minLength": 1}, "name": _TEXT},
    {"description": _TEXT, "broader": _list(_NAMED)},  # broader comes from the draft of the next version
)
_NAMED_OR_ID: Schema = {"anyOf": [_TEXT, _NAMED]}
_SERVICE = _object({"service_url": _ADDRESS, "service_path": {"type": "string", "pattern": "^/"}})
_SUGGEST: Schema = {
    **_object(
        {"service_url": _ADDRESS, "service_path": {"type": "string", "pattern": "^/"}},
        {"flyout_service_url": _ADDRESS, "flyout_service_path": _TEXT},
    )
}
_SETTING = _object(
    {"name": _TEXT, "label": _TEXT, "type": {"enum": ["number", "text", "checkbox", "select"]}},
    {"default": {}, "help_text": _TEXT, "choices": _list(_object({"value": _TEXT, "name": _TEXT}))},
)
_VALUE: Schema = {
    "anyOf": [
        {"type": ["string", "number", "boolean"]},
        {"type": "object", "properties": {"id": _TEXT, "name": _TEXT}, "required": ["id"]},
    ]
}
_QUERY: Schema = {
    **_object(
        {},
        {
            "query": {"type": "string", "minLength": 1},
            "type": {"anyOf": [_TEXT, _list(_TEXT)]},
            "limit": {"type": "integer", "minimum": 1},
            "properties": _list(_object({"pid": _TEXT, "v": {"anyOf": [_VALUE, _list(_VALUE)]}}), least=1),
            "type_strict": {"enum": ["any", "all", "should"]},
        },
    ),
    "anyOf": [{"required": ["query"]}, {"required": ["properties"]}],
}
_FEATURE = _object({"id": _TEXT, "value": {"type": ["number", "boolean"]}}, {"name": _TEXT})
_CANDIDATE = _object(
    {"id": _TEXT, "name": _TEXT, "score": {"type": "number"}},
    {
        "description": _TEXT,
        "type": _list(_NAMED_OR_ID),
        "match": {"type": "boolean"},
        "features": _list(_FEATURE),
    },
)
_SUGGESTED = _object(
    {"id": _TEXT, "name": _TEXT},
    {"description": _TEXT, "notable": _list(_NAMED_OR_ID), "broader": _list(_NAMED)},
)
_SUGGESTIONS = _object({"result": _list(_SUGGESTED)})
_CELL: Schema = {
    "anyOf": [
        _object({}),
        _object({"id": _TEXT, "name": _TEXT}),
        _object({"str": _TEXT}),
        _object({"float": {"type": "number"}}),
        _object({"int": {"type": "integer"}}),
        _object({"bool": {"type": "boolean"}}),
        _object({"date": {"type": "string", "pattern": r"^-?\d{4}"}}),
    ]
}

SCHEMAS: Mapping[str, Schema] = {
    # Section 4.1 (service manifest)
    "manifest": _object(
        {
            "versions": {**_list(_TEXT, least=1), "contains": {"const": "0.2"}},
            "name": _TEXT,
            "identifierSpace": _ADDRESS,
            "schemaSpace": _ADDRESS,
        },
        {
            "documentation": _ADDRESS,
            "logo": _ADDRESS,
            "serviceVersion": _TEXT,
            "defaultTypes": _list(_TYPE),
            "view": _object({"url": _WITH_ID}),
            "feature_view": _object({"url": _WITH_ID}),
            "preview": _object({"url": _WITH_ID, "width": _WHOLE, "height": _WHOLE}),
            "suggest": _object({}, {"entity": _SUGGEST, "type": _SUGGEST, "property": _SUGGEST}),
            "extend": _object({}, {"propose_properties": _SERVICE, "property_settings": _list(_SETTING)}),
            "batchSize": {"type": "integer", "minimum": 1},
            "authentication": {"type": "object"},
        },
    ),
    # Sections 4.2 and 4.3 (queries and their responses)
    "reconciliation-query-batch": _map(_QUERY),
    "reconciliation-result-batch": _map(_object({"result": _list(_CANDIDATE)})),
    # Section 6 (suggestions)
    "suggest-entities-response": _SUGGESTIONS,
    "suggest-types-response": _SUGGESTIONS,
    "suggest-properties-response": _SUGGESTIONS,
    # Section 7 (data extension)
    "data-extension-property-proposal": _object(
        {"properties": _list(_NAMED)}, {"type": _TEXT, "limit": {"type": "integer"}}
    ),
    "data-extension-query": _object(
        {"ids": _list(_TEXT), "properties": _list(_object({"id": _TEXT}, {"settings": {"type": "object"}}))}
    ),
    "data-extension-response": _object(
        {
            "meta": _list(_object({"id": _TEXT, "name": _TEXT}, {"type": _NAMED, "service": _ADDRESS})),
            "rows": _map(_map(_list(_CELL))),
        }
    ),
}
