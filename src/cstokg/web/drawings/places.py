"""The map of meeting places: thin outlines, and a disc at each place where an organ met or was to meet."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cstokg import names
from cstokg.web.drawings import choices, records
from cstokg.web.drawings.figure import Cell, Chosen, Figure, Filter, Kind
from cstokg.web.drawings.records import Meeting
from cstokg.web.drawings.svg import Drawing, Link, lines, width_of
from cstokg.web.site import Site

_HERE = Path(__file__).parent
_WIDTH, _HEIGHT = 1000.0, 560.0
_LEGEND = 34.0
# Albers' equal-area conic projection: the two parallels that are true to scale, and the middle.
_SOUTH, _NORTH = math.radians(40.0), math.radians(60.0)
_CENTRE = (math.radians(52.0), math.radians(48.0))
_SCALE = 1180.0
_MIDDLE = (475.0, 285.0)
_UNIT = 9.0  # pixels of radius for one meeting; the area grows with the number
_NOTE = (
    "A disc's area grows with the number of meetings; its filled part shows those held. Outlines after "
    "Natural Earth (public domain), simplified; they help to find one's way; no endorsement of boundaries is "
    "implied."
)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands on the map, and on which side its name."""

    x: float
    y: float
    side: str


def filters(site: Site) -> tuple[Filter, ...]:
    """State, topic, organ and years."""
    organs = sorted({organ for meeting in records.meetings(site.graph) for organ in meeting.organs})
    labels = tuple((organ.rpartition("/")[2], site.catalogue.label(organ)) for organ in organs)
    return (choices.state(site), choices.topic(site), Filter("organ", "Organ", labels), *choices.years())


