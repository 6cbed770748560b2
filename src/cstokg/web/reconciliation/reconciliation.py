"""The reconciliation service at ``/reconcile``: names in, our entities out, for OpenRefine and similar tools.

It speaks the W3C Reconciliation Service API 0.2. An id is the path of an IRI below id/, such as
``person/lavrov-sergey``; the whole IRI is accepted too.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import formats, namespaces
from cstokg.engine import suggestions
from cstokg.settings import Serving
from cstokg.web.reconciliation import name_matching, reconcilable, reconciliation_answers
from cstokg.web.reconciliation.reconcilable import Entity, Register
from cstokg.web.reconciliation.reconciliation_answers import (
    EXTEND,
    LONGEST_QUOTED,
    QUERIES,
    Condition,
    Extension,
    Query,
    quoted,
)
from cstokg.web.serving import http
from cstokg.web.serving.problems import ProblemError
from cstokg.web.serving.sparql_requests import check_parameter_count, read_fields
from cstokg.web.site import NAME, at, current
from cstokg.web.views.site_pages import ABOUT

PATH = "/reconcile"

_PREVIEW_WIDTH, _PREVIEW_HEIGHT = 430, 260  # pixels
_PREVIEWED = ("post", "state", "onDate", "heldIn", "name", "wikidata")
_PREVIEWED_VALUES = 4
_FARTHEST = 1_000_000  # suggestions that may be skipped
_MOST_WHOLE = 1e15  # numbers from which a fraction is no longer exact

_STRICTNESS = ("any", "all", "should")
_MEMBERS = ("query", "type", "limit", "properties", "type_strict")

blueprint = Blueprint("reconciliation", __name__)


@blueprint.after_request
def allow_methods(response: Response) -> Response:
    """Let scripts of other origins send requests with any headers."""
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
        response.headers["Access-Control-Allow-Headers"] = "*"
    return response


@blueprint.route(PATH, methods=["GET", "POST"])
def service() -> ResponseReturnValue:
    """Answer a batch of queries or extend entities; without either, return the manifest of the service."""
    site, settings = current(), current().settings
    fields = _fields(settings)
    given = [(name, value) for name, value in fields if name in (QUERIES, EXTEND)]
    if len(given) > 1:
        raise ProblemError("bad-parameter", "Send one batch at a time.", {"parameter": given[1][0]})
    if given:
        name, text = given[0]
        if name == QUERIES:
            queries = read_queries(text, settings)
            return jsonify(reconciliation_answers.match(reconcilable.read(site.graph), queries))
        extension = read_extension(text, settings)
        return jsonify(reconciliation_answers.extend(reconcilable.read(site.graph), extension))
    if request.method == "POST":
        raise ProblemError(
            "bad-parameter", f"Send the parameter “{QUERIES}” or “{EXTEND}”.", {"parameter": QUERIES}
        )
    return jsonify(_manifest(reconcilable.read(site.graph), settings))


def _fields(settings: Serving) -> list[tuple[str, str]]:
    """Return the parameters in the address and in the form."""
    fields = read_fields(request.query_string)
    if request.method == "POST":
        if request.mimetype != formats.FORM:
            raise ProblemError(
                "unsupported-media-type",
                f"Send the batch as {formats.FORM}.",
                headers={"Accept-Post": formats.FORM},
            )
        body = request.get_data()
        check_parameter_count(body, settings)
        fields += read_fields(body)
    return fields


def _manifest(register: Register, settings: Serving) -> dict[str, object]:
    root = request.url_root.rstrip("/")
    documentation = f"{root}/about/reconciliation"
    types = [register.types[id_] for id_ in reconciliation_answers.DEFAULT_TYPES if id_ in register.types]
    return {
        "versions": ["0.2"],
        "name": NAME,
        "identifierSpace": namespaces.ID,
        "schemaSpace": namespaces.CKG,
        "documentation": documentation,
        "view": {"url": f"{root}{PATH}/view?id={{{{id}}}}"},
        "feature_view": {"url": f"{documentation}#{{{{id}}}}"},
        "defaultTypes": [reconciliation_answers.describe_type(register, row) for row in types],
        "batchSize": settings.reconcile_queries,
        "suggest": {
            name: {"service_url": root, "service_path": f"{PATH}/suggest/{name}"}
            for name in ("entity", "type", "property")
        },
        "preview": {
            "url": f"{root}{PATH}/preview?id={{{{id}}}}",
            "width": _PREVIEW_WIDTH,
            "height": _PREVIEW_HEIGHT,
        },
        "extend": {
            "propose_properties": {"service_url": root, "service_path": f"{PATH}/properties"},
            "property_settings": [
                {
                    "name": "limit",
                    "label": "Limit",
                    "type": "number",
                    "default": 0,
                    "help_text": "The most values to return for an entity; 0 for all.",
                }
            ],
        },
    }


@blueprint.get(f"{PATH}/suggest/<any(entity, type, property):what>")
def suggest(what: str) -> ResponseReturnValue:
    """Suggest entities, types or properties whose names begin with the parameter ``prefix``."""
    settings, register = current().settings, reconcilable.read(current().graph)
    prefix = _text("prefix", settings)
    cursor = _number("cursor", _FARTHEST) or 0
    if what == "entity":
        result = reconciliation_answers.suggest_entities(register, prefix, _text("type", settings))
    elif what == "type":
        result = reconciliation_answers.suggest_types(register, prefix)
    else:
        result = reconciliation_answers.suggest_properties(register, prefix)
    return jsonify(result=result[cursor : cursor + settings.reconcile_results])


@blueprint.get(f"{PATH}/properties")
def properties() -> ResponseReturnValue:
    """Propose properties by which entities of the parameter ``type`` can be extended."""
    settings, register = current().settings, reconcilable.read(current().graph)
    return jsonify(
        reconciliation_answers.propose(register, _text("type", settings), _number("limit", _FARTHEST))
    )


@blueprint.get(f"{PATH}/preview")
def preview() -> ResponseReturnValue:
    """Show a small page about an entity, which other sites may frame."""
    register = reconcilable.read(current().graph)
    entity = _entity(register)
    rows = []
    for name in _PREVIEWED:
        if (property_ := register.property(name)) and (values := register.values(property_, entity)):
            texts = [register.label(term.value) if term.is_iri else term.value for term in values]
            if name == "wikidata":
                texts = [term.value.removeprefix(reconcilable.WIKIDATA) for term in values]
            rows.append((property_.name, texts[:_PREVIEWED_VALUES]))
    types = reconciliation_answers.types_of(register, entity)[:1]
    body = render_template("reconcile-preview.html", entity=entity, rows=rows, types=types)
    response = Response(body, mimetype=formats.HTML)
    response.headers["Content-Security-Policy"] = http.FRAMED_POLICY
    return response


@blueprint.get(f"{PATH}/view")
def view() -> ResponseReturnValue:
    """Redirect to the page of an entity; the id is a parameter, as some proxies allow slashes only there."""
    return redirect(at(namespaces.page_path(_entity(reconcilable.read(current().graph)).iri)), 303)


@blueprint.get("/about/reconciliation")
def about() -> ResponseReturnValue:
    """Say how to use the service, and what its features mean."""
    register = reconcilable.read(current().graph)
    types = [register.types[id_] for id_ in reconciliation_answers.DEFAULT_TYPES if id_ in register.types]
    return render_template(
        "about-reconciliation.html",
        pages=ABOUT,
        here="reconciliation",
        address=f"{request.url_root.rstrip('/')}{PATH}",
        features=name_matching.FEATURES,
        certain=name_matching.CERTAIN,
        lead=name_matching.LEAD,
        types=types,
    )


def _entity(register: Register) -> Entity:
    """Return the entity that the parameter ``id`` names."""
    id_ = request.args.get("id", "")
    entity = register.entity(id_)
    if entity is None:
        raise ProblemError("not-found", f"There is no entity “{id_[:200]}” here.")
    return entity


def _text(name: str, settings: Serving) -> str:
    text = " ".join(request.args.get(name, "").split())
    if len(text) > settings.reconcile_characters:
        detail = f"Give at most {settings.reconcile_characters} characters."
        raise ProblemError("bad-parameter", detail, {"parameter": name})
    return text


def _number(name: str, most: int) -> int | None:
    """Return a parameter that is a number from 0; None where it is missing."""
    text = request.args.get(name, "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and int(text) <= most):
        raise ProblemError("bad-parameter", f"Give a number from 0 to {most:,}.", {"parameter": name})
    return int(text)


# Batches, read and checked: sections 4.1 and 7.4 of the API.


def read_queries(text: str, settings: Serving) -> Mapping[str, Query | None]:
    """Return the queries of a batch by their names; None for a query that is too long to be a name.

    Such a query comes from a cell with something else in it, and does not stop the rest of the batch.

    Raises:
        ProblemError: the text is not such a batch, or exceeds a limit.
    """
    batch = _members(_json(text, QUERIES), QUERIES, "the batch")
    if len(batch) > settings.reconcile_queries:
        raise ProblemError("batch-too-large", f"A batch holds at most {settings.reconcile_queries} queries.")
    return {name: _query(value, f"query {quoted(name)}", settings) for name, value in batch.items()}


def read_extension(text: str, settings: Serving) -> Extension:
    """Return which entities are to be extended by which properties.

    Raises:
        ProblemError: the text is not such a request, or exceeds a limit.
    """
    given = _members(_json(text, EXTEND), EXTEND, "the request")
    ids = _list(given.get("ids"), EXTEND, "“ids”")
    if len(ids) > settings.reconcile_rows:
        detail = f"A request to extend holds at most {settings.reconcile_rows} entities."
        raise ProblemError("batch-too-large", detail)
    rows = _list(given.get("properties"), EXTEND, "“properties”")
    _check_count(rows, settings, EXTEND)
    properties = []
    for row in rows:
        member = _members(row, EXTEND, "a property")
        own = member.get("settings")
        limit = _members(own, EXTEND, "“settings”").get("limit", 0) if own is not None else 0
        properties.append(
            (
                _string(member.get("id"), EXTEND, "the id of a property", settings.reconcile_characters),
                _count(limit),
            )
        )
    return Extension(
        tuple(_string(id_, EXTEND, "an id", settings.path_bytes) for id_ in ids),
        tuple(properties),
    )


def _query(value: object, where: str, settings: Serving) -> Query | None:
    given = _members(value, QUERIES, where)
    for name in given:
        if name not in _MEMBERS:
            nearest = suggestions.nearest(name[:LONGEST_QUOTED], _MEMBERS, 1)
            advice = f" Did you mean “{nearest[0]}”?" if nearest else ""
            _refuse(QUERIES, f"There is no member {quoted(name)} of {where}.{advice}")
    text = _string(given.get("query", ""), QUERIES, f"“query” of {where}")
    types = given.get("type", [])
    types = types if isinstance(types, list) else [types]
    _check_count(types, settings, QUERIES)
    strict = given.get("type_strict", "any")
    if strict not in _STRICTNESS:
        _refuse(QUERIES, f"Give as “type_strict” of {where} one of {', '.join(_STRICTNESS)}.")
    rows = _list(given.get("properties", []), QUERIES, f"“properties” of {where}")
    _check_count(rows, settings, QUERIES)
    query = Query(
        text,
        tuple(
            _string(type_, QUERIES, f"“type” of {where}", settings.reconcile_characters)
            for type_ in types
            if type_ != ""
        ),
        strict,
        _limit(given.get("limit", settings.reconcile_results), where, settings),
        tuple(_condition(row, where, settings) for row in rows),
    )
    if not query.text.strip() and not query.properties:
        _refuse(QUERIES, f"Give “query” or “properties” for {where}.")
    return query if len(text) <= settings.reconcile_characters else None


def _condition(row: object, where: str, settings: Serving) -> Condition:
    given = _members(row, QUERIES, f"a property of {where}")
    if "v" not in given:
        _refuse(QUERIES, f"A property of {where} has no “v”.")
    values = given["v"] if isinstance(given["v"], list) else [given["v"]]
    _check_count(values, settings, QUERIES)
    most = settings.reconcile_characters
    texts = [_value(value, where) for value in values]
    return Condition(
        _string(given.get("pid"), QUERIES, f"“pid” of a property of {where}", most),
        tuple(text for text in texts if len(text) <= most),  # no value is longer
    )


def _value(value: object, where: str) -> str:
    """Return the text of a value: a string, number or truth value, or the id of an entity."""
    if isinstance(value, Mapping):
        return _string(value.get("id"), QUERIES, f"the id of a value of {where}")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _MOST_WHOLE
        return str(int(value) if is_whole else value)
    return _string(value, QUERIES, f"a value of {where}")


def _json(text: str, parameter: str) -> object:
    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        place = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        _refuse(parameter, f"The parameter “{parameter}” is not JSON{place}.")


def _members(value: object, parameter: str, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        _refuse(parameter, f"Give {what} as an object.")
    return value


def _list(value: object, parameter: str, what: str) -> list[object]:
    if not isinstance(value, list):
        _refuse(parameter, f"Give {what} as an array.")
    return value


def _string(value: object, parameter: str, what: str, longest: int = 0) -> str:
    """Return a string; ``longest`` is how many characters it may have, 0 for any number."""
    if not isinstance(value, str):
        _refuse(parameter, f"Give {what} as a string.")
    if longest and len(value) > longest:
        _refuse(parameter, f"Give {what} with at most {longest} characters.")
    return value.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair is no character


def _limit(value: object, where: str, settings: Serving) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 1:
        _refuse(QUERIES, f"Give “limit” of {where} as a number from 1.")
    return int(min(value, settings.reconcile_results))


def _count(value: object) -> int:
    """Return the most values to return, 0 for all."""
    try:
        return max(0, int(value))  # type: ignore[call-overload,no-any-return]
    except (TypeError, ValueError, OverflowError):
        _refuse(EXTEND, "Give the limit of a property as a number.")


def _check_count(values: Collection[object], settings: Serving, parameter: str) -> None:
    if len(values) > settings.reconcile_properties:
        most = settings.reconcile_properties
        _refuse(parameter, f"Give at most {most} properties, types, or values of one property.")


def _refuse(parameter: str, detail: str) -> NoReturn:
    raise ProblemError("bad-parameter", detail, {"parameter": parameter})
