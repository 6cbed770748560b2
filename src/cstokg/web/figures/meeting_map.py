"""The map of meetings: thin outlines, and a disc at each place where an organ met or was to meet."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cstokg import namespaces
from cstokg.web import records
from cstokg.web.figures.figure import (
    NARROW,
    WIDE,
    Figure,
    FigureKind,
    Filter,
    FilterValues,
    state_filter,
    topic_filter,
    year_filters,
)
from cstokg.web.figures.svg import Drawing, Link, lines, width_of
from cstokg.web.records import Meeting
from cstokg.web.site import Site
from cstokg.web.tables import Cell

OUTLINES = Path(__file__).with_name("outline.tsv")
_STATE_NAMES = Path(__file__).with_name("state_names.tsv")  # where the names of states stand best
_ORGAN = f"{namespaces.ID}organ/"

# Albers' equal-area conic projection: the two parallels that are true to scale, and the middle.
_SOUTH, _NORTH = math.radians(40.0), math.radians(60.0)
_CENTRE = (math.radians(52.0), math.radians(48.0))
_SCALE = 1180.0
_MIDDLE = (475.0, 285.0)

_SMALL = 12.0
_NAME = 15.0
_MARGIN = 60.0  # pixels of the projection around a place
_STATE_WIDTH = 120.0  # a longer name of a state takes two lines
_SPACED = 1.12  # the letters of such names are wider apart
_COLUMNS = ("Meeting", "Place", "On the map at", "When", "Standing", "Organs")
_NO_ENDORSEMENT = ("No endorsement of boundaries is implied.", "Outlines: Natural Earth")
_NOTE = (
    "A disc's area grows with the number of meetings; its filled part shows those held. Outlines after "
    "Natural Earth (public domain), simplified, for orientation only; no endorsement of boundaries is "
    "implied."
)


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a drawing, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: "Box") -> bool:
        """Return whether the two have something in common."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)

    def is_within(self, other: "Box") -> bool:
        """Return whether nothing of it is outside the other."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


@dataclass(frozen=True, slots=True)
class Layout:
    """Which part of the projected map is shown, and how wide.

    Attributes:
        name: of the drawing.
        width: in pixels.
        left, top, right, bottom: of the part, in the pixels of the projection.
        unit: pixels of radius for one meeting; the area grows with the number.
        state_class, town_class: the style classes of the names of states and of towns.
    """

    name: str
    width: float
    left: float
    top: float
    right: float
    bottom: float
    unit: float
    state_class: str
    town_class: str

    @property
    def scale(self) -> float:
        """How much larger the map is than the projection."""
        return self.width / (self.right - self.left)

    @property
    def height(self) -> float:
        """In pixels, without the key."""
        return (self.bottom - self.top) * self.scale

    def radius(self, meetings: int) -> float:
        """Return the radius of a disc for so many meetings."""
        return self.unit * math.sqrt(meetings)

    def point(self, east: float, north: float) -> tuple[float, float]:
        """Return where a place, given in degrees of longitude and latitude, lies on the drawing."""
        x, y = project(east, north)
        return (x - self.left) * self.scale, (y - self.top) * self.scale


_WIDE = Layout("map", WIDE, 0, 0, 1000, 560, 9, "state", "town")
_NARROW = Layout("map-narrow", NARROW, 112, -30, 908, 560, 7, "country", "town country")


Spots = Mapping[str, tuple[float, float]]  # where something stands on a drawing, by its IRI


def filters(site: Site) -> tuple[Filter, ...]:
    """Return the filters: state, topic, organ and years."""
    organs = sorted({organ for meeting in records.meetings(site.graph) for organ in meeting.organs})
    choices = tuple((organ.rpartition("/")[2], site.catalogue.label(organ)) for organ in organs)
    return (state_filter(site), topic_filter(site), Filter("organ", "Organ", choices), *year_filters())


def draw(site: Site, values: FilterValues, link: Link) -> Figure:
    """Return the map for some values of the filters."""
    return _draw(site, values, link, _WIDE)


def draw_narrow(site: Site, values: FilterValues, link: Link) -> Figure:
    """Return the same for a narrow screen: less of what lies around, and no links at the names of states."""
    return _draw(site, values, link, _NARROW)


def project(east: float, north: float) -> tuple[float, float]:
    """Return the projection, in pixels, of a place given in degrees of longitude and latitude."""
    n = (math.sin(_SOUTH) + math.sin(_NORTH)) / 2
    c = math.cos(_SOUTH) ** 2 + 2 * n * math.sin(_SOUTH)
    rho, rho_centre = (
        math.sqrt(c - 2 * n * math.sin(angle)) / n for angle in (math.radians(north), _CENTRE[1])
    )
    theta = n * (math.radians(east) - _CENTRE[0])
    return (
        _MIDDLE[0] + _SCALE * rho * math.sin(theta),
        _MIDDLE[1] - _SCALE * (rho_centre - rho * math.cos(theta)),
    )


def _draw(site: Site, values: FilterValues, link: Link, layout: Layout) -> Figure:
    meetings = [
        meeting
        for meeting in records.narrow_meetings(
            site.graph, values["state"], values["topic"], values["from"], values["until"]
        )
        if not values["organ"] or _ORGAN + values["organ"] in meeting.organs
    ]
    coordinates = records.coordinates(site.graph)
    by_place = _by_place(site, meetings)
    layout = _fitted(layout, [coordinates[place] for place in by_place if place in coordinates])
    spots = {place: layout.point(*coordinates[place]) for place in by_place if place in coordinates}
    drawing = Drawing(
        layout.name,
        "Where the organs of the CSTO met, or were to meet",
        "At each place on the map a disc, filled for meetings held and open for meetings announced, with "
        "the numbers beside it. The table below lists every meeting with its place.",
        layout.width,
        link,
    )
    frame = f"{layout.name}-frame"
    with drawing.group("defs"), drawing.group("clipPath", id=frame):
        drawing.add("rect", width=layout.width, height=layout.height)
    with drawing.group(clip_path=f"url(#{frame})"):
        for class_, path in _outlines(layout):
            drawing.add("path", class_=class_, d=path)
    drawing.add("rect", class_="frame", x=0.5, y=0.5, width=layout.width - 1, height=layout.height - 1)
    for iri, spot in sorted(_state_names(layout).items()):
        if iri in site.catalogue:
            _draw_state(drawing, site, layout, iri, spot)
    taken = _occupied(site, layout, by_place, spots)
    for place, held_there in sorted(by_place.items(), key=lambda item: -len(item[1])):
        if place in spots:
            _draw_disc(drawing, site, layout, place, held_there, spots[place], taken)
    drawing.height = _draw_legend(drawing, layout)
    note = f"{_missing(meetings, by_place, spots)} {_NOTE}".strip()
    return Figure(drawing, note, _COLUMNS, tuple(_rows(site, meetings, by_place)))


def _fitted(layout: Layout, places: list[tuple[float, float]]) -> Layout:
    """Return the layout, with as much more of the map as it takes to show these places and their names."""
    points = [project(*place) for place in places]
    return replace(
        layout,
        left=min([layout.left, *(x - _MARGIN for x, _ in points)]),
        top=min([layout.top, *(y - _MARGIN for _, y in points)]),
        right=max([layout.right, *(x + _MARGIN for x, _ in points)]),
        bottom=max([layout.bottom, *(y + _MARGIN for _, y in points)]),
    )


@cache
def _state_names(layout: Layout) -> Spots:
    """Return where the names of states stand on a drawing, by their IRIs."""
    rows = [line.split("\t") for line in _STATE_NAMES.read_text(encoding="utf-8").splitlines()[1:]]
    screen = "wide" if layout.name == _WIDE.name else "narrow"
    return {
        namespaces.ID + step: layout.point(float(east), float(north))
        for step, east, north, screens in rows
        if screens in (screen, "both")
    }


@cache
def _outlines(layout: Layout) -> tuple[tuple[str, str], ...]:
    """Return the class and the path of each kind of line."""
    paths: dict[str, list[str]] = defaultdict(list)
    for line in OUTLINES.read_text(encoding="utf-8").splitlines()[1:]:
        kind, degrees = line.split("\t")
        points = [layout.point(*map(float, pair.split(","))) for pair in degrees.split(" ")]
        steps = [f"{x:.0f} {y:.0f}" for x, y in points]
        if any(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in points):
            end = "Z" if len(steps) > 2 and steps[0] == steps[-1] else ""
            paths[kind].append(f"M{'L'.join(dict.fromkeys(steps))}{end}")
    return tuple((kind, "".join(paths[kind])) for kind in sorted(paths))


def _draw_state(drawing: Drawing, site: Site, layout: Layout, iri: str, spot: tuple[float, float]) -> None:
    label = site.catalogue.label(iri)
    # On a narrow map names stand too close for fingers.
    with drawing.link(iri, label) if layout.name == _WIDE.name else drawing.group():
        for index, line in enumerate(lines(label, _STATE_WIDTH)):
            drawing.text(spot[0], spot[1] + 13 * index, line, f"{layout.state_class} halo", "middle")


def _draw_disc(
    drawing: Drawing,
    site: Site,
    layout: Layout,
    place: str,
    meetings: list[Meeting],
    at: tuple[float, float],
    taken: list[Box],
) -> None:
    at_x, at_y = at
    held = sum(meeting.held for meeting in meetings)
    label = site.catalogue.label(place)
    counts = ", ".join(
        f"{number} {word}" for number, word in ((held, "held"), (len(meetings) - held, "announced")) if number
    )
    radius = layout.radius(len(meetings))
    with drawing.link(place, f"{label}: {counts}"):
        drawing.add("circle", class_="target", cx=at_x, cy=at_y, r=max(radius, 13))
        drawing.add("circle", class_="announced", cx=at_x, cy=at_y, r=radius)
        if held:
            drawing.add("circle", class_="held", cx=at_x, cy=at_y, r=layout.radius(held) - 1)
        words = max(width_of(counts, _SMALL), width_of(label, _NAME))
        anchor, x, y = _beside(layout, words, radius, at, taken)
        taken.append(_text_box(anchor, x, y, words))
        drawing.text(x, y, label, f"{layout.town_class} halo", anchor)
        drawing.text(x, y + 15, counts, "small halo", anchor)


def _beside(
    layout: Layout, words: float, radius: float, at: tuple[float, float], taken: list[Box]
) -> tuple[str, float, float]:
    """Return where a name of this width stands at a disc: the anchor of its text, and its baseline.

    To the right, left, above or below, where it first stays on the drawing and touches nothing else.
    """
    x, y = at
    reach = radius + 7
    middle = min(max(x, words / 2 + 4), layout.width - words / 2 - 4)
    places = (
        ("start", x + reach, y + 1),
        ("end", x - reach, y + 1),
        ("middle", middle, y - radius - 22),
        ("middle", middle, y + radius + 15),
    )
    frame = Box(0, 0, layout.width, layout.height)
    return next(
        (
            place
            for place in places
            if (box := _text_box(*place, words)).is_within(frame) and not any(map(box.touches, taken))
        ),
        places[2],
    )


def _text_box(anchor: str, x: float, y: float, words: float) -> Box:
    """Return what the two lines of a name occupy, the first of them with its baseline at a height."""
    left = x - {"start": 0, "middle": words / 2, "end": words}[anchor]
    return Box(left, y - 13, left + words, y + 18)


def _occupied(site: Site, layout: Layout, by_place: Mapping[str, list[Meeting]], spots: Spots) -> list[Box]:
    """Return what the names of states and the discs occupy."""
    boxes = []
    for iri, (x, y) in _state_names(layout).items():
        printed = lines(site.catalogue.label(iri), _STATE_WIDTH) if iri in site.catalogue else []
        half = max((width_of(line, _SMALL) for line in printed), default=0) * _SPACED / 2
        boxes.append(Box(x - half, y - 10, x + half, y + 13 * (len(printed) - 1) + 3))
    for place, (x, y) in spots.items():
        radius = layout.radius(len(by_place[place]))
        boxes.append(Box(x - radius, y - radius, x + radius, y + radius))
    return boxes


def _draw_legend(drawing: Drawing, layout: Layout) -> float:
    """Draw the key, and return its bottom."""
    y = layout.height + 20
    drawing.add("circle", class_="held", cx=10, cy=y, r=layout.unit - 1)
    drawing.text(26, y + 4, "one meeting held", "small")
    drawing.add("circle", class_="announced", cx=152, cy=y, r=layout.unit)
    drawing.text(168, y + 4, "one announced", "small")
    if layout.name == _WIDE.name:
        text = " ".join(_NO_ENDORSEMENT)
        x = layout.width - width_of(text, _SMALL)
        drawing.text(layout.width - 2, y + 4, text, "small dim", "end")
        drawing.add("line", class_="border", x1=x - 40, x2=x - 12, y1=y, y2=y)
        return y + 14
    drawing.add("line", class_="border", x1=2, x2=20, y1=y + 22, y2=y + 22)
    for text in _NO_ENDORSEMENT:
        y += 22
        drawing.text(26, y + 4, text, "small dim")
    return y + 10


def _by_place(site: Site, meetings: list[Meeting]) -> dict[str, list[Meeting]]:
    """Return the meetings by place: a building counts as the town in which it lies."""
    larger_places, coordinates = records.larger_places(site.graph), records.coordinates(site.graph)
    by_place = defaultdict(list)
    for meeting in meetings:
        place, passed = meeting.place, set[str]()
        while place in larger_places and place not in coordinates and place not in passed:
            passed.add(place)
            place = larger_places[place]
        if place:
            by_place[place].append(meeting)
    return dict(by_place)


def _missing(meetings: list[Meeting], by_place: dict[str, list[Meeting]], spots: Spots) -> str:
    """Return how many meetings are not on the map, in words; empty if all are."""
    missing = len(meetings) - sum(len(by_place[place]) for place in by_place if place in spots)
    if not missing:
        return ""
    verb = "is" if missing == 1 else "are"
    return f"{missing} of {len(meetings)} meetings {verb} not on the map, because no place is known."


def _rows(
    site: Site, meetings: list[Meeting], by_place: dict[str, list[Meeting]]
) -> Iterator[tuple[Cell, ...]]:
    place_of = {meeting.iri: place for place, held_there in by_place.items() for meeting in held_there}
    label = site.catalogue.label
    for meeting in meetings:
        place = place_of.get(meeting.iri, "")
        yield (
            Cell(label(meeting.iri), meeting.iri),
            Cell(label(meeting.place), meeting.place) if meeting.place else Cell("not given"),
            Cell(label(place), place) if place else Cell(""),
            Cell(meeting.when),
            Cell(meeting.standing),
            Cell(", ".join(label(organ) for organ in meeting.organs)),
        )


KIND = FigureKind(
    "map",
    "Meeting places",
    "The places of the meetings, held and announced, as far as the articles name them.",
    filters,
    draw,
    draw_narrow,
)
