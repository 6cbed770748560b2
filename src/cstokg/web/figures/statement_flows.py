"""Statement flows: how each statement came from its speaker, through others and outlets, into an article."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cstokg.web.answers.tables import Cell
from cstokg.web.content import facets
from cstokg.web.content.articles import articles_of
from cstokg.web.content.statements import NONE, Statement, passed_on
from cstokg.web.figures.figure import (
    WIDE,
    Bar,
    BarGroup,
    Figure,
    FigureKind,
    FilterValues,
    counted,
    facet_choices,
    joined,
    lengths,
    narrow_statements,
    scope_of_statements,
    usual_filters,
)
from cstokg.web.figures.svg import Drawing, Link, lines, width_of
from cstokg.web.site import Site

# The kinds of flow: words of another speaker passed on, through a named outlet, or with no outlet named.
_RELAYED, _OUTLET, _DIRECT = "relayed", "via", "direct"
_WORDS = {_RELAYED: "passed on", _OUTLET: "through the outlet", _DIRECT: "no outlet named"}
_TITLE = "How statements reached the articles"
_KEY = "A band is as thick as the number of statements that took this way."
_ONCE = "What one speaker said and another passes on counts once, with the one who passes it on."
_LEGEND = (
    (_RELAYED, "a speaker passes on what somebody else said"),
    (_OUTLET, "the article names another outlet as its source"),
    (_DIRECT, "the article names no other outlet"),
)

_FACETS = ("relayed", "speaker", "outlet", "article")  # of the columns of bands, from left to right
_LINE = 16.0

_HEADINGS = ("relayed speaker", "speaker", "named source", "article")
_COLUMN_X = (150.0, 506.0, 712.0, 784.0)  # where each column has its blocks
_COLUMN_ROOM = (136.0, 280.0, 120.0, 196.0)  # how wide its names may be
_TOP = 34.0
_PITCH = 25.0  # the least distance from one name to the next, in pixels
_BAND_UNIT = 5.0  # pixels of thickness for one statement
_BLOCK = 7.0
_TURN = 60.0  # pixels after which a band from the first column is level, before the names of the second
_NUMBER = 18.0  # for the number after a name

Point = tuple[int, str]  # column and IRI
Path = tuple[str, str, str, str]  # article, speaker, outlet, and the speaker whose words are passed on


@dataclass(frozen=True, slots=True)
class Flow:
    """The statements that went from one point to the next in one way."""

    start: Point
    end: Point
    kind: str
    statements: tuple[str, ...] = field(default=())

    @property
    def number(self) -> int:
        """How many statements."""
        return len(self.statements)


def draw(site: Site, values: FilterValues, link: Link) -> Figure:
    """Return the flows of the statements for some values of the filters."""
    statements = _statements(site, values)
    drawing = Drawing(
        "relays",
        _TITLE,
        "Four columns from left to right: speakers whose words others pass on, speakers, outlets named "
        "as sources, and articles; bands between them, as thick as the number of statements. "
        "The table below lists them.",
        WIDE,
        link,
    )
    choices = facet_choices(site, values, statements)
    if statements:
        _draw_bands(drawing, site, _flows(statements), choices)
    else:
        drawing.text(0, 24, "No statement fits.")
        drawing.height = 40
    columns, rows = ("From", "To", "Way", "Statements"), tuple(_rows(site, _flows(statements)))
    bars = tuple(_bars(site, statements, choices))
    articles = articles_of(site.graph, (statement.iri for statement in statements))
    note = _ONCE if any(statement.relayed for statement in statements) else ""
    return Figure(drawing, _headline(site, values, statements), note, columns, rows, bars, articles, _KEY)


def _headline(site: Site, values: FilterValues, statements: Sequence[Statement]) -> str:
    """Return for how many statements no other outlet is named, and which outlet is named most often."""
    outlets = Counter(statement.values_of_facet("outlet")[0] for statement in statements)
    total, scope = len(statements), scope_of_statements(site, values)
    if not total:
        return "No statement fits"
    own = outlets.pop(NONE, 0)
    if own == total == 1:
        return f"For the one statement{scope} the article names no other outlet as its source"
    if own == total:
        return f"For none of the {total} statements{scope} do the articles name another outlet as the source"
    if own:
        among = f"{own} of {counted(total, 'statement')}{scope}"
        words = f"For {among} the articles name no other outlet as the source"
    else:
        among = f"all {total} statements" if total > 1 else "the one statement"
        words = f"For {among}{scope} the articles name another outlet as the source"
    most = max(outlets.values())
    names = sorted(_name(site, iri) for iri in outlets if outlets[iri] == most)
    return f"{words}; for {most}{' each' if len(names) > 1 else ''} they name {joined(names)}"


def _bars(site: Site, statements: Sequence[Statement], choices: facets.Chosen) -> Iterator[BarGroup]:
    """Yield a list for each article, with a bar for each path into it."""
    counts = Counter(path for statement in statements for path in _paths(statement))
    most = max(counts.values(), default=1)
    for article in sorted({path[0] for path in counts}, key=site.by_day):
        paths = [path for path in counts if path[0] == article]
        paths.sort(key=lambda path: (path[3] != "", -counts[path], path))
        total = sum(counts[path] for path in paths if not path[3])
        bars = tuple(
            Bar(
                _path_label(site, path),
                _path_address(path, choices),
                str(counts[path]),
                lengths(counts[path], most),
            )
            for path in paths
        )
        yield BarGroup(f"{_name(site, article)}: {total}", article, bars)


def _statements(site: Site, values: FilterValues) -> list[Statement]:
    """Return the statements that fit, without those that another one of them passes on."""
    fitting = narrow_statements(site, values)
    twice = passed_on(fitting)
    return [statement for statement in fitting if statement not in twice]


def _flows(statements: Sequence[Statement]) -> list[Flow]:
    """Return the flows of some statements, in a fixed order."""
    flows: dict[tuple[Point, Point, str], list[str]] = defaultdict(list)
    for statement in statements:
        speaker, outlet = statement.speakers[0], statement.values_of_facet("outlet")[0]
        for article in statement.values_of_facet("article"):
            if outlet == NONE:
                flows[(1, speaker), (3, article), _DIRECT].append(statement.iri)
            else:
                flows[(1, speaker), (2, outlet), _OUTLET].append(statement.iri)
                flows[(2, outlet), (3, article), _OUTLET].append(statement.iri)
        for other in statement.relayed:
            flows[(0, other), (1, speaker), _RELAYED].append(statement.iri)
    return [Flow(*way, tuple(flows[way])) for way in sorted(flows)]


def _name(site: Site, iri: str) -> str:
    return facets.label(site.catalogue, "speaker", iri)


def _rows(site: Site, flows: Sequence[Flow]) -> Iterator[tuple[Cell, ...]]:
    for flow in flows:
        ends = [Cell(_name(site, iri), "" if iri == NONE else iri) for _, iri in (flow.start, flow.end)]
        yield (*ends, Cell(_WORDS[flow.kind]), Cell(str(flow.number), numeric=True))


def _draw_bands(drawing: Drawing, site: Site, flows: Sequence[Flow], choices: facets.Chosen) -> None:
    """Draw the points of the flows in their columns, and the bands between them."""
    sizes = _sizes(flows)
    columns = _columns(site, flows, sizes)
    heights = {
        point: max(_PITCH, size * _BAND_UNIT + 8, _LINE * len(_point_lines(site, point, size)) + 9)
        for point, size in sizes.items()
    }
    total = max(sum(heights[point] for point in column) for column in columns)
    middles: dict[Point, float] = {}
    for column in columns:
        spare = (total - sum(heights[point] for point in column)) / max(len(column), 1)
        y = _TOP
        for point in column:
            middles[point] = y + (heights[point] + spare) / 2
            y += heights[point] + spare
    drawing.height = _draw_legend(drawing, _TOP + total + 24)
    for index, heading in enumerate(_HEADINGS):
        if columns[index]:
            anchor, x = _name_side(index)
            drawing.text(x, 14, heading, "small dim", anchor)
    starts = _band_tops(flows, sizes, middles, leaving=True)
    ends = _band_tops(flows, sizes, middles, leaving=False)
    kinds = (_DIRECT, _OUTLET, _RELAYED)  # those behind first
    for flow in sorted(flows, key=lambda flow: (kinds.index(flow.kind), flow.start, flow.end)):
        names = [_name(site, iri) for _, iri in (flow.start, flow.end)]
        label = f"{names[0]} to {names[1]}: {flow.number}"
        with drawing.link(_flow_address(flow, choices), label):
            drawing.add("path", class_=f"flow {flow.kind}", d=_band_path(flow, starts[flow], ends[flow]))
    for point, size in sorted(sizes.items()):
        _draw_point(drawing, site, point, size, middles[point])


def _draw_legend(drawing: Drawing, y: float) -> float:
    """Draw the key to the kinds of band, and return its bottom."""
    x = 0.0
    for kind, words in _LEGEND:
        drawing.add("rect", class_=f"flow {kind}", x=x + 1, y=y - 9, width=28, height=12)
        drawing.text(x + 38, y + 1, words, "small")
        x += 62 + width_of(words, 12)
    return y + 10


def _sizes(flows: Sequence[Flow]) -> Counter[Point]:
    """Return how many statements arrive at each point or leave it, whichever is more."""
    arriving, leaving = Counter[Point](), Counter[Point]()
    for flow in flows:
        leaving[flow.start] += flow.number
        arriving[flow.end] += flow.number
    return arriving | leaving


def _columns(site: Site, flows: Sequence[Flow], sizes: Counter[Point]) -> list[list[Point]]:
    """Return the points from top to bottom: articles by year, the others near what they lead to."""
    columns: list[list[Point]] = [[], [], [], []]
    articles = (point for point in sizes if point[0] == 3)
    columns[3] = sorted(articles, key=lambda point: site.by_day(point[1]))
    rank = {point: float(index) for index, point in enumerate(columns[3])}
    for column in (2, 1, 0):
        points = [point for point in sizes if point[0] == column]
        for point in points:
            ends = [
                (rank[flow.end], flow.number) for flow in flows if flow.start == point and flow.end in rank
            ]
            weight = sum(number for _, number in ends)
            mean = sum(place * number for place, number in ends) / weight if weight else len(rank)
            rank[point] = float(mean)
        columns[column] = sorted(
            points, key=lambda point: (rank[point], -sizes[point], site.catalogue.label(point[1]))
        )
        scale = max(len(columns[3]) - 1, 1) / max(len(points) - 1, 1)
        rank.update({point: index * scale for index, point in enumerate(columns[column])})
    return columns


def _band_tops(
    flows: Sequence[Flow], sizes: Counter[Point], middles: dict[Point, float], *, leaving: bool
) -> dict[Flow, float]:
    """Return the top of each band where it leaves a point or where it reaches one, side by side."""
    used, tops = Counter[Point](), {}
    for flow in sorted(flows, key=lambda flow: middles[flow.end if leaving else flow.start]):
        point = flow.start if leaving else flow.end
        tops[flow] = middles[point] + (used[point] - sizes[point] / 2) * _BAND_UNIT
        used[point] += flow.number
    return tops


def _band_path(flow: Flow, top: float, end_top: float) -> str:
    left, right = _COLUMN_X[flow.start[0]] + _BLOCK, _COLUMN_X[flow.end[0]]
    level = left + _TURN if flow.start[0] == 0 else right
    bend, thick = (left + level) / 2, flow.number * _BAND_UNIT
    return (
        f"M{left:.1f} {top:.1f}C{bend:.1f} {top:.1f} {bend:.1f} {end_top:.1f} {level:.1f} {end_top:.1f}"
        f"H{right:.1f}v{thick:.1f}H{level:.1f}"
        f"C{bend:.1f} {end_top + thick:.1f} {bend:.1f} {top + thick:.1f} {left:.1f} {top + thick:.1f}z"
    )


def _flow_address(flow: Flow, choices: facets.Chosen) -> str:
    choices = dict(choices)
    for column, iri in (flow.start, flow.end):
        choices[_FACETS[column]] = (facets.in_address(_FACETS[column], iri),)
    if flow.kind == _DIRECT:
        choices["outlet"] = (NONE,)
    return facets.address(choices)


def _draw_point(drawing: Drawing, site: Site, point: Point, size: int, y: float) -> None:
    column, iri = point
    anchor, x = _name_side(column)
    printed = _point_lines(site, point, size)
    height, room = _LINE * len(printed) + 8, _COLUMN_ROOM[column]
    left = x - (room if anchor == "end" else 0)
    with drawing.link(iri, f"{_name(site, iri)}: {size}"):
        drawing.add("rect", class_="target", x=left, y=y - height / 2, width=room, height=height)
        thick = size * _BAND_UNIT
        drawing.add("rect", class_="block", x=_COLUMN_X[column], y=y - thick / 2, width=_BLOCK, height=thick)
        for index, line in enumerate(printed):
            baseline = y + 4.5 + _LINE * (index - (len(printed) - 1) / 2)
            drawing.text_on_ground(x, baseline, line, "", anchor)


def _point_lines(site: Site, point: Point, size: int) -> list[str]:
    """Return the lines of a name, with the number of statements."""
    column, iri = point
    *above, last = lines(_name(site, iri), _COLUMN_ROOM[column] - _NUMBER)
    return [*above, f"{last}: {size}"]


def _name_side(column: int) -> tuple[str, float]:
    """Return how the names of a column are anchored, and where."""
    return ("start", _COLUMN_X[column] + _BLOCK + 8) if column == 3 else ("end", _COLUMN_X[column] - 8)


def _paths(statement: Statement) -> list[Path]:
    """Return the path of a statement into each article, and one for each speaker whose words it passes on."""
    speaker, outlet = statement.speakers[0], statement.values_of_facet("outlet")[0]
    return [
        (article, speaker, outlet, other)
        for article in statement.values_of_facet("article")
        for other in ("", *statement.relayed)
    ]


def _path_address(path: Path, choices: facets.Chosen) -> str:
    """Return the address of the statements that took a path."""
    article, speaker, outlet, other = path
    steps = {"article": article, "speaker": speaker, "outlet": outlet}
    if other:
        steps["relayed"] = other
    return facets.address(
        {**choices, **{name: (facets.in_address(name, iri),) for name, iri in steps.items()}}
    )


def _path_label(site: Site, path: Path) -> str:
    _, speaker, outlet, other = path
    start = f"{_name(site, other)}, passed on by {_name(site, speaker)}" if other else _name(site, speaker)
    through = "" if outlet == NONE else f" through {_name(site, outlet)}"
    return f"{start}{through}"


KIND = FigureKind(
    "relays",
    _TITLE,
    "Who made each statement, who passed it on, which outlet is named as its source, and which article "
    "reports it.",
    usual_filters,
    draw,
)
