"""The neighbourhood of one entity: what it links and what links it, fanned out around it in a fixed order."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cstokg import names
from cstokg.web import neighbours
from cstokg.web.drawings import records
from cstokg.web.drawings.figure import Cell, Chosen, Figure, Filter, Kind
from cstokg.web.drawings.svg import Drawing, Link, fit, lines, width_of
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
_WIDTH, _LINE, _GAP = 1000.0, 25.0, 15.0
_SHOWN = 5  # neighbours of one relation that are named; the others are counted
_RELATION, _LEAF = 216.0, 258.0  # how far from the middle the relations and the neighbours end at most
_HALF = _WIDTH / 2
_TEXT = _HALF - _LEAF - 14
_BEND = 0.55
_BOX = 116.0
_CLAIMED = frozenset(map(names.expand, ("rdf:subject", "rdf:object")))  # claims repeat what they are about
_NOTE = (
    "A solid line leads from the entity to what it links, a dashed one from what links the entity. "
    "Claims about it, and what only repeats a link by inference, are left out. The table names all."
)


@dataclass(frozen=True, slots=True)
class Relation:
    """A property, its direction, and the neighbours to which it leads."""

    predicate: str
    label: str
    inward: bool
    ends: tuple[str, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        """The neighbours that are named in the drawing."""
        return self.ends if len(self.ends) <= _SHOWN + 1 else self.ends[:_SHOWN]

    @property
    def more(self) -> int:
        """How many are not."""
        return len(self.ends) - len(self.shown)

    @property
    def leaves(self) -> int:
        """How many lines it takes."""
        return len(self.shown) + (1 if self.more else 0)


def filters(site: Site) -> tuple[Filter, ...]:
    """The entity in the middle."""
    found = [entry for kind in KINDS for entry in site.catalogue.by_kind.get(kind, ())]
    ordered = sorted(found, key=lambda entry: natural(entry.label.casefold()))
    choices = tuple((records.step(entry.iri), entry.label) for entry in ordered)
    default = _DEFAULT if names.ID + _DEFAULT in site.catalogue else next((value for value, _ in choices), "")
    return (Filter("entity", "Entity", choices, default),)


def draw(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The neighbourhood of the chosen entity."""
    iri = names.ID + chosen["entity"]
    name = site.catalogue.label(iri)
    relations = relate(site, iri)
    drawing = Drawing(
        "neighbourhood",
        f"What is linked to {name}",
        f"In the middle {name}; around it {len(relations)} relations, each with the entities it leads to. "
        "The table below lists all of them.",
        _WIDTH,
        link,
    )
    left, right = _sides(relations)
    height = max(_height(left), _height(right), 120.0)
    drawing.height = height + 8
    middle = (_HALF, height / 2)
    nodes = [*_place(right, 1, height), *_place(left, -1, height)]
    for relation, sign, y, leaf_ys in nodes:
        _lines(drawing, relation, sign, y, leaf_ys, middle)
    for relation, sign, y, leaf_ys in nodes:
        _names(drawing, site, relation, sign, y, leaf_ys, middle)
    _centre(drawing, iri, name, middle)
    return Figure(
        drawing, _NOTE, ("Relation", "Direction", "Neighbour", "Kind"), tuple(_rows(site, relations))
    )


def relate(site: Site, iri: str) -> list[Relation]:
    """The relations of an entity to other entities of ours, in reading order, outward ones first."""
    found: dict[tuple[bool, str], list[str]] = defaultdict(list)
    for edge in neighbours.of(site.graph, iri):
        if edge.iri in site.catalogue and edge.property not in _CLAIMED:
            found[edge.direction == neighbours.IN, edge.property].append(edge.iri)
    return [
        Relation(property_, site.catalogue.label(property_), inward, tuple(dict.fromkeys(iris)))
        for (inward, property_), iris in found.items()
    ]


