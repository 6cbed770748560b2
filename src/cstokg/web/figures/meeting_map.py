"""The map of meetings: thin outlines, and a disc at each place where an organ met or was to meet."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
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
_PLACES = Path(__file__).with_name("towns.tsv")
_ORGAN = f"{namespaces.ID}organ/"

# Albers' equal-area conic projection: the two parallels that are true to scale, and the middle.
_SOUTH, _NORTH = math.radians(40.0), math.radians(60.0)
_CENTRE = (math.radians(52.0), math.radians(48.0))
_SCALE = 1180.0
_MIDDLE = (475.0, 285.0)

_SMALL = 12.0
_COLUMNS = ("Meeting", "Place", "On the map at", "When", "Standing", "Organs")
_NO_ENDORSEMENT = ("No endorsement of boundaries is implied.", "Outlines: Natural Earth")
_NOTE = (
    "A disc's area grows with the number of meetings; its filled part shows those held. Outlines after "
    "Natural Earth (public domain), simplified, for orientation only; no endorsement of boundaries is "
    "implied."
)


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

    def point(self, east: float, north: float) -> tuple[float, float]:
        """Return where a place, given in degrees of longitude and latitude, lies on the drawing."""
        x, y = project(east, north)
        return (x - self.left) * self.scale, (y - self.top) * self.scale


_WIDE = Layout("map", WIDE, 0, 0, 1000, 560, 9, "state", "town")
_NARROW = Layout("map-narrow", NARROW, 112, -30, 908, 560, 7, "country", "town country")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands on the map, and on which side its name; ``name`` if it is only a name."""

    x: float
    y: float
    side: str


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
    by_place = _by_place(site, meetings)
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
    spots = _spots(layout)
    for iri, spot in sorted(spots.items()):
        if spot.side == "name" and iri in site.catalogue:
            _draw_state(drawing, site, layout, iri, spot)
    for place, held_there in sorted(by_place.items(), key=lambda item: -len(item[1])):
        if place in spots:
            _draw_disc(drawing, site, layout, place, held_there, spots[place])
    drawing.height = _draw_legend(drawing, layout)
    note = f"{_missing(meetings, by_place)} {_NOTE}".strip()
    return Figure(drawing, note, _COLUMNS, tuple(_rows(site, meetings, by_place)))


@cache
def _spots(layout: Layout) -> dict[str, Spot]:
    """Return the places and names that the map can show, by their IRIs."""
    rows = [line.split("\t") for line in _PLACES.read_text(encoding="utf-8").splitlines()[1:]]
    screen = "wide" if layout is _WIDE else "narrow"
    return {
        namespaces.ID + step: Spot(*layout.point(float(east), float(north)), side)
        for step, east, north, side, screens in rows
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


def _draw_state(drawing: Drawing, site: Site, layout: Layout, iri: str, spot: Spot) -> None:
    label = site.catalogue.label(iri)
    # On a narrow map names stand too close for fingers.
    with drawing.link(iri, label) if layout is _WIDE else drawing.group():
        for index, line in enumerate(lines(label, 120)):
            drawing.text(spot.x, spot.y + 13 * index, line, f"{layout.state_class} halo", "middle")


def _draw_disc(
    drawing: Drawing, site: Site, layout: Layout, place: str, meetings: list[Meeting], spot: Spot
) -> None:
    held = sum(meeting.held for meeting in meetings)
    label = site.catalogue.label(place)
    counts = ", ".join(
        f"{number} {word}" for number, word in ((held, "held"), (len(meetings) - held, "announced")) if number
    )
    radius = layout.unit * math.sqrt(len(meetings))
    with drawing.link(place, f"{label}: {counts}"):
        drawing.add("circle", class_="target", cx=spot.x, cy=spot.y, r=max(radius, 13))
        drawing.add("circle", class_="announced", cx=spot.x, cy=spot.y, r=radius)
        if held:
            drawing.add("circle", class_="held", cx=spot.x, cy=spot.y, r=layout.unit * math.sqrt(held) - 1)
        if spot.side == "above":
            x, y, anchor = max(spot.x, width_of(counts, _SMALL) / 2 + 4), spot.y - radius - 20, "middle"
        else:
            sign, anchor = (1, "start") if spot.side == "right" else (-1, "end")
            x, y = spot.x + sign * (radius + 7), spot.y + 1
        drawing.text(x, y, label, f"{layout.town_class} halo", anchor)
        drawing.text(x, y + 15, counts, "small halo", anchor)


def _draw_legend(drawing: Drawing, layout: Layout) -> float:
    """Draw the key, and return its bottom."""
    y = layout.height + 20
    drawing.add("circle", class_="held", cx=10, cy=y, r=layout.unit - 1)
    drawing.text(26, y + 4, "one meeting held", "small")
    drawing.add("circle", class_="announced", cx=152, cy=y, r=layout.unit)
    drawing.text(168, y + 4, "one announced", "small")
    if layout is _WIDE:
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
    larger_places, spots = records.larger_places(site.graph), _spots(_WIDE)
    by_place = defaultdict(list)
    for meeting in meetings:
        place, passed = meeting.place, set[str]()
        while place in larger_places and place not in spots and place not in passed:
            passed.add(place)
            place = larger_places[place]
        if place:
            by_place[place].append(meeting)
    return dict(by_place)


def _missing(meetings: list[Meeting], by_place: dict[str, list[Meeting]]) -> str:
    """Return how many meetings are not on the map, in words; empty if all are."""
    missing = len(meetings) - sum(len(by_place[place]) for place in by_place if place in _spots(_WIDE))
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
