"""The neighbourhood of one entity: what it links and what links it, in a fixed order."""

from collections.abc import Callable, Iterator, Sequence

from cstokg import namespaces
from cstokg.web import records
from cstokg.web.figures import fan, tree
from cstokg.web.figures.figure import NARROW, Cell, Chosen, Figure, Filter, Kind
from cstokg.web.figures.relations import Relation, relate
from cstokg.web.figures.svg import Drawing, Link
from cstokg.web.site import Site
from cstokg.web.terms import natural

_DEFAULT = "body/csto"
# The kinds of thing that have a name of their own, and so can stand in the middle.
KINDS = (
    "meeting",
    "person",
    "state",
    "body",
    "organ",
    "post",
    "outlet",
    "place",
    "document",
    "incident",
    "group",
    "article",
    "concept/topic",
)
_NOTE = (
    "A solid line leads from the entity to what it links, a dashed one from what links the entity. "
    "Claims about it, and what only repeats a link by inference, are left out. The table names all."
)


def filters(site: Site) -> tuple[Filter, ...]:
    """The entity in the middle."""
    found = [entry for kind in KINDS for entry in site.catalogue.by_kind.get(kind, ())]
    ordered = sorted(found, key=lambda entry: natural(entry.label.casefold()))
    choices = tuple((records.step(entry.iri), entry.label) for entry in ordered)
    default = (
        _DEFAULT if namespaces.ID + _DEFAULT in site.catalogue else next((value for value, _ in choices), "")
    )
    return (Filter("entity", "Entity", choices, default),)


def draw(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The neighbourhood of the chosen entity, fanned out around it."""
    return _draw(site, chosen, link, ("neighbourhood", "In the middle", "around", fan.WIDTH), fan.draw)


def draw_narrow(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The same in one column, for a narrow screen."""
    return _draw(site, chosen, link, ("neighbourhood-narrow", "On top", "below", NARROW), tree.draw)


def _draw(
    site: Site,
    chosen: Chosen,
    link: Link,
    frame: tuple[str, str, str, float],
    shape: Callable[[Drawing, Site, str, Sequence[Relation]], None],
) -> Figure:
    iri = namespaces.ID + chosen["entity"]
    name, at, beside, width = frame
    label, relations = site.catalogue.label(iri), relate(site, iri)
    drawing = Drawing(
        name,
        f"What is linked to {label}",
        f"{at} {label}; {beside} it {len(relations)} relations, each with the entities it leads to. "
        "The table below lists all of them.",
        width,
        link,
    )
    shape(drawing, site, iri, relations)
    rows = tuple(_rows(site, relations))
    return Figure(drawing, _NOTE, ("Relation", "Direction", "Neighbour", "Kind"), rows)


def _rows(site: Site, relations: Sequence[Relation]) -> Iterator[tuple[Cell, ...]]:
    for relation in relations:
        for iri in relation.ends:
            classes = site.catalogue.entries[iri].classes
            yield (
                Cell(relation.label, relation.predicate),
                Cell("leads here" if relation.inward else "leads there"),
                Cell(site.catalogue.label(iri), iri),
                Cell(", ".join(site.catalogue.label(one) for one in classes)),
            )


KIND = Kind(
    "neighbourhood",
    "What is linked to what",
    "One entity of the graph with all that it links and all that links it.",
    filters,
    draw,
    draw_narrow,
)
