"""Exploring: from any entity to its neighbours, as lists with links, and as a drawing where script runs."""

from collections.abc import Iterable

from flask import Blueprint, abort, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import namespaces
from cstokg.web import addresses, kinds, neighbours, problem_pages
from cstokg.web.catalogue import Entry
from cstokg.web.site import Site
from cstokg.web.terms import natural

# Where exploring can begin: what has a name of its own.
_STARTS = ("person", "state", "body", "organ", "meeting", "concept/topic", "place", "article")
_FIRST = namespaces.expand("organ:cfm")
_MOST = 40


def blueprint(site: Site) -> Blueprint:
    """The page, and the neighbours as JSON for its script."""
    explore = Blueprint("explore", __name__)

    @explore.get("/explore", endpoint="explore")
    def page() -> ResponseReturnValue:
        asked = list(
            dict.fromkeys(
                namespaces.expand(text.strip()) for text in request.args.getlist("iri") if text.strip()
            )
        )
        if len(asked) > _MOST:
            abort(404)
        unknown = [iri for iri in asked if not is_explorable(site, iri)]
        if unknown:
            problem_pages.end_unknown_entity(site.catalogue, unknown[0])
        begun = bool(asked)
        if not begun and is_explorable(site, _FIRST):
            asked = [_FIRST]
        iri = asked[-1] if asked else ""
        edges = neighbours.of(site.graph, iri) if iri else []
        return render_template(
            "explore.html",
            begun=begun,
            compact=namespaces.shorten,
            entry=site.catalogue.entries.get(iri),
            groups=neighbours.groups(edges, site.catalogue),
            iri=iri,
            iris=asked,
            starts=list(_starts(site)),
            total=len({edge.iri for edge in edges}),
        )

    @explore.get("/explore.json")
    def data() -> ResponseReturnValue:
        iri = namespaces.expand(request.args.get("iri", ""))
        if not is_explorable(site, iri):
            problem_pages.end_unknown_entity(site.catalogue, iri)
        return jsonify(document(site, iri))

    return explore


def is_explorable(site: Site, iri: str) -> bool:
    """Whether an IRI is that of an entity with neighbours to show."""
    return iri in site.catalogue and iri.startswith(namespaces.ID) and addresses.span(iri) is None


def document(site: Site, iri: str) -> dict[str, object]:
    """An entity and its neighbours, ready for JSON.

    ``neighbours`` has one object per edge: the other end, and the ``property`` with its
    ``propertyLabel``, its ``direction`` and whether it is ``inferred``.
    """
    return {
        **_named(site, iri),
        "neighbours": [
            {
                **_named(site, edge.iri),
                "property": namespaces.shorten(edge.property),
                "propertyLabel": site.catalogue.label(edge.property),
                "direction": edge.direction,
                "inferred": edge.inferred,
            }
            for edge in neighbours.of(site.graph, iri)
        ],
    }


def _named(site: Site, iri: str) -> dict[str, object]:
    class_ = neighbours.class_of(iri, site.catalogue)
    return {
        "iri": iri,
        "label": site.catalogue.label(iri),
        "class": site.catalogue.label(class_) if class_ else "",
        "family": neighbours.family(iri, site.catalogue),
    }


def _starts(site: Site) -> Iterable[tuple[str, list[Entry]]]:
    for kind in _STARTS:
        entries = site.catalogue.by_kind.get(kind, ())
        if entries:
            yield kinds.TITLES[kind], sorted(entries, key=lambda entry: natural(entry.label.casefold()))
