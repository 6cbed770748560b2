"""Search: over names, other names and paraphrases, in Latin and Cyrillic, grouped by kind."""

from functools import cache

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from cstokg.web import addresses
from cstokg.web.finding import Group, Index, read
from cstokg.web.site import Site

STEM = "/search"
LONGEST = 200  # characters of a question that count

_HTML, _JSON = "text/html", "application/json"


def blueprint(site: Site) -> Blueprint:
    """The page under ``/search``, and the same as JSON under ``/search.json`` or by Accept."""
    search = Blueprint("search", __name__)

    @cache
    def index() -> Index:
        return read(site)

    @search.get(STEM, endpoint="search")
    def page() -> ResponseReturnValue:
        words = asked()
        if request.accept_mimetypes.best_match((_HTML, _JSON), default=_HTML) == _JSON:
            response = as_json()
        else:
            groups = index().find(words) if words else []
            response = Response(render_template("search.html", words=words, groups=groups), mimetype=_HTML)
        response.vary.add("Accept")
        return response

    @search.get(f"{STEM}.json", endpoint="as_json")
    def always_json() -> ResponseReturnValue:
        return as_json()

    def as_json() -> Response:
        words = asked()
        groups = index().find(words) if words else []
        return jsonify(
            {"query": words, "count": sum(len(group.hits) for group in groups), "groups": _plain(groups)}
        )

    return search


def asked() -> str:
    """What is asked for: the words of the parameter ``q``, cut to what counts."""
    return " ".join(request.args.get("q", "").split())[:LONGEST]


def _plain(groups: list[Group]) -> list[dict[str, object]]:
    return [
        {
            "kind": group.kind,
            "title": group.title,
            "total": group.total,
            "hits": [
                {
                    "iri": hit.iri,
                    "label": hit.label,
                    "matched": hit.matched,
                    "page": addresses.page(hit.iri),
                    "score": hit.score,
                }
                for hit in group.hits
            ],
        }
        for group in groups
    ]
