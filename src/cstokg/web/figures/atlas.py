"""The ground of the map: the projection, the outlines, and where places and names stand on them."""

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cstokg.web.figures.figure import NARROW as NARROW_WIDTH

_HERE = Path(__file__).parent
# Albers' equal-area conic projection: the two parallels that are true to scale, and the middle.
_SOUTH, _NORTH = math.radians(40.0), math.radians(60.0)
_CENTRE = (math.radians(52.0), math.radians(48.0))
_SCALE = 1180.0
_MIDDLE = (475.0, 285.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which part of the projected map is shown, and how wide.

    Attributes:
        name: of the drawing.
        width: in pixels.
        left, top, right, bottom: of the part, in the pixels of the projection.
        unit: pixels of radius for one meeting; the area grows with the number.
        style, town: the styles of the names of states and of towns.
    """

    name: str
    width: float
    left: float
    top: float
    right: float
    bottom: float
    unit: float
    style: str
    town: str

    @property
    def scale(self) -> float:
        """How much larger the map is than the projection."""
        return self.width / (self.right - self.left)

    @property
    def height(self) -> float:
        """In pixels, without the key."""
        return (self.bottom - self.top) * self.scale

    def place(self, east: float, north: float) -> tuple[float, float]:
        """Where a place, given in degrees of longitude and latitude, lies on the drawing."""
        x, y = project(east, north)
        return (x - self.left) * self.scale, (y - self.top) * self.scale


WIDE = Layout("map", 1000, 0, 0, 1000, 560, 9, "state", "town")
NARROW = Layout("map-narrow", NARROW_WIDTH, 112, -30, 908, 560, 7, "country", "town country")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something stands on the map, and on which side its name."""

    x: float
    y: float
    side: str


@cache
def spots(layout: Layout) -> dict[str, Spot]:
    """The places and names that the map can show, by the steps of their IRIs."""
    rows = [line.split("\t") for line in (_HERE / "towns.tsv").read_text(encoding="utf-8").splitlines()[1:]]
    drawing = "wide" if layout is WIDE else "narrow"
    return {
        step: Spot(*layout.place(float(east), float(north)), side)
        for step, east, north, side, where in rows
        if where in (drawing, "both")
    }


@cache
def outline(layout: Layout) -> tuple[tuple[str, str], ...]:
    """The class and the path of each kind of line."""
    paths: dict[str, list[str]] = defaultdict(list)
    for line in (_HERE / "outline.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        kind, points = line.split("\t")
        drawn = [layout.place(*map(float, point.split(","))) for point in points.split(" ")]
        steps = [f"{x:.0f} {y:.0f}" for x, y in drawn]
        if any(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in drawn):
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
