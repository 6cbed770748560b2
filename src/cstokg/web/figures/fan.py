"""The neighbourhood as a fan: the entity in the middle, its relations on both sides, their ends outside."""

import math
from collections.abc import Iterator, Sequence

from cstokg.web.figures.relations import Relation
from cstokg.web.figures.svg import Drawing, shortened, width_of
from cstokg.web.site import Site

WIDTH = 1000.0
_HALF = WIDTH / 2
_GAP = 15.0
_RELATION, _LEAF = 216.0, 258.0  # how far from the middle the relations and the neighbours end at most
_TEXT = _HALF - _LEAF - 14
_LINE, _ROOM = 16.0, 9.0  # of a name
_BEND = 0.55
_BOX = 116.0

Node = tuple[Relation, int, float, list[float]]  # with its side, its height and those of its neighbours


def draw(drawing: Drawing, site: Site, iri: str, relations: Sequence[Relation]) -> None:
    """The entity, its relations and their ends."""
    left, right = _sides(site, relations)
    height = max(_height(site, left), _height(site, right), 120.0)
    drawing.height = height + 8
    middle = (_HALF, height / 2)
    nodes = [*_place(site, right, 1, height), *_place(site, left, -1, height)]
    for node in nodes:
        _lines(drawing, node, middle)
    for node in nodes:
        _relation(drawing, node, middle)
        _ends(drawing, site, node, middle)
    _centre(drawing, iri, site.catalogue.label(iri), middle)


def _printed(site: Site, relation: Relation) -> list[list[str]]:
    """The lines of each neighbour, and of what is said of the others."""
    return [
        *(shortened(site.catalogue.label(iri), _TEXT, 2) for iri in relation.shown),
        *([relation.others] if relation.more else []),
    ]


def _heights(site: Site, relation: Relation) -> list[float]:
    return [len(printed) * _LINE + _ROOM for printed in _printed(site, relation)]


def _sides(site: Site, relations: Sequence[Relation]) -> tuple[list[Relation], list[Relation]]:
    """The relations on the left and on the right, as much on both; in order from the top right."""
    total, right = _height(site, relations), list[Relation]()
    for relation in relations:
        taken = _height(site, right)
        if taken and taken + _height(site, [relation]) / 2 > total / 2:
            break
        right.append(relation)
    return list(reversed(relations[len(right) :])), right


def _height(site: Site, relations: Sequence[Relation]) -> float:
    return sum(sum(_heights(site, relation)) for relation in relations) + max(len(relations) - 1, 0) * _GAP


def _place(site: Site, relations: Sequence[Relation], sign: int, height: float) -> Iterator[Node]:
    y = (height - _height(site, relations)) / 2 + 4
    for relation in relations:
        ys = []
        for taken in _heights(site, relation):
            ys.append(y + taken / 2)
            y += taken
        yield relation, sign, (ys[0] + ys[-1]) / 2, ys
        y += _GAP


def _out(y: float, middle: tuple[float, float], reach: float) -> float:
    """How far out something stands at a height: on an arc round the middle, so that the whole is a fan."""
    share = (y - middle[1]) / max(middle[1], 1)
    return reach * (0.8 + 0.2 * math.sqrt(max(1 - share * share, 0)))


def _lines(drawing: Drawing, node: Node, middle: tuple[float, float]) -> None:
    relation, sign, y, ys = node
    class_ = relation.class_
    x, top = middle
    start, end = x + sign * (_out(y, middle, _RELATION) - _BOX), x + sign * _out(y, middle, _RELATION)
    drawing.add("path", class_=class_, d=_curve(x, top, start, y))
    for leaf in ys:
        drawing.add("path", class_=class_, d=_curve(end, y, x + sign * (_out(leaf, middle, _LEAF) - 6), leaf))


def _relation(drawing: Drawing, node: Node, middle: tuple[float, float]) -> None:
    relation, sign, y, _ = node
    end = middle[0] + sign * _out(y, middle, _RELATION)
    printed = shortened(relation.label, _BOX - 8, 2, 12)
    height = 10 + 14 * len(printed)
    with drawing.link(relation.predicate, relation.words):
        drawing.add(
            "rect",
            class_="label-ground",
            x=min(end, end - sign * _BOX),
            y=y - height / 2,
            width=_BOX,
            height=height,
            rx=3,
        )
        for index, line in enumerate(printed):
            baseline = y + 4 + 14 * (index - (len(printed) - 1) / 2)
            drawing.text(end - sign * _BOX / 2, baseline, line, "small", "middle")


def _ends(drawing: Drawing, site: Site, node: Node, middle: tuple[float, float]) -> None:
    relation, sign, _, ys = node
    anchor = "start" if sign > 0 else "end"
    for index, (printed, leaf) in enumerate(zip(_printed(site, relation), ys, strict=True)):
        x = middle[0] + sign * _out(leaf, middle, _LEAF)
        if index == len(relation.shown):
            drawing.text(x + sign * 7, leaf + 4.5, printed[0], "dim", anchor)
            continue
        iri, width, height = relation.shown[index], max(map(width_of, printed)), len(printed) * _LINE + 8
        with drawing.link(iri, site.catalogue.label(iri)):
            drawing.add(
                "rect",
                class_="target",
                x=min(x, x + sign * width),
                y=leaf - height / 2,
                width=width,
                height=height,
            )
            drawing.add("circle", class_="node", cx=x - sign * 2, cy=leaf, r=4)
            for number, line in enumerate(printed):
                baseline = leaf + 4.5 + _LINE * (number - (len(printed) - 1) / 2)
                drawing.text(x + sign * 7, baseline, line, anchor=anchor)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    bend = (to_x - x) * _BEND
    return f"M{x:.1f} {y:.1f}C{x + bend:.1f} {y:.1f} {to_x - bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _centre(drawing: Drawing, iri: str, name: str, middle: tuple[float, float]) -> None:
    shown = shortened(name, 136, 4)
    height = 17 * len(shown) + 14
    with drawing.link(iri, name):
        drawing.add(
            "rect",
            class_="centre",
            x=middle[0] - 78,
            y=middle[1] - height / 2,
            width=156,
            height=height,
            rx=6,
        )
        for index, line in enumerate(shown):
            y = middle[1] - height / 2 + 20 + 17 * index
            drawing.text(middle[0], y, line, "on-centre", "middle")
