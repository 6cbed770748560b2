"""Who relays whom: how words came from speakers, through others and outlets, into the articles."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cstokg.web import facets, said
from cstokg.web.drawings import choices, records
from cstokg.web.drawings.figure import Cell, Chosen, Figure, Filter, Kind
from cstokg.web.drawings.svg import Drawing, Link, fit, lines
from cstokg.web.said import NONE, Statement
from cstokg.web.site import Site

_WIDTH = 1000.0
_TOP = 34.0
_PITCH = 25.0  # pixels at least from one name to the next
_THICK = 5.0  # pixels for one statement
_BLOCK = 7.0
# Where each column has its blocks, and on which side of them the names.
_X = (200.0, 506.0, 712.0, 784.0)
_TITLES = ("relayed speaker", "speaker", "named source", "article")
_ROOM = (176.0, 256.0, 120.0, 196.0)
_RELAYED, _VIA, _DIRECT = "relayed", "via", "direct"
_NOTE = (
    "A band is as thick as the number of statements that took this way. Orange: a speaker passes on what "
    "somebody else said. Blue: the article names an outlet as its source. Grey: the article names none."
)

Point = tuple[int, str]  # column and IRI


@dataclass(frozen=True, slots=True)
class Flow:
    """The statements that went one way: from a point to the next, of which sort, and of which article."""

    start: Point
    end: Point
    sort: str
    statements: tuple[str, ...] = field(default=())

    @property
    def number(self) -> int:
        """How many statements."""
        return len(self.statements)


def filters(site: Site) -> tuple[Filter, ...]:
    """State, topic and years."""
    return (choices.state(site), choices.topic(site), *choices.years())


def draw(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The ways of the statements that are chosen; with each the speakers whose words it passes on."""
    topics = (
        choices.within(records.broader(site.graph), choices.topic_iri(chosen["topic"]))
        if chosen["topic"]
        else set()
    )
    kept = [row for row in said.read(site.graph) if _fits(row, chosen, topics)]
    flows = ways(kept)
    drawing = Drawing(
        "relays",
        "Who relays whom",
        "Four columns from left to right: speakers whose words others pass on, speakers, outlets named "
        "as sources, and articles; bands between them, as thick as the number of statements. "
        "The table below lists them.",
        _WIDTH,
        link,
    )
    if flows:
        _paint(drawing, site, flows, _choices(kept, chosen, topics))
    else:
        drawing.text(0, 24, "No statement fits.")
        drawing.height = 40
    return Figure(drawing, _NOTE, ("From", "To", "Way", "Statements"), tuple(_rows(site, flows)))


def ways(kept: Sequence[Statement]) -> list[Flow]:
    """The flows of some statements, in a fixed order."""
    found: dict[tuple[Point, Point, str], list[str]] = defaultdict(list)
    for row in kept:
        speaker, outlet = row.speakers[0], row.of("outlet")[0]
        for article in row.of("article"):
            if outlet == NONE:
                found[(1, speaker), (3, article), _DIRECT].append(row.iri)
            else:
                found[(1, speaker), (2, outlet), _VIA].append(row.iri)
                found[(2, outlet), (3, article), _VIA].append(row.iri)
        for other in row.relayed:
            found[(0, other), (1, speaker), _RELAYED].append(row.iri)
    return [Flow(*way, tuple(found[way])) for way in sorted(found)]


def _fits(row: Statement, chosen: Chosen, topics: set[str]) -> bool:
    year = row.of("year")[0]
    if (chosen["from"] or chosen["until"]) and year == NONE:
        return False
    return (
        (not chosen["state"] or choices.state_iri(chosen["state"]) in row.states)
        and (not topics or bool(topics & set(row.of("topic"))))
        and (not chosen["from"] or year >= chosen["from"])
        and (not chosen["until"] or year <= chosen["until"])
    )


def _choices(kept: Sequence[Statement], chosen: Chosen, topics: set[str]) -> facets.Chosen:
    """What is chosen here, as the statements browser has it."""
    found: dict[str, tuple[str, ...]] = {}
    if chosen["state"]:
        found["state"] = (chosen["state"],)
    if topics:
        found["topic"] = tuple(facets.step("topic", topic) for topic in topics)
    if chosen["from"] or chosen["until"]:
        found["year"] = tuple({row.of("year")[0] for row in kept})
    return found


def _paint(drawing: Drawing, site: Site, flows: Sequence[Flow], choices_: facets.Chosen) -> None:
    sizes = _sizes(flows)
    order = _order(site, flows, sizes)
    heights = {point: max(_PITCH, number * _THICK + 8) for point, number in sizes.items()}
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
    for flow in sorted(
        flows, key=lambda flow: (flow.sort != _DIRECT, flow.sort != _VIA, flow.start, flow.end)
    ):
        left, right = _X[flow.start[0]] + _BLOCK, _X[flow.end[0]]
        top, to, thick = starts[flow], ends[flow], flow.number * _THICK
        bend = left + (right - left) / 2
        path = (
            f"M{left:.1f} {top:.1f}C{bend:.1f} {top:.1f} {bend:.1f} {to:.1f} {right:.1f} {to:.1f}"
            f"v{thick:.1f}C{bend:.1f} {to + thick:.1f} {bend:.1f} {top + thick:.1f} {left:.1f} "
            f"{top + thick:.1f}z"
        )
        names = [facets.label(site.catalogue, "speaker", point[1]) for point in (flow.start, flow.end)]
        with drawing.link_to(_address(flow, choices_), f"{names[0]} to {names[1]}: {flow.number}"):
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
    printed = (
        lines(f"{label}: {number}", _ROOM[column])
        if column == 3
        else [f"{fit(label, _ROOM[column])}: {number}"]
    )
    with drawing.link(iri, f"{label}: {number}"):
        drawing.add(
            "rect",
            class_="target",
            x=x - (_ROOM[column] if anchor == "end" else 0),
            y=y - 12,
            width=_ROOM[column],
            height=24,
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
            drawing.text(x, y + 4.5 + 16 * (index - (len(printed) - 1) / 2), line, "halo", anchor)


def _side(column: int) -> tuple[str, float]:
    """On which side of its blocks a column has its names, and where they begin or end."""
    return ("start", _X[column] + _BLOCK + 8) if column == 3 else ("end", _X[column] - 8)


def _address(flow: Flow, choices_: facets.Chosen) -> str:
    """The statements of a band."""
    chosen = dict(choices_)
    for column, iri in (flow.start, flow.end):
        name = ("relayed", "speaker", "outlet", "article")[column]
        chosen[name] = (facets.step(name, iri),)
    if flow.sort == _DIRECT:
        chosen["outlet"] = (NONE,)
    return facets.address(chosen)


def _rows(site: Site, flows: Sequence[Flow]) -> Iterator[tuple[Cell, ...]]:
    words = {_RELAYED: "passed on", _VIA: "through the outlet", _DIRECT: "no outlet named"}
    for flow in flows:
        ends = [
            Cell(facets.label(site.catalogue, "speaker", iri), "" if iri == NONE else iri)
            for _, iri in (flow.start, flow.end)
        ]
        yield (*ends, Cell(words[flow.sort]), Cell(str(flow.number)))


KIND = Kind(
    "relays",
    "Who relays whom",
    "From whose mouth, through which hands, into which article: the way of every statement.",
    filters,
    draw,
)
