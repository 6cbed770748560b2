"""The reconciliation service at ``/reconcile``: names in, our entities out, for OpenRefine and its like.

It speaks the W3C Reconciliation Service API 0.2. An id is the path of an IRI below id/, such as
``person/lavrov-sergey``; the whole IRI is taken for it too.
"""

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import formats, namespaces
from cstokg.settings import Serving
from cstokg.web import http, name_matching, reconcilable, reconciliation_answers
from cstokg.web.problems import ProblemError
from cstokg.web.reconcilable import Entity, Register
from cstokg.web.reconciliation_requests import EXTEND, QUERIES, read_extension, read_queries
from cstokg.web.site import NAME, at, current
from cstokg.web.site_pages import ABOUT
from cstokg.web.sparql_requests import check_parameter_count, read_fields

PATH = "/reconcile"

_PREVIEW_WIDTH, _PREVIEW_HEIGHT = 430, 260  # pixels
_PREVIEWED = ("post", "state", "onDate", "heldIn", "name", "wikidata")
_PREVIEWED_VALUES = 4
_FARTHEST = 1_000_000  # suggestions that may be skipped

blueprint = Blueprint("reconciliation", __name__)


@blueprint.after_request
def allow_methods(response: Response) -> Response:
    """Let scripts of other origins send what they like."""
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
        response.headers["Access-Control-Allow-Headers"] = "*"
    return response


@blueprint.route(PATH, methods=["GET", "POST"])
def service() -> ResponseReturnValue:
    """Answer a batch of queries or extend entities; without either, say what the service is."""
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
    """Suggest entities, types or properties that the parameter ``prefix`` begins."""
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
    """Lead to the page of an entity: an id holds a slash, which some proxies take in parameters only."""
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
