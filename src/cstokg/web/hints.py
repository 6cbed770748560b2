"""Hints for programs, whose queries are right and find nothing because a name of ours is misspelt.

SPARQL's results have no place for them, and HTTP's field Warning is gone (RFC 9111, section 5.5). So
such an answer has a link to help (RFC 8288), which leads to what comes nearest.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from cstokg import names
from cstokg.web.problems import ProblemError
from cstokg.web.suggestions import Suggestions

PATH = "/api/names"

_LONGEST = 200  # characters of a name in a header
_MOST = 20


def link(unknown: Sequence[tuple[str, str]]) -> str:
    """The value of the field Link for names that the data do not have, each with the nearest; may be empty.

    The address is relative to that of the endpoint.
    """
    told = [(name, near) for name, near in unknown if len(name) <= _LONGEST]
    if not told:
        return ""
    address = f"{PATH[1:]}?{urlencode([('name', name) for name, _ in told])}"
    title = " ".join(f"The data have no {name}. Did you mean {near}?" for name, near in told)
    return f'<{address}>; rel="help"' + (f'; title="{title}"' if title.isascii() else "")


def blueprint(suggestions: Suggestions) -> Blueprint:
    """Under ``/api/names`` whether the data have some names, and which come nearest to the others."""
    hints = Blueprint("hints", __name__)

    @hints.get(PATH)
    def looked_up() -> ResponseReturnValue:
        asked = request.args.getlist("name")
        if not 0 < len(asked) <= _MOST:
            raise ProblemError("bad-parameter", f"Give one to {_MOST} names.", {"parameter": "name"})
        return jsonify(names=[described(name) for name in asked])

    def described(name: str) -> dict[str, object]:
        iri = names.expand(name)
        if not iri.startswith(names.BASE):
            detail = f"“{name[:_LONGEST]}” is no name of ours: those begin with <{names.BASE}>."
            raise ProblemError("bad-parameter", detail, {"parameter": "name"})
        known = suggestions.knows(iri)
        nearest = "" if known else suggestions.nearest(iri)
        return {"name": name, "iri": iri, "known": known, "nearest": nearest or None}

    return hints
