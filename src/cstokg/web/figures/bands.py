"""The ways of statements as bands between four columns."""

from collections import Counter
from collections.abc import Sequence

from cstokg.web import facets
from cstokg.web.figures.flows import DIRECT, VIA, Flow, Point, address
from cstokg.web.figures.svg import Drawing, lines
from cstokg.web.site import Site

_TOP = 34.0
_PITCH = 25.0  # pixels at least from one name to the next
_THICK = 5.0  # pixels for one statement
_BLOCK = 7.0
_LINE = 16.0
_NUMBER = 18.0  # for the number after a name
# Where each column has its blocks, and on which side of them the names.
_X = (200.0, 506.0, 712.0, 784.0)
_TITLES = ("relayed speaker", "speaker", "named source", "article")
_ROOM = (186.0, 280.0, 120.0, 196.0)


def draw(drawing: Drawing, site: Site, flows: Sequence[Flow], choices_: facets.Chosen) -> None:
    """The points of the flows in their columns, and the bands between them."""
    sizes = _sizes(flows)
    order = _order(site, flows, sizes)
    heights = {
        point: max(_PITCH, number * _THICK + 8, _LINE * len(_printed(site, point, number)) + 9)
        for point, number in sizes.items()
    }
    total = max(sum(heights[point] for point in column) for column in order)
    middles: dict[Point, float] = {}
    for column in order:
        spare = (total - sum(heights[point] for point in column)) / max(len(column), 1)
        y = _TOP
        for point in column:
            middles[point] = y + (heights[point] + spare) / 2
            y += heights[point] + spare
    drawing.height = _TOP + total + 6
    for index, title in enumerate(_TITLES):
        if order[index]:
            anchor, x = _side(index)
            drawing.text(x, 14, title, "small dim", anchor)
    _bands(drawing, site, flows, sizes, middles, choices_)
    for point, number in sorted(sizes.items()):
        _point(drawing, site, point, number, middles[point])


def _sizes(flows: Sequence[Flow]) -> Counter[Point]:
    """How many statements pass each point, on the side on which more do."""
    into, out = Counter[Point](), Counter[Point]()
    for flow in flows:
        out[flow.start] += flow.number
        into[flow.end] += flow.number
    return Counter({point: max(into[point], out[point]) for point in {*into, *out}})


def _order(site: Site, flows: Sequence[Flow], sizes: Counter[Point]) -> list[list[Point]]:
    """The points of each column from top to bottom: articles by name, the others near what they lead to."""
    columns: list[list[Point]] = [[], [], [], []]
    columns[3] = sorted(
        (point for point in sizes if point[0] == 3), key=lambda point: (point[1][-4:], point[1])
    )
    rank = {point: float(index) for index, point in enumerate(columns[3])}
    for column in (2, 1, 0):
        here = [point for point in sizes if point[0] == column]
        for point in here:
            ends = [
                (rank[flow.end], flow.number) for flow in flows if flow.start == point and flow.end in rank
            ]
            weight = sum(number for _, number in ends)
            rank[point] = (
                sum(place * number for place, number in ends) / weight if weight else float(len(rank))
            )
        columns[column] = sorted(
            here, key=lambda point: (rank[point], -sizes[point], site.catalogue.label(point[1]))
        )
        scale = max(len(columns[3]) - 1, 1) / max(len(here) - 1, 1)
        rank.update({point: index * scale for index, point in enumerate(columns[column])})
    return columns


def _bands(
    drawing: Drawing,
    site: Site,
    flows: Sequence[Flow],
    sizes: Counter[Point],
    middles: dict[Point, float],
    choices_: facets.Chosen,
) -> None:
    """The bands, side by side where they leave a point and where they reach one."""
    starts = _stack(flows, sizes, middles, leaving=True)
    ends = _stack(flows, sizes, middles, leaving=False)
    for flow in sorted(flows, key=lambda flow: (flow.sort != DIRECT, flow.sort != VIA, flow.start, flow.end)):
        left, right = _X[flow.start[0]] + _BLOCK, _X[flow.end[0]]
        top, to, thick = starts[flow], ends[flow], flow.number * _THICK
        bend = left + (right - left) / 2
        path = (
            f"M{left:.1f} {top:.1f}C{bend:.1f} {top:.1f} {bend:.1f} {to:.1f} {right:.1f} {to:.1f}"
            f"v{thick:.1f}C{bend:.1f} {to + thick:.1f} {bend:.1f} {top + thick:.1f} {left:.1f} "
            f"{top + thick:.1f}z"
        )
        names = [facets.label(site.catalogue, "speaker", point[1]) for point in (flow.start, flow.end)]
        with drawing.link_to(address(flow, choices_), f"{names[0]} to {names[1]}: {flow.number}"):
            drawing.add("path", class_=f"flow {flow.sort}", d=path)


def _stack(
    flows: Sequence[Flow], sizes: Counter[Point], middles: dict[Point, float], *, leaving: bool
) -> dict[Flow, float]:
    taken, found = Counter[Point](), {}
    for flow in sorted(flows, key=lambda flow: middles[flow.end if leaving else flow.start]):
        point = flow.start if leaving else flow.end
        found[flow] = middles[point] + (taken[point] - sizes[point] / 2) * _THICK
        taken[point] += flow.number
    return found


def _point(drawing: Drawing, site: Site, point: Point, number: int, y: float) -> None:
    column, iri = point
    label = facets.label(site.catalogue, "speaker", iri)
    anchor, x = _side(column)
    printed = _printed(site, point, number)
    height = _LINE * len(printed) + 8
    with drawing.link(iri, f"{label}: {number}"):
        drawing.add(
            "rect",
            class_="target",
            x=x - (_ROOM[column] if anchor == "end" else 0),
            y=y - height / 2,
            width=_ROOM[column],
            height=height,
        )
        drawing.add(
            "rect",
            class_="block",
            x=_X[column],
            y=y - number * _THICK / 2,
            width=_BLOCK,
            height=number * _THICK,
        )
        for index, line in enumerate(printed):
            drawing.text(x, y + 4.5 + _LINE * (index - (len(printed) - 1) / 2), line, "halo", anchor)


def _printed(site: Site, point: Point, number: int) -> list[str]:
    """The lines of a name, with the number of statements."""
    column, iri = point
    *above, last = lines(facets.label(site.catalogue, "speaker", iri), _ROOM[column] - _NUMBER)
    return [*above, f"{last}: {number}"]


def _side(column: int) -> tuple[str, float]:
    """On which side of its blocks a column has its names, and where they begin or end."""
    return ("start", _X[column] + _BLOCK + 8) if column == 3 else ("end", _X[column] - 8)