def _sides(relations: Sequence[Relation]) -> tuple[list[Relation], list[Relation]]:
    """The relations on the left and on the right, as many lines on both; in order from the top right."""
    total, right = sum(relation.leaves for relation in relations), list[Relation]()
    for relation in relations:
        taken = sum(one.leaves for one in right)
        if taken and taken + relation.leaves / 2 > total / 2:
            break
        right.append(relation)
    return list(reversed(relations[len(right) :])), right


def _height(relations: Sequence[Relation]) -> float:
    return sum(relation.leaves for relation in relations) * _LINE + max(len(relations) - 1, 0) * _GAP


Node = tuple[Relation, int, float, list[float]]


def _place(relations: Sequence[Relation], sign: int, height: float) -> Iterator[Node]:
    """Each relation with its side, its height and the heights of its neighbours."""
    y = (height - _height(relations)) / 2 + 4
    for relation in relations:
        ys = [y + _LINE * (index + 0.5) for index in range(relation.leaves)]
        yield relation, sign, sum(ys) / len(ys), ys
        y = ys[-1] + _LINE / 2 + _GAP


def _out(y: float, middle: tuple[float, float], reach: float) -> float:
    """How far out something stands at a height: on an arc round the middle, so that the whole is a fan."""
    share = (y - middle[1]) / max(middle[1], 1)
    return reach * (0.8 + 0.2 * math.sqrt(max(1 - share * share, 0)))


def _lines(
    drawing: Drawing, relation: Relation, sign: int, y: float, ys: list[float], middle: tuple[float, float]
) -> None:
    class_ = "link inward" if relation.inward else "link"
    x, top = middle
    start, end = x + sign * (_out(y, middle, _RELATION) - _BOX), x + sign * _out(y, middle, _RELATION)
    drawing.add("path", class_=class_, d=_curve(x, top, start, y))
    for leaf in ys:
        drawing.add("path", class_=class_, d=_curve(end, y, x + sign * (_out(leaf, middle, _LEAF) - 6), leaf))


def _names(
    drawing: Drawing,
    site: Site,
    relation: Relation,
    sign: int,
    y: float,
    ys: list[float],
    middle: tuple[float, float],
) -> None:
    end = middle[0] + sign * _out(y, middle, _RELATION)
    anchor = "start" if sign > 0 else "end"
    box = _BOX
    with drawing.link(
        relation.predicate, f"{relation.label}, {'leading here' if relation.inward else 'leading from here'}"
    ):
        printed = lines(relation.label, box - 8, 12)[:2]
        height = 10 + 14 * len(printed)
        drawing.add(
            "rect",
            class_="label-ground",
            x=min(end, end - sign * box),
            y=y - height / 2,
            width=box,
            height=height,
            rx=3,
        )
        for index, line in enumerate(printed):
            baseline = y + 4 + 14 * (index - (len(printed) - 1) / 2)
            drawing.text(end - sign * box / 2, baseline, fit(line, box - 4, 12), "small", "middle")
    for index, leaf in enumerate(ys):
        x = middle[0] + sign * _out(leaf, middle, _LEAF)
        if index < len(relation.shown):
            iri = relation.shown[index]
            label = site.catalogue.label(iri)
            with drawing.link(iri, label):
                shown = fit(label, _TEXT + _LEAF - abs(x - middle[0]))
                drawing.add(
                    "rect",
                    class_="target",
                    x=min(x, x + sign * width_of(shown)),
                    y=leaf - 12,
                    width=width_of(shown),
                    height=24,
                )
                drawing.add("circle", class_="node", cx=x - sign * 2, cy=leaf, r=4)
                drawing.text(x + sign * 7, leaf + 4.5, shown, anchor=anchor)
        else:
            drawing.text(x + sign * 7, leaf + 4.5, f"and {relation.more} more", "dim", anchor)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    bend = (to_x - x) * _BEND
    return f"M{x:.1f} {y:.1f}C{x + bend:.1f} {y:.1f} {to_x - bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _centre(drawing: Drawing, iri: str, name: str, middle: tuple[float, float]) -> None:
    shown = lines(name, 136)[:4]
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
            drawing.text(middle[0], y, fit(line, 150), "on-centre", "middle")


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
)
