"""Explore: from any entity to its neighbours in the graph, as a page and as JSON for its script."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from cstokg import namespaces
from cstokg.web.content import display
from cstokg.web.content.catalogue import Catalogue, Entry, natural
from cstokg.web.content.graph import Graph, node
from cstokg.web.serving.problems import ProblemError
from cstokg.web.site import Site, current
from cstokg.web.views import problem_pages

OUT, IN = "out", "in"

_FIRST = namespaces.expand("organ:cfm")
_MOST = 40  # entities in one address

_QUERY = f"""\
SELECT ?direction ?property ?other (EXISTS {{ GRAPH graph:inferred {{ ?s ?property ?o }} }} AS ?inferred)
WHERE {{
  {{ ENTITY ?property ?other . BIND (ENTITY AS ?s) BIND (?other AS ?o) BIND ("out" AS ?direction) }}
  UNION
  {{ ?other ?property ENTITY . BIND (?other AS ?s) BIND (ENTITY AS ?o) BIND ("in" AS ?direction) }}
  UNION
  {{ ENTITY ckg:hasTestimony/ckg:accordingTo ?other
    BIND (ckg:accordingTo AS ?property) BIND (ENTITY AS ?s) BIND (?other AS ?o) BIND ("out" AS ?direction) }}
  UNION
  {{ ?other ckg:hasTestimony/ckg:accordingTo ENTITY
    BIND (ckg:accordingTo AS ?property) BIND (?other AS ?s) BIND (ENTITY AS ?o) BIND ("in" AS ?direction) }}
  FILTER (ISIRI(?other) && ?other != ENTITY && STRSTARTS(STR(?other), "{namespaces.ID}"))
}}
"""
# Properties by which everything would be next to everything.
_LEFT_OUT = frozenset(
    namespaces.expand(name)
    for name in (
        *("ckg:basis", "ckg:evidence", "ckg:furniture", "ckg:modality", "ckg:rank", "ckg:spanOf"),
        *("dcterms:contributor", "dcterms:creator", "dcterms:isReplacedBy", "dcterms:type", "rdf:type"),
        "void:inDataset",
    )
)
blueprint = Blueprint("explore", __name__)


@blueprint.get("/explore", endpoint="explore")
def page() -> ResponseReturnValue:
    """Show the neighbours of the last entity in the address; the script draws those of all."""
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
    edges = neighbours(site.graph, iri) if iri else []
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
            for edge in neighbours(site.graph, iri)
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


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One edge from or to an entity.

    Attributes:
        iri: the other end.
        property: the IRI of the property.
        direction: ``out`` if the entity is the subject, ``in`` if it is the object.
        inferred: whether the edge follows from others.
    """

    iri: str
    property: str
    direction: str
    inferred: bool = False


def neighbours(graph: Graph, iri: str) -> list[Neighbour]:
    """Return the edges of an entity in reading order, without inferred ones to neighbours it has anyway.

    Raises:
        QueryError: the engine does not answer.
    """
    edges = [
        Neighbour(
            row["other"].value,
            row["property"].value,
            row["direction"].value,
            row["inferred"].value == "true",
        )
        for row in graph.select(_QUERY.replace("ENTITY", node(iri)))
        if row["property"].value not in _LEFT_OUT
        and namespaces.kind_of(row["other"].value) not in ("span", "testimony")
    ]
    asserted = {edge.iri for edge in edges if not edge.inferred}
    return sorted(
        {edge for edge in edges if not edge.inferred or edge.iri not in asserted},
        key=lambda edge: (edge.direction == IN, display.fact_order(edge.property), natural(edge.iri)),
    )


def _groups(edges: list[Neighbour], catalogue: Catalogue) -> list[tuple[str, str, str, list[Neighbour]]]:
    """Return the edges by direction, property and class: each with these three and its edges."""
    groups: dict[tuple[str, str, str], list[Neighbour]] = {}
    for edge in edges:
        key = (edge.direction, edge.property, catalogue.class_of(edge.iri))
        groups.setdefault(key, []).append(edge)
    return [(*key, members) for key, members in groups.items()]
