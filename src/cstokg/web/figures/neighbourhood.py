"""The neighbourhood of one entity: what it links to and what links to it, in a fixed order, on both sides."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cstokg import namespaces
from cstokg.web.answers.tables import Cell
from cstokg.web.content import display, testimonies
from cstokg.web.content.articles import articles_of
from cstokg.web.content.catalogue import natural
from cstokg.web.content.facts import is_only_announced, property_label
from cstokg.web.content.graph import Graph, node
from cstokg.web.figures.figure import (
    WIDE,
    Bar,
    BarGroup,
    Figure,
    FigureKind,
    Filter,
    FilterValues,
    counted,
)
from cstokg.web.figures.svg import Drawing, Link, lines, width_of
from cstokg.web.site import Site

OUT, IN = "out", "in"

_DEFAULT = "body/csto"
_MOST_NAMED = 5  # neighbours of one relation that are named; the others are counted
# Links of claims, which repeat what the claims are about.
_OF_CLAIMS = frozenset(map(namespaces.expand, ("rdf:subject", "rdf:object")))
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
# Properties that would link almost everything with everything.
_LEFT_OUT = frozenset(
    namespaces.expand(name)
    for name in (
        *("ckg:basis", "ckg:evidence", "ckg:furniture", "ckg:modality", "ckg:rank", "ckg:spanOf"),
        *("dcterms:contributor", "dcterms:creator", "dcterms:isReplacedBy", "dcterms:type", "rdf:type"),
        "void:inDataset",
    )
)
_KEY = "Solid lines lead to what the entity links to, dashed lines to what links to the entity."
_NOTE = (
    "Claims about it, and what only repeats a link by inference, are left out. The table on the figure's "
    "page names every neighbour."
)

_NOTHING = "Nothing in the data fits"
_COLUMNS = ("Relation", "Direction", "Neighbour", "Kind")

_CENTRE_X = WIDE / 2
_LABEL_REACH, _NEIGHBOUR_REACH = 216.0, 258.0  # from the middle to the relations and neighbours, at most
_NAME_WIDTH = _CENTRE_X - _NEIGHBOUR_REACH - 14
_NAME_LINE = 16.0
_GAP = 15.0
_BEND = 0.55
_LABEL_WIDTH = 116.0

_PADDING = 9.0  # round the lines of a name, so that it is easy to tap


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


def neighbours_of(graph: Graph, iri: str) -> list[Neighbour]:
    """Return the edges of an entity in reading order; inferred ones only to neighbours without another edge.

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


