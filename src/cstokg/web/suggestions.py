"""Under ``/api/names`` whether the data have some names, and which come nearest to the others."""

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from cstokg import json_results, namespaces
from cstokg.engine import suggestions
from cstokg.engine.engine import Engine
from cstokg.web.problems import ProblemError
from cstokg.web.sparql_protocol import NAMES_PATH

_LONGEST = 200  # characters of a name that are shown
_MOST = 20


def blueprint(engine: Engine) -> Blueprint:
    """The address at which programs look up names."""
    pages = Blueprint("names", __name__)
    known: dict[str, frozenset[str]] = {}

    @pages.get(NAMES_PATH)
    def looked_up() -> ResponseReturnValue:
        asked = request.args.getlist("name")
        if not 0 < len(asked) <= _MOST:
            raise ProblemError("bad-parameter", f"Give one to {_MOST} names.", {"parameter": "name"})
        there = names_in(engine, known)
        return jsonify(names=[_described(name, there) for name in asked])

    return pages


def names_in(engine: Engine, known: dict[str, frozenset[str]]) -> frozenset[str]:
    """The IRIs of ours in an engine's data; read once for each version, which ``known`` holds.

    Raises:
        QueryError: the engine does not answer.
    """
    if engine.version not in known:
        rows = json_results.read(engine.query(suggestions.KNOWN_NAMES, json_results.MEDIA_TYPE).body).rows
        known.clear()
        known[engine.version] = frozenset(row["iri"]["value"] for row in rows)
    return known[engine.version]


def _described(name: str, there: frozenset[str]) -> dict[str, object]:
    iri = namespaces.expand(name)
    if not iri.startswith(namespaces.BASE):
        detail = f"“{name[:_LONGEST]}” is no name of ours: those begin with <{namespaces.BASE}>."
        raise ProblemError("bad-parameter", detail, {"parameter": "name"})
    nearest = "" if iri in there else suggestions.nearest_name(iri, there)
    return {"name": name, "iri": iri, "known": iri in there, "nearest": nearest or None}
