"""Under ``/api/names`` whether the data have some names, and which come nearest to the others."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from cstokg import namespaces
from cstokg.engine import suggestions
from cstokg.web import site
from cstokg.web.problems import ProblemError
from cstokg.web.sparql_protocol import NAMES_PATH

blueprint = Blueprint("suggestions", __name__)

_LONGEST = 200  # characters of a name that are shown
_MOST = 20


@blueprint.get(NAMES_PATH)
def look_up() -> ResponseReturnValue:
    """Return what is known of the names in the address."""
    names = request.args.getlist("name")
    if not 0 < len(names) <= _MOST:
        raise ProblemError("bad-parameter", f"Give one to {_MOST} names.", {"parameter": "name"})
    iris = site.current().own_iris
    return jsonify(names=[_describe(name, iris) for name in names])


def _describe(name: str, iris: frozenset[str]) -> dict[str, object]:
    iri = namespaces.expand(name)
    if not iri.startswith(namespaces.BASE):
        detail = f"“{name[:_LONGEST]}” is no name of ours: those begin with <{namespaces.BASE}>."
        raise ProblemError("bad-parameter", detail, {"parameter": "name"})
    nearest = "" if iri in iris else suggestions.nearest_name(iri, iris)
    return {"name": name, "iri": iri, "known": iri in iris, "nearest": nearest or None}
