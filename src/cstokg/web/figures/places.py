"""The map of meeting places: thin outlines, and a disc at each place where an organ met or was to meet."""

import math
from collections import defaultdict
from collections.abc import Iterator

from cstokg import namespaces
from cstokg.web import records
from cstokg.web.figures import choices
from cstokg.web.figures.atlas import NARROW, WIDE, Layout, Spot, outline, spots
from cstokg.web.figures.figure import Cell, Chosen, Figure, Filter, Kind
from cstokg.web.figures.svg import Drawing, Link, lines, width_of
from cstokg.web.records import Meeting
from cstokg.web.site import Site

_SMALL = 12.0
_UNENDORSED = ("No endorsement of boundaries is implied.", "Outlines: Natural Earth")
_NOTE = (
    "A disc's area grows with the number of meetings; its filled part shows those held. Outlines after "
    "Natural Earth (public domain), simplified; they help to find one's way; no endorsement of boundaries is "
    "implied."
)


def filters(site: Site) -> tuple[Filter, ...]:
    """State, topic, organ and years."""
    organs = sorted({organ for meeting in records.meetings(site.graph) for organ in meeting.organs})
    labels = tuple((organ.rpartition("/")[2], site.catalogue.label(organ)) for organ in organs)
    return (choices.state(site), choices.topic(site), Filter("organ", "Organ", labels), *choices.years())


def draw(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The map of what is chosen."""
    return _draw(site, chosen, link, WIDE)


def draw_narrow(site: Site, chosen: Chosen, link: Link) -> Figure:
    """The same for a narrow screen: less of what lies around, and the names of states are no links."""
    return _draw(site, chosen, link, NARROW)


def _draw(site: Site, chosen: Chosen, link: Link, layout: Layout) -> Figure:
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
        if not chosen["organ"] or f"{namespaces.ID}organ/{chosen['organ']}" in one.organs
    ]
    places = _by_place(site, found)
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
        for class_, path in outline(layout):
            drawing.add("path", class_=class_, d=path)
    drawing.add("rect", class_="frame", x=0.5, y=0.5, width=layout.width - 1, height=layout.height - 1)
    known = spots(layout)
    for step, spot in sorted(known.items()):
        if spot.side == "name" and namespaces.ID + step in site.catalogue:
            _state(drawing, site, layout, namespaces.ID + step, spot)
    for place, meetings in sorted(places.items(), key=lambda row: -len(row[1])):
        if spot_of := known.get(records.step(place)):
            _disc(drawing, site, layout, place, meetings, spot_of)
    drawing.height = _legend(drawing, layout)
    return Figure(
        drawing,
        f"{_missing(found, places)} {_NOTE}".strip(),
        _COLUMNS,
        tuple(_rows(site, found, places)),
    )


def _state(drawing: Drawing, site: Site, layout: Layout, iri: str, spot: Spot) -> None:
    label = site.catalogue.label(iri)
    # On a narrow map names stand too close for fingers.
    with drawing.link(iri, label) if layout is WIDE else drawing.group():
        for index, line in enumerate(lines(label, 120)):
            drawing.text(spot.x, spot.y + 13 * index, line, f"{layout.style} halo", "middle")


def _disc(
    drawing: Drawing, site: Site, layout: Layout, place: str, meetings: list[Meeting], spot: Spot
) -> None:
    held = sum(one.held for one in meetings)
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
        drawing.text(x, y, label, f"{layout.town} halo", anchor)
        drawing.text(x, y + 15, counts, "small halo", anchor)


def _legend(drawing: Drawing, layout: Layout) -> float:
    """The bottom of the key."""
    y = layout.height + 20
    drawing.add("circle", class_="held", cx=10, cy=y, r=layout.unit - 1)
    drawing.text(26, y + 4, "one meeting held", "small")
    drawing.add("circle", class_="announced", cx=152, cy=y, r=layout.unit)
    drawing.text(168, y + 4, "one announced", "small")
    if layout is WIDE:
        text = " ".join(_UNENDORSED)
        x = layout.width - width_of(text, _SMALL)
        drawing.text(layout.width - 2, y + 4, text, "small dim", "end")
        drawing.add("line", class_="border", x1=x - 40, x2=x - 12, y1=y, y2=y)
        return y + 14
    drawing.add("line", class_="border", x1=2, x2=20, y1=y + 22, y2=y + 22)
    for text in _UNENDORSED:
        y += 22
        drawing.text(26, y + 4, text, "small dim")
    return y + 10


def _by_place(site: Site, found: list[Meeting]) -> dict[str, list[Meeting]]:
    """The meetings by place: a building counts as the town in which it lies."""
    larger, places = records.place_steps(site.graph), defaultdict(list)
    known = spots(WIDE)
    for meeting in found:
        place, seen = meeting.place, set[str]()
        while place in larger and records.step(place) not in known and place not in seen:
            seen.add(place)
            place = larger[place]
        if place:
            places[place].append(meeting)
    return dict(places)


def _missing(found: list[Meeting], places: dict[str, list[Meeting]]) -> str:
    shown = sum(len(meetings) for place, meetings in places.items() if records.step(place) in spots(WIDE))
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


KIND = Kind(
    "map",
    "Where they met",
    "The places of the meetings, held and announced, as far as the articles name them.",
    filters,
    draw,
    draw_narrow,
)
