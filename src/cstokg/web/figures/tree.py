"""The neighbourhood as a tree for a narrow screen: the entity, below it its relations with their ends."""

from collections.abc import Sequence

from cstokg.web.figures.relations import Relation
from cstokg.web.figures.svg import Drawing, shortened, width_of
from cstokg.web.site import Site

_TRUNK, _RELATION, _BRANCH, _LEAF = 10.0, 24.0, 36.0, 52.0  # places from the left
_LINE = 17.0
_ROOM = 9.0  # round the lines of a name, so that a finger finds it
_GAP = 12.0


def draw(drawing: Drawing, site: Site, iri: str, relations: Sequence[Relation]) -> None:
    """The entity, its relations and their ends."""
    top = trunk = y = _root(drawing, iri, site.catalogue.label(iri))
    with drawing.group() as behind:
        pass
    for relation in relations:
        y += _GAP
        with drawing.inside(behind):
            drawing.add("path", class_=relation.class_, d=f"M{_TRUNK} {y + 13:.1f}H{_RELATION}")
        trunk = y + 13
        y = _relation(drawing, relation, y)
        y = _ends(drawing, site, relation, y)
    with drawing.inside(behind):
        drawing.add("path", class_="link", d=f"M{_TRUNK} {top:.1f}V{trunk:.1f}")
    drawing.height = y + 4


def _root(drawing: Drawing, iri: str, name: str) -> float:
    """The bottom of the entity."""
    printed = shortened(name, drawing.width - 32, 3)
    height = _LINE * len(printed) + 14
    with drawing.link(iri, name):
        drawing.add("rect", class_="centre", x=0, y=0, width=drawing.width, height=height, rx=6)
        for index, line in enumerate(printed):
            drawing.text(14, 20 + _LINE * index, line, "on-centre")
    return height


def _relation(drawing: Drawing, relation: Relation, y: float) -> float:
    """The bottom of a relation."""
    printed = shortened(relation.label, drawing.width - _RELATION - 20, 1)
    with drawing.link(relation.predicate, relation.words):
        width = width_of(printed[0]) + 16
        drawing.add("rect", class_="label-ground", x=_RELATION, y=y, width=width, height=26, rx=3)
        drawing.text(_RELATION + 8, y + 17.5, printed[0])
    return y + 28


def _ends(drawing: Drawing, site: Site, relation: Relation, y: float) -> float:
    """The bottom of the neighbours to which a relation leads."""
    room, top, last = drawing.width - _LEAF - 10, y, y
    for iri in relation.shown:
        printed = shortened(site.catalogue.label(iri), room, 3)
        height = _LINE * len(printed) + _ROOM
        last = y + (_LINE + _ROOM) / 2
        drawing.add("path", class_=relation.class_, d=f"M{_BRANCH} {last:.1f}H{_LEAF - 4}")
        with drawing.link(iri, site.catalogue.label(iri)):
            drawing.add("rect", class_="target", x=_LEAF - 6, y=y, width=room + 16, height=height)
            drawing.add("circle", class_="node", cx=_LEAF, cy=last, r=4)
            for index, line in enumerate(printed):
                drawing.text(_LEAF + 10, last + 4.5 + _LINE * index, line)
        y += height
    if relation.more:
        drawing.text(_LEAF + 10, y + 17.5, relation.others[0], "dim")
        last, y = y + 13, y + 26
    drawing.add("path", class_=relation.class_, d=f"M{_BRANCH} {top - 2:.1f}V{last:.1f}")
    return y