@dataclass(frozen=True, slots=True)
class Relation:
    """A property, its direction, and the neighbours to which it leads."""

    predicate: str
    label: str
    inward: bool
    neighbours: tuple[str, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """The neighbours that are named in the drawing."""
        return self.neighbours if len(self.neighbours) <= _MOST_NAMED + 1 else self.neighbours[:_MOST_NAMED]

    @property
    def others(self) -> str:
        """What the drawing says of the other neighbours; empty if there are none."""
        number = len(self.neighbours) - len(self.named)
        return f"and {number} more" if number else ""

    @property
    def words(self) -> str:
        """The relation with its direction."""
        return f"{self.label}, {'leading here' if self.inward else 'leading from here'}"

    @property
    def line_class(self) -> str:
        """The style class of its lines."""
        return "link inward" if self.inward else "link"


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a relation in the drawing.

    Attributes:
        side: 1 on the right, -1 on the left.
        y: its height.
        ys: the heights of its neighbours that are named, and of the words for the others.
    """

    relation: Relation
    side: int
    y: float
    ys: list[float]


def filters(site: Site) -> tuple[Filter, ...]:
    """Return the filter for the entity in the middle."""
    entries = [
        entry for kind in display.read().orders["figure"] for entry in site.catalogue.by_kind.get(kind, ())
    ]
    entries.sort(key=lambda entry: natural(entry.label.casefold()))
    choices = tuple((entry.iri.removeprefix(namespaces.ID), entry.label) for entry in entries)
    default = _DEFAULT if namespaces.ID + _DEFAULT in site.catalogue else next(iter(dict(choices)), "")
    return (Filter("entity", "Entity", choices, default),)


def draw(site: Site, values: FilterValues, link: Link) -> Figure:
    """Return the neighbourhood of an entity, with the entity in the middle; empty without any entity."""
    if not values["entity"]:
        return _empty(link)
    iri = namespaces.ID + values["entity"]
    label, relations = site.catalogue.label(iri), _relations(site, iri)
    drawing = Drawing(
        "neighbourhood",
        f"What is linked to {label}",
        f"In the middle {label}; around it {len(relations)} relations, each with the entities it leads to. "
        "The table below lists all of them.",
        WIDE,
        link,
    )
    _draw_around(drawing, site, iri, relations)
    number = len({neighbour for relation in relations for neighbour in relation.neighbours})
    headline = f"{label} is linked to {counted(number, 'other')} in {counted(len(relations), 'way')}"
    rows = tuple(_rows(site, relations))
    articles = _articles(site, iri, relations)
    return Figure(
        drawing,
        headline,
        _NOTE,
        _COLUMNS,
        rows,
        tuple(_bars(site, relations)),
        articles,
        _KEY,
        caution=_caution(site, iri),
    )


def _empty(link: Link) -> Figure:
    drawing = Drawing("neighbourhood", "What is linked to an entity", _NOTHING, WIDE, link)
    drawing.text(0, 24, f"{_NOTHING}.")
    drawing.height = 40
    return Figure(drawing, _NOTHING, "", _COLUMNS, (), (), frozenset())


def _caution(site: Site, iri: str) -> str:
    """Return that no article reports the entity as a fact; empty if one does."""
    if is_only_announced(site.catalogue, iri):
        return "not confirmed: no article reports that it was held"
    how = testimonies.not_as_fact(site.graph).get(iri)
    return f"not a reported fact: {how}" if how else ""


def _articles(site: Site, iri: str, relations: Sequence[Relation]) -> frozenset[str]:
    """Return the articles that report both ends of a link; if none reports one end, those of the other."""
    own = frozenset((iri,)) if iri in site.references else articles_of(site.graph, (iri,))
    ends = [
        articles_of(site.graph, (neighbour,)) for relation in relations for neighbour in relation.neighbours
    ]
    return frozenset().union(*(own & end if own and end else own or end for end in ends))


def _bars(site: Site, relations: Sequence[Relation]) -> Iterator[BarGroup]:
    """Yield a list for each relation, without bars."""
    for relation in relations:
        entries = [Bar(site.catalogue.label(iri), iri) for iri in relation.named]
        if relation.others:
            entries.append(Bar(relation.others, ""))
        yield BarGroup(relation.words, relation.predicate, tuple(entries))


def _relations(site: Site, iri: str) -> list[Relation]:
    """Return the relations of an entity to other entities of ours in reading order, outward ones first."""
    ends: dict[tuple[bool, str, str], list[str]] = defaultdict(list)
    for edge in neighbours_of(site.graph, iri):
        if edge.iri in site.catalogue and edge.property not in _OF_CLAIMS:
            inward = edge.direction == IN
            label = property_label(site.catalogue, edge.iri if inward else iri, edge.property)
            ends[inward, edge.property, label].append(edge.iri)
    return [
        Relation(property_, label, inward, tuple(dict.fromkeys(iris)))
        for (inward, property_, label), iris in ends.items()
    ]


def _rows(site: Site, relations: Sequence[Relation]) -> Iterator[tuple[Cell, ...]]:
    label = site.catalogue.label
    for relation in relations:
        for iri in relation.neighbours:
            yield (
                Cell(relation.label, relation.predicate),
                Cell("leads here" if relation.inward else "leads there"),
                Cell(label(iri), iri),
                Cell(label(class_) if (class_ := site.catalogue.class_of(iri)) else ""),
            )


def _draw_around(drawing: Drawing, site: Site, iri: str, relations: Sequence[Relation]) -> None:
    """Draw the entity in the middle, its relations on both sides, and their neighbours outside."""
    left, right = _sides(site, relations)
    height = max(_height(site, left), _height(site, right), 120.0)
    drawing.height = height + 8
    centre_y = height / 2
    places = [*_places(site, right, 1, height), *_places(site, left, -1, height)]
    for place in places:
        _draw_lines(drawing, place, centre_y)
    for place in places:
        _draw_relation(drawing, place, centre_y)
        _draw_neighbours(drawing, site, place, centre_y)
    _draw_centre(drawing, iri, site.catalogue.whole_label(iri), centre_y)


def _printed(site: Site, relation: Relation) -> list[list[str]]:
    """Return the lines for each neighbour that is named, and for the others."""
    names = [lines(site.catalogue.whole_label(iri), _NAME_WIDTH) for iri in relation.named]
    return [*names, [relation.others]] if relation.others else names


def _heights(site: Site, relation: Relation) -> list[float]:
    return [len(printed) * _NAME_LINE + _PADDING for printed in _printed(site, relation)]


def _height(site: Site, relations: Sequence[Relation]) -> float:
    return sum(sum(_heights(site, relation)) for relation in relations) + max(len(relations) - 1, 0) * _GAP


def _sides(site: Site, relations: Sequence[Relation]) -> tuple[list[Relation], list[Relation]]:
    """Return the relations on the left and on the right, about as many on each; the first is top right."""
    total, right = _height(site, relations), list[Relation]()
    for relation in relations:
        height = _height(site, right)
        if height and height + _height(site, [relation]) / 2 > total / 2:
            break
        right.append(relation)
    return list(reversed(relations[len(right) :])), right


def _places(site: Site, relations: Sequence[Relation], side: int, height: float) -> Iterator[Place]:
    y = (height - _height(site, relations)) / 2 + 4
    for relation in relations:
        ys = []
        for name_height in _heights(site, relation):
            ys.append(y + name_height / 2)
            y += name_height
        yield Place(relation, side, (ys[0] + ys[-1]) / 2, ys)
        y += _GAP


def _reach(y: float, centre_y: float, most: float) -> float:
    """Return how far from the middle something at a height is, on an arc."""
    share = (y - centre_y) / max(centre_y, 1)
    return most * (0.8 + 0.2 * math.sqrt(max(1 - share * share, 0)))


def _draw_lines(drawing: Drawing, place: Place, centre_y: float) -> None:
    y, side, class_ = place.y, place.side, place.relation.line_class
    reach = _reach(y, centre_y, _LABEL_REACH)
    start, end = _CENTRE_X + side * (reach - _LABEL_WIDTH), _CENTRE_X + side * reach
    drawing.add("path", class_=class_, d=_curve(_CENTRE_X, centre_y, start, y))
    for to_y in place.ys:
        to_x = _CENTRE_X + side * (_reach(to_y, centre_y, _NEIGHBOUR_REACH) - 6)
        drawing.add("path", class_=class_, d=_curve(end, y, to_x, to_y))


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    bend = (to_x - x) * _BEND
    return f"M{x:.1f} {y:.1f}C{x + bend:.1f} {y:.1f} {to_x - bend:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _draw_relation(drawing: Drawing, place: Place, centre_y: float) -> None:
    relation, side, y = place.relation, place.side, place.y
    end = _CENTRE_X + side * _reach(y, centre_y, _LABEL_REACH)
    left = min(end, end - side * _LABEL_WIDTH)
    printed = lines(relation.label, _LABEL_WIDTH - 8, 12)
    height = 10 + 14 * len(printed)
    with drawing.link(relation.predicate, relation.words):
        drawing.add(
            "rect", class_="label-ground", x=left, y=y - height / 2, width=_LABEL_WIDTH, height=height, rx=3
        )
        for index, line in enumerate(printed):
            baseline = y + 4 + 14 * (index - (len(printed) - 1) / 2)
            drawing.text(end - side * _LABEL_WIDTH / 2, baseline, line, "small", "middle")


def _draw_neighbours(drawing: Drawing, site: Site, place: Place, centre_y: float) -> None:
    relation, side = place.relation, place.side
    anchor = "start" if side > 0 else "end"
    for index, (printed, y) in enumerate(zip(_printed(site, relation), place.ys, strict=True)):
        x = _CENTRE_X + side * _reach(y, centre_y, _NEIGHBOUR_REACH)
        if index == len(relation.named):
            drawing.text(x + side * 7, y + 4.5, printed[0], "dim", anchor)
            continue
        iri, width, height = relation.named[index], max(map(width_of, printed)), len(printed) * _NAME_LINE + 8
        left = min(x, x + side * width)
        with drawing.link(iri, site.catalogue.label(iri)):
            drawing.add("rect", class_="target", x=left, y=y - height / 2, width=width, height=height)
            drawing.add("circle", class_="node", cx=x - side * 2, cy=y, r=4)
            for number, line in enumerate(printed):
                baseline = y + 4.5 + _NAME_LINE * (number - (len(printed) - 1) / 2)
                drawing.text(x + side * 7, baseline, line, anchor=anchor)


def _draw_centre(drawing: Drawing, iri: str, label: str, centre_y: float) -> None:
    printed = lines(label, 136)
    height = 17 * len(printed) + 14
    top = centre_y - height / 2
    with drawing.link(iri, label):
        drawing.add("rect", class_="centre", x=_CENTRE_X - 78, y=top, width=156, height=height, rx=6)
        for index, line in enumerate(printed):
            drawing.text(_CENTRE_X, top + 20 + 17 * index, line, "on-centre", "middle")


KIND = FigureKind(
    "neighbourhood",
    "Links of one entity",
    "One entity, with everything that it links to and everything that links to it.",
    filters,
    draw,
)
