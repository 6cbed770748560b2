"""Explore: from any entity to its neighbours in the graph, as a page and as JSON for its script."""

from collections.abc import Iterable

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import namespaces
from cstokg.web.content import display
from cstokg.web.content.catalogue import Catalogue, Entry, natural
from cstokg.web.figures.neighbourhood import Neighbour, neighbours_of
from cstokg.web.serving.problems import ProblemError
from cstokg.web.site import Site, current
from cstokg.web.views import problem_pages

_FIRST = namespaces.expand("organ:cfm")
_MOST = 40  # entities in one address

blueprint = Blueprint("explore", __name__)


@blueprint.get("/explore", endpoint="explore")
def page() -> ResponseReturnValue:
    """Show the neighbours of the last entity in the address; the script draws those of all entities in it."""
    site = current()
    texts = (text.strip() for text in request.args.getlist("iri"))
    iris = list(dict.fromkeys(namespaces.expand(text) for text in texts if text))
    if len(iris) > _MOST:
        raise ProblemError("bad-parameter", f"Give at most {_MOST} entities.", {"parameter": "iri"})
    unknown = [iri for iri in iris if not is_explorable(site, iri)]
    if unknown:
        problem_pages.end_unknown_entity(site.catalogue, unknown[0])
    begun = bool(iris)
    if not begun and is_explorable(site, _FIRST):
        iris = [_FIRST]
    iri = iris[-1] if iris else ""
    edges = neighbours_of(site.graph, iri) if iri else []
    return render_template(
        "explore.html",
        begun=begun,
        compact=namespaces.shorten,
        entry=site.catalogue.entries.get(iri),
        groups=_groups(edges, site.catalogue),
        iri=iri,
        iris=iris,
        starts=list(_starts(site)),
        total=len({edge.iri for edge in edges}),
    )


@blueprint.get("/explore.json")
def data() -> ResponseReturnValue:
    """Return an entity and its neighbours as JSON."""
    site, iri = current(), namespaces.expand(request.args.get("iri", ""))
    if not is_explorable(site, iri):
        problem_pages.end_unknown_entity(site.catalogue, iri)
    return jsonify(document(site, iri))


def is_explorable(site: Site, iri: str) -> bool:
    """Return whether an IRI is that of an entity with neighbours to show."""
    return iri in site.catalogue and iri.startswith(namespaces.ID) and namespaces.parse_span(iri) is None


def document(site: Site, iri: str) -> dict[str, object]:
    """Return an entity and its neighbours, ready for JSON.

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
            for edge in neighbours_of(site.graph, iri)
        ],
    }


def _named(site: Site, iri: str) -> dict[str, object]:
    class_ = site.catalogue.class_of(iri)
    return {
        "iri": iri,
        "label": site.catalogue.label(iri),
        "class": site.catalogue.label(class_) if class_ else "",
        "family": display.family_of(namespaces.kind_of(iri)),
    }


def _starts(site: Site) -> Iterable[tuple[str, list[Entry]]]:
    shown = display.read()
    for kind in shown.orders["explore"]:
        entries = site.catalogue.by_kind.get(kind, ())
        if entries:
            yield shown.kinds[kind].plural, sorted(entries, key=lambda entry: natural(entry.label.casefold()))


def _groups(edges: list[Neighbour], catalogue: Catalogue) -> list[tuple[str, str, str, list[Neighbour]]]:
    """Return the edges in groups: each group has a direction, a property, a class, and its edges."""
    groups: dict[tuple[str, str, str], list[Neighbour]] = {}
    for edge in edges:
        key = (edge.direction, edge.property, catalogue.class_of(edge.iri))
        groups.setdefault(key, []).append(edge)
    return [(*key, members) for key, members in groups.items()]
