"""The map of meetings: coasts and no borders, and a disc at each place where an organ met or was to meet."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cstokg import namespaces
from cstokg.web.answers.tables import Cell
from cstokg.web.content.articles import articles_of
from cstokg.web.content.meetings import (
    Meeting,
    coordinates_of_places,
    counted_once,
    larger_places,
    organs_in_words,
    read_meetings,
    states_of_places,
)
from cstokg.web.figures.figure import (
    OTHER_GATHERINGS,
    WIDE,
    Bar,
    BarGroup,
    Figure,
    FigureKind,
    Filter,
    FilterValues,
    Part,
    articles_cell,
    counted,
    joined,
    left_out,
    meetings_in_words,
    narrow_meetings,
    not_to_attend,
    scope_of_meetings,
    scope_of_years,
    spelled,
    state_filter,
    topic_filter,
    year_filters,
)
from cstokg.web.figures.svg import Drawing, Link, width_of
from cstokg.web.site import Site

OUTLINES = Path(__file__).with_name("outline.tsv")
_ORGAN = f"{namespaces.ID}organ/"

# Albers' equal-area conic projection: the two parallels that are true to scale, and the middle.
_SOUTH, _NORTH = math.radians(40.0), math.radians(60.0)
_CENTRE = (math.radians(52.0), math.radians(48.0))
_SCALE = 1180.0
_MIDDLE = (475.0, 285.0)

_SMALL, _NAME, _LINE = 12.0, 16.0, 15.0
_MARGIN = 60.0  # pixels of the projection around a place
_UNIT = 9.0  # pixels of radius for one meeting; the area grows with the number
_STEP = 10  # degrees from one line of the graticule to the next
_SEAS = (("Black Sea", 34.5, 43.2), ("Caspian Sea", 51.2, 38.9), ("Baltic Sea", 18.7, 55.9))
_COLUMNS = ("Meeting", "Place", "On the map at", "When", "Standing", "Organs", "Articles")
_SHOWN = "The map shows coasts and places, and no borders. Coasts: Natural Earth, simplified."
_MOST_NAMED = 5  # places in the headline


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a drawing, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: "Box") -> bool:
        """Return whether the two boxes overlap."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.bottom <= other.top or other.bottom <= self.top)

    def is_within(self, other: "Box") -> bool:
        """Return whether all of it is inside the other box."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of the projected map is shown, in the pixels of the projection."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1000.0
    bottom: float = 560.0

    @property
    def scale(self) -> float:
        """How much larger the map is than the projection."""
        return WIDE / (self.right - self.left)

    @property
    def height(self) -> float:
        """In pixels, without the key."""
        return (self.bottom - self.top) * self.scale

    def point(self, east: float, north: float) -> tuple[float, float]:
        """Return where a place, given in degrees of longitude and latitude, lies on the drawing."""
        x, y = project(east, north)
        return (x - self.left) * self.scale, (y - self.top) * self.scale


Spots = Mapping[str, tuple[float, float]]  # the points of things on a drawing, by IRI


def filters(site: Site) -> tuple[Filter, ...]:
    """Return the filters: state, topic, organ and years."""
    organs = sorted({organ for meeting in read_meetings(site.graph) for organ in meeting.organs})
    choices = tuple((organ.rpartition("/")[2], site.catalogue.label(organ)) for organ in organs)
    return (state_filter(site), topic_filter(site), Filter("organ", "Organ", choices), *year_filters())


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


def draw(site: Site, values: FilterValues, link: Link) -> Figure:
    """Return the map for some values of the filters."""
    meetings = [
        meeting
        for meeting in narrow_meetings(site, values)
        if not values["organ"] or _ORGAN + values["organ"] in meeting.organs
    ]
    coordinates = coordinates_of_places(site.graph)
    by_place = _by_place(site, meetings)
    window = _fitted([coordinates[place] for place in by_place if place in coordinates])
    spots = {place: window.point(*coordinates[place]) for place in by_place if place in coordinates}
    drawing = Drawing(
        "map",
        "Where the organs of the CSTO met, or were to meet",
        "At each place on the map a disc, filled for meetings held and open for meetings announced, with "
        "the numbers beside it. The table below lists every meeting with its place.",
        WIDE,
        link,
    )
    _draw_ground(drawing, window)
    taken = _occupied(by_place, spots)
    for place, held_there in sorted(by_place.items(), key=lambda item: -len(item[1])):
        if place in spots:
            _draw_disc(drawing, site, window, place, held_there, spots[place], taken)
    drawing.height = _draw_legend(drawing, window.height + 20)
    without = not_to_attend(site, values)
    sentences = (
        *_missing(site, meetings, by_place, spots),
        *_held_later(site, by_place),
        left_out(site, values, without),
    )
    note = " ".join(filter(None, sentences))
    return Figure(
        drawing,
        _headline(site, values, meetings, by_place),
        note,
        _COLUMNS,
        tuple(_rows(site, meetings, by_place)),
        (_bars(site, by_place),),
        articles_of(site.graph, (meeting.iri for meeting in (*meetings, *without))),
    )


def _headline(
    site: Site, values: FilterValues, meetings: list[Meeting], by_place: Mapping[str, list[Meeting]]
) -> str:
    """Return where meetings were held, and to which meetings the map is narrowed, as a headline."""
    if not meetings:
        return "No meeting fits"
    held_at = {place: [row for row in there if row.held] for place, there in by_place.items()}
    total = sum(map(len, held_at.values()))
    noun = "meeting" if values["organ"] else "CSTO meeting"
    organ = f" of the {site.catalogue.label(_ORGAN + values['organ'])}" if values["organ"] else ""
    scope = f"{organ} held{scope_of_meetings(site, values, meetings)}{scope_of_years(values)}"
    if not total:
        return f"The articles give the place of no {noun}{scope}"
    number = f"{spelled(total)} {noun}{'s' if total > 1 else ''}"
    places = _places_in_words(site, held_at, total)
    return f"The articles give the place of {number}{scope}: {places}"


def _places_in_words(site: Site, held_at: Mapping[str, list[Meeting]], total: int) -> str:
    """Return how many meetings were held in each place, in words; places with the most come first."""
    label = site.catalogue.label
    by_number = defaultdict(list)
    for place, there in held_at.items():
        if there:
            by_number[len(there)].append(place)
    words: list[str] = []
    named, left = 0, total
    for number, places in sorted(by_number.items(), reverse=True):
        if named + len(places) > _MOST_NAMED:
            others = sum(map(bool, held_at.values())) - named
            words.append(f"{spelled(left)} in {counted(others, 'other place' if named else 'place')}")
            break
        names = joined(sorted(map(label, places)))
        if number == total:
            count = {1: "", 2: "both "}.get(total, "all ")
        else:
            count = f"{spelled(number)} each " if len(places) > 1 else f"{spelled(number)} "
        words.append(f"{count}in {names}")
        named, left = named + len(places), left - number * len(places)
    return ", ".join(words)


def _held_later(site: Site, by_place: Mapping[str, list[Meeting]]) -> Iterator[str]:
    """Yield a sentence for each place of plans that were held later, if the editors conclude so."""
    label = site.catalogue.label
    places = {meeting.iri: meeting.place for meeting in read_meetings(site.graph)}
    for place, there in sorted(by_place.items(), key=lambda item: label(item[0])):
        outcomes = [row.outcome for row in there if row.outcome and not row.held]
        if outcomes:
            where = sorted({label(places[iri]) for iri in outcomes if places.get(iri)})
            known = f"in {joined(where)}" if where else "at a place that no article gives"
            verb = "was" if len(outcomes) == 1 else "were"
            yield (
                f"The editors conclude that {counted(len(outcomes), 'meeting')} announced for {label(place)} "
                f"{verb} held later, {known}."
            )


def _bars(site: Site, by_place: Mapping[str, list[Meeting]]) -> BarGroup:
    """Return a bar for each place: the meetings held, and after them those announced."""
    most = max(map(len, by_place.values()), default=1)
    bars = []
    for place, meetings in sorted(by_place.items(), key=lambda item: -len(item[1])):
        held = 100 * sum(meeting.held for meeting in meetings) / most
        parts = [Part(0.0, round(held, 2))] if held else []
        if rest := 100 * len(meetings) / most - held:
            parts.append(Part(round(held, 2), round(rest, 2), "possible"))
        bars.append(Bar(site.catalogue.label(place), place, _counts(meetings), tuple(parts)))
    return BarGroup(
        "Meetings by place", "", tuple(bars), scale="A longer bar: more meetings. Dark: held. Pale: announced"
    )


def _counts(meetings: list[Meeting]) -> str:
    held = sum(meeting.held for meeting in meetings)
    numbers = ((held, "held"), (len(meetings) - held, "announced"))
    return ", ".join(f"{number} {word}" for number, word in numbers if number)


def _fitted(places: list[tuple[float, float]]) -> Window:
    """Return the usual part of the map, enlarged where these places and their names need it."""
    points, usual = [project(*place) for place in places], Window()
    return replace(
        usual,
        left=min([usual.left, *(x - _MARGIN for x, _ in points)]),
        top=min([usual.top, *(y - _MARGIN for _, y in points)]),
        right=max([usual.right, *(x + _MARGIN for x, _ in points)]),
        bottom=max([usual.bottom, *(y + _MARGIN for _, y in points)]),
    )


def _draw_ground(drawing: Drawing, window: Window) -> None:
    """Draw the land, the graticule, and the names of the seas."""
    with drawing.group("defs"), drawing.group("clipPath", id="map-frame"):
        drawing.add("rect", width=WIDE, height=window.height)
    with drawing.group(clip_path="url(#map-frame)"):
        drawing.add("rect", class_="water", width=WIDE, height=window.height)
        drawing.add("path", class_="land", fill_rule="evenodd", d=_land(window))
        drawing.add("path", class_="graticule", d=_graticule(window))
        for name, east, north in _SEAS:
            for index, word in enumerate(name.split()):
                x, y = window.point(east, north)
                drawing.text(x, y + 14 * index, word, "sea", "middle")
    drawing.add("rect", class_="frame", x=0.5, y=0.5, width=WIDE - 1, height=window.height - 1)


@cache
def _land(window: Window) -> str:
    rings = []
    for line in OUTLINES.read_text(encoding="utf-8").splitlines()[1:]:
        points = [window.point(*map(float, pair.split(","))) for pair in line.split(" ")]
        rings.append(f"M{'L'.join(dict.fromkeys(f'{x:.1f} {y:.1f}' for x, y in points))}Z")
    return "".join(rings)


@cache
def _graticule(window: Window) -> str:
    """Return the path of meridians and parallels."""
    lines = [[(east, north) for north in range(20, 76, 5)] for east in range(0, 121, _STEP)]
    lines += [[(east, north) for east in range(0, 121, 2)] for north in range(20, 76, _STEP)]
    paths = []
    for line in lines:
        points = (window.point(east, north) for east, north in line)
        paths.append(f"M{'L'.join(f'{x:.0f} {y:.0f}' for x, y in points)}")
    return "".join(paths)


def _draw_disc(
    drawing: Drawing,
    site: Site,
    window: Window,
    place: str,
    meetings: list[Meeting],
    at: tuple[float, float],
    taken: list[Box],
) -> None:
    at_x, at_y = at
    held = sum(meeting.held for meeting in meetings)
    label, counts = site.catalogue.label(place), _counts(meetings)
    state = states_of_places(site.graph).get(place, "")
    below = [*([site.catalogue.label(state)] if state else []), counts]
    radius = _radius(len(meetings))
    with drawing.link(place, f"{label}: {counts}"):
        drawing.add("circle", class_="target", cx=at_x, cy=at_y, r=max(radius, 13))
        drawing.add("circle", class_="announced", cx=at_x, cy=at_y, r=radius)
        if held:
            drawing.add("circle", class_="held", cx=at_x, cy=at_y, r=_radius(held) - 1)
        words = max(width_of(label, _NAME), *(width_of(line, _SMALL) for line in below))
        anchor, x, y = _beside(window, (words, len(below)), radius, at, taken)
        taken.append(_text_box(anchor, x, y, (words, len(below))))
        drawing.text_on_ground(x, y, label, "town", anchor)
        for index, line in enumerate(below, 1):
            class_ = "small dim" if line != counts else "small"
            drawing.text_on_ground(x, y + _LINE * index, line, class_, anchor)


def _radius(meetings: int) -> float:
    """Return the radius of the disc for a number of meetings."""
    return _UNIT * math.sqrt(meetings)


def _beside(
    window: Window, size: tuple[float, int], radius: float, at: tuple[float, float], taken: list[Box]
) -> tuple[str, float, float]:
    """Return where a name stands at a disc: the anchor of its text, and its baseline.

    Of the places to the right, to the left, above and below, it is the first where the name stays on the
    drawing and touches nothing else. The size is the width of the name, and the number of lines below it.
    """
    (words, below), (x, y) = size, at
    reach = radius + 7
    middle = min(max(x, words / 2 + 4), WIDE - words / 2 - 4)
    first = y + 5 - _LINE * below / 2
    places = (
        ("start", x + reach, first),
        ("end", x - reach, first),
        ("middle", middle, y - radius - 7 - _LINE * below),
        ("middle", middle, y + radius + 16),
    )
    frame = Box(0, 0, WIDE, window.height)
    return next(
        (
            place
            for place in places
            if (box := _text_box(*place, size)).is_within(frame) and not any(map(box.touches, taken))
        ),
        places[2],
    )


def _text_box(anchor: str, x: float, y: float, size: tuple[float, int]) -> Box:
    """Return the box of a name whose baseline is at a height, with the lines below it."""
    words, below = size
    left = x - {"start": 0, "middle": words / 2, "end": words}[anchor]
    return Box(left, y - 13, left + words, y + _LINE * below + 3)


def _occupied(by_place: Mapping[str, list[Meeting]], spots: Spots) -> list[Box]:
    """Return the boxes of the discs."""
    radii = {place: _radius(len(by_place[place])) for place in spots}
    return [
        Box(x - radii[place], y - radii[place], x + radii[place], y + radii[place])
        for place, (x, y) in spots.items()
    ]


def _draw_legend(drawing: Drawing, y: float) -> float:
    """Draw the key, and return its bottom."""
    drawing.add("circle", class_="held", cx=13, cy=y, r=_UNIT - 1)
    drawing.text(30, y + 4, "one meeting held", "small")
    drawing.add("circle", class_="announced", cx=156, cy=y, r=_UNIT)
    drawing.text(172, y + 4, "one announced", "small")
    drawing.add("circle", class_="announced", cx=290, cy=y, r=_radius(2))
    drawing.add("circle", class_="held", cx=290, cy=y, r=_UNIT - 1)
    drawing.text(309, y + 4, "one held and one announced: the ring counts both", "small")
    drawing.add("circle", class_="held", cx=655, cy=y, r=_radius(3) - 1)
    drawing.text(676, y + 4, "the larger, the more meetings", "small")
    drawing.text(0, y + 26, _SHOWN, "small dim")
    return y + 36


def _by_place(site: Site, meetings: list[Meeting]) -> dict[str, list[Meeting]]:
    """Return the meetings by place: a building counts as the town in which it lies."""
    larger, coordinates = larger_places(site.graph), coordinates_of_places(site.graph)
    by_place = defaultdict(list)
    for meeting in meetings:
        place, passed = meeting.place, set[str]()
        while place in larger and place not in coordinates and place not in passed:
            passed.add(place)
            place = larger[place]
        if place:
            by_place[place].append(meeting)
    return dict(by_place)


def _missing(
    site: Site, meetings: list[Meeting], by_place: Mapping[str, list[Meeting]], spots: Spots
) -> Iterator[str]:
    """Yield sentences on the meetings that the map lacks, and on announcements that it counts as well."""
    held, announced, again = counted_once(meetings)
    counting = {meeting.iri for meeting in (*held, *announced)}
    placed = {place: sum(meeting.iri in counting for meeting in there) for place, there in by_place.items()}
    unplaced = len(counting) - sum(placed.values())
    unlocated = sum(number for place, number in placed.items() if place not in spots)
    total = meetings_in_words([*held, *announced])
    if unplaced:
        are, their = ("is", "its place") if unplaced == 1 else ("are", "their places")
        yield f"Of {total}, {unplaced} {are} not shown, as no article gives {their}."
    if unlocated:
        are, have = ("is", "its place has") if unlocated == 1 else ("are", "their places have")
        yield f"Of {total}, {unlocated} {are} not shown, as {have} no coordinates."
    if (unplaced or unlocated) and not all(meeting.organs for meeting in (*held, *announced)):
        yield OTHER_GATHERINGS
    plans = {meeting.iri for meeting in again}
    for place in spots:
        if more := sum(meeting.iri in plans for meeting in by_place[place]):
            meant = "is for a meeting" if more == 1 else "are for meetings"
            number, where = counted(more, "announcement"), site.catalogue.label(place)
            yield (
                f"The map also counts {number} for {where} that, the editors conclude, {meant} already "
                "counted."
            )


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
            Cell(", ".join(organs_in_words(site.catalogue, meeting))),
            articles_cell(site, meeting.iri),
        )


KIND = FigureKind(
    "map",
    "Where the articles place CSTO meetings",
    "The towns in which meetings were held or for which they were announced, as far as the articles say.",
    filters,
    draw,
)