def draw(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The map of what is chosen."""
    found = [
        one
        for one in records.narrowed(
            site.graph,
            records.meetings(site.graph),
            chosen["state"],
            chosen["topic"],
            chosen["from"],
            chosen["until"],
        )
        if not chosen["organ"] or f"{names.ID}organ/{chosen['organ']}" in one.organs
    ]
    places = _by_place(site, found)
    drawing = Drawing(
        "map",
        "Where the organs of the CSTO met, or were to meet",
        "At each place on the map a disc, filled for meetings held and open for meetings announced, with "
        "the numbers beside it. The table below lists every meeting with its place.",
        _WIDTH,
        link,
    )
    drawing.height = _HEIGHT + _LEGEND
    with drawing.group("defs"), drawing.group("clipPath", id="map-frame"):
        drawing.add("rect", width=_WIDTH, height=_HEIGHT)
    with drawing.group(clip_path="url(#map-frame)"):
        for class_, path in _outline():
            drawing.add("path", class_=class_, d=path)
    drawing.add("rect", class_="frame", x=0.5, y=0.5, width=_WIDTH - 1, height=_HEIGHT - 1)
    spots = _spots()
    for step, spot in sorted(spots.items()):
        if spot.side == "name" and names.ID + step in site.catalogue:
            label = site.catalogue.label(names.ID + step)
            with drawing.link(names.ID + step, label):
                for index, line in enumerate(lines(label, 120)):
                    drawing.text(spot.x, spot.y + 13 * index, line, "state halo", "middle")
    for place, meetings in sorted(places.items(), key=lambda row: -len(row[1])):
        if spot_of := spots.get(records.step(place)):
            _disc(drawing, site, place, meetings, spot_of)
    _legend(drawing)
    return Figure(
        drawing,
        f"{_missing(found, places, spots)} {_NOTE}".strip(),
        _COLUMNS,
        tuple(_rows(site, found, places)),
    )


def _disc(drawing: Drawing, site: Site, place: str, meetings: list[Meeting], spot: Spot) -> None:
    held = sum(one.held for one in meetings)
    label = site.catalogue.label(place)
    counts = ", ".join(
        f"{number} {word}" for number, word in ((held, "held"), (len(meetings) - held, "announced")) if number
    )
    radius = _UNIT * math.sqrt(len(meetings))
    with drawing.link(place, f"{label}: {counts}"):
        drawing.add("circle", class_="target", cx=spot.x, cy=spot.y, r=max(radius, 13))
        drawing.add("circle", class_="announced", cx=spot.x, cy=spot.y, r=radius)
        if held:
            drawing.add("circle", class_="held", cx=spot.x, cy=spot.y, r=_UNIT * math.sqrt(held) - 1)
        sign, anchor = (1, "start") if spot.side == "right" else (-1, "end")
        drawing.text(spot.x + sign * (radius + 7), spot.y + 1, label, "town halo", anchor)
        drawing.text(spot.x + sign * (radius + 7), spot.y + 16, counts, "small halo", anchor)


def _legend(drawing: Drawing) -> None:
    y = _HEIGHT + 20
    drawing.add("circle", class_="held", cx=10, cy=y, r=_UNIT - 1)
    drawing.text(26, y + 4, "one meeting held", "small")
    drawing.add("circle", class_="announced", cx=152, cy=y, r=_UNIT)
    drawing.text(168, y + 4, "one announced", "small")
    text = "No endorsement of boundaries is implied. Outlines: Natural Earth"
    drawing.text(_WIDTH - 2, y + 4, text, "small dim", "end")
    drawing.add(
        "line",
        class_="border",
        x1=_WIDTH - width_of(text, 12) - 40,
        x2=_WIDTH - width_of(text, 12) - 12,
        y1=y,
        y2=y,
    )


def _by_place(site: Site, found: list[Meeting]) -> dict[str, list[Meeting]]:
    """The meetings by place: a building counts as the town in which it lies."""
    larger, places = records.place_steps(site.graph), defaultdict(list)
    known = _spots()
    for meeting in found:
        place, seen = meeting.place, set[str]()
        while place in larger and records.step(place) not in known and place not in seen:
            seen.add(place)
            place = larger[place]
        if place:
            places[place].append(meeting)
    return dict(places)


def _missing(found: list[Meeting], places: dict[str, list[Meeting]], spots: dict[str, Spot]) -> str:
    shown = sum(len(meetings) for place, meetings in places.items() if records.step(place) in spots)
    rest = len(found) - shown
    if not rest:
        return ""
    verb = "is" if rest == 1 else "are"
    return f"{rest} of {len(found)} meetings {verb} not on the map, since no place of theirs is known."


_COLUMNS = ("Meeting", "Place", "On the map at", "When", "Standing", "Organs")


def _rows(site: Site, found: list[Meeting], places: dict[str, list[Meeting]]) -> Iterator[tuple[Cell, ...]]:
    at = {meeting.iri: place for place, meetings in places.items() for meeting in meetings}
    label = site.catalogue.label
    for one in found:
        place = at.get(one.iri, "")
        yield (
            Cell(label(one.iri), one.iri),
            Cell(label(one.place), one.place) if one.place else Cell("not given"),
            Cell(label(place), place) if place else Cell(""),
            Cell(one.when),
            Cell(one.standing),
            Cell(", ".join(label(organ) for organ in one.organs)),
        )


@cache
def _spots() -> dict[str, Spot]:
    """The places and names that the map can show, by the steps of their IRIs."""
    rows = [line.split("\t") for line in (_HERE / "towns.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    return {step: Spot(*project(float(east), float(north)), side) for step, east, north, side in rows}


@cache
def _outline() -> tuple[tuple[str, str], ...]:
    """The class and the path of each kind of line."""
    paths: dict[str, list[str]] = defaultdict(list)
    for line in (_HERE / "outline.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        kind, points = line.split("\t")
        drawn = [project(*map(float, point.split(","))) for point in points.split(" ")]
        steps = [f"{x:.0f} {y:.0f}" for x, y in drawn]
        if any(0 <= x <= _WIDTH and 0 <= y <= _HEIGHT for x, y in drawn):
            paths[kind].append(
                "M"
                + "L".join(dict.fromkeys(steps))
                + ("Z" if len(steps) > 2 and steps[0] == steps[-1] else "")
            )
    return tuple((kind, "".join(paths[kind])) for kind in sorted(paths))


def project(east: float, north: float) -> tuple[float, float]:
    """Where a place, given in degrees of longitude and latitude, lies on the map, in pixels."""
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


KIND = Kind(
    "map",
    "Where they met",
    "The places of the meetings, held and announced, as far as the articles name them.",
    filters,
    draw,
)
